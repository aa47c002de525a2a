//! Where data goes: standard output, or files that get their name only when they are whole.
//!
//! Used by every subcommand that writes data. A file is written beside its place as
//! `NAME.part` and renamed at the end, so that nobody takes half of it for all of it.

use super::exit::{Exit, Failure, tell};
use crate::capture::Captures;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Octets gathered before they are written.
const BUFFER: usize = 64 * 1024;

/// Hands out the outputs of one run, each place once.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// Places that may not be written to: the captures, and what is an output already.
    taken: Vec<PathBuf>,
    stdout: bool,
}

impl Outputs {
    /// Outputs beside these captures, none of which may be overwritten.
    pub(super) fn beside(captures: &Captures) -> Self {
        Self {
            taken: captures
                .sources()
                .map(|source| source.path.as_path())
                .filter(|path| path.as_os_str() != "-")
                .filter_map(|path| path.canonicalize().ok())
                .collect(),
            stdout: false,
        }
    }

    /// Whether one of the outputs is standard output, so that nothing else belongs there.
    pub(super) const fn has_stdout(&self) -> bool {
        self.stdout
    }

    /// Opens an output; `-` is standard output.
    pub(super) fn open(&mut self, path: &Path) -> Result<Output, Failure> {
        if path.as_os_str() == "-" || path == Path::new("/dev/stdout") {
            if std::mem::replace(&mut self.stdout, true) {
                let what = "two outputs cannot both go to standard output";
                return Err(Failure::new(Exit::Usage, what).hint("give one of them a file"));
            }
            return Ok(Output::stdout());
        }
        // A link is followed, so that the file that it leads to is replaced and not the link.
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.taken.contains(&place) {
            let what = format!(
                "{}: is a capture being read, or another output",
                path.display()
            );
            return Err(Failure::new(Exit::Usage, what).hint("give each output a file of its own"));
        }
        let output = Output::file(path, place.clone())?;
        // A device such as /dev/null takes as many as like.
        if output.part.is_some() {
            self.taken.push(place.canonicalize().unwrap_or(place));
        }
        Ok(output)
    }
}

/// One output. Dropped without [`finish`](Self::finish), its unfinished file is removed.
pub(super) struct Output {
    /// As the user knows it.
    name: String,
    /// Someone reads it while it is written, and may have enough of it.
    standard: bool,
    writer: BufWriter<Box<dyn Write + Send>>,
    part: Option<Part>,
}

/// A file on its way.
#[derive(Debug)]
struct Part {
    /// Where it is written.
    part: PathBuf,
    /// What it becomes.
    whole: PathBuf,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("name", &self.name)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

impl Output {
    /// Standard output.
    pub(super) fn stdout() -> Self {
        Self {
            name: "standard output".to_owned(),
            standard: true,
            writer: BufWriter::with_capacity(BUFFER, Box::new(io::stdout())),
            part: None,
        }
    }

    /// Standard error, for what belongs to people while standard output carries data.
    pub(super) fn stderr() -> Self {
        Self {
            name: "standard error".to_owned(),
            standard: true,
            writer: BufWriter::with_capacity(BUFFER, Box::new(io::stderr())),
            part: None,
        }
    }

    /// The file `name` at `place`. What is there and is no regular file (a pipe, a device) is
    /// written as it stands.
    fn file(name: &Path, place: PathBuf) -> Result<Self, Failure> {
        let special = fs::metadata(&place).is_ok_and(|kind| !kind.is_file() && !kind.is_dir());
        let name = name.display().to_string();
        let (opened, part) = if special {
            (File::options().write(true).open(&place), None)
        } else if place.is_dir() {
            (Err(io::ErrorKind::IsADirectory.into()), None)
        } else {
            let mut part = OsString::from(place.as_os_str());
            part.push(".part");
            let part = PathBuf::from(part);
            let whole = place;
            (File::create(&part), Some(Part { part, whole }))
        };
        match opened {
            Ok(file) => Ok(Self {
                name,
                standard: false,
                writer: BufWriter::with_capacity(BUFFER, Box::new(file)),
                part,
            }),
            Err(error) => Err(unwritable(&name, &error)),
        }
    }

    /// The failure that an error in writing here is. A reader of standard output that left
    /// early (`| head`) has all it wanted: that ends the command quietly and well.
    pub(super) fn failed(&self, error: &io::Error) -> Failure {
        if self.standard && error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::new(Exit::Done, "");
        }
        unwritable(&self.name, error)
    }

    /// Writes out what is left and, where it is `whole`, gives the file its name. A file that
    /// is not whole keeps the name `NAME.part`.
    pub(super) fn finish(mut self, whole: bool) -> Result<(), Failure> {
        if let Err(error) = self.writer.flush() {
            return Err(self.failed(&error));
        }
        match self.part.take() {
            Some(Part { part, whole: name }) if whole => fs::rename(&part, &name)
                .map_err(|error| unwritable(&name.display().to_string(), &error)),
            Some(Part { part, .. }) => {
                tell(
                    format_args!("{} is not whole", part.display()),
                    "run again to the end, or use it knowing that packets are missing",
                );
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(Part { part, .. }) = &self.part {
            // It is worth nothing; where it cannot be removed, its name still says so.
            let _ = fs::remove_file(part);
        }
    }
}

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.writer.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn unwritable(name: &str, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "create its folder first",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a place that you may write to"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space, or choose another disk"
        }
        io::ErrorKind::IsADirectory => "name a file in it",
        _ => "check the disk or the network share, then run again",
    };
    Failure::new(Exit::Output, format!("{name}: cannot be written: {error}")).hint(hint)
}
