//! Planned work: who may do what to which devices, from when to when.
//!
//! People write the windows as a small TOML file (`read.rs`). What falls into one is told as
//! planned and as a note; it is no part of what is usual. [`Planned`] adds up what of the plan was
//! seen, what was not, and what work was done that nobody planned.

mod read;

pub use read::{Error, read};

use crate::desk::detect::Alert;
use crate::desk::outputs::time::Eve;
use crate::facts::{Class, Host, Stamp, Time};
use crate::sensor::{Event, FlowRecord, OperationRecord, SoFar};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Most kinds of work kept that nobody planned: who did what to whom.
const UNPLANNED: usize = 1_024;

/// A host, or a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Host(Host),
    Network(IpAddr, u8),
}

/// A time of planned work.
#[derive(Clone, Debug)]
pub struct Window {
    /// What it is called.
    pub name: Arc<str>,
    /// The first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    stations: Vec<Place>,
    devices: Vec<Place>,
    classes: Vec<Class>,
}

/// All windows, as they stand in the file.
#[derive(Debug, Default)]
pub struct Windows {
    windows: Vec<Window>,
}

impl Windows {
    /// The first window that an operation falls into: its actor, device, class and time.
    fn number(&self, record: &OperationRecord) -> Option<usize> {
        let (time, class) = (record.stamp.time, record.meaning.class);
        let ends = (record.actor.host, record.device.host);
        // A device tells of itself to the station that works on it.
        let tells = class == Class::State;
        let mut windows = self.windows.iter();
        windows.position(|window| {
            window.spans(time, time)
                && window.allows(class)
                && (window.names(ends) || tells && window.names((ends.1, ends.0)))
        })
    }

    /// The first window that a conversation or a host falls into, which is no operation: where a
    /// window names what may be done, only if it says by whom and to whom.
    fn of_ends(&self, ends: (Host, Host), time: Time) -> Option<usize> {
        let mut windows = self.windows.iter();
        windows.position(|window| window.spans(time, time) && window.holds(ends))
    }

    /// Whether an event is of planned work alone: it began and ended in one window.
    #[must_use]
    pub fn hold(&self, event: &Event) -> bool {
        let mut windows = self.windows.iter();
        match event {
            Event::Operation(record) => self.number(record).is_some(),
            Event::Flow(flow) | Event::SoFar(SoFar::Flow(flow)) => {
                windows.any(|window| window.has_flow(flow))
            }
            _ => false,
        }
    }
}

impl Window {
    fn spans(&self, first: Time, last: Time) -> bool {
        self.from <= first && last < self.to
    }

    fn names(&self, (station, device): (Host, Host)) -> bool {
        let any = |places: &[Place], host| {
            places.is_empty() || places.iter().any(|place| place.has(host))
        };
        any(&self.stations, station) && any(&self.devices, device)
    }

    fn allows(&self, class: Class) -> bool {
        let opens = matches!(class, Class::Session | Class::State);
        self.classes.is_empty() || opens || self.classes.contains(&class)
    }

    fn holds(&self, ends: (Host, Host)) -> bool {
        let (station, device) = ends;
        // Who only appears acts on nobody: the window must name it.
        if station == device {
            let mut named = self.stations.iter();
            return named.any(|place| place.has(station));
        }
        let both = !self.stations.is_empty() && !self.devices.is_empty();
        (self.classes.is_empty() || both) && self.names(ends)
    }

    fn has_flow(&self, flow: &FlowRecord) -> bool {
        let (low, high) = (flow.low.host, flow.high.host);
        self.spans(flow.seen.0.time, flow.seen.1.time)
            && (self.holds((low, high)) || self.holds((high, low)))
    }
}

impl Place {
    fn has(self, host: Host) -> bool {
        match self {
            Self::Host(named) => named == host,
            Self::Network(first, bits) => host
                .ip()
                .and_then(|ip| crate::desk::zones::masked(ip, bits))
                .is_some_and(|ip| ip == first),
        }
    }
}

