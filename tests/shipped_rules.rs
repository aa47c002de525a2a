//! The shipped rules hold what their metadata say: each fires on the captures that it names after
//! `fires`, stays silent on those after `silent`, names techniques that exist, and tells the SOC,
//! the plant and whoever looks into it what they need. The made captures are what their builder
//! makes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use jaga::desk::trials::{self, Verdict};
use jaga::facts::attack;
use jaga::rules::{self, compile::Engine, rule::Rule};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<Rule> {
    let config = rules::Config {
        shipped: true,
        ..rules::Config::default()
    };
    let loaded = rules::load(&[], &config).unwrap();
    assert!(loaded.refusals.is_empty(), "{:?}", loaded.refusals);
    loaded.rules
}

/// The gravest severity of each signature's alerts in a capture.
fn alerts(capture: &Path) -> BTreeMap<u64, u64> {
    let run = Command::new(env!("CARGO_BIN_EXE_jaga"))
        .args(["replay", "-q", "--allow-truncated", "--events", "-"])
        .arg(capture)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}: {run:?}", capture.display());
    let mut found: BTreeMap<u64, u64> = BTreeMap::new();
    for line in String::from_utf8(run.stdout).unwrap().lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        if event["event_type"] == "alert" {
            let sid = event["alert"]["signature_id"].as_u64().unwrap();
            let severity = event["alert"]["severity"].as_u64().unwrap();
            let gravest = found.entry(sid).or_insert(severity);
            *gravest = severity.min(*gravest);
        }
    }
    found
}

#[test]
fn every_file_of_rules_is_part_of_the_program() {
    let mut there = Vec::new();
    for entry in std::fs::read_dir(root().join("rules")).unwrap() {
        there.push(entry.unwrap().file_name());
    }
    there.sort();
    let config = rules::Config {
        shipped: true,
        ..rules::Config::default()
    };
    let loaded = rules::load(&[], &config).unwrap();
    let held: Vec<_> = loaded
        .files
        .iter()
        .map(|row| row.file.file_name().unwrap())
        .collect();
    assert_eq!(held, there);
}

#[test]
fn every_rule_says_what_its_readers_need() {
    // A silent rule keeps a bit for others and is never read.
    for rule in shipped().iter().filter(|rule| !rule.silent) {
        for key in [
            "soc",
            "plant",
            "check",
            "fires",
            "silent",
            "mitre_technique_id",
        ] {
            let sid = rule.id.sid;
            assert!(rule.values(key).next().is_some(), "{sid} has no {key}");
        }
        let enterprise = rule
            .values("mitre_domain")
            .any(|domain| domain == "enterprise-attack");
        for technique in rule.values("mitre_technique_id") {
            let of_enterprise = enterprise && technique.starts_with("T1");
            assert!(
                of_enterprise || attack::technique(technique).is_some(),
                "{}: {technique} is no technique of ATT&CK for ICS",
                rule.id.sid
            );
        }
    }
}

#[test]
fn every_rule_fires_and_is_silent_where_it_says() {
    let (engine, refused) = Engine::compile(shipped());
    assert!(refused.is_empty(), "{refused:?}");
    let engine = Arc::new(engine);
    let find = |_: &Rule, name: &str| Ok(root().join("pcaps").join(name));
    let verdicts = trials::hold(&engine, 2, &find);
    assert_eq!(verdicts.len(), engine.rules().len());
    let mut wrong = Vec::new();
    for Verdict { rule, trials } in verdicts.iter().filter(|verdict| !verdict.holds()) {
        wrong.push(format!("{} \"{}\": {trials:?}", rule.id.sid, rule.message));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(verdicts.iter().all(Verdict::is_complete));
}

#[test]
fn made_captures_are_what_their_builder_makes() {
    let folder = tempfile::tempdir().unwrap();
    let built = Command::new("python3")
        .arg(root().join("pcaps/make.py"))
        .arg(folder.path())
        .status();
    let Ok(status) = built else {
        assert!(std::env::var_os("CI").is_none(), "python3 is missing");
        eprintln!("SKIPPED: python3 is missing, the made captures were not built anew");
        return;
    };
    assert!(status.success());
    for entry in std::fs::read_dir(root().join("pcaps/made")).unwrap() {
        let path = entry.unwrap().path();
        let again = std::fs::read(folder.path().join(path.file_name().unwrap())).unwrap();
        let kept = std::fs::read(&path).unwrap();
        assert!(again == kept, "{} differs from its builder", path.display());
    }
}

#[test]
fn who_acts_and_how_raises_what_controls() {
    let made = |name: &str| alerts(&root().join("pcaps/made").join(name));
    // The restart of communications: by the station of every day, and by one that just came.
    assert_eq!(made("modbus.pcap").get(&3_100_001), Some(&3));
    assert_eq!(made("new-actor.pcap").get(&3_100_001), Some(&2));
    // An operate with its select, and without.
    let selected = alerts(&root().join("pcaps/dnp3/select_operate_and_responses.pcap"));
    assert_eq!(selected.get(&3_300_001), Some(&3));
    assert_eq!(made("dnp3-unselected.pcap").get(&3_300_019), Some(&2));
}

#[test]
fn captures_without_an_attack_have_no_grave_alert() {
    let data = root()
        .ancestors()
        .map(|folder| folder.join("shared/data"))
        .find(|folder| folder.exists());
    let Some(data) = data else {
        eprintln!("SKIPPED: the development data (../shared/data) is not there");
        return;
    };
    let catalogue = std::fs::read_to_string(data.join("catalogue.tsv")).unwrap();
    let mut lines = catalogue.lines().map(|line| line.split('\t'));
    let place = lines
        .next()
        .unwrap()
        .position(|name| name == "class")
        .unwrap();
    let mut replayed = 0;
    for mut row in lines {
        let capture = data.join("captures").join(row.next().unwrap());
        let class = row.nth(place - 1).unwrap();
        // Some captures are packed in the data and replayed by tests/compare/alerts.py.
        if class.contains('a') && capture.exists() {
            replayed += 1;
            let grave: BTreeMap<u64, u64> = alerts(&capture)
                .into_iter()
                .filter(|(_, severity)| *severity < 3)
                .collect();
            assert!(grave.is_empty(), "{}: {grave:?}", capture.display());
        }
    }
    assert!(replayed > 10, "only {replayed} captures of class a");
}
