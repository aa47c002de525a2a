//! Segmentation and gaps, over many cuts.

use super::*;
use proptest::prelude::*;

fn operations_of(packets: &[(Side, Vec<u8>)]) -> Vec<String> {
    let mut driver = tcp(&hex(REGISTER));
    for (side, octets) in packets {
        driver.packet(*side, octets);
    }
    driver.close();
    driver.out.operations
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_do_not_matter(cuts in prop::collection::vec(1_usize..90, 20..200)) {
        let packets = conversation();
        let mut cuts = cuts.into_iter().cycle();
        let mut segments = Vec::new();
        for (side, octets) in &packets {
            let mut rest = &octets[..];
            while !rest.is_empty() {
                let (segment, after) = rest.split_at(cuts.next().unwrap().min(rest.len()));
                segments.push((*side, segment.to_vec()));
                rest = after;
            }
        }
        prop_assert_eq!(operations_of(&segments), operations_of(&packets));
    }

    #[test]
    fn packets_that_share_a_segment_are_all_read(joined in 2_usize..6) {
        let polls = hex(POLL).repeat(joined);
        let mut driver = tcp(&polls);
        driver.packet(CLIENT, &polls);
        prop_assert_eq!(driver.out.messages.len(), joined);
    }

    /// A hole costs the packets it touches and at most one more, and invents none.
    #[test]
    fn a_gap_costs_what_it_touches(start in 0_usize..2_000, length in 1_usize..400) {
        let packets: Vec<Vec<u8>> = std::iter::repeat_with(conversation)
            .take(3)
            .flatten()
            .filter(|(side, _)| *side == CLIENT)
            .map(|(_, octets)| octets)
            .collect();
        let stream = packets.concat();
        let end = (start + length).min(stream.len());
        let mut driver = tcp(&stream);
        driver.packet(CLIENT, &stream[..start]);
        driver.gap(CLIENT, Some(length as u64));
        driver.packet(CLIENT, &stream[end..]);
        let all: Vec<String> = {
            let mut driver = tcp(&stream);
            driver.packet(CLIENT, &stream);
            driver.out.messages
        };
        let mut at = 0;
        let touched = packets
            .iter()
            .filter(|octets| {
                let from = at;
                at += octets.len();
                from < end && at > start
            })
            .count();
        let found = &driver.out.messages;
        prop_assert!(found.len() + touched < all.len() + 1 + usize::from(touched == 0));
        prop_assert!(found.len() + touched + 1 >= all.len(), "{} {} {}", found.len(), touched, all.len());
        // What was found is part of what is there, in order.
        let mut whole = all.iter();
        prop_assert!(found.iter().all(|message| whole.any(|other| other == message)));
        prop_assert_eq!(&driver.out.faults, &Vec::<String>::new());
    }
}
