//! The manifest beside a capsule: what it shows, what it was made of, and the hashes that tell
//! when a single octet of either was changed.
//!
//! A seal is no signature: whoever changes a capsule can make its manifest anew. What then still
//! tells is the alert, which must come again as the manifest has it, by Jaga's own rule where it
//! has the number of one, and the report, which has the hash of each manifest.

use super::{Deriver, Evidence, Origin};
use crate::capture::{Captures, Config};
use crate::desk::audit::Sealed;
use crate::desk::outputs::time::Eve;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The form of a manifest; another one is not read.
const FORM: u32 = 1;

/// What a capsule shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of this manifest.
    pub capsule: u32,
    /// The version of Jaga that made it.
    pub jaga: String,
    /// Generator of the rule.
    pub gid: u32,
    /// The rule, or what a detector finds.
    pub signature_id: u32,
    /// What it is called.
    pub signature: String,
    /// 1 high to 4 information.
    pub severity: u8,
    /// The same by the packets alone, where what the site's list says of the device or planned
    /// work moved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity_seen: Option<u8>,
    /// Time of the packet that decided it, UTC.
    pub time: String,
    /// Number of that packet in the captures.
    pub frame: u64,
    /// Who sent it, or who acted.
    pub source: String,
    /// To whom.
    pub destination: String,
    /// The rule; empty for what a detector found.
    pub rule: String,
    /// The captures that it was made of.
    pub captures: Vec<Sealed>,
    /// The baseline that it was held against.
    pub baseline: Option<Sealed>,
    /// The zones that it was held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Sealed>,
    /// Whether the capsule alone shows the alert again; where not, it rests on more than fits.
    pub derives: bool,
    /// Packets in which secrets were overwritten.
    pub masked: u64,
    /// Numbers of its packets in the captures, in their order.
    pub packets: Vec<u64>,
    /// The name of the capsule.
    pub file: String,
    /// Its SHA-256.
    pub sha256: String,
    /// SHA-256 of this manifest with nothing in this place.
    pub seal: String,
}

/// What is wrong with a capsule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A file cannot be read, or is none of ours.
    Unreadable(String),
    /// The manifest is not what was sealed.
    Manifest,
    /// The capsule is not what the manifest names.
    Capsule,
    /// The alert does not come again.
    Silent,
    /// Nor can it, without what it was held against: the file, and the option that names it.
    Without(String, &'static str),
    /// It was held against this file, and the option names another one.
    Other(String, &'static str),
    /// Its packets are not those that the manifest tells of.
    Packets,
    /// The rule has the number of one of Jaga's, or of a detector, and is another.
    Rule(String),
    /// The report has no manifest of this name, or another one.
    Unreported,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(what) => f.write_str(what),
            Self::Manifest => f.write_str("the manifest was changed: its seal is broken"),
            Self::Capsule => f.write_str("the capture was changed: its SHA-256 is another"),
            Self::Silent => f.write_str("the alert does not come again from these packets"),
            Self::Without(file, option) => write!(
                f,
                "the alert does not come again without what it was held against: give {option} {file}"
            ),
            Self::Other(file, option) => write!(
                f,
                "it was held against {file}, and {option} is another file: its SHA-256 is another"
            ),
            Self::Packets => f.write_str("its packets are not those that the manifest tells of"),
            Self::Rule(version) => write!(
                f,
                "its rule is not that of Jaga {} with this number (made by Jaga {version})",
                env!("CARGO_PKG_VERSION")
            ),
            Self::Unreported => f.write_str("is not what the report names: changed, or added"),
        }
    }
}

impl Manifest {
    /// A manifest of this alert, still without a capsule.
    pub(super) fn of(evidence: &Evidence) -> Self {
        Self {
            capsule: FORM,
            jaga: env!("CARGO_PKG_VERSION").to_owned(),
            gid: evidence.gid,
            signature_id: evidence.sid,
            signature: evidence.signature.clone(),
            severity: evidence.severity,
            severity_seen: (evidence.seen != evidence.severity).then_some(evidence.seen),
            time: Eve(evidence.stamp.time).to_string(),
            frame: evidence.stamp.frame,
            source: evidence.source.to_string(),
            destination: evidence.destination.to_string(),
            rule: String::new(),
            captures: Vec::new(),
            baseline: None,
            zones: None,
            derives: false,
            masked: 0,
            packets: Vec::new(),
            file: String::new(),
            sha256: String::new(),
            seal: String::new(),
        }
    }

