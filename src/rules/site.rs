//! What spans host pairs: bits of hosts, limits by source, destination or rule, roles, assets.
//!
//! The workers send a candidate for each match of a rule that asks for such; the desk decides
//! about it here after the ordered merge, in packet order, so that the result does not depend on
//! the number of workers. Every table is bounded; what leaves is counted.

use super::compile::{Engine, has_role};
use super::engine::Marks;
use super::limits::Tally;
use super::rule::{
    AssetTest, AssetWord, BitAct, Change, End, HostSet, Hosts, Limit, LimitKind, Rule, Scope,
    Track, Whose,
};
use crate::facts::{Assets, Endpoint, Host, Stamp, Time};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Most bits of hosts, most counters of limits and most marks of `changed` kept at once: for each
/// of a thousand hosts the state of 64 rules.
const KEPT: usize = 65_536;

/// For how long others must have worked on a device before whoever comes is new to it: longer
/// than it takes the stations of a plant to say their first words to a sensor just started.
const SETTLED: Duration = Duration::from_secs(120);

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

/// Decides about matches, and keeps what that takes.
#[derive(Debug)]
pub struct Site {
    engine: Arc<Engine>,
    bits: Bounded<(Whom, u16), Kept>,
    counters: Bounded<(u32, u8, Whom), Tally>,
    changes: Bounded<(u32, u32), Seen>,
}

/// The mark of the last match, for `changed`.
#[derive(Clone, Copy, Debug)]
struct Seen {
    mark: u32,
    at: Time,
}

/// Whose bit or counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whom {
    Host(Host),
    Pair(Host, Host),
    Rule,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    until: Option<Time>,
}

/// A table that lets go of its oldest entry when it is full.
#[derive(Debug)]
struct Bounded<K, V> {
    entries: HashMap<K, V, FixedState>,
    /// Keys by age; may hold some that are gone.
    order: VecDeque<K>,
    evicted: u64,
}

impl<K: Copy + Eq + Hash, V> Bounded<K, V> {
    fn new() -> Self {
        Self {
            entries: HashMap::default(),
            order: VecDeque::new(),
            evicted: 0,
        }
    }

    fn entry(&mut self, key: K, new: V) -> &mut V {
        if !self.entries.contains_key(&key) {
            while self.order.len() >= KEPT {
                if let Some(oldest) = self.order.pop_front() {
                    self.evicted += u64::from(self.entries.remove(&oldest).is_some());
                }
            }
            self.order.push_back(key);
        }
        self.entries.entry(key).or_insert(new)
    }
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
            bits: Bounded::new(),
            counters: Bounded::new(),
            changes: Bounded::new(),
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
        self.within_limits(rule, candidate) && !rule.silent
    }

    /// How many entries left the tables for want of room.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.bits.evicted + self.counters.evicted + self.changes.evicted
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
        let kept = self.bits.entries.get(&(whom, name));
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
                self.bits.entries.remove(&key);
            }
        }
    }

    /// Whether all limits let the match be told: first the filters, which say what is a match at
    /// all, then those on telling, each of which counts what the others let through.
    fn within_limits(&mut self, rule: &Rule, candidate: &Candidate) -> bool {
        let filters = |limit: &Limit| matches!(limit.kind, LimitKind::Filter { .. });
        self.let_through(rule, candidate, filters)
            && self.let_through(rule, candidate, |limit| !filters(limit))
    }

    fn let_through(
        &mut self,
        rule: &Rule,
        candidate: &Candidate,
        asked: impl Fn(&Limit) -> bool,
    ) -> bool {
        let numbered = (0..).zip(&rule.limits);
        for (place, limit) in numbered.filter(|(_, limit)| asked(limit)) {
            let (source, destination) = (candidate.source.host, candidate.destination.host);
            let whom = match limit.track {
                Track::Source => Whom::Host(source),
                Track::Destination => Whom::Host(destination),
                Track::Both => pair(source, destination),
                Track::Rule => Whom::Rule,
                Track::Flow => continue,
            };
            if let LimitKind::Suppress(hosts) = &limit.kind {
                let nobody = |_: &str, _: bool| false;
                let is_in =
                    |host: Host| hosts.as_ref().is_none_or(|hosts| has(hosts, host, &nobody));
                let quiet = match limit.track {
                    Track::Destination => is_in(destination),
                    Track::Both => is_in(source) || is_in(destination),
                    _ => is_in(source),
                };
                if quiet {
                    return false;
                }
                continue;
            }
            let key = (candidate.rule, place, whom);
            let tally = self.counters.entry(key, Tally::default());
            if !tally.tell(limit, candidate.marks.unique, candidate.stamp.time) {
                return false;
            }
        }
        true
    }
}

fn whom(scope: Scope, candidate: &Candidate) -> Whom {
    let (source, destination) = (candidate.source.host, candidate.destination.host);
    match scope {
        Scope::Source | Scope::Flow => Whom::Host(source),
        Scope::Destination => Whom::Host(destination),
        Scope::Pair => pair(source, destination),
    }
}

/// Two hosts, whichever sends.
fn pair(one: Host, other: Host) -> Whom {
    Whom::Pair(one.min(other), one.max(other))
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
        !has_role(&end.hosts) || has(&end.hosts, host, &plays)
    };
    let (source, destination) = (candidate.source.host, candidate.destination.host);
    (fits(left, source) && fits(right, destination))
        || (rule.both_ways && fits(left, destination) && fits(right, source))
}

/// Whether a host is in a set; `plays` says whether it has a role.
fn has(hosts: &Hosts, host: Host, plays: &dyn Fn(&str, bool) -> bool) -> bool {
    let is_in = |set: &HostSet| match set {
        HostSet::Range(first, last) => host.ip().is_some_and(|ip| between(ip, *first, *last)),
        HostSet::Role { protocol, server } => plays(protocol, *server),
        HostSet::Nested(inside) => has(inside, host, plays),
    };
    (hosts.within.is_empty() || hosts.within.iter().any(is_in)) && !hosts.without.iter().any(is_in)
}

fn between(ip: IpAddr, first: IpAddr, last: IpAddr) -> bool {
    ip.is_ipv4() == first.is_ipv4() && (first..=last).contains(&ip)
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
