//! The field table of SNMP.

use super::NAME;
use super::wire::{Packet, PduKind, Value, dotted};
use crate::facts::{Field, Kind, Message, Visitor};

type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new("snmp.version", Kind::Text, "Version: 1, 2c or 3"),
        |p, out| {
            out.text(match p.version {
                0 => b"1",
                1 => b"2c",
                _ => b"3",
            });
        },
    ),
    (
        Field::new(
            "snmp.community",
            Kind::Text,
            "Community, a shared secret (RFC 1157, 3.2.5)",
        )
        .secret(),
        |p, out| out.any_text(p.community),
    ),
    (
        Field::new("snmp.user", Kind::Text, "User of version 3 (RFC 3414, 2.4)"),
        |p, out| out.any_text(p.user),
    ),
    (
        Field::new(
            "snmp.engine",
            Kind::Octets,
            "Authoritative engine of version 3 (RFC 3411, 5)",
        ),
        |p, out| {
            if !p.engine.is_empty() {
                out.octets(p.engine);
            }
        },
    ),
    (
        Field::new(
            "snmp.pdu",
            Kind::Text,
            "Kind of PDU: get, set, response, trap, ... (RFC 3416, 3)",
        ),
        |p, out| {
            if let Some(pdu) = &p.pdu {
                out.text(pdu.kind.name().as_bytes());
            }
        },
    ),
    (
        Field::new(
            "snmp.request",
            Kind::Signed,
            "Request identifier that pairs request and response",
        ),
        |p, out| {
            if let Some(request) = p.pdu.and_then(|pdu| pdu.request) {
                out.signed(request);
            }
        },
    ),
    (
        Field::new(
            "snmp.error",
            Kind::Signed,
            "Error status of a response, 0 none (RFC 3416, 3)",
        ),
        |p, out| {
            if let Some(pdu) = p.pdu.filter(|pdu| pdu.kind == PduKind::RESPONSE) {
                out.signed(pdu.error);
            }
        },
    ),
    (
        Field::new("snmp.oid", Kind::List, "Objects, in dotted form"),
        |p, out| {
            if let Some(pdu) = &p.pdu {
                out.open_list();
                for binding in pdu.bindings() {
                    out.text(&dotted(binding.object));
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "snmp.value",
            Kind::List,
            "Their values, in the same order; absent ones empty",
        ),
        |p, out| {
            if let Some(pdu) = p
                .pdu
                .filter(|pdu| pdu.bindings().any(|b| b.value != Value::None))
            {
                out.open_list();
                for binding in pdu.bindings() {
                    value(binding.value, out);
                }
                out.close_list();
            }
        },
    ),
    (
        Field::derived("snmp.usm", Kind::Text, "User of version 3 (RFC 3414, 2.4)"),
        |p, out| out.any_text(p.user),
    ),
    (
        Field::derived(
            "snmp.pdu_type",
            Kind::Unsigned,
            "Kind of PDU by number: 0 get, 1 get next, 2 response, 3 set, 4 trap of version 1, \
             5 get bulk, 6 inform, 7 trap, 8 report (RFC 3416, 3)",
        ),
        |p, out| {
            if let Some(pdu) = &p.pdu {
                out.unsigned((pdu.kind.0 & 0x1f).into());
            }
        },
    ),
];

fn value(value: Value<'_>, out: &mut dyn Visitor) {
    match value {
        Value::Signed(number) => out.signed(number),
        Value::Unsigned(number) => out.unsigned(number),
        Value::Text(text) => out.text(text),
        Value::Octets(octets) => out.octets(octets),
        Value::Object(object) => out.text(&dotted(object)),
        Value::Address(address) => out.shown(&address),
        Value::None => out.text(b""),
    }
}

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
