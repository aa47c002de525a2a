//! Rules laid over a replay: alerts in the events and in the summary, and the exit code.

use super::{Ended, file, folder, jaga, modbus};
use crate::support::{Connection, Host, write};
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

#[test]
fn rules_are_tested_on_the_captures_that_they_name() {
    let folder = folder();
    let rule = |sid: u32, body: &str, captures: &str| {
        let options = format!("msg:\"rule {sid}\"; {body} metadata:{captures}; sid:{sid};");
        format!("alert modbus any any -> any any ({options})\n")
    };
    let text = [
        rule(
            1,
            "modbus.function:8;",
            "fires quickdraw-1.pcap, silent modbusSmall.pcap",
        ),
        rule(
            2,
            "modbus.function:8;",
            "fires modbusSmall.pcap, silent quickdraw-1.pcap",
        ),
        rule(3, "modbus.function:8;", "fires nowhere.pcap"),
        rule(4, "modbus.function:8;", "author somebody"),
        rule(5, "modbus.function:8;", "fires beside.pcap"),
    ];
    let rules = file(&folder, "local.rules", text.concat().as_bytes());
    let pcaps = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/modbus");
    std::fs::copy(
        pcaps.join("quickdraw-1.pcap"),
        folder.path().join("beside.pcap"),
    )
    .unwrap();
    let test = |options: &[&str], code| {
        let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> =
            vec![&"rules", &"test", &rules, &"--captures", &pcaps];
        arguments.extend(
            options
                .iter()
                .map(|option| option as &dyn AsRef<std::ffi::OsStr>),
        );
        jaga(&arguments).with(code, &[]).out
    };
    let table = test(&[], 1);
    let says = |words: &str| assert!(table.contains(words), "no `{words}` in\n{table}");
    says("         1      1/1     1/1  ok        rule 1\n");
    says("         2      0/1     0/1  FAILED    rule 2\n");
    says("is silent on modbusSmall.pcap and must fire");
    says("on quickdraw-1.pcap and must be silent");
    says("there is no ");
    says("         4        -       -  untested  rule 4\n");
    says("         5      1/1       -  ok        rule 5\n");
    says("5 rules: 2 ok, 2 failed, 1 untested, 0 refused\n");
    assert!(
        table
            .lines()
            .all(|line| line.chars().count() <= 80 || line.contains("/")),
        "{table}"
    );
    let json: Value = serde_json::from_str(&test(&["--json"], 1)).unwrap();
    assert_eq!(json["failed"], 2);
    assert_eq!(json["rules"][0]["result"], "ok");
    assert_eq!(json["rules"][1]["captures"][0]["expected"], "fires");
    assert_eq!(json["rules"][1]["captures"][0]["alerts"], 0);
    assert!(json["rules"][2]["captures"][0]["error"].is_string());
    let strict: Value = serde_json::from_str(&test(&["--json", "--strict"], 1)).unwrap();
    assert_eq!(
        strict["failed"], 4,
        "one capture is not enough, nor is none"
    );
    let good = rule(
        1,
        "modbus.function:8;",
        "fires quickdraw-1.pcap, silent modbusSmall.pcap",
    );
    let good = file(&folder, "good.rules", good.as_bytes());
    jaga(&[&"rules", &"test", &good, &"--captures", &pcaps, &"--strict"]).with(0, &[]);
    let nowhere = folder.path().join("no/such/folder");
    jaga(&[&"rules", &"test", &good, &"--captures", &nowhere]).with(2, &["no such folder"]);
}

