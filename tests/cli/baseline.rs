//! What is usual: learned, read, edited, held against what comes.

use super::{folder, jaga};
use crate::support::{Frame, Host, datagram, tcp, write};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A plant in which at 12:55:38 a station that is new operates a breaker.
fn injection() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/sites/ot-dnp3-control-injection.pcap")
}

/// Kind, severity and what happened, of what a detector tells.
type Alert = (String, u64, String);

/// Priority and sources of an incident as it ended.
type Incident = (u64, String);

fn told(events: &str) -> (Vec<Alert>, Vec<Incident>) {
    let mut found = Vec::new();
    let mut incidents = Vec::new();
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if event["ot"]["kind"].is_string() {
            let severity = event["alert"]["severity"].as_u64().unwrap();
            found.push((
                text(&event["ot"]["kind"]),
                severity,
                text(&event["ot"]["what"]),
            ));
        }
        let incident = &event["incident"];
        if incident["state"] == "closed" {
            let sources = incident["sources"].as_array().unwrap();
            let priority = incident["priority"].as_u64().unwrap();
            incidents.push((
                priority,
                sources.iter().map(text).collect::<Vec<_>>().join(" "),
            ));
        }
    }
    (found, incidents)
}

#[test]
fn who_is_new_and_operates_is_the_one_incident() {
    for language in ["en", "id"] {
        let options = ["--learn", "5m", "--language", language, "--events", "-"];
        let arguments: Vec<&dyn AsRef<std::ffi::OsStr>> =
            options.iter().map(|option| option as _).collect();
        let capture = injection();
        let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"replay", &capture];
        all.extend(arguments);
        let (found, incidents) = told(&jaga(&all).with(0, &[]).out);
        let asked = if language == "en" { "asked" } else { "meminta" };
        let who = format!("10.228.96.233 {asked} 10.228.96.132: ");
        let grave: Vec<&Alert> = found
            .iter()
            .filter(|(_, severity, _)| *severity <= 3)
            .collect();
        let acts = grave.iter().filter(|(kind, severity, what)| {
            kind == "new-station" && *severity == 2 && what.starts_with(&who)
        });
        assert_eq!(acts.count(), 2, "select and operate: {grave:?}");
        assert!(
            grave
                .iter()
                .all(|(_, _, what)| what.contains("10.228.96.233")),
            "{grave:?}"
        );
        let urgent: Vec<&Incident> = incidents
            .iter()
            .filter(|(priority, _)| *priority < 4)
            .collect();
        assert!(
            matches!(urgent[..], [(2, who)] if who.contains("10.228.96.233")),
            "{urgent:?}"
        );
    }
}

#[test]
fn a_baseline_is_the_same_for_any_number_of_workers_and_finds_nothing_new_in_itself() {
    let folder = folder();
    let capture = injection();
    let learned = |workers: &str| {
        let path = folder.path().join(workers);
        jaga(&[
            &"baseline",
            &"learn",
            &capture,
            &"--workers",
            &workers,
            &"-o",
            &path,
        ])
        .with(0, &[]);
        fs::read_to_string(path).unwrap()
    };
    let text = learned("1");
    assert!(text.lines().count() > 20, "{text}");
    assert_eq!(learned("2"), text);
    assert_eq!(learned("4"), text);
    let path = folder.path().join("1");
    let ended = jaga(&[&"replay", &capture, &"--baseline", &path, &"--events", &"-"]).with(0, &[]);
    assert_eq!(told(&ended.out).0, []);
    let shown = jaga(&[&"baseline", &"show", &path]).with(0, &[]).out;
    assert!(shown.contains("10.228.96.233 asks"), "{shown}");
}

