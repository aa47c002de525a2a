//! The devices, over restarts: with `--state` they are kept in a file there, for `jaga assets`.
//!
//! Asked on the desk's thread between two rounds, which describes the devices; the file is
//! written on a thread of its own and replaced whole. Devices that only an earlier run of the
//! sensor saw stay in it as that run left them.

use crate::desk::inventory::{Assets, Inventory};
use crate::desk::outputs::eve::health::Deed;
use crate::desk::outputs::json;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;

/// The file's name below the folder of the state.
pub(in crate::cli) const NAME: &str = "assets.json";

/// Time between two writes at least: so much is not in the file yet.
const EACH: Duration = Duration::from_secs(60);

/// The desk describes devices for this part of its time at most: under a flood of made-up hosts
/// the file is written less often.
const PART: u32 = 100;

/// Octets of the file at most: ten thousand devices with all that tells of them.
pub(in crate::cli) const LARGEST: u64 = 64 * 1024 * 1024;

/// Devices of earlier runs that stay: as many as the inventory keeps hosts.
const EARLIER: usize = 16_384;

/// Keeps the devices.
#[derive(Debug, Default)]
pub(super) struct Devices {
    /// Where, with a state.
    path: Option<PathBuf>,
    /// Those of earlier runs.
    earlier: Arc<Vec<Value>>,
    /// When it was written last, and how long the desk took for that.
    last: Option<(Instant, Duration)>,
    writing: Option<JoinHandle<io::Result<()>>>,
    failed: bool,
    /// How many there were then, by Purdue level.
    pub(super) levels: BTreeMap<Option<u8>, u64>,
}

/// What is written.
#[derive(Serialize)]
struct Kept<'a> {
    #[serde(flatten)]
    now: &'a Assets,
    /// Devices that only earlier runs saw.
    earlier: Vec<&'a Value>,
}

impl Devices {
    /// Those of a state, with what an earlier run left there.
    pub(super) fn of(folder: Option<&Path>) -> Self {
        let path = folder.map(|folder| folder.join(NAME));
        let before = path.as_deref().map(read).and_then(Result::ok);
        let mut earlier = Vec::new();
        for key in ["assets", "earlier"] {
            let those = before
                .as_ref()
                .and_then(|before| before.get(key)?.as_array());
            earlier.extend(those.into_iter().flatten().cloned());
        }
        earlier.truncate(EARLIER);
        Self {
            path,
            earlier: Arc::new(earlier),
            ..Self::default()
        }
    }

    /// Writes the devices, where it is time to; gives what is to be told.
    pub(super) fn go_on(&mut self, inventory: &Inventory) -> Option<Deed> {
        self.path.as_ref()?;
        let mut news = None;
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished) {
            news = self.wait();
        }
        let due = self
            .last
            .is_none_or(|(last, cost)| last.elapsed() >= EACH.max(cost * PART));
        if due && self.writing.is_none() {
            let began = Instant::now();
            let assets = inventory.finish();
            self.last = Some((Instant::now(), began.elapsed()));
            self.levels = BTreeMap::from([(None, 0)]);
            for asset in &assets.assets {
                *self.levels.entry(asset.purdue).or_default() += 1;
            }
            self.begin(assets);
        }
        news
    }

    /// Writes the devices as they are in the end.
    pub(super) fn finish(mut self, assets: &Assets) {
        if self.path.is_none() {
            return;
        }
        self.wait();
        self.begin(assets.clone());
        if let Some(told) = self.wait().filter(|told| told.failed) {
            crate::cli::exit::tell(told.text, "");
        }
    }

    fn begin(&mut self, assets: Assets) {
        let Some(path) = self.path.clone() else {
            return;
        };
        let earlier = Arc::clone(&self.earlier);
        let work = move || write(&path, &assets, &earlier);
        let made = thread::Builder::new().name("assets".to_owned()).spawn(work);
        self.writing = made.ok();
    }

    /// Waits until it is written; gives what is to be told of that.
    fn wait(&mut self) -> Option<Deed> {
        let written = self.writing.take()?.join();
        let written = written.unwrap_or_else(|_| Err(io::Error::other("writing it panicked")));
        let failed = written.is_err();
        let news = std::mem::replace(&mut self.failed, failed) != failed;
        let (what, text) = match written {
            Ok(()) => ("assets-kept", "the devices are kept again".to_owned()),
            Err(error) => (
                "assets-not-kept",
                format!("the devices cannot be kept: {error}; it is tried again"),
            ),
        };
        news.then_some(Deed { what, failed, text })
    }
}

