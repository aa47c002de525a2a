//! The thread that alone writes records to disk: commits them in groups, begins segments, lets
//! old ones go, and after an error writes what is not on disk anew into another segment.

use super::Config;
use super::record::Record;
use super::segment::{self, Tail};
use super::shared::Shared;
use crate::facts::Time;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

/// Octets from which on a segment is full: small enough to be searched in a fraction of a
/// second at start.
const SEGMENT: u64 = 16 * 1024 * 1024;

/// For how long records go into one segment, so that those that are too old can be let go.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a disk that refused is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// By how much a clock may be set forward and be believed at once: the summer's hour.
const LEAP: Duration = Duration::from_secs(60 * 60);

/// How often is looked for segments that are too old.
const SWEEP: Duration = Duration::from_secs(60);

/// What tells an alert among events, near the beginning of each.
const ALERT: &[u8] = br#""event_type":"alert""#;

/// Enters how long alerts took from their packet to the disk.
fn late(batch: &[Arc<Record>], shared: &Shared) {
    let now = Time::from(SystemTime::now());
    let is_alert = |record: &&Arc<Record>| {
        let head = record.event.get(..256).unwrap_or(&record.event);
        memchr::memmem::find(head, ALERT).is_some()
    };
    for record in batch.iter().filter(is_alert) {
        shared.gauges.latency.enter(now.since(record.time));
    }
}

/// What the thread owns.
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    /// Octets and age that are kept.
    octets: u64,
    age: Duration,
    /// When the run began, by the clock and by one that nobody sets.
    pub(super) began: (SystemTime, Instant),
    /// The segment that is written, and when its first record was stored.
    tail: Option<(Tail, Time)>,
}

impl Writer {
    pub(super) fn new(folder: &Path, config: &Config, tail: Option<(Tail, Time)>) -> Self {
        Self {
            folder: folder.to_owned(),
            octets: config.octets,
            age: config.age,
            began: (SystemTime::now(), Instant::now()),
            tail,
        }
    }

    /// Writes until no record comes any more.
    pub(super) fn work(mut self, shared: &Shared) {
        let mut last = Instant::now();
        self.sweep(shared);
        while let Some(batch) = shared.batch(last, SWEEP, self.segment()) {
            let Some(end) = batch.last() else {
                self.sweep(shared);
                continue;
            };
            let written = self.write(&batch);
            last = Instant::now();
            match written {
                Ok(begun) => {
                    shared.saved(end.number, batch.len());
                    late(&batch, shared);
                    let length: usize = batch.iter().map(|record| record.length()).sum();
                    let octets = &shared.gauges.octets;
                    octets.fetch_add(length as u64, Ordering::Relaxed);
                    if begun {
                        self.sweep(shared);
                    }
                }
                Err(error) => {
                    if let Some((tail, _)) = self.tail.take() {
                        tail.abandon();
                    }
                    if error.kind() == ErrorKind::StorageFull {
                        self.make_room(shared);
                    }
                    if !shared.failed(&error.to_string(), PAUSE) {
                        break;
                    }
                }
            }
        }
        shared.closed();
    }

    /// Octets of a segment at most, and of records that are written at once; a single record may
    /// be longer. Twice as much is kept free, one for the segment that fills and one for what
    /// begins the next, so that what is allowed is never passed.
    const fn segment(&self) -> u64 {
        let quarter = self.octets / 4;
        if SEGMENT < quarter { SEGMENT } else { quarter }
    }

    /// The time, by which records grow old. A clock that is set forward makes them no older
    /// before the next run: who set it wrong has time to see it.
    fn now(&self) -> SystemTime {
        let (clock, steady) = self.began;
        SystemTime::now().min(clock + steady.elapsed() + LEAP)
    }

    /// Writes records; whether they began a segment.
    fn write(&mut self, batch: &[Arc<Record>]) -> io::Result<bool> {
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
            return Ok(false);
        };
        let length: usize = batch.iter().map(|record| record.length()).sum();
        self.tail = self.tail.take().filter(|(tail, began)| {
            let fits = tail.octets + length as u64 <= self.segment();
            fits && last.stored.since(*began) < DAY
        });
        let begins = self.tail.is_none();
        let (tail, _) = match &mut self.tail {
            Some(tail) => tail,
            none => {
                let tail = Tail::create(&self.folder, first.number)?;
                none.insert((tail, first.stored))
            }
        };
        let mut octets = Vec::new();
        batch.iter().for_each(|record| record.encode(&mut octets));
        tail.append(&octets)?;
        Ok(begins)
    }

    /// Lets the oldest segments go where there are more octets than may be, or where they are
    /// too old. Outputs that have not read them count what they miss.
    pub(super) fn sweep(&self, shared: &Shared) {
        // What cannot be listed or removed now is tried again.
        let segments = segment::list(&self.folder).unwrap_or_default();
        let mut octets: u64 = segments.iter().map(|segment| segment.octets).sum();
        let now = self.now();
        let most = self.octets.saturating_sub(2 * self.segment());
        let ended = segments.split_last().map_or(&[][..], |(_, ended)| ended);
        for segment in ended {
            let written = fs::metadata(&segment.path).and_then(|data| data.modified());
            let age = written.ok().and_then(|at| now.duration_since(at).ok());
            let is_old = age.is_some_and(|age| age > self.age);
            if octets <= most && !is_old {
                break;
            }
            if fs::remove_file(&segment.path).is_ok() {
                octets -= segment.octets;
            }
        }
        shared.gauges.octets.store(octets, Ordering::Relaxed);
    }

    /// The disk is full: lets one segment go that all outputs have read.
    fn make_room(&self, shared: &Shared) {
        let segments = segment::list(&self.folder).unwrap_or_default();
        if let [oldest, second, ..] = &segments[..]
            && shared.passed() >= second.first
        {
            let _ = fs::remove_file(&oldest.path);
        }
    }
}
