//! One direction of a TCP connection: where the owner stands, what waits for its turn, and what
//! the other end has acknowledged.
//!
//! Used by [`super::Connection`] alone, which knows both directions and decides how long to
//! wait. A sensor that only listens cannot ask for what it missed, so nothing here may stop a
//! direction for good: whatever a packet claims, the octets that really flow are found again.

mod far;
mod history;
mod segment;
mod store;

use super::connection::Chunk;
use super::ledger::Range;
use crate::wire::Tcp;
use far::Candidate;
pub(super) use far::Placed;
use history::History;
pub use segment::Segment;
pub(super) use segment::{Out, Wait};
pub use store::Budget;
use store::Store;

/// How far ahead of everything known content may claim to be and still be kept for its turn:
/// the window of a well-scaled connection. What lies further is believed only when confirmed.
const FAR: i32 = 1 << 20;

/// How far an acknowledgment may be ahead of what was seen and be believed at once: the largest
/// unscaled window (RFC 9293, 3.1). A larger step needs a second acknowledgment.
const ACK_FAR: i32 = 65_535;

/// PSH: the sender has nothing more in its hand.
const PSH: u8 = 0x08;

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Stream {
    started: bool,
    /// Sequence number of the octet that comes next.
    next: u32,
    /// Octets delivered before `next` without a break; saturates.
    solid: u32,
    /// The last stretch given up.
    hole: Range,
    /// Sequence number of the SYN it began with.
    syn: Option<u32>,
    /// The furthest that the other end acknowledged, where it is ahead of `next`; otherwise
    /// somewhere behind, to tell that acknowledgments are seen at all.
    acked: Option<u32>,
    last_ack: Option<u32>,
    far_ack: Option<u32>,
    store: Store,
    candidate: Option<Box<Candidate>>,
    history: Option<History>,
    /// Since when nothing moved although something waits.
    pub(super) waiting: Option<Wait>,
    /// Since when the other end is known to have octets that were not seen, and how many of
    /// them from `next` on. What it acknowledged later has its own wait.
    pub(super) evidence: Option<(Wait, u32)>,
}

impl Stream {
    pub(super) const fn is_started(&self) -> bool {
        self.started
    }

    /// Whether something must be waited for: content before its turn, or octets that the other
    /// end has and the sensor has not. A single octet may be a FIN that was not seen.
    #[inline]
    pub(super) fn is_unsettled(&self) -> bool {
        !self.store.is_empty() || self.unseen() > 1
    }

    /// Notes since when the stream has been waiting, if it is.
    pub(super) fn note_waiting(&mut self, now: Wait) {
        if self.is_unsettled() {
            self.waiting.get_or_insert(now);
        } else {
            self.waiting = None;
        }
        if self.evidence.is_none() && self.waiting.is_some() && self.unseen() > 0 {
            self.evidence = Some((now, self.unseen()));
        }
    }

    pub(super) const fn is_acknowledged(&self) -> bool {
        self.acked.is_some()
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.store.is_crowded()
    }

    /// Octets that the other end has acknowledged and that were not delivered.
    #[inline]
    pub(super) fn unseen(&self) -> u32 {
        match self.acked {
            Some(acked) if self.started => {
                u32::try_from(distance(acked, self.next)).unwrap_or_default()
            }
            _ => 0,
        }
    }

    /// Whether the octets before `number` were delivered, as far as can be told: a packet that
    /// acknowledges them was sent after they had arrived, and is delivered after them.
    #[inline]
    pub(super) fn has_reached(&self, number: Option<u32>) -> bool {
        let Some(number) = number else { return true };
        let ahead = distance(number, self.next);
        // An acknowledgment that was not believed holds nothing up.
        !self.started || ahead <= 1 || i64::from(ahead) > i64::from(self.unseen())
    }

    /// Whether a segment can be delivered at once, without a look at anything else.
    #[inline]
    pub(super) fn expects(&self, segment: &Segment<'_>) -> bool {
        self.started && self.next == segment.start() && self.store.is_empty()
    }

    /// Distance from `next` to what waits first; negative where they overlap.
    pub(super) fn hole(&self) -> Option<i32> {
        let first = self.store.first()?;
        Some(distance(first.start, self.next))
    }

    /// What the packet that waits first acknowledges of the other direction.
    pub(super) fn first_acknowledges(&self) -> Option<u32> {
        self.store.first()?.acknowledges
    }

