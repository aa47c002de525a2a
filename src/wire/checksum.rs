//! The internet checksum (RFC 1071) and whether those of the transport headers are right.
//!
//! Called by the readers of IP payloads where verification was asked for, and by whoever builds
//! an IPv4 header.

use super::{Ip, Notes, walk::Walk};
use std::net::IpAddr;

/// Sum of `octets` in ones' complement, folded to 16 bits; an odd last octet counts as if a
/// zero octet followed. A sum that includes a right checksum is 0xffff.
#[must_use]
#[inline]
pub fn sum(octets: &[u8]) -> u16 {
    fold(add(0, octets))
}

/// Adds octets, from an even position on, to an unfolded sum. Words of 32 bits fold to the
/// same result as those of 16; a 64-bit sum of them cannot overflow below 2^32 words.
#[inline]
fn add(sum: u64, octets: &[u8]) -> u64 {
    let (words, rest) = octets.as_chunks::<4>();
    let mut sum = sum;
    for word in words {
        sum += u64::from(u32::from_be_bytes(*word));
    }
    let mut last = [0; 4];
    for (slot, octet) in last.iter_mut().zip(rest) {
        *slot = *octet;
    }
    sum + u64::from(u32::from_be_bytes(last))
}

/// Folds a sum of 32-bit words to 16 bits with end-around carry.
#[inline]
#[allow(
    clippy::cast_possible_truncation,
    reason = "the last fold leaves 16 bits"
)]
const fn fold(sum: u64) -> u16 {
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    sum as u16
}

/// Notes a wrong checksum of the IP payload that starts at `start`, with the pseudo header of
/// `ip` (RFC 9293, 3.1; RFC 8200, 8.1) unless `plain`. Packets not wholly captured are passed.
pub(super) fn verify(walk: &mut Walk<'_>, ip: &Ip, start: usize, plain: bool) {
    if !walk.is_whole() {
        return;
    }
    let payload = walk.since(start);
    let mut total = 0;
    if !plain {
        total = match (ip.source, ip.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                add(add(0, &source.octets()), &destination.octets())
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                add(add(0, &source.octets()), &destination.octets())
            }
            _ => return,
        };
        total += u64::from(ip.protocol) + payload.len() as u64;
    }
    if fold(add(total, payload)) != 0xffff {
        walk.note(Notes::BAD_CHECKSUM);
    }
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn the_example_of_the_standard() {
        // RFC 1071, section 3: the sum of these octets is ddf2.
        assert_eq!(
            sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]),
            0xddf2
        );
    }

    #[test]
    fn any_length_sums_as_words_of_16_bits() {
        let octets: Vec<u8> = (0..200u8).map(|i| i.wrapping_mul(151)).collect();
        for length in 0..octets.len() {
            let plain = octets[..length].chunks(2).fold(0u32, |sum, word| {
                let word = u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0));
                let sum = sum + word;
                (sum & 0xffff) + (sum >> 16)
            });
            assert_eq!(u32::from(sum(&octets[..length])), plain, "{length} octets");
        }
    }
}
