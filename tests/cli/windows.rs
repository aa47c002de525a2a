//! Planned work: marked where it is planned, told where it is not.

use super::answers::ask;
use super::{file, folder, jaga};
use crate::support::{Frame, write};
use jaga::capture::Captures;
use jaga::desk::baseline::text;
use jaga::desk::detect::{Config, Detectors, Learn};
use jaga::desk::windows;
use jaga::sensor::{self, Progress, Watch};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A plant in which a station that is new operates a breaker at 12:55:40.
fn injection() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/sites/ot-dnp3-control-injection.pcap")
}

/// A window for this station on the breaker.
fn window(station: &str, from: &str, to: &str) -> String {
    format!(
        "[[window]]\nname = \"breaker test\"\nfrom = 2025-08-12T{from}Z\nto = 2025-08-12T{to}Z\n\
         stations = [\"{station}\"]\ndevices = [\"10.228.96.132\"]\noperations = [\"control\"]\n"
    )
}

const NEWCOMER: &str = "10.228.96.233";

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The events with this file of windows.
fn events(text: &str, workers: &str) -> String {
    let folder = folder();
    let windows = file(&folder, "windows.toml", text.as_bytes());
    let events = jaga(&[
        &"replay",
        &"-q",
        &injection(),
        &"--windows",
        &windows,
        &"--workers",
        &workers,
        &"--events",
        &"-",
    ]);
    events.with(0, &[]).out
}

/// Severity and window of what is told of the newcomer's work; and the gravest incident.
fn told(text: &str) -> (Vec<(u64, Option<String>)>, u64) {
    let all = lines(text);
    let alerts = all
        .iter()
        .filter(|event| event["event_type"] == "alert" && event["src_ip"] == NEWCOMER);
    let alerts = alerts.map(|event| {
        let window = event["ot"]["planned"].as_str().map(ToOwned::to_owned);
        (event["alert"]["severity"].as_u64().unwrap(), window)
    });
    let incidents = all.iter().filter_map(|event| {
        let by = event["incident"]["sources"].as_array()?;
        by.iter().any(|host| host == NEWCOMER).then_some(())?;
        event["incident"]["priority"].as_u64()
    });
    (alerts.collect(), incidents.min().unwrap())
}

#[test]
fn what_is_planned_is_marked_and_a_note_and_what_is_not_stays_what_it_was() {
    let planned = events(&window(NEWCOMER, "12:50:00", "13:00:00"), "1");
    let (alerts, gravest) = told(&planned);
    let marked = (4, Some("breaker test".to_owned()));
    assert_eq!(alerts, [marked.clone(), marked]);
    assert_eq!(gravest, 4);
    let more = events(&window(NEWCOMER, "12:50:00", "13:00:00"), "3");
    assert_eq!(more, planned);
    // Another time, and another station.
    for other in [
        window(NEWCOMER, "13:00:00", "14:00:00"),
        window("10.228.96.89", "12:50:00", "13:00:00"),
    ] {
        let (alerts, gravest) = told(&events(&other, "1"));
        assert_eq!(alerts, [(3, None), (2, None)]);
        assert_eq!(gravest, 2);
    }
}

#[test]
fn what_is_in_a_window_is_not_learned() {
    let text = window(NEWCOMER, "12:50:00", "13:00:00");
    let windows = windows::read(&text).unwrap();
    assert_eq!(learned(Some(windows)), 0);
    assert!(learned(None) > 0);
}

