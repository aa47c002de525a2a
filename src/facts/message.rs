//! A decoded message as every other room sees it: a row of named fields that can be visited.
//!
//! A protocol writes its field table once; rule keywords, JSON, `jaga decode`, the manual and
//! the coverage test all read that table through [`Field`] and [`Message::read`].

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
