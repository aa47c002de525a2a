//! Where data goes: standard output, or files that get their name only when they are whole.
//!
//! Used by every subcommand that writes data. A file is written beside its place under a name
//! that nothing else has, `NAME.XXXXXX.part`, and renamed at the end, so that nobody takes half
//! of it for all of it and no other file comes to harm.

use super::exit::{Exit, Failure, tell};
use super::progress;
use crate::capture::Captures;
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::{
    FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use tempfile::NamedTempFile;

/// Octets gathered before they are written.
const BUFFER: usize = 64 * 1024;

/// Names of standard output itself.
pub(super) const STDOUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// How often is looked whether somebody reads a pipe.
const UNREAD: Duration = Duration::from_millis(20);

/// Folders whose names are descriptors, that somebody opened for this process to write to.
const DESCRIPTORS: [&str; 3] = ["/dev/fd", "/proc/self/fd", "/dev/stderr"];

/// A file that may not be written to: by its device and inode, whatever its name, or by its
/// name while it is not there yet.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    File(u64, u64),
    Name(PathBuf),
}

impl Taken {
    fn new(place: &Path) -> Self {
        match fs::metadata(place) {
            Ok(file) => Self::File(file.dev(), file.ino()),
            Err(_) => {
                let folder = folder(place).canonicalize().ok();
                let named = folder.zip(place.file_name());
                Self::Name(named.map_or_else(|| place.to_owned(), |(path, name)| path.join(name)))
            }
        }
    }
}

/// Hands out the outputs of one run, each place once.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// What is read, what standard output was sent to, and what is an output already.
    taken: Vec<Taken>,
    stdout: bool,
}

impl Outputs {
    /// Outputs beside these captures, none of which may be overwritten.
    pub(super) fn beside(captures: &Captures) -> Self {
        let captures = captures
            .sources()
            .map(|source| source.path.as_path())
            .filter(|path| path.as_os_str() != "-")
            .map(Taken::new);
        let mut outputs = Self::new();
        outputs.taken.extend(captures);
        outputs
    }

    /// Outputs of a run that reads no files.
    pub(super) fn new() -> Self {
        let standard = [regular(io::stdin().as_fd()), regular(io::stdout().as_fd())];
        Self {
            taken: standard.into_iter().flatten().collect(),
            stdout: false,
        }
    }

    /// Nor may what else is read be overwritten: rules, variables, thresholds.
    pub(super) fn spare(&mut self, read: &[PathBuf]) {
        self.taken.extend(read.iter().map(|path| Taken::new(path)));
    }

    /// Whether one of the outputs is standard output, so that nothing else belongs there.
    pub(super) const fn has_stdout(&self) -> bool {
        self.stdout
    }

    /// Takes a file that is written on and on by something else; none for standard output,
    /// which is taken then too.
    pub(super) fn take<'a>(&mut self, path: &'a Path) -> Result<Option<&'a Path>, Failure> {
        if STDOUT.iter().any(|name| path == Path::new(name)) {
            return self.open(path).map(|_| None);
        }
        self.claim(path).map(|()| Some(path))
    }

    /// Opens an output; `-` is standard output.
    pub(super) fn open(&mut self, path: &Path) -> Result<Output, Failure> {
        if STDOUT.iter().any(|name| path == Path::new(name)) {
            if std::mem::replace(&mut self.stdout, true) {
                let what = "two outputs cannot both go to standard output";
                return Err(Failure::new(Exit::Usage, what).hint("give one of them a file"));
            }
            return Ok(Output::stdout());
        }
        let taken = self.taken.len();
        self.claim(path)?;
        let output = Output::file(path)?;
        // A device such as /dev/null takes as many as like.
        if output.part.is_none() {
            self.taken.truncate(taken);
        }
        Ok(output)
    }

    /// Takes a file that nothing else has.
    fn claim(&mut self, path: &Path) -> Result<(), Failure> {
        let taken = Taken::new(path);
        if self.taken.contains(&taken) {
            let what = format!(
                "{}: is a file being read, or another output",
                path.display()
            );
            return Err(Failure::new(Exit::Usage, what).hint("give each output a file of its own"));
        }
        self.taken.push(taken);
        Ok(())
    }
}

/// The regular file behind a standard stream, if there is one.
fn regular(stream: BorrowedFd<'_>) -> Option<Taken> {
    let file = File::from(stream.try_clone_to_owned().ok()?)
        .metadata()
        .ok()?;
    file.is_file().then(|| Taken::File(file.dev(), file.ino()))
}

/// The folder that a path stands in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// One output. Dropped without [`finish`](Self::finish), its unfinished file is removed.
pub(super) struct Output {
    /// As the user knows it.
    name: String,
    /// Someone reads it while it is written, and may have enough of it.
    streamed: bool,
    writer: BufWriter<Box<dyn Write + Send>>,
    part: Option<Part>,
}

