//! The table holds its bounds, keeps what is alive, and tells variants of a key apart.

use super::super::samples::{Build, at, headers};
use super::super::{DuplicateKind, Stage, Tags};
use super::*;
use crate::facts::{Mac, Side, Time};
use crate::wire::{Network, Tcp, Transport};

const PLC: [u8; 4] = [10, 0, 0, 1];
const HMI: [u8; 4] = [10, 0, 0, 9];
const SYN: u8 = Tcp::SYN;
const ACK: u8 = Tcp::ACK;

/// A table with what left it.
struct Bench {
    table: Table<u32>,
    gone: Vec<(Flow<u32>, Ending)>,
    frame: u64,
}

impl Bench {
    fn new() -> Self {
        Self {
            table: Table::new(3),
            gone: Vec::new(),
            frame: 0,
        }
    }

    fn see(&mut self, build: Build, millis: u64) -> (Slot, bool) {
        self.frame += 1;
        let headers = headers(build);
        let packet = Packet::new(&headers, 100, at(self.frame, millis * 1000)).unwrap();
        let gone = &mut self.gone;
        let found = self
            .table
            .lookup(&packet, &mut |flow, ending| gone.push((flow, ending)))
            .unwrap();
        (found.slot, found.created)
    }

    fn expire(&mut self, seconds: u64) {
        let gone = &mut self.gone;
        self.table
            .expire(Time::from_parts(seconds, 0), &mut |flow, ending| {
                gone.push((flow, ending));
            });
    }

    fn flow(&self, slot: Slot) -> &Flow<u32> {
        &self.table.entry(slot.0).unwrap().flow
    }

    /// Every list, chain and index entry leads to a flow and back.
    fn check(&self) {
        let mut found = 0;
        for (slot, entry) in self.table.entries.iter() {
            found += 1;
            let mut at = self.table.find(entry.hash, &entry.id);
            while at != Some(slot) {
                at = self.table.entry(at.expect("not reached")).unwrap().sibling;
            }
        }
        assert_eq!(found, self.table.len());
        assert_eq!(self.table.lists.total(), found);
        assert!(self.table.index.len() <= found);
    }
}

fn there() -> Build {
    Build::tcp(HMI, 50000, PLC, 502).numbers(100, 500, ACK)
}

fn back() -> Build {
    Build::tcp(PLC, 502, HMI, 50000).numbers(500, 100, ACK)
}

fn udp_there() -> Build {
    Build::udp(HMI, 20000, PLC, 20000)
}

fn udp_back() -> Build {
    Build::udp(PLC, 20000, HMI, 20000)
}

#[test]
fn both_directions_meet_in_one_flow() {
    let mut bench = Bench::new();
    let (slot, created) = bench.see(there(), 1);
    assert!(created);
    assert_eq!(bench.see(back(), 2), (slot, false));
    assert_eq!(bench.see(there(), 3001), (slot, false));
    let flow = bench.flow(slot);
    assert_eq!(flow.packets(), 3);
    assert_eq!(flow.stage, Stage::Running);
    assert_eq!(flow.ledgers.1.octets, 200);
    assert_eq!(flow.ledgers.1.silence.as_secs(), 3);
    assert_eq!(flow.first().frame, 1);
    assert!(!flow.is_one_way());
    assert_eq!(flow.initiator(), None);
    bench.check();
}

#[test]
fn the_handshake_tells_who_opened() {
    let mut bench = Bench::new();
    let (slot, _) = bench.see(there().numbers(99, 0, SYN), 1);
    assert_eq!(bench.flow(slot).initiator(), Some(Side::High));
    assert_eq!(bench.flow(slot).stage, Stage::Opening);
    let mut bench = Bench::new();
    let (slot, _) = bench.see(back().numbers(499, 100, SYN | ACK), 1);
    assert_eq!(bench.flow(slot).initiator(), Some(Side::High));
}

#[test]
fn directions_with_different_tags_are_one_flow() {
    for (there, back) in [(there(), back()), (udp_there(), udp_back())] {
        let mut bench = Bench::new();
        for n in 0..10 {
            bench.see(there.vlan(10), n * 2);
            bench.see(back.vlan(20), n * 2 + 1);
        }
        assert_eq!(bench.table.len(), 1);
        let mut bench = Bench::new();
        for n in 0..10 {
            bench.see(there, n * 2);
            bench.see(back.vlan(20), n * 2 + 1);
        }
        assert_eq!(bench.table.len(), 1);
    }
}

