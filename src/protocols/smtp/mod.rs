//! SMTP (RFC 5321): which mail is sent by whom to whom, and what it holds (RFC 5322, MIME).
//!
//! Called by the sensor's conversations. After STARTTLS the conversation is one of TLS.

mod fields;
mod mime;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// The Simple Mail Transfer Protocol.
pub(super) struct Smtp;

const NAME: &str = "smtp";

const COMMAND_TOO_LONG: Fault = Fault {
    name: "smtp.max_command_line_len_exceeded",
    doc: "A command ends within 4096 octets (RFC 5321, 4.5.3.1: 512)",
};

const REPLY_TOO_LONG: Fault = Fault {
    name: "smtp.max_reply_line_len_exceeded",
    doc: "A reply ends within 4096 octets (RFC 5321, 4.5.3.1: 512)",
};

const INVALID_REPLY: Fault = Fault {
    name: "smtp.invalid_reply",
    doc: "Each line of a reply begins with three digits (RFC 5321, 4.2)",
};

impl Protocol for Smtp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Simple Mail Transfer Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[25, 587, 2525]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&COMMAND_TOO_LONG, &REPLY_TOO_LONG, &INVALID_REPLY]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        let at_home = self.ports().iter().any(|port| opening.port(*port));
        wire::probe(opening.octets, at_home)
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
