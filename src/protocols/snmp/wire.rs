//! Octets to a view of one SNMP message.

use crate::wire::Octets;
use crate::wire::ber::{self, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use arrayvec::ArrayVec;
use std::io::Write as _;
use std::net::Ipv4Addr;

/// An object identifier as text. Identifiers of tables with addresses in them stay below this;
/// longer ones are cut.
pub(super) type Dotted = ArrayVec<u8, 128>;

/// A kind of PDU, by its tag (RFC 3416, 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PduKind(pub(super) u8);

impl PduKind {
    pub(super) const GET: Self = Self(0xa0);
    pub(super) const GET_NEXT: Self = Self(0xa1);
    pub(super) const RESPONSE: Self = Self(0xa2);
    pub(super) const SET: Self = Self(0xa3);
    pub(super) const TRAP_V1: Self = Self(0xa4);
    pub(super) const GET_BULK: Self = Self(0xa5);
    pub(super) const INFORM: Self = Self(0xa6);
    pub(super) const TRAP: Self = Self(0xa7);
    pub(super) const REPORT: Self = Self(0xa8);

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::GET => "get",
            Self::GET_NEXT => "get-next",
            Self::RESPONSE => "response",
            Self::SET => "set",
            Self::TRAP_V1 => "trap-v1",
            Self::GET_BULK => "get-bulk",
            Self::INFORM => "inform",
            Self::TRAP => "trap",
            _ => "report",
        }
    }
}

/// A PDU whose bindings are still as on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pdu<'a> {
    pub(super) kind: PduKind,
    /// Of all but a version 1 trap.
    pub(super) request: Option<i64>,
    /// Error status of a response.
    pub(super) error: i64,
    /// Enterprise of a version 1 trap, an object identifier.
    pub(super) enterprise: &'a [u8],
    bindings: &'a [u8],
}

impl<'a> Pdu<'a> {
    fn read(o: &mut Octets<'a>) -> Option<Self> {
        let element = ber::next(o)?;
        let kind = PduKind(element.tag);
        if !(PduKind::GET.0..=PduKind::REPORT.0).contains(&kind.0) {
            return None;
        }
        let mut inside = element.inside();
        let mut pdu = Self {
            kind,
            request: None,
            error: 0,
            enterprise: &[],
            bindings: &[],
        };
        if kind == PduKind::TRAP_V1 {
            pdu.enterprise = ber::expect(&mut inside, OBJECT_IDENTIFIER)?;
            // Agent address, generic and specific trap, time stamp.
            for _ in 0..4 {
                ber::next(&mut inside)?;
            }
        } else {
            pdu.request = Some(ber::signed(ber::expect(&mut inside, INTEGER)?)?);
            // Of a bulk request these are counts and no error.
            let error = ber::signed(ber::expect(&mut inside, INTEGER)?)?;
            if kind == PduKind::RESPONSE {
                pdu.error = error;
            }
            ber::expect(&mut inside, INTEGER)?;
        }
        pdu.bindings = ber::expect(&mut inside, SEQUENCE)?;
        Some(pdu)
    }

    /// The pairs of object and value.
    pub(super) fn bindings(&self) -> impl Iterator<Item = Binding<'a>> + 'a {
        let mut o = Octets::new(self.bindings);
        std::iter::from_fn(move || {
            let mut pair = Octets::new(ber::expect(&mut o, SEQUENCE)?);
            let object = ber::expect(&mut pair, OBJECT_IDENTIFIER)?;
            let value = ber::next(&mut pair)?;
            Some(Binding {
                object,
                value: Value::read(value.tag, value.contents),
            })
        })
    }
}

/// An object and its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding<'a> {
    pub(super) object: &'a [u8],
    pub(super) value: Value<'a>,
}

