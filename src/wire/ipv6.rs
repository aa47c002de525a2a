//! IPv6 and its extension headers (RFC 8200, 3 and 4).
//!
//! ```text
//!  0               1               2               3
//! | version | traffic class | flow label                          |
//! | payload length                | next header   | hop limit     |
//! | source address, 16 octets                                     |
//! | destination address, 16 octets                                |
//!
//! | next header   | length        | extension, (length + 1) * 8 octets in all ...
//! | next header   | 0             | offset (13), 0 (2), more (1)  |   fragment header
//! | identification                                                |
//! ```
//! Called by the walk.

use super::walk::{Layer, Walk};
use super::{Checksums, Fragment, Ip, Notes, ip};
use std::net::{IpAddr, Ipv6Addr};

/// Octets of the fixed header.
const LEAST: usize = 40;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const NO_NEXT: u8 = 59;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// Reads a header with its extensions, cuts what lies behind the payload length, and says what
/// it carries.
pub(super) fn read(walk: &mut Walk<'_>) -> Layer {
    let start = walk.at();
    let start_offset = walk.offset();
    let Some(header) = walk.take::<LEAST>() else {
        return Layer::End;
    };
    let &[
        version,
        _,
        _,
        _,
        l0,
        l1,
        next,
        hop_limit,
        ref addresses @ ..,
    ] = header;
    if version >> 4 != 6 {
        return walk.unknown(start);
    }
    // Payload length 0 is a jumbogram (RFC 2675) or what segmentation offload leaves, and the
    // packet goes to the frame's end; with no next header it is an empty packet.
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if length != 0 || next == NO_NEXT {
        walk.ends_at(walk.at().saturating_add(length));
    }
    let mut chain = Chain {
        protocol: next,
        identification: 0,
        fragment: None,
    };
    let readable = chain.follow(walk).is_some();
    let (source, destination) = addresses.split_at(16);
    walk.set_ip(Ip {
        source: address(source),
        destination: address(destination),
        hop_limit,
        identification: chain.identification,
        protocol: chain.protocol,
        fragment: chain.fragment,
        start: start_offset,
    });
    if readable && chain.fragment.is_none() && chain.protocol != NO_NEXT {
        Layer::Payload(chain.protocol)
    } else {
        Layer::End
    }
}

fn address(octets: &[u8]) -> IpAddr {
    let octets = octets.first_chunk::<16>().copied().unwrap_or_default();
    IpAddr::V6(Ipv6Addr::from(octets))
}

/// What the chain of extension headers told so far.
struct Chain {
    protocol: u8,
    identification: u32,
    fragment: Option<Fragment>,
}

impl Chain {
    /// Follows the chain to the upper-layer header or to a fragment's part; `None` where the
    /// octets end before. Each header takes at least eight octets, so the work is linear.
    fn follow(&mut self, walk: &mut Walk<'_>) -> Option<()> {
        loop {
            match self.protocol {
                HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HOST_IDENTITY | SHIM6 => {
                    let &[next, length, kind, left, ..] = walk.peek_or_note::<8>()?;
                    walk.skip((usize::from(length) + 1) * 8)?;
                    if self.protocol == ROUTING && left != 0 && kind != 4 {
                        // The checksum covers the last hop's address, not the present one.
                        walk.verify = Checksums::Header;
                    }
                    self.protocol = next;
                }
                ip::AUTHENTICATION => self.protocol = ip::authentication(walk)?,
                FRAGMENT => {
                    let &[next, _, o0, o1, i0, i1, i2, i3] = walk.take::<8>()?;
                    let offset = u16::from_be_bytes([o0, o1]);
                    self.protocol = next;
                    self.identification = u32::from_be_bytes([i0, i1, i2, i3]);
                    // Offset 0 and no more: an atomic fragment is a whole packet (RFC 6946).
                    if offset & 0xfff9 != 0 {
                        self.fragment = Some(Fragment {
                            offset: offset & 0xfff8,
                            more: offset & 1 != 0,
                        });
                        walk.note(Notes::OPTIONS);
                        return Some(());
                    }
                }
                _ => return Some(()),
            }
            walk.note(Notes::OPTIONS);
        }
    }
}

/// Whether `octets`, of which `length` were on the wire, look like an IPv6 packet: for tunnels
/// whose own header does not tell what they carry.
pub(super) fn is_plausible(octets: &[u8], length: usize) -> bool {
    let Some(&[version, _, _, _, l0, l1, ..]) = octets.first_chunk::<LEAST>() else {
        return false;
    };
    let payload = usize::from(u16::from_be_bytes([l0, l1]));
    version >> 4 == 6 && payload <= length.saturating_sub(LEAST)
}
