//! Octets to views of one PDU of DCE/RPC, connection-oriented (C706, 12.6).

use super::super::Probe;
use crate::wire::Octets;
use crate::wire::text::{Digits, hexadecimal};
use arrayvec::ArrayVec;

/// Octets of the common header.
pub(in super::super) const HEADER: usize = 16;

/// Longest fragment that is waited for: implementations agree on 4280 to 5840 octets.
pub(in super::super) const LONGEST_FRAGMENT: usize = 32 * 1024;

/// The type of a PDU (C706, 12.6.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct PduType(pub(in super::super) u8);

impl PduType {
    pub(in super::super) const REQUEST: Self = Self(0);
    pub(in super::super) const RESPONSE: Self = Self(2);
    pub(in super::super) const BIND: Self = Self(11);
    pub(in super::super) const ALTER_CONTEXT: Self = Self(14);

    pub(in super::super) const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "request",
            2 => "response",
            3 => "fault",
            11 => "bind",
            12 => "bind-ack",
            13 => "bind-nak",
            14 => "alter-context",
            15 => "alter-context-response",
            16 => "auth3",
            17 => "shutdown",
            18 => "cancel",
            19 => "orphaned",
            _ => return None,
        })
    }

    /// Whether only a client sends it, or only a server.
    pub(in super::super) const fn is_from_server(self) -> Option<bool> {
        match self.0 {
            0 | 11 | 14 | 16 | 18 | 19 => Some(false),
            2 | 3 | 12 | 13 | 15 | 17 => Some(true),
            _ => None,
        }
    }
}

/// An interface: its identifier as on the wire and its version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Interface {
    identifier: [u8; 16],
    little: bool,
    pub(in super::super) version: u16,
}

impl Interface {
    /// As text, `367abb81-9844-35f1-ad32-98f038001003` (C706, appendix A).
    pub(in super::super) fn text(&self) -> ArrayVec<u8, 36> {
        let [a, b, c, d, e, f, g, h, rest @ ..] = self.identifier;
        let ordered = if self.little {
            [d, c, b, a, f, e, h, g]
        } else {
            [a, b, c, d, e, f, g, h]
        };
        let mut text = ArrayVec::new();
        let octets: ArrayVec<u8, 16> = ordered.into_iter().chain(rest).collect();
        for (nth, octet) in octets.iter().enumerate() {
            if matches!(nth, 4 | 6 | 8 | 10) {
                text.push(b'-');
            }
            text.extend(hexadecimal::<2>(&[*octet], Digits::Lower, None));
        }
        text
    }
}

/// One PDU.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Pdu<'a> {
    pub(in super::super) kind: PduType,
    /// Octets of the fragment, with this header.
    pub(in super::super) length: usize,
    pub(in super::super) call: u32,
    /// The presentation context of a request or response.
    pub(in super::super) context: u16,
    /// The operation asked for.
    pub(in super::super) opnum: Option<u16>,
    /// Arguments or results, as far as they are here, without the authentication behind them.
    pub(in super::super) stub: &'a [u8],
    /// The list of contexts of a bind, and how many.
    contexts: (&'a [u8], u8),
    little: bool,
}

/// Numbers in the order of octets that the sender chose.
struct Numbers<'a>(Octets<'a>, bool);

impl Numbers<'_> {
    fn two(&mut self) -> Option<u16> {
        if self.1 { self.0.le16() } else { self.0.be16() }
    }

    fn four(&mut self) -> Option<u32> {
        if self.1 { self.0.le32() } else { self.0.be32() }
    }
}

