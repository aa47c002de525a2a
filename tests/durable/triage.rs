//! Alerts that people mute while the sensor runs: kept and marked, told to nobody, and told again
//! when the mute is over.

use crate::lab::{JAGA, Lab, Running, settle};
use crate::support::folder;
use jaga::desk::outputs::time::Seconds;
use jaga::facts::Time;
use serde_json::Value;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

/// The rule whose alerts are muted, and another one that finds the same.
const RULES: &str = "\
alert udp any any -> any any (msg:\"a datagram\"; dsize:>0; sid:9000001; rev:1;)
alert udp any any -> any any (msg:\"another\"; dsize:>0; sid:9000002; rev:1;)
";

/// For how many seconds they are muted.
const MUTED: u64 = 6;

impl Lab {
    /// What `jaga alerts` says when it is called like this.
    fn alerts(&self, what: &str, options: &[&str]) -> String {
        let state = self.text("state");
        let mut command = Command::new(JAGA);
        command.args(["alerts", what, &state]).args(options);
        let ended = command.output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
        String::from_utf8(ended.stdout).unwrap()
    }

    /// Alerts of a rule in a file of events.
    fn of_rule(&self, file: &str, sid: u64) -> usize {
        let text = fs::read_to_string(self.path(file)).unwrap_or_default();
        let event = |line: &str| -> Value { serde_json::from_str(line).unwrap() };
        let mine = |line: &&str| event(line)["alert"]["signature_id"] == sid;
        text.lines().filter(mine).count()
    }

    /// Alerts of a rule in the file of alerts, the events, and all that is kept.
    fn counts(&self, sid: u64) -> [usize; 3] {
        let kept = self.alerts(
            "list",
            &["--last", "0", "--sid", &sid.to_string(), "--json"],
        );
        let files = ["alerts.json", "live.json"].map(|file| self.of_rule(file, sid));
        [files[0], files[1], kept.lines().count()]
    }
}

#[test]
fn what_people_mute_is_kept_reaches_no_output_and_is_told_again_in_time() {
    let Some(lab) = Lab::new(1) else { return };
    fs::write(lab.path("my.rules"), RULES).unwrap();
    let settings = "[capture]\ninterfaces = [\"span0\"]\n[rules]\nshipped = false\npaths = \
                    [\"my.rules\"]\n[detectors]\nenabled = false\n";
    fs::write(lab.path("jaga.toml"), settings).unwrap();
    let (state, alerts) = (lab.text("state"), lab.text("alerts.json"));
    let file = lab.text("jaga.toml");
    let sensor = ["-c", &file, "--state", &state, "--alerts", &alerts];
    let sensor: Running = lab.listen(&sensor);
    let capture = folder().join("made/bacnet.pcap");
    let send = || {
        lab.send(&capture, &[]);
        settle();
        settle();
    };
    send();
    let before = lab.counts(9_000_001);
    assert!(before[0] > 0 && before == [before[0]; 3], "{before:?}");

    let began = Instant::now();
    let until = SystemTime::now() + Duration::from_secs(MUTED);
    let until = format!("{}Z", Seconds(Time::from(until)));
    let mute = ["--sid", "9000001", "--until", &until, "--who", "rina"];
    lab.alerts("mute", &[&mute[..], &["--reason", "a test"]].concat());
    let is = |what: &'static str| move |event: &Value| event["health"]["what"] == what;
    let told = lab.told(0, &is("mute-begun"));
    let text = told["health"]["text"].as_str().unwrap();
    assert!(text.contains("rule 9000001 are muted until"), "{text}");
    assert!(text.ends_with("by rina: a test"), "{text}");
    let waited = began.elapsed();
    assert!(waited < Duration::from_secs(3), "{waited:?}");
    send();
    assert!(began.elapsed() < Duration::from_secs(MUTED - 1));
    let muted = lab.counts(9_000_001);
    assert_eq!(muted[..2], before[..2]);
    assert!(muted[2] > before[2], "{muted:?}");
    let marked = lab.alerts("list", &["--last", "0", "--status", "muted", "--json"]);
    assert_eq!(marked.lines().count(), muted[2] - before[2]);
    let marked: Value = serde_json::from_str(marked.lines().next().unwrap()).unwrap();
    assert_eq!(marked["ot"]["muted"]["mute"], 1);
    assert_eq!(marked["alert"]["signature_id"], 9_000_001);
    // Another rule's are told.
    let other = lab.counts(9_000_002);
    assert!(other[0] > before[0] && other == [other[0]; 3], "{other:?}");

    let over = lab.told(0, &is("mute-ended"));
    let text = over["health"]["text"].as_str().unwrap();
    let count = format!("it muted {} since", muted[2] - before[2]);
    assert!(text.contains(&count), "{text}");
    send();
    let after = lab.counts(9_000_001);
    assert!(after[0] > before[0] && after[1] == after[0], "{after:?}");
    sensor.end();
}

#[test]
fn devices_are_kept_while_the_sensor_runs_and_when_it_ends() {
    let Some(lab) = Lab::new(1) else { return };
    let state = lab.text("state");
    let assets = |options: &[&str]| {
        let mut command = Command::new(JAGA);
        command.args(["assets"]).args(options);
        let ended = command.output().unwrap();
        let text = |octets| String::from_utf8(octets).unwrap();
        (ended.status.code(), text(ended.stdout), text(ended.stderr))
    };
    let sensor = lab.listen(&["-i", "span0", "--state", &state]);
    // It is there as soon as the sensor listens, and can be read meanwhile.
    settle();
    settle();
    let (code, out, err) = assets(&["list", &state]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("0 devices, as kept at "), "{out}");
    lab.send(&folder().join("made/s7comm.pcap"), &[]);
    settle();
    sensor.end();
    let known = fs::read_to_string(lab.path("live-assets.json")).unwrap();
    let known: Value = serde_json::from_str(&known).unwrap();
    let known = known["assets"].as_array().unwrap();
    let lines = |text: &str| -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap();
        text.lines().map(read).collect()
    };
    let (_, out, _) = assets(&["list", &state, "--json"]);
    assert!(!known.is_empty() && lines(&out) == *known, "{out}");
    let (_, out, _) = assets(&["list", &state, "--role", "plc"]);
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let plcs = known.iter().filter(|device| {
        let mut roles = device["roles"].as_array().unwrap().iter();
        roles.any(|role| role["role"] == "plc")
    });
    let plcs: Vec<&Value> = plcs.collect();
    assert_eq!(out.lines().count(), plcs.len() * 2 + 1, "{out}");
    let address = plcs[0]["ips"][0].as_str().unwrap();
    let (code, out, err) = assets(&["show", &state, address]);
    assert_eq!(code, Some(0), "{err}");
    for key in ["first_seen", "last_seen"] {
        let time = plcs[0][key]["time"].as_str().unwrap();
        assert!(out.contains(time), "{time}: {out}");
    }
    assert!(out.contains("role            plc: "), "{out}");
    let (code, _, err) = assets(&["show", &state, "203.0.113.77"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("no device of this name or address"), "{err}");
    // A sensor that is started again and hears nothing still knows them.
    let sensor = lab.listen(&["-i", "span0", "--state", &state]);
    settle();
    sensor.end();
    let (_, out, _) = assets(&["list", &state, "--json"]);
    assert_eq!(lines(&out), *known);
}
