//! Headers read from built and captured frames: each family, wrong lengths, checksums, shards.

mod captured;
mod tunnels;

use super::*;
use crate::facts::Host;
use std::mem::size_of;

const A: [u8; 4] = [10, 0, 0, 1];
const B: [u8; 4] = [10, 0, 0, 2];
const INNER_A: [u8; 4] = [192, 168, 7, 1];
const INNER_B: [u8; 4] = [192, 168, 7, 2];
const MAC_A: [u8; 6] = [0x02, 0, 0, 0, 0, 0xaa];
const MAC_B: [u8; 6] = [0x02, 0, 0, 0, 0, 0xbb];

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn be(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_be_bytes()
}

fn ether(kind: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&MAC_B, &MAC_A, &kind.to_be_bytes(), payload])
}

/// A tag: what stands between its own type and the end of the type that follows it.
fn tag(control: u16, kind: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&control.to_be_bytes(), &kind.to_be_bytes(), payload])
}

fn ipv4_with(
    source: [u8; 4],
    destination: [u8; 4],
    flags: u16,
    protocol: u8,
    payload: &[u8],
) -> Vec<u8> {
    let mut header = join(&[
        &[0x45, 0],
        &be(20 + payload.len()),
        &[0x12, 0x34],
        &flags.to_be_bytes(),
        &[64, protocol, 0, 0],
        &source,
        &destination,
    ]);
    let sum = !checksum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    join(&[&header, payload])
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_with(A, B, 0, protocol, payload)
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut source = [0; 16];
    source[..2].copy_from_slice(&[0x20, 0x01]);
    let mut destination = source;
    (source[15], destination[15]) = (1, 2);
    join(&[
        &[0x60, 0, 0, 0],
        &be(payload.len()),
        &[next, 64],
        &source,
        &destination,
        payload,
    ])
}

fn tcp(content: &[u8]) -> Vec<u8> {
    join(&[
        &[0x01, 0xf6, 0xc3, 0x50],
        &[0, 0, 0, 7, 0, 0, 0, 9],
        &[0x50, 0x18, 0x10, 0, 0, 0, 0, 0],
        content,
    ])
}

fn udp(port: u16, content: &[u8]) -> Vec<u8> {
    join(&[
        &[0xc0, 0],
        &port.to_be_bytes(),
        &be(8 + content.len()),
        &[0, 0],
        content,
    ])
}

/// The packet at the bottom of every tunnel here: six octets over TCP port 502.
fn inner() -> Vec<u8> {
    ipv4_with(INNER_A, INNER_B, 0, 6, &tcp(b"modbus"))
}

fn read_all(link: u32, frame: &[u8]) -> Headers {
    read(
        link,
        frame,
        u32::try_from(frame.len()).unwrap(),
        Checksums::Header,
    )
}

/// Asserts that the frame was read down to [`inner`], through so many tunnels.
#[track_caller]
fn assert_inner(link: u32, frame: &[u8], tunnels: u8) -> Headers {
    let headers = read_all(link, frame);
    assert_eq!(
        host_pair(&headers),
        Some((Host::v4(INNER_A), Host::v4(INNER_B))),
        "{headers:?}"
    );
    assert!(matches!(headers.transport, Transport::Tcp(tcp) if tcp.source == 502));
    assert_eq!(headers.content(frame), b"modbus", "{headers:?}");
    assert_eq!((headers.missing, headers.tunnels), (0, tunnels));
    headers
}

#[test]
fn headers_are_small() {
    assert!(size_of::<Headers>() <= 128, "{}", size_of::<Headers>());
}

#[test]
fn tcp_in_ipv4_in_ethernet() {
    let headers = assert_inner(ETHERNET, &ether(0x0800, &inner()), 0);
    assert_eq!(headers.notes, Notes::default());
    assert_eq!(headers.macs, Some((Mac(MAC_A), Mac(MAC_B))));
    let Transport::Tcp(tcp) = headers.transport else {
        panic!("no TCP");
    };
    assert_eq!(
        (
            tcp.destination,
            tcp.sequence,
            tcp.acknowledgment,
            tcp.window
        ),
        (50000, 7, 9, 4096)
    );
    assert!(tcp.has(Tcp::ACK) && !tcp.has(Tcp::SYN));
    let ip = headers.ip().unwrap();
    assert_eq!(
        (ip.hop_limit, ip.identification, ip.protocol, ip.start),
        (64, 0x1234, 6, 14)
    );
}

