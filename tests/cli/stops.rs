//! An audit that is stopped before its end, and one that is only halted.

use super::pipes::{PATIENCE, Writer, end, fifo, interrupt, signal, start};
use super::{file, folder, jaga, modbus, names};
use serde_json::Value;
use std::fs;
use std::time::Instant;

/// The shipped capture with each packet so many seconds later.
fn later(seconds: i32) -> Vec<u8> {
    let mut octets = fs::read(modbus()).unwrap();
    let mut at = 24;
    while let Some(record) = octets.get_mut(at..at + 16) {
        let time = u32::from_le_bytes(record[..4].try_into().unwrap());
        record[..4].copy_from_slice(&time.saturating_add_signed(seconds).to_le_bytes());
        at += 16 + u32::from_le_bytes(record[8..12].try_into().unwrap()) as usize;
    }
    octets
}

#[test]
fn a_report_of_an_audit_that_was_stopped_says_what_it_covers_and_how_to_go_on() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        let pipe = fifo(folder.path());
        let before = file(&folder, "before.pcap", &later(-86_400));
        let after = file(&folder, "after.pcap", &later(86_400));
        let child = start(&[
            &"audit",
            &before,
            &pipe,
            &after,
            &"-o",
            &path("r.html"),
            &"--json",
            &path("r.json"),
            &"--csv",
            &path("csv"),
            &"--pdf",
            &path("r.pdf"),
            &"--programs",
            &path("programs"),
            &"--seal",
            &path("seal.json"),
        ]);
        let writer = Writer::start(&pipe, usize::MAX);
        writer.flowing();
        match name {
            "INT" => interrupt(&child),
            other => assert!(signal(other, child.id())),
        }
        let told = end(child).with(
            code,
            &[
                "1 of 3 captures were read to their end",
                "fifo behind its packet",
                "r.partial.html covers what was read",
                "run the same command again",
                "no programs: the captures were not read to their end",
                "no seal: not all that it would name is whole",
            ],
        );
        writer.end();
        // Nothing has the name of the whole, and nothing is sealed.
        for whole in [
            "r.html",
            "r.json",
            "r.pdf",
            "seal.json",
            "csv/alerts.csv",
            "programs",
        ] {
            assert!(!path(whole).exists(), "{whole}: {}", told.err);
        }
        let tables = names(&path("csv"));
        assert!(
            tables.iter().all(|name| name.ends_with(".partial.csv")),
            "{tables:?}"
        );
        let page = fs::read_to_string(path("r.partial.html")).unwrap();
        for says in [
            "<title>Network audit (part)",
            "Reading was stopped before the end of the captures",
            "read to its packet",
            "not read: reading was stopped before",
            "jaga audit fifo after.pcap -o report.html",
            "jaga audit before.pcap fifo after.pcap -o report.html",
        ] {
            assert!(page.contains(says), "{says}");
        }
        assert!(!page.contains("Nothing was seen that needs an answer.<"));
        let data: Value =
            serde_json::from_slice(&fs::read(path("r.partial.json")).unwrap()).unwrap();
        let captures = &data["picture"]["captures"];
        assert_eq!(captures[0]["stopped"], Value::Null);
        assert!(captures[1]["stopped"]["packets"].as_u64().unwrap() > 100);
        assert_eq!(captures[2]["stopped"]["packets"], 0);
        assert_eq!(data["custody"]["rest"][2], "fifo");
        assert!(
            fs::read(path("r.partial.pdf"))
                .unwrap()
                .starts_with(b"%PDF")
        );
    }
}

#[test]
fn an_audit_that_was_halted_and_goes_on_writes_what_it_would_have_written() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let one = later(0);
    let mut octets = one[..24].to_vec();
    for day in 0..400 {
        octets.extend(&later(day * 86_400)[24..]);
    }
    let capture = file(&folder, "long.pcap", &octets);
    let plain = path("plain.html");
    jaga(&[&"audit", &"-q", &capture, &"-o", &plain]).with(0, &[]);
    let halted = path("halted.html");
    let child = start(&[&"audit", &"-q", &capture, &"-o", &halted]);
    let (began, status) = (Instant::now(), format!("/proc/{}/status", child.id()));
    let mut halts = 0;
    while fs::read_to_string(&status).is_ok_and(|status| !status.contains("State:\tZ")) {
        assert!(began.elapsed() < PATIENCE);
        if signal("STOP", child.id()) && signal("CONT", child.id()) {
            halts += 1;
        }
    }
    end(child).with(0, &[]);
    assert!(halts > 3, "{halts}");
    assert_eq!(fs::read(plain).unwrap(), fs::read(halted).unwrap());
}
