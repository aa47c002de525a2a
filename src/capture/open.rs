//! From names to octets: files, folders, standard input and FIFOs; mapped, read or unpacked.
//!
//! Called by `merge` before the first record and when a waiting file's turn comes; the only
//! file of this room that opens anything.

use super::Config;
use super::error::{Error, Refusal};
use super::frame::Block;
use super::gunzip::Gunzip;
use super::input::Input;
use super::interface::Interfaces;
use super::map;
use super::parser::Parser;
use super::reader::{Reader, Stream};
use super::sniff::{self, Compression, HEAD};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, Cursor, IsTerminal, Read};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How long a silent pipe is waited at before it is asked whether to leave it: 100 ms.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Where an input's octets come from.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A regular file: it can be opened twice.
    File(PathBuf),
    /// A FIFO or device: it can be read once.
    Pipe(PathBuf),
    /// Standard input, named `-`.
    Stdin(PathBuf),
}

impl Place {
    /// As it was given.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Pipe(path) | Self::Stdin(path) => path,
        }
    }
}

/// The places one argument names.
#[derive(Debug)]
pub(super) enum Named {
    /// It names an input.
    Input(Place),
    /// It names a folder with these files, sorted by path.
    Folder(PathBuf, Vec<Place>),
}

/// Finds out what an argument names. What cannot be looked at inside a folder is told in
/// `skipped`.
pub(super) fn named(path: &Path, skipped: &mut Vec<Error>) -> Result<Named, Error> {
    let owned = path.to_owned();
    if path.as_os_str() == "-" {
        return Ok(Named::Input(Place::Stdin(owned)));
    }
    let kind = fs::metadata(path).map_err(|error| failed(path, error))?;
    if kind.is_dir() {
        let files = folder(path, skipped)?;
        Ok(Named::Folder(owned, files))
    } else if kind.is_file() {
        Ok(Named::Input(Place::File(owned)))
    } else {
        Ok(Named::Input(Place::Pipe(owned)))
    }
}

/// All regular files in a folder and its subfolders, sorted by path. Links to files are
/// followed, links to folders are not: they may lead in circles. Pipes and devices are left
/// alone: reading one could wait for ever.
fn folder(root: &Path, skipped: &mut Vec<Error>) -> Result<Vec<Place>, Error> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let listed = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = match listed {
            Ok(entries) => entries,
            Err(error) if folder == root => return Err(failed(root, error)),
            Err(error) => {
                skipped.push(failed(&folder, error));
                continue;
            }
        };
        for entry in entries {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            match fs::metadata(&path) {
                Ok(_) if is_folder => folders.push(path),
                Ok(kind) if kind.is_file() => files.push(path),
                Ok(_) => skipped.push(Error::Refused {
                    path,
                    refusal: Refusal::Special,
                }),
                Err(error) => skipped.push(failed(&path, error)),
            }
        }
    }
    files.sort();
    skipped.sort_by(|a, b| a.path().cmp(&b.path()));
    Ok(files.into_iter().map(Place::File).collect())
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::Open {
        path: path.to_owned(),
        error,
    }
}

/// Opens an input and finds out its format.
pub(super) fn input(
    place: Place,
    number: usize,
    config: Config,
    interfaces: &mut Interfaces,
) -> Result<Input, Error> {
    let opened = octets(&place, config)?;
    known(place, opened, number, interfaces)
}

/// An input over a reader that is already open, named by `path`.
pub(super) fn given(
    path: PathBuf,
    octets: Box<dyn Read + Send>,
    interfaces: &mut Interfaces,
) -> Result<Input, Error> {
    let place = Place::Pipe(path);
    let opened = stream(octets, None, place.path())?;
    known(place, opened, 0, interfaces)
}

/// The octets of an input: the block they lie in, or a stream that has not been read yet.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) block: Block,
    pub(super) stream: Option<Stream>,
    compression: Compression,
    /// Length of the file on disk.
    size: Option<u64>,
}

