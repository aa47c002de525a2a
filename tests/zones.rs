//! Zones and conduits: what passes between zones without a conduit is told, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read what it wrote has failed"
)]

mod support;

use jaga::capture::Captures;
use jaga::desk::baseline::Baseline;
use jaga::desk::detect::{Config, Detectors, Found, Language};
use jaga::desk::zones::{self, Zones};
use jaga::desk::{Desk, News};
use jaga::facts::Class;
use jaga::sensor::{self, Progress, Watch};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The numbers of what the detector of conduits tells.
const TALK: u32 = 3_950_030;
const ACT: u32 = 3_950_031;

/// What these detectors make of a capture.
fn replayed(capture: &Path, detectors: Detectors, workers: usize) -> (Detectors, Vec<Found>) {
    let captures = Captures::open(&[capture.to_owned()], Default::default()).unwrap();
    let mut desk = Desk {
        detectors: Some(detectors),
        ..Desk::default()
    };
    let watch = Watch {
        detect: true,
        ..Watch::default()
    };
    let config = sensor::Config { workers };
    sensor::replay(
        captures,
        config,
        watch,
        &Progress::default(),
        &mut |mut event| {
            desk.take(&mut event);
        },
    );
    let found = desk.news.into_iter().filter_map(|news| match news {
        News::Alert(found) if (TALK..=ACT).contains(&found.alert.kind.sid) => Some(*found),
        _ => None,
    });
    (desk.detectors.unwrap(), found.collect())
}

fn learned(capture: &Path) -> Baseline {
    let (detectors, _) = replayed(capture, Detectors::learning(None, None), 1);
    detectors.into_baseline()
}

/// What the detector tells where these are the zones; by any number of workers the same.
fn told(capture: &Path, zones: Zones, language: Language) -> Vec<String> {
    let zones = Arc::new(zones);
    let by = |workers| {
        let config = Config {
            zones: Some(Arc::clone(&zones)),
            language,
            ..Config::default()
        };
        let (_, found) = replayed(capture, Detectors::new(config), workers);
        let line = |found: &Found| {
            let told = &found.told;
            format!(
                "{} {} frame {}: {} | {}",
                found.alert.kind.name,
                found.alert.severity,
                found.alert.scene.stamp.frame,
                told.what,
                told.usual
            )
        };
        found.iter().map(line).collect::<Vec<_>>()
    };
    let one = by(1);
    assert_eq!(one, by(3));
    one
}

fn captures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("pcaps")
        .join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|name| name == "pcap" || name == "pcapng")
    });
    paths.sort();
    paths
}

