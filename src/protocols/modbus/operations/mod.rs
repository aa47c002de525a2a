//! What the functions of Modbus do to a device, and how a pair of request and response becomes
//! an operation.
//!
//! Classes, criticality and techniques follow the project's catalogue of operations, with two
//! changes: a restart of communications that also clears the event log (subfunction 1 with
//! 0xff00) is told apart, and force listen only mode is a suppression, which the catalogue
//! calls "dos".

mod items;

pub(crate) use items::{Half, Subject, tell};

use super::umas;
use super::wire::codes::Function;
use super::wire::{Body, Parts};
use crate::facts::{Class, Meaning, Technique};

const T0801: Technique = Technique(801);
const T0803: Technique = Technique(803);
const T0814: Technique = Technique(814);
const T0816: Technique = Technique(816);
const T0831: Technique = Technique(831);
const T0836: Technique = Technique(836);
const T0843: Technique = Technique(843);
const T0845: Technique = Technique(845);
const T0846: Technique = Technique(846);
const T0855: Technique = Technique(855);
const T0861: Technique = Technique(861);
const T0868: Technique = Technique(868);
const T0872: Technique = Technique(872);
const T0888: Technique = Technique(888);
const T0893: Technique = Technique(893);

const READS: &[Technique] = &[T0801, T0861];
const WRITES: &[Technique] = &[T0855, T0836, T0831];

/// A row of the table.
pub(crate) const fn meaning(
    name: &'static str,
    class: Class,
    criticality: u8,
    techniques: &'static [Technique],
) -> Meaning {
    Meaning {
        name,
        class,
        criticality,
        techniques,
    }
}

static READ_COILS: Meaning = meaning("read coils", Class::Read, 0, READS);
static READ_INPUTS: Meaning = meaning("read discrete inputs", Class::Read, 0, READS);
static READ_HOLDING: Meaning = meaning("read holding registers", Class::Read, 0, READS);
static READ_INPUT: Meaning = meaning("read input registers", Class::Read, 0, READS);
static WRITE_COIL: Meaning = meaning("write single coil", Class::Write, 3, WRITES);
static WRITE_REGISTER: Meaning = meaning("write single register", Class::Write, 3, WRITES);
static EXCEPTION_STATUS: Meaning = meaning("read exception status", Class::Diagnose, 1, &[T0868]);
static ECHO: Meaning = meaning("return query data", Class::Diagnose, 1, &[T0846]);
static RESTART: Meaning = meaning("restart communications", Class::Reset, 4, &[T0816, T0814]);
static RESTART_CLEAR: Meaning = meaning(
    "restart communications and clear event log",
    Class::Reset,
    4,
    &[T0816, T0814, T0872],
);
static DIAGNOSTIC_REGISTER: Meaning =
    meaning("return diagnostic register", Class::Diagnose, 1, &[T0868]);
static DELIMITER: Meaning = meaning("change ascii delimiter", Class::Configure, 4, &[T0814]);
static LISTEN_ONLY: Meaning = meaning(
    "force listen only mode",
    Class::Suppress,
    5,
    &[T0814, T0803],
);
static CLEAR_COUNTERS: Meaning = meaning(
    "clear counters and diagnostic register",
    Class::ClearLog,
    4,
    &[T0872],
);
static COUNTERS: Meaning = meaning("return diagnostic counter", Class::Diagnose, 1, &[T0888]);
static CLEAR_OVERRUN: Meaning = meaning(
    "clear overrun counter and flag",
    Class::ClearLog,
    3,
    &[T0872],
);
static DIAGNOSTIC: Meaning = meaning("diagnostics", Class::Diagnose, 1, &[T0888]);
static EVENT_COUNTER: Meaning = meaning(
    "get communication event counter",
    Class::Diagnose,
    1,
    &[T0888],
);
static EVENT_LOG: Meaning = meaning("get communication event log", Class::Diagnose, 1, &[T0888]);
static WRITE_COILS: Meaning = meaning("write multiple coils", Class::Write, 3, WRITES);
static WRITE_REGISTERS: Meaning = meaning("write multiple registers", Class::Write, 3, WRITES);
static SERVER_ID: Meaning = meaning("report server id", Class::Identify, 1, &[T0888]);
static READ_FILE: Meaning = meaning("read file record", Class::File, 2, &[T0845, T0893]);
static WRITE_FILE: Meaning = meaning("write file record", Class::File, 4, &[T0836, T0843]);
static MASK_WRITE: Meaning = meaning("mask write register", Class::Write, 3, WRITES);
static READ_WRITE: Meaning = meaning("read/write multiple registers", Class::Write, 3, WRITES);
static READ_FIFO: Meaning = meaning("read fifo queue", Class::Read, 1, &[T0801]);
static CANOPEN: Meaning = meaning("canopen general reference", Class::Other, 3, &[T0855]);
static IDENTIFY: Meaning = meaning(
    "read device identification",
    Class::Identify,
    1,
    &[T0888, T0846],
);
static INTERFACE: Meaning = meaning(
    "encapsulated interface transport",
    Class::Other,
    3,
    &[T0855],
);
static USER: Meaning = meaning("user-defined function", Class::Other, 3, &[T0855]);
static RESERVED: Meaning = meaning("reserved function", Class::Other, 3, &[T0855]);
static UNASSIGNED: Meaning = meaning("unassigned function", Class::Other, 3, &[T0855]);

