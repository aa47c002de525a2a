//! What the summary says of traffic made for the purpose: each case is a trap that a reader
//! could fall into.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

#[path = "support/mod.rs"]
mod support;

use jaga::desk::Desk;
use jaga::desk::outputs::decode::Lines;
use jaga::desk::report::{self, Picture, Screen};
use jaga::facts::is_hidden;
use jaga::sensor::Event;
use serde_json::Value;
use support::{Connection, Frame, Host, replay};

/// What is told of some packets.
struct Told {
    text: String,
    json: Value,
    /// Nanoseconds of processor time that it took to make the text of the events.
    took: u64,
}

fn tell(frames: &[Frame]) -> Told {
    named(frames, vec!["a.pcap".to_owned()])
}

/// Of packets in captures of these names.
fn named(frames: &[Frame], captures: Vec<String>) -> Told {
    let mut desk = Desk {
        picture: Picture::with_conversations(),
        ..Desk::default()
    };
    let outcome = replay(frames, None, &mut |mut event| {
        desk.take(&mut event);
    });
    let began = processor();
    let assets = desk.inventory.finish();
    let summary = desk.picture.finish(&assets, &outcome);
    let screen = Screen {
        captures,
        ..Screen::default()
    };
    let (mut text, mut json) = (Vec::new(), Vec::new());
    report::print(&summary, &screen, &mut text).unwrap();
    let took = processor() - began;
    summary.write_json(&mut json).unwrap();
    Told {
        took,
        text: String::from_utf8(text).unwrap(),
        json: serde_json::from_slice(&json).unwrap(),
    }
}

/// Nanoseconds that this thread was on a processor.
fn processor() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

impl Told {
    /// Checks that the text has this in it, however its lines are broken.
    #[track_caller]
    fn says(&self, words: &str) -> &Self {
        let flat = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "no `{words}` in\n{}", self.text);
        self
    }

    #[track_caller]
    fn says_nothing_of(&self, words: &str) -> &Self {
        let flat = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!flat.contains(words), "`{words}` in\n{}", self.text);
        self
    }
}

/// A Modbus/TCP ADU of unit 1.
fn modbus(transaction: u16, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap();
    let header = [transaction.to_be_bytes(), [0, 0], length.to_be_bytes()].concat();
    [&header[..], &[1], pdu].concat()
}

/// A client and a Modbus server that exchange these PDUs; an empty answer is none.
fn talk(client: u8, exchanges: &[(&[u8], &[u8])]) -> Vec<Frame> {
    let mut connection = Connection::new(Host::new(client, 40_000), Host::new(9, 502));
    for (number, (request, answer)) in (1..).zip(exchanges) {
        connection.client(&modbus(number, request));
        if !answer.is_empty() {
            connection.server(&modbus(number, answer));
        }
    }
    connection.frames
}

/// So many stations that write to one device, all behind one router.
fn crowd(stations: u32) -> Vec<Frame> {
    let mut frames = Vec::new();
    for client in 0..stations {
        let [_, _, high, low] = client.to_be_bytes();
        let mut host = Host::new(5, 40_000);
        host.ip = [10, 1, high, low];
        let mut connection = Connection::new(host, Host::new(9, 502));
        let write = [6, 0, low, high, low];
        connection.client(&modbus(1, &write));
        connection.server(&modbus(1, &write));
        // Picked up in the middle: the handshakes would only take time.
        frames.extend(connection.frames.into_iter().skip(3));
    }
    frames
}

#[test]
fn the_work_grows_with_the_stations_and_not_with_their_square() {
    let few = tell(&crowd(1_500));
    let many = tell(&crowd(6_000));
    // Four times as many; the square would be 16.
    assert!(many.took < 8 * few.took, "{} and {}", few.took, many.took);
    assert_eq!(many.json["control"].as_array().unwrap().len(), 6_000);
    assert!(many.text.lines().count() <= 52, "{}", many.text);
}

/// Force listen only mode (diagnostics 4), restart (1), read and write of a register.
const LISTEN: &[u8] = &[8, 0, 4, 0, 0];
const RESTART: &[u8] = &[8, 0, 1, 0, 0];

fn write(register: u8, value: u8) -> [u8; 5] {
    [6, 0, register, 0, value]
}

#[test]
fn what_was_refused_is_told_after_what_was_done_and_one_lower() {
    let told = tell(&talk(7, &[(LISTEN, &[0x88, 11]), (RESTART, RESTART)]));
    told.says("4 restart communications (Modbus) once")
        .says("4 attempted: force listen only mode (Modbus) once")
        .says("1 kind of operation to look at, 1 attempted in vain");
    let [done, attempted] = ["restart", "attempted:"].map(|word| told.text.find(word).unwrap());
    assert!(done < attempted, "{}", told.text);
}

#[test]
fn every_ending_is_counted() {
    let refused: &[u8] = &[0x88, 4];
    let told = tell(&talk(
        7,
        &[
            (RESTART, RESTART),
            (RESTART, refused),
            (RESTART, RESTART),
            (RESTART, &[]),
        ],
    ));
    told.says("restart communications (Modbus) 4 times")
        .says("2 carried out, 1 refused (server device failure), 1 no answer seen");
}

#[test]
fn the_last_value_is_told_beside_the_first() {
    let three = [10, 20, 30].map(|value| write(9, value));
    let exchanges: Vec<(&[u8], &[u8])> = three.iter().map(|w| (&w[..], &w[..])).collect();
    tell(&talk(7, &exchanges)).says("holding-register 9 = 10 -> 30 (3 values)");
    let turns = [10, 20, 10, 20].map(|value| write(9, value));
    let exchanges: Vec<(&[u8], &[u8])> = turns.iter().map(|w| (&w[..], &w[..])).collect();
    tell(&talk(7, &exchanges)).says("holding-register 9 = 10, 20 by turns");
    let once = write(9, 10);
    tell(&talk(7, &[(&once, &once), (&once, &once)])).says("holding-register 9 = 10;");
}

