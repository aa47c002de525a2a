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
    /// `decode-event`.
    Event(HeaderEvent),
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

/// An event of the headers of one packet (`decode-event`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeaderEvent {
    /// An option of IPv4 stands twice.
    Ipv4OptionDoubled,
    /// The length of an option of IPv4 is wrong.
    Ipv4OptionLength,
    /// IPv4 has an option that is not assigned.
    Ipv4OptionUnknown,
    /// IPv4 carries ICMPv6.
    Ipv4Icmpv6,
    /// IPv6 carries ICMP of IPv4.
    Ipv6Icmpv4,
    /// A second hop-by-hop header.
    Ipv6HopByHopDoubled,
    /// A third header of destination options.
    Ipv6DestinationDoubled,
    /// A second routing header.
    Ipv6RoutingDoubled,
    /// A second fragment header.
    Ipv6FragmentDoubled,
    /// A second authentication header.
    Ipv6AuthenticationDoubled,
    /// A fragment header in a whole packet.
    Ipv6FragmentUseless,
    /// The reserved octet of a fragment header is set.
    Ipv6FragmentReserved,
    /// The reserved octets of an authentication header are set.
    Ipv6AuthenticationReserved,
    /// A routing header of type 0.
    Ipv6Routing0,
    /// A hop-by-hop header holds padding alone.
    Ipv6HopByHopPadding,
    /// A header of destination options holds padding alone.
    Ipv6DestinationPadding,
    /// A hop-by-hop header holds an option that is not assigned.
    Ipv6HopByHopUnknown,
    /// A header of destination options holds one that is not assigned.
    Ipv6DestinationUnknown,
    /// Padding of two octets and more has no octets.
    Ipv6PadNEmpty,
    /// A type of ICMP that is not assigned.
    IcmpTypeUnknown,
    /// A type of ICMPv6 that is not assigned.
    Icmpv6TypeUnknown,
    /// An option of TCP stands twice.
    TcpOptionDoubled,
    /// The length of an option of TCP is wrong.
    TcpOptionLength,
}

impl HeaderEvent {
    /// All events by the names that Suricata gives them.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("ipv4.opt_duplicate", Self::Ipv4OptionDoubled),
        ("ipv4.opt_invalid_len", Self::Ipv4OptionLength),
        ("ipv4.opt_unknown", Self::Ipv4OptionUnknown),
        ("ipv4.icmpv6", Self::Ipv4Icmpv6),
        ("ipv6.icmpv4", Self::Ipv6Icmpv4),
        ("ipv6.exthdr_dupl_hh", Self::Ipv6HopByHopDoubled),
        ("ipv6.exthdr_dupl_dh", Self::Ipv6DestinationDoubled),
        ("ipv6.exthdr_dupl_rh", Self::Ipv6RoutingDoubled),
        ("ipv6.exthdr_dupl_fh", Self::Ipv6FragmentDoubled),
        ("ipv6.exthdr_dupl_ah", Self::Ipv6AuthenticationDoubled),
        ("ipv6.exthdr_useless_fh", Self::Ipv6FragmentUseless),
        (
            "ipv6.fh_non_zero_reserved_field",
            Self::Ipv6FragmentReserved,
        ),
        (
            "ipv6.exthdr_ah_res_not_null",
            Self::Ipv6AuthenticationReserved,
        ),
        ("ipv6.rh_type_0", Self::Ipv6Routing0),
        ("ipv6.hopopts_only_padding", Self::Ipv6HopByHopPadding),
        ("ipv6.dstopts_only_padding", Self::Ipv6DestinationPadding),
        ("ipv6.hopopts_unknown_opt", Self::Ipv6HopByHopUnknown),
        ("ipv6.dstopts_unknown_opt", Self::Ipv6DestinationUnknown),
        ("ipv6.zero_len_padn", Self::Ipv6PadNEmpty),
        ("icmpv4.unknown_type", Self::IcmpTypeUnknown),
        ("icmpv6.unknown_type", Self::Icmpv6TypeUnknown),
        ("tcp.opt_duplicate", Self::TcpOptionDoubled),
        ("tcp.opt_invalid_len", Self::TcpOptionLength),
    ];

    /// Its name in rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        let mut names = Self::NAMES.iter();
        names
            .find(|(_, event)| *event == self)
            .map_or("", |(name, _)| name)
    }
}
