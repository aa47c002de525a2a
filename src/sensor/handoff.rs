//! The one door from the hot side to the cold: owned events, in batches, in packet order.
//!
//! Workers fill batches, the merge empties them; the desk knows the sensor through these types
//! alone. What stands here is made only when something is new: a first operation, a property
//! not told before, the end of a conversation. What repeats is counted where it happens.

use crate::detect::{Finding, Rhythm};
use crate::facts::{
    Endpoint, Fault, Host, Item, Mac, Meaning, Outcome, Property, Scalar, Side, Stamp, Values,
};
use crate::flow::{Copies, Ledger, Tags};
use crate::protocols::Carrier;
use crate::rules::engine::{Marks, Scene, Subject};
use crate::rules::rule::Id;
use std::sync::Arc;

mod pieces;

pub use pieces::{OwnedStep, OwnedTransfer, PieceRecord};

/// Where an event stands in the one order of all events, whatever the number of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    /// Twice the number of the frame that decided it; one more for a tick after that frame.
    pub(super) moment: u64,
    /// The shard it happened in.
    pub(super) shard: u8,
    /// Counts the events of one moment and shard.
    pub(super) nth: u32,
}

/// Something the desk must know.
#[derive(Debug)]
pub enum Event {
    /// An operation that is new, has a new value, or must always be told.
    Operation(Box<OperationRecord>),
    /// How often an operation was repeated, told when its conversation ends.
    Cycle(Box<Cycle>),
    /// A property of a device.
    Property(Box<PropertyRecord>),
    /// A piece of a program on its way; told only where programs are put together.
    Piece(Box<PieceRecord>),
    /// A conversation broke a protocol's rules for the first time in this way.
    Fault(Box<FaultRecord>),
    /// A rule matched.
    Finding(Box<FindingRecord>),
    /// A conversation ended.
    Flow(Box<FlowRecord>),
    /// How many copies the mirror port made between two VLANs, told when the capture ends.
    Copies(Copies),
    /// A line that a [`super::Tap`] made of a message.
    Line(Box<str>),
    /// What a conversation that goes on shows up to now; told only where rules ask for assets, or
    /// detectors look on.
    SoFar(SoFar),
    /// Packet time went on, told where detectors look on.
    Tick(Stamp),
}

/// What a conversation that goes on shows: what would be told had the capture ended here.
#[derive(Clone, Debug)]
pub enum SoFar {
    /// It shows something that it did not show before: an end, a MAC, its protocol, its server;
    /// where detectors look on, also an end that changes its MAC or hop limit or comes back after
    /// a pause.
    Flow(Box<FlowRecord>),
    /// An operation was repeated so often that it begins to tell something of who does it.
    Cycle(Box<Cycle>),
    /// An operation comes again after it was not seen for a while; told only where detectors
    /// look on.
    Again(Box<OperationRecord>),
    /// A conversation that went on regularly fell silent; told only where detectors look on.
    Silent(Box<SilenceRecord>),
    /// A device answers otherwise than it did; told only where detectors look on.
    Trouble(Box<Finding>),
    /// Somebody tells or asks whose MAC address is whose; told only where detectors look on.
    Resolution(Box<ResolutionRecord>),
}

/// A conversation that fell silent.
#[derive(Clone, Copy, Debug)]
pub struct SilenceRecord {
    /// How it went before.
    pub rhythm: Rhythm,
    /// When that was seen.
    pub now: Stamp,
}

/// Names a conversation: the same in every run over the same capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// Owned values of one item.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OwnedValues {
    /// None travelled or none was seen.
    #[default]
    None,
    /// Bits, in order.
    Bits(Vec<bool>),
    /// 16-bit registers.
    Words(Vec<u16>),
    /// Decoded values.
    Scalars(Vec<Scalar>),
    /// Octets of unknown type, the first [`OCTETS`] of them.
    Octets(Vec<u8>),
    /// Text from the wire, the first [`OCTETS`] octets of it.
    Text(Vec<u8>),
}

/// Most octets of one value that leave the hot side in an event: what one Modbus PDU can write.
pub const OCTETS: usize = 256;

/// As much of a text or value as leaves the hot side.
fn head(octets: &[u8]) -> Vec<u8> {
    octets.iter().take(OCTETS).copied().collect()
}

impl From<Values<'_>> for OwnedValues {
    fn from(values: Values<'_>) -> Self {
        match values {
            Values::None => Self::None,
            Values::Bits { octets, count } => Self::Bits(
                (0..usize::from(count))
                    .map_while(|i| octets.get(i / 8).map(|octet| octet >> (i % 8) & 1 == 1))
                    .collect(),
            ),
            Values::Words(octets) => Self::Words(
                octets
                    .as_chunks()
                    .0
                    .iter()
                    .map(|w| u16::from_be_bytes(*w))
                    .collect(),
            ),
            Values::Scalars(scalars) => Self::Scalars(scalars.to_vec()),
            Values::Row(row) => Self::Scalars(row.scalars().collect()),
            Values::Octets(octets) => Self::Octets(head(octets)),
            Values::Text(text) => Self::Text(head(text)),
        }
    }
}

