//! Visited fields as JSON values.

use crate::facts::{Message, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt::Write as _;

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
