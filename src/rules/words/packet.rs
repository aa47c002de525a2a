//! Words about one packet's headers and size.

use super::{Effect, Keyword, named};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::header;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{Checksum, FlagMatch, Number, PacketTest};

/// Words that take one comparison with a number: name, other names, greatest number, the test,
/// its line.
macro_rules! numbers {
    ($($read:ident: $test:ident <= $greatest:expr;)*) => {
        $(fn $read(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
            let number = option.wanted()?.number($greatest)?;
            draft.packet.push(PacketTest::$test(number));
            Ok(())
        })*
    };
}

numbers! {
    acknowledgement: Acknowledgement <= 0xffff_ffff;
    fragment_offset: FragmentOffset <= 0x1fff;
    icmp_code: IcmpCode <= 255;
    icmp_id: IcmpId <= 0xffff;
    icmp_sequence: IcmpSequence <= 0xffff;
    icmp_type: IcmpType <= 255;
    ip_id: IpId <= 0xffff;
    mss: Mss <= 0xffff;
    sequence: Sequence <= 0xffff_ffff;
    size: Size <= 65_535;
    tos: Tos <= 255;
    ttl: Ttl <= 255;
    window: Window <= 0xffff;
}

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "ack",
        &["tcp.ack"],
        Effect::Tests,
        "Acknowledgement number of TCP.",
        acknowledgement,
    ),
    Keyword::new(
        "app-layer-protocol",
        &[],
        Effect::Tests,
        "The conversation speaks this protocol (`!` not).",
        protocol,
    ),
    Keyword::new(
        "dsize",
        &[],
        Effect::Tests,
        "Octets of the packet's payload: dsize:>100.",
        size,
    ),
    Keyword::new(
        "flags",
        &["tcp.flags"],
        Effect::Tests,
        "Flags of TCP, F S R P A U E C or 0; + and others, * one of them, ! none; ignored ones \
         behind a comma.",
        flags,
    ),
    Keyword::new(
        "fragbits",
        &[],
        Effect::Tests,
        "Fragment bits of IPv4: M, D, R.",
        fragbits,
    ),
    Keyword::new(
        "fragoffset",
        &[],
        Effect::Tests,
        "Fragment offset of IPv4, in units of 8 octets.",
        fragment_offset,
    ),
    Keyword::new(
        "icmp_id",
        &[],
        Effect::Tests,
        "Identifier of an ICMP echo.",
        icmp_id,
    ),
    Keyword::new(
        "icmp_seq",
        &[],
        Effect::Tests,
        "Sequence number of an ICMP echo.",
        icmp_sequence,
    ),
    Keyword::new(
        "icmpv4-csum",
        &[],
        Effect::Tests,
        "Checksum of ICMP: valid or invalid.",
        |d, o| checksum(d, o, Checksum::Icmp(4)),
    ),
    Keyword::new(
        "icmpv6-csum",
        &[],
        Effect::Tests,
        "Checksum of ICMPv6: valid or invalid.",
        |d, o| checksum(d, o, Checksum::Icmp(6)),
    ),
    Keyword::new("icode", &[], Effect::Tests, "Code of ICMP.", icmp_code),
    Keyword::new("id", &[], Effect::Tests, "Identification of IPv4.", ip_id),
    Keyword::new(
        "igmp-csum",
        &[],
        Effect::Tests,
        "Checksum of IGMP: valid or invalid.",
        |d, o| checksum(d, o, Checksum::Igmp),
    ),
    Keyword::new(
        "ip_proto",
        &[],
        Effect::Tests,
        "Protocol of IP, by number or name.",
        ip_proto,
    ),
    Keyword::new(
        "ipopts",
        &[],
        Effect::Tests,
        "An option of IPv4: rr, lsrr, ssrr, any ...",
        ipopts,
    ),
    Keyword::new(
        "ipv4-csum",
        &[],
        Effect::Tests,
        "Checksum of IPv4: valid or invalid.",
        |d, o| checksum(d, o, Checksum::Ipv4),
    ),
    Keyword::new("itype", &[], Effect::Tests, "Type of ICMP.", icmp_type),
    Keyword::new(
        "sameip",
        &[],
        Effect::Tests,
        "Source and destination are the same address.",
        same,
    ),
    Keyword::new(
        "seq",
        &["tcp.seq"],
        Effect::Tests,
        "Sequence number of TCP.",
        sequence,
    ),
    Keyword::new(
        "tcp.mss",
        &[],
        Effect::Tests,
        "Maximum segment size that TCP offers.",
        mss,
    ),
    Keyword::new(
        "tcpv4-csum",
        &[],
        Effect::Tests,
        "Checksum of TCP over IPv4.",
        |d, o| checksum(d, o, Checksum::Tcp(4)),
    ),
    Keyword::new(
        "tcpv6-csum",
        &[],
        Effect::Tests,
        "Checksum of TCP over IPv6.",
        |d, o| checksum(d, o, Checksum::Tcp(6)),
    ),
    Keyword::new("tos", &[], Effect::Tests, "Type of service of IP.", tos),
    Keyword::new(
        "ttl",
        &[],
        Effect::Tests,
        "Time to live, or hop limit.",
        ttl,
    ),
    Keyword::new(
        "udpv4-csum",
        &[],
        Effect::Tests,
        "Checksum of UDP over IPv4.",
        |d, o| checksum(d, o, Checksum::Udp(4)),
    ),
    Keyword::new(
        "udpv6-csum",
        &[],
        Effect::Tests,
        "Checksum of UDP over IPv6.",
        |d, o| checksum(d, o, Checksum::Udp(6)),
    ),
    Keyword::new("vlan.id", &[], Effect::Tests, "VLAN of any tag.", vlan),
    Keyword::new(
        "window",
        &["tcp.window"],
        Effect::Tests,
        "Window of TCP.",
        window,
    ),
];

