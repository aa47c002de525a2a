//! Pairs confirmed requests with their answers and tells what devices say of themselves.

use super::super::{Input, Session, Sink, Step};
use super::MALFORMED;
use super::operations::{error, function, network, request};
use super::wire::{Apdu, Kind, Object, Packet, Subject, Tag, number, property_name};
use crate::facts::{
    Attribute, Host, Item, Meaning, Operation, Outcome, Property, Scalar, Side, Stamp, Target,
    Values,
};
use crate::wire::text::{is_printable, trimmed};
use arrayvec::ArrayVec;
use std::time::Duration;

/// Requests kept until they are answered; a client keeps one or a few open to a device.
const PENDING: usize = 16;

/// Time after which an answer is not waited for: three tries of three seconds (135, 5.4).
const PATIENCE: Duration = Duration::from_secs(10);

struct Pending {
    actor: Side,
    invoke: u8,
    service: u8,
    subject: Subject,
    meaning: &'static Meaning,
    stamp: Stamp,
}

/// What is kept of one conversation.
#[derive(Default)]
pub(super) struct Conversation {
    pending: ArrayVec<Pending, PENDING>,
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
        let managed = function(packet.function);
        let routed = packet.network_message.and_then(network);
        if let Some(meaning) = managed.or(routed) {
            let code = packet.network_message.unwrap_or(packet.function);
            unconfirmed(input, meaning, code, &Subject::default(), out);
        }
        if let Some(apdu) = &packet.apdu {
            self.apdu(input, &packet, apdu, out);
        }
        if !packet.sound {
            if input.cut {
                return Step::Skip(length);
            }
            out.fault(input.side, &MALFORMED, 2);
            return Step::Malformed(length);
        }
        Step::Pdu(length)
    }

    fn gap(&mut self, _: Side, _: Option<u64>, _: &mut dyn Sink) {}

    fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        let late = |pending: &Pending| now.time.since(pending.stamp.time) > PATIENCE;
        while self.pending.first().is_some_and(late) {
            tell(&self.pending.remove(0), None, Outcome::NoAnswer, None, out);
        }
    }

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        for pending in std::mem::take(&mut self.pending) {
            tell(&pending, None, Outcome::NotSeen, None, out);
        }
    }
}

impl Conversation {
    fn apdu(
        &mut self,
        input: &Input<'_>,
        packet: &Packet<'_>,
        apdu: &Apdu<'_>,
        out: &mut dyn Sink,
    ) {
        match apdu.kind {
            Kind::Unconfirmed => {
                match apdu.service {
                    0 => introduced(input.side, packet, apdu, out),
                    1 => named(input.side, packet, apdu, out),
                    _ => {}
                }
                let subject = apdu.subject();
                if let Some(meaning) = request(apdu.kind, apdu.service, &subject) {
                    unconfirmed(input, meaning, apdu.service, &subject, out);
                }
            }
            Kind::Confirmed => self.request(input, apdu, out),
            Kind::SegmentAck => {}
            _ => {
                out.server(input.side);
                if apdu.kind == Kind::ComplexAck {
                    described(input.side, packet, apdu, out);
                }
                self.answer(input, apdu, out);
            }
        }
    }

    fn request(&mut self, input: &Input<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) {
        let subject = apdu.subject();
        let (Some(meaning), Some(invoke)) =
            (request(apdu.kind, apdu.service, &subject), apdu.invoke)
        else {
            return;
        };
        // A repeated request, or the next segment of one, is still the same.
        let same = |pending: &Pending| {
            pending.actor == input.side
                && pending.invoke == invoke
                && pending.service == apdu.service
        };
        if self.pending.iter().any(same) {
            return;
        }
        if self.pending.is_full() {
            tell(&self.pending.remove(0), None, Outcome::NotSeen, None, out);
        }
        self.pending.push(Pending {
            actor: input.side,
            invoke,
            service: apdu.service,
            subject,
            meaning,
            stamp: input.stamp,
        });
    }

    fn answer(&mut self, input: &Input<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) {
        let asked = self
            .pending
            .iter()
            .position(|pending| pending.actor != input.side && Some(pending.invoke) == apdu.invoke);
        let Some(pending) = asked.map(|at| self.pending.remove(at)) else {
            return;
        };
        let outcome = match apdu.kind {
            Kind::Error => {
                let mut tags = apdu.tags().filter_map(|tag| match tag {
                    Tag::Application(9, value) => number(value),
                    _ => None,
                });
                let _class = tags.next();
                let code = tags.next().unwrap_or_default();
                Outcome::Refused {
                    code,
                    name: error(code),
                }
            }
            Kind::Reject => Outcome::Refused {
                code: apdu.service.into(),
                name: "rejected",
            },
            Kind::Abort => Outcome::Refused {
                code: apdu.service.into(),
                name: "aborted",
            },
            _ => Outcome::Done,
        };
        let value = match apdu.kind {
            Kind::ComplexAck => apdu.subject().value,
            _ => None,
        };
        tell(&pending, value, outcome, Some(input.stamp), out);
    }
}

