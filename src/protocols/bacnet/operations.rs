//! What BACnet services mean.

use super::wire::{Kind, Subject};
use crate::facts::{Class, Meaning, Technique};

static READ: Meaning = Meaning::new("read property", Class::Read, 0, &[]);
static SUBSCRIBE: Meaning = Meaning::new("subscribe to changes", Class::Read, 1, &[]);
static DISCOVER: Meaning = Meaning::new("who is", Class::Identify, 1, &[Technique(846)]);
static SEARCH: Meaning = Meaning::new(
    "who has",
    Class::Identify,
    1,
    &[Technique(861), Technique(888)],
);
static ROUTERS: Meaning = Meaning::new("who is router", Class::Identify, 2, &[Technique(846)]);
static WRITE: Meaning = Meaning::new(
    "write property",
    Class::Write,
    3,
    &[Technique(836), Technique(855)],
);
/// Priorities 1 and 2 are kept for life safety (135, 19.2).
static WRITE_LIFE_SAFETY: Meaning = Meaning::new(
    "write property at life safety priority",
    Class::Force,
    5,
    &[Technique(836), Technique(855)],
);
static OUT_OF_SERVICE: Meaning = Meaning::new(
    "take point out of service",
    Class::Force,
    4,
    &[Technique(835), Technique(878)],
);
static WRITE_GROUP: Meaning = Meaning::new("write group", Class::Write, 3, &[Technique(855)]);
static LIST: Meaning = Meaning::new(
    "change list element",
    Class::Configure,
    3,
    &[Technique(836)],
);
static OBJECT: Meaning = Meaning::new(
    "create or delete object",
    Class::Configure,
    4,
    &[Technique(835), Technique(889)],
);
static FILE_READ: Meaning = Meaning::new("read file", Class::ProgramRead, 2, &[Technique(845)]);
static FILE_WRITE: Meaning = Meaning::new(
    "write file",
    Class::ProgramWrite,
    5,
    &[Technique(843), Technique(889), Technique(857)],
);
static SILENCE: Meaning = Meaning::new(
    "device communication control",
    Class::Suppress,
    5,
    &[Technique(814), Technique(804)],
);
static RESTART: Meaning = Meaning::new(
    "reinitialize device",
    Class::Reset,
    5,
    &[Technique(816), Technique(858)],
);
static TIME: Meaning = Meaning::new("time synchronization", Class::Time, 3, &[Technique(836)]);
static ALARM: Meaning = Meaning::new("acknowledge alarm", Class::Alarm, 3, &[Technique(878)]);
static LIFE_SAFETY: Meaning = Meaning::new(
    "life safety operation",
    Class::Control,
    5,
    &[Technique(878), Technique(837)],
);
static PRIVATE: Meaning = Meaning::new("private transfer", Class::Other, 3, &[Technique(855)]);
static TERMINAL: Meaning = Meaning::new("virtual terminal", Class::Other, 4, &[Technique(807)]);
static BROADCAST_TABLE: Meaning = Meaning::new(
    "write broadcast distribution table",
    Class::Configure,
    4,
    &[Technique(836)],
);
static FOREIGN: Meaning = Meaning::new(
    "change foreign device table",
    Class::Configure,
    3,
    &[Technique(846), Technique(848)],
);
static ROUTING_TABLE: Meaning = Meaning::new(
    "initialize routing table",
    Class::Configure,
    4,
    &[Technique(836), Technique(846)],
);

/// All of them.
pub(super) static MEANINGS: &[&Meaning] = &[
    &READ,
    &SUBSCRIBE,
    &DISCOVER,
    &SEARCH,
    &ROUTERS,
    &WRITE,
    &WRITE_LIFE_SAFETY,
    &OUT_OF_SERVICE,
    &WRITE_GROUP,
    &LIST,
    &OBJECT,
    &FILE_READ,
    &FILE_WRITE,
    &SILENCE,
    &RESTART,
    &TIME,
    &ALARM,
    &LIFE_SAFETY,
    &PRIVATE,
    &TERMINAL,
    &BROADCAST_TABLE,
    &FOREIGN,
    &ROUTING_TABLE,
];

const PROPERTY_OUT_OF_SERVICE: u32 = 81;

/// What a request means; `None` for notifications and answers (135, 21.4 and 21.5).
pub(super) fn request(kind: Kind, service: u8, subject: &Subject) -> Option<&'static Meaning> {
    Some(match (kind, service) {
        (Kind::Confirmed, 12 | 14 | 26) => &READ,
        (Kind::Confirmed, 5 | 28 | 30) => &SUBSCRIBE,
        (Kind::Confirmed, 15 | 16) if subject.priority.is_some_and(|at| at <= 2) => {
            &WRITE_LIFE_SAFETY
        }
        (Kind::Confirmed, 15 | 16) if subject.property == Some(PROPERTY_OUT_OF_SERVICE) => {
            &OUT_OF_SERVICE
        }
        (Kind::Confirmed, 15 | 16) => &WRITE,
        (Kind::Confirmed, 8 | 9) => &LIST,
        (Kind::Confirmed, 10 | 11) => &OBJECT,
        (Kind::Confirmed, 6) => &FILE_READ,
        (Kind::Confirmed, 7) => &FILE_WRITE,
        (Kind::Confirmed, 17) => &SILENCE,
        (Kind::Confirmed, 20) => &RESTART,
        (Kind::Confirmed, 0) => &ALARM,
        (Kind::Confirmed, 27) => &LIFE_SAFETY,
        (Kind::Confirmed, 18) | (Kind::Unconfirmed, 4) => &PRIVATE,
        (Kind::Confirmed, 21..=23) => &TERMINAL,
        (Kind::Unconfirmed, 8) => &DISCOVER,
        (Kind::Unconfirmed, 7) => &SEARCH,
        (Kind::Unconfirmed, 6 | 9) => &TIME,
        (Kind::Unconfirmed, 10) => &WRITE_GROUP,
        _ => return None,
    })
}

/// What a BVLC function means by itself (135, J.2).
pub(super) const fn function(function: u8) -> Option<&'static Meaning> {
    match function {
        0x01 => Some(&BROADCAST_TABLE),
        0x05 | 0x08 => Some(&FOREIGN),
        _ => None,
    }
}

/// What a network layer message means (135, 6.4).
pub(super) const fn network(message: u8) -> Option<&'static Meaning> {
    match message {
        0x00 => Some(&ROUTERS),
        0x06 => Some(&ROUTING_TABLE),
        _ => None,
    }
}

/// Name of an error code (135, 21.6, as far as it is often met).
pub(super) const fn error(code: u32) -> &'static str {
    match code {
        3 => "device busy",
        9 => "invalid data type",
        26 => "password failure",
        27 => "read access denied",
        29 => "service request denied",
        31 => "unknown object",
        32 => "unknown property",
        37 => "value out of range",
        40 => "write access denied",
        42 => "invalid array index",
        _ => "error",
    }
}
