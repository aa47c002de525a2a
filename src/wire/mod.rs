//! Views over link, network and transport headers and tunnels: from a frame to what it carries.
//!
//! Called once a frame by the sensor's reader. No state, no allocation, no panic; a bad length
//! becomes a fact in [`Notes`], not a silent return.
//!
//! Each family of headers has its file. A layer is read by one function that takes the
//! `walk::Walk`, writes what it found into the headers and answers which `walk::Layer`
//! comes next; the loop in [`read`] follows these answers and bounds their number, so that no
//! nesting of tunnels and tags can exhaust the stack or the time.

pub mod ber;
mod checksum;
mod cooked;
mod ethernet;
mod ip;
mod ipv4;
mod ipv6;
mod llc;
pub mod octets;
mod pair;
mod plain;
mod redundancy;
mod tcp;
#[cfg(test)]
mod tests;
pub mod text;
mod tunnel;
mod udp;
mod walk;

use crate::facts::Mac;
pub use checksum::sum as checksum;
pub use octets::Octets;
pub use pair::{SHARDS, host_pair, shard};
use std::net::IpAddr;
use walk::{Layer, Walk};

/// Most VLAN tags kept of a frame, over all its encapsulations. Provider bridging stacks two;
/// four leaves room for a mirrored frame inside a tagged one.
pub const VLANS: usize = 4;

/// Most tunnels opened in one frame. Mirror transport in an overlay in a provider's tunnel makes
/// four; more than eight is an attempt to tire the reader.
pub const TUNNELS: u8 = 8;

/// Most layers read in one frame: eight tunnels of an outer IP, a tunnel, an Ethernet and an
/// inner IP header each, with room for tags, labels and LLC headers between them.
const LAYERS: usize = 64;

/// Link type of Ethernet.
const ETHERNET: u32 = 1;

/// Link type of raw IP (`LINKTYPE_RAW`): the first octet is that of an IPv4 or IPv6 header.
pub const RAW_IP: u32 = 101;

/// Which checksums are verified. A wrong checksum is a note, never a reason not to read on: the
/// network card of the capturing host fills it in after the capture (offload).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksums {
    /// That of IPv4 headers only.
    #[default]
    Header,
    /// Also those of TCP, UDP, ICMP and ICMPv6, on whole packets that are not fragments.
    Transport,
}

/// Reads the headers of one frame.
///
/// `link` is the link type of the capture (the `LINKTYPE_` number), `octets` what was captured
/// and `original` the length of the frame on the wire.
#[must_use]
pub fn read(link: u32, octets: &[u8], original: u32, verify: Checksums) -> Headers {
    if link == ETHERNET
        && verify == Checksums::Header
        && let Some(headers) = plain::read(octets, original)
    {
        return headers;
    }
    walk(link, octets, original, verify)
}

/// Reads the headers of a frame layer by layer. Apart from [`read`], so that plain frames pay for
/// nothing of it.
#[inline(never)]
fn walk(link: u32, octets: &[u8], original: u32, verify: Checksums) -> Headers {
    let mut walk = Walk::new(octets, original, verify);
    let first = first_layer(link, &mut walk);
    walk.follow(first);
    walk.finish(original)
}

/// Reads an IP packet put together from fragments, one of which had the headers `outer`.
///
/// What the packet itself does not tell (MAC addresses, VLANs, tunnels around it) comes from
/// `outer`, and its tunnels count on from there, so that fragments in tunnels in fragments end
/// at [`TUNNELS`] as any other nesting does.
#[must_use]
pub fn read_whole(outer: &Headers, packet: &[u8], verify: Checksums) -> Headers {
    let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
    let mut walk = Walk::new(packet, length, verify);
    walk.headers.macs = outer.macs;
    walk.headers.vlans = outer.vlans;
    walk.headers.vlan_count = outer.vlan_count;
    walk.headers.tunnels = outer.tunnels;
    walk.follow(Layer::Ip);
    walk.finish(0)
}

/// The outermost layer of a frame of this link type (www.tcpdump.org/linktypes.html).
fn first_layer(link: u32, walk: &mut Walk<'_>) -> Layer {
    match link {
        ETHERNET => Layer::Ethernet,
        0 | 108 => cooked::loopback(walk),
        9 | 50 => Layer::Ppp,
        12 | 14 | RAW_IP => Layer::Ip,
        51 => Layer::Pppoe,
        104 => cooked::hdlc(walk),
        113 => cooked::version_1(walk),
        228 => Layer::Ipv4,
        229 => Layer::Ipv6,
        276 => cooked::version_2(walk),
        _ => {
            walk.note(Notes::UNKNOWN);
            Layer::End
        }
    }
}

/// What the headers of a frame say, innermost encapsulation first in importance: where a tunnel
/// was opened, addresses and ports are those of the inner packet.
///
/// Plain data with offsets instead of borrows, so that it can travel beside the frame to
/// another thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers {
    /// Source and destination MAC of the innermost Ethernet header; `None` on links without.
    /// A cooked capture tells only the source; the destination is then the all-zero address.
    pub macs: Option<(Mac, Mac)>,
    /// VLAN identifiers, outermost first; `vlan_count` of them are valid. Priority tags (VLAN
    /// 0) name no VLAN and are left out; the VLAN told by an ERSPAN header is in.
    pub vlans: [u16; VLANS],
    /// How many of `vlans` are valid.
    pub vlan_count: u8,
    /// How many tunnels were opened to get here.
    pub tunnels: u8,
    /// What the innermost link or network header carries.
    pub network: Network,
    /// Transport header.
    pub transport: Transport,
    /// Where the content lies in the frame: the TCP or UDP payload; for frames without IP what
    /// follows the Ethernet type or LLC header; for other IP protocols the IP payload.
    pub content: (u32, u32),
    /// Octets of content that were on the wire and that the capture does not hold. What a wrong
    /// length field promises beyond the frame is not among them.
    pub missing: u32,
    /// What was noticed on the way.
    pub notes: Notes,
}

