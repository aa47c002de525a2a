//! From fragments to operations: which points a request or its answer touched, with values.
//!
//! Called by the session's pairs. Works in fixed arrays on the stack; what does not fit one
//! operation is told as further operations of the same stamps.

use super::files;
use super::headers::{Object, Point};
use super::objects::{self, Value};
use super::pieces;
use super::wire::{Fragment, Function};
use crate::facts::operation::ITEMS;
use crate::facts::{
    Attribute, Item, Meaning, Operation, Outcome, Property, Row, Scalar, Side, Stamp, Subject,
    Target, Values,
};
use crate::protocols::Sink;
use arrayvec::ArrayVec;

/// Most values that one operation holds over all its items: a static poll of an outstation of
/// usual size, in six kibibytes of stack.
const SCALARS: usize = 256;

/// All that is known of an act when it is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act<'a> {
    pub(super) meaning: &'static Meaning,
    /// Function code; for indications their bit in the upper half.
    pub(super) code: u32,
    pub(super) actor: Side,
    /// Link address of the outstation.
    pub(super) unit: u16,
    pub(super) outcome: Outcome,
    pub(super) requested: Option<Stamp>,
    pub(super) answered: Option<Stamp>,
    /// The fragment that asked, or the unsolicited response.
    pub(super) request: Option<Fragment<'a>>,
    /// The fragment that answered.
    pub(super) answer: Option<Fragment<'a>>,
}

/// Tells an act as one operation, or several where it touches more than one can name.
pub(super) fn tell(act: &Act<'_>, out: &mut dyn Sink) {
    pieces::tell(act, out);
    let mut teller = Teller {
        act,
        runs: ArrayVec::new(),
        scalars: ArrayVec::new(),
        told: false,
        out,
    };
    let is_read = act
        .request
        .is_none_or(|request| request.function == Function::READ);
    let answer = act.answer.filter(|_| is_read);
    let mut answered = Groups::default();
    // Most requests are polls by class, which no answer repeats.
    if objects_of(act.request).any(|object| object.group != 60) {
        for object in objects_of(answer) {
            answered.add(objects::family(object.group));
        }
    }
    for object in objects_of(act.request) {
        if object.group == 60 || !answered.has(objects::family(object.group)) {
            teller.object(&object);
        }
    }
    for object in objects_of(answer) {
        teller.object(&object);
    }
    if !teller.runs.is_empty() || !teller.told {
        teller.flush();
    }
}

/// The objects of a fragment, if there is one.
pub(super) fn objects_of(fragment: Option<Fragment<'_>>) -> impl Iterator<Item = Object<'_>> {
    fragment.into_iter().flat_map(|fragment| fragment.objects())
}

/// A set of object groups.
#[derive(Default)]
struct Groups([u128; 2]);

impl Groups {
    fn add(&mut self, group: u8) {
        if let Some(half) = self.0.get_mut(usize::from(group >> 7)) {
            *half |= 1 << (group & 0x7f);
        }
    }

    fn has(&self, group: u8) -> bool {
        let half = self.0.get(usize::from(group >> 7));
        half.is_some_and(|half| half >> (group & 0x7f) & 1 == 1)
    }
}

/// Points that follow one another, on the way to become an item.
struct Run<'a> {
    target: Target<'a>,
    values: Held<'a>,
}

/// The values of a run; scalars stand in the teller's array.
enum Held<'a> {
    Lent(Values<'a>),
    Scalars { first: usize, count: usize },
}

struct Teller<'a, 'b> {
    act: &'b Act<'a>,
    runs: ArrayVec<Run<'a>, ITEMS>,
    scalars: ArrayVec<Scalar, SCALARS>,
    told: bool,
    out: &'b mut dyn Sink,
}

