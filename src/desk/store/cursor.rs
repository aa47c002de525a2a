//! How far an output has come, over restarts: a file of its own, replaced whole.

use super::segment::LAST;
use crate::facts::Time;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Octets of an output's name that are shown in the name of its file.
const SHOWN: usize = 80;

/// The cursor of an output.
#[derive(Debug)]
pub(super) struct Cursor {
    folder: PathBuf,
    path: PathBuf,
    name: String,
    /// What the file says now.
    saved: Option<u64>,
}

/// What a cursor file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The output.
    pub output: String,
    /// The number of the record that it takes next.
    pub next: u64,
    /// When it had come there, by the clock of the sensor.
    pub saved: Time,
}

impl Cursor {
    /// The cursor of the output of this name, and what it says: none where the output is new.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub(super) fn open(folder: &Path, name: &str) -> (Self, io::Result<Option<u64>>) {
        let shown: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' {
                    c
                } else {
                    '_'
                }
            })
            .take(SHOWN)
            .collect();
        // Two names that are shown alike are two files.
        let sum = crc32c::crc32c(name.as_bytes());
        let path = folder.join(format!("{shown}-{sum:08x}.cursor"));
        let mut this = Self {
            folder: folder.to_owned(),
            path,
            name: name.to_owned(),
            saved: None,
        };
        let said = match fs::read_to_string(&this.path) {
            Ok(text) => match parse(&text) {
                Some(place) => Ok(Some(place.next)),
                None => Err(ErrorKind::InvalidData.into()),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        this.saved = said.as_ref().ok().copied().flatten();
        (this, said)
    }

    /// Says that this record comes next, and returns when that is on disk.
    ///
    /// # Errors
    /// What the system says; the file says what it said before then.
    pub(super) fn save(&mut self, next: u64) -> io::Result<()> {
        if self.saved == Some(next) {
            return Ok(());
        }
        let text = format!(
            "jaga cursor 1\noutput {}\nnext {next}\n",
            self.name.escape_default()
        );
        let sum = crc32c::crc32c(text.as_bytes());
        // Made for nobody else to read.
        let mut file = NamedTempFile::new_in(&self.folder)?;
        writeln!(file, "{text}sum {sum:08x}")?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|failed| failed.error)?;
        File::open(&self.folder)?.sync_all()?;
        self.saved = Some(next);
        Ok(())
    }
}

fn parse(text: &str) -> Option<Place> {
    let (said, sum) = text.strip_suffix('\n')?.rsplit_once("sum ")?;
    if u32::from_str_radix(sum, 16).ok()? != crc32c::crc32c(said.as_bytes()) {
        return None;
    }
    let mut lines = said.strip_prefix("jaga cursor 1\n")?.lines();
    let output = lines.next()?.strip_prefix("output ")?.to_owned();
    let next: Option<u64> = lines.next()?.strip_prefix("next ")?.parse().ok();
    Some(Place {
        output,
        next: next.filter(|next| *next <= LAST)?,
        saved: Time::ZERO,
    })
}

/// The cursors of a folder, by the names of the outputs; those that are damaged are left out.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Place>> {
    let mut places = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "cursor") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let saved = fs::metadata(&path).and_then(|data| data.modified());
            let saved = saved.map_or(Time::ZERO, Time::from);
            places.extend(parse(&text).map(|place| Place { saved, ..place }));
        }
    }
    places.sort_by(|a, b| a.output.cmp(&b.output));
    Ok(places)
}
