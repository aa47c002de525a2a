//! DHCP for IPv4 (RFC 2131, options RFC 2132): who asks for an address, under which name, and
//! who hands addresses out.
//!
//! Called by the sensor's conversations. A client that asks is told by its MAC address, for its
//! datagrams come from 0.0.0.0; once an address is acknowledged the two are bound.

mod fields;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session, Stateless};
use crate::facts::{Fault, Field, Meaning};
use wire::Packet;

/// The Dynamic Host Configuration Protocol.
pub(super) struct Dhcp;

const NAME: &str = "dhcp";

const MALFORMED: Fault = Fault {
    name: "dhcp.malformed_options",
    doc: "Fixed fields, magic cookie, and options that end within the datagram (RFC 2131, 2; 3)",
};

impl Protocol for Dhcp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Dynamic Host Configuration Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[67, 68]
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
