//! One rule, parsed and typed: what the loader makes of a line and the compiler makes an engine of.
//!
//! Made by the parser alone; read by lint, `jaga rules explain` and the compiler. It holds no
//! text that is still to be understood: an option that cannot be evaluated is refused at load.

use crate::facts::Class;
use std::net::IpAddr;
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
    /// 1 high to 4 information: `priority`, else the class's, else 3.
    pub severity: u8,
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
    /// `noalert` or `flowbits:noalert`: only its bits count.
    pub silent: bool,
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

/// One end of a header.
#[derive(Clone, Debug)]
pub struct End {
    /// Addresses.
    pub hosts: Hosts,
    /// Ports.
    pub ports: Ports,
}

/// A set of addresses: in one of `within` and in none of `without`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Empty means any.
    pub within: Vec<HostSet>,
    /// Taken out.
    pub without: Vec<HostSet>,
}

/// Part of a set of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostSet {
    /// From first to last, both included, of one address family.
    Range(IpAddr, IpAddr),
    /// Hosts that the inventory knows in this role: a variable such as `$MODBUS_SERVER` that
    /// nobody set. `protocol` is a registry name.
    Role {
        /// Protocol it was seen to speak.
        protocol: &'static str,
        /// As server (PLC, outstation) or as client (master).
        server: bool,
    },
    /// A set inside a set.
    Nested(Box<Hosts>),
}

/// A set of ports: in one of `within` and in none of `without`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Empty means any. First and last, both included.
    pub within: Vec<(u16, u16)>,
    /// Taken out.
    pub without: Vec<(u16, u16)>,
}

/// `flow` and `stream_size`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowTest {
    /// `to_server`, `from_client`.
    pub to_server: bool,
    /// `to_client`, `from_server`.
    pub to_client: bool,
    /// `established` (`Some(true)`), `not_established`.
    pub established: Option<bool>,
    /// `stateless`: packets without a connection count too.
    pub stateless: bool,
    /// `only_stream`.
    pub only_stream: bool,
    /// `no_stream`.
    pub no_stream: bool,
    /// `only_frag` (`Some(true)`), `no_frag`.
    pub fragments: Option<bool>,
    /// `stream_size`: octets of the stream so far.
    pub sizes: Vec<(Ends, Number)>,
    /// `flow.age`, seconds; `flow.pkts_*`, `flow.bytes_*`.
    pub counters: Vec<(Counter, Number)>,
}

/// Which of the directions a count is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// What the client sent.
    Client,
    /// What the server sent.
    Server,
    /// Each of them.
    Both,
    /// One of them.
    Either,
}

/// A counter of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Seconds since the first packet.
    Age,
    /// Packets sent.
    Packets(Ends),
    /// Octets sent.
    Octets(Ends),
}

/// A comparison with a number.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// Equal to one of these.
    OneOf(Vec<u64>),
    /// Equal to none of these.
    NoneOf(Vec<u64>),
    /// Between both, both included.
    Within(u64, u64),
    /// Outside of both.
    Outside(u64, u64),
    /// `value & mask == result`.
    Masked {
        /// Bits that count.
        mask: u64,
        /// What they must be.
        result: u64,
        /// Turned round.
        negated: bool,
    },
    /// A comparison of numbers with a sign or a fraction: first and last, both included.
    Real(f64, f64),
}

