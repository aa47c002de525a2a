//! The doctor of mirror ports: captures with one fault each, made from a sound one, and a pair of
//! interfaces.
//!
//! Interfaces need root, `ip`, `tcpreplay` and `tcpdump`; it says loudly where they are skipped.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

#[path = "support/lab.rs"]
mod lab;
mod support;

use lab::{JAGA, Lab, done};
use serde_json::Value;
use std::fs;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;
use support::{Frame, Host, direction, folder, read, tcp, write};

/// What the doctor says of these frames: its exit code, and its JSON.
fn seen(frames: &[Frame]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port.pcap");
    fs::write(&path, write(frames)).unwrap();
    let ended = doctor(&["-q", "--json", path.to_str().unwrap()]);
    answer(&ended)
}

fn doctor(arguments: &[&str]) -> Output {
    let mut command = Command::new(JAGA);
    command.arg("doctor").args(arguments).output().unwrap()
}

fn answer(ended: &Output) -> (i32, Value) {
    let told = serde_json::from_slice(&ended.stdout);
    (ended.status.code().unwrap(), told.unwrap())
}

/// The check of this name.
fn check<'a>(told: &'a Value, name: &str) -> &'a Value {
    let checks = told["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name);
    found.unwrap_or_else(|| panic!("{name}: {told:#}"))
}

/// The names of what is wrong.
fn bad(told: &Value) -> Vec<&str> {
    let checks = told["checks"].as_array().unwrap().iter();
    let bad = checks.filter(|check| check["verdict"] == "wrong" || check["verdict"] == "warning");
    bad.map(|check| check["check"].as_str().unwrap()).collect()
}

fn sound() -> Vec<Frame> {
    read("made/modbus.pcap")
}

fn tagged(frame: &Frame, vid: u8) -> Frame {
    let mut frame = frame.clone();
    frame.octets.splice(12..12, [0x81, 0, 0, vid]);
    frame
}

/// Whether it goes the way of the first frame.
fn forth(frames: &[Frame], frame: &Frame) -> bool {
    direction(frame) == direction(&frames[0])
}

#[test]
fn a_sound_mirror_port_has_nothing_to_mend() {
    let (code, told) = seen(&sound());
    assert_eq!(code, 0);
    assert!(bad(&told).is_empty(), "{told:#}");
    for name in ["broadcast-only", "one-way", "lost", "duplicates"] {
        assert_eq!(check(&told, name)["verdict"], "good");
    }
    assert_eq!(told["packets"], sound().len());
    assert!(
        told["checks"].as_array().unwrap().iter().all(|check| {
            check["text"].as_str().unwrap().len() > 5 && check.get("mend").is_none()
        })
    );
}

#[test]
fn one_direction_is_told_whichever_is_missing() {
    let frames = sound();
    for keeps in [true, false] {
        let half: Vec<Frame> = frames
            .iter()
            .filter(|frame| forth(&frames, frame) == keeps)
            .cloned()
            .collect();
        let (code, told) = seen(&half);
        assert_eq!(code, 1);
        let found = check(&told, "one-way");
        assert_eq!((&found["count"], &found["of"]), (&1.into(), &1.into()));
        assert_eq!(found["verdict"], "wrong");
        let named = found["named"][0].as_str().unwrap();
        let (from, to) = named.split_once(" → ").unwrap();
        assert_eq!(to.ends_with(":502"), keeps, "{from} {to}");
        assert!(found["mend"].as_str().unwrap().contains("both"));
    }
}

