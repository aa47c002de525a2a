//! One line a message, for `jaga decode`: columns for people and scripts, or JSON.

use super::json::{self as harmless, Collector};
use super::time::Epoch;
use crate::desk::secrets::{self, MASK};
use crate::facts::{Host, Message};
use crate::protocols::PROTOCOLS;
use crate::sensor::{OperationRecord, Seen, Tap};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Makes the lines; runs on the workers.
#[derive(Debug)]
pub struct Lines {
    /// Only these protocols; empty for all.
    protocols: Vec<String>,
    /// Only these fields, in this order; empty for all that a message has but derived ones.
    fields: Vec<String>,
    json: bool,
    /// Passwords and the like are shown.
    secrets: bool,
}

impl Lines {
    /// Lines of these protocols with these fields.
    #[must_use]
    pub fn new(protocols: Vec<String>, fields: Vec<String>, json: bool) -> Self {
        Self {
            protocols,
            fields,
            json,
            secrets: false,
        }
    }

    /// The same lines, with secrets where `shown`.
    #[must_use]
    pub fn with_secrets(self, shown: bool) -> Self {
        Self {
            secrets: shown,
            ..self
        }
    }

    /// The fields asked for that this message has, by name.
    fn fields(&self, message: &dyn Message) -> Map<String, Value> {
        let found = PROTOCOLS
            .iter()
            .find(|protocol| protocol.name() == message.protocol());
        let Some(protocol) = found else {
            return Map::new();
        };
        let mut fields = Map::new();
        for (index, field) in (0..).map_while(|index| Some((index, protocol.field(index)?))) {
            let asked = self.fields.iter().any(|asked| asked == field.name);
            if asked || self.fields.is_empty() && !field.derived {
                let mut value = Collector::read(message, index);
                if let Some(value) = value.as_mut().filter(|_| !self.secrets) {
                    if field.secret {
                        *value = MASK.into();
                    }
                    secrets::mask_value(value);
                }
                fields.extend(value.map(|value| (field.name.to_owned(), value)));
            }
        }
        fields
    }

    fn json(&self, seen: &Seen, message: &dyn Message) -> String {
        let mut line = json!({
            "frame": seen.stamp.frame,
            "time": Epoch(seen.stamp.time).to_string(),
            "src": seen.source.host.to_string(),
            "src_port": seen.source.port,
            "dst": seen.destination.host.to_string(),
            "dst_port": seen.destination.port,
            "direction": direction(seen),
            "protocol": message.protocol(),
            "fields": self.fields(message),
        });
        if matches!(seen.source.host, Host::Mac(_))
            && let Some(line) = line.as_object_mut()
        {
            line.remove("src_port");
            line.remove("dst_port");
        }
        harmless::text(&line)
    }

    fn columns(&self, seen: &Seen, message: &dyn Message) -> String {
        let fields = self.fields(message);
        let mut line = format!(
            "{}\t{}\t{}\t{}\t{}\t{}",
            seen.stamp.frame,
            Epoch(seen.stamp.time),
            seen.source,
            seen.destination,
            direction(seen),
            message.protocol()
        );
        // Writing to a string does not fail.
        if self.fields.is_empty() {
            for (name, value) in &fields {
                let _ = write!(line, "\t{name}={}", harmless::text(value));
            }
        } else {
            for name in &self.fields {
                let _ = match fields.get(name) {
                    Some(value) => write!(line, "\t{}", harmless::text(value)),
                    None => write!(line, "\t"),
                };
            }
        }
        line
    }
}

/// Which way a message goes, where the protocol has shown who the server is.
fn direction(seen: &Seen) -> &'static str {
    match seen.to_server {
        Some(true) => "to_server",
        Some(false) => "to_client",
        None => "unknown",
    }
}

impl Tap for Lines {
    fn message(&self, seen: &Seen, message: &dyn Message) -> Option<Box<str>> {
        let protocol = message.protocol();
        if !self.protocols.is_empty() && !self.protocols.iter().any(|asked| asked == protocol) {
            return None;
        }
        let line = if self.json {
            self.json(seen, message)
        } else {
            self.columns(seen, message)
        };
        Some(line.into())
    }

    fn operation(&self, _: &dyn Fn() -> OperationRecord) -> Option<Box<str>> {
        None
    }
}
