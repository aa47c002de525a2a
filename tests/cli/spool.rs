//! What a sensor keeps, shown from outside.

use super::{folder, jaga};
use jaga::desk::store::{Config, Store};
use jaga::facts::Time;
use std::fs;

#[test]
fn what_is_kept_is_shown_and_damage_is_told() {
    let place = folder();
    let state = place.path().join("state");
    jaga(&[&"spool", &"status", &state]).refused(2, &["no sensor keeps anything there", "hint: "]);
    let config = Config {
        folder: Some(state.clone()),
        ..Config::default()
    };
    let store = Store::open(&config).unwrap();
    let _ = store.reader("tcp://logs:601");
    for number in 1..4 {
        let event = format!(r#"{{"event_type":"alert","number":{number}}}"#);
        store.append(Time::from_nanos(number), 1, event.as_bytes());
    }
    drop(store);
    let shown = jaga(&[&"spool", &"show", &state]).with(0, &[]).out;
    assert_eq!(shown.lines().count(), 3);
    assert!(shown.ends_with("{\"event_type\":\"alert\",\"number\":3}\n"));
    let status = jaga(&[&"spool", &"status", &state]).with(0, &[]).out;
    assert!(status.starts_with("3 events in "), "{status}");
    assert!(status.contains("newest: number 3, stored 20"), "{status}");
    let waits = "tcp://logs:601: next is number 1, 3 waiting\n  got there 20";
    assert!(status.contains(waits), "{status}");
    // One octet in the second of them.
    let segment = state.join("spool/00000000000000000001.spool");
    let mut octets = fs::read(&segment).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    fs::write(&segment, octets).unwrap();
    let status = jaga(&[&"spool", &"status", &state]).with(3, &[]).out;
    assert!(
        status.contains("segment 1: octets 78 to 148 are damaged"),
        "{status}"
    );
    assert!(status.contains("1 event is missing"), "{status}");
    let told = ["octets 78 to 148 are damaged", "1 event is missing"];
    let shown = jaga(&[&"spool", &"show", &state]).with(3, &told).out;
    assert_eq!(shown.lines().count(), 2);
}
