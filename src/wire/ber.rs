//! ASN.1 basic encoding (ITU-T X.690, 02/2021): one element after the other, none copied.
//!
//! Used by the protocols that speak it (SNMP, X.509 certificates, GOOSE). Only definite
//! lengths and one-octet tags: the others do not occur there.

use super::Octets;

/// One element: its identifier octet and its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Class, constructed bit and tag number, as on the wire (X.690, 8.1.2).
    pub tag: u8,
    /// The contents octets.
    pub contents: &'a [u8],
}

impl<'a> Element<'a> {
    /// A cursor over the elements inside.
    #[must_use]
    pub const fn inside(&self) -> Octets<'a> {
        Octets::new(self.contents)
    }
}

/// INTEGER (X.690, 8.3).
pub const INTEGER: u8 = 0x02;
/// OCTET STRING (X.690, 8.7).
pub const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER (X.690, 8.19).
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// SEQUENCE and SEQUENCE OF (X.690, 8.9).
pub const SEQUENCE: u8 = 0x30;
/// SET and SET OF (X.690, 8.11).
pub const SET: u8 = 0x31;

/// Takes the next element; `None` where it does not fit, and then nothing is taken.
pub fn next<'a>(octets: &mut Octets<'a>) -> Option<Element<'a>> {
    let mut ahead = *octets;
    let tag = ahead.u8()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let length = length(&mut ahead)?;
    let contents = ahead.take(length)?;
    *octets = ahead;
    Some(Element { tag, contents })
}

/// Takes the next element if it has this tag; otherwise nothing is taken.
pub fn expect<'a>(octets: &mut Octets<'a>, tag: u8) -> Option<&'a [u8]> {
    let mut ahead = *octets;
    let element = next(&mut ahead).filter(|element| element.tag == tag)?;
    *octets = ahead;
    Some(element.contents)
}

/// A definite length (X.690, 8.1.3): short form, or long form of at most four octets.
pub fn length(octets: &mut Octets<'_>) -> Option<usize> {
    match octets.u8()? {
        short @ 0..=0x7f => Some(usize::from(short)),
        long @ 0x81..=0x84 => octets
            .take(usize::from(long & 0x7f))?
            .iter()
            .try_fold(0_usize, |value, octet| {
                value.checked_mul(256)?.checked_add(usize::from(*octet))
            }),
        _ => None,
    }
}

/// The value of INTEGER contents of at most eight octets, two's complement.
#[must_use]
pub fn signed(contents: &[u8]) -> Option<i64> {
    let first = *contents.first()?;
    if contents.len() > 8 {
        return None;
    }
    let start = if first & 0x80 == 0 { 0 } else { -1 };
    Some(
        contents
            .iter()
            .fold(start, |value: i64, octet| value << 8 | i64::from(*octet)),
    )
}

/// The value of contents that hold an unsigned number of at most eight octets, with or without
/// a leading zero octet.
#[must_use]
pub fn unsigned(contents: &[u8]) -> Option<u64> {
    let digits = match contents {
        [0, rest @ ..] => rest,
        all => all,
    };
    if contents.is_empty() || digits.len() > 8 {
        return None;
    }
    Some(
        digits
            .iter()
            .fold(0, |value, octet| value << 8 | u64::from(*octet)),
    )
}

#[cfg(test)]
mod tests {
    use super::{Octets, SEQUENCE, expect, length, next, signed, unsigned};

    #[test]
    fn an_element_is_taken_whole_or_not_at_all() {
        let octets = [SEQUENCE, 0x81, 0x02, 0x05, 0x00, 0x02];
        let mut o = Octets::new(&octets);
        assert_eq!(expect(&mut o, 0x31), None);
        assert_eq!(expect(&mut o, SEQUENCE), Some(&[5, 0][..]));
        assert_eq!(next(&mut o), None);
        assert_eq!(o.left(), 1);
    }

    #[test]
    fn lengths_that_do_not_end_are_refused() {
        for wrong in [&[0x80][..], &[0x85, 0, 0, 0, 0, 1], &[0x82, 1], &[0xff]] {
            assert_eq!(length(&mut Octets::new(wrong)), None);
        }
        assert_eq!(length(&mut Octets::new(&[0x82, 1, 0])), Some(256));
    }

    #[test]
    fn numbers_keep_their_sign() {
        assert_eq!(signed(&[0xff, 0x7f]), Some(-129));
        assert_eq!(signed(&[0x00, 0x80]), Some(128));
        assert_eq!(signed(&[0; 9]), None);
        assert_eq!(unsigned(&[0, 0xff, 0xff, 0xff, 0xff]), Some(0xffff_ffff));
        assert_eq!(unsigned(&[]), None);
    }
}
