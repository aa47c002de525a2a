//! Headers that no wire carries: what the capturing host writes in their place (Linux cooked
//! captures, BSD loopback), and Cisco HDLC, which is as short.
//!
//! Called by the walk for the outermost layer.

use super::walk::{Layer, Walk};
use super::{Network, Notes};
use crate::facts::Mac;

/// Length of a hardware address that is a MAC.
const MAC: u16 = 6;

/// `LINKTYPE_LINUX_SLL`.
///
/// ```text
///  0             2         4                6                 14
/// | packet type | ARPHRD  | address length | address (8)     | protocol |
/// ```
pub(super) fn version_1(walk: &mut Walk<'_>) -> Layer {
    let Some(&[_, _, h0, h1, l0, l1, a0, a1, a2, a3, a4, a5, _, _, p0, p1]) = walk.take::<16>()
    else {
        return Layer::End;
    };
    if u16::from_be_bytes([l0, l1]) == MAC {
        walk.set_macs(Mac([a0, a1, a2, a3, a4, a5]), Mac::default());
    }
    carried(
        walk,
        u16::from_be_bytes([h0, h1]),
        u16::from_be_bytes([p0, p1]),
    )
}

/// `LINKTYPE_LINUX_SLL2`.
///
/// ```text
///  0          2          4                 8        10            11               12
/// | protocol | reserved | interface index | ARPHRD | packet type | address length | address (8) |
/// ```
pub(super) fn version_2(walk: &mut Walk<'_>) -> Layer {
    let Some(
        &[
            p0,
            p1,
            _,
            _,
            _,
            _,
            _,
            _,
            h0,
            h1,
            _,
            length,
            a0,
            a1,
            a2,
            a3,
            a4,
            a5,
            _,
            _,
        ],
    ) = walk.take::<20>()
    else {
        return Layer::End;
    };
    if u16::from(length) == MAC {
        walk.set_macs(Mac([a0, a1, a2, a3, a4, a5]), Mac::default());
    }
    carried(
        walk,
        u16::from_be_bytes([h0, h1]),
        u16::from_be_bytes([p0, p1]),
    )
}

/// What the protocol field of a cooked header stands for on this kind of hardware.
fn carried(walk: &mut Walk<'_>, hardware: u16, protocol: u16) -> Layer {
    /// Netlink, 802.11 with its pseudo headers, Frame Relay: the field is no Ethernet type.
    const OTHER_HARDWARE: [u16; 5] = [824, 801, 802, 803, 770];
    /// 802.3 without an LLC header (Novell).
    const RAW_802_3: u16 = 0x0001;
    /// 802.3 with an LLC header.
    const LLC: u16 = 0x0004;

    if OTHER_HARDWARE.contains(&hardware) {
        walk.note(Notes::UNKNOWN);
        return Layer::End;
    }
    match protocol {
        LLC => Layer::Llc,
        RAW_802_3 => walk.settle(Network::Llc(0xff, 0xff)),
        // Other Linux numbers below the Ethernet types: CAN, 802.15.4 and so on.
        0..0x0600 => {
            walk.note(Notes::UNKNOWN);
            walk.settle(Network::Ether(protocol))
        }
        kind => Layer::Type(kind),
    }
}

/// `LINKTYPE_NULL` and `LINKTYPE_LOOP`: the address family in four octets, for `NULL` in the
/// byte order of the capturing host. No family has a number past 16 bits, so both orders are
/// told apart by content.
pub(super) fn loopback(walk: &mut Walk<'_>) -> Layer {
    let Some(octets) = walk.take::<4>() else {
        return Layer::End;
    };
    let family = u32::from_be_bytes(*octets).min(u32::from_le_bytes(*octets));
    match family {
        2 => Layer::Ipv4,
        // IPv6 on Linux and Windows; NetBSD and OpenBSD; FreeBSD; macOS.
        10 | 23 | 24 | 28 | 30 => Layer::Ipv6,
        // Some hosts write an Ethernet type instead.
        0x0600..=0xffff => u16::try_from(family).map_or(Layer::End, Layer::Type),
        _ => walk.unknown(0),
    }
}

/// `LINKTYPE_C_HDLC`: address, control, Ethernet type.
pub(super) fn hdlc(walk: &mut Walk<'_>) -> Layer {
    match walk.take::<4>() {
        Some(&[_, _, t0, t1]) => match u16::from_be_bytes([t0, t1]) {
            // ISO network layer: one octet of padding, then the NLPID; not an LLC length.
            low @ 0..0x0600 => {
                walk.note(Notes::UNKNOWN);
                walk.settle(Network::Ether(low))
            }
            kind => Layer::Type(kind),
        },
        None => Layer::End,
    }
}
