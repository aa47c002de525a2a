//! Vulnerabilities, offline: a folder of CSAF advisories held against the devices of a run.
//!
//! Each advisory is read, judged and let go, so that a folder of thousands takes the memory of
//! one. There are three answers, and the one of them that says least names what was not observed.
//! Advisories are text from elsewhere: bounded, and shown as text alone. Nothing is fetched.

mod document;
mod fits;
mod judge;
mod products;
#[cfg(test)]
mod tests;
mod units;
mod versions;

use crate::desk::inventory::{Asset, Assets};
use crate::facts::plain;
use data_encoding::HEXLOWER;
use document::Csaf;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Most octets of one advisory; the largest published ones have some ten million.
const FILE: u64 = 64 << 20;

/// Most files of a folder, and folders within each other. A maker publishes some thousands.
const FILES: usize = 50_000;
const DEPTH: usize = 8;

/// Most judgements kept.
const JUDGEMENTS: usize = 20_000;

/// Most faults told.
const FAULTS: usize = 1_000;

/// Files of a distributor of advisories that are none (CSAF 2.0, section 7.1).
const OTHERS: [&str; 4] = [
    "aggregator.json",
    "index.json",
    "provider-metadata.json",
    "service.json",
];

/// Whether a device has what an advisory is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It has.
    Affected,
    /// What would decide it was not observed, or the advisory does not say.
    CannotTell,
    /// It has not.
    NotAffected,
}

/// What an advisory says of a device.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// The device, by its first address.
    pub device: String,
    /// Its name.
    pub name: String,
    /// Which of its units, slots or stations, where the answer is about one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<u32>,
    /// The advisory's own name.
    pub advisory: String,
    /// Version of the advisory.
    pub advisory_version: String,
    /// `final`, `interim` or `draft`.
    pub status: String,
    /// What it is about.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// Whether the device has it.
    pub answer: Answer,
    /// Why: `affected`, `fixed`, `not-affected`, `outside` of the versions, `not-observed`,
    /// `unclear` versions, `unlisted` version, `family`, `condition`, `under-investigation`.
    pub because: &'static str,
    /// The property that was not observed.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub missing: &'static str,
    /// The product that the device is or may be.
    pub product: String,
    /// Versions that the advisory names of it.
    pub versions: String,
    /// The property by which it is that product.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub matched_by: &'static str,
    /// The vulnerabilities, the gravest first.
    pub vulnerabilities: Vec<Flaw>,
    /// What was observed, with the packet that told it.
    pub evidence: Vec<Evidence>,
    /// What is to be done, as the advisory says.
    pub remediations: Vec<Remedy>,
}

/// A vulnerability.
#[derive(Clone, Debug, Serialize)]
pub struct Flaw {
    /// Its CVE, or another name.
    pub id: String,
    /// Its title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// CVSS base score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// CVSS vector.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vector: String,
}

/// What was observed of a device.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// Which property.
    pub property: &'static str,
    /// Its value.
    pub value: String,
    /// The protocol that told it.
    pub source: &'static str,
    /// The packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remedy {
    /// `vendor_fix`, `mitigation`, `workaround`, `none_available`, `no_fix_planned`.
    pub category: String,
    /// In the advisory's words.
    pub details: String,
    /// Where the advisory points to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A file that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Its name below the folder.
    pub file: String,
    /// What is wrong, and where.
    pub what: String,
    /// How to mend it.
    pub hint: &'static str,
}

/// What a folder of advisories says of the devices.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Vulnerabilities {
    /// Advisories that were read.
    pub read: u64,
    /// SHA-256 over the hashes and names of all files, in the order of their names.
    pub sha256: String,
    /// What they say, the gravest answers first.
    pub judgements: Vec<Judgement>,
    /// Judgements that are not listed for want of room.
    pub omitted: u64,
    /// Devices of which no vendor, model or order number was observed: no advisory was held
    /// against them.
    pub unidentified: u64,
    /// Files that could not be judged.
    pub faults: Vec<Fault>,
    /// Files that were passed over because there are too many.
    pub passed_over: u64,
}

/// A folder of advisories.
#[derive(Debug)]
pub struct Advisories {
    folder: PathBuf,
    files: Vec<PathBuf>,
    passed_over: u64,
}

impl Advisories {
    /// Looks for advisories in a folder and the folders below it, or takes one file.
    ///
    /// # Errors
    /// What the file system says.
    pub fn find(path: &Path) -> io::Result<Self> {
        let mut found = Self {
            folder: path.to_owned(),
            files: Vec::new(),
            passed_over: 0,
        };
        if fs::metadata(path)?.is_file() {
            found.folder = path.parent().unwrap_or(path).to_owned();
            found.files.push(path.to_owned());
            return Ok(found);
        }
        found.walk(path, 0)?;
        found.files.sort();
        Ok(found)
    }

