//! What SNMP requests mean, and whose enterprise numbers are whose.

use super::wire::PduKind;
use crate::facts::{Class, Meaning, Technique};

/// Get: what management systems poll.
pub(super) static GET: Meaning = Meaning {
    name: "snmp get",
    class: Class::Read,
    criticality: 0,
    techniques: &[],
};

/// Get-next and get-bulk: a walk through what the agent has.
pub(super) static WALK: Meaning = Meaning {
    name: "snmp walk",
    class: Class::Identify,
    criticality: 1,
    techniques: &[Technique(888)],
};

/// Set: changes a setting, down to port states and restarts.
pub(super) static SET: Meaning = Meaning {
    name: "snmp set",
    class: Class::Configure,
    criticality: 3,
    techniques: &[Technique(836)],
};

/// All of them.
pub(super) static MEANINGS: &[&Meaning] = &[&GET, &WALK, &SET];

/// What a request means; `None` for what is no request.
pub(super) const fn meaning(kind: PduKind) -> Option<&'static Meaning> {
    match kind {
        PduKind::GET => Some(&GET),
        PduKind::GET_NEXT | PduKind::GET_BULK => Some(&WALK),
        PduKind::SET => Some(&SET),
        _ => None,
    }
}

/// Name of an error status (RFC 3416, 3).
pub(super) fn refusal(status: u32) -> &'static str {
    const NAMES: [&str; 19] = [
        "noError",
        "tooBig",
        "noSuchName",
        "badValue",
        "readOnly",
        "genErr",
        "noAccess",
        "wrongType",
        "wrongLength",
        "wrongEncoding",
        "wrongValue",
        "noCreation",
        "inconsistentValue",
        "resourceUnavailable",
        "commitFailed",
        "undoFailed",
        "authorizationError",
        "notWritable",
        "inconsistentName",
    ];
    usize::try_from(status)
        .ok()
        .and_then(|status| NAMES.get(status).copied())
        .unwrap_or("unknown")
}

/// Manufacturers by private enterprise number (IANA), as far as plants use their devices.
const ENTERPRISES: &[(u64, &str)] = &[
    (9, "Cisco"),
    (11, "HP"),
    (43, "3Com"),
    (248, "Hirschmann"),
    (318, "APC"),
    (534, "Eaton"),
    (674, "Dell"),
    (890, "ZyXEL"),
    (1004, "RuggedCom"),
    (2636, "Juniper"),
    (3375, "F5"),
    (3833, "Schneider Electric"),
    (4196, "Siemens"),
    (4329, "Siemens"),
    (4346, "Phoenix Contact"),
    (4413, "Broadcom"),
    (6876, "VMware"),
    (8691, "Moxa"),
    (10_297, "Advantech"),
    (12_356, "Fortinet"),
    (13_576, "WAGO"),
    (14_988, "MikroTik"),
    (15_004, "RuggedCom"),
    (16_177, "Westermo"),
    (16_378, "Red Lion"),
    (25_506, "H3C"),
];

/// The manufacturer of an enterprise number, where it is one of those above.
pub(super) fn manufacturer(enterprise: u64) -> Option<&'static str> {
    ENTERPRISES
        .iter()
        .find(|(number, _)| *number == enterprise)
        .map(|(_, name)| *name)
}
