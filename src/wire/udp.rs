//! UDP (RFC 768) and the tunnels that use it.
//!
//! ```text
//! | source port | destination port | length | checksum | content ...
//! ```
//! Called for the payload of an IP packet. A port is no proof of a tunnel: it is opened when
//! what is inside reads as a packet, and is content otherwise.

use super::tunnel::{geneve, teredo, tzsp, vxlan};
use super::walk::{Layer, Walk};
use super::{Transport, ip};

/// Octets of a header.
const LENGTH: usize = 8;

/// Reads a header, cuts what lies behind its length, and looks for a tunnel.
pub(super) fn read(walk: &mut Walk<'_>) -> Layer {
    let start = walk.at();
    let Some(&[s0, s1, d0, d1, l0, l1, c0, c1]) = walk.take::<LENGTH>() else {
        return Layer::End;
    };
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    // Length 0 is a jumbogram (RFC 2675, 4) or what segmentation offload leaves.
    if length != 0 {
        if length < LENGTH {
            return walk.malformed(start);
        }
        walk.ends_at(start.saturating_add(length));
    }
    let source = u16::from_be_bytes([s0, s1]);
    let destination = u16::from_be_bytes([d0, d1]);
    walk.headers.transport = Transport::Udp {
        source,
        destination,
    };
    // Checksum 0 says that there is none.
    if (c0, c1) != (0, 0) {
        ip::verify(walk, start, false);
    }
    if may_be_tunnel(source, destination) {
        tunnel(walk, destination)
    } else {
        Layer::End
    }
}

/// Whether the ports hint at a tunnel.
#[inline]
pub(super) fn may_be_tunnel(source: u16, destination: u16) -> bool {
    let ports = [
        vxlan::PORT,
        vxlan::LINUX_PORT,
        geneve::PORT,
        tzsp::PORT,
        teredo::PORT,
    ];
    ports.contains(&destination) || source == teredo::PORT
}

/// Opens the tunnel that the ports hint at.
fn tunnel(walk: &mut Walk<'_>, destination: u16) -> Layer {
    match destination {
        vxlan::PORT | vxlan::LINUX_PORT => vxlan::open(walk),
        geneve::PORT => geneve::open(walk),
        tzsp::PORT => tzsp::open(walk),
        _ => teredo::open(walk),
    }
}
