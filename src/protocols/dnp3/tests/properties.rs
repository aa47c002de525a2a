//! What must hold however a conversation is cut, thinned out, joined late or damaged.

use super::super::Dnp3;
use super::{MASTER, OUTSTATION, READ, READ_ANSWER, answer, frame, request, segments, session};
use crate::facts::Side::{self, High, Low};
use crate::protocols::testing::{Driver, Recorder, hex};
use crate::protocols::{Carrier, Step};
use proptest::prelude::*;
use std::sync::LazyLock;

/// A conversation of polls, commands, long answers, unsolicited responses and link frames: one
/// PDU after the other with the end that sends it.
fn conversation() -> Vec<(Side, Vec<u8>)> {
    let mut pdus = Vec::new();
    for round in 0u8..6 {
        let sequence = format!("{:x}", round * 2 % 16);
        let next = format!("{:x}", (round * 2 + 1) % 16);
        let long = [
            &hex(&format!("c{sequence}810000 1e0201 0000 ff00"))[..],
            &[1, round, 0].repeat(256),
        ]
        .concat();
        pdus.push((
            High,
            frame(MASTER, 10, 1, &hex(&format!("c0 c{sequence}013c0106"))),
        ));
        pdus.push((Low, segments(OUTSTATION, 1, 10, &long, 100)));
        pdus.push((High, frame(0xc9, 10, 1, &[])));
        pdus.push((Low, frame(0x0b, 1, 10, &[])));
        let command = format!("0c011701 0{round} 41 01 64000000 00000000 00");
        pdus.push((High, request(&format!("c{next}05{command}"))));
        pdus.push((Low, answer(&format!("c{next}810000{command}"))));
        pdus.push((Low, answer(&format!("f{sequence}820000 0201170107 81"))));
        pdus.push((High, request(&format!("d{sequence}00"))));
    }
    pdus
}

/// What the undamaged conversation tells.
static WHOLE: LazyLock<Recorder> = LazyLock::new(|| {
    let mut driver = session();
    for (side, octets) in conversation() {
        driver.packet(side, &octets);
    }
    driver.close();
    assert_eq!(driver.out.faults, Vec::<String>::new());
    driver.out
});

