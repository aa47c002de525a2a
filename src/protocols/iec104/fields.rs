//! The field table of IEC 60870-5-104.

use super::NAME;
use super::apdu::Apdu;
use super::asdu::Asdu;
use crate::facts::{Field, Kind, Message, Scalar, Visitor};

type Row = (Field, fn(&Apdu<'_>, &mut dyn Visitor));

fn asdu<'p, 'a>(apdu: &'p Apdu<'a>) -> Option<&'p Asdu<'a>> {
    match apdu {
        Apdu::Information { asdu, .. } => Some(asdu),
        _ => None,
    }
}

fn number(apdu: &Apdu<'_>, out: &mut dyn Visitor, pick: for<'a, 'b> fn(&'a Asdu<'b>) -> u16) {
    out.any_unsigned(asdu(apdu).map(pick));
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "iec104.format",
            Kind::Text,
            "i, s or u (IEC 60870-5-104, 5.1)",
        ),
        |a, out| {
            out.text(match a {
                Apdu::Information { .. } => b"i",
                Apdu::Supervisory { .. } => b"s",
                Apdu::Unnumbered(_) => b"u",
            });
        },
    ),
    (
        Field::new(
            "iec104.function",
            Kind::Text,
            "Unnumbered function: startdt-act, ... (5.3)",
        ),
        |a, out| {
            if let Apdu::Unnumbered(function) = a {
                out.any_text(function.name().unwrap_or_default().as_bytes());
            }
        },
    ),
    (
        Field::new(
            "iec104.send",
            Kind::Unsigned,
            "Send sequence number, 0 to 32767 (5.1)",
        ),
        |a, out| {
            if let Apdu::Information { send, .. } = a {
                out.unsigned((*send).into());
            }
        },
    ),
    (
        Field::new(
            "iec104.receive",
            Kind::Unsigned,
            "Receive sequence number (5.1)",
        ),
        |a, out| match a {
            Apdu::Information { receive, .. } | Apdu::Supervisory { receive } => {
                out.unsigned((*receive).into());
            }
            Apdu::Unnumbered(_) => {}
        },
    ),
    (
        Field::new(
            "iec104.type",
            Kind::Unsigned,
            "Type identification (60870-5-101, 7.2.1)",
        ),
        |a, out| number(a, out, |asdu| asdu.kind.0.into()),
    ),
    (
        Field::new(
            "iec104.type_name",
            Kind::Text,
            "Its short name, as C_SC_NA_1",
        ),
        |a, out| {
            if let Some((name, _)) = asdu(a).and_then(|asdu| asdu.kind.known()) {
                out.text(name.as_bytes());
            }
        },
    ),
    (
        Field::new(
            "iec104.cause",
            Kind::Unsigned,
            "Cause of transmission (60870-5-101, 7.2.3)",
        ),
        |a, out| number(a, out, |asdu| asdu.cause.into()),
    ),
    (
        Field::new("iec104.cause_name", Kind::Text, "Name of the cause"),
        |a, out| out.any_text(asdu(a).map_or("", Asdu::cause_name).as_bytes()),
    ),
    (
        Field::new(
            "iec104.negative",
            Kind::Boolean,
            "P/N: a negative confirmation",
        ),
        |a, out| {
            if asdu(a).is_some_and(|asdu| asdu.negative) {
                out.boolean(true);
            }
        },
    ),
    (
        Field::new("iec104.test", Kind::Boolean, "T: sent as a test"),
        |a, out| {
            if asdu(a).is_some_and(|asdu| asdu.test) {
                out.boolean(true);
            }
        },
    ),
    (
        Field::new(
            "iec104.originator",
            Kind::Unsigned,
            "Originator address, 0 none",
        ),
        |a, out| number(a, out, |asdu| asdu.originator.into()),
    ),
    (
        Field::new(
            "iec104.common_address",
            Kind::Unsigned,
            "Common address of the station",
        ),
        |a, out| number(a, out, |asdu| asdu.common),
    ),
    (
        Field::new(
            "iec104.count",
            Kind::Unsigned,
            "Number of information objects",
        ),
        |a, out| number(a, out, |asdu| asdu.count.into()),
    ),
    (
        Field::new("iec104.address", Kind::List, "Information object addresses"),
        |a, out| {
            if let Some(asdu) = asdu(a) {
                out.open_list();
                for object in asdu.objects() {
                    out.unsigned(object.address.into());
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "iec104.value",
            Kind::List,
            "Their values, in the same order; unknown ones empty",
        ),
        |a, out| {
            if let Some(asdu) = asdu(a)
                && asdu.objects().any(|object| object.value().is_some())
            {
                out.open_list();
                for object in asdu.objects() {
                    out.scalar(object.value().unwrap_or(Scalar::Name("")));
                }
                out.close_list();
            }
        },
    ),
];

impl Message for Apdu<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
