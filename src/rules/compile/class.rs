//! What is known of a packet before any octet of it is looked at, and which rules can be about
//! it at all.
//!
//! Headers of rules nearly all tell the same hosts, mostly `$HOME_NET`, from all others. With
//! the direction of the packet that makes eight classes; the indexes keep the rules of each
//! apart, so that traffic inside a plant is not scanned for what only comes from outside.

use super::ends::{Ends, Ranges};
use super::plan::Plan;
use crate::facts::{Endpoint, Host};
use crate::rules::rule::Rule;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::net::IpAddr;

/// Sender inside or not, receiver inside or not, to the server or to the client.
pub(in crate::rules) const CLASSES: usize = 8;

/// The hosts that headers tell from the others; all hosts where no header names any.
#[derive(Debug, Default)]
pub(in crate::rules) struct Inside {
    v4: Option<Ranges<u32>>,
    v6: Option<Ranges<u128>>,
}

impl Inside {
    /// The hosts that the ends of most headers name.
    pub(super) fn of(plans: &[Plan]) -> Self {
        type Hosts<'p> = (&'p Option<Ranges<u32>>, &'p Option<Ranges<u128>>);
        let mut counts: HashMap<Hosts<'_>, usize, FixedState> = HashMap::default();
        for plan in plans {
            for end in [&plan.ends.0, &plan.ends.1] {
                if end.v4.is_some() || end.v6.is_some() {
                    *counts.entry((&end.v4, &end.v6)).or_default() += 1;
                }
            }
        }
        let most = counts
            .into_iter()
            .max_by(|(a, more), (b, less)| more.cmp(less).then_with(|| a.cmp(b)));
        most.map_or_else(Self::default, |((v4, v6), _)| Self {
            v4: v4.clone(),
            v6: v6.clone(),
        })
    }

    /// The class of what one end sends to another.
    pub(in crate::rules) fn class(
        &self,
        source: Endpoint,
        destination: Endpoint,
        to_server: bool,
    ) -> usize {
        number(self.has(source.host), self.has(destination.host), to_server)
    }

    /// The classes in which a rule can match.
    pub(super) fn classes(&self, rule: &Rule, plan: &Plan) -> Vec<usize> {
        let (left, right) = (self.sides(&plan.ends.0), self.sides(&plan.ends.1));
        let on = |sides: (bool, bool), inside| if inside { sides.0 } else { sides.1 };
        let mut classes = Vec::with_capacity(CLASSES);
        for from in [false, true] {
            for to in [false, true] {
                let fits = (on(left, from) && on(right, to))
                    || (plan.both_ways && on(left, to) && on(right, from));
                if fits && !rule.flow.to_client {
                    classes.push(number(from, to, true));
                }
                if fits && !rule.flow.to_server {
                    classes.push(number(from, to, false));
                }
            }
        }
        classes
    }

    fn has(&self, host: Host) -> bool {
        match host {
            Host::Ip(IpAddr::V4(ip)) => self.v4.as_ref().is_none_or(|set| set.has(ip.to_bits())),
            Host::Ip(IpAddr::V6(ip)) => self.v6.as_ref().is_none_or(|set| set.has(ip.to_bits())),
            Host::Mac(_) => self.v4.is_none() && self.v6.is_none(),
        }
    }

    /// Whether an end of a header can be inside, and whether it can be outside.
    fn sides(&self, end: &Ends) -> (bool, bool) {
        let v4 = Ranges::sides(end.v4.as_ref(), self.v4.as_ref());
        let v6 = Ranges::sides(end.v6.as_ref(), self.v6.as_ref());
        // A frame without IP is outside of any set, and only `any` takes it.
        let others = end.v4.is_none() && end.v6.is_none();
        (v4.0 || v6.0, v4.1 || v6.1 || others)
    }
}

/// The class of the other direction between the same hosts.
pub(in crate::rules) const fn turned(class: usize) -> usize {
    let (from, to, to_server) = (class & 1, class >> 1 & 1, class >> 2 & 1);
    to | from << 1 | (1 - to_server) << 2
}

const fn number(from_inside: bool, to_inside: bool, to_server: bool) -> usize {
    from_inside as usize | (to_inside as usize) << 1 | (to_server as usize) << 2
}
