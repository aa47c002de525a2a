//! An alert as it is kept: what people look for in its event.

use super::Rule;
use crate::desk::audit::{sentences_in, title_in};
use crate::desk::detect::Language;
use crate::desk::store::Record;
use crate::facts::{Host, Time};
use serde_json::Value;

/// An alert that is kept.
#[derive(Debug)]
pub struct Kept {
    /// Its number among all that is kept.
    pub number: u64,
    /// When it was stored, by the clock of the sensor.
    pub stored: Time,
    /// When what it tells happened.
    pub time: Time,
    /// 1 high to 4 information.
    pub severity: u8,
    /// No output got it.
    pub muted: bool,
    /// The event.
    pub event: Value,
}

/// One end of an alert.
#[derive(Debug, PartialEq, Eq)]
pub struct Ends {
    /// Its address.
    pub host: Option<Host>,
    /// Its port, where it has one.
    pub port: Option<u64>,
    /// What people call it.
    pub name: String,
}

impl Kept {
    /// The alert in a record; none where it is something else.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        // Most of what is kept besides are heartbeats; this is cheaper than to read them.
        memchr::memmem::find(&record.event, b"\"event_type\":\"alert\"")?;
        let event: Value = serde_json::from_slice(&record.event).ok()?;
        (event.get("event_type")? == "alert").then_some(Self {
            number: record.number,
            stored: record.stored,
            time: record.time,
            severity: record.severity,
            muted: record.muted,
            event,
        })
    }

    /// The text at this place of the event; empty where there is none.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        let found = self.event.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default()
    }

    /// The name of the event.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text("/ot/event_id")
    }

    /// The rule, or the detector, by its number.
    #[must_use]
    pub fn rule(&self) -> Rule {
        let number = |pointer| {
            let found = self.event.pointer(pointer).and_then(Value::as_u64);
            found.and_then(|number| u32::try_from(number).ok())
        };
        let (gid, sid) = (number("/alert/gid"), number("/alert/signature_id"));
        Rule(gid.unwrap_or(1), sid.unwrap_or(0))
    }

    /// What it is called: in this language, where that is known.
    #[must_use]
    pub fn title(&self, language: Language) -> &str {
        let signature = self.text("/alert/signature");
        let own = self.text("/ot/title");
        match language {
            Language::Indonesian if !own.is_empty() => own,
            language => title_in(language, signature),
        }
    }

    /// What a rule or detector says at this place: in this language, where that is known.
    #[must_use]
    pub fn said(&self, pointer: &str, language: Language) -> String {
        let text = self.text(pointer);
        sentences_in(language, text).unwrap_or_else(|| text.to_owned())
    }

    /// Who acted, and on whom.
    #[must_use]
    pub fn ends(&self) -> [Ends; 2] {
        [("src", "src"), ("dest", "dest")].map(|(key, asset)| {
            let address = self.text(&format!("/{key}_ip"));
            let mac = self.text(&format!("/ether/{key}_mac"));
            Ends {
                host: address.parse().or_else(|_| mac.parse()).ok(),
                port: self
                    .event
                    .get(format!("{key}_port"))
                    .and_then(Value::as_u64),
                name: self.text(&format!("/ot/asset/{asset}/name")).to_owned(),
            }
        })
    }

    /// The hosts at its ends.
    #[must_use]
    pub fn hosts(&self) -> [Option<Host>; 2] {
        self.ends().map(|end| end.host)
    }
}

impl std::fmt::Display for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.name.as_str(), self.host) {
            ("", None) => write!(f, "-"),
            ("", Some(host)) => write!(f, "{host}"),
            (name, None) => write!(f, "{name}"),
            (name, Some(host)) => write!(f, "{name} ({host})"),
        }
    }
}
