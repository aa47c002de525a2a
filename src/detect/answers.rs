//! How a device answers one station: no more, with refusals, or later than it ever did.
//!
//! Needs nothing learned beside the conversation itself: what it showed up to now is what it is
//! held against. What it has too little of is not judged.

use super::pairs::Ended;
use crate::facts::{Outcome, Stamp, Time};
use std::time::Duration;

/// Requests in a row without an answer, over so long, of a device that answered so often before.
/// A mirror that loses one packet in twenty does not lose five answers in a row.
const UNANSWERED: u32 = 5;
const DEAF: Duration = Duration::from_secs(5);
const ANSWERED: u64 = 20;

/// What lies further apart is no row: a mirror that shows one packet an hour shows nothing.
const STORY: Duration = Duration::from_secs(600);

/// Refusals are counted in windows of this length.
const WINDOW: Duration = Duration::from_secs(10);

/// A storm of refusals: so many in a window, at least so many percent of all that was asked, where
/// at most so many were refused of at least so many before.
const REFUSED: u32 = 20;
const STORM: u64 = 30;
const SELDOM: u64 = 5;
const ASKED: u64 = 100;

/// Answering times are compared by their means over windows of this length with at least so many
/// answers in them.
const MINUTE: Duration = Duration::from_secs(60);
const TIMED: u32 = 10;

/// Late is what takes so many times the slowest mean of so many windows before, and so long more,
/// in so many windows in a row. A device that is busy for a minute is not late.
const TIMES: u64 = 3;
const KNOWN: u32 = 20;
const MORE: u64 = 5_000_000;
const ROW: u32 = 3;

/// What is wrong with the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The device answers no more.
    Unanswered {
        /// Requests without an answer in a row.
        requests: u32,
        /// The first of them.
        since: Stamp,
        /// Requests that it had answered before.
        answered: u64,
    },
    /// It refuses much of what it is asked, and seldom did before.
    Refused {
        /// Refusals in the window.
        refused: u32,
        /// All that was asked in it.
        asked: u32,
        /// The same before it.
        before: (u64, u64),
    },
    /// It answers later than it ever did.
    Late {
        /// Mean time of its answers in the last window, in nanoseconds.
        mean: u64,
        /// The slowest mean before.
        slowest: u64,
        /// Windows of a minute that this is the slowest of.
        windows: u32,
    },
}

/// Requests in a row that were not answered.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    count: u32,
    since: Stamp,
    told: bool,
}

/// How a device answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answers {
    /// What was answered, and refused of it, before the window.
    before: (u64, u64),
    /// When the window began, what was answered in it, and refused of that.
    window: (Time, u32, u32),
    row: Row,
    /// When the minute began, answers that were timed in it, and their sum in nanoseconds.
    minute: (Time, u32, u64),
    /// The slowest mean of a minute, and how many were measured.
    slowest: (u64, u32),
    /// Late minutes in a row.
    late: u32,
    /// A storm was told, and goes on.
    storm: bool,
}

impl Answers {
    pub(super) fn new(now: Time) -> Self {
        Self {
            before: (0, 0),
            window: (now, 0, 0),
            row: Row::default(),
            minute: (now, 0, 0),
            slowest: (0, 0),
            late: 0,
            storm: false,
        }
    }

    /// One more operation ended.
    pub(super) fn add(&mut self, stamp: Stamp, (outcome, took): Ended) -> Option<Trouble> {
        let refused = match outcome {
            Outcome::NoAnswer => return self.unanswered(stamp),
            Outcome::NotSeen | Outcome::Unacknowledged => return None,
            Outcome::Done | Outcome::Accepted => false,
            Outcome::Refused { .. } => true,
        };
        self.row.count = 0;
        let storm = self.answered(stamp.time, refused);
        let late = took.and_then(|took| self.timed(stamp.time, took));
        storm.or(late)
    }

    fn unanswered(&mut self, stamp: Stamp) -> Option<Trouble> {
        let row = &mut self.row;
        if row.count == 0 || stamp.time.since(row.since.time) > STORY && !row.told {
            *row = Row {
                since: stamp,
                ..Row::default()
            };
        }
        row.count = row.count.saturating_add(1);
        let answered = self.before.0 + u64::from(self.window.1);
        let deaf = row.count >= UNANSWERED && stamp.time.since(row.since.time) >= DEAF;
        if row.told || !deaf || answered < ANSWERED {
            return None;
        }
        row.told = true;
        Some(Trouble::Unanswered {
            requests: row.count,
            since: row.since,
            answered,
        })
    }

    fn answered(&mut self, now: Time, refusal: bool) -> Option<Trouble> {
        let (began, all, refused) = &mut self.window;
        if now.since(*began) >= WINDOW {
            // A storm that was told is over with the first window that is none.
            self.storm &= *refused >= REFUSED;
            self.before.0 += u64::from(std::mem::take(all));
            self.before.1 += u64::from(std::mem::take(refused));
            *began = now;
        }
        *all = all.saturating_add(1);
        *refused = refused.saturating_add(u32::from(refusal));
        let much = *refused >= REFUSED && u64::from(*refused) * 100 >= u64::from(*all) * STORM;
        let seldom = self.before.0 >= ASKED && self.before.1 * 100 <= self.before.0 * SELDOM;
        if !refusal || self.storm || !much || !seldom {
            return None;
        }
        self.storm = true;
        Some(Trouble::Refused {
            refused: *refused,
            asked: *all,
            before: self.before,
        })
    }

