//! The baseline: what is usual on a site, as a model and as a text that people read and edit.
//!
//! Learned from the workers' events in packet order (`learn.rs`), asked by the detectors, written
//! and read as lines (`text.rs`). Keyed by host and protocol, never by port where a protocol was
//! recognised. Every table is bounded: what finds no room is counted, and the model says that it
//! is not complete.

pub mod check;
pub mod compare;
pub mod evidence;
pub mod export;
mod habit;
mod index;
mod learn;
mod spans;
pub mod text;

pub use habit::{Habit, Period, Place, Usual, VALUES};
pub use index::{Index, Others};
pub use learn::{Learner, act, points, service, talk};
pub use spans::Spans;

use crate::facts::{Host, Time};
use evidence::Each;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A name of the program's own, or one that was read from a file.
pub type Name = Cow<'static, str>;

/// Most hosts, conversations and kinds of operations kept: a site of 10,000 conversations has
/// some of each for all of them. A scan or a flood fills the rest and is counted.
pub const KEPT: usize = 65_536;

/// In what language two hosts talk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// A protocol, recognised by content.
    Protocol(Name),
    /// A port of TCP whose content was not recognised.
    Tcp(u16),
    /// A port of UDP.
    Udp(u16),
    /// Another IP protocol, by its IANA number.
    Ip(u8),
    /// Frames without IP whose protocol was not recognised.
    Link,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(name) => f.write_str(name),
            Self::Tcp(port) => write!(f, "tcp/{port}"),
            Self::Udp(port) => write!(f, "udp/{port}"),
            Self::Ip(number) => write!(f, "ip/{number}"),
            Self::Link => f.write_str("link"),
        }
    }
}

/// Who talks to whom, and in what language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Talk {
    /// Who asks.
    pub client: Host,
    /// Who is asked.
    pub server: Host,
    /// In what language.
    pub service: Service,
}

/// What one host does to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Act {
    /// Who asks.
    pub actor: Host,
    /// Who is asked.
    pub device: Host,
    /// The protocol.
    pub protocol: Name,
    /// Unit, slot or station behind the device's address.
    pub unit: Option<u32>,
    /// What it means, in the words of the protocol's table.
    pub operation: Name,
}

/// How often something was seen, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Time,
    /// The last time.
    pub last: Time,
    /// In how many slots of time it was seen, up to 3: what was seen in one slot only tells how
    /// much more is to come (see [`Learner`]).
    pub slots: u8,
}

/// Packet time of one slot.
pub const SLOT: Duration = Duration::from_secs(600);

impl Seen {
    /// Seen for the first time.
    #[must_use]
    pub const fn at(time: Time) -> Self {
        Self {
            count: 1,
            first: time,
            last: time,
            slots: 1,
        }
    }

    /// Seen again, so many times up to this one.
    pub fn again(&mut self, count: u64, time: Time) {
        let slot = |time: Time| u128::from(time.nanos()) / SLOT.as_nanos();
        if slot(time) > slot(self.last) {
            self.slots = self.slots.saturating_add(1).min(3);
        }
        self.count = self.count.saturating_add(count);
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }
}

/// What people say of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// It must not happen, whatever was seen.
    pub forbidden: bool,
    /// Until when it is usual.
    pub expires: Option<Time>,
    /// It was learned in doubtful company, and is not usual until people take this away: what
    /// was seen with it.
    pub doubt: Option<Box<str>>,
    /// Who said so.
    pub by: Option<Box<str>>,
    /// Why.
    pub why: Option<Box<str>>,
    /// When.
    pub on: Option<Time>,
}

impl Word {
    /// Whether the line says that something is usual, be it at another time.
    #[must_use]
    pub const fn counts(&self) -> bool {
        !self.forbidden && self.doubt.is_none()
    }

    /// Whether what the line names is usual at this time.
    #[must_use]
    pub fn allows(&self, now: Time) -> bool {
        self.counts() && self.expires.is_none_or(|end| now < end)
    }
}

/// A line of the baseline: what was seen, and what people say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    /// What was seen.
    pub seen: Seen,
    /// What people say.
    pub word: Word,
    /// What else is known.
    pub more: T,
}

impl<T: Default> Entry<T> {
    /// Seen for the first time.
    #[must_use]
    pub fn at(time: Time) -> Self {
        Self {
            seen: Seen::at(time),
            word: Word::default(),
            more: T::default(),
        }
    }
}

/// What is usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Hosts that send.
    pub hosts: BTreeMap<Host, Entry<()>>,
    /// Conversations.
    pub talks: BTreeMap<Talk, Entry<()>>,
    /// Operations.
    pub acts: BTreeMap<Act, Entry<Habit>>,
    /// From when to when it was learned.
    pub span: Option<(Time, Time)>,
    /// The captures it was learned from, by name.
    pub sources: Vec<Box<str>>,
    /// What was seen and found no room.
    pub overflow: u64,
    /// Learning goes on, where it does.
    pub learning: Option<Learning>,
}

/// How far learning has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// For how long it was learned: packet time, without the time in which nobody listened.
    pub learned: Duration,
    /// What is still learned; the rest is held against what comes.
    pub open: Each<bool>,
}

impl Baseline {
    /// Nothing is usual: nothing was learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.talks.is_empty() && self.acts.is_empty()
    }

    /// Whether a host does anything of this protocol to another.
    #[must_use]
    pub fn operates(&self, actor: Host, device: Host, protocol: &str) -> bool {
        self.acts_of(actor, device)
            .any(|(act, entry)| act.protocol == protocol && entry.word.counts())
    }

    /// Some hosts did something that nobody should learn: what they did in less than three slots
    /// is doubtful. What they do regularly is not: they have done it before, or did not stop.
    pub fn doubt(&mut self, is_suspect: impl Fn(&Host) -> bool, why: &str) {
        let doubt = |host: &Host, seen: &Seen, word: &mut Word| {
            if seen.slots < 3 && is_suspect(host) {
                word.doubt.get_or_insert_with(|| why.into());
            }
        };
        for (host, entry) in &mut self.hosts {
            doubt(host, &entry.seen, &mut entry.word);
        }
        for (talk, entry) in &mut self.talks {
            doubt(&talk.client, &entry.seen, &mut entry.word);
        }
        for (act, entry) in &mut self.acts {
            doubt(&act.actor, &entry.seen, &mut entry.word);
        }
    }

    /// What one host does to another.
    pub fn acts_of(
        &self,
        actor: Host,
        device: Host,
    ) -> impl Iterator<Item = (&Act, &Entry<Habit>)> {
        let from = Act {
            actor,
            device,
            protocol: Name::Borrowed(""),
            unit: None,
            operation: Name::Borrowed(""),
        };
        let own = move |(act, _): &(&Act, _)| act.actor == actor && act.device == device;
        self.acts.range(from..).take_while(own)
    }
}

#[cfg(test)]
mod tests;