#[test]
fn equal_addresses_in_two_vlans_are_two_flows() {
    // Their TCP numbers differ as those of any two connections do.
    let cells = [
        (there().vlan(10), back().vlan(10)),
        (
            there().numbers(0x4000_0000, 0x6000_0000, ACK).vlan(20),
            back().numbers(0x6000_0000, 0x4000_0000, ACK).vlan(20),
        ),
    ];
    let datagrams = [
        (udp_there().vlan(10), udp_back().vlan(10)),
        (udp_there().vlan(20), udp_back().vlan(20)),
    ];
    for [one, two] in [cells, datagrams] {
        for order in [
            [one.0, two.0, one.1, two.1],
            [one.0, one.1, two.0, two.1],
            // The first packet of the second cell goes the other way.
            [one.0, two.1, one.1, two.0],
            [one.0, two.1, two.0, one.1],
        ] {
            let mut bench = Bench::new();
            for (n, build) in (0..).zip(order) {
                bench.see(build, n);
            }
            let slots = order.map(|build| bench.see(build, 10).0);
            assert_eq!(bench.table.len(), 2);
            for (slot, build) in slots.into_iter().zip(order) {
                let expected = bench.see(one.0, 20).0;
                assert_eq!(
                    slot == expected,
                    build.vlan == 10,
                    "{:?}",
                    order.map(|b| b.vlan)
                );
            }
            bench.check();
        }
    }
}

#[test]
fn a_stray_packet_does_not_undo_a_pair() {
    let mut bench = Bench::new();
    let (slot, _) = bench.see(udp_there().vlan(10), 0);
    for n in 0..10 {
        assert_eq!(bench.see(udp_back().vlan(20), n).0, slot);
    }
    let (stray, created) = bench.see(udp_back().vlan(10), 20);
    assert!(created && stray != slot);
    assert_eq!(bench.see(udp_back().vlan(20), 21).0, slot);
    assert_eq!(bench.see(udp_there().vlan(10), 22).0, slot);
}

#[test]
fn a_key_in_many_vlans_is_bounded() {
    let mut bench = Bench::new();
    for vlan in 1..=50 {
        bench.see(udp_there().vlan(vlan), u64::from(vlan));
    }
    assert_eq!(bench.table.len(), VARIANTS);
    assert!(bench.table.counts().folded > 0);
    bench.check();
    bench.expire(100_000);
    assert!(bench.table.is_empty());
    bench.check();
}

#[test]
fn copies_find_the_flow_of_their_original_and_open_none() {
    let mut bench = Bench::new();
    let (slot, _) = bench.see(udp_there().vlan(10), 0);
    let headers = headers(udp_there().vlan(20));
    let packet = Packet::new(&headers, 100, at(2, 50)).unwrap();
    let copy = |table: &mut Table<u32>, vlan| {
        let mut original = super::super::samples::headers(udp_there().vlan(vlan));
        original.vlan_count = 1;
        let duplicate = Duplicate {
            kind: DuplicateKind::OtherVlan,
            original: Tags::of(&original),
        };
        table.copy(&packet, &duplicate).is_some()
    };
    assert!(copy(&mut bench.table, 10));
    let ledger = &bench.flow(slot).ledgers.1;
    assert_eq!(ledger.duplicates.total(), 1);
    assert_eq!(ledger.packets, 1);
    // Should the copy come first next time, it still finds the flow.
    assert_eq!(bench.see(udp_there().vlan(20), 10), (slot, false));
    // A copy of a packet whose flow is gone opens none.
    bench.expire(100_000);
    assert!(!copy(&mut bench.table, 10));
    assert!(bench.table.is_empty());
}

#[test]
fn a_changed_mac_is_noticed() {
    let mut bench = Bench::new();
    let (slot, _) = bench.see(there(), 0);
    bench.see(back(), 1);
    let mut moved = there();
    moved.macs.0 = Mac([2, 9, 9, 9, 9, 9]);
    bench.see(moved, 2);
    let flow = bench.flow(slot);
    assert_eq!(flow.end(Side::High).mac_changes, 1);
    assert_eq!(flow.end(Side::Low).mac_changes, 0);
    assert_eq!(flow.end(Side::High).mac, Some(Mac([2, 9, 9, 9, 9, 9])));
}

/// What happens, and after how many seconds the flow is let go.
type Case<'a> = (&'a dyn Fn(&mut Bench), u64);

