//! What spans host pairs: bits of hosts, limits by source, destination or rule, roles, assets.
//!
//! The workers send a candidate for each match of a rule that asks for such; the desk decides
//! about it here after the ordered merge, in packet order, so that the result does not depend on
//! the number of workers. Every table is bounded; what leaves is counted.

use super::compile::{Engine, has_role};
use super::limits::Counter;
use super::rule::{
    AssetTest, AssetWord, BitAct, End, HostSet, Hosts, LimitKind, Rule, Scope, Track, Whose,
};
use crate::facts::{Assets, Endpoint, Host, Stamp, Time};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Most bits of hosts, and most counters of limits, kept at once: for each of a thousand hosts
/// the state of 64 rules.
const KEPT: usize = 65_536;

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
}

/// Decides about matches, and keeps what that takes.
#[derive(Debug)]
pub struct Site {
    engine: Arc<Engine>,
    bits: Bounded<(Whom, u16), Kept>,
    counters: Bounded<(u32, u8, Whom), Counter>,
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
    engine.rules().iter().any(|rule| !rule.assets.is_empty())
}

impl Site {
    /// A site with these rules.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            bits: Bounded::new(),
            counters: Bounded::new(),
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
            && self.has_bits(rule, candidate);
        if !holds {
            return false;
        }
        self.change_bits(rule, candidate);
        self.within_limits(rule, candidate) && !rule.silent
    }

    /// How many entries left the tables for want of room.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.bits.evicted + self.counters.evicted
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

    /// Counts the match in every limit; whether all of them let it be told.
    fn within_limits(&mut self, rule: &Rule, candidate: &Candidate) -> bool {
        let mut told = true;
        for (place, limit) in (0..).zip(&rule.limits) {
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
                told &= !match limit.track {
                    Track::Destination => is_in(destination),
                    Track::Both => is_in(source) || is_in(destination),
                    _ => is_in(source),
                };
                continue;
            }
            let key = (candidate.rule, place, whom);
            let counter = self.counters.entry(key, Counter::default());
            told &= counter.tell(&limit.kind, candidate.stamp.time);
        }
        told
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
    };
    let (source, destination) = (candidate.source.host, candidate.destination.host);
    let holds = match test.whose {
        Whose::Source => is(source),
        Whose::Destination => is(destination),
        Whose::Either => is(source) || is(destination),
    };
    holds != test.negated
}
