//! The live sensor on interfaces of its own: pairs of them in network namespaces, frames sent
//! by tcpreplay, and tcpdump beside the sensor as the witness of what came.
//!
//! Needs root, `ip`, `tcpreplay` and `tcpdump`; says loudly where it is skipped.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

#[path = "support/lab.rs"]
mod lab;
mod support;

use lab::{JAGA, Lab, Running, done, settle};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use support::{Frame, folder, read, write};

/// The frames with these octets put behind the addresses of each.
fn tagged(frames: &[Frame], tags: &[u8]) -> Vec<Frame> {
    let mut frames = frames.to_vec();
    for frame in &mut frames {
        frame.octets.splice(12..12, tags.iter().copied());
    }
    frames
}

#[test]
fn a_live_run_tells_what_replaying_the_record_tells() {
    // tcpdump loses frames where the machine is busy with other work, and a record that lacks
    // some is no witness.
    let tried = (0..3).any(|_| tells_what_the_record_tells());
    assert!(tried, "tcpdump lost frames in each of three runs");
}

/// Whether the record has every frame that the sensor had; then both must tell the same.
fn tells_what_the_record_tells() -> bool {
    let Some(lab) = Lab::new(1) else { return true };
    let witness = lab.record("span0", "record.pcap");
    let sensor = lab.listen(&["-i", "span0"]);
    let captures = [
        "sites/it-ot-pivot.pcap",
        "s7comm/snap7.pcap",
        "dnp3/dnp3.pcap",
        "made/iec104.pcap",
        "made/profinet.pcap",
        "made/network-spoof.pcap",
    ];
    for name in captures {
        lab.send(&folder().join(name), &[]);
    }
    // One tag, two tags, and a priority tag, which the kernel takes out of the frame.
    let frames = read("modbus/modicon_test.pcap");
    let tags: [&[u8]; 3] = [
        b"\x81\x00\x60\x64",
        b"\x88\xa8\x00\x07\x81\x00\x00\x09",
        b"\x81\x00\xa0\x00",
    ];
    for tags in tags {
        let path = lab.path("tagged.pcapng");
        fs::write(&path, write(&tagged(&frames, tags))).unwrap();
        lab.send(&path, &[]);
    }
    settle();
    let summary: Value = serde_json::from_str(&sensor.end()).unwrap();
    witness.end();
    assert_eq!(lab.frames_out("span0"), 0);
    let recorded = read(&lab.text("record.pcap")).len() as u64;
    if summary["frames"]["received"].as_u64() > Some(recorded) {
        return false;
    }
    lab.compare(&["record.pcap"]);
    // The kernel's count is what was handed out, which is what was worked on.
    let interface = &summary["interfaces"][0];
    assert_eq!(interface["dropped"], 0);
    assert_eq!(interface["received"], summary["frames"]["received"]);
    assert_eq!(summary["frames"]["balanced"], true);
    let events = lab.events("live.json");
    let has = |what: &dyn Fn(&Value) -> bool| events.iter().any(what);
    assert!(has(&|event| event["vlan"] == serde_json::json!([100])));
    assert!(has(&|event| event["vlan"] == serde_json::json!([7, 9])));
    assert!(has(&|event| event["event_type"] == "alert"));
    true
}

#[test]
fn two_sides_of_a_tap_are_merged_as_they_came() {
    // What a system that is busy with other work hands over later than the window allows is
    // told where it came, so that one run in which nothing was late must show the order.
    let tried = (0..3).any(|_| std::panic::catch_unwind(merge_two_sides).is_ok());
    assert!(tried, "not merged in any of three runs");
}

