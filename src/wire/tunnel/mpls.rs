//! MPLS label stacks (RFC 3032, 2.1) and the pseudowires that carry Ethernet (RFC 4448).
//!
//! ```text
//! | label (20) | traffic class (3) | bottom of stack (1) | time to live (8) |
//! ```
//! The stack does not tell what it carries. The first four bits do by custom (RFC 4928): 4 and 6
//! for IP, 0 for the control word of a pseudowire; without a control word any Ethernet address
//! can stand there, so the guess must read as a sound packet.

use super::super::checksum;
use super::super::ethernet::{self, TRANSPARENT_BRIDGING};
use super::super::walk::{Layer, Walk};
use super::super::{Network, Notes};

/// Reads the labels and guesses what they carry.
pub(in super::super) fn read(walk: &mut Walk<'_>) -> Layer {
    /// Octets of a pseudowire's control word (RFC 4448, 4.6).
    const CONTROL_WORD: usize = 4;

    loop {
        match walk.take::<4>() {
            Some(&[_, _, bottom, _]) if bottom & 1 == 0 => {}
            Some(_) => break,
            None => return walk.settle(Network::Ether(ethernet::MPLS)),
        }
    }
    let Some(&[first]) = walk.peek::<1>() else {
        return walk.settle(Network::Ether(ethernet::MPLS));
    };
    let ip = match first >> 4 {
        4 => ethernet::IPV4,
        6 => ethernet::IPV6,
        _ => 0,
    };
    let packet = super::plausible(walk, 0, ip);
    if let Some(packet) = packet
        && is_sound(walk)
    {
        return packet;
    }
    let skips: &[usize] = if first >> 4 == 0 {
        &[CONTROL_WORD, 0]
    } else {
        &[0]
    };
    for &skip in skips {
        if super::plausible(walk, skip, TRANSPARENT_BRIDGING).is_some() {
            return super::open(walk, skip, TRANSPARENT_BRIDGING);
        }
    }
    packet.unwrap_or_else(|| {
        walk.note(Notes::UNKNOWN);
        walk.settle(Network::Ether(ethernet::MPLS))
    })
}

/// Whether a plausible IP packet cannot well be an Ethernet address: by the checksum of IPv4, by
/// the exact length of IPv6.
fn is_sound(walk: &Walk<'_>) -> bool {
    match walk.peek::<20>() {
        Some(header @ &[version_length, ..]) if version_length >> 4 == 4 => {
            version_length != 0x45 || checksum::sum(header) == 0xffff
        }
        Some(&[_, _, _, _, l0, l1, ..]) => {
            40 + usize::from(u16::from_be_bytes([l0, l1])) == walk.left()
        }
        None => false,
    }
}