/// A file on its way.
#[derive(Debug)]
struct Part {
    /// Where it is written; removed when it is dropped.
    part: NamedTempFile,
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
            streamed: true,
            writer: BufWriter::with_capacity(BUFFER, Box::new(io::stdout())),
            part: None,
        }
    }

    /// Standard error, for what belongs to people while standard output carries data.
    pub(super) fn stderr() -> Self {
        Self {
            name: "standard error".to_owned(),
            streamed: true,
            writer: BufWriter::with_capacity(BUFFER, Box::new(io::stderr())),
            part: None,
        }
    }

    /// The file at `path`. What is there and is no regular file (a pipe, a device), or was
    /// opened for this process already, is written as it stands.
    fn file(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        // A link is followed, so that the file that it leads to is replaced and not the link.
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let kind = fs::metadata(&place);
        let opened = match kind {
            Ok(kind) if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(kind) if kind.file_type().is_fifo() => {
                let file = pipe(path)?;
                file.map(|file| (Box::new(file) as Box<dyn Write + Send>, None))
            }
            Ok(kind) if !kind.is_file() || DESCRIPTORS.iter().any(|at| path.starts_with(at)) => {
                let file = File::options().write(true).open(path);
                file.map(|file| (Box::new(file) as Box<dyn Write + Send>, None))
            }
            _ => Part::beside(place).map(|(file, part)| {
                let file: Box<dyn Write + Send> = Box::new(file);
                (file, Some(part))
            }),
        };
        match opened {
            Ok((writer, part)) => Ok(Self {
                name,
                streamed: part.is_none(),
                writer: BufWriter::with_capacity(BUFFER, writer),
                part,
            }),
            Err(error) => Err(unwritable(&name, &error)),
        }
    }

    /// The failure that an error in writing here is. A reader that left early (`| head`, a
    /// pipe) has all it wanted: that ends the command quietly and well.
    pub(super) fn failed(&self, error: &io::Error) -> Failure {
        if self.streamed && error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::new(Exit::Done, "");
        }
        unwritable(&self.name, error)
    }

    /// Like [`finish`](Self::finish) for what is not whole and says so itself: where nothing has
    /// it, the file gets a name that programs open and nobody takes for the whole,
    /// `NAME.partial.EXTENSION`.
    pub(super) fn finish_partial(mut self) -> Result<Option<String>, Failure> {
        if let Err(error) = self.writer.flush() {
            return Err(self.failed(&error));
        }
        let Some(part) = self.part else {
            return Ok(None);
        };
        let name = part
            .partial()
            .map_err(|error| unwritable(&self.name, &error))?;
        Ok(Some(name))
    }

    /// Writes out what is left and, where it is `whole`, gives the file its name. A file that
    /// is not whole keeps the name `NAME.XXXXXX.part`, which is told. Gives the file's name as
    /// it is now; none where it is no file.
    pub(super) fn finish(mut self, whole: bool) -> Result<Option<String>, Failure> {
        if let Err(error) = self.writer.flush() {
            return Err(self.failed(&error));
        }
        let Some(part) = self.part else {
            return Ok(None);
        };
        let name = self.name;
        let kept = if whole {
            part.name().map(|()| name.clone())
        } else {
            part.keep().inspect(|part| {
                tell(
                    format_args!("{part} is not whole"),
                    "run again to the end, or use it knowing that packets are missing",
                );
            })
        };
        kept.map(Some).map_err(|error| unwritable(&name, &error))
    }
}

impl Part {
    /// A new file in the folder of `whole`, with the rights that any new file gets.
    fn beside(whole: PathBuf) -> io::Result<(File, Self)> {
        let name = whole.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut prefix = OsString::from(name);
        prefix.push(".");
        let part = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(".part")
            // Less what the umask takes away.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder(&whole))?;
        let file = part.as_file().try_clone()?;
        Ok((file, Self { part, whole }))
    }

    /// Gives it its name once all of it is on the disk: not even a power cut leaves an empty
    /// file of that name.
    fn name(self) -> io::Result<()> {
        self.part.as_file().sync_all()?;
        self.part.persist(&self.whole)?;
        // The name itself; where a file system cannot do that, the name is there all the same.
        let folder = self
            .whole
            .parent()
            .and_then(|folder| File::open(folder).ok());
        let _ = folder.map(|folder| folder.sync_all());
        Ok(())
    }

    /// Names it as a part; where something has that name, it is left where it is. Gives its name.
    fn partial(self) -> io::Result<String> {
        let stem = self.whole.file_stem().unwrap_or_default();
        let mut name = stem.to_owned();
        name.push(".partial");
        if let Some(extension) = self.whole.extension() {
            name.push(".");
            name.push(extension);
        }
        let place = self.whole.with_file_name(name);
        self.part.as_file().sync_all()?;
        match self.part.persist_noclobber(&place) {
            Ok(_) => Ok(place.display().to_string()),
            Err(taken) => Self {
                part: taken.file,
                ..self
            }
            .keep(),
        }
    }

    /// Leaves it where it is, and gives its name.
    fn keep(self) -> io::Result<String> {
        let (_, path) = self.part.keep()?;
        Ok(path.display().to_string())
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

/// Opens a pipe as soon as somebody reads it. The system's own wait would outlive a signal; this
/// one ends with it.
fn pipe(path: &Path) -> Result<io::Result<File>, Failure> {
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    loop {
        let opened = File::options()
            .write(true)
            .custom_flags(nonblocking)
            .open(path);
        let unread = |error: &io::Error| error.raw_os_error() == Some(Errno::NXIO.raw_os_error());
        match opened {
            Err(error) if unread(&error) => {
                if let Some(signal) = progress::signal() {
                    let what = format!(
                        "{}: stopped by {signal}, before anybody read this pipe",
                        path.display()
                    );
                    return Err(Failure::new(Exit::Stopped(signal), what));
                }
                thread::sleep(UNREAD);
            }
            // From here on the reader sets the pace.
            Ok(file) => {
                let blocking = rustix::fs::fcntl_setfl(&file, OFlags::empty());
                return Ok(blocking.map(|()| file).map_err(Into::into));
            }
            refused => return Ok(refused),
        }
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
    // What the system said, without the name of the unfinished file, which nobody chose.
    let error = error.to_string();
    let error = error.split(" at path ").next().unwrap_or_default();
    Failure::new(Exit::Output, format!("{name}: cannot be written: {error}")).hint(hint)
}
