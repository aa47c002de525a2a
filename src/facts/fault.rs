//! What can be wrong with a message: a row of a protocol's table of faults.

/// A way in which octets break a protocol's rules.
///
/// Where Suricata has an event for the same thing the name is Suricata's, so that
/// `app-layer-event:modbus.invalid_length` finds it.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Full name, `protocol.name`.
    pub name: &'static str,
    /// One line: what the standard asks for, with its section.
    pub doc: &'static str,
}
