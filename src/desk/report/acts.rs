//! Who did what to whom, with true totals.
//!
//! The sensor tells an operation when it is new and its count when the conversation ends; the
//! two are joined here by (conversation, fold). Called by [`super::Picture`], once an event.

use super::words;
use crate::facts::{Host, Meaning, Outcome, Stamp};
use crate::sensor::{Cycle, FlowId, FlowRecord, Novelty, OperationRecord, OwnedItem};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Criticality from which on an operation is notable whatever the circumstances.
pub(super) const NOTABLE: u8 = 4;

/// Most kinds of act kept (actor, device, protocol, operation). A plant has some thousands; a
/// scan of an address range must not eat the memory. Those past the bound are counted. As many
/// again are kept of criticality [`NOTABLE`] and more, so that no flood of others hides these.
const ACTS: usize = 16_384;

/// Most operations told and not yet counted, over all open conversations: more than
/// the sensor tells apart.
const OPEN: usize = 5 << 16;

/// Most targets kept of one act; more is a sweep, which its count tells.
const TARGETS: usize = 64;

/// Most targets kept of all acts, some 20 MB.
const ALL_TARGETS: usize = 65_536;

/// Criticality from which on the targets of an act are kept: what was changed is asked for,
/// what was polled is in the events.
const TARGETS_FROM: u8 = 3;

/// All acts.
#[derive(Debug, Default)]
pub(super) struct Acts {
    index: HashMap<Key, usize, RandomState>,
    acts: Vec<Told>,
    /// Acts kept below criticality [`NOTABLE`], and the others.
    kept: (usize, usize),
    /// Targets kept of all acts.
    targets: usize,
    /// The act and target that an operation of an open conversation belongs to.
    open: HashMap<(FlowId, u32), Place, RandomState>,
    /// Operations counted so far of the conversation that is just ending.
    ending: Option<(FlowId, u64)>,
    /// Operations that are in no act, for want of room.
    pub(super) apart: u64,
}

/// What makes two operations the same act here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    actor: Host,
    device: Host,
    protocol: &'static str,
    operation: &'static str,
    class: crate::facts::Class,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    act: usize,
    target: Option<usize>,
    /// Further values and outcomes told of it.
    values: u64,
}

/// One act over all its repetitions.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) actor: Host,
    pub(super) device: Host,
    pub(super) protocol: &'static str,
    pub(super) meaning: &'static Meaning,
    pub(super) count: u64,
    pub(super) refused: u64,
    pub(super) unanswered: u64,
    /// How many the device said that it did.
    pub(super) carried_out: u64,
    /// The device accepted at least one that was still in progress.
    pub(super) accepted: bool,
    /// What the device answered when it first refused.
    pub(super) refusal: &'static str,
    pub(super) first: Stamp,
    pub(super) last: Stamp,
    pub(super) targets: Vec<TargetTold>,
    /// Operations on targets that were not kept.
    pub(super) elsewhere: u64,
}

/// One target of an act.
#[derive(Clone, Debug)]
pub(super) struct TargetTold {
    pub(super) unit: Option<u32>,
    pub(super) item: Option<OwnedItem>,
    /// How many further items the operation had.
    pub(super) further: usize,
    pub(super) count: u64,
    pub(super) values: Values,
}

/// What was written to a target.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    pub(super) first: String,
    pub(super) last: String,
    /// How many times a value was told that differs from the one before.
    pub(super) count: u64,
    /// A value came back after others.
    pub(super) returned: bool,
}

impl Values {
    /// The next value told.
    fn tell(&mut self, value: String) {
        if value.is_empty() || (self.count > 0 && value == self.last) {
            return;
        }
        if self.count == 0 {
            self.first.clone_from(&value);
        }
        self.returned |= self.count > 1 && value == self.first;
        self.last = value;
        self.count += 1;
    }
}

impl Acts {
    /// An operation that is new in its conversation, or has a new value.
    pub(super) fn operation(&mut self, operation: &OperationRecord) {
        let Some(act) = self.enter(operation) else {
            return;
        };
        let Some(told) = self.acts.get_mut(act) else {
            return;
        };
        told.accepted |= operation.outcome == Outcome::Accepted;
        if let Outcome::Refused { name, .. } = operation.outcome
            && told.refusal.is_empty()
        {
            told.refusal = name;
        }
        let target = match operation.merged {
            true => None,
            false => told.target(operation, &mut self.targets),
        };
        if let Some(target) = target.and_then(|target| told.targets.get_mut(target)) {
            target.values.tell(words::values(operation.items.first()));
        }
        let key = (operation.flow, operation.fold);
        match operation.novelty {
            Novelty::First if self.open.len() < OPEN => {
                let place = Place {
                    act,
                    target,
                    values: 0,
                };
                self.open.insert(key, place);
            }
            Novelty::Value => {
                if let Some(place) = self.open.get_mut(&key) {
                    place.values += 1;
                }
            }
            _ => {}
        }
    }

