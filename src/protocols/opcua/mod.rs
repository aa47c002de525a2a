//! OPC UA over TCP (IEC 62541-6:2020): which endpoint is opened under which security policy,
//! and, where messages are not encrypted, which services are called.
//!
//! Called by the sensor's conversations. Services are told by name and outcome; which nodes
//! they touch is not read.

mod fields;
mod operations;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// OPC Unified Architecture, binary over TCP.
pub(super) struct Opcua;

const NAME: &str = "opcua";

const INVALID_HEADER: Fault = Fault {
    name: "opcua.invalid_header",
    doc: "A known message type, a chunk type, and a size of at least 8 (IEC 62541-6, 7.1.2.2)",
};

impl Protocol for Opcua {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "OPC UA"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        true
    }

    fn ports(&self) -> &'static [u16] {
        &[4840]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&INVALID_HEADER]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match wire::Header::read(opening.octets) {
            Ok(Some(_)) => Probe::Certain,
            Ok(None) => Probe::More,
            Err(()) => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
