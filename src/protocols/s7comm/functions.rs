//! Functions of userdata to operations and attributes.
//!
//! Called by the session for each pair, for halves whose other half was not seen, and for
//! what the controller sends unasked.

use super::act::{Act, Batch};
use super::alarms::Alarms;
use super::blocks::{BlockName, BlockType, asked as block_asked};
use super::items::Data;
use super::operations;
use super::szl;
use super::userdata::{Clock, Table, cyclic_data, cyclic_specs};
use super::values::Typed;
use super::wire::{Userdata, group};
use super::{errors, items};
use crate::facts::{Attribute, Item, Meaning, Outcome, Property, Scalar, Side, Target, Values};
use crate::protocols::Sink;

/// The code of a userdata operation: function in the upper half; below ROSCTR and group.
const fn code(userdata: &Userdata<'_>) -> u32 {
    (userdata.subfunction as u32) << 16 | 0x0700 | userdata.group as u32
}

/// How an answer says that it went.
fn outcome(answer: &Userdata<'_>) -> Outcome {
    match (answer.error.unwrap_or_default(), answer.return_code) {
        // Answers without data carry "object does not exist" and no error: all is well.
        (0, None | Some(items::SUCCESS | 0x0a | 0x00)) => Outcome::Done,
        (0, Some(code)) => Outcome::Refused {
            code: code.into(),
            name: errors::return_code(code),
        },
        (code, _) => Outcome::Refused {
            code: code.into(),
            name: errors::error(code),
        },
    }
}

/// Tells the operation of a request of userdata; one half may be missing, and `missing` then
/// says how the operation ended. The answer's payload is put together from all its parts.
pub(crate) fn tell(
    act: &Act,
    request: Option<&Userdata<'_>>,
    answer: Option<&Userdata<'_>>,
    missing: Outcome,
    scratch: &mut Vec<Scalar>,
    out: &mut dyn Sink,
) {
    let Some(userdata) = request.or(answer) else {
        return;
    };
    let asked = request.map_or(&[][..], |r| r.payload);
    let payload = answer.map_or(&[][..], |a| a.payload);
    let outcome = answer.map_or(missing, outcome);
    let code = code(userdata);
    match (userdata.group, userdata.subfunction) {
        (group::CPU, 0x01) => {
            let id = szl::asked(asked).or(szl::asked(payload));
            let meaning = operations::szl(id.map(|(id, _)| id));
            let item = id.map(|(id, index)| Item {
                target: Target {
                    space: "szl",
                    area: Some(id.into()),
                    range: Some((index.into(), index.into())),
                    name: &[],
                },
                values: octets(payload),
                before: Values::None,
            });
            act.tell_one(out, meaning, code, outcome, item);
        }
        (group::PROGRAMMER, 0x02 | 0x08 | 0x09) => {
            let meaning = operations::userdata(userdata.group, userdata.subfunction);
            let mut batch = Batch::new(act, meaning, code, outcome, scratch);
            table(asked, &mut batch, out);
            batch.flush(out);
        }
        (group::CYCLIC, 0x01 | 0x05 | 0x07) => {
            let mut batch = Batch::new(act, &operations::SUBSCRIBE, code, outcome, scratch);
            cyclic(asked, payload, &mut batch, out);
            batch.flush(out);
        }
        (group::CPU, 0x07 | 0x08 | 0x0b | 0x13) => {
            let meaning = operations::userdata(userdata.group, userdata.subfunction);
            let told = if userdata.subfunction == 0x13 {
                answer
            } else {
                request
            };
            let mut batch = Batch::new(act, meaning, code, outcome, scratch);
            if told.is_some_and(|told| alarms(told, &mut batch, out)) {
                batch.flush(out);
            } else {
                act.tell_one(out, meaning, code, outcome, None);
            }
        }
        _ => {
            let meaning = operations::userdata(userdata.group, userdata.subfunction);
            simple(act, userdata, meaning, asked, payload, outcome, out);
        }
    }
}

/// Adds the items that `asked` orders, with their values from an answer or a push; says whether
/// there are any.
fn cyclic<'a>(
    asked: &'a [u8],
    payload: &'a [u8],
    batch: &mut Batch<'a, '_>,
    out: &mut dyn Sink,
) -> bool {
    let mut any = false;
    let mut data = cyclic_data(payload);
    for spec in cyclic_specs(asked) {
        any = true;
        batch.add(Some(spec), data.next().map(|d| d.octets), out);
    }
    any
}

