//! What is asked of a packet's headers.

use crate::rules::rule::{Checksum, FlagMatch, HeaderBuffer, Number, PacketTest};
use crate::wire::{Headers, Network, Octets, Tcp, Transport, checksum};
use arrayvec::ArrayVec;
use std::net::IpAddr;

/// A packet as rules look at it.
#[derive(Clone, Copy, Debug)]
pub struct PacketView<'a> {
    /// What its headers say.
    pub headers: &'a Headers,
    /// The octets that the headers were read from.
    pub octets: &'a [u8],
}

/// The sum over octets that hold a right checksum.
const RIGHT: u16 = 0xffff;

/// IANA protocol numbers.
const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
const IGMP: u8 = 2;

impl<'a> PacketView<'a> {
    /// The content that rules look at: for ICMP what follows its eight octets of header.
    #[must_use]
    pub fn content(&self) -> &'a [u8] {
        let content = self.headers.content(self.octets);
        match self.headers.transport {
            Transport::Icmp { .. } => content.get(8..).unwrap_or_default(),
            _ => content,
        }
    }

    /// A header as octets; empty where the packet has none of this kind.
    pub(super) fn header(&self, header: HeaderBuffer) -> &'a [u8] {
        let network = || self.network().unwrap_or_default();
        let transport = || self.transport().unwrap_or_default();
        let is_v4 = self.is_v4();
        match (header, self.headers.transport) {
            (HeaderBuffer::Ipv4, _) if is_v4 == Some(true) => network(),
            (HeaderBuffer::Ipv6, _) if is_v4 == Some(false) => network(),
            (HeaderBuffer::Tcp, Transport::Tcp(_)) | (HeaderBuffer::Udp, Transport::Udp { .. }) => {
                transport()
            }
            (HeaderBuffer::Icmpv4, Transport::Icmp { .. }) if is_v4 == Some(true) => {
                self.icmp_header()
            }
            (HeaderBuffer::Icmpv6, Transport::Icmp { .. }) if is_v4 == Some(false) => {
                self.icmp_header()
            }
            _ => &[],
        }
    }

    fn icmp_header(&self) -> &'a [u8] {
        let content = self.headers.content(self.octets);
        content.get(..8).unwrap_or(content)
    }

    fn is_v4(&self) -> Option<bool> {
        self.headers.ip().map(|ip| ip.source.is_ipv4())
    }

    /// The IP header: IPv4 with its options, IPv6 without extension headers.
    fn network(&self) -> Option<&'a [u8]> {
        let start = self.headers.ip()?.start as usize;
        let rest = self.octets.get(start..)?;
        let length = match rest.first()? >> 4 {
            4 => usize::from(rest.first()? & 0x0f) * 4,
            _ => 40,
        };
        rest.get(..length)
    }

    /// The TCP or UDP header: it ends where the content begins.
    fn transport(&self) -> Option<&'a [u8]> {
        let end = self.headers.content.0 as usize;
        let before = self.octets.get(..end)?;
        match self.headers.transport {
            Transport::Udp { .. } => before.get(end.checked_sub(8)?..),
            Transport::Tcp(tcp) => {
                let [s0, s1] = tcp.source.to_be_bytes();
                let [d0, d1] = tcp.destination.to_be_bytes();
                // Its length is in its thirteenth octet, and the header is told by its ports.
                (5..=15usize).find_map(|words| {
                    let header = before.get(end.checked_sub(words * 4)?..)?;
                    let fits = usize::from(header.get(12)? >> 4) == words;
                    (fits && header.starts_with(&[s0, s1, d0, d1])).then_some(header)
                })
            }
            _ => None,
        }
    }

    fn tcp(&self) -> Option<Tcp> {
        match self.headers.transport {
            Transport::Tcp(tcp) => Some(tcp),
            _ => None,
        }
    }

    /// Octets of the ICMP header from its fifth on.
    fn icmp_field(&self, offset: usize) -> Option<u64> {
        match self.headers.transport {
            Transport::Icmp { .. } => {
                let mut octets = Octets::new(self.headers.content(self.octets).get(offset..)?);
                octets.be16().map(u64::from)
            }
            _ => None,
        }
    }

    /// Whether a test of the headers holds. What is asked of a conversation is asked elsewhere.
    pub(super) fn holds(&self, test: &PacketTest) -> bool {
        let number = |number: &Number, value: Option<u64>| value.is_some_and(|v| number.holds(v));
        let ip = self.headers.ip();
        let tcp = self.tcp();
        match test {
            PacketTest::Size(size) => {
                let captured = self.content().len() as u64;
                size.holds(captured + u64::from(self.headers.missing))
            }
            PacketTest::Flags { mask, wanted, how } => {
                tcp.is_some_and(|tcp| flags(u16::from(tcp.flags), *mask, *wanted, *how))
            }
            PacketTest::Ttl(test) => number(test, ip.map(|ip| u64::from(ip.hop_limit))),
            PacketTest::IpId(test) => number(
                test,
                ip.filter(|ip| ip.source.is_ipv4())
                    .map(|ip| u64::from(ip.identification)),
            ),
            PacketTest::IpProtocol(test) => number(test, ip.map(|ip| u64::from(ip.protocol))),
            PacketTest::Tos(test) => number(test, self.tos()),
            PacketTest::FragmentBits { mask, wanted, how } => self
                .fragment_bits()
                .is_some_and(|bits| flags(bits, *mask, *wanted, *how)),
            PacketTest::FragmentOffset(test) => number(
                test,
                ip.map(|ip| ip.fragment.map_or(0, |f| u64::from(f.offset / 8))),
            ),
            PacketTest::IpOption(kind) => self.has_option(*kind),
            PacketTest::SameAddress => ip.is_some_and(|ip| ip.source == ip.destination),
            PacketTest::Sequence(test) => number(test, tcp.map(|tcp| u64::from(tcp.sequence))),
            PacketTest::Acknowledgement(test) => {
                number(test, tcp.map(|tcp| u64::from(tcp.acknowledgment)))
            }
            PacketTest::Window(test) => number(test, tcp.map(|tcp| u64::from(tcp.window))),
            PacketTest::Mss(test) => number(test, self.mss()),
            PacketTest::IcmpType(test) => number(test, self.icmp().map(|(kind, _)| kind)),
            PacketTest::IcmpCode(test) => number(test, self.icmp().map(|(_, code)| code)),
            PacketTest::IcmpId(test) => number(test, self.icmp_field(4)),
            PacketTest::IcmpSequence(test) => number(test, self.icmp_field(6)),
            PacketTest::Checksum { of, valid } => self.checksum(*of) == Some(*valid),
            PacketTest::Vlan(test) => {
                let vlans = self.headers.vlans();
                vlans.iter().any(|vlan| test.holds(u64::from(*vlan)))
            }
            PacketTest::Event(event) => self.shows(*event),
            PacketTest::Protocol { .. } => true,
        }
    }

    fn icmp(&self) -> Option<(u64, u64)> {
        match self.headers.transport {
            Transport::Icmp { kind, code } => Some((u64::from(kind), u64::from(code))),
            _ => None,
        }
    }

    /// Type of service, or traffic class.
    fn tos(&self) -> Option<u64> {
        let [first, second, ..] = self.network()? else {
            return None;
        };
        Some(match first >> 4 {
            4 => u64::from(*second),
            _ => u64::from(first & 0x0f) << 4 | u64::from(second >> 4),
        })
    }

    /// More fragments as 1, don't fragment as 2, the reserved bit as 4.
    fn fragment_bits(&self) -> Option<u16> {
        let octet = *self.network()?.get(6)?;
        (self.is_v4()?).then(|| {
            let bit = |mask: u8, number: u16| if octet & mask != 0 { number } else { 0 };
            bit(0x20, 1) | bit(0x40, 2) | bit(0x80, 4)
        })
    }

    /// Whether the IPv4 header has an option of this kind, or any.
    fn has_option(&self, kind: Option<u8>) -> bool {
        let options = self.network().and_then(|header| header.get(20..));
        if self.is_v4() != Some(true) {
            return false;
        }
        let mut rest = Octets::new(options.unwrap_or_default());
        while let Some(found) = rest.u8() {
            match found {
                0 => return kind == Some(0),
                1 if kind == Some(1) => return true,
                1 => continue,
                _ if kind.is_none_or(|kind| kind == found) => return true,
                _ => {}
            }
            let length = usize::from(rest.u8().unwrap_or(0));
            if length < 2 || rest.skip(length - 2).is_none() {
                return false;
            }
        }
        false
    }

    /// The maximum segment size of a SYN (RFC 9293, 3.2: option 2).
    fn mss(&self) -> Option<u64> {
        self.tcp()?;
        let mut rest = Octets::new(self.transport()?.get(20..)?);
        while let Some(kind) = rest.u8() {
            match kind {
                0 => return None,
                1 => continue,
                _ => {}
            }
            let length = usize::from(rest.u8()?);
            if kind == 2 {
                return rest.be16().map(u64::from);
            }
            rest.skip(length.checked_sub(2)?)?;
        }
        None
    }

    /// Whether a checksum is right; `None` where the packet has none, or not all of it is there.
    fn checksum(&self, of: Checksum) -> Option<bool> {
        let ip = self.headers.ip()?;
        let (protocol, version) = match of {
            Checksum::Ipv4 => {
                return (self.is_v4()?)
                    .then(|| checksum(self.network().unwrap_or_default()) == RIGHT);
            }
            Checksum::Tcp(version) => (TCP, version),
            Checksum::Udp(version) => (UDP, version),
            Checksum::Icmp(4) => (ICMP, 4),
            Checksum::Icmp(version) => (ICMPV6, version),
            Checksum::Igmp => (IGMP, 4),
        };
        if ip.protocol != protocol || (version == 4) != self.is_v4()? || self.headers.missing > 0 {
            return None;
        }
        let content = self.headers.content(self.octets);
        let before = match self.headers.transport {
            Transport::Tcp(_) | Transport::Udp { .. } => self.transport()?.len(),
            _ => 0,
        };
        let start = (self.headers.content.0 as usize).checked_sub(before)?;
        let whole = self.octets.get(start..start + before + content.len())?;
        if protocol == UDP && whole.get(6..8) == Some(&[0, 0]) {
            return Some(true);
        }
        let mut pseudo = ArrayVec::<u8, 40>::new();
        if !matches!(protocol, ICMP | IGMP) {
            match (ip.source, ip.destination) {
                (IpAddr::V4(source), IpAddr::V4(destination)) => {
                    pseudo.extend(source.octets());
                    pseudo.extend(destination.octets());
                }
                (IpAddr::V6(source), IpAddr::V6(destination)) => {
                    pseudo.extend(source.octets());
                    pseudo.extend(destination.octets());
                }
                _ => return None,
            }
            pseudo.extend(u32::try_from(whole.len()).ok()?.to_be_bytes());
            pseudo.extend([0, 0, 0, protocol]);
        }
        let total = u32::from(checksum(&pseudo)) + u32::from(checksum(whole));
        Some((total & 0xffff) + (total >> 16) == u32::from(RIGHT))
    }

    /// The IP version; `None` for frames without IP.
    pub(super) fn version(&self) -> Option<u8> {
        match self.headers.network {
            Network::Ip(ip) => Some(if ip.source.is_ipv4() { 4 } else { 6 }),
            _ => None,
        }
    }
}

/// Whether flags stand as asked for.
const fn flags(flags: u16, mask: u16, wanted: u16, how: FlagMatch) -> bool {
    let flags = flags & mask;
    match how {
        FlagMatch::Exactly => flags == wanted,
        FlagMatch::All => flags & wanted == wanted,
        FlagMatch::Any => flags & wanted != 0,
        FlagMatch::Not => flags & wanted == 0,
    }
}
