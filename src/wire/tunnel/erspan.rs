//! ERSPAN types II and III (draft-foschiano-erspan-03, 4); type I has no header.
//!
//! ```text
//!  0               1               2               3
//! | ver (1) | VLAN                | COS | En | T | session        |   type II
//! | reserved                | port index                          |
//!
//! | ver (2) | VLAN                | COS | BSO | T | session       |   type III
//! | timestamp                                                     |
//! | security group tag            | P | FT | HW | D | Gra | O      |
//! | platform sub-header, 8 octets, if O ...                       |
//! ```
//! T says that the mirror cut the frame: what its inner headers promise beyond the end was lost
//! there, and their length is not wrong.

use super::super::walk::{Layer, Walk};

/// Reads a type II header.
pub(in super::super) fn type_2(walk: &mut Walk<'_>) -> Layer {
    const VERSION: u8 = 1;
    let start = walk.at();
    let Some(&[v0, v1, kind, ..]) = walk.take::<8>() else {
        return Layer::End;
    };
    if v0 >> 4 != VERSION {
        return walk.unknown(start);
    }
    let tag = u16::from_be_bytes([v0, v1]) & 0x0fff;
    mirrored(walk, tag, kind);
    Layer::Ethernet
}

/// Reads a type III header with its sub-header.
pub(in super::super) fn type_3(walk: &mut Walk<'_>) -> Layer {
    const VERSION: u8 = 2;
    const ETHERNET: u8 = 0;
    const IP: u8 = 2;
    const SUB_HEADER: usize = 8;
    let start = walk.at();
    let Some(&[v0, v1, kind, _, _, _, _, _, _, _, frame, options]) = walk.take::<12>() else {
        return Layer::End;
    };
    if v0 >> 4 != VERSION {
        return walk.unknown(start);
    }
    if options & 1 != 0 && walk.skip(SUB_HEADER).is_none() {
        walk.back_to(start);
        return Layer::End;
    }
    let tag = u16::from_be_bytes([v0, v1]) & 0x0fff;
    mirrored(walk, tag, kind);
    match (frame >> 2) & 0x1f {
        ETHERNET => Layer::Ethernet,
        IP => Layer::Ip,
        _ => walk.unknown(start),
    }
}

/// Keeps the VLAN of a mirrored frame, unless its own tag tells it, and that it was cut.
fn mirrored(walk: &mut Walk<'_>, vlan: u16, kind: u8) {
    const TRUNCATED: u8 = 0x04;
    let tagged = matches!(walk.peek::<14>(), Some([.., 0x81, 0x00] | [.., 0x88, 0xa8]));
    if !tagged {
        walk.add_vlan(vlan);
    }
    if kind & TRUNCATED != 0 {
        walk.cut_by_mirror();
    }
}
