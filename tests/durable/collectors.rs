//! Alerts at a real rsyslog: over UDP, TCP and TLS, parsed into its fields, and over its death.
//!
//! Needs rsyslog with its GnuTLS driver and openssl as well; says loudly where it is skipped.

use super::crashes::names;
use crate::lab::{JAGA, Lab, Running, done, settle};
use crate::support::folder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// What the collector does: each way into a file of its own, the fields as JSON.
const CONFIGURATION: &str = r#"
global(workDirectory="@" DefaultNetstreamDriverCAFile="@/ca.pem"
       DefaultNetstreamDriverCertFile="@/server.pem" DefaultNetstreamDriverKeyFile="@/server.key"
       maxMessageSize="64k")
module(load="imudp")
module(load="imptcp")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1"
       StreamDriver.AuthMode="x509/certvalid")
template(name="fields" type="list" option.jsonf="on") {
    property(outname="pri" name="pri" format="jsonf")
    property(outname="time" name="timereported" dateformat="rfc3339" format="jsonf")
    property(outname="host" name="hostname" format="jsonf")
    property(outname="app" name="app-name" format="jsonf")
    property(outname="process" name="procid" format="jsonf")
    property(outname="kind" name="msgid" format="jsonf")
    property(outname="message" name="msg" format="jsonf")
}
ruleset(name="udp") { action(type="omfile" file="@/udp" template="fields") }
ruleset(name="tcp") { action(type="omfile" file="@/tcp" template="fields") }
ruleset(name="tls") { action(type="omfile" file="@/tls" template="fields") }
input(type="imudp" address="127.0.0.1" port="5140" ruleset="udp")
input(type="imptcp" address="127.0.0.1" port="6010" ruleset="tcp")
input(type="imtcp" port="6514" ruleset="tls")
"#;

/// A rule that makes an alert of each datagram, so that there is load.
const RULE: &str =
    "alert udp any any -> any any (msg:\"a datagram\"; dsize:>0; sid:9000001; rev:1;)\n";