#[test]
fn a_shipped_rule_is_explained_to_all_who_meet_it() {
    let text = jaga(&[&"rules", &"explain", &"3100004"]).with(0, &[]).out;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "It means: Listen only mode makes a device deaf",
        "For the plant: The device runs on but cannot be read",
        "To check: Watch the process by other means",
        "ATT&CK: T0814 Denial of Service (Inhibit Response Function); T0803",
        "Must fire on: modbus/quickdraw-1.pcap.",
        "Must be silent on: modbus/modbusSmall.pcap.",
        "with the severity of the operation",
    ] {
        assert!(flat.contains(words), "no `{words}` in\n{text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn alerts_hold_the_pdu_that_they_were_found_in() {
    let folder = folder();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps");
    let alert = |rule: &str, capture: &str| -> Value {
        let rules = file(&folder, "pdu.rules", rule.as_bytes());
        let capture = root.join(capture);
        let ended = jaga(&[
            &"replay",
            &"-q",
            &"--no-shipped-rules",
            &"--rules",
            &rules,
            &"--events",
            &"-",
            &capture,
        ])
        .with(0, &[]);
        let is_alert = |line: &&str| line.contains("\"event_type\":\"alert\"");
        serde_json::from_str(ended.out.lines().find(is_alert).unwrap()).unwrap()
    };
    let rule = "alert modbus any any -> any any (msg:\"m\"; modbus: access read holding; sid:1;)";
    let modbus = alert(rule, "modbus/quickdraw-1.pcap");
    let request = &modbus["modbus"]["request"];
    assert_eq!(request["function_raw"], 3, "{modbus}");
    assert_eq!(request["function_code"], "RdHoldRegs");
    assert_eq!(request["access_type"], "READ | HOLDING");
    assert_eq!(request["category"], "PUBLIC_ASSIGNED");
    assert!(request["transaction_id"].is_u64() && request["read"]["quantity"].is_u64());
    let rule = "alert dnp3 any any -> any any (msg:\"d\"; dnp3_func:operate; sid:1;)";
    let dnp3 = alert(rule, "dnp3/select_operate_and_responses.pcap");
    let object = &dnp3["dnp3"];
    assert_eq!(object["type"], "request", "{dnp3}");
    assert_eq!(object["application"]["function_code"], 4);
    assert!(object["src"].is_u64() && object["dst"].is_u64());
    assert!(object["application"]["control"]["sequence"].is_u64());
    assert_eq!(object["control"]["dir"], true);
    let rule = "alert enip any any -> any any (msg:\"e\"; cip_service:7; sid:1;)";
    let enip = alert(rule, "enip/cip_stop_plc.pcap");
    assert_eq!(enip["enip"]["request"]["cip"]["service"][0], 7, "{enip}");
}

fn say(arguments: &[&str]) -> Ended {
    let arguments: Vec<&dyn AsRef<std::ffi::OsStr>> =
        arguments.iter().map(|argument| argument as _).collect();
    jaga(&arguments)
}

/// A gate that nothing could close is an error, and so are paths without rules.
#[test]
fn a_gate_without_rules_does_not_pass() {
    let folder = folder();
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    replay(&empty, &["--fail-on", "info"]).with(2, &["empty: no rule is in there", "*.rules"]);
    replay(&empty, &[]).with(2, &["no rule is in there"]);
    let broken = file(&folder, "broken.rules", b"alert tcp any any (sid:1;)\n");
    replay(&broken, &["--fail-on", "info"]).with(2, &["no rule is loaded"]);
    let capture = modbus();
    replay(&capture, &[]).with(2, &["this is a capture, and no rules"]);
    let capture = capture.to_string_lossy().into_owned();
    say(&[
        "replay",
        &capture,
        "--no-shipped-rules",
        "--fail-on",
        "high",
    ])
    .with(2, &["no rule is loaded"]);
    say(&["rules", "check", &capture]).with(2, &["this is a capture, and no rules"]);
}

/// Matches and the alerts that came of them are told apart.
#[test]
fn the_statistics_tell_matches_from_alerts() {
    let folder = folder();
    let rules = file(
        &folder,
        "stats.rules",
        b"alert modbus any any -> any any (msg:\"reads of an hmi\"; modbus.function:>0; \
          asset.role:src,printer; sid:1;)\n",
    );
    let ended = replay(&rules, &["--rule-stats"]).with(0, &["alerts"]);
    let row = ended
        .err
        .lines()
        .find(|line| line.contains("reads of an hmi"));
    let words: Vec<&str> = row.unwrap().split_whitespace().skip(1).collect();
    let matches: u64 = words[1].parse().unwrap();
    assert!(matches > 0, "{words:?}");
    assert_eq!(words[2], "0", "{words:?}");
}

/// Values that no traffic can show are told or refused where they stand.
#[test]
fn values_that_cannot_be_are_told() {
    let folder = folder();
    for (option, code, what) in [
        ("ot.technique:T9999;", 1, "has no technique T9999"),
        (
            "ot.name:\"write singel register\";",
            0,
            "did you mean `write single register`?",
        ),
        (
            "ot.target:holdingregister,3;",
            0,
            "did you mean `holding-register`?",
        ),
        ("modbus.function:200;", 0, "modbus.function is 127 at most"),
        ("modbus.unit:300;", 0, "modbus.unit is 255 at most"),
        ("modbus.unit:>255;", 0, "modbus.unit is 255 at most"),
        ("asset.role:dst,plcc;", 1, "did you mean `plc`?"),
    ] {
        let rule = format!("alert ip any any -> any any (msg:\"x\"; {option} sid:1;)\n");
        let rules = file(&folder, "never.rules", rule.as_bytes());
        let rules = rules.to_string_lossy().into_owned();
        let ended = say(&["rules", "check", &rules]).with(code, &[]);
        let page: Vec<&str> = ended.out.split_whitespace().collect();
        assert!(page.join(" ").contains(what), "{option}: {}", ended.out);
        assert!(ended.out.contains("never.rules:1"), "{}", ended.out);
    }
    for option in [
        "ot.name:\"write single register\";",
        "ot.target:holding-register,3;",
        "ot.target:data-record,3;",
        "modbus.function:100;",
        "modbus.unit:!=300;",
        "ot.value:\"latch off\";",
    ] {
        let rule = format!("alert ip any any -> any any (msg:\"x\"; {option} sid:1;)\n");
        let rules = file(&folder, "sound.rules", rule.as_bytes());
        let rules = rules.to_string_lossy().into_owned();
        let ended = say(&["rules", "check", &rules]).with(0, &[]);
        assert!(
            !ended.out.contains("never match"),
            "{option}: {}",
            ended.out
        );
    }
}

/// The name that the screen shows for a value can be asked for.
#[test]
fn a_value_is_asked_for_by_its_name() {
    let folder = folder();
    let rules = file(
        &folder,
        "value.rules",
        b"alert dnp3 any any -> any any (msg:\"off\"; ot.op:control; ot.value:\"latch off\"; sid:1;)\n\
          alert dnp3 any any -> any any (msg:\"on\"; ot.op:control; ot.value:\"no such\"; sid:2;)\n",
    );
    let rules = rules.to_string_lossy().into_owned();
    let root = env!("CARGO_MANIFEST_DIR");
    let capture = format!("{root}/pcaps/sites/ot-dnp3-control-injection.pcap");
    let options = ["--no-shipped-rules", "--events", "-", "--rules", &rules];
    let mut arguments = vec!["replay", &capture];
    arguments.extend(options);
    let ended = say(&arguments).with(0, &[]);
    let of = |sid: &str| {
        ended
            .out
            .matches(&format!("\"signature_id\":{sid},"))
            .count()
    };
    // Each is in the timeline of an incident too, when that begins and when it is over.
    assert_eq!((of("1"), of("2")), (4, 0));
}

/// What words take is listed, and a word that does not exist is an error.
#[test]
fn keywords_list_what_they_take() {
    for (word, taken) in [
        ("asset.role", "plc (controller)"),
        ("asset.role", "writing-client (writing client)"),
        ("ot.target", "holding-register"),
        ("ot.name", "write single register"),
    ] {
        let listed = say(&["rules", "keywords", word]).with(0, &[]);
        assert!(listed.out.contains(taken), "{word}: {}", listed.out);
    }
    say(&["rules", "keywords", "nosuch"]).with(2, &["no keyword", "lists all"]);
}

/// Whoever tries until it works is told when it works, however short after.
#[test]
fn what_is_carried_out_is_told_after_what_was_refused() {
    let folder = folder();
    let limits = ["by_flow", "by_both", "by_src", "by_rule"];
    let rules: String = (1..)
        .zip(limits)
        .map(|(sid, track)| {
            format!(
                "alert modbus any any -> any any (msg:\"written\"; ot.op:write; \
                 threshold:type limit, track {track}, count 1, seconds 3600; sid:{sid};)\n"
            )
        })
        .collect();
    let rules = file(&folder, "test.rules", rules.as_bytes());
    let mut session = Connection::new(Host::new(1, 40_000), Host::new(2, 502));
    for (transaction, answer) in [(1, 0x86), (2, 0x86), (3, 6), (4, 6)] {
        session.client(&[0, transaction, 0, 0, 0, 6, 1, 6, 0, 9, 0, 1]);
        match answer {
            6 => session.server(&[0, transaction, 0, 0, 0, 6, 1, 6, 0, 9, 0, 1]),
            _ => session.server(&[0, transaction, 0, 0, 0, 3, 1, answer, 1]),
        }
    }
    let capture = file(&folder, "tried.pcap", &write(&session.frames));
    for workers in ["1", "3"] {
        let ended = jaga(&[
            &"replay",
            &"-q",
            &"--no-shipped-rules",
            &capture,
            &"--rules",
            &rules,
            &"--events",
            &"-",
            &"--workers",
            &workers,
        ])
        .with(0, &[]);
        let told: Vec<(u64, u64)> = (ended.out.lines())
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|event| event["event_type"] == "alert")
            .map(|event| {
                let alert = &event["alert"];
                (
                    alert["signature_id"].as_u64().unwrap(),
                    alert["severity"].as_u64().unwrap(),
                )
            })
            .collect();
        let refused = [(1, 4), (2, 4), (3, 4), (4, 4)];
        let done = [(1, 3), (2, 3), (3, 3), (4, 3)];
        assert_eq!(told, [refused, done].concat(), "{workers} workers");
    }
}