#[test]
fn duplicates_are_told_with_their_vlans_and_their_reason() {
    let twice = |copy: &dyn Fn(&Frame) -> Frame| -> Vec<Frame> {
        let pair = |frame: &Frame| {
            let mut second = copy(frame);
            second.nanos += 20_000;
            second
        };
        let frames = sound();
        frames
            .iter()
            .flat_map(|frame| [frame.clone(), pair(frame)])
            .collect()
    };
    let (code, told) = seen(&twice(&Clone::clone));
    assert_eq!((code, bad(&told)), (1, vec!["duplicates-same"]));
    let found = check(&told, "duplicates-same");
    assert_eq!(found["count"], sound().len());
    assert!(found["mend"].as_str().unwrap().contains("rx"));

    let vlans: Vec<Frame> = twice(&|frame| tagged(frame, 20))
        .chunks(2)
        .flat_map(|pair| [tagged(&pair[0], 10), pair[1].clone()])
        .collect();
    let (_, told) = seen(&vlans);
    assert_eq!(bad(&told), ["duplicates-vlan"]);
    let found = check(&told, "duplicates-vlan");
    assert_eq!(found["named"][0], "10 = 20");
    assert_eq!(found["count"], sound().len());

    // Behind a router: other MACs, one hop less.
    let routed = twice(&|frame| {
        let mut frame = frame.clone();
        frame.octets[5] ^= 0x40;
        frame.octets[11] ^= 0x40;
        frame.octets[22] -= 1;
        let sum = u16::from_be_bytes([frame.octets[24], frame.octets[25]]);
        let (sum, over) = sum.overflowing_add(0x100);
        let sum = sum + u16::from(over);
        frame.octets.splice(24..26, sum.to_be_bytes());
        frame
    });
    let (_, told) = seen(&routed);
    assert_eq!(bad(&told), ["duplicates-routed"]);
}

#[test]
fn vlans_that_differ_by_direction_are_told() {
    let frames = sound();
    let tags = |frame: &Frame| tagged(frame, if forth(&frames, frame) { 10 } else { 20 });
    let uneven: Vec<Frame> = frames.iter().map(tags).collect();
    let (code, told) = seen(&uneven);
    assert_eq!((code, bad(&told)), (1, vec!["asymmetric-vlans"]));
    let named = check(&told, "asymmetric-vlans")["named"][0]
        .as_str()
        .unwrap();
    assert!(["10 / 20", "20 / 10"].contains(&named), "{named}");
    assert_eq!(told["vlans"].as_array().unwrap().len(), 2);
}

/// A connection of which the answer of 1,000 octets is acknowledged again and again.
fn transfer(lost: usize) -> Vec<Frame> {
    let (client, server) = (Host::new(1, 40_000), Host::new(2, 502));
    let (forth, back) = ((client, server), (server, client));
    let at = |number: u32| u64::from(number) * 10_000_000 + 1_000_000_000_000;
    let mut frames = vec![
        tcp(at(0), forth, 0x02, (99, 0), b""),
        tcp(at(1), back, 0x12, (999, 100), b""),
        tcp(at(2), forth, 0x10, (100, 1000), b""),
    ];
    for number in 0..100_u32 {
        let (time, sequence) = (3 + 2 * number, 1000 + 1000 * number);
        if usize::try_from(number).unwrap() % 100 >= lost {
            frames.push(tcp(at(time), back, 0x18, (sequence, 100), &[7; 1000]));
        }
        frames.push(tcp(at(time + 1), forth, 0x10, (100, sequence + 1000), b""));
    }
    frames
}

#[test]
fn loss_on_the_mirror_is_judged_by_what_was_acknowledged() {
    let (_, told) = seen(&transfer(0));
    assert!(bad(&told).is_empty(), "{told:#}");
    let (code, told) = seen(&transfer(5));
    assert_eq!((code, bad(&told)), (1, vec!["lost"]));
    let found = check(&told, "lost");
    assert_eq!(found["count"], 5_000);
    assert_eq!(found["of"], 100_000);
    assert_eq!(found["verdict"], "wrong");
    assert_eq!(found["named"][0], "10.0.0.2:502 → 10.0.0.1:40000");
}

#[test]
fn frames_that_are_cut_or_put_together_are_told() {
    let mut frames = transfer(0);
    for frame in &mut frames {
        frame.octets.truncate(200);
    }
    let (code, told) = seen(&frames);
    assert_eq!(code, 1);
    let found = check(&told, "truncated");
    assert_eq!(
        (&found["count"], &found["verdict"]),
        (&100.into(), &"wrong".into())
    );

    let (client, server) = (Host::new(1, 40_000), Host::new(2, 502));
    for (length, verdict) in [(1_460, "good"), (8_900, "warning"), (20_000, "wrong")] {
        let mut frames = transfer(0);
        let last = frames.last().unwrap().nanos;
        frames.push(tcp(
            last + 1000,
            (server, client),
            0x18,
            (101_000, 100),
            &vec![7; length],
        ));
        let (_, told) = seen(&frames);
        assert_eq!(check(&told, "super-frames")["verdict"], verdict, "{length}");
    }
}

