//! What a rule asks of a packet's headers and of its flow.

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