impl<'a> Teller<'a, '_> {
    fn object(&mut self, object: &Object<'a>) {
        let target = Target {
            space: objects::space(object.group),
            area: Some(u32::from(object.group)),
            range: object
                .indexes()
                .map(|(first, last)| (first.into(), last.into())),
            name: &[],
        };
        match object.group {
            // A common time of occurrence is part of the events after it.
            51 if self
                .act
                .request
                .is_none_or(|request| !request.function.is_request()) => {}
            60 => {
                let class = u64::from(object.variation.saturating_sub(1));
                self.push(
                    Target {
                        range: Some((class, class)),
                        ..target
                    },
                    Values::None,
                );
            }
            120 => self.push(target, Values::None),
            _ if !object.has_body() => self.push(target, Values::None),
            0 => self.attributes(object, target),
            70 => self.files(object, target),
            _ => self.points(object, target),
        }
    }

    fn attributes(&mut self, object: &Object<'a>, target: Target<'a>) {
        let variation = u64::from(object.variation);
        let target = Target {
            range: Some((variation, variation)),
            ..target
        };
        for point in object.points() {
            self.value(target, false, object, &point);
        }
    }

    fn files(&mut self, object: &Object<'a>, target: Target<'a>) {
        for point in object.points() {
            let Some(file) = files::file(object.variation, point.octets) else {
                continue;
            };
            let range = file.block.map(|block| (block.into(), block.into()));
            let values = if file.data.is_empty() {
                Values::None
            } else {
                Values::Octets(file.data)
            };
            self.push(
                Target {
                    range,
                    name: file.name,
                    ..target
                },
                values,
            );
        }
    }

    fn points(&mut self, object: &Object<'a>, target: Target<'a>) {
        if let Some(octets) = object.packed() {
            let count = u16::try_from(object.count).unwrap_or(u16::MAX);
            return self.push(target, Values::Bits { octets, count });
        }
        let mut joins = false;
        let number = objects::number(object.group, object.variation);
        if let Some(number) = number
            && let Some(octets) = object.row(number.size())
        {
            let row = Row {
                octets,
                size: number.size(),
                form: u16::from_be_bytes([object.group, object.variation]),
                read: objects::scalar,
            };
            return self.push(target, Values::Row(row));
        }
        if let Some(number) = number
            && let Some(points) = object.even(number.size())
        {
            for (index, octets) in points {
                if let Some(scalar) = number.read(octets) {
                    let range = index.map(|index| (index.into(), index.into()));
                    self.scalar(Target { range, ..target }, joins, scalar);
                    joins = true;
                }
            }
            return;
        }
        for point in object.points() {
            let range = point.index.map(|index| (index.into(), index.into()));
            joins = self.value(Target { range, ..target }, joins, object, &point);
        }
    }

    /// Adds a point, to the last run where it `joins` that; whether the next one may join it.
    fn value(
        &mut self,
        target: Target<'a>,
        joins: bool,
        object: &Object<'a>,
        point: &Point<'a>,
    ) -> bool {
        let reading = objects::reading(object.group, object.variation, point);
        let time = reading.and_then(|reading| reading.time);
        let scalar = match (reading.map(|reading| reading.value), time) {
            (Some(Value::Scalar(scalar)), _) => scalar,
            (Some(Value::Crob(crob)), _) => Scalar::Name(crob.name()),
            (Some(Value::None), Some(time)) => Scalar::Unsigned(time),
            (Some(Value::Octets(octets)), _) => {
                self.push(target, Values::Octets(octets));
                return false;
            }
            (Some(Value::Text(text)), _) => {
                self.push(target, Values::Text(text));
                return false;
            }
            (Some(Value::None) | None, _) => {
                self.push(target, Values::None);
                return false;
            }
        };
        self.scalar(target, joins, scalar);
        true
    }

    /// Adds a number or state.
    fn scalar(&mut self, target: Target<'a>, joins: bool, scalar: Scalar) {
        if self.scalars.is_full() {
            self.flush();
        }
        if !(joins && self.joined(target.range)) {
            self.room();
            let values = Held::Scalars {
                first: self.scalars.len(),
                count: 1,
            };
            let _ = self.runs.try_push(Run { target, values });
        }
        let _ = self.scalars.try_push(scalar);
    }

    /// Widens the last run by one point, if that is the next one.
    fn joined(&mut self, range: Option<(u64, u64)>) -> bool {
        let Some(run) = self.runs.last_mut() else {
            return false;
        };
        match (&mut run.values, &mut run.target.range, range) {
            (Held::Scalars { count, .. }, Some((_, last)), Some((index, _)))
                if last.checked_add(1) == Some(index) =>
            {
                *count = count.saturating_add(1);
                *last = index;
                true
            }
            _ => false,
        }
    }

    fn push(&mut self, target: Target<'a>, values: Values<'a>) {
        self.room();
        let values = Held::Lent(values);
        let _ = self.runs.try_push(Run { target, values });
    }

    /// Makes room for one more run.
    fn room(&mut self) {
        if self.runs.is_full() {
            self.flush();
        }
    }

    /// Tells what was gathered.
    fn flush(&mut self) {
        let mut items = ArrayVec::<Item<'_>, ITEMS>::new();
        items.extend(self.runs.iter().map(|run| Item {
            target: run.target,
            values: match run.values {
                Held::Lent(values) => values,
                Held::Scalars { first, count } => {
                    let end = first.saturating_add(count);
                    Values::Scalars(self.scalars.get(first..end).unwrap_or_default())
                }
            },
            before: Values::None,
        }));
        self.out.operation(&Operation {
            meaning: self.act.meaning,
            code: self.act.code,
            actor: self.act.actor,
            unit: Some(self.act.unit.into()),
            items: &items,
            outcome: self.act.outcome,
            requested: self.act.requested,
            answered: self.act.answered,
        });
        drop(items);
        self.told = true;
        self.runs.clear();
        self.scalars.clear();
    }
}

/// Tells the device attributes in an answer as properties of the outstation that sent it.
pub(super) fn attributes(side: Side, unit: u16, answer: &Fragment<'_>, out: &mut dyn Sink) {
    for object in objects_of(Some(*answer)).filter(|object| object.group == 0) {
        let Some(property) = property(object.variation) else {
            continue;
        };
        for point in object.points() {
            let reading = objects::reading(0, object.variation, &point);
            let Some(Value::Text(value)) = reading.map(|reading| reading.value) else {
                continue;
            };
            if !value.is_empty() {
                out.attribute(&Attribute {
                    subject: Subject::Side(side),
                    unit: Some(unit.into()),
                    property,
                    value,
                });
            }
        }
    }
}

/// Which property a device attribute of text tells (A.1).
const fn property(variation: u8) -> Option<Property> {
    Some(match variation {
        242 => Property::Firmware,
        243 => Property::Hardware,
        245 => Property::Location,
        247 => Property::Name,
        248 => Property::Serial,
        250 => Property::Model,
        252 => Property::Vendor,
        _ => return None,
    })
}
