//! Who operates whom: the operations between two hosts by class, how often, and how regularly.

use super::few::Few;
use crate::facts::{Class, Host, Stamp};
use crate::sensor::{Cycle, FlowId, OperationRecord};
use foldhash::fast::FixedState;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most pairs of actor and device kept, each some 200 octets; a plant has hundreds.
const LINKS: usize = 16_384;

/// Most operations whose count is still to come: more than the sensor tells apart.
const OPEN: usize = 5 << 16;

/// Most units kept of one link: as many as Modbus has addresses.
const UNITS: usize = 256;

/// A read that comes this often, at even intervals, is polling.
const POLLED: u64 = 5;

/// The longest interval of a poll is at most this many times its mean.
const UNEVEN: u64 = 5;

/// How often one host did something of a class to another, and the first packet that shows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Did {
    pub(super) count: u64,
    pub(super) first: Stamp,
    pub(super) protocol: &'static str,
    /// The name of the first such operation.
    pub(super) name: &'static str,
}

/// All that one host did to another.
#[derive(Clone, Debug, Default)]
pub(super) struct Link {
    pub(super) acts: Few<Class, Did>,
    /// Shortest mean interval of its polls, in nanoseconds.
    pub(super) period: Option<u64>,
    /// Units addressed at the device.
    pub(super) units: BTreeSet<u32>,
    /// Conversations in which it read.
    visits: Visits,
}

/// Conversations of two hosts in which one reads, one after the other: some masters open one for
/// each poll, so that no conversation shows that they poll.
#[derive(Clone, Copy, Debug, Default)]
struct Visits {
    /// The last one, and its first read.
    last: Option<(FlowId, Stamp)>,
    /// How many came after another, in how many nanoseconds, and the longest pause.
    count: u64,
    nanos: u64,
    greatest: u64,
}

impl Visits {
    /// A read in this conversation; the mean interval where they come evenly.
    fn read(&mut self, flow: FlowId, stamp: Stamp) -> Option<u64> {
        let (last, before) = self.last.replace((flow, stamp))?;
        if last == flow {
            self.last = Some((last, before));
            return None;
        }
        let pause = stamp.time.nanos().saturating_sub(before.time.nanos());
        self.count += 1;
        self.nanos = self.nanos.saturating_add(pause);
        self.greatest = self.greatest.max(pause);
        let mean = self
            .nanos
            .checked_div(self.count)
            .filter(|mean| *mean > 0)?;
        let even = self.greatest <= mean.saturating_mul(UNEVEN);
        (self.count >= POLLED && even).then_some(mean)
    }
}

/// All pairs of hosts of which one operates the other.
#[derive(Debug, Default)]
pub(super) struct Links {
    pairs: BTreeMap<(Host, Host), Link>,
    /// Operations whose count comes with the end of their conversation.
    open: HashMap<(FlowId, u32), Open, FixedState>,
}

/// An operation whose conversation goes on.
#[derive(Clone, Copy, Debug)]
struct Open {
    pair: (Host, Host),
    class: Class,
    /// How often it is counted already.
    counted: u64,
}

impl Links {
    /// Takes an operation that is told; its repetitions follow as a [`Cycle`].
    pub(super) fn operation(&mut self, operation: &OperationRecord) {
        let pair = (operation.actor.host, operation.device.host);
        if self.pairs.len() >= LINKS && !self.pairs.contains_key(&pair) {
            return;
        }
        let class = operation.meaning.class;
        let link = self.pairs.entry(pair).or_default();
        link.acts.or_insert_with(class, || Did {
            count: 0,
            first: operation.stamp,
            protocol: operation.protocol,
            name: operation.meaning.name,
        });
        if class == Class::Read
            && let Some(mean) = link.visits.read(operation.flow, operation.stamp)
        {
            link.period = Some(link.period.map_or(mean, |period| period.min(mean)));
        }
        if link.units.len() < UNITS {
            link.units.extend(operation.unit);
        }
        if self.open.len() < OPEN {
            let counted = 0;
            let name = (operation.flow, operation.fold);
            self.open.entry(name).or_insert(Open {
                pair,
                class,
                counted,
            });
        }
    }

    /// Takes the count of an operation, whose conversation is over or goes on.
    pub(super) fn cycle(&mut self, cycle: &Cycle, over: bool) {
        let name = (cycle.flow, cycle.fold);
        let Some(open) = self.open.get_mut(&name) else {
            return;
        };
        let counted = std::mem::replace(&mut open.counted, cycle.count);
        let Open { pair, class, .. } = *open;
        if over {
            self.open.remove(&name);
        }
        let Some(link) = self.pairs.get_mut(&pair) else {
            return;
        };
        if let Some(did) = link.acts.get_mut(&class) {
            did.count += cycle.count.saturating_sub(counted);
        }
        let Some(mean) = cycle.interval.mean().filter(|mean| *mean > 0) else {
            return;
        };
        let even = cycle.interval.greatest <= mean.saturating_mul(UNEVEN);
        if class == Class::Read && cycle.count >= POLLED && even {
            link.period = Some(link.period.map_or(mean, |period| period.min(mean)));
        }
    }

    /// Each pair of (actor, device) with what happened between them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Host, Host, &Link)> {
        self.pairs
            .iter()
            .map(|((actor, device), link)| (*actor, *device, link))
    }
}
