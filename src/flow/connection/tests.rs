//! Whatever the mirror does to a connection: the octets come once and in order, and what is
//! missing is named exactly.

mod hostile;
mod properties;

use super::*;
use crate::facts::Time;

const SYN: u8 = Tcp::SYN;
const ACK: u8 = Tcp::ACK;
const PUSH: u8 = Tcp::ACK | 0x08;

/// What came out, with adjacent octets joined.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Octets(Vec<u8>),
    Cut(u32),
    Gap(Option<u64>),
    Restart,
}

/// A connection under test, one packet every 10 us unless told otherwise.
#[derive(Default)]
struct Line {
    connection: Connection,
    ledgers: (Ledger, Ledger),
    budget: Budget,
    out: Vec<(Side, Piece)>,
    micros: u64,
    frame: u64,
}

impl Line {
    fn stamp(&self) -> Stamp {
        Stamp {
            time: Time::from_nanos(self.micros * 1000),
            frame: self.frame,
        }
    }

    fn note(out: &mut Vec<(Side, Piece)>, side: Side, chunk: Chunk<'_>) {
        let piece = match chunk {
            Chunk::Octets { octets, .. } => match out.last_mut() {
                Some((last, Piece::Octets(known))) if *last == side => {
                    known.extend_from_slice(octets);
                    return;
                }
                _ => Piece::Octets(octets.to_vec()),
            },
            Chunk::Cut(octets) => Piece::Cut(octets),
            Chunk::Gap(lost) => Piece::Gap(lost),
            Chunk::Restart => Piece::Restart,
        };
        out.push((side, piece));
    }

    fn segment(&mut self, side: Side, flags: u8, numbers: (u32, u32), content: &[u8], cut: u32) {
        self.micros += 10;
        self.frame += 1;
        let segment = Segment {
            flags,
            sequence: numbers.0,
            acknowledgment: numbers.1,
            content,
            missing: cut,
            stamp: self.stamp(),
        };
        let Self {
            connection,
            ledgers,
            budget,
            out,
            ..
        } = self;
        let mut deliver = |side: Side, chunk: Chunk<'_>| Self::note(out, side, chunk);
        connection.push(side, &segment, ledgers, budget, &mut deliver);
    }

    fn low(&mut self, sequence: u32, acknowledgment: u32, content: &[u8]) {
        self.segment(Side::Low, PUSH, (sequence, acknowledgment), content, 0);
    }

    fn high(&mut self, sequence: u32, acknowledgment: u32, content: &[u8]) {
        self.segment(Side::High, PUSH, (sequence, acknowledgment), content, 0);
    }

    /// Low opens with `low` as its first octet's number, High with `high`.
    fn opened(low: u32, high: u32) -> Self {
        let mut line = Self::default();
        line.segment(Side::Low, SYN, (low.wrapping_sub(1), 0), b"", 0);
        line.segment(Side::High, SYN | ACK, (high.wrapping_sub(1), low), b"", 0);
        line.segment(Side::Low, ACK, (low, high), b"", 0);
        line
    }

    fn tick(&mut self, millis: u64) {
        self.micros += millis * 1000;
        let now = self.stamp();
        let Self {
            connection,
            ledgers,
            budget,
            out,
            ..
        } = self;
        let mut deliver = |side: Side, chunk: Chunk<'_>| Self::note(out, side, chunk);
        connection.tick(now, ledgers, budget, &mut deliver);
    }

    /// Closes and checks that memory and accounts are in order.
    fn close(&mut self) {
        let now = self.stamp();
        let Self {
            connection,
            ledgers,
            budget,
            out,
            ..
        } = self;
        let mut deliver = |side: Side, chunk: Chunk<'_>| Self::note(out, side, chunk);
        connection.close(now, ledgers, budget, &mut deliver);
        assert_eq!((budget.held(), budget.histories()), (0, 0));
        assert!(!connection.is_waiting());
        for (side, ledger) in [(Side::Low, &ledgers.0), (Side::High, &ledgers.1)] {
            let accounted = ledger.delivered + ledger.retransmitted + ledger.discarded;
            assert_eq!(ledger.content, accounted, "{side:?}: {ledger:?}");
            assert_eq!(ledger.delivered, octets_of(out, side).len() as u64);
        }
    }

