//! Properties that hold for any stream and anything a mirror does to it.

use super::*;
use proptest::prelude::*;

/// Cuts `length` octets at the given places into spans.
fn spans(length: usize, cuts: &[prop::sample::Index]) -> Vec<(usize, usize)> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(length)).collect();
    places.extend([0, length]);
    places.sort_unstable();
    places.dedup();
    places.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Octets that do not repeat within any stretch a test could mistake for another.
fn text(length: usize, salt: u32) -> Vec<u8> {
    (salt..)
        .take(length)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect()
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any segmentation, neighbours swapped, segments doubled, any stretch sent again: the same
    /// octets, no gap, no contradiction; also where the sequence numbers wrap.
    #[test]
    fn the_octets_come_once_and_in_order(
        length in 1_usize..3000,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        isn in prop_oneof![any::<u32>(), (u32::MAX - 2000)..u32::MAX, 0_u32..10],
        moves in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3), 0..4),
        again in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..200), 0..5),
        answers in any::<bool>(),
    ) {
        let data = text(length, 7);
        let mut segments = spans(length, &cuts);
        for (from, by) in &moves {
            let from = from.index(segments.len());
            let to = (from + by).min(segments.len() - 1);
            let segment = segments.remove(from);
            segments.insert(to, segment);
        }
        // Sent again: only what was sent before.
        for (at, long) in &again {
            let at = at.index(segments.len());
            let sent = segments[..=at].iter().map(|s| s.1).min().unwrap();
            let first = sent.saturating_sub(*long);
            if first < sent {
                segments.insert(at + 1, (first, sent));
            }
        }
        let mut line = Line::opened(isn, 9000);
        let mut sent = 0;
        for (n, (first, last)) in segments.into_iter().enumerate() {
            line.low(isn.wrapping_add(number(first)), 9000, &data[first..last]);
            sent = sent.max(last);
            if answers && n % 3 == 0 {
                line.segment(Side::High, ACK, (9000, isn.wrapping_add(number(sent))), b"", 0);
            }
        }
        prop_assert_eq!(line.ledgers.0.ambiguous, 0);
        line.close();
        prop_assert!(line.is_gapless());
        prop_assert_eq!(line.octets(Side::Low), data);
    }

    /// A dialogue from which any packets are removed: what is left comes once, in order and
    /// requests before answers, and exactly what was removed is named as lost.
    #[test]
    fn what_is_removed_is_named_and_nothing_else(
        sizes in prop::collection::vec((2_u32..300, 2_u32..300), 2..40),
        lost in prop::collection::vec(any::<u8>(), 80),
        rate in 0_u8..120,
        isn in prop_oneof![any::<u32>(), (u32::MAX - 2000)..u32::MAX],
        pause in prop_oneof![Just(0_u64), Just(20), Just(1000)],
    ) {
        let mut line = Line::opened(isn, 9000);
        let mut at = (0_u32, 0_u32);
        // What is expected of each side: for each octet whether it is kept.
        let mut kept: (Vec<bool>, Vec<bool>) = Default::default();
        let data = (text(20_000, 1), text(20_000, 2));
        let mut keep = lost.iter().map(|n| *n >= rate);
        for (asked, answered) in &sizes {
            for (side, size) in [(Side::Low, *asked), (Side::High, *answered)] {
                let own = *side.of(&at);
                let there = own + size;
                let keeps = keep.next().unwrap();
                side.of_mut(&mut kept).extend(vec![keeps; size as usize]);
                if keeps {
                    let content = &side.of(&data)[own as usize..there as usize];
                    let (mine, yours) = match side {
                        Side::Low => (isn.wrapping_add(own), 9000 + at.1),
                        Side::High => (9000 + own, isn.wrapping_add(at.0)),
                    };
                    line.segment(side, PUSH, (mine, yours), content, 0);
                }
                *side.of_mut(&mut at) = there;
            }
            line.tick(pause);
        }
        line.segment(Side::Low, ACK, (isn.wrapping_add(at.0), 9000 + at.1), b"", 0);
        line.segment(Side::High, ACK, (9000 + at.1, isn.wrapping_add(at.0)), b"", 0);
        line.close();
        for side in [Side::Low, Side::High] {
            let mut position = 0;
            let data = side.of(&data);
            let kept = side.of(&kept);
            for piece in line.pieces(side) {
                match piece {
                    Piece::Octets(octets) => {
                        let end = position + octets.len();
                        prop_assert_eq!(&octets[..], &data[position..end]);
                        prop_assert!(kept[position..end].iter().all(|kept| *kept));
                        position = end;
                    }
                    Piece::Gap(Some(gap)) => {
                        let end = position + usize::try_from(gap).unwrap();
                        prop_assert!(kept[position..end].iter().all(|kept| !*kept));
                        position = end;
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            prop_assert_eq!(position, kept.len());
            let lost = kept.iter().filter(|kept| !**kept).count() as u64;
            prop_assert_eq!(side.of(&line.ledgers).lost, lost);
        }
        // Cause before effect: when an answer begins, its request was handed on or given up.
        let mut progress = (0_usize, 0_usize);
        for (side, piece) in &line.out {
            if let (Side::High, Piece::Octets(_)) = (side, piece) {
                let mut request = 0;
                let mut answer = 0;
                for (asked, answered) in &sizes {
                    request += *asked as usize;
                    if progress.1 < answer + *answered as usize {
                        break;
                    }
                    answer += *answered as usize;
                }
                prop_assert!(progress.0 >= request, "{:?} {:?}", line.out, kept);
            }
            *side.of_mut(&mut progress) += match piece {
                Piece::Octets(octets) => octets.len(),
                Piece::Gap(Some(gap)) => usize::try_from(*gap).unwrap(),
                _ => 0,
            };
        }
    }

    /// Garbage of every kind: no panic, accounts in order, memory given back.
    #[test]
    fn any_packets_at_all(
        packets in prop::collection::vec(
            (any::<bool>(), any::<u8>(), 0_u32..4000, 0_u32..4000, 0_usize..60, 0_u32..3,
             prop_oneof![9 => Just(0_u32), 1 => any::<u32>()]),
            0..120,
        ),
    ) {
        let mut line = Line::default();
        let content = text(64, 5);
        for (low, flags, sequence, acknowledgment, length, cut, far) in packets {
            let side = if low { Side::Low } else { Side::High };
            let numbers = (sequence.wrapping_add(far), acknowledgment.wrapping_add(far));
            line.segment(side, flags, numbers, &content[..length], cut);
            if sequence % 16 == 0 {
                line.tick(u64::from(acknowledgment));
            }
        }
        line.close();
    }
}
