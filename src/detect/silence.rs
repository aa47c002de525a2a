//! Conversations that go on regularly, and fall silent.
//!
//! A station that polls a device does so day and night. When it stops, the station, the device or
//! the way between them is gone. Keeps how long the pauses between two operations of a
//! conversation were; silence is a pause far longer than any of them.

use crate::facts::{Endpoint, Stamp, Time};
use std::time::Duration;

/// Operations, and packet time, from which on a conversation is a habit.
const HABIT: u64 = 50;
const LONG: Duration = Duration::from_secs(60);

/// A conversation is regular that made so many pauses not much shorter than its longest: a
/// station asks several questions in a row and then rests for a period. What people do by hand
/// has few long pauses, each of another length.
const PERIODS: u32 = 20;

/// Pauses of at least this part of the longest are periods.
const PART: u32 = 4;

/// Silence is a pause of so many times the longest, so many times the mean period, and this.
const LONGEST: u32 = 3;
const MEAN: u32 = 5;
const GRACE: Duration = Duration::from_secs(1);

/// A conversation.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// Who asks.
    pub actor: Endpoint,
    /// Who is asked.
    pub device: Endpoint,
    /// In what protocol.
    pub protocol: &'static str,
    /// The first operation.
    pub first: Time,
    /// The last.
    pub last: Stamp,
    /// Operations.
    pub count: u64,
    /// The longest pause between two.
    pub longest: Duration,
    /// Pauses that are periods, and their sum.
    periods: (u32, Duration),
    /// It was told to be silent.
    silent: bool,
    /// From then on pauses count: the mirror was blind before.
    since: Time,
}

impl Rhythm {
    /// The first operation of a conversation.
    pub(super) const fn new(
        (actor, device): (Endpoint, Endpoint),
        protocol: &'static str,
        stamp: Stamp,
    ) -> Self {
        Self {
            actor,
            device,
            protocol,
            first: stamp.time,
            last: stamp,
            count: 1,
            longest: Duration::ZERO,
            periods: (0, Duration::ZERO),
            silent: false,
            since: stamp.time,
        }
    }

    /// The mean period; zero where there was none.
    #[must_use]
    pub fn mean(&self) -> Duration {
        let (count, sum) = self.periods;
        sum.checked_div(count).unwrap_or_default()
    }

    /// From which pause on it is silent; none where it is no habit, or not regular.
    #[must_use]
    pub fn limit(&self) -> Option<Duration> {
        let (periods, _) = self.periods;
        let habit = self.count >= HABIT && self.last.time.since(self.first) >= LONG;
        let limit = || self.longest.saturating_mul(LONGEST).max(self.mean() * MEAN);
        (habit && periods >= PERIODS).then(|| limit().saturating_add(GRACE))
    }

    /// The mirror was blind up to now: pauses count from here.
    pub(super) const fn blind(&mut self, now: Time) {
        self.since = now;
    }

    /// Whether it fell silent since that was asked last.
    pub(super) fn fell_silent(&mut self, now: Time) -> bool {
        let pause = now.since(self.last.time.max(self.since));
        let silent = !self.silent && self.limit().is_some_and(|limit| pause > limit);
        self.silent |= silent;
        silent
    }

    /// One more operation.
    pub(super) fn beat(&mut self, stamp: Stamp) {
        // A silence that was told is none of the usual pauses, nor is one in which the mirror was
        // blind.
        let told = std::mem::replace(&mut self.silent, false);
        if !told && self.since <= self.last.time {
            self.pause(stamp.time.since(self.last.time));
        }
        self.count += 1;
        self.last = self.last.max(stamp);
    }

