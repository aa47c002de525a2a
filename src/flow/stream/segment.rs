//! A TCP segment as streams need it, and where streams tell what they have.
//!
//! Used by the connection and its streams.

use super::super::connection::Chunk;
use super::super::ledger::Ledger;
use super::{Budget, count};
use crate::facts::{Side, Stamp, Time};
use crate::wire::Tcp;

/// A TCP segment as the connection needs it.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Flags, as in [`Tcp::flags`].
    pub flags: u8,
    /// Sequence number of the segment.
    pub sequence: u32,
    /// Acknowledgment number; meaningful where the ACK flag is set.
    pub acknowledgment: u32,
    /// The content that was captured.
    pub content: &'a [u8],
    /// Octets of content behind it that the capture cut off.
    pub missing: u32,
    /// The packet.
    pub stamp: Stamp,
}

impl<'a> Segment<'a> {
    /// The segment of a packet.
    #[must_use]
    pub const fn new(tcp: &Tcp, content: &'a [u8], missing: u32, stamp: Stamp) -> Self {
        Self {
            flags: tcp.flags,
            sequence: tcp.sequence,
            acknowledgment: tcp.acknowledgment,
            content,
            missing,
            stamp,
        }
    }

    pub(in crate::flow) const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Sequence number of its first octet of content: a SYN takes one number before it.
    pub(in crate::flow) const fn start(&self) -> u32 {
        self.sequence.wrapping_add(self.has(Tcp::SYN) as u32)
    }

    /// Octets of content, captured or not.
    pub(in crate::flow) fn length(&self) -> u32 {
        count(self.content).saturating_add(self.missing)
    }

    /// The sequence number behind its content.
    pub(in crate::flow) fn end(&self) -> u32 {
        self.start().wrapping_add(self.length())
    }

    /// What it acknowledges.
    pub(in crate::flow) fn acknowledges(&self) -> Option<u32> {
        self.has(Tcp::ACK).then_some(self.acknowledgment)
    }
}

/// Where a stream tells what it has: its ledger, the shard's budget, the owner.
pub(in crate::flow) struct Out<'a, 'b> {
    pub(in crate::flow) side: Side,
    pub(in crate::flow) ledger: &'a mut Ledger,
    pub(in crate::flow) budget: &'a mut Budget,
    pub(in crate::flow) deliver: &'a mut (dyn FnMut(Side, Chunk<'_>) + 'b),
}

impl Out<'_, '_> {
    pub(in crate::flow) fn send(&mut self, chunk: Chunk<'_>) {
        (self.deliver)(self.side, chunk);
    }
}

/// Since when a stream has been waiting.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow) struct Wait {
    pub(in crate::flow) time: Time,
    pub(in crate::flow) packet: u32,
}