fn same(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    option.bare()?;
    draft.packet.push(PacketTest::SameAddress);
    Ok(())
}

fn vlan(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    // A layer behind a comma may be `any`; others are not told apart.
    let text = match text.cut(",") {
        Some((number, layer)) if layer.text == "any" => number,
        Some((_, layer)) => {
            return Err(layer
                .flaw("layers of VLAN are not told apart")
                .because(Cause::NotEvaluated));
        }
        None => text,
    };
    draft.packet.push(PacketTest::Vlan(text.number(4095)?));
    Ok(())
}

fn checksum(draft: &mut Draft<'_>, option: Opt<'_>, of: Checksum) -> Result<(), Flaw> {
    let words = [("valid", true), ("invalid", false)];
    let valid = named(option.wanted()?.unquoted()?, "state of a checksum", &words)?;
    draft.packet.push(PacketTest::Checksum { of, valid });
    Ok(())
}

/// Names of IP protocols that rules use (the registry of IANA).
const IP_PROTOCOLS: &[(&str, u64)] = &[
    ("ah", 51),
    ("egp", 8),
    ("eigrp", 88),
    ("esp", 50),
    ("gre", 47),
    ("icmp", 1),
    ("igmp", 2),
    ("ip", 0),
    ("ipcomp", 108),
    ("ipip", 4),
    ("ipv6", 41),
    ("ipv6-icmp", 58),
    ("ospf", 89),
    ("pgm", 113),
    ("pim", 103),
    ("rsvp", 46),
    ("sctp", 132),
    ("tcp", 6),
    ("udp", 17),
    ("vrrp", 112),
];

fn ip_proto(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let (negated, name) = text.negation();
    let number = if name.text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let number = named(name, "IP protocol", IP_PROTOCOLS)?;
        if negated {
            Number::NoneOf(vec![number])
        } else {
            Number::OneOf(vec![number])
        }
    } else {
        text.number(255)?
    };
    draft.packet.push(PacketTest::IpProtocol(number));
    Ok(())
}

