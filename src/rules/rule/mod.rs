//! One rule, parsed and typed: what the loader makes of a line and the compiler makes an engine of.
//!
//! Made by the parser alone; read by lint, `jaga rules explain` and the compiler. It holds no
//! text that is still to be understood: an option that cannot be evaluated is refused at load.
//! `ends` has the header's addresses and ports, `packet` what is asked of packets and flows,
//! `octets` of buffers, `meaning` of messages, operations, assets and events, `state` what rules
//! keep and how often they tell.

mod ends;
mod meaning;
mod octets;
mod packet;
mod state;

pub use ends::{End, HostSet, Hosts, Ports};
pub use meaning::{
    AssetTest, AssetWord, EventTest, FieldTest, OperationTest, StreamEvent, ValueTest, Whose,
};
pub use octets::{
    Buffer, BufferTest, ByteJump, ByteMath, ByteTest, Compare, Content, Fast, FieldRef,
    HeaderBuffer, MathOperator, OctetTest, Reading, Regex, Transform, Value,
};
pub use packet::{Checksum, Counter, Ends, FlagMatch, FlowTest, HeaderEvent, Number, PacketTest};
pub use state::{Bit, BitAct, Change, Limit, LimitKind, Mark, Scope, Track};

use std::path::PathBuf;
use std::sync::Arc;

/// Names a rule: generator, signature, revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// Generator: 1 for rules from files.
    pub gid: u32,
    /// Signature. Where several rules of a run had the same, the later ones were renumbered.
    pub sid: u32,
    /// Revision; 0 where the rule names none.
    pub rev: u32,
}

/// What a match does. A passive sensor drops nothing: `drop` and `reject` are read as `alert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tell it.
    Alert,
    /// Say nothing about this packet, flow or transaction, whatever other rules match.
    Pass,
}

/// Where a rule was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its file, shared by the rules of one file.
    pub file: Arc<PathBuf>,
    /// Line of its first octet, from 1.
    pub line: u32,
}

/// A rule that loaded.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name among all rules of the run.
    pub id: Id,
    /// Where it stands.
    pub origin: Origin,
    /// The rule's own text, for `jaga rules explain`.
    pub text: Arc<str>,
    /// What a match does.
    pub action: Action,
    /// What the header and the options say it looks at.
    pub over: Over,
    /// Left and right end of the header.
    pub ends: (End, End),
    /// `<>`: the ends may also be swapped.
    pub both_ways: bool,
    /// `msg`.
    pub message: Arc<str>,
    /// `classtype` and its text, where known.
    pub class: Option<(Arc<str>, Arc<str>)>,
    /// 1 high to 4 information: `priority`, else the class's. Where neither is stated, 3 or what
    /// the operation can do.
    pub severity: Option<u8>,
    /// `reference`, as `(system, id)`.
    pub references: Vec<(Arc<str>, Arc<str>)>,
    /// `metadata`, in order.
    pub metadata: Vec<(Arc<str>, Arc<str>)>,
    /// `target`: the victim is the source (`Some(true)`) or the destination.
    pub target_is_source: Option<bool>,
    /// `flow` and `stream_size`.
    pub flow: FlowTest,
    /// What must hold of the packet's headers.
    pub packet: Vec<PacketTest>,
    /// What must hold of octets, buffer by buffer in the order of the rule; the tests of one
    /// buffer are in order, since relative ones build on those before.
    pub buffers: Vec<BufferTest>,
    /// What must hold of fields of one message.
    pub fields: Vec<FieldTest>,
    /// What must hold of one operation (`ot.*`).
    pub operation: Vec<OperationTest>,
    /// What must hold of an asset (`asset.*`).
    pub assets: Vec<AssetTest>,
    /// `app-layer-event`, `decode-event`, `stream-event`: one of these happened. Several are
    /// joined by and.
    pub events: Vec<EventTest>,
    /// `flowbits`, `xbits`, `hostbits`, `flowint`.
    pub bits: Vec<Bit>,
    /// `threshold` and `detection_filter`, and what a threshold file says of this rule.
    pub limits: Vec<Limit>,
    /// `changed`.
    pub change: Option<Change>,
    /// `noalert` or `flowbits:noalert`: only its bits count.
    pub silent: bool,
}

impl Rule {
    /// The values of one key of its metadata, in order.
    pub fn values<'r>(&'r self, key: &str) -> impl Iterator<Item = &'r str> {
        let pairs = self.metadata.iter();
        pairs
            .filter(move |pair| &*pair.0 == key)
            .map(|pair| &*pair.1)
    }
}

/// What a rule is laid over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// `ip` and `pkthdr`: every packet.
    Ip,
    /// Only IPv4, or only IPv6, packets.
    IpVersion(u8),
    /// `tcp`: packets and stream, as the options say.
    Tcp,
    /// `tcp-pkt`: packets alone.
    TcpPacket,
    /// `tcp-stream`: the stream alone.
    TcpStream,
    /// `udp`.
    Udp,
    /// `icmp`, both versions.
    Icmp,
    /// Any other IP protocol by its number (`sctp`, `igmp`).
    IpProtocol(u8),
    /// A protocol of the registry, by name (`modbus`, `http`).
    Protocol(&'static str),
    /// Layer 2 and anything else with a decoded message or operation (Jaga's own `any`).
    Any,
}