const OWN: [&Meaning; 33] = [
    &READ_COILS,
    &READ_INPUTS,
    &READ_HOLDING,
    &READ_INPUT,
    &WRITE_COIL,
    &WRITE_REGISTER,
    &EXCEPTION_STATUS,
    &ECHO,
    &RESTART,
    &RESTART_CLEAR,
    &DIAGNOSTIC_REGISTER,
    &DELIMITER,
    &LISTEN_ONLY,
    &CLEAR_COUNTERS,
    &COUNTERS,
    &CLEAR_OVERRUN,
    &DIAGNOSTIC,
    &EVENT_COUNTER,
    &EVENT_LOG,
    &WRITE_COILS,
    &WRITE_REGISTERS,
    &SERVER_ID,
    &READ_FILE,
    &WRITE_FILE,
    &MASK_WRITE,
    &READ_WRITE,
    &READ_FIFO,
    &CANOPEN,
    &IDENTIFY,
    &INTERFACE,
    &USER,
    &RESERVED,
    &UNASSIGNED,
];

/// All meanings of Modbus and UMAS.
pub(crate) static MEANINGS: [&Meaning; OWN.len() + umas::meanings::MEANINGS.len()] = {
    let mut all = [&READ_COILS; OWN.len() + umas::meanings::MEANINGS.len()];
    let (own, theirs) = all.split_at_mut(OWN.len());
    own.copy_from_slice(&OWN);
    theirs.copy_from_slice(&umas::meanings::MEANINGS);
    all
};

/// What a function means, with the parts of the request, or of the response where the request
/// was not seen.
pub(crate) fn of(function: Function, parts: &Parts<'_>, is_request: bool) -> &'static Meaning {
    match function.0 {
        1 => &READ_COILS,
        2 => &READ_INPUTS,
        3 => &READ_HOLDING,
        4 => &READ_INPUT,
        5 => &WRITE_COIL,
        6 => &WRITE_REGISTER,
        7 => &EXCEPTION_STATUS,
        8 => diagnostic(parts),
        11 => &EVENT_COUNTER,
        12 => &EVENT_LOG,
        15 => &WRITE_COILS,
        16 => &WRITE_REGISTERS,
        17 => &SERVER_ID,
        20 => &READ_FILE,
        21 => &WRITE_FILE,
        22 => &MASK_WRITE,
        23 => &READ_WRITE,
        24 => &READ_FIFO,
        43 => match parts.mei {
            Some(13) => &CANOPEN,
            Some(14) => &IDENTIFY,
            _ => &INTERFACE,
        },
        90 => match parts.body {
            Body::Umas(umas) if is_request => umas::meanings::of(Some(umas.code)),
            _ => umas::meanings::of(None),
        },
        65..=72 | 100..=110 => &USER,
        9 | 10 | 13 | 14 | 41 | 42 | 91 | 125..=127 => &RESERVED,
        _ => &UNASSIGNED,
    }
}

fn diagnostic(parts: &Parts<'_>) -> &'static Meaning {
    match (parts.subfunction, parts.body) {
        (Some(0), _) => &ECHO,
        (Some(1), Body::Diagnostic([0xff, 0x00])) => &RESTART_CLEAR,
        (Some(1), _) => &RESTART,
        (Some(2), _) => &DIAGNOSTIC_REGISTER,
        (Some(3), _) => &DELIMITER,
        (Some(4), _) => &LISTEN_ONLY,
        (Some(10), _) => &CLEAR_COUNTERS,
        (Some(11..=18), _) => &COUNTERS,
        (Some(20), _) => &CLEAR_OVERRUN,
        _ => &DIAGNOSTIC,
    }
}

/// The function with its subfunction, MEI type or UMAS code in the upper bits.
pub(crate) fn code(function: Function, parts: &Parts<'_>, is_request: bool) -> u32 {
    let upper = match parts.body {
        Body::Umas(umas) if is_request => u32::from(umas.code.0),
        _ => parts
            .subfunction
            .map(u32::from)
            .or(parts.mei.map(u32::from))
            .unwrap_or(0),
    };
    u32::from(function.0) | upper << 8
}
