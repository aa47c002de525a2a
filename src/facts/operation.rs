//! The one vocabulary for all protocols: who did what to which part of which device.
//!
//! A protocol's session pairs requests with answers and lends one [`Operation`] for each pair.
//! What its codes mean stands in the protocol's own table of [`Meaning`].

use super::endpoint::Side;
use super::time::Time;
use super::value::Values;
use std::fmt;

/// What kind of act an operation is, whatever the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Opens, keeps or closes a session.
    Session,
    /// Asks who or what a device is.
    Identify,
    /// Asks for status, counters, diagnostics.
    Diagnose,
    /// Reads process data.
    Read,
    /// Writes process data.
    Write,
    /// Commands an output or a switch.
    Control,
    /// Forces a value against the program.
    Force,
    /// Changes the operating mode: run, stop, start.
    Mode,
    /// Reads a program or its parts from a controller.
    ProgramRead,
    /// Writes, deletes or activates a program or its parts.
    ProgramWrite,
    /// Reads device memory as such.
    MemoryRead,
    /// Writes device memory as such.
    MemoryWrite,
    /// Handles files on a device.
    File,
    /// Changes settings of a device or of its communication.
    Configure,
    /// Sets a clock.
    Time,
    /// Changes firmware.
    Firmware,
    /// Restarts or resets a device.
    Reset,
    /// Erases memory, configuration or program.
    Wipe,
    /// Presents or changes credentials, reservations, ownership.
    Authenticate,
    /// Keeps messages, alarms or events from being sent.
    Suppress,
    /// Acknowledges or handles alarms.
    Alarm,
    /// Engineering work not named more closely.
    Engineering,
    /// Removes traces: clears counters, logs.
    ClearLog,
    /// The device tells of a change of its own state.
    State,
    /// Anything else.
    Other,
}

impl Class {
    /// All of them, by their names.
    pub const ALL: [Self; 25] = [
        Self::Alarm,
        Self::Authenticate,
        Self::ClearLog,
        Self::Configure,
        Self::Control,
        Self::Diagnose,
        Self::Engineering,
        Self::File,
        Self::Firmware,
        Self::Force,
        Self::Identify,
        Self::MemoryRead,
        Self::MemoryWrite,
        Self::Mode,
        Self::Other,
        Self::ProgramRead,
        Self::ProgramWrite,
        Self::Read,
        Self::Reset,
        Self::Session,
        Self::State,
        Self::Suppress,
        Self::Time,
        Self::Wipe,
        Self::Write,
    ];

    /// The class as it is written in events and rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Identify => "identify",
            Self::Diagnose => "diagnose",
            Self::Read => "read",
            Self::Write => "write",
            Self::Control => "control",
            Self::Force => "force",
            Self::Mode => "mode",
            Self::ProgramRead => "program-read",
            Self::ProgramWrite => "program-write",
            Self::MemoryRead => "memory-read",
            Self::MemoryWrite => "memory-write",
            Self::File => "file",
            Self::Configure => "configure",
            Self::Time => "time",
            Self::Firmware => "firmware",
            Self::Reset => "reset",
            Self::Wipe => "wipe",
            Self::Authenticate => "authenticate",
            Self::Suppress => "suppress",
            Self::Alarm => "alarm",
            Self::Engineering => "engineering",
            Self::ClearLog => "clear-log",
            Self::State => "state",
            Self::Other => "other",
        }
    }
}

/// A MITRE ATT&CK for ICS technique (v18.1), kept as its number: `Technique(855)` is T0855.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Technique(pub u16);

impl fmt::Display for Technique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T{:04}", self.0)
    }
}

/// What one code of a protocol means: a row of that protocol's table of operations.
#[derive(Debug, PartialEq, Eq)]
pub struct Meaning {
    /// In plain words, lower case: `write single coil`.
    pub name: &'static str,
    /// What kind of act it is.
    pub class: Class,
    /// 0 session or poll, 1 identify or diagnose, 2 sensitive read, 3 write, parameter, time,
    /// 4 control, force, restart preparation, suppression, 5 stop, program, firmware, wipe.
    pub criticality: u8,
    /// ATT&CK for ICS techniques it can serve.
    pub techniques: &'static [Technique],
}

impl Meaning {
    /// A row of a protocol's table.
    #[must_use]
    pub const fn new(
        name: &'static str,
        class: Class,
        criticality: u8,
        techniques: &'static [Technique],
    ) -> Self {
        Self {
            name,
            class,
            criticality,
            techniques,
        }
    }
}

/// A packet that is evidence: its time and its number in the capture, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Packet time.
    pub time: Time,
    /// Frame number, from 1; over several files, the number in the merged order.
    pub frame: u64,
}

/// The part of a device that an operation touches.
///
/// `space` names the kind of address (`holding-register`, `db`, `analog-output`, `class`),
/// `area` its number where the space is numbered (DB 10, CIP class 0x6b, DNP3 group), and
/// `first..=last` the addresses, 0-based as on the wire. `name` holds what is addressed by
/// name: a tag, block, file or service, as the wire spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    /// Kind of address; empty when the operation is about the device as such.
    pub space: &'static str,
    /// Number of the space.
    pub area: Option<u32>,
    /// First and last address; `None` where the space has no addresses or they were not seen.
    pub range: Option<(u64, u64)>,
    /// Name from the wire, empty where there is none.
    pub name: &'a [u8],
}

/// One target of an operation with the values that went to it or came from it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Item<'a> {
    /// What is touched.
    pub target: Target<'a>,
    /// Values read or written.
    pub values: Values<'a>,
    /// The value before the operation, where the session saw it.
    pub before: Values<'a>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The device answered that it did it.
    Done,
    /// The device answered that it accepted the request and needs longer for it; how that
    /// ended was not told.
    Accepted,
    /// The device refused, with the protocol's code and that code's name.
    Refused {
        /// Error, exception or status code.
        code: u32,
        /// Name of the code in the standard.
        name: &'static str,
    },
    /// The answer was due and did not come although that direction is visible.
    NoAnswer,
    /// The answer could not be seen: one-way traffic, a gap, the end of the capture.
    NotSeen,
    /// The protocol asks for no answer.
    Unacknowledged,
}

impl Outcome {
    /// The outcome as it is written in events and rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Accepted => "accepted",
            Self::Refused { .. } => "refused",
            Self::NoAnswer => "no-answer",
            Self::NotSeen => "not-seen",
            Self::Unacknowledged => "unacknowledged",
        }
    }
}

/// Most items that one [`Operation`] names. A request with more is told as several operations
/// of the same stamp; 20 is what a 480-octet S7 PDU holds, and 32 bounds the stack.
pub const ITEMS: usize = 32;

/// One act of one party on another, request and answer together; lent for one call.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// What the code means.
    pub meaning: &'static Meaning,
    /// The protocol's own code: function, service or command, with a subcode in the upper
    /// bits where the protocol has one. Distinguishes operations of one meaning.
    pub code: u32,
    /// The end that asked for it.
    pub actor: Side,
    /// Unit, slot or station behind the device's address: Modbus unit identifier, S7 slot,
    /// DNP3 destination, CIP slot.
    pub unit: Option<u32>,
    /// What it touched; empty for operations on the device as such.
    pub items: &'a [Item<'a>],
    /// How it ended.
    pub outcome: Outcome,
    /// The packet that completed the request; `None` where only the answer was seen.
    pub requested: Option<Stamp>,
    /// The packet that completed the answer; `None` where none was seen.
    pub answered: Option<Stamp>,
}