    fn octets(&self, side: Side) -> Vec<u8> {
        octets_of(&self.out, side)
    }

    fn pieces(&self, side: Side) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for (_, piece) in self.out.iter().filter(|(from, _)| *from == side) {
            match (pieces.last_mut(), piece) {
                (Some(Piece::Octets(known)), Piece::Octets(more)) => known.extend(more),
                _ => pieces.push(piece.clone()),
            }
        }
        pieces
    }

    fn is_gapless(&self) -> bool {
        self.out
            .iter()
            .all(|(_, piece)| matches!(piece, Piece::Octets(_)))
    }
}

fn octets_of(out: &[(Side, Piece)], side: Side) -> Vec<u8> {
    out.iter()
        .filter(|(from, _)| *from == side)
        .flat_map(|(_, piece)| match piece {
            Piece::Octets(octets) => octets.clone(),
            _ => Vec::new(),
        })
        .collect()
}

fn octets(text: &[u8]) -> Piece {
    Piece::Octets(text.to_vec())
}

#[test]
fn octets_in_order_are_lent_as_they_come() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"read");
    line.high(9000, 1004, b"answer");
    line.low(1004, 9006, b"next");
    assert_eq!(
        line.out,
        [
            (Side::Low, octets(b"read")),
            (Side::High, octets(b"answer")),
            (Side::Low, octets(b"next")),
        ]
    );
    assert_eq!(line.budget.held(), 0);
    line.close();
}

#[test]
fn a_request_comes_before_its_answer_even_where_the_mirror_swaps_them() {
    let mut line = Line::opened(1000, 9000);
    line.high(9000, 1004, b"one");
    line.low(1000, 9000, b"read");
    // Neighbours of one direction swapped, the answer between them.
    line.low(1008, 9006, b"thrd");
    line.high(9003, 1008, b"two");
    line.low(1004, 9003, b"scnd");
    assert_eq!(
        line.out,
        [
            (Side::Low, octets(b"read")),
            (Side::High, octets(b"one")),
            (Side::Low, octets(b"scnd")),
            (Side::High, octets(b"two")),
            (Side::Low, octets(b"thrd")),
        ]
    );
    line.close();
}

#[test]
fn a_lost_request_costs_itself_alone_and_is_told_before_its_answer() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"read");
    line.high(9000, 1004, b"one");
    // 1004..1008 is lost.
    line.high(9003, 1008, b"two");
    assert_eq!(line.octets(Side::High), b"one");
    line.tick(100);
    line.low(1008, 9006, b"thrd");
    assert_eq!(
        line.out.get(2..).unwrap(),
        [
            (Side::Low, Piece::Gap(Some(4))),
            (Side::High, octets(b"two")),
            (Side::Low, octets(b"thrd")),
        ]
    );
    assert_eq!(line.ledgers.0.lost, 4);
    assert_eq!(line.ledgers.0.ranges.first().unwrap().first, 1004);
    line.close();
}

#[test]
fn what_was_given_up_too_early_is_taken_after_all() {
    let mut line = Line::opened(1000, 9000);
    line.high(9000, 1010, b"");
    line.tick(200);
    assert_eq!(line.ledgers.0.lost, 10);
    line.low(1004, 9000, b"late!!");
    assert_eq!(line.octets(Side::Low), b"late!!");
    assert_eq!((line.ledgers.0.lost, line.ledgers.0.gaps), (4, 1));
    line.low(1010, 9000, b"next");
    assert_eq!(line.octets(Side::Low), b"late!!next");
    line.close();
}

#[test]
fn one_way_traffic_is_read_and_its_holes_given_up_after_a_second() {
    let mut line = Line::default();
    line.segment(Side::Low, SYN, (999, 0), b"", 0);
    line.low(1000, 1, b"aa");
    line.low(1004, 1, b"cc");
    line.tick(900);
    assert_eq!(line.octets(Side::Low), b"aa");
    line.tick(200);
    assert_eq!(
        line.pieces(Side::Low),
        [octets(b"aa"), Piece::Gap(Some(2)), octets(b"cc")]
    );
    line.close();
}

