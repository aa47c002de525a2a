//! The field table of OPC UA.

use super::NAME;
use super::operations::structure;
use super::wire::Chunk;
use crate::facts::{Field, Kind, Message, Visitor};

type Row = (Field, fn(&Chunk<'_>, &mut dyn Visitor));

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "opcua.message",
            Kind::Text,
            "hello, acknowledge, error, open-channel, message, ... (IEC 62541-6, 7.1.2.2)",
        ),
        |c, out| out.text(c.header.kind.name().as_bytes()),
    ),
    (
        Field::new(
            "opcua.size",
            Kind::Unsigned,
            "Octets of the chunk with its header",
        ),
        |c, out| out.unsigned(c.header.size as u64),
    ),
    (
        Field::new("opcua.endpoint", Kind::Text, "Endpoint asked for"),
        |c, out| out.any_text(c.endpoint),
    ),
    (
        Field::new("opcua.policy", Kind::Text, "Security policy of a channel"),
        |c, out| out.any_text(c.policy),
    ),
    (
        Field::new("opcua.channel", Kind::Unsigned, "Secure channel identifier"),
        |c, out| out.any_unsigned(c.channel),
    ),
    (
        Field::new(
            "opcua.request",
            Kind::Unsigned,
            "Request identifier, of what is in the clear",
        ),
        |c, out| out.any_unsigned(c.request),
    ),
    (
        Field::new(
            "opcua.service",
            Kind::Text,
            "Service by name (IEC 62541-4, 5)",
        ),
        |c, out| {
            let name = c.service.and_then(structure);
            out.any_text(name.unwrap_or_default().as_bytes());
        },
    ),
    (
        Field::new(
            "opcua.structure",
            Kind::Unsigned,
            "Number of the request or response structure",
        ),
        |c, out| out.any_unsigned(c.service),
    ),
    (
        Field::new(
            "opcua.status",
            Kind::Unsigned,
            "Status of a response or error, 0 good",
        ),
        |c, out| out.any_unsigned(c.status),
    ),
    (
        Field::new("opcua.reason", Kind::Text, "Text of an error"),
        |c, out| out.any_text(c.reason),
    ),
];

impl Message for Chunk<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
