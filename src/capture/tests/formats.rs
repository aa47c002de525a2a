//! What both formats can say, in both byte orders.

use super::make::{Make, Seen, everyway};
use crate::capture::{Captures, LinkType, Writer};
use crate::facts::Time;
use std::io::Cursor;
use std::path::Path;

const A: &[u8] = b"first frame";
const B: &[u8] = b"second";

fn simple(seen: &Seen) -> (u64, &[u8], u32) {
    (seen.nanos, &seen.octets, seen.original)
}

#[test]
fn pcap_in_micro_and_nanoseconds_and_both_byte_orders() {
    for big in [false, true] {
        for (magic, unit) in [(0xa1b2_c3d4, 1000_u64), (0xa1b2_3c4d, 1)] {
            let file = Make::new(big)
                .pcap(magic, 1)
                .record(1_700_000_000, 999_999, 11, A)
                .record(1_700_000_001, 5, 1500, B);
            let (frames, damage) = everyway(&file.octets);
            assert_eq!(damage, None);
            assert_eq!(frames.len(), 2);
            let second = 1_000_000_000_u64;
            assert_eq!(
                simple(&frames[0]),
                (1_700_000_000 * second + 999_999 * unit, A, 11)
            );
            assert_eq!(
                simple(&frames[1]),
                (1_700_000_001 * second + 5 * unit, B, 1500)
            );
            assert!(frames.iter().all(|f| f.link == 1 && f.time_known));
        }
    }
}

#[test]
fn modified_pcap_has_longer_record_headers() {
    for big in [false, true] {
        let file = Make::new(big)
            .pcap(0xa1b2_cd34, 113)
            .modified(7, 1, A)
            .modified(8, 2, B);
        let (frames, damage) = everyway(&file.octets);
        assert_eq!(damage, None);
        assert_eq!(frames.len(), 2);
        assert_eq!(simple(&frames[0]), (7_000_001_000, A, 11));
        assert_eq!(simple(&frames[1]), (8_000_002_000, B, 6));
        assert_eq!(frames[1].link, 113);
    }
}

#[test]
fn old_pcap_may_swap_the_lengths() {
    let file = Make::new(false)
        .u32(0xa1b2_c3d4)
        .u16(2)
        .u16(3)
        .u64(0)
        .u32(96)
        .u32(1)
        .u32(1)
        .u32(0)
        .u32(1500)
        .u32(6)
        .raw(B)
        .record(2, 0, 11, A);
    let (frames, damage) = everyway(&file.octets);
    assert_eq!(damage, None);
    assert_eq!(simple(&frames[0]), (1_000_000_000, B, 1500));
    assert_eq!(simple(&frames[1]), (2_000_000_000, A, 11));
}

#[test]
fn pcap_frames_longer_than_on_the_wire_are_kept() {
    let file = Make::new(false)
        .pcap(0xa1b2_c3d4, 1)
        .record(1, 0, 4, A)
        .record(2, 0, 6, B);
    let (frames, damage) = everyway(&file.octets);
    assert_eq!(damage, None);
    assert_eq!(simple(&frames[0]), (1_000_000_000, A, 4));
    assert_eq!(simple(&frames[1]), (2_000_000_000, B, 6));
}

#[test]
fn pcap_link_field_holds_the_check_sequence_too() {
    // Two 16-bit units of FCS, the bit that says so, link type 1.
    let file = Make::new(true).pcap(0xa1b2_c3d4, 0x2400_0001);
    let captures =
        Captures::from_reader(Path::new("-"), Box::new(Cursor::new(file.octets))).unwrap();
    let interface = &captures.interfaces()[0];
    assert_eq!(interface.link, LinkType::ETHERNET);
    assert_eq!(interface.fcs, 4);
    assert_eq!(interface.snaplen, 262_144);
}

#[test]
fn pcapng_sections_interfaces_and_resolutions() {
    let minus_five = (-5_i64).to_be_bytes();
    for first in [false, true] {
        let file = Make::new(first)
            .section(first)
            .interface(1, 0, &[(2, b"eth0"), (9, &[6])])
            .interface(113, 96, &[(2, b"any"), (9, &[9])])
            .interface(101, 0, &[(9, &[0x80 | 20])])
            .enhanced(0, 1_700_000_000_000_001, A)
            .enhanced(1, 1_700_000_000_000_000_002, B)
            .enhanced(2, (3_u64 << 20) + (1 << 19), A)
            .section(!first)
            .interface(228, 0, &[(1, b"a comment"), (0, b"")])
            .enhanced(0, 4_000_000, B)
            .section(true)
            .interface(1, 0, &[(9, &[3]), (14, &minus_five)])
            .enhanced(0, 12_345, A);
        let (frames, damage) = everyway(&file.octets);
        assert_eq!(damage, None);
        let found: Vec<_> = frames.iter().map(|f| (f.nanos, f.link)).collect();
        assert_eq!(
            found,
            [
                (1_700_000_000_000_001_000, 1),
                (1_700_000_000_000_000_002, 113),
                (3_500_000_000, 101),
                (4_000_000_000, 228),
                (7_345_000_000, 1),
            ]
        );
        assert_eq!(frames[0].octets, A);
        assert_eq!(frames[0].original, 111);
        assert_eq!(
            frames.iter().map(|f| f.interface).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4]
        );
    }
}

