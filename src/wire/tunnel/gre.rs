//! GRE: version 0 (RFC 2784, RFC 2890, routing of RFC 1701), NVGRE (RFC 7637), and version 1 as
//! PPTP uses it (RFC 2637, 4.1).
//!
//! ```text
//!  0               1               2               3
//! | C R K S s rec | A flags | ver | protocol (Ethernet type)      |
//! | checksum, if C or R           | offset, if C or R             |
//! | key, if K                                                     |
//! | sequence number, if S                                         |
//! | acknowledgment number, if A (version 1)                       |
//! | source routes, if R ...                                       |
//! ```

use super::super::Notes;
use super::super::ethernet;
use super::super::walk::{Layer, Walk};

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;

/// ERSPAN types I and II.
const ERSPAN: u16 = 0x88be;
const ERSPAN_3: u16 = 0x22eb;
/// Web cache redirection.
const WCCP: u16 = 0x883e;

/// Reads a header and enters the tunnel.
pub(in super::super) fn read(walk: &mut Walk<'_>) -> Layer {
    let start = walk.at();
    let Some(&[f0, f1, p0, p1]) = walk.take::<4>() else {
        return Layer::End;
    };
    let flags = u16::from_be_bytes([f0, f1]);
    let kind = u16::from_be_bytes([p0, p1]);
    let version = flags & VERSION;
    if version > 1 || (version == 1 && kind != ethernet::PPP) {
        return walk.unknown(start);
    }
    if fields(walk, flags).is_none() {
        walk.back_to(start);
        return Layer::End;
    }
    if version == 1 && flags & SEQUENCE == 0 {
        // An acknowledgment alone carries nothing.
        return Layer::End;
    }
    let inner = match kind {
        ERSPAN if flags & SEQUENCE == 0 => Layer::Ethernet,
        ERSPAN => Layer::Erspan2,
        ERSPAN_3 => Layer::Erspan3,
        ethernet::TRANSPARENT_BRIDGING => Layer::Ethernet,
        WCCP => return redirected(walk),
        ethernet::IPV4
        | ethernet::IPV6
        | ethernet::MPLS
        | ethernet::MPLS_MULTICAST
        | ethernet::PPP
        | ethernet::CISCO_METADATA => Layer::Type(kind),
        // Keep-alives have protocol 0 and are empty.
        _ if walk.left() == 0 => return Layer::End,
        _ => {
            walk.note(Notes::UNKNOWN);
            return Layer::End;
        }
    };
    walk.enter(inner)
}

/// Passes over the optional fields.
fn fields(walk: &mut Walk<'_>, flags: u16) -> Option<()> {
    let words = [
        flags & (CHECKSUM | ROUTING) != 0,
        flags & KEY != 0,
        flags & SEQUENCE != 0,
        flags & VERSION == 1 && flags & ACKNOWLEDGMENT != 0,
    ];
    walk.skip(words.iter().filter(|present| **present).count() * 4)?;
    if flags & ROUTING != 0 {
        // Source routes: address family, offset, length; a family and length of 0 end them.
        loop {
            let &[a0, a1, _, length] = walk.take::<4>()?;
            if (a0, a1, length) == (0, 0, 0) {
                break;
            }
            walk.skip(usize::from(length))?;
        }
    }
    Some(())
}

/// WCCP: an IPv4 packet, in version 2 behind a redirection header of four octets.
fn redirected(walk: &mut Walk<'_>) -> Layer {
    const REDIRECTION: usize = 4;
    for skip in [0, REDIRECTION] {
        if super::plausible(walk, skip, ethernet::IPV4).is_some() {
            return super::open(walk, skip, ethernet::IPV4);
        }
    }
    walk.note(Notes::UNKNOWN);
    Layer::End
}
