//! Secrets of protocols that are no text, by the places of their fields.

use std::ops::Range;

/// Where the password of a message of MQTT, the community of one of SNMP, or passwords of S7
/// controllers stand in the content of a packet.
pub(super) fn places(content: &[u8]) -> Vec<Range<usize>> {
    let first = community(content).or_else(|| mqtt(content));
    first.into_iter().chain(s7_passwords(content)).collect()
}

/// Passwords of S7 controllers (user data, group 5, function 1): mixed by XOR alone, so that
/// whoever has the octets has the password. The content begins with a TPKT (RFC 1006, 6), as
/// segments do in practice.
fn s7_passwords(content: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some([3, _, high, low, behind, rest @ ..]) = content.get(at..) {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if let Some([0x32, 7, _, _, _, _, parameters, more, data, _, rest @ ..]) =
            rest.get(usize::from(*behind)..)
        {
            let size = usize::from(u16::from_be_bytes([*parameters, *more]));
            let asks = matches!(rest, [0, 1, 0x12, _, _, group, 1, ..] if *group == 0x45);
            // Return code, transport size and length stand before the octets.
            let start = content.len() - rest.len() + size + 4;
            let end = (at + length).min(content.len());
            let is_there = *data == 0 && start < end;
            found.extend((asks && is_there).then_some(start..end));
        }
        at += length.max(4);
    }
    found
}

/// Communities that everybody knows: no secret, and what rules about them look for.
const KNOWN: [&[u8]; 2] = [b"public", b"private"];

/// The community of a message of SNMP version 1 or 2c (RFC 1157, 4; RFC 1901, 3): behind the
/// head of the sequence and the version.
fn community(content: &[u8]) -> Option<Range<usize>> {
    let (0x30, rest) = content.split_first().map(|(tag, rest)| (*tag, rest))? else {
        return None;
    };
    let long = rest.first().filter(|length| **length & 0x80 != 0);
    let skipped = 1 + long.map_or(0, |length| usize::from(length & 0x7f));
    let [0x02, 0x01, 0 | 1, 0x04, length, behind @ ..] = rest.get(skipped..)? else {
        return None;
    };
    let length = usize::from(*length);
    let start = content.len() - behind.len();
    let secret = behind.get(..length)?;
    (length > 0 && !KNOWN.contains(&secret)).then_some(start..start + length)
}

/// The password of a CONNECT of MQTT (versions 3.1, 3.1.1 and 5.0, section 3.1): the last field
/// of its payload.
fn mqtt(content: &[u8]) -> Option<Range<usize>> {
    let [0x10, rest @ ..] = content else {
        return None;
    };
    let (_, rest) = variable(rest)?;
    let (name, rest) = field(rest)?;
    if !matches!(name, b"MQTT" | b"MQIsdp") {
        return None;
    }
    let [level, flags, _, _, rest @ ..] = rest else {
        return None;
    };
    let mut rest = rest;
    let properties = |octets| {
        let (length, rest) = variable(octets)?;
        rest.get(length..)
    };
    if *level >= 5 {
        rest = properties(rest)?;
    }
    rest = field(rest)?.1;
    if flags & 0x04 != 0 {
        if *level >= 5 {
            rest = properties(rest)?;
        }
        rest = field(field(rest)?.1)?.1;
    }
    if flags & 0x80 != 0 {
        rest = field(rest)?.1;
    }
    if flags & 0x40 == 0 {
        return None;
    }
    let (secret, behind) = match field(rest) {
        Some(whole) => whole,
        // It goes on in the next segment.
        None => (rest.get(2..)?, &[][..]),
    };
    let end = content.len() - behind.len();
    (!secret.is_empty()).then_some(end - secret.len()..end)
}

/// A length of MQTT, of one to four octets (1.5.5), and what is behind it.
fn variable(octets: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (place, octet) in octets.iter().take(4).enumerate() {
        length |= usize::from(octet & 0x7f) << (7 * place);
        if octet & 0x80 == 0 {
            return Some((length, octets.get(place + 1..)?));
        }
    }
    None
}

/// A field of MQTT behind its length of two octets, and what is behind it.
fn field(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = octets.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}