#[test]
fn one_way_traffic_does_not_wait_for_more_than_half_a_store() {
    let mut line = Line::default();
    line.segment(Side::Low, SYN, (999, 0), b"", 0);
    for n in 1..=70 {
        line.low(1000 + n * 2, 1, b"xy");
    }
    assert_eq!(line.octets(Side::Low).len(), 140);
    assert_eq!(line.ledgers.0.lost, 2);
    assert_eq!(line.ledgers.0.discarded, 0);
    line.close();
}

#[test]
fn a_hole_that_the_receiver_has_too_is_waited_for() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"aa");
    line.low(1004, 9000, b"cc");
    for n in 0..30 {
        line.high(9000 + n, 1002, b"z");
    }
    line.tick(5000);
    line.high(9030, 1002, b"");
    line.tick(5000);
    assert_eq!(line.octets(Side::Low), b"aa");
    line.low(1002, 9000, b"bb");
    assert_eq!(line.octets(Side::Low), b"aabbcc");
    assert_eq!(line.ledgers.0.lost, 0);
    line.close();
}

#[test]
fn after_an_outage_two_segments_in_a_row_show_where_the_stream_is() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"aa");
    line.low(50_001_000, 9000, b"bb");
    assert_eq!(line.octets(Side::Low), b"aa");
    line.low(50_001_002, 9000, b"cc");
    assert_eq!(
        line.pieces(Side::Low),
        [octets(b"aa"), Piece::Gap(None), octets(b"bbcc")]
    );
    // And the other end's acknowledgment of exactly its end does as well.
    line.low(99_001_000, 9000, b"dd");
    line.high(9000, 99_001_002, b"ok");
    assert_eq!(line.octets(Side::Low), b"aabbccdd");
    assert_eq!(line.octets(Side::High), b"ok");
    assert_eq!(line.ledgers.0.breaks, 2);
    assert_eq!(line.ledgers.0.lost, 0);
    line.close();
}

#[test]
fn a_connection_picked_up_in_its_middle_finds_its_order() {
    let mut line = Line::default();
    line.low(1004, 9003, b"scnd");
    line.high(9000, 1004, b"one");
    line.low(1000, 9000, b"read");
    line.high(9003, 1008, b"two");
    line.low(1008, 9006, b"thrd");
    assert_eq!(line.octets(Side::Low), b"readscndthrd");
    assert_eq!(line.octets(Side::High), b"onetwo");
    let order: Vec<Side> = line
        .out
        .iter()
        .filter(|(_, piece)| matches!(piece, Piece::Octets(_)))
        .map(|(side, _)| *side)
        .collect();
    assert_eq!(
        order,
        [Side::Low, Side::High, Side::Low, Side::High, Side::Low]
    );
    assert_eq!(line.pieces(Side::Low).first(), Some(&Piece::Gap(None)));
    assert_eq!(line.ledgers.0.lost, 0);
    line.close();
}

#[test]
fn a_single_packet_comes_out_on_the_tick_and_at_the_close() {
    let mut line = Line::default();
    line.low(1004, 9003, b"only");
    assert!(line.connection.is_waiting());
    line.tick(100);
    assert_eq!(line.octets(Side::Low), b"only");
    let mut line = Line::default();
    line.low(1004, 9003, b"only");
    line.close();
    assert_eq!(line.octets(Side::Low), b"only");
}

