//! The ends of a rule's header: addresses and ports.

use crate::facts::Host;
use std::net::IpAddr;
use std::sync::Arc;

/// One end of a header.
#[derive(Clone, Debug)]
pub struct End {
    /// Addresses; rules with the same ones share them.
    pub hosts: Arc<Hosts>,
    /// Ports.
    pub ports: Ports,
}

/// A set of addresses: in one of `within` and in none of `without`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Hosts {
    /// Empty means any.
    pub within: Vec<HostSet>,
    /// Taken out.
    pub without: Vec<HostSet>,
}

impl Hosts {
    /// Whether a host is in the set; `plays` says whether it plays a role of a protocol, as
    /// server or not.
    #[must_use]
    pub fn has(&self, host: Host, plays: &dyn Fn(&str, bool) -> bool) -> bool {
        let is_in = |set: &HostSet| match set {
            HostSet::Range(first, last) => host.ip().is_some_and(|ip| between(ip, *first, *last)),
            HostSet::Role { protocol, server } => plays(protocol, *server),
            HostSet::Nested(inside) => inside.has(host, plays),
        };
        (self.within.is_empty() || self.within.iter().any(is_in)) && !self.without.iter().any(is_in)
    }
}

fn between(ip: IpAddr, first: IpAddr, last: IpAddr) -> bool {
    ip.is_ipv4() == first.is_ipv4() && (first..=last).contains(&ip)
}

/// Part of a set of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostSet {
    /// From first to last, both included, of one address family.
    Range(IpAddr, IpAddr),
    /// Hosts that the inventory knows in this role: a variable such as `$MODBUS_SERVER` that
    /// nobody set. `protocol` is a registry name.
    Role {
        /// Protocol it was seen to speak.
        protocol: &'static str,
        /// As server (PLC, outstation) or as client (master).
        server: bool,
    },
    /// A set inside a set.
    Nested(Box<Hosts>),
}

/// A set of ports: in one of `within` and in none of `without`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Empty means any. First and last, both included.
    pub within: Vec<(u16, u16)>,
    /// Taken out.
    pub without: Vec<(u16, u16)>,
}
