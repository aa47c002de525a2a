//! How often a rule is told: `threshold`, `detection_filter` and what a threshold file says.
//!
//! Used by the engine for what a flow can count, and by the site for everything else.

use super::rule::{Action, Limit, LimitKind};
use crate::facts::Time;
use std::time::Duration;

/// Most different values that one `unique_on` counts: more than the ports, devices or functions
/// that make a scan. Each costs four octets for each tracked end.
pub(super) const UNIQUE: u32 = 64;

/// What the site keeps for one limit of one rule and one tracked end.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counter: Counter,
    /// Marks that were counted in this window.
    seen: Vec<u32>,
}

impl Tally {
    /// Counts a match with this mark at `now`; whether it is told.
    pub(super) fn tell(&mut self, limit: &Limit, mark: u32, now: Time) -> bool {
        if limit.unique.is_none() {
            return self.counter.tell(&limit.kind, now);
        }
        if self.counter.is_over(&limit.kind, now) {
            self.seen.clear();
        }
        if self.seen.contains(&mark) || self.seen.len() >= UNIQUE as usize {
            return false;
        }
        self.seen.push(mark);
        let told = self.counter.tell(&limit.kind, now);
        if told && matches!(limit.kind, LimitKind::Threshold { .. }) {
            self.seen.clear();
        }
        told
    }
}

/// What is counted for one limit of one rule and one tracked end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counter {
    /// When the window began.
    since: Time,
    /// Matches in the window.
    count: u64,
    /// `backoff`: the next count that is told; `rate_filter`: until when, in nanoseconds.
    next: u64,
}

impl Counter {
    /// Counts a match at `now`; whether it is told. `Suppress` is not counted: it is decided by
    /// the address alone.
    pub(super) fn tell(&mut self, kind: &LimitKind, now: Time) -> bool {
        match *kind {
            LimitKind::Limit { count, seconds } => {
                self.add(now, seconds);
                self.count <= u64::from(count)
            }
            LimitKind::Threshold { count, seconds } => {
                self.add(now, seconds);
                let full = self.count >= u64::from(count);
                if full {
                    self.count = 0;
                }
                full
            }
            LimitKind::Both { count, seconds } => {
                self.add(now, seconds);
                self.count == u64::from(count)
            }
            LimitKind::Backoff { count, multiplier } => {
                self.count += 1;
                if self.next == 0 {
                    self.next = u64::from(count);
                }
                let due = self.count >= self.next;
                if due {
                    self.next = self.next.saturating_mul(u64::from(multiplier.max(1)));
                }
                due
            }
            LimitKind::Filter { count, seconds } => {
                self.add(now, seconds);
                self.count > u64::from(count)
            }
            LimitKind::Suppress(_) => true,
            LimitKind::Rate {
                count,
                seconds,
                action,
                timeout,
            } => {
                self.add(now, seconds);
                if self.count > u64::from(count) {
                    let end = now.plus(Duration::from_secs(u64::from(timeout)));
                    self.next = end.nanos();
                }
                now.nanos() >= self.next || action == Action::Alert
            }
        }
    }

    /// Whether the next match begins a new window.
    fn is_over(&self, kind: &LimitKind, now: Time) -> bool {
        let seconds = match *kind {
            LimitKind::Limit { seconds, .. }
            | LimitKind::Threshold { seconds, .. }
            | LimitKind::Both { seconds, .. }
            | LimitKind::Filter { seconds, .. }
            | LimitKind::Rate { seconds, .. } => seconds,
            LimitKind::Backoff { .. } | LimitKind::Suppress(_) => return false,
        };
        self.count == 0 || now.since(self.since) >= Duration::from_secs(u64::from(seconds))
    }

    /// Counts a match; a window that is over begins anew with it.
    fn add(&mut self, now: Time, seconds: u32) {
        let window = Duration::from_secs(u64::from(seconds));
        if self.count == 0 || now.since(self.since) >= window {
            self.since = now;
            self.count = 0;
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of matches at these seconds are told.
    fn told(kind: &LimitKind, seconds: &[u64]) -> Vec<u64> {
        let mut counter = Counter::default();
        let told = |second: &&u64| counter.tell(kind, Time::from_parts(1_000 + **second, 0));
        seconds.iter().filter(told).copied().collect()
    }

    #[test]
    fn what_comes_again_counts_once() {
        let limit = |kind| Limit {
            track: crate::rules::rule::Track::Source,
            kind,
            unique: Some(crate::rules::rule::Mark::DestinationPort),
        };
        let (count, seconds) = (3, 10);
        let run = |kind, marks: &[u32]| {
            let (limit, mut tally) = (limit(kind), Tally::default());
            let mut told = Vec::new();
            for (second, mark) in (1_000..).zip(marks) {
                if tally.tell(&limit, *mark, Time::from_parts(second, 0)) {
                    told.push(second - 1_000);
                }
            }
            told
        };
        let both = || LimitKind::Both { count, seconds };
        assert_eq!(run(both(), &[1, 1, 2, 2, 1, 3, 4]), [5]);
        assert!(run(both(), &[1; 40]).is_empty());
        let ports: Vec<u32> = (0..25).collect();
        assert_eq!(run(both(), &ports), [2, 12, 22]);
        let filter = LimitKind::Filter { count, seconds };
        assert_eq!(run(filter, &[1, 2, 3, 3, 4, 5]), [4, 5]);
        let threshold = LimitKind::Threshold { count, seconds };
        assert_eq!(run(threshold, &[1, 2, 2, 3, 3, 2, 1]), [3, 6]);
    }

    #[test]
    fn each_kind_tells_what_it_says() {
        let dense: Vec<u64> = (0..10).collect();
        let (count, seconds) = (3, 5);
        let limit = LimitKind::Limit { count, seconds };
        assert_eq!(told(&limit, &dense), [0, 1, 2, 5, 6, 7]);
        let threshold = LimitKind::Threshold { count, seconds };
        assert_eq!(told(&threshold, &dense), [2, 5, 8]);
        let both = LimitKind::Both { count, seconds };
        assert_eq!(told(&both, &dense), [2, 7]);
        let filter = LimitKind::Filter { count, seconds };
        assert_eq!(told(&filter, &dense), [3, 4, 8, 9]);
        let backoff = LimitKind::Backoff {
            count: 2,
            multiplier: 2,
        };
        assert_eq!(told(&backoff, &dense), [1, 3, 7]);
        let rate = LimitKind::Rate {
            count: 2,
            seconds: 60,
            action: Action::Pass,
            timeout: 4,
        };
        assert_eq!(told(&rate, &[0, 1, 2, 3, 70, 71]), [0, 1, 70, 71]);
    }
}
