//! Octets to views: session and presentation headers, MMS PDUs, the names in them.

use crate::protocols::iso::Verdict;
use crate::wire::text::{find, is_printable};
use crate::wire::{Octets, ber};

/// The object identifier arc of MMS (ISO 9506): 1.0.9506, in the presentation contexts that a
/// connection asks for.
const MMS_ARC: &[u8] = &[0x28, 0xca, 0x22];

/// Elements of a request that are looked at for a name: what stands before it is a handful.
const NAMED_WITHIN: usize = 24;

/// Longest name told: domain and item have 64 octets each in IEC 61850, and a slash.
pub(super) const NAME: usize = 129;

/// What the user's octets of a TSDU are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit<'a> {
    /// A session SPDU other than data, by its identifier (X.225, 8.3.1).
    Session(u8),
    /// An MMS PDU.
    Mms(Pdu<'a>),
    /// Presentation data of another context: ACSE.
    Other,
}

/// Session SPDU identifiers (X.225, 8.3).
pub(super) const REFUSE: u8 = 0x0c;
pub(super) const CONNECT: u8 = 0x0d;
pub(super) const ACCEPT: u8 = 0x0e;
const ABORT: u8 = 0x19;
const FINISH: u8 = 0x09;
const DISCONNECT: u8 = 0x0a;

/// Name of a session SPDU.
pub(super) const fn session_name(identifier: u8) -> &'static str {
    match identifier {
        CONNECT => "connect",
        ACCEPT => "accept",
        REFUSE => "refuse",
        FINISH => "finish",
        DISCONNECT => "disconnect",
        ABORT => "abort",
        _ => "session",
    }
}

/// Kind of an MMS PDU: the tag of the outermost choice (ISO 9506-2, 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(pub(super) u8);

impl Kind {
    pub(super) const REQUEST: Self = Self(0);
    pub(super) const RESPONSE: Self = Self(1);
    pub(super) const ERROR: Self = Self(2);
    pub(super) const REJECT: Self = Self(4);
    pub(super) const CANCEL: Self = Self(5);
    pub(super) const CANCELLED: Self = Self(6);
    pub(super) const INITIATE: Self = Self(8);
    pub(super) const INITIATED: Self = Self(9);
    pub(super) const INITIATE_ERROR: Self = Self(10);

    pub(super) const fn name(self) -> &'static str {
        match self.0 {
            0 => "confirmed-request",
            1 => "confirmed-response",
            2 => "confirmed-error",
            3 => "unconfirmed",
            4 => "reject",
            5 => "cancel-request",
            6 => "cancel-response",
            7 => "cancel-error",
            8 => "initiate-request",
            9 => "initiate-response",
            10 => "initiate-error",
            11 => "conclude-request",
            12 => "conclude-response",
            _ => "conclude-error",
        }
    }
}

/// One MMS PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pdu<'a> {
    pub(super) kind: Kind,
    /// Invoke identifier, of what is confirmed.
    pub(super) invoke: Option<u64>,
    /// Number of the service, of requests and responses.
    pub(super) service: Option<u32>,
    /// What belongs to the service.
    pub(super) content: &'a [u8],
}

/// Whether the data of a DT TPDU begin an MMS association or carry an MMS PDU.
pub(super) fn judge(data: &[u8], length: usize, end: bool) -> Verdict {
    let first = data.first().copied();
    if !first.is_none_or(|first| matches!(first, 0x01 | CONNECT | 0x85 | 0x8b | 0xa0..=0xaa)) {
        return Verdict::No;
    }
    if !end {
        return Verdict::No;
    }
    if data.len() < length {
        return Verdict::More(length);
    }
    let known = match read(data) {
        Some(Unit::Session(CONNECT)) => whole(data) && find(data, MMS_ARC).is_some(),
        Some(Unit::Mms(pdu)) => match pdu.kind {
            Kind::REQUEST | Kind::RESPONSE => pdu.invoke.is_some() && pdu.service.is_some(),
            Kind::INITIATE => !pdu.content.is_empty(),
            _ => first == Some(0x01),
        },
        _ => false,
    };
    if known { Verdict::Yes } else { Verdict::No }
}

/// Whether the length of a session SPDU fills the octets (X.225, 8.2.5).
fn whole(spdu: &[u8]) -> bool {
    match spdu {
        [_, 0xff, high, low, rest @ ..] => {
            usize::from(u16::from_be_bytes([*high, *low])) == rest.len()
        }
        [_, length, rest @ ..] => usize::from(*length) == rest.len(),
        _ => false,
    }
}

/// Reads a TSDU; `None` where it is none of ours.
pub(super) fn read(tsdu: &[u8]) -> Option<Unit<'_>> {
    match tsdu {
        // Give tokens, then data, both without parameters (X.225, 8.3.11 and 8.3.4).
        [1, 0, 1, 0, presentation @ ..] => presented(presentation),
        [
            identifier @ (CONNECT | ACCEPT | REFUSE | FINISH | DISCONNECT | ABORT),
            ..,
        ] => Some(Unit::Session(*identifier)),
        _ => pdu(tsdu).map(Unit::Mms),
    }
}

