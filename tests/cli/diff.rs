//! Two captures that differ by known edits: exactly these are named.

use super::{file, folder, jaga, modbus};
use std::fs;
use std::path::{Path, PathBuf};

fn site(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("pcaps/sites")
        .join(name)
}

/// A little-endian pcap without the frames that hold these octets.
fn without(capture: &[u8], octets: &[u8]) -> Vec<u8> {
    let mut kept = capture[..24].to_vec();
    let mut at = 24;
    while at < capture.len() {
        let length = u32::from_le_bytes(capture[at + 8..at + 12].try_into().unwrap());
        let end = at + 16 + usize::try_from(length).unwrap();
        let frame = &capture[at..end];
        if !frame.windows(octets.len()).any(|part| part == octets) {
            kept.extend_from_slice(frame);
        }
        at = end;
    }
    kept
}

/// The capture with each `from` become `to`.
pub(crate) fn edited(capture: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut octets = capture.to_vec();
    let places = (0..octets.len() - from.len()).filter(|at| octets[*at..].starts_with(from));
    let places: Vec<usize> = places.collect();
    assert!(!places.is_empty());
    for at in places {
        octets[at..at + to.len()].copy_from_slice(to);
    }
    octets
}

#[test]
fn nothing_changed_is_said_with_exit_code_0() {
    let told = jaga(&[&"diff", &"-q", &modbus(), &modbus()]).with(0, &[]);
    assert_eq!(
        told.out,
        "Nothing changed. Counts and times of day are not compared.\n"
    );
    assert_eq!(
        jaga(&[&"diff", &"-q", &"--json", &modbus(), &modbus()])
            .with(0, &[])
            .out,
        ""
    );
}

#[test]
fn another_firmware_is_the_one_change() {
    let folder = folder();
    let before = site("it-ot-pivot.pcap");
    let after = edited(&fs::read(&before).unwrap(), b"v3.20", b"v3.21");
    let after = file(&folder, "after.pcap", &after);
    let told = jaga(&[&"diff", &"-q", &before, &after]).with(1, &[]);
    assert_eq!(
        told.out,
        "~ firmware of device 10.231.123.18: v3.20 -> v3.21\n"
    );
    let told = jaga(&[&"diff", &"-q", &"--json", &before, &after]).with(1, &[]);
    assert_eq!(
        told.out,
        "{\"change\":\"changed\",\"of\":\"firmware\",\"what\":\"firmware of device 10.231.123.18\",\
         \"before\":\"v3.20\",\"after\":\"v3.21\"}\n"
    );
}

#[test]
fn a_station_that_is_gone_goes_with_all_that_it_did() {
    let folder = folder();
    let before = site("ot-dnp3-control-injection.pcap");
    let after = without(&fs::read(&before).unwrap(), &[10, 228, 96, 233]);
    let after = file(&folder, "after.pcap", &after);
    let gone = jaga(&[&"diff", &"-q", &before, &after]).with(1, &[]).out;
    assert!(
        gone.contains("- device 10.228.96.233 (writing-client, "),
        "{gone}"
    );
    assert!(
        gone.contains("- talk 10.228.96.233 > 10.228.96.132 dnp3\n"),
        "{gone}"
    );
    assert!(
        gone.contains("- do 10.228.96.233 > 10.228.96.132 dnp3 unit 49 \"operate\"\n"),
        "{gone}"
    );
    for line in gone.lines() {
        assert!(
            line.starts_with("- ") && line.contains("10.228.96.233"),
            "{gone}"
        );
    }
    let added = jaga(&[&"diff", &"-q", &after, &before]).with(1, &[]).out;
    let turned: Vec<String> = gone
        .lines()
        .map(|line| line.replacen("- ", "+ ", 1))
        .collect();
    assert_eq!(added.lines().collect::<Vec<_>>(), turned);
}

