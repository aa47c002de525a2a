//! One interface being listened at: its ring, through all that may happen to the interface.
//!
//! Called by the listener. An interface that is deleted and made again gets a new ring.

use super::{Change, Gauge, How, QUIET};
use crate::capture::filter::Filter;
use crate::capture::frame::{Block, LinkType, Record};
use crate::capture::ring::{Fault, Probe, RETIRE, Ring, Sockets, Totals};
use crate::facts::Time;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long the ring of a deleted interface may still hand blocks over.
pub(super) const LINGER: Duration = RETIRE.saturating_mul(10);

/// Least time between two reports of frames that the ring dropped.
const DROPS: Duration = Duration::from_secs(10);

/// One interface.
#[derive(Debug)]
pub(super) struct Ear {
    /// As it was given.
    pub(super) name: String,
    /// As the system calls it now.
    called: String,
    number: u32,
    sockets: Sockets,
    filter: Option<Filter>,
    ring: Option<Ring>,
    /// Of the rings of interfaces that were deleted.
    before: Totals,
    block: Option<Arc<Block>>,
    records: Vec<Record>,
    at: usize,
    /// When the block was taken.
    pub(super) taken: Instant,
    /// Why it hears nothing, and since when.
    blind: Option<(How, Instant)>,
    /// When the interface was seen to be deleted.
    deleted: Option<Instant>,
    /// When the last frame came, or hearing began.
    heard: Instant,
    quiet: bool,
    /// Frames known to be dropped when that was told last, and when.
    told: (u64, Option<Instant>),
    pub(super) link: LinkType,
    pub(super) facts: Facts,
    pub(super) gauge: Arc<Gauge>,
}

/// What was handed out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    pub(super) frames: u64,
    pub(super) octets: u64,
    pub(super) first: Option<Time>,
    pub(super) last: Option<Time>,
    pub(super) backward: u64,
    previous: Time,
}

impl Facts {
    #[inline]
    fn enter(&mut self, record: &Record) {
        let time = record.time;
        self.frames += 1;
        self.octets = self.octets.saturating_add(record.captured.into());
        self.backward += u64::from(time < std::mem::replace(&mut self.previous, time));
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }
}

impl Ear {
    pub(super) fn open(
        name: &str,
        number: u32,
        (sockets, filter): (&Sockets, Option<&Filter>),
    ) -> Result<Self, Fault> {
        let ring = Ring::open(name, sockets, filter)?;
        let now = Instant::now();
        Ok(Self {
            name: name.to_owned(),
            called: name.to_owned(),
            number,
            sockets: sockets.clone(),
            filter: filter.cloned(),
            link: ring.link(),
            ring: Some(ring),
            before: Totals::default(),
            block: None,
            records: Vec::new(),
            at: 0,
            taken: now,
            blind: None,
            deleted: None,
            heard: now,
            quiet: false,
            told: (0, None),
            facts: Facts::default(),
            gauge: Arc::default(),
        })
    }

    pub(super) const fn ring(&self) -> Option<&Ring> {
        self.ring.as_ref()
    }

    /// The time of the next frame, if there is one.
    #[inline]
    pub(super) fn due(&mut self) -> Option<Time> {
        if self.at >= self.records.len() {
            self.fill()?;
        }
        self.records.get(self.at).map(|record| record.time)
    }

