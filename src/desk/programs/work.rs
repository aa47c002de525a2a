//! Engineering work: what one station did to the program of one device, as one story.
//!
//! Connect, upload, stop, download, start: operations that touch programs, firmware, memory or
//! operating modes, gathered until nothing more comes for half an hour.

use super::Program;
use super::transfers::Ended;
use crate::desk::inventory::Seen;
use crate::facts::{Class, Host, Outcome, Stamp, Time, Way};
use crate::sensor::{Cycle, FlowId, OperationRecord, OwnedStep, PieceRecord};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Work that nothing was done in for so long is over: a lunch is shorter than two sessions are
/// apart.
const PAUSE: Duration = Duration::from_secs(30 * 60);

/// How often work is looked through for what is over, where its room is full.
const SWEEP: Duration = Duration::from_secs(60);

/// Most work listed.
const LISTED: usize = 1_000;

/// Most steps kept of one, and targets of a step.
const STEPS: usize = 64;
const TARGETS: usize = 32;

/// Most operations of conversations that go on whose repetitions are waited for.
const AWAITED: usize = 65_536;

/// Most blocks named of one.
const BLOCKS: usize = 1_024;

/// Operations that open the connection of an engineering tool.
const CONNECTS: [&str; 2] = ["connect", "umas open communication"];

/// Operations that begin engineering work though their class does not say so: whoever reserves a
/// controller is about to change it.
const RESERVES: &str = "umas reserve controller";

/// What gives a reserved controller back to others.
const RELEASES: &str = "umas release controller";

/// Criticality from which on engineering that has no class of its own is work on the program: to
/// lock a controller, compress its memory or set its streamed variables.
const CHANGES: u8 = 4;

/// What one station did to the program of one device.
#[derive(Clone, Debug, Serialize)]
pub struct Engineering {
    /// Who worked.
    pub actor: String,
    /// On what.
    pub device: String,
    /// Over which protocols.
    pub protocols: BTreeSet<&'static str>,
    /// Its first packet.
    pub first: Seen,
    /// Its last packet.
    pub last: Seen,
    /// The packet that opened the connection, where that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<Seen>,
    /// Blocks that were fetched from the device.
    pub uploaded: BTreeSet<String>,
    /// Blocks that were sent to it.
    pub downloaded: BTreeSet<String>,
    /// Of those, the ones whose octets are not all there.
    pub incomplete: BTreeSet<String>,
    /// What was done, in order; like steps in a row are one.
    pub steps: Vec<Step>,
    /// Steps that are not listed for want of room.
    pub steps_omitted: u64,
    /// When the device last answered that it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Seen>,
    /// When it last answered that it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Seen>,
    /// The last request to stop, start or restart of which it was not seen how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Seen>,
    /// When the device was reserved, where it was not seen to be released after that: nobody else
    /// can work on it as long as that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Seen>,
    /// How the work left it.
    pub left: Mode,
    #[serde(skip)]
    ends: (Host, Host),
    #[serde(skip)]
    from: Stamp,
    #[serde(skip)]
    to: Stamp,
    #[serde(skip)]
    counts: bool,
}

/// How work left a device, as far as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Its mode was not touched.
    Untouched,
    /// It was started last.
    Started,
    /// It was stopped and not started again.
    Stopped,
    /// It was asked to stop or start and its answer was not seen, or it was restarted as a whole
    /// after a stop: what it did then is its own affair.
    Unknown,
}

/// Something that was done.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The operation in words.
    pub operation: &'static str,
    /// Its class.
    pub class: &'static str,
    /// How it ended.
    pub outcome: &'static str,
    #[serde(skip)]
    ending: Ending,
    /// How often, with the repetitions that nothing else came between or that were not told singly.
    pub count: u64,
    /// What it touched, where that has a name.
    pub targets: BTreeSet<String>,
    /// Its first packet.
    pub first: Seen,
}

