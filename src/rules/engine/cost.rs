//! What rules cost: measured by the inspectors where it is asked for, added up over all workers.

use super::Inspector;
use std::sync::OnceLock;
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
#[derive(Debug, Default)]
pub struct Costs {
    /// As many as the rules of the inspector that is added first: all have the same.
    rules: OnceLock<Box<[[AtomicU64; 3]]>>,
    forgotten: AtomicU64,
}

impl Costs {
    /// Adds what one shard measured.
    pub fn add(&self, inspector: &Inspector) {
        let bench = &inspector.bench;
        let forgotten = bench.forgotten
            + bench.budget.refused
            + bench.counters.evicted()
            + bench.bits.evicted();
        self.forgotten.fetch_add(forgotten, Ordering::Relaxed);
        let costs = bench.costs.as_deref().unwrap_or_default();
        let none = || costs.iter().map(|_| Default::default()).collect();
        for (sums, cost) in self.rules.get_or_init(none).iter().zip(costs) {
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
        self.rules
            .get()
            .into_iter()
            .flat_map(|all| all.iter())
            .map(|sums| {
                let [checks, matches, nanos] =
                    sums.each_ref().map(|sum| sum.load(Ordering::Relaxed));
                Cost {
                    checks,
                    matches,
                    time: Duration::from_nanos(nanos),
                }
            })
    }
}
