//! S7comm on broken streams: any segmentation, gaps anywhere, starts anywhere.

use super::{DOWNLOAD, IDENTIFY, READ, S7comm, dt};
use crate::facts::Side::{self, High, Low};
use crate::protocols::testing::{Driver, Recorder, hex};
use crate::protocols::{Carrier, Step};
use proptest::prelude::*;
use std::sync::LazyLock;

/// A conversation of reads, writes, lists, a download and fragments: one TPKT after the other
/// with the end that sends it.
fn conversation() -> Vec<(Side, Vec<u8>)> {
    let mut packets = Vec::new();
    for round in 1u8..=12 {
        for (index, digits) in READ.iter().chain(&IDENTIFY).enumerate() {
            let side = if index % 2 == 0 { Low } else { High };
            let mut octets = hex(digits);
            octets[12] = round * 8 + u8::try_from(index / 2).unwrap();
            packets.push((side, octets));
        }
        // A write whose values look like the start of a PDU.
        let values = [
            round, 3, 0, 0, 0x19, 2, 0xf0, 0x80, 0x32, 1, 0, 0, round, round, 3, 0, 0, 3, 3, 3,
        ];
        let mut write = hex("320100000000000e0018 0501 120a10020014000184000000 000400a0");
        write.extend(values);
        write[5] = round * 8 + 6;
        let mut done = hex("320300000000000200010000 0501 ff");
        done[5] = round * 8 + 6;
        // The write in two DT TPDUs.
        let whole = dt(&write);
        let (front, back) = write.split_at(20);
        packets.push((Low, [&[3, 0, 0, 27, 2, 0xf0, 0][..], front].concat()));
        packets.push((Low, dt(back)));
        packets.push((High, dt(&done)));
        if round % 4 == 0 {
            packets.push((Low, whole));
            packets.push((High, dt(&done)));
            packets.extend(DOWNLOAD.map(|(side, digits)| (side, hex(digits))));
        }
    }
    packets
}

static PACKETS: LazyLock<Vec<(Side, Vec<u8>)>> = LazyLock::new(conversation);

static WHOLE: LazyLock<Recorder> = LazyLock::new(|| {
    let mut driver = open(false);
    for (side, octets) in PACKETS.iter() {
        driver.packet(*side, octets);
    }
    driver.close();
    driver.out
});

fn open(midstream: bool) -> Driver {
    let first = &PACKETS[0].1;
    Driver::open(&S7comm, Carrier::Tcp, (40_000, 102), Low, first, midstream)
}

/// How often each line of `few` is in `many`: every line at most as often as there.
fn within(few: &[String], many: &[String]) -> bool {
    let mut left: Vec<&String> = many.iter().collect();
    few.iter()
        .all(|line| match left.iter().position(|l| *l == line) {
            Some(at) => {
                left.swap_remove(at);
                true
            }
            None => false,
        })
}

fn of(side: Side, messages: &[String]) -> Vec<String> {
    let name = if side == Low { "low " } else { "high " };
    messages
        .iter()
        .filter(|m| m.starts_with(name))
        .cloned()
        .collect()
}

#[test]
fn the_whole_conversation_is_sound() {
    assert!(WHOLE.faults.is_empty(), "{:?}", WHOLE.faults);
    assert_eq!(
        WHOLE
            .operations
            .iter()
            .filter(|o| !o.ends_with(", ok"))
            .count(),
        12
    );
    assert_eq!(WHOLE.messages.len(), 12 * 8 + 3 * (2 + 8));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_segmentation_gives_the_same(cuts in prop::collection::vec(1usize..300, 64)) {
        let mut driver = open(false);
        let mut cuts = cuts.iter().cycle();
        let mut packets = PACKETS.iter().peekable();
        while let Some((side, octets)) = packets.next() {
            // Everything one end sends in a row is one run of octets.
            let mut run = octets.clone();
            while let Some((_, more)) = packets.next_if(|(s, _)| s == side) {
                run.extend_from_slice(more);
            }
            let mut rest = &run[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                driver.packet(*side, now);
                rest = later;
            }
        }
        driver.close();
        prop_assert_eq!(&driver.out.messages, &WHOLE.messages);
        prop_assert_eq!(&driver.out.operations, &WHOLE.operations);
        prop_assert_eq!(&driver.out.attributes, &WHOLE.attributes);
        prop_assert!(driver.out.faults.is_empty());
    }

    #[test]
    fn a_gap_costs_what_overlaps_it_and_one_more(
        low in any::<bool>(),
        from in 0usize..3_500,
        length in 1usize..500,
        cut in 1usize..200,
    ) {
        let side = if low { Low } else { High };
        let mut driver = open(false);
        let (mut at, mut hit, mut gone) = (0, 0, false);
        for (sender, octets) in PACKETS.iter() {
            if *sender != side {
                driver.packet(*sender, octets);
                continue;
            }
            let (start, end) = (at, at + octets.len());
            at = end;
            if end <= from || start >= from + length {
                driver.packet(side, octets);
                continue;
            }
            hit += 1;
            // Parts of a packet: before the gap, and behind it in segments of any length.
            let (keep, skip) = (from.saturating_sub(start), (from + length).saturating_sub(start));
            if keep > 0 {
                driver.packet(side, &octets[..keep.min(octets.len())]);
            }
            if !gone {
                driver.gap(side, None);
                gone = true;
            }
            for segment in octets.get(skip..).unwrap_or_default().chunks(cut) {
                driver.packet(side, segment);
            }
        }
        let (all, seen) = (of(side, &WHOLE.messages), of(side, &driver.out.messages));
        prop_assert!(within(&seen, &all), "a false PDU");
        let lost = all.len() - seen.len();
        prop_assert!(lost <= hit + 1, "{lost} lost for {hit}");
        let other = side.other();
        prop_assert_eq!(of(other, &driver.out.messages), of(other, &WHOLE.messages));
        prop_assert!(driver.out.faults.is_empty(), "{:?}", driver.out.faults);
    }

    #[test]
    fn a_start_anywhere_resumes_within_two_pdus(skip in 0usize..110, inside in 0usize..200) {
        let mut driver = open(true);
        let rest = &PACKETS[skip.min(PACKETS.len() - 8)..];
        for (index, (side, octets)) in rest.iter().enumerate() {
            let part = if index == 0 { inside.min(octets.len()) } else { 0 };
            driver.packet(*side, &octets[part..]);
        }
        prop_assert!(within(&driver.out.messages, &WHOLE.messages), "a false PDU");
        // Packets that end no TSDU lend no message.
        let silent = rest.iter().filter(|(_, packet)| packet[6] == 0).count();
        prop_assert!(driver.out.messages.len() + silent + 2 >= rest.len());
    }

    #[test]
    fn rubbish_is_never_a_pdu(octets in prop::collection::vec(any::<u8>(), 1..600)) {
        let mut driver = open(true);
        driver.packet(Low, &octets);
        prop_assert!(driver.out.messages.is_empty());
        prop_assert!(driver.steps.iter().all(|s| matches!(s, Step::Skip(_) | Step::Need(_))));
        // What follows is read again as soon as sync is found.
        driver.gap(Low, None);
        driver.packet(Low, &PACKETS[0].1);
        prop_assert_eq!(driver.out.messages.len(), 1);
    }
}