#[test]
fn what_is_proposed_from_a_capture_allows_all_of_it() {
    let mut crossed = 0;
    let sites = captures("sites").into_iter().chain(captures("made"));
    for capture in sites {
        let baseline = learned(&capture);
        let mut text = Vec::new();
        zones::propose(&baseline, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        // Who serves pages to offices is no controller.
        assert!(!text.contains("control-10.157.102.0"), "{text}");
        if !text.contains("[[zone]]") {
            assert!(
                baseline.is_empty() || !text.contains("[[conduit]]"),
                "{text}"
            );
            continue;
        }
        let read = zones::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        crossed += read.conduits().len();
        let told = told(&capture, read, Language::English);
        assert_eq!(told, [""; 0], "{}: {text}", capture.display());
        // Without its conduits some of it is told, where any was needed.
        let (zones, conduits) = text.split_once("\n[[conduit]]").unwrap_or((&text, ""));
        if !conduits.is_empty() {
            let told = self::told(&capture, zones::read(zones).unwrap(), Language::English);
            assert!(!told.is_empty(), "{}: {text}", capture.display());
        }
    }
    assert!(
        crossed > 20,
        "{crossed} conduits in all captures: nothing was tried"
    );
}

const PLANT: &str = r#"
[[zone]]
name = "breakers"
level = 1
devices = ["10.228.96.132"]

[[zone]]
name = "control room"
level = 3
networks = ["10.228.96.0/24"]

[[conduit]]
from = "control room"
to = "breakers"
protocols = ["dnp3"]
operations = ["read", "diagnose", "session", "identify", "write", "time", "suppress"]
"#;

#[test]
fn an_operation_that_no_conduit_allows_is_told_in_both_languages() {
    let capture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/sites/ot-dnp3-control-injection.pcap");
    let told = |language| told(&capture, zones::read(PLANT).unwrap(), language);
    let english = told(Language::English);
    let grave: Vec<&String> = english
        .iter()
        .filter(|line| line.starts_with("conduit-exceeded 2 "))
        .collect();
    assert!(!grave.is_empty(), "{english:#?}");
    for line in &grave {
        assert!(
            line.contains("10.228.96.233 asked 10.228.96.132: ")
                && line.contains("It went from zone “control room” to zone “breakers”.")
                && line.contains("may pass: dnp3: diagnose, ")
                && line.contains("this is of class control."),
            "{line}"
        );
    }
    // Who does what the conduit allows is told of by none.
    assert!(
        english.iter().all(|line| !line.contains("read class")),
        "{english:#?}"
    );
    let indonesian = told(Language::Indonesian);
    assert_eq!(indonesian.len(), english.len());
    assert!(indonesian.iter().any(|line| {
        line.contains("Operasi ini berjalan dari zona “control room” ke zona “breakers”.")
    }));
    // Without the conduit the conversation itself is told, and what changes something.
    let (zones, _) = PLANT.split_once("\n[[conduit]]").unwrap();
    let told = self::told(&capture, zones::read(zones).unwrap(), Language::English);
    assert!(
        told.iter().any(|line| line.starts_with("no-conduit 2 ")
            && line.contains("10.228.96.233 in zone “control room” talks to 10.228.96.132 in zone “breakers” (dnp3).")
            && line.contains("No conduit leads to zone “breakers”.")),
        "{told:#?}"
    );
}

/// A line of `text` in the place of `from` is refused with this.
fn refused(from: &str, to: &str, expected: &[&str]) {
    let text = PLANT.replacen(from, to, 1);
    assert_ne!(text, PLANT, "{from}");
    let error = zones::read(&text).unwrap_err();
    let said = format!("{error} ({})", error.hint);
    for part in expected {
        assert!(said.contains(part), "{said}: {part}");
    }
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_place_and_how_to_mend_it() {
    zones::read(PLANT).unwrap();
    refused(
        "level = 1",
        "level = 9",
        &["4:9: 9 is no Purdue level", "(0 process"],
    );
    refused(
        "level = 1",
        "levle = 1",
        &["4:1: unknown field `levle`", "a zone has name"],
    );
    refused(
        "10.228.96.132",
        "10.228.96",
        &["5:12: `10.228.96` is no IP nor MAC"],
    );
    refused(
        ".0/24",
        ".7/24",
        &[
            "10.228.96.7/24 is an address in a network",
            "write 10.228.96.0/24",
        ],
    );
    refused(".0/24", ".0/33", &["`10.228.96.0/33` is no network"]);
    refused(
        "name = \"breakers\"",
        "name = \"outside\"",
        &["3:8: `outside` is no name"],
    );
    refused(
        "name = \"breakers\"",
        "name = \"control room\"",
        &["8:8: there are two zones"],
    );
    refused(
        "devices = [\"10.228.96.132\"]",
        "",
        &["2:1: nothing can be in the zone `breakers`"],
    );
    refused(
        "level = 3",
        "devices = [\"10.228.96.132\"]",
        &["10.228.96.132 is in the zone `breakers` already"],
    );
    refused("level = 3", "vlans = [4095]", &["4095 is no VLAN"]);
    refused(
        "to = \"breakers\"",
        "to = \"breaker\"",
        &["there is no zone `breaker`", "did you mean `breakers`?"],
    );
    refused(
        "to = \"breakers\"",
        "to = \"control room\"",
        &["within a zone needs no conduit"],
    );
    refused(
        "\"dnp3\"",
        "\"dnp\"",
        &["15:14: there is no protocol `dnp`", "did you mean `dnp3`?"],
    );
    refused(
        "\"dnp3\"",
        "\"tcp/99999\"",
        &["there is no protocol `tcp/99999`"],
    );
    refused(
        "\"write\"",
        "\"writes\"",
        &["no class `writes`", "did you mean `write`?"],
    );
    let error = zones::read("").unwrap_err();
    assert_eq!(error.to_string(), "there is no zone");
    // A conduit that is cut off.
    refused("to = \"breakers\"\n", "", &["missing field `to`"]);
}

#[test]
fn the_example_of_the_manual_is_read_and_it_lists_all_classes() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/zones.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let (_, example) = manual.split_once("```toml\n").unwrap();
    let (example, after) = example.split_once("```").unwrap();
    let zones = zones::read(example).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(zones.conduits().len(), 2);
    let (_, classes) = after.split_once("are classes: ").unwrap();
    let (classes, _) = classes.split_once('.').unwrap();
    let listed: Vec<&str> = classes.split(',').map(str::trim).collect();
    let mut all = Class::ALL.map(Class::name).to_vec();
    let mut sorted = listed.clone();
    all.sort_unstable();
    sorted.sort_unstable();
    assert_eq!(sorted, all);
}
