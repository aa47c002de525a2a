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

use jaga::rules::{self, rule::Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Numbers of the techniques of ATT&CK for ICS, version 18.1.
const TECHNIQUES: &[u16] = &[
    800, 801, 802, 803, 804, 805, 806, 807, 809, 811, 812, 813, 814, 815, 816, 817, 819, 820, 821,
    822, 823, 826, 827, 828, 829, 830, 831, 832, 834, 835, 836, 837, 838, 839, 840, 842, 843, 845,
    846, 847, 848, 849, 851, 852, 853, 855, 856, 857, 858, 859, 860, 861, 862, 863, 864, 865, 866,
    867, 868, 869, 871, 872, 873, 874, 877, 878, 879, 880, 881, 882, 883, 884, 885, 886, 887, 888,
    889, 890, 891, 892, 893, 894, 895,
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<Rule> {
    let loaded = rules::load(&[root().join("rules")], &rules::Config::default()).unwrap();
    assert!(loaded.refusals.is_empty(), "{:?}", loaded.refusals);
    loaded.rules
}

/// The values of one key of a rule's metadata.
fn values<'a>(rule: &'a Rule, key: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = rule.metadata.iter();
    pairs
        .filter(move |pair| &*pair.0 == key)
        .map(|pair| &*pair.1)
}

/// Alerts of each signature in a capture, and the gravest severity of each.
fn alerts(capture: &Path) -> BTreeMap<u64, u64> {
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.json");
    let run = Command::new(env!("CARGO_BIN_EXE_jaga"))
        .args(["replay", "-q", "--allow-truncated"])
        .arg(capture)
        .arg("--rules")
        .arg(root().join("rules"))
        .arg("--events")
        .arg(&events)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}: {run:?}", capture.display());
    let text = std::fs::read_to_string(events).unwrap();
    let mut found: BTreeMap<u64, u64> = BTreeMap::new();
    for line in text.lines() {
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
fn every_rule_says_what_its_readers_need() {
    for rule in shipped() {
        for key in [
            "soc",
            "plant",
            "check",
            "fires",
            "silent",
            "mitre_technique_id",
        ] {
            let sid = rule.id.sid;
            assert!(values(&rule, key).next().is_some(), "{sid} has no {key}");
        }
        for technique in values(&rule, "mitre_technique_id") {
            let number = technique.strip_prefix('T').unwrap().parse().unwrap();
            assert!(
                TECHNIQUES.contains(&number),
                "{}: {technique} is no technique of ATT&CK for ICS",
                rule.id.sid
            );
        }
    }
}

#[test]
fn every_rule_fires_and_is_silent_where_it_says() {
    let rules = shipped();
    let mut captures = BTreeSet::new();
    for rule in &rules {
        captures.extend(values(rule, "fires").map(str::to_owned));
        captures.extend(values(rule, "silent").map(str::to_owned));
    }
    let seen: BTreeMap<String, BTreeMap<u64, u64>> = captures
        .into_iter()
        .map(|capture| {
            let alerts = alerts(&root().join("pcaps").join(&capture));
            (capture, alerts)
        })
        .collect();
    let mut wrong = Vec::new();
    for rule in &rules {
        let sid = u64::from(rule.id.sid);
        for capture in values(rule, "fires") {
            if !seen[capture].contains_key(&sid) {
                wrong.push(format!("{sid} \"{}\" is silent on {capture}", rule.message));
            }
        }
        for capture in values(rule, "silent") {
            if seen[capture].contains_key(&sid) {
                wrong.push(format!("{sid} \"{}\" fires on {capture}", rule.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
