//! Alerts and health as syslog, over UDP (RFC 5426), TCP with octet counting (RFC 6587, 3.4.1) or
//! TLS (RFC 5425).
//!
//! Made by `jaga run`. Over TCP and TLS nothing tells what a collector has written: what was
//! sent lately is kept and sent again over a new connection. A repeated message tells of the
//! same event, whose name it has.

mod format;
mod message;
mod stream;
#[cfg(test)]
mod tests;
pub mod tls;

pub use message::{Format, Header, Style, message};

use super::outlet::Sink;
use rustix::io::Errno;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{ToSocketAddrs as _, UdpSocket};
use stream::Stream;
use tls::Trust;

/// A collector: `udp://host:port`, `tcp://host:port` or `tls://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    way: Way,
    address: String,
}

/// How messages get to a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Udp,
    Tcp,
    Tls,
}

impl Way {
    const ALL: [(&str, Self); 3] = [("udp", Self::Udp), ("tcp", Self::Tcp), ("tls", Self::Tls)];
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = Way::ALL.iter().find(|(_, way)| *way == self.way);
        let scheme = way.map_or("", |(scheme, _)| scheme);
        write!(f, "{scheme}://{}", self.address)
    }
}

impl std::str::FromStr for Collector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "a collector is named udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT".to_owned()
        };
        let (scheme, address) = text.split_once("://").ok_or_else(wrong)?;
        let way = Way::ALL.iter().find(|(name, _)| *name == scheme);
        let (_, way) = way.ok_or_else(wrong)?;
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(wrong());
        }
        Ok(Self {
            way: *way,
            address: address.to_owned(),
        })
    }
}

impl Collector {
    /// Whether messages get there over TLS.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.way == Way::Tls
    }

    /// Whether messages get there by datagrams, of which nobody knows whether they arrive.
    #[must_use]
    pub fn may_lose(&self) -> bool {
        self.way == Way::Udp
    }

    /// The sink that sends there; `trust` is for TLS, which is never left out.
    ///
    /// # Errors
    /// The system gives no socket, or the host cannot be in a certificate.
    pub fn sink(&self, trust: &Trust) -> io::Result<Box<dyn Sink>> {
        let address = self.address.clone();
        Ok(match self.way {
            Way::Udp => Box::new(Udp {
                address,
                sockets: [
                    UdpSocket::bind("0.0.0.0:0").ok(),
                    UdpSocket::bind("[::]:0").ok(),
                ],
            }),
            Way::Tcp => Box::new(Stream::new(address, None)),
            Way::Tls => {
                let host = address.rsplit_once(':').map_or(&*address, |(host, _)| host);
                let peer = trust.peer(host)?;
                Box::new(Stream::new(address, Some(peer)))
            }
        })
    }
}

/// Datagrams, which may be lost.
struct Udp {
    address: String,
    /// For IPv4 and IPv6.
    sockets: [Option<UdpSocket>; 2],
}

impl Sink for Udp {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let place = self.address.to_socket_addrs()?.next();
        let place = place.ok_or(ErrorKind::AddrNotAvailable)?;
        let [four, six] = &self.sockets;
        let socket = if place.is_ipv4() { four } else { six };
        let socket = socket.as_ref().ok_or(ErrorKind::AddrNotAvailable)?;
        match socket.send_to(octets, place) {
            // No later try would do better.
            Err(error) if error.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error()) => {
                Err(ErrorKind::InvalidInput.into())
            }
            sent => sent.map(|_| ()),
        }
    }
}
