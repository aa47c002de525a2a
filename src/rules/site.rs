//! What spans host pairs: bits of hosts, limits by source, destination or rule, roles, assets.
//! Limits and bits by pair are the workers' own, unless one of these must be decided before.
//!
//! The workers send a candidate for each match of a rule that asks for such; the desk decides
//! about it here after the ordered merge, in packet order, so that the result does not depend on
//! the number of workers. Every table is bounded; what leaves is counted.

use super::bits::Bits;
use super::compile::{Engine, has_role};
use super::engine::Marks;
use super::kept::Bounded;
use super::limits::{Counted, Counters};
use super::rule::{AssetTest, AssetWord, Change, End, Rule, Whose};
use crate::facts::{Assets, Endpoint, Host, Stamp, Time};
use std::sync::Arc;
use std::time::Duration;

/// Most bits of hosts, most counters of limits and most marks of `changed` kept at once: for each
/// of a thousand hosts the state of 64 rules.
const KEPT: usize = 65_536;

/// For how long others must have worked on a device before whoever comes is new to it: longer
/// than it takes the stations of a plant to say their first words to a sensor just started.
pub(super) const SETTLED: Duration = Duration::from_secs(120);

/// A match that waits for a decision.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The rule, by its place in [`Engine::rules`].
    pub rule: u32,
    /// The packet that decided the match.
    pub stamp: Stamp,
    /// Who sent it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    /// What the conversation speaks.
    pub speaks: Option<&'static str>,
    /// Whether it goes to the server.
    pub to_server: bool,
    /// What tells it from other matches of the rule.
    pub marks: Marks,
}

impl Candidate {
    fn counted(&self) -> Counted {
        Counted {
            source: self.source.host,
            destination: self.destination.host,
            unique: self.marks.unique,
            refused: self.marks.refused,
            now: self.stamp.time,
        }
    }
}

/// Decides about matches, and keeps what that takes.
#[derive(Debug)]
pub struct Site {
    engine: Arc<Engine>,
    bits: Bits,
    counters: Counters,
    changes: Bounded<(u32, u32), Seen>,
}

/// The mark of the last match, for `changed`.
#[derive(Clone, Copy, Debug)]
struct Seen {
    mark: u32,
    at: Time,
}

/// Whether some of the rules ask for assets, so that the inventory must be known while the
/// traffic goes on.
#[must_use]
pub fn asks_inventory(engine: &Engine) -> bool {
    engine.rules().iter().any(needs_inventory)
}

/// Whether a rule asks for what the inventory knows.
#[must_use]
pub fn needs_inventory(rule: &Rule) -> bool {
    let mut asked = rule.assets.iter();
    asked.any(|test| !matches!(test.what, AssetWord::NewActor(_)))
}

impl Site {
    /// A site with these rules.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            bits: Bits::new(KEPT),
            counters: Counters::new(KEPT),
            changes: Bounded::new(KEPT),
        }
    }

    /// Whether a match is told. Must be called for every candidate, in packet order.
    pub fn decide(&mut self, candidate: &Candidate, assets: &dyn Assets) -> bool {
        let engine = Arc::clone(&self.engine);
        let Some(rule) = engine.rule(candidate.rule) else {
            return false;
        };
        if !engine.is_of_site(candidate.rule) {
            return true;
        }
        let ends = (candidate.source.host, candidate.destination.host);
        let holds = is_between(rule, candidate, assets)
            && rule
                .assets
                .iter()
                .all(|test| is_asset(test, candidate, assets))
            && self.bits.hold(rule, ends, candidate.stamp.time)
            && rule
                .change
                .is_none_or(|change| self.has_changed(change, candidate));
        if !holds {
            return false;
        }
        self.bits.change(rule, ends, candidate.stamp.time);
        self.counters
            .let_through(candidate.rule, rule, &candidate.counted())
            && !rule.silent
    }

    /// How many entries left the tables for want of room.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.bits.evicted() + self.counters.evicted() + self.changes.evicted()
    }

    /// Keeps the mark of the match; whether the one before had another.
    fn has_changed(&mut self, change: Change, candidate: &Candidate) -> bool {
        let (now, marks) = (candidate.stamp.time, candidate.marks);
        let new = Seen {
            mark: marks.of,
            at: now,
        };
        let seen = self.changes.entry((candidate.rule, marks.by), new);
        let before = std::mem::replace(seen, new);
        let window = Duration::from_secs(u64::from(change.within));
        before.mark != new.mark && now.since(before.at) <= window
    }
}

/// Whether the source came to the destination less than so many seconds before, when others had
/// worked on it for a while: while Jaga has just begun to watch, nobody is new.
#[must_use]
pub fn is_new_actor(candidate: &Candidate, seconds: u64, assets: &dyn Assets) -> bool {
    let (actor, device) = (candidate.source.host, candidate.destination.host);
    let now = candidate.stamp.time;
    let own = assets.first_operation(device, Some(actor)).unwrap_or(now);
    let any = assets.first_operation(device, None);
    any.is_some_and(|any| own.since(any) >= SETTLED)
        && now.since(own) < Duration::from_secs(seconds)
}

/// Whether the ends that name roles fit; the others were looked at by the worker.
fn is_between(rule: &Rule, candidate: &Candidate, assets: &dyn Assets) -> bool {
    let (left, right) = &rule.ends;
    let fits = |end: &End, host: Host| {
        // What this very conversation shows counts too.
        let plays = |protocol: &str, server: bool| {
            let is_server = (host == candidate.destination.host) == candidate.to_server;
            (candidate.speaks == Some(protocol) && is_server == server)
                || assets.speaks(host, protocol, server)
        };
        !has_role(&end.hosts) || end.hosts.has(host, &plays)
    };
    let (source, destination) = (candidate.source.host, candidate.destination.host);
    (fits(left, source) && fits(right, destination))
        || (rule.both_ways && fits(left, destination) && fits(right, source))
}

fn is_asset(test: &AssetTest, candidate: &Candidate, assets: &dyn Assets) -> bool {
    let is = |host: Host| match &test.what {
        AssetWord::Role(role) => assets.has_role(host, role),
        AssetWord::Vendor(vendor) => assets.is_made_by(host, vendor),
        AssetWord::Zone(zone) => assets.is_in_zone(host, zone),
        AssetWord::New(seconds) => {
            let known = assets.first_seen(host);
            let age = known.map(|first| candidate.stamp.time.since(first));
            age.is_none_or(|age| age < Duration::from_secs(*seconds))
        }
        AssetWord::NewActor(seconds) => is_new_actor(candidate, *seconds, assets),
    };
    let (source, destination) = (candidate.source.host, candidate.destination.host);
    let holds = match test.whose {
        Whose::Source => is(source),
        Whose::Destination => is(destination),
        Whose::Either => is(source) || is(destination),
    };
    holds != test.negated
}
