//! Suricata's own expectations: the cases of its test suite that are at hand, each with how
//! often each rule must alert.
//!
//! The cases are not in the repository; without them the test says so and checks nothing. Where
//! Jaga means to differ, or cannot follow yet, the table says why.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

use jaga::capture::{self, Captures};
use jaga::desk::alerts::Alerts;
use jaga::desk::outputs::eve::Eve;
use jaga::rules::compile::Engine;
use jaga::rules::{self, Config};
use jaga::sensor::{self, Event, Progress, Watch};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MIDSTREAM: &str = "the case switches midstream pickup off or gives a policy for it";
const FRAGMENTS: &str = "what putting fragments together finds is not raised for rules";
const COPIES: &str = "equal packets within 500 µs count as copies of a mirror port";
const PROTOCOL: &str = "the protocol is not decoded";

/// Where Jaga differs: the beginning of a case's name, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "bug-3286-0",
        "invalid timestamps are not an event; one policy of reassembly serves all",
    ),
    ("bug-5825-midstream-exception-policy/", MIDSTREAM),
    (
        "dnp3/dnp3-dnp3_data-alert",
        "the answer is told where its last fragment ends",
    ),
    ("exception-policy-", MIDSTREAM),
    ("ipv6-evasion/ipv6-atomic-fragments-toobig", FRAGMENTS),
    ("ipv6-evasion/ipv6-covert-dstopts", COPIES),
    ("ipv6-evasion/ipv6-dos-with-ext-headers-5", COPIES),
    ("ipv6-evasion/ipv6-dos-with-ext-headers-6", FRAGMENTS),
    ("ipv6-evasion/ipv6-malformed-fragments-", FRAGMENTS),
    ("ipv6-evasion/ipv6-rsmurf", COPIES),
    ("krb5-request-frag-log", PROTOCOL),
    (
        "smb-eicar-overlap",
        "overlapping writes to files are not followed",
    ),
    ("websocket-control-frag", PROTOCOL),
];

/// Keys of alerts that both write alike.
const KEYS: [&str; 7] = [
    "event_type",
    "alert.signature_id",
    "pcap_cnt",
    "src_ip",
    "dest_ip",
    "src_port",
    "dest_port",
];

/// How many alerts must have these values.
#[derive(Debug, Default, PartialEq, Eq)]
struct Check {
    count: Option<usize>,
    wanted: Vec<(String, String)>,
}

/// The checks of a case: reads as much YAML as these files have, which is one list of filters
/// with a count and a mapping of plain values.
fn checks(yaml: &str) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    let mut inside: Option<usize> = None;
    for line in yaml.lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        let text = text.strip_prefix("- ").unwrap_or(text).trim();
        if text.starts_with("filter:") {
            checks.push(Check::default());
            inside = None;
        } else if text.starts_with("match:") {
            inside = Some(indent);
        } else if let Some((key, value)) = text.split_once(':')
            && let Some(check) = checks.last_mut()
            && !text.starts_with('#')
        {
            let value = value.split(" #").next().unwrap_or_default();
            let value = value.trim().trim_matches(['"', '\'']).to_owned();
            match inside {
                Some(at) if indent > at => check.wanted.push((key.to_owned(), value)),
                _ if key == "count" => check.count = value.parse().ok(),
                _ => inside = None,
            }
        }
    }
    let comparable = |check: &Check| {
        let is_alert = |(key, value): &(String, String)| key == "event_type" && value == "alert";
        check.count.is_some()
            && check.wanted.iter().any(is_alert)
            && check
                .wanted
                .iter()
                .all(|(key, _)| KEYS.contains(&key.as_str()))
    };
    checks.retain(comparable);
    checks
}

