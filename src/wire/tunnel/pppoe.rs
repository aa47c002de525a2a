//! PPPoE sessions (RFC 2516, 4) and PPP (RFC 1661, 2; RFC 1662, 3.1).
//!
//! ```text
//!  0                1      2            4        6
//! | version | type | code | session id | length | PPP: protocol (1 or 2 octets) | payload ...
//! ```
//! On serial links an address (0xFF) and a control octet (0x03) precede the protocol.

use super::super::walk::{Layer, Walk};
use super::super::{Network, ethernet};

/// Reads a PPPoE session header and cuts what lies behind its length.
pub(in super::super) fn read(walk: &mut Walk<'_>) -> Layer {
    /// Version 1, type 1.
    const VERSION_TYPE: u8 = 0x11;
    let start = walk.at();
    match walk.take::<6>() {
        Some(&[VERSION_TYPE, 0, _, _, l0, l1]) => {
            let length = usize::from(u16::from_be_bytes([l0, l1]));
            walk.ends_at(walk.at().saturating_add(length));
            Layer::Ppp
        }
        Some(_) => {
            walk.unknown(start);
            walk.settle(Network::Ether(0x8864))
        }
        None => walk.settle(Network::Ether(0x8864)),
    }
}

/// Reads the protocol of a PPP frame.
pub(in super::super) fn point_to_point(walk: &mut Walk<'_>) -> Layer {
    const IPV4: u16 = 0x0021;
    const IPV6: u16 = 0x0057;
    const MPLS: u16 = 0x0281;
    const MPLS_MULTICAST: u16 = 0x0283;

    if walk.peek() == Some(&[0xff, 0x03]) {
        walk.pass(2);
    }
    let start = walk.at();
    // An odd first octet is the whole protocol: its high octet, zero, was compressed away.
    let protocol = match walk.peek_or_note::<1>() {
        Some(&[octet]) if octet & 1 == 1 => {
            walk.pass(1);
            u16::from(octet)
        }
        Some(_) => match walk.take::<2>() {
            Some(octets) => u16::from_be_bytes(*octets),
            None => return walk.settle(Network::Ether(ethernet::PPP)),
        },
        None => return walk.settle(Network::Ether(ethernet::PPP)),
    };
    match protocol {
        IPV4 => Layer::Ipv4,
        IPV6 => Layer::Ipv6,
        MPLS | MPLS_MULTICAST => Layer::Mpls,
        _ => {
            walk.back_to(start);
            walk.settle(Network::Ether(ethernet::PPP))
        }
    }
}