/// How many commands of the newcomer are learned.
fn learned(windows: Option<windows::Windows>) -> usize {
    let mut detectors = Detectors::new(Config {
        learn: Learn::Always,
        windows: windows.map(Arc::new),
        ..Config::default()
    });
    let captures = Captures::open(&[injection()], Default::default()).unwrap();
    let watch = Watch {
        detect: true,
        ..Watch::default()
    };
    let config = sensor::Config { workers: 1 };
    let mut take = |event| drop(detectors.take(&event, false));
    sensor::replay(captures, config, watch, &Progress::default(), &mut take);
    let mut text = Vec::new();
    text::write(&detectors.into_baseline(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let mine = text.lines().filter(|line| line.contains(NEWCOMER));
    mine.filter(|line| line.contains("operate")).count()
}

#[test]
fn the_summary_tells_what_became_of_the_plan() {
    let folder = folder();
    // The capture ends at 13:01:54.
    let other = window(NEWCOMER, "14:00:00", "15:00:00").replace("breaker test", "later");
    let missed = window("10.228.96.7", "12:50:00", "12:55:00").replace("breaker test", "missed");
    let text = window(NEWCOMER, "12:50:00", "13:00:00") + &other + &missed;
    let windows = file(&folder, "windows.toml", text.as_bytes());
    let replay = |form: &str| {
        let replay = jaga(&[
            &"replay",
            &"-q",
            &injection(),
            &"--windows",
            &windows,
            &form,
        ]);
        replay.with(0, &[]).out
    };
    let page = replay("--no-color");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "planned and seen: breaker test:",
        "not watched: later:",
        "planned and not seen: missed",
        "seen and not planned: 10.228.96.89 on 10.228.96.132:",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let data: Value = serde_json::from_str(&replay("--json")).unwrap();
    let states = data["planned"]["windows"].as_array().unwrap();
    let states: Vec<&str> = states
        .iter()
        .filter_map(|one| one["state"].as_str())
        .collect();
    assert_eq!(states, ["seen", "not watched", "not seen"]);
    // Two of what the station did, and what the device told it of itself.
    assert_eq!(data["planned"]["windows"][0]["alerts"], 3);
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_place() {
    let good = window(NEWCOMER, "12:50:00", "13:00:00");
    windows::read(&good).unwrap();
    for (from, to, says) in [
        ("13:00:00Z", "13:00:00", "4:6: "),
        (
            "13:00:00Z",
            "12:00:00Z",
            "4:6: the window ends before it begins",
        ),
        (
            NEWCOMER,
            "10.1.2.3/8",
            "5:13: 10.1.2.3/8 is an address in a network",
        ),
        (
            "\"control\"",
            "\"controls\"",
            "7:15: there is no class `controls`",
        ),
        ("breaker test", "", "2:8: "),
        ("from", "since", "3:1: unknown field `since`"),
    ] {
        let error = windows::read(&good.replace(from, to)).unwrap_err();
        assert!(error.to_string().starts_with(says), "{error}");
        assert!(!error.hint.is_empty(), "{error}");
    }
    let anybody =
        "[[window]]\nname = \"all\"\nfrom = 2025-08-12T12:00:00Z\nto = 2025-08-12T13:00:00Z\n";
    let error = windows::read(anybody).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1:1: anybody could do anything to any device"
    );
    let folder = folder();
    let bad = file(
        &folder,
        "windows.toml",
        good.replace("control", "controls").as_bytes(),
    );
    jaga(&[&"replay", &injection(), &"--windows", &bad])
        .refused(2, &["windows.toml:7:15", "one of"]);
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/windows.md");
    let manual = fs::read_to_string(manual).unwrap();
    let (_, example) = manual.split_once("```toml\n").unwrap();
    windows::read(example.split_once("```").unwrap().0).unwrap();
}

#[test]
fn a_report_tells_what_became_of_the_plan_and_its_capsules_derive() {
    let folder = folder();
    let text = window(NEWCOMER, "12:50:00", "13:00:00");
    let windows = file(&folder, "windows.toml", text.as_bytes());
    // What the list says of the breaker moves what is outside of the window.
    let list = "ip,importance\n10.228.96.132,critical\n";
    let list = file(&folder, "assets.csv", list.as_bytes());
    for (language, says) in [
        ("en", ["Planned work", "Work without a plan"]),
        ("id", ["Pekerjaan terencana", "Pekerjaan tanpa rencana"]),
    ] {
        let report = folder.path().join(format!("{language}.html"));
        let capsules = folder.path().join(format!("capsules-{language}"));
        jaga(&[
            &"audit",
            &"-q",
            &injection(),
            &"--windows",
            &windows,
            &"--assets",
            &list,
            &"--learn",
            &"5m",
            &"--language",
            &language,
            &"--capsules",
            &capsules,
            &"-o",
            &report,
        ])
        .with(0, &[]);
        let page = fs::read_to_string(&report).unwrap();
        let section = page.split("<section id=\"planned\"").nth(1).unwrap();
        let section = section.split("</section>").next().unwrap();
        for said in says.iter().chain(&["breaker test", "10.228.96.89"]) {
            assert!(section.contains(said), "{said}: {section}");
        }
        // A severity that people moved is not what the packets say: both stand in the manifest.
        let manifests = fs::read_dir(&capsules).unwrap();
        let moved = manifests
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap_or_default())
            .filter(|text| text.contains("\"severity_seen\""));
        assert!(moved.count() > 0);
        jaga(&[&"verify", &capsules]).with(0, &[]);
    }
    let plain = folder.path().join("plain.html");
    jaga(&[&"audit", &"-q", &injection(), &"-o", &plain]).with(0, &[]);
    let page = fs::read_to_string(&plain).unwrap();
    assert!(!page.contains("id=\"planned\""));
}

#[test]
fn a_baseline_is_learned_without_planned_work() {
    let folder = folder();
    let text = window(NEWCOMER, "12:50:00", "13:00:00");
    let windows = file(&folder, "windows.toml", text.as_bytes());
    let mine = |more: &[&dyn AsRef<std::ffi::OsStr>]| {
        let capture = injection();
        let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> =
            vec![&"baseline", &"learn", &"-q", &capture];
        all.extend(more);
        let text = jaga(&all).with(0, &[]).out;
        let mine = text.lines().filter(|line| line.contains(NEWCOMER));
        mine.filter(|line| line.contains("operate")).count()
    };
    assert!(mine(&[]) > 0);
    assert_eq!(mine(&[&"--windows", &windows]), 0);
}

#[test]
fn a_device_whose_program_was_changed_as_planned_is_learned_anew() {
    let folder = folder();
    // A station writes one register all the time; at 700 s the program is loaded, and from 720 s on
    // it writes another one.
    let put = |second: u64, register: u8| {
        let pdu = [6, 0, register, 0, 1];
        ask(second * 1_000, &pdu, Some(&pdu))
    };
    let mut frames: Vec<Frame> = (0..900).flat_map(|second| put(second, 9)).collect();
    let load = [0x5a, 0, 0x30, 0, 1];
    frames.extend(ask(700_500, &load, Some(&[0x5a, 0, 0xfe, 0, 0, 0])));
    for second in [720, 820] {
        frames.extend(put(second, 60).into_iter().map(|mut frame| {
            frame.nanos += 500_000_000;
            frame
        }));
    }
    frames.sort_by_key(|frame| frame.nanos);
    let capture = folder.path().join("loaded.pcap");
    fs::write(&capture, write(&frames)).unwrap();
    // 1,700,000,000 s are 2023-11-14T22:13:20Z.
    let new_places = |from: &str, to: &str| -> Vec<(u64, bool)> {
        let text = format!(
            "[[window]]\nname = \"load\"\nfrom = 2023-11-14T{from}Z\nto = 2023-11-14T{to}Z\n\
             devices = [\"10.0.0.2\"]\n"
        );
        let windows = file(&folder, "windows.toml", text.as_bytes());
        let ran = jaga(&[
            &"replay",
            &"-q",
            &capture,
            &"--learn",
            &"10m",
            &"--windows",
            &windows,
            &"--events",
            &"-",
        ]);
        let all = lines(&ran.with(0, &[]).out);
        let places = all
            .iter()
            .filter(|event| event["ot"]["kind"] == "new-place");
        let told = places.map(|event| {
            let grounds = event["ot"]["grounds"].as_str().unwrap();
            (
                event["alert"]["severity"].as_u64().unwrap(),
                grounds.contains("learned anew"),
            )
        });
        told.collect()
    };
    // Told once, as a note, and usual from then on; without the plan it stays what it was.
    assert_eq!(new_places("22:25:00", "22:25:10"), [(4, true)]);
    assert_eq!(new_places("22:20:00", "22:20:10"), [(3, false), (3, false)]);
}
