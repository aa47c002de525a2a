//! What matters of an X.509 certificate (RFC 5280): whom it names and who signed it.
//!
//! Nothing is verified here: the sensor only says what was shown.

use crate::wire::Octets;
use crate::wire::ber::{self, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET};
use crate::wire::text::decimal;
use arrayvec::{ArrayString, ArrayVec};
use std::fmt::Write as _;

/// A certificate's names, number, beginning and end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Certificate<'a> {
    /// The whole of it, as signed.
    pub(super) der: &'a [u8],
    /// The certificates shown, this one first, each after its length in three octets.
    pub(super) chain: &'a [u8],
    pub(super) serial: &'a [u8],
    pub(super) issuer: Name<'a>,
    pub(super) subject: Name<'a>,
    /// Start of validity.
    pub(super) not_before: &'a [u8],
    /// End of validity as the certificate writes it: `YYMMDDhhmmssZ` or with four-digit year.
    pub(super) not_after: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Reads the first certificate of a chain.
    pub(super) fn first(chain: &'a [u8]) -> Option<Self> {
        Self::read(certificates(chain).next()?, chain)
    }

    fn read(der: &'a [u8], chain: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(der);
        let certificate = ber::expect(&mut o, SEQUENCE)?;
        let mut signed = Octets::new(ber::expect(&mut Octets::new(certificate), SEQUENCE)?);
        // The version is only there where it is not 1.
        let _version = ber::expect(&mut signed, 0xa0);
        let serial = ber::expect(&mut signed, INTEGER)?;
        ber::expect(&mut signed, SEQUENCE)?;
        let issuer = Name(ber::expect(&mut signed, SEQUENCE)?);
        let mut validity = Octets::new(ber::expect(&mut signed, SEQUENCE)?);
        let not_before = ber::next(&mut validity)?.contents;
        let not_after = ber::next(&mut validity)?.contents;
        let subject = Name(ber::expect(&mut signed, SEQUENCE)?);
        Some(Self {
            der,
            chain,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
        })
    }
}

/// The certificates of a chain.
pub(super) fn certificates(chain: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut o = Octets::new(chain);
    std::iter::from_fn(move || {
        let length = usize::try_from(o.be24()?).ok()?;
        o.take(length)
    })
}

/// Seconds from 1970 to a moment as certificates write it: `YYMMDDhhmmssZ`, where 50 and more
/// mean the last century, or with the year in four digits (RFC 5280, 4.1.2.5).
pub(super) fn seconds(moment: &[u8]) -> Option<u64> {
    let digits = moment.strip_suffix(b"Z")?;
    let (year, rest) = match digits.len() {
        12 => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year = decimal(year)?;
            (year + if year < 50 { 2000 } else { 1900 }, rest)
        }
        _ => {
            let (year, rest) = digits.split_at_checked(4)?;
            (decimal(year)?, rest)
        }
    };
    let mut two = rest.chunks(2).map(decimal);
    let mut next = || two.next().flatten();
    let (month, day, hour, minute, second) = (next()?, next()?, next()?, next()?, next()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || rest.len() != 10 {
        return None;
    }
    // Days by the calendar that begins with March, so that the leap day comes last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year.checked_sub(1)?, month + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    // 1 March of year 0 lies 719468 days before 1970.
    let days = days.checked_sub(719_468)?;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// A distinguished name: the contents of its sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a>(&'a [u8]);

/// The type of an attribute: its short name and whether inventories show it, or its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type<'a> {
    Named(&'static str, bool),
    Other(&'a [u8]),
}

/// Attribute types with their short names (RFC 4514, 3; RFC 4519, 2), and whether they say who
/// a device is.
const TYPES: &[(&[u8], &str, bool)] = &[
    (&[0x55, 4, 3], "CN", true),
    (&[0x55, 4, 4], "SN", false),
    (&[0x55, 4, 5], "serialNumber", true),
    (&[0x55, 4, 6], "C", true),
    (&[0x55, 4, 7], "L", true),
    (&[0x55, 4, 8], "ST", true),
    (&[0x55, 4, 9], "street", false),
    (&[0x55, 4, 10], "O", true),
    (&[0x55, 4, 11], "OU", true),
    (&[0x55, 4, 12], "title", false),
    (&[0x55, 4, 13], "description", false),
    (&[0x55, 4, 15], "businessCategory", false),
    (&[0x55, 4, 17], "postalCode", false),
    (&[0x55, 4, 42], "givenName", false),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1],
        "emailAddress",
        false,
    ),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1],
        "UID",
        false,
    ),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25],
        "DC",
        false,
    ),
];

