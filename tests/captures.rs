//! Every shipped capture is what `pcaps/SOURCES.toml` says, and replays to the same events with
//! any number of workers, with balanced books.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use jaga::capture::{Captures, Config as Reading};
use jaga::facts::Message;
use jaga::sensor::{self, Event, OperationRecord, Progress, Seen, Tap};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[derive(serde::Deserialize)]
struct Sources {
    capture: Vec<Source>,
}

#[derive(serde::Deserialize)]
struct Source {
    file: String,
    licence: String,
    packets: u64,
    sha256: String,
}

fn pcaps() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pcaps")
}

fn sources() -> Vec<Source> {
    let text = std::fs::read_to_string(pcaps().join("SOURCES.toml")).unwrap();
    toml::from_str::<Sources>(&text).unwrap().capture
}

fn files(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|e| e == "pcap" || e == "pcapng")
        {
            let name = path.strip_prefix(pcaps()).unwrap();
            found.insert(name.to_string_lossy().into_owned());
        }
    }
}

#[test]
fn every_capture_has_its_source_and_is_unchanged() {
    let mut present = BTreeSet::new();
    files(&pcaps(), &mut present);
    let listed: BTreeSet<String> = sources().iter().map(|s| s.file.clone()).collect();
    assert_eq!(present, listed);
    for source in sources() {
        let octets = std::fs::read(pcaps().join(&source.file)).unwrap();
        let digest = Sha256::digest(&octets)
            .iter()
            .fold(String::new(), |mut text, octet| {
                write!(text, "{octet:02x}").unwrap();
                text
            });
        assert_eq!(digest, source.sha256, "{} was changed", source.file);
        assert!(
            !source.licence.contains("GPL"),
            "{} may not be shipped",
            source.file
        );
    }
}

/// One line for each message and each operation.
struct Everything;

impl Tap for Everything {
    fn message(&self, seen: &Seen, message: &dyn Message) -> Option<Box<str>> {
        Some(format!("{seen:?} {}", message.protocol()).into())
    }

    fn operation(&self, record: &dyn Fn() -> OperationRecord) -> Option<Box<str>> {
        Some(format!("{:?}", record()).into())
    }
}

/// All events in order, written out, and the outcome.
fn replay(file: &str, workers: usize) -> (String, sensor::Outcome) {
    let captures = Captures::open(&[pcaps().join(file)], Reading::default()).unwrap();
    let mut text = String::new();
    let watch = sensor::Watch {
        tap: Some(&Everything),
        ..sensor::Watch::default()
    };
    let outcome = sensor::replay(
        captures,
        sensor::Config { workers },
        watch,
        &Progress::default(),
        &mut |event: Event| writeln!(text, "{event:?}").unwrap(),
    );
    (text, outcome)
}

#[test]
fn books_balance_and_workers_change_nothing() {
    for source in sources() {
        let file = &source.file;
        let (one, outcome) = replay(file, 1);
        assert_eq!(outcome.imbalance, None, "{file}: {:?}", outcome.books);
        assert_eq!(outcome.books.received, source.packets, "{file}");
        assert_eq!(outcome.books.panics, 0, "{file}");
        assert_eq!(outcome.captures.damages().count(), 0, "{file}");
        for workers in [1, 2, 4] {
            let (several, outcome) = replay(file, workers);
            assert_eq!(outcome.imbalance, None, "{file} with {workers} workers");
            assert!(
                one == several,
                "{file}: {workers} workers give other events"
            );
        }
    }
}