/// A value by its type (RFC 3416, 3; RFC 2578, 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Signed(i64),
    Unsigned(u64),
    Text(&'a [u8]),
    Octets(&'a [u8]),
    Object(&'a [u8]),
    Address(Ipv4Addr),
    /// NULL, no such object, end of view.
    None,
}

impl<'a> Value<'a> {
    fn read(tag: u8, contents: &'a [u8]) -> Self {
        match tag {
            INTEGER => ber::signed(contents).map(Self::Signed),
            OCTET_STRING if is_text(contents) => Some(Self::Text(contents)),
            OCTET_STRING | 0x44 => Some(Self::Octets(contents)),
            OBJECT_IDENTIFIER => Some(Self::Object(contents)),
            0x40 => Octets::new(contents)
                .array::<4>()
                .map(|octets| Self::Address(octets.into())),
            0x41..=0x43 | 0x46 => ber::unsigned(contents).map(Self::Unsigned),
            _ => None,
        }
        .unwrap_or(Self::None)
    }
}

/// Printable text, with line ends, as sysDescr may have them.
fn is_text(octets: &[u8]) -> bool {
    octets
        .iter()
        .all(|octet| matches!(octet, 0x20..=0x7e | b'\r' | b'\n' | b'\t'))
}

/// An object identifier in dotted form (X.690, 8.19).
pub(super) fn dotted(object: &[u8]) -> Dotted {
    let mut text = Dotted::new();
    let mut number = 0_u64;
    for octet in object {
        number = number.saturating_mul(128) | u64::from(octet & 0x7f);
        if octet & 0x80 != 0 {
            continue;
        }
        // The first octets hold two numbers. Where the text is full, it is cut.
        let _ = if text.is_empty() {
            let first = (number / 40).min(2);
            write!(text, "{first}.{}", number - 40 * first)
        } else {
            write!(text, ".{number}")
        };
        number = 0;
    }
    text
}

/// One SNMP message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    /// 0, 1 and 3 on the wire.
    pub(super) version: u8,
    pub(super) community: &'a [u8],
    pub(super) user: &'a [u8],
    /// The authoritative engine of a version 3 message.
    pub(super) engine: &'a [u8],
    /// `None` where it is encrypted.
    pub(super) pdu: Option<Pdu<'a>>,
}

impl<'a> Packet<'a> {
    /// Reads a message that fills its datagram.
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut outer = Octets::new(octets);
        let mut o = Octets::new(ber::expect(&mut outer, SEQUENCE)?);
        let version = *ber::expect(&mut o, INTEGER)?.first()?;
        if !outer.is_empty() {
            return None;
        }
        match version {
            0 | 1 => Some(Self {
                version,
                community: ber::expect(&mut o, OCTET_STRING)?,
                user: &[],
                engine: &[],
                pdu: Some(Pdu::read(&mut o)?),
            }),
            3 => Self::version_3(o),
            _ => None,
        }
    }

    /// Header, security parameters of the user-based model (RFC 3414, 2.4), scoped PDU.
    fn version_3(mut o: Octets<'a>) -> Option<Self> {
        let mut header = Octets::new(ber::expect(&mut o, SEQUENCE)?);
        for tag in [INTEGER, INTEGER, OCTET_STRING, INTEGER] {
            ber::expect(&mut header, tag)?;
        }
        let parameters = ber::expect(&mut o, OCTET_STRING)?;
        let mut packet = Self {
            version: 3,
            community: &[],
            user: &[],
            engine: &[],
            pdu: None,
        };
        if let Some(inside) = ber::expect(&mut Octets::new(parameters), SEQUENCE) {
            let mut security = Octets::new(inside);
            packet.engine = ber::expect(&mut security, OCTET_STRING)?;
            ber::expect(&mut security, INTEGER)?;
            ber::expect(&mut security, INTEGER)?;
            packet.user = ber::expect(&mut security, OCTET_STRING)?;
        }
        let scoped = ber::next(&mut o)?;
        match scoped.tag {
            SEQUENCE => {
                let mut inside = scoped.inside();
                // Context engine and context name.
                ber::expect(&mut inside, OCTET_STRING)?;
                ber::expect(&mut inside, OCTET_STRING)?;
                packet.pdu = Some(Pdu::read(&mut inside)?);
            }
            OCTET_STRING => {}
            _ => return None,
        }
        Some(packet)
    }
}

/// The number of an enterprise in an object identifier under 1.3.6.1.4.1, or in an engine
/// identifier (RFC 3411, 5, SnmpEngineID).
pub(super) fn enterprise(object: &[u8]) -> Option<u64> {
    let rest = object.strip_prefix(&[0x2b, 6, 1, 4, 1])?;
    let mut number = 0_u64;
    for octet in rest.iter().take(5) {
        number = number << 7 | u64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
