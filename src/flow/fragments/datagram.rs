//! One datagram of which not everything has arrived: its pieces, and the packet they make.
//!
//! Used by the table of [`super`]. Holds what arrived and nothing that is only claimed.

use super::PIECES;
use crate::facts::Time;
use crate::wire::{Fragment, Headers, Ip, Notes, checksum};
use arrayvec::ArrayVec;

/// Longest IPv4 packet with its header, and longest IPv6 payload.
const LONGEST: usize = 65_535;

/// A fragment as it can be joined.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// Offset in the payload of the whole packet.
    start: usize,
    /// Its part of the payload.
    pub(super) octets: &'a [u8],
    /// It is the last one.
    last: bool,
    /// Its IP header: with options for IPv4, without extensions for IPv6.
    header: &'a [u8],
    /// What the payload is.
    protocol: u8,
}

impl<'a> Part<'a> {
    /// The fragment's part of its packet, if it is usable at all.
    pub(super) fn of(
        headers: &Headers,
        ip: &Ip,
        fragment: Fragment,
        frame: &'a [u8],
    ) -> Option<Self> {
        const IPV6_HEADER: usize = 40;
        const LEAST_IPV4_HEADER: usize = 20;
        let octets = headers.content(frame);
        let at = frame.get(ip.start as usize..)?;
        let (header, longest) = if ip.source.is_ipv4() {
            let length = usize::from(at.first()? & 0x0f) * 4;
            (at.get(..length)?, LONGEST - LEAST_IPV4_HEADER)
        } else {
            (at.get(..IPV6_HEADER)?, LONGEST)
        };
        let start = usize::from(fragment.offset);
        let usable = headers.missing == 0
            && !headers.notes.has(Notes::BAD_LENGTH)
            && !octets.is_empty()
            && (!fragment.more || octets.len().is_multiple_of(8))
            && start.checked_add(octets.len())? <= longest;
        usable.then_some(Self {
            start,
            octets,
            last: !fragment.more,
            header,
            protocol: ip.protocol,
        })
    }

    const fn end(&self) -> usize {
        self.start.saturating_add(self.octets.len())
    }
}

/// What a part brought to its datagram.
pub(super) enum Added {
    /// Octets that were not there.
    New,
    /// Octets that were there, the same.
    Nothing,
    /// Octets that contradict what is there, or one piece too many.
    Refused,
}

/// How a part meets the pieces that are there.
pub(super) struct Overlap {
    /// Octets that are there already.
    pub(super) octets: usize,
    /// Some of them differ.
    pub(super) differs: bool,
    /// The pieces it meets, by index.
    first: usize,
    count: usize,
}

/// A piece of a datagram: octets that follow each other in the payload and in the buffer.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Offset in the payload.
    start: usize,
    /// Offset in the buffer.
    at: usize,
    length: usize,
}

impl Piece {
    const fn end(&self) -> usize {
        self.start.saturating_add(self.length)
    }
}

/// A datagram of which not everything has arrived. Octets are kept in the order of arrival, so
/// that the memory is that of the octets received and not that of the offsets claimed.
#[derive(Debug)]
pub(super) struct Datagram {
    /// Its number in the order of arrival.
    pub(super) serial: u64,
    /// When its first fragment arrived.
    pub(super) first: Time,
    /// IP header of the fragment at offset 0; at most 15 * 4 octets.
    header: ArrayVec<u8, 60>,
    protocol: u8,
    /// Length of the payload, once the last fragment told it.
    length: Option<usize>,
    pub(super) octets: Vec<u8>,
    /// Ordered by `start`; they do not overlap.
    pieces: Vec<Piece>,
    /// Fragments that brought something new.
    pub(super) fragments: u32,
    /// Fragments that brought these, where they were put together themselves.
    pub(super) brought: u32,
    /// Fragments contradicted each other.
    pub(super) ambiguous: bool,
}

impl Datagram {
    pub(super) fn new(serial: u64, first: Time) -> Self {
        Self {
            serial,
            first,
            header: ArrayVec::new(),
            protocol: 0,
            length: None,
            octets: Vec::new(),
            pieces: Vec::new(),
            fragments: 0,
            brought: 0,
            ambiguous: false,
        }
    }

