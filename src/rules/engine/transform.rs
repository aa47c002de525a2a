//! What is done to a buffer before its tests.

use crate::rules::rule::Transform;
use sha1_smol::Sha1;
use sha2::Digest;

/// Applies transforms in order. `octets` is the buffer, `spare` room for the work.
pub(super) fn apply(transforms: &[Transform], octets: &mut Vec<u8>, spare: &mut Vec<u8>) {
    for transform in transforms {
        spare.clear();
        one(transform, octets, spare);
        std::mem::swap(octets, spare);
    }
}

/// Applies one transform.
fn one(transform: &Transform, octets: &[u8], out: &mut Vec<u8>) {
    match transform {
        Transform::DotPrefix => {
            out.push(b'.');
            out.extend_from_slice(octets);
        }
        Transform::StripWhitespace => {
            out.extend(octets.iter().filter(|octet| !is_space(**octet)));
        }
        Transform::CompressWhitespace => {
            let mut before = false;
            for octet in octets {
                let space = is_space(*octet);
                if !(space && before) {
                    out.push(if space { b' ' } else { *octet });
                }
                before = space;
            }
        }
        Transform::Lowercase => out.extend(octets.iter().map(u8::to_ascii_lowercase)),
        Transform::Uppercase => out.extend(octets.iter().map(u8::to_ascii_uppercase)),
        Transform::Md5 => out.extend(md5::Md5::digest(octets)),
        Transform::Sha1 => out.extend(Sha1::from(octets).digest().bytes()),
        Transform::Sha256 => out.extend(sha2::Sha256::digest(octets)),
        Transform::UrlDecode => url_decode(octets, out),
        Transform::Xor(key) => {
            out.extend(octets.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b));
        }
        Transform::HeaderLowercase => header_lowercase(octets, out),
        Transform::StripPseudoHeaders => {
            for line in octets.split_inclusive(|octet| *octet == b'\n') {
                if line.first() != Some(&b':') {
                    out.extend_from_slice(line);
                }
            }
        }
        // The compiler refuses these.
        Transform::Regex(_) | Transform::Domain | Transform::TopLevelDomain => {
            out.extend_from_slice(octets);
        }
    }
}

/// `isspace` of the C locale: with the vertical tab, which [`u8::is_ascii_whitespace`] leaves
/// out.
const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t'..=b'\r')
}

/// Percent escapes, and `+` for a blank (WHATWG URL, application/x-www-form-urlencoded).
fn url_decode(octets: &[u8], out: &mut Vec<u8>) {
    let mut rest = octets;
    while let Some((first, after)) = rest.split_first() {
        let digit = |octet: &u8| char::from(*octet).to_digit(16);
        let escape = match (first, after) {
            (b'%', [high, low, ..]) => digit(high).zip(digit(low)),
            _ => None,
        };
        match escape.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            Some(octet) => {
                out.push(octet);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
}

/// The names of headers in lower case, their values as they are.
fn header_lowercase(octets: &[u8], out: &mut Vec<u8>) {
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        // A name of a pseudo-header begins with a colon.
        let from = usize::from(line.first() == Some(&b':'));
        let colon = line.iter().skip(from).position(|octet| *octet == b':');
        let (name, value) = line.split_at(colon.map_or(0, |place| place + from));
        out.extend(name.iter().map(u8::to_ascii_lowercase));
        out.extend_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transform_does_what_it_says() {
        for (transform, from, to) in [
            (Transform::DotPrefix, &b"a.b"[..], &b".a.b"[..]),
            (Transform::StripWhitespace, b" a\t\x0bb\r\n", b"ab"),
            (Transform::CompressWhitespace, b"a \t b", b"a b"),
            (Transform::Lowercase, b"AbC", b"abc"),
            (Transform::Uppercase, b"AbC", b"ABC"),
            (Transform::UrlDecode, b"a%20b+c%4x%", b"a b c%4x%"),
            (Transform::Xor(vec![1, 2]), &[1, 2, 3], &[0, 0, 2]),
            (
                Transform::HeaderLowercase,
                b"Host: A\r\n:P: X\r\n",
                b"host: A\r\n:p: X\r\n",
            ),
            (
                Transform::StripPseudoHeaders,
                b":m: x\r\nhost: y\r\n",
                b"host: y\r\n",
            ),
        ] {
            let (mut octets, mut spare) = (from.to_vec(), Vec::new());
            apply(std::slice::from_ref(&transform), &mut octets, &mut spare);
            assert_eq!(octets, to, "{transform:?}");
        }
    }

    #[test]
    fn digests_are_those_of_the_standards() {
        // RFC 1321, A.5; FIPS 180-2, appendices A.1 and B.1.
        for (transform, digest) in [
            (Transform::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Transform::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                Transform::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            let (mut octets, mut spare) = (b"abc".to_vec(), Vec::new());
            apply(std::slice::from_ref(&transform), &mut octets, &mut spare);
            let text = octets
                .iter()
                .fold(String::new(), |text, o| text + &format!("{o:02x}"));
            assert_eq!(text, digest, "{transform:?}");
        }
    }
}
