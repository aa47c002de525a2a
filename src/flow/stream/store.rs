//! Segments that came before their turn, and the budget of a shard from which they are kept.
//!
//! Used by the stream. Everything here is bounded twice: for each stream, so that one cannot
//! take all, and for each shard, so that all together stay within the ceiling.

use super::history::{self, History};
use super::{Out, Segment, count, distance, octets};
use crate::facts::Stamp;
use crate::wire::Tcp;
use std::collections::VecDeque;

/// Most segments that wait in one stream.
const SEGMENTS: usize = 128;

/// Most octets that wait in one stream: two windows without scaling.
const OCTETS: usize = 128 * 1024;

/// From half of either bound on a stream is crowded: with no acknowledgment in sight it stops
/// waiting rather than lose what comes next.
const CROWDED: usize = 2;

/// What one waiting segment costs besides its content.
const OVERHEAD: usize = 96;

/// Octets that may wait in one shard; 32 MiB over all 64.
const SHARD_OCTETS: usize = 512 * 1024;

/// Histories in one shard: 256 streams, 32 MiB over all 64. Streams beyond that are read all the
/// same; only retransmissions are then counted without being compared.
const SHARD_HISTORIES: usize = SHARD_OCTETS / history::OCTETS;

/// Buffers kept for the next segment that must wait.
const SPARE: usize = 64;

/// Largest buffer kept as a spare: a full Ethernet segment.
const SPARE_OCTETS: usize = 2048;

/// What the streams of one shard may keep in memory, and the buffers they share.
#[derive(Debug, Default)]
pub struct Budget {
    held: usize,
    histories: usize,
    spare: Vec<Vec<u8>>,
}

impl Budget {
    /// Octets that wait for their turn in this shard.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }

    /// Streams of this shard whose last octets are remembered.
    #[must_use]
    pub const fn histories(&self) -> usize {
        self.histories
    }

    /// Copies a segment; `None` where the budget does not allow it.
    pub(super) fn keep(&mut self, segment: &Segment<'_>) -> Option<Stored> {
        let held = self.held + segment.content.len() + OVERHEAD;
        if held > SHARD_OCTETS {
            return None;
        }
        self.held = held;
        let mut content = self.spare.pop().unwrap_or_default();
        content.extend_from_slice(segment.content);
        Some(Stored {
            start: segment.start(),
            acknowledges: segment.acknowledges(),
            content,
            missing: segment.missing,
            fin: segment.has(Tcp::FIN),
            stamp: segment.stamp,
        })
    }

    pub(super) fn give_back(&mut self, stored: Stored) {
        let mut content = stored.content;
        self.held = self.held.saturating_sub(content.len() + OVERHEAD);
        if self.spare.len() < SPARE && content.capacity() <= SPARE_OCTETS {
            content.clear();
            self.spare.push(content);
        }
    }

    pub(super) fn history(&mut self) -> Option<History> {
        (self.histories < SHARD_HISTORIES).then(|| {
            self.histories += 1;
            History::new()
        })
    }

    pub(super) fn give_back_history(&mut self, history: History) {
        drop(history);
        self.histories = self.histories.saturating_sub(1);
    }
}

/// A segment that waits.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) start: u32,
    pub(super) acknowledges: Option<u32>,
    pub(super) content: Vec<u8>,
    pub(super) missing: u32,
    pub(super) fin: bool,
    pub(super) stamp: Stamp,
}

impl Stored {
    pub(super) fn end(&self) -> u32 {
        let length = count(&self.content).saturating_add(self.missing);
        self.start.wrapping_add(length)
    }

    /// The segment again, without what was dealt with when it came.
    pub(super) fn segment(&self) -> Segment<'_> {
        Segment {
            flags: if self.fin { Tcp::FIN } else { 0 },
            sequence: self.start,
            acknowledgment: 0,
            content: &self.content,
            missing: self.missing,
            stamp: self.stamp,
        }
    }
}

/// Segments of one stream that wait, in the order of their sequence numbers; of equal ones the
/// first to come goes first.
#[derive(Debug, Default)]
pub(super) struct Store {
    segments: VecDeque<Stored>,
    octets: usize,
}

impl Store {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Whether a segment that starts behind this number waits: what starts there came late.
    pub(super) fn reaches_beyond(&self, start: u32) -> bool {
        let last = self.segments.back();
        last.is_some_and(|last| distance(last.start, start) > 0)
    }

    pub(super) fn first(&self) -> Option<&Stored> {
        self.segments.front()
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.segments.len() >= SEGMENTS / CROWDED || self.octets >= OCTETS / CROWDED
    }

    /// Whether the same segment waits already.
    pub(super) fn holds(&self, segment: &Segment<'_>) -> bool {
        self.segments.iter().any(|stored| {
            stored.start == segment.start()
                && stored.missing == segment.missing
                && stored.fin == segment.has(Tcp::FIN)
                && stored.content == segment.content
        })
    }

    /// Keeps a segment; what lies furthest ahead makes room. False where it is the segment
    /// itself that has no room.
    pub(super) fn insert(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) -> bool {
        let start = segment.start();
        loop {
            let full =
                self.segments.len() >= SEGMENTS || self.octets + segment.content.len() > OCTETS;
            let kept = if full { None } else { out.budget.keep(segment) };
            if let Some(stored) = kept {
                let is_behind = |known: &Stored| distance(known.start, start) <= 0;
                let at = self.segments.partition_point(is_behind);
                self.octets += stored.content.len();
                self.segments.insert(at, stored);
                return true;
            }
            let is_further = |last: &mut Stored| distance(last.start, start) > 0;
            let Some(furthest) = self.segments.pop_back_if(is_further) else {
                return false;
            };
            self.octets = self.octets.saturating_sub(furthest.content.len());
            out.ledger.discarded += octets(&furthest.content);
            out.budget.give_back(furthest);
        }
    }

    pub(super) fn take_first(&mut self) -> Option<Stored> {
        let first = self.segments.pop_front()?;
        self.octets = self.octets.saturating_sub(first.content.len());
        if self.segments.is_empty() {
            // After a burst the room goes back; a few places stay for the next.
            self.segments.shrink_to(4);
        }
        Some(first)
    }
}