#[test]
fn what_people_forbid_is_told_and_what_they_take_away_is_new() {
    let folder = folder();
    let capture = injection();
    let path = folder.path().join("plant.baseline");
    jaga(&[&"baseline", &"learn", &capture, &"-o", &path]).with(0, &[]);
    let text = fs::read_to_string(&path).unwrap();
    let edited: String = text
        .lines()
        .filter(|line| !line.starts_with("host 10.228.96.176 "))
        .map(
            |line| match line.starts_with("do ") && line.contains("\"operate\"") {
                true => {
                    format!("{line} forbidden by=\"Sari\" why=\"only from the control room\"\n")
                }
                false => format!("{line}\n"),
            },
        )
        .collect();
    let other = folder.path().join("edited.baseline");
    fs::write(&other, edited).unwrap();
    let ended = jaga(&[
        &"replay",
        &capture,
        &"--baseline",
        &other,
        &"--events",
        &"-",
    ])
    .with(0, &[]);
    let kinds: Vec<(String, u64)> = told(&ended.out)
        .0
        .into_iter()
        .map(|(kind, severity, _)| (kind, severity))
        .collect();
    assert!(
        kinds.contains(&("forbidden".to_owned(), 1))
            || kinds.contains(&("forbidden".to_owned(), 2)),
        "{kinds:?}"
    );
    assert!(
        kinds.iter().any(|(kind, _)| kind == "new-host"),
        "{kinds:?}"
    );
    let diff = jaga(&[&"baseline", &"diff", &path, &other])
        .with(1, &[])
        .out;
    assert!(diff.contains("- host 10.228.96.176\n"), "{diff}");
    assert!(
        diff.contains("+ do 10.228.96.233 > 10.228.96.132 dnp3 unit 49 \"operate\" forbidden"),
        "{diff}"
    );
    jaga(&[&"baseline", &"diff", &path, &path]).with(0, &[]);
}

#[test]
fn what_is_no_baseline_is_said_with_its_line() {
    let folder = folder();
    let capture = injection();
    let path = folder.path().join("wrong");
    fs::write(&path, "# Jaga baseline 1\nhost 10.0.0.1\nhots 10.0.0.2\n").unwrap();
    jaga(&[&"replay", &capture, &"--baseline", &path]).with(2, &["line 3: `hots`", "hint:"]);
    jaga(&[&"baseline", &"show", &capture]).with(2, &["not a text"]);
    jaga(&[&"baseline", &"show", &folder.path().join("none")]).with(2, &["No such file"]);
    for wrong in ["0s", "yesterday", "-5m", ""] {
        let option = format!("--learn={wrong}");
        jaga(&[&"replay", &capture, &option]).with(2, &["--learn"]);
    }
}

/// Seconds as nanoseconds, from a day on.
const fn at(seconds: u64) -> u64 {
    (1_700_000_000 + seconds) * 1_000_000_000
}

/// A request for holding registers over Modbus/UDP and its answer, or a write of one.
fn poll(seconds: u64, station: u8, write: bool) -> [Frame; 2] {
    let (hmi, plc) = (Host::new(station, 40_000), Host::new(2, 502));
    let [high, low] = u16::try_from(seconds % 60_000).unwrap().to_be_bytes();
    let (asked, answered): (&[u8], &[u8]) = if write {
        (&[0, 6, 1, 6, 0, 9, 0, 1], &[0, 6, 1, 6, 0, 9, 0, 1])
    } else {
        (&[0, 6, 1, 3, 0, 0, 0, 2], &[0, 7, 1, 3, 4, 0, 1, 0, 2])
    };
    let adu = |rest: &[u8]| [&[high, low, 0, 0, 0][..], rest.get(1..).unwrap()].concat();
    [
        datagram(at(seconds), hmi, plc, &adu(asked)),
        datagram(at(seconds) + 5_000_000, plc, hmi, &adu(answered)),
    ]
}

#[test]
fn auto_holds_each_sort_against_what_comes_once_little_that_is_new_is_to_be_expected() {
    const HOUR: u64 = 3_600;
    let folder = folder();
    let polls = (0..52 * HOUR).step_by(20);
    let mut frames: Vec<Frame> = polls.flat_map(|s| poll(s, 1, false)).collect();
    // Somebody asks once in the tenth hour: a host and a reader that were seen in one slot only,
    // for which 60 hours are waited. Nobody writes, which after 36 hours means something.
    for (hour, station, write) in [(10, 8, false), (40, 9, true), (50, 10, false)] {
        frames.extend(poll(hour * HOUR + 7, station, write));
    }
    frames.sort_by_key(|frame| frame.nanos);
    let capture = folder.path().join("days.pcap");
    fs::write(&capture, write(&frames)).unwrap();
    let out = jaga(&[
        &"replay",
        &capture,
        &"--learn",
        &"auto",
        &"--events",
        &"-",
        &"--no-shipped-rules",
    ]);
    let ran = out.with(0, &[]);
    let (found, _) = told(&ran.out);
    let of = |station: &str| -> Vec<&str> {
        let named = |alert: &&Alert| alert.2.contains(station);
        found
            .iter()
            .filter(named)
            .map(|(kind, ..)| kind.as_str())
            .collect()
    };
    assert_eq!(of("10.0.0.8 "), [""; 0], "{found:?}");
    assert!(of("10.0.0.9 ").contains(&"new-station"), "{found:?}");
    assert_eq!(of("10.0.0.10 "), [""; 0], "{found:?}");
    let reads = "--learn auto: reads are still learned: after 2.2 days up to 4 new ones a day";
    assert!(ran.err.contains(reads), "{}", ran.err);
    assert!(
        !ran.err.contains("changes are still learned"),
        "{}",
        ran.err
    );
}

