//! What the desk, the writer and the outputs share: the records that are not on disk, and how
//! far the disk has come. Nobody holds the lock while the system is asked for anything.

use super::Notice;
use super::record::Record;
use crate::facts::Time;
use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Records, and octets of them, that are kept in memory at most: some minutes of a storm of
/// alerts while a disk is full, and as much as a collector may be behind without a disk.
const MEMORY: (usize, usize) = (8192, 16 * 1024 * 1024);

/// After this time without word from the disk outputs no longer wait for it.
const STALL: Duration = Duration::from_secs(2);

/// Least time between two commits, and records that are committed at once all the same.
const GROUP: (Duration, usize) = (Duration::from_millis(50), 256);

/// Places of damage that are remembered, so that each is told once.
const DAMAGES: usize = 1024;

/// What is counted, for metrics.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Octets of all segments.
    pub octets: AtomicU64,
    /// Octets that they may have.
    pub limit: AtomicU64,
    /// Records that are on disk and were not before this run.
    pub saved: AtomicU64,
    /// Records that never came to the disk.
    pub lost: AtomicU64,
    /// Whether the last commit went well.
    pub works: AtomicBool,
    /// From the packet that decided an alert until that was on disk.
    pub latency: Latency,
}

/// How long things took, counted by bounds.
#[derive(Debug, Default)]
pub struct Latency {
    /// Up to each of the bounds and over the one before; the last over all of them.
    counts: [AtomicU64; Latency::BOUNDS.len() + 1],
    /// Together, in nanoseconds.
    sum: AtomicU64,
}

impl Latency {
    /// The bounds, in milliseconds. A commit waits up to 50 ms for others, and a frame up to 300
    /// for those of other interfaces; two seconds are promised.
    pub const BOUNDS: [u64; 9] = [25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 30_000];

