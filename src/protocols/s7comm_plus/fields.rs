//! The field table of S7comm-plus: name, meaning, and how each is read from a PDU.

use super::wire::{APPLICATION, CONTROLLER, Call, Frame, Function, HOST, Header, text_attribute};
use crate::facts::{Field, Kind, Message, Visitor};

/// One PDU.
#[derive(Clone, Copy)]
pub(crate) struct PlusMessage<'a> {
    pub(crate) frame: &'a Frame<'a>,
    /// The message's header; `None` in later parts of a message and in keep-alives.
    pub(crate) header: Option<Header<'a>>,
}

impl<'a> PlusMessage<'a> {
    fn call(&self) -> Option<Call<'a>> {
        match self.header? {
            Header::Call(call) => Some(call),
            Header::Notification(_) => None,
        }
    }

    /// A text that the set-up of a session tells.
    fn attribute(&self, id: u64) -> Option<&'a [u8]> {
        let call = self.call()?;
        (call.function == Function::CREATE_OBJECT).then(|| text_attribute(call.rest, id))?
    }
}

impl Message for PlusMessage<'_> {
    fn protocol(&self) -> &'static str {
        "s7comm-plus"
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some(row) = FIELDS.get(index) {
            (row.read)(self, out);
        }
    }
}

/// One row: a field, and how it is read.
pub(crate) struct Row {
    pub(crate) field: Field,
    read: fn(&PlusMessage<'_>, &mut dyn Visitor),
}

const fn row(
    name: &'static str,
    kind: Kind,
    doc: &'static str,
    read: fn(&PlusMessage<'_>, &mut dyn Visitor),
) -> Row {
    Row {
        field: Field::new(name, kind, doc),
        read,
    }
}

fn text(out: &mut dyn Visitor, value: Option<&[u8]>) {
    if let Some(value) = value {
        out.text(value);
    }
}

use Kind::{Boolean, Octets, Text, Unsigned};

pub(crate) static FIELDS: &[Row] = &[
    row(
        "s7comm-plus.version",
        Unsigned,
        "1 session set-up, 2 plain, 3 with digest, 255 keep-alive",
        |m, o| {
            o.unsigned(m.frame.version.into());
        },
    ),
    row(
        "s7comm-plus.opcode",
        Unsigned,
        "0x31 request, 0x32 and 0x02 response, 0x33 notification; \
         only in the first part of a message",
        |m, o| {
            o.any_unsigned(m.header.map(|h| h.opcode()).map(|c| c.0));
        },
    ),
    row(
        "s7comm-plus.opcode_name",
        Text,
        "Kind of message in words",
        |m, o| {
            text(o, m.header.map(|h| h.opcode()).map(|c| c.name().as_bytes()));
        },
    ),
    row(
        "s7comm-plus.function",
        Unsigned,
        "Function of a request or response",
        |m, o| {
            o.any_unsigned(m.call().map(|c| c.function.0));
        },
    ),
    row(
        "s7comm-plus.function_name",
        Text,
        "Function in words",
        |m, o| {
            text(o, m.call().map(|c| c.function.name().as_bytes()));
        },
    ),
    row(
        "s7comm-plus.sequence",
        Unsigned,
        "Ties a response to its request",
        |m, o| {
            o.any_unsigned(m.call().map(|c| c.sequence));
        },
    ),
    row(
        "s7comm-plus.session",
        Unsigned,
        "Session a request belongs to",
        |m, o| {
            o.any_unsigned(m.call().and_then(|c| c.session));
        },
    ),
    row(
        "s7comm-plus.subscription",
        Unsigned,
        "Object that a notification comes from",
        |m, o| {
            if let Some(Header::Notification(subscription)) = m.header {
                o.unsigned(subscription.into());
            }
        },
    ),
    row(
        "s7comm-plus.object",
        Unsigned,
        "Object that a request is about",
        |m, o| {
            o.any_unsigned(m.call().and_then(|c| c.object()));
        },
    ),
    row(
        "s7comm-plus.error",
        Unsigned,
        "Error of a response",
        |m, o| {
            o.any_unsigned(m.call().and_then(|c| c.error()));
        },
    ),
    row(
        "s7comm-plus.last",
        Boolean,
        "The message ends with this PDU",
        |m, o| {
            o.boolean(m.frame.last);
        },
    ),
    row(
        "s7comm-plus.digest",
        Octets,
        "Integrity digest of version 3",
        |m, o| {
            if !m.frame.digest.is_empty() {
                o.octets(m.frame.digest);
            }
        },
    ),
    row(
        "s7comm-plus.controller",
        Text,
        "Session set-up: order number and firmware of the \
         controller, as on the wire",
        |m, o| {
            text(o, m.attribute(CONTROLLER));
        },
    ),
    row(
        "s7comm-plus.host",
        Text,
        "Session set-up: name of the client's host",
        |m, o| {
            text(o, m.attribute(HOST));
        },
    ),
    row(
        "s7comm-plus.application",
        Text,
        "Session set-up: name of the client's program",
        |m, o| {
            text(o, m.attribute(APPLICATION));
        },
    ),
    row(
        "s7comm-plus.data",
        Octets,
        "What the PDU holds behind the digest",
        |m, o| {
            if !m.frame.body.is_empty() {
                o.octets(m.frame.body);
            }
        },
    ),
];
