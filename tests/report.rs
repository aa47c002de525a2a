//! The summary of the shipped captures: what it says, that it fits the page, that its numbers
//! add up, and that it does not depend on the number of workers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use jaga::capture::{self, Captures};
use jaga::desk::Desk;
use jaga::desk::alerts::Alerts;
use jaga::desk::detect::{self, Detectors};
use jaga::desk::report::{self, Picture, Screen};
use jaga::rules::{self, compile::Engine};
use jaga::sensor::{self, Progress};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use unicode_width::UnicodeWidthStr;

/// The shipped rules, as `jaga replay` lays them over captures.
static RULES: LazyLock<Arc<Engine>> = LazyLock::new(|| {
    let config = rules::Config {
        shipped: true,
        ..rules::Config::default()
    };
    let loaded = rules::load(&[], &config).unwrap();
    assert!(loaded.refusals.is_empty(), "{:?}", loaded.refusals);
    Arc::new(Engine::compile(loaded.rules).0)
});

/// What is printed for a capture, as text and as JSON.
struct Told {
    text: String,
    json: String,
}

fn tell(path: &Path, workers: usize) -> Told {
    let captures = Captures::open(&[path.to_owned()], capture::Config::default()).unwrap();
    let mut desk = Desk {
        picture: Picture::with_conversations().with_rules(Some(Arc::clone(&RULES))),
        alerts: Some(Alerts::new(&RULES)),
        detectors: Some(Detectors::new(detect::Config::default())),
        ..Desk::default()
    };
    let config = sensor::Config { workers };
    let watch = sensor::Watch {
        rules: Some(std::sync::Arc::clone(&RULES)),
        detect: true,
        ..sensor::Watch::default()
    };
    let outcome = sensor::replay(
        captures,
        config,
        watch,
        &Progress::default(),
        &mut |mut e| {
            desk.take(&mut e);
        },
    );
    desk.finish();
    let assets = desk.inventory.finish();
    let summary = desk.picture.finish(&assets, &outcome);
    let screen = Screen {
        captures: vec![path.file_name().unwrap().to_string_lossy().into_owned()],
        ..Screen::default()
    };
    let (mut text, mut json) = (Vec::new(), Vec::new());
    report::print(&summary, &screen, &mut text).unwrap();
    summary.write_json(&mut json).unwrap();
    Told {
        text: String::from_utf8(text).unwrap(),
        json: String::from_utf8(json).unwrap(),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root().join("pcaps")).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            let files = fs::read_dir(folder).unwrap();
            found.extend(files.map(|file| file.unwrap().path()));
        }
    }
    found.retain(|path| {
        let suffix = path.extension().unwrap_or_default();
        suffix == "pcap" || suffix == "pcapng"
    });
    found.sort();
    assert!(found.len() > 20);
    found
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// What holds for every summary.
fn check(path: &Path, told: &Told) {
    let name = path.display();
    let lines: Vec<&str> = told.text.lines().collect();
    for line in &lines {
        assert!(UnicodeWidthStr::width(*line) <= 80, "{name}: {line}");
        assert!(!line.contains(char::is_control), "{name}: {line:?}");
        assert_eq!(line.trim_end(), *line, "{name}");
    }
    assert!(lines.len() <= 52, "{name}: {} lines", lines.len());
    let json: Value = serde_json::from_str(&told.json).unwrap();
    balance(&json["ledger"], &name.to_string());
    let conversations = json["conversations"].as_array().unwrap();
    assert_eq!(
        conversations.len() as u64,
        number(&json["conversation_count"]),
        "{name}"
    );
    for key in [
        "packets",
        "octets",
        "content",
        "decoded",
        "lost",
        "encrypted",
    ] {
        let ends = conversations
            .iter()
            .flat_map(|c| c["ends"].as_array().unwrap());
        let sum: u64 = ends.filter_map(|end| end["sent"][key].as_u64()).sum();
        assert_eq!(sum, number(&json["ledger"][key]), "{name}: {key}");
        let protocols = json["protocols"].as_array().unwrap().iter();
        let sum: u64 = protocols.map(|p| number(&p["ledger"][key])).sum();
        assert_eq!(sum, number(&json["ledger"][key]), "{name}: {key}");
    }
    let sum = |list: &str, key: &str| -> u64 {
        let list = json[list].as_array().unwrap().iter();
        list.map(|row| number(&row[key])).sum()
    };
    assert_eq!(
        sum("protocols", "operations"),
        sum("operations", "count") + number(&json["operations_apart"]),
        "{name}"
    );
    assert_eq!(
        sum("conversations", "operations"),
        sum("protocols", "operations"),
        "{name}"
    );
    assert_eq!(number(&json["unbalanced_conversations"]), 0, "{name}");
    assert_eq!(json["frames"]["balanced"], true, "{name}");
    for act in json["operations"].as_array().unwrap() {
        let targets = act["targets"].as_array();
        let hit: u64 = targets
            .into_iter()
            .flatten()
            .map(|t| number(&t["count"]))
            .sum();
        assert_eq!(
            hit + number(&act["elsewhere"]),
            number(&act["count"]),
            "{name}: {act}"
        );
    }
}