/// What must hold of a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum PacketTest {
    /// `dsize`: octets of payload.
    Size(Number),
    /// `flags`: TCP flags, `(mask, wanted, how)`.
    Flags {
        /// Flags that count.
        mask: u16,
        /// Flags asked for.
        wanted: u16,
        /// How they must stand.
        how: FlagMatch,
    },
    /// `ttl`, `hop limit`.
    Ttl(Number),
    /// `id` of IPv4.
    IpId(Number),
    /// `ip_proto`.
    IpProtocol(Number),
    /// `tos`.
    Tos(Number),
    /// `fragbits`: as flags, of M (1), D (2), R (4).
    FragmentBits {
        /// Bits that count.
        mask: u16,
        /// Bits asked for.
        wanted: u16,
        /// How they must stand.
        how: FlagMatch,
    },
    /// `fragoffset`, in units of 8 octets.
    FragmentOffset(Number),
    /// `ipopts`: an IPv4 option of this kind; `None` for any.
    IpOption(Option<u8>),
    /// `sameip`.
    SameAddress,
    /// `seq`.
    Sequence(Number),
    /// `ack`.
    Acknowledgement(Number),
    /// `window`.
    Window(Number),
    /// `tcp.mss`.
    Mss(Number),
    /// `itype`.
    IcmpType(Number),
    /// `icode`.
    IcmpCode(Number),
    /// `icmp_id`.
    IcmpId(Number),
    /// `icmp_seq`.
    IcmpSequence(Number),
    /// `*-csum`: the checksum of this layer is `valid` or not.
    Checksum {
        /// Which header.
        of: Checksum,
        /// Whether it must be right.
        valid: bool,
    },
    /// `vlan.id`, of any tag.
    Vlan(Number),
    /// `app-layer-protocol`: the conversation speaks it (`None` for `failed`), or does not.
    Protocol {
        /// Name in the registry.
        name: Option<&'static str>,
        /// Turned round.
        negated: bool,
    },
}

/// How flags must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagMatch {
    /// Exactly these.
    Exactly,
    /// These and any others (`+`).
    All,
    /// One of these (`*`).
    Any,
    /// None of these (`!`).
    Not,
}

/// A checksum that a rule may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// IPv4 header.
    Ipv4,
    /// TCP over IPv4 or IPv6.
    Tcp(u8),
    /// UDP over IPv4 or IPv6.
    Udp(u8),
    /// ICMP over IPv4 or IPv6.
    Icmp(u8),
    /// IGMP.
    Igmp,
}

/// Tests of one buffer.
#[derive(Clone, Debug)]
pub struct BufferTest {
    /// Which octets.
    pub buffer: Buffer,
    /// What is done to them first, in order.
    pub transforms: Vec<Transform>,
    /// What must hold of them, in order.
    pub tests: Vec<OctetTest>,
    /// Which of the tests is the fast pattern by the rule's own word, and the part of it.
    pub fast: Option<Fast>,
}

/// `fast_pattern` of a rule's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fast {
    /// Place among the tests.
    pub test: usize,
    /// `fast_pattern:offset,length`.
    pub part: Option<(u16, u16)>,
    /// `fast_pattern:only`: need not be looked for again.
    pub only: bool,
}

/// Octets that tests look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// Payload of the packet or the stream, as the rule's options say.
    Payload,
    /// Payload of the packet alone (`pkt_data`, `rawbytes`).
    Packet,
    /// The IPv4 or IPv6 header, TCP, UDP or ICMP header.
    Header(HeaderBuffer),
    /// A field of kind text, octets, or list of these, of one of these protocols: the first
    /// that the message has. `file_data` names several.
    Fields(Vec<FieldRef>),
    /// The whole PDU of the message (Jaga's `pdu`).
    Pdu,
    /// What `base64_decode` left (`base64_data`).
    Base64,
}

/// A header as a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderBuffer {
    /// `ipv4.hdr`.
    Ipv4,
    /// `ipv6.hdr`.
    Ipv6,
    /// `tcp.hdr`.
    Tcp,
    /// `udp.hdr`.
    Udp,
    /// `icmpv4.hdr`.
    Icmpv4,
    /// `icmpv6.hdr`.
    Icmpv6,
}

/// A field of the registry's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldRef {
    /// Name of the protocol in the registry.
    pub protocol: &'static str,
    /// Place in its table.
    pub index: u16,
}

