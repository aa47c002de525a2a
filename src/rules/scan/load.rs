//! Compiled patterns kept in a file, so that the next start need not compile them.
//!
//! A file counts for one version of Jaga and of the library, one kind of CPU and the same
//! patterns: all that is in its name and its head. Since the library trusts what it is given, a
//! file is read only if it and its folder belong to us, nobody else can write them, and neither
//! is reached through a symbolic link. What is damaged or not ours is left alone and compiled
//! anew. Called by the compiler of rules at start.

use super::{Database, Pattern};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, open, openat, renameat, unlinkat};
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// What a file begins with.
const MAGIC: &[u8; 8] = b"JAGAHSC\x01";

/// Octets of a SHA-256.
const DIGEST: usize = 32;

/// Largest file that is read: thirty times what all rules of ET Open need.
const LARGEST: u64 = 1 << 30;

/// Files kept: one for each set of rules that is in use on one machine, the latest ones.
const FILES: usize = 8;

/// Bits of a mode by which others than the owner may write.
const OTHERS_WRITE: u32 = 0o022;

/// A folder of compiled patterns.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// What became of the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// There is none.
    #[default]
    Off,
    /// All was read from a file.
    Read,
    /// All was compiled and written to a file.
    Written,
    /// All was compiled: why nothing was read, or could be written.
    Refused(String),
}

impl Cache {
    /// The cache in this folder, which is made when it is needed.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Databases of these sets of patterns, in their order: from the file of them, or else of
    /// `compile`, which are then written to it.
    pub(in crate::rules) fn databases(
        &self,
        sets: &[Vec<Pattern<'_>>],
        compile: impl FnOnce() -> Vec<Database>,
    ) -> (Vec<Database>, Outcome) {
        let Some(key) = key(sets) else {
            return (compile(), Outcome::Off);
        };
        let name = format!("rules-{}.hsdb", hex(key.get(..16).unwrap_or(&key)));
        let folder = match self.open() {
            Ok(folder) => folder,
            Err(error) => {
                let what = format!("{}: {error}", self.folder.display());
                return (compile(), Outcome::Refused(what));
            }
        };
        let path = self.folder.join(&name);
        let told = |error: io::Error| Outcome::Refused(format!("{}: {error}", path.display()));
        let refused = match read(&folder, &name) {
            Ok(octets) => match databases(&octets, &key, sets.len()) {
                Some(databases) => return (databases, Outcome::Read),
                None => Some(io::Error::other("damaged: it is written anew")),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // Not ours: it is not replaced either.
            Err(error) => return (compile(), told(error)),
        };
        let databases = compile();
        let written = write(&folder, &name, &key, &databases);
        self.tidy(&folder, &name);
        let outcome = match (refused, written) {
            (Some(error), _) | (None, Err(error)) => told(error),
            (None, Ok(())) => Outcome::Written,
        };
        (databases, outcome)
    }

    /// Opens the folder, which is made where it is not there, if it can be trusted.
    fn open(&self) -> io::Result<OwnedFd> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let flags = flags | OFlags::RDONLY;
        if !self.folder.is_symlink() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&self.folder)?;
        }
        let folder = open(&self.folder, flags, Mode::empty()).map_err(|error| match error {
            rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP => {
                io::Error::other("a symbolic link or no folder")
            }
            other => other.into(),
        })?;
        trusted(folder.as_fd(), FileType::Directory)?;
        Ok(folder)
    }

    /// Removes the oldest files where there are too many; also those that were begun and never
    /// got their name.
    fn tidy(&self, folder: &OwnedFd, mine: &str) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let ours = name.starts_with("rules-") && name.contains(".hsdb") && name != mine;
                Some((entry.metadata().ok()?.modified().ok()?, name)).filter(|_| ours)
            })
            .collect();
        files.sort();
        let many = (files.len() + 1).saturating_sub(FILES);
        for (_, name) in files.iter().take(many) {
            let _ = unlinkat(folder, name.as_str(), AtFlags::empty());
        }
    }
}

