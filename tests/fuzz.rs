//! Every parser has a fuzz target that `fuzz/smoke.sh` runs: what it lists is what there is.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The runs of the script: name and target.
fn runs() -> BTreeSet<(String, String)> {
    let run = Command::new("bash")
        .args(["fuzz/smoke.sh", "list"])
        .current_dir(root())
        .env("JAGA", env!("CARGO_BIN_EXE_jaga"))
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    String::from_utf8(run.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let (name, target) = line.split_once(' ').unwrap();
            (name.to_owned(), target.to_owned())
        })
        .collect()
}

#[test]
fn every_protocol_is_fuzzed() {
    let expected: BTreeSet<String> = jaga::protocols::PROTOCOLS
        .iter()
        .map(|protocol| format!("session-{}", protocol.name()))
        .collect();
    let fuzzed: BTreeSet<String> = runs()
        .into_iter()
        .filter(|(_, target)| target == "session")
        .map(|(name, _)| name)
        .collect();
    assert_eq!(fuzzed, expected);
}

#[test]
fn every_target_is_built_and_run() {
    let manifest: toml::Table = std::fs::read_to_string(root().join("fuzz/Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let built: BTreeSet<String> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["name"].as_str().unwrap().to_owned())
        .collect();
    let files: BTreeSet<String> = std::fs::read_dir(root().join("fuzz/fuzz_targets"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let run: BTreeSet<String> = runs().into_iter().map(|(_, target)| target).collect();
    assert!(built.contains("replay"));
    assert_eq!(built, files);
    assert_eq!(built, run);
}