fn merge_two_sides() {
    let Some(lab) = Lab::new(2) else { return };
    let witnesses =
        [("span0", "a.pcap"), ("span1", "b.pcap")].map(|(span, file)| lab.record(span, file));
    let sensor = lab.listen(&["-i", "span0", "-i", "span1", "--workers", "2"]);
    let capture = folder().join("made/modbus.pcap");
    let cache = lab.text("sides");
    let sides = [
        "-a",
        "client",
        "-i",
        &capture.display().to_string(),
        "-o",
        &cache,
    ];
    assert!(done("tcpprep", &sides));
    for _ in 0..3 {
        lab.send(&capture, &["-p", "500", "-I", "tap1", "-c", &cache]);
    }
    settle();
    let summary: Value = serde_json::from_str(&sensor.end()).unwrap();
    witnesses.into_iter().for_each(|witness| {
        witness.end();
    });
    lab.compare(&["a.pcap", "b.pcap"]);
    let heard = |number: usize| summary["interfaces"][number]["received"].as_u64().unwrap();
    assert!(heard(0) > 0 && heard(1) > 0, "{summary}");
    for span in ["span0", "span1"] {
        assert_eq!(lab.frames_out(span), 0);
    }
}

/// Lines of a status file that say what a thread may do.
fn rights(status: &str) -> [u64; 3] {
    let text = std::fs::read_to_string(status).unwrap();
    let value = |name: &str, radix| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        u64::from_str_radix(line.unwrap().trim(), radix).unwrap()
    };
    [
        value("CapEff:", 16) | value("CapPrm:", 16),
        value("NoNewPrivs:", 10),
        value("Seccomp:", 10),
    ]
}

