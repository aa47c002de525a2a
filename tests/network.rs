//! What detectors find that need no learning: scans, and who speaks for whom.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read what it wrote has failed"
)]

mod support;

use jaga::capture::Captures;
use jaga::desk::detect::{Config, Detectors};
use jaga::desk::{Desk, News};
use jaga::sensor::{self, Progress, Watch};
use std::io::Cursor;
use std::path::PathBuf;
use support::{Connection, Frame, Host, arp, datagram, tcp};

const SECOND: u64 = 1_000_000_000;
const SYN: u8 = 0x02;
const RST_ACK: u8 = 0x14;
const PSH_ACK: u8 = 0x18;

/// An alert: its number, how grave it is, in which second it was told, and what happened.
type Told = (u32, u8, u64, String);

/// What the detectors find in these frames; by any number of workers the same.
fn found(mut frames: Vec<Frame>) -> Vec<Told> {
    frames.sort_by_key(|frame| frame.nanos);
    let one = told(&frames, 1);
    assert_eq!(one, told(&frames, 3));
    one
}

fn told(frames: &[Frame], workers: usize) -> Vec<Told> {
    let input = Box::new(Cursor::new(support::write(frames)));
    let captures = Captures::from_reader(&PathBuf::from("-"), input).unwrap();
    let mut desk = Desk {
        detectors: Some(Detectors::new(Config::default())),
        ..Desk::default()
    };
    let watch = Watch {
        detect: true,
        ..Watch::default()
    };
    let config = sensor::Config { workers };
    let outcome = sensor::replay(
        captures,
        config,
        watch,
        &Progress::default(),
        &mut |mut event| {
            desk.take(&mut event);
        },
    );
    assert!(outcome.imbalance.is_none());
    let all = desk.news.into_iter().filter_map(|news| {
        let News::Alert(found) = news else {
            return None;
        };
        let time = found.alert.scene.stamp.time.nanos() / SECOND;
        Some((
            found.alert.kind.sid,
            found.alert.severity,
            time,
            found.told.what,
        ))
    });
    all.collect()
}

/// The numbers of the alerts and in which second each was told.
fn numbers(told: &[Told]) -> Vec<(u32, u64)> {
    told.iter().map(|(sid, _, time, _)| (*sid, *time)).collect()
}

/// Something that goes on long before and after, so that time passes.
fn background(until: u64) -> Vec<Frame> {
    let (from, to) = (Host::new(250, 5000), Host::new(251, 161));
    let pair = |second| {
        let time = second * SECOND;
        [
            datagram(time, from, to, b"?"),
            datagram(time + 1_000_000, to, from, b"!"),
        ]
    };
    (1..=until).flat_map(pair).collect()
}

/// A connection that is refused.
fn refused(nanos: u64, from: Host, to: Host) -> [Frame; 2] {
    [
        tcp(nanos, (from, to), SYN, (1000, 0), &[]),
        tcp(nanos + 100_000, (to, from), RST_ACK, (0, 1001), &[]),
    ]
}

/// A connection that serves its purpose.
fn served(nanos: u64, from: Host, to: Host) -> Vec<Frame> {
    let mut connection = Connection::new(from, to);
    connection.client(b"give");
    connection.server(b"take");
    let shifted = connection.frames.into_iter().map(|frame| Frame {
        nanos: frame.nanos + nanos,
        ..frame
    });
    shifted.collect()
}

#[test]
fn a_sweep_over_silent_hosts_is_one_scan() {
    let mut frames = background(200);
    for (number, second) in (10..40).zip(100..) {
        let (from, to) = (Host::new(1, 40_000), Host::new(number, 8080));
        frames.push(tcp(second * SECOND, (from, to), SYN, (1000, 0), &[]));
    }
    let told = found(frames);
    assert_eq!(numbers(&told), [(3_950_101, 109)], "{told:?}");
    assert_eq!(told[0].1, 3);
    assert!(
        told[0].3.contains("10.0.0.1 tried 10 addresses"),
        "{told:?}"
    );
}

#[test]
fn three_devices_searched_at_an_industrial_port_are_a_scan() {
    let probe = |second: u64| {
        let from = Host::new(1, 40_000);
        let to = |number| Host::new(number, 502);
        (10..13).map(move |number| tcp(second * SECOND, (from, to(number)), SYN, (1000, 0), &[]))
    };
    let late = background(200).into_iter().chain(probe(100)).collect();
    assert_eq!(numbers(&found(late)), [(3_950_101, 100)]);
    // Those that are tried from the beginning are switched off.
    let early = background(200).into_iter().chain(probe(20)).collect();
    assert_eq!(numbers(&found(early)), []);
}

#[test]
fn a_scan_that_pauses_is_told_again() {
    let mut frames = background(300);
    for (number, second) in (10..40).zip((100..115).chain(200..215)) {
        frames.extend(refused(
            second * SECOND,
            Host::new(1, 40_000),
            Host::new(number, 80),
        ));
    }
    assert_eq!(
        numbers(&found(frames)),
        [(3_950_101, 109), (3_950_101, 209)]
    );
}

