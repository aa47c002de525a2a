//! JA3 and JA3S: a text of what a hello offers, in its order, and the MD5 of it, by which rules
//! know programs (Althouse, Atkinson, Atkins: JA3, 2017).
//!
//! The client's text is `version,suites,extensions,groups,formats`, the server's
//! `version,suite,extensions`; numbers are decimal with `-` between. Values that clients only
//! add to keep servers tolerant are left out (RFC 8701).

use super::wire::Offer;
use crate::wire::Octets;
use crate::wire::text::{Digits, hexadecimal};
use arrayvec::{ArrayString, ArrayVec};
use md5::{Digest, Md5};
use std::fmt::Write as _;

/// Longest text; hellos make 200 to 600 octets.
const LONGEST: usize = 4096;

/// The text of a client's hello, or of a server's.
pub(super) fn text(offer: &Offer<'_>, client: bool) -> ArrayVec<u8, LONGEST> {
    let mut text = ArrayVec::new();
    write(offer, client, &mut |part| {
        let room = text.remaining_capacity();
        text.extend(part.iter().copied().take(room));
    });
    text
}

/// The digest of the text, in hexadecimal digits.
pub(super) fn hash(offer: &Offer<'_>, client: bool) -> ArrayVec<u8, 32> {
    let mut digest = Md5::new();
    write(offer, client, &mut |part| digest.update(part));
    hexadecimal(&digest.finalize(), Digits::Lower, None)
}

fn write(offer: &Offer<'_>, client: bool, put: &mut dyn FnMut(&[u8])) {
    list(std::iter::once(offer.version), put);
    put(b",");
    list(pairs(offer.suites), put);
    put(b",");
    let mut extensions = Octets::new(offer.extensions);
    let kinds = std::iter::from_fn(|| {
        let kind = extensions.be16()?;
        let length = extensions.be16()?;
        extensions.skip(length.into())?;
        Some(kind)
    });
    list(kinds, put);
    if client {
        put(b",");
        list(pairs(offer.groups), put);
        put(b",");
        list(offer.formats.iter().map(|format| u16::from(*format)), put);
    }
}

fn pairs(octets: &[u8]) -> impl Iterator<Item = u16> {
    let (pairs, _) = octets.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_be_bytes(*pair))
}

/// Writes numbers with `-` between, without the reserved ones.
fn list(numbers: impl Iterator<Item = u16>, put: &mut dyn FnMut(&[u8])) {
    let mut first = true;
    for number in numbers.filter(|number| !is_reserved(*number)) {
        let mut shown = ArrayString::<6>::new();
        // Five digits and the mark fit.
        let _ = write!(shown, "{}{number}", if first { "" } else { "-" });
        put(shown.as_bytes());
        first = false;
    }
}

/// 0x0a0a, 0x1a1a, ... (RFC 8701, 2).
const fn is_reserved(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

#[cfg(test)]
mod tests {
    use super::{hash, text};
    use crate::protocols::testing::hex;
    use crate::protocols::tls::wire::Offer;

    #[test]
    fn the_digests_are_those_of_the_published_examples() {
        let extensions = "0000 0000 000a 0000 000b 0000";
        let (suites, extensions, groups) = (
            hex("002f 0035 0005 000a c009 c00a c013 c014 0032 0038 0013 0004"),
            hex(extensions),
            hex("0017 0018 0019"),
        );
        let offer = Offer {
            version: 769,
            suites: &suites,
            extensions: &extensions,
            groups: &groups,
            formats: &[0],
        };
        assert_eq!(
            String::from_utf8_lossy(&text(&offer, true)),
            "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
        );
        assert_eq!(
            hash(&offer, true).as_slice(),
            b"ada70206e40642a3e4461f35503241d5"
        );
        let bare = Offer {
            version: 769,
            suites: &hex("0004 0005 000a 0009 0064 0062 0003 0006 0013 0012 0063"),
            ..Offer::default()
        };
        assert_eq!(
            String::from_utf8_lossy(&text(&bare, true)),
            "769,4-5-10-9-100-98-3-6-19-18-99,,,"
        );
        assert_eq!(
            hash(&bare, true).as_slice(),
            b"de350869b8c85de67a350c8d186f11e6"
        );
        let server = Offer {
            version: 769,
            suites: &[0, 47],
            extensions: &hex("ff01 0001 00 0a0a 0000 0000 0000 1a1a 0000"),
            ..Offer::default()
        };
        assert_eq!(text(&server, false).as_slice(), b"769,47,65281-0");
    }
}
