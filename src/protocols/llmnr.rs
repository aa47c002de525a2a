//! LLMNR (RFC 4795): names asked for on the local link, and hosts that answer to theirs.
//!
//! Called by the sensor's conversations. Its messages are those of DNS and are read there;
//! what differs is that a host answers for itself, so that an answer names its sender.

use super::dns::fields::{Row, table};
use super::dns::session::{self, Variant};
use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// Link-Local Multicast Name Resolution.
pub(super) struct Llmnr;

const MALFORMED: Fault = Fault {
    name: "llmnr.malformed_data",
    doc: "Header, names, and as many records as it counts, within the message (RFC 1035, 4)",
};

static FIELDS: &[Row] = table!("llmnr");

static VARIANT: Variant = Variant {
    name: "llmnr",
    fields: FIELDS,
    fault: &MALFORMED,
    own_names: true,
};

impl Protocol for Llmnr {
    fn name(&self) -> &'static str {
        VARIANT.name
    }

    fn title(&self) -> &'static str {
        "Link-Local Multicast Name Resolution"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[5355]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&MALFORMED]
    }

    /// The message has to read as one of DNS; which of the three it is only the port can tell.
    fn probe(&self, opening: &Opening<'_>) -> Probe {
        if opening.port(5355) {
            session::probe_datagram(opening.octets)
        } else {
            Probe::NotMine
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        session::open(&VARIANT, opening.carrier)
    }
}