#[test]
fn keep_alives_and_window_probes_leave_no_trace() {
    // The first packet seen is a keep-alive with its one octet.
    let mut line = Line::default();
    line.segment(Side::Low, ACK, (999, 9000), &[0], 0);
    line.segment(Side::High, ACK, (9000, 1000), b"", 0);
    line.low(1000, 9000, b"aa");
    line.high(9000, 1002, b"zz");
    // Later ones, with and without it.
    line.segment(Side::Low, ACK, (1001, 9002), &[0], 0);
    line.segment(Side::Low, ACK, (1001, 9002), b"", 0);
    line.segment(Side::High, ACK, (9002, 1002), b"", 0);
    // A probe of a closed window: one new octet, refused, then sent again with more.
    line.low(1002, 9002, b"b");
    line.high(9002, 1002, b"");
    line.low(1002, 9002, b"bcd");
    line.close();
    assert_eq!(line.octets(Side::Low), b"aabcd");
    assert_eq!(line.octets(Side::High), b"zz");
    assert_eq!((line.ledgers.0.ambiguous, line.ledgers.0.lost), (0, 0));
}

#[test]
fn a_fin_takes_a_number_and_loses_nothing() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"bye");
    line.segment(Side::Low, ACK | Tcp::FIN, (1003, 9000), b"", 0);
    line.high(9000, 1004, b"ok");
    line.segment(Side::Low, ACK | Tcp::FIN, (1003, 9000), b"", 0);
    line.segment(Side::High, ACK | Tcp::FIN, (9002, 1004), b"", 0);
    // High's FIN is acknowledged; Low's ACK alone is seen.
    line.segment(Side::Low, ACK, (1004, 9003), b"", 0);
    line.tick(1000);
    line.close();
    assert!(line.is_gapless());
    assert_eq!(line.ledgers.0.lost + line.ledgers.1.lost, 0);
}

#[test]
fn a_fin_that_was_not_seen_is_no_loss() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"bye");
    line.high(9000, 1004, b"ok");
    line.tick(1000);
    line.close();
    assert!(line.is_gapless());
    assert_eq!(line.octets(Side::High), b"ok");
}

#[test]
fn what_the_snap_length_cut_is_named() {
    let mut line = Line::opened(1000, 9000);
    line.segment(Side::Low, PUSH, (1000, 9000), b"head", 96);
    line.low(1100, 9000, b"next");
    assert_eq!(
        line.pieces(Side::Low),
        [octets(b"head"), Piece::Cut(96), octets(b"next")]
    );
    assert_eq!((line.ledgers.0.cut, line.ledgers.0.lost), (96, 0));
    line.close();
}

#[test]
fn content_on_a_syn_is_read() {
    let mut line = Line::default();
    line.segment(Side::Low, SYN, (999, 0), b"early", 0);
    line.segment(Side::High, SYN | ACK, (8999, 1000), b"", 0);
    line.low(1000, 9000, b"early");
    line.low(1005, 9000, b" bird");
    line.close();
    assert_eq!(line.octets(Side::Low), b"early bird");
    assert_eq!(line.ledgers.0.retransmitted, 5);
}

#[test]
fn a_new_connection_on_the_same_ports_is_told_once_it_is_answered() {
    let mut line = Line::opened(1000, 9000);
    line.low(1000, 9000, b"old");
    line.high(9000, 1003, b"old");
    line.segment(Side::Low, SYN, (700_000, 0), b"", 0);
    line.segment(Side::High, SYN | ACK, (300_000, 700_001), b"", 0);
    line.segment(Side::Low, ACK, (700_001, 300_001), b"", 0);
    line.low(700_001, 300_001, b"new");
    line.high(300_001, 700_004, b"NEW");
    assert_eq!(
        line.out.get(2..).unwrap(),
        [
            (Side::Low, Piece::Restart),
            (Side::Low, octets(b"new")),
            (Side::High, octets(b"NEW")),
        ]
    );
    line.close();
}

#[test]
fn a_new_connection_seen_one_way_is_told_with_its_content() {
    let mut line = Line::default();
    line.segment(Side::Low, SYN, (999, 0), b"", 0);
    line.low(1000, 1, b"old");
    line.segment(Side::Low, SYN, (5_000_000, 0), b"", 0);
    line.low(5_000_001, 1, b"new");
    assert_eq!(
        line.pieces(Side::Low),
        [octets(b"old"), Piece::Restart, octets(b"new")]
    );
    line.close();
}
