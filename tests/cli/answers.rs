//! Devices that answer otherwise than they did, or say that they are another one.

use super::{folder, jaga};
use crate::support::{Frame, Host, datagram, write};
use serde_json::Value;
use std::fs;

/// A request over Modbus/UDP at so many milliseconds, and what the device answers, if it does.
pub(super) fn ask(millis: u64, asked: &[u8], answered: Option<&[u8]>) -> Vec<Frame> {
    let (hmi, plc) = (Host::new(1, 40_000), Host::new(2, 502));
    let [.., high, low] = millis.to_be_bytes();
    let adu = |pdu: &[u8]| {
        let length = u8::try_from(pdu.len() + 1).unwrap();
        [&[high, low, 0, 0, 0, length, 1][..], pdu].concat()
    };
    let at = 1_700_000_000_000_000_000 + millis * 1_000_000;
    let mut frames = vec![datagram(at, hmi, plc, &adu(asked))];
    frames.extend(answered.map(|pdu| datagram(at + 5_000_000, plc, hmi, &adu(pdu))));
    frames
}

const READ: &[u8] = &[3, 0, 0, 0, 2];
const DONE: Option<&[u8]> = Some(&[3, 4, 0, 1, 0, 2]);
const REFUSED: Option<&[u8]> = Some(&[0x83, 2]);

/// Kind, severity and what happened, of the alerts of detectors in these packets.
fn told(frames: &[Frame], language: &str) -> Vec<(String, u64, String)> {
    let folder = folder();
    let capture = folder.path().join("made.pcap");
    fs::write(&capture, write(frames)).unwrap();
    let replay = |workers: &str| {
        let ended = jaga(&[
            &"replay",
            &"-q",
            &capture,
            &"--no-shipped-rules",
            &"--language",
            &language,
            &"--workers",
            &workers,
            &"--events",
            &"-",
        ]);
        ended.with(0, &[]).out
    };
    let events = replay("1");
    assert_eq!(events, replay("3"));
    let events = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told = events.filter_map(|event| {
        let kind = event["ot"]["kind"].as_str()?.to_owned();
        let what = event["ot"]["what"].as_str()?.to_owned();
        Some((kind, event["alert"]["severity"].as_u64()?, what))
    });
    told.collect()
}

#[test]
fn a_device_that_answers_no_more_is_told_in_both_languages() {
    let polls = |range: std::ops::Range<u64>, answer: Option<&'static [u8]>| {
        range.flat_map(move |n| ask(n * 1_000, READ, answer))
    };
    let mut frames: Vec<Frame> = polls(0..60, DONE).collect();
    frames.extend(polls(60..90, None));
    frames.extend(polls(90..120, DONE));
    let english = told(&frames, "en");
    let [(kind, 3, what)] = &english[..] else {
        panic!("{english:?}")
    };
    assert_eq!(kind, "unanswered");
    let said = "10.0.0.2 left 6 requests of 10.0.0.1 (modbus) without an answer, over 5.0 seconds";
    assert!(what.starts_with(said), "{what}");
    let indonesian = told(&frames, "id");
    assert!(
        indonesian[0]
            .2
            .starts_with("10.0.0.2 membiarkan 6 permintaan dari 10.0.0.1 (modbus) tanpa"),
        "{indonesian:?}"
    );
}

#[test]
fn a_storm_of_refusals_is_told_once() {
    let polls = |range: std::ops::Range<u64>, answer: Option<&'static [u8]>| {
        range.flat_map(move |n| ask(n * 200, READ, answer))
    };
    let mut frames: Vec<Frame> = polls(0..300, DONE).collect();
    frames.extend(polls(300..600, REFUSED));
    let found = told(&frames, "en");
    let storms: Vec<_> = found.iter().filter(|one| one.0 == "refusals").collect();
    assert!(
        matches!(storms[..], [(_, 3, what)] if what.contains("refused 20 of ")),
        "{found:?}"
    );
}

#[test]
fn a_device_that_has_other_firmware_is_told_and_a_rack_that_lists_its_modules_is_not() {
    let identify = |seconds: u64, version: &str| {
        let object = |id: u8, text: &str| {
            let length = u8::try_from(text.len()).unwrap();
            [&[id, length][..], text.as_bytes()].concat()
        };
        let answer = [
            vec![43, 14, 1, 1, 0, 0, 3],
            object(0, "Acme"),
            object(1, "P-100"),
            object(2, version),
        ]
        .concat();
        ask(seconds * 1_000, &[43, 14, 1, 0], Some(&answer))
    };
    let changed = |second: u64| {
        let frames = [identify(0, "V2.9"), identify(second, "V4.5")].concat();
        let found = told(&frames, "en");
        let mut changed = found.into_iter().filter(|one| one.0 == "identity-changed");
        changed.next()
    };
    let (_, severity, what) = changed(600).unwrap();
    assert_eq!(severity, 2);
    assert!(
        what.contains("now has the firmware V4.5; before, it had V2.9 (frame 2)."),
        "{what}"
    );
    assert_eq!(changed(5), None);
}
