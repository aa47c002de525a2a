//! Deriving alerts again: a capsule replayed with the shipped rules, the rule that it names, and
//! the detectors.
//!
//! The same for whoever makes a capsule and whoever verifies it.

use super::manifest::Wrong;
use super::{Evidence, Manifest};
use crate::capture::{Captures, Config};
use crate::desk::alerts::Alerts;
use crate::desk::audit::Sealed;
use crate::desk::baseline::Baseline;
use crate::desk::detect::{self, DETECTORS, Detectors};
use crate::desk::zones::Zones;
use crate::desk::{Desk, News};
use crate::rules::compile::Engine;
use crate::rules::rule::Rule;
use crate::rules::{self, load_text};
use crate::sensor::{self, Progress, Watch};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Engines kept, each for a rule that is not a shipped one.
const ENGINES: usize = 8;

/// Whose rule a manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One of Jaga's, or a detector.
    Shipped,
    /// One of the user, whose meaning rests on its text alone.
    Own,
    /// Another than the manifest says: it has a number of Jaga's, or is not the one rule.
    Foreign,
}

/// Derives alerts from capsules.
#[derive(Debug, Default)]
pub struct Deriver {
    baseline: Option<Baseline>,
    zones: Option<Arc<Zones>>,
    /// The files of both, where they are to be those that a manifest names.
    files: Option<[Option<Sealed>; 2]>,
    engines: HashMap<String, Arc<Engine>>,
}

impl Deriver {
    /// Takes the files of the baseline and of the zones, so that a capsule that was held against
    /// another one is told.
    #[must_use]
    pub fn from_files(mut self, baseline: Option<Sealed>, zones: Option<Sealed>) -> Self {
        self.files = Some([baseline, zones]);
        self
    }

    /// What the alert of a capsule was held against, where another file stands in its place.
    pub(super) fn differs(&self, manifest: &Manifest) -> Option<Wrong> {
        let [baseline, zones] = self.files.as_ref()?;
        let differs = |named: &Option<Sealed>, given: &Option<Sealed>, option| {
            let (named, given) = named.as_ref().zip(given.as_ref())?;
            let hashes = named.sha256.as_ref().zip(given.sha256.as_ref());
            let differ = hashes.is_some_and(|(named, given)| named != given);
            differ.then(|| Wrong::Other(named.name.clone(), option))
        };
        differs(&manifest.baseline, baseline, "--baseline")
            .or_else(|| differs(&manifest.zones, zones, "--zones"))
    }

    /// What the alert of a capsule was held against and is not here.
    pub(super) fn lacks(&self, manifest: &Manifest) -> Option<Wrong> {
        let lacks = |named: &Option<Sealed>, is_here: bool, option| {
            let named = named.as_ref().filter(|_| !is_here)?;
            Some(Wrong::Without(named.name.clone(), option))
        };
        lacks(&manifest.baseline, self.baseline.is_some(), "--baseline")
            .or_else(|| lacks(&manifest.zones, self.zones.is_some(), "--zones"))
    }

    /// Holds what capsules show against this baseline and these zones too.
    #[must_use]
    pub fn new(baseline: Option<Baseline>, zones: Option<Arc<Zones>>) -> Self {
        Self {
            baseline,
            zones,
            files: None,
            engines: HashMap::new(),
        }
    }

