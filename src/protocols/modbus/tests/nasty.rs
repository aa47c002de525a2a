//! Promises that must hold for any traffic, any loss and any octets.
//!
//! Seeds are fixed, so that a run that was green stays green; raise `CASES` to search.

use super::super::Modbus;
use super::{CLIENT, PORTS, SERVER, frame, open};
use crate::facts::Side;
use crate::protocols::testing::Driver;
use crate::protocols::{Carrier, Opening, Probe, Protocol};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const CASES: u32 = 150;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: CASES,
        rng_seed: RngSeed::Fixed(20_261_122),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// PDUs of a request and its response.
type Pair = (Vec<u8>, Vec<u8>);

/// Registers: any, small, zero, and mixed with parts of headers. (Registers that hold a whole
/// ADU are one to whoever joins in their middle; nothing on the wire tells otherwise.)
fn words() -> impl Strategy<Value = Vec<u16>> {
    prop_oneof![
        vec(any::<u16>(), 1..60),
        vec(0u16..10, 1..60),
        vec(Just(0u16), 1..60),
        vec(
            prop_oneof![any::<u16>(), Just(0), Just(6), Just(0x0103)],
            1..60
        ),
    ]
}

fn octets(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// `function`, `address`, count of `words`.
fn ranged(function: u8, address: u16, words: &[u16]) -> Vec<u8> {
    let count = u16::try_from(words.len()).unwrap();
    [vec![function], octets(&[address, count])].concat()
}

fn counted(octets: &[u8]) -> Vec<u8> {
    [vec![u8::try_from(octets.len()).unwrap()], octets.to_vec()].concat()
}

/// Transactions of functions whose shape can be checked.
fn pair() -> impl Strategy<Value = Pair> {
    let read = (3u8..=4, any::<u16>(), words()).prop_map(|(function, address, words)| {
        let answer = [vec![function], counted(&octets(&words))].concat();
        (ranged(function, address, &words), answer)
    });
    let bits = (1u8..=2, any::<u16>(), vec(any::<u8>(), 1..40)).prop_map(|(function, at, bits)| {
        let count = u16::try_from(bits.len() * 8).unwrap();
        let ask = [vec![function], octets(&[at, count])].concat();
        (ask, [vec![function], counted(&bits)].concat())
    });
    let write = (any::<u16>(), words()).prop_map(|(address, words)| {
        let echo = ranged(16, address, &words);
        ([echo.clone(), counted(&octets(&words))].concat(), echo)
    });
    let echo = prop_oneof![
        (any::<u16>(), any::<u16>()).prop_map(|(a, v)| [vec![6], octets(&[a, v])].concat()),
        (any::<u16>(), any::<bool>()).prop_map(|(a, on)| [
            vec![5],
            octets(&[a, u16::from(on) * 0xff00])
        ]
        .concat()),
        any::<[u16; 3]>().prop_map(|masks| [vec![22], octets(&masks)].concat()),
    ]
    .prop_map(|pdu| (pdu.clone(), pdu));
    let refused = (any::<u16>(), 1u8..=4)
        .prop_map(|(address, code)| (ranged(3, address, &[0]), vec![0x83, code]));
    let identify = vec(b' '..b'~', 0..30).prop_map(|name| {
        let objects = [vec![0], counted(&name)].concat();
        let answer = [vec![43, 14, 1, 1, 0, 0, 1], objects].concat();
        (vec![43, 14, 1, 0], answer)
    });
    prop_oneof![3 => read, 1 => bits, 2 => write, 2 => echo, 1 => refused, 1 => identify]
}

/// One packet: who, and what.
type Packet = (Side, Vec<u8>);

/// Transactions as packets. `together` transactions are asked at once; the octets of each such
/// burst are cut at `cuts`, given in thousandths.
fn packets(pairs: &[Pair], together: usize, cuts: &[usize]) -> Vec<Packet> {
    let mut packets = Vec::new();
    for (burst, pairs) in pairs.chunks(together).enumerate() {
        let transaction = |i: usize| u16::try_from(burst * together + i).unwrap();
        for side in [CLIENT, SERVER] {
            let octets: Vec<u8> = pairs
                .iter()
                .enumerate()
                .flat_map(|(i, (request, response))| {
                    let pdu = if side == CLIENT { request } else { response };
                    frame(transaction(i), 1, pdu)
                })
                .collect();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut * octets.len() / 1000).collect();
            at.extend([0, octets.len()]);
            at.sort_unstable();
            for span in at.windows(2).filter(|span| span[0] < span[1]) {
                packets.push((side, octets[span[0]..span[1]].to_vec()));
            }
        }
    }
    packets
}

