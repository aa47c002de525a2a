//! TLS 1.0 to 1.3 and SSL 3.0 (RFC 5246, RFC 8446, RFC 6101): which server name is asked for,
//! which version was agreed, and what certificate the server shows, up to version 1.2 where it
//! can be seen.
//!
//! Called by the sensor's conversations. Ends with the first encrypted record of a side.

mod certificate;
mod fields;
mod ja3;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// Transport Layer Security.
pub(super) struct Tls;

const NAME: &str = "tls";

const INVALID_RECORD: Fault = Fault {
    name: "tls.invalid_record",
    doc: "A known content type, version 3.x and a length of at most 2^14 + 2048 (RFC 5246, 6.2)",
};

const INVALID_HANDSHAKE: Fault = Fault {
    name: "tls.invalid_handshake_message",
    doc: "Lengths inside a handshake message fit into it (RFC 5246, 7.4)",
};

const OVERFLOW_HEARTBEAT: Fault = Fault {
    name: "tls.overflow_heartbeat_message",
    doc: "The payload of a heartbeat is as long as it says (RFC 6520, 4)",
};

impl Protocol for Tls {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Transport Layer Security"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[443, 8443]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&INVALID_RECORD, &INVALID_HANDSHAKE, &OVERFLOW_HEARTBEAT]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        wire::probe(opening.octets)
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
