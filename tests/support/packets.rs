//! Packets: read from captures, made from ends and content, written as a capture.

use jaga::capture::{Captures, Config};
use jaga::wire::checksum;

/// A frame with its time in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) nanos: u64,
    pub(crate) octets: Vec<u8>,
}

/// The frames of a shipped capture, by its path below `pcaps/`.
pub(crate) fn read(name: &str) -> Vec<Frame> {
    let path = super::folder().join(name);
    let mut captures = Captures::open(&[path], Config::default()).unwrap();
    let mut frames = Vec::new();
    while let Some((block, record)) = captures.next() {
        assert_eq!(record.link.0, 1, "{name} is not an Ethernet capture");
        frames.push(Frame {
            nanos: record.time.nanos(),
            octets: record.octets(block).to_vec(),
        });
    }
    frames
}

/// The frames as a pcap file with nanoseconds.
pub(crate) fn write(frames: &[Frame]) -> Vec<u8> {
    let mut file = Vec::new();
    for number in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend(number.to_le_bytes());
    }
    for Frame { nanos, octets } in frames {
        let length = u32::try_from(octets.len()).unwrap();
        let seconds = u32::try_from(nanos / 1_000_000_000).unwrap();
        let rest = u32::try_from(nanos % 1_000_000_000).unwrap();
        for number in [seconds, rest, length, length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(octets);
    }
    file
}

/// Both addresses and ports of a TCP or UDP packet over IPv4: its direction.
pub(crate) fn direction(frame: &Frame) -> Option<&[u8]> {
    frame.octets.get(12..14).filter(|kind| *kind == [8, 0])?;
    frame.octets.get(26..38)
}

/// One end of a conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    pub(crate) mac: [u8; 6],
    pub(crate) ip: [u8; 4],
    pub(crate) port: u16,
}

impl Host {
    /// The host 10.0.0.`number`, with a MAC of its own.
    pub(crate) const fn new(number: u8, port: u16) -> Self {
        Self {
            mac: [2, 0, 0, 0, 0, number],
            ip: [10, 0, 0, number],
            port,
        }
    }
}

/// An Ethernet frame with IPv4 and this transport header and content, its checksums right.
fn packet(nanos: u64, (from, to): (Host, Host), protocol: u8, transport: &[u8]) -> Frame {
    let length = u16::try_from(20 + transport.len()).unwrap();
    let mut ip = [
        &[0x45, 0][..],
        &length.to_be_bytes(),
        &[0, 0, 0, 0, 64, protocol, 0, 0],
        &from.ip,
        &to.ip,
    ]
    .concat();
    let sum = !checksum(&ip);
    ip.splice(10..12, sum.to_be_bytes());
    let octets = [&to.mac[..], &from.mac, &[8, 0], &ip, transport].concat();
    Frame { nanos, octets }
}

/// A UDP datagram without a checksum.
pub(crate) fn datagram(nanos: u64, from: Host, to: Host, content: &[u8]) -> Frame {
    let length = u16::try_from(8 + content.len()).unwrap();
    let udp = [
        &from.port.to_be_bytes()[..],
        &to.port.to_be_bytes(),
        &length.to_be_bytes(),
        &[0, 0],
        content,
    ]
    .concat();
    packet(nanos, (from, to), 17, &udp)
}

/// A TCP segment with these flags, sequence number and acknowledgment.
pub(crate) fn tcp(
    nanos: u64,
    (from, to): (Host, Host),
    flags: u8,
    (sequence, acknowledged): (u32, u32),
    content: &[u8],
) -> Frame {
    let mut tcp = [
        &from.port.to_be_bytes()[..],
        &to.port.to_be_bytes(),
        &sequence.to_be_bytes(),
        &acknowledged.to_be_bytes(),
        &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0],
        content,
    ]
    .concat();
    let length = u16::try_from(tcp.len()).unwrap();
    let pseudo = [&from.ip[..], &to.ip, &[0, 6], &length.to_be_bytes(), &tcp].concat();
    let sum = !checksum(&pseudo);
    tcp.splice(16..18, sum.to_be_bytes());
    packet(nanos, (from, to), 6, &tcp)
}