/// The audit of a capture, as JSON.
fn audited(folder: &tempfile::TempDir, capture: &Path, name: &str) -> PathBuf {
    let json = folder.path().join(name);
    let page = folder.path().join("report.html");
    let _ = fs::remove_file(&page);
    jaga(&[&"audit", &"-q", &capture, &"-o", &page, &"--json", &json]).with(0, &[]);
    json
}

#[test]
fn audits_tell_what_their_captures_tell() {
    let folder = folder();
    let capture = site("ot-dnp3-control-injection.pcap");
    let edited = without(&fs::read(&capture).unwrap(), &[10, 228, 96, 233]);
    let edited = file(&folder, "after.pcap", &edited);
    let captures = jaga(&[&"diff", &"-q", &capture, &edited]).with(1, &[]).out;
    assert!(captures.lines().count() > 3, "{captures}");
    let before = audited(&folder, &capture, "before.json");
    let after = audited(&folder, &edited, "after.json");
    for (old, new) in [(&before, &after), (&capture, &after), (&before, &edited)] {
        assert_eq!(jaga(&[&"diff", &"-q", old, new]).with(1, &[]).out, captures);
    }
    let same = jaga(&[&"diff", &"-q", &after, &edited]).with(0, &[]).out;
    assert_eq!(
        same,
        "Nothing changed. Counts and times of day are not compared.\n"
    );
}

#[test]
fn what_is_no_whole_audit_is_refused_or_told() {
    let folder = folder();
    let whole = audited(&folder, &modbus(), "whole.json");
    let text = fs::read_to_string(&whole).unwrap();
    let cut = file(&folder, "cut.json", &text.as_bytes()[..text.len() / 2]);
    jaga(&[&"diff", &"-q", &cut, &whole]).refused(3, &["cut.json: no audit that can be read"]);
    let other = file(
        &folder,
        "other.json",
        b"{\"picture\": {\"stopped\": false}}",
    );
    jaga(&[&"diff", &"-q", &whole, &other]).refused(
        3,
        &[
            "other.json: this audit holds no snapshot",
            "jaga audit --json",
        ],
    );
    let stopped = text.replacen("\"stopped\": false", "\"stopped\": true", 1);
    assert_ne!(stopped, text);
    let stopped = file(&folder, "stopped.json", stopped.as_bytes());
    jaga(&[&"diff", &"-q", &stopped, &whole]).with(0, &["was stopped before its captures ended"]);
    // A line that no baseline has.
    let wrong = text.replacen("\"talk ", "\"tlak ", 1);
    assert_ne!(wrong, text);
    let wrong = file(&folder, "wrong.json", wrong.as_bytes());
    jaga(&[&"diff", &"-q", &wrong, &whole]).refused(3, &["wrong.json", "tlak"]);
}

#[test]
fn it_takes_two_captures() {
    jaga(&[&"diff", &modbus()]).refused(2, &["BEFORE"]);
    jaga(&[&"diff", &modbus(), &"nowhere.pcap"]).with(2, &["nowhere.pcap"]);
}

#[test]
fn a_request_whose_answer_alone_was_captured_is_told() {
    let folder = folder();
    let before = site("it-ot-pivot.pcap");
    // Ports, numbers and flags of the segment that writes a register: 12 octets of Modbus.
    let write = b"\xcc\x55\x01\xf6\x1d\x9f\xfc\x41\x8d\x37\x14\xcc\x50\x18";
    let after = without(&fs::read(&before).unwrap(), write);
    let after = file(&folder, "after.pcap", &after);
    let said = "content that was sent and not captured: 0 octets before, 12 after";
    jaga(&[&"diff", &"-q", &before, &after]).with(0, &[said]);
    let audit = audited(&folder, &after, "after.json");
    jaga(&[&"diff", &"-q", &before, &audit]).with(0, &[said]);
    let told = jaga(&[&"diff", &"-q", &after, &audit]).with(0, &[]);
    assert!(!told.err.contains("not captured"), "{}", told.err);
}
