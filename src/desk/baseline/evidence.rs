//! When enough was learned: how many new things a day are still to be expected.
//!
//! Time is cut into [slots](SLOT). Things that were seen in one slot only tell how many more
//! there are that were not seen yet (Good and Toulmin's estimate over incidences, with the upper
//! bound of a Poisson mean at 95 %; the rule of three where there is none). Messages are no
//! evidence, however many: what a plant does comes in phases.

use super::{Baseline, Entry, Habit, SLOT, Seen};
use crate::facts::Time;
use std::time::Duration;

/// New things of one sort that a site may tell a day.
pub const BUDGET: f64 = 2.0;

/// Nothing is held against before so long was learned: a day has shifts.
pub const LEAST: Duration = Duration::from_secs(86_400);

/// Criticality from which on an operation changes something.
pub const CHANGES: u8 = 3;

/// A sort of things that is learned, and held against, on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Hosts that send.
    Hosts,
    /// Conversations.
    Talks,
    /// Operations that change nothing, with their addresses.
    Reads,
    /// Operations that change something, with their addresses and values.
    Changes,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Hosts, Self::Talks, Self::Reads, Self::Changes];

    /// That of an operation of this criticality.
    #[must_use]
    pub const fn of(criticality: u8) -> Self {
        if criticality < CHANGES {
            Self::Reads
        } else {
            Self::Changes
        }
    }

    /// Its name, in the text of a baseline and for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hosts => "hosts",
            Self::Talks => "conversations",
            Self::Reads => "reads",
            Self::Changes => "changes",
        }
    }
}

/// Something for each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Each<T>([T; 4]);

impl<T: Copy> Each<T> {
    /// The same for each.
    pub const fn all(value: T) -> Self {
        Self([value; 4])
    }

    /// That of a sort.
    pub const fn get(&self, sort: Sort) -> T {
        let [hosts, talks, reads, changes] = self.0;
        match sort {
            Sort::Hosts => hosts,
            Sort::Talks => talks,
            Sort::Reads => reads,
            Sort::Changes => changes,
        }
    }

    /// Sets that of a sort.
    pub const fn set(&mut self, sort: Sort, value: T) {
        let [hosts, talks, reads, changes] = &mut self.0;
        *match sort {
            Sort::Hosts => hosts,
            Sort::Talks => talks,
            Sort::Reads => reads,
            Sort::Changes => changes,
        } = value;
    }
}

/// What is to be expected of a sort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// For how long it was learned.
    pub learned: Duration,
    /// So many new ones a day at most, at 95 % confidence.
    pub a_day: f64,
    /// More that was new came in the last quarter of that time than in the quarter before, and
    /// than may: a phase has begun.
    pub rising: bool,
}

impl Forecast {
    /// Whether what comes may be held against it: less than [`BUDGET`] is to be expected, and it
    /// was learned for [`LEAST`] at least.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.learned >= LEAST && self.a_day <= BUDGET && !self.rising
    }
}

impl Baseline {
    /// What is to be expected of a sort, when it was learned for so long up to now.
    #[must_use]
    pub fn forecast(&self, sort: Sort, learned: Duration, now: Time) -> Forecast {
        let acts = || {
            let own = |entry: &&Entry<Habit>| Sort::of(entry.more.criticality) == sort;
            self.acts.values().filter(own).filter_map(seen)
        };
        match sort {
            Sort::Hosts => forecast(self.hosts.values().filter_map(seen), learned, now),
            Sort::Talks => forecast(self.talks.values().filter_map(seen), learned, now),
            Sort::Reads | Sort::Changes => forecast(acts(), learned, now),
        }
    }
}

/// What was seen of a line that counts: what is in doubt is told again, and on its own.
fn seen<T>(entry: &Entry<T>) -> Option<Seen> {
    entry.word.counts().then_some(entry.seen)
}

fn forecast(all: impl Iterator<Item = Seen>, learned: Duration, now: Time) -> Forecast {
    let quarter = learned / 4;
    let (mut once, mut last, mut before) = (0_u32, 0_u32, 0_u32);
    for seen in all {
        once += u32::from(seen.slots < 2);
        let age = now.since(seen.first);
        last += u32::from(age <= quarter);
        before += u32::from(age > quarter && age <= quarter * 2);
    }
    let days = quarter.as_secs_f64() / 86_400.0;
    Forecast {
        learned,
        a_day: a_day(once, learned),
        rising: last > before && f64::from(last) > BUDGET * days,
    }
}

/// How many new ones a day are to be expected at most where so many were seen in one slot only.
fn a_day(once: u32, learned: Duration) -> f64 {
    let slots = learned.as_secs_f64() / SLOT.as_secs_f64();
    let once = f64::from(once);
    let bound = if once > 0.0 {
        once + 2.0 * once.sqrt() + 2.0
    } else {
        3.0
    };
    bound / slots * (86_400.0 / SLOT.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;

    fn seen(first: u64, slots: u8) -> Seen {
        let time = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
        Seen {
            count: 1,
            first: time(first),
            last: time(first),
            slots,
        }
    }

    fn of(all: &[Seen], hours: u64) -> Forecast {
        let now = Time::from_nanos(hours * HOUR * 1_000_000_000);
        forecast(all.iter().copied(), Duration::from_secs(hours * HOUR), now)
    }

    #[test]
    fn what_was_seen_once_tells_how_much_is_to_come() {
        let settled = [seen(0, 3); 40];
        // The rule of three: two a day are ruled out after 36 hours without anything new.
        assert!(!of(&settled, 35).is_enough());
        assert!(of(&settled, 36).is_enough());
        // One that was seen once: (1 + 2 + 2) a slot.
        let mut one = settled.to_vec();
        one.push(seen(0, 1));
        assert!(!of(&one, 59).is_enough());
        assert!(of(&one, 60).is_enough());
        // A scan: thousands that were seen once never make it.
        let scan: Vec<Seen> = (0..2_000).map(|n| seen(n * 60, 1)).collect();
        let told = of(&scan, 24 * 30);
        assert!(told.a_day > 50.0 && !told.is_enough(), "{told:?}");
    }

    #[test]
    fn a_phase_that_has_just_begun_waits() {
        let mut all = vec![seen(0, 3); 20];
        let now = 80;
        assert!(of(&all, now).is_enough());
        // In the last 20 of 80 hours, two would be within the budget.
        all.extend([seen(70 * HOUR, 3); 2]);
        assert!(of(&all, now).rising);
        // As many in the quarter before: it falls.
        all.extend([seen(50 * HOUR, 3); 2]);
        assert!(!of(&all, now).rising);
    }
}
