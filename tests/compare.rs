//! The shipped captures decode as tshark, an independent decoder, decodes them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod support;

use std::path::PathBuf;
use std::process::Command;
use support::captures;

/// Captures whose content is broken on purpose: there the two disagree on what is still a PDU.
const BROKEN: &[&str] = &[
    "dnp3-malformed.pcap",
    "enip-malformed.pcap",
    "fuzz-1011.pcap",
    "fuzz-72.pcap",
    "modbus-malformed.pcap",
    "s7comm-malformed.pcap",
];

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
    let found = captures().into_iter().filter(|path| {
        let name = path.file_name().unwrap_or_default();
        !BROKEN.iter().any(|broken| name == *broken)
    });
    let run = Command::new("python3")
        .arg(root.join("tests/compare/tshark.py"))
        .args(["--verbose", "--jaga", env!("CARGO_BIN_EXE_jaga")])
        .args(found)
        .output()
        .unwrap();
    let table = String::from_utf8_lossy(&run.stdout).into_owned();
    println!("{table}{}", String::from_utf8_lossy(&run.stderr));
    assert!(
        run.status.success(),
        "less than 99.9 % of the PDUs agree:\n{table}"
    );
}
