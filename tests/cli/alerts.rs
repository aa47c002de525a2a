//! Triage from the shell: alerts that a sensor keeps are listed, shown, acknowledged and muted.

use super::{folder, jaga};
use jaga::desk::store::{Config, Store};
use jaga::facts::Time;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// An alert as a sensor keeps it.
fn alert(number: u64, severity: u8, source: &str) -> String {
    json!({
        "timestamp": "2026-11-22T00:30:00.123456+0000",
        "event_type": "alert",
        "src_ip": source, "src_port": 1025, "dest_ip": "10.0.0.9", "dest_port": 502,
        "proto": "TCP", "app_proto": "modbus",
        "alert": {
            "gid": 1, "signature_id": 3_300_000 + number, "severity": severity,
            "signature": "JAGA Modbus write single coil",
            "metadata": { "mitre_technique_id": ["T0855"] },
        },
        "ot": {
            "event_id": format!("{number:020x}"),
            "asset": { "src": { "name": "ENG-02", "owner": "line 2" } },
            "why": "a coil was \u{1b}[31mwritten",
            "check": "ask line 2 who works there",
        },
    })
    .to_string()
}

/// Keeps three alerts, among them one that is muted, and a heartbeat.
fn kept(state: &Path) {
    let config = Config {
        folder: Some(state.to_owned()),
        ..Config::default()
    };
    let store = Store::open(&config).unwrap();
    let at = |hour: u64| Time::from_parts(1_795_305_600 + hour * 3600, 0);
    store.append(at(1), 1, alert(1, 1, "10.0.0.5").as_bytes());
    store.append(
        at(2),
        4,
        br#"{"event_type":"health","health":{"what":"alive"}}"#,
    );
    store.append(at(3), 3, alert(3, 3, "10.0.0.6").as_bytes());
    store.append_muted(at(4), 2, alert(4, 2, "10.0.0.5").as_bytes());
}

/// The numbers of the alerts that are listed.
fn listed(state: &Path, options: &[&str]) -> Vec<u64> {
    let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"alerts", &"list", &state];
    arguments.extend(options.iter().map(|option| option as &dyn AsRef<_>));
    arguments.push(&"--json");
    let out = jaga(&arguments).with(0, &[]).out;
    let number = |line: &str| -> Option<u64> {
        let event: Value = serde_json::from_str(line).unwrap();
        event["triage"]["number"].as_u64()
    };
    out.lines().map(|line| number(line).unwrap()).collect()
}

#[test]
fn alerts_are_found_by_what_is_asked_and_fit_a_terminal() {
    let place = folder();
    let state = place.path().join("state");
    jaga(&[&"alerts", &"list", &state]).refused(2, &["no sensor keeps anything there", "hint: "]);
    kept(&state);
    assert_eq!(listed(&state, &[]), [1, 3, 4]);
    assert_eq!(listed(&state, &["--severity", "2"]), [1, 4]);
    assert_eq!(listed(&state, &["--host", "10.0.0.6"]), [3]);
    assert_eq!(listed(&state, &["--host", "eng"]), [1, 3, 4]);
    assert_eq!(listed(&state, &["--sid", "3300004"]), [4]);
    assert_eq!(listed(&state, &["--sid", "3:3300004"]), [] as [u64; 0]);
    assert_eq!(listed(&state, &["--status", "muted"]), [4]);
    assert_eq!(listed(&state, &["--status", "new"]), [1, 3]);
    assert_eq!(listed(&state, &["--since", "2026-11-22T02:00"]), [3, 4]);
    assert_eq!(listed(&state, &["--until", "2026-11-22T02:00"]), [1]);
    assert_eq!(listed(&state, &["--last", "1"]), [4]);
    let text = jaga(&[&"alerts", &"list", &state, &"-n", &"2"]).with(0, &["1 older"]);
    let lines: Vec<&str> = text.out.lines().collect();
    assert_eq!(lines.len(), 4, "{}", text.out);
    assert!(lines.iter().all(|line| line.chars().count() <= 80));
    let first = "      3  2026-11-22T03:00:00  low   new    Modbus write single coil";
    assert_eq!(lines[0], first);
    assert_eq!(lines[1], "         ENG-02 (10.0.0.6) -> 10.0.0.9  3300003");
    let wrong = jaga(&[&"alerts", &"list", &state, &"--since", &"noon"]);
    wrong.refused(2, &["a time is 2026-11-23"]);
}