#[test]
fn padding_behind_the_packet_is_no_content() {
    let mut frame = ether(0x0800, &inner());
    frame.extend_from_slice(&[0; 20]);
    assert_inner(ETHERNET, &frame, 0);
    let mut frame = ether(0x86dd, &ipv6(17, &udp(53, b"query")));
    frame.extend_from_slice(&[0xee; 9]);
    assert_eq!(read_all(ETHERNET, &frame).content(&frame), b"query");
}

#[test]
fn total_length_zero_goes_to_the_end_of_the_frame() {
    let mut packet = inner();
    packet[2..4].copy_from_slice(&[0, 0]);
    let headers = assert_inner(ETHERNET, &ether(0x0800, &packet), 0);
    assert!(headers.notes.has(Notes::BAD_IP_CHECKSUM));
    let mut packet = ipv6(6, &tcp(b"long"));
    packet[4..6].copy_from_slice(&[0, 0]);
    let frame = ether(0x86dd, &packet);
    assert_eq!(read_all(ETHERNET, &frame).content(&frame), b"long");
}

#[test]
fn no_next_header_is_an_empty_packet() {
    let mut frame = ether(0x86dd, &ipv6(59, b""));
    frame.extend_from_slice(&[1; 6]);
    let headers = read_all(ETHERNET, &frame);
    assert_eq!(
        (headers.transport, headers.content(&frame)),
        (Transport::None, &[][..])
    );
}

#[test]
fn tags_are_kept_outermost_first_and_priority_tags_left_out() {
    let frame = ether(
        0x88a8,
        &tag(
            0x2064,
            0x9100,
            &tag(0xe000, 0x8100, &tag(0x0005, 0x0800, &inner())),
        ),
    );
    let headers = assert_inner(ETHERNET, &frame, 0);
    assert_eq!(headers.vlans(), [100, 5]);
    let mut packet = tag(6, 0x0800, &inner());
    for vlan in (1..=5).rev() {
        packet = tag(vlan, 0x8100, &packet);
    }
    let headers = assert_inner(ETHERNET, &ether(0x8100, &packet), 0);
    assert_eq!(headers.vlans(), [1, 2, 3, 4]);
    assert!(headers.notes.has(Notes::TOO_DEEP));
}

#[test]
fn other_tags_are_passed() {
    let fabric = join(&[&[0; 4], &0x0800u16.to_be_bytes(), &inner()]);
    assert_inner(ETHERNET, &ether(0x8926, &fabric), 0);
    let extender = join(&[&[0; 6], &0x8100u16.to_be_bytes(), &tag(9, 0x0800, &inner())]);
    assert_eq!(
        assert_inner(ETHERNET, &ether(0x893f, &extender), 0).vlans(),
        [9]
    );
    let group = join(&[&[1, 1, 0, 1, 0, 7, 8, 0], &inner()]);
    assert_inner(ETHERNET, &ether(0x8909, &group), 0);
    let service = join(&[&[0, 0, 0, 1], &ether(0x0800, &inner())]);
    assert_inner(ETHERNET, &ether(0x88e7, &service), 1);
}

#[test]
fn redundancy_tags_and_trailers() {
    let high = join(&[&[0x10, 0x58, 0, 1, 0x08, 0x00], &inner()]);
    let headers = assert_inner(ETHERNET, &ether(0x892f, &high), 0);
    assert!(headers.notes.has(Notes::REDUNDANT));

    let goose = [7u8; 50];
    let parallel = |lan: u8, size: u8| {
        let trailer = [0x33, 0x44, lan << 4, size, 0x88, 0xfb];
        ether(0x88b8, &join(&[&goose, &trailer]))
    };
    let frame = parallel(0xa, 56);
    let headers = read_all(ETHERNET, &frame);
    assert_eq!(headers.network, Network::Ether(0x88b8));
    assert_eq!(headers.content(&frame), goose);
    assert!(headers.notes.has(Notes::REDUNDANT));
    // Another size or LAN: content that happens to end like a trailer.
    for frame in [parallel(0xa, 55), parallel(0xc, 56)] {
        let headers = read_all(ETHERNET, &frame);
        assert_eq!(headers.content(&frame).len(), 56);
        assert_eq!(headers.notes, Notes::default());
    }
    let tagged = ether(
        0x8100,
        &tag(3, 0x88b8, &join(&[&goose, &[0, 1, 0xb0, 56, 0x88, 0xfb]])),
    );
    assert_eq!(read_all(ETHERNET, &tagged).content(&tagged), goose);
}

