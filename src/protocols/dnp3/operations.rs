//! What DNP3 function codes mean: class, criticality and techniques, one table.
//!
//! Called by the session's pairs. Pure data and the choice of a row.

use super::wire::{Fragment, Function, Iin};
use crate::facts::{Class, Meaning, Technique};

macro_rules! meanings {
    ($($name:ident = $text:literal, $class:ident, $criticality:literal, [$($t:literal),*];)*) => {
        $(static $name: Meaning = Meaning {
            name: $text,
            class: Class::$class,
            criticality: $criticality,
            techniques: &[$(Technique($t)),*],
        };)*

        /// Every row of the table.
        pub(super) static MEANINGS: &[&Meaning] = &[$(&$name),*];
    };
}

meanings! {
    READ = "read", Read, 0, [801, 861];
    READ_ATTRIBUTES = "read device attributes", Identify, 1, [888];
    READ_FILE = "read file block", File, 2, [845];
    WRITE = "write", Write, 3, [836, 855];
    WRITE_TIME = "write time and date", Time, 3, [836];
    CLEAR_RESTART = "clear restart indication", Write, 1, [];
    WRITE_DEADBAND = "write analog input deadband", Write, 3, [836, 855];
    WRITE_ATTRIBUTES = "write device attributes", Write, 3, [836, 855];
    WRITE_FILE = "write file block", File, 4, [843];
    SELECT = "select", Control, 4, [855, 831];
    OPERATE = "operate", Control, 4, [855, 831];
    DIRECT_OPERATE = "direct operate", Control, 4, [855, 831];
    DIRECT_OPERATE_NR = "direct operate without acknowledgment", Control, 4, [855, 831];
    FREEZE = "freeze", Control, 3, [855];
    FREEZE_NR = "freeze without acknowledgment", Control, 3, [855];
    FREEZE_CLEAR = "freeze and clear", Control, 3, [855];
    FREEZE_CLEAR_NR = "freeze and clear without acknowledgment", Control, 3, [855];
    FREEZE_AT_TIME = "freeze at time", Control, 3, [855];
    FREEZE_AT_TIME_NR = "freeze at time without acknowledgment", Control, 3, [855];
    COLD_RESTART = "cold restart", Reset, 5, [816];
    WARM_RESTART = "warm restart", Reset, 5, [816];
    INITIALIZE_DATA = "initialize data", Wipe, 5, [809, 816];
    INITIALIZE_APPLICATION = "initialize application", ProgramWrite, 5, [858, 821];
    START_APPLICATION = "start application", Mode, 5, [858];
    STOP_APPLICATION = "stop application", Mode, 5, [858, 881];
    SAVE_CONFIGURATION = "save configuration", Configure, 4, [836];
    ENABLE_UNSOLICITED = "enable unsolicited responses", Configure, 2, [836];
    DISABLE_UNSOLICITED = "disable unsolicited responses", Suppress, 4, [804, 878];
    ASSIGN_CLASS = "assign class", Configure, 4, [804, 838];
    DELAY_MEASUREMENT = "measure delay", Time, 1, [];
    RECORD_TIME = "record current time", Time, 1, [];
    OPEN_FILE = "open file", File, 4, [845, 843, 809];
    CLOSE_FILE = "close file", File, 4, [845, 843, 809];
    DELETE_FILE = "delete file", File, 4, [845, 843, 809];
    FILE_INFORMATION = "file information", File, 4, [845, 843, 809];
    AUTHENTICATE_FILE = "authenticate for file access", File, 4, [845, 843, 809];
    ABORT_FILE = "abort file transfer", File, 4, [845, 843, 809];
    ACTIVATE_CONFIGURATION = "activate configuration", Configure, 5, [843, 857];
    AUTHENTICATE = "authenticate", Authenticate, 2, [859];
    AUTHENTICATE_NR = "authenticate without acknowledgment", Authenticate, 2, [859];
    CHALLENGE = "authentication challenge", Authenticate, 2, [859];
    BROADCAST = "broadcast", Control, 3, [855];
    UNSOLICITED = "unsolicited response", State, 0, [856];
    ANSWERED_READ = "answer without its request", Read, 0, [];
    ANSWERED_CONTROL = "answer to a control without its request", Control, 4, [855, 831];
    ANSWERED_FILE = "answer to a file command without its request", File, 4, [845, 843, 809];
    DEVICE_RESTARTED = "device restarted", State, 2, [816];
    DEVICE_TROUBLE = "device in trouble", State, 3, [836];
    CONFIGURATION_CORRUPT = "configuration corrupt", State, 3, [836];
    LOCAL_CONTROL = "outputs in local mode", State, 2, [];
    TIME_NEEDED = "device needs the time", State, 1, [];
    EVENTS_LOST = "event buffer overflow", State, 2, [804];
}