    pub(super) fn overlap(&self, part: &Part<'_>) -> Overlap {
        let first = self.pieces.partition_point(|p| p.end() <= part.start);
        let mut overlap = Overlap {
            octets: 0,
            differs: false,
            first,
            count: 0,
        };
        for piece in self.pieces.iter().skip(first) {
            let from = piece.start.max(part.start);
            let to = piece.end().min(part.end());
            if from >= to {
                break;
            }
            let held = self
                .octets
                .get(piece.at + (from - piece.start)..piece.at + (to - piece.start));
            let new = part.octets.get(from - part.start..to - part.start);
            overlap.differs |= held != new;
            overlap.octets += to - from;
            overlap.count += 1;
        }
        overlap
    }

    /// Adds what of a part is not there yet.
    pub(super) fn add(&mut self, part: &Part<'_>) -> Added {
        let reach = self.pieces.last().map_or(0, Piece::end);
        let contradicts = match self.length {
            Some(length) => part.end() > length || (part.last && part.end() != length),
            None => part.last && part.end() < reach,
        };
        let overlap = self.overlap(part);
        self.ambiguous |= contradicts || overlap.differs;
        if contradicts || self.pieces.len() + overlap.count >= PIECES {
            return Added::Refused;
        }
        if overlap.octets == part.octets.len() {
            return if overlap.differs {
                Added::Refused
            } else {
                Added::Nothing
            };
        }
        if part.last {
            self.length = Some(part.end());
        }
        if part.start == 0 {
            self.header = part.header.iter().copied().take(60).collect();
            self.protocol = part.protocol;
        }
        let mut from = part.start;
        for index in overlap.first..overlap.first + overlap.count {
            let Some(piece) = self.pieces.get(index).copied() else {
                break;
            };
            self.fill(part, from, piece.start);
            from = piece.end();
        }
        self.fill(part, from, part.end());
        self.pieces.sort_unstable_by_key(|piece| piece.start);
        Added::New
    }

    /// Keeps the octets of a part from `from` to `to` of the payload, if there are any. The
    /// order of the pieces is the caller's to restore.
    fn fill(&mut self, part: &Part<'_>, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let Some(new) = part.octets.get(from - part.start..to - part.start) else {
            return;
        };
        let at = self.octets.len();
        self.octets.extend_from_slice(new);
        match self.pieces.last_mut() {
            Some(last) if last.end() == from && last.at + last.length == at => {
                last.length += new.len();
            }
            _ => self.pieces.push(Piece {
                start: from,
                at,
                length: new.len(),
            }),
        }
    }

    /// Pieces do not overlap and none reaches past the length, so their sum tells. The fragment
    /// at offset 0 brought the header.
    pub(super) fn is_whole(&self) -> bool {
        self.length == Some(self.octets.len())
    }

    /// The packet, or `None` where header and payload together are too long.
    pub(super) fn packet(&self) -> Option<Vec<u8>> {
        let mut packet = Vec::with_capacity(self.header.len() + self.octets.len());
        packet.extend_from_slice(&self.header);
        for piece in &self.pieces {
            packet.extend_from_slice(self.octets.get(piece.at..piece.at + piece.length)?);
        }
        if self.header.first()? >> 4 == 4 {
            let total = u16::try_from(packet.len()).ok()?;
            let header = packet.get_mut(..self.header.len())?;
            mend_ipv4(header, total)?;
        } else {
            let length = u16::try_from(self.octets.len()).ok()?;
            let [_, _, _, _, l0, l1, next, ..] = packet.first_chunk_mut::<40>()?;
            [*l0, *l1] = length.to_be_bytes();
            *next = self.protocol;
        }
        Some(packet)
    }
}

/// Gives an IPv4 header its new length, no trace of the fragmentation, and a right checksum.
fn mend_ipv4(header: &mut [u8], total: u16) -> Option<()> {
    let [_, _, t0, t1, _, _, f0, f1, _, _, c0, c1, ..] = header.first_chunk_mut::<20>()?;
    [*t0, *t1] = total.to_be_bytes();
    [*f0, *f1] = [0, 0];
    [*c0, *c1] = [0, 0];
    let sum = !checksum(header);
    let [_, _, _, _, _, _, _, _, _, _, c0, c1, ..] = header.first_chunk_mut::<20>()?;
    [*c0, *c1] = sum.to_be_bytes();
    Some(())
}