#[test]
fn llc_and_snap() {
    let spanning = ether(7, &join(&[&[0x42, 0x42, 3, 1, 2, 3, 4], &[0; 39]]));
    let headers = read_all(ETHERNET, &spanning);
    assert_eq!(headers.network, Network::Llc(0x42, 0x42));
    assert_eq!(headers.content(&spanning), [1, 2, 3, 4]);
    let numbered = ether(6, &[0xfe, 0xfe, 0, 0, 8, 9]);
    assert_eq!(read_all(ETHERNET, &numbered).content(&numbered), [8, 9]);
    let discovery = ether(10, &[0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0, 1, 2]);
    let headers = read_all(ETHERNET, &discovery);
    assert_eq!(headers.network, Network::Snap(0x0c, 0x2000));
    assert_eq!(headers.content(&discovery), [1, 2]);
    let packet = inner();
    let snap = join(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &packet]);
    assert_inner(
        ETHERNET,
        &ether(u16::try_from(snap.len()).unwrap(), &snap),
        0,
    );
}

#[test]
fn frames_without_ip() {
    let frame = ether(0x88cc, &[2, 7, 4]);
    let headers = read_all(ETHERNET, &frame);
    assert_eq!(headers.network, Network::Ether(0x88cc));
    assert_eq!(
        (headers.transport, headers.content(&frame)),
        (Transport::None, &[2, 7, 4][..])
    );
    assert_eq!(
        host_pair(&headers),
        Some((Host::Mac(Mac(MAC_A)), Host::Mac(Mac(MAC_B))))
    );
    let undefined = read_all(ETHERNET, &ether(1501, &[0; 46]));
    assert!(undefined.notes.has(Notes::UNKNOWN));
}

#[test]
fn other_links() {
    let packet = inner();
    let cooked = [&[0, 0, 0, 1, 0, 6][..], &MAC_A, &[0, 0, 8, 0], &packet].concat();
    assert_eq!(
        assert_inner(113, &cooked, 0).macs,
        Some((Mac(MAC_A), Mac::default()))
    );
    let cooked_2 = [
        &[8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6][..],
        &MAC_A,
        &[0, 0],
        &packet,
    ]
    .concat();
    assert_eq!(
        assert_inner(276, &cooked_2, 0).macs,
        Some((Mac(MAC_A), Mac::default()))
    );
    for link in [12, 14, 101, 228] {
        assert_eq!(assert_inner(link, &packet, 0).macs, None);
    }
    for (link, family) in [(0, [2, 0, 0, 0]), (0, [0, 0, 0, 2]), (108, [0, 0, 0, 2])] {
        assert_inner(link, &join(&[&family, &packet]), 0);
    }
    for (link, head) in [
        (0, &[30, 0, 0, 0][..]),
        (108, &[0, 0, 0, 24]),
        (229, &[]),
        (101, &[]),
    ] {
        let frame = join(&[head, &ipv6(17, &udp(53, b"query"))]);
        assert_eq!(read_all(link, &frame).content(&frame), b"query");
    }
    assert_inner(9, &join(&[&[0xff, 3, 0, 0x21], &packet]), 0);
    assert_inner(9, &join(&[&[0x21], &packet]), 0);
    assert_inner(104, &join(&[&[0x0f, 0, 8, 0], &packet]), 0);
    let unknown = read_all(147, &packet);
    assert_eq!(unknown.network, Network::Unreadable);
    assert!(unknown.notes.has(Notes::UNKNOWN));
    assert_eq!(unknown.content(&packet), packet);
}