#[test]
fn pcapng_simple_packets_have_the_time_of_the_frame_before() {
    for big in [false, true] {
        let file = Make::new(big)
            .section(big)
            .interface(1, 8, &[])
            .simple(6, B)
            .enhanced(0, 9_000_000, A)
            .simple(11, &A[..8])
            .simple(3, b"abc");
        let (frames, damage) = everyway(&file.octets);
        assert_eq!(damage, None);
        let found: Vec<_> = frames
            .iter()
            .map(|f| (f.nanos, f.time_known, f.octets.len(), f.original))
            .collect();
        assert_eq!(
            found,
            [
                (0, false, 6, 6),
                (9_000_000_000, true, 11, 111),
                (9_000_000_000, false, 8, 11),
                (9_000_000_000, false, 3, 3),
            ]
        );
    }
}

#[test]
fn pcapng_obsolete_packets_and_unknown_blocks() {
    for big in [false, true] {
        let noise = Make::new(big).raw(&[7; 300_000]);
        let file = Make::new(big)
            .section(big)
            .block(0x0bad_0bad, &noise, false)
            .interface(1, 0, &[])
            .packet(0, 3, 5_000_000, A)
            .block(4, &Make::new(big).u32(0), false)
            .block(0x8000_0001, &Make::new(big), false)
            .packet(0, u16::MAX, 6_000_000, B);
        let (frames, damage) = everyway(&file.octets);
        assert_eq!(damage, None);
        assert_eq!(simple(&frames[0]), (5_000_000_000, A, 11));
        assert_eq!(simple(&frames[1]), (6_000_000_000, B, 6));
        assert_eq!(frames.len(), 2);
    }
}

#[test]
fn pcapng_times_out_of_range_are_unknown() {
    let file = Make::new(false)
        .section(false)
        .interface(1, 0, &[])
        .enhanced(0, 1_000_000, A)
        .enhanced(0, u64::MAX, B)
        .enhanced(0, 2_000_000, A);
    let (frames, damage) = everyway(&file.octets);
    assert_eq!(damage, None);
    let found: Vec<_> = frames.iter().map(|f| (f.nanos, f.time_known)).collect();
    assert_eq!(
        found,
        [
            (1_000_000_000, true),
            (1_000_000_000, false),
            (2_000_000_000, true)
        ]
    );
}

#[test]
fn pcapng_interfaces_are_named_and_their_drops_counted() {
    let statistics = |received: u64, interface: u64, system: u64| {
        Make::new(true)
            .u32(0)
            .u64(0)
            .option(4, &received.to_be_bytes())
            .option(5, &interface.to_be_bytes())
            .option(7, &system.to_be_bytes())
    };
    let head = Make::new(true).section(true).interface(
        1,
        0,
        &[(2, b"eth0"), (3, b"mirror port"), (13, &[4])],
    );
    let lossy = head
        .enhanced_content(0, 1, B)
        .option(4, &2_u64.to_be_bytes());
    let file = head
        .packet(0, 3, 0, A)
        .packet(0, u16::MAX, 0, A)
        .block(6, &lossy, true)
        // These include the five above.
        .block(5, &statistics(90, 4, 5), false)
        .block(5, &statistics(100, 5, 5), false)
        .block(6, &lossy, true)
        // The next section counts from its own start; the interface is the same.
        .section(true)
        .interface(1, 0, &[(2, b"eth0"), (3, b"mirror port"), (13, &[4])])
        .enhanced(0, 2, A)
        .block(5, &statistics(10, 1, 0), false);
    let octets = Box::new(Cursor::new(file.octets));
    let mut captures = Captures::from_reader(Path::new("-"), octets).unwrap();
    while captures.next().is_some() {}
    assert_eq!(captures.damages().count(), 0);
    let [interface] = captures.interfaces() else {
        panic!("{:?}", captures.interfaces());
    };
    assert_eq!(interface.name, "eth0");
    assert_eq!(interface.description, "mirror port");
    assert_eq!(interface.fcs, 4);
    assert_eq!(interface.received, 110);
    assert_eq!(interface.dropped, 11);
}

#[test]
fn what_is_written_is_read_again() {
    let long = "ä".repeat(40_000);
    let mut writer = Writer::new(Vec::new(), &["evidence of incident 7", &long]).unwrap();
    let one = writer.interface(LinkType::ETHERNET, 0, "eth0").unwrap();
    let two = writer.interface(LinkType::LINUX_SLL2, 96, "").unwrap();
    let time = |nanos: u64| Time::from_nanos(1_700_000_000_123_456_789 + nanos);
    writer.frame(one, time(0), A, 11, &["the alert"]).unwrap();
    writer.frame(two, time(1), B, 60, &[]).unwrap();
    writer.frame(one, time(2), b"", 0, &["", "none"]).unwrap();
    let (frames, damage) = everyway(&writer.finish().unwrap());
    assert_eq!(damage, None);
    let found: Vec<_> = frames
        .iter()
        .map(|f| (f.nanos - time(0).nanos(), &f.octets[..], f.original, f.link))
        .collect();
    assert_eq!(found, [(0, A, 11, 1), (1, B, 60, 276), (2, &b""[..], 0, 1)]);
}