/// Makes certificates: two authorities, servers with the right name, another one and one that
/// has expired, and a client.
const CERTIFICATES: &str = r#"
set -e
cd "$1"
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>/dev/null
}
signed() { # file, subjectAltName, usage, days
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
        -keyout "$1.key" -out "$1.csr" 2>/dev/null
    printf 'subjectAltName=%s\nextendedKeyUsage=%s\nbasicConstraints=CA:FALSE\n' "$2" "$3" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$4" \
        -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}
authority ca
authority other
signed server DNS:localhost serverAuth 2
signed elsewhere DNS:logs.example serverAuth 2
signed expired DNS:localhost serverAuth -1
signed client DNS:sensor clientAuth 2
"#;

impl Lab {
    /// Makes what the collector needs, where there is a collector.
    fn prepare(&self) -> bool {
        let there = ["rsyslogd", "openssl"].map(|tool| {
            let version = if tool == "openssl" { "version" } else { "-v" };
            done(tool, &[version])
        });
        let driver = done("sh", &["-c", "ls /usr/lib/*/rsyslog/lmnsd_gtls.so"]);
        if there.contains(&false) || !driver {
            let mut err = std::io::stderr();
            let what = "SKIPPED: a real collector needs rsyslog, rsyslog-gnutls and openssl";
            writeln!(err, "{what}").unwrap();
            assert!(std::env::var_os("CI").is_none(), "{what}");
            return false;
        }
        self.span(&["set", "lo", "up"]);
        let place = self.folder.path().display().to_string();
        fs::write(
            self.path("rsyslog.conf"),
            CONFIGURATION.replace('@', &place),
        )
        .unwrap();
        fs::write(self.path("load.rules"), RULE).unwrap();
        assert!(done("sh", &["-c", CERTIFICATES, "sh", &place]));
        true
    }

    /// The collector, once it takes connections.
    fn rsyslog(&self) -> Running {
        let (conf, pid) = (self.text("rsyslog.conf"), self.text("rsyslog.pid"));
        let _ = fs::remove_file(&pid);
        let mut command = self.inside("rsyslogd", &["-n", "-f", &conf, "-i", &pid]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let running = Running(Some(command.spawn().unwrap()), None);
        let asks = "for port in 6010 6514; do until ss -Hltn | grep -q \":$port \"; do sleep 0.05; done; done";
        let listens = self
            .inside("timeout", &["10", "sh", "-c", asks])
            .output()
            .unwrap();
        assert!(listens.status.success(), "rsyslogd does not listen");
        running
    }

    /// A sensor that sends all ways, with an alert for each request.
    fn reporter(&self, more: &[&str]) -> Running {
        let texts = [
            "state",
            "load.rules",
            "ca.pem",
            "client.pem",
            "client.key",
            "live.json",
        ];
        let [state, rules, ca, certificate, key, events] = texts.map(|name| self.text(name));
        let arguments = [
            "run",
            "-i",
            "span0",
            "--sensor",
            "north",
            "--state",
            &state,
            "--no-shipped-rules",
            "--rules",
            &rules,
            "--events",
            &events,
            "--syslog-ca",
            &ca,
            "--syslog-cert",
            &certificate,
            "--syslog-key",
            &key,
        ];
        Running::start(
            self.inside(JAGA, &[&arguments, more].concat()),
            "listening at",
        )
    }

    /// What came one way: the fields of each message.
    fn came(&self, way: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(way)).unwrap_or_default();
        // A line may be cut where the collector was killed.
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines.collect()
    }
}

/// The names of the events in these messages.
fn came_names(came: &[Value]) -> Vec<String> {
    names(
        came.iter()
            .map(|fields| fields["message"].as_str().unwrap()),
    )
}

const WAYS: [&str; 6] = [
    "--syslog",
    "udp://127.0.0.1:5140",
    "--syslog",
    "tcp://127.0.0.1:6010",
    "--syslog",
    "tls://localhost:6514",
];

#[test]
fn rsyslog_takes_and_parses_what_comes_over_udp_tcp_and_tls() {
    let Some(lab) = Lab::new(1) else { return };
    if !lab.prepare() {
        return;
    }
    let collector = lab.rsyslog();
    let sensor = lab.reporter(&WAYS);
    let process = sensor.0.as_ref().unwrap().id().to_string();
    lab.send(&folder().join("made/bacnet.pcap"), &[]);
    settle();
    sensor.end();
    settle();
    let kept: BTreeSet<String> = names(lab.kept().lines()).into_iter().collect();
    assert!(kept.len() > 20, "{}", kept.len());
    for way in ["udp", "tcp", "tls"] {
        let came = lab.came(way);
        let got: BTreeSet<String> = came_names(&came).into_iter().collect();
        assert_eq!(got, kept, "{way}");
        let alert = came
            .iter()
            .find(|fields| fields["kind"] == "alert")
            .unwrap();
        let event: Value = serde_json::from_str(alert["message"].as_str().unwrap().trim()).unwrap();
        assert_eq!(event["alert"]["signature_id"], 9_000_001, "{way}");
        assert_eq!(alert["host"], "north");
        assert_eq!(alert["app"], "jaga");
        assert_eq!(alert["process"], process.as_str());
        // Facility local4, and the severity of the alert.
        let priority: u8 = alert["pri"].as_str().unwrap().parse().unwrap();
        assert_eq!(priority / 8, 20, "{alert}");
        let time = alert["time"].as_str().unwrap();
        let told = event["timestamp"].as_str().unwrap();
        assert_eq!(time.get(..26), told.get(..26), "{way}");
    }
    drop(collector);
}

#[test]
fn a_collector_that_dies_under_load_gets_all_in_the_end() {
    let Some(lab) = Lab::new(1) else { return };
    if !lab.prepare() {
        return;
    }
    let seconds = std::env::var("JAGA_OUTAGE").ok();
    let seconds = seconds.map_or(3, |seconds| seconds.parse().unwrap());
    let mut collector = lab.rsyslog();
    let sensor = lab.reporter(&WAYS);
    let sender = lab.sends(&folder().join("made/bacnet.pcap"));
    for pause in [0, 0, seconds] {
        thread::sleep(Duration::from_millis(1500));
        collector.kill();
        thread::sleep(Duration::from_secs(pause));
        collector = lab.rsyslog();
    }
    thread::sleep(Duration::from_millis(1500));
    drop(sender);
    // A connection that was refused is tried again only after a while.
    let all: BTreeSet<String> = names(lab.kept().lines()).into_iter().collect();
    let lacking = |way: &str| {
        let got: BTreeSet<String> = came_names(&lab.came(way)).into_iter().collect();
        all.difference(&got).count()
    };
    // After minutes there is much to catch up with: as long as something comes, it is waited for.
    let size = || {
        let sizes =
            ["tcp", "tls"].map(|way| fs::metadata(lab.path(way)).map_or(0, |file| file.len()));
        sizes.iter().sum::<u64>()
    };
    let (mut came, mut grew) = (size(), Instant::now());
    while grew.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(500));
        if size() != came {
            (came, grew) = (size(), Instant::now());
        } else if grew.elapsed() > Duration::from_secs(2) && lacking("tcp") + lacking("tls") == 0 {
            break;
        }
    }
    for way in ["tcp", "tls"] {
        let came = lab.came(way).len();
        println!("{way}: {} events, {came} messages", all.len());
        assert_eq!(lacking(way), 0, "{way} lacks some of {}", all.len());
    }
    assert!(all.len() > 1000, "{}", all.len());
    sensor.end();
    drop(collector);
}

#[test]
fn who_does_not_prove_who_it_is_gets_nothing_and_that_is_told() {
    let Some(lab) = Lab::new(1) else { return };
    if !lab.prepare() {
        return;
    }
    let [other, ca] = ["other.pem", "ca.pem"].map(|name| lab.text(name));
    let with = |server: &str| {
        for ending in ["pem", "key"] {
            let file = format!("{server}.{ending}");
            fs::copy(lab.path(&file), lab.path(&format!("server.{ending}"))).unwrap();
        }
    };
    fs::copy(lab.path("server.pem"), lab.path("right.pem")).unwrap();
    fs::copy(lab.path("server.key"), lab.path("right.key")).unwrap();
    let url = "tls://localhost:6514";
    for (server, authority, says) in [
        ("right", &other, "signed by nobody that is trusted"),
        ("elsewhere", &ca, "its certificate is not for localhost"),
        ("expired", &ca, "its certificate has expired"),
        ("right", &ca, "--syslog-cert"),
    ] {
        with(server);
        let collector = lab.rsyslog();
        let events = lab.text("live.json");
        let _ = fs::remove_file(&events);
        let arguments = ["run", "-i", "span0", "--events", &events, "--syslog", url];
        let arguments = [&arguments[..], &["--syslog-ca", authority]].concat();
        let sensor = Running::start(lab.inside(JAGA, &arguments), "listening at");
        lab.send(&folder().join("made/bacnet.pcap"), &[]);
        let failed = lab.told(0, &|event| event["health"]["what"] == "output-failed");
        let text = failed["health"]["text"].as_str().unwrap();
        assert!(
            text.contains(says) || says.contains("wants") && text.contains("refuses"),
            "{text}"
        );
        assert_eq!(failed["health"]["output"], url);
        drop(sensor);
        drop(collector);
        assert_eq!(lab.came("tls"), Vec::<Value>::new(), "{server}");
    }
}
