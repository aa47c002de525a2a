//! An alert as incidents see it, whoever raised it.

use super::NOTE;
use crate::desk::detect::Found;
use crate::desk::outputs::eve;
use crate::desk::site::Importance;
use crate::facts::{Host, Stamp, Technique, attack};
use crate::rules::rule::Rule;
use crate::sensor::FindingRecord;
use std::cell::LazyCell;
use std::sync::Arc;

/// The tactic of who looks around, in ATT&CK for ICS.
const DISCOVERY: &str = "TA0102";

/// Criticality from which on an operation changes something.
const CHANGES: u8 = 3;

/// Criticality of what may stop the plant.
const STOPS: u8 = 5;

/// What is made where it is asked for: most alerts of a story are only counted.
pub type Late<'a, T> = LazyCell<T, Box<dyn FnOnce() -> T + 'a>>;

/// What is said of an alert.
#[derive(Clone, Debug)]
pub struct Said {
    /// What happened, in a sentence; empty where only the title says it.
    pub what: Arc<str>,
    /// What it can do to the plant, and what to check; empty where nobody says.
    pub advice: (Arc<str>, Arc<str>),
}

/// An alert.
#[derive(Debug)]
pub struct Signal<'a> {
    /// Its name among the events.
    pub id: Late<'a, Arc<str>>,
    /// What is said of it.
    pub said: Late<'a, Said>,
    /// Number of the rule or of what the detector found.
    pub sid: u32,
    /// What it is called.
    pub title: Arc<str>,
    /// 1 to 4.
    pub severity: u8,
    /// 1 to 4: see [`super::Incident::priority`].
    pub priority: u8,
    /// The packet that decided.
    pub stamp: Stamp,
    /// Who acted.
    pub source: Host,
    /// On whom.
    pub target: Host,
    /// What it can serve.
    pub techniques: Vec<Technique>,
    /// What the operation can do to the plant, 0 to 5; 0 without one.
    pub criticality: u8,
    /// It is usual on this site.
    pub usual: bool,
}

impl<'a> Signal<'a> {
    /// What a detector found: as grave as it says.
    #[must_use]
    pub fn of_found(found: &'a Found) -> Self {
        let Found { alert, told, .. } = found;
        Self {
            id: LazyCell::new(Box::new(|| eve::name_of_found(found).into())),
            said: LazyCell::new(Box::new(|| Said {
                what: told.what.as_str().into(),
                advice: (told.plant.as_str().into(), told.check.as_str().into()),
            })),
            sid: alert.kind.sid,
            title: told.title.as_str().into(),
            severity: alert.severity,
            priority: alert.severity,
            stamp: alert.scene.stamp,
            source: alert.scene.source.host,
            target: alert.scene.destination.host,
            techniques: alert.techniques(),
            criticality: alert.criticality(),
            usual: alert.planned.is_some(),
        }
    }

    /// What a rule found; in a sentence, where there is one, and whether that is `usual` on the
    /// site.
    #[must_use]
    pub fn of_finding(
        record: &'a FindingRecord,
        rule: &'a Rule,
        usual: bool,
        sentence: impl FnOnce() -> String + 'a,
    ) -> Self {
        let scene = &record.scene;
        let says = |key| rule.values(key).collect::<Vec<_>>().join(", ").into();
        let operation = record.operation.as_deref();
        let named = rule.values("mitre_technique_id");
        let named: Vec<Technique> = named
            .filter_map(|id| id.strip_prefix('T')?.parse().ok())
            .map(Technique)
            .collect();
        let told = operation.map_or(&[][..], |operation| operation.meaning.techniques);
        let (source, target) = match operation {
            Some(operation) => (operation.actor.host, operation.device.host),
            None => (scene.source.host, scene.destination.host),
        };
        Self {
            id: LazyCell::new(Box::new(|| eve::name_of_finding(record).into())),
            said: LazyCell::new(Box::new(move || Said {
                what: sentence().into(),
                advice: (says("plant"), says("check")),
            })),
            sid: record.id.sid,
            title: Arc::clone(&record.message),
            severity: record.severity,
            priority: priority(record.severity, usual),
            stamp: scene.stamp,
            source,
            target,
            techniques: if named.is_empty() {
                told.to_vec()
            } else {
                named
            },
            criticality: operation.map_or(0, |operation| operation.meaning.criticality),
            usual,
        }
    }
}

impl Signal<'_> {
    /// More urgent by one where the site says that it hangs on the device; less where it does
    /// not, unless what was done stops the plant. A note stays one.
    #[must_use]
    pub fn weighed(mut self, worth: Option<Importance>) -> Self {
        if self.priority < NOTE {
            self.priority = match worth {
                Some(Importance::High | Importance::Critical) => self.priority.max(2) - 1,
                Some(Importance::Low) if self.criticality < STOPS => self.priority + 1,
                _ => self.priority,
            };
        }
        self
    }

    /// Whether it looks around: it serves the tactic of discovery, and is more than a note.
    pub(super) fn searches(&self) -> bool {
        let entries = self.techniques.iter();
        let mut entries = entries.filter_map(|one| attack::technique(&one.to_string()));
        self.priority < NOTE
            && entries.any(|entry| entry.tactics.iter().any(|tactic| tactic.id == DISCOVERY))
    }

    /// Whether it changes something that is not changed every day.
    pub(super) const fn changes(&self) -> bool {
        self.criticality >= CHANGES && !self.usual
    }
}

/// How urgent what a rule found is: as grave as it says; a note where it is usual here.
const fn priority(severity: u8, usual: bool) -> u8 {
    if usual { NOTE } else { severity }
}