    /// The files, in the order of their paths.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    fn walk(&mut self, folder: &Path, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let name = entry.file_name();
            if kind.is_dir() && depth < DEPTH {
                self.walk(&path, depth + 1)?;
            } else if path.extension() == Some(OsStr::new("json"))
                && !OTHERS.iter().any(|other| name == *other)
                && path.is_file()
            {
                match self.files.len() < FILES {
                    true => self.files.push(path),
                    false => self.passed_over += 1,
                }
            }
        }
        Ok(())
    }

    /// Holds every advisory against every device. `leave` says that the user wants no more of it.
    #[must_use]
    pub fn judge(&self, assets: &Assets, leave: &dyn Fn() -> bool) -> Vulnerabilities {
        let unknown = assets.assets.iter().filter(|asset| !is_identified(asset));
        let mut all = Vulnerabilities {
            passed_over: self.passed_over,
            unidentified: unknown.count() as u64,
            ..Vulnerabilities::default()
        };
        let mut seal = Sha256::new();
        for path in self.files.iter().take_while(|_| !leave()) {
            let name = path.strip_prefix(&self.folder).unwrap_or(path);
            let name = plain(&name.to_string_lossy());
            let read = octets(path).and_then(|octets| {
                seal.update(HEXLOWER.encode(&Sha256::digest(&octets)));
                seal.update(format!("  {name}\n"));
                document(&octets)
            });
            match read {
                Ok(csaf) => {
                    all.read += 1;
                    all.add(csaf, assets);
                }
                Err((what, hint)) if all.faults.len() < FAULTS => all.faults.push(Fault {
                    file: name,
                    what,
                    hint,
                }),
                Err(_) => {}
            }
        }
        all.sha256 = HEXLOWER.encode(&seal.finalize());
        all.judgements.sort_by(|one, two| {
            let key = |of: &Judgement| (of.answer, of.device.clone(), of.advisory.clone(), of.unit);
            let score = |of: &Judgement| of.vulnerabilities.first().and_then(|flaw| flaw.score);
            let graver = score(two)
                .unwrap_or(0.0)
                .total_cmp(&score(one).unwrap_or(0.0));
            (one.answer.cmp(&two.answer))
                .then(graver)
                .then(key(one).cmp(&key(two)))
        });
        all
    }
}

/// Whether anything was observed of a device that an advisory could be held against.
fn is_identified(asset: &Asset) -> bool {
    let told = [&asset.vendor, &asset.model, &asset.order_number];
    told.iter().any(|text| !text.is_empty())
}

impl Vulnerabilities {
    /// Adds what one advisory says.
    fn add(&mut self, mut csaf: Csaf, assets: &Assets) {
        let tree = std::mem::take(&mut csaf.product_tree);
        let groups: HashMap<String, BTreeSet<String>> = tree
            .product_groups
            .iter()
            .map(|group| {
                (
                    group.group_id.clone(),
                    group.product_ids.iter().cloned().collect(),
                )
            })
            .collect();
        let products = products::products(tree);
        // Most devices of a site are of makers that a document does not speak of.
        let makers: BTreeSet<&str> = products.values().map(fits::maker).collect();
        let near = assets.assets.iter().filter(|asset| is_identified(asset));
        for asset in near.filter(|asset| fits::is_of(asset, &makers)) {
            self.hold(asset, None, &csaf, &products, &groups);
        }
        for asset in &assets.assets {
            for (unit, module) in units::of(asset) {
                if fits::is_of(&module, &makers) {
                    self.hold(&module, Some(unit), &csaf, &products, &groups);
                }
            }
        }
    }

    /// Adds what one advisory says of a device, or of one of its units.
    fn hold(
        &mut self,
        asset: &Asset,
        unit: Option<u32>,
        csaf: &Csaf,
        products: &HashMap<String, products::Product>,
        groups: &HashMap<String, BTreeSet<String>>,
    ) {
        for judgement in judge::judge(asset, csaf, products, groups) {
            match self.judgements.len() < JUDGEMENTS {
                true => self.judgements.push(Judgement { unit, ..judgement }),
                false => self.omitted += 1,
            }
        }
    }
}

/// Why a file cannot be judged, and how to mend it.
type Wrong = (String, &'static str);

/// The octets of a file, where there are not too many.
fn octets(path: &Path) -> Result<Vec<u8>, Wrong> {
    let failed = |error: io::Error| {
        (
            format!("cannot be read: {error}"),
            "look at its permissions",
        )
    };
    let mut octets = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    let mut part = file.take(FILE + 1);
    part.read_to_end(&mut octets).map_err(failed)?;
    match octets.len() as u64 > FILE {
        true => Err((
            format!("has more than {FILE} octets"),
            "no advisory is so large: take it out of the folder",
        )),
        false => Ok(octets),
    }
}

/// Reads an advisory.
fn document(octets: &[u8]) -> Result<Csaf, Wrong> {
    /// As much as tells whether a file is CSAF at all.
    #[derive(serde::Deserialize)]
    struct Any {
        document: Option<AnyDocument>,
    }
    #[derive(serde::Deserialize)]
    struct AnyDocument {
        csaf_version: Option<String>,
    }
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let any: Any = serde_json::from_slice(octets).map_err(|error| {
        let hint = "fetch it again: it is damaged, or no JSON";
        (format!("{error}"), hint)
    })?;
    let version = any.document.and_then(|document| document.csaf_version);
    match version.as_deref() {
        Some("2.0" | "2.1") => {}
        Some(other) => {
            let what = format!("is CSAF {}, which is not read", plain(other));
            return Err((what, "take the publisher's CSAF 2.0 form of it"));
        }
        None => {
            let what = "is no CSAF document: it has no document.csaf_version".to_owned();
            return Err((
                what,
                "take it out of the folder, or fetch the CSAF form of it",
            ));
        }
    }
    serde_json::from_slice(octets).map_err(|error| {
        let hint = "fetch it again, or ask its publisher: it does not keep to CSAF 2.0";
        (plain(&error.to_string()), hint)
    })
}
