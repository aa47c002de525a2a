//! Copies are found in every guise; what was sent twice on purpose is not touched.

use super::super::samples::{Build, at, headers};
use super::*;
use crate::facts::Mac;
use crate::wire::Tcp;
use proptest::prelude::*;

const PLC: [u8; 4] = [10, 0, 0, 1];
const HMI: [u8; 4] = [10, 0, 0, 9];
const OTHER_MACS: (Mac, Mac) = (Mac([2, 0, 0, 0, 1, 1]), Mac([2, 0, 0, 0, 1, 2]));

/// Asks about one packet; `octets` are its content.
fn ask(duplicates: &mut Duplicates, build: Build, octets: &[u8], micros: u64) -> Option<Duplicate> {
    let headers = headers(Build {
        content: u32::try_from(octets.len()).unwrap(),
        ..build
    });
    let packet = Packet::new(&headers, 60, at(1, micros)).unwrap();
    duplicates.seen(&packet, octets)
}

fn kind_of(first: Build, second: Build, micros: u64) -> Option<DuplicateKind> {
    let mut duplicates = Duplicates::new(7);
    assert_eq!(ask(&mut duplicates, first, b"poll", 1_000_000), None);
    ask(&mut duplicates, second, b"poll", 1_000_000 + micros).map(|d| d.kind)
}

fn numbered(identification: u32) -> Build {
    Build {
        identification,
        ..Build::tcp(HMI, 50000, PLC, 502).numbers(100, 200, Tcp::ACK)
    }
}

fn routed(build: Build) -> Build {
    Build {
        hop_limit: build.hop_limit - 1,
        macs: OTHER_MACS,
        ..build
    }
}

#[test]
fn every_kind_of_copy_has_its_name() {
    let first = numbered(77).vlan(10);
    assert_eq!(kind_of(first, first, 40_000), Some(DuplicateKind::Same));
    let tagged = first.vlan(20);
    assert_eq!(kind_of(first, tagged, 400), Some(DuplicateKind::OtherVlan));
    let far = routed(first).vlan(20);
    assert_eq!(kind_of(first, far, 400), Some(DuplicateKind::Routed));
    assert_eq!(kind_of(far, first, 400), Some(DuplicateKind::Routed));
}

#[test]
fn a_copy_in_a_tunnel_is_a_copy() {
    let mut duplicates = Duplicates::new(7);
    let build = Build::udp(HMI, 20000, PLC, 20000);
    assert_eq!(ask(&mut duplicates, build, b"", 0), None);
    let mut inner = headers(build);
    inner.tunnels = 1;
    inner.macs = None;
    let packet = Packet::new(&inner, 100, at(2, 100)).unwrap();
    let found = duplicates.seen(&packet, b"").unwrap();
    assert_eq!(found.kind, DuplicateKind::Tunnel);
}

#[test]
fn what_no_network_makes_is_no_copy() {
    let first = numbered(77);
    // A cloned cell: other MACs, same hop limit.
    let clone = Build {
        macs: OTHER_MACS,
        ..first
    };
    assert_eq!(kind_of(first, clone, 100), None);
    // Other hop limit, same MACs.
    let hops = Build {
        hop_limit: 63,
        ..first
    };
    assert_eq!(kind_of(first, hops, 100), None);
    // Far too many hops.
    let far = Build {
        hop_limit: 30,
        macs: OTHER_MACS,
        ..first
    };
    assert_eq!(kind_of(first, far, 100), None);
    // The next identification, sequence number, or acknowledgment.
    assert_eq!(kind_of(first, numbered(78), 100), None);
    assert_eq!(kind_of(first, first.numbers(104, 200, Tcp::ACK), 100), None);
    assert_eq!(kind_of(first, first.numbers(100, 260, Tcp::ACK), 100), None);
}

#[test]
fn genuine_retransmissions_stay() {
    // A new identification at once; the same one (a stack with a constant) after 200 ms; no
    // identification (IPv6, or DF with 0) after 1 ms.
    assert_eq!(kind_of(numbered(77), numbered(78), 1), None);
    assert_eq!(kind_of(numbered(77), numbered(77), 200_000), None);
    assert_eq!(kind_of(numbered(0), numbered(0), 1_000), None);
}

#[test]
fn content_that_differs_in_one_bit_is_no_copy() {
    let mut duplicates = Duplicates::new(7);
    let build = numbered(77);
    let octets = [0x55; 80];
    assert_eq!(ask(&mut duplicates, build, &octets, 0), None);
    for bit in 0..octets.len() * 8 {
        let mut other = octets;
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(ask(&mut duplicates, build, &other, 1), None, "bit {bit}");
    }
    assert!(ask(&mut duplicates, build, &octets[..79], 2).is_none());
}

/// Counts how many of `rounds` packets sent every `period` survive, each followed by the given
/// copies.
fn survivors(build: Build, period: u64, rounds: u64, copies: &[(Build, u64)]) -> (u64, u64) {
    let mut duplicates = Duplicates::new(7);
    let (mut fresh, mut found) = (0, 0);
    for round in 0..rounds {
        let now = 1_000_000 + round * period;
        fresh += u64::from(ask(&mut duplicates, build, b"cyclic", now).is_none());
        for (copy, later) in copies {
            found += u64::from(ask(&mut duplicates, *copy, b"cyclic", now + later).is_some());
        }
    }
    (fresh, found)
}

#[test]
fn cyclic_datagrams_are_not_eaten() {
    for identification in [0, 4711] {
        let build = Build {
            identification,
            ..Build::udp(HMI, 2222, PLC, 2222)
        };
        for period in [1_000, 10_000, 100_000] {
            assert_eq!(survivors(build, period, 200, &[]), (200, 0));
            // And their copies are still found.
            let copies = [(build.vlan(7), 120), (routed(build), 300)];
            assert_eq!(survivors(build, period, 200, &copies), (200, 400));
            assert_eq!(survivors(build, period, 200, &[(build, 90)]), (200, 200));
        }
    }
}

