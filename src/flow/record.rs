//! What is kept of one flow: its ends, their addresses and tags, how its TCP connection stands,
//! and the owner's state.
//!
//! Kept by the table, which calls [`Flow::note`] once a packet.

use super::key::{Carrier, Key, Packet, Tags};
use super::ledger::Ledger;
use crate::facts::{Mac, Side, Stamp};
use crate::wire::{Tcp, Transport};
use arrayvec::ArrayVec;

/// How far a TCP number may lie from what is known and still belong to the same connection: the
/// largest window without scaling (RFC 9293, 3.1). Control devices scale none.
const WINDOW: i32 = 65_535;

/// Most MAC addresses kept of one end: a pair of redundant routers before and after, twice. Who
/// shows more is not one host.
pub const MACS: usize = 4;

/// How a flow stands, as far as its packets tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// One packet so far, or a TCP handshake that was not completed.
    #[default]
    Opening,
    /// Traffic goes on.
    Running,
    /// TCP: reset, or finished by both ends.
    Closed,
}

/// Why a flow left the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing came for longer than its kind of flow may be silent.
    Idle,
    /// The same ends opened a new connection.
    Reused,
    /// The table was full.
    Evicted,
    /// The capture ended.
    Drained,
}

/// One end of a flow, as the packets it sent show it.
///
/// In memory as written here, what each packet touches side by side.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub struct End {
    /// The last packet it sent; meaningful where `first` is set.
    pub last: Stamp,
    /// The first packet it sent.
    pub first: Option<Stamp>,
    /// VLAN tags of its packets; `None` before the first.
    pub tags: Option<Tags>,
    /// The sequence number after the furthest it sent.
    next: Option<u32>,
    /// Its last acknowledgment.
    acknowledged: Option<u32>,
    /// MAC address of its last packet. Behind a router, that router's.
    pub mac: Option<Mac>,
    /// All TCP flags it has set so far.
    pub flags: u8,
    /// It opened the connection: SYN without ACK.
    pub opened: bool,
    /// It accepted the connection: SYN with ACK.
    pub accepted: bool,
    /// How often its MAC address changed.
    pub mac_changes: u32,
    /// Resets that no receiver would believe: outside the window.
    pub stray_resets: u32,
    /// Other tags under which its packets were seen.
    pub copies: Option<Tags>,
    /// Sequence number of its SYN.
    syn: Option<u32>,
    /// The MAC addresses of its packets, in the order in which they appeared, the first
    /// [`MACS`] of them.
    pub macs: ArrayVec<Mac, MACS>,
    /// Its first packet from another MAC address than that of its first packet.
    pub moved: Option<Stamp>,
}

impl End {
    /// Whether a packet with these tags is one of this end's by its tags.
    pub(super) fn wears(&self, tags: Tags) -> bool {
        self.tags == Some(tags) || self.copies == Some(tags)
    }

    /// As [`Flow::first`].
    #[must_use]
    pub fn first_of((low, high): &(Self, Self)) -> Stamp {
        match (low.first, high.first) {
            (Some(low), Some(high)) => low.min(high),
            (low, high) => low.or(high).unwrap_or_default(),
        }
    }

    /// As [`Flow::initiator`].
    #[must_use]
    pub const fn initiator_of((low, high): &(Self, Self)) -> Option<Side> {
        match (low.opened || high.accepted, high.opened || low.accepted) {
            (true, false) => Some(Side::Low),
            (false, true) => Some(Side::High),
            _ => None,
        }
    }
}

/// A flow with the state `T` that its owner keeps for it.
#[derive(Clone, Debug)]
pub struct Flow<T> {
    /// Its ends and carrier.
    pub key: Key,
    /// The low and the high end.
    pub ends: (End, End),
    /// The accounts of what the low and the high end sent.
    pub ledgers: (Ledger, Ledger),
    /// How it stands.
    pub stage: Stage,
    /// The owner's state.
    pub owner: T,
}

impl<T> Flow<T> {
    pub(super) fn new(key: Key, owner: T) -> Self {
        Self {
            key,
            ends: (End::default(), End::default()),
            ledgers: (Ledger::default(), Ledger::default()),
            stage: Stage::Opening,
            owner,
        }
    }

    /// One of its ends.
    #[must_use]
    pub const fn end(&self, side: Side) -> &End {
        side.of(&self.ends)
    }

    /// The first packet of either end.
    #[must_use]
    pub fn first(&self) -> Stamp {
        End::first_of(&self.ends)
    }

    /// The last packet of either end.
    #[must_use]
    pub fn last(&self) -> Stamp {
        self.ends.0.last.max(self.ends.1.last)
    }

