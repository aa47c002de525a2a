//! How operations are put together and lent.
//!
//! Used by jobs and functions.

use super::items::Spec;
use super::userdata::db_parts;
use super::values::{Typed, typed};
use crate::facts::operation::ITEMS;
use crate::facts::{Item, Meaning, Operation, Outcome, Scalar, Side, Stamp, Target, Values};
use crate::protocols::Sink;
use arrayvec::ArrayVec;

/// What all operations of one request share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Act {
    /// Who asked for it.
    pub(crate) actor: Side,
    /// Slot of the controller, where the connection request told it.
    pub(crate) unit: Option<u32>,
    /// When it was asked.
    pub(crate) requested: Option<Stamp>,
    /// When it was answered.
    pub(crate) answered: Option<Stamp>,
}

impl Act {
    /// Lends one operation.
    pub(crate) fn tell(
        &self,
        out: &mut dyn Sink,
        meaning: &'static Meaning,
        code: u32,
        outcome: Outcome,
        items: &[Item<'_>],
    ) {
        out.operation(&Operation {
            meaning,
            code,
            actor: self.actor,
            unit: self.unit,
            items,
            outcome,
            requested: self.requested,
            answered: self.answered,
        });
    }

    /// Lends one operation on at most one target.
    pub(crate) fn tell_one(
        &self,
        out: &mut dyn Sink,
        meaning: &'static Meaning,
        code: u32,
        outcome: Outcome,
        item: Option<Item<'_>>,
    ) {
        self.tell(out, meaning, code, outcome, item.as_slice());
    }
}

/// Gathers items with their decoded values and lends them as operations of at most
/// [`ITEMS`] items each.
pub(crate) struct Batch<'a, 's> {
    act: &'s Act,
    meaning: &'static Meaning,
    code: u32,
    outcome: Outcome,
    items: ArrayVec<(Target<'a>, Typed<'a>), ITEMS>,
    scratch: &'s mut Vec<Scalar>,
}

impl<'a, 's> Batch<'a, 's> {
    /// An empty batch.
    pub(crate) fn new(
        act: &'s Act,
        meaning: &'static Meaning,
        code: u32,
        outcome: Outcome,
        scratch: &'s mut Vec<Scalar>,
    ) -> Self {
        scratch.clear();
        Self {
            act,
            meaning,
            code,
            outcome,
            items: ArrayVec::new(),
            scratch,
        }
    }

    /// Adds a variable; one that lists ranges of data blocks adds each of them.
    pub(crate) fn add(
        &mut self,
        spec: Option<Spec<'a>>,
        octets: Option<&'a [u8]>,
        out: &mut dyn Sink,
    ) {
        match spec {
            Some(Spec::DbRead(ranges)) => {
                for (target, _, values) in db_parts(ranges, octets.unwrap_or_default()) {
                    self.add_target(target, Typed::Lent(values), out);
                }
            }
            Some(spec) => {
                let values = match octets {
                    Some(octets) => typed(spec, octets, self.scratch),
                    None => Typed::Lent(Values::None),
                };
                self.add_target(spec.target(), values, out);
            }
            None => {
                let values = octets
                    .filter(|o| !o.is_empty())
                    .map_or(Values::None, Values::Octets);
                self.add_target(Target::default(), Typed::Lent(values), out);
            }
        }
    }

    /// Adds a target with its values.
    pub(crate) fn add_target(&mut self, target: Target<'a>, values: Typed<'a>, out: &mut dyn Sink) {
        if self.items.is_full() {
            // What was added to the scratch list last belongs to the next operation.
            let kept = match values {
                Typed::Scalars(n) => n,
                Typed::Lent(_) => 0,
            };
            let split = self.scratch.len().saturating_sub(kept);
            self.lend(split, out);
            self.scratch.drain(..split);
        }
        let _ = self.items.try_push((target, values));
    }

    /// Adds a target with one value.
    pub(crate) fn add_scalar(&mut self, target: Target<'a>, value: Scalar, out: &mut dyn Sink) {
        self.scratch.push(value);
        self.add_target(target, Typed::Scalars(1), out);
    }

    /// Lends what was gathered.
    pub(crate) fn flush(mut self, out: &mut dyn Sink) {
        if !self.items.is_empty() {
            self.lend(self.scratch.len(), out);
        }
    }

    fn lend(&mut self, scalars: usize, out: &mut dyn Sink) {
        let mut scalars = self.scratch.get(..scalars).unwrap_or_default();
        let mut items = ArrayVec::<Item<'_>, ITEMS>::new();
        items.extend(self.items.drain(..).map(|(target, values)| Item {
            target,
            values: match values {
                Typed::Lent(values) => values,
                Typed::Scalars(n) => {
                    let (mine, rest) = scalars.split_at_checked(n).unwrap_or_default();
                    scalars = rest;
                    Values::Scalars(mine)
                }
            },
            before: Values::None,
        }));
        self.act
            .tell(out, self.meaning, self.code, self.outcome, &items);
    }
}