impl Headers {
    /// The IP header, where there is one.
    #[must_use]
    pub const fn ip(&self) -> Option<&Ip> {
        match &self.network {
            Network::Ip(ip) => Some(ip),
            _ => None,
        }
    }

    /// The content within `frame`, the octets these headers were read from.
    #[must_use]
    pub fn content<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        frame
            .get(self.content.0 as usize..self.content.1 as usize)
            .unwrap_or_default()
    }

    /// The valid VLAN identifiers, outermost first.
    #[must_use]
    pub fn vlans(&self) -> &[u16] {
        self.vlans
            .get(..usize::from(self.vlan_count))
            .unwrap_or_default()
    }
}

/// What the innermost link header carries.
///
/// PPP frames that carry no IP (LCP, authentication) stand as Ethernet type 0x880B, which is
/// assigned to PPP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// An IPv4 or IPv6 packet.
    Ip(Ip),
    /// A frame of this Ethernet type that is not IP.
    Ether(u16),
    /// An 802.2 LLC frame: DSAP and SSAP.
    Llc(u8, u8),
    /// A SNAP frame: organisation code and protocol identifier.
    Snap(u32, u16),
    /// The headers could not be read; `notes` says why.
    Unreadable,
}

/// What matters of an IPv4 or IPv6 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ip {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// Time to live, or hop limit.
    pub hop_limit: u8,
    /// IPv4 identification, or that of an IPv6 fragment header; 0 for other IPv6 packets.
    pub identification: u32,
    /// Protocol of the payload after all extension headers (IANA protocol number).
    pub protocol: u8,
    /// Set where this is a fragment; then there is no transport header and the content is the
    /// fragment's part of the IP payload.
    pub fragment: Option<Fragment>,
    /// Where the IP header begins in the frame.
    pub start: u32,
}

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Offset of its octets in the payload of the whole packet, a multiple of 8.
    pub offset: u16,
    /// More fragments follow.
    pub more: bool,
}

/// What matters of the transport header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// None: not IP, a fragment, or unreadable.
    None,
    /// TCP (RFC 9293).
    Tcp(Tcp),
    /// UDP (RFC 768).
    Udp {
        /// Source port.
        source: u16,
        /// Destination port.
        destination: u16,
    },
    /// ICMP or ICMPv6.
    Icmp {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
    /// Any other IP protocol; its number is in [`Ip::protocol`].
    Other,
}

/// What matters of a TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// Source port.
    pub source: u16,
    /// Destination port.
    pub destination: u16,
    /// Sequence number of the first octet of content (of the SYN where that is set).
    pub sequence: u32,
    /// Acknowledgment number; meaningful where the ACK flag is set.
    pub acknowledgment: u32,
    /// Flags, CWR to FIN, as in the header's octet 13.
    pub flags: u8,
    /// Window, unscaled.
    pub window: u16,
}

impl Tcp {
    /// FIN: the sender has no more octets.
    pub const FIN: u8 = 0x01;
    /// SYN: the sequence numbers start here.
    pub const SYN: u8 = 0x02;
    /// RST: the connection is broken off.
    pub const RST: u8 = 0x04;
    /// ACK: the acknowledgment number counts.
    pub const ACK: u8 = 0x10;

    /// Whether a flag is set.
    #[must_use]
    pub const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// What was noticed while reading the headers: a set of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes(u32);

impl Notes {
    /// The capture cut the frame before its end (snap length).
    pub const CUT: Self = Self(1);
    /// The frame is longer than 1518 octets plus tags: jumbo, or merged by the network card.
    pub const OVERSIZED: Self = Self(1 << 1);
    /// A header's length field points outside the packet; a receiver drops it.
    pub const BAD_LENGTH: Self = Self(1 << 2);
    /// The IPv4 header checksum is wrong.
    pub const BAD_IP_CHECKSUM: Self = Self(1 << 3);
    /// The TCP, UDP or ICMP checksum is wrong (checked on whole packets only).
    pub const BAD_CHECKSUM: Self = Self(1 << 4);
    /// Link type, version or encapsulated protocol that Jaga does not know.
    pub const UNKNOWN: Self = Self(1 << 5);
    /// More tunnels or tags than are followed.
    pub const TOO_DEEP: Self = Self(1 << 6);
    /// A PRP trailer or HSR tag was there.
    pub const REDUNDANT: Self = Self(1 << 7);
    /// IPv4 options or IPv6 extension headers were there.
    pub const OPTIONS: Self = Self(1 << 8);
    /// The frame ends before the headers do although the capture holds all of it.
    pub const SHORT: Self = Self(1 << 9);
    /// The content is encrypted below the transport header (ESP, MACsec).
    pub const ENCRYPTED: Self = Self(1 << 10);

    /// Adds the facts of `other`.
    pub const fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether all facts of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
