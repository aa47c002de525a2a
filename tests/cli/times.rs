//! Captures whose times are wrong or missing.

use super::{file, folder, jaga, modbus};
use serde_json::Value;
use std::fs;

/// The records of the shipped capture: the seconds of its time, and all octets of it. The file
/// is little-endian pcap.
fn records() -> (Vec<u8>, Vec<Vec<u8>>) {
    let octets = fs::read(modbus()).unwrap();
    let (head, mut rest) = octets.split_at(24);
    assert_eq!(head[..4], [0xd4, 0xc3, 0xb2, 0xa1]);
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (record, after) = rest.split_at(16 + length);
        records.push(record.to_vec());
        rest = after;
    }
    (head.to_vec(), records)
}

#[test]
fn one_frame_stamped_years_away_is_told_and_left_out_of_the_span() {
    let folder = folder();
    let (head, mut records) = records();
    let whole = jaga(&[&"replay", &"-q", &modbus(), &"--json"]).with(0, &[]);
    let whole: Value = serde_json::from_str(&whole.out).unwrap();
    // 2100-01-01T00:00:00Z.
    records[16][..4].copy_from_slice(&4_102_444_800_u32.to_le_bytes());
    let path = file(&folder, "stray.pcap", &[head, records.concat()].concat());
    let said = jaga(&[&"replay", &"-q", &path, &"--json"]).with(0, &[]);
    let said: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(said["span"]["first"], whole["span"]["first"]);
    assert_eq!(said["span"]["last"], whole["span"]["last"]);
    assert_eq!(said["span"]["stray_frames"], 1);
    // No conversation was ended early by it.
    assert_eq!(said["conversation_count"], whole["conversation_count"]);
    let spots = said["blind_spots"].as_array().unwrap();
    let text = |kind: &str| {
        let spot = spots.iter().find(|spot| spot["kind"] == kind)?;
        Some(spot["text"].as_str().unwrap().to_owned())
    };
    let text = (text("stray-time").unwrap(), text("time-went-back"));
    assert!(
        text.0.starts_with("Frame 17 is stamped 2100-01-01 00:00:") && text.1.is_none(),
        "{text:?}"
    );
}

#[test]
fn events_of_frames_without_any_time_say_so() {
    let folder = folder();
    let (_, records) = records();
    // A section, an interface, and simple packet blocks, which have no time.
    let block = |kind: u32, content: &[u8]| {
        let length = u32::try_from(12 + content.len()).unwrap();
        [
            &kind.to_le_bytes()[..],
            &length.to_le_bytes(),
            content,
            &length.to_le_bytes(),
        ]
        .concat()
    };
    let section = [
        &0x1a2b_3c4d_u32.to_le_bytes()[..],
        &[1, 0, 0, 0],
        &[0xff; 8],
    ]
    .concat();
    let mut octets = block(0x0a0d_0d0a, &section);
    octets.extend(block(1, &[1, 0, 0, 0, 0, 0, 0, 0]));
    for record in &records {
        let mut content = record[8..12].to_vec();
        content.extend(&record[16..]);
        content.resize(content.len().next_multiple_of(4), 0);
        octets.extend(block(3, &content));
    }
    let path = file(&folder, "simple.pcapng", &octets);
    let events = jaga(&[&"replay", &"-q", &path, &"--events", &"-"]).with(0, &[]);
    let mut kinds = std::collections::BTreeSet::new();
    for line in events.out.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["ot"]["time_unknown"], true, "{line}");
        kinds.insert(event["event_type"].to_string());
    }
    assert!(kinds.len() >= 4, "{kinds:?}");
    assert!(
        events.err.contains("191 frames have no time of their own"),
        "{}",
        events.err
    );
    assert!(!events.err.contains("1970"), "{}", events.err);
    let devices = folder.path().join("devices.csv");
    jaga(&[&"replay", &"-q", &path, &"--inventory", &devices]).with(0, &[]);
    assert!(!fs::read_to_string(devices).unwrap().contains("1970"));
    let timed = jaga(&[&"replay", &"-q", &modbus(), &"--events", &"-"]).with(0, &[]);
    assert!(!timed.out.contains("time_unknown"));
}
