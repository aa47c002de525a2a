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
        let nanos = (1 + self.frames.len() as u64) * 1_000_000;
        self.frames.push(packet(nanos, (from, to), 6, &tcp));
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