#[test]
fn who_scans_while_one_learns_is_not_usual_after() {
    let folder = folder();
    let mut frames: Vec<Frame> = (0..1_200)
        .step_by(5)
        .flat_map(|s| poll(s, 1, false))
        .collect();
    // A station reads in the first minute, and tries ports that refuse in the third; another
    // reads as well.
    for station in [8, 9] {
        frames.extend(poll(60, station, false));
    }
    let (scanner, plc) = (Host::new(8, 50_000), Host::new(2, 0));
    for number in 0..100_u16 {
        let port = Host {
            port: 1_000 + number,
            ..plc
        };
        let time = at(180) + u64::from(number) * 10_000_000;
        frames.push(tcp(time, (scanner, port), 0x02, (1, 0), b""));
        frames.push(tcp(time + 1_000_000, (port, scanner), 0x14, (0, 2), b""));
    }
    for station in [8, 9] {
        frames.extend(poll(900, station, false));
    }
    frames.sort_by_key(|frame| frame.nanos);
    let capture = folder.path().join("scan.pcap");
    fs::write(&capture, write(&frames)).unwrap();
    for (language, says) in [
        ("en", "from a station that scanned"),
        ("id", "dari stasiun yang saat itu memindai"),
    ] {
        let ran = jaga(&[
            &"replay",
            &capture,
            &"--learn",
            &"10m",
            &"--events",
            &"-",
            &"--language",
            &language,
        ]);
        let out = ran.with(0, &[]).out;
        let events = out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let readers: Vec<Value> = events
            .filter(|event| event["ot"]["kind"] == "new-reader")
            .collect();
        let [reader] = readers.as_slice() else {
            panic!("{readers:#?}");
        };
        assert!(
            reader["ot"]["what"].as_str().unwrap().contains("10.0.0.8 "),
            "{reader}"
        );
        assert!(
            reader["ot"]["usual"].as_str().unwrap().contains(says),
            "{reader}"
        );
    }
    // In the text the line stays, for people to decide.
    let path = folder.path().join("usual");
    jaga(&[&"baseline", &"learn", &capture, &"-o", &path]).with(0, &[]);
    let text = fs::read_to_string(&path).unwrap();
    let doubted = text.lines().filter(|line| line.contains("doubt=\"scan\""));
    let doubted: Vec<&str> = doubted.collect();
    assert!(
        doubted.iter().any(|line| line.starts_with("do 10.0.0.8 ")),
        "{text}"
    );
    assert!(
        doubted.iter().all(|line| line.contains(" 10.0.0.8 ")),
        "{text}"
    );
    jaga(&[&"baseline", &"show", &path]).with(0, &[]);
}

