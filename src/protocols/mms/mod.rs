//! MMS (ISO 9506-2:2003), as IEC 61850-8-1 and IEC 60870-6 (TASE.2) use it: who asks which
//! service of whom, on which variable, program, domain or file, and how that ended.
//!
//! Carriers: TCP, TPKT (RFC 1006), COTP class 0, then ISO session (X.225), presentation (X.226)
//! and ACSE (X.227), or MMS right on COTP. Of values the first of a request or response is read. Called through the registry
//! only.

mod data;
mod fields;
mod operations;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::iso::{self, Frame, Sync, Tpdu, Verdict};
use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// Manufacturing message specification.
#[derive(Debug)]
pub(super) struct Mms;

const NAME: &str = "mms";

const TPKT: Fault = Fault {
    name: "mms.invalid_tpkt",
    doc: "A packet begins with version 3, 0, and a length of at least 7 (RFC 1006, section 6)",
};

const CONTENT: Fault = Fault {
    name: "mms.malformed_pdu",
    doc: "Session, presentation and one MMS PDU fill the TSDU (X.225, X.226, ISO 9506-2)",
};

impl Protocol for Mms {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "MMS (IEC 61850)"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        true
    }

    fn ports(&self) -> &'static [u16] {
        &[102]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&TPKT, &CONTENT]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match walk(opening.octets) {
            Probe::NotMine if opening.midstream => match iso::sync(opening.octets, wire::judge) {
                Sync::At(at) => Probe::found(at, true),
                Sync::Maybe { at, .. } if opening.octets.len() - at >= iso::DT => Probe::More,
                _ => Probe::NotMine,
            },
            probe => probe,
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        Box::new(session::Conversation::new(opening))
    }
}

/// Judges octets that begin with a TPKT: the first data decides.
fn walk(octets: &[u8]) -> Probe {
    let mut rest = octets;
    loop {
        let length = match iso::frame(rest) {
            Frame::Whole(_, Tpdu::Data { octets, end }) if end || !octets.is_empty() => {
                return match wire::judge(octets, octets.len(), end) {
                    Verdict::Yes => Probe::Certain,
                    _ => Probe::NotMine,
                };
            }
            Frame::Whole(n, _) => n,
            Frame::Need(_) => {
                return match iso::sync(rest, wire::judge) {
                    Sync::Maybe { at: 0, .. } => Probe::More,
                    _ => Probe::NotMine,
                };
            }
            Frame::Malformed(_) | Frame::Broken => return Probe::NotMine,
        };
        rest = rest.get(length..).unwrap_or_default();
        if rest.is_empty() {
            return Probe::NotMine;
        }
    }
}
