//! What names a flow: its two ends in address order and what carries it, and the VLAN tags
//! beside that.
//!
//! Built once a packet from the headers. Tags are not part of the key, since the two
//! directions of a conversation often wear different ones on a mirror port; the table tells
//! variants of one key apart by them.

use crate::facts::{Endpoint, Host, Mac, Side, Stamp};
use crate::wire::{Headers, Network, Transport};
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

/// What carries a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP or ICMPv6, as the addresses tell.
    Icmp,
    /// Another IP protocol, or fragments that were never put together (IANA number).
    Ip(u8),
    /// Frames of this Ethernet type.
    Ether(u16),
    /// 802.2 LLC frames: DSAP and SSAP.
    Llc(u8, u8),
    /// SNAP frames: organisation code and protocol identifier.
    Snap(u32, u16),
}

impl Carrier {
    /// Whether the ends are MAC addresses.
    #[must_use]
    pub const fn is_link(self) -> bool {
        matches!(self, Self::Ether(_) | Self::Llc(..) | Self::Snap(..))
    }

    /// The carrier as a number that no other carrier has, leaving the low 32 bits free where
    /// there are ports.
    const fn number(self) -> u64 {
        match self {
            Self::Tcp => 1 << 56,
            Self::Udp => 2 << 56,
            Self::Icmp => 3 << 56,
            Self::Ip(protocol) => 4 << 56 | (protocol as u64) << 32,
            Self::Ether(kind) => 5 << 56 | kind as u64,
            Self::Llc(dsap, ssap) => 6 << 56 | (dsap as u64) << 8 | ssap as u64,
            Self::Snap(organisation, protocol) => {
                7 << 56 | (organisation as u64) << 16 | protocol as u64
            }
        }
    }
}

/// What names a flow, whichever direction its packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The end with the lower (address, port).
    pub low: Endpoint,
    /// The end with the higher (address, port).
    pub high: Endpoint,
    /// What carries it.
    pub carrier: Carrier,
}

impl Key {
    /// The key of a packet and the side that sent it; `None` where the headers could not be
    /// read.
    #[must_use]
    pub fn of(headers: &Headers) -> Option<(Self, Side)> {
        let Network::Ip(ip) = headers.network else {
            let carrier = link_carrier(&headers.network)?;
            let (source, destination) = headers.macs.unwrap_or_default();
            return Some(Self::ordered(
                carrier,
                endpoint(Host::Mac(source), 0),
                endpoint(Host::Mac(destination), 0),
            ));
        };
        let (carrier, source, destination) = match headers.transport {
            Transport::Tcp(tcp) => (Carrier::Tcp, tcp.source, tcp.destination),
            Transport::Udp {
                source,
                destination,
            } => (Carrier::Udp, source, destination),
            Transport::Icmp { .. } => (Carrier::Icmp, 0, 0),
            Transport::None | Transport::Other => (Carrier::Ip(ip.protocol), 0, 0),
        };
        Some(Self::ordered(
            carrier,
            endpoint(Host::Ip(ip.source), source),
            endpoint(Host::Ip(ip.destination), destination),
        ))
    }

    /// A key from two ends in any order, and the side on which `source` lies. Where both ends
    /// are the same, all packets count as sent by the low side.
    #[must_use]
    pub fn ordered(carrier: Carrier, source: Endpoint, destination: Endpoint) -> (Self, Side) {
        let (low, high, side) = if source <= destination {
            (source, destination, Side::Low)
        } else {
            (destination, source, Side::High)
        };
        (Self { low, high, carrier }, side)
    }

    /// The end on this side.
    #[must_use]
    pub const fn end(&self, side: Side) -> Endpoint {
        match side {
            Side::Low => self.low,
            Side::High => self.high,
        }
    }
}

const fn endpoint(host: Host, port: u16) -> Endpoint {
    Endpoint { host, port }
}

/// What carries frames without IP; `None` for IP and where the headers could not be read.
const fn link_carrier(network: &Network) -> Option<Carrier> {
    match *network {
        Network::Ether(kind) => Some(Carrier::Ether(kind)),
        Network::Llc(dsap, ssap) => Some(Carrier::Llc(dsap, ssap)),
        Network::Snap(organisation, protocol) => Some(Carrier::Snap(organisation, protocol)),
        Network::Ip(_) | Network::Unreadable => None,
    }
}

/// A key as numbers, which is what the hot path hashes and compares: the enums of [`Key`] are
/// copied octet by octet and cost ten times as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id {
    /// Address of the low and the high end: IPv6, or IPv4 or MAC in the low bits.
    pub(super) low: u128,
    pub(super) high: u128,
    /// Family of the addresses, carrier and ports.
    pub(super) rest: u64,
}

