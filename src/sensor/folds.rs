//! Folds the operations of one conversation: what repeats is counted, what is new is told.
//!
//! Cyclic polling makes up nearly all traffic of a plant; a line for each PDU would drown what
//! matters. Called by the conversation for each operation; allocates only for new ones. However
//! many kinds there are, every operation is counted, and none that changes something is hidden
//! behind those that do not.

use super::handoff::{Cycle, FlowId, Novelty, Spread};
use crate::facts::{Item, Operation, Outcome, Scalar, Stamp, Values};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};

/// Most operations told apart in one conversation that change nothing, and as many that do. A
/// polling client has tens; a scan of addresses has thousands, and those past the bound are
/// counted together by what they mean: a number that the protocols' tables fix, some hundreds.
const FOLDS: u32 = 512;

/// The same over all conversations of one shard: those of some ten clients that poll hundreds of
/// tags each. Until a conversation ends, each costs the shard some 250 octets and the desk
/// about as much; over all 64 shards that is a ceiling of 128 MiB, which only a flood reaches.
const SHARD_FOLDS: u32 = 2048;

/// Most different values of one operation that are told singly; more is a measurement, not a
/// setting.
const VALUES: usize = 16;

/// How often an operation of criticality 4 or 5 is told again although nothing in it is new.
const NOTABLE: u64 = 64;

/// Repetitions from which on an operation is a habit, and its count is told while it goes on
/// where that is asked for: as many as the inventory takes for polling.
const STEADY: u64 = 5;

/// For how long an operation was not seen that is told again to detectors: longer than the
/// period of what is polled, short enough that each act of a series by hand is told.
const PAUSE: u64 = 60_000_000_000;

/// Criticality from which on repeated operations are told again.
const NOTABLE_FROM: u8 = 4;

/// Criticality from which on operations change something, and their new values are told.
const VALUES_FROM: u8 = 3;

/// All operations of one conversation.
#[derive(Debug, Default)]
pub(super) struct Folds {
    index: HashMap<u64, u32, FixedState>,
    folds: Vec<Fold>,
    /// The operation that came last, and the one that came after it the last time: a client
    /// that polls asks its questions in a row, over and over.
    last: u32,
    expected: u32,
    /// Operations told apart that change nothing, and those that do.
    apart: (u32, u32),
}

/// How many operations are told apart in a shard: those that change nothing, and those that do.
#[derive(Debug, Default)]
pub(super) struct Room(u32, u32);

/// How an operation was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    /// The fold that counts it.
    pub(super) fold: u32,
    /// That fold counts operations on other targets too.
    pub(super) merged: bool,
    /// Why it must be told singly, if it must.
    pub(super) novelty: Option<Novelty>,
    /// It was not seen for [`PAUSE`] before.
    pub(super) paused: bool,
}

/// One operation and its repetitions. In memory as written here: what a repetition touches
/// comes first, in two lines of the cache.
#[derive(Debug)]
#[repr(C, align(128))]
struct Fold {
    /// Digest of the act, by which the index finds it.
    key: u64,
    count: u64,
    last: Stamp,
    /// Digest of the values and outcome seen last.
    value: u64,
    interval: Spread,
    response: Spread,
    changes: u64,
    /// The operation that came after this one the last time.
    next: u32,
    /// It counts all operations of one meaning that there was no room to tell apart.
    merged: bool,
    done: u64,
    first: Stamp,
    refused: u64,
    unanswered: u64,
    /// Digests of the values and outcomes told.
    told: Vec<u64>,
}

/// What a repetition touches ends with the second line.
const _: () = assert!(std::mem::offset_of!(Fold, first) == 128);

