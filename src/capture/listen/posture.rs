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

    /// Frames that the system has sent at the interface of this name since it is there.
    #[must_use]
    pub fn sent(interface: &str) -> Option<u64> {
        sent(&fs::read_to_string("/proc/net/dev").ok()?, interface)
    }
}

/// Of the table of interfaces (proc(5), /proc/net/dev): the tenth number is that of frames sent.
fn sent(table: &str, interface: &str) -> Option<u64> {
    let mut lines = table.lines().filter_map(|line| line.split_once(':'));
    let (_, counts) = lines.find(|(name, _)| name.trim() == interface)?;
    counts.split_whitespace().nth(9)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_read_of_the_right_interface() {
        let table = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
    lo:     800       8    0    0    0     0          0         0      800       9    0    0
 span0:12345678     100    1    2    0     0          0         3       70       7    0    0
";
        assert_eq!(sent(table, "span0"), Some(7));
        assert_eq!(sent(table, "lo"), Some(9));
        assert_eq!(sent(table, "span"), None);
        assert!(Posture::sent("lo").is_some());
    }
}
