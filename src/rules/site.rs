//! What spans host pairs: bits of hosts, limits by source, destination or rule, roles, assets.
//! Limits by pair are the workers' own, unless one of these must be decided before.
//!
//! The workers send a candidate for each match of a rule that asks for such; the desk decides
//! about it here after the ordered merge, in packet order, so that the result does not depend on
//! the number of workers. Every table is bounded; what leaves is counted.

use super::compile::{Engine, has_role};
use super::engine::Marks;
use super::kept::{Bounded, Whom};
use super::limits::{Counted, Counters};
use super::rule::{AssetTest, AssetWord, BitAct, Change, End, Rule, Scope, Whose};
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
            now: self.stamp.time,
        }
    }
}

/// Decides about matches, and keeps what that takes.
#[derive(Debug)]
pub struct Site {
    engine: Arc<Engine>,
    bits: Bounded<(Whom, u16), Kept>,
    counters: Counters,
    changes: Bounded<(u32, u32), Seen>,
}

/// The mark of the last match, for `changed`.
#[derive(Clone, Copy, Debug)]
struct Seen {
    mark: u32,
    at: Time,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    until: Option<Time>,
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
            bits: Bounded::new(KEPT),
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
        let holds = is_between(rule, candidate, assets)
            && rule
                .assets
                .iter()
                .all(|test| is_asset(test, candidate, assets))
            && self.has_bits(rule, candidate)
            && rule
                .change
                .is_none_or(|change| self.has_changed(change, candidate));
        if !holds {
            return false;
        }
        self.change_bits(rule, candidate);
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

    /// The tests of bits that are not the flow's.
    fn has_bits(&self, rule: &Rule, candidate: &Candidate) -> bool {
        let mut bits = rule.bits.iter().filter(|bit| bit.scope != Scope::Flow);
        bits.all(|bit| {
            let whom = whom(bit.scope, candidate);
            let set = |name: &u16| self.is_set(whom, *name, candidate.stamp.time);
            match &bit.act {
                BitAct::IsSet(names) => names.iter().any(set),
                BitAct::IsNotSet(names) => !names.iter().any(set),
                BitAct::Exists(wanted) => set(&bit.name) == *wanted,
                _ => true,
            }
        })
    }

    fn is_set(&self, whom: Whom, name: u16, now: Time) -> bool {
        let kept = self.bits.get(&(whom, name));
        kept.is_some_and(|kept| kept.until.is_none_or(|until| now < until))
    }

    fn change_bits(&mut self, rule: &Rule, candidate: &Candidate) {
        let now = candidate.stamp.time;
        for bit in rule.bits.iter().filter(|bit| bit.scope != Scope::Flow) {
            let key = (whom(bit.scope, candidate), bit.name);
            let set = match &bit.act {
                BitAct::Set(_) => true,
                BitAct::Unset => false,
                BitAct::Toggle => !self.is_set(key.0, key.1, now),
                _ => continue,
            };
            if set {
                let until = match bit.act {
                    BitAct::Set(Some(seconds)) => {
                        Some(now.plus(Duration::from_secs(u64::from(seconds))))
                    }
                    _ => None,
                };
                self.bits.entry(key, Kept { until }).until = until;
            } else {
                self.bits.remove(&key);
            }
        }
    }
}

fn whom(scope: Scope, candidate: &Candidate) -> Whom {
    let (source, destination) = (candidate.source.host, candidate.destination.host);
    match scope {
        Scope::Source | Scope::Flow => Whom::Host(source),
        Scope::Destination => Whom::Host(destination),
        Scope::Pair => Whom::pair(source, destination),
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