/// What the patterns were compiled from, by what, for what; `None` where the library cannot run.
fn key(sets: &[Vec<Pattern<'_>>]) -> Option<[u8; DIGEST]> {
    let mut digest = Sha256::new();
    let mut part = |octets: &[u8]| {
        digest.update((octets.len() as u64).to_le_bytes());
        digest.update(octets);
    };
    part(env!("CARGO_PKG_VERSION").as_bytes());
    part(Database::identity()?.as_bytes());
    for set in sets {
        part(&(set.len() as u64).to_le_bytes());
        for pattern in set {
            part(&[u8::from(pattern.nocase)]);
            part(pattern.octets);
        }
    }
    Some(digest.finalize().into())
}

fn hex(octets: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(octets)
}

/// Fails unless an open file is of this type, belongs to us, and nobody else can write it.
fn trusted(file: impl AsFd, wanted: FileType) -> io::Result<u64> {
    let stat = fstat(file)?;
    let refuse = |why: &str| Err(io::Error::other(why.to_owned()));
    if FileType::from_raw_mode(stat.st_mode) != wanted {
        return refuse("not a regular file");
    }
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return refuse("belongs to another user");
    }
    if stat.st_mode & OTHERS_WRITE != 0 {
        return refuse("other users can write it");
    }
    Ok(u64::try_from(stat.st_size).unwrap_or(0))
}

/// The octets of a file that can be trusted.
fn read(folder: &OwnedFd, name: &str) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = openat(folder, name, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => io::Error::other("a symbolic link"),
        other => other.into(),
    })?;
    let length = trusted(file.as_fd(), FileType::RegularFile)?;
    if length > LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut octets = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    File::from(file).take(LARGEST).read_to_end(&mut octets)?;
    Ok(octets)
}

/// The databases of a file's octets; `None` where they are damaged or of something else.
fn databases(octets: &[u8], key: &[u8; DIGEST], count: usize) -> Option<Vec<Database>> {
    let (content, sum) = octets.split_last_chunk::<DIGEST>()?;
    if <[u8; DIGEST]>::from(Sha256::digest(content)) != *sum {
        return None;
    }
    let mut rest = content.strip_prefix(MAGIC)?.strip_prefix(key)?;
    let mut all = Vec::with_capacity(count);
    while let Some((length, after)) = rest.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (one, after) = after.split_at_checked(length)?;
        all.push(Database::from_octets(one)?);
        rest = after;
    }
    (all.len() == count && rest.is_empty()).then_some(all)
}

/// Writes databases to a file, which appears whole or not at all.
fn write(
    folder: &OwnedFd,
    name: &str,
    key: &[u8; DIGEST],
    databases: &[Database],
) -> io::Result<()> {
    let mut octets = [&MAGIC[..], key].concat();
    for database in databases {
        let one = database.to_octets();
        let one = one.ok_or_else(|| io::Error::other("the patterns cannot be written"))?;
        octets.extend((one.len() as u64).to_le_bytes());
        octets.extend(one);
    }
    let sum = Sha256::digest(&octets);
    octets.extend(sum);
    let part = format!("{name}.{}", std::process::id());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // What a process of the same number left.
    let _ = unlinkat(folder, part.as_str(), AtFlags::empty());
    let file = openat(folder, part.as_str(), flags, Mode::RUSR | Mode::WUSR)?;
    let mut file = File::from(file);
    let written = file
        .write_all(&octets)
        .and_then(|()| file.sync_all())
        .and_then(|()| Ok(renameat(folder, part.as_str(), folder, name)?));
    if written.is_err() {
        let _ = unlinkat(folder, part.as_str(), AtFlags::empty());
    }
    written
}

/// The folder of caches by the XDG Base Directory Specification 0.8: `jaga` in
/// `$XDG_CACHE_HOME`, else in `$HOME/.cache`; relative paths do not count.
#[must_use]
pub fn usual(xdg: Option<&Path>, home: Option<&Path>) -> Option<PathBuf> {
    let absolute = |path: Option<&Path>| path.filter(|path| path.is_absolute()).map(Path::to_owned);
    let folder = absolute(xdg).or_else(|| Some(absolute(home)?.join(".cache")));
    folder.map(|folder| folder.join("jaga"))
}
