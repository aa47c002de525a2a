//! What a capture shows, in the form in which it is held against what another one shows.
//!
//! `jaga diff` makes one of each capture, and an audit keeps its own in its JSON, so that a later
//! one can be compared where the captures are no longer at hand.

use super::baseline::compare::{self, Change};
use super::baseline::{Baseline, text};
use super::inventory::Assets;
use super::inventory::compare::{self as devices, Device};
use super::programs::{self, Known, Program};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// What is compared of a capture.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its devices.
    pub devices: Vec<Device>,
    /// The programs that lay in them in the end.
    pub programs: Vec<Known>,
    /// Who spoke to whom, what was done, how often: in JSON the lines of a baseline.
    #[serde(serialize_with = "lines", deserialize_with = "of_lines")]
    pub usual: Baseline,
}

impl Snapshot {
    /// What a capture shows that was read to its end.
    #[must_use]
    pub fn new(assets: &Assets, programs: &[Program], usual: Baseline) -> Self {
        Self {
            devices: assets.assets.iter().map(Device::new).collect(),
            programs: programs::known(programs),
            usual,
        }
    }

    /// What changed from this one to a newer one.
    #[must_use]
    pub fn changes(&self, new: &Self) -> Vec<Change> {
        let mut changes = devices::changes(&self.devices, &new.devices);
        changes.extend(programs::changes(&self.programs, &new.programs));
        // Hosts are told as devices.
        let usual = compare::changes(&self.usual, &new.usual).into_iter();
        changes.extend(usual.filter(|change| !change.what().starts_with("host ")));
        changes
    }
}

fn lines<S: Serializer>(usual: &Baseline, serializer: S) -> Result<S::Ok, S::Error> {
    let mut written = Vec::new();
    text::write(usual, &mut written).map_err(ser::Error::custom)?;
    let written = String::from_utf8(written).map_err(ser::Error::custom)?;
    serializer.collect_seq(written.lines())
}

fn of_lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Baseline, D::Error> {
    let lines = Vec::<String>::deserialize(deserializer)?;
    text::read(&lines.join("\n")).map_err(de::Error::custom)
}