impl<'a> Name<'a> {
    /// The attributes with their values, in the order of the name; the first is true where one
    /// belongs to the same set as the one before.
    fn attributes(&self) -> impl Iterator<Item = (bool, Type<'a>, &'a [u8])> + use<'a> {
        let mut sets = Octets::new(self.0);
        let mut set = Octets::new(&[]);
        std::iter::from_fn(move || {
            loop {
                let along = !set.is_empty() && set.at() > 0;
                if set.is_empty() {
                    set = Octets::new(ber::expect(&mut sets, SET)?);
                }
                match attribute(&mut set) {
                    Some((kind, value)) => return Some((along, kind, value)),
                    None => set = Octets::new(&[]),
                }
            }
        })
    }

    /// The common name, empty where there is none.
    pub(super) fn common_name(&self) -> &'a [u8] {
        self.attributes()
            .find(|(_, kind, _)| matches!(kind, Type::Named("CN", _)))
            .map_or(&[], |(_, _, value)| value)
    }

    /// What says who a device is, `O=..., CN=...`, cut where `N` octets are full.
    pub(super) fn text<const N: usize>(&self) -> ArrayVec<u8, N> {
        self.written(|kind| matches!(kind, Type::Named(_, true)))
    }

    /// The whole name in the order of the certificate, `C=..., O=..., CN=...`, cut where `N`
    /// octets are full.
    pub(super) fn whole<const N: usize>(&self) -> ArrayVec<u8, N> {
        self.written(|_| true)
    }

    fn written<const N: usize>(&self, wanted: impl Fn(Type<'_>) -> bool) -> ArrayVec<u8, N> {
        let mut text = ArrayVec::<u8, N>::new();
        for (along, kind, value) in self.attributes().filter(|(_, kind, _)| wanted(*kind)) {
            let parted: &[u8] = match along {
                _ if text.is_empty() => b"",
                true => b" + ",
                false => b", ",
            };
            add(&mut text, parted);
            match kind {
                Type::Named(name, _) => add(&mut text, name.as_bytes()),
                Type::Other(identifier) => dotted(identifier, &mut text),
            }
            add(&mut text, b"=");
            add(&mut text, value);
        }
        text
    }
}

/// Adds what fits.
fn add<const N: usize>(text: &mut ArrayVec<u8, N>, part: &[u8]) {
    let room = text.remaining_capacity();
    text.extend(part.iter().copied().take(room));
}

/// Writes an object identifier (X.690, 8.19), which may end in the middle.
fn dotted<const N: usize>(identifier: &[u8], text: &mut ArrayVec<u8, N>) {
    let mut number = 0_u64;
    for (nth, octet) in identifier.iter().enumerate() {
        number = number << 7 | u64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            let mut shown = ArrayString::<48>::new();
            // 48 octets hold two numbers with their dots.
            let _ = match nth {
                0 => write!(shown, "{}.{}", number / 40, number % 40),
                _ => write!(shown, ".{number}"),
            };
            add(text, shown.as_bytes());
            number = 0;
        }
    }
}

/// The next attribute of a set.
fn attribute<'a>(set: &mut Octets<'a>) -> Option<(Type<'a>, &'a [u8])> {
    let mut pair = Octets::new(ber::expect(set, SEQUENCE)?);
    let identifier = ber::expect(&mut pair, OBJECT_IDENTIFIER)?;
    let value = ber::next(&mut pair)?.contents;
    let known = TYPES.iter().find(|(known, _, _)| *known == identifier);
    let kind = known.map_or(Type::Other(identifier), |(_, name, device)| {
        Type::Named(name, *device)
    });
    Some((kind, value))
}

#[cfg(test)]
mod tests {
    use super::{Name, seconds};
    use crate::protocols::testing::hex;

    #[test]
    fn moments_become_seconds() {
        for (moment, wanted) in [
            (&b"700101000000Z"[..], Some(0)),
            (b"361119011440Z", Some(2_110_670_080)),
            (b"20240229235959Z", Some(1_709_251_199)),
            (b"99991231235959Z", Some(253_402_300_799)),
            (b"491231235959Z", Some(2_524_607_999)),
            (b"241301000000Z", None),
            (b"2402290000Z", None),
            (b"nonsense", None),
        ] {
            assert_eq!(seconds(moment), wanted, "{}", moment.escape_ascii());
        }
    }

    #[test]
    fn a_name_is_written_in_its_order() {
        // C=US, O=A + OU=B, emailAddress=e@x, 1.3.6.1.4.1=Z
        let name = hex("310b 3009 0603550406 13025553
             3114 3008 060355040a 0c0141 3008 060355040b 0c0142
             3112 3010 06092a864886f70d010901 1603 654078
             310c 300a 06052b06010401 0c015a");
        let name = Name(&name);
        assert_eq!(
            String::from_utf8_lossy(&name.whole::<128>()),
            "C=US, O=A + OU=B, emailAddress=e@x, 1.3.6.1.4.1=Z"
        );
        assert_eq!(
            String::from_utf8_lossy(&name.text::<128>()),
            "C=US, O=A + OU=B"
        );
        assert_eq!(name.whole::<7>().as_slice(), b"C=US, O");
    }
}