/// What is done to a buffer before its tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transform {
    /// `dotprefix`: a dot in front.
    DotPrefix,
    /// `strip_whitespace`.
    StripWhitespace,
    /// `compress_whitespace`.
    CompressWhitespace,
    /// `to_lowercase`.
    Lowercase,
    /// `to_uppercase`.
    Uppercase,
    /// `to_md5`.
    Md5,
    /// `to_sha1`.
    Sha1,
    /// `to_sha256`.
    Sha256,
    /// `url_decode`.
    UrlDecode,
    /// `xor` with this key.
    Xor(Vec<u8>),
    /// `header_lowercase`.
    HeaderLowercase,
    /// `strip_pseudo_headers`.
    StripPseudoHeaders,
    /// `pcrexform`: the first group.
    Regex(Arc<str>),
    /// `domain`, `tld`.
    Domain,
    /// `tld`.
    TopLevelDomain,
}

/// One test of octets.
#[derive(Clone, Debug)]
pub enum OctetTest {
    /// `content`.
    Content(Content),
    /// `pcre`.
    Regex(Regex),
    /// `byte_test`.
    ByteTest(ByteTest),
    /// `byte_jump`.
    ByteJump(ByteJump),
    /// `byte_extract`, `byte_math`.
    ByteMath(ByteMath),
    /// `isdataat`.
    DataAt {
        /// So many octets on.
        at: Value,
        /// Counted from the last match.
        relative: bool,
        /// Turned round.
        negated: bool,
    },
    /// `bsize`, `urilen`: octets of the buffer.
    Size(Number),
    /// `base64_decode`: fills the buffer of `base64_data`.
    Base64 {
        /// At most so many octets of input.
        octets: Option<u32>,
        /// Starts so many octets on.
        offset: u32,
        /// Counted from the last match.
        relative: bool,
    },
    /// `dataset:isset` and `isnotset`: the whole buffer is, or is not, in this sorted list.
    Dataset {
        /// The values.
        values: Arc<[Box<[u8]>]>,
        /// Turned round.
        negated: bool,
    },
    /// `datarep`.
    Reputation {
        /// The values with their figure, sorted.
        values: Arc<[(Box<[u8]>, u16)]>,
        /// What the figure must be.
        figure: Number,
    },
    /// `entropy` in bits an octet.
    Entropy(Number),
}

/// A number given in the rule, or kept by `byte_extract` or `byte_math` before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// From the rule.
    Fixed(i64),
    /// Place among the rule's variables.
    Variable(u8),
}

/// `content`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The octets; in lower case where `nocase`.
    pub octets: Vec<u8>,
    /// `nocase`.
    pub nocase: bool,
    /// `content:!`.
    pub negated: bool,
    /// `offset`.
    pub offset: Option<Value>,
    /// `depth`, counted from `offset`.
    pub depth: Option<Value>,
    /// `distance`.
    pub distance: Option<Value>,
    /// `within`.
    pub within: Option<Value>,
    /// `startswith`.
    pub starts: bool,
    /// `endswith`.
    pub ends: bool,
}

/// `pcre`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regex {
    /// The expression without its delimiters.
    pub pattern: Arc<str>,
    /// `pcre:!`.
    pub negated: bool,
    /// `R`: from the end of the last match.
    pub relative: bool,
    /// `i`.
    pub nocase: bool,
    /// `s`.
    pub dotall: bool,
    /// `m`.
    pub multiline: bool,
    /// `x`.
    pub extended: bool,
    /// `A`.
    pub anchored: bool,
    /// `E`.
    pub dollar_end_only: bool,
    /// `G`.
    pub ungreedy: bool,
}

/// How a number lies in the octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Least significant octet first.
    pub little: bool,
    /// Digits in text, to this base (8, 10, 16).
    pub text: Option<u8>,
    /// DCE/RPC's own order.
    pub dce: bool,
}

/// Comparison of `byte_test`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `=`.
    Equal,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `&`: some bit in common.
    And,
    /// `^`: no bit in common.
    Xor,
}

/// `byte_test`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteTest {
    /// Octets read.
    pub octets: Value,
    /// Comparison.
    pub compare: Compare,
    /// Turned round.
    pub negated: bool,
    /// Compared with.
    pub value: Value,
    /// Where.
    pub offset: Value,
    /// From the end of the last match.
    pub relative: bool,
    /// How it lies.
    pub reading: Reading,
    /// Taken with, then shifted down to, these bits.
    pub mask: Option<u64>,
}