    fn timed(&mut self, now: Time, took: u64) -> Option<Trouble> {
        let (began, count, sum) = self.minute;
        if now.since(began) < MINUTE {
            self.minute = (began, count.saturating_add(1), sum.saturating_add(took));
            return None;
        }
        self.minute = (now, 1, took);
        let mean = sum.checked_div(count.into()).filter(|_| count >= TIMED)?;
        let (slowest, windows) = self.slowest;
        let is_late = windows >= KNOWN && mean > slowest.saturating_mul(TIMES).saturating_add(MORE);
        if !is_late {
            self.late = 0;
            self.slowest = (slowest.max(mean), windows.saturating_add(1));
            return None;
        }
        self.late += 1;
        if self.late < ROW {
            return None;
        }
        // Told once: from now on this is how slow it can be.
        self.late = 0;
        self.slowest = (mean, windows.saturating_add(1));
        Some(Trouble::Late {
            mean,
            slowest,
            windows,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Stamp {
        Stamp {
            time: Time::from_nanos(1_000_000_000_000 + millis * 1_000_000),
            frame: millis,
        }
    }

    const REFUSAL: Outcome = Outcome::Refused {
        code: 2,
        name: "illegal data address",
    };

    /// What is found where each of these comes each so many milliseconds.
    fn found(each: u64, all: impl Iterator<Item = Ended>) -> Vec<(u64, Trouble)> {
        let mut answers = Answers::new(at(0).time);
        let numbered = (0..).zip(all);
        let found = numbered.filter_map(|(n, ended)| Some((n, answers.add(at(n * each), ended)?)));
        found.collect()
    }

    fn same(outcome: Outcome, count: usize) -> impl Iterator<Item = Ended> {
        std::iter::repeat_n((outcome, Some(2_000_000)), count)
    }

    #[test]
    fn a_device_that_answers_no_more_is_told_once_and_again_after_it_did() {
        let gone = || same(Outcome::NoAnswer, 60);
        let all = same(Outcome::Done, 100).chain(gone());
        let all = all.chain(same(Outcome::Done, 10)).chain(gone());
        let told = found(1_000, all);
        assert!(
            matches!(
                told[..],
                [
                    (
                        105,
                        Trouble::Unanswered {
                            requests: 6,
                            answered: 100,
                            ..
                        }
                    ),
                    (175, Trouble::Unanswered { answered: 110, .. }),
                ]
            ),
            "{told:?}"
        );
        // One an hour is no row.
        let seldom = found(3_600_000, same(Outcome::Done, 100).chain(gone()));
        assert!(seldom.is_empty(), "{seldom:?}");
        // Five of a burst are not five seconds; and who never answered is no news.
        assert!(found(10, same(Outcome::Done, 100).chain(gone())).is_empty());
        assert!(found(1_000, gone()).is_empty());
    }

    #[test]
    fn lost_answers_are_no_silence() {
        // One in three was not seen, and one in three was lost.
        let all = (0..3_000).map(|n| match n % 3 {
            0 => (Outcome::NoAnswer, None),
            1 => (Outcome::NotSeen, None),
            _ => (Outcome::Done, Some(1)),
        });
        assert!(found(1_000, all).is_empty());
    }

    #[test]
    fn a_storm_of_refusals_is_told_and_what_always_refused_is_not() {
        let all = same(Outcome::Done, 1_000).chain(same(REFUSAL, 300));
        let told = found(100, all);
        assert!(
            matches!(told[..], [(1_019, Trouble::Refused { refused: 20, .. })]),
            "{told:?}"
        );
        // One point of the list was taken away long ago: each tenth question is refused.
        let often = (0..5_000).map(|n| match n % 10 {
            0 => (REFUSAL, None),
            _ => (Outcome::Done, None),
        });
        assert!(found(10, often).is_empty());
        // Too little is known.
        assert!(found(100, same(REFUSAL, 300)).is_empty());
    }

    #[test]
    fn a_device_that_answers_late_for_minutes_is_told_once() {
        let slow = |count| std::iter::repeat_n((Outcome::Done, Some(40_000_000)), count);
        // A second apart: half an hour as usual, then later than that.
        let all = same(Outcome::Done, 1_800).chain(slow(1_800));
        let told = found(1_000, all);
        assert!(
            matches!(
                told[..],
                [(
                    1_980..=2_040,
                    Trouble::Late {
                        mean: 40_000_000,
                        slowest: 2_000_000,
                        ..
                    }
                )]
            ),
            "{told:?}"
        );
        // One busy minute.
        let all = same(Outcome::Done, 1_800).chain(slow(60));
        let all = all.chain(same(Outcome::Done, 1_800));
        assert!(found(1_000, all).is_empty());
    }
}
