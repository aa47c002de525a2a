//! Captured tunnels, and what mutation makes of them.
//!
//! The frames come from the test captures of tcpdump (BSD licence), one a tunnel that is easier
//! got wrong by hand.

use super::*;

/// Octets from hexadecimal digits; white space does not count.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .chars()
        .filter_map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect();
    digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect()
}

/// Frames of tcpdump's test captures, with the innermost source and what was read there.
#[test]
fn captured_tunnels() {
    for (name, octets, source, vlans, tunnels) in CAPTURED {
        let frame = hex(octets);
        let headers = read_all(ETHERNET, &frame);
        let ip = headers
            .ip()
            .unwrap_or_else(|| panic!("{name}: {headers:?}"));
        assert_eq!(ip.source.to_string(), *source, "{name}");
        assert_eq!(
            (headers.vlans(), headers.tunnels),
            (*vlans, *tunnels),
            "{name}"
        );
        assert!(!headers.notes.has(Notes::BAD_IP_CHECKSUM), "{name}");
    }
}

type Captured = (&'static str, &'static str, &'static str, &'static [u16], u8);

const CAPTURED: &[Captured] = &[
    (
        "erspan-type-i-1.pcap, frame 1",
        "00e0009b6d8100259e81b354080045fc007e00000000202fd7a501010101c0a8ff05000088be00115c3dde00
         00259e81b3548100c0650800450000549f430000ff01062a0a3480e90a3480ea080004 2aac520003fda18a28
         0d0b1600504e4700fda18a28000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
         2021222324252627",
        "10.52.128.233",
        &[101],
        1,
    ),
    (
        "erspan-type-ii-1.pcap, frame 1",
        "00e0009b6d8100259e81b354080045fc006c00ab4000fb2fbc0a01010102c0a8ff05100088be000000ab1156
         c29a00007ff801005e00000d001f9ed2a980080045c0003a5bf4000001676c6b0a300601e000000d2000c530
         00010002006900140004 2c6ceec000130004000000010015000401000000fdec0000",
        "10.48.6.1",
        &[342],
        1,
    ),
    (
        "erspan-type-iii-ft-0.pcap, frame 1",
        "005056acc80cf8c28890d27b08004500008a000000003f2f3d970a1d1e680a1d0b0d000022eb20140000a359
         5bff00000006005056ac18a0f8c28890d27b81000014080045000054 9d1240003f016b470a1d0b010a1d1415
         0800269c3fcb00e22264905d0000000015220a0000000000101112131415161718191a1b1c1d1e1f20212223
         2425262728292a2b2c2d2e2f3031323334353637",
        "10.29.11.1",
        &[20],
        1,
    ),
    (
        "macsec-integonly.pcap, frame 1",
        "3e6ff374237c2eb73f3995c388e52000000000442eb73f3995c3000108004500005 4d12040004001 0634c0a8
         7101c0a8710208007ed803b4000149331a57000000004f15040000000000101112131415161718191a1b1c1d
         1e1f202122232425262728292a2b2c2d2e2f3031323334353637deba93240fad9a4c3b74722f7470752b",
        "192.168.113.1",
        &[],
        0,
    ),
    (
        "geneve.pcap, frame 1",
        "001b213cac30001b213cab6408004500008edfad4000401132af14000001140000023 14a17c1007a00000240
         6558 00000a00000080010000000cfe71d883724fb69ed24951480800450000 54bda2400040014104 1e00
         00011e00000208002c5429520017f1a2ce540000000017780c0000000000101112131415161718191a1b1c1d
         1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
        "30.0.0.1",
        &[],
        1,
    ),
];

/// Whatever the octets, reading ends, and content lies in the frame.
#[test]
fn garbage_is_read_without_harm() {
    let seeds: Vec<Vec<u8>> = CAPTURED
        .iter()
        .map(|(_, octets, ..)| hex(octets))
        .chain([
            ether(
                0x88a8,
                &tag(1, 0x8847, &join(&[&[0, 0, 1, 1], &ether(0x0800, &inner())])),
            ),
            ether(
                0x86dd,
                &ipv6(17, &udp(4789, &join(&[&[8; 8], &ether(0x0800, &inner())]))),
            ),
            ether(0x0800, &inner()),
            ether(0x8100, &tag(7, 0x0800, &ipv4(17, &udp(53, b"query")))),
            ether(0x8864, &join(&[&[0x11, 0, 0, 9, 0, 70, 0, 0x21], &inner()])),
        ])
        .collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut plain_frames = 0;
    for round in 0..20_000 {
        let mut frame = seeds[round % seeds.len()].clone();
        for _ in 0..random() % 8 {
            let at = usize::try_from(random()).unwrap() % frame.len();
            frame[at] = random().to_le_bytes()[0];
        }
        if random() % 2 == 0 {
            frame.truncate(usize::try_from(random()).unwrap() % (frame.len() + 1));
        }
        let original = u32::try_from(frame.len()).unwrap() + u32::from(round % 3 == 0) * 50;
        // A few hits on the header checksum do not make it right by chance: mend it at times.
        if random() % 2 == 0 && frame.len() >= 38 {
            let at = if frame[12] == 0x81 { 18 } else { 14 };
            frame[at + 10..at + 12].fill(0);
            let sum = !checksum(&frame[at..at + 20]);
            frame[at + 10..at + 12].copy_from_slice(&sum.to_be_bytes());
        }
        if let Some(headers) = plain::read(&frame, original) {
            assert_eq!(headers, walk(ETHERNET, &frame, original, Checksums::Header));
            plain_frames += 1;
        }
        for link in [1, 0, 9, 51, 101, 104, 113, 276] {
            let headers = read(link, &frame, original, Checksums::Transport);
            let (from, to) = headers.content;
            assert!(from <= to && to as usize <= frame.len(), "{headers:?}");
            assert!(headers.tunnels <= TUNNELS && shard(&headers) < SHARDS);
        }
    }
    assert!(plain_frames > 300, "{plain_frames}");
}