/// `byte_jump`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteJump {
    /// Octets read; 0 for `from_beginning` with a fixed jump.
    pub octets: Value,
    /// Where.
    pub offset: Value,
    /// From the end of the last match.
    pub relative: bool,
    /// How it lies.
    pub reading: Reading,
    /// Taken with, then shifted down to, these bits.
    pub mask: Option<u64>,
    /// `multiplier`.
    pub multiplier: u32,
    /// `align` to 4 octets.
    pub align: bool,
    /// `from_beginning`.
    pub from_beginning: bool,
    /// `from_end`.
    pub from_end: bool,
    /// `post_offset`.
    pub post_offset: i32,
}

/// `byte_extract` (no operator) and `byte_math`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteMath {
    /// Octets read.
    pub octets: Value,
    /// Where.
    pub offset: Value,
    /// From the end of the last match.
    pub relative: bool,
    /// How it lies.
    pub reading: Reading,
    /// Taken with, then shifted down to, these bits.
    pub mask: Option<u64>,
    /// `multiplier` of `byte_extract`.
    pub multiplier: u32,
    /// `align` of `byte_extract`: 0, 2 or 4.
    pub align: u8,
    /// Operator and right value of `byte_math`.
    pub math: Option<(MathOperator, Value)>,
    /// Variable that keeps the result.
    pub result: u8,
}

/// Operator of `byte_math`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MathOperator {
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `<<`.
    ShiftLeft,
    /// `>>`.
    ShiftRight,
}

/// What must hold of one field of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// Which field; all field tests of a rule look at one message.
    pub field: FieldRef,
    /// Inside a record of a list: its key (`dnp3.objects`' `group`).
    pub key: Option<&'static str>,
    /// What must hold. For a list: of one of its values.
    pub test: ValueTest,
}

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueTest {
    /// A number.
    Number(Number),
    /// True or false.
    Boolean(bool),
    /// Text, in any case.
    Text {
        /// In lower case.
        text: Box<str>,
        /// Turned round.
        negated: bool,
    },
    /// The field is there (`true`) or not.
    Present(bool),
    /// Two numbers of one record, as `dnp3_obj:group,variation`.
    Record(Vec<(&'static str, u64)>),
    /// A range of addresses of the request overlaps this one: from field, count field.
    Overlaps {
        /// Field with the number of addresses; a missing one counts as one.
        count: FieldRef,
        /// First and last address, as on the wire.
        range: (u64, u64),
    },
    /// A value written to one of these addresses compares so (`modbus: ... value`): the field
    /// of this test is the list of values, `first` the field of the first one's address.
    ValueAt {
        /// Field with the first address.
        first: FieldRef,
        /// Address, as on the wire.
        address: u64,
        /// What must hold of it.
        number: Number,
    },
}

/// `ot.*`: what must hold of one operation.
#[derive(Clone, Debug, PartialEq)]
pub enum OperationTest {
    /// `ot.op`.
    Class {
        /// One of these.
        classes: Vec<Class>,
        /// Turned round.
        negated: bool,
    },
    /// `ot.criticality`.
    Criticality(Number),
    /// `ot.technique`: an ATT&CK for ICS id.
    Technique(Box<str>),
    /// `ot.name`: the operation's own name, in lower case.
    Name {
        /// Text.
        text: Box<str>,
        /// Turned round.
        negated: bool,
    },
    /// `ot.target`: kind of address, and the addresses that must overlap.
    Target {
        /// `register`, `coil`, `db`, ...; `None` for any.
        space: Option<Box<str>>,
        /// First and last.
        range: Option<(u64, u64)>,
        /// Name, in lower case; `*` stands for anything at its end.
        name: Option<Box<str>>,
    },
    /// `ot.value`: one of the values compares so.
    Value(Number),
    /// `ot.result`: `ok`, `error`, `no-answer`, `not-seen`.
    Result(Box<str>),
}

/// Whose asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The sender.
    Source,
    /// The receiver.
    Destination,
    /// One of both.
    Either,
}

/// `asset.*`: decided when the desk has all facts up to the packet.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetTest {
    /// Whose.
    pub whose: Whose,
    /// Turned round.
    pub negated: bool,
    /// What.
    pub what: AssetWord,
}