#[test]
fn what_touches_packets_has_no_rights_and_one_process_apart_opens_sockets() {
    let Some(lab) = Lab::new(1) else { return };
    let sensor = lab.listen(&["-i", "span0", "--workers", "2"]);
    lab.send(&folder().join("made/modbus.pcap"), &[]);
    settle();
    let process = format!("/proc/{}", sensor.0.as_ref().unwrap().id());
    let mut confined = 0;
    for task in std::fs::read_dir(format!("{process}/task")).unwrap() {
        let task = task.unwrap().path().display().to_string();
        let [capabilities, _, seccomp] = rights(&format!("{task}/status"));
        // CAP_NET_RAW and CAP_NET_ADMIN (capability.h).
        assert_eq!(capabilities & (1 << 13 | 1 << 12), 0, "{task}");
        if seccomp == 2 {
            assert_eq!(capabilities, 0, "{task}");
            confined += 1;
        }
    }
    assert_eq!(confined, 3, "two workers and the reader");
    let children = std::fs::read_to_string(format!(
        "{process}/task/{}/children",
        sensor.0.as_ref().unwrap().id()
    ));
    let children = children.unwrap();
    let opener: u32 = children.trim().parse().unwrap();
    let status = format!("/proc/{opener}/status");
    assert_eq!(rights(&status), [1 << 13, 1, 2], "CAP_NET_RAW alone");
    sensor.end();
    // What has ended may wait for whoever takes it off the list.
    let gone = || match std::fs::read_to_string(&status) {
        Ok(status) => status.contains("State:\tZ"),
        Err(_) => true,
    };
    for _ in 0..50 {
        if gone() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(gone(), "it ends with the sensor");
    assert_eq!(lab.frames_out("span0"), 0);
}

/// How often the interface is deleted and made again.
const TIMES: usize = 5;

#[test]
fn capture_comes_back_after_whatever_happens_to_the_interface() {
    let Some(lab) = Lab::new(1) else { return };
    let sensor = lab.listen(&["-i", "span0"]);
    let capture = folder().join("made/modbus.pcap");
    let frames = read("made/modbus.pcap").len() as u64;
    lab.send(&capture, &[]);
    let is_deleted = |event: &Value| {
        let health = &event["health"];
        health["what"] == "capture-lost" && health["reason"] == "deleted"
    };
    let is_back = |event: &Value| event["health"]["what"] == "capture-back";
    for time in 0..TIMES {
        let backs = lab.health().iter().filter(|event| is_back(event)).count();
        lab.span(&["del", "span0"]);
        lab.told(time, &is_deleted);
        thread::sleep(Duration::from_millis(300));
        lab.pair(0);
        let made = Instant::now();
        let back = lab.told(backs, &is_back);
        assert!(
            made.elapsed() < Duration::from_secs(5),
            "{:?}",
            made.elapsed()
        );
        assert!(back["health"]["blind_seconds"].as_f64().unwrap() > 0.3);
        assert_eq!(back["in_iface"], "span0");
        lab.send(&capture, &[]);
    }
    settle();
    let summary: Value = serde_json::from_str(&sensor.end()).unwrap();
    assert_eq!(summary["frames"]["received"], (TIMES as u64 + 1) * frames);
    assert_eq!(summary["frames"]["balanced"], true);
    assert_eq!(lab.frames_out("span0"), 0);
}

#[test]
fn a_filter_leaves_out_what_it_says_and_is_told_of() {
    let Some(lab) = Lab::new(1) else { return };
    let frames = [read("made/modbus.pcap"), read("made/dnp3.pcap")].concat();
    // TCP over IPv4 without options, from or to port 502.
    let is_modbus = |frame: &&Frame| {
        let octets = &frame.octets;
        let ports = [&octets[34..36], &octets[36..38]];
        octets[12..15] == [8, 0, 0x45] && octets[23] == 6 && ports.contains(&&[1, 0xf6][..])
    };
    let wanted = frames.iter().filter(is_modbus).count() as u64;
    assert!(wanted > 20 && wanted < frames.len() as u64, "{wanted}");
    let filter = "vlan 7 and tcp port 502";
    let state = lab.text("state");
    let sensor = lab.listen(&["-i", "span0", "--state", &state, "--filter", filter]);
    let is_told = |event: &Value| event["health"]["what"] == "capture-filtered";
    let told = lab.told(0, &is_told);
    let text = told["health"]["text"].as_str().unwrap();
    assert!(text.ends_with(filter), "{text}");
    let send = || {
        // The kernel takes the first tag away before a filter sees the frame.
        let tags: [&[u8]; 3] = [
            b"",
            b"\x81\x00\x00\x09",
            b"\x88\xa8\x00\x09\x81\x00\x20\x07",
        ];
        for tags in tags {
            let path = lab.path("tagged.pcapng");
            fs::write(&path, write(&tagged(&frames, tags))).unwrap();
            lab.send(&path, &[]);
        }
        fs::write(
            lab.path("seven.pcapng"),
            write(&tagged(&frames, b"\x81\x00\x60\x07")),
        )
        .unwrap();
        lab.send(&lab.path("seven.pcapng"), &[]);
    };
    send();
    // It holds for an interface that comes back, too.
    lab.span(&["del", "span0"]);
    lab.told(0, &|event| event["health"]["reason"] == "deleted");
    lab.pair(0);
    lab.told(0, &|event| event["health"]["what"] == "capture-back");
    send();
    settle();
    let summary: Value = serde_json::from_str(&sensor.end()).unwrap();
    // Twice with the tag taken away, and twice with it behind another one.
    assert_eq!(summary["frames"]["received"], 4 * wanted);
    assert_eq!(summary["frames"]["balanced"], true);
    let events = lab.events("live.json");
    let flows: Vec<_> = events
        .iter()
        .filter(|event| event["event_type"] == "flow")
        .collect();
    assert!(flows.len() > 1);
    for event in flows {
        let vlans = event["vlan"].as_array().unwrap();
        assert!(vlans.contains(&Value::from(7)), "{event}");
    }
    assert_eq!(
        lab.health().iter().filter(|event| is_told(event)).count(),
        1
    );
    assert_eq!(lab.frames_out("span0"), 0);
}

#[test]
fn what_is_no_filter_is_refused_before_anything_is_opened() {
    let told = Command::new(JAGA)
        .args(["run", "-i", "span0", "--filter", "host plc-3"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&told.stderr);
    assert_eq!(told.status.code(), Some(2), "{text}");
    assert!(
        text.contains("column 6: \"plc-3\" is no IP address"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_listened_at_is_told() {
    let Some(lab) = Lab::new(0) else { return };
    let refused = |command: &mut Command, code: i32, says: &str| {
        let ended = command.output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{told}");
        assert!(told.contains(says) && told.contains("hint: "), "{told}");
        assert!(ended.stdout.is_empty());
    };
    let jaga = |names: &[&str]| lab.inside(JAGA, &[&["run"], names].concat());
    refused(
        &mut jaga(&["-i", "span7"]),
        2,
        "span7: there is no such interface",
    );
    refused(
        &mut jaga(&["-i", "lo", "-i", "lo"]),
        2,
        "lo: was named twice",
    );
    let without = ["--bounding-set=-net_raw", JAGA, "run", "-i", "lo"];
    refused(&mut lab.inside("setpriv", &without), 4, "CAP_NET_RAW");
}

#[test]
fn an_interface_that_may_speak_is_warned_of() {
    let Some(lab) = Lab::new(1) else { return };
    let check = || {
        let checked = lab
            .inside(JAGA, &["check", "-i", "span0"])
            .output()
            .unwrap();
        assert_eq!(checked.status.code(), Some(0), "{checked:?}");
        String::from_utf8(checked.stdout).unwrap()
    };
    let quiet = check();
    assert!(quiet.contains("ok       listening at span0"), "{quiet}");
    assert!(!quiet.contains("warning  span0"), "{quiet}");
    lab.span(&["set", "span0", "arp", "on", "down"]);
    let address = [
        "-n",
        &lab.sensor,
        "addr",
        "add",
        "10.9.9.9/32",
        "dev",
        "span0",
    ];
    assert!(done("ip", &address));
    let told = check();
    for what in ["is down", "has an address", "ARP is on"] {
        assert!(
            told.contains(&format!("warning  span0: {what}")),
            "{what}: {told}"
        );
    }
}

/// A rule on what Modbus servers are asked, with this number.
fn rule(sid: u32) -> String {
    format!("alert tcp any any -> any 502 (msg:\"rule {sid}\"; dsize:>0; sid:{sid};)\n")
}

/// The numbers of the rules of all alerts of a live run, in order, and `None` for each reload.
fn numbers(lab: &Lab) -> Vec<Option<u64>> {
    let text = fs::read_to_string(lab.path("live.json")).unwrap();
    let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let number = |event: Value| {
        let what = event["health"]["what"].as_str().unwrap_or_default();
        let reload = what.starts_with("config-reload").then_some(None);
        reload.or_else(|| event["alert"]["signature_id"].as_u64().map(Some))
    };
    events.filter_map(number).collect()
}

#[test]
fn settings_and_rules_are_read_again_under_load() {
    let Some(lab) = Lab::new(1) else { return };
    let (old, new) = (9_000_001, 9_000_002);
    let settings = |more: &str| {
        let text =
            format!("{more}[capture]\ninterfaces = [\"span0\"]\n[rules]\npaths = [\"my.rules\"]\n");
        fs::write(lab.path("jaga.toml"), text).unwrap();
    };
    let rules = |text: &str| fs::write(lab.path("my.rules"), text).unwrap();
    settings("");
    rules(&rule(old));
    let witness = lab.record("span0", "record.pcap");
    let sensor = lab.listen(&["-c", &lab.text("jaga.toml"), "--workers", "2"]);
    let process = sensor.0.as_ref().unwrap().id().to_string();
    let load = lab.sends(&folder().join("made/modbus.pcap"));
    let mut reloads = 0;
    let mut told = |signal: &str, what: &str, says: &[&str]| {
        thread::sleep(Duration::from_millis(300));
        assert!(done("kill", &[signal, &process]));
        let is_it = |event: &Value| {
            let name = event["health"]["what"].as_str().unwrap_or_default();
            name.starts_with("config-reload")
        };
        let event = lab.told(reloads, &is_it);
        reloads += 1;
        assert_eq!(event["health"]["what"], what, "{event}");
        for says in says {
            let text = event["health"]["text"].as_str().unwrap();
            assert!(text.contains(says), "{says}: {text}");
        }
    };
    // Another rule in the place of the first.
    rules(&rule(new));
    told("-HUP", "config-reloaded", &["rules look on"]);
    // A mistake in the rule, and in the configuration: what was before stays.
    rules(&rule(new).replace("dsize", "dsise"));
    told("-USR2", "config-reload-failed", &["my.rules:1:", "dsise"]);
    rules(&rule(new));
    settings("sites = \"a\"\n");
    told(
        "-HUP",
        "config-reload-failed",
        &["jaga.toml:1:1: there is no key", "`site`?"],
    );
    // What cannot change while it runs is said.
    settings("site = \"a\"\n");
    told(
        "-HUP",
        "config-reloaded",
        &["the rules are the same", "after a restart: site"],
    );
    thread::sleep(Duration::from_millis(300));
    drop(load);
    settle();
    let summary: Value = serde_json::from_str(&sensor.end()).unwrap();
    // The witness takes what came within a second at once.
    thread::sleep(Duration::from_secs(1));
    witness.end();
    // The old rule up to the first reload and not behind it; the new one from there on, and
    // behind every reload that failed.
    let numbers = numbers(&lab);
    let parts: Vec<&[Option<u64>]> = numbers.split(Option::is_none).collect();
    let has = |part: &[Option<u64>], sid: u32| part.contains(&Some(sid.into()));
    assert_eq!(parts.len(), 5);
    assert!(has(parts[0], old));
    for part in &parts[1..] {
        assert!(has(part, new) && !has(part, old));
    }
    // No frame was lost, and whatever is no alert is told as if nothing had happened.
    assert_eq!(summary["interfaces"][0]["dropped"], 0);
    assert_eq!(summary["frames"]["balanced"], true);
    assert_eq!(lab.frames_out("span0"), 0);
    let record = [
        "replay",
        "-q",
        "--events",
        &lab.text("replay.json"),
        &lab.text("record.pcap"),
    ];
    assert!(done(JAGA, &record));
    let [live, replay] = ["live.json", "replay.json"].map(|name| {
        let mut events = lab.events(name);
        events.retain(|event| event["event_type"] != "alert" && event["event_type"] != "incident");
        for event in &mut events {
            event["flow"]
                .as_object_mut()
                .map(|flow| flow.remove("alerted"));
        }
        events
    });
    assert!(live.len() > 10, "{}", live.len());
    assert_eq!(live.len(), replay.len());
    for (live, replay) in live.iter().zip(&replay) {
        assert_eq!(live, replay);
    }
}

/// What a collector is here: it takes messages by datagrams and over a connection, until
/// standard input is closed, and then shows them and the sensor's metrics.
const COLLECTOR: &str = r#"
import json, socket, sys, threading, urllib.request
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 5140))
tcp = socket.create_server(("127.0.0.1", 6010))
got = {"udp": [], "tcp": b""}
def datagrams():
    while True: got["udp"].append(udp.recv(65536).decode())
def connection():
    stream, _ = tcp.accept()
    while octets := stream.recv(65536): got["tcp"] += octets
threading.Thread(target=datagrams, daemon=True).start()
threading.Thread(target=connection, daemon=True).start()
print("collector is ready", file=sys.stderr, flush=True)
sys.stdin.readline()
page = urllib.request.urlopen("http://127.0.0.1:9474/metrics").read().decode()
rest, framed = got["tcp"], []
while rest:
    length, rest = rest.split(b" ", 1)
    framed.append(rest[:int(length)].decode())
    rest = rest[int(length):]
print(json.dumps({"udp": got["udp"], "tcp": framed, "metrics": page}))
"#;

/// What the sensor is told in a file, but for its name.
const SETTINGS: &str = r#"
site = "plant"
sensor = "south"

[capture]
interfaces = ["span0"]

[metrics]
listen = "127.0.0.1:9474"

[syslog]
collectors = ["udp://127.0.0.1:5140", "tcp://127.0.0.1:6010"]
"#;

#[test]
fn alerts_reach_collectors_and_what_is_counted_is_shown() {
    let Some(lab) = Lab::new(1) else { return };
    lab.span(&["set", "lo", "up"]);
    let mut collector = lab.inside("python3", &["-c", COLLECTOR]);
    collector.stdin(Stdio::piped());
    let mut collector = Running::start(collector, "collector is ready");
    fs::write(lab.path("jaga.toml"), SETTINGS).unwrap();
    let file = lab.text("jaga.toml");
    let sensor = lab.listen(&["-c", &file, "--sensor", "north"]);
    let capture = "made/modbus.pcap";
    lab.send(&folder().join(capture), &[]);
    settle();
    let mut collector = collector.0.take().unwrap();
    let mut asked = collector.stdin.take().unwrap();
    asked.write_all(b"show\n").unwrap();
    drop(asked);
    let shown = collector.wait_with_output().unwrap().stdout;
    let shown: Value = serde_json::from_slice(&shown).unwrap();
    sensor.end();
    let events = lab.events("live.json");
    let all = events
        .iter()
        .chain(&lab.health())
        .all(|event| event["ot"]["site"] == "plant");
    assert!(all, "{events:?}");
    let told: Vec<&Value> = events
        .iter()
        .filter(|event| event["event_type"] == "alert")
        .map(|event| &event["ot"]["event_id"])
        .collect();
    assert!(told.len() > 3, "{told:?}");
    for way in ["udp", "tcp"] {
        let messages = shown[way].as_array().unwrap().iter();
        let alerts: Vec<Value> = messages
            .map(|message| message.as_str().unwrap())
            .filter(|message| message.contains(" alert - "))
            .map(|message| {
                assert!(message.starts_with("<16"), "{message}");
                assert!(message.contains("Z north jaga "), "{message}");
                let event = message.split_once(" - ").unwrap().1;
                serde_json::from_str(event).unwrap()
            })
            .collect();
        let ids: Vec<&Value> = alerts
            .iter()
            .map(|event| &event["ot"]["event_id"])
            .collect();
        // Some are decided only when the run ends.
        assert!(
            ids.len() > 3 && told.starts_with(&ids),
            "{way}: {ids:?} {told:?}"
        );
        assert!(alerts.iter().all(|event| event["packet"].is_null()));
        assert!(alerts.iter().all(|event| event["ot"]["site"] == "plant"));
    }
    let metrics = shown["metrics"].as_str().unwrap();
    let frames = read(capture).len();
    for line in [
        format!("jaga_capture_packets_total{{interface=\"span0\"}} {frames}"),
        format!("jaga_capture_read_packets_total{{interface=\"span0\"}} {frames}"),
        "jaga_capture_dropped_packets_total{interface=\"span0\",reason=\"ring-full\"} 0".to_owned(),
        "jaga_output_connected{output=\"tcp://127.0.0.1:6010\"} 1".to_owned(),
        "jaga_books_balanced 1".to_owned(),
    ] {
        assert!(
            metrics.lines().any(|shown| shown == line),
            "{line}: {metrics}"
        );
    }
    let sum = |name: &str| -> u64 {
        let lines = metrics.lines().filter(|line| line.starts_with(name));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        values.sum()
    };
    // Told while the conversations go on, and without a frame that is counted twice or never.
    let decoded = sum("jaga_decoded_packets_total{");
    let undecoded = sum("jaga_undecoded_packets_total{");
    assert_eq!(decoded + undecoded, sum("jaga_processed_packets_total "));
    let dropped = sum("jaga_dropped_packets_total{");
    assert_eq!(decoded + undecoded + dropped, frames as u64, "{metrics}");
    assert_eq!(
        sum("jaga_messages_total{"),
        sum("jaga_messages_total{protocol=\"modbus\"}")
    );
    assert!(sum("jaga_messages_total{") > 10, "{metrics}");
    assert!(sum("jaga_operations_total{") > 5, "{metrics}");
    assert!(sum("jaga_flows_active ") > 0, "{metrics}");
    assert!(metrics.contains("jaga_thread_busy_seconds_total{thread=\"reader\"}"));
    assert_eq!(lab.frames_out("span0"), 0);
}

#[test]
fn what_is_learned_outlives_the_sensor_and_what_people_change_is_not_written_over() {
    let Some(lab) = Lab::new(1) else { return };
    let state = lab.text("state");
    let listen = |learn: &str| lab.listen(&["-i", "span0", "--state", &state, "--learn", learn]);
    let kept = || fs::read_to_string(lab.path("state/baseline")).unwrap();
    let hosts = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("host "))
            .count()
    };

    let sensor = listen("1h");
    lab.send(&folder().join("made/modbus.pcap"), &[]);
    settle();
    sensor.end();
    let first = kept();
    assert!(
        hosts(&first) > 1 && first.contains("\nlearning "),
        "{first}"
    );

    // It goes on where it was: what was known stays, what is new comes to it.
    let sensor = listen("1h");
    lab.send(&folder().join("made/iec104.pcap"), &[]);
    settle();
    sensor.end();
    let second = kept();
    assert!(hosts(&second) > hosts(&first), "{second}");
    let key = |line: &str| line.split(" ;").next().unwrap_or_default().to_owned();
    let now: Vec<String> = second.lines().map(key).collect();
    let lines = first.lines().filter(|line| !line.starts_with("lear"));
    assert!(
        lines.map(key).all(|line| now.contains(&line)),
        "{first}\n{second}"
    );

    // Somebody takes a line away while it is learned: that stays.
    let sensor = listen("1h");
    lab.send(&folder().join("made/profinet.pcap"), &[]);
    settle();
    let edited = second.lines().filter(|line| !line.starts_with("host 10."));
    let edited: String = edited.map(|line| format!("{line}\n")).collect();
    fs::write(lab.path("state/baseline"), &edited).unwrap();
    sensor.end();
    assert_eq!(kept(), edited);

    // Enough was learned: the same traffic is as usual, and other is not.
    let learned = second.lines().filter(|line| !line.starts_with("learning "));
    let learned: String = learned.map(|line| format!("{line}\n")).collect();
    fs::write(lab.path("state/baseline"), &learned).unwrap();
    let known = lab.events("live.json").len();
    let sensor = listen("1h");
    lab.send(&folder().join("made/modbus.pcap"), &[]);
    settle();
    let quiet = lab.events("live.json").len();
    lab.send(&folder().join("dnp3/dnp3.pcap"), &[]);
    settle();
    sensor.end();
    let events = lab.events("live.json");
    let new = |events: &[Value]| {
        let kinds = events
            .iter()
            .filter_map(|event| event["ot"]["kind"].as_str());
        kinds.filter(|kind| kind.starts_with("new-")).count()
    };
    assert_eq!(new(&events[known..quiet]), 0, "{:?}", &events[known..quiet]);
    assert!(new(&events[quiet..]) > 0);
    assert_eq!(kept(), learned);
}

/// A window on the devices of the captures, over so many seconds from now.
fn window(name: &str, seconds: std::ops::Range<i64>) -> String {
    let at = |second: i64| jiff::Timestamp::now() + jiff::SignedDuration::from_secs(second);
    let (from, to) = (at(seconds.start), at(seconds.end));
    let devices = "[\"10.0.0.0/8\", \"192.168.0.0/16\", \"172.16.0.0/12\"]";
    format!("[[window]]\nname = \"{name}\"\nfrom = {from:.0}\nto = {to:.0}\ndevices = {devices}\n")
}

#[test]
fn planned_work_is_a_note_and_told_when_it_is_over_and_read_again() {
    let Some(lab) = Lab::new(1) else { return };
    let plan = |text: &str| fs::write(lab.path("windows.toml"), text).unwrap();
    plan(&window("valve test", -60..8));
    let settings = "[capture]\ninterfaces = [\"span0\"]\n[detectors]\nwindows = \"windows.toml\"\n";
    fs::write(lab.path("jaga.toml"), settings).unwrap();
    let sensor = lab.listen(&["-c", &lab.text("jaga.toml")]);
    let process = sensor.0.as_ref().unwrap().id().to_string();
    lab.send(&folder().join("made/modbus.pcap"), &[]);
    let over = |event: &Value| {
        let what = event["health"]["what"].as_str().unwrap_or_default();
        what.starts_with("planned-work")
    };
    let event = lab.told(0, &over);
    assert_eq!(event["health"]["what"], "planned-work-seen", "{event}");
    let text = event["health"]["text"].as_str().unwrap();
    assert!(text.contains("valve test"), "{text}");
    let alerts = |from: usize| -> Vec<Value> {
        let mut events = lab.events("live.json").split_off(from);
        events.retain(|event| event["event_type"] == "alert");
        events
    };
    let planned = alerts(0);
    assert!(!planned.is_empty());
    for alert in &planned {
        assert_eq!(alert["ot"]["planned"], "valve test", "{alert}");
        assert_eq!(alert["alert"]["severity"], 4, "{alert}");
    }
    // A mistake in the plan: what was before stays.
    plan("[[window]]\nnam = 1\n");
    assert!(done("kill", &["-HUP", &process]));
    let reload = |event: &Value| {
        let what = event["health"]["what"].as_str().unwrap_or_default();
        what.starts_with("config-reload")
    };
    let event = lab.told(0, &reload);
    assert_eq!(event["health"]["what"], "config-reload-failed", "{event}");
    assert!(
        event["health"]["text"]
            .as_str()
            .unwrap()
            .contains("windows.toml:2:"),
        "{event}"
    );
    plan(&window("firmware", 3600..7200));
    assert!(done("kill", &["-HUP", &process]));
    let event = lab.told(1, &reload);
    assert_eq!(event["health"]["what"], "config-reloaded", "{event}");
    let before = lab.events("live.json").len();
    lab.send(&folder().join("made/modbus.pcap"), &[]);
    settle();
    sensor.end();
    let unplanned = alerts(before);
    assert!(!unplanned.is_empty());
    assert!(
        unplanned
            .iter()
            .all(|alert| alert["ot"]["planned"].is_null())
    );
    assert_eq!(lab.frames_out("span0"), 0);
}

#[test]
fn what_rules_cost_is_told_of_those_that_looked_on_last() {
    let Some(lab) = Lab::new(1) else { return };
    let settings = "[capture]\ninterfaces = [\"span0\"]\nworkers = 2\n\
                    [rules]\nshipped = false\npaths = [\"my.rules\"]\nstatistics = true\n";
    fs::write(lab.path("jaga.toml"), settings).unwrap();
    let write = |sid: u32| fs::write(lab.path("my.rules"), rule(sid)).unwrap();
    write(9_000_000);
    let sensor = lab.listen(&["-c", &lab.text("jaga.toml")]);
    let process = sensor.0.as_ref().unwrap().id().to_string();
    for (reload, sid) in (9_000_001..=9_000_002).enumerate() {
        write(sid);
        assert!(done("kill", &["-HUP", &process]));
        let is_it = |event: &Value| {
            let name = event["health"]["what"].as_str().unwrap_or_default();
            name.starts_with("config-reload")
        };
        let event = lab.told(reload, &is_it);
        assert_eq!(event["health"]["what"], "config-reloaded", "{event}");
    }
    lab.send(&folder().join("made/modbus.pcap"), &[]);
    settle();
    let told = sensor.last_words();
    let costs: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("  rule 9"))
        .collect();
    assert_eq!(costs.len(), 1, "{told}");
    assert!(costs[0].ends_with(" 9000002  rule 9000002"), "{told}");
}