/// Whether an operation is work on the plant that somebody plans: it changes a program, the
/// firmware, the mode, settings or the clock, or it restarts, erases, forces or suppresses. What
/// operators write and command all day is not.
const fn is_work(class: Class) -> bool {
    matches!(
        class,
        Class::Force
            | Class::Mode
            | Class::ProgramRead
            | Class::ProgramWrite
            | Class::MemoryWrite
            | Class::Configure
            | Class::Firmware
            | Class::Reset
            | Class::Wipe
            | Class::Suppress
            | Class::Engineering
            | Class::ClearLog
    )
}

/// What was seen of planned work, being added up.
#[derive(Debug)]
pub struct Planned {
    windows: Arc<Windows>,
    seen: Vec<Seen>,
    unplanned: BTreeMap<(Host, Host, &'static str), Work>,
    apart: u64,
    /// First and last packet time.
    span: Option<(Time, Time)>,
    /// Up to when it was told which windows are over.
    told: Option<Time>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    operations: u64,
    work: u64,
    alerts: u64,
    time: Option<(Stamp, Stamp)>,
}

#[derive(Clone, Debug)]
struct Work {
    count: u64,
    first: Stamp,
    last: Stamp,
}

impl Planned {
    /// Nothing was seen yet of these windows.
    #[must_use]
    pub fn new(windows: Arc<Windows>) -> Self {
        Self {
            seen: vec![Seen::default(); windows.windows.len()],
            windows,
            unplanned: BTreeMap::new(),
            apart: 0,
            span: None,
            told: None,
        }
    }

    /// Takes one event, in packet order.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Tick(stamp) if !stamp.time.is_unknown() => {
                let span = self.span.get_or_insert((stamp.time, stamp.time));
                *span = (span.0.min(stamp.time), span.1.max(stamp.time));
            }
            Event::Operation(record) => self.operation(record),
            _ => {}
        }
    }

    fn operation(&mut self, record: &OperationRecord) {
        let (stamp, class) = (record.stamp, record.meaning.class);
        let window = self.windows.number(record);
        if let Some(seen) = window.and_then(|at| self.seen.get_mut(at)) {
            seen.operations += 1;
            seen.work += u64::from(is_work(class));
            let time = seen.time.get_or_insert((stamp, stamp));
            time.1 = stamp;
            return;
        }
        if !is_work(class) {
            return;
        }
        let key = (record.actor.host, record.device.host, record.meaning.name);
        if let Some(work) = self.unplanned.get_mut(&key) {
            work.count += 1;
            work.last = stamp;
        } else if self.unplanned.len() < UNPLANNED {
            let work = Work {
                count: 1,
                first: stamp,
                last: stamp,
            };
            self.unplanned.insert(key, work);
        } else {
            self.apart += 1;
        }
    }

    /// The window that a match of a rule in this operation is told as planned by.
    pub fn names(&mut self, record: &OperationRecord) -> Option<Arc<str>> {
        let at = self.windows.number(record)?;
        self.told(at)
    }

    /// What a detector found is told as planned, and so a note, where it falls into a window and
    /// is an operation or something new. Scans, floods, silence and disputed addresses are no
    /// planned work, whoever is there.
    pub fn mark(&mut self, alert: &mut Alert) {
        let at = match alert.operation.as_deref() {
            Some(record) => self.windows.number(record),
            None if alert.scope.is_some() => {
                let scene = &alert.scene;
                let ends = (scene.source.host, scene.destination.host);
                self.windows.of_ends(ends, scene.stamp.time)
            }
            None => None,
        };
        if let Some(name) = at.and_then(|at| self.told(at)) {
            alert.planned = Some(name);
        }
    }

    /// The windows that are over since this was asked last; of those that were over when it was
    /// asked first, nothing.
    pub fn over(&mut self, now: Time) -> Vec<WindowTotal> {
        let last = *self.told.get_or_insert(now);
        if now <= last {
            return Vec::new();
        }
        self.told = Some(now);
        let windows = self.windows.windows.iter().zip(&self.seen);
        windows
            .filter(|(window, _)| last < window.to && window.to <= now)
            .map(|(window, seen)| total(window, seen, self.span))
            .collect()
    }

    fn told(&mut self, at: usize) -> Option<Arc<str>> {
        self.seen.get_mut(at)?.alerts += 1;
        Some(Arc::clone(&self.windows.windows.get(at)?.name))
    }

    /// What was planned and seen, planned and not seen, seen and not planned.
    #[must_use]
    pub fn finish(self) -> Report {
        let windows = self.windows.windows.iter().zip(self.seen);
        let windows = windows.map(|(window, seen)| total(window, &seen, self.span));
        let unplanned = self.unplanned.into_iter();
        let mut unplanned: Vec<WorkTotal> = unplanned
            .map(|((station, device, operation), work)| WorkTotal {
                station: station.to_string(),
                device: device.to_string(),
                operation,
                count: work.count,
                frame: work.first.frame,
                first: work.first.time,
                last: work.last.time,
            })
            .collect();
        unplanned.sort_by_key(|work| (work.first, work.frame));
        Report {
            windows: windows.collect(),
            unplanned,
            unplanned_apart: self.apart,
        }
    }
}

