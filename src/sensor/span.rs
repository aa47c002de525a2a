//! From when to when a capture goes, where single frames may be stamped years away.
//!
//! Kept by the reader. A clock that was set wrong for one frame would make a capture of an hour
//! one of twenty years, and end every conversation on the way: such a frame neither counts for
//! the span nor moves the packet clock. Its own time stays as it was captured.

use crate::facts::{Stamp, Time};
use std::time::Duration;

/// A step in time that one frame alone does not prove: a day. Pauses in plants are shorter, and
/// where they are not, the frame after it says so.
const JUMP: Duration = Duration::from_secs(24 * 60 * 60);

/// Out of so many frames one may be a stray; where more are, there are several clocks, and all
/// of them count.
const FRAMES_PER_STRAY: u64 = 1000;

/// First and last packet time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The earliest time.
    pub first: Time,
    /// The latest time.
    pub last: Time,
    /// Frames that are left out, since each alone was stamped more than a day away from the
    /// frames around it.
    pub strays: u64,
    /// The first of these.
    pub stray: Option<Stamp>,
}

/// The span while frames come.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// Frames that count, and from when to when they go.
    counted: u64,
    seen: Option<(Time, Time)>,
    /// A frame that jumped away; the next one shows whether time did.
    waiting: Option<Stamp>,
    strays: u64,
    stray: Option<Stamp>,
    /// The span of the strays.
    astray: Option<(Time, Time)>,
}

impl Times {
    /// Takes the time of the next frame; false where it may not move the clock.
    #[inline]
    pub(super) fn take(&mut self, at: Stamp) -> bool {
        let Some(seen) = self.seen else {
            self.enter(at.time);
            return true;
        };
        if self.waiting.is_none() && apart(at.time, (seen.1, seen.1)) <= JUMP {
            // Nothing of this is on the way of a frame in step, however long the capture.
            self.enter(at.time);
            return true;
        }
        self.judge(at, seen)
    }

    /// A frame far from the span, or the one after such a frame.
    #[cold]
    fn judge(&mut self, at: Stamp, seen: (Time, Time)) -> bool {
        if let Some(waiting) = self.waiting.take() {
            if apart(at.time, (waiting.time, waiting.time)) < apart(at.time, seen) {
                // Time did jump; or it was the first frame that was astray.
                if self.counted == 1 && apart(at.time, (waiting.time, waiting.time)) <= JUMP {
                    self.seen = None;
                    self.counted = 0;
                    let lone = Stamp {
                        time: seen.0,
                        frame: waiting.frame.saturating_sub(1),
                    };
                    self.astray(lone);
                }
                self.enter(waiting.time);
                self.enter(at.time);
                return true;
            }
            self.astray(waiting);
        }
        // What was seen so far may have pauses of days itself.
        if apart(at.time, seen) > JUMP.max(seen.1.since(seen.0)) {
            self.waiting = Some(at);
            return false;
        }
        self.enter(at.time);
        true
    }

    fn enter(&mut self, time: Time) {
        self.counted += 1;
        self.seen = Some(wider(self.seen, (time, time)));
    }

    fn astray(&mut self, at: Stamp) {
        self.strays += 1;
        self.stray.get_or_insert(at);
        self.astray = Some(wider(self.astray, (at.time, at.time)));
    }

    /// The span of all frames; `None` where none has a time.
    pub(super) fn finish(mut self) -> Option<Span> {
        match self.waiting.take() {
            // Of two frames nobody knows which is astray.
            Some(waiting) if self.counted == 1 => self.enter(waiting.time),
            Some(waiting) => self.astray(waiting),
            None => {}
        }
        let (mut first, mut last) = self.seen?;
        if self.strays > 1 + self.counted / FRAMES_PER_STRAY
            && let Some(astray) = self.astray
        {
            (first, last) = wider(Some((first, last)), astray);
            (self.strays, self.stray) = (0, None);
        }
        Some(Span {
            first,
            last,
            strays: self.strays,
            stray: self.stray,
        })
    }
}

/// The span that covers both.
fn wider(one: Option<(Time, Time)>, other: (Time, Time)) -> (Time, Time) {
    one.map_or(other, |one| (one.0.min(other.0), one.1.max(other.1)))
}

/// How far a time lies outside of a span.
fn apart(time: Time, (first, last): (Time, Time)) -> Duration {
    first.since(time).max(time.since(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;
    const YEAR: u64 = 365 * DAY;
    const NOW: u64 = 50 * YEAR;

    /// The span of frames at these times, in seconds after `NOW`, the number of strays, the
    /// number of the first and the frames that moved the clock.
    fn span(times: &[i64]) -> (i64, i64, u64, Option<u64>, usize) {
        let mut all = Times::default();
        let mut moved = 0;
        for (frame, seconds) in (1..).zip(times) {
            let time = Time::from_parts(NOW.saturating_add_signed(*seconds), 0);
            moved += usize::from(all.take(Stamp { time, frame }));
        }
        let span = all.finish().unwrap();
        let seconds = |time: Time| (time.nanos() / 1_000_000_000).cast_signed() - NOW.cast_signed();
        let stray = span.stray.map(|stamp| stamp.frame);
        (
            seconds(span.first),
            seconds(span.last),
            span.strays,
            stray,
            moved,
        )
    }

    #[test]
    fn one_frame_years_away_is_left_out_wherever_it_stands() {
        let years = (10 * YEAR).cast_signed();
        for far in [years, -years] {
            assert_eq!(span(&[0, 1, far, 2, 3]), (0, 3, 1, Some(3), 4));
            assert_eq!(span(&[0, 1, 2, far]), (0, 2, 1, Some(4), 3));
            assert_eq!(span(&[0, far]), (far.min(0), far.max(0), 0, None, 1));
            // The frame that shows where time is moves the clock.
            assert_eq!(span(&[far, 0, 1, 2]), (0, 2, 1, Some(1), 3));
        }
    }

    #[test]
    fn time_that_goes_on_after_a_jump_counts() {
        let year = YEAR.cast_signed();
        assert_eq!(span(&[0, 1, year, year + 1]), (0, year + 1, 0, None, 3));
        assert_eq!(span(&[0, 1, -year, 1 - year]), (-year, 1, 0, None, 3));
        // Frames that come once in two days.
        let days: Vec<i64> = (0..6).map(|n| n * 2 * DAY.cast_signed()).collect();
        let (first, last, strays, ..) = span(&days);
        assert_eq!((first, last), (0, 10 * DAY.cast_signed()));
        assert!(strays == 0, "{strays}");
    }

    #[test]
    fn two_clocks_side_by_side_both_count() {
        let year = YEAR.cast_signed();
        let both: Vec<i64> = (0..100).flat_map(|n| [n, n + year]).collect();
        let (first, last, strays, ..) = span(&both);
        assert_eq!((first, last, strays), (0, year + 99, 0));
    }
}
