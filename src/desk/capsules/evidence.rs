//! Which packet decided an alert, and between whom.
//!
//! Taken from the events of a run, or of the replay of a capsule.

use crate::desk::News;
use crate::facts::{Endpoint, Stamp};
use crate::sensor::Event;
use std::collections::BTreeMap;

/// Most capsules of one run: as many kinds of alert as any report has shown, twice over.
const CAPSULES: usize = 400;

/// An alert, as far as a capsule must show it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Generator, 1 for rules and detectors.
    pub gid: u32,
    /// The rule, or what a detector finds.
    pub sid: u32,
    /// What it is called in English.
    pub signature: String,
    /// 1 high to 4 information.
    pub severity: u8,
    /// The same by what was seen alone: what people say of devices and plans may have moved it.
    pub seen: u8,
    /// The packet that decided it.
    pub stamp: Stamp,
    /// Who sent it, or who acted.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
}

impl Evidence {
    /// What an event shows; none where it is no alert.
    #[must_use]
    pub fn of_event(event: &Event) -> Option<Self> {
        let Event::Finding(record) = event else {
            return None;
        };
        Some(Self {
            gid: record.id.gid,
            sid: record.id.sid,
            signature: record.message.to_string(),
            severity: record.severity,
            seen: record.seen,
            stamp: record.scene.stamp,
            source: record.scene.source,
            destination: record.scene.destination,
        })
    }

    /// What news of the desk show; none where they are no alert.
    #[must_use]
    pub fn of_news(news: &News) -> Option<Self> {
        let News::Alert(found) = news else {
            return None;
        };
        let scene = &found.alert.scene;
        Some(Self {
            gid: 1,
            sid: found.alert.kind.sid,
            signature: found.title.clone(),
            severity: found.alert.severity,
            seen: found.alert.seen,
            stamp: scene.stamp,
            source: scene.source,
            destination: scene.destination,
        })
    }
}

/// Takes note of the first alert of each kind and severity: one for each row of the report.
#[derive(Debug, Default)]
pub struct Witness {
    first: BTreeMap<(u32, u32, u8), Evidence>,
    /// Kinds that found no room.
    pub omitted: u64,
}

impl Witness {
    /// Takes an alert, in packet order.
    pub fn take(&mut self, evidence: Option<Evidence>) {
        let Some(evidence) = evidence else { return };
        let key = (evidence.gid, evidence.sid, evidence.severity);
        if self.first.contains_key(&key) {
            return;
        }
        if self.first.len() >= CAPSULES {
            self.omitted += 1;
            return;
        }
        self.first.insert(key, evidence);
    }

    /// What was noted, by generator, signature and severity.
    #[must_use]
    pub fn into_evidence(self) -> Vec<Evidence> {
        self.first.into_values().collect()
    }
}