    /// The next frame, which [`due`](Self::due) has found.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(&Arc<Block>, Record)> {
        let record = *self.records.get(self.at)?;
        self.at += 1;
        self.facts.enter(&record);
        Some((self.block.as_ref()?, record))
    }

    /// Takes the next block, and lets go of the one before: its frames are with those who work
    /// on them.
    fn fill(&mut self) -> Option<()> {
        self.block = None;
        self.records.clear();
        self.at = 0;
        let block = self.ring.as_mut()?.take(self.number, &mut self.records)?;
        self.block = Some(block);
        self.taken = Instant::now();
        self.heard = self.taken;
        Some(())
    }

    /// Whether another ear need not be waited for because of this one: nothing can come.
    pub(super) const fn is_deaf(&self) -> bool {
        self.ring.is_none()
    }

    /// Looks what became of the interface, and tells what changed.
    pub(super) fn look(&mut self, probe: &Probe, now: Instant, changes: &mut Vec<Change>) {
        self.follow(probe, now, changes);
        let totals = self.totals();
        self.silence(now, changes);
        let gauge = &self.gauge;
        gauge.received.store(totals.received, Ordering::Relaxed);
        gauge.dropped.store(totals.dropped, Ordering::Relaxed);
        gauge.merged.store(totals.merged, Ordering::Relaxed);
        gauge.frames.store(self.facts.frames, Ordering::Relaxed);
        gauge.octets.store(self.facts.octets, Ordering::Relaxed);
        gauge.hears.store(self.blind.is_none(), Ordering::Relaxed);
        let (told, when) = self.told;
        let lost = totals.dropped.saturating_sub(told);
        let due = when.is_none_or(|when| now.duration_since(when) >= DROPS);
        if lost > 0 && due {
            self.told = (totals.dropped, Some(now));
            changes.push(Change::Dropped {
                interface: self.name.clone(),
                frames: lost,
                all: totals.dropped,
            });
        }
    }

    /// Follows the interface through down, up, deleted and made again.
    fn follow(&mut self, probe: &Probe, now: Instant, changes: &mut Vec<Change>) {
        let found = probe.index_of(&self.name);
        let index = self.ring.as_ref().map(Ring::index);
        match (index, found) {
            (Some(mine), Some(found)) if mine == found => self.called.clone_from(&self.name),
            (Some(mine), None) if self.deleted.is_none() && self.renamed(probe, mine, changes) => {}
            (Some(_), _) => {
                let since = *self.deleted.get_or_insert(now);
                self.lose(How::Deleted, now, changes);
                // What came before it was deleted is still in the ring.
                if now.duration_since(since) >= LINGER && self.due().is_none() {
                    self.before = self.totals();
                    self.ring = None;
                    self.reopen(probe, now, changes);
                }
                return;
            }
            (None, _) => return self.reopen(probe, now, changes),
        }
        match probe.state(&self.called) {
            Some(state) if state.up && state.running => self.find(now, changes),
            Some(state) if state.up => self.lose(How::NoLink, now, changes),
            _ => self.lose(How::Down, now, changes),
        }
        if let (Some(_), Some(ring)) = (self.blind, &self.ring) {
            ring.take_error();
        }
    }

    /// Whether the interface is there under another name, which is told once.
    fn renamed(&mut self, probe: &Probe, index: u32, changes: &mut Vec<Change>) -> bool {
        let Some(name) = probe.name(index) else {
            return false;
        };
        if name != self.called {
            changes.push(Change::Renamed {
                interface: self.name.clone(),
                to: name.clone(),
            });
            self.called = name;
        }
        true
    }

    /// Opens a ring at the interface of this name, if there is one now.
    fn reopen(&mut self, probe: &Probe, now: Instant, changes: &mut Vec<Change>) {
        if probe.index_of(&self.name).is_none() {
            return;
        }
        match Ring::open(&self.name, &self.sockets, self.filter.as_ref()) {
            Ok(ring) if ring.link() == self.link => {
                self.ring = Some(ring);
                self.deleted = None;
                self.called.clone_from(&self.name);
                self.heard = now;
                if probe.state(&self.name).is_some_and(|s| s.up && s.running) {
                    self.find(now, changes);
                }
            }
            Ok(_) => self.lose(How::Changed, now, changes),
            // It is tried again at the next look; until then it is told to be deaf.
            Err(_) => self.lose(How::Refused, now, changes),
        }
    }

    /// It hears nothing, for this reason.
    fn lose(&mut self, how: How, now: Instant, changes: &mut Vec<Change>) {
        let since = match self.blind {
            Some((known, _)) if known == how => return,
            Some((_, since)) => since,
            None => now,
        };
        self.blind = Some((how, since));
        self.quiet = false;
        changes.push(Change::Lost {
            interface: self.name.clone(),
            how,
        });
    }

    /// It hears again.
    fn find(&mut self, now: Instant, changes: &mut Vec<Change>) {
        let Some((how, since)) = self.blind.take() else {
            return;
        };
        let blind = now.duration_since(since);
        self.heard = now;
        let millis = u64::try_from(blind.as_millis()).unwrap_or(u64::MAX);
        self.gauge.blind.fetch_add(millis, Ordering::Relaxed);
        changes.push(Change::Back {
            interface: self.name.clone(),
            after: how,
            blind,
        });
    }

    /// Tells when no frame came for long, and when they come again.
    fn silence(&mut self, now: Instant, changes: &mut Vec<Change>) {
        let silent = now.duration_since(self.heard);
        let quiet = self.blind.is_none() && silent >= QUIET;
        if quiet == self.quiet || self.blind.is_some() {
            return;
        }
        self.quiet = quiet;
        let interface = self.name.clone();
        changes.push(match quiet {
            true => Change::Silent { interface },
            false => Change::Heard { interface },
        });
    }

    /// What the kernel counted, over all rings of the interface.
    pub(super) fn totals(&mut self) -> Totals {
        let now = self.ring.as_mut().map(Ring::totals).unwrap_or_default();
        let before = self.before;
        Totals {
            received: before.received.saturating_add(now.received),
            dropped: before.dropped.saturating_add(now.dropped),
            merged: before.merged.saturating_add(now.merged),
        }
    }
}
