//! Two namespaces and the programs that run in them: for tests of the live sensor.
//!
//! Each test takes what it needs.
#![allow(
    dead_code,
    reason = "a part of every test that includes it, which none uses whole"
)]

use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const JAGA: &str = env!("CARGO_BIN_EXE_jaga");

/// Two namespaces with pairs of interfaces between them: what is sent at `tapN` in one is heard
/// at `spanN` in the other. Gone when dropped.
pub(crate) struct Lab {
    pub(crate) sender: String,
    pub(crate) sensor: String,
    pub(crate) folder: TempDir,
}

static LABS: AtomicU32 = AtomicU32::new(0);

impl Lab {
    /// A lab, where one can be made.
    pub(crate) fn new(pairs: u32) -> Option<Self> {
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        let name = |what: &str| format!("jaga-{what}-{}-{number}", std::process::id());
        let lab = Self {
            sender: name("tap"),
            sensor: name("span"),
            folder: tempfile::tempdir().unwrap(),
        };
        let tools = ["tcpreplay", "tcpdump"].map(|tool| done(tool, &["--version"]));
        let spaces = [&lab.sender, &lab.sensor].map(|space| done("ip", &["netns", "add", space]));
        if !tools.iter().chain(&spaces).all(|done| *done) {
            // Past the test harness, which keeps what passing tests print to itself.
            let mut err = std::io::stderr();
            let what = "SKIPPED: the live sensor needs root, ip, tcpreplay and tcpdump";
            writeln!(err, "{what}").unwrap();
            return None;
        }
        (0..pairs).for_each(|number| lab.pair(number));
        Some(lab)
    }

    /// Makes the pair of this number, up, without IPv6 and ARP so that no system says a word.
    pub(crate) fn pair(&self, number: u32) {
        let (tap, span) = (format!("tap{number}"), format!("span{number}"));
        let made = [
            "-n",
            &self.sender,
            "link",
            "add",
            &tap,
            "mtu",
            "9000",
            "type",
            "veth",
            "peer",
            "name",
            &span,
            "mtu",
            "9000",
            "netns",
            &self.sensor,
        ];
        assert!(done("ip", &made), "{made:?}");
        for (space, name) in [(&self.sender, &tap), (&self.sensor, &span)] {
            let quiet = format!("net.ipv6.conf.{name}.disable_ipv6=1");
            // Where the kernel has no IPv6 there is nothing to switch off.
            let _ = done("ip", &["netns", "exec", space, "sysctl", "-qw", &quiet]);
            let up = ["-n", space, "link", "set", name, "arp", "off", "up"];
            assert!(done("ip", &up), "{up:?}");
        }
    }

    pub(crate) fn span(&self, change: &[&str]) {
        let arguments = [&["-n", &self.sensor, "link"], change].concat();
        assert!(done("ip", &arguments), "{arguments:?}");
    }

    /// A command in the namespace of the sensor.
    pub(crate) fn inside(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("ip");
        let place = ["netns", "exec", &self.sensor, program];
        command.args(place).args(arguments).stdin(Stdio::null());
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Records what comes at an interface, with the times of the kernel.
    pub(crate) fn record(&self, span: &str, file: &str) -> Running {
        let file = self.text(file);
        let precise = "--time-stamp-precision=nano";
        let arguments = ["-i", span, "-Q", "in", precise, "-B", "65536", "-w", &file];
        Running::start(self.inside("tcpdump", &arguments), "listening on")
    }

    /// Runs the sensor until it listens.
    pub(crate) fn listen(&self, arguments: &[&str]) -> Running {
        let events = self.text("live.json");
        let inventory = self.text("live-assets.json");
        let summary = ["--events", &events, "--inventory", &inventory, "--json"];
        let all = [&["run"], arguments, &summary].concat();
        Running::start(self.inside(JAGA, &all), "listening at")
    }

    /// Sends a capture at `tap0` as fast as it goes, or with more options.
    pub(crate) fn send(&self, capture: &Path, options: &[&str]) {
        let place = ["netns", "exec", &self.sender, "tcpreplay", "-q"];
        let ways: &[&str] = if options.is_empty() { &["-t"] } else { options };
        let mut command = Command::new("ip");
        command
            .args(place)
            .args(["-i", "tap0"])
            .args(ways)
            .arg(capture);
        let sent = command.output().unwrap();
        assert!(
            sent.status.success(),
            "{}",
            String::from_utf8_lossy(&sent.stderr)
        );
    }

    /// Sends a capture at `tap0` over and over, a thousand frames a second.
    pub(crate) fn sends(&self, capture: &Path) -> Running {
        let place = ["netns", "exec", &self.sender, "tcpreplay", "-q"];
        let mut command = Command::new("ip");
        let way = ["-i", "tap0", "-p", "1000", "-l", "0"];
        command.args(place).args(way).arg(capture);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Running(Some(command.spawn().unwrap()), None)
    }

    /// Frames that left an interface of the sensor.
    pub(crate) fn frames_out(&self, span: &str) -> u64 {
        let shown = ["-n", &self.sensor, "-s", "-j", "link", "show", span];
        let shown = Command::new("ip").args(shown).output().unwrap().stdout;
        let shown: Value = serde_json::from_slice(&shown).unwrap();
        shown[0]["stats64"]["tx"]["packets"].as_u64().unwrap()
    }

    /// The events of a file, without what differs between live and replay by its nature.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(name)).unwrap();
        let mut events: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        events.retain(|event: &Value| event["event_type"] != "health");
        for event in &mut events {
            let event = event.as_object_mut().unwrap();
            for key in ["pcap_cnt", "pcap_filename", "in_iface", "host"] {
                event.remove(key);
            }
            // Where time decided and no packet, the clock may do so between other packets than
            // in a replay: then the flow has come to something else.
            if event["event_type"] == "alert" && !event.contains_key("packet") {
                event.remove("flow");
            }
        }
        events
    }

