//! LLMNR (RFC 4795): names asked for on the local link, and hosts that answer to theirs.
//!
//! Called by the sensor's conversations. Its messages are those of DNS and are read there.

use super::dns::fields::table;
use super::dns::multicast::Multicast;
use super::dns::session::Variant;
use crate::facts::Fault;

/// Link-Local Multicast Name Resolution.
pub(super) static LLMNR: Multicast = Multicast {
    title: "Link-Local Multicast Name Resolution",
    ports: &[5355],
    variant: &Variant {
        name: "llmnr",
        fields: table!("llmnr"),
        fault: &MALFORMED,
        own_names: true,
    },
    faults: &[&MALFORMED],
};

static MALFORMED: Fault = Fault {
    name: "llmnr.malformed_data",
    doc: "Header, names, and as many records as it counts, within the message (RFC 1035, 4)",
};
