//! The sensor as a service manager sees it: what it sends to `NOTIFY_SOCKET`, which here is a
//! socket of the test's own, and that a worker that hangs stops the feeding of the watchdog.
//!
//! Needs root and `ip`, and Python to hold one thread; says loudly where it is skipped.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

#[path = "support/lab.rs"]
mod lab;

use lab::{JAGA, Lab, Running, done};
use std::fs;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A service manager: what it is told.
struct Told(UnixDatagram);

impl Told {
    /// The next message that has this, within so long.
    fn next(&self, what: &str, within: Duration) -> Option<String> {
        let until = Instant::now() + within;
        let mut octets = [0; 4096];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            self.0.set_read_timeout(Some(left)).unwrap();
            let Ok(length) = self.0.recv(&mut octets) else {
                continue;
            };
            let message = String::from_utf8(octets[..length].to_vec()).unwrap();
            assert!(message.lines().all(|line| line.contains('=')), "{message}");
            if message.contains(what) {
                return Some(message);
            }
        }
    }

    /// As [`next`](Self::next), and it must come.
    fn must(&self, what: &str) -> String {
        let message = self.next(what, Duration::from_secs(10));
        message.unwrap_or_else(|| panic!("{what} was not told"))
    }

    /// Forgets what came so far.
    fn forget(&self) {
        self.0.set_nonblocking(true).unwrap();
        while self.0.recv(&mut [0; 4096]).is_ok() {}
        self.0.set_nonblocking(false).unwrap();
    }
}

/// A sensor at `span0` that is watched, each meal of the watchdog at most a quarter of this
/// after the one before.
fn watched(lab: &Lab, socket: &str, arguments: &[&str], wait: Duration) -> Running {
    let events = lab.text("live.json");
    let all = [&["run", "-i", "span0", "--events", &events], arguments].concat();
    let mut command = lab.inside(JAGA, &all);
    let wait = wait.as_micros().to_string();
    command.envs([("NOTIFY_SOCKET", socket), ("WATCHDOG_USEC", &wait)]);
    Running::start(command, "listening at")
}

#[test]
fn a_service_manager_is_told_how_the_sensor_is() {
    let Some(lab) = Lab::new(1) else { return };
    let path = lab.path("notify");
    let told = Told(UnixDatagram::bind(&path).unwrap());
    fs::write(lab.path("jaga.toml"), "site = \"a\"\n").unwrap();
    let settings = lab.text("jaga.toml");
    let wait = Duration::from_secs(2);
    let sensor = watched(&lab, &lab.text("notify"), &["-c", &settings], wait);
    let ready = told.must("READY=1\nSTATUS=");
    assert!(ready.ends_with("WATCHDOG=1\n"), "{ready}");
    // The kernel takes its time to say that a link is there.
    told.must("STATUS=Listening at span0: 0 packets/s, 0 dropped, 0 alerts");
    told.forget();
    // Fed while no packet comes: a silent wire is no sensor that hangs.
    for _ in 0..6 {
        let fed = told.next("WATCHDOG=1", wait / 2);
        assert!(fed.is_some(), "not fed in time");
    }
    let load = lab.sends(Path::new("pcaps/made/modbus.pcap"));
    let began = Instant::now();
    let rate = loop {
        let status = told.must("STATUS=Listening at span0: ");
        let (_, rest) = status.split_once("span0: ").unwrap();
        let rate: u64 = rest.split(' ').next().unwrap().parse().unwrap();
        if rate > 0 || began.elapsed() > Duration::from_secs(15) {
            break rate;
        }
    };
    // The load is a thousand in a second, in one part or another of the time it is counted for.
    assert!((10..=1_200).contains(&rate), "{rate}");
    drop(load);
    told.forget();
    let process = sensor.0.as_ref().unwrap().id().to_string();
    assert!(done("kill", &["-HUP", &process]));
    let reloading = told.must("RELOADING=1");
    let stamp = reloading
        .lines()
        .find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    let stamp: f64 = stamp.unwrap().parse().unwrap();
    assert!((uptime - stamp / 1e6).abs() < 30.0, "{uptime} {stamp}");
    told.must("READY=1");
    lab.span(&["set", "span0", "down"]);
    told.must("STATUS=Blind at span0: ");
    sensor.end();
    told.must("STOPPING=1");
}

/// Holds the thread with this number, as nothing but the kernel can, until standard input is
/// closed.
const HOLD: &str = "
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
SEIZE, INTERRUPT = 0x4206, 0x4207
for request in (SEIZE, INTERRUPT):
    if libc.ptrace(request, int(sys.argv[1]), None, None) != 0:
        sys.exit('ptrace: errno %d' % ctypes.get_errno())
print('held', file=sys.stderr, flush=True)
sys.stdin.read()
";

#[test]
fn a_worker_that_hangs_stops_the_feeding_of_the_watchdog() {
    let Some(lab) = Lab::new(1) else { return };
    let path = lab.path("notify");
    let told = Told(UnixDatagram::bind(&path).unwrap());
    let wait = Duration::from_secs(2);
    let sensor = watched(&lab, &lab.text("notify"), &["--workers", "2"], wait);
    told.must("READY=1");
    told.must("WATCHDOG=1");
    let process = sensor.0.as_ref().unwrap().id();
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let named = |thread: &Path| fs::read_to_string(thread.join("comm")).unwrap();
    let mut workers: Vec<_> = threads
        .map(|thread| thread.unwrap().path())
        .filter(|thread| named(thread).starts_with("worker-"))
        .collect();
    workers.sort();
    assert_eq!(workers.len(), 2);
    let thread = workers[1].file_name().unwrap().to_str().unwrap();
    let mut hold = Command::new("python3");
    hold.args(["-c", HOLD, thread]).stdin(Stdio::piped());
    let mut held = Running::start(hold, "held");
    // What was on its way.
    std::thread::sleep(Duration::from_millis(500));
    told.forget();
    let fed = told.next("WATCHDOG=1", wait * 2);
    assert_eq!(fed, None, "fed though a worker hangs");
    // Let go, it goes on, and is fed.
    let mut holder = held.0.take().unwrap();
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    told.must("WATCHDOG=1");
    sensor.end();
    told.must("STOPPING=1");
}

