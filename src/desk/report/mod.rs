//! The picture of a capture: what was seen as a whole, for the summary on the terminal and as
//! JSON.
//!
//! [`Picture`] takes the workers' events in packet order and adds up; [`Picture::finish`] joins
//! that with the devices and the books into a [`Summary`], which `terminal` prints and serde
//! writes as JSON. Bounded by named constants; everything that is written is sorted, so that the
//! same captures give the same bytes. Never reads a clock.

mod acts;
mod blind;
mod conversations;
mod faults;
mod ledger;
mod summary;
mod terminal;
mod words;

pub use blind::BlindSpot;
pub use faults::FaultTotal;
pub use ledger::Account;
pub use summary::{
    Act, Capture, Control, Damage, Duplicates, Frames, Interface, Party, ProtocolTotal, Reason,
    Span, Summary, Target,
};
pub use terminal::{Screen, print};
pub use words::plain;

use crate::desk::inventory::Assets;
use crate::protocols::PROTOCOLS;
use crate::sensor::{Event, Outcome};
use acts::Acts;
use conversations::Conversations;
use faults::Faults;

/// What was seen as a whole, being added up.
#[derive(Debug, Default)]
pub struct Picture {
    conversations: Conversations,
    acts: Acts,
    faults: Faults,
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
            Event::Property(_) | Event::Line(_) => {}
        }
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
fn is_industrial(name: &str) -> bool {
    PROTOCOLS
        .iter()
        .any(|protocol| protocol.name() == name && protocol.industrial())
}
