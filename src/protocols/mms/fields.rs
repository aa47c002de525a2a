//! The field table of MMS.

use super::NAME;
use super::data::{self, Value};
use super::operations::{IDENTIFIES, READS, WRITES, service};
use super::wire::{Kind, Name, Unit, name, session_name};
use crate::facts::{Field, Kind as Type, Message, Visitor};

type Row = (Field, fn(&Unit<'_>, &mut dyn Visitor));

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "mms.pdu",
            Type::Text,
            "confirmed-request, confirmed-response, initiate-request, ... (ISO 9506-2, 7.1), or \
             what the session layer says: connect, accept, refuse, finish, disconnect, abort",
        ),
        |unit, out| match unit {
            Unit::Session(identifier) => out.text(session_name(*identifier).as_bytes()),
            Unit::Mms(pdu) => out.text(pdu.kind.name().as_bytes()),
            Unit::Other => out.text(b"association"),
        },
    ),
    (
        Field::new("mms.invoke", Type::Unsigned, "Invoke identifier"),
        |unit, out| {
            if let Unit::Mms(pdu) = unit {
                out.any_unsigned(pdu.invoke);
            }
        },
    ),
    (
        Field::new(
            "mms.service",
            Type::Text,
            "Service by name (ISO 9506-2, 7.3)",
        ),
        |unit, out| {
            if let Unit::Mms(pdu) = unit {
                let name = pdu.service.and_then(service);
                out.any_text(name.unwrap_or_default().as_bytes());
            }
        },
    ),
    (
        Field::new(
            "mms.domain",
            Type::Text,
            "Domain of what a request names first: the logical device",
        ),
        |unit, out| out.any_text(asked(unit).domain),
    ),
    (
        Field::new(
            "mms.item",
            Type::Text,
            "What a request names first: variable, program, file",
        ),
        |unit, out| out.any_text(asked(unit).item),
    ),
    (
        Field::new(
            "mms.value",
            Type::List,
            "First value of a write or of a response to a read, of a structure its first element \
             (ISO 9506-2, 14.4.2)",
        ),
        |unit, out| {
            if let Some(value) = value(unit) {
                out.open_list();
                match value {
                    Value::Scalar(scalar) => out.scalar(scalar),
                    Value::Text(text) => out.text(text),
                    Value::Octets(octets) => out.octets(octets),
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "mms.vendor",
            Type::Text,
            "Vendor in a response to identify (ISO 9506-2, 10.5.3)",
        ),
        |unit, out| out.any_text(identity(unit).map_or(&[], |identity| identity.vendor)),
    ),
    (
        Field::new("mms.model", Type::Text, "Model in a response to identify"),
        |unit, out| out.any_text(identity(unit).map_or(&[], |identity| identity.model)),
    ),
    (
        Field::new(
            "mms.revision",
            Type::Text,
            "Revision in a response to identify",
        ),
        |unit, out| out.any_text(identity(unit).map_or(&[], |identity| identity.revision)),
    ),
];

fn value<'a>(unit: &Unit<'a>) -> Option<Value<'a>> {
    let Unit::Mms(pdu) = unit else {
        return None;
    };
    let list = match (pdu.kind, pdu.service?) {
        (Kind::REQUEST, WRITES) => 0xa0,
        (Kind::RESPONSE, READS) => 0xa1,
        _ => return None,
    };
    data::first(pdu.content, list)?.ok()
}

fn identity<'a>(unit: &Unit<'a>) -> Option<data::Identity<'a>> {
    match unit {
        Unit::Mms(pdu) if (pdu.kind, pdu.service) == (Kind::RESPONSE, Some(IDENTIFIES)) => {
            data::identity(pdu.content)
        }
        _ => None,
    }
}

fn asked<'a>(unit: &Unit<'a>) -> Name<'a> {
    match unit {
        Unit::Mms(pdu) if pdu.kind == Kind::REQUEST => name(pdu.content),
        _ => Name::default(),
    }
}

impl Message for Unit<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