#[test]
fn who_only_asks_controls_nobody() {
    let read: &[u8] = &[3, 0, 0, 0, 1];
    let answer: &[u8] = &[3, 2, 0, 5];
    let mut frames = talk(7, &[(read, answer)]);
    // Read exception status: a diagnosis.
    frames.extend(talk(8, &[(&[7], &[7, 0])]));
    let told = tell(&frames);
    told.says("10.0.0.7").says("nothing but queries: 10.0.0.8");
    let (_, control) = told.text.split_once("WHO CONTROLS WHOM").unwrap();
    let (control, _) = control.split_once("NEXT").unwrap();
    assert_eq!(control.matches("-> ").count(), 1, "{control}");
}

#[test]
fn all_addresses_of_a_device_stand_in_its_line() {
    let write = write(9, 1);
    let mut frames = talk(7, &[(&write, &write)]);
    let mut second = Host::new(7, 40_001);
    second.ip = [10, 0, 0, 70];
    let mut connection = Connection::new(second, Host::new(9, 502));
    connection.client(&modbus(1, &write));
    connection.server(&modbus(1, &write));
    frames.extend(connection.frames);
    tell(&frames).says("10.0.0.7, 10.0.0.70");
}

#[test]
fn the_next_command_can_be_copied() {
    let write = write(9, 1);
    let frames = talk(7, &[(&write, &write)]);
    for (names, shown) in [
        (&["a.pcap"][..], "all messages jaga decode a.pcap -p modbus"),
        (
            &["/a very long folder/with spaces and 'quotes'/and more of it/a.pcap"],
            "jaga replay '/a very long folder/with spaces and '\\''quotes'\\''/and more of it/a.pcap' --json",
        ),
        (&["a.pcap", "b.pcap"], "jaga replay a.pcap b.pcap --json"),
        (&["-"], "jaga replay CAPTURE --json"),
        (&["a\u{202e}.pcap"], "jaga replay CAPTURE --json"),
    ] {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        named(&frames, names).says(shown);
    }
}

#[test]
fn what_has_no_content_is_not_called_unknown() {
    let frames = Connection::new(Host::new(7, 40_000), Host::new(9, 8_000)).frames;
    tell(&frames)
        .says("without content: tcp 1 (conversations)")
        .says_nothing_of("not decoded");
    tell(&[]).says("Everything: no packet was captured.");
}

#[test]
fn what_is_not_decoded_has_the_name_that_plants_know() {
    let group = support::Host {
        ip: [239, 255, 255, 250],
        ..Host::new(1, 9_999)
    };
    let said = [0xf3; 40];
    let frame = |kind: [u8; 2], content: &[u8]| Frame {
        nanos: 5,
        octets: [&[1, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 7][..], &kind, content].concat(),
    };
    let bridge = [&[0x42, 0x42, 3][..], &[0; 35], &[0; 8]].concat();
    let frames = [
        support::datagram(1, Host::new(7, 1_900), group, &said),
        frame([0, 38], &bridge),
        frame([0x88, 0xa4], &said),
    ];
    tell(&frames)
        .says("not decoded: ")
        .says("STP 1")
        .says("EtherCAT 1")
        // Nobody sends from the address of a group.
        .says("10.0.0.7 to 239.255.255.250")
        .says("no control protocol that Jaga knows was seen");
}

#[test]
fn who_is_all_there_is_is_not_among_others() {
    let write = [6, 0, 1, 0, 1];
    let frames = talk(7, &[(&write, &write)]);
    tell(&frames).says("2 devices, among them 1 controller;");
    let alone: Vec<Frame> = frames
        .into_iter()
        .filter(|frame| frame.octets[29] == 9)
        .collect();
    tell(&alone).says("1 device: 1 controller;");
}

#[test]
fn text_that_a_device_sends_does_nothing_to_a_terminal() {
    // A vendor name with CSI as one octet of C1, and a mark that turns the direction.
    let name = "Acme\u{9b}31m\u{202e}gnp\u{1b}[2J";
    let length = u8::try_from(name.len()).unwrap();
    let answer = [&[0x2b, 14, 1, 1, 0, 0, 1, 0, length], name.as_bytes()].concat();
    let frames = talk(7, &[(&[0x2b, 14, 1, 0], &answer)]);
    let mut shown = vec![tell(&frames).text];
    for json in [false, true] {
        let lines = Lines::new(Vec::new(), Vec::new(), json);
        let _ = replay(&frames, Some(&lines), &mut |event| {
            if let Event::Line(line) = event {
                shown.push(line.replace('\t', " "));
            }
        });
    }
    let mut desk = Desk::default();
    let outcome = replay(&frames, None, &mut |mut event| {
        desk.take(&mut event);
    });
    let assets = desk.inventory.finish();
    let (mut csv, mut json, mut summary) = (Vec::new(), Vec::new(), Vec::new());
    assets.write_csv(&mut csv).unwrap();
    assets.write_json(&mut json).unwrap();
    let picture = desk.picture.finish(&assets, &outcome);
    picture.write_json(&mut summary).unwrap();
    shown.extend([csv, json, summary].map(|octets| String::from_utf8(octets).unwrap()));
    assert!(shown.len() >= 8, "lines were printed");
    for text in &shown {
        let hidden = text.chars().find(|c| is_hidden(*c) && !"\r\n".contains(*c));
        assert_eq!(hidden, None, "{text:?}");
    }
    assert!(shown.iter().filter(|text| text.contains("Acme")).count() >= 4);
}
