//! Visited fields as JSON values, and JSON whose text is harmless: what RFC 8259 lets stand in
//! a string and a terminal does not (C1 controls, marks of direction) is escaped as well.

use crate::facts::{Message, Visitor, is_hidden};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use serde_json::{Map, Number, Value};
use std::fmt::Write as _;
use std::io;

/// Writes a value on one line.
///
/// # Errors
/// What the writer says.
pub fn write(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Harmless))?)
}

/// Writes a value with a line for each of its parts, so that it can be read and compared.
///
/// # Errors
/// What the writer says.
pub fn write_pretty(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let formatter = Pretty(PrettyFormatter::new());
    Ok(value.serialize(&mut Serializer::with_formatter(out, formatter))?)
}

/// A value on one line.
pub fn text(value: &impl Serialize) -> String {
    let mut octets = Vec::new();
    // Neither a vector nor what is written here refuses.
    let _ = write(value, &mut octets);
    String::from_utf8(octets).unwrap_or_default()
}

/// Without white space.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        harmless(out, fragment)
    }
}

/// With line ends and indents.
struct Pretty(PrettyFormatter<'static>);

impl Formatter for Pretty {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        harmless(out, fragment)
    }
    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }
    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }
    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }
    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

/// Part of a string; what JSON itself asks to escape is not in it.
fn harmless<W: ?Sized + io::Write>(out: &mut W, fragment: &str) -> io::Result<()> {
    if fragment.is_ascii() && !fragment.contains('\u{7f}') {
        // Nearly all there is: what else ASCII hides, JSON itself asks to escape.
        return out.write_all(fragment.as_bytes());
    }
    let mut rest = fragment;
    while let Some((at, hidden)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
        let (before, after) = rest.split_at(at);
        out.write_all(before.as_bytes())?;
        for unit in hidden.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        rest = after.get(hidden.len_utf8()..).unwrap_or_default();
    }
    out.write_all(rest.as_bytes())
}

/// Collects visited values as JSON: numbers as numbers, text as it reads in UTF-8 with
/// replacement characters, octets as hexadecimal digits, a float that is not finite as text.
#[derive(Debug)]
pub struct Collector {
    open: Vec<Node>,
    done: Option<Value>,
}

#[derive(Debug)]
enum Node {
    List(Vec<Value>),
    Record(Map<String, Value>, &'static str),
}

impl Collector {
    /// Reads one field of a message; `None` where the message has no such field.
    pub fn read(message: &dyn Message, index: usize) -> Option<Value> {
        let mut collector = Self {
            open: Vec::new(),
            done: None,
        };
        message.read(index, &mut collector);
        collector.done
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            Some(Node::List(list)) => list.push(value),
            Some(Node::Record(record, key)) => {
                record.insert((*key).to_owned(), value);
            }
            None => self.done = Some(value),
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Node::List(list)) => self.put(Value::Array(list)),
            Some(Node::Record(record, _)) => self.put(Value::Object(record)),
            None => {}
        }
    }
}

impl Visitor for Collector {
    fn unsigned(&mut self, value: u64) {
        self.put(value.into());
    }
    fn signed(&mut self, value: i64) {
        self.put(value.into());
    }
    fn float(&mut self, value: f64) {
        let number = Number::from_f64(value);
        self.put(number.map_or_else(|| Value::String(value.to_string()), Value::Number));
    }
    fn boolean(&mut self, value: bool) {
        self.put(value.into());
    }
    fn text(&mut self, value: &[u8]) {
        self.put(String::from_utf8_lossy(value).into());
    }
    fn octets(&mut self, value: &[u8]) {
        self.put(hex(value).into());
    }
    fn open_list(&mut self) {
        self.open.push(Node::List(Vec::new()));
    }
    fn close_list(&mut self) {
        self.close();
    }
    fn open_record(&mut self) {
        self.open.push(Node::Record(Map::new(), ""));
    }
    fn key(&mut self, name: &'static str) {
        if let Some(Node::Record(_, key)) = self.open.last_mut() {
            *key = name;
        }
    }
    fn close_record(&mut self) {
        self.close();
    }
}

/// Octets as hexadecimal digits.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    octets.iter().fold(
        String::with_capacity(octets.len() * 2),
        |mut text, octet| {
            // Writing to a string does not fail.
            let _ = write!(text, "{octet:02x}");
            text
        },
    )
}

/// Whether a count is left out.
pub(in crate::desk) const fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_reads_back_the_same() {
        let value = serde_json::json!({"a\u{202e}": ["\u{9b}31m", "\u{1b}", "\u{e0001}", "süd"]});
        let line = text(&value);
        assert_eq!(
            line,
            r#"{"a\u202e":["\u009b31m","\u001b","\udb40\udc01","süd"]}"#
        );
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
        let mut pretty = Vec::new();
        write_pretty(&value, &mut pretty).unwrap();
        let plain = serde_json::to_string_pretty(&value).unwrap();
        let pretty = String::from_utf8(pretty).unwrap();
        assert_eq!(pretty.lines().count(), plain.lines().count());
        assert!(
            !pretty.contains(|c| is_hidden(c) && c != '\n'),
            "{pretty:?}"
        );
        assert_eq!(serde_json::from_str::<Value>(&pretty).unwrap(), value);
    }
}