/// User data of the presentation layer, fully encoded (X.226, 8.4.2): of the values the first.
fn presented(octets: &[u8]) -> Option<Unit<'_>> {
    let mut list = Octets::new(ber::expect(&mut Octets::new(octets), 0x61)?);
    let mut values = Octets::new(ber::expect(&mut list, ber::SEQUENCE)?);
    // A transfer syntax may be named.
    let _syntax = ber::expect(&mut values, ber::OBJECT_IDENTIFIER);
    let _context = ber::expect(&mut values, ber::INTEGER)?;
    let value = ber::expect(&mut values, 0xa0)?;
    match value.first()? {
        0x80..=0x8d | 0xa0..=0xad => pdu(value).map(Unit::Mms),
        _ => Some(Unit::Other),
    }
}

/// Reads an MMS PDU that fills the octets.
fn pdu(octets: &[u8]) -> Option<Pdu<'_>> {
    let mut o = Octets::new(octets);
    let outer = ber::next(&mut o)?;
    if !o.is_empty() || outer.tag & 0x80 == 0 || outer.tag & 0x40 != 0 || outer.tag & 0x1f > 13 {
        return None;
    }
    let mut pdu = Pdu {
        kind: Kind(outer.tag & 0x1f),
        invoke: None,
        service: None,
        content: outer.contents,
    };
    let mut inside = outer.inside();
    match pdu.kind {
        Kind::REQUEST | Kind::RESPONSE => {
            pdu.invoke = Some(ber::unsigned(ber::expect(&mut inside, ber::INTEGER)?)?);
            // Modifiers may stand between.
            if !matches!(pdu.kind, Kind::RESPONSE) {
                let _modifiers = ber::expect(&mut inside, ber::SEQUENCE);
            }
            if let Some((service, content)) = service(&mut inside) {
                pdu.service = Some(service);
                pdu.content = content;
            }
        }
        Kind::ERROR | Kind::REJECT => {
            pdu.invoke = ber::expect(&mut inside, 0x80).and_then(ber::unsigned);
            pdu.content = inside.rest();
        }
        // The request that is to be cancelled.
        Kind::CANCEL | Kind::CANCELLED => pdu.invoke = ber::unsigned(outer.contents),
        _ => {}
    }
    Some(pdu)
}

/// The choice of a service: a context tag, whose number may take a second octet (X.690,
/// 8.1.2.4).
fn service<'a>(octets: &mut Octets<'a>) -> Option<(u32, &'a [u8])> {
    let first = octets.u8()?;
    if first & 0xc0 != 0x80 {
        return None;
    }
    let number = match first & 0x1f {
        0x1f => octets.u8().filter(|number| number & 0x80 == 0)?,
        number => number,
    };
    let length = ber::length(octets)?;
    Some((number.into(), octets.take(length)?))
}

/// A name in a request: domain, empty where there is none, and item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) domain: &'a [u8],
    pub(super) item: &'a [u8],
}

/// The first name in the contents of a request, in the order of the octets.
pub(super) fn name(content: &[u8]) -> Name<'_> {
    let mut rest = Octets::new(content);
    let mut last = &[][..];
    for _ in 0..NAMED_WITHIN {
        let mut ahead = rest;
        let Some(element) = ber::next(&mut ahead) else {
            break;
        };
        if element.tag == 0x1a {
            // VisibleString: of two, the domain stands before the item (ISO 9506-2, 7.5.2).
            let item = ber::expect(&mut ahead, 0x1a);
            return Name {
                domain: item.map_or(&[], |_| element.contents),
                item: item.unwrap_or(element.contents),
            };
        }
        if element.tag & 0x20 != 0 {
            // What is inside comes next, and behind it what follows.
            let header = rest.left() - ahead.left() - element.contents.len();
            if rest.skip(header).is_none() {
                break;
            }
            continue;
        }
        rest = ahead;
        if last.is_empty() && element.tag & 0x80 != 0 && is_name(element.contents) {
            last = element.contents;
        }
    }
    Name {
        domain: &[],
        item: last,
    }
}

/// Whether octets can be a name: other elements are numbers of one octet.
fn is_name(octets: &[u8]) -> bool {
    octets.len() > 1 && is_printable(octets)
}

/// Whether the data of a write are the one value FALSE.
pub(super) fn writes_false(content: &[u8]) -> bool {
    content.ends_with(&[0xa0, 0x03, 0x83, 0x01, 0x00])
}

/// The first failure among the results of a write (ISO 9506-2, 14.6.2).
pub(super) fn failed(content: &[u8]) -> Option<u8> {
    let mut results = Octets::new(content);
    while let Some(result) = ber::next(&mut results) {
        if let (0x80, [code]) = (result.tag, result.contents) {
            return Some(*code);
        }
    }
    None
}

/// Class and code of a service error (ISO 9506-2, 7.2), as number `class << 8 | code`.
pub(super) fn error(content: &[u8]) -> Option<u16> {
    let mut o = Octets::new(content);
    let mut error = loop {
        let element = ber::next(&mut o)?;
        if element.tag & 0x20 != 0 {
            break element;
        }
    };
    while let Some(inner) = ber::next(&mut error.inside()) {
        match (inner.tag, inner.contents) {
            (0x80..=0x8c, [code]) => {
                return Some(u16::from(inner.tag & 0x1f) << 8 | u16::from(*code));
            }
            (tag, [_, ..]) if tag & 0x20 != 0 => error = inner,
            _ => return None,
        }
    }
    None
}
