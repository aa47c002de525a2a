//! Workers that walk a frame through the rooms above, and the one door to the cold side.
//!
//! `crew.rs` sets up a reader (`reader.rs`), the workers (`worker.rs`), the rounds between them
//! (`rounds.rs`) and the ordered merge, for `replay.rs` and `live.rs`; `shard.rs` is where a frame
//! meets its flow, `conversation.rs` where a flow meets its protocol, `handoff.rs` what leaves,
//! `inspect.rs` where rules look on.
//! State is cut into fixed shards by host pair; a worker owns whole shards, so nothing here is
//! shared and the result does not depend on the number of workers.

mod books;
mod conversation;
mod crew;
mod emit;
mod folds;
mod guise;
mod handoff;
mod inspect;
mod live;
mod reader;
mod replay;
mod rounds;
mod shard;
mod span;
mod worker;

pub use books::{Books, Dropped, Imbalance, Spoken, Tongues, Undecoded};
pub use handoff::{
    Cycle, EndRecord, Event, FaultRecord, FindingRecord, FlowEnd, FlowId, FlowRecord, Novelty,
    OCTETS, OperationRecord, OwnedItem, OwnedStep, OwnedTransfer, OwnedValues, Path, PieceRecord,
    PropertyRecord, ResolutionRecord, SilenceRecord, SoFar, Spread,
};
pub use live::{Audience, Pulse, Renewals, Renewer, listen, renewals};
pub use replay::{Config, Outcome, Progress, replay};
pub use shard::FLOWS;
pub use span::Span;

use crate::facts::{Endpoint, Message, Stamp};
use crate::rules::compile::Engine;
use crate::rules::engine::Costs;
use std::sync::Arc;

/// Who looks on while frames are walked through the rooms.
#[derive(Clone, Default)]
pub struct Watch<'a> {
    /// Makes a line of each message or operation.
    pub tap: Option<&'a dyn Tap>,
    /// Rules to be laid over the traffic.
    pub rules: Option<Arc<Engine>>,
    /// Where what each rule cost is added up; `None` where nobody asks.
    pub costs: Option<&'a Costs>,
    /// Findings bring the octets of their packet, for outputs that write them.
    pub octets: bool,
    /// Detectors at the desk look on: they are told the time, what conversations that go on
    /// show, what comes again after a pause, and who resolves which address.
    pub detect: bool,
    /// Programs are put together at the desk: it is told of each of their pieces.
    pub programs: bool,
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("tap", &self.tap.is_some())
            .field(
                "rules",
                &self.rules.as_ref().map(|engine| engine.rules().len()),
            )
            .field("costs", &self.costs.is_some())
            .field("octets", &self.octets)
            .field("detect", &self.detect)
            .field("programs", &self.programs)
            .finish()
    }
}

/// What is known of a message beside its content.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The packet that completed it.
    pub stamp: Stamp,
    /// Its conversation.
    pub flow: FlowId,
    /// Who sent it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    /// Whether it goes to the server, where the protocol has shown who that is.
    pub to_server: Option<bool>,
}

/// Turns messages or operations into lines, on the workers; used where every one is asked for
/// (`jaga decode`, `--transactions`), and where rules are found in messages.
pub trait Tap: Sync {
    /// The line for a message, if one is wanted.
    fn message(&self, seen: &Seen, message: &dyn Message) -> Option<Box<str>>;

    /// What is to go with the findings of rules in a message, if anything.
    fn evidence(&self, _: &dyn Message) -> Option<Box<str>> {
        None
    }

    /// The line for an operation, if one is wanted; `record` makes the owned copy.
    fn operation(&self, record: &dyn Fn() -> OperationRecord) -> Option<Box<str>>;
}
