//! The picture of a capture: what was seen as a whole, for the summary on the terminal and as
//! JSON.
//!
//! [`Picture`] takes the workers' events in packet order and adds up; [`Picture::finish`] joins
//! that with the devices and the books into a [`Summary`], which `terminal` prints and serde
//! writes as JSON. Bounded by named constants; everything that is written is sorted, so that the
//! same captures give the same bytes. Never reads a clock.

mod acts;
mod alerts;
mod blind;
mod conversations;
mod faults;
mod incidents;
mod input;
mod ledger;
mod summary;
mod terminal;
mod who;
pub(in crate::desk) mod words;
mod written;

pub use alerts::{AlertPair, AlertTotal};
pub use blind::BlindSpot;
pub(in crate::desk) use conversations::{Silence, server_of, silent_side, spoken};
pub use faults::FaultTotal;
pub use incidents::{IncidentTotal, StepTotal};
pub(in crate::desk) use input::vlan;
pub use input::{
    Capture, Damage, Duplicates, Frames, Interface, LostCapture, Reason, Span, VlanCopies,
};
pub use ledger::Account;
pub use summary::{ProtocolTotal, Summary};
pub(in crate::desk) use terminal::wrap;
pub use terminal::{Screen, print};
pub use who::{Act, Control, Party, Target};
pub(in crate::desk) use written::write_stamp;

use crate::desk::detect::Found;
use crate::desk::incidents::Report;
use crate::desk::inventory::Assets;
use crate::desk::windows;
use crate::flow::{Copies, Tags};
use crate::protocols::PROTOCOLS;
use crate::rules::compile::Engine;
use crate::sensor::{Event, Outcome};
use acts::Acts;
use alerts::Alerts;
use conversations::Conversations;
use faults::Faults;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was seen as a whole, being added up.
#[derive(Debug, Default)]
pub struct Picture {
    conversations: Conversations,
    acts: Acts,
    faults: Faults,
    /// Copies between two VLANs, the lower tags first.
    copies: BTreeMap<(Tags, Tags), u64>,
    alerts: Alerts,
    incidents: incidents::Incidents,
    planned: Option<windows::Report>,
}

impl Picture {
    /// A picture that also keeps a line for each conversation, for [`Summary::conversations`].
    #[must_use]
    pub fn with_conversations() -> Self {
        Self {
            conversations: Conversations::with_lines(),
            ..Self::default()
        }
    }

    /// These rules look at the traffic from now on.
    pub(in crate::desk) fn renew(&mut self, engine: &Arc<Engine>) {
        self.alerts.rules = Some(Arc::clone(engine));
    }

    /// The same picture, of traffic that these rules look at.
    #[must_use]
    pub fn with_rules(mut self, rules: Option<Arc<Engine>>) -> Self {
        self.alerts.rules = rules;
        self
    }

    /// Takes one event, in packet order.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Operation(operation) => self.acts.operation(operation),
            Event::Cycle(cycle) => self.acts.cycle(cycle),
            Event::Flow(flow) => {
                self.acts.ended(flow);
                self.faults.ended(flow);
                self.conversations.ended(flow);
            }
            Event::Fault(fault) => self.faults.first(fault),
            Event::Copies(Copies {
                original,
                copy,
                count,
            }) => {
                let pair = (*original.min(copy), *original.max(copy));
                *self.copies.entry(pair).or_default() += count;
            }
            Event::Finding(finding) => self.alerts.add(finding),
            Event::Property(_)
            | Event::Line(_)
            | Event::Piece(_)
            | Event::SoFar(_)
            | Event::Tick(_) => {}
        }
    }

    /// Takes what a detector found.
    pub fn found(&mut self, found: &Found) {
        self.alerts.found(found);
    }

    /// Takes what is told of an incident.
    pub fn incident(&mut self, report: &Report) {
        self.incidents.take(report);
    }

    /// What became of planned work, where people gave windows of it.
    pub(in crate::desk) fn planned(&mut self, report: Option<windows::Report>) {
        self.planned = report;
    }

    /// The whole picture, once the run is over.
    #[must_use]
    pub fn finish<'a>(self, assets: &'a Assets, outcome: &Outcome) -> Summary<'a> {
        summary::build(self, assets, outcome)
    }
}

/// The title of a protocol for people, or its name where it has none.
#[must_use]
pub fn title(name: &str) -> &str {
    PROTOCOLS
        .iter()
        .find(|protocol| protocol.name() == name)
        .map_or(name, |found| found.title())
}

/// Whether a protocol controls plants.
pub(in crate::desk) fn is_industrial(name: &str) -> bool {
    PROTOCOLS
        .iter()
        .any(|protocol| protocol.name() == name && protocol.industrial())
}
