//! The shipped captures decode as tshark, an independent decoder, decodes them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Captures whose content is broken on purpose: there the two disagree on what is still a PDU.
const BROKEN: &[&str] = &["fuzz-72.pcap", "fuzz-1011.pcap"];

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            captures(&path, found);
        } else if path
            .extension()
            .is_some_and(|e| e == "pcap" || e == "pcapng")
            && !BROKEN.contains(&name.as_str())
        {
            found.push(path);
        }
    }
}

#[test]
fn shipped_captures_decode_as_tshark_decodes_them() {
    if Command::new("tshark").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "tshark is missing: install it for this test"
        );
        eprintln!("SKIPPED: tshark is not installed, nothing was compared");
        return;
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    captures(&root.join("pcaps"), &mut found);
    found.sort();
    assert!(found.len() >= 30, "only {} captures found", found.len());
    let run = Command::new("python3")
        .arg(root.join("tests/compare/tshark.py"))
        .args(["--verbose", "--jaga", env!("CARGO_BIN_EXE_jaga")])
        .args(&found)
        .output()
        .unwrap();
    let table = String::from_utf8_lossy(&run.stdout).into_owned();
    println!("{table}{}", String::from_utf8_lossy(&run.stderr));
    assert!(
        run.status.success(),
        "less than 99.9 % of the PDUs agree:\n{table}"
    );
}
