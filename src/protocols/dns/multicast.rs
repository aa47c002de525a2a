//! Names on the local link: multicast DNS and LLMNR, which are DNS under other names and ports.
//!
//! The list of protocols has each of them; `mdns.rs` and `llmnr.rs` say which is which. What
//! differs from DNS is that a host answers for itself, so that an answer names its sender.

use super::super::{Carrier, Opening, Probe, Protocol, Session};
use super::session::{self, Variant};
use crate::facts::{Fault, Field, Meaning};

/// A protocol that asks every host on the link.
#[derive(Debug)]
pub(in super::super) struct Multicast {
    pub(in super::super) title: &'static str,
    pub(in super::super) ports: &'static [u16],
    pub(in super::super) variant: &'static Variant,
    pub(in super::super) faults: &'static [&'static Fault],
}

impl Protocol for Multicast {
    fn name(&self) -> &'static str {
        self.variant.name
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        self.ports
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        self.variant.fields.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
    }

    fn faults(&self) -> &'static [&'static Fault] {
        self.faults
    }

    /// The message has to read as one of DNS; which of the three it is only the port can tell.
    fn probe(&self, opening: &Opening<'_>) -> Probe {
        if self.ports.iter().any(|port| opening.port(*port)) {
            session::probe_datagram(opening.octets)
        } else {
            Probe::NotMine
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        session::open(self.variant, opening.carrier)
    }
}