#[test]
fn an_alert_is_explained_and_what_people_make_of_it_stays() {
    let place = folder();
    let state = place.path().join("state");
    kept(&state);
    let show = |id: &str| jaga(&[&"alerts", &"show", &state, &id]).with(0, &[]).out;
    let text = show("1");
    for part in [
        "T0855",
        "ENG-02 (10.0.0.5) port 1025",
        "owner line 2",
        "ask line 2 who works",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        text.contains("\\u{1b}[31m") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert_eq!(show(&format!("{:020x}", 1)), text);
    jaga(&[&"alerts", &"show", &state, &"2"]).refused(2, &["2: no alert", "hint: "]);

    let who = "--who";
    let done = jaga(&[
        &"alerts",
        &"ack",
        &state,
        &"1",
        &"3",
        &who,
        &"rina",
        &"--reason",
        &"planned",
    ]);
    assert_eq!(done.with(0, &[]).out, "change 1: 2 acknowledged by rina\n");
    let twice = jaga(&[&"alerts", &"ack", &state, &"3", &"--reason", &"again"]);
    twice.refused(2, &["were acknowledged before"]);
    jaga(&[&"alerts", &"ack", &state, &"4", &"--reason", &" "]).refused(2, &["--reason"]);
    assert_eq!(listed(&state, &["--status", "acked"]), [1, 3]);
    assert!(show("3").contains("by rina: planned"));
    // A line that a crash cut short is passed by, and told.
    let log = state.join("triage.log");
    let mut text = fs::read_to_string(&log).unwrap();
    text.push_str("{\"number\":2,\"ti");
    fs::write(&log, text).unwrap();
    jaga(&[&"alerts", &"ack", &state, &"4", &"--reason", &"seen"]).with(0, &[]);
    let log = jaga(&[&"alerts", &"log", &state]).with(3, &["line 2 of the log of changes"]);
    assert!(log.out.contains("rina (uid "), "{}", log.out);
    assert!(log.out.contains("why: seen"), "{}", log.out);
}

#[test]
fn a_mute_says_what_it_covers_until_when_and_why() {
    let place = folder();
    let state = place.path().join("state");
    kept(&state);
    let mute = |options: &[&str]| {
        let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"alerts", &"mute", &state];
        arguments.extend(options.iter().map(|option| option as &dyn AsRef<_>));
        arguments.extend([&"--reason" as &dyn AsRef<_>, &"works", &"--who", &"budi"]);
        jaga(&arguments)
    };
    mute(&[]).refused(2, &["required"]);
    mute(&["--host", "PLC-10"]).refused(2, &["is no IP or MAC address"]);
    mute(&["--sid", "7", "--until", "2020-01-01"]).refused(2, &["that time is over"]);
    mute(&["--sid", "7", "--for", "400d"]).refused(2, &["at most 366 days", "hint: "]);
    let would = mute(&["--host", "10.0.0.5", "--dry-run"]).with(0, &[]).out;
    assert!(
        would.starts_with("would mute alerts about 10.0.0.5 until 20"),
        "{would}"
    );
    assert!(would.contains(": 2 of the 3 alerts kept"), "{would}");
    let done = mute(&["--like", "1", "--for", "2h", "--owner", "line 2"])
        .with(0, &[])
        .out;
    let says = "change 1: muted M1: alerts of rule 3300001 between 10.0.0.5 and 10.0.0.9 until";
    assert!(done.starts_with(says), "{done}");
    assert!(
        done.ends_with("owner line 2; 1 of the 3 alerts kept fall under it\n"),
        "{done}"
    );
    let mutes = || jaga(&[&"alerts", &"mutes", &state]).with(0, &[]).out;
    assert!(
        mutes().contains("budi") && mutes().contains("why: works"),
        "{}",
        mutes()
    );
    let unmute = |name: &str| jaga(&[&"alerts", &"unmute", &state, &name, &"--reason", &"done"]);
    unmute("M9").refused(2, &["there is no such mute"]);
    assert_eq!(unmute("M1").with(0, &[]).out, "change 2: M1 is over\n");
    unmute("M1").refused(2, &["M1 is over"]);
    assert_eq!(mutes(), "");
}