#[test]
fn a_cycle_faster_than_the_window_costs_its_first_packets_only() {
    for period in [62, 125, 250, 400] {
        let (fresh, _) = survivors(Build::udp(HMI, 1, PLC, 1), period, 1000, &[]);
        assert!(fresh >= 990, "{period} us: {fresh}");
    }
}

#[test]
fn a_multicast_mirrored_on_every_port_is_one_packet() {
    let mut duplicates = Duplicates::new(7);
    for round in 0..20 {
        for port in 0..24 {
            let found = ask(
                &mut duplicates,
                Build::udp(HMI, 5353, [224, 0, 0, 251], 5353),
                b"who is there",
                1_000_000 + round * 1_000_000 + port * 4,
            );
            assert_eq!(found.is_some(), port != 0);
        }
    }
}

#[test]
fn the_second_lan_is_known_by_its_sequence_number() {
    let mut duplicates = Duplicates::new(7);
    let mut ask = |sequence: u8, lan: u8, micros: u64| {
        let octets = [1, 2, 3, 4, 0, sequence, lan << 4, 10, 0x88, 0xfb];
        let mut headers = headers(Build {
            content: 4,
            ..Build::udp(HMI, 1, PLC, 1)
        });
        headers.notes.add(Notes::REDUNDANT);
        let packet = Packet::new(&headers, 60, at(1, micros)).unwrap();
        duplicates.seen(&packet, &octets).map(|d| d.kind)
    };
    assert_eq!(ask(1, 0xa, 0), None);
    assert_eq!(ask(1, 0xb, 9_000), Some(DuplicateKind::OtherLan));
    // The same content again, sent 10 ms later.
    assert_eq!(ask(2, 0xb, 10_000), None);
    assert_eq!(ask(2, 0xa, 10_100), Some(DuplicateKind::OtherLan));
}

#[test]
fn copies_are_counted_by_vlan_within_bounds() {
    let mut duplicates = Duplicates::new(7);
    for n in 0..40_u16 {
        let first = numbered(u32::from(n) + 1);
        let now = u64::from(n) * 1_000_000;
        assert!(ask(&mut duplicates, first, b"x", now).is_none());
        assert!(ask(&mut duplicates, first.vlan(100 + n % 20), b"x", now + 9).is_some());
    }
    let (pairs, other) = duplicates.pairs();
    assert_eq!(pairs.len(), PAIRS);
    assert!(
        pairs
            .iter()
            .all(|pair| pair.count == 2 && pair.original == Tags::NONE)
    );
    assert_eq!(other, 8);
    assert_eq!(duplicates.kinds().of(DuplicateKind::OtherVlan), 40);
}

#[test]
fn a_half_full_of_packets_is_known_for_the_whole_window() {
    let mut duplicates = Duplicates::new(7);
    let packets = HALF - 16;
    for n in 0..packets {
        let now = 1_000_000 + u64::from(n) * 50;
        assert!(ask(&mut duplicates, numbered(n + 1), b"x", now).is_none());
    }
    let found = (0..packets).filter(|n| {
        let copy = numbered(n + 1).vlan(30);
        let now = 1_030_000 + u64::from(*n) * 30;
        ask(&mut duplicates, copy, b"x", now).is_some()
    });
    assert_eq!(found.count(), packets as usize);
    assert_eq!(duplicates.crowded(), 0);
}

#[test]
fn numbers_may_wrap() {
    let mut duplicates = Duplicates::new(7);
    duplicates.next = 0_u32.wrapping_sub(2 * RECENT);
    duplicates.half = duplicates.next;
    duplicates.other_end = duplicates.half.wrapping_sub(HALF);
    for n in 0..8 * RECENT {
        let now = 1_000_000 + u64::from(n) * 200;
        assert!(ask(&mut duplicates, numbered(n % 60_000 + 1), b"x", now).is_none());
        let copy = numbered(n.saturating_sub(200) % 60_000 + 1).vlan(30);
        assert!(ask(&mut duplicates, copy, b"x", now + 100).is_some());
    }
}

#[test]
fn a_quiet_shard_takes_no_more_room_than_it_needs() {
    let mut duplicates = Duplicates::new(7);
    for n in 0..1000 {
        let now = 1_000_000 + u64::from(n) * 10_000;
        assert!(ask(&mut duplicates, numbered(n + 1), b"x", now).is_none());
    }
    let used = duplicates.recent.iter().filter(|r| r.digest != 0).count();
    assert!(used <= 12, "{used} places for 5 packets in 50 ms");
    assert_eq!(duplicates.heads.len(), CHAINS);
}

proptest! {
    #[test]
    fn every_packet_doubled_within_the_window_is_found(
        contents in prop::collection::vec((any::<u8>(), 1_u64..499, 0_u8..4), 1..200),
    ) {
        let mut duplicates = Duplicates::new(1);
        let mut now = 1_000_000;
        let mut sequence = 0;
        for (octet, delay, guise) in contents {
            let octets = [octet; 12];
            let first = numbered(0).numbers(sequence, 1, Tcp::ACK);
            sequence += 12;
            prop_assert!(ask(&mut duplicates, first, &octets, now).is_none());
            let copy = match guise {
                0 => first,
                1 => first.vlan(30),
                2 => routed(first),
                _ => routed(first).vlan(30),
            };
            prop_assert!(ask(&mut duplicates, copy, &octets, now + delay).is_some());
            now += delay + 20;
        }
    }
}
