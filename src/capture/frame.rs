//! A frame as the capture holds it, and the two halves it travels in: a shared block of octets
//! and a record of plain data that says where in it the frame lies.
//!
//! Used by the sensor's reader and workers. Never copies octets.

use super::ring::Lent;
use crate::facts::Time;
use memmap2::Mmap;
use std::fmt;

/// A link-layer header type: the LINKTYPE_ numbers of the tcpdump.org registry, used by pcap
/// and pcapng alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: a 4-octet address family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// IEEE 802.3 Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// Point-to-point protocol.
    pub const PPP: Self = Self(9);
    /// An IPv4 or IPv6 packet without link header.
    pub const RAW: Self = Self(101);
    /// IEEE 802.11 wireless LAN.
    pub const IEEE802_11: Self = Self(105);
    /// OpenBSD loopback: as `NULL`, the family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// Radiotap header before IEEE 802.11.
    pub const RADIOTAP: Self = Self(127);
    /// An IPv4 packet without link header.
    pub const IPV4: Self = Self(228);
    /// An IPv6 packet without link header.
    pub const IPV6: Self = Self(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);

    /// The registry's name; `None` for those without a constant here.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::NULL => "NULL",
            Self::ETHERNET => "ETHERNET",
            Self::PPP => "PPP",
            Self::RAW => "RAW",
            Self::IEEE802_11 => "IEEE802_11",
            Self::LOOP => "LOOP",
            Self::LINUX_SLL => "LINUX_SLL",
            Self::RADIOTAP => "RADIOTAP",
            Self::IPV4 => "IPV4",
            Self::IPV6 => "IPV6",
            Self::LINUX_SLL2 => "LINUX_SLL2",
            _ => return None,
        })
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "link type {}", self.0),
        }
    }
}

/// A frame lent by its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// When it was captured, as the capture says; may lie before the frame that came before.
    pub time: Time,
    /// False where the capture gives no usable time; `time` is then that of the frame before,
    /// and no timer may be set by it.
    pub time_known: bool,
    /// The octets that were captured.
    pub octets: &'a [u8],
    /// Length on the wire, octets; larger than `octets.len()` where the snap length cut it.
    pub original: u32,
    /// What the first octets are.
    pub link: LinkType,
    /// Index into [`Captures::interfaces`](super::Captures::interfaces).
    pub interface: u32,
}

/// Where a frame lies in its block, and what the capture says of it. Plain data, to be handed
/// to another thread beside the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// See [`Frame::time`].
    pub time: Time,
    /// Offset of its first octet in the block.
    pub start: usize,
    /// How many octets were captured; at most [`FRAME_MAX`](super::FRAME_MAX).
    pub captured: u32,
    /// See [`Frame::original`].
    pub original: u32,
    /// See [`Frame::interface`].
    pub interface: u32,
    /// See [`Frame::link`].
    pub link: LinkType,
    /// See [`Frame::time_known`].
    pub time_known: bool,
}

impl Record {
    /// The octets of the frame, lent by the block it was read from.
    #[inline]
    #[must_use]
    pub fn octets<'a>(&self, block: &'a Block) -> &'a [u8] {
        self.within(block.octets())
    }

    /// The octets of the frame within those of its block.
    #[inline]
    #[must_use]
    pub fn within<'a>(&self, octets: &'a [u8]) -> &'a [u8] {
        let end = self.start.saturating_add(self.captured as usize);
        octets.get(self.start..end).unwrap_or_default()
    }

    /// The frame, lent by the block it was read from.
    #[inline]
    #[must_use]
    pub fn frame<'a>(&self, block: &'a Block) -> Frame<'a> {
        Frame {
            time: self.time,
            time_known: self.time_known,
            octets: self.octets(block),
            original: self.original,
            link: self.link,
            interface: self.interface,
        }
    }
}

/// Immutable octets that frames are lent from: a whole mapped file, a piece of a stream cut
/// where a record ends, or a block of the kernel's ring.
#[derive(Debug)]
pub struct Block(Octets);

#[derive(Debug)]
enum Octets {
    Mapped(Mmap),
    Read(Vec<u8>),
    Lent(Lent),
}

impl Block {
    pub(super) const fn mapped(map: Mmap) -> Self {
        Self(Octets::Mapped(map))
    }

    /// Octets that were read or put together, as one block.
    #[must_use]
    pub const fn read(octets: Vec<u8>) -> Self {
        Self(Octets::Read(octets))
    }

    /// A block of the kernel's ring, which goes back to the kernel when this is dropped.
    pub(super) const fn lent(lent: Lent) -> Self {
        Self(Octets::Lent(lent))
    }

    /// All octets, file headers and record headers included.
    #[inline]
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        match &self.0 {
            Octets::Mapped(map) => map,
            Octets::Read(octets) => octets,
            Octets::Lent(lent) => lent.octets(),
        }
    }
}
