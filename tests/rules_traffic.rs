//! Rules fire on traffic that is made to match them, and stay silent on a near miss.
//!
//! `tests/traffic/make.py` reads rules with a reader of its own, writes for each a capture that
//! it must match and one that differs in one octet, and counts. Rules of the large open set are
//! drawn by seed where the set is at hand; it is not in the repository, as its licence is its
//! authors'. Without it, or without Python, the tests say so and check less.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Draws rules by a seed; answers whether as many as `least` fired and missed as they must, and
/// what was told. Nothing where there is no Python.
fn drawn(rules: &Path, seed: u32, count: u32, least: u32) -> Option<(bool, String)> {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traffic/make.py");
    let keep = tempfile::tempdir().unwrap();
    let done = Command::new("python3")
        .arg(tool)
        .arg(env!("CARGO_BIN_EXE_jaga"))
        .arg(rules)
        .args([seed.to_string(), count.to_string()])
        .args(["--least", &least.to_string(), "--keep"])
        .arg(keep.path())
        .output();
    let Ok(done) = done else {
        eprintln!("SKIPPED: there is no python3 to make traffic with");
        return None;
    };
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    let faults = String::from_utf8_lossy(&done.stderr).into_owned();
    Some((done.status.success(), told + &faults))
}

#[test]
fn rules_of_every_shape_fire_on_their_traffic_and_stay_silent_on_a_near_miss() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traffic/own.rules");
    for seed in [1, 2, 3] {
        // 30 rules, of which one never alerts by its own word.
        let Some((good, told)) = drawn(&rules, seed, 99, 29) else {
            return;
        };
        assert!(good && told.contains("29 drawn of 29"), "{told}");
    }
}

#[test]
fn drawn_rules_of_the_large_set_fire_and_stay_silent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let set = "shared/data/rules/et-open-2024-04-21";
    let found: Option<PathBuf> = ["..", "../.."]
        .map(|up| root.join(up).join(set))
        .into_iter()
        .find(|folder| folder.is_dir());
    let Some(set) = found else {
        eprintln!("SKIPPED: the large rule set is not here");
        return;
    };
    let Some((good, told)) = drawn(&set, 20_261_122, 200, 190) else {
        return;
    };
    eprintln!("{told}");
    assert!(good, "{told}");
}