#[test]
fn closed_ports_of_one_host_are_a_scan() {
    let mut frames = background(110);
    for port in 1..=100 {
        let time = 100 * SECOND + u64::from(port) * 1_000_000;
        frames.extend(refused(time, Host::new(1, 40_000), Host::new(2, port)));
    }
    let told = found(frames);
    assert_eq!(numbers(&told), [(3_950_102, 100)]);
    assert!(told[0].3.contains("tried 15 ports of 10.0.0.2"), "{told:?}");
}

#[test]
fn who_is_answered_scans_nothing() {
    let mut frames = background(130);
    // A station that polls twenty controllers, a browser with fifty connections, and name service.
    for number in 10..30 {
        frames.extend(served(
            70 * SECOND,
            Host::new(1, 40_000),
            Host::new(number, 502),
        ));
    }
    for port in 0..50u16 {
        let to = Host::new(40 + (port % 5) as u8, 443);
        frames.extend(served(80 * SECOND, Host::new(2, 50_000 + port), to));
        let (from, to) = (Host::new(2, 30_000 + port), Host::new(3, 53));
        frames.push(datagram(90 * SECOND, from, to, b"?"));
    }
    assert_eq!(numbers(&found(frames)), []);
}

#[test]
fn who_loses_its_partners_scans_nothing() {
    let mut frames = background(200);
    for number in 10..30 {
        frames.extend(served(SECOND, Host::new(1, 40_000), Host::new(number, 502)));
    }
    for second in 100..120 {
        for number in 10..30 {
            let from = Host::new(1, 40_001 + u16::try_from(second).unwrap());
            let ends = (from, Host::new(number, 502));
            frames.push(tcp(second * SECOND, ends, SYN, (1000, 0), &[]));
        }
    }
    assert_eq!(numbers(&found(frames)), []);
}

#[test]
fn one_direction_alone_is_no_scan() {
    let mut frames = background(200);
    for number in 10..40 {
        let all = served(100 * SECOND, Host::new(1, 40_000), Host::new(number, 80));
        frames.extend(all.into_iter().filter(|frame| frame.octets[29] == 1));
    }
    assert_eq!(numbers(&found(frames)), []);
}

#[test]
fn addresses_that_nobody_has_are_a_scan() {
    let mut frames = background(200);
    for number in 10..100 {
        let time = 100 * SECOND + u64::from(number) * 10_000_000;
        frames.push(arp(time, true, Host::new(1, 0), Host::new(number, 0)));
    }
    let told = found(frames);
    assert_eq!(numbers(&told), [(3_950_101, 100)]);

    // Addresses that somebody has are not.
    let mut frames = background(200);
    for number in 10..100 {
        let time = 100 * SECOND + u64::from(number) * 10_000_000;
        let (asks, tells) = (Host::new(1, 0), Host::new(number, 0));
        frames.push(arp(time, true, asks, tells));
        frames.push(arp(time + 1_000_000, false, tells, asks));
    }
    assert_eq!(numbers(&found(frames)), []);
}

#[test]
fn four_hundred_forged_senders_are_one_alert() {
    let server = Host::new(2, 20_000);
    let forged = |number: u16| {
        let [high, low] = number.to_be_bytes();
        let mut host = Host::new(9, 1024 + number);
        host.ip = [172, 16, high, low];
        host
    };
    for (flags, content) in [(SYN, &b""[..]), (PSH_ACK, b"forged")] {
        let mut frames = background(200);
        frames.extend(served(SECOND, Host::new(1, 40_000), server));
        for number in 0..400 {
            let time = 100 * SECOND + u64::from(number) * 100_000_000;
            let numbers = (1000, u32::from(flags != SYN));
            frames.push(tcp(time, (forged(number), server), flags, numbers, content));
        }
        let told = found(frames);
        assert_eq!(numbers(&told), [(3_950_104, 102)], "{told:?}");
    }
}

#[test]
fn a_device_that_refuses_everything_is_tried_out() {
    let modbus = |transaction: u8, unit: u8, pdu: &[u8]| {
        let length = u8::try_from(pdu.len() + 1).unwrap();
        [&[0, transaction, 0, 0, 0, length, unit], pdu].concat()
    };
    let ask = |count: u8| {
        let mut connection = Connection::new(Host::new(1, 40_000), Host::new(2, 502));
        for unit in 1..=count {
            connection.client(&modbus(unit, unit, &[3, 0, 0, 0, 1]));
            connection.server(&modbus(unit, unit, &[0x83, 11]));
        }
        connection.frames
    };
    let told = found(ask(20));
    assert_eq!(numbers(&told), [(3_950_103, 0)]);
    assert!(
        told[0].3.contains("refused 10.0.0.1 8 different units"),
        "{told:?}"
    );
    assert_eq!(numbers(&found(ask(4))), []);
}
