//! A file that events are added to while they come, and that others may rotate.
//!
//! Made by `jaga run`. Each write ends with a whole line. The file is opened again when it is
//! asked for, and when the one that was opened has lost its name.

use super::outlet::Sink;
use crate::desk::store::Record;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The file.
#[derive(Debug)]
pub struct Events {
    path: PathBuf,
    file: Option<File>,
    /// Set from outside: open it again.
    reopen: Arc<AtomicBool>,
    /// The last write may have ended inside a line.
    torn: bool,
    /// Something was written that may not be on disk.
    unsure: bool,
    /// What the system said when it was to be brought there, until somebody is told.
    failed: Option<io::Error>,
}

/// The line of an event that is kept.
#[must_use]
pub fn line(record: &Record) -> Option<Vec<u8>> {
    Some([&record.event, &b"\n"[..]].concat())
}

impl Events {
    /// Opens or makes the file; what is in it stays. `reopen` is set when it is to be opened
    /// again (`logrotate`).
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: PathBuf, reopen: Arc<AtomicBool>) -> io::Result<Self> {
        let file = Some(append(&path)?);
        Ok(Self {
            torn: ends_within_a_line(&path),
            path,
            file,
            reopen,
            unsure: false,
            failed: None,
        })
    }

    /// Whether the file that is open still has its name.
    fn has_its_name(&self) -> bool {
        let open = self.file.as_ref().and_then(|file| file.metadata().ok());
        let named = fs::metadata(&self.path).ok();
        open.zip(named)
            .is_some_and(|(open, named)| (open.dev(), open.ino()) == (named.dev(), named.ino()))
    }

    /// Sees to it that the file which has the name is the one that is open.
    fn follow(&mut self) -> io::Result<()> {
        let asked = self.reopen.swap(false, Ordering::Relaxed);
        if asked || self.file.is_none() || !self.has_its_name() {
            // What others have moved away is on disk before it is forgotten.
            self.unsettled()?;
            self.file = None;
            self.torn = ends_within_a_line(&self.path);
        }
        if self.file.is_none() {
            self.file = Some(append(&self.path)?);
        }
        Ok(())
    }
}

impl Sink for Events {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.follow()?;
        let Some(file) = &mut self.file else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let torn = std::mem::take(&mut self.torn);
        // A line that was cut by a full disk must not swallow the next one.
        let written = match torn {
            true => file.write_all(b"\n").and_then(|()| file.write_all(octets)),
            false => file.write_all(octets),
        };
        self.torn = written.is_err();
        self.unsure = true;
        written
    }

    fn unsettled(&mut self) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.unsure
            && let Some(file) = &self.file
        {
            match file.sync_data() {
                // What is no file on a disk has nothing to wait for.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
                synced => synced?,
            }
        }
        self.unsure = false;
        Ok(0)
    }

    fn idle(&mut self) {
        // That lines may not be on disk is for whoever settles them; the rest is tried again at
        // the next line. The system tells of a failed write once.
        if let Err(error) = self.follow()
            && self.unsure
        {
            self.failed = Some(error);
        }
    }
}

/// Whether what is there ends within a line, as a run leaves it that was cut off while it wrote.
fn ends_within_a_line(path: &Path) -> bool {
    let last = || {
        let file = File::open(path)?;
        let end = file.metadata()?.len();
        let mut last = [b'\n'];
        file.read_exact_at(&mut last, end.saturating_sub(1))?;
        io::Result::Ok(last)
    };
    // A pipe has no end to look at, and opening it would wait.
    path.is_file() && last().is_ok_and(|last| last != *b"\n")
}

fn append(path: &PathBuf) -> io::Result<File> {
    File::options().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_crash_cut_swallows_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        for (before, after) in [("", ""), ("{}\n", "{}\n"), ("{}\n{\"half", "{}\n{\"half\n")] {
            fs::write(&path, before).unwrap();
            let mut events = Events::open(path.clone(), Arc::default()).unwrap();
            events.write(b"one\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{after}one\n"));
        }
    }

    #[test]
    fn a_file_that_was_moved_away_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("eve.json");
        let reopen = Arc::new(AtomicBool::new(false));
        let mut events = Events::open(path.clone(), Arc::clone(&reopen)).unwrap();
        events.write(b"one\n").unwrap();
        let moved = folder.path().join("eve.json.1");
        fs::rename(&path, &moved).unwrap();
        events.write(b"two\n").unwrap();
        reopen.store(true, Ordering::Relaxed);
        events.write(b"three\n").unwrap();
        assert_eq!(fs::read_to_string(&moved).unwrap(), "one\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\nthree\n");
    }
}
