//! Alerts over crashes: a sensor with `--state` that is killed again and again while it raises
//! them, and disks that are full.

use crate::lab::{JAGA, Lab, Running, done, settle};
use crate::support::{Random, folder, read};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often the sensor is killed; `JAGA_KILLS` asks for more.
const KILLS: u32 = 5;

/// A collector of messages over TCP that writes each it gets to a file, and takes a new
/// connection whenever one ends.
const KEEPER: &str = r#"
import socket, sys
server = socket.create_server(("127.0.0.1", 6010))
print("keeper is ready", file=sys.stderr, flush=True)
with open(sys.argv[1], "ab", buffering=0) as file:
    while True:
        stream, rest = server.accept()[0], b""
        while octets := stream.recv(65536):
            rest += octets
            while b" " in rest:
                length, message = rest.split(b" ", 1)
                if len(message) < int(length): break
                file.write(message[:int(length)] + b"\n")
                rest = message[int(length):]
        stream.close()
"#;

/// The names of the events in these lines, in their order.
pub(super) fn names<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let name = |line: &str| {
        let (_, event) = line.split_at(line.find('{').unwrap());
        let event: Value = serde_json::from_str(event).unwrap();
        event["ot"]["event_id"].as_str().unwrap().to_owned()
    };
    lines.map(name).collect()
}

impl Lab {
    /// The collector, writing to this file, once it listens.
    fn keeper(&self, file: &str) -> Running {
        self.span(&["set", "lo", "up"]);
        let keeper = self.inside("python3", &["-c", KEEPER, &self.text(file)]);
        Running::start(keeper, "keeper is ready")
    }

    /// Runs a sensor that keeps its alerts and sends them to the keeper, until it listens.
    fn durable(&self) -> Running {
        let (state, alerts) = (self.text("state"), self.text("alerts.json"));
        let arguments = ["run", "-i", "span0", "--state", &state, "--alerts", &alerts];
        let more = [
            "--syslog",
            "tcp://127.0.0.1:6010",
            "--events",
            "/dev/null",
            "--metrics",
            "127.0.0.1:9474",
        ];
        let mut command = self.inside(JAGA, &[&arguments[..], &more].concat());
        command.stdout(Stdio::null());
        Running::start(command, "listening at")
    }

    /// What the sensor counts.
    fn metrics(&self) -> String {
        let asks = "import urllib.request as u, sys
sys.stdout.write(u.urlopen('http://127.0.0.1:9474/metrics').read().decode())";
        let page = self.inside("python3", &["-c", asks]).output().unwrap();
        String::from_utf8(page.stdout).unwrap()
    }

    /// The events that are kept.
    pub(super) fn kept(&self) -> String {
        let shown = Command::new(JAGA)
            .args(["spool", "show", &self.text("state")])
            .output()
            .unwrap();
        assert!(shown.status.success(), "{shown:?}");
        String::from_utf8(shown.stdout).unwrap()
    }
}