    /// Enters one.
    pub fn enter(&self, took: Duration) {
        let place = Self::BOUNDS.iter();
        let place = place.take_while(|bound| took > Duration::from_millis(**bound));
        if let Some(count) = self.counts.get(place.count()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
    }

    /// How many took up to each of the bounds, how many there were, and what they took together.
    #[must_use]
    pub fn read(&self) -> ([u64; Self::BOUNDS.len()], u64, Duration) {
        let mut below = [0; Self::BOUNDS.len()];
        let mut all = 0;
        for (place, count) in self.counts.iter().enumerate() {
            all += count.load(Ordering::Relaxed);
            if let Some(below) = below.get_mut(place) {
                *below = all;
            }
        }
        let sum = Duration::from_nanos(self.sum.load(Ordering::Relaxed));
        (below, all, sum)
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    pub(super) gauges: Arc<Gauges>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether there is a disk.
    durable: bool,
    /// Number of the next record.
    next: u64,
    /// Up to which number all is on disk.
    saved: u64,
    /// What is not on disk; without one, what some output has not taken.
    memory: VecDeque<Arc<Record>>,
    octets: usize,
    /// Since when the first of them waits for the disk.
    waits: Option<Instant>,
    /// Since when the disk refuses, and how many records were lost before.
    trouble: Option<(Instant, u64)>,
    /// Since when it takes less than comes, and how many records were lost before.
    slow: Option<(Instant, u64)>,
    /// Up to which number records are being written, and how many of them were let go
    /// meanwhile: they are lost only where that fails.
    writing: u64,
    risked: u64,
    /// No record comes any more.
    closing: bool,
    /// Nor is any written.
    closed: bool,
    notices: Vec<Notice>,
    damages: BTreeSet<(u64, u64)>,
    /// What each output takes next.
    places: Vec<u64>,
}

/// Where an output finds what comes next.
pub(super) enum Source {
    /// On disk; all is there up to this number.
    Disk(u64),
    /// In memory, after so many that are nowhere.
    Memory(Arc<Record>, u64),
    /// Nowhere, and nothing comes any more.
    Closed,
    /// Nowhere yet.
    Nothing,
}

impl Shared {
    /// Nothing yet; the next record has this number.
    pub(super) fn new(durable: bool, next: u64, limit: u64) -> Self {
        let gauges = Gauges::default();
        gauges.limit.store(limit, Ordering::Relaxed);
        gauges.works.store(durable, Ordering::Relaxed);
        let state = State {
            durable,
            next,
            saved: next.saturating_sub(1),
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            gauges: Arc::new(gauges),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done where the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, patience: Duration) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, patience);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// How many records are on no disk.
    pub(super) fn volatile(&self) -> u64 {
        let state = self.state();
        state.next.saturating_sub(1).saturating_sub(state.saved)
    }

    /// Takes an event.
    pub(super) fn append(&self, time: Time, (severity, muted): (u8, bool), event: Box<[u8]>) {
        let mut state = self.state();
        if !state.durable && state.places.is_empty() {
            return;
        }
        let record = Record {
            number: state.next,
            stored: SystemTime::now().into(),
            time,
            severity,
            muted,
            event,
        };
        if record.length() > super::record::LONGEST {
            self.gauges.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.next += 1;
        state.octets += record.length();
        state.memory.push_back(Arc::new(record));
        state.waits.get_or_insert_with(Instant::now);
        while state.memory.len() > MEMORY.0 || state.octets > MEMORY.1 {
            let written = state.forget().is_some_and(|number| number <= state.writing);
            if written {
                state.risked += 1;
            } else if state.durable {
                self.lose(&mut state, 1);
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Counts records that never come to the disk, and has the first of a row told where the
    /// disk did not refuse them.
    fn lose(&self, state: &mut State, records: u64) {
        let before = self.gauges.lost.fetch_add(records, Ordering::Relaxed);
        if state.trouble.is_none() && state.slow.is_none() {
            state.slow = Some((Instant::now(), before));
            state.notices.push(Notice::Slow);
        }
    }

    /// Adds an output that takes this record next, or without it what is told from now on.
    pub(super) fn join(&self, next: Option<u64>) -> (usize, u64) {
        let mut state = self.state();
        let next = next.unwrap_or(state.next);
        state.places.push(next);
        (state.places.len() - 1, next)
    }

    /// Waits for what an output takes next.
    pub(super) fn source(&self, next: u64, patience: Duration) -> Source {
        let until = Instant::now() + patience;
        let mut state = self.state();
        loop {
            match state.source(next) {
                Source::Nothing => {}
                source => return source,
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Source::Nothing;
            }
            // A disk that stalls wakes nobody.
            state = self.wait(state, left.min(STALL / 4));
        }
    }

    /// Whether nothing comes any more.
    pub(super) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// An output takes this one next; gives how many there are from it on.
    pub(super) fn took(&self, reader: usize, next: u64) -> u64 {
        let mut state = self.state();
        if let Some(place) = state.places.get_mut(reader) {
            *place = next;
        }
        if !state.durable {
            let passed = state.places.iter().copied().min().unwrap_or(u64::MAX);
            while state
                .memory
                .front()
                .is_some_and(|first| first.number < passed)
            {
                state.forget();
            }
        }
        state.next.saturating_sub(next)
    }

    /// What the slowest output takes next.
    pub(super) fn passed(&self) -> u64 {
        self.state()
            .places
            .iter()
            .copied()
            .min()
            .unwrap_or(u64::MAX)
    }

    /// Records to commit, as soon as it is time to, of `most` octets together or one that is
    /// longer; none of them after `idle`. Nothing where all is done and no record comes any more.
    pub(super) fn batch(
        &self,
        last: Instant,
        idle: Duration,
        most: u64,
    ) -> Option<Vec<Arc<Record>>> {
        let began = Instant::now();
        let mut state = self.state();
        loop {
            let pause = GROUP.0.saturating_sub(last.elapsed());
            let due = pause.is_zero() || state.closing || state.memory.len() >= GROUP.1;
            if !state.memory.is_empty() && due {
                let batch = state.batch(most);
                state.writing = batch.last().map_or(0, |last| last.number);
                return Some(batch);
            }
            if state.closing {
                return None;
            }
            if began.elapsed() >= idle {
                return Some(Vec::new());
            }
            let patience = if state.memory.is_empty() { idle } else { pause };
            state = self.wait(state, patience);
        }
    }

    /// So many records more are on disk, and nothing up to this number is left to write.
    pub(super) fn saved(&self, number: u64, records: usize) {
        let mut state = self.state();
        let saved = &self.gauges.saved;
        saved.fetch_add(records as u64, Ordering::Relaxed);
        self.gauges.works.store(true, Ordering::Relaxed);
        (state.saved, state.writing, state.risked) = (number, 0, 0);
        while state
            .memory
            .front()
            .is_some_and(|first| first.number <= number)
        {
            state.forget();
        }
        state.waits = (!state.memory.is_empty()).then(Instant::now);
        // Room enough that the next records do not begin another row of losses.
        if state.memory.len() < MEMORY.0 / 2 && state.octets < MEMORY.1 / 2 {
            // What began first has lost all of it.
            let both = [state.slow.take(), state.trouble.take()];
            if let Some((since, before)) = both.into_iter().flatten().min() {
                let lost = self.gauges.lost.load(Ordering::Relaxed) - before;
                let after = since.elapsed();
                state.notices.push(Notice::Back { after, lost });
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    /// The disk refused; waits until it is time to try again. Whether it is.
    pub(super) fn failed(&self, reason: &str, pause: Duration) -> bool {
        let mut state = self.state();
        self.gauges.works.store(false, Ordering::Relaxed);
        if state.trouble.is_none() {
            let lost = self.gauges.lost.load(Ordering::Relaxed);
            state.trouble = Some((Instant::now(), lost));
            let reason = reason.to_owned();
            state.notices.push(Notice::Failed { reason });
            self.changed.notify_all();
        }
        let risked = std::mem::take(&mut state.risked);
        state.writing = 0;
        if risked > 0 {
            self.lose(&mut state, risked);
        }
        let until = Instant::now() + pause;
        while !state.closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = self.wait(state, left);
        }
        false
    }

    /// No record comes any more.
    pub(super) fn close(&self) {
        self.state().closing = true;
        self.changed.notify_all();
    }

    /// Nor is any written; what is not on disk by now never comes there.
    pub(super) fn closed(&self) {
        let mut state = self.state();
        state.closed = true;
        if state.durable {
            let lost = state.memory.len() as u64;
            self.gauges.lost.fetch_add(lost, Ordering::Relaxed);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Something is to be told.
    pub(super) fn notice(&self, notice: Notice) {
        let mut state = self.state();
        if let Notice::Damaged { segment, octets } = &notice {
            let place = (*segment, octets.start);
            if state.damages.len() >= DAMAGES || !state.damages.insert(place) {
                return;
            }
        }
        state.notices.push(notice);
    }

    /// What is to be told.
    pub(super) fn notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.state().notices)
    }
}

impl State {
    /// Lets the oldest record in memory go; its number.
    fn forget(&mut self) -> Option<u64> {
        let first = self.memory.pop_front()?;
        self.octets = self.octets.saturating_sub(first.length());
        Some(first.number)
    }

    /// The oldest records in memory, of so many octets together, or one that is longer.
    fn batch(&self, most: u64) -> Vec<Arc<Record>> {
        let mut octets = 0;
        let fits = |record: &&Arc<Record>| {
            let is_first = octets == 0;
            octets += record.length() as u64;
            is_first || octets <= most
        };
        self.memory.iter().take_while(fits).cloned().collect()
    }

    fn source(&self, next: u64) -> Source {
        if self.durable && next <= self.saved {
            return Source::Disk(self.saved);
        }
        let stalls = self.waits.is_some_and(|since| since.elapsed() > STALL);
        let first = self
            .memory
            .front()
            .filter(|_| !self.durable || self.trouble.is_some() || self.closed || stalls);
        if let Some(first) = first {
            let missed = first.number.saturating_sub(next);
            let place = usize::try_from(next.saturating_sub(first.number)).ok();
            if let Some(record) = place.and_then(|place| self.memory.get(place)) {
                return Source::Memory(Arc::clone(record), missed);
            }
        }
        if self.closed {
            Source::Closed
        } else {
            Source::Nothing
        }
    }
}
