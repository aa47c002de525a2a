//! From the parts of a request and its response to the items of an operation.

use super::{code, of};
use crate::facts::operation::ITEMS;
use crate::facts::{Item, Operation, Outcome, Side, Stamp, Target, Values};
use crate::protocols::Sink;
use crate::protocols::modbus::umas::{self, Umas};
use crate::protocols::modbus::wire::codes::{Exception, Function};
use crate::protocols::modbus::wire::records::Record;
use crate::protocols::modbus::wire::{Body, Parts};
use arrayvec::ArrayVec;

/// Most items of an operation that is not on file records: written and read registers, or the
/// owner of a reservation and a place.
const TWO: usize = 2;

/// One half of a transaction: what it said and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Half<'a> {
    /// What the PDU says.
    pub(crate) parts: Parts<'a>,
    /// The packet that completed it.
    pub(crate) stamp: Stamp,
}

/// Who asked which unit for which function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) actor: Side,
    pub(crate) unit: u8,
    pub(crate) function: Function,
}

/// Tells the operation that `asked` and `answered` make together; at least one is there.
/// `outcome` is what to tell where there is no answer.
pub(crate) fn tell(
    subject: Subject,
    asked: Option<&Half<'_>>,
    answered: Option<&Half<'_>>,
    unanswered: Outcome,
    out: &mut dyn Sink,
) {
    let empty = Parts::default();
    let Some(leading) = asked.or(answered) else {
        return;
    };
    let is_request = asked.is_some();
    let operation = Operation {
        meaning: of(subject.function, &leading.parts, is_request),
        code: code(subject.function, &leading.parts, is_request),
        actor: subject.actor,
        unit: Some(u32::from(subject.unit)),
        items: &[],
        outcome: answered.map_or(unanswered, |answer| outcome(&answer.parts)),
        requested: asked.map(|half| half.stamp),
        answered: answered.map(|half| half.stamp),
    };
    let request = asked.map_or(&empty, |half| &half.parts);
    let response = answered.map_or(&empty, |half| &half.parts);
    if let Some((first, second)) = files(request, response) {
        records(&operation, first, second, out);
        return;
    }
    let mut items = ArrayVec::new();
    fill(&mut items, subject.function, request, response);
    out.operation(&Operation {
        items: &items,
        ..operation
    });
}

fn outcome(parts: &Parts<'_>) -> Outcome {
    match parts.body {
        // The server is at work on it (MODBUS Application Protocol V1.1b3, section 7).
        Body::Exception(Exception::ACKNOWLEDGE) => Outcome::Accepted,
        Body::Exception(exception) => Outcome::Refused {
            code: u32::from(exception.0),
            name: exception.name(),
        },
        Body::Umas(umas) if umas.code.0 == umas::ERROR => Outcome::Refused {
            code: umas.data.first().copied().map_or(0, u32::from),
            name: "umas error",
        },
        _ => Outcome::Done,
    }
}

/// Kind of address that a function reads or writes.
const fn space(function: Function) -> &'static str {
    match function.0 {
        1 | 5 | 15 => "coil",
        2 => "discrete-input",
        3 | 6 | 16 | 22 | 23 => "holding-register",
        4 => "input-register",
        24 => "fifo",
        _ => "",
    }
}

/// First and last address; they stop at 65535, the last there is.
fn range(address: Option<u16>, quantity: Option<u16>) -> Option<(u64, u64)> {
    let first = address?;
    let last = first.saturating_add(quantity?.max(1) - 1);
    Some((u64::from(first), u64::from(last)))
}

fn item<'a>(space: &'static str, range: Option<(u64, u64)>, values: Values<'a>) -> Item<'a> {
    Item {
        target: Target {
            space,
            range,
            ..Target::default()
        },
        values,
        before: Values::None,
    }
}

