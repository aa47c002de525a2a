//! NetBIOS over UDP (RFC 1001, RFC 1002): the name service and the datagram service with the
//! browser's host announcements (MS-BRWS), which name hosts, their system and their role.
//!
//! Called by the sensor's conversations. The session service belongs to SMB.

mod fields;
mod session;
pub(super) mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session, Stateless};
use crate::facts::{Fault, Field, Meaning};
use wire::Packet;

/// NetBIOS name and datagram services.
pub(super) struct NetBios;

const NAME: &str = "netbios";

const MALFORMED: Fault = Fault {
    name: "netbios.malformed_data",
    doc: "A name service packet or a datagram with encoded names (RFC 1002, 4.2 and 4.4)",
};

impl Protocol for NetBios {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "NetBIOS names and datagrams"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[137, 138]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
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
        Box::new(Stateless(session::feed))
    }
}