    /// Whose rule a manifest names.
    pub(super) fn origin(&mut self, manifest: &Manifest) -> Origin {
        let is_found = |sid| {
            let mut kinds = DETECTORS.iter().flat_map(|row| row.kinds);
            kinds.any(|kind| kind.sid == sid)
        };
        if manifest.rule.is_empty() {
            return match manifest.gid == 1 && is_found(manifest.signature_id) {
                true => Origin::Shipped,
                false => Origin::Foreign,
            };
        }
        let shipped = self.engine("");
        let own = own(&manifest.rule, self.zones.as_deref());
        let id = (manifest.gid, manifest.signature_id);
        let rule = match own.as_slice() {
            [rule] if (rule.id.gid, rule.id.sid) == id => rule,
            // It rests on variables or lists that are not here, so it shows nothing.
            [] if !manifest.derives => return Origin::Own,
            _ => return Origin::Foreign,
        };
        let same = shipped.rules().iter().find(|known| known.id == rule.id);
        match same {
            Some(known) if known.text == rule.text => Origin::Shipped,
            Some(_) => Origin::Foreign,
            None if id.0 == 1 && is_found(id.1) => Origin::Foreign,
            None => Origin::Own,
        }
    }

    /// The alerts that a capsule shows, in packet order. `rule` is the text of the rule that it
    /// names; empty for what detectors find.
    ///
    /// # Errors
    /// It cannot be read, in words.
    pub fn alerts(&mut self, capsule: &Path, rule: &str) -> Result<Vec<Evidence>, String> {
        let config = Config {
            map: false,
            ..Config::default()
        };
        let captures = Captures::open(&[PathBuf::from(capsule)], config);
        Ok(self.of(captures.map_err(|error| error.to_string())?, rule))
    }

    /// The alerts that these captures show.
    pub(super) fn of(&mut self, captures: Captures, rule: &str) -> Vec<Evidence> {
        let engine = self.engine(rule);
        let mut desk = Desk {
            alerts: Some(Alerts::new(&engine).with_zones(self.zones.clone())),
            detectors: Some(Detectors::new(detect::Config {
                baseline: self.baseline.clone(),
                zones: self.zones.clone(),
                ..detect::Config::default()
            })),
            // What a capsule may not show was overwritten when it was packed.
            shows_secrets: true,
            ..Desk::default()
        };
        let watch = Watch {
            rules: Some(Arc::clone(&engine)),
            detect: true,
            ..Watch::default()
        };
        let mut found = Vec::new();
        let config = sensor::Config { workers: 1 };
        let progress = Progress::default();
        sensor::replay(captures, config, watch, &progress, &mut |mut event| {
            if desk.take(&mut event) {
                found.extend(Evidence::of_event(&event));
            }
            found.extend(
                desk.news
                    .drain(..)
                    .filter_map(|news: News| Evidence::of_news(&news)),
            );
        });
        found
    }

    /// The shipped rules, and this one in the place of that with its number.
    fn engine(&mut self, rule: &str) -> Arc<Engine> {
        if let Some(known) = self.engines.get(rule) {
            return Arc::clone(known);
        }
        let config = rules::Config {
            shipped: true,
            ..rules::Config::default()
        };
        // The shipped rules are part of the program: reading them does not fail.
        let mut all = rules::load(&[], &config).map_or_else(|_| Vec::new(), |loaded| loaded.rules);
        let own = own(rule, self.zones.as_deref());
        let shipped = own
            .iter()
            .all(|own| all.iter().any(|rule| rule.text == own.text));
        if shipped && !rule.is_empty() {
            let engine = self.engine("");
            self.keep(rule, &engine);
            return engine;
        }
        all.retain(|rule| own.iter().all(|own| own.id != rule.id));
        all.extend(own);
        let engine = Arc::new(Engine::compile(all).0);
        self.keep(rule, &engine);
        engine
    }

    fn keep(&mut self, rule: &str, engine: &Arc<Engine>) {
        if self.engines.len() >= ENGINES {
            self.engines.retain(|rule, _| rule.is_empty());
        }
        self.engines.insert(rule.to_owned(), Arc::clone(engine));
    }
}

/// The rules in the text of a manifest.
fn own(text: &str, zones: Option<&Zones>) -> Vec<Rule> {
    let config = rules::Config {
        zones: zones.map(Zones::names),
        ..rules::Config::default()
    };
    load_text(Path::new("capsule.rules"), text.as_bytes(), &config).rules
}