    fn pause(&mut self, pause: Duration) {
        let (count, sum) = &mut self.periods;
        // What was long is short beside this one: periods are counted anew.
        if pause / PART > self.longest {
            (*count, *sum) = (0, Duration::ZERO);
        }
        self.longest = self.longest.max(pause);
        if pause >= self.longest / PART {
            *count = count.saturating_add(1);
            *sum = sum.saturating_add(pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Finding, Pairs, Slot};
    use crate::facts::{Host, Outcome};

    fn at(millis: u64) -> Stamp {
        Stamp {
            time: Time::from_nanos(1_000_000_000_000 + millis * 1_000_000),
            frame: millis,
        }
    }

    fn ends() -> (Endpoint, Endpoint) {
        let end = |last, port| Endpoint {
            host: Host::v4([10, 0, 0, last]),
            port,
        };
        (end(5, 40_000), end(7, 502))
    }

    fn beat(all: &mut Pairs, slot: &mut Slot, ends: (Endpoint, Endpoint), stamp: Stamp) {
        let done = (Outcome::Done, None);
        all.beat(slot, (ends, "modbus"), stamp, done, &mut |_: Finding| {
            panic!("it was answered");
        });
    }

    /// Polls each second for so long, with ticks between, and gives when silence was told.
    fn silences(polls: &[u64], until: u64, heard: impl Fn(u64) -> bool) -> Vec<u64> {
        let (mut all, mut slot, mut told) = (Pairs::default(), Slot::default(), Vec::new());
        let mut polls = polls.iter().copied().peekable();
        for now in (0..until).step_by(100) {
            if heard(now) {
                all.tick(at(now), &mut |rhythm| {
                    assert_eq!(rhythm.actor.port, 40_000);
                    told.push(now);
                });
            }
            while let Some(poll) = polls.next_if(|poll| *poll <= now) {
                beat(&mut all, &mut slot, ends(), at(poll));
            }
        }
        told
    }

    fn each(period: u64, until: u64) -> Vec<u64> {
        (0..until)
            .step_by(usize::try_from(period).unwrap())
            .collect()
    }

    #[test]
    fn what_polls_and_stops_is_told_once_in_time() {
        let mut polls = each(1_000, 100_000);
        polls.extend(each(1_000, 60_000).iter().map(|poll| poll + 140_000));
        let told = silences(&polls, 200_000, |_| true);
        // The last poll at 99 s; 5 s and 1 s of grace later at the earliest.
        assert!(matches!(told[..], [105_000..=106_000]), "{told:?}");
    }

    #[test]
    fn what_was_seen_too_little_or_is_done_by_hand_is_never_silent() {
        assert!(silences(&each(1_000, 40_000), 200_000, |_| true).is_empty());
        // Three times twenty clicks.
        let by_hand: Vec<u64> = (0..60).map(|n| n / 20 * 40_000 + n % 20 * 150).collect();
        assert!(silences(&by_hand, 2_000_000, |_| true).is_empty());
    }

    #[test]
    fn questions_in_a_row_are_one_period() {
        let polls: Vec<u64> = (0..2_400).map(|n| n / 24 * 1_000 + n % 24 * 10).collect();
        let told = silences(&polls, 200_000, |_| true);
        assert!(matches!(told[..], [103_000..=106_000]), "{told:?}");
    }

    #[test]
    fn a_blind_mirror_makes_nobody_silent() {
        let mut polls = each(1_000, 100_000);
        polls.extend(each(1_000, 60_000).iter().map(|poll| poll + 140_000));
        let heard = |now| !(100_000..140_000).contains(&now);
        assert!(silences(&polls, 200_000, heard).is_empty());
    }

    #[test]
    fn a_pulled_cable_makes_nobody_silent() {
        let (mut all, mut slot) = (Pairs::default(), Slot::default());
        for poll in each(1_000, 100_000) {
            all.tick(at(poll), &mut |_| panic!("silent while it polls"));
            beat(&mut all, &mut slot, ends(), at(poll));
        }
        // The clock of the machine goes on, the number of the last packet does not.
        for now in (99_100..200_000).step_by(100) {
            let tick = Stamp {
                frame: 99_000,
                ..at(now)
            };
            all.tick(tick, &mut |_| panic!("silent at {now}"));
        }
    }

    #[test]
    fn the_table_is_bounded() {
        let mut all = Pairs::default();
        for n in 0..10_000_u32 {
            let (mut actor, device) = ends();
            actor.host = Host::v4(n.to_be_bytes());
            beat(&mut all, &mut Slot::default(), (actor, device), at(0));
        }
        assert_eq!(all.len(), 256);
    }
}
