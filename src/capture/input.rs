//! One input: its reader, its own clock, and the facts gathered of it.
//!
//! Called by `merge`, once a record.

use super::Config;
use super::damage::{Damage, Defect};
use super::frame::{Block, Record};
use super::interface::Interfaces;
use super::open::{self, Place};
use super::reader::{Found, Reader};
use super::sniff::{Compression, Format};
use crate::facts::Time;
use std::path::PathBuf;
use std::sync::Arc;

/// What is known of an input so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As it was given or found in a folder; `-` for standard input.
    pub path: PathBuf,
    /// The format its first octets show; `None` for an interface that was listened at.
    pub format: Option<Format>,
    /// How it is packed.
    pub compression: Compression,
    /// Length of the file, packed where it is packed; `None` for pipes.
    pub size: Option<u64>,
    /// Frames handed out.
    pub frames: u64,
    /// Octets captured of these frames.
    pub octets: u64,
    /// Earliest time of a frame; `None` before one with a known time.
    pub first: Option<Time>,
    /// Latest time of a frame.
    pub last: Option<Time>,
    /// Frames whose time lies before that of the frame before them in the file.
    pub backward: u64,
    /// Frames without a usable time.
    pub untimed: u64,
    /// Why reading ended before the end.
    pub damage: Option<Damage>,
    /// Whether it was read to its end.
    pub ended: bool,
}

impl Source {
    /// Whether reading it was stopped before its end, in a run that was stopped. A pipe that was
    /// left ends like one whose writer left, so of a pipe that may be said too often.
    #[must_use]
    pub const fn was_left(&self) -> bool {
        let cut = match &self.damage {
            Some(damage) => matches!(damage.defect, Defect::Cut { .. }),
            None => true,
        };
        let pipe = self.size.is_none() && self.format.is_some();
        (pipe && cut) || (!self.ended && self.damage.is_none())
    }

    /// Its format in a word; `live` where it is no file.
    #[must_use]
    pub fn form(&self) -> String {
        self.format
            .map_or_else(|| "live".to_owned(), |format| format.to_string())
    }
}

/// An input being read.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) source: Source,
    place: Place,
    reader: Option<Reader>,
    parked: bool,
    /// Read, but not handed out yet.
    pending: Option<Record>,
    /// Time of the frame before.
    before: Option<Time>,
    /// The latest time so far: the clock of this input, which never goes back.
    held: Time,
    /// The time of the frame handed out last.
    previous: Time,
}

impl Input {
    pub(super) fn new(
        place: Place,
        format: Format,
        compression: Compression,
        size: Option<u64>,
        reader: Reader,
    ) -> Self {
        Self {
            source: Source {
                path: place.path().to_owned(),
                format: Some(format),
                compression,
                size,
                frames: 0,
                octets: 0,
                first: None,
                last: None,
                backward: 0,
                untimed: 0,
                damage: None,
                ended: false,
            },
            place,
            reader: Some(reader),
            parked: false,
            pending: None,
            before: None,
            held: Time::ZERO,
            previous: Time::ZERO,
        }
    }

    /// An input of which all is known and nothing is left to be read.
    pub(super) fn ended(source: Source) -> Self {
        Self {
            place: Place::Pipe(source.path.clone()),
            source,
            reader: None,
            parked: false,
            pending: None,
            before: None,
            held: Time::ZERO,
            previous: Time::ZERO,
        }
    }

    /// The block of the record handed out last.
    #[inline]
    pub(super) fn block(&self) -> Option<&Arc<Block>> {
        self.reader.as_ref().map(Reader::block)
    }

    /// When the next record is due: its time, or the latest before it. `None` at the end.
    #[cold]
    pub(super) fn due(&mut self, interfaces: &mut Interfaces) -> Option<Time> {
        if self.pending.is_none() {
            self.pending = self.read(interfaces);
        }
        self.pending.map(|record| record.time.max(self.held))
    }

    /// The next record, if it is due not later than `limit`. A later one is kept.
    #[inline]
    pub(super) fn take(&mut self, limit: Time, interfaces: &mut Interfaces) -> Taken {
        let next = if self.pending.is_some() {
            self.pending.take()
        } else {
            self.read(interfaces)
        };
        let Some(record) = next else {
            return Taken::Nothing;
        };
        let due = record.time.max(self.held);
        if due > limit {
            self.pending = Some(record);
            return Taken::Later(due);
        }
        self.count(&record);
        Taken::Record(record)
    }

    #[inline]
    fn count(&mut self, record: &Record) {
        let source = &mut self.source;
        source.frames += 1;
        source.octets = source.octets.saturating_add(u64::from(record.captured));
        if !record.time_known {
            source.untimed += 1;
            return;
        }
        let time = record.time;
        // Against the frame before, not the latest: one frame from the future is one step back
        // and not one for each frame after it.
        source.backward += u64::from(time < std::mem::replace(&mut self.previous, time));
        if time < self.held {
            source.first = source.first.map(|first| first.min(time));
            return;
        }
        self.held = time;
        source.last = Some(time);
        if source.first.is_none() {
            source.first = Some(time);
        }
    }

    /// Reads on. At the end or at damage the file is let go.
    #[inline(always)]
    fn read(&mut self, interfaces: &mut Interfaces) -> Option<Record> {
        match self.reader.as_mut()?.read(interfaces) {
            Found::Record(mut record) => {
                if record.time_known {
                    self.before = Some(record.time);
                } else {
                    record.time = self.before.unwrap_or_default();
                }
                Some(record)
            }
            Found::End => {
                self.reader = None;
                self.source.ended = true;
                None
            }
            Found::Damage(offset, defect) => {
                self.damaged(offset, *defect);
                None
            }
        }
    }

    /// Ends this input, saying why.
    #[cold]
    pub(super) fn damaged(&mut self, offset: u64, defect: Defect) {
        self.source.damage = Some(Damage {
            path: self.source.path.clone(),
            offset,
            compression: self.source.compression,
            defect,
        });
        self.reader = None;
        self.pending = None;
    }

    /// Whether a frame without a time of its own has none before it to lend one.
    #[inline]
    pub(super) const fn timeless(&self) -> bool {
        self.before.is_none()
    }

    /// Lets go of file and memory until the first record is due, where the input can be opened
    /// twice.
    pub(super) fn park(&mut self) {
        if let (Place::File(_), Some(reader)) = (&self.place, &mut self.reader) {
            reader.park();
            self.parked = true;
        }
    }

    /// Opens the file again if it was let go.
    pub(super) fn resume(&mut self, config: Config) {
        if !std::mem::take(&mut self.parked) {
            return;
        }
        let Some(reader) = &mut self.reader else {
            return;
        };
        let resumed = match open::octets(&self.place, config) {
            Ok(opened) => reader.resume(opened.block, opened.stream),
            Err(error) => Err(Defect::Reading(error.to_string())),
        };
        if let Err(defect) = resumed {
            self.damaged(0, defect);
        }
    }

    /// Whether it waits for its turn with its file closed.
    pub(super) const fn is_parked(&self) -> bool {
        self.parked
    }

    /// Octets of the file that were taken so far.
    pub(super) fn position(&self) -> u64 {
        match &self.reader {
            Some(_) if self.parked => 0,
            Some(reader) => reader.position(),
            None => self.source.size.unwrap_or_default(),
        }
    }
}

/// What an input answers when asked for a record.
#[derive(Debug)]
pub(super) enum Taken {
    /// A record that is due.
    Record(Record),
    /// None before this time.
    Later(Time),
    /// None any more.
    Nothing,
}
