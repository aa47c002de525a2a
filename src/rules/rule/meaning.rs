//! What a rule asks of messages, operations, assets and events.

use super::{FieldRef, Number};
use crate::facts::Class;

/// What must hold of one field of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// Which field; all field tests of a rule look at one message.
    pub field: FieldRef,
    /// Inside a record of a list: its key (`dnp3.objects`' `group`).
    pub key: Option<&'static str>,
    /// What must hold. For a list: of one of its values.
    pub test: ValueTest,
}

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueTest {
    /// A number.
    Number(Number),
    /// True or false.
    Boolean(bool),
    /// Text, in any case.
    Text {
        /// In lower case.
        text: Box<str>,
        /// Turned round.
        negated: bool,
    },
    /// The field is there (`true`) or not.
    Present(bool),
    /// Two numbers of one record, as `dnp3_obj:group,variation`.
    Record(Vec<(&'static str, u64)>),
    /// A range of addresses of the request overlaps this one: from field, count field.
    Overlaps {
        /// Field with the number of addresses; a missing one counts as one.
        count: FieldRef,
        /// First and last address, as on the wire.
        range: (u64, u64),
    },
    /// A value written to one of these addresses compares so (`modbus: ... value`): the field
    /// of this test is the list of values, `first` the field of the first one's address.
    ValueAt {
        /// Field with the first address.
        first: FieldRef,
        /// First and last address, as on the wire.
        range: (u64, u64),
        /// What must hold of it.
        number: Number,
    },
    /// One of these holds of the message; the field of this test is not read.
    AnyOf(Vec<FieldTest>),
    /// All of these hold of the message; the field of this test is not read.
    AllOf(Vec<FieldTest>),
}

/// `ot.*`: what must hold of one operation.
#[derive(Clone, Debug, PartialEq)]
pub enum OperationTest {
    /// `ot.op`.
    Class {
        /// One of these.
        classes: Vec<Class>,
        /// Turned round.
        negated: bool,
    },
    /// `ot.criticality`.
    Criticality(Number),
    /// `ot.technique`: an ATT&CK for ICS id.
    Technique(Box<str>),
    /// `ot.name`: the operation's own name, in lower case; `*` stands for anything at its end.
    Name {
        /// Text.
        text: Box<str>,
        /// Turned round.
        negated: bool,
    },
    /// `ot.target`: kind of address, and the addresses that must overlap.
    Target {
        /// `register`, `coil`, `db`, ...; `None` for any.
        space: Option<Box<str>>,
        /// First and last.
        range: Option<(u64, u64)>,
        /// Name, in lower case; `*` stands for anything at its end.
        name: Option<Box<str>>,
    },
    /// `ot.value`: one of the values compares so.
    Value(Number),
    /// `ot.value` with a name: one of the values is shown so, in any case.
    ValueName(Box<str>),
    /// `ot.result`: `ok`, `error`, `no-answer`, `not-seen`.
    Result(Box<str>),
}

/// Whose asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The sender.
    Source,
    /// The receiver.
    Destination,
    /// One of both.
    Either,
}

/// `asset.*`: decided when the desk has all facts up to the packet.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetTest {
    /// Whose.
    pub whose: Whose,
    /// Turned round.
    pub negated: bool,
    /// What.
    pub what: AssetWord,
}

/// What of an asset.
#[derive(Clone, Debug, PartialEq)]
pub enum AssetWord {
    /// `asset.role`.
    Role(Box<str>),
    /// `asset.vendor`, in lower case; matches as a part.
    Vendor(Box<str>),
    /// `asset.zone`.
    Zone(Box<str>),
    /// `asset.new`: first seen less than so many seconds before.
    New(u64),
    /// `ot.actor`: the source came to the destination less than so many seconds before, when
    /// others had worked on it for a while.
    NewActor(u64),
}

/// An event that the decoders raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTest {
    /// `app-layer-event:modbus.invalid_length`: a fault of that protocol, by its name.
    Protocol {
        /// Name in the registry.
        protocol: &'static str,
        /// Name of its fault.
        fault: &'static str,
    },
    /// `stream-event`.
    Stream(StreamEvent),
    /// One of these happened.
    AnyOf(Vec<EventTest>),
}

/// What reassembly notes, as far as rules ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// `reassembly_seq_gap`: octets were lost.
    Gap,
}

impl StreamEvent {
    /// Its name in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gap => "reassembly_seq_gap",
        }
    }
}
