//! The hashes of what an audit reads: taken before the run, and held against the files after it.
//!
//! A hash in a report says that what was judged is what has this hash. So a file that another
//! program changed meanwhile is named without one.

use super::command::base;
use crate::cli::exit::tell;
use crate::cli::progress::{self, Hashing};
use crate::desk::audit::Sealed;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What tells a file from one that was changed or put in its place: device, inode, length, and
/// when it was last written and last touched at all, in seconds and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark([u64; 3], [i64; 4]);

impl Mark {
    /// The mark of what stands there now; none where it is no file.
    fn of(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        Some(Self(
            [file.dev(), file.ino(), file.len()],
            [
                file.mtime(),
                file.mtime_nsec(),
                file.ctime(),
                file.ctime_nsec(),
            ],
        ))
    }
}

/// Files that were hashed, in their order.
#[derive(Debug)]
pub(super) struct Seals(Vec<(PathBuf, Option<Mark>, Sealed)>);

impl Seals {
    /// Hashes these files. One that cannot be read has no hash, and says so.
    pub(super) fn of(paths: impl IntoIterator<Item = PathBuf>, bar: bool) -> Self {
        let paths: Vec<PathBuf> = paths.into_iter().collect();
        let sizes = paths.iter().filter_map(|path| fs::metadata(path).ok());
        let files = sizes.filter(fs::Metadata::is_file);
        let mut hashing = Hashing::start(bar, files.map(|file| file.len()).sum());
        let seal = |path: PathBuf| {
            // Before the first octet is read: what changes from here on is seen.
            let mark = Mark::of(&path);
            let mut leave = |octets| {
                hashing.add(octets);
                progress::interrupted()
            };
            let sealed = Sealed::of(&path, &mut leave).unwrap_or_else(|error| {
                let what = format_args!("{}: cannot be hashed: {error}", path.display());
                tell(what, "the report names it without a hash");
                Sealed::unread(&path)
            });
            (path, mark, sealed)
        };
        Self(paths.into_iter().map(seal).collect())
    }

    /// Takes away the hashes of files that are no more what was hashed, and says so.
    pub(super) fn hold(&mut self) {
        for (path, mark, sealed) in &mut self.0 {
            if sealed.sha256.is_none() || Mark::of(path) == *mark {
                continue;
            }
            let what = format_args!("{}: was changed while it was read", path.display());
            tell(
                what,
                "the report names it without a hash; audit a copy that nobody writes to",
            );
            *sealed = Sealed::unread(path);
        }
    }

    /// The files with their hashes.
    pub(super) fn sealed(&self) -> Vec<Sealed> {
        self.0.iter().map(|(.., sealed)| sealed.clone()).collect()
    }

    /// The same, those of one name told apart by their folders.
    pub(super) fn told_apart(&self) -> Vec<Sealed> {
        let apart = self.sealed().into_iter().zip(self.names());
        apart
            .map(|(sealed, name)| Sealed { name, ..sealed })
            .collect()
    }

    /// One of them.
    pub(super) fn find(&self, path: &Path) -> Option<Sealed> {
        let mut all = self.0.iter();
        all.find(|(known, ..)| known == path)
            .map(|(.., sealed)| sealed.clone())
    }

    /// Their names without folders, but for those that tell files of one name apart.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let apart = |path: &Path, parts: usize| {
            let name = last(path, parts);
            let mut others = self.0.iter().filter(|(other, ..)| other != path);
            others.all(|(other, ..)| last(other, parts) != name)
        };
        self.0.iter().map(move |(path, ..)| {
            let all = path.components().count();
            let parts = (1..all).find(|parts| apart(path, *parts));
            match parts.unwrap_or(all) {
                0 | 1 => base(path),
                parts => last(path, parts).to_string_lossy().into_owned(),
            }
        })
    }
}

/// The last few parts of a path.
fn last(path: &Path, parts: usize) -> PathBuf {
    let all = path.components();
    let skipped = all.clone().count().saturating_sub(parts);
    all.skip(skipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart_by_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a/1/x.pcap", "a/2/x.pcap", "b/2/x.pcap", "y.pcap", "y.pcap"];
        let seals = Seals(
            paths
                .map(|path| {
                    let path = folder.path().join(path);
                    let sealed = Sealed::unread(&path);
                    (path, None, sealed)
                })
                .into(),
        );
        let names: Vec<String> = seals.names().collect();
        assert_eq!(
            names,
            ["1/x.pcap", "a/2/x.pcap", "b/2/x.pcap", "y.pcap", "y.pcap"]
        );
    }

    #[test]
    fn a_file_that_was_changed_during_the_run_has_no_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let names = ["same", "longer", "edited", "replaced", "gone"];
        for name in names {
            fs::write(path(name), "abc").unwrap();
        }
        let mut seals = Seals::of(names.map(path), false);
        assert!(seals.sealed().iter().all(|one| one.sha256.is_some()));
        fs::write(path("longer"), "abcd").unwrap();
        // As long as before, and with the old time of its last writing.
        let written = fs::metadata(path("edited")).unwrap().modified().unwrap();
        fs::write(path("edited"), "abd").unwrap();
        let file = fs::File::options()
            .write(true)
            .open(path("edited"))
            .unwrap();
        file.set_modified(written).unwrap();
        fs::write(path("other"), "xyz").unwrap();
        fs::rename(path("other"), path("replaced")).unwrap();
        fs::remove_file(path("gone")).unwrap();
        seals.hold();
        for (name, sealed) in names.iter().zip(seals.sealed()) {
            assert_eq!(sealed.name, *name);
            assert_eq!(sealed.sha256.is_some(), *name == "same", "{name}");
            assert_eq!(sealed.octets.is_some(), *name == "same", "{name}");
        }
    }
}