#[test]
fn each_kind_of_flow_has_its_time() {
    let opened = |bench: &mut Bench| {
        bench.see(there(), 0);
        bench.see(back(), 1);
    };
    let goose = |bench: &mut Bench| {
        let mut headers = headers(there());
        headers.network = Network::Ether(0x88b8);
        headers.transport = Transport::None;
        let packet = Packet::new(&headers, 100, at(1, 0)).unwrap();
        let _ = bench.table.lookup(&packet, &mut |_, _| {});
    };
    let syn = |bench: &mut Bench| {
        bench.see(there().numbers(1, 0, SYN), 0);
    };
    let datagram = |bench: &mut Bench| {
        bench.see(udp_there(), 0);
    };
    let cases: [Case<'_>; 6] = [
        (&syn, 60),
        (&datagram, 300),
        (&goose, 3600),
        (&opened, 25 * 3600),
        (
            &|b| {
                opened(b);
                b.see(there().numbers(100, 500, ACK | Tcp::FIN), 2);
                b.see(back().numbers(500, 101, ACK | Tcp::FIN), 3);
            },
            10,
        ),
        (
            &|b| {
                opened(b);
                b.see(back().numbers(500, 100, ACK | Tcp::RST), 3);
            },
            10,
        ),
    ];
    for (n, (make, limit)) in cases.iter().enumerate() {
        let mut bench = Bench::new();
        make(&mut bench);
        bench.expire(limit - 1);
        assert_eq!(bench.table.len(), 1, "case {n}");
        bench.expire(limit + 2);
        assert_eq!(bench.table.len(), 0, "case {n}");
        assert!(bench.gone.iter().all(|(_, ending)| *ending == Ending::Idle));
        assert_eq!(bench.table.counts().expired, 1);
    }
}

#[test]
fn a_reset_out_of_the_window_closes_nothing() {
    let mut bench = Bench::new();
    let (slot, _) = bench.see(there(), 0);
    bench.see(back(), 1);
    bench.see(back().numbers(0x5000_0000, 0, Tcp::RST), 2);
    assert_eq!(bench.flow(slot).stage, Stage::Running);
    assert_eq!(bench.flow(slot).end(Side::Low).stray_resets, 1);
    // One inside does, until traffic shows that nobody obeyed.
    bench.see(back().numbers(510, 0, Tcp::RST), 3);
    assert_eq!(bench.flow(slot).stage, Stage::Closed);
    let mut content = there();
    content.content = 12;
    bench.see(content, 4);
    assert_eq!(bench.flow(slot).stage, Stage::Running);
}

#[test]
fn a_refused_connection_is_closed() {
    let mut bench = Bench::new();
    let (slot, _) = bench.see(there().numbers(99, 0, SYN), 0);
    bench.see(back().numbers(0, 100, ACK | Tcp::RST), 1);
    assert_eq!(bench.flow(slot).stage, Stage::Closed);
    // The same attempt again is the same flow, a new one is a new one.
    assert_eq!(bench.see(there().numbers(99, 0, SYN), 2), (slot, false));
    assert!(bench.see(there().numbers(7_000_000, 0, SYN), 3).1);
    assert_eq!(bench.gone.len(), 1);
    assert_eq!(bench.gone[0].1, Ending::Reused);
    assert_eq!(bench.table.counts().reused, 1);
    bench.check();
}

#[test]
fn a_flood_costs_only_itself() {
    let mut bench = Bench::new();
    let pairs: Vec<(Build, Build)> = (0..100_u8)
        .map(|n| {
            let low = [10, 1, 0, n];
            let n = u16::from(n);
            (
                Build::tcp(HMI, 40_000 + n, low, 502).numbers(100, 500, ACK),
                Build::tcp(low, 502, HMI, 40_000 + n).numbers(500, 100, ACK),
            )
        })
        .collect();
    let mut evicted_running = 0;
    for n in 0..1_000_000_u32 {
        // Every 2,000 packets of the flood each connection speaks once.
        if n % 2000 == 0 {
            for (there, back) in &pairs {
                bench.see(*there, u64::from(n / 100));
                bench.see(*back, u64::from(n / 100));
            }
        }
        let [_, a, b, c] = n.to_be_bytes();
        let flood = match n % 3 {
            0 => Build::tcp([9, a, b, c], 1, PLC, 502).numbers(n, 0, SYN),
            1 => Build::udp([9, a, b, c], 1, PLC, 161),
            _ => Build::tcp([9, a, b, c], 1, PLC, 102).numbers(n, 7, ACK),
        };
        bench.see(flood, u64::from(n / 100));
        assert!(bench.table.len() <= CAPACITY);
        evicted_running += bench
            .gone
            .drain(..)
            .filter(|(flow, _)| flow.stage == Stage::Running)
            .count();
    }
    assert_eq!(evicted_running, 0);
    for (there, _) in &pairs {
        assert!(!bench.see(*there, 11_000).1);
    }
    let counts = bench.table.counts();
    assert_eq!(counts.evicted, 0);
    let left = counts.created - counts.evicted_opening - counts.expired;
    assert_eq!(left, bench.table.len() as u64);
    bench.check();
}

