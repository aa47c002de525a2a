//! What the UMAS functions do to a controller.

use super::Code;
use crate::facts::{Class, Meaning, Technique};
use crate::protocols::modbus::operations::meaning;

const T0801: Technique = Technique(801);
const T0835: Technique = Technique(835);
const T0836: Technique = Technique(836);
const T0843: Technique = Technique(843);
const T0845: Technique = Technique(845);
const T0855: Technique = Technique(855);
const T0858: Technique = Technique(858);
const T0859: Technique = Technique(859);
const T0861: Technique = Technique(861);
const T0868: Technique = Technique(868);
const T0877: Technique = Technique(877);
const T0881: Technique = Technique(881);
const T0882: Technique = Technique(882);
const T0888: Technique = Technique(888);
const T0889: Technique = Technique(889);
const T0893: Technique = Technique(893);

static INIT: Meaning = meaning("umas open communication", Class::Session, 0, &[]);
static READ_ID: Meaning = meaning("umas read identity", Class::Identify, 1, &[T0888]);
static PROJECT: Meaning = meaning(
    "umas read project info",
    Class::Identify,
    2,
    &[T0888, T0882],
);
static PLC: Meaning = meaning(
    "umas read controller status",
    Class::Diagnose,
    1,
    &[T0888, T0868],
);
static CARD: Meaning = meaning("umas read memory card info", Class::Identify, 1, &[T0888]);
static REPEAT: Meaning = meaning("umas echo", Class::Diagnose, 0, &[]);
static RESERVE: Meaning = meaning(
    "umas reserve controller",
    Class::Authenticate,
    4,
    &[T0855, T0859],
);
static RELEASE: Meaning = meaning("umas release controller", Class::Session, 0, &[]);
static ALIVE: Meaning = meaning("umas keep alive", Class::Session, 0, &[]);
static READ_MEMORY: Meaning = meaning(
    "umas read memory block",
    Class::MemoryRead,
    2,
    &[T0845, T0893],
);
static WRITE_MEMORY: Meaning = meaning(
    "umas write memory block",
    Class::MemoryWrite,
    5,
    &[T0889, T0836],
);
static READ: Meaning = meaning("umas read variables", Class::Read, 0, &[T0801]);
static WRITE: Meaning = meaning("umas write variables", Class::Write, 3, &[T0855, T0836]);
static DICTIONARY: Meaning = meaning("umas read data dictionary", Class::Identify, 1, &[T0861]);
static PROGRAM_WRITE: Meaning = meaning(
    "umas write program to controller",
    Class::ProgramWrite,
    5,
    &[T0843, T0889],
);
static PROGRAM_READ: Meaning = meaning(
    "umas read program from controller",
    Class::ProgramRead,
    2,
    &[T0845],
);
static ETHERNET: Meaning = meaning(
    "umas read ethernet master data",
    Class::Diagnose,
    1,
    &[T0888],
);
static START: Meaning = meaning("umas start controller", Class::Mode, 5, &[T0858]);
static STOP: Meaning = meaning("umas stop controller", Class::Mode, 5, &[T0858, T0881]);
static MONITOR: Meaning = meaning("umas monitor", Class::Read, 1, &[T0801]);
static CHECK: Meaning = meaning("umas check controller", Class::Session, 0, &[]);
static READ_IO: Meaning = meaning("umas read i/o object", Class::Read, 1, &[T0877]);
static WRITE_IO: Meaning = meaning("umas write i/o object", Class::Write, 4, &[T0835]);
static MODULE: Meaning = meaning("umas read module status", Class::Diagnose, 1, &[T0868]);
static OTHER: Meaning = meaning(
    "umas function",
    Class::Engineering,
    2,
    &[T0843, T0845, T0858],
);

/// All meanings of this table.
pub(crate) static MEANINGS: [&Meaning; 25] = [
    &INIT,
    &READ_ID,
    &PROJECT,
    &PLC,
    &CARD,
    &REPEAT,
    &RESERVE,
    &RELEASE,
    &ALIVE,
    &READ_MEMORY,
    &WRITE_MEMORY,
    &READ,
    &WRITE,
    &DICTIONARY,
    &PROGRAM_WRITE,
    &PROGRAM_READ,
    &ETHERNET,
    &START,
    &STOP,
    &MONITOR,
    &CHECK,
    &READ_IO,
    &WRITE_IO,
    &MODULE,
    &OTHER,
];

/// What a UMAS function means; `None` where only the answer was seen, which does not name it.
pub(crate) fn of(code: Option<Code>) -> &'static Meaning {
    match code.map(|code| code.0) {
        Some(0x01) => &INIT,
        Some(0x02) => &READ_ID,
        Some(0x03) => &PROJECT,
        Some(0x04) => &PLC,
        Some(0x06) => &CARD,
        Some(0x0a) => &REPEAT,
        Some(0x10) => &RESERVE,
        Some(0x11) => &RELEASE,
        Some(0x12) => &ALIVE,
        Some(0x20) => &READ_MEMORY,
        Some(0x21) => &WRITE_MEMORY,
        Some(0x22 | 0x24) => &READ,
        Some(0x23 | 0x25) => &WRITE,
        Some(0x26) => &DICTIONARY,
        Some(0x30..=0x32) => &PROGRAM_WRITE,
        Some(0x33..=0x35) => &PROGRAM_READ,
        Some(0x39) => &ETHERNET,
        Some(0x40) => &START,
        Some(0x41) => &STOP,
        Some(0x50) => &MONITOR,
        Some(0x58) => &CHECK,
        Some(0x70) => &READ_IO,
        Some(0x71) => &WRITE_IO,
        Some(0x73) => &MODULE,
        _ => &OTHER,
    }
}
