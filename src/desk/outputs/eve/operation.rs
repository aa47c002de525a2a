//! An operation, and the cycle that its repetitions make.

use super::Eve;
use super::head::{About, Common, Head, Packet, ip_protocol, micros};
use crate::desk::outputs::json::hex;
use crate::facts::{Outcome, Scalar};
use crate::sensor::{Cycle, Novelty, OperationRecord, OwnedItem, OwnedValues, Spread};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

#[derive(Debug, Serialize)]
pub(super) struct OperationLine<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    operation: Operation<'a>,
    ot: Ot,
}

#[derive(Debug, Serialize)]
pub(super) struct CycleLine<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    cycle: Cycled<'a>,
    ot: Ot,
}

#[derive(Debug, Serialize)]
struct Ot {
    #[serde(flatten)]
    common: Common,
}

/// What an operation is, without how it went.
#[derive(Debug, Serialize)]
pub(super) struct Act<'a> {
    protocol: &'static str,
    name: &'static str,
    class: &'static str,
    criticality: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    techniques: Vec<String>,
    actor: String,
    device: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    targets: Vec<Target<'a>>,
}

#[derive(Debug, Serialize)]
struct Operation<'a> {
    #[serde(flatten)]
    act: Act<'a>,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_frame: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_frame: Option<u64>,
    novelty: &'static str,
    fold: u32,
}

#[derive(Debug, Serialize)]
struct Refusal {
    code: u32,
    name: &'static str,
}

#[derive(Debug, Serialize)]
struct Cycled<'a> {
    #[serde(flatten)]
    act: Act<'a>,
    fold: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    merged: bool,
    count: u64,
    first: Packet,
    last: Packet,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_us: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_us: Option<Measured>,
    changes: u64,
    refused: u64,
    unanswered: u64,
}

/// A spread in microseconds.
#[derive(Debug, Serialize)]
struct Measured {
    least: u64,
    mean: u64,
    greatest: u64,
}

#[derive(Debug, Serialize)]
struct Target<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    space: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "is_none", serialize_with = "values")]
    values: &'a OwnedValues,
    #[serde(skip_serializing_if = "is_none", serialize_with = "values")]
    before: &'a OwnedValues,
}

/// Values by their kind, each kind under a key of its own: a store that maps each key to one
/// type takes them all.
#[derive(Debug, Default, Serialize)]
struct Kinds<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bits: Vec<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    numbers: Vec<Number>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<Cow<'static, str>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    octets: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: Cow<'a, str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

/// The event of one operation.
pub(super) fn operation<'a>(eve: &'a Eve, record: &'a OperationRecord) -> OperationLine<'a> {
    let kind = "operation";
    let asked = record.requested.zip(record.answered);
    let took = asked.map(|(from, to)| to.time.nanos().saturating_sub(from.time.nanos()));
    OperationLine {
        head: Head::new(eve, &about(kind, record)),
        operation: Operation {
            act: act(record),
            result: record.outcome.name(),
            error: match record.outcome {
                Outcome::Refused { code, name } => Some(Refusal { code, name }),
                _ => None,
            },
            response_us: took.map(micros),
            request_frame: record.requested.map(|stamp| stamp.frame),
            answer_frame: record.answered.map(|stamp| stamp.frame),
            novelty: match record.novelty {
                Novelty::First => "first",
                Novelty::Value => "value",
                Novelty::Notable => "notable",
                Novelty::Repeat => "repeat",
            },
            fold: record.fold,
        },
        ot: Ot {
            common: Common::new(eve, (kind, record.flow.0), record.stamp, record.nth),
        },
    }
}

/// The event of what an operation's repetitions came to; `record` is the first of them.
pub(super) fn cycle<'a>(eve: &'a Eve, record: &'a OperationRecord, cycle: &Cycle) -> CycleLine<'a> {
    let kind = "cycle";
    let about = About {
        stamp: cycle.last,
        ..about(kind, record)
    };
    CycleLine {
        head: Head::new(eve, &about),
        cycle: Cycled {
            act: if cycle.merged {
                kind_of(record)
            } else {
                act(record)
            },
            fold: cycle.fold,
            merged: cycle.merged,
            count: cycle.count,
            first: cycle.first.into(),
            last: cycle.last.into(),
            period_us: measured(cycle.interval),
            response_us: measured(cycle.response),
            changes: cycle.changes,
            refused: cycle.refused,
            unanswered: cycle.unanswered,
        },
        ot: Ot {
            common: Common::new(eve, (kind, cycle.flow.0), cycle.last, cycle.fold),
        },
    }
}

const fn about(kind: &'static str, record: &OperationRecord) -> About {
    About {
        kind,
        flow: record.flow,
        stamp: record.stamp,
        source: record.actor,
        destination: record.device,
        ip_protocol: ip_protocol(&record.path),
        tags: record.path.tags,
        protocol: Some(record.protocol),
    }
}

pub(super) fn act(record: &OperationRecord) -> Act<'_> {
    let meaning = record.meaning;
    Act {
        protocol: record.protocol,
        name: meaning.name,
        class: meaning.class.name(),
        criticality: meaning.criticality,
        code: Some(record.code),
        techniques: meaning.techniques.iter().map(ToString::to_string).collect(),
        actor: record.actor.host.to_string(),
        device: record.device.host.to_string(),
        unit: record.unit,
        targets: record.items.iter().map(target).collect(),
    }
}

/// What is the same in operations that were not told apart.
fn kind_of(record: &OperationRecord) -> Act<'_> {
    Act {
        code: None,
        unit: None,
        targets: Vec::new(),
        ..act(record)
    }
}

fn target(item: &OwnedItem) -> Target<'_> {
    Target {
        space: item.space,
        area: item.area,
        first: item.range.map(|(first, _)| first),
        last: item.range.map(|(_, last)| last),
        name: String::from_utf8_lossy(&item.name),
        values: &item.values,
        before: &item.before,
    }
}

fn measured(spread: Spread) -> Option<Measured> {
    spread.mean().map(|mean| Measured {
        least: micros(spread.least),
        mean: micros(mean),
        greatest: micros(spread.greatest),
    })
}

fn is_none(values: &OwnedValues) -> bool {
    *values == OwnedValues::None
}

fn values<S: Serializer>(values: &OwnedValues, serializer: S) -> Result<S::Ok, S::Error> {
    let mut kinds = Kinds::default();
    match values {
        OwnedValues::None => {}
        OwnedValues::Bits(bits) => kinds.bits.clone_from(bits),
        OwnedValues::Words(words) => {
            kinds.numbers = words
                .iter()
                .map(|w| Number::Unsigned((*w).into()))
                .collect();
        }
        OwnedValues::Scalars(scalars) => scalars.iter().for_each(|s| kinds.scalar(*s)),
        OwnedValues::Octets(octets) => kinds.octets = hex(octets),
        OwnedValues::Text(text) => kinds.text = String::from_utf8_lossy(text),
    }
    kinds.serialize(serializer)
}

impl Kinds<'_> {
    fn scalar(&mut self, scalar: Scalar) {
        match scalar {
            Scalar::Bit(bit) => self.bits.push(bit),
            Scalar::Unsigned(number) => self.numbers.push(Number::Unsigned(number)),
            Scalar::Signed(number) => self.numbers.push(Number::Signed(number)),
            Scalar::Float(number) if number.is_finite() => {
                self.numbers.push(Number::Float(number));
            }
            // JSON has no such numbers.
            Scalar::Float(number) => self.names.push(number.to_string().into()),
            Scalar::Name(name) => self.names.push(name.into()),
        }
    }
}
