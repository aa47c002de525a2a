//! The log of changes: lines of JSON that are only ever added.
//!
//! Each line has the SHA-256 of itself, and that of the line before it: what was changed later,
//! or taken out, is told. It is no seal: who may write the file can make all of it anew. A line
//! that a crash cut short is ended by who writes next, and passed by.

use super::{Act, By, Entry, TEXT, Triage};
use crate::desk::outputs::json::hex;
use crate::facts::Time;
use rustix::fs::{FlockOperation, Gid, Uid, fchown, flock};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The file's name below the folder of the state.
const NAME: &str = "triage.log";

/// Octets of the log at most: a hundred thousand changes. Nobody comes there by hand.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What stands between what a line says and its hash.
const HASH: &str = ",\"hash\":\"";

/// Why nothing was added.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, #[source] io::Error),
    /// It holds as much as it may.
    #[error("{0}: the log of changes is full")]
    Full(PathBuf),
    /// What was asked for cannot be done.
    #[error("{0}")]
    Refused(String),
}

/// What a log comes to, in its order.
#[derive(Debug)]
pub enum Found {
    /// A change.
    Entry(Entry),
    /// A line that is none, by its number: damaged, cut short, or changed by somebody.
    Damaged(u64),
    /// Before this change, by its line, others stood that are there no more or were changed.
    Broken(u64),
}

/// Reads a log, and goes on where it was.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    /// Which file was read, by its inode, and how far.
    file: u64,
    octets: u64,
    lines: u64,
    /// The number and hash of the last change.
    last: (u64, String),
}

impl Log {
    /// The log in the folder of a state. There may be none yet.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self {
            path: folder.join(NAME),
            file: 0,
            octets: 0,
            lines: 0,
            last: (0, String::new()),
        }
    }

    /// Whether the file is another one, or shorter, than what was read: then it is read from its
    /// beginning.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn begins_anew(&mut self) -> io::Result<bool> {
        let (file, octets) = match fs::metadata(&self.path) {
            Ok(data) => (data.ino(), data.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => (0, 0),
            Err(error) => return Err(error),
        };
        let anew = self.octets > 0 && (file != self.file || octets < self.octets);
        if anew {
            let path = std::mem::take(&mut self.path);
            *self = Self::of(Path::new(""));
            self.path = path;
        }
        self.file = file;
        Ok(anew)
    }

    /// Reads what was added since last time. A line that has no end yet is left for later.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn go_on(&mut self) -> io::Result<Vec<Found>> {
        match File::open(&self.path) {
            Ok(mut file) => self.read(&mut file),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn read(&mut self, file: &mut File) -> io::Result<Vec<Found>> {
        if file.metadata()?.len() <= self.octets {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(self.octets))?;
        let mut text = Vec::new();
        file.take(LARGEST.saturating_sub(self.octets))
            .read_to_end(&mut text)?;
        let mut found = Vec::new();
        for line in text.split_inclusive(|octet| *octet == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else {
                break;
            };
            self.octets += line.len() as u64 + 1;
            self.lines += 1;
            match decode(line) {
                None => found.push(Found::Damaged(self.lines)),
                Some((entry, hash)) => {
                    let (number, before) = &self.last;
                    if entry.number != number + 1 || entry.prev != *before {
                        found.push(Found::Broken(self.lines));
                    }
                    self.last = (entry.number, hash);
                    found.push(Found::Entry(entry));
                }
            }
        }
        Ok(found)
    }
}

/// Adds a change to the log of a state, where `judge` finds that it can be made by what was
/// changed up to now. It is on disk when this returns.
///
/// # Errors
/// The log cannot be written, or `judge` says why not.
pub fn add(
    folder: &Path,
    by: &By,
    judge: impl FnOnce(&Triage) -> Result<Act, String>,
) -> Result<Entry, Error> {
    let mut log = Log::of(folder);
    let path = log.path.clone();
    let failed = |error| Error::File(path.clone(), error);
    let mut file = open(folder, &path).map_err(failed)?;
    // Until the file is closed, however this ends.
    flock(&file, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
    let mut triage = Triage::default();
    let mut all = log.read(&mut file).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > log.octets {
        // What a crash cut short gets its end: it is passed by, or only wanted that.
        file.write_all(b"\n").map_err(failed)?;
        all.extend(log.read(&mut file).map_err(failed)?);
    }
    for found in all {
        if let Found::Entry(entry) = found {
            triage.take(entry);
        }
    }
    let act = judge(&triage).map_err(Error::Refused)?;
    let (last, prev) = log.last;
    // As it is written.
    let now = Time::from(SystemTime::now());
    let cut = |text: &str| -> String { text.chars().take(TEXT).collect() };
    let entry = Entry {
        number: last + 1,
        time: Time::from_nanos(now.nanos() / 1000 * 1000),
        who: cut(&by.who),
        uid: by.uid,
        act,
        reason: cut(&by.reason),
        prev,
    };
    let line = encode(&entry).map_err(failed)?;
    if log.octets + line.len() as u64 > LARGEST {
        return Err(Error::Full(path));
    }
    let written = file.write_all(&line).and_then(|()| file.sync_all());
    let written = written.and_then(|()| File::open(folder)?.sync_all());
    written.map_err(failed)?;
    Ok(entry)
}

/// Opens the file, which the sensor must be able to read, whoever makes it: it belongs to whom
/// the folder belongs to.
fn open(folder: &Path, path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    let file = options.create(true).open(path)?;
    let owner = fs::metadata(folder)?;
    if rustix::process::geteuid().is_root() {
        let (user, group) = (Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()));
        fchown(&file, Some(user), Some(group))?;
    }
    Ok(file)
}

/// The line of a change.
fn encode(entry: &Entry) -> io::Result<Vec<u8>> {
    let said = serde_json::to_string(entry)?;
    let hash = hex(&Sha256::digest(&said));
    let open = said.strip_suffix('}').unwrap_or(&said);
    Ok(format!("{open}{HASH}{hash}\"}}\n").into_bytes())
}

/// The change in a line, and its hash, where it is as it was written.
fn decode(line: &[u8]) -> Option<(Entry, String)> {
    let line = std::str::from_utf8(line).ok()?;
    let (open, hash) = line.strip_suffix("\"}")?.rsplit_once(HASH)?;
    let said = format!("{open}}}");
    if hex(&Sha256::digest(&said)) != hash {
        return None;
    }
    Some((serde_json::from_str(&said).ok()?, hash.to_owned()))
}
