//! Segments: files of records, in the order of their numbers. The name of a segment is the
//! number of its first record.

use super::record::{HEAD, Head, LONGEST, MARK, Record};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What a segment begins with; the last octet is the version.
pub(super) const MAGIC: [u8; 8] = *b"jagaspl1";

const ENDING: &str = "spool";

/// No number is greater: at a million records a second it takes 146,000 years to get there. What a
/// file claims beyond it is no number of ours.
pub(super) const LAST: u64 = 1 << 62;

/// Octets that are searched at once for the next record.
const STRIDE: usize = 64 * 1024;

/// A segment that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The number of its first record.
    pub(super) first: u64,
    pub(super) path: PathBuf,
    pub(super) octets: u64,
}

/// The segments of a folder, the oldest first.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_segment = path.extension().is_some_and(|ending| ending == ENDING);
        let first = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok())
            .filter(|first| *first <= LAST);
        let (true, Some(first)) = (is_segment, first) else {
            continue;
        };
        match fs::metadata(&path) {
            Ok(data) => segments.push(Segment {
                first,
                path,
                octets: data.len(),
            }),
            // It was let go meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    segments.sort_by_key(|segment| segment.first);
    Ok(segments)
}

/// A segment that records are added to.
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    path: PathBuf,
    /// Octets that are on disk and whole.
    pub(super) octets: u64,
}

impl Tail {
    /// Makes the segment that begins with this record. What is there under its name was never
    /// whole.
    pub(super) fn create(folder: &Path, first: u64) -> io::Result<Self> {
        let path = folder.join(format!("{first:020}.{ENDING}"));
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        let mut tail = Self {
            file,
            path,
            octets: 0,
        };
        tail.append(&MAGIC)?;
        File::open(folder)?.sync_all()?;
        Ok(tail)
    }

    /// Goes on with a segment of which so many octets are whole; the rest is cut off.
    pub(super) fn resume(path: &Path, octets: u64) -> io::Result<Self> {
        let mut file = File::options().write(true).open(path)?;
        if file.metadata()?.len() != octets {
            file.set_len(octets)?;
            file.sync_all()?;
        }
        file.seek(SeekFrom::Start(octets))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            octets,
        })
    }

    /// Adds octets, and returns when they are on disk. After an error nothing may be added any
    /// more: what the system has written of them, it alone knows.
    pub(super) fn append(&mut self, octets: &[u8]) -> io::Result<()> {
        // The system writes on into a file that was removed, and says that all is well.
        let (open, named) = (self.file.metadata()?, fs::metadata(&self.path)?);
        if (open.dev(), open.ino()) != (named.dev(), named.ino()) {
            return Err(io::Error::other("another file has taken its place"));
        }
        self.file.write_all(octets)?;
        self.file.sync_data()?;
        self.octets += octets.len() as u64;
        Ok(())
    }

    /// Cuts off what was not whole, as far as the system lets us: readers would step over it.
    pub(super) fn abandon(self) {
        let _ = self.file.set_len(self.octets);
    }
}

/// Walks the records of a segment.
#[derive(Debug)]
pub(super) struct Walk {
    file: File,
    /// Where the next record is to begin.
    at: u64,
}

/// What a walk comes to.
#[derive(Debug)]
pub(super) enum Found {
    Record(Record),
    /// Octets that are no whole record, with one behind them.
    Damage(Range<u64>),
    /// No whole record follows, for now; the octets that are left.
    End(Range<u64>),
}

impl Walk {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::open(path)?,
            at: MAGIC.len() as u64,
        })
    }

    /// What the segment begins with, where it is that long.
    pub(super) fn magic(&self) -> io::Result<Option<[u8; 8]>> {
        let mut magic = [0; 8];
        self.read(&mut magic, 0).map(|whole| whole.then_some(magic))
    }

    /// The next record, or what stands in its place.
    pub(super) fn next(&mut self) -> io::Result<Found> {
        let from = self.at;
        if let Some((record, end)) = self.record(from)? {
            self.at = end;
            return Ok(Found::Record(record));
        }
        let end = self.file.metadata()?.len();
        if end <= from {
            return Ok(Found::End(from..from));
        }
        Ok(match self.search(from + 1, end)? {
            Some(next) => {
                self.at = next;
                Found::Damage(from..next)
            }
            None => Found::End(from..end),
        })
    }

    /// The whole record that begins there, and where it ends.
    fn record(&self, at: u64) -> io::Result<Option<(Record, u64)>> {
        let mut head = [0; HEAD];
        if !self.read(&mut head, at)? {
            return Ok(None);
        }
        let Some((head, length)) = Head::decode(&head).and_then(|head| Some((head, head.body()?)))
        else {
            return Ok(None);
        };
        let mut body = vec![0; length];
        if !self.read(&mut body, at + HEAD as u64)? {
            return Ok(None);
        }
        let end = at + (HEAD + length) as u64;
        Ok(head.record(&body).map(|record| (record, end)))
    }

    /// Where the first whole record from there on begins.
    fn search(&self, from: u64, end: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        let mut octets = Vec::new();
        while at < end {
            octets.clear();
            let mut file = &self.file;
            file.seek(SeekFrom::Start(at))?;
            // A mark that is cut by the end of the stride is whole in this one.
            file.take((STRIDE + MARK.len() - 1) as u64)
                .read_to_end(&mut octets)?;
            for place in memchr::memmem::find_iter(&octets, &MARK) {
                let place = at + place as u64;
                if self.record(place)?.is_some() {
                    return Ok(Some(place));
                }
            }
            at += STRIDE as u64;
        }
        Ok(None)
    }

    /// Fills `octets` from there; false where the file ends before.
    fn read(&self, octets: &mut [u8], at: u64) -> io::Result<bool> {
        match self.file.read_exact_at(octets, at) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The number of a record that no record of this segment can have reached, whatever is in it.
pub(super) const fn beyond(segment: &Segment) -> u64 {
    segment
        .first
        .saturating_add(segment.octets / HEAD as u64 + 1)
}

const _: () = assert!(LONGEST > STRIDE, "a record may be longer than a stride");