    /// The manifest as it is written, sealed.
    #[must_use]
    pub fn sealed(mut self) -> String {
        self.seal = String::new();
        self.seal = hash(self.text().as_bytes());
        self.text()
    }

    /// Without anything that could fail: numbers, texts and lists of them.
    fn text(&self) -> String {
        let mut octets = Vec::new();
        let _ = crate::desk::outputs::json::write_pretty(self, &mut octets);
        octets.push(b'\n');
        String::from_utf8(octets).unwrap_or_default()
    }

    /// Whether an alert is the one that the capsule shows.
    #[must_use]
    pub fn is_shown(&self, alert: &Evidence) -> bool {
        let seen = self.severity_seen.unwrap_or(self.severity);
        let ends = (alert.source.to_string(), alert.destination.to_string());
        (alert.gid, alert.sid) == (self.gid, self.signature_id)
            && (&alert.signature, alert.seen) == (&self.signature, seen)
            && Eve(alert.stamp.time).to_string() == self.time
            && (&ends.0, &ends.1) == (&self.source, &self.destination)
    }

    /// Reads a manifest and holds it against its seal, and its capsule against its hash.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(path: &Path) -> Result<(Self, PathBuf), Wrong> {
        let unreadable = |error: &dyn fmt::Display| Wrong::Unreadable(error.to_string());
        let text = fs::read_to_string(path).map_err(|error| unreadable(&error))?;
        let manifest: Self = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
        if manifest.capsule != FORM {
            return Err(unreadable(
                &"a form of manifest that this version does not know",
            ));
        }
        if manifest.clone().sealed() != text {
            return Err(Wrong::Manifest);
        }
        // A name from a file is no way to another folder.
        let Some(name) = Path::new(&manifest.file).file_name() else {
            return Err(Wrong::Manifest);
        };
        let capsule = path.with_file_name(name);
        let octets = fs::read(&capsule)
            .map_err(|error| Wrong::Unreadable(format!("{}: {error}", manifest.file)))?;
        match hash(&octets) == manifest.sha256 {
            true => Ok((manifest, capsule)),
            false => Err(Wrong::Capsule),
        }
    }

    /// Reads a manifest and derives its alert again; whose rule that takes. Where the capsule
    /// says itself that it does not do for that, only the hashes and its packets count.
    /// `reported` is the SHA-256 that the report has for it, where there is one: then a rule of
    /// the user may stand in the place of one of Jaga's.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(
        path: &Path,
        deriver: &mut Deriver,
        reported: Option<&str>,
    ) -> Result<(Self, Origin), Wrong> {
        let (manifest, capsule) = Self::read(path)?;
        let is_reported = reported == Some(&hash(manifest.clone().sealed().as_bytes()));
        if reported.is_some() && !is_reported {
            return Err(Wrong::Unreported);
        }
        let origin = deriver.origin(&manifest);
        if origin == Origin::Foreign && !is_reported {
            return Err(Wrong::Rule(manifest.jaga));
        }
        if !manifest.has_packets(&capsule)? {
            return Err(Wrong::Packets);
        }
        if let Some(other) = deriver.differs(&manifest) {
            return Err(other);
        }
        let alerts = deriver
            .alerts(&capsule, &manifest.rule)
            .map_err(Wrong::Unreadable)?;
        match alerts.iter().any(|alert| manifest.is_shown(alert)) || !manifest.derives {
            true => Ok((manifest, origin)),
            false => Err(deriver.lacks(&manifest).unwrap_or(Wrong::Silent)),
        }
    }

    /// Whether a capture has as many packets as the manifest names, among them, at its time, the
    /// one that decided.
    fn has_packets(&self, capsule: &Path) -> Result<bool, Wrong> {
        let config = Config {
            map: false,
            ..Config::default()
        };
        let mut captures = Captures::open(&[PathBuf::from(capsule)], config)
            .map_err(|error| Wrong::Unreadable(error.to_string()))?;
        let mut numbers = self.packets.iter();
        let (mut decided, mut more) = (false, false);
        while let Some((_, record)) = captures.next() {
            let number = numbers.next();
            more |= number.is_none();
            decided |= number == Some(&self.frame) && Eve(record.time).to_string() == self.time;
        }
        Ok(decided && !more && numbers.next().is_none())
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn hash(octets: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(octets))
}
