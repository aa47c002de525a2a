//! What a detector found: data, the same whatever language it is told in.
//!
//! Made by the detectors, put into words by [`super::words`]. An alert names its evidence: the
//! packet that decided, and the operation where there is one.

use super::weigh::Ground;
use crate::desk::baseline::{Others, Word};
use crate::desk::outputs::time::Seconds;
use crate::desk::report::words;
use crate::facts::{Class, Endpoint, Host, Stamp, Technique, Time};
use crate::flow::Tags;
use crate::protocols::Carrier;
use crate::sensor::{FlowId, FlowRecord, OperationRecord, OwnedItem};
use std::sync::Arc;

/// A kind of alert: a row of a detector's list.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its number among all alerts, from 3950000 on: those of shipped rules are below.
    pub sid: u32,
    /// Its name, under which the catalogues of words have it.
    pub name: &'static str,
    /// ATT&CK for ICS techniques that it can tell of, where no operation tells it better.
    pub techniques: &'static [Technique],
}

/// How new something is, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A known station did a known thing to a known place, with a value that is new.
    Value,
    /// A known station did a known thing to a known device, at another place.
    Place,
    /// A station that works on this device did what it did not do there before.
    Act,
    /// A station that did not work on this device, and others do.
    Station,
    /// Nobody on this site was seen to do so.
    Site,
}

impl Scope {
    /// As it is written in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Place => "place",
            Self::Act => "act",
            Self::Station => "station",
            Self::Site => "site",
        }
    }
}

/// In which packet something was found, and between whom.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// The conversation.
    pub flow: FlowId,
    /// The packet that decided.
    pub stamp: Stamp,
    /// Who acted.
    pub source: Endpoint,
    /// On whom.
    pub destination: Endpoint,
    /// IANA number of the IP protocol; 0 for frames without IP.
    pub ip_protocol: u8,
    /// VLAN tags.
    pub tags: Tags,
    /// What the conversation speaks.
    pub protocol: Option<&'static str>,
}

impl Scene {
    /// Where an operation was seen: from who asked to who was asked.
    #[must_use]
    pub fn of_operation(record: &OperationRecord) -> Self {
        Self {
            flow: record.flow,
            stamp: record.stamp,
            source: record.actor,
            destination: record.device,
            ip_protocol: match record.path.carrier {
                Carrier::Tcp => 6,
                Carrier::Udp => 17,
                Carrier::Icmpv6 => 58,
                Carrier::Ether(_) | Carrier::Llc(..) | Carrier::Snap(..) => 0,
            },
            tags: record.path.tags,
            protocol: Some(record.protocol),
        }
    }

    /// Where a conversation was seen at this packet, from one of its ends to the other.
    #[must_use]
    pub fn of_flow(
        flow: &FlowRecord,
        (source, destination): (Endpoint, Endpoint),
        stamp: Stamp,
    ) -> Self {
        Self {
            flow: flow.id,
            stamp,
            source,
            destination,
            ip_protocol: flow.ip_protocol,
            tags: if source == flow.low {
                flow.ends.0.tags
            } else {
                flow.ends.1.tags
            },
            protocol: flow.protocol,
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug)]
pub struct Alert {
    /// What.
    pub kind: &'static Kind,
    /// 1 high to 4 information.
    pub severity: u8,
    /// The same by what was seen alone, before what people say of devices and plans moved it.
    pub seen: u8,
    /// Where it was seen.
    pub scene: Scene,
    /// How new it is, where novelty is what was found.
    pub scope: Option<Scope>,
    /// The operation, where it was found in one.
    pub operation: Option<Arc<OperationRecord>>,
    /// What the sentences of its kind leave open, by name: device, number, time.
    pub blanks: Vec<(&'static str, Blank)>,
    /// It was learned, but in doubtful company, and does not count as usual.
    pub doubted: bool,
    /// The window of planned work that it fell into.
    pub planned: Option<Arc<str>>,
    /// Why it is as grave as it is.
    pub grounds: Vec<Ground>,
}

/// What fills a blank of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Blank {
    /// A name or a value; may come from the wire.
    Text(String),
    /// A number that decides about singular and plural.
    Count(u64),
}

impl From<String> for Blank {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Blank {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Blank {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<Time> for Blank {
    fn from(time: Time) -> Self {
        Self::Text(Seconds(time).to_string().replace('T', " "))
    }
}

/// The alert that people send to see whether alerts arrive.
static TEST: Kind = Kind {
    sid: 3_959_999,
    name: "test",
    techniques: &[],
};

impl Alert {
    /// The alert that people send to see whether alerts arrive: between two addresses that no
    /// network has (RFC 5737, section 3).
    #[must_use]
    pub const fn test(severity: u8, time: Time) -> Self {
        const fn end(last: u8) -> Endpoint {
            Endpoint {
                host: Host::v4([192, 0, 2, last]),
                port: 0,
            }
        }
        let scene = Scene {
            flow: FlowId(0),
            stamp: Stamp { time, frame: 0 },
            source: end(1),
            destination: end(2),
            ip_protocol: 6,
            tags: Tags::NONE,
            protocol: None,
        };
        Self::new(&TEST, severity, scene)
    }

