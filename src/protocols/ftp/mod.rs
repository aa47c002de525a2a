//! FTP (RFC 959), its control connection: who logs in, and which files go which way.
//!
//! Called by the sensor's conversations. Passwords are not told. The data connections carry
//! nothing by which they could be recognised.

mod fields;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Class, Fault, Field, Meaning, Technique};

/// The File Transfer Protocol.
pub(super) struct Ftp;

const NAME: &str = "ftp";

const INVALID_LINE: Fault = Fault {
    name: "ftp.invalid_line",
    doc: "Lines of text of at most 1024 octets: commands one way, replies the other (RFC 959, 4)",
};

/// USER and PASS.
static LOGIN: Meaning = Meaning {
    name: "ftp login",
    class: Class::Authenticate,
    criticality: 1,
    techniques: &[],
};

/// RETR.
static DOWNLOAD: Meaning = Meaning {
    name: "ftp download",
    class: Class::File,
    criticality: 2,
    techniques: &[],
};

/// STOR, STOU, APPE: lateral tool transfer, where it is one.
static UPLOAD: Meaning = Meaning {
    name: "ftp upload",
    class: Class::File,
    criticality: 3,
    techniques: &[Technique(867)],
};

/// DELE, RMD, RNFR and RNTO.
static CHANGE: Meaning = Meaning {
    name: "ftp delete or rename",
    class: Class::File,
    criticality: 3,
    techniques: &[Technique(809)],
};

impl Protocol for Ftp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "File Transfer Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[21]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        const { &[&LOGIN, &DOWNLOAD, &UPLOAD, &CHANGE] }
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&INVALID_LINE]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        // Mail servers greet with the same words.
        if [25, 465, 587].iter().any(|port| opening.port(*port)) {
            return Probe::NotMine;
        }
        wire::probe(opening.octets)
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
