//! Text as protocols carry it: lines, padded names, UTF-16. Hostile, never assumed to be UTF-8.

use arrayvec::ArrayVec;

/// The first line of `octets` without its end (LF, or CR LF), and how long it is with it.
#[must_use]
pub fn line(octets: &[u8]) -> Option<(&[u8], usize)> {
    let end = octets.iter().position(|octet| *octet == b'\n')?;
    let line = octets.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

/// `octets` without white space and NUL at both ends, as fixed-size name fields pad them.
#[must_use]
pub fn trimmed(octets: &[u8]) -> &[u8] {
    let padding = |octet: &u8| octet.is_ascii_whitespace() || *octet == 0;
    let Some(first) = octets.iter().position(|octet| !padding(octet)) else {
        return &[];
    };
    let last = octets.iter().rposition(|octet| !padding(octet));
    octets
        .get(first..=last.unwrap_or(first))
        .unwrap_or_default()
}

/// `octets` up to the first NUL.
#[must_use]
pub fn terminated(octets: &[u8]) -> &[u8] {
    octets.split(|octet| *octet == 0).next().unwrap_or_default()
}

/// Whether there is text and no control characters but tabs in it.
#[must_use]
pub fn is_printable(octets: &[u8]) -> bool {
    !octets.is_empty()
        && octets
            .iter()
            .all(|octet| *octet == b'\t' || (*octet >= 0x20 && *octet != 0x7f))
}

/// Where `wanted` begins in `octets`, whatever the case of its ASCII letters.
#[must_use]
pub fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets
        .windows(wanted.len().max(1))
        .position(|window| window.eq_ignore_ascii_case(wanted))
}

/// Little-endian UTF-16 as UTF-8, cut where `N` octets are full.
///
/// What is not a scalar value becomes U+FFFD.
#[must_use]
pub fn from_utf16<const N: usize>(octets: &[u8]) -> ArrayVec<u8, N> {
    let (pairs, _) = octets.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    let mut text = ArrayVec::new();
    for unit in char::decode_utf16(units) {
        let mut room = [0; 4];
        let letter = unit
            .unwrap_or(char::REPLACEMENT_CHARACTER)
            .encode_utf8(&mut room);
        if text.try_extend_from_slice(letter.as_bytes()).is_err() {
            break;
        }
    }
    text
}

/// Letters of hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// `ab`.
    Lower,
    /// `AB`.
    Upper,
}

/// Octets as hexadecimal digits, two each, with `between` between the octets; cut where `N`
/// octets are full.
#[must_use]
pub fn hexadecimal<const N: usize>(
    octets: &[u8],
    digits: Digits,
    between: Option<u8>,
) -> ArrayVec<u8, N> {
    let mut text = ArrayVec::new();
    let digit = |value: u8| match (value, digits) {
        (0..=9, _) => b'0' + value,
        (_, Digits::Lower) => b'a' + value - 10,
        (_, Digits::Upper) => b'A' + value - 10,
    };
    for (nth, octet) in octets.iter().enumerate() {
        let mark = between.filter(|_| nth > 0);
        let pair = [digit(octet >> 4), digit(octet & 0x0f)];
        let room = text.remaining_capacity();
        text.extend(mark.into_iter().chain(pair).take(room));
        if text.is_full() {
            break;
        }
    }
    text
}

/// A decimal number of digits alone.
#[must_use]
pub fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::{
        Digits, decimal, find, from_utf16, hexadecimal, is_printable, line, terminated, trimmed,
    };

    #[test]
    fn lines_end_with_or_without_carriage_return() {
        assert_eq!(line(b"one\r\ntwo"), Some((&b"one"[..], 5)));
        assert_eq!(line(b"\n"), Some((&b""[..], 1)));
        assert_eq!(line(b"open"), None);
    }

    #[test]
    fn padding_goes_and_text_stays() {
        assert_eq!(trimmed(b" PLC 1 \0\0"), b"PLC 1");
        assert_eq!(trimmed(b"\0 "), b"");
        assert_eq!(terminated(b"a\0b"), b"a");
        assert!(is_printable(b"a b") && !is_printable(b"a\x01") && !is_printable(b""));
        assert_eq!(find(b"<TITLE>x", b"<title"), Some(0));
    }

    #[test]
    fn utf16_is_cut_at_a_letter() {
        let text: [u8; 6] = [b'A', 0, 0xe4, 0, b'Z', 0];
        assert_eq!(from_utf16::<8>(&text).as_slice(), "AäZ".as_bytes());
        assert_eq!(from_utf16::<2>(&text).as_slice(), b"A");
        assert_eq!(
            from_utf16::<8>(&[0, 0xd8]).as_slice(),
            "\u{fffd}".as_bytes()
        );
    }

    #[test]
    fn octets_become_digits() {
        let octets = [0x00, 0xe7, 0xf9];
        assert_eq!(
            hexadecimal::<8>(&octets, Digits::Upper, Some(b':')).as_slice(),
            b"00:E7:F9"
        );
        assert_eq!(
            hexadecimal::<5>(&octets, Digits::Lower, None).as_slice(),
            b"00e7f"
        );
    }

    #[test]
    fn numbers_do_not_overflow() {
        assert_eq!(decimal(b"00426"), Some(426));
        for wrong in [&b""[..], b"-1", b"1 ", b"99999999999999999999"] {
            assert_eq!(decimal(wrong), None);
        }
    }
}
