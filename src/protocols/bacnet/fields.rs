//! The field table of BACnet.

use super::NAME;
use super::wire::{Apdu, Object, Packet, property_name};
use crate::facts::{Field, Kind, Message, Scalar, Visitor};

type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

fn object(packet: &Packet<'_>) -> Option<Object> {
    packet.apdu.and_then(|apdu| apdu.subject().object)
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "bacnet.function",
            Kind::Unsigned,
            "BVLC function (ASHRAE 135, J.2)",
        ),
        |p, out| out.unsigned(p.function.into()),
    ),
    (
        Field::new(
            "bacnet.origin",
            Kind::Text,
            "Who sent it first, where it was passed on",
        ),
        |p, out| {
            if let Some(origin) = p.origin {
                out.shown(&origin);
            }
        },
    ),
    (
        Field::new(
            "bacnet.network",
            Kind::Unsigned,
            "Network of a sender behind a router",
        ),
        |p, out| out.any_unsigned(p.network),
    ),
    (
        Field::new(
            "bacnet.network_message",
            Kind::Unsigned,
            "Network layer message (135, 6.2.4)",
        ),
        |p, out| out.any_unsigned(p.network_message),
    ),
    (
        Field::new(
            "bacnet.apdu",
            Kind::Text,
            "Kind of APDU: confirmed-request, ... (135, 20.1)",
        ),
        |p, out| out.any_text(p.apdu.map_or("", |apdu| apdu.kind.name()).as_bytes()),
    ),
    (
        Field::new(
            "bacnet.invoke",
            Kind::Unsigned,
            "Identifier that pairs answer and request",
        ),
        |p, out| out.any_unsigned(p.apdu.and_then(|apdu| apdu.invoke)),
    ),
    (
        Field::new(
            "bacnet.service",
            Kind::Unsigned,
            "Service choice; of a reject or abort its reason (135, 21.4 and 21.5)",
        ),
        |p, out| out.any_unsigned(p.apdu.map(|apdu| apdu.service)),
    ),
    (
        Field::new(
            "bacnet.object_type",
            Kind::Text,
            "Type of the first object named",
        ),
        |p, out| {
            if let Some(object) = object(p) {
                match object.space() {
                    "object" => out.shown(&object.kind()),
                    name => out.text(name.as_bytes()),
                }
            }
        },
    ),
    (
        Field::new(
            "bacnet.instance",
            Kind::Unsigned,
            "Instance number of the first object named",
        ),
        |p, out| out.any_unsigned(object(p).map(Object::instance)),
    ),
    (
        Field::new(
            "bacnet.property",
            Kind::Text,
            "First property named (135, 21.6)",
        ),
        |p, out| {
            if let Some(property) = p.apdu.and_then(|apdu| apdu.subject().property) {
                match property_name(property) {
                    "" => out.shown(&property),
                    name => out.text(name.as_bytes()),
                }
            }
        },
    ),
    (
        Field::new(
            "bacnet.value",
            Kind::Float,
            "First value, where it is one number or truth",
        ),
        |p, out| match p.apdu.as_ref().map(Apdu::subject).and_then(|s| s.value) {
            Some(Scalar::Bit(bit)) => out.boolean(bit),
            Some(Scalar::Unsigned(number)) => out.unsigned(number),
            Some(Scalar::Signed(number)) => out.signed(number),
            Some(Scalar::Float(number)) => out.float(number),
            Some(Scalar::Name(name)) => out.text(name.as_bytes()),
            None => {}
        },
    ),
    (
        Field::new(
            "bacnet.priority",
            Kind::Unsigned,
            "Priority of a write, 1 to 16 (135, 19.2)",
        ),
        |p, out| out.any_unsigned(p.apdu.and_then(|apdu| apdu.subject().priority)),
    ),
];

impl Message for Packet<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
