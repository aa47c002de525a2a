//! LLDP (IEEE 802.1AB-2016): what a device says of itself to its neighbour, with the inventory
//! TLVs of LLDP-MED (ANSI/TIA-1057) and what PROFINET (IEC 61158-6-10) writes into the names.
//!
//! Called by the sensor's conversations. All of it speaks of the sender.

mod fields;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session, Stateless};
use crate::facts::{Fault, Field, Meaning};
use wire::Unit;

/// The Link Layer Discovery Protocol.
pub(super) struct Lldp;

const NAME: &str = "lldp";

const INVALID: Fault = Fault {
    name: "lldp.invalid_tlv",
    doc: "Chassis, port and time to live first, then TLVs that end in the frame (802.1AB, 8.2)",
};

impl Protocol for Lldp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Link Layer Discovery Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Ether(0x88cc)]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&INVALID]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match Unit::read(opening.octets) {
            Some(_) => Probe::Certain,
            None => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::new(Stateless(session::feed))
    }
}