    /// Packets of both ends, without duplicates.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        let (low, high) = &self.ledgers;
        low.packets + high.packets
    }

    /// Only one end was heard.
    #[must_use]
    pub const fn is_one_way(&self) -> bool {
        self.ends.0.first.is_none() != self.ends.1.first.is_none()
    }

    /// The end that opened the TCP connection, where the handshake tells. Nothing else does: a
    /// port number proves no role.
    #[must_use]
    pub const fn initiator(&self) -> Option<Side> {
        End::initiator_of(&self.ends)
    }

    /// Whether this packet opens a new connection between the ends of a closed one.
    pub(super) fn is_reopened_by(&self, packet: &Packet<'_>) -> bool {
        let Transport::Tcp(tcp) = packet.headers.transport else {
            return false;
        };
        self.stage == Stage::Closed
            && tcp.has(Tcp::SYN)
            && self.end(packet.side).syn != Some(tcp.sequence)
    }

    /// Takes note of a packet.
    pub(super) fn note(&mut self, packet: &Packet<'_>) {
        let end = packet.side.of_mut(&mut self.ends);
        let last = end.first.map(|_| end.last.time);
        let ledger = packet.side.of_mut(&mut self.ledgers);
        ledger.packet(packet.length, packet.stamp.time, last);
        end.first.get_or_insert(packet.stamp);
        end.last = packet.stamp;
        if let Some((mac, _)) = packet.headers.macs
            && end.mac != Some(mac)
        {
            end.mac_changes = end.mac_changes.saturating_add(u32::from(end.mac.is_some()));
            end.mac = Some(mac);
            if !end.macs.contains(&mac) {
                // Past the bound the count of changes tells enough.
                let _ = end.macs.try_push(mac);
                if end.macs.len() == 2 {
                    end.moved = Some(packet.stamp);
                }
            }
        }
        if !end.wears(packet.tags) {
            end.copies = end.tags;
            end.tags = Some(packet.tags);
        }
        match packet.headers.transport {
            Transport::Tcp(tcp) if self.key.carrier == Carrier::Tcp => self.note_tcp(packet, &tcp),
            _ if self.packets() > 1 => self.stage = Stage::Running,
            _ => {}
        }
    }

    /// Takes note of a copy: its octets do not count again.
    pub(super) fn note_copy(&mut self, packet: &Packet<'_>, kind: super::DuplicateKind) {
        packet.side.of_mut(&mut self.ledgers).duplicates.count(kind);
        let end = packet.side.of_mut(&mut self.ends);
        if !end.wears(packet.tags) {
            end.copies = Some(packet.tags);
        }
    }

    fn note_tcp(&mut self, packet: &Packet<'_>, tcp: &Tcp) {
        let content = content_length(packet);
        if tcp.has(Tcp::RST) {
            let believed = self.believes_reset(packet.side, tcp);
            let end = packet.side.of_mut(&mut self.ends);
            if believed {
                end.flags |= tcp.flags;
                self.stage = Stage::Closed;
            } else {
                end.stray_resets = end.stray_resets.saturating_add(1);
            }
            return;
        }
        let both = self.packets() > 1;
        let end = packet.side.of_mut(&mut self.ends);
        end.flags |= tcp.flags;
        if tcp.has(Tcp::SYN) {
            end.syn = Some(tcp.sequence);
            end.opened |= !tcp.has(Tcp::ACK);
            end.accepted |= tcp.has(Tcp::ACK);
        }
        let after = tcp
            .sequence
            .wrapping_add(content)
            .wrapping_add(u32::from(tcp.has(Tcp::SYN)))
            .wrapping_add(u32::from(tcp.has(Tcp::FIN)));
        // The furthest number, except where the numbers went elsewhere altogether.
        if end
            .next
            .is_none_or(|next| !(-WINDOW..0).contains(&distance(after, next)))
        {
            end.next = Some(after);
        }
        if tcp.has(Tcp::ACK) {
            end.acknowledged = Some(tcp.acknowledgment);
        }
        let (low, high) = &self.ends;
        let finished = |end: &End| end.flags & Tcp::FIN != 0 || end.first.is_none();
        match self.stage {
            Stage::Opening if both && !tcp.has(Tcp::SYN) => self.stage = Stage::Running,
            // A reset nobody obeyed.
            Stage::Closed if content > 0 && !(finished(low) && finished(high)) => {
                self.stage = Stage::Running;
            }
            _ => {}
        }
        if tcp.has(Tcp::FIN) && finished(&self.ends.0) && finished(&self.ends.1) {
            self.stage = Stage::Closed;
        }
    }

    /// Whether the receiver of a reset would believe it (RFC 9293, 3.5.3): in the window of what
    /// its sender sent before, or acknowledging what the other end sent. Where nothing is known
    /// to the contrary it is believed.
    fn believes_reset(&self, side: Side, tcp: &Tcp) -> bool {
        let end = self.end(side);
        let peer = self.end(side.other());
        match (end.next, peer.acknowledged, peer.next) {
            (Some(next), acknowledged, _) => {
                is_near(tcp.sequence, next)
                    || acknowledged.is_some_and(|a| is_near(tcp.sequence, a))
            }
            (None, Some(acknowledged), _) if !tcp.has(Tcp::ACK) => {
                is_near(tcp.sequence, acknowledged)
            }
            (None, _, Some(sent)) if tcp.has(Tcp::ACK) => is_near(tcp.acknowledgment, sent),
            (None, _, _) => true,
        }
    }

    /// What the TCP numbers say on whether a packet is of this flow; `None` where they cannot
    /// tell. Two connections between equal addresses in different VLANs share everything but
    /// these numbers.
    pub(super) fn numbers_agree(&self, packet: &Packet<'_>) -> Option<bool> {
        let Transport::Tcp(tcp) = packet.headers.transport else {
            return None;
        };
        let end = self.end(packet.side);
        let peer = self.end(packet.side.other());
        if tcp.has(Tcp::ACK)
            && let Some(sent) = peer.next
        {
            return Some(is_near(tcp.acknowledgment, sent));
        }
        let next = end.next.or(peer.acknowledged)?;
        (!tcp.has(Tcp::SYN)).then(|| is_near(tcp.sequence, next))
    }
}

/// Octets of content, with those that the capture does not hold.
fn content_length(packet: &Packet<'_>) -> u32 {
    let (start, end) = packet.headers.content;
    end.saturating_sub(start)
        .saturating_add(packet.headers.missing)
}

fn is_near(number: u32, known: u32) -> bool {
    (-WINDOW..=WINDOW).contains(&distance(number, known))
}

/// How far `number` is ahead of `other` in TCP's circle of numbers.
const fn distance(number: u32, other: u32) -> i32 {
    number.wrapping_sub(other).cast_signed()
}
