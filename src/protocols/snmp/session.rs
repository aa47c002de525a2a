//! Pairs requests with responses, and takes from responses what an agent says of itself.

use super::super::{Input, Session, Sink, Step, banner};
use super::MALFORMED;
use super::operations::{SET, manufacturer, meaning, refusal};
use super::wire::{Binding, Dotted, Packet, Pdu, PduKind, Value, dotted, enterprise};
use crate::facts::{
    Attribute, Item, Mac, Meaning, Operation, Outcome, Property, Scalar, Side, Stamp, Target,
    Values,
};
use crate::wire::text::trimmed;
use arrayvec::ArrayVec;
use std::time::Duration;

/// Requests kept until they are answered. Managers keep one or a few open to each agent.
const PENDING: usize = 16;

/// How long an answer is waited for: managers repeat after one to five seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Objects told of one request; a set names one or a few.
const OBJECTS: usize = 8;

struct Pending {
    actor: Side,
    request: i64,
    kind: PduKind,
    meaning: &'static Meaning,
    object: Dotted,
    stamp: Stamp,
}

/// What is kept of one conversation.
#[derive(Default)]
pub(super) struct Conversation {
    pending: ArrayVec<Pending, PENDING>,
    /// Kinds of reading operations that were told already.
    told: ArrayVec<PduKind, 4>,
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let length = input.octets.len();
        let Some(packet) = Packet::read(input.octets) else {
            if input.cut {
                return Step::Skip(length);
            }
            out.fault(input.side, &MALFORMED, 0);
            return Step::Malformed(length);
        };
        out.message(input.side, &packet);
        if let Some(pdu) = &packet.pdu {
            self.pdu(input, pdu, out);
        }
        engine(input.side, &packet, out);
        Step::Pdu(length)
    }

    fn gap(&mut self, _: Side, _: Option<u64>, _: &mut dyn Sink) {}

    fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        let late = |pending: &Pending| now.time.since(pending.stamp.time) > PATIENCE;
        while self.pending.first().is_some_and(late) {
            let pending = self.pending.remove(0);
            self.unanswered(&pending, Outcome::NoAnswer, out);
        }
    }

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        for pending in std::mem::take(&mut self.pending) {
            self.unanswered(&pending, Outcome::NotSeen, out);
        }
    }
}

impl Conversation {
    fn pdu(&mut self, input: &Input<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let side = input.side;
        match pdu.kind {
            PduKind::RESPONSE => {
                out.server(side);
                described(side, pdu, out);
                self.answer(input, pdu, out);
            }
            PduKind::TRAP_V1 => vendor(side, pdu.enterprise, out),
            PduKind::TRAP | PduKind::INFORM => described(side, pdu, out),
            _ => {}
        }
        if let (Some(meaning), Some(request)) = (meaning(pdu.kind), pdu.request) {
            if self.pending.is_full() {
                let oldest = self.pending.remove(0);
                self.unanswered(&oldest, Outcome::NotSeen, out);
            }
            let first = pdu.bindings().next();
            self.pending.push(Pending {
                actor: side,
                request,
                kind: pdu.kind,
                meaning,
                object: first
                    .map(|binding| dotted(binding.object))
                    .unwrap_or_default(),
                stamp: input.stamp,
            });
        }
    }

    /// The answer to a pending request: it repeats the objects, of a set with their values
    /// (RFC 3416, 4.2.5).
    fn answer(&mut self, input: &Input<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let asked = self.pending.iter().position(|pending| {
            pending.actor != input.side && Some(pending.request) == pdu.request
        });
        let Some(pending) = asked.map(|at| self.pending.remove(at)) else {
            return;
        };
        if self.is_told(&pending) {
            return;
        }
        let outcome = match u32::try_from(pdu.error) {
            Ok(0) => Outcome::Done,
            code => Outcome::Refused {
                code: code.unwrap_or(u32::MAX),
                name: refusal(code.unwrap_or(u32::MAX)),
            },
        };
        let bindings: ArrayVec<Binding<'_>, OBJECTS> = pdu.bindings().take(OBJECTS).collect();
        let objects: ArrayVec<Dotted, OBJECTS> = bindings
            .iter()
            .map(|binding| dotted(binding.object))
            .collect();
        let numbers: ArrayVec<[Scalar; 1], OBJECTS> = bindings.iter().map(number).collect();
        let set = *pending.meaning == SET;
        let items = bindings.iter().zip(&objects).zip(&numbers);
        let items: ArrayVec<Item<'_>, OBJECTS> = items
            .map(|((binding, object), number)| Item {
                target: target(object),
                values: if set {
                    values(binding, number)
                } else {
                    Values::None
                },
                before: Values::None,
            })
            .collect();
        tell(&pending, &items, outcome, Some(input.stamp), out);
    }

