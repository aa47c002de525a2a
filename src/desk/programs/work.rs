//! Engineering work: what one station did to the program of one device, as one story.
//!
//! Connect, upload, stop, download, start: operations that touch programs, firmware, memory or
//! operating modes, gathered until nothing more comes for half an hour.

use super::Program;
use super::transfers::Ended;
use crate::desk::inventory::Seen;
use crate::facts::{Class, Host, Outcome, Stamp, Time, Way};
use crate::sensor::{OperationRecord, OwnedStep, PieceRecord};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Work that nothing was done in for so long is over: a lunch is shorter than two sessions are
/// apart.
const PAUSE: Duration = Duration::from_secs(30 * 60);

/// Most work listed.
const LISTED: usize = 1_000;

/// Most steps kept of one, and targets of a step.
const STEPS: usize = 64;
const TARGETS: usize = 32;

/// Most blocks named of one.
const BLOCKS: usize = 1_024;

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
    /// When the device was last stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Seen>,
    /// When it was last started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Seen>,
    /// How the work left it.
    pub left: Mode,
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
    /// It was started, or restarted, last.
    Started,
    /// It was stopped and not started again.
    Stopped,
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
    /// How often it was told in a row.
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
    /// What is over.
    over: Vec<Engineering>,
    omitted: u64,
}

impl Work {
    /// Takes an operation.
    pub(super) fn take(&mut self, record: &OperationRecord) {
        let class = record.meaning.class;
        let connects = class == Class::Session && record.meaning.name == "connect";
        if !connects && !is_work(class) {
            return;
        }
        let ends = (record.actor.host, record.device.host);
        let Some(work) = self.open(ends, record.protocol, record.stamp) else {
            return;
        };
        if connects {
            work.connected.get_or_insert_with(|| record.stamp.into());
            return;
        }
        work.step(record);
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
        if self.open.len() >= LISTED && !self.open.contains_key(&ends) {
            self.omitted += 1;
            return None;
        }
        let work = self
            .open
            .entry(ends)
            .or_insert_with(|| Engineering::new(ends, stamp));
        work.protocols.insert(protocol);
        // What is told late was done earlier.
        if stamp > work.to {
            (work.to, work.last) = (stamp, stamp.into());
        }
        Some(work)
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

    /// Adds something that was done.
    fn step(&mut self, record: &OperationRecord) {
        self.counts = true;
        let outcome = record.outcome;
        if !matches!(outcome, Outcome::Refused { .. } | Outcome::NoAnswer) {
            self.switch(record);
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

    /// Notes that the device was stopped or started.
    fn switch(&mut self, record: &OperationRecord) {
        let name = record.meaning.name;
        let stamp = record.stamp.into();
        match record.meaning.class {
            Class::Mode if name.contains("stop") => {
                (self.stopped, self.left) = (Some(stamp), Mode::Stopped);
            }
            Class::Mode if name.contains("start") || name.ends_with("to run") => {
                (self.started, self.left) = (Some(stamp), Mode::Started);
            }
            Class::Reset => (self.started, self.left) = (Some(stamp), Mode::Started),
            _ => {}
        }
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