impl<'a> Pdu<'a> {
    /// Reads the common header: `Err` where the octets contradict it, `Ok(None)` where there are
    /// too few.
    pub(in super::super) fn header(octets: &[u8]) -> Result<Option<Pdu<'static>>, ()> {
        let (version, rest) = match octets {
            [5, rest @ ..] => (rest.first(), rest.get(1..)),
            [] => return Ok(None),
            _ => return Err(()),
        };
        if version.is_some_and(|minor| *minor > 1) {
            return Err(());
        }
        let kind = rest.and_then(|rest| rest.first()).copied().map(PduType);
        if kind.is_some_and(|kind| kind.name().is_none()) {
            return Err(());
        }
        let Some(header) = octets.get(..HEADER) else {
            return Ok(None);
        };
        let mut o = Octets::new(header);
        o.skip(4).ok_or(())?;
        // Integers big or little endian, characters ASCII, floating point IEEE; the rest is 0.
        let little = match o.array::<4>() {
            Some([0x10, 0, 0, 0]) => true,
            Some([0, 0, 0, 0]) => false,
            _ => return Err(()),
        };
        let mut numbers = Numbers(o, little);
        let (length, authentication, call) = (numbers.two(), numbers.two(), numbers.four());
        let length = usize::from(length.unwrap_or_default());
        let authentication = usize::from(authentication.unwrap_or_default());
        if length < HEADER + authentication || length > LONGEST_FRAGMENT {
            return Err(());
        }
        Ok(Some(Pdu {
            kind: kind.unwrap_or_default(),
            length,
            call: call.unwrap_or_default(),
            little,
            ..Pdu::default()
        }))
    }

    /// Reads a PDU; of a fragment that is not whole the stub as far as it goes.
    pub(in super::super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut pdu: Pdu<'a> = Pdu::header(octets).ok()??;
        let fragment = octets.get(..pdu.length.min(octets.len()))?;
        let flags = *fragment.get(3)?;
        let mut numbers = Numbers(Octets::new(fragment), pdu.little);
        numbers.0.skip(10)?;
        let authentication = usize::from(numbers.two()?);
        numbers.0.skip(4)?;
        match pdu.kind {
            PduType::REQUEST | PduType::RESPONSE => {
                numbers.0.skip(4)?;
                pdu.context = numbers.two()?;
                let last = numbers.two()?;
                if pdu.kind == PduType::REQUEST {
                    pdu.opnum = Some(last);
                    // An object identifier (C706, 12.6.4.9).
                    if flags & 0x80 != 0 {
                        numbers.0.skip(16)?;
                    }
                }
                // The trailer: eight octets, then what was announced.
                let behind = match authentication {
                    0 => 0,
                    length => length + 8,
                };
                let end = pdu.length.saturating_sub(behind).min(fragment.len());
                pdu.stub = fragment.get(numbers.0.at()..end).unwrap_or_default();
            }
            PduType::BIND | PduType::ALTER_CONTEXT => {
                numbers.0.skip(8)?;
                let count = numbers.0.u8()?;
                numbers.0.skip(3)?;
                pdu.contexts = (numbers.0.rest(), count);
            }
            _ => {}
        }
        Some(pdu)
    }

    /// The contexts that a bind proposes: number and interface.
    pub(in super::super) fn contexts(&self) -> impl Iterator<Item = (u16, Interface)> + use<'a> {
        let (octets, mut left) = self.contexts;
        let mut numbers = Numbers(Octets::new(octets), self.little);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let context = numbers.two()?;
            let syntaxes = usize::from(numbers.0.u8()?);
            numbers.0.skip(1)?;
            let identifier = numbers.0.array::<16>()?;
            // Major version in the lower half of a number of four octets.
            let version = numbers.four()?;
            numbers.0.skip(20 * syntaxes)?;
            let interface = Interface {
                identifier,
                little: numbers.1,
                version: u16::try_from(version & 0xffff).unwrap_or_default(),
            };
            Some((context, interface))
        })
    }
}

/// Whether octets begin with a PDU. Binds and their answers are proof; the middle of a
/// connection needs a second look.
pub(in super::super) fn probe(octets: &[u8]) -> Probe {
    match Pdu::header(octets) {
        Err(()) => Probe::NotMine,
        Ok(None) => Probe::More,
        Ok(Some(pdu)) => {
            let bind = matches!(pdu.kind.0, 11 | 12 | 14 | 15) && pdu.length > HEADER + 8;
            let whole = pdu.length == octets.len();
            if bind || whole {
                Probe::Certain
            } else {
                Probe::Unsure
            }
        }
    }
}
