//! The shape that nearly every frame has, read in one go: Ethernet, at most one VLAN tag, IPv4
//! without options, TCP or UDP, nothing to remark.
//!
//! Called before the walk, which costs about four times as much. Whatever is not exactly of this
//! shape is answered with `None` and left to the walk; a test holds that both give the same
//! headers wherever this one gives any.

use super::{
    Headers, Ip, Network, Notes, Tcp, Transport, VLANS, checksum, ethernet, redundancy, udp,
};
use crate::facts::Mac;
use std::net::{IpAddr, Ipv4Addr};

/// Reads a frame captured in whole, if it has the shape.
#[inline(always)]
pub(super) fn read(frame: &[u8], original: u32) -> Option<Headers> {
    /// Longest frame that is not remarked on, untagged.
    const LONGEST: usize = 1518;
    if original as usize != frame.len()
        || frame.len() > LONGEST
        || frame.ends_with(&redundancy::SUFFIX)
    {
        return None;
    }
    let (destination, rest) = frame.split_first_chunk::<6>()?;
    let (source, rest) = rest.split_first_chunk::<6>()?;
    let (kind, rest) = rest.split_first_chunk::<2>()?;
    let (vlan, kind, packet, start) = match u16::from_be_bytes(*kind) {
        ethernet::VLAN => {
            let (&[c0, c1, t0, t1], packet) = rest.split_first_chunk::<4>()?;
            let vlan = u16::from_be_bytes([c0, c1]) & 0x0fff;
            (vlan, u16::from_be_bytes([t0, t1]), packet, 18)
        }
        kind => (0, kind, rest, 14),
    };
    if kind != ethernet::IPV4 {
        return None;
    }
    let (ip, payload) = internet(packet, start)?;
    let (transport, header) = match ip.protocol {
        6 => segment(payload)?,
        17 => datagram(payload)?,
        _ => return None,
    };
    let at = start + 20;
    let mut vlans = [0; VLANS];
    let [first, ..] = &mut vlans;
    *first = vlan;
    Some(Headers {
        macs: Some((Mac(*source), Mac(*destination))),
        vlans,
        vlan_count: u8::from(vlan != 0),
        tunnels: 0,
        network: Network::Ip(ip),
        transport,
        content: (at + header, at + u32::try_from(payload.len()).ok()?),
        missing: 0,
        notes: Notes::default(),
    })
}

/// An IPv4 header without options whose packet is no fragment, and its payload.
#[inline(always)]
fn internet(packet: &[u8], start: u32) -> Option<(Ip, &[u8])> {
    let header = packet.first_chunk::<20>()?;
    let (front, addresses) = header.split_first_chunk::<12>()?;
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
    ] = front;
    let (source, rest) = addresses.split_first_chunk::<4>()?;
    let destination = rest.first_chunk::<4>()?;
    let fragment = u16::from_be_bytes([f0, f1]) & 0x3fff;
    if version_length != 0x45 || fragment != 0 || checksum::sum(header) != 0xffff {
        return None;
    }
    let total = usize::from(u16::from_be_bytes([t0, t1]));
    let ip = Ip {
        source: IpAddr::V4(Ipv4Addr::from(*source)),
        destination: IpAddr::V4(Ipv4Addr::from(*destination)),
        hop_limit,
        identification: u32::from(u16::from_be_bytes([i0, i1])),
        protocol,
        fragment: None,
        start,
    };
    Some((ip, packet.get(20..total)?))
}

/// A TCP header and its length, options included.
#[inline(always)]
fn segment(payload: &[u8]) -> Option<(Transport, u32)> {
    let &[
        s0,
        s1,
        d0,
        d1,
        q0,
        q1,
        q2,
        q3,
        a0,
        a1,
        a2,
        a3,
        offset,
        flags,
        w0,
        w1,
        ..,
    ] = payload.first_chunk::<20>()?;
    let length = u32::from(offset >> 4) * 4;
    if length < 20 || length as usize > payload.len() {
        return None;
    }
    let tcp = Tcp {
        source: u16::from_be_bytes([s0, s1]),
        destination: u16::from_be_bytes([d0, d1]),
        sequence: u32::from_be_bytes([q0, q1, q2, q3]),
        acknowledgment: u32::from_be_bytes([a0, a1, a2, a3]),
        flags,
        window: u16::from_be_bytes([w0, w1]),
    };
    Some((Transport::Tcp(tcp), length))
}

/// A UDP header that fits its packet exactly, of no tunnel, and its length.
#[inline(always)]
fn datagram(payload: &[u8]) -> Option<(Transport, u32)> {
    let &[s0, s1, d0, d1, l0, l1, ..] = payload.first_chunk::<8>()?;
    let source = u16::from_be_bytes([s0, s1]);
    let destination = u16::from_be_bytes([d0, d1]);
    let fits = usize::from(u16::from_be_bytes([l0, l1])) == payload.len();
    (fits && !udp::may_be_tunnel(source, destination)).then_some((
        Transport::Udp {
            source,
            destination,
        },
        8,
    ))
}
