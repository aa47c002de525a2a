//! Opening a store: the folder is locked, the end of the last segment repaired, and each output
//! put where its cursor stands.

use super::cursor::{self, Cursor};
use super::segment::{self, Found, MAGIC, Segment, Tail, Walk};
use super::shared::Shared;
use super::writer::Writer;
use super::{Config, Error, Missed, Notice, Reader, Store};
use crate::facts::Time;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// What the last segment holds.
struct Last {
    segment: Segment,
    /// The number of the last whole record.
    number: u64,
    /// When the first one was stored.
    began: Time,
    /// Octets up to the end of the last whole record, and behind it.
    whole: u64,
    rest: u64,
    damages: Vec<Notice>,
    /// It begins with what no segment begins with: damage, or somebody else's file. It is left
    /// alone.
    foreign: bool,
}

impl Store {
    /// Opens the store, and makes the folder where it is not there.
    ///
    /// # Errors
    /// The folder cannot be used, is used by another sensor, or was written by a later version.
    /// A disk that is full or read-only is no error: that is told, and events go out from
    /// memory.
    pub fn open(config: &Config) -> Result<Self, Error> {
        let Some(folder) = &config.folder else {
            return Ok(Self {
                shared: Arc::new(Shared::new(false, 1, 0)),
                folder: None,
                writer: None,
                _lock: None,
            });
        };
        let refused = |error| Error::Folder(folder.clone(), error);
        let (spool, cursors) = (spool(folder), cursors(folder));
        for path in [folder, &spool, &cursors] {
            make(path).map_err(refused)?;
        }
        let lock = lock(folder)?;
        sweep(&cursors);
        let segments = segment::list(&spool).map_err(refused)?;
        let places = cursor::list(&cursors).map_err(refused)?;
        let last = segments.into_iter().next_back();
        let read = last.clone().map(read).transpose();
        if let Ok(Some((magic, _))) = &read
            && (magic.starts_with(b"jagaspl") && *magic != MAGIC)
        {
            return Err(Error::Version(folder.clone()));
        }
        let read = read.map(|read| read.map(|(_, last)| last));
        let ended = match &read {
            Ok(Some(last)) if last.foreign => segment::beyond(&last.segment),
            Ok(read) => read.as_ref().map_or(0, |last| last.number),
            Err(_) => last.as_ref().map_or(0, segment::beyond),
        };
        // Outputs may have had records from memory that never came to the disk: no later one
        // may have their numbers.
        let given = places.iter().map(|place| place.next).max().unwrap_or(1);
        let next = given.max(ended + 1);
        let shared = Arc::new(Shared::new(true, next, config.octets));
        let tail = tail(read, next, &shared);
        let writer = Writer::new(&spool, config, tail);
        let mine = Arc::clone(&shared);
        let writer = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.work(&mine))
            .map_err(refused)?;
        Ok(Self {
            shared,
            folder: Some(folder.clone()),
            writer: Some(writer),
            _lock: Some(lock),
        })
    }

    /// What the output of this name takes: from its cursor on, or where it has none, what is
    /// told from now on.
    #[must_use]
    pub fn reader(&self, output: &str) -> Reader {
        let (mut next, mut cursor) = (None, None);
        if let Some(folder) = &self.folder {
            let (mine, said) = Cursor::open(&cursors(folder), output);
            cursor = Some(mine);
            next = said.unwrap_or_else(|error| {
                let (output, reason) = (output.to_owned(), error.to_string());
                self.shared.notice(Notice::CursorLost { output, reason });
                let segments = segment::list(&spool(folder)).unwrap_or_default();
                segments.first().map(|oldest| oldest.first)
            });
        }
        let (place, next) = self.shared.join(next);
        let mut reader = Reader {
            shared: Arc::clone(&self.shared),
            output: output.to_owned(),
            place,
            next,
            folder: self.folder.as_deref().map(spool),
            cursor,
            walk: None,
            tries: 0,
            stuck: false,
            missed: Missed::default(),
        };
        // A new output begins here also after a crash.
        reader.settle(next);
        reader
    }
}

/// The folder of the segments.
pub(super) fn spool(folder: &Path) -> PathBuf {
    folder.join("spool")
}

/// The folder of the cursors.
pub(super) fn cursors(folder: &Path) -> PathBuf {
    folder.join("cursors")
}

/// Makes a folder that nobody else may look into, where it is not there.
fn make(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).recursive(true).create(path) {
        // A full or read-only disk says so before it looks.
        Err(_) if path.is_dir() => Ok(()),
        made => made,
    }
}

/// Locks a folder, for as long as the file lives. The system lets go when the process ends,
/// however it does.
fn lock(folder: &Path) -> Result<File, Error> {
    let file = File::open(folder).map_err(|error| Error::Folder(folder.to_owned(), error))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(
        |error| match io::Error::from(error) {
            error if error.kind() == ErrorKind::WouldBlock => Error::Taken(folder.to_owned()),
            error => Error::Folder(folder.to_owned(), error),
        },
    )?;
    Ok(file)
}

/// Removes cursors that a run was writing when it ended.
fn sweep(cursors: &Path) {
    let entries = fs::read_dir(cursors).into_iter().flatten().flatten();
    let left = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b".tmp"));
    for entry in left {
        // What cannot be removed is only in the way of nobody.
        let _ = fs::remove_file(entry.path());
    }
}

/// Reads the last segment.
fn read(segment: Segment) -> io::Result<([u8; 8], Last)> {
    let mut walk = Walk::open(&segment.path)?;
    let magic = walk.magic()?.unwrap_or(MAGIC);
    let mut last = Last {
        number: segment.first.saturating_sub(1),
        began: Time::ZERO,
        whole: MAGIC.len() as u64,
        rest: 0,
        damages: Vec::new(),
        foreign: magic != MAGIC,
        segment,
    };
    loop {
        match walk.next()? {
            Found::Record(record) => {
                if last.began == Time::ZERO {
                    last.began = record.stored;
                }
                last.number = record.number;
            }
            Found::Damage(octets) => last.damages.push(Notice::Damaged {
                segment: last.segment.first,
                octets,
            }),
            Found::End(rest) => {
                last.whole = rest.start;
                last.rest = rest.end - rest.start;
                return Ok((magic, last));
            }
        }
    }
}

/// The segment to go on with, its end repaired.
fn tail(read: io::Result<Option<Last>>, next: u64, shared: &Shared) -> Option<(Tail, Time)> {
    let last = match read {
        Ok(last) => last?,
        Err(error) => {
            // Whether another segment can be begun is told with the first record.
            shared.failed(
                &format!("the last ones cannot be read: {error}"),
                Duration::ZERO,
            );
            return None;
        }
    };
    last.damages
        .into_iter()
        .for_each(|notice| shared.notice(notice));
    if last.foreign {
        let (segment, octets) = (last.segment.first, 0..last.segment.octets);
        shared.notice(Notice::Damaged { segment, octets });
        return None;
    }
    // A segment cut within its beginning, or one whose last numbers were given from memory, is
    // not gone on with.
    let goes_on = last.number + 1 == next && last.segment.octets >= MAGIC.len() as u64;
    if last.rest == 0 && !goes_on {
        return None;
    }
    match Tail::resume(&last.segment.path, last.whole) {
        Ok(tail) => {
            if last.rest > 0 {
                shared.notice(Notice::Repaired { octets: last.rest });
            }
            goes_on.then_some((tail, last.began))
        }
        Err(error) => {
            shared.failed(&error.to_string(), Duration::ZERO);
            None
        }
    }
}
