//! What rules cost: measured by the inspectors where it is asked for, added up over all workers.

use super::Inspector;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a rule cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// How often it was looked at.
    pub checks: u64,
    /// How often it matched, before limits.
    pub matches: u64,
    /// Time spent on it.
    pub time: Duration,
}

/// What rules cost over all workers, each of which adds its part when it ends.
#[derive(Debug)]
pub struct Costs {
    rules: Box<[[AtomicU64; 3]]>,
    forgotten: AtomicU64,
}

impl Costs {
    /// Costs of so many rules.
    #[must_use]
    pub fn new(rules: usize) -> Self {
        Self {
            rules: (0..rules).map(|_| Default::default()).collect(),
            forgotten: AtomicU64::new(0),
        }
    }

    /// Adds what one shard measured.
    pub fn add(&self, inspector: &Inspector) {
        let bench = &inspector.bench;
        let forgotten = bench.forgotten
            + bench.budget.refused
            + bench.counters.evicted()
            + bench.bits.evicted();
        self.forgotten.fetch_add(forgotten, Ordering::Relaxed);
        for (sums, cost) in self
            .rules
            .iter()
            .zip(bench.costs.as_deref().unwrap_or_default())
        {
            let nanos = u64::try_from(cost.time.as_nanos()).unwrap_or(u64::MAX);
            for (sum, part) in sums.iter().zip([cost.checks, cost.matches, nanos]) {
                sum.fetch_add(part, Ordering::Relaxed);
            }
        }
    }

    /// How often something had to be forgotten for want of room: bits, parts of rules, limits
    /// and streams of conversations.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }

    /// What each rule cost.
    pub fn all(&self) -> impl Iterator<Item = Cost> {
        self.rules.iter().map(|sums| {
            let [checks, matches, nanos] = sums.each_ref().map(|sum| sum.load(Ordering::Relaxed));
            Cost {
                checks,
                matches,
                time: Duration::from_nanos(nanos),
            }
        })
    }
}
