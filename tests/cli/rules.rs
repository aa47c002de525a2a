//! Rules laid over a replay: alerts in the events and in the summary, and the exit code.

use super::{Ended, file, folder, jaga, modbus};
use serde_json::Value;
use std::path::Path;

const RULES: &str = "\
# Two kinds of rules: one over octets, one over operations.
alert tcp any any -> any 502 (msg:\"function 90\"; content:\"|00 00|\"; offset:2; depth:2; \
content:\"|5a|\"; distance:3; within:1; metadata:mitre_technique_id T0888; sid:1; rev:2;)
alert modbus any any -> any any (msg:\"a critical act\"; ot.criticality:4; sid:2;)
alert tcp any any -> any 503 (msg:\"another port\"; content:\"|5a|\"; sid:3;)
";

fn replay(rules: &Path, options: &[&str]) -> Ended {
    let capture = modbus();
    let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> =
        vec![&"replay", &"-q", &"--no-shipped-rules", &capture];
    arguments.extend([&"--rules" as &dyn AsRef<std::ffi::OsStr>, &rules]);
    for option in options {
        arguments.push(option);
    }
    jaga(&arguments)
}

fn alerts(rules: &Path, workers: &str) -> Vec<String> {
    let ended = replay(rules, &["--events", "-", "--workers", workers]).with(0, &[]);
    let is_alert = |line: &&str| line.contains("\"event_type\":\"alert\"");
    ended
        .out
        .lines()
        .filter(is_alert)
        .map(str::to_owned)
        .collect()
}

#[test]
fn alerts_have_suricatas_layout_and_the_same_bytes_with_any_workers() {
    let folder = folder();
    let rules = file(&folder, "test.rules", RULES.as_bytes());
    let one = alerts(&rules, "1");
    assert_eq!(one, alerts(&rules, "3"));
    let events: Vec<Value> = one
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |sid: u64| -> Vec<&Value> {
        let is = |event: &&Value| event["alert"]["signature_id"] == sid;
        events.iter().filter(is).collect()
    };
    let first = of(1)[0];
    assert_eq!(first["alert"]["action"], "allowed");
    assert_eq!(first["alert"]["rev"], 2);
    assert_eq!(first["alert"]["severity"], 3);
    assert_eq!(
        first["alert"]["metadata"]["mitre_technique_id"],
        serde_json::json!(["T0888"])
    );
    assert_eq!(first["direction"], "to_server");
    assert_eq!(first["app_proto"], "modbus");
    assert_eq!(first["packet_info"]["linktype"], 1);
    assert!(first["flow"]["pkts_toserver"].as_u64().unwrap() > 0);
    let act = of(2)[0];
    assert_eq!(
        act["alert"]["severity"], 3,
        "by the operation's criticality"
    );
    assert!(act["ot"]["operation"]["criticality"] == 4, "{act}");
    assert!(of(3).is_empty());
    let mut ids: Vec<&str> = events
        .iter()
        .map(|e| e["ot"]["event_id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "each alert has a name of its own");
}

#[test]
fn the_summary_has_the_alerts_and_the_exit_code_follows() {
    let folder = folder();
    let rules = file(&folder, "test.rules", RULES.as_bytes());
    let ended = replay(&rules, &[]).with(0, &[]);
    assert!(ended.out.contains("ALERTS"), "{}", ended.out);
    let from_alerts = ended
        .out
        .lines()
        .skip_while(|line| !line.starts_with("ALERTS"));
    let mut alerts = from_alerts.take_while(|line| !line.is_empty());
    assert!(
        alerts.all(|line| line.chars().count() <= 80),
        "{}",
        ended.out
    );
    replay(&rules, &["--fail-on", "medium"]).with(0, &[]);
    replay(&rules, &["--fail-on", "low"]).with(1, &[]);
    let quiet = file(
        &folder,
        "quiet.rules",
        RULES.lines().last().unwrap().as_bytes(),
    );
    let silent = replay(&quiet, &["--fail-on", "info"]).with(0, &[]);
    assert!(
        silent.out.contains("No alerts; 1 rule watched."),
        "{}",
        silent.out
    );
    let json = replay(&rules, &["--json"]).with(0, &[]);
    let summary: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        summary["alerts"][0]["signature_id"], 2,
        "what was done to a device comes first"
    );
}

#[test]
fn what_rules_cost_is_told_when_asked() {
    let folder = folder();
    let rules = file(&folder, "test.rules", RULES.as_bytes());
    replay(&rules, &["--rule-stats"]).with(0, &["checks", "function 90", "ms"]);
}

#[test]
fn rules_that_cannot_be_read_end_the_command_before_the_capture() {
    let folder = folder();
    let missing = folder.path().join("nothing.rules");
    replay(&missing, &[]).with(2, &["nothing.rules"]);
}

#[test]
fn shipped_rules_look_on_unless_they_are_switched_off() {
    let capture = modbus();
    let summary = |options: &[&str]| -> Value {
        let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> =
            vec![&"replay", &"-q", &"--json", &capture];
        arguments.extend(
            options
                .iter()
                .map(|option| option as &dyn AsRef<std::ffi::OsStr>),
        );
        serde_json::from_str(&jaga(&arguments).with(0, &[]).out).unwrap()
    };
    let on = summary(&[]);
    assert!(on["rules_watched"].as_u64().unwrap() > 100, "{on}");
    let folder = folder();
    let more = file(&folder, "more.rules", RULES.as_bytes());
    let both = summary(&["--rules", more.to_str().unwrap()]);
    let watched = |summary: &Value| summary["rules_watched"].as_u64().unwrap();
    assert_eq!(watched(&both), watched(&on) + 3);
    let off = summary(&["--no-shipped-rules"]);
    assert_eq!(watched(&off), 0);
    assert_eq!(off["alerts"], serde_json::json!([]));
}

#[test]
fn a_rule_of_the_user_takes_the_place_of_a_shipped_one_and_says_so() {
    let folder = folder();
    let capture = modbus();
    let own = "alert modbus any any -> any any (msg:\"ours\"; ot.criticality:>=0; sid:3100004;)\n\
               #alert tcp any any -> any any (msg:\"off\"; content:\"x\"; sid:3100001;)\n";
    let own = file(&folder, "own.rules", own.as_bytes());
    let arguments: [&dyn AsRef<std::ffi::OsStr>; 5] =
        [&"replay", &"--json", &capture, &"--rules", &own];
    let ended = jaga(&arguments).with(0, &["take the place of shipped ones: sid 3100004"]);
    let summary: Value = serde_json::from_str(&ended.out).unwrap();
    let alerts = summary["alerts"].as_array().unwrap();
    let of = |sid: u64| alerts.iter().find(|a| a["signature_id"] == sid);
    assert_eq!(of(3_100_004).unwrap()["signature"], "ours");
    let shipped = jaga(&[&"replay", &"-q", &"--json", &capture]).with(0, &[]);
    let shipped: Value = serde_json::from_str(&shipped.out).unwrap();
    let watched = |summary: &Value| summary["rules_watched"].as_u64().unwrap();
    assert_eq!(
        watched(&summary),
        watched(&shipped) - 1,
        "one replaced, one switched off"
    );
    // A copy of the shipped rules is no cause for words.
    let copy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let arguments: [&dyn AsRef<std::ffi::OsStr>; 5] =
        [&"replay", &"--json", &capture, &"--rules", &copy];
    let ended = jaga(&arguments).with(0, &[]);
    assert!(!ended.err.contains("take the place"), "{}", ended.err);
    let check = jaga(&[&"rules", &"check", &own]).with(0, &[]);
    assert!(
        check
            .out
            .contains("takes the place of the shipped rule 3100004"),
        "{}",
        check.out
    );
}