    /// What the sensor told of its health so far.
    pub(crate) fn health(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("live.json")).unwrap_or_default();
        let lines = text.lines().filter(|line| line.contains("\"health\""));
        lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Waits until the sensor has told one more of these than `known`, and gives it.
    pub(crate) fn told(&self, known: usize, is_it: &dyn Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let health = self.health();
            if let Some(event) = health.iter().filter(|event| is_it(event)).nth(known) {
                return event.clone();
            }
            assert!(began.elapsed() < Duration::from_secs(10), "{health:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Replays records, and checks that the live run told the same.
    pub(crate) fn compare(&self, records: &[&str]) {
        let paths: Vec<String> = records.iter().map(|name| self.text(name)).collect();
        let (events, assets) = (self.text("replay.json"), self.text("replay-assets.json"));
        let replayed = Command::new(JAGA)
            .args(["replay", "-q", "--events", &events, "--inventory", &assets])
            .args(&paths)
            .output()
            .unwrap();
        assert!(replayed.status.success(), "{replayed:?}");
        let (live, replay) = (self.events("live.json"), self.events("replay.json"));
        for (live, replay) in live.iter().zip(&replay) {
            let (live, replay) = (live.as_object().unwrap(), replay.as_object().unwrap());
            for key in live.keys().chain(replay.keys()) {
                let at = &live["timestamp"];
                assert_eq!(live.get(key), replay.get(key), "{key} of {at}");
            }
        }
        assert_eq!(live.len(), replay.len());
        let assets = ["live-assets.json", "replay-assets.json"];
        let [live, replay] = assets.map(|name| fs::read_to_string(self.path(name)).unwrap());
        assert_eq!(live, replay);
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for space in [&self.sender, &self.sensor] {
            done("ip", &["netns", "del", space]);
        }
    }
}

/// Whether a command went well.
pub(crate) fn done(program: &str, arguments: &[&str]) -> bool {
    let ran = Command::new(program).args(arguments).output();
    ran.is_ok_and(|ran| ran.status.success())
}

/// A program that runs until it is told to end, and what it says on standard error once it is
/// ready.
pub(crate) struct Running(
    pub(crate) Option<Child>,
    pub(crate) Option<JoinHandle<String>>,
);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Running {
    /// Starts it, and waits until it says on standard error that it is ready.
    pub(crate) fn start(mut command: Command, ready: &str) -> Self {
        let pipes = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(ready) {
            line.clear();
            let more = said.read_line(&mut line).unwrap();
            assert!(more > 0, "it ended before it was ready");
        }
        // Read on, so that it never waits for a reader.
        let read = move || {
            let lines = said.lines().map_while(Result::ok);
            lines.map(|line| line + "\n").collect()
        };
        Self(Some(child), Some(thread::spawn(read)))
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(mut self) {
        let mut child = self.0.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Ends it as Ctrl-C does; what it said on standard error.
    pub(crate) fn last_words(mut self) -> String {
        let words = self.1.take().unwrap();
        self.end();
        words.join().unwrap()
    }

    /// Ends it as Ctrl-C does; what it wrote to standard output.
    pub(crate) fn end(mut self) -> String {
        let child = self.0.take().unwrap();
        let number = child.id().to_string();
        assert!(done("kill", &["-INT", &number]));
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        String::from_utf8(ended.stdout).unwrap()
    }
}

/// Time for the last frames to be handed over and written.
pub(crate) fn settle() {
    thread::sleep(Duration::from_millis(500));
}
