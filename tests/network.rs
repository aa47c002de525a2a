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
use std::ops::Range;
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

/// Datagrams to a device that answered before, one each 10 ms, from so many senders and to these
/// ports in turn; those that are answered have an answer.
fn flood(count: u16, senders: u16, ports: Range<u16>, answered: bool) -> Vec<Frame> {
    let device = Host::new(2, ports.start);
    let mut frames = background(200);
    let opened = datagram(SECOND, Host::new(1, 40_000), device, b"known?");
    let answer = datagram(SECOND + 1_000_000, device, Host::new(1, 40_000), b"known");
    frames.extend([opened, answer]);
    for number in 0..count {
        let [high, low] = (number % senders).to_be_bytes();
        let mut sender = Host::new(9, 1024 + number);
        sender.ip = [172, 16, high, low];
        let device = Host::new(2, ports.start + number % (ports.end - ports.start));
        let time = 100 * SECOND + u64::from(number) * 10_000_000;
        frames.push(datagram(time, sender, device, b"flood"));
        if answered {
            frames.push(datagram(time + 1_000_000, device, sender, b"answer"));
        }
    }
    frames.sort_by_key(|frame| frame.nanos);
    frames
}

#[test]
fn floods_are_told_once_within_seconds() {
    let flooded = |frames| {
        let mut told = found(frames);
        told.retain(|(sid, ..)| *sid == 3_950_105);
        numbers(&told)
    };
    // One sender, and many of them at many ports.
    let told = [(3_950_105, 104)];
    assert_eq!(flooded(flood(1_500, 1, 9_000..9_001, false)), told);
    assert_eq!(flooded(flood(1_500, 200, 9_000..9_300, false)), told);
    // A scan of ports by one, what is answered, and less than that many.
    assert_eq!(flooded(flood(1_500, 1, 9_000..9_300, false)), []);
    assert_eq!(flooded(flood(1_500, 200, 9_000..9_001, true)), []);
    assert_eq!(flooded(flood(450, 200, 9_000..9_001, false)), []);
    // Nobody opens that many to the port of DNP3, whether it answers or not.
    assert_eq!(flooded(flood(1_500, 200, 20_000..20_001, true)), told);
    // Whoever was never seen to answer may do so where the mirror does not look.
    let mut one_way = flood(1_500, 200, 9_000..9_001, false);
    one_way.retain(|frame| frame.nanos != SECOND + 1_000_000);
    assert_eq!(flooded(one_way), []);
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

/// The same packet with another hop limit, its checksum right.
fn hops(mut frame: Frame, hop_limit: u8) -> Frame {
    frame.octets[22] = hop_limit;
    frame.octets[24..26].fill(0);
    let sum = !jaga::wire::checksum(&frame.octets[14..34]);
    frame.octets[24..26].copy_from_slice(&sum.to_be_bytes());
    frame
}

/// The same host, sent for by another network card.
const fn by(host: Host, mac: u8) -> Host {
    Host {
        mac: [2, 0, 0, 0, 9, mac],
        ..host
    }
}

/// What a controller and its station say to each other each second, in one long connection; who
/// sends for the controller in which second is as `card` says.
fn polled(seconds: std::ops::Range<u32>, card: impl Fn(u32) -> Option<u8>) -> Vec<Frame> {
    let (station, device) = (Host::new(1, 40_000), Host::new(2, 502));
    let mut frames = Vec::new();
    for second in seconds {
        let time = u64::from(second) * SECOND;
        let from = card(second).map_or(device, |mac| by(device, mac));
        let (asks, tells) = ((second * 12, second * 11), (second * 11, second * 12 + 12));
        let question = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
        let answer = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
        frames.push(tcp(time, (station, from), PSH_ACK, asks, &question));
        frames.push(tcp(
            time + 1_000_000,
            (from, station),
            PSH_ACK,
            tells,
            &answer,
        ));
    }
    frames
}

#[test]
fn who_comes_and_goes_within_one_connection_is_told_each_time() {
    let away = |second| matches!(second, 300..=310 | 600..=610).then_some(66);
    let told = found(polled(1..900, away));
    let expected = [
        (3_950_111, 300),
        (3_950_112, 311),
        (3_950_111, 600),
        (3_950_112, 611),
    ];
    assert_eq!(numbers(&told), expected, "{told:?}");
    assert_eq!(told[1].1, 2);
}

#[test]
fn who_takes_over_two_partners_stands_between_them() {
    let (station, device) = (Host::new(1, 0), Host::new(2, 0));
    let mut frames = polled(1..300, |_| None);
    for second in (100..160).step_by(5) {
        frames.push(arp(second * SECOND + 1, false, by(device, 66), station));
        frames.push(arp(second * SECOND + 2, false, by(station, 66), device));
    }
    let told = found(frames);
    assert!(numbers(&told).contains(&(3_950_113, 100)), "{told:?}");
    assert_eq!(told.iter().filter(|told| told.0 == 3_950_113).count(), 1);
}

#[test]
fn a_conflict_that_goes_on_in_arp_is_told_once() {
    let (one, other) = (Host::new(5, 0), by(Host::new(5, 0), 77));
    let mut frames = background(200);
    for second in (20..180).step_by(20) {
        frames.push(arp(second * SECOND, false, one, Host::new(6, 0)));
        frames.push(arp((second + 3) * SECOND, false, other, Host::new(6, 0)));
    }
    let told = found(frames);
    assert_eq!(
        numbers(&told),
        [(3_950_111, 23), (3_950_112, 40)],
        "{told:?}"
    );
}

#[test]
fn two_hop_limits_of_one_card_are_two_systems() {
    let mut frames = polled(1..200, |_| None);
    let impostor = tcp(
        150 * SECOND + 500_000_000,
        (Host::new(2, 502), Host::new(1, 41_000)),
        PSH_ACK,
        (1, 1),
        b"forged",
    );
    frames.push(hops(impostor, 128));
    let told = found(frames);
    assert_eq!(numbers(&told), [(3_950_114, 150)], "{told:?}");
}

#[test]
fn what_routers_do_is_no_change_of_address() {
    let mut frames = background(200);
    // Many hosts behind one MAC address, or behind two by turns: forwarded packets.
    for number in 0..40u8 {
        for (second, router) in [(20, 201), (50, 202), (80, 201)] {
            let from = by(Host::new(100 + number, 2000), router);
            let time = second * SECOND + u64::from(number) * 1_000_000;
            frames.push(hops(datagram(time, from, Host::new(1, 161), b"?"), 63));
        }
    }
    // A host that is seen before and behind a router.
    let host = Host::new(2, 3000);
    for second in 20..100 {
        let time = second * SECOND;
        frames.push(datagram(time, host, Host::new(1, 161), b"?"));
        let behind = datagram(time + 5_000_000, by(host, 201), Host::new(3, 161), b"?");
        frames.push(hops(behind, 63));
    }
    // Two routers that share an address, each with a virtual MAC address of its own.
    for (second, last) in [(20, 1), (40, 2), (60, 1)] {
        let mut shared = Host::new(254, 0);
        shared.mac = [0, 7, 0xb4, 0, 1, last];
        frames.push(arp(second * SECOND, false, shared, Host::new(1, 0)));
    }
    // A cluster: it holds its address by one MAC address, and sends with those of its members.
    for (second, member) in [(20, 1), (40, 2), (60, 1)] {
        let mut cluster = Host::new(253, 0);
        let [a, b, c, d] = cluster.ip;
        cluster.mac = [2, 0xbf, a, b, c, d];
        frames.push(arp(second * SECOND, false, cluster, Host::new(1, 0)));
        let member = by(cluster, member);
        frames.push(arp((second + 1) * SECOND, false, member, Host::new(1, 0)));
    }
    assert_eq!(numbers(&found(frames)), []);
}

#[test]
fn a_virtual_mac_address_hides_nobody() {
    let station = Host::new(1, 0);
    // Who speaks for a shared address with a card of its own, and who takes a controller's address
    // with a virtual one.
    let mut shared = Host::new(254, 0);
    shared.mac = [0, 0, 0x5e, 0, 1, 9];
    let mut disguised = Host::new(2, 0);
    disguised.mac = [0, 0, 0x5e, 0, 1, 66];
    let mut frames = polled(1..200, |_| None);
    for second in (20..100).step_by(20) {
        frames.push(arp(second * SECOND, false, shared, station));
    }
    frames.push(arp(110 * SECOND, false, by(shared, 66), station));
    frames.push(arp(120 * SECOND + 1, false, disguised, station));
    let told = found(frames);
    let moved = |second| {
        told.iter()
            .any(|told| (told.0, told.2) == (3_950_111, second))
    };
    assert!(moved(110) && moved(120), "{told:?}");
}

#[test]
fn a_forged_lease_hides_no_man_in_the_middle() {
    let (station, device) = (Host::new(1, 0), Host::new(2, 0));
    let mut frames = polled(1..300, |_| None);
    for (second, host) in [(99, station), (99, device)] {
        frames.push(lease(second * SECOND, host, by(host, 66).mac));
    }
    for second in (100..160).step_by(5) {
        frames.push(arp(second * SECOND + 1, false, by(device, 66), station));
        frames.push(arp(second * SECOND + 2, false, by(station, 66), device));
    }
    let told = found(frames);
    assert!(numbers(&told).contains(&(3_950_113, 100)), "{told:?}");
}

#[test]
fn a_device_of_the_plant_that_is_given_another_address_is_told() {
    let (device, office) = (Host::new(2, 0), Host::new(9, 0));
    let mut frames = polled(1..300, |_| None);
    frames.extend(served(10 * SECOND, office, Host::new(8, 80)));
    // Its own address once more is no other one, and offices get new ones all the time.
    frames.push(lease(100 * SECOND, device, device.mac));
    frames.push(lease(110 * SECOND, Host::new(10, 0), office.mac));
    assert!(found(frames.clone()).is_empty());
    frames.push(lease(200 * SECOND, Host::new(7, 0), device.mac));
    let told = found(frames);
    assert_eq!(numbers(&told), [(3_950_115, 200)], "{told:?}");
    assert_eq!(told[0].1, 2);
}

/// A server gives this address to a card (RFC 2131, 2; a DHCPACK).
fn lease(nanos: u64, host: Host, card: [u8; 6]) -> Frame {
    let mut octets = vec![0; 240];
    octets[..4].copy_from_slice(&[2, 1, 6, 0]);
    octets[16..20].copy_from_slice(&host.ip);
    octets[28..34].copy_from_slice(&card);
    octets[236..].copy_from_slice(&[99, 130, 83, 99]);
    octets.extend([53, 1, 5, 51, 4, 0, 0, 0xe, 0x10, 54, 4, 10, 0, 0, 252, 255]);
    datagram(
        nanos,
        Host::new(252, 67),
        Host { port: 68, ..host },
        &octets,
    )
}
