//! What a rule asks of octets: buffers, transforms and the tests of them.

use super::Number;
use std::sync::Arc;

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
    /// Part of the PDU: so many octets from a place on, or all (`frame:enip.hdr`).
    PduPart {
        /// Where it starts.
        from: u16,
        /// Its length; `None` to the end.
        octets: Option<u16>,
    },
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