fn fill<'a>(
    items: &mut ArrayVec<Item<'a>, TWO>,
    function: Function,
    request: &Parts<'a>,
    response: &Parts<'a>,
) {
    let address = request.address.or(response.address);
    let quantity = request.quantity.or(response.quantity);
    let space = space(function);
    match function.0 {
        1..=4 => items.push(item(space, range(address, quantity), response.values)),
        5 | 6 | 22 => {
            let values = or(request.values, response.values);
            items.push(item(space, range(address, Some(1)), values));
        }
        15 | 16 => items.push(item(space, range(address, quantity), request.values)),
        23 => {
            let written = range(request.write_address, request.write_quantity);
            items.push(item(space, written, request.values));
            let read = range(request.address, request.quantity);
            items.push(item(space, read, response.values));
        }
        24 => items.push(item(space, range(address, Some(1)), response.values)),
        90 => {
            if let Body::Umas(umas) = request.body {
                engineering(items, umas, response);
            }
        }
        _ => {}
    }
}

fn or<'a>(first: Values<'a>, second: Values<'a>) -> Values<'a> {
    if first == Values::None { second } else { first }
}

fn octets(octets: &[u8]) -> Values<'_> {
    if octets.is_empty() {
        Values::None
    } else {
        Values::Octets(octets)
    }
}

/// The memory block, program block or owner that a UMAS request is about.
fn engineering<'a>(items: &mut ArrayVec<Item<'a>, TWO>, request: Umas<'a>, response: &Parts<'a>) {
    if let Some(name) = request.owner() {
        items.push(Item {
            target: Target {
                space: "umas-reservation",
                name,
                ..Target::default()
            },
            ..Item::default()
        });
    }
    let Some(place) = request.place() else {
        return;
    };
    let read = match response.body {
        Body::Umas(answer) if answer.code.0 == umas::OK => answer.read_back(request),
        _ => &[],
    };
    let values = or(octets(request.written()), octets(read));
    let target = match place.memory {
        Some((offset, count)) => Target {
            space: "umas-memory",
            area: Some(u32::from(place.block)),
            range: range(Some(offset), Some(count)),
            name: &[],
        },
        None => Target {
            space: "umas-program-block",
            range: range(Some(place.block), Some(1)),
            ..Target::default()
        },
    };
    items.push(Item {
        target,
        values,
        before: Values::None,
    });
}

/// The file records of both halves, those that name files first.
fn files<'a>(request: &Parts<'a>, response: &Parts<'a>) -> Option<(Parts<'a>, Parts<'a>)> {
    match (request.body, response.body) {
        (Body::Records(_), _) => Some((*request, *response)),
        (_, Body::Records(_)) => Some((*response, Parts::default())),
        _ => None,
    }
}

/// One item a record; a request for more records than an operation holds is told as several.
fn records(operation: &Operation<'_>, naming: Parts<'_>, answering: Parts<'_>, out: &mut dyn Sink) {
    let (Body::Records(named), answer) = (naming.body, answering.body) else {
        return;
    };
    let mut answers = match answer {
        Body::Records(records) => Some(records.iter()),
        _ => None,
    };
    let mut items = ArrayVec::<Item<'_>, ITEMS>::new();
    for record in named.iter() {
        let answer = answers.as_mut().and_then(Iterator::next);
        if items.is_full() {
            out.operation(&Operation {
                items: &items,
                ..*operation
            });
            items.clear();
        }
        items.push(file(record, answer));
    }
    out.operation(&Operation {
        items: &items,
        ..*operation
    });
}

fn file<'a>(record: Record<'a>, answer: Option<Record<'a>>) -> Item<'a> {
    let data = if record.data.is_empty() {
        answer.map_or(record.data, |answer| answer.data)
    } else {
        record.data
    };
    Item {
        target: Target {
            space: "file",
            area: record.file.map(u32::from),
            range: range(record.record, Some(record.length)),
            name: &[],
        },
        values: if data.is_empty() {
            Values::None
        } else {
            Values::Words(data)
        },
        before: Values::None,
    }
}
