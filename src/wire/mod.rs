//! Views over link, network and transport headers and tunnels: from a frame to what it carries.
//!
//! Called once a frame by the sensor's reader. No state, no allocation, no panic; a bad length
//! becomes a fact in [`Notes`], not a silent return.

pub mod ber;
pub mod octets;
pub mod text;

use crate::facts::Mac;
pub use octets::Octets;
use std::net::IpAddr;

/// Most VLAN tags kept of a frame, over all its encapsulations. Provider bridging stacks two;
/// four leaves room for a mirrored frame inside a tagged one.
pub const VLANS: usize = 4;

/// What the headers of a frame say, innermost encapsulation first in importance: where a tunnel
/// was opened, addresses and ports are those of the inner packet.
///
/// Plain data with offsets instead of borrows, so that it can travel beside the frame to
/// another thread.
#[derive(Clone, Copy, Debug)]
pub struct Headers {
    /// Source and destination MAC of the innermost Ethernet header; `None` on links without.
    pub macs: Option<(Mac, Mac)>,
    /// VLAN identifiers, outermost first; `vlan_count` of them are valid.
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
    /// Octets of content that the headers promise and the capture does not hold.
    pub missing: u32,
    /// What was noticed on the way.
    pub notes: Notes,
}

impl Headers {
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
    /// Offset of its octets in the payload of the whole packet.
    pub offset: u32,
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
    /// A header's length field points outside the packet.
    pub const BAD_LENGTH: Self = Self(1 << 2);
    /// The IPv4 header checksum is wrong.
    pub const BAD_IP_CHECKSUM: Self = Self(1 << 3);
    /// The TCP, UDP or ICMP checksum is wrong (checked on whole packets only).
    pub const BAD_CHECKSUM: Self = Self(1 << 4);
    /// Link type, version or protocol that Jaga does not know.
    pub const UNKNOWN: Self = Self(1 << 5);
    /// More tunnels or tags than are followed.
    pub const TOO_DEEP: Self = Self(1 << 6);
    /// A PRP trailer or HSR tag was there.
    pub const REDUNDANT: Self = Self(1 << 7);
    /// IPv4 options or IPv6 extension headers were there.
    pub const OPTIONS: Self = Self(1 << 8);
    /// The frame ends before the headers do although the capture holds all of it.
    pub const SHORT: Self = Self(1 << 9);

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
