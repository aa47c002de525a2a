//! S7comm-plus: the protocol of SIMATIC S7-1200 and S7-1500 controllers over ISO on TCP.
//!
//! Recognised and named: version, kind, function, sequence, session, and what the session's
//! set-up tells in clear of client and controller. The data of messages stays opaque; where
//! TLS begins, reading ends. Carriers: TCP, TPKT (RFC 1006), COTP class 0. Called through the
//! registry only.

mod fields;
mod operations;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use super::iso::{self, Frame, Sync, Tpdu, Verdict};
use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// The well-known port of ISO transport on TCP (RFC 1006).
const PORT: u16 = 102;

/// The registry entry.
#[derive(Debug)]
pub(super) struct S7commPlus;

/// What can be wrong.
struct Faults {
    tpkt: Fault,
    cotp: Fault,
    tsdu: Fault,
    protocol: Fault,
    length: Fault,
}

static FAULTS: Faults = Faults {
    tpkt: Fault {
        name: "s7comm-plus.invalid_tpkt",
        doc: "A packet begins with version 3, 0, and a length of at least 7 (RFC 1006, section 6)",
    },
    cotp: Fault {
        name: "s7comm-plus.invalid_cotp",
        doc: "The COTP header and its parameters fit the packet (X.224, section 13.2)",
    },
    tsdu: Fault {
        name: "s7comm-plus.tsdu_too_long",
        doc: "Fragments join to at most 65,536 octets (X.224, section 13.7, EOT)",
    },
    protocol: Fault {
        name: "s7comm-plus.invalid_protocol_id",
        doc: "Every PDU begins with protocol identifier 0x72 and a version of 1, 2, 3 or 255",
    },
    length: Fault {
        name: "s7comm-plus.invalid_length",
        doc: "Length and trailer fill the TSDU exactly",
    },
};

impl Protocol for S7commPlus {
    fn name(&self) -> &'static str {
        "s7comm-plus"
    }

    fn title(&self) -> &'static str {
        "S7comm-plus"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        true
    }

    fn ports(&self) -> &'static [u16] {
        &[PORT]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|row| &row.field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        static ALL: &[&Fault] = &[
            &FAULTS.tpkt,
            &FAULTS.cotp,
            &FAULTS.tsdu,
            &FAULTS.protocol,
            &FAULTS.length,
        ];
        ALL
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        if opening.carrier != Carrier::Tcp {
            return Probe::NotMine;
        }
        match walk(opening.octets) {
            Probe::NotMine if opening.midstream => {
                match iso::sync(opening.octets, session::judge) {
                    Sync::At(at) => Probe::found(at, true),
                    Sync::Maybe { at, .. } if opening.octets.len() - at >= iso::DT => Probe::More,
                    _ => Probe::NotMine,
                }
            }
            probe => probe,
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        Box::new(session::PlusSession::new(opening))
    }
}

/// Judges octets that begin with a TPKT: a connection request to SIMATIC-ROOT, or the first
/// data.
fn walk(octets: &[u8]) -> Probe {
    let mut rest = octets;
    loop {
        let length = match iso::frame(rest) {
            Frame::Whole(_, Tpdu::ConnectionRequest(c) | Tpdu::ConnectionConfirm(c))
                if c.called.starts_with(b"SIMATIC-ROOT") =>
            {
                return Probe::Certain;
            }
            Frame::Whole(_, Tpdu::Data { octets, end }) if end || !octets.is_empty() => {
                return match session::judge(octets, octets.len(), end) {
                    Verdict::Yes => Probe::Certain,
                    _ => Probe::NotMine,
                };
            }
            Frame::Whole(n, _) => n,
            Frame::Need(_) if rest.len() < iso::DT && plausible(rest) => return Probe::More,
            Frame::Need(_) => {
                return match iso::sync(rest, session::judge) {
                    // The header was judged; only the end of the PDU is missing.
                    Sync::Maybe { at: 0, .. } if rest.len() >= iso::DT + wire::HEADER => {
                        Probe::Certain
                    }
                    Sync::Maybe { at: 0, .. } => Probe::More,
                    _ if is_request(rest) => Probe::More,
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

/// Whether octets shorter than a DT header may begin a TPKT.
const fn plausible(octets: &[u8]) -> bool {
    matches!(octets, [] | [3] | [3, 0, ..])
}

/// Whether these begin a connection request or confirmation that is cut short.
const fn is_request(octets: &[u8]) -> bool {
    matches!(octets, [3, 0, _, _, _, 0xe0 | 0xd0, ..])
}
