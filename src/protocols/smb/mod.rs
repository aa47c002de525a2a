//! SMB versions 1 to 3 (MS-CIFS, MS-SMB2) over NetBIOS sessions or direct TCP: who logs in
//! where, which files and pipes are opened, what is called in the pipes, and the names that NTLM
//! tells (MS-NLMP).
//!
//! Called by the sensor's conversations. Of long messages only the head is read; version 3
//! encryption ends the reading of a side.

mod fields;
mod ntlm;
mod operations;
mod session;
mod version1;
mod version2;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// Server Message Block.
pub(super) struct Smb;

const NAME: &str = "smb";

const MALFORMED: Fault = Fault {
    name: "smb.malformed_data",
    doc: "A session header, then a message of a known version (RFC 1002, 4.3; MS-SMB2, 2.1)",
};

impl Protocol for Smb {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Server Message Block"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[445, 139]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::field(index)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&MALFORMED]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        wire::probe(opening.octets)
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