/// What became of a window, where packets of this time were watched.
fn total(window: &Window, seen: &Seen, span: Option<(Time, Time)>) -> WindowTotal {
    WindowTotal {
        name: Arc::clone(&window.name),
        state: match (seen.operations + seen.alerts, span) {
            (1.., _) => "seen",
            (0, Some((first, last))) if window.from <= last && first < window.to => "not seen",
            (0, _) => "not watched",
        },
        from: window.from,
        to: window.to,
        operations: seen.operations,
        work: seen.work,
        alerts: seen.alerts,
        first: seen.time.map(|time| time.0.time),
        last: seen.time.map(|time| time.1.time),
    }
}

#[expect(clippy::ref_option, reason = "serde asks for it")]
fn write_some<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Eve(time.unwrap_or(Time::ZERO)))
}

fn write_time<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Eve(*time))
}

/// What became of the plan.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The windows, as they stand in the file.
    pub windows: Vec<WindowTotal>,
    /// Work that was done outside of all windows, in the order of the first time.
    pub unplanned: Vec<WorkTotal>,
    /// Such operations that are not listed for want of room.
    pub unplanned_apart: u64,
}

/// What was seen in a window.
#[derive(Clone, Debug, Serialize)]
pub struct WindowTotal {
    /// What it is called.
    pub name: Arc<str>,
    /// `seen`; `not seen`; or `not watched`: no packet is of that time.
    pub state: &'static str,
    /// Its first moment.
    #[serde(serialize_with = "write_time")]
    pub from: Time,
    /// The first moment after it.
    #[serde(serialize_with = "write_time")]
    pub to: Time,
    /// Operations in it, polling and sessions too; what is repeated all the time counts once.
    pub operations: u64,
    /// Those of them that change a program, mode, settings and the like.
    pub work: u64,
    /// Alerts told as planned.
    pub alerts: u64,
    /// The first operation.
    #[serde(serialize_with = "write_some", skip_serializing_if = "Option::is_none")]
    pub first: Option<Time>,
    /// The last operation.
    #[serde(serialize_with = "write_some", skip_serializing_if = "Option::is_none")]
    pub last: Option<Time>,
}

/// Work that nobody planned.
#[derive(Clone, Debug, Serialize)]
pub struct WorkTotal {
    /// Who.
    pub station: String,
    /// On what.
    pub device: String,
    /// What.
    pub operation: &'static str,
    /// How often.
    pub count: u64,
    /// The first packet, by its number.
    pub frame: u64,
    /// Its time.
    #[serde(serialize_with = "write_time")]
    pub first: Time,
    /// The last time.
    #[serde(serialize_with = "write_time")]
    pub last: Time,
}