/// The messages in `some` stand in `all`, in that order.
fn is_thinned(some: &[String], all: &[String]) -> bool {
    let mut all = all.iter();
    some.iter().all(|line| all.any(|other| other == line))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_segmentation_gives_the_same(cuts in prop::collection::vec(1usize..400, 64)) {
        let mut driver = session();
        let mut cuts = cuts.iter().cycle();
        for (side, octets) in conversation() {
            let mut rest = &octets[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                driver.packet(side, now);
                rest = later;
            }
        }
        driver.close();
        prop_assert_eq!(&driver.out.messages, &WHOLE.messages);
        prop_assert_eq!(&driver.out.operations, &WHOLE.operations);
        prop_assert_eq!(&driver.out.faults, &WHOLE.faults);
    }

    #[test]
    fn a_gap_costs_what_overlaps_it(from in 0usize..4_000, length in 1usize..600) {
        for side in [Low, High] {
            let mut driver = session();
            let (mut at, mut hit) = (0, 0);
            for (sender, octets) in conversation() {
                if sender != side {
                    driver.packet(sender, &octets);
                    continue;
                }
                let end = at + octets.len();
                let (first, last) = (from.clamp(at, end), (from + length).clamp(at, end));
                if first > at {
                    driver.packet(sender, &octets[..first - at]);
                }
                if first < last {
                    hit += 1;
                    driver.gap(sender, Some((last - first) as u64));
                }
                if last < end && last > at {
                    driver.packet(sender, &octets[last - at..]);
                } else if first == at && last == at {
                    driver.packet(sender, &octets);
                }
                at = end;
            }
            driver.close();
            prop_assert_eq!(&driver.out.faults, &Vec::<String>::new());
            prop_assert!(is_thinned(&driver.out.messages, &WHOLE.messages));
            let lost = WHOLE.messages.len() - driver.out.messages.len();
            prop_assert!(lost <= hit, "{} of {} lost", lost, hit);
        }
    }

    #[test]
    fn decoding_starts_anywhere(from in 0usize..3_000) {
        let octets: Vec<u8> = conversation()
            .into_iter()
            .filter_map(|(side, octets)| (side == Low).then_some(octets))
            .flatten()
            .collect();
        let first = &octets[from..];
        let mut driver =
            Driver::open(&Dnp3, Carrier::Tcp, (20_000, 49_152), Low, first, true);
        for part in first.chunks(150) {
            driver.packet(Low, part);
        }
        prop_assert_eq!(&driver.out.faults, &Vec::<String>::new());
        let all: Vec<String> =
            WHOLE.messages.iter().filter(|line| line.starts_with("low")).cloned().collect();
        prop_assert!(all.ends_with(&driver.out.messages), "a false PDU");
        let mut start = 0;
        let left = conversation()
            .iter()
            .filter(|(side, _)| *side == Low)
            .filter(|(_, octets)| {
                start += octets.len();
                start - octets.len() >= from
            })
            .count();
        prop_assert_eq!(driver.out.messages.len(), left);
    }

    #[test]
    fn garbage_is_skipped(garbage in prop::collection::vec(any::<u8>(), 1..2_000)) {
        let mut driver = session();
        for part in garbage.chunks(700) {
            driver.packet(High, part);
        }
        driver.close();
        prop_assert_eq!(driver.out.operations, Vec::<String>::new());
        let mut driver =
            Driver::open(&Dnp3, Carrier::Udp, (20_000, 9), High, &hex(READ), false);
        driver.packet(High, &garbage);
        prop_assert_eq!(driver.out.messages, Vec::<String>::new());
    }

    #[test]
    fn fragments_of_anything_do_no_harm(
        fragment in prop::collection::vec(any::<u8>(), 0..240),
        function in 0u8..34,
        answers in prop::collection::vec(any::<u8>(), 0..240),
    ) {
        let mut driver = session();
        driver.packet(High, &request_of(&[&[0xc1, function][..], &fragment].concat()));
        driver.packet(Low, &answer_of(&[&[0xc1, 0x81, 0, 0][..], &answers].concat()));
        driver.tick(60);
        driver.close();
        prop_assert_eq!(driver.out.messages.len(), 2);
    }
}

fn request_of(fragment: &[u8]) -> Vec<u8> {
    frame(MASTER, 10, 1, &[&[0xc0], fragment].concat())
}

fn answer_of(fragment: &[u8]) -> Vec<u8> {
    frame(OUTSTATION, 1, 10, &[&[0xc0], fragment].concat())
}

#[test]
fn every_prefix_of_a_frame_waits_for_the_rest() {
    let octets = hex(READ_ANSWER);
    for end in 1..octets.len() {
        let mut driver = session();
        driver.packet(Low, &octets[..end]);
        assert!(matches!(driver.steps[..], [Step::Need(_)]), "{end}");
        driver.packet(Low, &octets[end..]);
        assert_eq!(driver.out.messages.len(), 1);
        assert_eq!(driver.out.faults, Vec::<String>::new());
    }
}

#[test]
fn every_prefix_of_a_fragment_is_a_fault_or_whole_objects() {
    let fragment =
        hex("c1810000 0102000001 8181 1e0128 0100 0500 01ff000000 32010701 010203040506");
    let borders = [4, 11, 23, 33];
    for end in 0..=fragment.len() {
        let mut driver = session();
        driver.packet(Low, &answer_of(&fragment[..end]));
        let sound = driver.out.faults.is_empty();
        assert_eq!(sound, borders.contains(&end), "{end}");
    }
}

#[test]
fn mutations_do_no_harm() {
    // Marsaglia's xorshift32: the same mutations on every run.
    let mut state = 0x2545_f491_u32;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    for _ in 0..120 {
        let mut driver = session();
        for (side, mut octets) in conversation() {
            for octet in &mut octets {
                if random() % 40 == 0 {
                    *octet = random().to_le_bytes()[2];
                }
            }
            driver.packet(side, &octets);
            if random() % 20 == 0 {
                driver.gap(side, None);
            }
        }
        driver.tick(30);
        driver.close();
        assert!(driver.out.messages.len() <= conversation().len() + 8);
    }
}