fn item<'a>(subject: &Subject, values: &'a [Scalar]) -> Option<Item<'a>> {
    let object = subject.object?;
    let instance = u64::from(object.instance());
    Some(Item {
        target: Target {
            space: object.space(),
            area: (object.space() == "object").then(|| object.kind()),
            range: Some((instance, instance)),
            name: property_name(subject.property.unwrap_or(u32::MAX)).as_bytes(),
        },
        values: if values.is_empty() {
            Values::None
        } else {
            Values::Scalars(values)
        },
        before: Values::None,
    })
}

fn tell(
    pending: &Pending,
    read: Option<Scalar>,
    outcome: Outcome,
    answered: Option<Stamp>,
    out: &mut dyn Sink,
) {
    let value = pending.subject.value.or(read);
    out.operation(&Operation {
        meaning: pending.meaning,
        code: pending.service.into(),
        actor: pending.actor,
        unit: None,
        items: item(&pending.subject, value.as_slice()).as_slice(),
        outcome,
        requested: Some(pending.stamp),
        answered,
    });
}

fn unconfirmed(
    input: &Input<'_>,
    meaning: &'static Meaning,
    code: u8,
    subject: &Subject,
    out: &mut dyn Sink,
) {
    out.operation(&Operation {
        meaning,
        code: code.into(),
        actor: input.side,
        unit: None,
        items: item(subject, subject.value.as_slice()).as_slice(),
        outcome: Outcome::Unacknowledged,
        requested: Some(input.stamp),
        answered: None,
    });
}

/// Whom a datagram speaks for: its sender, who sent it first, or a device behind the sender.
fn attribute<'v>(
    side: Side,
    packet: &Packet<'_>,
    device: Option<Object>,
    property: Property,
    value: &'v [u8],
) -> Attribute<'v> {
    let mut attribute = Attribute::of(side, property, value);
    if let Some(origin) = packet.origin {
        attribute.subject = crate::facts::Subject::Host(Host::Ip(origin.into()));
    }
    if packet.network.is_some() {
        attribute.unit = device.map(Object::instance);
    }
    attribute
}

/// I-Am: device, longest APDU, segmentation, vendor (135, 16.10).
fn introduced(side: Side, packet: &Packet<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) {
    let mut tags = apdu.tags();
    let device = apdu.subject().object;
    if let Some(Tag::Application(2, vendor)) = tags.nth(3)
        && let Some(name) = number(vendor).and_then(manufacturer)
    {
        let vendor = attribute(side, packet, device, Property::Vendor, name.as_bytes());
        out.attribute(&vendor);
    }
}

/// I-Have: device, object, its name (135, 16.9); of the device itself that is its name.
fn named(side: Side, packet: &Packet<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) {
    let mut tags = apdu.tags();
    let (Some(device), Some(object), Some(name)) = (tags.next(), tags.next(), tags.next()) else {
        return;
    };
    let text = name.text().unwrap_or_default();
    let value = trimmed(&text);
    let device = apdu.subject().object.filter(|_| device == object);
    if device.is_some_and(Object::is_device) && is_printable(value) {
        out.attribute(&attribute(side, packet, device, Property::Name, value));
    }
}

/// Properties of the device object that identify it (135, 12.11).
const fn identity(property: u32) -> Option<Property> {
    match property {
        28 => Some(Property::Description),
        44 => Some(Property::Firmware),
        58 => Some(Property::Location),
        70 => Some(Property::Model),
        77 => Some(Property::Name),
        121 => Some(Property::Vendor),
        372 => Some(Property::Serial),
        _ => None,
    }
}

/// Read-property and read-property-multiple answers about the device object.
fn described(side: Side, packet: &Packet<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) {
    // Context tag 0 names the object, 1 or 2 the property; opening tags 3 or 4 hold its value.
    let property_tag = match apdu.service {
        12 => 1,
        14 => 2,
        _ => return,
    };
    let mut device = None;
    let mut property = None;
    for tag in apdu.tags() {
        match tag {
            Tag::Context(0, value) => {
                device = number(value)
                    .map(Object)
                    .filter(|object| object.is_device());
            }
            Tag::Context(kind, value) if kind == property_tag => {
                property = number(value).and_then(identity);
            }
            Tag::Application(..) => {
                let text = tag.text().unwrap_or_default();
                let value = trimmed(&text);
                if let (Some(_), Some(property)) = (device, property.take())
                    && is_printable(value)
                {
                    out.attribute(&attribute(side, packet, device, property, value));
                }
            }
            _ => {}
        }
    }
}

/// Manufacturers by BACnet vendor identifier (ASHRAE), as far as they are often met.
const fn manufacturer(vendor: u32) -> Option<&'static str> {
    Some(match vendor {
        2 => "Trane",
        5 => "Johnson Controls",
        7 | 9 | 22 | 313 => "Siemens",
        8 => "Delta Controls",
        10 | 335 => "Schneider Electric",
        16 => "Carrier",
        17 => "Honeywell",
        18 => "Alerton",
        24 => "Automated Logic",
        28 => "KMC Controls",
        35 => "Reliable Controls",
        36 => "Tridium",
        80 => "Sauter",
        89 => "Saia-Burgess",
        127 => "ABB",
        178 => "LOYTEC",
        222 => "WAGO",
        226 => "Phoenix Contact",
        332 | 364 => "Distech Controls",
        415 => "Beckhoff",
        _ => return None,
    })
}
