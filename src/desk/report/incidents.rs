//! The incidents of a capture: the gravest first.
//!
//! Takes each incident when it is over; bounded, and says how many found no room.

use super::who::{Parties, Party};
use super::written;
use crate::desk::incidents::{Incident, NOTE, Report, State, Step};
use crate::facts::{Host, Time};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most incidents kept. Notes give way to what is graver.
const KEPT: usize = 1_024;

/// A kind of alert in a story.
#[derive(Clone, Debug, Serialize)]
pub struct StepTotal {
    /// The rule or detector.
    pub signature_id: u32,
    /// What it is called.
    pub title: Arc<str>,
    /// How often.
    pub count: u64,
    /// The first packet, by its number.
    pub frame: u64,
    /// Its time.
    #[serde(serialize_with = "written::write_time")]
    pub first: Time,
}

/// A story of alerts.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentTotal {
    /// Its name, as in the events.
    pub id: Arc<str>,
    /// 1 to 4.
    pub priority: u8,
    /// What it is called.
    pub title: Arc<str>,
    /// What happened in the gravest of its alerts.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub what: Arc<str>,
    /// The packet of that, by its number.
    pub what_frame: u64,
    /// Its time.
    #[serde(serialize_with = "written::write_time")]
    pub what_time: Time,
    /// What that can do to the plant.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub plant: Arc<str>,
    /// What to check.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub check: Arc<str>,
    /// Who acted.
    pub sources: Vec<Arc<Party>>,
    /// On whom.
    pub targets: Vec<Arc<Party>>,
    /// How many alerts it holds.
    pub alerts: u64,
    /// Kinds of alerts among them.
    pub kinds: u64,
    /// Those, in the order of the first time.
    pub steps: Vec<StepTotal>,
    /// ATT&CK techniques.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    /// The rule or detector of the alert that it is called after; 0 where its steps had no room
    /// for that.
    #[serde(skip)]
    pub sid: u32,
    /// The first packet, by its number.
    pub frame: u64,
    /// Time of the first.
    #[serde(serialize_with = "written::write_time")]
    pub first: Time,
    /// Time of the last.
    #[serde(serialize_with = "written::write_time")]
    pub last: Time,
}

/// Incidents that are over.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    over: Vec<Incident>,
    pub(super) omitted: u64,
}

impl Incidents {
    /// Takes what is told of an incident.
    pub(super) fn take(&mut self, report: &Report) {
        if report.state != State::Closed {
            return;
        }
        if self.over.len() >= KEPT {
            self.omitted += 1;
            let note = self.over.iter().rposition(|known| known.priority >= NOTE);
            match note.filter(|_| report.incident.priority < NOTE) {
                Some(place) => drop(self.over.remove(place)),
                None => return,
            }
        }
        self.over.push(report.incident.clone());
    }

    /// The gravest first, then as they began.
    pub(super) fn into_sorted(mut self, parties: &mut Parties<'_>) -> Vec<IncidentTotal> {
        self.over
            .sort_by(|a, b| (a.priority, a.first, &a.id).cmp(&(b.priority, b.first, &b.id)));
        let mut named = |hosts: &BTreeSet<Host>| -> Vec<Arc<Party>> {
            hosts.iter().map(|host| parties.of(*host)).collect()
        };
        let total = |incident: Incident| {
            let steps = kinds(&incident.steps);
            let after = incident
                .steps
                .iter()
                .find(|step| step.title == incident.title);
            IncidentTotal {
                sid: after.map_or(0, |step| step.sid),
                sources: named(&incident.sources),
                targets: named(&incident.targets),
                techniques: incident
                    .techniques
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                kinds: steps.len() as u64,
                steps,
                id: incident.id,
                priority: incident.priority,
                title: incident.title,
                what: incident.what,
                what_frame: incident.at.frame,
                what_time: incident.at.time,
                plant: incident.advice.0,
                check: incident.advice.1,
                alerts: incident.count,
                frame: incident.first.frame,
                first: incident.first.time,
                last: incident.last.time,
            }
        };
        self.over.into_iter().map(total).collect()
    }
}

/// What was done in a story, by kind.
fn kinds(steps: &[Step]) -> Vec<StepTotal> {
    let mut kinds: Vec<StepTotal> = Vec::new();
    for step in steps {
        match kinds.iter_mut().find(|kind| kind.signature_id == step.sid) {
            Some(kind) => kind.count += step.count,
            None => kinds.push(StepTotal {
                signature_id: step.sid,
                title: Arc::clone(&step.title),
                count: step.count,
                frame: step.stamp.frame,
                first: step.stamp.time,
            }),
        }
    }
    kinds
}