/// The alerts of a capture, as events.
fn alerts(capture: &Path, rules: &Path) -> Vec<Value> {
    let loaded = rules::load(&[rules.to_owned()], &Config::default()).unwrap();
    let (engine, _) = Engine::compile(loaded.rules);
    let engine = Arc::new(engine);
    let eve = Eve::new(None, false).with_rules(Some(Arc::clone(&engine)));
    let mut writer = eve.writer();
    let mut desk = Alerts::new(&engine);
    let mut out = Vec::new();
    let captures = Captures::open(&[capture.to_owned()], capture::Config::default()).unwrap();
    let watch = Watch {
        rules: Some(Arc::clone(&engine)),
        ..Watch::default()
    };
    let config = sensor::Config { workers: 1 };
    sensor::replay(
        captures,
        config,
        watch,
        &Progress::default(),
        &mut |mut event| {
            if desk.take(&mut event) && matches!(event, Event::Finding(_)) {
                writer.take(event, &mut out).unwrap();
            }
        },
    );
    let lines = out
        .split(|octet| *octet == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

/// Whether an event has this value under a dotted key.
fn has(event: &Value, key: &str, wanted: &str) -> bool {
    match event.pointer(&format!("/{}", key.replace('.', "/"))) {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Number(number)) => wanted.parse().ok() == number.as_u64(),
        _ => false,
    }
}

/// All folders with a case, by name.
fn cases(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    if files.iter().any(|file| file.ends_with("test.yaml")) {
        found.push(folder.to_owned());
    }
    folders.iter().for_each(|folder| cases(folder, found));
    found.sort();
}

/// The capture of a case: in its folder, or where its file says.
fn capture_of(case: &Path, yaml: &str) -> Option<PathBuf> {
    let files = fs::read_dir(case)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    let is_capture = |path: &PathBuf| {
        let suffix = path.extension().and_then(|suffix| suffix.to_str());
        matches!(suffix, Some("pcap" | "pcapng"))
    };
    let named = || {
        let line = yaml.lines().find_map(|line| line.strip_prefix("pcap:"))?;
        let path = case.join(line.trim());
        path.is_file().then_some(path)
    };
    files.into_iter().find(is_capture).or_else(named)
}

#[test]
fn rules_alert_as_often_as_in_suricata() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = "shared/data/captures/suricata-verify/tests";
    let found = ["..", "../.."].map(|up| root.join(up).join(tests));
    let Some(root) = found.into_iter().find(|folder| folder.is_dir()) else {
        eprintln!("SKIPPED: the cases of suricata-verify are not here");
        return;
    };
    let mut all = Vec::new();
    cases(&root, &mut all);
    let (mut faults, mut passed, mut skipped) = (Vec::new(), 0, 0);
    for case in all {
        let name = case.strip_prefix(&root).unwrap().display().to_string();
        let yaml = fs::read_to_string(case.join("test.yaml")).unwrap();
        let (rules, checks) = (case.join("test.rules"), checks(&yaml));
        let Some(capture) = capture_of(&case, &yaml).filter(|_| rules.is_file()) else {
            skipped += 1;
            continue;
        };
        if checks.is_empty() {
            skipped += 1;
            continue;
        }
        let alerts = alerts(&capture, &rules);
        let mut wrong = Vec::new();
        for check in &checks {
            let is = |event: &&Value| {
                check
                    .wanted
                    .iter()
                    .all(|(key, value)| has(event, key, value))
            };
            let count = alerts.iter().filter(is).count();
            if Some(count) != check.count {
                wrong.push(format!("{count} alerts, not as {check:?}"));
            }
        }
        let different = DIFFERENT.iter().any(|(start, _)| name.starts_with(start));
        passed += usize::from(wrong.is_empty());
        if !wrong.is_empty() && !different {
            faults.push(format!("{name}: {}", wrong.join("; ")));
        }
    }
    eprintln!("{passed} cases pass, {skipped} have no capture, rules or alerts to count");
    assert!(passed >= 21, "only {passed} cases pass");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_checks_of_a_case_are_read() {
    let yaml = "checks:\n  # how often\n  - filter:\n      count: 2\n      match:\n        \
                event_type: alert\n        alert.signature_id: 7\n  - filter:\n      count: 1\n      \
                match:\n        event_type: http\n";
    let wanted = [("event_type", "alert"), ("alert.signature_id", "7")];
    let wanted = wanted.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let expected = Check {
        count: Some(2),
        wanted: wanted.to_vec(),
    };
    assert_eq!(checks(yaml), [expected]);
}