/// An ARP request for `target`, or a reply to it, by which `from` tells its pair of addresses.
pub(crate) fn arp(nanos: u64, request: bool, from: Host, target: Host) -> Frame {
    let to = if request { [0xff; 6] } else { target.mac };
    let asked = if request { [0; 6] } else { target.mac };
    let head = [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, if request { 1 } else { 2 }];
    let octets = [
        &to[..],
        &from.mac,
        &head,
        &from.mac,
        &from.ip,
        &asked,
        &target.ip,
    ]
    .concat();
    Frame { nanos, octets }
}

/// A TCP connection that is written packet by packet, a millisecond apart.
pub(crate) struct Connection {
    /// Client and server.
    ends: (Host, Host),
    /// The next sequence number of each.
    next: (u32, u32),
    pub(crate) frames: Vec<Frame>,
}

impl Connection {
    /// A connection with its handshake.
    pub(crate) fn new(client: Host, server: Host) -> Self {
        let mut connection = Self {
            ends: (client, server),
            next: (1000, 2000),
            frames: Vec::new(),
        };
        connection.packet(true, 0x02, &[]);
        connection.packet(false, 0x12, &[]);
        connection.packet(true, 0x10, &[]);
        connection
    }

    fn packet(&mut self, by_client: bool, flags: u8, content: &[u8]) {
        let (from, to) = match by_client {
            true => self.ends,
            false => (self.ends.1, self.ends.0),
        };
        let (sequence, acknowledged) = match by_client {
            true => self.next,
            false => (self.next.1, self.next.0),
        };
        let nanos = (1 + self.frames.len() as u64) * 1_000_000;
        let numbers = (sequence, acknowledged);
        self.frames
            .push(tcp(nanos, (from, to), flags, numbers, content));
        let next = match by_client {
            true => &mut self.next.0,
            false => &mut self.next.1,
        };
        let octets = u32::try_from(content.len()).unwrap() + u32::from(flags & 0x03 != 0);
        *next = next.wrapping_add(octets);
    }

    /// The client sends this in one segment.
    pub(crate) fn client(&mut self, content: &[u8]) {
        self.packet(true, 0x18, content);
    }

    /// The server sends this in one segment.
    pub(crate) fn server(&mut self, content: &[u8]) {
        self.packet(false, 0x18, content);
    }

    /// An end resets the connection.
    pub(crate) fn reset(&mut self, by_client: bool) {
        self.packet(by_client, 0x14, &[]);
    }

    /// The client opens a new connection from the same port without closing the old one.
    pub(crate) fn reopen(&mut self) {
        self.next = (
            self.next.0.wrapping_add(1 << 30),
            self.next.1.wrapping_add(1 << 30),
        );
        self.packet(true, 0x02, &[]);
        self.packet(false, 0x12, &[]);
        self.packet(true, 0x10, &[]);
    }

    /// Octets of this end are lost in the mirror port.
    pub(crate) fn lose(&mut self, by_client: bool, octets: u32) {
        let next = match by_client {
            true => &mut self.next.0,
            false => &mut self.next.1,
        };
        *next = next.wrapping_add(octets);
    }
}

/// An IPv4 frame in fragments of at most `size` octets, a multiple of 8.
pub(crate) fn fragments(frame: &Frame, size: usize) -> Vec<Frame> {
    let (head, content) = frame.octets.split_at(34);
    let pieces = content.chunks(size);
    let last = pieces.len() - 1;
    pieces
        .enumerate()
        .map(|(number, piece)| {
            let mut head = head.to_vec();
            let length = u16::try_from(20 + piece.len()).unwrap();
            let more = if number < last { 0x2000 } else { 0 };
            let offset = u16::try_from(number * size / 8).unwrap() | more;
            head.splice(16..18, length.to_be_bytes());
            head.splice(18..20, [0x4a, 0x61]);
            head.splice(20..22, offset.to_be_bytes());
            head.splice(24..26, [0, 0]);
            let sum = !checksum(&head[14..]);
            head.splice(24..26, sum.to_be_bytes());
            Frame {
                nanos: frame.nanos + number as u64 * 1000,
                octets: [&head, piece].concat(),
            }
        })
        .collect()
}