#[test]
fn abstract_sockets_are_told_and_what_cannot_be_reached_is_said() {
    let name = format!("jaga-notify-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let told = Told(UnixDatagram::bind_addr(&address).unwrap());
    let start = |socket: &str| {
        let mut command = Command::new(JAGA);
        let arguments = [
            "run",
            "-i",
            "lo",
            "--events",
            "/dev/null",
            "--no-shipped-rules",
        ];
        command.args(arguments).env("NOTIFY_SOCKET", socket);
        command.stdin(Stdio::null());
        command
    };
    let may = Command::new(JAGA)
        .args(["check", "-i", "lo"])
        .output()
        .unwrap();
    if !String::from_utf8_lossy(&may.stdout).contains("ok       listening at lo") {
        eprintln!("SKIPPED: listening at the loopback needs root");
        return;
    }
    let sensor = Running::start(start(&format!("@{name}")), "listening at");
    told.must("READY=1\nSTATUS=Listening at lo: ");
    sensor.end();
    told.must("STOPPING=1");
    // Nobody is there: it is said, and the sensor listens.
    let sensor = Running::start(start("/nowhere/notify"), "NOTIFY_SOCKET: /nowhere/notify");
    let words = sensor.last_words();
    assert!(words.contains("listening at lo"), "{words}");
}

/// What a bundle is made of here: a secret in each place where one may stand.
const SETTINGS: &str = r#"
site = "plant"

[capture]
interfaces = ["span0"]

[rules.variables]
PLANT_PASSWORD = "hunter2"

[metrics]
listen = "127.0.0.1:9474"

[state]
folder = "state"

[events]
file = "live.json"
"#;

#[test]
fn a_support_bundle_says_how_the_sensor_is_and_holds_no_payload_and_no_secret() {
    let Some(lab) = Lab::new(1) else { return };
    assert!(done("ip", &["-n", &lab.sensor, "link", "set", "lo", "up"]));
    let settings = lab.text("jaga.toml");
    fs::write(lab.path("jaga.toml"), SETTINGS).unwrap();
    let sensor = Running::start(lab.inside(JAGA, &["run", "-c", &settings]), "listening at");
    lab.send(Path::new("pcaps/sites/it-ot-pivot.pcap"), &[]);
    // Alerts with their payload are kept by now, and none of them may be in the bundle.
    let began = Instant::now();
    loop {
        let kept = fs::read_to_string(lab.path("live.json")).unwrap_or_default();
        if kept.contains("\"event_type\":\"alert\"") && kept.contains("\"payload") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "no alert");
        std::thread::sleep(Duration::from_millis(50));
    }
    lab.span(&["set", "span0", "down"]);
    lab.told(0, &|event| event["health"]["reason"] == "down");
    let bundle = lab.text("bundle.tar.gz");
    let made = lab
        .inside(JAGA, &["support-bundle", "-c", &settings, "-o", &bundle])
        .output()
        .unwrap();
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    sensor.end();
    assert!(done("tar", &["xzf", &bundle, "-C", &lab.text("")]));
    let part = |name: &str| fs::read_to_string(lab.path("jaga-support").join(name)).unwrap();
    let mut names: Vec<_> = fs::read_dir(lab.path("jaga-support"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let contents = part("contents.txt");
    for name in &names {
        assert!(contents.contains(name.as_str()), "{name}");
        let text = part(name);
        for hidden in ["hunter2", "\"payload", "\"packet\"", "\"alert\":"] {
            assert!(!text.contains(hidden), "{name}: {hidden}");
        }
    }
    assert_eq!(names.len(), 7);
    assert!(part("versions.txt").contains(concat!("jaga ", env!("CARGO_PKG_VERSION"), "\n")));
    assert!(part("configuration.toml").contains("PLANT_PASSWORD = \"***\""));
    assert!(part("check.txt").contains("warning  span0: is down"));
    let status = part("status.txt");
    assert!(
        status.contains("VmRSS") && status.contains("span0: Posture"),
        "{status}"
    );
    assert!(status.contains(" events in "), "{status}");
    assert!(part("metrics.txt").contains("jaga_build_info"));
    let health = part("health.json");
    assert!(
        health.lines().count() > 0 && health.contains("capture-lost"),
        "{health}"
    );

    // A configuration with a mistake: the bundle comes all the same, and says which.
    fs::write(lab.path("bad.toml"), "sites = \"hunter2\"\n").unwrap();
    let bad = lab.text("bad.toml");
    let made = Command::new(JAGA)
        .args(["support-bundle", "-c", &bad, "-o", &bundle])
        .output()
        .unwrap();
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert!(done("tar", &["xzf", &bundle, "-C", &lab.text("")]));
    assert!(part("configuration.toml").contains("bad.toml:1:1: there is no key"));
    let nowhere = Command::new(JAGA)
        .args(["support-bundle", "-c", "/nowhere/jaga.toml"])
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(2), "{nowhere:?}");
}