    fn unanswered(&mut self, pending: &Pending, outcome: Outcome, out: &mut dyn Sink) {
        if !self.is_told(pending) {
            let item = Item {
                target: target(&pending.object),
                ..Item::default()
            };
            tell(pending, &[item], outcome, None, out);
        }
    }

    /// Whether a reading operation of this kind was told before; if not, it is now. Setting is
    /// told each time.
    fn is_told(&mut self, pending: &Pending) -> bool {
        if *pending.meaning == SET {
            return false;
        }
        let told = self.told.contains(&pending.kind);
        if !told {
            // There are three kinds of reading requests and room for four.
            let _ = self.told.try_push(pending.kind);
        }
        told
    }
}

fn target(object: &[u8]) -> Target<'_> {
    Target {
        space: "object",
        name: object,
        ..Target::default()
    }
}

fn number(binding: &Binding<'_>) -> [Scalar; 1] {
    match binding.value {
        Value::Signed(value) => [Scalar::Signed(value)],
        Value::Unsigned(value) => [Scalar::Unsigned(value)],
        _ => [Scalar::Unsigned(0)],
    }
}

fn values<'a>(binding: &Binding<'a>, number: &'a [Scalar]) -> Values<'a> {
    match binding.value {
        Value::Signed(_) | Value::Unsigned(_) => Values::Scalars(number),
        Value::Text(text) => Values::Text(text),
        Value::Octets(octets) | Value::Object(octets) => Values::Octets(octets),
        Value::Address(_) | Value::None => Values::None,
    }
}

fn tell(
    pending: &Pending,
    items: &[Item<'_>],
    outcome: Outcome,
    answered: Option<Stamp>,
    out: &mut dyn Sink,
) {
    out.operation(&Operation {
        meaning: pending.meaning,
        code: pending.kind.0.into(),
        actor: pending.actor,
        unit: None,
        items,
        outcome,
        requested: Some(pending.stamp),
        answered,
    });
}

/// The system group (RFC 3418) and the first physical entity (RFC 6933), by object.
const DESCRIBED: &[(&[u8], Property)] = &[
    (&[0x2b, 6, 1, 2, 1, 1, 1, 0], Property::Description),
    (&[0x2b, 6, 1, 2, 1, 1, 5, 0], Property::Name),
    (&[0x2b, 6, 1, 2, 1, 1, 6, 0], Property::Location),
    (
        &[0x2b, 6, 1, 2, 1, 0x2f, 1, 1, 1, 1, 8, 1],
        Property::Hardware,
    ),
    (
        &[0x2b, 6, 1, 2, 1, 0x2f, 1, 1, 1, 1, 10, 1],
        Property::Firmware,
    ),
    (
        &[0x2b, 6, 1, 2, 1, 0x2f, 1, 1, 1, 1, 11, 1],
        Property::Serial,
    ),
    (
        &[0x2b, 6, 1, 2, 1, 0x2f, 1, 1, 1, 1, 12, 1],
        Property::Vendor,
    ),
    (
        &[0x2b, 6, 1, 2, 1, 0x2f, 1, 1, 1, 1, 13, 1],
        Property::Model,
    ),
];

/// sysObjectID (RFC 3418, 2).
const SYS_OBJECT_ID: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 2, 0];

fn described(side: Side, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    for binding in pdu.bindings() {
        match binding.value {
            Value::Text(text) => {
                let known = DESCRIBED
                    .iter()
                    .find(|(object, _)| *object == binding.object);
                let text = trimmed(text);
                if let Some((_, property)) = known
                    && !text.is_empty()
                {
                    out.attribute(&Attribute::of(side, *property, text));
                    if *property == Property::Description {
                        banner::system(side, text, out);
                    }
                }
            }
            Value::Object(object) if binding.object == SYS_OBJECT_ID => vendor(side, object, out),
            _ => {}
        }
    }
}

fn vendor(side: Side, object: &[u8], out: &mut dyn Sink) {
    if let Some(name) = enterprise(object).and_then(manufacturer) {
        out.attribute(&Attribute::of(side, Property::Vendor, name.as_bytes()));
    }
}

/// The engine identifier of an agent that answers: enterprise number, then by format its MAC
/// address (RFC 3411, 5).
fn engine(side: Side, packet: &Packet<'_>, out: &mut dyn Sink) {
    let agent = packet
        .pdu
        .is_some_and(|pdu| matches!(pdu.kind, PduKind::RESPONSE | PduKind::REPORT));
    if let ([0x80..=0xff, _, _, _, 3, rest @ ..], true) = (packet.engine, agent)
        && let Ok(mac) = rest.try_into().map(Mac)
        && !mac.is_zero()
    {
        out.attribute(&Attribute::of(side, Property::Mac, &mac.0));
    }
}
