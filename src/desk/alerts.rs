//! What the desk makes of the matches that the workers send: which of them are told.
//!
//! Called once a finding, in packet order.

mod assets;

use super::zones::Zones;
use crate::rules::compile::Engine;
use crate::rules::site::{Candidate, Site, asks_inventory, is_new_actor, needs_inventory};
use crate::rules::{self, NEW_ACTOR};
use crate::sensor::{Event, FindingRecord, FlowId};
use assets::Known;
use std::collections::HashMap;
use std::sync::Arc;

/// Decides about matches.
#[derive(Debug)]
pub struct Alerts {
    site: Site,
    known: Known,
    engine: Arc<Engine>,
    /// How often a rule matched in a flow at a frame, so that each alert has a name of its own.
    numbers: HashMap<(FlowId, u32, u64), u32>,
}

/// Alerts whose names are kept apart; they clash within one frame alone.
const NUMBERS: usize = 16_384;

impl Alerts {
    /// For matches of these rules.
    #[must_use]
    pub fn new(engine: &Arc<Engine>) -> Self {
        Self {
            site: Site::new(Arc::clone(engine)),
            known: Known::new(asks_inventory(engine)),
            engine: Arc::clone(engine),
            numbers: HashMap::new(),
        }
    }

    /// Rules may ask for these zones of the site.
    #[must_use]
    pub fn with_zones(mut self, zones: Option<Arc<Zones>>) -> Self {
        self.known.zones = zones;
        self
    }

    /// Matches are of these rules from now on. What is known of devices stays; what the rules
    /// before counted and remembered goes with them.
    pub fn renew(&mut self, engine: &Arc<Engine>) {
        self.site = Site::new(Arc::clone(engine));
        self.known.renew(asks_inventory(engine));
        self.engine = Arc::clone(engine);
        self.numbers.clear();
    }

    /// The rules.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Takes one event, in packet order: whether it is told. A finding may become graver: by who
    /// acted.
    pub fn take(&mut self, event: &mut Event) -> bool {
        let told = match event {
            Event::Finding(record) => self.decide(record),
            _ => true,
        };
        self.known.take(event);
        told
    }

    fn decide(&mut self, record: &mut FindingRecord) -> bool {
        let scene = &record.scene;
        let rule = self.engine.rule(record.rule);
        if rule.is_some_and(needs_inventory) {
            self.known.refresh(scene.stamp.time);
        }
        let candidate = Candidate {
            rule: record.rule,
            stamp: scene.stamp,
            source: scene.source,
            destination: scene.destination,
            speaks: scene.speaks,
            to_server: scene.to_server(),
            marks: record.marks,
        };
        let told = self.site.decide(&candidate, &self.known);
        if let Some(operation) = record.operation.as_deref().filter(|_| told)
            && let Some(rule) = self.engine.rule(record.rule)
            && is_new_actor(&candidate, NEW_ACTOR, &self.known)
        {
            record.severity = rules::raised(rule, (operation.meaning, operation.outcome));
        }
        if told {
            if self.numbers.len() >= NUMBERS {
                self.numbers.clear();
            }
            let place = (record.flow, record.rule, record.scene.stamp.frame);
            let nth = self.numbers.entry(place).or_default();
            *nth += 1;
            record.nth = *nth;
        }
        told
    }
}