#[test]
fn options_and_extension_headers() {
    let mut packet = inner();
    packet.splice(20..20, [1, 1, 1, 0]);
    packet[0] = 0x46;
    packet[3] += 4;
    let headers = assert_inner(ETHERNET, &ether(0x0800, &packet), 0);
    assert!(headers.notes.has(Notes::OPTIONS));

    let upper = udp(53, b"query");
    let chain = join(&[
        &[43, 0, 1, 4, 0, 0, 0, 0],
        &[60, 0, 4, 0, 0, 0, 0, 0],
        &[51, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[
            44, 4, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 9, 9,
        ],
        &[17, 0, 0, 0, 0, 0, 0, 5],
        &upper,
    ]);
    let frame = ether(0x86dd, &ipv6(0, &chain));
    let headers = read_all(ETHERNET, &frame);
    assert_eq!(headers.content(&frame), b"query", "{headers:?}");
    let ip = headers.ip().unwrap();
    assert_eq!((ip.protocol, ip.fragment, ip.identification), (17, None, 5));
    assert!(headers.notes.has(Notes::OPTIONS));

    let secret = ether(0x86dd, &ipv6(50, &[9; 40]));
    let headers = read_all(ETHERNET, &secret);
    assert_eq!(headers.transport, Transport::Other);
    assert!(headers.notes.has(Notes::ENCRYPTED));
    let authentic = join(&[&[6, 4, 0, 0], &[0; 20], &tcp(b"modbus")]);
    assert_inner(
        ETHERNET,
        &ether(0x0800, &ipv4_with(INNER_A, INNER_B, 0, 51, &authentic)),
        0,
    );
}

#[test]
fn fragments_have_no_transport_header() {
    let frame = ether(0x0800, &ipv4_with(A, B, 0x2003, 17, &[5; 16]));
    let headers = read_all(ETHERNET, &frame);
    let fragment = Fragment {
        offset: 24,
        more: true,
    };
    assert_eq!(headers.ip().unwrap().fragment, Some(fragment));
    assert_eq!(
        (headers.transport, headers.content(&frame)),
        (Transport::None, &[5; 16][..])
    );
    let part = join(&[&[17, 0, 0, 0x19, 0, 0, 0, 77], &[5; 16]]);
    let frame = ether(0x86dd, &ipv6(44, &part));
    let headers = read_all(ETHERNET, &frame);
    let ip = headers.ip().unwrap();
    assert_eq!(
        (ip.fragment, ip.identification, ip.protocol),
        (Some(fragment), 77, 17)
    );
    assert_eq!(
        (headers.transport, headers.content(&frame)),
        (Transport::None, &[5; 16][..])
    );
}

#[test]
fn a_short_snap_length_tells_what_is_missing() {
    let whole = ether(0x0800, &inner());
    let original = u32::try_from(whole.len()).unwrap();
    for length in 0..whole.len() {
        let frame = &whole[..length];
        let headers = read(ETHERNET, frame, original, Checksums::Transport);
        assert!(headers.notes.has(Notes::CUT));
        assert!(!headers.notes.has(Notes::SHORT) && !headers.notes.has(Notes::BAD_LENGTH));
        assert!(!headers.notes.has(Notes::BAD_CHECKSUM));
        if length >= 54 {
            assert_eq!(headers.content(frame), &b"modbus"[..length - 54]);
            assert_eq!(headers.missing as usize, 60 - length);
            assert!(matches!(headers.transport, Transport::Tcp(_)));
        }
        let short = read_all(ETHERNET, frame);
        assert!(!short.notes.has(Notes::CUT));
        assert!(short.notes.has(Notes::SHORT) || short.notes.has(Notes::BAD_LENGTH));
    }
}

#[test]
fn wrong_lengths_are_noted() {
    let noted = |packet: &[u8]| {
        let headers = read_all(ETHERNET, &ether(0x0800, packet));
        assert!(headers.notes.has(Notes::BAD_LENGTH), "{headers:?}");
        headers
    };
    let mut packet = inner();
    packet[3] += 9;
    assert_eq!(noted(&packet).missing, 0);
    let mut packet = inner();
    packet[0] = 0x44;
    assert_eq!(noted(&packet).network, Network::Unreadable);
    for offset in [0x40, 0xf0] {
        let mut packet = inner();
        packet[32] = offset;
        assert_eq!(noted(&packet).transport, Transport::None);
    }
    let mut datagram = ipv4(17, &udp(53, b"query"));
    datagram[25] = 7;
    assert_eq!(noted(&datagram).transport, Transport::None);
    datagram[25] = 99;
    assert_eq!(noted(&datagram).missing, 0);
    // A UDP length short of the packet: what is behind it is not content.
    datagram[25] = 11;
    let frame = ether(0x0800, &datagram);
    assert_eq!(read_all(ETHERNET, &frame).content(&frame), b"que");
}

#[test]
fn checksums_are_facts() {
    let fix = |mut packet: Vec<u8>, at: usize, pseudo: &[u8]| {
        let sum = !checksum(&join(&[pseudo, &packet[20..]]));
        packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
        packet
    };
    let pseudo = join(&[&INNER_A, &INNER_B, &[0, 6, 0, 26]]);
    let right = ether(0x0800, &fix(inner(), 36, &pseudo));
    let notes = |frame: &[u8], verify| {
        read(ETHERNET, frame, u32::try_from(frame.len()).unwrap(), verify).notes
    };
    assert_eq!(notes(&right, Checksums::Transport), Notes::default());
    let mut wrong = right.clone();
    wrong[59] ^= 1;
    assert_eq!(notes(&wrong, Checksums::Transport), Notes::BAD_CHECKSUM);
    assert_eq!(notes(&wrong, Checksums::Header), Notes::default());
    let mut wrong = right;
    wrong[22] ^= 1;
    assert_eq!(notes(&wrong, Checksums::Header), Notes::BAD_IP_CHECKSUM);

    let echo = ether(0x0800, &fix(ipv4(1, &[8, 0, 0, 0, 1, 2, 3]), 22, &[]));
    assert_eq!(notes(&echo, Checksums::Transport), Notes::default());
    let none = ether(0x0800, &ipv4(17, &udp(53, b"query")));
    assert_eq!(notes(&none, Checksums::Transport), Notes::default());
}

#[test]
fn long_frames_are_noted() {
    let frame = ether(0x0800, &ipv4(17, &udp(53, &[0; 4000])));
    let headers = read_all(ETHERNET, &frame);
    assert_eq!(headers.notes, Notes::OVERSIZED);
    assert_eq!(headers.content(&frame).len(), 4000);
}

#[test]
fn whole_packets_keep_what_was_around_their_fragments() {
    let part = ipv4_with(INNER_A, INNER_B, 0x2000, 6, &[0; 8]);
    let outer = read_all(ETHERNET, &ether(0x8100, &tag(4, 0x0800, &ipv4(4, &part))));
    let packet = inner();
    let headers = read_whole(&outer, &packet, Checksums::Header);
    assert_eq!(headers.content(&packet), b"modbus");
    assert_eq!(
        (headers.macs, headers.vlans(), headers.tunnels),
        (outer.macs, &[4][..], 1)
    );
}

#[test]
fn both_directions_have_one_shard() {
    let mut seen = std::collections::BTreeSet::new();
    for host in 0..=255 {
        let to = read_all(101, &ipv4_with(A, [10, 0, 1, host], 0, 6, &tcp(b"")));
        let from = read_all(101, &ipv4_with([10, 0, 1, host], A, 0, 6, &tcp(b"")));
        assert_eq!(shard(&to), shard(&from));
        assert!(shard(&to) < SHARDS);
        seen.insert(shard(&to));
    }
    assert!(seen.len() > 50, "{} shards for 256 pairs", seen.len());
    // The number is part of what makes two runs alike, on any machine.
    let headers = read_all(101, &inner());
    assert_eq!(shard(&headers), 12);
    assert_eq!(
        shard(&headers),
        shard(&read_all(ETHERNET, &ether(0x0800, &inner())))
    );
    assert_eq!(shard(&read_all(147, &[])), 0);
}