/// Options of IPv4 with their types (RFC 791; the registry of IANA).
const IP_OPTIONS: &[(&str, Option<u8>)] = &[
    ("any", None),
    ("cipso", Some(134)),
    ("eol", Some(0)),
    ("esec", Some(133)),
    ("lsrr", Some(131)),
    ("lsrre", Some(131)),
    ("nop", Some(1)),
    ("qs", Some(25)),
    ("rr", Some(7)),
    ("rtralt", Some(148)),
    ("satid", Some(136)),
    ("sec", Some(130)),
    ("ssrr", Some(137)),
    ("ts", Some(68)),
];

fn ipopts(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let kind = named(option.wanted()?, "option of IPv4", IP_OPTIONS)?;
    draft.packet.push(PacketTest::IpOption(kind));
    Ok(())
}

/// A sign before or behind the letters.
fn how(text: Text<'_>) -> (FlagMatch, Text<'_>) {
    for (sign, how) in [
        ("+", FlagMatch::All),
        ("*", FlagMatch::Any),
        ("!", FlagMatch::Not),
        ("=", FlagMatch::Exactly),
    ] {
        if let Some(rest) = text.strip(sign) {
            return (how, rest.trim());
        }
        if let Some(kept) = text.text.strip_suffix(sign) {
            return (how, text.part(0, kept.len()).trim());
        }
    }
    (FlagMatch::Exactly, text)
}

fn letters(text: Text<'_>, table: &[(char, u16)], what: &str) -> Result<u16, Flaw> {
    let mut bits = 0;
    for (at, letter) in text.text.char_indices() {
        let found = table
            .iter()
            .find(|row| row.0 == letter.to_ascii_uppercase());
        let Some((_, bit)) = found else {
            let here = text.part(at, at.saturating_add(letter.len_utf8()));
            return Err(here.flaw(format!("`{letter}` is no {what}")));
        };
        bits |= bit;
    }
    Ok(bits)
}

/// Flags of TCP by their letters; 1 and 2 are the older names of CWR and ECE.
const TCP_FLAGS: &[(char, u16)] = &[
    ('F', 0x01),
    ('S', 0x02),
    ('R', 0x04),
    ('P', 0x08),
    ('A', 0x10),
    ('U', 0x20),
    ('E', 0x40),
    ('2', 0x40),
    ('C', 0x80),
    ('1', 0x80),
    ('0', 0),
];

fn flags(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let (wanted, ignored) = match text.cut(",") {
        Some((wanted, ignored)) => (wanted, letters(ignored, TCP_FLAGS, "flag of TCP")?),
        None => (text, 0),
    };
    let (how, wanted) = how(wanted);
    if wanted.text.is_empty() {
        return Err(text.flaw("no flag is named"));
    }
    let mask = 0xff & !ignored;
    let wanted = letters(wanted, TCP_FLAGS, "flag of TCP")? & mask;
    draft.packet.push(PacketTest::Flags { mask, wanted, how });
    Ok(())
}

fn fragbits(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let (how, wanted) = how(text);
    if wanted.text.is_empty() {
        return Err(text.flaw("no fragment bit is named"));
    }
    let table = [('M', 1), ('D', 2), ('R', 4)];
    let wanted = letters(wanted, &table, "fragment bit")?;
    draft.packet.push(PacketTest::FragmentBits {
        mask: 7,
        wanted,
        how,
    });
    Ok(())
}

fn protocol(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let text = match text.cut(",") {
        // Which side or which moment of the detection: it is one for both sides here.
        Some((name, mode)) if matches!(mode.text, "either" | "both" | "final") => name,
        Some((_, mode)) => {
            return Err(mode
                .flaw("the protocol is recognised for both sides at once")
                .because(Cause::NotEvaluated));
        }
        None => text,
    };
    let (negated, name) = text.negation();
    let protocol = match name.text {
        "failed" => None,
        _ => match header::protocol(name.text) {
            Some(protocol) => Some(protocol),
            None => return Err(header::no_protocol(name)),
        },
    };
    draft.packet.push(PacketTest::Protocol {
        name: protocol,
        negated,
    });
    Ok(())
}