/// Families of addresses, in bits of [`Id::rest`] that no carrier uses.
const V4: u64 = 1 << 60;
const V6: u64 = 2 << 60;

impl Id {
    /// The numbers of the key of a packet and the side that sent it.
    #[inline]
    fn of(headers: &Headers) -> Option<(Self, Side)> {
        let (kind, source, destination) = match &headers.network {
            Network::Ip(ip) => {
                let (carrier, source_port, destination_port) = match headers.transport {
                    Transport::Tcp(tcp) => (Carrier::Tcp, tcp.source, tcp.destination),
                    Transport::Udp {
                        source,
                        destination,
                    } => (Carrier::Udp, source, destination),
                    Transport::Icmp { .. } => (Carrier::Icmp, 0, 0),
                    Transport::None | Transport::Other => (Carrier::Ip(ip.protocol), 0, 0),
                };
                match (&ip.source, &ip.destination) {
                    (IpAddr::V4(source), IpAddr::V4(destination)) => {
                        let source = (source.to_bits(), source_port);
                        let destination = (destination.to_bits(), destination_port);
                        return Some(Self::narrow_of(carrier, source, destination));
                    }
                    (source, destination) => (
                        V6 | carrier.number(),
                        (bits(source), source_port),
                        (bits(destination), destination_port),
                    ),
                }
            }
            Network::Unreadable => return None,
            other => {
                let (source, destination) = headers.macs.unwrap_or_default();
                let number = |mac| (u128::from(mac_number(mac)), 0);
                (
                    link_carrier(other)?.number(),
                    number(source),
                    number(destination),
                )
            }
        };
        let (low, high, side) = if source <= destination {
            (source, destination, Side::Low)
        } else {
            (destination, source, Side::High)
        };
        let id = Self {
            low: low.0,
            high: high.0,
            rest: kind | u64::from(low.1) << 16 | u64::from(high.1),
        };
        Some((id, side))
    }

    /// The same of IPv4 ends, which are nearly all: in numbers of 64 bits.
    #[inline]
    fn narrow_of(carrier: Carrier, source: (u32, u16), destination: (u32, u16)) -> (Self, Side) {
        let packed = |(address, port): (u32, u16)| u64::from(address) << 16 | u64::from(port);
        let (source, destination) = (packed(source), packed(destination));
        let side = if source <= destination {
            Side::Low
        } else {
            Side::High
        };
        let (low, high) = (source.min(destination), source.max(destination));
        let id = Self {
            low: (low >> 16).into(),
            high: (high >> 16).into(),
            rest: V4 | carrier.number() | (low & 0xffff) << 16 | high & 0xffff,
        };
        (id, side)
    }

    /// Whether the addresses need more than 64 bits.
    pub(super) const fn is_wide(&self) -> bool {
        self.rest & V6 != 0
    }

    /// The low 64 bits of both addresses: all of them unless they are wide.
    pub(super) const fn narrow(&self) -> u128 {
        self.low << 64 | self.high & u64::MAX as u128
    }
}

impl Hash for Id {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.narrow());
        if self.is_wide() {
            state.write_u128(self.low >> 64 << 64 | self.high >> 64);
        }
        state.write_u64(self.rest);
    }
}