#[test]
fn a_port_without_a_mirror_is_told() {
    let (code, told) = seen(&[]);
    assert_eq!((code, bad(&told)), (1, vec!["no-packets"]));
    // What every port of a switch gets: ARP to all, and datagrams to the network's last address.
    let mut frames = Vec::new();
    for number in 0..20_u8 {
        let (mut from, mut to) = (Host::new(number + 1, 137), Host::new(255, 137));
        from.mac[5] = number;
        to.mac = [0xff; 6];
        let nanos = u64::from(number) * 1_000_000 + 1_000_000_000;
        frames.push(support::datagram(nanos, from, to, &[0; 50]));
    }
    let (code, told) = seen(&frames);
    assert_eq!((code, bad(&told)), (1, vec!["broadcast-only"]));
}

#[test]
fn it_is_told_to_people_in_both_languages() {
    let frames = sound();
    let half: Vec<Frame> = frames
        .iter()
        .filter(|f| forth(&frames, f))
        .cloned()
        .collect();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("port.pcap");
    fs::write(&path, write(&half)).unwrap();
    let path = path.to_str().unwrap();
    for (language, says) in [
        (
            "en",
            [
                "WRONG      1 of 1 TCP conversations show only one direction",
                "→ Mirror both",
            ],
        ),
        (
            "id",
            [
                "SALAH      1 dari 1 percakapan TCP hanya memperlihatkan satu",
                "→ Salin kedua",
            ],
        ),
    ] {
        let ended = doctor(&["-q", "--language", language, path]);
        assert_eq!(ended.status.code(), Some(1));
        let out = String::from_utf8(ended.stdout).unwrap();
        for says in says {
            assert!(out.contains(says), "{out}");
        }
        let wide = out.lines().skip(1).find(|line| line.chars().count() > 80);
        assert_eq!(wide, None);
        assert!(!out.contains("{ $"), "{out}");
    }
    for (arguments, says) in [
        (&[][..], "neither an interface nor a capture"),
        (&["-i", "nowhere0"], "nowhere0"),
        (&["-i", "lo", path], "cannot be used with"),
        (&["--for", "0", "-i", "lo"], "0 is not in 1..=86400"),
    ] {
        let ended = doctor(arguments);
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
        let err = String::from_utf8(ended.stderr).unwrap();
        assert!(err.contains(says), "{err}");
    }
}

#[test]
fn an_interface_is_listened_at_for_a_while() {
    let Some(lab) = Lab::new(1) else { return };
    let listen = |seconds: &str| {
        let arguments = ["doctor", "-i", "span0", "--for", seconds, "--json"];
        lab.inside(JAGA, &arguments)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    // Up, and nothing comes.
    thread::sleep(Duration::from_secs(1));
    let (code, told) = answer(&listen("1").wait_with_output().unwrap());
    assert_eq!((code, bad(&told)), (1, vec!["no-packets"]));
    // A sound mirror, and a system that is silent at it.
    let listening = listen("3");
    thread::sleep(Duration::from_millis(800));
    lab.send(&folder().join("made/modbus.pcap"), &[]);
    let (code, told) = answer(&listening.wait_with_output().unwrap());
    assert_eq!(code, 0, "{told:#}");
    assert_eq!(told["packets"], sound().len());
    assert_eq!(told["listened_to"][0], "span0");
    assert_eq!(told["seconds"], 3.0);
    assert_eq!(check(&told, "interface")["verdict"], "good");
    assert_eq!(lab.frames_out("span0"), 0);
    // An address, ARP, and a program that sends.
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
    lab.span(&["set", "span0", "arp", "on"]);
    let listening = listen("3");
    thread::sleep(Duration::from_millis(800));
    let capture = folder().join("made/modbus.pcap");
    lab.send(&capture, &[]);
    let frames = sound().len();
    let mut sends = lab.inside(
        "tcpreplay",
        &["-q", "-t", "-i", "span0", capture.to_str().unwrap()],
    );
    assert!(sends.output().unwrap().status.success());
    let (code, told) = answer(&listening.wait_with_output().unwrap());
    assert_eq!(code, 1);
    let found = check(&told, "interface-sends");
    assert_eq!(found["verdict"], "wrong");
    assert!(found["count"].as_u64().unwrap() >= frames as u64, "{found}");
    for name in ["interface-address", "interface-arp"] {
        assert_eq!(check(&told, name)["verdict"], "warning");
        assert_eq!(check(&told, name)["named"][0], "span0");
    }
}
