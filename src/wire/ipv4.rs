//! IPv4 (RFC 791, 3.1).
//!
//! ```text
//!  0               1               2               3
//! | version | IHL | TOS           | total length                  |
//! | identification                | 0 DF MF | fragment offset     |
//! | time to live  | protocol      | header checksum               |
//! | source address                                                |
//! | destination address                                           |
//! | options, to four times IHL ...                                |
//! ```
//! Called by the walk.

use super::walk::{Layer, Walk};
use super::{Fragment, Ip, Notes, checksum};
use std::net::{IpAddr, Ipv4Addr};

/// Octets of a header without options.
const LEAST: usize = 20;
/// More fragments follow.
const MORE: u16 = 0x2000;
/// Fragment offset, in units of eight octets.
const OFFSET: u16 = 0x1fff;

/// Reads a header, cuts what lies behind the total length, and says what it carries.
pub(super) fn read(walk: &mut Walk<'_>) -> Layer {
    let start = walk.at();
    let start_offset = walk.offset();
    let Some(header) = walk.take::<LEAST>() else {
        return Layer::End;
    };
    let &[
        version_length,
        _,
        t0,
        t1,
        i0,
        i1,
        f0,
        f1,
        hop_limit,
        protocol,
        _,
        _,
        s0,
        s1,
        s2,
        s3,
        d0,
        d1,
        d2,
        d3,
    ] = header;
    if version_length >> 4 != 4 {
        return walk.unknown(start);
    }
    let length = usize::from(version_length & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([t0, t1]));
    // Total length 0 is what segmentation offload leaves: the packet goes to the frame's end.
    if length < LEAST || (total != 0 && total < length) {
        return walk.malformed(start);
    }
    if total != 0 {
        walk.ends_at(start.saturating_add(total));
    }
    let sound = if length == LEAST {
        checksum::sum(header) == 0xffff
    } else {
        walk.note(Notes::OPTIONS);
        walk.pass(length - LEAST);
        // Options that were not captured leave nothing to check.
        walk.since(start)
            .get(..length)
            .is_none_or(|header| checksum::sum(header) == 0xffff)
    };
    if !sound {
        walk.note(Notes::BAD_IP_CHECKSUM);
    }
    let flags = u16::from_be_bytes([f0, f1]);
    let fragment = (flags & (MORE | OFFSET) != 0).then_some(Fragment {
        offset: (flags & OFFSET) << 3,
        more: flags & MORE != 0,
    });
    walk.set_ip(Ip {
        source: IpAddr::V4(Ipv4Addr::new(s0, s1, s2, s3)),
        destination: IpAddr::V4(Ipv4Addr::new(d0, d1, d2, d3)),
        hop_limit,
        identification: u32::from(u16::from_be_bytes([i0, i1])),
        protocol,
        fragment,
        start: start_offset,
    });
    if fragment.is_some() {
        Layer::End
    } else {
        Layer::Payload(protocol)
    }
}

/// Whether `octets`, of which `length` were on the wire, look like an IPv4 packet: for tunnels
/// whose own header does not tell what they carry. A packet that a mirror cut short is longer
/// by its own account than it is; then the header checksum decides.
pub(super) fn is_plausible(octets: &[u8], length: usize) -> bool {
    let Some(&[version_length, _, t0, t1, ..]) = octets.first_chunk::<LEAST>() else {
        return false;
    };
    let header = usize::from(version_length & 0x0f) * 4;
    if version_length >> 4 != 4 || header < LEAST {
        return false;
    }
    let total = usize::from(u16::from_be_bytes([t0, t1]));
    total == 0
        || (total >= header && total <= length)
        || octets
            .get(..header)
            .is_some_and(|header| checksum::sum(header) == 0xffff)
}
