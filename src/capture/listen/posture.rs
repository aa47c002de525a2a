//! What may make an interface speak that is there to be listened at alone.
//!
//! Asked by the doors, before a run; changes nothing. A mirror port must never hear from this
//! machine: an address, IPv6 or ARP on its interface makes the kernel send frames by itself.

use crate::capture::ring::Probe;
use std::fs;

/// What is switched on at an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posture {
    /// It is up.
    pub up: bool,
    /// It has an IPv4 address.
    pub address: bool,
    /// IPv6 is on: the kernel announces itself and looks for routers (RFC 4861, 6.3.7).
    pub ipv6: bool,
    /// ARP is on.
    pub arp: bool,
}

impl Posture {
    /// That of the interface of this name; `None` where there is none.
    #[must_use]
    pub fn of(interface: &str) -> Option<Self> {
        let state = Probe::new().ok()?.state(interface)?;
        let switch = format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6");
        Some(Self {
            up: state.up,
            address: Probe::has_address(interface),
            ipv6: fs::read_to_string(switch).is_ok_and(|off| off.trim() == "0"),
            arp: state.arp,
        })
    }
}
