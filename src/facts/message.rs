//! A decoded message as every other room sees it: a row of named fields that can be visited.
//!
//! A protocol writes its field table once; rule keywords, JSON, `jaga decode`, the manual and
//! the coverage test all read that table through [`Field`] and [`Message::read`].

use super::Scalar;
use arrayvec::ArrayVec;
use std::fmt::{self, Write};

/// What a field holds, for documentation and for the rule compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An unsigned number.
    Unsigned,
    /// A signed number.
    Signed,
    /// A floating-point number.
    Float,
    /// True or false.
    Boolean,
    /// Text from the wire, to be treated as hostile, or a name of a code.
    Text,
    /// Octets from the wire.
    Octets,
    /// Several values, visited one after the other inside a list.
    List,
}

/// One row of a protocol's field table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Full name, `protocol.name`, as rules and `jaga decode --fields` spell it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// One line: meaning, unit, range, and the standard with its section.
    pub doc: &'static str,
    /// Shows what other fields show, in another form (all headers, a body): rules ask for it by
    /// name, and a listing of a message leaves it out.
    pub derived: bool,
    /// A password or the like: masked wherever it is written, unless the user asks for it.
    pub secret: bool,
}

impl Field {
    /// A row of a table.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            doc,
            derived: false,
            secret: false,
        }
    }

    /// The same row, whose values are secrets.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    /// A row of a table that is read only where it is asked for by name.
    #[must_use]
    pub const fn derived(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            derived: true,
            ..Self::new(name, kind, doc)
        }
    }
}

/// A decoded message, lent for the time of one call.
pub trait Message {
    /// Name of the protocol, as in its registry entry.
    fn protocol(&self) -> &'static str;

    /// Visits the value of the field at `index` of the protocol's table.
    ///
    /// Visits nothing where this message has no such field. A field of [`Kind::List`] opens a
    /// list, visits its elements and closes it.
    fn read(&self, index: usize, out: &mut dyn Visitor);
}

/// Receives the values of fields, one call a value.
///
/// Lists and records nest; a record's keys come before their values.
pub trait Visitor {
    /// An unsigned number.
    fn unsigned(&mut self, value: u64);
    /// A signed number.
    fn signed(&mut self, value: i64);
    /// A floating-point number, not necessarily finite.
    fn float(&mut self, value: f64);
    /// True or false.
    fn boolean(&mut self, value: bool);
    /// Text from the wire: hostile, not necessarily UTF-8.
    fn text(&mut self, value: &[u8]);
    /// Octets from the wire.
    fn octets(&mut self, value: &[u8]);
    /// A list starts.
    fn open_list(&mut self);
    /// The list ends.
    fn close_list(&mut self);
    /// A record starts.
    fn open_record(&mut self);
    /// The next value belongs to this key.
    fn key(&mut self, name: &'static str);
    /// The record ends.
    fn close_record(&mut self);
}

impl dyn Visitor + '_ {
    /// Text from the wire, where there is any.
    pub fn any_text(&mut self, value: &[u8]) {
        if !value.is_empty() {
            self.text(value);
        }
    }

    /// An unsigned number, where there is one.
    pub fn any_unsigned<N: Into<u64>>(&mut self, value: Option<N>) {
        if let Some(value) = value {
            self.unsigned(value.into());
        }
    }

    /// True or false, where that is known.
    pub fn any_boolean(&mut self, value: Option<bool>) {
        if let Some(value) = value {
            self.boolean(value);
        }
    }

    /// The text of a short value, where there is one.
    pub fn any_shown(&mut self, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.shown(&value);
        }
    }

    /// A process value.
    pub fn scalar(&mut self, value: Scalar) {
        match value {
            Scalar::Bit(bit) => self.boolean(bit),
            Scalar::Unsigned(number) => self.unsigned(number),
            Scalar::Signed(number) => self.signed(number),
            Scalar::Float(number) => self.float(number),
            Scalar::Name(name) => self.text(name.as_bytes()),
        }
    }

    /// The text of a short value such as an address; cut after 64 octets.
    pub fn shown(&mut self, value: &dyn fmt::Display) {
        let mut text = Short::default();
        // Overflow cuts the text, which the bound promises.
        let _ = write!(text, "{value}");
        self.text(&text.0);
    }
}

/// Room for the text of an address or a code on the stack; keeps what fits.
#[derive(Default)]
struct Short(ArrayVec<u8, 64>);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0
            .extend(text.bytes().take(self.0.remaining_capacity()));
        Ok(())
    }
}
