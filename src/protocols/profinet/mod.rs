//! PROFINET (IEC 61158-6-10) on Ethernet: the Discovery and basic Configuration Protocol (DCP),
//! by which stations are found, named and given addresses, without any authentication.
//!
//! Called by the sensor's conversations. Cyclic and other real-time frames of the same Ethernet
//! type are named, once a direction and kind: what they hold stands in the engineering project.

mod fields;
mod operations;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};
use wire::{Dcp, FrameId};

/// PROFINET: DCP, and real-time frames by name.
pub(super) struct Profinet;

const NAME: &str = "profinet";

const MALFORMED: Fault = Fault {
    name: "profinet.malformed_dcp",
    doc: "A known service, and blocks that end within the frame (IEC 61158-6-10, 4.3)",
};

impl Protocol for Profinet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "PROFINET (DCP and real-time)"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Ether(0x8892)]
    }

    fn industrial(&self) -> bool {
        true
    }

    fn ports(&self) -> &'static [u16] {
        &[]
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
        match FrameId::read(opening.octets) {
            Some(id) if id.is_dcp() => match Dcp::read(opening.octets) {
                Some(_) => Probe::Certain,
                None => Probe::NotMine,
            },
            // The Ethernet type says PROFINET, and the frame identifier is one in use.
            Some(id) if id.kind().is_some() => Probe::Unsure,
            _ => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
