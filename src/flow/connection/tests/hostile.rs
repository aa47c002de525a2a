//! Segments made to blind a sensor: forged, contradicting, or meant to fill its memory.

use super::*;

#[test]
fn a_forged_segment_cannot_blind() {
    for far in [100_000, 900_000, 2_000_000, 0x7000_0000, 0x9000_0000] {
        let mut line = Line::opened(1000, 9000);
        line.low(1000, 9000, b"aa");
        line.low(1000_u32.wrapping_add(far), 9000, b"forged");
        for n in 1..40 {
            line.low(1000 + n * 2, 9000 + n, b"bb");
            line.high(8999 + n, 1000 + n * 2, b"z");
            line.tick(50);
        }
        line.tick(2000);
        assert_eq!(line.octets(Side::Low).len(), 80, "{far:x}");
        assert_eq!(line.octets(Side::High).len(), 39);
        assert_eq!(line.ledgers.0.lost, 0);
    }
}

#[test]
fn a_forged_acknowledgment_cannot_blind() {
    for far in [100, 60_000, 900_000, 0x7000_0000] {
        let mut line = Line::opened(1000, 9000);
        line.low(1000, 9000, b"aa");
        line.high(9000, 1002 + far, b"");
        line.tick(500);
        for n in 1..20 {
            line.low(1000 + n * 2, 8999 + n, b"bb");
            line.high(8999 + n, 1002 + n * 2, b"z");
            line.tick(500);
        }
        assert_eq!(line.octets(Side::Low).len(), 40, "{far}");
        assert_eq!(line.octets(Side::High).len(), 19);
    }
}

#[test]
fn a_forged_reset_stops_nothing() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"aa");
    line.segment(Side::Low, Tcp::RST, (1002, 0), b"go away", 0);
    line.low(1002, 9000, b"bb");
    line.segment(Side::High, Tcp::RST | ACK, (77, 5), b"", 0);
    line.low(1004, 9000, b"cc");
    assert_eq!(line.octets(Side::Low), b"aabbcc");
    line.close();
}

#[test]
fn a_forged_syn_restarts_nothing() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"aa");
    line.segment(Side::Low, SYN, (700_000, 0), b"", 0);
    // The challenge of the receiver (RFC 9293, 3.10.7.4), then traffic goes on.
    line.segment(Side::High, ACK, (9000, 1002), b"", 0);
    line.low(1002, 9000, b"bb");
    line.high(9000, 1004, b"zz");
    assert_eq!(line.octets(Side::Low), b"aabb");
    assert!(line.is_gapless());
    line.close();
}

#[test]
fn holes_that_never_fill_stay_within_the_budget() {
    let mut budget = Budget::default();
    let mut lines: Vec<Line> = (0..300).map(|_| Line::opened(1000, 9000)).collect();
    for line in &mut lines {
        std::mem::swap(&mut line.budget, &mut budget);
        for n in 0..200 {
            line.low(2000 + n * 1400, 9000, &[7; 1400]);
        }
        line.low(1000, 9000, b"first");
        std::mem::swap(&mut line.budget, &mut budget);
        assert!(budget.held() <= 512 * 1024, "{}", budget.held());
    }
    for line in &mut lines {
        assert_eq!(line.octets(Side::Low), b"first");
        std::mem::swap(&mut line.budget, &mut budget);
        let now = line.stamp();
        let mut deliver = |_: Side, _: Chunk<'_>| {};
        let Line {
            connection,
            ledgers,
            budget: own,
            ..
        } = line;
        connection.close(now, ledgers, own, &mut deliver);
        std::mem::swap(&mut line.budget, &mut budget);
    }
    assert_eq!((budget.held(), budget.histories()), (0, 0));
}

/// Every way in which up to three segments of differing content can lie to each other within
/// six octets: wherever two overlap the contradiction is noted, and nowhere else.
#[test]
fn differing_overlaps_are_always_noted() {
    let spans: Vec<(u32, u32)> = (0..6)
        .flat_map(|first| (first + 1..=6).map(move |last| (first, last)))
        .collect();
    for a in &spans {
        for b in &spans {
            for c in &spans {
                let mut line = Line::opened(1000, 9000);
                for ((first, last), fill) in [a, b, c].into_iter().zip([b'a', b'b', b'c']) {
                    let content = vec![fill; (last - first) as usize];
                    line.low(1000 + first, 9000, &content);
                }
                line.close();
                let overlap = |x: &(u32, u32), y: &(u32, u32)| x.0 < y.1 && y.0 < x.1;
                let expected = overlap(a, b) || overlap(a, c) || overlap(b, c);
                let ledger = &line.ledgers.0;
                assert_eq!(ledger.ambiguous > 0, expected, "{a:?} {b:?} {c:?}");
                assert_eq!(ledger.ambiguity.is_some(), expected);
            }
        }
    }
}