/// Owned copy of one [`Item`].
#[derive(Clone, Debug, PartialEq)]
pub struct OwnedItem {
    /// Kind of address.
    pub space: &'static str,
    /// Number of the space.
    pub area: Option<u32>,
    /// First and last address.
    pub range: Option<(u64, u64)>,
    /// Name from the wire.
    pub name: Vec<u8>,
    /// Values read or written.
    pub values: OwnedValues,
    /// Values before the operation, where seen.
    pub before: OwnedValues,
}

impl From<&Item<'_>> for OwnedItem {
    fn from(item: &Item<'_>) -> Self {
        Self {
            space: item.target.space,
            area: item.target.area,
            range: item.target.range,
            name: head(item.target.name),
            values: item.values.into(),
            before: item.before.into(),
        }
    }
}

/// Why an operation is told singly and not only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// This conversation did not do this before.
    First,
    /// It did, but not with this value or this outcome.
    Value,
    /// It did, but operations of this criticality are told again and again, up to a bound.
    Notable,
    /// Nothing in it is new; told only where every operation is asked for.
    Repeat,
}

/// What carried a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// What carries the conversation.
    pub carrier: Carrier,
    /// VLAN tags of the sender's packets or, where it sent nothing, of the receiver's.
    pub tags: Tags,
}

/// One operation, owned.
#[derive(Clone, Debug)]
pub struct OperationRecord {
    /// Its conversation.
    pub flow: FlowId,
    /// Which of the conversation's operations it repeats.
    pub fold: u32,
    /// That one stands for all operations of this meaning that there was no room to tell
    /// apart, whatever unit and target they have.
    pub merged: bool,
    /// Its number among all operations of the conversation, from 1.
    pub nth: u64,
    /// Why it is told.
    pub novelty: Novelty,
    /// The protocol's name.
    pub protocol: &'static str,
    /// What it means.
    pub meaning: &'static Meaning,
    /// The protocol's own code.
    pub code: u32,
    /// Who asked.
    pub actor: Endpoint,
    /// Who was asked.
    pub device: Endpoint,
    /// What carried it.
    pub path: Path,
    /// Unit, slot or station behind the device's address.
    pub unit: Option<u32>,
    /// What it touched.
    pub items: Vec<OwnedItem>,
    /// How it ended.
    pub outcome: Outcome,
    /// The packet that completed the request.
    pub requested: Option<Stamp>,
    /// The packet that completed the answer.
    pub answered: Option<Stamp>,
    /// The packet that decided it.
    pub stamp: Stamp,
}

/// Least, mean and greatest of something measured in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many were measured.
    pub count: u64,
    /// The least, in nanoseconds.
    pub least: u64,
    /// The greatest, in nanoseconds.
    pub greatest: u64,
    /// Their sum, in nanoseconds; saturates.
    pub sum: u64,
}

impl Spread {
    /// Adds one measurement.
    pub fn add(&mut self, nanos: u64) {
        self.least = if self.count == 0 {
            nanos
        } else {
            self.least.min(nanos)
        };
        self.greatest = self.greatest.max(nanos);
        self.sum = self.sum.saturating_add(nanos);
        self.count += 1;
    }

    /// The mean in nanoseconds; `None` where nothing was measured.
    #[must_use]
    pub fn mean(&self) -> Option<u64> {
        self.sum.checked_div(self.count)
    }
}

/// What repeated: one operation of one conversation over all its repetitions.
#[derive(Clone, Copy, Debug)]
pub struct Cycle {
    /// Its conversation.
    pub flow: FlowId,
    /// The operation's number in the conversation, as in [`OperationRecord::fold`].
    pub fold: u32,
    /// It counts operations on several units and targets, as in [`OperationRecord::merged`].
    pub merged: bool,
    /// How often it was seen.
    pub count: u64,
    /// First and last time.
    pub first: Stamp,
    /// Last time.
    pub last: Stamp,
    /// Time from one to the next.
    pub interval: Spread,
    /// Time from request to answer.
    pub response: Spread,
    /// How often its values differed from the time before.
    pub changes: u64,
    /// How often the device said that it did it.
    pub done: u64,
    /// How often the device refused.
    pub refused: u64,
    /// How often the answer did not come or was not seen.
    pub unanswered: u64,
}

/// One property of one device, owned.
#[derive(Clone, Debug)]
pub struct PropertyRecord {
    /// The packet that tells it.
    pub stamp: Stamp,
    /// The protocol that tells it.
    pub protocol: &'static str,
    /// Whose property.
    pub host: Host,
    /// The MAC that sent the packet, where the host is an end of the conversation.
    pub mac: Option<Mac>,
    /// Unit, slot or station behind the address.
    pub unit: Option<u32>,
    /// Which property.
    pub property: Property,
    /// Its value.
    pub value: Vec<u8>,
}