/// Opens the octets of an input.
pub(super) fn octets(place: &Place, config: Config) -> Result<Opened, Error> {
    let path = place.path();
    let error = |error| failed(path, error);
    match place {
        Place::Stdin(_) if io::stdin().is_terminal() => Err(Error::Terminal),
        Place::Stdin(_) => {
            // Not `io::stdin()`: what it keeps to itself, the wait for more would not know.
            let file = io::stdin().as_fd().try_clone_to_owned().map_err(error)?;
            stream(Box::new(Pipe::new(file.into(), config)), None, path)
        }
        Place::Pipe(_) => {
            let file = File::open(path).map_err(error)?;
            stream(Box::new(Pipe::new(file, config)), None, path)
        }
        Place::File(_) => {
            let file = File::open(path).map_err(error)?;
            let size = file.metadata().map_err(error)?.len();
            // Files of the kernel have no length and cannot be mapped; they can be read.
            if config.map
                && size > 0
                && let Ok(map) = map::map(&file)
            {
                let head = map.get(..HEAD).unwrap_or(&map);
                if sniff::compression(head) == Compression::Plain {
                    return Ok(Opened {
                        block: Block::mapped(map),
                        stream: None,
                        compression: Compression::Plain,
                        size: Some(size),
                    });
                }
            }
            stream(Box::new(file), Some(size), path)
        }
    }
}

/// Looks how a stream is packed and unpacks it. `size` is known where it is a file, which
/// nobody is writing the other end of.
fn stream(
    mut octets: Box<dyn Read + Send>,
    size: Option<u64>,
    path: &Path,
) -> Result<Opened, Error> {
    let mut head = Vec::with_capacity(HEAD);
    octets
        .by_ref()
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(|error| failed(path, error))?;
    let compression = sniff::compression(&head);
    let consumed = Arc::new(AtomicU64::new(0));
    let raw = Counted {
        octets: Cursor::new(head).chain(octets),
        consumed: Arc::clone(&consumed),
    };
    let plain: Box<dyn Read + Send> = match compression {
        Compression::Plain => Box::new(raw),
        Compression::Gzip => Box::new(Gunzip::new(raw)),
        Compression::Zstd => {
            Box::new(zstd::Decoder::new(raw).map_err(|error| failed(path, error))?)
        }
    };
    let packed = compression != Compression::Plain;
    Ok(Opened {
        block: Block::read(Vec::new()),
        stream: Some(Stream::new(plain, consumed, size.is_none(), packed)),
        compression,
        size,
    })
}

/// A pipe that can be left while nothing comes through it.
struct Pipe {
    file: File,
    leave: fn() -> bool,
}

impl Pipe {
    fn new(file: File, config: Config) -> Self {
        let leave = config.leave;
        Self { file, leave }
    }
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !(self.leave)() {
            let mut waited = [PollFd::new(&self.file, PollFlags::IN)];
            match poll(&mut waited, Some(&LOOK)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return self.file.read(into),
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(0)
    }
}

/// Counts the octets that go through, for the progress of packed files.
struct Counted<R> {
    octets: R,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.octets.read(into)?;
        self.consumed.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Makes an input of octets that show a known format.
fn known(
    place: Place,
    mut opened: Opened,
    number: usize,
    interfaces: &mut Interfaces,
) -> Result<Input, Error> {
    let refused = |refusal| Error::Refused {
        path: place.path().to_owned(),
        refusal,
    };
    if let Some(stream) = &mut opened.stream {
        opened.block = Block::read(stream.fill(&[], HEAD));
    }
    let octets = opened.block.octets();
    let head = octets.get(..HEAD).unwrap_or(octets);
    let format = match sniff::format(head) {
        Ok(format) => format,
        Err(refusal) => {
            let broken = opened.stream.as_ref().and_then(Stream::broken);
            return Err(refused(broken.map_or(refusal, Refusal::Broken)));
        }
    };
    let parser = Parser::new(format, number);
    let reader = Reader::new(opened.block, opened.stream, parser);
    let mut input = Input::new(place, format, opened.compression, opened.size, reader);
    // Read to the first frame, so that it is known when the input's turn comes.
    input.due(interfaces);
    Ok(input)
}
