//! How the sensor itself is: what happens to the interfaces it listens at and to what it keeps,
//! and that it is alive.
//!
//! Only a live run tells these.

use super::Eve;
use super::head::{Common, Head};
use crate::capture::Change;
use crate::desk::store::Notice;
use crate::facts::{Stamp, Time};
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    health: Health<'a>,
    ot: Common,
}

impl<'a> Line<'a> {
    /// The event of what happened at this time of the clock.
    fn new(eve: &Eve, head: Head<'a>, health: Health<'a>, now: Time) -> Self {
        let stamp = Stamp {
            time: now,
            frame: 0,
        };
        Self {
            ot: Common::new(eve, ("health", 0), stamp, &health.text),
            head,
            health,
        }
    }
}

/// What is told.
#[derive(Debug, Default, Serialize)]
struct Health<'a> {
    what: &'static str,
    severity: u8,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blind_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames_dropped: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events_lost: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts_muted: Option<u64>,
}

/// Severity of a heartbeat.
pub const ALIVE: u8 = 4;

/// What a heartbeat says.
#[derive(Clone, Debug, Default)]
pub struct Alive {
    /// For how long the sensor has been running.
    pub uptime: Duration,
    /// Frames handed out to the workers.
    pub frames: u64,
    /// Frames that the kernel dropped because a ring was full.
    pub dropped: u64,
    /// Alerts since it was started that people have muted.
    pub muted: u64,
    /// Mutes that are in force.
    pub mutes: usize,
    /// What it sees alone, where it has a filter.
    pub filter: Option<String>,
}

/// What became of something that the sensor did for itself: a reload, or what it learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Its name as it went, for other machines.
    pub what: &'static str,
    /// It did not work, and all is as before.
    pub failed: bool,
    /// What is new, or why not.
    pub text: String,
}

impl Deed {
    /// How grave it is, as alerts are.
    #[must_use]
    pub const fn severity(&self) -> u8 {
        if self.failed { 2 } else { 4 }
    }
}

/// The event of a deed.
pub(super) fn deed<'a>(eve: &'a Eve, deed: &Deed, now: Time) -> Line<'a> {
    let health = Health {
        what: deed.what,
        severity: deed.severity(),
        text: deed.text.clone(),
        ..Health::default()
    };
    Line::new(eve, Head::alone(eve, "health", now), health, now)
}

/// The event of a change.
pub(super) fn change<'a>(eve: &'a Eve, change: &'a Change, now: Time) -> Line<'a> {
    let mut head = Head::alone(eve, "health", now);
    head.at(interface(change));
    Line::new(eve, head, told(change), now)
}

/// The event of a heartbeat.
pub(super) fn alive<'a>(eve: &'a Eve, alive: &'a Alive, now: Time) -> Line<'a> {
    let health = Health {
        what: "alive",
        severity: ALIVE,
        text: format!(
            "the sensor has been running for {} s{}{}",
            alive.uptime.as_secs(),
            match (alive.muted, alive.mutes) {
                (0, 0) => String::new(),
                (muted, mutes) =>
                    format!("; {mutes} mutes are in force, {muted} alerts were muted"),
            },
            match &alive.filter {
                None => String::new(),
                Some(filter) => format!("; it sees nothing but: {filter}"),
            }
        ),
        frames: Some(alive.frames),
        frames_dropped: Some(alive.dropped),
        alerts_muted: (alive.muted > 0 || alive.mutes > 0).then_some(alive.muted),
        uptime_seconds: Some(alive.uptime.as_secs()),
        filter: alive.filter.as_deref(),
        ..Health::default()
    };
    Line::new(eve, Head::alone(eve, "health", now), health, now)
}

/// The event of something that happened to what is kept.
pub(super) fn notice<'a>(eve: &'a Eve, notice: &'a Notice, now: Time) -> Line<'a> {
    let (output, events_lost) = match notice {
        Notice::Missed { output, missed } => {
            (Some(output.as_str()), Some(missed.dropped + missed.damaged))
        }
        Notice::OutputFailed { output, .. }
        | Notice::OutputBack { output }
        | Notice::CursorLost { output, .. }
        | Notice::CursorStuck { output, .. } => (Some(output.as_str()), None),
        Notice::Back { lost, .. } => (None, Some(*lost)),
        Notice::Repaired { .. } | Notice::Damaged { .. } | Notice::Failed { .. } | Notice::Slow => {
            (None, None)
        }
    };
    let health = Health {
        what: notice.name(),
        severity: notice.severity(),
        text: notice.to_string(),
        output,
        events_lost,
        ..Health::default()
    };
    Line::new(eve, Head::alone(eve, "health", now), health, now)
}

/// The interface that a change is about.
fn interface(change: &Change) -> &str {
    match change {
        Change::Lost { interface, .. }
        | Change::Back { interface, .. }
        | Change::Renamed { interface, .. }
        | Change::Silent { interface }
        | Change::Heard { interface }
        | Change::Dropped { interface, .. } => interface,
    }
}

/// How grave a change is, as alerts are: 1 high to 4 information.
#[must_use]
pub fn severity(change: &Change) -> u8 {
    match change {
        Change::Lost { .. } => 1,
        Change::Dropped { .. } | Change::Silent { .. } => 2,
        Change::Back { .. } | Change::Renamed { .. } => 3,
        Change::Heard { .. } => 4,
    }
}

/// A change in words.
#[must_use]
pub fn text(change: &Change) -> String {
    told(change).text
}

fn told(change: &Change) -> Health<'_> {
    let health = match change {
        Change::Lost { interface, how } => Health {
            what: "capture-lost",
            text: format!("{interface} cannot be heard: {}", how.name()),
            reason: Some(how.name()),
            ..Health::default()
        },
        Change::Back {
            interface,
            after,
            blind,
        } => Health {
            what: "capture-back",
            text: format!(
                "{interface} is heard again; blind for {:.3} s ({})",
                blind.as_secs_f64(),
                after.name()
            ),
            reason: Some(after.name()),
            blind_seconds: Some(blind.as_secs_f64()),
            ..Health::default()
        },
        Change::Renamed { interface, to } => Health {
            what: "interface-renamed",
            text: format!("{interface} is called {to} now and is heard on"),
            name: Some(to),
            ..Health::default()
        },
        Change::Silent { interface } => Health {
            what: "no-packets",
            text: format!(
                "no packet came at {interface} for ten seconds: is the mirror port set up?"
            ),
            ..Health::default()
        },
        Change::Heard { interface } => Health {
            what: "packets-again",
            text: format!("packets come at {interface} again"),
            ..Health::default()
        },
        Change::Dropped {
            interface,
            frames,
            all,
        } => Health {
            what: "frames-dropped",
            text: format!(
                "{frames} frames of {interface} were dropped: the sensor was too slow ({all} in all)"
            ),
            frames: Some(*frames),
            frames_dropped: Some(*all),
            ..Health::default()
        },
    };
    Health {
        severity: severity(change),
        ..health
    }
}
