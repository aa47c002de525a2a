//! All inputs as one row of frames in the order of time.
//!
//! The sensor's reader thread pulls frames from here. With one input nothing is compared; with
//! several, only the earliest is compared with the one to come after it. A file whose turn has
//! not come is closed, so that a folder of rotated files costs no more than the ones that
//! overlap.

use super::Config;
use super::damage::{Damage, Defect};
use super::error::Error;
use super::frame::{Block, Record};
use super::input::{Input, Source, Taken};
use super::interface::{Interface, Interfaces};
use super::open::{self, Named};
use super::sniff::Compression;
use crate::facts::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What files read side by side may cost together: a mapped one costs 1 (the kernel allows
/// 65,530 maps), a streamed one 128 for its file descriptor (1,024 are usual) and its buffers
/// (some 0.5 MiB, with Zstandard usually 2 MiB more).
const OPEN_MAX: usize = 16_384;
/// See [`OPEN_MAX`].
const STREAM_COST: usize = 128;

/// Frames of capture files, merged by time. Ties go by the order of the arguments; where time
/// goes back inside a file, the file's order is kept.
#[derive(Debug)]
pub struct Captures {
    inputs: Vec<Input>,
    interfaces: Interfaces,
    skipped: Vec<Error>,
    config: Config,
    /// The input that frames are taken from now.
    current: Option<usize>,
    /// It goes on to be that while its frames are due no later.
    limit: Time,
    /// The others, the one that is due first on top.
    waiting: BinaryHeap<Reverse<(Time, usize)>>,
    /// The cost of those that are open; see [`OPEN_MAX`].
    open: usize,
    clock: Time,
}

impl Captures {
    /// Opens files, folders (with all captures inside, sorted by path; what is no capture is
    /// passed over and told by [`skipped`](Self::skipped)), FIFOs, and `-` for standard input.
    /// Reads each up to its first frame.
    ///
    /// # Errors
    ///
    /// A named file cannot be opened or is no capture, or a folder holds none.
    pub fn open(inputs: &[PathBuf], config: Config) -> Result<Self, Error> {
        if inputs.is_empty() {
            return Err(Error::Nothing);
        }
        let mut captures = Self::empty(config);
        let mut all = Vec::with_capacity(inputs.len());
        for path in inputs {
            all.push(open::named(path, &mut captures.skipped)?);
        }
        let count: usize = all
            .iter()
            .map(|named| match named {
                Named::Input(_) => 1,
                Named::Folder(_, files) => files.len(),
            })
            .sum();
        for named in all {
            match named {
                Named::Input(place) => captures.enter(place, count > 1)?,
                Named::Folder(path, places) => {
                    let (before, files) = (captures.inputs.len(), places.len());
                    for place in places {
                        if let Err(error) = captures.enter(place, count > 1) {
                            captures.skipped.push(error);
                        }
                    }
                    if captures.inputs.len() == before {
                        return Err(Error::NoCaptures { path, files });
                    }
                }
            }
        }
        captures.start();
        Ok(captures)
    }

    /// Frames of one capture that comes out of a reader, shown under the name `path`.
    ///
    /// # Errors
    ///
    /// It cannot be read or is no capture.
    pub fn from_reader(path: &Path, octets: Box<dyn Read + Send>) -> Result<Self, Error> {
        let mut captures = Self::empty(Config::default());
        let input = open::given(path.to_owned(), octets, &mut captures.interfaces)?;
        captures.inputs.push(input);
        captures.start();
        Ok(captures)
    }

    /// What was heard at interfaces, with nothing more to be read.
    pub(super) fn heard(all: impl Iterator<Item = (Source, Interface)>) -> Self {
        let mut captures = Self::empty(Config::default());
        for (source, interface) in all {
            // Each has an interface of its own: there is always room.
            let _ = captures.interfaces.enter(interface);
            captures.inputs.push(Input::ended(source));
        }
        captures
    }

    fn empty(config: Config) -> Self {
        Self {
            inputs: Vec::new(),
            interfaces: Interfaces::default(),
            skipped: Vec::new(),
            config,
            current: None,
            limit: Time::from_nanos(u64::MAX),
            waiting: BinaryHeap::new(),
            open: 0,
            clock: Time::ZERO,
        }
    }

    /// Opens one input and, where there are others, lets it wait for its turn.
    fn enter(&mut self, place: open::Place, park: bool) -> Result<(), Error> {
        let number = self.inputs.len();
        let mut input = open::input(place, number, self.config, &mut self.interfaces)?;
        if park {
            input.park();
        }
        self.inputs.push(input);
        Ok(())
    }

    fn start(&mut self) {
        for (number, input) in self.inputs.iter_mut().enumerate() {
            if let Some(due) = input.due(&mut self.interfaces) {
                self.waiting.push(Reverse((due, number)));
                if !input.is_parked() {
                    self.open = self.open.saturating_add(cost(input, self.config));
                }
            }
        }
        self.advance();
    }

    /// The next frame: the block it lies in, and its record. `None` when all inputs are read
    /// or damaged.
    #[inline]
    #[allow(
        clippy::should_implement_trait,
        reason = "the block is lent, which an Iterator cannot do"
    )]
    pub fn next(&mut self) -> Option<(&Arc<Block>, Record)> {
        loop {
            let number = self.current?;
            let input = self.inputs.get_mut(number)?;
            match input.take(self.limit, &mut self.interfaces) {
                Taken::Record(mut record) => {
                    if !record.time_known && input.timeless() {
                        record.time = self.clock;
                    }
                    self.clock = self.clock.max(record.time);
                    let block = self.inputs.get(number).and_then(Input::block)?;
                    return Some((block, record));
                }
                Taken::Later(due) => {
                    self.waiting.push(Reverse((due, number)));
                    self.advance();
                }
                // A pipe that is left looks like one that ended: what is due after it is not
                // due, for nobody knows what would have come before.
                Taken::Nothing if (self.config.leave)() => self.current = None,
                Taken::Nothing => {
                    self.open = self.open.saturating_sub(cost(input, self.config));
                    self.advance();
                }
            }
        }
    }

    /// Turns to the input that is due first.
    #[cold]
    fn advance(&mut self) {
        self.current = None;
        while let Some(Reverse((_, number))) = self.waiting.pop() {
            let Some(input) = self.inputs.get_mut(number) else {
                continue;
            };
            if input.is_parked() {
                let open = self.open.saturating_add(cost(input, self.config));
                if open > OPEN_MAX {
                    input.damaged(0, Defect::Overlap);
                    continue;
                }
                self.open = open;
                input.resume(self.config);
            }
            self.current = Some(number);
            self.limit = match self.waiting.peek() {
                None => Time::from_nanos(u64::MAX),
                Some(Reverse((due, other))) if number < *other => *due,
                Some(Reverse((due, _))) => Time::from_nanos(due.nanos().saturating_sub(1)),
            };
            return;
        }
    }

    /// The packet clock: the latest time of all frames handed out. It never goes back.
    #[must_use]
    pub const fn clock(&self) -> Time {
        self.clock
    }

    /// The inputs in the order they were named, folders by path, and what is known of them so
    /// far.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = &Source> {
        self.inputs.iter().map(|input| &input.source)
    }

    /// All damage found so far.
    pub fn damages(&self) -> impl Iterator<Item = &Damage> {
        self.sources().filter_map(|source| source.damage.as_ref())
    }

    /// The interfaces described so far; the list only grows.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface] {
        self.interfaces.all()
    }

    /// What was passed over in folders, and why.
    #[must_use]
    pub fn skipped(&self) -> &[Error] {
        &self.skipped
    }

    /// Octets of the files taken so far, and how many there are; `None` where an input has no
    /// length.
    #[must_use]
    pub fn progress(&self) -> Option<(u64, u64)> {
        let mut sum = (0_u64, 0_u64);
        for input in &self.inputs {
            sum.0 = sum.0.saturating_add(input.position());
            sum.1 = sum.1.saturating_add(input.source.size?);
        }
        Some(sum)
    }
}

/// What an open input costs; see [`OPEN_MAX`].
fn cost(input: &Input, config: Config) -> usize {
    if input.source.compression == Compression::Plain && input.source.size.is_some() && config.map {
        1
    } else {
        STREAM_COST
    }
}