/// What of an asset.
#[derive(Clone, Debug, PartialEq)]
pub enum AssetWord {
    /// `asset.role`.
    Role(Box<str>),
    /// `asset.vendor`, in lower case; matches as a part.
    Vendor(Box<str>),
    /// `asset.zone`.
    Zone(Box<str>),
    /// `asset.new`: first seen less than so many seconds before.
    New(u64),
}

/// An event that the decoders raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTest {
    /// `app-layer-event:modbus.invalid_length`: a fault of that protocol, by its name.
    Protocol {
        /// Name in the registry.
        protocol: &'static str,
        /// Name of its fault.
        fault: &'static str,
    },
    /// `decode-event`, by Jaga's own note.
    Decoder(DecoderEvent),
    /// `stream-event`.
    Stream(StreamEvent),
}

/// What the header reader notes, as far as rules ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecoderEvent {
    /// The IPv4 header is cut or its lengths contradict.
    BadIpv4,
    /// The IPv6 header likewise.
    BadIpv6,
    /// The TCP header likewise.
    BadTcp,
    /// The UDP header likewise.
    BadUdp,
    /// The ICMP header likewise.
    BadIcmp,
}

/// What reassembly notes, as far as rules ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// Overlapping octets with other content.
    DifferentOverlap,
    /// Octets were lost.
    Gap,
}

/// A bit or a number that rules keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Bit {
    /// Whose.
    pub scope: Scope,
    /// Number of its name, from the ruleset's table of names.
    pub name: u16,
    /// Test before the match, or change after it.
    pub act: BitAct,
}

/// Where a bit is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `flowbits`, `flowint`: with the flow.
    Flow,
    /// `xbits`, `hostbits` with the source.
    Source,
    /// With the destination.
    Destination,
    /// With the pair.
    Pair,
}

/// What happens to a bit.
#[derive(Clone, Debug, PartialEq)]
pub enum BitAct {
    /// One of these names is set (`isset:a|b`); `Bit::name` is the first.
    IsSet(Vec<u16>),
    /// None of these is set.
    IsNotSet(Vec<u16>),
    /// Set it, for so many seconds of packet time where given.
    Set(Option<u32>),
    /// Clear it.
    Unset,
    /// Turn it round.
    Toggle,
    /// `flowint`: test the number.
    Test(Number),
    /// `flowint`: the number exists (`true`) or not.
    Exists(bool),
    /// `flowint`: give it a value.
    Assign(u64),
    /// `flowint`: add, with a sign.
    Add(i64),
}

/// What a limit counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Track {
    /// The sender.
    Source,
    /// The receiver.
    Destination,
    /// The pair.
    Both,
    /// The rule as a whole.
    Rule,
    /// The flow.
    Flow,
}

/// How often matches are told.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What it counts by.
    pub track: Track,
    /// How.
    pub kind: LimitKind,
}

/// Kinds of limits. Seconds are packet time.
#[derive(Clone, Debug)]
pub enum LimitKind {
    /// The first `count` in `seconds` are told.
    Limit {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
    },
    /// Each `count`th in `seconds` is told.
    Threshold {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
    },
    /// The `count`th in `seconds` is told, once.
    Both {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
    },
    /// Told at `count`, then at each `multiplier` as many.
    Backoff {
        /// Matches.
        count: u32,
        /// Factor.
        multiplier: u32,
    },
    /// `detection_filter`: what comes after `count` in `seconds` is told.
    Filter {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
    },
    /// `suppress` of a threshold file: nothing is told where the tracked end is in the set
    /// (`None`: never).
    Suppress(Option<Hosts>),
    /// `rate_filter`: past `count` in `seconds` a new action holds for `timeout` seconds.
    Rate {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
        /// What the rule does then.
        action: Action,
        /// For so long.
        timeout: u32,
    },
}
