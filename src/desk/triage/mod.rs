//! What people make of alerts: which they have seen to, and which they do not want to be told of
//! for a while.
//!
//! `jaga alerts` adds to the log beside the spool, one process at a time; a sensor that runs
//! there follows it. The alerts themselves stay as they are: what is said of them stands here
//! alone, and nothing of it is ever changed or taken away.

mod kept;
mod log;
mod mutes;
#[cfg(test)]
mod tests;

pub use kept::{Ends, Kept};
pub use log::{Error, Found, Log, add};
pub use mutes::{Mute, Mutes, Rule};

use crate::desk::outputs::time;
use crate::facts::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};

/// Mutes in force at once at most: each alert is held against all of them.
pub const MUTES: usize = 1000;

/// Alerts that are acknowledged at once at most.
pub const ACKS: usize = 1000;

/// Digits of the name of an event.
pub const NAME: usize = 20;

/// Octets of a text that people give at most.
pub const TEXT: usize = 2000;

/// One change, as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When it was made, by the clock of the machine.
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub time: Time,
    /// Who made it, as they said.
    pub who: String,
    /// The user that the system knows them as.
    pub uid: u32,
    /// What was changed.
    #[serde(flatten)]
    pub act: Act,
    /// Why.
    pub reason: String,
    /// The hash of the line before; empty where there is none.
    pub prev: String,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Act {
    /// Somebody has seen to alerts, by the names of their events.
    Ack {
        /// The names.
        events: Vec<String>,
    },
    /// Alerts are not to be told for a while.
    Mute(Mute),
    /// A mute is over before its time.
    Unmute {
        /// Its number.
        mute: u64,
    },
}

/// Who changes something, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// Who, as they say.
    pub who: String,
    /// The user that the system knows them as.
    pub uid: u32,
    /// Why.
    pub reason: String,
}

/// All that was ever changed.
#[derive(Debug, Default)]
pub struct Triage {
    /// The changes, in their order.
    pub entries: Vec<Entry>,
    /// Which change acknowledged an alert first, by the name of its event.
    acks: HashMap<String, usize>,
    /// Which changes made the mutes, and ended them before their time.
    mutes: BTreeMap<u64, (usize, Option<usize>)>,
}

impl Triage {
    /// Takes the next change.
    pub fn take(&mut self, entry: Entry) {
        let place = self.entries.len();
        match &entry.act {
            Act::Ack { events } => {
                for event in events {
                    self.acks.entry(event.clone()).or_insert(place);
                }
            }
            Act::Mute(mute) => {
                self.mutes.entry(mute.number).or_insert((place, None));
            }
            Act::Unmute { mute } => {
                if let Some((_, end @ None)) = self.mutes.get_mut(mute) {
                    *end = Some(place);
                }
            }
        }
        self.entries.push(entry);
    }

    /// The change that acknowledged an alert.
    #[must_use]
    pub fn acked(&self, event: &str) -> Option<&Entry> {
        self.entries.get(*self.acks.get(event)?)
    }

    /// A mute, the change that made it, and the one that ended it before its time.
    #[must_use]
    pub fn mute(&self, number: u64) -> Option<(&Mute, &Entry, Option<&Entry>)> {
        let (made, ended) = self.mutes.get(&number)?;
        let made = self.entries.get(*made)?;
        let Act::Mute(mute) = &made.act else {
            return None;
        };
        Some((mute, made, ended.and_then(|place| self.entries.get(place))))
    }

    /// The mutes that are in force at a time, in the order in which they were made.
    pub fn standing(&self, now: Time) -> impl Iterator<Item = (&Mute, &Entry)> {
        self.mutes.keys().filter_map(move |number| {
            let (mute, made, ended) = self.mute(*number)?;
            (ended.is_none() && now < mute.until).then_some((mute, made))
        })
    }

    /// The number of the next mute.
    #[must_use]
    pub fn next_mute(&self) -> u64 {
        self.mutes.keys().next_back().map_or(1, |last| last + 1)
    }
}

fn write_time<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time::Eve(*time))
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    time::read(&text).ok_or_else(|| serde::de::Error::custom(format!("no time: {text}")))
}
