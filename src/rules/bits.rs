//! Bits of hosts and of pairs of hosts: `xbits` and `hostbits`.
//!
//! Used by the workers for pairs of hosts, whose traffic is all theirs, and by the site for
//! everything else. Bits of one flow are kept with that flow.

use super::kept::{Bounded, Whom};
use super::rule::{Bit, BitAct, Rule, Scope};
use crate::facts::{Host, Time};
use std::time::Duration;

/// The bits that are set.
#[derive(Debug)]
pub(super) struct Bits(Bounded<(Whom, u16), Kept>);

#[derive(Clone, Copy, Debug)]
struct Kept {
    until: Option<Time>,
}

impl Bits {
    /// No more than so many at once.
    pub(super) fn new(most: usize) -> Self {
        Self(Bounded::new(most))
    }

    /// Whether the tests of a rule's bits hold between a source and a destination.
    pub(super) fn hold(&self, rule: &Rule, ends: (Host, Host), now: Time) -> bool {
        beyond_flows(rule).all(|bit| {
            let whom = whom(bit.scope, ends);
            let set = |name: &u16| self.is_set(whom, *name, now);
            match &bit.act {
                BitAct::IsSet(names) => names.iter().any(set),
                BitAct::IsNotSet(names) => !names.iter().any(set),
                BitAct::Exists(wanted) => set(&bit.name) == *wanted,
                _ => true,
            }
        })
    }

    fn is_set(&self, whom: Whom, name: u16, now: Time) -> bool {
        let kept = self.0.get(&(whom, name));
        kept.is_some_and(|kept| kept.until.is_none_or(|until| now < until))
    }

    /// A rule matched between a source and a destination: changes what it changes.
    pub(super) fn change(&mut self, rule: &Rule, ends: (Host, Host), now: Time) {
        for bit in beyond_flows(rule) {
            let key = (whom(bit.scope, ends), bit.name);
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
                self.0.entry(key, Kept { until }).until = until;
            } else {
                self.0.remove(&key);
            }
        }
    }

    /// How many left for want of room.
    pub(super) const fn evicted(&self) -> u64 {
        self.0.evicted()
    }
}

/// The bits of a rule that are not the flow's.
fn beyond_flows(rule: &Rule) -> impl Iterator<Item = &Bit> {
    rule.bits.iter().filter(|bit| bit.scope != Scope::Flow)
}

fn whom(scope: Scope, (source, destination): (Host, Host)) -> Whom {
    match scope {
        Scope::Source | Scope::Flow => Whom::Host(source),
        Scope::Destination => Whom::Host(destination),
        Scope::Pair => Whom::pair(source, destination),
    }
}