    /// Finds the act, or makes it.
    fn enter(&mut self, operation: &OperationRecord) -> Option<usize> {
        let key = Key {
            actor: operation.actor.host,
            device: operation.device.host,
            protocol: operation.protocol,
            operation: operation.meaning.name,
            class: operation.meaning.class,
        };
        if let Some(known) = self.index.get(&key) {
            return Some(*known);
        }
        let (lesser, notable) = &mut self.kept;
        let kept = match operation.meaning.criticality {
            NOTABLE.. => notable,
            _ => lesser,
        };
        if *kept >= ACTS {
            return None;
        }
        *kept += 1;
        let place = self.acts.len();
        self.index.insert(key, place);
        self.acts.push(Told {
            actor: key.actor,
            device: key.device,
            protocol: key.protocol,
            meaning: operation.meaning,
            count: 0,
            refused: 0,
            unanswered: 0,
            carried_out: 0,
            accepted: false,
            refusal: "",
            first: operation.stamp,
            last: operation.stamp,
            targets: Vec::new(),
            elsewhere: 0,
        });
        Some(place)
    }

    /// How often an operation was seen in a conversation that ends.
    pub(super) fn cycle(&mut self, cycle: &Cycle) {
        self.ending = match self.ending {
            Some((flow, count)) if flow == cycle.flow => Some((flow, count + cycle.count)),
            _ => Some((cycle.flow, cycle.count)),
        };
        let place = self.open.remove(&(cycle.flow, cycle.fold));
        let Some((told, place)) =
            place.and_then(|place| Some((self.acts.get_mut(place.act)?, place)))
        else {
            self.apart += cycle.count;
            return;
        };
        told.count += cycle.count;
        told.refused += cycle.refused;
        told.unanswered += cycle.unanswered;
        told.carried_out += cycle.done;
        told.first = told.first.min(cycle.first);
        told.last = told.last.max(cycle.last);
        match place.target.and_then(|target| told.targets.get_mut(target)) {
            Some(target) => {
                target.count += cycle.count;
                // What changed more often than new values were told came back to old ones.
                let back = cycle.changes > place.values;
                target.values.returned |= target.values.count > 1 && back;
            }
            None => told.elsewhere += cycle.count,
        }
    }

    /// A conversation ended: what no cycle counted is counted apart.
    pub(super) fn ended(&mut self, flow: &FlowRecord) {
        let counted = match self.ending.take() {
            Some((id, count)) if id == flow.id => count,
            _ => 0,
        };
        self.apart += flow.operations.saturating_sub(counted);
    }

    /// All acts: the most critical first, then the most frequent; ties by who, whom and what.
    pub(super) fn into_sorted(self) -> Vec<Told> {
        let mut acts = self.acts;
        acts.retain(|act| act.count > 0);
        for act in &mut acts {
            act.targets
                .sort_by_key(|target| std::cmp::Reverse(target.count));
        }
        let who = |act: &Told| (act.actor, act.device, act.protocol, act.meaning.name);
        acts.sort_by(|a, b| {
            let by = |act: &Told| (act.meaning.criticality, act.count);
            by(b).cmp(&by(a)).then_with(|| who(a).cmp(&who(b)))
        });
        acts
    }
}

impl Told {
    /// Finds the target, or makes it; `None` where targets are not kept.
    fn target(&mut self, operation: &OperationRecord, kept: &mut usize) -> Option<usize> {
        if self.meaning.criticality < TARGETS_FROM {
            return None;
        }
        let item = operation.items.first();
        let same = |told: &TargetTold| {
            told.unit == operation.unit
                && match (&told.item, item) {
                    (Some(known), Some(item)) => is_same_place(known, item),
                    (None, None) => true,
                    _ => false,
                }
        };
        if let Some(known) = self.targets.iter().position(same) {
            return Some(known);
        }
        if self.targets.len() >= TARGETS || *kept >= ALL_TARGETS {
            return None;
        }
        *kept += 1;
        if self.targets.is_empty() {
            // No room for others: most acts have one target.
            self.targets.reserve_exact(1);
        }
        self.targets.push(TargetTold {
            unit: operation.unit,
            item: item.cloned(),
            further: operation.items.len().saturating_sub(1),
            count: 0,
            values: Values::default(),
        });
        Some(self.targets.len() - 1)
    }
}

fn is_same_place(one: &OwnedItem, other: &OwnedItem) -> bool {
    one.space == other.space
        && one.area == other.area
        && one.range == other.range
        && one.name == other.name
}
