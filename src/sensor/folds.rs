//! Folds the operations of one conversation: what repeats is counted, what is new is told.
//!
//! Cyclic polling makes up nearly all traffic of a plant; a line for each PDU would drown what
//! matters. Called by the conversation for each operation; allocates only for new ones.

use super::handoff::{Cycle, FlowId, Novelty, Spread};
use crate::facts::{Item, Operation, Outcome, Scalar, Stamp, Values};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};

/// Most operations told apart in one conversation. A polling client has tens; a scan of
/// addresses has thousands, and those past the bound are folded by meaning alone.
const FOLDS: usize = 512;

/// Most different values of one operation that are told singly; more is a measurement, not a
/// setting.
const VALUES: usize = 16;

/// How often an operation of criticality 4 or 5 is told again although nothing in it is new.
const NOTABLE: u64 = 64;

/// Criticality from which on repeated operations are told again.
const NOTABLE_FROM: u8 = 4;

/// Criticality from which on new values of an operation are told.
const VALUES_FROM: u8 = 3;

/// All operations of one conversation.
#[derive(Debug, Default)]
pub(super) struct Folds {
    index: HashMap<u64, u32, FixedState>,
    folds: Vec<Fold>,
}

#[derive(Debug)]
struct Fold {
    count: u64,
    first: Stamp,
    last: Stamp,
    interval: Spread,
    response: Spread,
    changes: u64,
    refused: u64,
    unanswered: u64,
    /// Digest of the values and outcome seen last.
    value: u64,
    /// Digests of the values and outcomes told.
    told: Vec<u64>,
}

impl Folds {
    /// Counts an operation; says which it is and whether it must be told singly.
    pub(super) fn add(
        &mut self,
        operation: &Operation<'_>,
        stamp: Stamp,
    ) -> (u32, Option<Novelty>) {
        let full = self.folds.len() >= FOLDS;
        let key = digest_act(operation, true);
        let mut known = self.index.get(&key).copied();
        let mut key = key;
        if known.is_none() && full {
            key = digest_act(operation, false);
            known = self.index.get(&key).copied();
        }
        let value = digest_values(operation);
        if let Some(number) = known
            && let Some(fold) = self.folds.get_mut(number as usize)
        {
            return (number, fold.repeat(operation, stamp, value));
        }
        // Past the bound there is one more fold for each meaning, a number fixed by the
        // protocols' tables, and never more than twice the bound.
        if self.folds.len() >= 2 * FOLDS {
            return (u32::MAX, None);
        }
        let number = u32::try_from(self.folds.len()).unwrap_or(u32::MAX);
        self.index.insert(key, number);
        self.folds.push(Fold::new(operation, stamp, value));
        (number, Some(Novelty::First))
    }

    /// What each operation came to, in the order of first sight.
    pub(super) fn cycles(&self, flow: FlowId) -> impl Iterator<Item = Cycle> + '_ {
        (0..).zip(&self.folds).map(move |(number, fold)| Cycle {
            flow,
            fold: number,
            count: fold.count,
            first: fold.first,
            last: fold.last,
            interval: fold.interval,
            response: fold.response,
            changes: fold.changes,
            refused: fold.refused,
            unanswered: fold.unanswered,
        })
    }
}

impl Fold {
    fn new(operation: &Operation<'_>, stamp: Stamp, value: u64) -> Self {
        let mut fold = Self {
            count: 0,
            first: stamp,
            last: stamp,
            interval: Spread::default(),
            response: Spread::default(),
            changes: 0,
            refused: 0,
            unanswered: 0,
            value,
            told: Vec::new(),
        };
        if operation.meaning.criticality >= VALUES_FROM {
            fold.told.push(value);
        }
        fold.count(operation);
        fold
    }

    fn repeat(&mut self, operation: &Operation<'_>, stamp: Stamp, value: u64) -> Option<Novelty> {
        let nanos = stamp.time.nanos().saturating_sub(self.last.time.nanos());
        self.interval.add(nanos);
        self.last = stamp;
        self.count(operation);
        if self.value != value {
            self.changes += 1;
            self.value = value;
        }
        let criticality = operation.meaning.criticality;
        if criticality >= VALUES_FROM && !self.told.contains(&value) && self.told.len() < VALUES {
            self.told.push(value);
            return Some(Novelty::Value);
        }
        (criticality >= NOTABLE_FROM && self.count <= NOTABLE).then_some(Novelty::Notable)
    }

    fn count(&mut self, operation: &Operation<'_>) {
        self.count += 1;
        match operation.outcome {
            Outcome::Refused { .. } => self.refused += 1,
            Outcome::NoAnswer | Outcome::NotSeen => self.unanswered += 1,
            Outcome::Done | Outcome::Unacknowledged => {}
        }
        if let (Some(asked), Some(answered)) = (operation.requested, operation.answered) {
            self.response
                .add(answered.time.nanos().saturating_sub(asked.time.nanos()));
        }
    }
}

/// Digest of what makes two operations the same act: meaning, code, actor, unit and, where
/// `targets`, what they touch. Numbers are packed before they are hashed: this runs once an
/// operation, and each call of the hasher costs.
fn digest_act(operation: &Operation<'_>, targets: bool) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    let meaning = operation.meaning;
    let kind = (meaning.class as u64) << 32
        | u64::from(meaning.criticality) << 24
        | (meaning.name.len() as u64 & 0xffff) << 8
        | u64::from(operation.unit.is_some()) << 2
        | (operation.actor as u64) << 1
        | u64::from(targets);
    hasher.write_u64(kind);
    hasher.write_u64(u64::from(operation.code) << 32 | u64::from(operation.unit.unwrap_or(0)));
    if targets {
        for item in &operation.items {
            let target = item.target;
            let space = (target.space.len() as u64) << 48 | (target.name.len() as u64) << 33;
            let area = target.area.map_or(1 << 32, u64::from);
            hasher.write_u64(space | area);
            if let Some((first, last)) = target.range {
                hasher.write_u64(first);
                hasher.write_u64(last);
            }
            if !target.name.is_empty() {
                hasher.write(target.name);
            }
        }
    }
    hasher.finish()
}

/// Digest of what an operation carried and how it ended.
fn digest_values(operation: &Operation<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write_u64(match operation.outcome {
        Outcome::Done => 0,
        Outcome::NoAnswer => 1,
        Outcome::NotSeen => 2,
        Outcome::Unacknowledged => 3,
        Outcome::Refused { code, .. } => 1 << 32 | u64::from(code),
    });
    for Item { values, .. } in &operation.items {
        match *values {
            Values::None => {}
            Values::Bits { octets, .. }
            | Values::Words(octets)
            | Values::Octets(octets)
            | Values::Text(octets) => hasher.write(octets),
            Values::Scalars(scalars) => scalars.iter().for_each(|s| digest_scalar(*s, &mut hasher)),
        }
    }
    hasher.finish()
}

fn digest_scalar(scalar: Scalar, hasher: &mut impl Hasher) {
    match scalar {
        Scalar::Bit(bit) => bit.hash(hasher),
        Scalar::Unsigned(n) => n.hash(hasher),
        Scalar::Signed(n) => n.hash(hasher),
        Scalar::Float(x) => x.to_bits().hash(hasher),
        Scalar::Name(name) => name.hash(hasher),
    }
}
