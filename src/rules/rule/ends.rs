//! The ends of a rule's header: addresses and ports.

use std::net::IpAddr;

/// One end of a header.
#[derive(Clone, Debug)]
pub struct End {
    /// Addresses.
    pub hosts: Hosts,
    /// Ports.
    pub ports: Ports,
}

/// A set of addresses: in one of `within` and in none of `without`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Empty means any.
    pub within: Vec<HostSet>,
    /// Taken out.
    pub without: Vec<HostSet>,
}

/// Part of a set of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
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
