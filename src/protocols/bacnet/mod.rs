//! BACnet/IP (ASHRAE 135-2020, annex J): building automation. Who discovers, reads, writes and
//! restarts which device, and what the devices say they are.
//!
//! Called by the sensor's conversations. Of services on several objects the first is told as
//! target; of a segmented message the first segment is read.

mod fields;
mod operations;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};
use wire::Packet;

/// BACnet/IP.
pub(super) struct Bacnet;

const NAME: &str = "bacnet";

const MALFORMED: Fault = Fault {
    name: "bacnet.malformed_data",
    doc: "A BVLC header whose length is the datagram's, then NPDU and APDU (135, 6.2, 20.1, J.2)",
};

impl Protocol for Bacnet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "BACnet/IP"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        true
    }

    fn ports(&self) -> &'static [u16] {
        &[47_808]
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
            Some(packet) if packet.sound => Probe::Certain,
            Some(_) if opening.port(47_808) => Probe::Unsure,
            _ => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