#[test]
fn people_decide_by_command_and_the_text_says_who_when_and_why() {
    let folder = folder();
    let path = folder.path().join("plant.baseline");
    jaga(&[&"baseline", &"learn", &injection(), &"-o", &path]).with(0, &[]);
    let learned = fs::read_to_string(&path).unwrap();
    let decide = |what: &str, lines: &[&str], more: &[&str]| {
        let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"baseline", &what, &path];
        all.extend(
            lines
                .iter()
                .chain(more)
                .map(|word| word as &dyn AsRef<std::ffi::OsStr>),
        );
        jaga(&all)
    };
    let said = ["--by", "Budi", "--why", "new HMI"];

    // A line that nobody learned.
    let host = "host 10.9.9.9";
    let act = "do 10.9.9.9 > 10.228.96.132 dnp3 \"operate\"";
    let out = decide("approve", &[host, act], &said).with(0, &[]).out;
    assert_eq!(out, format!("approved: {host}\napproved: {act}\n"));
    let approved = fs::read_to_string(&path).unwrap();
    let line = approved
        .lines()
        .find(|line| line.starts_with(host))
        .unwrap();
    let (front, when) = line.split_once(" on=").unwrap();
    assert_eq!(front, format!("{host} ; by=\"Budi\" why=\"new HMI\""));
    assert!(when.ends_with('Z'), "{line}");
    assert!(
        approved
            .lines()
            .any(|line| line.starts_with(act) && line.contains(" open"))
    );

    // What is usual is forbidden, and told from then on.
    let known = learned
        .lines()
        .find(|line| line.starts_with("do 10.228.96.89 > "))
        .unwrap();
    let known = known.split(" ;").next().unwrap();
    decide("forbid", &[known], &said).with(0, &[]);
    let ran = jaga(&[
        &"replay",
        &injection(),
        &"--baseline",
        &path,
        &"--events",
        &"-",
    ]);
    let (found, _) = told(&ran.with(0, &[]).out);
    assert!(
        found.iter().any(|(kind, ..)| kind == "forbidden"),
        "{found:?}"
    );

    // The last decision is taken back, and brought back.
    let forbidden = fs::read_to_string(&path).unwrap();
    decide("revert", &[], &[]).with(0, &[]);
    assert_eq!(fs::read_to_string(&path).unwrap(), approved);
    decide("revert", &[], &[]).with(0, &[]);
    assert_eq!(fs::read_to_string(&path).unwrap(), forbidden);

    // What is wrong changes nothing, be it the last of several.
    decide("remove", &[host, "host 10.1.2.3"], &[]).with(2, &["the baseline has no such line"]);
    decide("remove", &["hots 10.1.2.3"], &[]).with(2, &["`hots` is no kind of line"]);
    decide(
        "remove",
        &["learned 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z"],
        &[],
    )
    .with(2, &["neither a host, a talk nor a do line"]);
    decide("remove", &[], &[]).with(2, &["no line is named"]);
    decide("approve", &[host], &["--by", "Budi"]).with(2, &["--why"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), forbidden);
    decide("remove", &[host], &[]).with(0, &[]);
    assert!(!fs::read_to_string(&path).unwrap().contains(host));
}

/// A host and an operation that were seen all the time for 60 days.
const SETTLED: &str = "\
# Jaga baseline 1
learned 2026-01-01T00:00:00Z to 2026-03-02T00:00:00Z
host 10.0.0.5 ; count=9 first=2026-01-01T00:00:00Z last=2026-03-02T00:00:00Z slots=3
talk 10.0.0.5 > 10.0.0.7 modbus ; count=9 first=2026-01-01T00:00:00Z last=2026-03-02T00:00:00Z slots=3
do 10.0.0.5 > 10.0.0.7 modbus unit 1 \"=write\" ; count=900 first=2026-01-01T00:00:00Z last=2026-03-02T00:00:00Z slots=3 criticality=3 pauses=899 period=1.5 longest=2
at 10.0.0.5 > 10.0.0.7 modbus unit 1 \"=write\" holding-register 0-9,40
value 10.0.0.5 > 10.0.0.7 modbus unit 1 \"=write\" holding-register 40 one of \"1\" \"2\"
";

