//! What an output takes: the records in their order, from its cursor on, from disk or, where
//! that refuses, from memory.

use super::Notice;
use super::cursor::Cursor;
use super::record::Record;
use super::segment::{self, Found, Segment, Walk};
use super::shared::{Shared, Source};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often what cannot be read is tried again before it is passed over, and after which time.
const TRIES: (u32, Duration) = (5, Duration::from_millis(200));

/// Takes records for one output.
#[derive(Debug)]
pub struct Reader {
    pub(super) shared: Arc<Shared>,
    pub(super) output: String,
    /// Its number among the outputs.
    pub(super) place: usize,
    /// The number of the record to take next.
    pub(super) next: u64,
    /// The folder of the segments.
    pub(super) folder: Option<PathBuf>,
    pub(super) cursor: Option<Cursor>,
    /// The segment that is read, by the number of its first record.
    pub(super) walk: Option<(u64, Walk)>,
    pub(super) tries: u32,
    /// The cursor could not be saved, which was told.
    pub(super) stuck: bool,
    pub(super) missed: Missed,
}

/// Records that an output did not get and does not get any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// They were let go before it came to them.
    pub dropped: u64,
    /// They cannot be read.
    pub damaged: u64,
}

/// What there is to take.
#[derive(Debug)]
pub enum Next {
    /// This record.
    Record(Arc<Record>),
    /// Nothing for now.
    Nothing,
    /// Nothing any more.
    Closed,
}

impl Reader {
    /// Waits for the next record at most so long.
    pub fn next(&mut self, patience: Duration) -> Next {
        match self.shared.source(self.next, patience) {
            Source::Disk(saved) => match self.read(saved) {
                Ok(Some(record)) => self.take(Arc::new(record)),
                Ok(None) => {
                    // It was said to be there, and is not: somebody has removed it.
                    self.missed.damaged += (saved + 1).saturating_sub(self.next);
                    self.next = saved + 1;
                    self.walk = None;
                    Next::Nothing
                }
                Err(error) => self.refused(&error, saved),
            },
            Source::Memory(record, missed) => {
                self.missed.dropped += missed;
                self.take(record)
            }
            Source::Nothing => Next::Nothing,
            Source::Closed => Next::Closed,
        }
    }

    /// Whether nothing comes any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Takes the same record, or an earlier one, once more.
    pub fn back_to(&mut self, number: u64) {
        self.next = number.min(self.next);
        self.walk = None;
    }

    /// The number of the record that comes next.
    #[must_use]
    pub const fn place(&self) -> u64 {
        self.next
    }

    /// The name of the output.
    #[must_use]
    pub fn output(&self) -> &str {
        &self.output
    }

    /// Something happened to the output.
    pub fn notice(&self, notice: Notice) {
        self.shared.notice(notice);
    }

    /// What was missed since this was asked last; it is told as well.
    pub fn missed(&mut self) -> Missed {
        let missed = std::mem::take(&mut self.missed);
        if missed != Missed::default() {
            let output = self.output.clone();
            self.shared.notice(Notice::Missed { output, missed });
        }
        missed
    }

    /// All before this record has left for good: a later run begins with it. Gives how many
    /// there are from it on.
    pub fn settle(&mut self, number: u64) -> u64 {
        let saved = self.cursor.as_mut().map(|cursor| cursor.save(number));
        match saved {
            Some(Err(error)) if !std::mem::replace(&mut self.stuck, true) => {
                let (output, reason) = (self.output.clone(), error.to_string());
                self.shared.notice(Notice::CursorStuck { output, reason });
            }
            Some(Ok(())) => self.stuck = false,
            _ => {}
        }
        self.shared.took(self.place, number)
    }

    fn take(&mut self, record: Arc<Record>) -> Next {
        self.tries = 0;
        self.next = record.number + 1;
        Next::Record(record)
    }

    /// The next record that is whole, of those up to `saved`.
    fn read(&mut self, saved: u64) -> io::Result<Option<Record>> {
        loop {
            let (first, walk) = match &mut self.walk {
                Some(walk) => walk,
                none => {
                    let segments = segments(self.folder.as_deref())?;
                    let place = segments.iter().rposition(|one| one.first <= self.next);
                    let Some(segment) = segments.get(place.unwrap_or(0)) else {
                        return Ok(None);
                    };
                    let missed = segment.first.saturating_sub(self.next);
                    self.missed.dropped += missed;
                    self.next += missed;
                    none.insert((segment.first, Walk::open(&segment.path)?))
                }
            };
            match walk.next()? {
                Found::Record(record) if record.number < self.next => {}
                Found::Record(record) if record.number > saved => return Ok(None),
                Found::Record(record) => {
                    self.missed.damaged += record.number - self.next;
                    return Ok(Some(record));
                }
                Found::Damage(octets) => {
                    let segment = *first;
                    self.shared.notice(Notice::Damaged { segment, octets });
                }
                Found::End(rest) => {
                    let segment = *first;
                    let Some(following) = self.after(segment)? else {
                        return Ok(None);
                    };
                    let missed = following.first.saturating_sub(self.next);
                    self.next += missed;
                    if rest.is_empty() {
                        self.missed.dropped += missed;
                    } else {
                        self.missed.damaged += missed;
                        let octets = rest;
                        self.shared.notice(Notice::Damaged { segment, octets });
                    }
                    self.walk = Some((following.first, Walk::open(&following.path)?));
                }
            }
        }
    }

    /// The segment that follows this one.
    fn after(&self, first: u64) -> io::Result<Option<Segment>> {
        let mut segments = segments(self.folder.as_deref())?.into_iter();
        Ok(segments.find(|segment| segment.first > first))
    }

    /// What cannot be read is tried again, and passed over at last: one bad place on the disk
    /// must not hold back what comes after it for ever.
    fn refused(&mut self, error: &io::Error, saved: u64) -> Next {
        let bad = self.walk.take().map_or(self.next, |(first, _)| first);
        // The segment was let go between the listing and the opening.
        if error.kind() == ErrorKind::NotFound {
            return Next::Nothing;
        }
        self.tries += 1;
        if self.tries > TRIES.0 {
            self.tries = 0;
            let following = self.after(bad.max(self.next)).ok().flatten();
            let to = following.map_or(saved + 1, |segment| segment.first);
            self.missed.damaged += to.saturating_sub(self.next);
            self.next = self.next.max(to);
        } else {
            std::thread::sleep(TRIES.1);
        }
        Next::Nothing
    }
}

/// The segments that are there. A folder that is gone is no segment that was let go meanwhile.
fn segments(folder: Option<&Path>) -> io::Result<Vec<Segment>> {
    let Some(folder) = folder else {
        return Ok(Vec::new());
    };
    segment::list(folder).map_err(|error| io::Error::other(format!("the spool: {error}")))
}
