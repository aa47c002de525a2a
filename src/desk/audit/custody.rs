//! What a report rests on: the files with their hashes, the settings, the rules, and the command
//! that makes it again.
//!
//! Made by the command before and after the run. Hashes are SHA-256 (FIPS 180-4). Nothing here
//! depends on the folder of a file or on the time of day.

use crate::desk::capsules::Packed;
use crate::rules::rule::Rule;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Octets read at once.
const BUFFER: usize = 1 << 20;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Its name without its folder.
    pub name: String,
    /// Its length; unknown where it came through a pipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub octets: Option<u64>,
    /// Its SHA-256; unknown where it came through a pipe or could not be read again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What a report rests on.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Custody {
    /// The version of Jaga.
    pub version: &'static str,
    /// The captures, in the order in which they were given.
    pub captures: Vec<Sealed>,
    /// Files with rules, variables, thresholds and the baseline.
    pub settings: Vec<Sealed>,
    /// How many rules looked on.
    pub rules: u64,
    /// SHA-256 over the texts of these rules, sorted by generator and signature, each with a line
    /// end.
    pub rules_sha256: String,
    /// The arguments that make the report again, files without their folders.
    pub command: Vec<String>,
    /// Where reading was stopped: the arguments that audit the files that were not read to their
    /// end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rest: Vec<String>,
    /// Whether secrets are shown.
    pub secrets_shown: bool,
    /// The capsules that were written, by name.
    pub capsules: Vec<Capsule>,
}

impl Custody {
    /// The capture before this one that has the same octets, if there is one.
    pub(super) fn copied(&self, place: usize) -> Option<&Sealed> {
        let this = self.captures.get(place)?.sha256.as_ref()?;
        let before = self.captures.iter().take(place);
        before
            .into_iter()
            .find(|other| other.sha256.as_ref() == Some(this))
    }
}

/// A capsule that was written. The hash of its manifest, which has that of its capture, tells
/// whoever keeps the report of one that was changed and sealed anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capsule {
    /// Its name without a suffix.
    pub name: String,
    /// SHA-256 of its manifest.
    pub manifest_sha256: String,
    /// Whether it shows its alert again from its packets alone.
    pub derives: bool,
}

/// What is read of a report again.
#[derive(Deserialize)]
struct Reported {
    custody: ReportedCustody,
}

#[derive(Deserialize)]
struct ReportedCustody {
    capsules: Vec<Capsule>,
}

impl Capsule {
    /// The capsules that a report, as JSON, names.
    ///
    /// # Errors
    /// It is no report.
    pub fn reported(report: impl Read) -> Result<Vec<Self>, serde_json::Error> {
        let report: Reported = serde_json::from_reader(report)?;
        Ok(report.custody.capsules)
    }

    /// What the report keeps of a capsule.
    #[must_use]
    pub fn of(packed: &Packed) -> Self {
        Self {
            name: packed.name.clone(),
            manifest_sha256: HEXLOWER.encode(&Sha256::digest(&packed.manifest)),
            derives: packed.derives,
        }
    }
}

impl Sealed {
    /// A file without a hash.
    #[must_use]
    pub fn unread(path: &Path) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self {
            name: name.to_string_lossy().into_owned(),
            octets: None,
            sha256: None,
        }
    }

    /// Hashes a file. `leave` is told how many octets were read since it was asked, and says
    /// whether the user wants no more of it.
    ///
    /// # Errors
    /// What the file system says.
    pub fn of(path: &Path, leave: &mut dyn FnMut(u64) -> bool) -> io::Result<Self> {
        let mut sealed = Self::unread(path);
        if !path.is_file() {
            return Ok(sealed);
        }
        let mut file = File::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; BUFFER];
        let (mut octets, mut read) = (0, 0);
        loop {
            if leave(read as u64) {
                return Ok(sealed);
            }
            read = file.read(&mut buffer)?;
            let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
                break;
            };
            hash.update(part);
            octets += read as u64;
        }
        sealed.octets = Some(octets);
        sealed.sha256 = Some(HEXLOWER.encode(&hash.finalize()));
        Ok(sealed)
    }
}

impl Custody {
    /// The command as one line for a shell.
    #[must_use]
    pub fn line(&self) -> String {
        line(&self.command)
    }

    /// The command that audits what was not read, likewise; empty where all was.
    #[must_use]
    pub fn rest_line(&self) -> String {
        line(&self.rest)
    }
}

/// SHA-256 over the texts of rules.
#[must_use]
pub fn rules_hash(rules: &[Rule]) -> String {
    let mut sorted: Vec<&Rule> = rules.iter().collect();
    sorted.sort_by(|a, b| (a.id, &a.text).cmp(&(b.id, &b.text)));
    let mut hash = Sha256::new();
    for rule in sorted {
        hash.update(rule.text.as_bytes());
        hash.update(b"\n");
    }
    HEXLOWER.encode(&hash.finalize())
}

fn line(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standard() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        let sealed = Sealed::of(file.path(), &mut |_| false).unwrap();
        assert_eq!(sealed.octets, Some(3));
        // FIPS 180-4, the example of one block.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sealed.sha256.as_deref(), Some(abc));
        let left = Sealed::of(file.path(), &mut |_| true).unwrap();
        assert_eq!(left.sha256, None);
    }

    #[test]
    fn words_are_safe_in_a_shell() {
        assert_eq!(quoted("plant.pcap"), "plant.pcap");
        assert_eq!(quoted("a b'; rm -rf"), r"'a b'\''; rm -rf'");
        assert_eq!(quoted(""), "''");
    }
}