/// Gathers engineering work.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// What goes on, by station and device.
    open: BTreeMap<(Host, Host), Engineering>,
    /// When what goes on was last looked through for what is over.
    swept: Time,
    /// Who connected to whom and has done nothing yet. Apart, so that stations that connect and
    /// no more, as whoever looks for controllers does, take no room from those that work.
    connected: BTreeMap<(Host, Host), Stamp>,
    /// What is over.
    over: Vec<Engineering>,
    omitted: u64,
    /// Operations that are steps, of conversations that go on: how often each is repeated is told
    /// when its conversation ends.
    awaited: BTreeMap<(FlowId, u32), Awaited>,
}

/// An operation whose repetitions are waited for.
#[derive(Debug)]
struct Awaited {
    ends: (Host, Host),
    operation: &'static str,
    /// When it was told last, which says to which work it belongs.
    last: Stamp,
    /// How often it was told, by what became of it.
    told: BTreeMap<Ending, u64>,
}

/// What became of an operation, as repetitions are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Refused,
    Unanswered,
    Done,
}

impl Ending {
    const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Refused { .. } => Self::Refused,
            Outcome::NoAnswer | Outcome::NotSeen => Self::Unanswered,
            Outcome::Done | Outcome::Accepted | Outcome::Unacknowledged => Self::Done,
        }
    }
}

impl Work {
    /// Takes an operation.
    pub(super) fn take(&mut self, record: &OperationRecord) {
        let class = record.meaning.class;
        let ends = (record.actor.host, record.device.host);
        if class == Class::Session && CONNECTS.contains(&record.meaning.name) {
            self.connect(ends, record.stamp);
        } else if record.meaning.name == RELEASES {
            if let Some(work) = self.open.get_mut(&ends) {
                work.goes_on(record.stamp);
                if record.outcome == Outcome::Done {
                    work.reserved = None;
                }
                self.awaits(ends, record);
            }
        } else if self.is_work(ends, record)
            && let Some(work) = self.open(ends, record.protocol, record.stamp)
        {
            work.step(record);
            self.awaits(ends, record);
        }
    }

    /// Notes that repetitions of this operation may come that are not told singly.
    fn awaits(&mut self, ends: (Host, Host), record: &OperationRecord) {
        let key = (record.flow, record.fold);
        if self.awaited.len() >= AWAITED && !self.awaited.contains_key(&key) {
            return;
        }
        let awaited = self.awaited.entry(key).or_insert(Awaited {
            ends,
            operation: record.meaning.name,
            last: record.stamp,
            told: BTreeMap::new(),
        });
        awaited.last = awaited.last.max(record.stamp);
        *awaited.told.entry(Ending::of(record.outcome)).or_default() += 1;
    }

    /// Takes how often an operation was repeated in a conversation that ended.
    pub(super) fn cycle(&mut self, cycle: &Cycle) {
        let Some(awaited) = self.awaited.remove(&(cycle.flow, cycle.fold)) else {
            return;
        };
        let (ends, at) = (awaited.ends, awaited.last);
        let is_its = |work: &&mut Engineering| {
            work.ends == ends && work.from.time <= at.time && at.time <= work.to.time
        };
        let open = self.open.get_mut(&ends).into_iter();
        let Some(work) = open.chain(self.over.iter_mut().rev()).find(is_its) else {
            return;
        };
        if cycle.last.time.since(work.to.time) <= PAUSE {
            work.goes_on(cycle.last);
        }
        let done = cycle.count.saturating_sub(cycle.refused + cycle.unanswered);
        // One that was carried out after others that were not.
        if awaited.operation == RELEASES && done > 0 {
            work.reserved = None;
        }
        let counts = [
            (Ending::Refused, cycle.refused),
            (Ending::Unanswered, cycle.unanswered),
            (Ending::Done, done),
        ];
        for (ending, count) in counts {
            let told = awaited.told.get(&ending).copied().unwrap_or_default();
            let is_step =
                |step: &&mut Step| step.operation == awaited.operation && step.ending == ending;
            if let Some(step) = work.steps.iter_mut().rev().find(is_step) {
                step.count += count.saturating_sub(told);
            }
        }
    }

