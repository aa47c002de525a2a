//! What the desk is told of conversations: packets in, flows and events out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod support;

use jaga::desk::inventory::Inventory;
use jaga::desk::outputs::decode::Lines;
use jaga::desk::report::Picture;
use jaga::facts::{self, Mac, Property};
use jaga::sensor::{Dropped, Event, FlowRecord, Undecoded};
use support::{Connection, Frame, Host, Random, datagram, events, fragments, hex, replay};

fn flows(frames: &[Frame]) -> Vec<FlowRecord> {
    let (events, _) = events(frames);
    events
        .into_iter()
        .filter_map(|event| match event {
            Event::Flow(flow) => Some(*flow),
            _ => None,
        })
        .collect()
}

/// A client's `REGISTER_SESSION` (EtherNet/IP).
const REGISTER: &[u8] = &[
    0x65, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
];

#[test]
fn a_conversation_that_nothing_was_found_of_names_no_protocol() {
    // Statistics of a switch (OpenFlow 1.0, version and type, then counters): what stands
    // within reads as the header of a carrier of EtherNet/IP whose end is never seen.
    let mut connection = Connection::new(Host::new(1, 56_068), Host::new(2, 6633));
    let mut content = vec![0; 1400];
    content[..2].copy_from_slice(&[1, 17]);
    content[1376..1380].copy_from_slice(&[0x6f, 0, 0xff, 0x3f]);
    for _ in 0..40 {
        connection.server(&content);
    }
    let flows = flows(&connection.frames);
    assert_eq!(flows.len(), 1);
    assert_eq!(flows[0].protocol, None, "{:?}", flows[0]);
    assert_eq!(flows[0].messages, 0);
}

#[test]
fn a_protocol_mistaken_at_first_is_found_again_later() {
    let mut connection = Connection::new(Host::new(1, 50_000), Host::new(2, 6633));
    let mut random = Random(1);
    for _ in 0..200 {
        let noise: Vec<u8> = (0..100).map(|_| random.next().to_le_bytes()[0]).collect();
        connection.client(&noise);
    }
    connection.lose(true, 5000);
    for _ in 0..80 {
        connection.client(REGISTER);
    }
    let flows = flows(&connection.frames);
    assert_eq!(flows[0].protocol, Some("enip"), "{:?}", flows[0]);
    assert!(flows[0].messages > 0);
}

/// A controller's message that its mode is now another one (S7comm userdata), from ITI's
/// `step7_s300_stop.pcapng` (CC-BY-4.0).
fn mode(subfunction: u8) -> Vec<u8> {
    let mut push = hex("0300001902f080320700000000000800000100101000000000");
    push[23] = subfunction;
    push
}

/// The modes told of a controller that pushes these, one each millisecond.
fn modes(subfunctions: impl Iterator<Item = u8>) -> Vec<String> {
    let mut connection = Connection::new(Host::new(1, 50_000), Host::new(2, 102));
    for subfunction in subfunctions {
        connection.server(&mode(subfunction));
    }
    let (events, _) = events(&connection.frames);
    events
        .iter()
        .filter_map(|event| match event {
            Event::Property(told) if told.property == Property::Mode => {
                Some(String::from_utf8_lossy(&told.value).into_owned())
            }
            _ => None,
        })
        .collect()
}

#[test]
fn every_change_of_a_controllers_mode_is_told() {
    let (stop, run) = (0, 2);
    assert_eq!(
        modes([run, run, stop, stop, run, run].into_iter()),
        ["run", "stop", "run"]
    );
    // Nonsense is bounded: 16 changes at once and one a second.
    let flood = modes((0..2000).map(|n| if n % 2 == 0 { run } else { stop }));
    assert!((16..=19).contains(&flood.len()), "{}", flood.len());
}

#[test]
fn fragments_of_a_whole_datagram_count_as_it_does() {
    // A syslog line of 600 octets in three fragments, the second of them copied, then the first
    // fragment of another one whose rest never comes.
    let mut line = b"<34>1 2026-01-01T00:00:00Z plc app - - - ".to_vec();
    line.resize(592, b'x');
    let (from, to) = (Host::new(1, 514), Host::new(2, 514));
    let mut frames = fragments(&datagram(1_000_000_000, from, to, &line), 200);
    assert_eq!(frames.len(), 3);
    frames.insert(2, frames[1].clone());
    let mut other = fragments(
        &datagram(9_000_000_000, from, Host::new(3, 514), &line),
        200,
    );
    frames.push(other.remove(0));
    let (_, outcome) = events(&frames);
    let books = outcome.books;
    assert_eq!(books.received, 5);
    assert_eq!(books.decoded, 3);
    assert_eq!(books.dropped[Dropped::Duplicate as usize], 1);
    assert_eq!(books.undecoded[Undecoded::Fragment as usize], 1);
}