impl Folds {
    /// Counts an operation; says which it is and whether it must be told singly.
    pub(super) fn add(
        &mut self,
        operation: &Operation<'_>,
        stamp: Stamp,
        room: &mut Room,
    ) -> Counted {
        let value = digest_values(operation);
        let mut key = digest_act(operation);
        let mut known = self.known(key);
        let mut merged = false;
        if known.is_none() && !self.takes_room(operation.meaning.criticality, room) {
            merged = true;
            key = digest_kind(operation);
            known = self.known(key);
        }
        if let Some(number) = known
            && let Some(fold) = self.folds.get_mut(number as usize)
        {
            let paused = stamp.time.nanos().saturating_sub(fold.last.time.nanos()) >= PAUSE;
            let novelty = fold.repeat(operation, stamp, value);
            self.last = number;
            self.expected = fold.next;
            return Counted {
                fold: number,
                merged: fold.merged,
                novelty,
                paused,
            };
        }
        let number = u32::try_from(self.folds.len()).unwrap_or(u32::MAX);
        self.index.insert(key, number);
        self.folds
            .push(Fold::new((key, merged), operation, stamp, value));
        self.follow(number);
        (self.last, self.expected) = (number, 0);
        Counted {
            fold: number,
            merged,
            novelty: Some(Novelty::First),
            paused: false,
        }
    }

    /// Takes room for one more operation told apart, if there is any. Those that change
    /// something have their own: no poll and no scan takes it from them.
    fn takes_room(&mut self, criticality: u8, room: &mut Room) -> bool {
        let (taken, of_all) = if criticality >= VALUES_FROM {
            (&mut self.apart.1, &mut room.1)
        } else {
            (&mut self.apart.0, &mut room.0)
        };
        let has_room = *taken < FOLDS && *of_all < SHARD_FOLDS;
        *taken += u32::from(has_room);
        *of_all += u32::from(has_room);
        has_room
    }

    /// The conversation is over: others may have its room.
    pub(super) const fn give_back(&self, room: &mut Room) {
        room.0 = room.0.saturating_sub(self.apart.0);
        room.1 = room.1.saturating_sub(self.apart.1);
    }

    /// About how many octets it takes in memory, beside itself.
    pub(super) fn weight(&self) -> usize {
        let values = self.apart.1 as usize * VALUES * size_of::<u64>();
        let index = self.index.capacity() * size_of::<(u64, u32, u8)>();
        self.folds.capacity() * size_of::<Fold>() + index + values
    }

    /// The number of the fold with this key.
    fn known(&mut self, key: u64) -> Option<u32> {
        let expected = self.folds.get(self.expected as usize);
        if expected.is_some_and(|fold| fold.key == key) {
            return Some(self.expected);
        }
        let number = *self.index.get(&key)?;
        self.follow(number);
        Some(number)
    }

    /// Notes what came after the operation that came last.
    fn follow(&mut self, number: u32) {
        if let Some(last) = self.folds.get_mut(self.last as usize) {
            last.next = number;
        }
    }

    /// What each operation came to, in the order of first sight.
    pub(super) fn cycles(&self, flow: FlowId) -> impl Iterator<Item = Cycle> + '_ {
        let folds = (0..).zip(&self.folds);
        folds.map(move |(number, fold)| fold.cycle(flow, number))
    }

    /// What an operation came to up to now, where it was just repeated for the [`STEADY`]th
    /// time, or for twice as often as when this was told before.
    pub(super) fn so_far(&self, flow: FlowId, number: u32) -> Option<Cycle> {
        let fold = self.folds.get(number as usize)?;
        let steps = fold.count / STEADY;
        let due = steps.is_power_of_two() && steps * STEADY == fold.count;
        due.then(|| fold.cycle(flow, number))
    }
}

impl Fold {
    fn new(
        (key, merged): (u64, bool),
        operation: &Operation<'_>,
        stamp: Stamp,
        value: u64,
    ) -> Self {
        let mut fold = Self {
            key,
            count: 0,
            last: stamp,
            value,
            interval: Spread::default(),
            response: Spread::default(),
            changes: 0,
            next: 0,
            merged,
            first: stamp,
            done: 0,
            refused: 0,
            unanswered: 0,
            told: Vec::new(),
        };
        if operation.meaning.criticality >= VALUES_FROM {
            fold.told.push(value);
        }
        fold.count(operation);
        fold
    }

    fn cycle(&self, flow: FlowId, number: u32) -> Cycle {
        Cycle {
            flow,
            fold: number,
            merged: self.merged,
            count: self.count,
            first: self.first,
            last: self.last,
            interval: self.interval,
            response: self.response,
            changes: self.changes,
            done: self.done,
            refused: self.refused,
            unanswered: self.unanswered,
        }
    }

