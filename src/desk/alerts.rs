//! What the desk makes of the matches that the workers send: which of them are told.
//!
//! Called once a finding, in packet order.

mod assets;

use crate::rules::compile::Engine;
use crate::rules::site::{Candidate, Site, asks_inventory};
use crate::sensor::{Event, FindingRecord};
use assets::Known;
use std::sync::Arc;

/// Decides about matches.
#[derive(Debug)]
pub struct Alerts {
    site: Site,
    known: Known,
    engine: Arc<Engine>,
}

impl Alerts {
    /// For matches of these rules.
    #[must_use]
    pub fn new(engine: &Arc<Engine>) -> Self {
        Self {
            site: Site::new(Arc::clone(engine)),
            known: Known::new(asks_inventory(engine)),
            engine: Arc::clone(engine),
        }
    }

    /// The rules.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Takes one event, in packet order: whether it is told.
    pub fn take(&mut self, event: &Event) -> bool {
        let told = match event {
            Event::Finding(record) => self.decide(record),
            // For this desk alone: the others hear of it when it is over.
            Event::SoFar(_) => false,
            _ => true,
        };
        self.known.take(event);
        told
    }

    fn decide(&mut self, record: &FindingRecord) -> bool {
        let scene = &record.scene;
        let rule = self.engine.rule(record.rule);
        if rule.is_some_and(|rule| !rule.assets.is_empty()) {
            self.known.refresh(scene.stamp.time);
        }
        let candidate = Candidate {
            rule: record.rule,
            stamp: scene.stamp,
            source: scene.source,
            destination: scene.destination,
            speaks: scene.speaks,
            to_server: scene.to_server(),
        };
        self.site.decide(&candidate, &self.known)
    }
}