/// Adds the alarms of a message with their states; says whether there are any.
fn alarms<'a>(userdata: &Userdata<'a>, batch: &mut Batch<'a, '_>, out: &mut dyn Sink) -> bool {
    let mut any = false;
    for alarm in Alarms::parse(userdata).into_iter().flatten() {
        any = true;
        let event = u64::from(alarm.event);
        let target = Target {
            space: "alarm",
            range: Some((event, event)),
            ..Target::default()
        };
        match alarm.state {
            Some(state) => batch.add_scalar(target, Scalar::Unsigned(state.into()), out),
            None => batch.add_target(target, Typed::Lent(Values::None), out),
        }
    }
    any
}

/// Octets as values; none where there are none.
const fn octets(octets: &[u8]) -> Values<'_> {
    if octets.is_empty() {
        Values::None
    } else {
        Values::Octets(octets)
    }
}

/// Adds the entries of a variable table, with the values that a modify or force carries.
fn table<'a>(payload: &'a [u8], batch: &mut Batch<'a, '_>, out: &mut dyn Sink) {
    let Some(table) = Table::parse(payload) else {
        return;
    };
    let mut values: Data<'_> = table.values();
    for entry in table {
        let value = values.next().map_or(Values::None, |d| octets(d.octets));
        batch.add_target(entry.target(), Typed::Lent(value), out);
    }
}

/// Tells a function with at most one target.
fn simple(
    act: &Act,
    userdata: &Userdata<'_>,
    meaning: &'static Meaning,
    asked: &[u8],
    payload: &[u8],
    outcome: Outcome,
    out: &mut dyn Sink,
) {
    let clock;
    let block: BlockName;
    let item = match userdata.group {
        group::TIME => {
            let carrier = if asked.is_empty() { payload } else { asked };
            clock = Clock::parse(carrier).map(Clock::text);
            clock.as_ref().map(|text| Item {
                values: Values::Text(&text.0),
                ..Item::default()
            })
        }
        group::BLOCK => {
            block = block_name(asked);
            (!block.is_empty()).then_some(Item {
                target: Target {
                    space: "block",
                    name: &block,
                    ..Target::default()
                },
                values: octets(payload),
                before: Values::None,
            })
        }
        _ => None,
    };
    act.tell_one(out, meaning, code(userdata), outcome, item);
}

/// The block, or the type of blocks, that a block function asks for.
fn block_name(asked: &[u8]) -> BlockName {
    if let Some(block) = block_asked(asked) {
        return block.name();
    }
    let mut name = BlockName::new();
    if let [a, b] = asked
        && let Some(kind) = BlockType::from_digits([*a, *b])
    {
        let _ = name.try_extend_from_slice(kind.name().as_bytes());
    }
    name
}

/// Tells what the controller at `side` sent unasked; `asked` is the payload of the request that
/// ordered it, where that was seen.
pub(crate) fn tell_push(
    act: &Act,
    side: Side,
    push: &Userdata<'_>,
    asked: Option<&[u8]>,
    scratch: &mut Vec<Scalar>,
    out: &mut dyn Sink,
) {
    let Some(meaning) = operations::push(push.group, push.subfunction) else {
        return;
    };
    let outcome = Outcome::Unacknowledged;
    let mut batch = Batch::new(act, meaning, code(push), outcome, scratch);
    let any = match asked {
        Some(asked) => cyclic(asked, push.payload, &mut batch, out),
        None => alarms(push, &mut batch, out),
    };
    if any {
        batch.flush(out);
    } else {
        let item = (!push.payload.is_empty()).then_some(Item {
            values: Values::Octets(push.payload),
            ..Item::default()
        });
        act.tell_one(out, meaning, code(push), outcome, item);
    }
    let mode = match (push.group, push.subfunction, push.payload) {
        (group::MODE, 0x00, _) => "stop",
        (group::MODE, 0x02, _) => "run",
        (group::MODE, 0x04, _) => "hold",
        // Events of class 4 are mode transitions; octet 3 holds the modes.
        (group::CPU, 0x03, [0x40..=0x4f, _, _, modes, ..]) => szl::mode(*modes),
        _ => return,
    };
    out.attribute(&Attribute::of(side, Property::Mode, mode.as_bytes()));
}
