//! What GOOSE and sampled values share: messages of IEC 61850 that are published on Ethernet,
//! recognised by their frame alone, without ports, requests or operations.
//!
//! The list of protocols has each of them; `goose.rs` and `sv.rs` say what they are.

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// A protocol that publishes.
pub(super) struct Published {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) carriers: &'static [Carrier],
    pub(super) field: fn(usize) -> Option<&'static Field>,
    pub(super) faults: &'static [&'static Fault],
    /// Whether the octets of a frame are a message of it.
    pub(super) reads: fn(&[u8]) -> bool,
    pub(super) open: fn() -> Box<dyn Session>,
}

impl Protocol for Published {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn carriers(&self) -> &'static [Carrier] {
        self.carriers
    }

    fn industrial(&self) -> bool {
        true
    }

    fn ports(&self) -> &'static [u16] {
        &[]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        (self.field)(index)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
    }

    fn faults(&self) -> &'static [&'static Fault] {
        self.faults
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        if (self.reads)(opening.octets) {
            Probe::Certain
        } else {
            Probe::NotMine
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        (self.open)()
    }
}
