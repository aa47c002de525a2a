//! The trials of rules: replays the captures that rules name in their metadata after `fires` and
//! `silent`, and tells which rules kept their word.
//!
//! Called by `jaga rules test` and by the tests of the shipped rules. All rules look on together,
//! as they do in a run, and each capture is replayed once.

use super::alerts::Alerts;
use crate::capture::{self, Captures};
use crate::rules::compile::Engine;
use crate::rules::rule::Rule;
use crate::sensor::{self, Event, Progress, Watch};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a rule promises about a capture, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The capture, as the rule names it.
    pub capture: String,
    /// The rule must fire on it; otherwise it must stay silent.
    pub fires: bool,
    /// How many alerts it gave, or why the capture could not be replayed.
    pub alerts: Result<u64, String>,
}

impl Trial {
    /// Whether the rule did what it promises.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.alerts
            .as_ref()
            .is_ok_and(|alerts| (*alerts > 0) == self.fires)
    }
}

/// The trials of one rule.
#[derive(Clone, Debug)]
pub struct Verdict<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// Its trials: first where it must fire, in the order of the rule.
    pub trials: Vec<Trial>,
}

impl Verdict<'_> {
    /// Whether it did all that it promises.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.trials.iter().all(Trial::holds)
    }

    /// Whether it promises both to fire on one capture and to stay silent on another, or
    /// tells nothing by itself (`noalert`).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let promises = |fires| self.trials.iter().any(|trial| trial.fires == fires);
        self.rule.silent || (promises(true) && promises(false))
    }
}

/// Replays the captures of all rules of an engine, with so many workers. `find` says where a
/// rule's capture is, or why it is nowhere.
#[must_use]
pub fn hold<'r>(
    engine: &'r Arc<Engine>,
    workers: usize,
    find: &dyn Fn(&Rule, &str) -> Result<PathBuf, String>,
) -> Vec<Verdict<'r>> {
    let mut replayed: HashMap<PathBuf, Result<BTreeMap<u32, u64>, String>> = HashMap::new();
    let verdict = |(number, rule): (u32, &'r Rule)| {
        let named = |key, fires| rule.values(key).map(move |name| (name, fires));
        let named: BTreeSet<_> = named("fires", false).chain(named("silent", true)).collect();
        let mut named: Vec<_> = named.into_iter().collect();
        named.sort_by_key(|(_, silent)| *silent);
        let trials = named.into_iter().map(|(name, silent)| {
            let alerts = find(rule, name).and_then(|path| {
                let found = replayed
                    .entry(path)
                    .or_insert_with_key(|path| alerts(engine, workers, path));
                let found = found.as_ref().map_err(Clone::clone)?;
                Ok(found.get(&number).copied().unwrap_or(0))
            });
            Trial {
                capture: name.to_owned(),
                fires: !silent,
                alerts,
            }
        });
        Verdict {
            rule,
            trials: trials.collect(),
        }
    };
    (0..).zip(engine.rules()).map(verdict).collect()
}

/// How often each rule alerts on a capture.
fn alerts(
    engine: &Arc<Engine>,
    workers: usize,
    capture: &Path,
) -> Result<BTreeMap<u32, u64>, String> {
    let captures = Captures::open(&[capture.to_owned()], capture::Config::default())
        .map_err(|error| error.to_string())?;
    let watch = Watch {
        rules: Some(Arc::clone(engine)),
        ..Watch::default()
    };
    let mut desk = Alerts::new(engine);
    let mut found = BTreeMap::new();
    sensor::replay(
        captures,
        sensor::Config { workers },
        watch,
        &Progress::default(),
        &mut |mut event| {
            if desk.take(&mut event)
                && let Event::Finding(finding) = event
            {
                *found.entry(finding.rule).or_default() += 1;
            }
        },
    );
    Ok(found)
}