    fn repeat(&mut self, operation: &Operation<'_>, stamp: Stamp, value: u64) -> Option<Novelty> {
        let nanos = stamp.time.nanos().saturating_sub(self.last.time.nanos());
        self.interval.add(nanos);
        self.last = stamp;
        self.count(operation);
        let criticality = operation.meaning.criticality;
        // What was so the time before was told then, or there was no room.
        if self.value != value {
            self.changes += 1;
            self.value = value;
            let told = &mut self.told;
            if criticality >= VALUES_FROM && !told.contains(&value) && told.len() < VALUES {
                told.push(value);
                return Some(Novelty::Value);
            }
        }
        // Of merged operations the next may have another target: from this criticality on each
        // one is told.
        let again = self.merged || self.count <= NOTABLE;
        (criticality >= NOTABLE_FROM && again).then_some(Novelty::Notable)
    }

    fn count(&mut self, operation: &Operation<'_>) {
        self.count += 1;
        match operation.outcome {
            Outcome::Done => self.done += 1,
            Outcome::Refused { .. } => self.refused += 1,
            Outcome::NoAnswer | Outcome::NotSeen => self.unanswered += 1,
            Outcome::Accepted | Outcome::Unacknowledged => {}
        }
        if let Some(took) = super::emit::took(operation) {
            self.response.add(took);
        }
    }
}

/// Digest of what makes two operations the same act: meaning, actor, code, unit and what they
/// touch. Numbers are packed before they are hashed: this runs once an operation, and each call
/// of the hasher costs. The lengths of texts are hashed with them, so that no two acts are
/// written alike.
fn digest_act(operation: &Operation<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    digest_meaning(operation, true, &mut hasher);
    hasher.write_u64(u64::from(operation.code) << 32 | u64::from(operation.unit.unwrap_or(0)));
    for Item { target, .. } in operation.items {
        let area = target.area.map_or(1 << 32, u64::from);
        let lengths = (target.space.len() as u64) << 40 | u64::from(target.range.is_some()) << 33;
        hasher.write_u64(area | lengths);
        hasher.write(target.space.as_bytes());
        if let Some((first, last)) = target.range {
            hasher.write_u64(first);
            hasher.write_u64(last);
        }
        hasher.write_u64(target.name.len() as u64);
        if !target.name.is_empty() {
            hasher.write(target.name);
        }
    }
    hasher.finish()
}

/// Digest of what an operation means and who asks for it, whatever it touches: nothing in it is
/// the wire's to choose.
fn digest_kind(operation: &Operation<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    digest_meaning(operation, false, &mut hasher);
    hasher.finish()
}

fn digest_meaning(operation: &Operation<'_>, apart: bool, hasher: &mut impl Hasher) {
    let meaning = operation.meaning;
    hasher.write_u64(
        (meaning.class as u64) << 32
            | u64::from(meaning.criticality) << 24
            | (meaning.name.len() as u64 & 0xffff) << 8
            | u64::from(apart && operation.unit.is_some()) << 2
            | (operation.actor as u64) << 1
            | u64::from(apart),
    );
    hasher.write(meaning.name.as_bytes());
}

/// Digest of what an operation carried and how it ended.
fn digest_values(operation: &Operation<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write_u64(match operation.outcome {
        Outcome::Done => 0,
        Outcome::NoAnswer => 1,
        Outcome::NotSeen => 2,
        Outcome::Unacknowledged => 3,
        Outcome::Accepted => 4,
        Outcome::Refused { code, .. } => 1 << 32 | u64::from(code),
    });
    for Item { values, .. } in operation.items {
        let (kind, octets) = match *values {
            Values::None => (0, &[][..]),
            Values::Bits { octets, count } => (u64::from(count) << 3 | 1, octets),
            Values::Words(octets) => (2, octets),
            Values::Octets(octets) => (3, octets),
            Values::Text(octets) => (4, octets),
            Values::Row(row) => (u64::from(row.form) << 8 | 6, row.octets),
            Values::Scalars(scalars) => {
                hasher.write_u64((scalars.len() as u64) << 32 | 5);
                scalars.iter().for_each(|s| digest_scalar(*s, &mut hasher));
                continue;
            }
        };
        hasher.write_u64((octets.len() as u64) << 32 | kind);
        if !octets.is_empty() {
            hasher.write(octets);
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

#[cfg(test)]
mod tests;
