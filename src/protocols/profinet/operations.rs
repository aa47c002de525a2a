//! What DCP requests mean, and whose vendor identifiers are whose.

use super::wire::Subject;
use crate::facts::{Class, Meaning, Technique};

/// Identify with no filter: who is there?
pub(super) static DISCOVER: Meaning = Meaning {
    name: "dcp identify all",
    class: Class::Identify,
    criticality: 1,
    techniques: &[Technique(846), Technique(888)],
};

/// Get: name, addresses, device and role of one station.
pub(super) static GET: Meaning = Meaning {
    name: "dcp get",
    class: Class::Identify,
    criticality: 1,
    techniques: &[Technique(888)],
};

/// A station that is renamed loses its controller.
pub(super) static SET_NAME: Meaning = Meaning {
    name: "dcp set name of station",
    class: Class::Configure,
    criticality: 5,
    techniques: &[Technique(836), Technique(814)],
};

/// A station whose address changes loses its connections.
pub(super) static SET_IP: Meaning = Meaning {
    name: "dcp set ip address",
    class: Class::Configure,
    criticality: 5,
    techniques: &[Technique(836), Technique(814)],
};

/// Reset to the factory's settings.
pub(super) static RESET: Meaning = Meaning {
    name: "dcp reset to factory settings",
    class: Class::Wipe,
    criticality: 5,
    techniques: &[Technique(809), Technique(816)],
};

/// Flash the light.
pub(super) static SIGNAL: Meaning = Meaning {
    name: "dcp signal",
    class: Class::Diagnose,
    criticality: 1,
    techniques: &[Technique(888)],
};

/// Any other set.
pub(super) static SET: Meaning = Meaning {
    name: "dcp set",
    class: Class::Configure,
    criticality: 3,
    techniques: &[Technique(836)],
};

/// All of them.
pub(super) static MEANINGS: &[&Meaning] =
    &[&DISCOVER, &GET, &SET_NAME, &SET_IP, &RESET, &SIGNAL, &SET];

/// What it means to set a subject; `None` for the brackets of a transaction.
pub(super) const fn set(subject: Subject) -> Option<&'static Meaning> {
    Some(match subject {
        Subject::START | Subject::END => return None,
        Subject::NAME => &SET_NAME,
        Subject::IP | Subject::FULL_IP => &SET_IP,
        Subject::FACTORY_RESET | Subject::RESET => &RESET,
        Subject::SIGNAL => &SIGNAL,
        _ => &SET,
    })
}

/// Name of a block error (IEC 61158-6-10, 4.3.1.4.10).
pub(super) const fn refusal(error: u8) -> &'static str {
    match error {
        1 => "option not supported",
        2 => "suboption not supported or no data set available",
        3 => "suboption not set",
        4 => "resource error",
        5 => "set not possible for local reasons",
        6 => "in operation, set not possible",
        _ => "refused",
    }
}

/// Manufacturers by vendor identifier (PROFIBUS & PROFINET International), as far as they are
/// often met.
pub(super) const fn manufacturer(vendor: u16) -> Option<&'static str> {
    Some(match vendor {
        0x001a => "ABB",
        0x002a => "Siemens",
        0x00b0 => "Phoenix Contact",
        0x011d => "WAGO",
        0x011e => "Hilscher",
        0x0120 => "Beckhoff",
        0x013d => "Turck",
        0x014d => "Festo",
        _ => return None,
    })
}