#[test]
fn every_card_that_sent_in_a_conversation_is_shown() {
    let (from, to) = (Host::new(1, 514), Host::new(2, 514));
    let intruder = Host {
        mac: [2, 0, 0, 0, 0, 66],
        ..from
    };
    let frames: Vec<Frame> = (1..)
        .zip([from, intruder, from])
        .map(|(second, from)| datagram(second * 1_000_000_000, from, to, b"<34>plc: up"))
        .collect();
    let (events, _) = events(&frames);
    let mut inventory = Inventory::default();
    events.iter().for_each(|event| inventory.take(event));
    let assets = inventory.finish();
    let intruder = assets.of(facts::Host::Mac(Mac(intruder.mac))).unwrap();
    let told =
        "10.0.0.1 was used by 02:00:00:00:00:01 (frame 1) and by 02:00:00:00:00:42 (frame 2)";
    assert_eq!(intruder.contradictions.len(), 1);
    assert_eq!(intruder.contradictions[0].to_string(), told);
    assert_eq!(intruder.contradictions[0].frame(), 2);
    assert_eq!(intruder.first_seen.as_ref().map(|seen| seen.frame), Some(2));
}

#[test]
fn vlans_that_repeat_each_other_are_named() {
    let (from, to) = (Host::new(1, 514), Host::new(2, 514));
    let frames: Vec<Frame> = (1..=5)
        .flat_map(|second: u64| {
            let line = format!("<34>plc: {second}");
            let frame = datagram(second * 1_000_000_000, from, to, line.as_bytes());
            let mut copy = frame.clone();
            copy.nanos += 20_000;
            copy.octets.splice(12..12, [0x81, 0x00, 0x00, 0x2a]);
            [frame, copy]
        })
        .collect();
    let (events, outcome) = events(&frames);
    let (mut picture, mut inventory) = (Picture::default(), Inventory::default());
    for event in &events {
        picture.take(event);
        inventory.take(event);
    }
    let assets = inventory.finish();
    let summary = picture.finish(&assets, &outcome);
    let [pair] = &summary.duplicates.vlans[..] else {
        panic!("{:?}", summary.duplicates);
    };
    assert_eq!((pair.one.as_str(), pair.other.as_str()), ("untagged", "42"));
    assert_eq!(pair.packets, 5);
}

#[test]
fn secrets_are_masked_unless_they_are_asked_for() {
    // A request with the community "public".
    let asked = hex(
        "302902010104067075626c6963a01c020320ce62020100020100300f300d06092b06010201020208010500",
    );
    let frames = [datagram(
        1_000_000_000,
        Host::new(1, 50_000),
        Host::new(2, 161),
        &asked,
    )];
    for (shown, expected) in [(false, "\"***\""), (true, "\"public\"")] {
        let fields = vec!["snmp.community".to_owned()];
        let lines = Lines::new(Vec::new(), fields, false).with_secrets(shown);
        let mut told = Vec::new();
        replay(&frames, Some(&lines), &mut |event| {
            if let Event::Line(line) = event {
                told.push(line);
            }
        });
        assert_eq!(told.len(), 1);
        assert!(told[0].ends_with(expected), "{}", told[0]);
    }
}

#[test]
fn what_is_told_before_the_first_message_is_of_its_protocol() {
    // A session request (RFC 1002, 4.3.2) names both ends before any message of SMB.
    let name = |text: &str| -> Vec<u8> {
        let padded = format!("{text:<15} ");
        let halves = padded.bytes().flat_map(|octet| [octet >> 4, octet & 15]);
        let letters = halves.map(|half| b'A' + half);
        [32].into_iter().chain(letters).chain([0]).collect()
    };
    let mut request = vec![0x81, 0, 0, 68];
    request.extend([name("PANEL"), name("STATION")].concat());
    let mut connection = Connection::new(Host::new(1, 49_200), Host::new(2, 139));
    connection.client(&request);
    connection.server(&[0x82, 0, 0, 0]);
    let (events, _) = events(&connection.frames);
    let told: Vec<(&str, String)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Property(told) => Some((
                told.protocol,
                String::from_utf8_lossy(&told.value).into_owned(),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [("smb", "PANEL".to_owned()), ("smb", "STATION".to_owned())]
    );
}