/// A packet of address resolution, owned.
#[derive(Clone, Copy, Debug)]
pub struct ResolutionRecord {
    /// The packet.
    pub stamp: Stamp,
    /// Its conversation.
    pub flow: FlowId,
    /// The protocol that tells it.
    pub protocol: &'static str,
    /// VLAN tags of the packet.
    pub tags: Tags,
    /// Whose MAC address is told; `None` where the sender has no IP address yet.
    pub host: Option<Host>,
    /// The MAC address told.
    pub mac: Mac,
    /// The MAC address that sent the frame.
    pub sender: Option<Mac>,
    /// Whose MAC address is asked for; `None` in what only tells.
    pub asked: Option<Host>,
}

/// A broken rule of a protocol, the first of its kind in a conversation.
#[derive(Clone, Debug)]
pub struct FaultRecord {
    /// Its conversation.
    pub flow: FlowId,
    /// The protocol's name.
    pub protocol: &'static str,
    /// The rule.
    pub fault: &'static Fault,
    /// Who broke it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    /// What carried it.
    pub path: Path,
    /// The packet.
    pub stamp: Stamp,
    /// Where in the PDU, in octets.
    pub offset: u64,
}

/// A rule that matched, with its evidence.
#[derive(Clone, Debug)]
pub struct FindingRecord {
    /// The rule, by its place among the engine's.
    pub rule: u32,
    /// Its name.
    pub id: Id,
    /// Its message.
    pub message: Arc<str>,
    /// How grave it is, 1 high to 4 information.
    pub severity: u8,
    /// The same by what was seen alone, before planned work moved it.
    pub seen: u8,
    /// Its number among the matches of its rule in one flow and packet, from 1; 0 before the desk
    /// has counted them.
    pub nth: u32,
    /// The window of planned work that it fell into; the desk says so.
    pub planned: Option<Arc<str>>,
    /// In what it was found.
    pub subject: Subject,
    /// The conversation.
    pub flow: FlowId,
    /// Who, to whom, when, and what the conversation was up to then.
    pub scene: Scene,
    /// What tells it from other matches of the rule.
    pub marks: Marks,
    /// What carried it, where that is something a protocol is read from.
    pub path: Option<Path>,
    /// The operation, where it was found in one.
    pub operation: Option<Arc<OperationRecord>>,
    /// What the tap made of the message, where it was found in one.
    pub pdu: Option<Box<str>>,
    /// Content of the packet that decided it.
    pub payload: Vec<u8>,
    /// That packet; empty where time decided.
    pub packet: Vec<u8>,
    /// Link type that the packet begins with (the `LINKTYPE_` number).
    pub link: u32,
}

/// What one end of a conversation did.
#[derive(Clone, Debug, Default)]
pub struct EndRecord {
    /// MAC address of its last packet.
    pub mac: Option<Mac>,
    /// MAC addresses it used on the captured segment, the first few in the order in which they
    /// appeared.
    pub macs: Vec<Mac>,
    /// Its first packet from the second of these.
    pub moved: Option<Stamp>,
    /// VLAN its frames carried; `None` untagged or nothing sent.
    pub vlan: Option<u16>,
    /// All VLAN tags its frames carried.
    pub tags: Tags,
    /// Hop limit its first packet arrived with; a value below the usual initial ones tells of
    /// routers on the way.
    pub hop_limit: Option<u8>,
    /// Hop limit its last packet arrived with that was no reset; told only where detectors look
    /// on.
    pub hop_limit_now: Option<u8>,
    /// First and last packet; `None` where it sent nothing.
    pub seen: Option<(Stamp, Stamp)>,
    /// What became of its octets.
    pub ledger: Ledger,
    /// Kinds of faults and how often.
    pub faults: Vec<(&'static Fault, u64)>,
}

/// A conversation from its first packet to its last.
#[derive(Clone, Debug)]
pub struct FlowRecord {
    /// Its name in events.
    pub id: FlowId,
    /// The lower end.
    pub low: Endpoint,
    /// The higher end.
    pub high: Endpoint,
    /// What carried it; `None` for IP protocols without a carrier of their own.
    pub carrier: Option<Carrier>,
    /// IANA IP protocol number; 0 for frames without IP.
    pub ip_protocol: u8,
    /// The protocol recognised by content.
    pub protocol: Option<&'static str>,
    /// Whether that protocol controls plants.
    pub industrial: bool,
    /// The server as the protocol's content tells it.
    pub server: Option<Side>,
    /// Who opened it: the sender of the SYN.
    pub initiator: Option<Side>,
    /// Both ends, (low, high).
    pub ends: (EndRecord, EndRecord),
    /// First and last packet.
    pub seen: (Stamp, Stamp),
    /// TCP flags of each end ORed, (low, high).
    pub flags: (u8, u8),
    /// Messages decoded.
    pub messages: u64,
    /// Operations told by the session.
    pub operations: u64,
    /// It was running before it was seen.
    pub midstream: bool,
    /// Why it ended.
    pub end: FlowEnd,
}

/// Why a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowEnd {
    /// Both sides closed it, or one broke it off.
    Closed,
    /// It was silent for too long.
    Idle,
    /// Its place was needed for another one.
    Evicted,
    /// The capture ended.
    Capture,
}
