//! What OPC UA services mean (IEC 62541-4), by the number of their structures.

use crate::facts::{Class, Meaning, Technique};

static FIND: Meaning = Meaning::new(
    "find servers and endpoints",
    Class::Identify,
    1,
    &[Technique(846), Technique(888)],
);
static REGISTER: Meaning = Meaning::new("register server", Class::Configure, 3, &[Technique(848)]);
static SESSION: Meaning = Meaning::new("opc ua session", Class::Authenticate, 1, &[]);
static BROWSE: Meaning = Meaning::new("browse nodes", Class::Identify, 1, &[Technique(861)]);
static READ: Meaning = Meaning::new("read nodes", Class::Read, 0, &[]);
static WRITE: Meaning = Meaning::new(
    "write nodes",
    Class::Write,
    3,
    &[Technique(855), Technique(836)],
);
static HISTORY: Meaning = Meaning::new(
    "update history",
    Class::ClearLog,
    4,
    &[Technique(872), Technique(832)],
);
static CALL: Meaning = Meaning::new(
    "call method",
    Class::Control,
    4,
    &[Technique(855), Technique(834)],
);
static NODES: Meaning = Meaning::new(
    "add or delete nodes",
    Class::Configure,
    5,
    &[Technique(889)],
);
static SUBSCRIBE: Meaning = Meaning::new("subscribe", Class::Read, 0, &[]);
static UNSUBSCRIBE: Meaning = Meaning::new("delete subscriptions", Class::Read, 1, &[]);

/// All of them.
pub(super) static MEANINGS: &[&Meaning] = &[
    &FIND,
    &REGISTER,
    &SESSION,
    &BROWSE,
    &READ,
    &WRITE,
    &HISTORY,
    &CALL,
    &NODES,
    &SUBSCRIBE,
    &UNSUBSCRIBE,
];

/// Services: number of the request structure in binary encoding, name, meaning where it is told.
/// A response has the number of its request plus 3.
const SERVICES: &[(u16, &str, Option<&Meaning>)] = &[
    (422, "find-servers", Some(&FIND)),
    (428, "get-endpoints", Some(&FIND)),
    (437, "register-server", Some(&REGISTER)),
    (446, "open-secure-channel", None),
    (452, "close-secure-channel", None),
    (461, "create-session", None),
    (467, "activate-session", Some(&SESSION)),
    (473, "close-session", None),
    (479, "cancel", None),
    (488, "add-nodes", Some(&NODES)),
    (494, "add-references", Some(&NODES)),
    (500, "delete-nodes", Some(&NODES)),
    (506, "delete-references", Some(&NODES)),
    (527, "browse", Some(&BROWSE)),
    (533, "browse-next", None),
    (554, "translate-browse-paths", Some(&BROWSE)),
    (560, "register-nodes", None),
    (566, "unregister-nodes", None),
    (631, "read", Some(&READ)),
    (664, "history-read", Some(&READ)),
    (673, "write", Some(&WRITE)),
    (700, "history-update", Some(&HISTORY)),
    (712, "call", Some(&CALL)),
    (751, "create-monitored-items", Some(&SUBSCRIBE)),
    (763, "modify-monitored-items", None),
    (769, "set-monitoring-mode", None),
    (781, "delete-monitored-items", None),
    (787, "create-subscription", None),
    (793, "modify-subscription", None),
    (799, "set-publishing-mode", None),
    (826, "publish", None),
    (832, "republish", None),
    (841, "transfer-subscriptions", None),
    (847, "delete-subscriptions", Some(&UNSUBSCRIBE)),
];

/// The response that says a service failed as a whole.
const SERVICE_FAULT: u16 = 397;

/// Name of a service by the number of its request or response structure.
pub(super) fn structure(number: u16) -> Option<&'static str> {
    if number == SERVICE_FAULT {
        return Some("service-fault");
    }
    SERVICES
        .iter()
        .find(|(request, ..)| number == *request || number == request + 3)
        .map(|(_, name, _)| *name)
}

pub(super) fn is_response(number: u16) -> bool {
    number == SERVICE_FAULT || SERVICES.iter().any(|(request, ..)| number == request + 3)
}

/// What a request means, where it is told.
pub(super) fn request(number: u16) -> Option<&'static Meaning> {
    SERVICES
        .iter()
        .find(|(request, ..)| number == *request)
        .and_then(|(_, _, meaning)| *meaning)
}

/// Names of statuses that refuse (IEC 62541-6, annex A.2), as far as they are often met.
pub(super) const fn refusal(status: u32) -> &'static str {
    match status {
        0x8001_0000 => "BadUnexpectedError",
        0x800a_0000 => "BadTimeout",
        0x800b_0000 => "BadServiceUnsupported",
        0x8013_0000 => "BadSecurityChecksFailed",
        0x801f_0000 => "BadUserAccessDenied",
        0x8020_0000 => "BadIdentityTokenInvalid",
        0x8021_0000 => "BadIdentityTokenRejected",
        0x8025_0000 => "BadSessionIdInvalid",
        0x8026_0000 => "BadSessionClosed",
        0x8027_0000 => "BadSessionNotActivated",
        _ => "Bad",
    }
}