/// What a TCP packet over IPv4 without tags says.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// Both addresses and ports.
    pub(crate) direction: [u8; 12],
    /// Sequence number of its first octet.
    pub(crate) sequence: u32,
    pub(crate) flags: u8,
    /// Where its content lies in the frame.
    pub(crate) content: std::ops::Range<usize>,
}

/// Reads a frame as such a packet.
pub(crate) fn segment(frame: &Frame) -> Option<Segment> {
    let octets = &frame.octets;
    let ip = octets.get(14..)?;
    let whole = ip.get(6)? & 0x3f == 0 && *ip.get(7)? == 0;
    if octets.get(12..14)? != [8, 0] || *ip.get(9)? != 6 || !whole {
        return None;
    }
    let header = usize::from(ip[0] & 0x0f) * 4;
    let end = 14 + usize::from(u16::from_be_bytes([ip[2], ip[3]]));
    let tcp = ip.get(header..)?;
    let offset = usize::from(*tcp.get(12)? >> 4) * 4;
    let mut direction = [0; 12];
    direction[..8].copy_from_slice(&ip[12..20]);
    direction[8..].copy_from_slice(&tcp[..4]);
    let start = 14 + header + offset;
    (start <= end && end <= octets.len()).then(|| Segment {
        direction,
        sequence: u32::from_be_bytes([tcp[4], tcp[5], tcp[6], tcp[7]]),
        flags: tcp[13],
        content: start..end,
    })
}

/// The same packet with another sequence number and content, its checksums right.
pub(crate) fn with_content(frame: &Frame, sequence: u32, content: &[u8]) -> Frame {
    let start = segment(frame).unwrap().content.start;
    let mut octets = [&frame.octets[..start], content].concat();
    let header = 14 + usize::from(octets[14] & 0x0f) * 4;
    let length = u16::try_from(octets.len() - 14).unwrap();
    octets[16..18].copy_from_slice(&length.to_be_bytes());
    octets[24..26].fill(0);
    let sum = !checksum(&octets[14..header]);
    octets[24..26].copy_from_slice(&sum.to_be_bytes());
    octets[header + 4..header + 8].copy_from_slice(&sequence.to_be_bytes());
    octets[header + 16..header + 18].fill(0);
    let length = u16::try_from(octets.len() - header).unwrap();
    let pseudo = [
        &octets[26..34],
        &[0, 6],
        &length.to_be_bytes(),
        &octets[header..],
    ]
    .concat();
    let sum = !checksum(&pseudo);
    octets[header + 16..header + 18].copy_from_slice(&sum.to_be_bytes());
    Frame {
        nanos: frame.nanos,
        octets,
    }
}

/// Cuts TCP content anew: what packets that follow each other in one direction carry is joined
/// and cut into pieces of the lengths that `size` tells.
pub(crate) fn recut(frames: &[Frame], size: &mut dyn FnMut() -> usize) -> Vec<Frame> {
    const SYN_FIN_RST: u8 = 0x07;
    let mut cut = Vec::new();
    let mut at = 0;
    while let Some(first) = frames.get(at) {
        at += 1;
        let Some(head) = segment(first).filter(|head| head.flags & SYN_FIN_RST == 0) else {
            cut.push(first.clone());
            continue;
        };
        let mut content = first.octets[head.content.clone()].to_vec();
        if content.is_empty() {
            cut.push(first.clone());
            continue;
        }
        while let Some(next) = frames.get(at)
            && let Some(more) = segment(next)
            && more.direction == head.direction
            && more.flags & SYN_FIN_RST == 0
            && more.sequence
                == head
                    .sequence
                    .wrapping_add(u32::try_from(content.len()).unwrap())
        {
            content.extend_from_slice(&next.octets[more.content]);
            at += 1;
        }
        let mut sequence = head.sequence;
        let mut rest = &content[..];
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(size().clamp(1, rest.len()));
            cut.push(with_content(first, sequence, piece));
            sequence = sequence.wrapping_add(u32::try_from(piece.len()).unwrap());
            rest = behind;
        }
    }
    cut
}
