//! Why an interface cannot be listened at, in words for the user.
//!
//! Made when a ring is opened, shown by the doors.

use crate::capture::ring::{Fault, Step};
use rustix::io::Errno;
use std::io;

/// An interface cannot be listened at.
#[derive(Debug, thiserror::Error)]
#[error("{interface}: {what}")]
pub struct Refused {
    /// As it was given.
    pub interface: String,
    /// What went wrong.
    what: String,
    hint: &'static str,
    /// There is no such interface, so that the name is wrong.
    pub unknown: bool,
}

impl Refused {
    pub(super) fn new(interface: &str, Fault(step, error): &Fault) -> Self {
        let code = error.raw_os_error().map(Errno::from_raw_os_error);
        let denied = matches!(code, Some(Errno::PERM | Errno::ACCESS));
        let unknown = *step == Step::Name;
        let (what, hint) = match step {
            _ if denied => (
                "listening at an interface needs the capability CAP_NET_RAW".to_owned(),
                "run as root, or under a service manager that grants CAP_NET_RAW",
            ),
            Step::Name => (
                "there is no such interface".to_owned(),
                "`ip -brief link` lists the interfaces of this machine",
            ),
            Step::Link(kind) => (
                format!("hardware of kind {kind} (ARPHRD) is not read"),
                "Ethernet, loopback, raw IP tunnels and IEEE 802.11 are",
            ),
            Step::Unfiltered => (
                "its frames are of a kind that a filter cannot read".to_owned(),
                "listen there without a filter; Ethernet, loopback and raw IP tunnels have one",
            ),
            Step::Ring | Step::Map if code == Some(Errno::NOMEM) => (
                "there is no memory for the ring of 32 MiB".to_owned(),
                "free some memory, or listen at fewer interfaces",
            ),
            step => (
                format!("{} failed: {error}", doing(*step)),
                "Linux 4.20 or newer with AF_PACKET is needed",
            ),
        };
        Self {
            interface: interface.to_owned(),
            what,
            hint,
            unknown,
        }
    }

    pub(super) fn system(interface: &str, error: &io::Error) -> Self {
        Self {
            interface: interface.to_owned(),
            what: format!("the system cannot be asked about interfaces: {error}"),
            hint: "",
            unknown: false,
        }
    }

    pub(super) fn twice(interface: &str) -> Self {
        Self {
            interface: interface.to_owned(),
            what: "was named twice".to_owned(),
            hint: "name each interface once",
            unknown: true,
        }
    }

    /// How to mend it.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        self.hint
    }
}

const fn doing(step: Step) -> &'static str {
    match step {
        Step::Socket => "opening a packet socket",
        Step::Version => "asking for TPACKET_V3",
        Step::Ring => "making the ring",
        Step::Incoming => "leaving out what this machine sends (PACKET_IGNORE_OUTGOING)",
        Step::Time => "asking for time stamps",
        Step::Map => "mapping the ring",
        Step::Name => "looking up the interface",
        Step::Bind => "listening at the interface",
        Step::Link(_) => "reading the kind of hardware",
        Step::Promiscuous => "hearing what is for others (promiscuous mode)",
        Step::Filter | Step::Unfiltered => "setting a filter",
    }
}
