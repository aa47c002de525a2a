//! IEC 60870-5-104 (edition 2.1, 2016; ASDUs of IEC 60870-5-101): telecontrol over TCP. Who
//! interrogates, commands and sets which information object of which station.
//!
//! Called by the sensor's conversations. Process data that stations send is told as messages;
//! what controlling stations ask for becomes operations, paired with its confirmation.

mod apdu;
mod asdu;
mod fields;
mod operations;
mod session;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// IEC 60870-5-104.
pub(super) struct Iec104;

const NAME: &str = "iec104";

const MALFORMED_ASDU: Fault = Fault {
    name: "iec104.malformed_asdu",
    doc: "As many information objects as the qualifier counts (IEC 60870-5-101, 7.2.2)",
};

const LOST_START: Fault = Fault {
    name: "iec104.no_start",
    doc: "An APDU begins with 0x68 and a length of 4 to 253 (IEC 60870-5-104, 5)",
};

impl Protocol for Iec104 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "IEC 60870-5-104"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        true
    }

    fn ports(&self) -> &'static [u16] {
        &[2404]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&MALFORMED_ASDU, &LOST_START]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        if opening.midstream {
            // The first octets may be the rest of an APDU.
            apdu::find(opening.octets).map_or(Probe::NotMine, |at| {
                let rest = opening.octets.get(at..).unwrap_or_default();
                match apdu::probe(rest) {
                    Probe::Certain => Probe::found(at, true),
                    Probe::Unsure => Probe::found(at, false),
                    probe => probe,
                }
            })
        } else {
            apdu::probe(opening.octets)
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