    /// Notes a connection that was opened: it begins the work that may come, and goes on with
    /// that which is open.
    fn connect(&mut self, ends: (Host, Host), stamp: Stamp) {
        if let Some(work) = self.open.get_mut(&ends)
            && stamp.time.since(work.to.time) <= PAUSE
        {
            work.goes_on(stamp);
            work.connected.get_or_insert_with(|| stamp.into());
            return;
        }
        // Whose connection is forgotten has worked longer than it takes to open so many others;
        // then the story only begins at its first step.
        if self.connected.len() >= LISTED {
            self.connected.clear();
        }
        let known = self.connected.entry(ends).or_insert(stamp);
        // Longer ago: that was other work, or none.
        if stamp.time.since(known.time) > PAUSE {
            *known = stamp;
        }
    }

    /// Takes a piece of a transfer: work goes on, however often it was done before.
    pub(super) fn transferring(&mut self, piece: &PieceRecord) {
        if piece.way.is_some() && !matches!(piece.step, OwnedStep::Lost) {
            self.open((piece.actor, piece.device), piece.protocol, piece.stamp);
        }
    }

    /// Takes a transfer that is over.
    pub(super) fn transferred(&mut self, ended: &Ended, program: &Program) {
        let Some(work) = self.open.get_mut(&(ended.actor, ended.device)) else {
            return;
        };
        // Told late, it belongs to work that is over.
        if ended.last < work.from || program.block.is_empty() {
            return;
        }
        work.counts = true;
        let blocks = match ended.way {
            Way::Download => &mut work.downloaded,
            Way::Upload => &mut work.uploaded,
        };
        add(blocks, BLOCKS, &program.block);
        if !program.whole {
            add(&mut work.incomplete, BLOCKS, &program.block);
        }
    }

    /// The work, in the order in which it began, and how much is not listed.
    pub(super) fn finish(mut self) -> (Vec<Engineering>, u64) {
        for work in std::mem::take(&mut self.open).into_values() {
            self.close(work);
        }
        self.over.sort_by_key(|work| work.from);
        (self.over, self.omitted)
    }

    /// Whether an operation is a step of engineering work. One on files is where a transfer or
    /// other work goes on: whoever fetches a report from a device each night is no engineer.
    fn is_work(&self, ends: (Host, Host), record: &OperationRecord) -> bool {
        let goes_on = |work: &Engineering| record.stamp.time.since(work.to.time) <= PAUSE;
        match record.meaning.class {
            Class::File => self.open.get(&ends).is_some_and(goes_on),
            // Panels create objects and read lists of blocks too; what changes a device is more.
            Class::Engineering => record.meaning.criticality >= CHANGES,
            class => is_work(class) || record.meaning.name == RESERVES,
        }
    }

    /// The work of these two that goes on now.
    fn open(
        &mut self,
        ends: (Host, Host),
        protocol: &'static str,
        stamp: Stamp,
    ) -> Option<&mut Engineering> {
        let over = self
            .open
            .get(&ends)
            .is_some_and(|work| stamp.time.since(work.to.time) > PAUSE);
        if over && let Some(work) = self.open.remove(&ends) {
            self.close(work);
        }
        if !self.open.contains_key(&ends) && !self.has_room(stamp.time) {
            self.omitted += 1;
            return None;
        }
        let connected = &mut self.connected;
        let work = self.open.entry(ends).or_insert_with(|| {
            let before = connected.remove(&ends);
            let recent = |opened: &Stamp| stamp.time.since(opened.time) <= PAUSE;
            let opened = before.filter(recent);
            let mut work = Engineering::new(ends, opened.unwrap_or(stamp));
            work.connected = opened.map(Seen::from);
            work
        });
        work.protocols.insert(protocol);
        work.goes_on(stamp);
        Some(work)
    }

    /// Whether there is room for more work at once. What is over is looked for at most once a
    /// minute of the capture.
    fn has_room(&mut self, now: Time) -> bool {
        if self.open.len() >= LISTED && now.since(self.swept) >= SWEEP {
            self.swept = now;
            let over = |_: &(Host, Host), work: &mut Engineering| now.since(work.to.time) > PAUSE;
            for (_, work) in self.open.extract_if(.., over).collect::<Vec<_>>() {
                self.close(work);
            }
        }
        self.open.len() < LISTED
    }

