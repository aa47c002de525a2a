//! What can be wrong with a packet: the table of faults.
//!
//! Called by the session and the registry entry. Names are Suricata's where it has an event for
//! the same thing.

use crate::facts::Fault;

/// The encapsulation packet cannot be read.
pub(super) static INVALID_PDU: Fault = Fault {
    name: "enip.invalid_pdu",
    doc: "the lengths of the encapsulation and its items do not agree (CIP volume 2, 2-3, 2-6)",
};
/// The CIP message cannot be read.
pub(super) static INVALID_CIP: Fault = Fault {
    name: "enip.invalid_cip",
    doc: "a CIP message ends early or holds an unknown path segment (CIP volume 1, 2-4, C-1)",
};
/// More requests wait for replies than are kept.
pub(super) static TOO_MANY_TRANSACTIONS: Fault = Fault {
    name: "enip.too_many_transactions",
    doc: "more requests without reply than a device can hold; the oldest are given up",
};
/// More services in one packet than are read.
pub(super) static TOO_MANY_SERVICES: Fault = Fault {
    name: "enip.too_many_services",
    doc: "a multiple service packet names more services than fit a connection (CIP volume 1, A-4.10)",
};

/// Every fault of this protocol.
pub(super) static FAULTS: &[&Fault] = &[
    &INVALID_CIP,
    &INVALID_PDU,
    &TOO_MANY_SERVICES,
    &TOO_MANY_TRANSACTIONS,
];
