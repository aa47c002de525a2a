//! Segments that would move a stream far away: a SYN of a new connection, numbers far from
//! everything known. One forged packet must not move a stream, so each is only kept until
//! something confirms it.
//!
//! Part of the stream.

use super::super::connection::Chunk;
use super::super::ledger::Range;
use super::store::Stored;
use super::{FAR, Out, Segment, Stream, distance, octets};

/// A segment that would move the stream far away, kept until something confirms it.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) segment: Stored,
    /// It is the SYN of a new connection.
    pub(super) restart: bool,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) enum Placed {
    /// It was delivered, kept or counted.
    Done,
    /// It showed that the ends have opened a new connection.
    Restarted,
}

impl Stream {
    /// A SYN: the numbers start behind it.
    pub(in crate::flow) fn synchronise(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) {
        let start = segment.sequence.wrapping_add(1);
        if self.syn == Some(segment.sequence) || (self.started && self.next == start) {
            return;
        }
        let untouched = self.solid == 0 && self.hole == Range::default() && self.acked.is_none();
        if !self.started || untouched {
            self.started = true;
            self.next = start;
            self.syn = Some(segment.sequence);
        } else {
            let at_syn = Segment {
                content: &[],
                missing: 0,
                ..*segment
            };
            self.suspect(&at_syn, true, out);
        }
    }

    /// A segment far from everything known. One forged packet must not move the stream, so it is
    /// only kept; the next segment right behind it, or the other end's acknowledgment of exactly
    /// its end, confirms it.
    pub(super) fn suspect(
        &mut self,
        segment: &Segment<'_>,
        restart: bool,
        out: &mut Out<'_, '_>,
    ) -> Placed {
        let confirmed = self.candidate.as_ref().is_some_and(|candidate| {
            !candidate.restart && !restart && candidate.segment.end() == segment.start()
        });
        if confirmed && self.may_go_to(segment.start()) {
            let placed = self.jump(out);
            self.deliver(segment, out);
            return placed;
        }
        self.drop_candidate(out);
        if let Some(segment) = out.budget.keep(segment) {
            self.candidate = Some(Box::new(Candidate { segment, restart }));
        } else {
            out.ledger.discarded += octets(segment.content);
        }
        Placed::Done
    }

    /// Whether the stream may go there: not back while the other end's last acknowledgment says
    /// that it is where the sensor is.
    fn may_go_to(&self, number: u32) -> bool {
        let agrees = |ack| (0..=FAR).contains(&distance(ack, self.next));
        distance(number, self.next) > 0 || !self.last_ack.is_some_and(agrees)
    }

    /// Goes to the candidate and delivers it.
    pub(super) fn jump(&mut self, out: &mut Out<'_, '_>) -> Placed {
        let Some(candidate) = self.candidate.take() else {
            return Placed::Done;
        };
        self.empty_store(out);
        let Candidate { segment, restart } = *candidate;
        if restart {
            *self = Self {
                history: self.history.take(),
                syn: Some(segment.start.wrapping_sub(1)),
                ..Self::default()
            };
            out.send(Chunk::Restart);
        } else {
            out.ledger.breaks += 1;
            out.send(Chunk::Gap(None));
        }
        self.started = true;
        self.next = segment.start;
        self.solid = 0;
        self.hole = Range::default();
        self.evidence = None;
        self.acked = self.acked.map(|_| segment.start);
        self.far_ack = None;
        self.deliver(&segment.segment(), out);
        out.budget.give_back(segment);
        if restart {
            Placed::Restarted
        } else {
            Placed::Done
        }
    }

    pub(super) fn drop_candidate(&mut self, out: &mut Out<'_, '_>) {
        if let Some(candidate) = self.candidate.take() {
            out.ledger.discarded += octets(&candidate.segment.content);
            out.budget.give_back(candidate.segment);
        }
    }
}
