//! Multicast DNS (RFC 6762) with service discovery (RFC 6763): how hosts name and describe
//! themselves.
//!
//! Called by the sensor's conversations. Its messages are those of DNS and are read there.

use super::dns::fields::table;
use super::dns::multicast::Multicast;
use super::dns::session::Variant;
use crate::facts::Fault;

/// Multicast DNS.
pub(super) static MDNS: Multicast = Multicast {
    title: "Multicast DNS",
    ports: &[5353],
    variant: &Variant {
        name: "mdns",
        fields: table!("mdns"),
        fault: &MALFORMED,
        own_names: true,
    },
    faults: &[&MALFORMED],
};

static MALFORMED: Fault = Fault {
    name: "mdns.malformed_data",
    doc: "Header, names, and as many records as it counts, within the message (RFC 1035, 4)",
};
