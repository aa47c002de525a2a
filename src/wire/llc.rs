//! 802.2 LLC (ISO/IEC 8802-2:1998, 3.2) and SNAP (IEEE 802-2014, 9.5).
//!
//! ```text
//!  0      1      2           3                      6          8
//! | DSAP | SSAP | control   | payload ...
//! | 0xAA | 0xAA | 0x03      | organisation code    | protocol | payload ...
//! ```
//! The control field has two octets in all but unnumbered frames. Called by the walk.

use super::Network;
use super::walk::{Layer, Walk};

/// Reads an LLC header and, behind it, a SNAP header.
pub(super) fn read(walk: &mut Walk<'_>) -> Layer {
    /// Service access point of SNAP.
    const SNAP: u8 = 0xaa;
    /// Service access point of IP.
    const IP: u8 = 0x06;
    /// Both low bits of the control field: an unnumbered frame.
    const UNNUMBERED: u8 = 0x03;

    let Some(&[dsap, ssap, control]) = walk.take::<3>() else {
        return Layer::End;
    };
    if dsap == SNAP && ssap == SNAP && control == UNNUMBERED {
        return snap(walk);
    }
    if control & UNNUMBERED != UNNUMBERED && walk.skip(1).is_none() {
        return walk.settle(Network::Llc(dsap, ssap));
    }
    if dsap == IP && ssap == IP {
        return Layer::Ip;
    }
    walk.settle(Network::Llc(dsap, ssap))
}

/// Reads organisation code and protocol.
fn snap(walk: &mut Walk<'_>) -> Layer {
    /// Protocol identifiers of this organisation are Ethernet types (RFC 1042).
    const ENCAPSULATED_ETHERNET: u32 = 0x00_0000;
    /// The same through bridges that must not translate (IEEE 802.1H).
    const BRIDGE_TUNNEL: u32 = 0x00_00f8;

    let Some(&[o0, o1, o2, p0, p1]) = walk.take::<5>() else {
        return walk.settle(Network::Llc(0xaa, 0xaa));
    };
    let organisation = u32::from_be_bytes([0, o0, o1, o2]);
    let protocol = u16::from_be_bytes([p0, p1]);
    match organisation {
        ENCAPSULATED_ETHERNET | BRIDGE_TUNNEL if protocol >= 0x0600 => Layer::Type(protocol),
        _ => walk.settle(Network::Snap(organisation, protocol)),
    }
}