    /// Lists what is over, where more than a connection was opened.
    fn close(&mut self, work: Engineering) {
        if !work.counts {
            return;
        }
        match self.over.len() < LISTED {
            true => self.over.push(work),
            false => self.omitted += 1,
        }
    }
}

impl Engineering {
    fn new((actor, device): (Host, Host), stamp: Stamp) -> Self {
        Self {
            actor: actor.to_string(),
            device: device.to_string(),
            ends: (actor, device),
            protocols: BTreeSet::new(),
            first: stamp.into(),
            last: stamp.into(),
            connected: None,
            uploaded: BTreeSet::new(),
            downloaded: BTreeSet::new(),
            incomplete: BTreeSet::new(),
            steps: Vec::new(),
            steps_omitted: 0,
            stopped: None,
            started: None,
            asked: None,
            reserved: None,
            left: Mode::Untouched,
            from: stamp,
            to: stamp,
            counts: false,
        }
    }

    /// When it began and when it ended.
    #[must_use]
    pub fn period(&self) -> (Time, Time) {
        (self.from.time, self.to.time)
    }

    /// Something was seen of it at this packet. What is told late was done earlier.
    fn goes_on(&mut self, stamp: Stamp) {
        if stamp > self.to {
            (self.to, self.last) = (stamp, stamp.into());
        }
    }

    /// Adds something that was done.
    fn step(&mut self, record: &OperationRecord) {
        self.counts = true;
        let outcome = record.outcome;
        if !matches!(outcome, Outcome::Refused { .. }) {
            self.switch(record);
            if record.meaning.name == RESERVES {
                self.reserved = Some(record.stamp.into());
            }
        }
        let name = record.meaning.name;
        let same = |step: &Step| step.operation == name && step.outcome == outcome.name();
        if !self.steps.last().is_some_and(same) {
            if self.steps.len() >= STEPS {
                self.steps_omitted += 1;
                return;
            }
            self.steps.push(Step {
                operation: name,
                class: record.meaning.class.name(),
                outcome: outcome.name(),
                ending: Ending::of(outcome),
                count: 0,
                targets: BTreeSet::new(),
                first: record.stamp.into(),
            });
        }
        let Some(last) = self.steps.last_mut() else {
            return;
        };
        last.count += 1;
        for item in record.items.iter().filter(|item| !item.name.is_empty()) {
            let name = String::from_utf8_lossy(&item.name);
            add(&mut last.targets, TARGETS, &name);
        }
    }

    /// Notes that the device was stopped or started, or may have been.
    fn switch(&mut self, record: &OperationRecord) {
        let name = record.meaning.name;
        let mode = match record.meaning.class {
            Class::Mode if name.contains("stop") => Mode::Stopped,
            Class::Mode if name.contains("start") || name.ends_with("to run") => Mode::Started,
            // Of the device or of its communications: neither tells whether its program runs
            // then, only that it need not be stopped any longer.
            Class::Reset if self.left == Mode::Stopped => Mode::Unknown,
            _ => return,
        };
        let stamp = record.stamp.into();
        match (mode, record.outcome) {
            (Mode::Stopped, Outcome::Done | Outcome::Accepted) => self.stopped = Some(stamp),
            (Mode::Started, Outcome::Done | Outcome::Accepted) => self.started = Some(stamp),
            _ => {
                (self.asked, self.left) = (Some(stamp), Mode::Unknown);
                return;
            }
        }
        self.left = mode;
    }
}

/// Whether an operation of this class is a step of engineering work.
const fn is_work(class: Class) -> bool {
    matches!(
        class,
        Class::ProgramRead
            | Class::ProgramWrite
            | Class::Mode
            | Class::Reset
            | Class::Firmware
            | Class::Wipe
            | Class::MemoryWrite
    )
}

/// Adds a name where there is room.
fn add(names: &mut BTreeSet<String>, most: usize, name: &str) {
    if names.len() < most {
        names.insert(name.to_owned());
    }
}
