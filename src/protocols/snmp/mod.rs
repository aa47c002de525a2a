//! SNMP versions 1, 2c and 3 (RFC 1157, RFC 3416, RFC 3412): who asks which agent for what, who
//! sets what, and what the agent says it is.
//!
//! Called by the sensor's conversations. Of an encrypted version 3 message only engine and user
//! are seen.

mod fields;
mod operations;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};
use wire::Packet;

/// The Simple Network Management Protocol.
pub(super) struct Snmp;

const NAME: &str = "snmp";

const MALFORMED: Fault = Fault {
    name: "snmp.malformed_data",
    doc: "One message of a known version in basic encoding (RFC 1157, 4; RFC 3412, 6)",
};

impl Protocol for Snmp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Simple Network Management Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[161, 162]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&MALFORMED]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match Packet::read(opening.octets) {
            Some(_) => Probe::Certain,
            None => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