/// `content` is made of what became of it.
fn balance(ledger: &Value, name: &str) {
    let parts = [
        "decoded",
        "opaque",
        "encrypted",
        "malformed",
        "skipped",
        "retransmitted",
        "discarded",
    ];
    let sum: u64 = parts.iter().map(|part| number(&ledger[part])).sum();
    assert_eq!(sum, number(&ledger["content"]), "{name}");
}

#[test]
fn every_shipped_capture_fits_the_page_and_adds_up() {
    for path in shipped() {
        check(&path, &tell(&path, 2));
    }
}

#[test]
fn the_number_of_workers_changes_nothing() {
    for path in shipped() {
        let one = tell(&path, 1);
        for workers in [2, 4] {
            let other = tell(&path, workers);
            assert_eq!(one.json, other.json, "{} with {workers}", path.display());
            assert_eq!(one.text, other.text, "{} with {workers}", path.display());
        }
    }
}

#[test]
fn nothing_of_the_path_is_told() {
    let from = root().join("pcaps/modbus/modbusSmall.pcap");
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("modbusSmall.pcap");
    fs::copy(&from, &to).unwrap();
    assert_eq!(tell(&from, 1).json, tell(&to, 1).json);
}

/// The summaries of these captures as they were last looked at by a person. After a change that
/// is meant, `JAGA_GOLDEN=write cargo test --test report` writes them anew; read the difference.
#[test]
fn summaries_read_as_they_were_approved() {
    let write = std::env::var_os("JAGA_GOLDEN").is_some_and(|value| value == "write");
    for capture in [
        "sites/it-ot-pivot.pcap",
        "sites/ot-dnp3-control-injection.pcap",
        "modbus/quickdraw-1.pcap",
    ] {
        let path = root().join("pcaps").join(capture);
        let golden = root().join("tests/golden").join(path.file_name().unwrap());
        let golden = golden.with_extension("txt");
        let text = tell(&path, 2).text;
        if write {
            fs::create_dir_all(golden.parent().unwrap()).unwrap();
            fs::write(&golden, &text).unwrap();
        }
        let approved = fs::read_to_string(&golden).unwrap();
        assert!(
            approved == text,
            "{capture} now reads:\n{text}\nJAGA_GOLDEN=write cargo test --test report approves it"
        );
    }
}

#[test]
fn the_example_in_the_readme_is_real() {
    let example = root().join("tests/golden/ot-dnp3-control-injection.txt");
    let example = fs::read_to_string(example).unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(&example), "not in the README:\n{example}");
}

#[test]
fn an_empty_capture_is_said_to_be_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.pcap");
    let header = [
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
    ];
    fs::write(&path, header).unwrap();
    let told = tell(&path, 1);
    assert!(
        told.text.starts_with("The capture holds no packets."),
        "{}",
        told.text
    );
    check(&path, &told);
}
