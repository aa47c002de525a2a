//! Fragments of built packets: in any order, twice, overlapping, unusable, and too many.

use super::*;
use crate::facts::Host;
use crate::wire::{Checksums, Notes, RAW_IP, Transport, checksum, host_pair, read, read_whole};
use proptest::prelude::*;

/// A whole UDP packet with this content, from host `host`.
fn packet(v6: bool, host: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + content.len()).unwrap();
    let mut packet = if v6 {
        let mut header = vec![0x60, 0, 0, 0, 0, 0, 17, 64];
        header[4..6].copy_from_slice(&length.to_be_bytes());
        for end in [host, 9] {
            header.extend([0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end]);
        }
        header
    } else {
        let mut header = vec![0x45, 0, 0, 0, 0, 7, 0, 0, 64, 17, 0, 0];
        header[2..4].copy_from_slice(&(length + 20).to_be_bytes());
        header.extend([10, 0, 0, host, 10, 0, 0, 9]);
        let sum = !checksum(&header);
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        header
    };
    packet.extend([0xc0, 0, 0, 99]);
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(content);
    packet
}

/// The fragment of `packet` that carries `from..to` of its payload.
fn fragment(packet: &[u8], from: usize, to: usize, more: bool) -> Vec<u8> {
    let offset = u16::try_from(from).unwrap();
    if packet[0] >> 4 == 4 {
        let mut cut = packet[..20].to_vec();
        cut[2..4].copy_from_slice(&u16::try_from(20 + to - from).unwrap().to_be_bytes());
        let flags = offset >> 3 | u16::from(more) << 13;
        cut[6..8].copy_from_slice(&flags.to_be_bytes());
        cut.extend_from_slice(&packet[20 + from..20 + to]);
        cut
    } else {
        let mut cut = packet[..40].to_vec();
        cut[4..6].copy_from_slice(&u16::try_from(8 + to - from).unwrap().to_be_bytes());
        cut[6] = 44;
        cut.extend([17, 0]);
        cut.extend((offset | u16::from(more)).to_be_bytes());
        cut.extend([0, 0, 0, 7]);
        cut.extend_from_slice(&packet[40 + from..40 + to]);
        cut
    }
}

fn payload(packet: &[u8]) -> usize {
    packet.len() - if packet[0] >> 4 == 4 { 20 } else { 40 }
}

fn at(millis: u64) -> Time {
    Time::from_nanos((1_000_000 + millis) * 1_000_000)
}

fn push(table: &mut Fragments, frame: &[u8], time: Time) -> Joined {
    let length = u32::try_from(frame.len()).unwrap();
    let headers = read(RAW_IP, frame, length, Checksums::Header);
    let joined = table.push(&headers, frame, time, 1);
    assert_accounted(table);
    joined
}

#[track_caller]
fn assert_accounted(table: &Fragments) {
    let c = table.counts();
    assert_eq!(
        c.received,
        c.joined + c.duplicate + c.refused + c.evicted + c.expired + table.waiting(),
        "{c:?}"
    );
    assert!(table.octets() <= OCTETS && table.datagrams.len() <= DATAGRAMS);
}