/// What a request means: by its function code, for reads and writes also by the objects.
/// A broadcast weighs at least as much as a write, for no outstation can refuse it.
pub(super) fn request(fragment: &Fragment<'_>, broadcast: bool) -> Option<&'static Meaning> {
    let meaning = match fragment.function {
        Function::READ => read(fragment),
        Function::WRITE => write(fragment),
        Function(code) => by_code(code)?,
    };
    Some(
        if broadcast && meaning.criticality < BROADCAST.criticality {
            &BROADCAST
        } else {
            meaning
        },
    )
}

fn by_code(code: u8) -> Option<&'static Meaning> {
    Some(match code {
        3 => &SELECT,
        4 => &OPERATE,
        5 => &DIRECT_OPERATE,
        6 => &DIRECT_OPERATE_NR,
        7 => &FREEZE,
        8 => &FREEZE_NR,
        9 => &FREEZE_CLEAR,
        10 => &FREEZE_CLEAR_NR,
        11 => &FREEZE_AT_TIME,
        12 => &FREEZE_AT_TIME_NR,
        13 => &COLD_RESTART,
        14 => &WARM_RESTART,
        15 => &INITIALIZE_DATA,
        16 => &INITIALIZE_APPLICATION,
        17 => &START_APPLICATION,
        18 => &STOP_APPLICATION,
        19 => &SAVE_CONFIGURATION,
        20 => &ENABLE_UNSOLICITED,
        21 => &DISABLE_UNSOLICITED,
        22 => &ASSIGN_CLASS,
        23 => &DELAY_MEASUREMENT,
        24 => &RECORD_TIME,
        25 => &OPEN_FILE,
        26 => &CLOSE_FILE,
        27 => &DELETE_FILE,
        28 => &FILE_INFORMATION,
        29 => &AUTHENTICATE_FILE,
        30 => &ABORT_FILE,
        31 => &ACTIVATE_CONFIGURATION,
        32 => &AUTHENTICATE,
        33 => &AUTHENTICATE_NR,
        _ => return None,
    })
}

/// A read of several kinds of object counts as the weightiest.
fn read(fragment: &Fragment<'_>) -> &'static Meaning {
    weightiest(fragment, |group| match group {
        0 => &READ_ATTRIBUTES,
        70 => &READ_FILE,
        _ => &READ,
    })
    .unwrap_or(&READ)
}

/// A write of several kinds of object counts as the weightiest.
fn write(fragment: &Fragment<'_>) -> &'static Meaning {
    weightiest(fragment, |group| match group {
        0 => &WRITE_ATTRIBUTES,
        34 => &WRITE_DEADBAND,
        50 | 51 => &WRITE_TIME,
        70 => &WRITE_FILE,
        80 => &CLEAR_RESTART,
        _ => &WRITE,
    })
    .unwrap_or(&WRITE)
}

/// What an answer means whose request was not seen.
pub(super) fn orphan(fragment: &Fragment<'_>) -> &'static Meaning {
    if fragment.function == Function::AUTHENTICATE_RESPONSE {
        return &CHALLENGE;
    }
    weightiest(fragment, |group| match group {
        12 | 41 => &ANSWERED_CONTROL,
        70 => &ANSWERED_FILE,
        _ => &ANSWERED_READ,
    })
    .unwrap_or(&ANSWERED_READ)
}

/// The weightiest of the meanings of a fragment's object groups; the first of equals.
fn weightiest(
    fragment: &Fragment<'_>,
    meaning: fn(u8) -> &'static Meaning,
) -> Option<&'static Meaning> {
    fragment
        .objects()
        .map(|object| meaning(object.group))
        .reduce(|first, next| {
            if next.criticality > first.criticality {
                next
            } else {
                first
            }
        })
}

/// What an unsolicited response means.
pub(super) const fn unsolicited() -> &'static Meaning {
    &UNSOLICITED
}

/// Indications whose rise is told as an operation of the outstation.
pub(super) static STATES: [(Iin, &Meaning); 6] = [
    (Iin::DEVICE_RESTART, &DEVICE_RESTARTED),
    (Iin::DEVICE_TROUBLE, &DEVICE_TROUBLE),
    (Iin::LOCAL_CONTROL, &LOCAL_CONTROL),
    (Iin::NEED_TIME, &TIME_NEEDED),
    (Iin::CONFIG_CORRUPT, &CONFIGURATION_CORRUPT),
    (Iin::EVENT_BUFFER_OVERFLOW, &EVENTS_LOST),
];