    /// An alert of this kind, with nothing filled in.
    #[must_use]
    pub const fn new(kind: &'static Kind, severity: u8, scene: Scene) -> Self {
        Self {
            kind,
            severity,
            seen: severity,
            scene,
            scope: None,
            operation: None,
            blanks: Vec::new(),
            doubted: false,
            planned: None,
            grounds: Vec::new(),
        }
    }

    /// Fills the blanks that say what was done: by this operation, at this item.
    #[must_use]
    pub fn doing(self, record: &OperationRecord, item: Option<&OwnedItem>) -> Self {
        doing(record, item)
            .into_iter()
            .fold(self, |alert, (name, blank)| alert.with(name, blank))
    }

    /// Fills the blanks that say what people say of a line of the baseline.
    #[must_use]
    pub fn said(self, word: &Word) -> Self {
        self.with("by", word.by.as_deref().unwrap_or("-"))
            .with("why", word.why.as_deref().unwrap_or("-"))
    }

    /// Whether the baseline has it, and it is in doubt there.
    #[must_use]
    pub const fn doubted(mut self, doubted: bool) -> Self {
        self.doubted = doubted;
        self
    }

    /// Fills the blanks that say who else does so in the baseline.
    #[must_use]
    pub fn among(self, others: Option<&Others>) -> Self {
        let names = others.map_or_else(String::new, Others::names);
        self.with("stations", others.map_or(0, |others| others.count))
            .with("others", names)
    }

    /// Fills a blank.
    #[must_use]
    pub fn with(mut self, name: &'static str, blank: impl Into<Blank>) -> Self {
        self.blanks.push((name, blank.into()));
        self
    }

    /// The techniques: the operation's or, where there is none, the kind's.
    #[must_use]
    pub fn techniques(&self) -> Vec<Technique> {
        let operation = self.operation.as_deref();
        let told = operation.map_or(&[][..], |operation| operation.meaning.techniques);
        let mut all: Vec<Technique> = self.kind.techniques.iter().chain(told).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What the operation can do to the plant, 0 to 5; 0 without one.
    #[must_use]
    pub fn criticality(&self) -> u8 {
        let operation = self.operation.as_deref();
        operation.map_or(0, |operation| operation.meaning.criticality)
    }
}

/// The blanks that say what was done, by this operation at this item.
pub(super) fn doing(
    record: &OperationRecord,
    item: Option<&OwnedItem>,
) -> [(&'static str, Blank); 9] {
    let (place, value) = (words::place(record.unit, item), words::values(item));
    [
        ("actor", record.actor.host.to_string().into()),
        ("device", record.device.host.to_string().into()),
        ("operation", record.meaning.name.into()),
        (
            "tells",
            u64::from(record.meaning.class == Class::State).into(),
        ),
        ("result", record.outcome.name().into()),
        ("placed", u64::from(!place.is_empty()).into()),
        ("place", place.into()),
        ("valued", u64::from(!value.is_empty()).into()),
        ("value", value.into()),
    ]
}