    /// Takes note of what the other end acknowledges. True where that shows a new connection.
    pub(super) fn acknowledge(&mut self, by: &Segment<'_>, out: &mut Out<'_, '_>) -> Placed {
        let ack = by.acknowledgment;
        self.last_ack = Some(ack);
        if let Some(candidate) = &self.candidate
            && candidate.segment.end() == ack
            && (!candidate.restart || by.has(Tcp::SYN))
        {
            return self.jump(out);
        }
        let known = match self.acked {
            Some(acked) if !self.started || distance(acked, self.next) > 0 => acked,
            _ if self.started => self.next,
            _ => {
                self.acked = Some(ack);
                return Placed::Done;
            }
        };
        let step = distance(ack, known);
        if (1..=ACK_FAR).contains(&step) {
            self.acked = Some(ack);
        } else if step > 0 {
            let confirms = |far| (0..=ACK_FAR).contains(&distance(ack, far));
            if self.far_ack.is_some_and(confirms) {
                self.acked = Some(ack);
                self.far_ack = None;
            } else {
                self.far_ack = Some(ack);
            }
        } else {
            self.acked.get_or_insert(ack);
        }
        Placed::Done
    }

    /// A stream that was running before it was seen begins here, or, where the other end's
    /// acknowledgments show that something is still to come before, there.
    pub(super) fn begin(&mut self, start: u32, out: &mut Out<'_, '_>) {
        self.started = true;
        self.next = match self.acked {
            Some(acked) if (0..=ACK_FAR).contains(&distance(start, acked)) => acked,
            _ => start,
        };
        out.send(Chunk::Gap(None));
    }

    /// Begins with the first segment that waits.
    pub(super) fn begin_with_store(&mut self, out: &mut Out<'_, '_>) {
        if let (false, Some(first)) = (self.started, self.store.first()) {
            let start = first.start;
            self.begin(start, out);
        }
    }

    /// Puts a segment with content, or a FIN, where it belongs. `in_turn` tells whether what it
    /// acknowledges was delivered.
    pub(super) fn place(
        &mut self,
        segment: &Segment<'_>,
        in_turn: bool,
        out: &mut Out<'_, '_>,
    ) -> Placed {
        let start = segment.start();
        if self
            .candidate
            .as_ref()
            .is_some_and(|c| c.restart && c.segment.start == start)
        {
            let placed = self.jump(out);
            self.deliver(segment, out);
            return placed;
        }
        let lead = distance(start, self.next);
        let tail = distance(segment.end(), self.next);
        if lead <= 0 && (tail > 0 || (tail == 0 && segment.has(Tcp::FIN))) {
            self.drop_candidate(out);
            out.ledger.out_of_order += u64::from(self.store.reaches_beyond(start));
            if in_turn || !self.hold(segment, out) {
                self.deliver(segment, out);
            }
        } else if tail <= 0 {
            self.place_old(segment, out);
        } else {
            let unseen = i32::try_from(self.unseen()).unwrap_or(i32::MAX);
            if lead.saturating_sub(unseen) <= FAR {
                out.ledger.out_of_order += u64::from(self.store.reaches_beyond(start));
                if !self.hold(segment, out) {
                    out.ledger.discarded += octets(segment.content);
                }
            } else {
                return self.suspect(segment, false, out);
            }
        }
        Placed::Done
    }

    /// A segment of numbers already passed: a retransmission, or one that comes when its octets
    /// were given up.
    fn place_old(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) {
        let start = segment.start();
        let back = u32::try_from(distance(self.next, start)).unwrap_or(u32::MAX);
        let into_hole = distance(start, self.hole.first);
        let in_hole = into_hole >= 0 && into_hole.cast_unsigned() < self.hole.octets;
        if back <= self.solid || segment.length() == 0 {
            self.compare(start, segment.content, out);
        } else if in_hole && self.solid == 0 {
            // Nothing was delivered since they were given up: take them after all.
            out.ledger.find(start, back);
            self.hole.octets = into_hole.cast_unsigned();
            self.evidence = None;
            self.next = start;
            self.deliver(segment, out);
        } else if in_hole || back > FAR.cast_unsigned() {
            self.suspect(segment, false, out);
        } else {
            self.compare(start, segment.content, out);
        }
    }

    /// Keeps a segment for its turn, before the stream has begun.
    pub(super) fn hold_early(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) -> bool {
        // A keep-alive of a silent connection repeats one octet (RFC 9293, 3.8.4), often a 0 in
        // place of the real one: no place to begin with.
        if segment.content.len() == 1 && !segment.has(PSH) {
            out.ledger.discarded += 1;
            return true;
        }
        self.hold(segment, out)
    }

    fn hold(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) -> bool {
        if self.store.holds(segment) {
            out.ledger.retransmitted += octets(segment.content);
            return true;
        }
        self.store.insert(segment, out)
    }