#[test]
fn new_flows_live_while_old_ones_fill_the_table() {
    let mut bench = Bench::new();
    for n in 0..u16::try_from(CAPACITY).unwrap() {
        let [a, b] = n.to_be_bytes();
        bench.see(
            Build::tcp(HMI, 1000, [10, 2, a, b], 502).numbers(1, 1, ACK),
            1,
        );
        bench.see(
            Build::tcp([10, 2, a, b], 502, HMI, 1000).numbers(1, 1, ACK),
            1,
        );
    }
    assert_eq!(bench.table.len(), CAPACITY);
    // Fifty new handshakes at once, each of which still finds its flow for the answer.
    let new = |n: u16| Build::tcp(HMI, 2000 + n, PLC, 502).numbers(9, 0, SYN);
    for n in 0..50 {
        assert!(bench.see(new(n), 2).1);
    }
    for n in 0..50 {
        assert!(!bench.see(new(n), 3).1);
    }
    assert_eq!(bench.table.counts().evicted, 50);
    bench.check();
}

#[test]
fn only_those_that_asked_are_visited_in_the_order_they_asked() {
    let mut bench = Bench::new();
    let slots: Vec<Slot> = (0..10)
        .map(|n| bench.see(Build::udp(HMI, 100 + n, PLC, 1), u64::from(n)).0)
        .collect();
    let visits = |bench: &mut Bench, stays: bool| {
        let mut visited = Vec::new();
        bench.table.tick(Time::from_parts(9, 0), &mut |flow| {
            visited.push(flow.key.high.port);
            stays.then_some(Time::ZERO)
        });
        visited
    };
    for n in [7, 2, 7, 4] {
        bench.table.wake(slots[n], Time::ZERO);
    }
    assert_eq!(visits(&mut bench, true), [107, 102, 104]);
    assert_eq!(visits(&mut bench, false), [107, 102, 104]);
    assert!(visits(&mut bench, true).is_empty());
    // A flow that left is not visited, nor is the one in its place unless it asks.
    bench.table.wake(slots[3], Time::ZERO);
    bench.expire(100_000);
    let (slot, _) = bench.see(udp_there(), 200_000_000);
    assert!(visits(&mut bench, true).is_empty());
    bench.table.wake(slot, Time::ZERO);
    assert_eq!(visits(&mut bench, true), [20000]);
}

#[test]
fn flows_that_are_not_due_keep_their_place_and_are_not_visited() {
    let mut bench = Bench::new();
    let slots: Vec<Slot> = (0..4)
        .map(|n| bench.see(Build::udp(HMI, 100 + n, PLC, 1), u64::from(n)).0)
        .collect();
    let at = |second| Time::from_parts(second, 0);
    let visits = |bench: &mut Bench, second, next: Option<u64>| {
        let mut visited = Vec::new();
        bench.table.tick(at(second), &mut |flow| {
            visited.push(flow.key.high.port);
            next.map(at)
        });
        visited
    };
    for (n, due) in [(3, 20), (1, 10), (0, 15), (2, 10)] {
        bench.table.wake(slots[n], at(due));
    }
    assert!(visits(&mut bench, 9, None).is_empty());
    assert_eq!(visits(&mut bench, 10, Some(30)), [101, 102]);
    // The earlier time stands, until the flow has no wish left.
    bench.table.wake(slots[0], at(40));
    bench.table.calm(slots[3]);
    assert_eq!(visits(&mut bench, 15, None), [100]);
    assert!(visits(&mut bench, 29, None).is_empty());
    bench.table.wake(slots[3], at(25));
    assert_eq!(visits(&mut bench, 30, None), [101, 102, 103]);
    assert!(visits(&mut bench, 99, None).is_empty());
}

#[test]
fn the_end_comes_in_the_order_of_first_packets() {
    let mut bench = Bench::new();
    for n in (0..40).rev() {
        bench.see(Build::udp(HMI, 100 + n, PLC, 1), 1);
    }
    for n in 0..40 {
        bench.see(Build::udp(PLC, 1, HMI, 100 + n), 2);
    }
    let gone = &mut bench.gone;
    bench
        .table
        .drain(&mut |flow, ending| gone.push((flow, ending)));
    let ports: Vec<u16> = bench.gone.iter().map(|(f, _)| f.key.high.port).collect();
    assert_eq!(ports, (100..140).rev().collect::<Vec<_>>());
    assert!(
        bench
            .gone
            .iter()
            .all(|(_, ending)| *ending == Ending::Drained)
    );
    assert!(bench.table.is_empty());
    bench.check();
}

#[test]
fn a_time_that_goes_back_harms_nothing() {
    let mut bench = Bench::new();
    bench.see(udp_there(), 1_000_000);
    bench.see(Build::udp(HMI, 1, PLC, 1), 5);
    bench.expire(1_001);
    assert_eq!(bench.table.len(), 2);
    bench.expire(1_302);
    assert_eq!(bench.table.len(), 0);
}