/// Reads what was kept.
pub(in crate::cli) fn read(path: &Path) -> io::Result<Value> {
    let mut text = Vec::new();
    let file = File::open(path)?;
    file.take(LARGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is too large"));
    }
    Ok(serde_json::from_slice(&text)?)
}

/// Replaces the file as a whole.
fn write(path: &Path, assets: &Assets, earlier: &[Value]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let known: HashSet<&str> = assets
        .assets
        .iter()
        .map(|asset| asset.id.as_str())
        .collect();
    let is_gone = |device: &&Value| {
        let id = device.get("id").and_then(Value::as_str);
        id.is_some_and(|id| !known.contains(id))
    };
    let mut kept = Kept {
        now: assets,
        earlier: earlier.iter().filter(is_gone).collect(),
    };
    // Made for nobody else to read.
    let mut file = NamedTempFile::new_in(folder)?;
    if encode(&kept, &mut file).is_err() {
        // Where it is too much, what this run sees comes first.
        kept.earlier.clear();
        file = NamedTempFile::new_in(folder)?;
        encode(&kept, &mut file)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    File::open(folder)?.sync_all()
}

fn encode(kept: &Kept<'_>, file: &mut NamedTempFile) -> io::Result<()> {
    let mut out = io::BufWriter::new(Limited(file.as_file_mut(), LARGEST));
    json::write_pretty(kept, &mut out)?;
    writeln!(out)?;
    out.flush()
}

/// Takes so many octets and no more.
struct Limited<'a>(&'a mut File, u64);

impl Write for Limited<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let Some(left) = self.1.checked_sub(octets.len() as u64) else {
            let what = format!("they take more than {} MiB", LARGEST >> 20);
            return Err(io::Error::new(ErrorKind::FileTooLarge, what));
        };
        self.1 = left;
        self.0.write_all(octets)?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// When the devices were kept, where they are.
pub(in crate::cli) fn saved(path: &Path) -> io::Result<crate::facts::Time> {
    Ok(fs::metadata(path)?.modified()?.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use crate::desk::inventory::Asset;

    fn assets(ids: &[&str]) -> Assets {
        let asset = |id: &&str| Asset {
            id: (*id).to_owned(),
            ..Asset::default()
        };
        let mut all = Assets::default();
        all.assets.extend(ids.iter().map(asset));
        all
    }

    #[test]
    fn devices_of_earlier_runs_stay_until_they_are_seen_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(NAME);
        let run = |ids: &[&str]| {
            Devices::of(Some(place.path())).finish(&assets(ids));
            let kept = read(&path).unwrap();
            ["assets", "earlier"].map(|key| -> Vec<String> {
                let those = kept[key].as_array().unwrap().iter();
                those
                    .map(|one| one["id"].as_str().unwrap().to_owned())
                    .collect()
            })
        };
        assert_eq!(run(&["a", "b"]), [vec!["a", "b"], vec![]]);
        assert_eq!(run(&["c"]), [vec!["c"], vec!["a", "b"]]);
        assert_eq!(run(&["b"]), [vec!["b"], vec!["c", "a"]]);
        // What cannot be read is no reason not to start.
        fs::write(&path, "{").unwrap();
        assert_eq!(run(&["d"]), [vec!["d"], vec![]]);
        let left = fs::read_dir(place.path()).unwrap().count();
        assert_eq!(left, 1, "only the file itself is left");
    }

    #[test]
    fn a_file_that_would_be_too_large_leaves_the_one_before() {
        let mut file = tempfile::tempfile().unwrap();
        let mut limited = Limited(&mut file, 10);
        assert!(limited.write_all(b"0123456789").is_ok());
        let refused = limited.write_all(b"x").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::FileTooLarge);
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(NAME);
        write(&path, &assets(&["a"]), &[]).unwrap();
        let huge = "x".repeat(usize::try_from(LARGEST).unwrap());
        assert!(write(&path, &assets(&[&huge]), &[]).is_err());
        assert_eq!(read(&path).unwrap()["assets"][0]["id"], "a");
    }
}
