//! The shipped rules: the files of `rules/`, part of the program, on unless switched off.
//!
//! Read by the loader behind the user's files. A rule of the user with the number of a shipped
//! one takes its place, and one that the user switched off by `#` is off. Nothing here reads the
//! file system.

use super::load::{Loaded, Note};
use super::rule::{Id, Rule};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The folder that shipped rules are said to stand in; no folder of the disk.
pub const FOLDER: &str = "<shipped>";

/// The files, by name, with their text.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "<shipped>/bacnet.rules",
        include_str!("../../rules/bacnet.rules"),
    ),
    (
        "<shipped>/dnp3.rules",
        include_str!("../../rules/dnp3.rules"),
    ),
    (
        "<shipped>/enip.rules",
        include_str!("../../rules/enip.rules"),
    ),
    (
        "<shipped>/iec104.rules",
        include_str!("../../rules/iec104.rules"),
    ),
    (
        "<shipped>/modbus.rules",
        include_str!("../../rules/modbus.rules"),
    ),
    (
        "<shipped>/network.rules",
        include_str!("../../rules/network.rules"),
    ),
    (
        "<shipped>/operations.rules",
        include_str!("../../rules/operations.rules"),
    ),
    (
        "<shipped>/profinet.rules",
        include_str!("../../rules/profinet.rules"),
    ),
    (
        "<shipped>/s7comm.rules",
        include_str!("../../rules/s7comm.rules"),
    ),
];

/// Whether a rule, or a row of files, is a shipped one.
#[must_use]
pub fn is_shipped(file: &Path) -> bool {
    file.starts_with(FOLDER)
}

/// Takes out the shipped rules that the user replaced or switched off: those behind the first
/// `theirs` whose number one of these has, or that stands among `off`.
pub(super) fn give_way(loaded: &mut Loaded, theirs: usize, off: &HashSet<u32>) {
    let shipped = loaded.rules.split_off(theirs.min(loaded.rules.len()));
    let places: HashMap<Id, usize> = (0..)
        .zip(&loaded.rules)
        .map(|(place, rule)| (numbers(rule), place))
        .collect();
    for rule in shipped {
        let own = places.get(&numbers(&rule)).copied();
        if own.is_none() && !off.contains(&rule.id.sid) {
            loaded.rules.push(rule);
            continue;
        }
        let row = loaded
            .files
            .iter_mut()
            .find(|row| row.file == rule.origin.file);
        if let Some(row) = row {
            row.loaded = row.loaded.saturating_sub(1);
            row.off = row.off.saturating_add(1);
        }
        let own = own.and_then(|place| loaded.rules.get(place));
        // A copy of the shipped rule changes nothing that is worth a word.
        if let Some(own) = own.filter(|own| own.text != rule.text) {
            loaded.replaced.push(rule.id.sid);
            loaded.notes.push(Note {
                origin: own.origin.clone(),
                sid: Some(rule.id.sid),
                what: format!(
                    "takes the place of the shipped rule {}, \"{}\"",
                    rule.id.sid, rule.message
                ),
            });
        }
    }
}

/// What names a rule whatever its revision.
const fn numbers(rule: &Rule) -> Id {
    Id { rev: 0, ..rule.id }
}

/// Takes out all that is shipped, where only the user's rules are asked about.
pub fn leave_out(loaded: &mut Loaded) {
    loaded.rules.retain(|rule| !is_shipped(&rule.origin.file));
    loaded.files.retain(|row| !is_shipped(&row.file));
    loaded.notes.retain(|note| !is_shipped(&note.origin.file));
}
