//! What matters of an X.509 certificate (RFC 5280): whom it names and who signed it.
//!
//! Nothing is verified here: the sensor only says what was shown.

use crate::wire::Octets;
use crate::wire::ber::{self, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET};

/// A certificate's names, number and end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Certificate<'a> {
    pub(super) serial: &'a [u8],
    pub(super) issuer: Name<'a>,
    pub(super) subject: Name<'a>,
    /// End of validity as the certificate writes it: `YYMMDDhhmmssZ` or with four-digit year.
    pub(super) not_after: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(der);
        let certificate = ber::expect(&mut o, SEQUENCE)?;
        let mut signed = Octets::new(ber::expect(&mut Octets::new(certificate), SEQUENCE)?);
        // The version is only there where it is not 1.
        let _version = ber::expect(&mut signed, 0xa0);
        let serial = ber::expect(&mut signed, INTEGER)?;
        ber::expect(&mut signed, SEQUENCE)?;
        let issuer = Name(ber::expect(&mut signed, SEQUENCE)?);
        let mut validity = Octets::new(ber::expect(&mut signed, SEQUENCE)?);
        ber::next(&mut validity)?;
        let not_after = ber::next(&mut validity)?.contents;
        let subject = Name(ber::expect(&mut signed, SEQUENCE)?);
        Some(Self {
            serial,
            issuer,
            subject,
            not_after,
        })
    }
}

/// A distinguished name: the contents of its sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a>(&'a [u8]);

/// Attribute types under 2.5.4 with their short names (RFC 4514, 3).
const SHORT: &[(u8, &str)] = &[
    (3, "CN"),
    (5, "serialNumber"),
    (6, "C"),
    (7, "L"),
    (8, "ST"),
    (10, "O"),
    (11, "OU"),
];

impl<'a> Name<'a> {
    /// The attributes that have a short name, with their values, in the order of the name.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'static str, &'a [u8])> + 'a {
        let mut sets = Octets::new(self.0);
        std::iter::from_fn(move || {
            loop {
                let set = ber::expect(&mut sets, SET)?;
                if let Some(found) = attribute(set) {
                    return Some(found);
                }
            }
        })
    }

    /// The common name, empty where there is none.
    pub(super) fn common_name(&self) -> &'a [u8] {
        self.attributes()
            .find(|(short, _)| *short == "CN")
            .map_or(&[], |(_, value)| value)
    }

    /// The name as text, `CN=..., O=...`, cut where `N` octets are full.
    pub(super) fn text<const N: usize>(&self) -> arrayvec::ArrayVec<u8, N> {
        let mut text = arrayvec::ArrayVec::new();
        for (short, value) in self.attributes() {
            let comma: &[u8] = if text.is_empty() { b"" } else { b", " };
            let parts = [comma, short.as_bytes(), b"=", value].into_iter().flatten();
            let room = text.remaining_capacity();
            text.extend(parts.copied().take(room));
        }
        text
    }
}

/// One attribute of a set that has a short name and a value of text.
fn attribute(set: &[u8]) -> Option<(&'static str, &[u8])> {
    let mut pair = Octets::new(ber::expect(&mut Octets::new(set), SEQUENCE)?);
    let [0x55, 0x04, kind] = *ber::expect(&mut pair, OBJECT_IDENTIFIER)? else {
        return None;
    };
    let value = ber::next(&mut pair)?.contents;
    let (_, short) = SHORT.iter().find(|(number, _)| *number == kind)?;
    Some((short, value))
}
