//! The record of truth of a live run: alerts, incidents and how the sensor is, on disk before
//! any output has them, and kept for outputs that are away.
//!
//! ```text
//! desk -> append -> memory -> writer: segments, fsync -> readers, one an output -> cursors
//! ```
//!
//! `jaga run` opens it. Records are numbered; an output goes on in a later run where its cursor
//! stands, so that it gets each of them at least once. Where the disk refuses, records go out
//! from memory and come to the disk when it works again. Without a folder all is in memory. The
//! desk never waits here for a disk.

mod cursor;
mod look;
mod open;
mod reader;
mod record;
mod segment;
mod shared;
#[cfg(test)]
mod tests;
mod writer;

pub use look::{Place, Seen, look, places};
pub use reader::{Missed, Next, Reader};
pub use record::Record;
pub use shared::{Gauges, Latency};

use crate::facts::Time;
use shared::Shared;
use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// What is kept, and where.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder; without one, all is in memory.
    pub folder: Option<PathBuf>,
    /// Octets of records at most; the oldest go first. At least [`Config::LEAST`].
    pub octets: u64,
    /// For how long records are kept at most.
    pub age: Duration,
}

impl Config {
    /// Octets that must be granted, so that there are always segments to let go.
    pub const LEAST: u64 = 1024 * 1024;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: None,
            // Some hundred thousand alerts with their packets.
            octets: 1024 * 1024 * 1024,
            // What the detection of slow attacks is asked for: a quarter of a year.
            age: Duration::from_secs(90 * 24 * 60 * 60),
        }
    }
}

/// The store of a live run.
#[derive(Debug)]
pub struct Store {
    shared: Arc<Shared>,
    folder: Option<PathBuf>,
    writer: Option<JoinHandle<()>>,
    /// The folder, locked as long as this lives.
    _lock: Option<File>,
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder cannot be made or read.
    #[error("{0}: cannot be used: {1}")]
    Folder(PathBuf, #[source] std::io::Error),
    /// Another sensor uses it.
    #[error("{0}: another sensor that is running keeps its alerts there")]
    Taken(PathBuf),
    /// It was written by a version that this one does not know.
    #[error("{0}: written by a version of jaga that this one does not know")]
    Version(PathBuf),
}

/// Something that happened to the store, or to an output because of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The last run ended while it wrote: so many octets were no whole record and were cut off.
    Repaired {
        /// The octets.
        octets: u64,
    },
    /// Octets of a segment are no records, and were stepped over.
    Damaged {
        /// The number of the segment's first record.
        segment: u64,
        /// Where in the segment.
        octets: Range<u64>,
    },
    /// Nothing can be written; outputs get events from memory.
    Failed {
        /// What the system says.
        reason: String,
    },
    /// The disk takes less than comes: records are let go that never came there.
    Slow,
    /// It can be written again.
    Back {
        /// After this time.
        after: Duration,
        /// Records that never came to the disk.
        lost: u64,
    },
    /// An output does not get some records any more.
    Missed {
        /// The output.
        output: String,
        /// How many.
        missed: Missed,
    },
    /// Nothing goes out at an output; it is tried again.
    OutputFailed {
        /// The output.
        output: String,
        /// Why.
        reason: String,
    },
    /// It goes out again.
    OutputBack {
        /// The output.
        output: String,
    },
    /// The cursor of an output cannot be read: it gets all records that are kept once more.
    CursorLost {
        /// The output.
        output: String,
        /// Why.
        reason: String,
    },
    /// The cursor of an output cannot be saved.
    CursorStuck {
        /// The output.
        output: String,
        /// Why.
        reason: String,
    },
}

impl Store {
    /// Keeps an event, its line without the end; never waits for the disk.
    pub fn append(&self, time: Time, severity: u8, event: &[u8]) {
        self.shared.append(time, (severity, false), event.into());
    }

    /// Keeps an event that no output gets, since people have muted it.
    pub fn append_muted(&self, time: Time, severity: u8, event: &[u8]) {
        self.shared.append(time, (severity, true), event.into());
    }

    /// What happened since this was asked last.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.shared.notices()
    }

    /// What is counted.
    #[must_use]
    pub fn gauges(&self) -> &Arc<Gauges> {
        &self.shared.gauges
    }

    /// The folder.
    #[must_use]
    pub const fn folder(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// How many events are on no disk.
    #[must_use]
    pub fn volatile(&self) -> u64 {
        self.shared.volatile()
    }

    /// No event comes any more: waits until all is on disk, or the disk has refused. Outputs
    /// then come to the end.
    pub fn close(&mut self) {
        self.shared.close();
        match self.writer.take() {
            // A panic in there was told; it has closed nothing then.
            Some(writer) => {
                if writer.join().is_err() {
                    self.shared.closed();
                }
            }
            None => self.shared.closed(),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.writer.is_some() {
            self.close();
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repaired { octets } => write!(
                f,
                "the last run ended while it wrote alerts: {octets} octets without a whole \
                 record were cut off"
            ),
            Self::Damaged { segment, octets } => write!(
                f,
                "kept alerts are damaged: octets {} to {} of segment {segment} were stepped over",
                octets.start, octets.end
            ),
            Self::Failed { reason } => write!(
                f,
                "alerts cannot be written to disk: {reason}; they go out from memory, and \
                 writing is tried again"
            ),
            Self::Slow => write!(
                f,
                "the disk takes alerts more slowly than they come, and memory is full: the \
                 oldest are let go and never come to it"
            ),
            Self::Back { after, lost } => write!(
                f,
                "alerts are written to disk again after {:.1} s; {lost} never came there",
                after.as_secs_f64()
            ),
            Self::Missed { output, missed } => write!(
                f,
                "{output} misses {} events: {} were let go before it took them, {} are damaged",
                missed.dropped + missed.damaged,
                missed.dropped,
                missed.damaged
            ),
            Self::OutputFailed { output, reason } => {
                write!(f, "{output} gets no alerts: {reason}; it is tried again")
            }
            Self::OutputBack { output } => write!(f, "{output} gets alerts again"),
            Self::CursorLost { output, reason } => write!(
                f,
                "how far {output} had come is not known ({reason}): it gets all events that are \
                 kept once more"
            ),
            Self::CursorStuck { output, reason } => write!(
                f,
                "how far {output} has come cannot be saved ({reason}): it may get events twice \
                 after a restart"
            ),
        }
    }
}

impl Notice {
    /// Its name in events.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Repaired { .. } => "store-repaired",
            Self::Damaged { .. } => "store-damaged",
            Self::Failed { .. } => "store-failed",
            Self::Slow => "store-slow",
            Self::Back { .. } => "store-back",
            Self::Missed { .. } => "output-missed",
            Self::OutputFailed { .. } => "output-failed",
            Self::OutputBack { .. } => "output-back",
            Self::CursorLost { .. } => "cursor-lost",
            Self::CursorStuck { .. } => "cursor-stuck",
        }
    }

    /// How grave it is, as alerts are: 1 high to 4 information.
    #[must_use]
    pub const fn severity(&self) -> u8 {
        match self {
            Self::Failed { .. } | Self::Slow => 1,
            Self::Damaged { .. }
            | Self::Missed { .. }
            | Self::OutputFailed { .. }
            | Self::CursorStuck { .. } => 2,
            Self::Repaired { .. }
            | Self::Back { .. }
            | Self::OutputBack { .. }
            | Self::CursorLost { .. } => 3,
        }
    }
}