#[test]
fn a_sensor_that_is_killed_loses_no_alert_that_it_has_sent_or_kept() {
    let Some(lab) = Lab::new(1) else { return };
    let kills = std::env::var("JAGA_KILLS").ok();
    let kills = kills.map_or(KILLS, |kills| kills.parse().unwrap());
    let _keeper = lab.keeper("got");
    let capture = folder().join("made/modbus.pcap");
    let mut chance = Random(7);
    let (mut kept, mut slowest) = (BTreeSet::new(), Duration::ZERO);
    for _ in 0..kills {
        let began = Instant::now();
        let sensor = lab.durable();
        slowest = slowest.max(began.elapsed());
        let sender = lab.sends(&capture);
        thread::sleep(Duration::from_millis(150 + chance.below(700) as u64));
        sensor.kill();
        drop(sender);
        // What was kept at any time stays, and nothing of it is torn.
        let now: BTreeSet<String> = names(lab.kept().lines()).into_iter().collect();
        let lost: Vec<&String> = kept.difference(&now).collect();
        assert!(lost.is_empty(), "{lost:?}");
        kept = now;
    }
    // One that ends in peace sends what the others left.
    let sensor = lab.durable();
    settle();
    sensor.end();
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    let kept = names(lab.kept().lines());
    let once: BTreeSet<&String> = kept.iter().collect();
    assert_eq!(once.len(), kept.len(), "no event is kept twice");
    assert!(kept.len() > 10 * kills as usize, "{}", kept.len());
    for file in ["got", "alerts.json"] {
        let text = fs::read_to_string(lab.path(file)).unwrap();
        let got = names(text.lines());
        let all: BTreeSet<&String> = got.iter().collect();
        let alien: Vec<_> = all.difference(&once).collect();
        assert!(alien.is_empty(), "{file} has what is not kept: {alien:?}");
        let lost: Vec<_> = once.difference(&all).collect();
        assert!(lost.is_empty(), "{file} lacks what is kept: {lost:?}");
        let (all, got) = (all.len(), got.len());
        println!("{kills} kills: {file}: {all} events, {} repeats", got - all);
    }
    println!("{kills} kills: listening again after {slowest:?} at most");
    assert_eq!(lab.frames_out("span0"), 0);
}

#[test]
fn two_sensors_do_not_share_a_folder() {
    let Some(lab) = Lab::new(1) else { return };
    let sensor = lab.durable();
    let second = lab
        .inside(JAGA, &["run", "-i", "lo", "--state", &lab.text("state")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(5), "{said}");
    assert!(
        said.contains("another sensor") && said.contains("hint: "),
        "{said}"
    );
    sensor.end();
}

/// Waits until the keeper has a message with this in it.
fn has(lab: &Lab, what: &str) {
    let began = Instant::now();
    while !fs::read_to_string(lab.path("got")).is_ok_and(|text| text.contains(what)) {
        assert!(began.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_full_disk_stops_neither_capture_nor_alerts_and_is_told() {
    let Some(lab) = Lab::new(1) else { return };
    let _keeper = lab.keeper("got");
    let state = lab.text("state");
    fs::create_dir(&state).unwrap();
    let _disk = Mounted::small(&state);
    let sensor = lab.durable();
    let capture = folder().join("made/modbus.pcap");
    lab.send(&capture, &[]);
    has(&lab, " alert - ");
    let filler = lab.path("state/filler");
    assert!(fs::write(&filler, vec![0; 1024 * 1024]).is_err());
    lab.send(&folder().join("made/s7comm.pcap"), &[]);
    has(&lab, "store-failed");
    has(&lab, "s7comm");
    let page = lab.metrics();
    assert!(page.contains("\njaga_store_up 0\n"), "{page}");
    assert!(
        page.contains("\njaga_store_lost_events_total 0\n"),
        "{page}"
    );
    fs::remove_file(filler).unwrap();
    has(&lab, "store-back");
    assert!(lab.metrics().contains("\njaga_store_up 1\n"));
    let frames = read("made/modbus.pcap").len() + read("made/s7comm.pcap").len();
    let line = format!("jaga_capture_read_packets_total{{interface=\"span0\"}} {frames}\n");
    assert!(lab.metrics().contains(&line));
    sensor.end();
    let kept: BTreeSet<String> = names(lab.kept().lines()).into_iter().collect();
    let got = fs::read_to_string(lab.path("got")).unwrap();
    let got: BTreeSet<String> = names(got.lines()).into_iter().collect();
    assert_eq!(kept, got);
}

/// A file system in memory, gone when dropped.
struct Mounted(String);

impl Mounted {
    fn small(place: &str) -> Self {
        let options = ["-t", "tmpfs", "-o", "size=512k,mode=0700", "small", place];
        assert!(done("mount", &options));
        Self(place.to_owned())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        done("umount", &["-l", &self.0]);
    }
}
