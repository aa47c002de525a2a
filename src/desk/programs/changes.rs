//! The programs of two captures held against each other, by their hashes.

use super::Program;
use crate::desk::baseline::compare::Change;
use crate::facts::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A program as it lies in a device, which is what is compared of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Whose it is.
    pub device: String,
    /// Unit, slot or station behind the device's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<u32>,
    /// Its name as engineers write it: `DB10`.
    pub block: String,
    /// SHA-256 of its octets.
    pub sha256: String,
    /// When its code was changed, by the clock of whoever wrote it; empty where it does not say.
    pub changed: String,
}

/// A program in two captures: whose it is, and its name.
type Key<'a> = (&'a str, Option<u32>, &'a str);

/// What lies in the devices in the end: the last whole transfer of each program, whichever way it
/// went. What was fetched is what lay in the device, and what was sent lies there since, unless
/// the device did not take it, or was not seen to. One that is not whole changed nothing that
/// could be told.
#[must_use]
pub fn known(programs: &[Program]) -> Vec<Known> {
    let mut lasts: BTreeMap<Key<'_>, &Program> = BTreeMap::new();
    let lies_there = |program: &&Program| {
        program.whole && (program.direction != "download" || program.end == Outcome::Done.name())
    };
    for program in programs.iter().filter(lies_there) {
        let key = (
            program.device.as_str(),
            program.unit,
            program.block.as_str(),
        );
        let known = lasts.entry(key).or_insert(program);
        if program.last.frame > known.last.frame {
            *known = program;
        }
    }
    let known = lasts.into_values().map(|program| Known {
        device: program.device.clone(),
        unit: program.unit,
        block: program.block.clone(),
        sha256: program.sha256.clone().unwrap_or_default(),
        changed: program.changed.clone(),
    });
    known.collect()
}

/// What changed from the older to the newer.
#[must_use]
pub fn changes(old: &[Known], new: &[Known]) -> Vec<Change> {
    let (before, after) = (by_name(old), by_name(new));
    let keys: BTreeSet<&Key<'_>> = before.keys().chain(after.keys()).collect();
    let change = |key: &Key<'_>| {
        let what = title(key);
        match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) if old.sha256 != new.sha256 => {
                Some(Change::Changed(what, said(old), said(new)))
            }
            (None, Some(new)) => Some(Change::Added(format!("{what}: {}", said(new)))),
            (Some(old), None) => Some(Change::Gone(format!("{what}: {}", said(old)))),
            _ => None,
        }
    };
    keys.into_iter().filter_map(change).collect()
}

fn by_name(programs: &[Known]) -> BTreeMap<Key<'_>, &Known> {
    let named = programs.iter().map(|program| {
        let key = (
            program.device.as_str(),
            program.unit,
            program.block.as_str(),
        );
        (key, program)
    });
    named.collect()
}

fn title((device, unit, block): &Key<'_>) -> String {
    match unit {
        Some(unit) => format!("program {block} of device {device} unit {unit}"),
        None => format!("program {block} of device {device}"),
    }
}

/// What is said of a program: its hash, and when its code was changed.
fn said(program: &Known) -> String {
    let hash = &program.sha256;
    match program.changed.is_empty() {
        true => format!("sha256 {hash}"),
        false => format!("sha256 {hash}, code of {}", program.changed),
    }
}
