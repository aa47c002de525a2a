//! How often a rule is told: `threshold`, `detection_filter` and what a threshold file says.
//!
//! Used by the engine for what a flow or a pair of hosts can count, and by the site for
//! everything else.

use super::kept::{Bounded, Whom};
use super::rule::{Action, Limit, LimitKind, Rule, Track};
use crate::facts::{Host, Time};
use std::time::Duration;

/// Most different values that one `unique_on` counts: more than the ports, devices or functions
/// that make a scan. Each costs four octets for each tracked end.
pub(super) const UNIQUE: u32 = 64;

/// How many matches in a window a shard hands on at least of those the site has had enough of.
const PARTS: u32 = 64;

/// A match, as limits count it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) source: Host,
    pub(super) destination: Host,
    /// Its mark, for `unique_on`.
    pub(super) unique: u32,
    /// Whether the device refused it, which makes it less grave.
    pub(super) refused: bool,
    pub(super) now: Time,
}

/// The counters of all limits that count beyond one flow.
#[derive(Debug)]
pub(super) struct Counters(Bounded<(u32, u8, Whom), Tally>);

impl Counters {
    /// No more than so many counters at once.
    pub(super) fn new(most: usize) -> Self {
        Self(Bounded::new(most))
    }

    /// Whether all limits of a rule let a match be told: first the filters, which say what is a
    /// match at all, then those on telling, each of which counts what the others let through.
    /// Those of the flow are asked elsewhere.
    pub(super) fn let_through(&mut self, number: u32, rule: &Rule, counted: &Counted) -> bool {
        let filters = |limit: &Limit| matches!(limit.kind, LimitKind::Filter { .. });
        self.pass(number, rule, counted, filters)
            && self.pass(number, rule, counted, |limit| !filters(limit))
    }

    fn pass(
        &mut self,
        number: u32,
        rule: &Rule,
        counted: &Counted,
        asked: impl Fn(&Limit) -> bool,
    ) -> bool {
        let numbered = (0..).zip(&rule.limits);
        numbered
            .filter(|(_, limit)| asked(limit))
            .all(|(place, limit)| match &limit.kind {
                LimitKind::Suppress(_) => !counted.is_quiet(limit),
                _ => counted.whom(limit.track).is_none_or(|whom| {
                    let place = limit.place(place, counted.refused);
                    let tally = self.0.entry((number, place, whom), Tally::default());
                    tally.tell(limit, counted.unique, counted.now)
                }),
            })
    }

    /// Whether the site must hear of a match of a rule whose only limit counts over several
    /// shards. A shard that handed on twice as many in the limit's window as that asks for (the
    /// site's own window may end amid them) hands on few of the rest, so that no flood reaches the
    /// desk: what goes on may be told again later by a [`PARTS`]th of the window or, where two
    /// shards took part and one fell silent, by one window.
    pub(super) fn hand_on(&mut self, number: u32, rule: &Rule, counted: &Counted) -> bool {
        let Some(limit) = rule.limits.first() else {
            return true;
        };
        counted.whom(limit.track).is_none_or(|whom| {
            let place = limit.place(0, counted.refused);
            let tally = self.0.entry((number, place, whom), Tally::default());
            tally.counter.hand_on(&limit.kind, counted.now)
        })
    }

    /// How many counters left for want of room.
    pub(super) const fn evicted(&self) -> u64 {
        self.0.evicted()
    }
}

impl Limit {
    /// Where its counter is kept, as the limit at this place of its rule. What a device refused
    /// counts apart where the first match alone is told: a stop that is carried out must be told
    /// after one that was refused, for it is graver.
    pub(super) fn place(&self, place: u8, refused: bool) -> u8 {
        let first_alone = matches!(
            self.kind,
            LimitKind::Limit { .. } | LimitKind::Both { count: 1, .. }
        );
        place | u8::from(refused && first_alone) << 7
    }
}

impl Counted {
    /// Whose counter; none where the flow counts.
    fn whom(&self, track: Track) -> Option<Whom> {
        Some(match track {
            Track::Source => Whom::Host(self.source),
            Track::Destination => Whom::Host(self.destination),
            Track::Both => Whom::pair(self.source, self.destination),
            Track::Rule => Whom::Rule,
            Track::Flow => return None,
        })
    }

    /// Whether nothing is told of the tracked end.
    fn is_quiet(&self, limit: &Limit) -> bool {
        let LimitKind::Suppress(hosts) = &limit.kind else {
            return false;
        };
        let nobody = |_: &str, _: bool| false;
        let is_in = |host: Host| hosts.as_ref().is_none_or(|hosts| hosts.has(host, &nobody));
        match limit.track {
            Track::Flow => false,
            Track::Destination => is_in(self.destination),
            Track::Both => is_in(self.source) || is_in(self.destination),
            Track::Source | Track::Rule => is_in(self.source),
        }
    }
}

/// What is kept for one limit of one rule and one tracked end.
#[derive(Debug, Default)]
struct Tally {
    counter: Counter,
    /// Marks that were counted in this window.
    seen: Vec<u32>,
}

impl Tally {
    /// Counts a match with this mark at `now`; whether it is told.
    fn tell(&mut self, limit: &Limit, mark: u32, now: Time) -> bool {
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
    /// `backoff`: the next count that is told; `rate_filter`: until when, and what is thinned: from
    /// when on, in nanoseconds.
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

    /// Counts a match of a shard; whether the site must hear of it.
    fn hand_on(&mut self, kind: &LimitKind, now: Time) -> bool {
        let (LimitKind::Limit { count, seconds } | LimitKind::Both { count, seconds }) = *kind
        else {
            return true;
        };
        self.add(now, seconds);
        let due = self.count <= 2 * u64::from(count) || now.nanos() >= self.next;
        if due {
            let part = Duration::from_secs(u64::from(seconds)) / PARTS;
            self.next = now.plus(part).nanos();
        }
        due
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

    proptest::proptest! {
        /// However matches fall on two shards: what the site is told is told the first time at the
        /// very match at which it would be told had the site seen them all, and a flood reaches
        /// it thinned.
        #[test]
        fn what_a_shard_holds_back_delays_no_first_alert(
            matches in proptest::collection::vec((0..2_usize, 0..4_000_u64), 1..400),
            count in 1..12_u32,
            first_few in proptest::bool::ANY,
        ) {
            let seconds = 60;
            let kind = match first_few {
                true => LimitKind::Limit { count, seconds },
                false => LimitKind::Both { count, seconds },
            };
            let (mut site, mut whole) = (Counter::default(), Counter::default());
            let mut shards = [Counter::default(); 2];
            let (mut told, mut expected) = (None, None);
            let mut millis = 1_000_000;
            for (nth, (shard, pause)) in matches.iter().enumerate() {
                millis += pause / 4;
                let now = Time::from_parts(0, 0).plus(Duration::from_millis(millis));
                if whole.tell(&kind, now) {
                    expected.get_or_insert(nth);
                }
                if shards[*shard].hand_on(&kind, now) && site.tell(&kind, now) {
                    told.get_or_insert(nth);
                }
            }
            proptest::prop_assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_flood_reaches_the_site_thinned() {
        let kind = LimitKind::Both {
            count: 20,
            seconds: 64,
        };
        let mut shard = Counter::default();
        let at = |n| Time::from_parts(1_000, 0).plus(Duration::from_millis(n));
        let handed = (0..60_000).filter(|n| shard.hand_on(&kind, at(*n))).count();
        assert_eq!(handed, 40 + 59);
        assert!(shard.hand_on(&kind, at(64_000)), "the next window begins");
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
