//! Who is at an end of a conversation: MAC, host, port, side.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An IEEE 802 MAC address (EUI-48).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Group address: broadcast or multicast (IEEE 802-2014, 8.2.2, the I/G bit).
    #[must_use]
    pub const fn is_group(self) -> bool {
        let [first, ..] = self.0;
        first & 1 != 0
    }

    /// Locally administered address (the U/L bit), which names no vendor.
    #[must_use]
    pub const fn is_local(self) -> bool {
        let [first, ..] = self.0;
        first & 2 != 0
    }

    /// The all-zero address, which belongs to nobody.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// A text that is no address of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoHost;

impl FromStr for Mac {
    type Err = NoHost;

    /// Reads `00:1b:1b:01:02:03`.
    fn from_str(text: &str) -> Result<Self, NoHost> {
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            let part = parts.next().filter(|part| part.len() == 2).ok_or(NoHost)?;
            let digits = part.bytes().all(|digit| digit.is_ascii_hexdigit());
            let read = u8::from_str_radix(part, 16).ok().filter(|_| digits);
            *octet = read.ok_or(NoHost)?;
        }
        match parts.next() {
            None => Ok(Self(octets)),
            Some(_) => Err(NoHost),
        }
    }
}

impl FromStr for Host {
    type Err = NoHost;

    /// Reads an IP address or, failing that, a MAC address.
    fn from_str(text: &str) -> Result<Self, NoHost> {
        match text.parse() {
            Ok(ip) => Ok(Self::Ip(ip)),
            Err(_) => text.parse().map(Self::Mac),
        }
    }
}

/// What names a host in a conversation: its IP address or, where there is none, its MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A host on a link-layer conversation (GOOSE, PROFINET, LLDP).
    Mac(Mac),
    /// A host on an IP conversation.
    Ip(IpAddr),
}

impl Host {
    /// Whether it is a group of hosts: multicast or broadcast.
    #[must_use]
    pub fn is_group(self) -> bool {
        match self {
            Self::Mac(mac) => mac.is_group(),
            Self::Ip(IpAddr::V4(ip)) => ip.is_multicast() || ip.is_broadcast(),
            Self::Ip(IpAddr::V6(ip)) => ip.is_multicast(),
        }
    }

    /// Whether it has an address of the public Internet: none that is private, local, of a
    /// group or for documentation (IANA special-purpose address registries).
    #[must_use]
    pub fn is_public(self) -> bool {
        match self {
            Self::Mac(_) => false,
            Self::Ip(IpAddr::V4(ip)) => {
                let [first, second, ..] = ip.octets();
                let shared = first == 100 && second & 0xc0 == 64;
                let benchmark = first == 198 && second & 0xfe == 18;
                let reserved = first == 0 || first >= 224;
                !(ip.is_private()
                    || ip.is_loopback()
                    || ip.is_link_local()
                    || ip.is_documentation()
                    || shared
                    || benchmark
                    || reserved)
            }
            Self::Ip(IpAddr::V6(ip)) => {
                let [first, second, ..] = ip.segments();
                // Global unicast is 2000::/3; 2001:db8::/32 is for documentation.
                first & 0xe000 == 0x2000 && (first, second) != (0x2001, 0x0db8)
            }
        }
    }

    /// An IPv4 host.
    #[must_use]
    pub const fn v4(octets: [u8; 4]) -> Self {
        Self::Ip(IpAddr::V4(Ipv4Addr::new(
            octets[0], octets[1], octets[2], octets[3],
        )))
    }

    /// An IPv6 host.
    #[must_use]
    pub fn v6(octets: [u8; 16]) -> Self {
        Self::Ip(IpAddr::V6(Ipv6Addr::from(octets)))
    }

    /// The IP address, if the host has one here.
    #[must_use]
    pub const fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(ip),
            Self::Mac(_) => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mac(mac) => mac.fmt(f),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

/// A host and the port it uses; port 0 where the carrier has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// TCP or UDP port; 0 for carriers without ports.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.host, self.port) {
            (host, 0) => host.fmt(f),
            (Host::Ip(IpAddr::V6(ip)), port) => write!(f, "[{ip}]:{port}"),
            (host, port) => write!(f, "{host}:{port}"),
        }
    }
}

/// One of the two ends of a conversation.
///
/// The ends are named by address order and not by who was seen first, so that a conversation
/// picked up in its middle has the same sides as one seen from its start. Who is client and
/// who is server is a protocol's finding, not a property of the side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The end with the lower (address, port).
    Low,
    /// The end with the higher (address, port).
    High,
}

impl Side {
    /// The opposite end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Low => Self::High,
            Self::High => Self::Low,
        }
    }

    /// Picks this side's half of a pair kept as (low, high).
    #[must_use]
    pub const fn of<T>(self, pair: &(T, T)) -> &T {
        match self {
            Self::Low => &pair.0,
            Self::High => &pair.1,
        }
    }

    /// Picks this side's half of a pair kept as (low, high), to change it.
    pub const fn of_mut<T>(self, pair: &mut (T, T)) -> &mut T {
        match self {
            Self::Low => &mut pair.0,
            Self::High => &mut pair.1,
        }
    }
}
