//! What the types in control direction mean.

use super::asdu::Type;
use crate::facts::{Class, Meaning, Technique};

pub(super) static START: Meaning = Meaning::new("start data transfer", Class::Session, 0, &[]);
/// A station that is told to stop sends no more data.
pub(super) static STOP: Meaning = Meaning::new(
    "stop data transfer",
    Class::Suppress,
    4,
    &[Technique(804), Technique(814)],
);
pub(super) static SELECT: Meaning = Meaning::new("select before operate", Class::Control, 3, &[]);
pub(super) static COMMAND: Meaning = Meaning::new(
    "switching command",
    Class::Control,
    4,
    &[Technique(855), Technique(831)],
);
pub(super) static SET_POINT: Meaning = Meaning::new(
    "set point command",
    Class::Control,
    4,
    &[Technique(836), Technique(855)],
);
static BITSTRING: Meaning = Meaning::new("bitstring command", Class::Control, 4, &[Technique(855)]);
static INTERROGATION: Meaning = Meaning::new(
    "general interrogation",
    Class::Read,
    1,
    &[Technique(861), Technique(846)],
);
static COUNTERS: Meaning = Meaning::new("counter interrogation", Class::Read, 2, &[Technique(855)]);
static READ: Meaning = Meaning::new("read information object", Class::Read, 1, &[Technique(861)]);
static CLOCK: Meaning = Meaning::new("clock synchronization", Class::Time, 3, &[Technique(836)]);
static TEST: Meaning = Meaning::new("test command", Class::Diagnose, 1, &[]);
static RESET: Meaning = Meaning::new("reset process", Class::Reset, 5, &[Technique(816)]);
static DELAY: Meaning = Meaning::new("delay acquisition", Class::Time, 2, &[]);
static PARAMETER: Meaning = Meaning::new(
    "parameter of measured values",
    Class::Configure,
    4,
    &[Technique(836), Technique(838)],
);
static FILE: Meaning = Meaning::new(
    "file transfer",
    Class::File,
    4,
    &[Technique(845), Technique(843)],
);

/// All of them.
pub(super) static MEANINGS: &[&Meaning] = &[
    &START,
    &STOP,
    &SELECT,
    &COMMAND,
    &SET_POINT,
    &BITSTRING,
    &INTERROGATION,
    &COUNTERS,
    &READ,
    &CLOCK,
    &TEST,
    &RESET,
    &DELAY,
    &PARAMETER,
    &FILE,
];

/// What a type in control direction means; `None` for process data.
pub(super) const fn request(kind: Type, selects: bool) -> Option<&'static Meaning> {
    Some(match kind.0 {
        45..=50 | 58..=63 if selects => &SELECT,
        45..=47 | 58..=60 => &COMMAND,
        48..=50 | 61..=63 => &SET_POINT,
        51 | 64 => &BITSTRING,
        100 => &INTERROGATION,
        101 => &COUNTERS,
        102 => &READ,
        103 => &CLOCK,
        104 | 107 => &TEST,
        105 => &RESET,
        106 => &DELAY,
        110..=113 => &PARAMETER,
        120..=127 => &FILE,
        _ => return None,
    })
}
