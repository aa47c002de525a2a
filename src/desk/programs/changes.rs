//! The programs of two captures held against each other, by their hashes.

use super::Program;
use crate::desk::baseline::compare::Change;
use crate::facts::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// A program in two captures: whose it is, and its name.
type Key<'a> = (&'a str, Option<u32>, &'a str);

/// What changed from the older to the newer. Compared is the last whole transfer of each program,
/// whichever way it went: what was fetched is what lay in the device, and what was sent lies there
/// since. One that is not whole changed nothing that could be told.
#[must_use]
pub fn changes(old: &[Program], new: &[Program]) -> Vec<Change> {
    let (before, after) = (lasts(old), lasts(new));
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

/// The last whole one of each that the device has: what it did not take, or was not seen to take,
/// lies there no more than before.
fn lasts(programs: &[Program]) -> BTreeMap<Key<'_>, &Program> {
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
    lasts
}

fn title((device, unit, block): &Key<'_>) -> String {
    match unit {
        Some(unit) => format!("program {block} of device {device} unit {unit}"),
        None => format!("program {block} of device {device}"),
    }
}

/// What is said of a program: its hash, and when its code was changed.
fn said(program: &Program) -> String {
    let hash = program.sha256.as_deref().unwrap_or_default();
    match program.changed.is_empty() {
        true => format!("sha256 {hash}"),
        false => format!("sha256 {hash}, code of {}", program.changed),
    }
}
