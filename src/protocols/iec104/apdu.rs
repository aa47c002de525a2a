//! Octets to APDUs: start, length and control field (IEC 60870-5-104, 5).

use super::super::Probe;
use super::asdu::{Asdu, Type};
use crate::wire::Octets;

/// The start character.
const START: u8 = 0x68;

/// Octets of control field and ASDU header.
const IDENTIFIED: usize = 10;

/// Octets before the control field.
const HEADER: usize = 2;

/// An unnumbered control function (IEC 60870-5-104, 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function(pub(super) u8);

impl Function {
    pub(super) const STARTDT_ACT: Self = Self(0x07);
    pub(super) const STARTDT_CON: Self = Self(0x0b);
    pub(super) const STOPDT_ACT: Self = Self(0x13);
    pub(super) const STOPDT_CON: Self = Self(0x23);
    pub(super) const TESTFR_ACT: Self = Self(0x43);
    pub(super) const TESTFR_CON: Self = Self(0x83);

    pub(super) const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::STARTDT_ACT => "startdt-act",
            Self::STARTDT_CON => "startdt-con",
            Self::STOPDT_ACT => "stopdt-act",
            Self::STOPDT_CON => "stopdt-con",
            Self::TESTFR_ACT => "testfr-act",
            Self::TESTFR_CON => "testfr-con",
            _ => return None,
        })
    }
}

/// One APDU.
#[derive(Clone, Copy, Debug)]
pub(super) enum Apdu<'a> {
    /// I format: sequence numbers and an ASDU.
    Information {
        send: u16,
        receive: u16,
        asdu: Asdu<'a>,
    },
    /// S format: acknowledges.
    Supervisory { receive: u16 },
    /// U format.
    Unnumbered(Function),
}

/// What stands at the beginning of octets.
pub(super) enum Read<'a> {
    Whole(Apdu<'a>, usize),
    Need(usize),
    Other,
}

impl<'a> Apdu<'a> {
    pub(super) fn read(octets: &'a [u8]) -> Read<'a> {
        let mut o = Octets::new(octets);
        match o.u8() {
            Some(START) => {}
            Some(_) => return Read::Other,
            None => return Read::Need(HEADER),
        }
        let length = match o.u8() {
            Some(length @ 4..=253) => usize::from(length),
            Some(_) => return Read::Other,
            None => return Read::Need(HEADER),
        };
        let Some(content) = o.take(length) else {
            // Control field and ASDU header decide before the rest has come.
            return if Self::is_begun(octets, length) {
                Read::Need(HEADER + length)
            } else {
                Read::Other
            };
        };
        match Self::content(content) {
            Some(apdu) => Read::Whole(apdu, HEADER + length),
            None => Read::Other,
        }
    }

    /// Whether what is there of an APDU of this length can be its beginning.
    fn is_begun(octets: &[u8], length: usize) -> bool {
        let control = octets.get(HEADER..HEADER + 4);
        let objects = length.saturating_sub(IDENTIFIED);
        control.is_none_or(|control| Self::control(control, length).is_some())
            && match octets.get(HEADER + 4..HEADER + 6) {
                Some(&[kind, qualifier]) => Type(kind).fits(qualifier, objects),
                _ => true,
            }
    }

    /// Checks the control field against the length.
    fn control(control: &[u8], length: usize) -> Option<(u16, u16)> {
        let mut o = Octets::new(control);
        let (send, receive) = (o.le16()?, o.le16()?);
        let fits = match send & 0x03 {
            0x03 => {
                length == 4
                    && receive == 0
                    && send >> 8 == 0
                    && Function(send.to_le_bytes()[0]).name().is_some()
            }
            0x01 => length == 4 && send == 1 && receive & 1 == 0,
            _ => length >= 10 && receive & 1 == 0,
        };
        fits.then_some((send, receive))
    }

    fn content(content: &'a [u8]) -> Option<Self> {
        let (control, rest) = content.split_at_checked(4)?;
        let (send, receive) = Self::control(control, content.len())?;
        Some(match send & 0x03 {
            0x03 => Self::Unnumbered(Function(send.to_le_bytes()[0])),
            0x01 => Self::Supervisory {
                receive: receive >> 1,
            },
            _ => Self::Information {
                send: send >> 1,
                receive: receive >> 1,
                asdu: Asdu::read(rest)?,
            },
        })
    }
}

/// Whether octets begin with an APDU that nothing else looks like.
pub(super) fn probe(octets: &[u8]) -> Probe {
    match Apdu::read(octets) {
        Read::Whole(Apdu::Information { asdu, .. }, _) if !asdu.is_sized() => Probe::Unsure,
        Read::Whole(..) => Probe::Certain,
        Read::Need(_) => Probe::More,
        Read::Other => Probe::NotMine,
    }
}

/// Where the next APDU begins: a whole one that another follows, or that ends the octets. Its
/// type must be known: of the unknown ones nothing tells whether the length is right.
pub(super) fn find(octets: &[u8]) -> Option<usize> {
    octets
        .iter()
        .enumerate()
        .filter(|(_, octet)| **octet == START)
        .map(|(at, _)| at)
        .find(|at| {
            let rest = octets.get(*at..).unwrap_or_default();
            match Apdu::read(rest) {
                Read::Whole(Apdu::Information { asdu, .. }, _) if !asdu.is_sized() => false,
                Read::Whole(_, length) => {
                    let behind = rest.get(length..).unwrap_or_default();
                    !matches!(Apdu::read(behind), Read::Other)
                }
                Read::Need(_) => rest.len() >= HEADER + IDENTIFIED,
                Read::Other => false,
            }
        })
}