fn bits(ip: &IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

/// A MAC address as a number.
pub(super) const fn mac_number(mac: Mac) -> u64 {
    let [a, b, c, d, e, f] = mac.0;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// The VLAN tags of a packet as one value, compared as a whole: stacked tags name a network
/// only together. Priority tags (VID 0, IEEE 802.1Q-2022, 9.6) count as no tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tags(u64);

impl Tags {
    /// No tag.
    pub const NONE: Self = Self(0);

    /// The tags of a packet.
    #[must_use]
    pub fn of(headers: &Headers) -> Self {
        Self(
            headers
                .vlans()
                .iter()
                .map(|vid| u64::from(vid & 0x0fff))
                .filter(|vid| *vid != 0)
                .fold(0, |tags, vid| tags << 12 | vid),
        )
    }

    /// One tag.
    #[must_use]
    pub const fn of_vid(vid: u16) -> Self {
        Self((vid & 0x0fff) as u64)
    }

    /// The VLAN identifiers, outermost first; none where the packet was untagged.
    pub fn vids(self) -> impl Iterator<Item = u16> {
        [36, 24, 12, 0]
            .into_iter()
            .filter_map(move |shift| u16::try_from(self.0 >> shift & 0x0fff).ok())
            .filter(|vid| *vid != 0)
    }

    /// All tags as one number below 2^48.
    pub(super) const fn number(self) -> u64 {
        self.0
    }

    /// The tags that [`Tags::number`] told.
    pub(super) const fn from_number(number: u64) -> Self {
        Self(number & 0xffff_ffff_ffff)
    }
}

/// A packet as the rooms of this house see it: its headers with what they mean for flows.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// What the headers say.
    pub headers: &'a Headers,
    /// The flow it belongs to.
    pub(super) id: Id,
    /// Who sent it.
    pub side: Side,
    /// Its VLAN tags.
    pub tags: Tags,
    /// Length of the frame on the wire, in octets, whether or not all was captured.
    pub length: u32,
    /// Its time and number.
    pub stamp: Stamp,
}

impl<'a> Packet<'a> {
    /// Names the flow of a packet; `None` where the headers could not be read.
    #[must_use]
    #[inline]
    pub fn new(headers: &'a Headers, length: u32, stamp: Stamp) -> Option<Self> {
        let (id, side) = Id::of(headers)?;
        Some(Self {
            headers,
            id,
            side,
            tags: Tags::of(headers),
            length,
            stamp,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Build, headers};
    use super::*;

    #[test]
    fn both_directions_have_one_key() {
        let there = headers(Build::tcp([10, 0, 0, 9], 50000, [10, 0, 0, 1], 502));
        let back = headers(Build::tcp([10, 0, 0, 1], 502, [10, 0, 0, 9], 50000));
        let (a, sent) = Key::of(&there).unwrap();
        let (b, answered) = Key::of(&back).unwrap();
        assert_eq!(a, b);
        assert_eq!((sent, answered), (Side::High, Side::Low));
        assert_eq!(a.low.port, 502);
        assert_eq!(a.end(Side::High).port, 50000);
    }

    #[test]
    fn frames_without_ip_are_named_by_their_macs() {
        let mut goose = headers(Build::udp([1, 1, 1, 1], 1, [1, 1, 1, 2], 1));
        goose.network = Network::Ether(0x88b8);
        goose.transport = Transport::None;
        goose.macs = Some((Mac([2; 6]), Mac([1; 6])));
        let (key, side) = Key::of(&goose).unwrap();
        assert_eq!(key.low.host, Host::Mac(Mac([1; 6])));
        assert_eq!(key.carrier, Carrier::Ether(0x88b8));
        assert_eq!(side, Side::High);
        goose.network = Network::Unreadable;
        assert!(Key::of(&goose).is_none());
    }

    #[test]
    fn numbers_name_what_keys_name() {
        let v6 = |last: u8| IpAddr::from([0xfe80, 0, 0, 0, 1, 2, 3, u16::from(last)]);
        let mut all = Vec::new();
        for (a, b) in [(1, 2), (2, 1), (1, 1), (1, 3)] {
            for (from, to) in [(502, 502), (502, 503), (503, 502)] {
                let build = Build::tcp([10, 0, 0, a], from, [10, 0, 0, b], to);
                all.push(headers(build));
                all.push(headers(Build::udp([10, 0, 0, a], from, [10, 0, 0, b], to)));
                let mut wide = headers(build);
                if let Network::Ip(ip) = &mut wide.network {
                    (ip.source, ip.destination) = (v6(a), v6(b));
                }
                all.push(wide);
                wide.network = Network::Ether(from);
                wide.macs = Some((Mac([a; 6]), Mac([b; 6])));
                all.push(wide);
            }
        }
        for one in &all {
            let (key, side) = Key::of(one).unwrap();
            let (id, sent) = Id::of(one).unwrap();
            assert_eq!(side, sent);
            for other in &all {
                let same = Key::of(other).unwrap().0 == key;
                assert_eq!(Id::of(other).unwrap().0 == id, same, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn carriers_have_numbers_of_their_own() {
        let all = [
            Carrier::Tcp,
            Carrier::Udp,
            Carrier::Icmp,
            Carrier::Ip(47),
            Carrier::Ether(0x88b8),
            Carrier::Llc(0x42, 0x42),
            Carrier::Snap(0x00_000c, 0x2000),
            Carrier::Snap(0x00_000c, 0x2004),
        ];
        let numbers: std::collections::BTreeSet<u64> = all.iter().map(|c| c.number()).collect();
        assert_eq!(numbers.len(), all.len());
    }

    #[test]
    fn tags_keep_the_stack_and_drop_priority_tags() {
        let mut packet = headers(Build::udp([1, 1, 1, 1], 1, [1, 1, 1, 2], 1));
        assert_eq!(Tags::of(&packet), Tags::NONE);
        packet.vlans = [0, 100, 4094, 0];
        packet.vlan_count = 3;
        let tags = Tags::of(&packet);
        assert_eq!(tags.vids().collect::<Vec<_>>(), [100, 4094]);
        assert_eq!(Tags::from_number(tags.number()), tags);
    }
}