/// What a message says, without what its request adds.
fn essence(line: &str) -> String {
    line.split(' ')
        .filter(|part| {
            ["transaction=", "unit=", "length=", "data=", "request="]
                .iter()
                .any(|name| part.starts_with(name))
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn side_of(line: &str) -> Side {
    if line.starts_with("low") {
        Side::Low
    } else {
        Side::High
    }
}

fn essences(driver: &Driver, side: Side) -> Vec<String> {
    let lines = driver.out.messages.iter();
    lines
        .filter(|line| side_of(line) == side)
        .map(|line| essence(line))
        .collect()
}

/// Feeds packets to a conversation seen from its start; packets in `lost` are not seen.
fn run(packets: &[Packet], lost: &[usize]) -> Driver {
    let first: Vec<u8> = packets
        .iter()
        .filter(|(side, _)| *side == CLIENT)
        .flat_map(|(_, octets)| octets.clone())
        .collect();
    let mut driver = open(&first);
    let mut gap = (false, false);
    for (index, (side, octets)) in packets.iter().enumerate() {
        if lost.contains(&index) {
            *side.of_mut(&mut gap) = true;
            continue;
        }
        if std::mem::take(side.of_mut(&mut gap)) {
            driver.gap(*side, None);
        }
        driver.packet(*side, octets);
    }
    driver
}

/// How many ADUs of `side` overlap the lost packets.
fn overlapped(packets: &[Packet], lost: &[usize], side: Side) -> usize {
    let mut missing = Vec::new();
    for (index, (from, octets)) in packets.iter().enumerate() {
        if *from == side {
            missing.extend(octets.iter().map(|&octet| (octet, lost.contains(&index))));
        }
    }
    let (mut at, mut count) = (0, 0);
    while at < missing.len() {
        let length = usize::from(missing[at + 4].0) << 8 | usize::from(missing[at + 5].0);
        let adu = &missing[at..at + 6 + length];
        count += usize::from(adu.iter().any(|&(_, lost)| lost));
        at += adu.len();
    }
    count
}

/// Whether `some` are among `all`, in the same order.
fn within(some: &[String], all: &[String]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|one| rest.any(|other| other == one))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_segmentation_gives_the_same_operations(
        pairs in vec(pair(), 1..12),
        together in 1usize..4,
        cuts in vec(0usize..1000, 0..8),
    ) {
        let whole = run(&packets(&pairs, together, &[]), &[]);
        let cut = run(&packets(&pairs, together, &cuts), &[]);
        prop_assert_eq!(&whole.out.operations, &cut.out.operations);
        prop_assert_eq!(whole.out.operations.len(), pairs.len());
        prop_assert!(cut.out.faults.is_empty(), "{:?}", cut.out.faults);
    }

    #[test]
    fn a_gap_costs_what_it_overlaps_and_one_more_and_invents_nothing(
        pairs in vec(pair(), 6..16),
        together in 1usize..4,
        cuts in vec(0usize..1000, 0..3),
        gap in (0usize..1000, 1usize..5),
    ) {
        let packets = packets(&pairs, together, &cuts);
        let from = gap.0 * packets.len() / 1000;
        let lost: Vec<usize> = (from..packets.len().min(from + gap.1)).collect();
        let whole = run(&packets, &[]);
        let torn = run(&packets, &lost);
        for side in [CLIENT, SERVER] {
            let (all, some) = (essences(&whole, side), essences(&torn, side));
            prop_assert!(within(&some, &all), "{some:#?} of {all:#?}");
            let allowed = overlapped(&packets, &lost, side);
            let allowed = allowed + usize::from(allowed > 0);
            prop_assert!(some.len() + allowed >= all.len(), "{} of {}", some.len(), all.len());
        }
    }

    #[test]
    fn a_running_conversation_is_picked_up_within_two_pdus(
        pairs in vec(pair(), 8..16),
        together in 1usize..4,
        cuts in vec(0usize..1000, 0..3),
        start in 0usize..500,
    ) {
        let packets = packets(&pairs, together, &cuts);
        let start = start * packets.len() / 1000;
        let lost: Vec<usize> = (0..start).collect();
        let whole = run(&packets, &[]);
        let mut seen: (Vec<u8>, Vec<u8>) = Default::default();
        let mut driver: Option<Driver> = None;
        for (side, octets) in &packets[start..] {
            if let Some(driver) = &mut driver {
                driver.packet(*side, octets);
                continue;
            }
            let first = side.of_mut(&mut seen);
            first.extend(octets);
            let opening = Opening {
                carrier: Carrier::Tcp,
                ports: PORTS,
                side: *side,
                octets: first,
                midstream: true,
            };
            match Modbus.probe(&opening) {
                Probe::More => {}
                Probe::NotMine => prop_assert!(false, "not recognised"),
                _ => {
                    let first = first.clone();
                    let opened = driver.insert(Driver::open(
                        &Modbus, Carrier::Tcp, PORTS, *side, &first, true,
                    ));
                    opened.packet(*side, &first);
                    let other = std::mem::take(side.other().of_mut(&mut seen));
                    opened.packet(side.other(), &other);
                }
            }
        }
        let driver = driver.expect("recognised");
        for side in [CLIENT, SERVER] {
            let (all, some) = (essences(&whole, side), essences(&driver, side));
            prop_assert!(within(&some, &all), "{some:#?} of {all:#?}");
            let allowed = overlapped(&packets, &lost, side) + 2;
            prop_assert!(some.len() + allowed >= all.len(), "{} of {}", some.len(), all.len());
        }
    }

    #[test]
    fn random_octets_after_a_gap_are_no_message(
        pairs in vec(pair(), 3..4),
        noise in vec(vec(any::<u8>(), 1..300), 1..6),
        client in any::<bool>(),
    ) {
        let mut driver = run(&packets(&pairs, 1, &[]), &[]);
        let before = driver.out.messages.len();
        let side = if client { CLIENT } else { SERVER };
        driver.gap(side, None);
        for octets in &noise {
            driver.packet(side, octets);
        }
        prop_assert_eq!(driver.out.messages.len(), before);
    }

    #[test]
    fn numbers_like_headers_after_a_gap_are_no_answer(
        pairs in vec(pair(), 3..4),
        noise in vec(vec(prop_oneof![0u16..9, Just(0x0103), Just(0x0302)], 1..120), 1..6),
        odd in any::<bool>(),
    ) {
        let mut driver = run(&packets(&pairs, 1, &[]), &[]);
        let before = driver.out.messages.len();
        driver.packet(CLIENT, &frame(9, 1, &[3, 0, 0, 0, 1]));
        driver.gap(SERVER, None);
        let tail = usize::from(odd);
        for words in &noise {
            // A packet that is an ADU to its last octet is taken for one; stray octets keep
            // these from being that.
            let mut octets = octets(words);
            octets.extend(vec![0xa5; 2 - tail]);
            driver.packet(SERVER, &octets);
        }
        prop_assert_eq!(driver.out.messages.len(), before + 1);
    }

    #[test]
    fn nothing_breaks_on_changed_octets(
        pairs in vec(pair(), 4..12),
        together in 1usize..4,
        changes in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in vec(0usize..1000, 0..3),
    ) {
        let mut packets = packets(&pairs, together, &cut);
        let first = packets[0].1.clone();
        for (packet, octet, value) in &changes {
            let at = packet.index(packets.len());
            let octets = &mut packets[at].1;
            let at = octet.index(octets.len());
            octets[at] = *value;
        }
        for carrier in [Carrier::Tcp, Carrier::Udp] {
            for midstream in [false, true] {
                let mut driver =
                    Driver::forced(&Modbus, carrier, PORTS, CLIENT, &first);
                if midstream {
                    driver.gap(CLIENT, None);
                    driver.gap(SERVER, None);
                }
                for (side, octets) in &packets {
                    driver.packet(*side, octets);
                }
                driver.tick(20);
                driver.close();
            }
        }
    }

    #[test]
    fn probes_and_sessions_bear_any_octets(
        octets in vec(any::<u8>(), 0..600),
        ports in any::<(u16, u16)>(),
        midstream in any::<bool>(),
    ) {
        for carrier in [Carrier::Tcp, Carrier::Udp] {
            let mut driver = Driver::forced(&Modbus, carrier, ports, CLIENT, &octets);
            if midstream {
                driver.gap(CLIENT, None);
            }
            driver.packet(CLIENT, &octets);
            driver.packet(SERVER, &octets);
            driver.close();
        }
    }
}

#[test]
fn every_prefix_of_a_packet_waits_or_is_read() {
    let ask = frame(1, 1, &[23, 0, 3, 0, 6, 0, 14, 0, 1, 2, 0, 255]);
    for end in 1..=ask.len() {
        let mut driver = open(&ask);
        driver.packet(CLIENT, &ask[..end]);
        assert_eq!(
            driver.out.messages.len(),
            usize::from(end == ask.len()),
            "{end}"
        );
        assert_eq!(driver.out.faults, [""; 0]);
    }
}
