//! DNS (RFC 1035) over UDP and TCP: which names are asked for and what they resolve to.
//!
//! Called by the sensor's conversations. Multicast DNS and LLMNR have the same messages under
//! names of their own and use this folder.

pub(super) mod fields;
pub(super) mod multicast;
pub(super) mod session;
pub(super) mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};
use session::Variant;

/// The Domain Name System.
pub(super) struct Dns;

/// What is wrong with a message that cannot be read to its end.
pub(super) const MALFORMED: Fault = Fault {
    name: "dns.malformed_data",
    doc: "Header, names, and as many records as it counts, within the message (RFC 1035, 4)",
};

static FIELDS: &[fields::Row] = fields::table!("dns");

static VARIANT: Variant = Variant {
    name: "dns",
    fields: FIELDS,
    fault: &MALFORMED,
    own_names: false,
};

impl Protocol for Dns {
    fn name(&self) -> &'static str {
        VARIANT.name
    }

    fn title(&self) -> &'static str {
        "Domain Name System"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp, Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[53]
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

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match opening.carrier {
            Carrier::Tcp => session::probe_stream(opening.octets),
            // The same message on these ports is multicast DNS or LLMNR.
            _ if opening.port(5353) || opening.port(5355) => Probe::NotMine,
            _ => session::probe_datagram(opening.octets),
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        session::open(&VARIANT, opening.carrier)
    }
}