    /// Delivers what waits first, whether or not it is its turn; false where nothing waits.
    pub(super) fn deliver_first(&mut self, out: &mut Out<'_, '_>) -> bool {
        let Some(first) = self.store.take_first() else {
            return false;
        };
        self.deliver(&first.segment(), out);
        out.budget.give_back(first);
        true
    }

    /// Delivers of a segment what lies at or behind `next`, which it must not start behind.
    #[inline]
    pub(super) fn deliver(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) {
        self.waiting = None;
        let start = segment.start();
        let old = usize::try_from(distance(self.next, start)).unwrap_or_default();
        let (old, fresh) = segment
            .content
            .split_at_checked(old)
            .unwrap_or((segment.content, &[]));
        if !old.is_empty() {
            self.compare(start, old, out);
        }
        if !fresh.is_empty() {
            let first = self.next;
            out.ledger.delivered += octets(fresh);
            self.advance(count(fresh));
            out.send(Chunk::Octets {
                octets: fresh,
                stamp: segment.stamp,
            });
            // Last, since it mostly waits for memory and what follows it would wait too.
            self.remember(first, fresh, out.budget);
        }
        let cut = u32::try_from(distance(segment.end(), self.next)).unwrap_or_default();
        if cut > 0 {
            out.ledger.cut += u64::from(cut);
            self.advance(cut);
            self.solid = 0;
            out.send(Chunk::Cut(cut));
        }
        if segment.has(Tcp::FIN) && self.next == segment.end() {
            self.remember(self.next, &[0], out.budget);
            self.advance(1);
        }
    }

    #[inline]
    fn advance(&mut self, by: u32) {
        self.next = self.next.wrapping_add(by);
        // Half the circle of numbers at most, so that distances stay meaningful.
        self.solid = self.solid.saturating_add(by).min(1 << 30);
        if let Some(acked) = &mut self.acked
            && distance(self.next, *acked) > 0
        {
            *acked = self.next;
        }
        if let Some((_, octets)) = &mut self.evidence {
            *octets = octets.saturating_sub(by);
            if *octets == 0 {
                self.evidence = None;
            }
        }
    }

    /// Gives up the next octets: they will not come any more.
    pub(super) fn skip(&mut self, lost: u32, out: &mut Out<'_, '_>) {
        self.waiting = None;
        out.ledger.lose(self.next, lost);
        // One gap behind another is one hole to those that come late.
        self.hole = if self.solid == 0 && self.hole.octets > 0 {
            Range {
                octets: self.hole.octets.saturating_add(lost),
                ..self.hole
            }
        } else {
            Range {
                first: self.next,
                octets: lost,
            }
        };
        self.advance(lost);
        self.solid = 0;
        out.send(Chunk::Gap(Some(u64::from(lost))));
    }

    /// Counts octets that came again, and notes where they differ from what was delivered.
    /// What was delivered first stands.
    fn compare(&mut self, start: u32, old: &[u8], out: &mut Out<'_, '_>) {
        out.ledger.retransmitted += octets(old);
        let back = u32::try_from(distance(self.next, start)).unwrap_or(u32::MAX);
        let is_keep_alive = old == [0] && back == 1;
        if is_keep_alive || back.saturating_sub(count(old)) >= self.solid {
            return;
        }
        if let Some(history) = &self.history
            && history.differs(start, old, self.next, self.solid)
        {
            out.ledger.contradict(start, count(old));
        }
    }

    #[inline]
    fn remember(&mut self, first: u32, fresh: &[u8], budget: &mut Budget) {
        if self.history.is_none() {
            self.history = budget.history();
        }
        if let Some(history) = &mut self.history {
            history.write(first, fresh);
        }
    }

    fn empty_store(&mut self, out: &mut Out<'_, '_>) {
        while let Some(segment) = self.store.take_first() {
            out.ledger.discarded += octets(&segment.content);
            out.budget.give_back(segment);
        }
    }

    /// Forgets everything: the other direction showed that this is a new connection.
    pub(super) fn reset(&mut self, out: &mut Out<'_, '_>) {
        self.empty_store(out);
        self.drop_candidate(out);
        *self = Self {
            history: self.history.take(),
            ..Self::default()
        };
    }

    /// Gives back to the budget what is held.
    pub(super) fn release(&mut self, out: &mut Out<'_, '_>) {
        self.reset(out);
        if let Some(history) = self.history.take() {
            out.budget.give_back_history(history);
        }
    }
}

/// How far `number` is ahead of `other` in TCP's circle of numbers (RFC 9293, 3.4).
const fn distance(number: u32, other: u32) -> i32 {
    number.wrapping_sub(other).cast_signed()
}

fn count(octets: &[u8]) -> u32 {
    u32::try_from(octets.len()).unwrap_or(u32::MAX)
}

const fn octets(octets: &[u8]) -> u64 {
    octets.len() as u64
}