#[track_caller]
fn whole(joined: Joined) -> Whole {
    match joined {
        Joined::Whole(whole) => whole,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn any_cut_in_any_order_with_copies_gives_the_same_packet(
        v6 in any::<bool>(),
        content in prop::collection::vec(any::<u8>(), 9..3000),
        cuts in prop::collection::btree_set(1usize..375, 1..60),
        order in prop::collection::vec(any::<u32>(), 120),
        copies in prop::collection::vec(any::<bool>(), 60),
    ) {
        let original = packet(v6, 1, &content);
        let end = payload(&original);
        let mut edges: Vec<usize> = cuts.iter().map(|cut| cut * 8).filter(|cut| *cut < end).collect();
        edges.insert(0, 0);
        edges.push(end);
        prop_assume!(edges.len() > 2);
        let mut frames = Vec::new();
        for (edge, copied) in edges.windows(2).zip(copies.iter().chain(std::iter::repeat(&false))) {
            let frame = fragment(&original, edge[0], edge[1], edge[1] < end);
            frames.extend(std::iter::repeat_n(frame, 1 + usize::from(*copied)));
        }
        let count = frames.len();
        let mut shuffled: Vec<_> = order.iter().zip(frames).collect();
        shuffled.sort_by_key(|(key, _)| **key);
        let mut table = Fragments::new(1);
        let mut packets = Vec::new();
        for (_, frame) in &shuffled {
            if let Joined::Whole(whole) = push(&mut table, frame, at(0)) {
                packets.push(whole);
            }
        }
        prop_assert_eq!(packets.len(), 1);
        prop_assert_eq!(&packets[0].packet, &original);
        prop_assert!(!packets[0].ambiguous);
        prop_assert_eq!(packets[0].fragments as usize, edges.len() - 1);
        prop_assert_eq!(table.counts().duplicate, (count - (edges.len() - 1)) as u64);
        prop_assert_eq!((table.waiting(), table.octets()), (0, 0));
    }

    #[test]
    fn no_fragments_harm_the_table(
        pushes in prop::collection::vec(
            (any::<bool>(), 0u8..4, 0usize..300, 0usize..60, any::<bool>(), 0u64..20_000),
            1..200,
        ),
    ) {
        let mut table = Fragments::new(1);
        let content: Vec<u8> = (0..5000u16).map(|i| i.to_be_bytes()[1]).collect();
        let mut millis = 0;
        for (v6, host, start, length, more, wait) in pushes {
            let original = packet(v6, host, &content);
            let cut = fragment(&original, start * 8, start * 8 + length, more);
            millis += wait / 10;
            push(&mut table, &cut, at(millis));
        }
        table.tick(at(millis + 31_000));
        prop_assert_eq!((table.waiting(), table.octets()), (0, 0));
        assert_accounted(&table);
    }
}

#[test]
fn the_octets_that_came_first_stay() {
    for v6 in [false, true] {
        let first = packet(v6, 1, &[1; 40]);
        let other = packet(v6, 1, &[2; 40]);
        let mut table = Fragments::new(1);
        push(&mut table, &fragment(&first, 16, 32, true), at(0));
        assert!(matches!(
            push(&mut table, &fragment(&other, 16, 32, true), at(0)),
            Joined::Refused
        ));
        push(&mut table, &fragment(&other, 8, 48, false), at(0));
        let whole = whole(push(&mut table, &fragment(&first, 0, 16, true), at(0)));
        assert!(whole.ambiguous);
        let content: Vec<u8> = [vec![2; 8], vec![1; 16], vec![2; 16]].concat();
        assert_eq!(whole.packet, packet(v6, 1, &content));
        assert_eq!((table.counts().whole, table.counts().ambiguous), (1, 1));
    }
}

#[test]
fn overlaps_with_the_same_content_are_not_ambiguous() {
    let original = packet(false, 1, &[1; 40]);
    let mut table = Fragments::new(1);
    push(&mut table, &fragment(&original, 0, 32, true), at(0));
    let whole = whole(push(&mut table, &fragment(&original, 8, 48, false), at(0)));
    assert!(!whole.ambiguous);
    assert_eq!(whole.packet, original);
}

#[test]
fn two_ends_contradict_each_other() {
    let original = packet(false, 1, &[1; 40]);
    let mut table = Fragments::new(1);
    push(&mut table, &fragment(&original, 24, 40, false), at(0));
    for (from, to, more) in [(8, 32, false), (32, 48, true), (32, 48, false)] {
        let frame = fragment(&original, from, to, more);
        assert!(matches!(push(&mut table, &frame, at(0)), Joined::Refused));
    }
    assert!(whole(push(&mut table, &fragment(&original, 0, 24, true), at(0))).ambiguous);
}

#[test]
fn unusable_fragments_are_refused() {
    let original = packet(false, 1, &[1; 4000]);
    let mut table = Fragments::new(1);
    let mut past_the_end = fragment(&original, 0, 1000, false);
    past_the_end[6..8].copy_from_slice(&[0x1f, 0xff]);
    let mut too_long = fragment(&original, 0, 1000, true);
    too_long.truncate(500);
    let mut cut = fragment(&original, 0, 1000, true);
    cut.truncate(500);
    let headers = read(RAW_IP, &cut, 1020, Checksums::Header);
    assert!(matches!(
        table.push(&headers, &cut, at(0), 1),
        Joined::Refused
    ));
    for frame in [
        past_the_end,
        too_long,
        fragment(&original, 8, 8, true),
        fragment(&original, 0, 12, true),
    ] {
        assert!(matches!(push(&mut table, &frame, at(0)), Joined::Refused));
    }
    assert_eq!((table.counts().refused, table.waiting()), (5, 0));
    let not_a_fragment = push(&mut table, &original, at(0));
    assert!(matches!(not_a_fragment, Joined::Refused));
    assert_eq!(table.counts().received, 5);
}

#[test]
fn a_datagram_in_too_many_pieces_is_not_followed() {
    let original = packet(false, 1, &[1; 8000]);
    let mut table = Fragments::new(1);
    for piece in 0..=PIECES {
        let from = piece * 16;
        push(
            &mut table,
            &fragment(&original, from, from + 8, true),
            at(0),
        );
    }
    assert_eq!(table.counts().refused, 1);
}

#[test]
fn what_waits_too_long_is_given_up() {
    let original = packet(false, 1, &[1; 40]);
    let mut table = Fragments::new(1);
    push(&mut table, &fragment(&original, 0, 24, true), at(0));
    table.tick(at(30_000));
    assert_eq!(table.waiting(), 1);
    // The timer runs from the first fragment, whatever came since.
    push(&mut table, &fragment(&original, 32, 48, false), at(29_000));
    table.tick(at(30_001));
    assert_eq!((table.waiting(), table.counts().expired), (0, 2));
    let late = push(&mut table, &fragment(&original, 24, 32, true), at(30_002));
    assert!(matches!(late, Joined::Waiting));
}

#[test]
fn the_oldest_datagrams_give_way() {
    let mut table = Fragments::new(1);
    let content = vec![1; 60_000];
    let mut original = packet(false, 1, &content);
    let big = OCTETS / 50_000;
    for identification in 0..3000u16 {
        original[4..6].copy_from_slice(&identification.to_be_bytes());
        push(&mut table, &fragment(&original, 8, 16, true), at(0));
    }
    assert_eq!(table.waiting(), DATAGRAMS as u64);
    assert_eq!(table.counts().evicted, 3000 - DATAGRAMS as u64);
    assert!(table.order.len() <= 2 * DATAGRAMS);
    for identification in 3000..3100u16 {
        original[4..6].copy_from_slice(&identification.to_be_bytes());
        push(&mut table, &fragment(&original, 0, 50_000, true), at(0));
    }
    assert!(table.octets() <= OCTETS);
    assert_eq!(table.waiting(), big as u64);
    let last = push(
        &mut table,
        &fragment(&original, 50_000, 60_008, false),
        at(0),
    );
    assert!(whole(last).packet.get(20..) == original.get(20..));
}

#[test]
fn copies_of_a_whole_datagram_begin_no_other() {
    let one = packet(false, 1, &[1; 40]);
    let two = packet(false, 1, &[2; 40]);
    let mut table = Fragments::new(1);
    push(&mut table, &fragment(&one, 0, 24, true), at(0));
    whole(push(&mut table, &fragment(&one, 24, 48, false), at(0)));
    for (from, to) in [(0, 24), (24, 48)] {
        let copy = push(&mut table, &fragment(&one, from, to, to < 48), at(1));
        assert!(matches!(copy, Joined::Duplicate));
    }
    // A sender that always uses the same identification.
    push(&mut table, &fragment(&two, 0, 24, true), at(1));
    let next = whole(push(&mut table, &fragment(&two, 24, 48, false), at(1)));
    assert_eq!(next.packet, two);
    // Later the same octets are a datagram of their own.
    push(&mut table, &fragment(&two, 0, 24, true), at(10));
    let later = whole(push(&mut table, &fragment(&two, 24, 48, false), at(10)));
    assert!(!later.ambiguous);
}

#[test]
fn a_fragmented_tunnel_is_opened() {
    let inside = packet(false, 77, b"inside");
    let mut content = vec![8, 0, 0, 0, 0, 0, 1, 0];
    content.extend([2; 12]);
    content.extend([8, 0]);
    content.extend(&inside);
    let mut original = packet(false, 1, &content);
    original[22..24].copy_from_slice(&4789u16.to_be_bytes());
    let mut table = Fragments::new(1);
    push(
        &mut table,
        &fragment(&original, 24, payload(&original), false),
        at(0),
    );
    let first = fragment(&original, 0, 24, true);
    let outer = read(RAW_IP, &first, 44, Checksums::Header);
    assert_eq!(outer.transport, Transport::None);
    let whole = whole(table.push(&outer, &first, at(0), 1));
    let headers = read_whole(&outer, &whole.packet, Checksums::Header);
    assert_eq!(
        (headers.tunnels, headers.content(&whole.packet)),
        (1, &b"inside"[..])
    );
    assert_eq!(
        host_pair(&headers),
        Some((Host::v4([10, 0, 0, 9]), Host::v4([10, 0, 0, 77])))
    );
    assert_eq!(headers.notes, Notes::default());
}