#[test]
fn what_wants_an_eye_is_told_and_a_settled_baseline_passes() {
    let folder = folder();
    let path = folder.path().join("plant.baseline");
    let check = |text: &str, code: i32| {
        fs::write(&path, text).unwrap();
        jaga(&[&"baseline", &"check", &path]).with(code, &[]).out
    };
    let good = check(SETTLED, 0);
    assert!(good.contains("Nothing wants an eye"), "{good}");
    let told = |from: &str, to: &str| {
        assert!(SETTLED.contains(from), "{from}");
        let said = check(&SETTLED.replace(from, to), 1);
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (from, to, says) in [
        (
            "to 2026-03-02T00",
            "to 2026-01-02T00",
            "hosts: after 1.0 days up to 3 new ones a day",
        ),
        (
            "criticality=3",
            "criticality=3 open",
            "1 line is open: touches so many addresses",
        ),
        (
            "slots=3\ntalk",
            "slots=3 doubt=\"scan\"\ntalk",
            "1 line is doubtful: learned from who scanned",
        ),
        (
            "slots=3\ntalk",
            "slots=3 expires=2026-02-01T00:00:00Z by=\"Budi\" why=\"test\"\ntalk",
            "1 line is expired: not usual any more host 10.0.0.5",
        ),
        (
            "slots=3\ntalk",
            "slots=3 forbidden\ntalk",
            "1 line is decided without saying by whom and why host 10.0.0.5",
        ),
    ] {
        let said = told(from, to);
        assert!(said.contains(says), "{says}: {said}");
    }
    fs::write(&path, SETTLED.replace("talk ", "tolk ")).unwrap();
    jaga(&[&"baseline", &"check", &path]).refused(2, &["plant.baseline", "4", "`tolk`"]);
}

#[test]
fn a_baseline_is_exported_with_a_row_for_each_fact_and_no_formula() {
    let folder = folder();
    let path = folder.path().join("plant.baseline");
    fs::write(&path, SETTLED).unwrap();
    let export = |format: &str| {
        let asked = jaga(&[&"baseline", &"export", &path, &"--format", &format]);
        asked.with(0, &[]).out
    };
    let table = export("csv");
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 4, "{table}");
    assert!(
        rows[0].starts_with("kind,source,target,protocol,unit,operation,"),
        "{table}"
    );
    assert!(
        rows[3].starts_with("operation,10.0.0.5,10.0.0.7,modbus,1,'=write,3,"),
        "{table}"
    );
    let lines: Vec<Value> = export("json")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2]["addresses"][0], "holding-register 0-9,40");
    assert_eq!(
        lines[2]["values"][0],
        "holding-register 40: one of \"1\" \"2\""
    );
    assert_eq!(lines[2]["period_s"], "1.5");
    // A whole site: as many rows as the text has such lines.
    let site = folder.path().join("site.baseline");
    jaga(&[&"baseline", &"learn", &"-q", &injection(), &"-o", &site]).with(0, &[]);
    let text = fs::read_to_string(&site).unwrap();
    let facts = text.lines().filter(|line| {
        ["host ", "talk ", "do "]
            .iter()
            .any(|kind| line.starts_with(kind))
    });
    let out = folder.path().join("site.csv");
    jaga(&[&"baseline", &"export", &site, &"-o", &out]).with(0, &[]);
    let table = fs::read_to_string(&out).unwrap();
    assert_eq!(table.lines().count(), facts.count() + 1);
    // The baseline is not written over.
    jaga(&[&"baseline", &"export", &site, &"-o", &site]).refused(2, &["site.baseline"]);
}

#[test]
fn what_who_attacks_while_one_learns_does_beside_it_does_not_become_usual() {
    const HOUR: u64 = 3_600;
    let folder = folder();
    let read_after = |attack: bool| {
        let polls = (0..52 * HOUR).step_by(20);
        let mut frames: Vec<Frame> = polls.flat_map(|s| poll(s, 1, false)).collect();
        for hour in [2, 12, 22, 32] {
            if attack {
                // Force listen only mode (Modbus application protocol 1.1b3, section 6.8.1).
                let silence = [0, 1, 0, 0, 0, 6, 1, 8, 0, 4, 0, 0];
                let (from, to) = (Host::new(9, 40_000), Host::new(2, 502));
                frames.push(datagram(at(hour * HOUR), from, to, &silence));
            }
            frames.extend(poll(hour * HOUR + 70, 9, false));
        }
        frames.extend(poll(51 * HOUR, 9, false));
        frames.sort_by_key(|frame| frame.nanos);
        let capture = folder.path().join("learned.pcap");
        fs::write(&capture, write(&frames)).unwrap();
        let ran = jaga(&[
            &"replay",
            &"-q",
            &capture,
            &"--learn",
            &"auto",
            &"--events",
            &"-",
        ]);
        let (found, incidents) = told(&ran.with(0, &[]).out);
        let station = found
            .iter()
            .filter(|(kind, _, what)| kind == "new-reader" && what.starts_with("10.0.0.9 "));
        let urgent = incidents.iter().filter(|(priority, _)| *priority <= 2);
        (urgent.count(), station.count())
    };
    assert_eq!(read_after(false), (0, 0));
    assert_eq!(read_after(true), (4, 1));
}
