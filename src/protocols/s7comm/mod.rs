//! S7comm: the protocol of SIMATIC S7-300 and S7-400 controllers, and of the compatible
//! services of S7-1200 and S7-1500 (PUT/GET), over ISO on TCP.
//!
//! Carriers: TCP, TPKT (RFC 1006), COTP class 0 (ISO/IEC 8073). The manufacturer publishes no
//! standard; [`wire`] says what the layout rests on. S7comm-plus, whose PDUs begin with 0x72
//! on the same transport, has its own room. Called through the registry only.

mod act;
mod alarms;
mod blocks;
mod errors;
mod fields;
mod functions;
mod items;
mod jobs;
mod operations;
mod pending;
mod pieces;
mod roles;
mod session;
mod subscriptions;
mod szl;
mod userdata;
mod values;
mod wire;

#[cfg(test)]
mod tests;

use super::iso::{self, Connection, Frame, Sync, Tpdu, Verdict};
use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Legend, Meaning};

/// The well-known port of ISO transport on TCP (RFC 1006).
const PORT: u16 = 102;

/// Octets of a running conversation that may pass before it is given up: on the well-known
/// port a PDU in full length and the start of the next one must be among them.
const PATIENCE: usize = 4096;

/// The registry entry.
#[derive(Debug)]
pub(super) struct S7comm;

/// What can be wrong.
struct Faults {
    tpkt: Fault,
    cotp: Fault,
    tsdu: Fault,
    protocol: Fault,
    rosctr: Fault,
    length: Fault,
    content: Fault,
}

static FAULTS: Faults = Faults {
    tpkt: Fault {
        name: "s7comm.invalid_tpkt",
        doc: "A packet begins with version 3, 0, and a length of at least 7 (RFC 1006, section 6)",
    },
    cotp: Fault {
        name: "s7comm.invalid_cotp",
        doc: "The COTP header and its parameters fit the packet (X.224, section 13.2)",
    },
    tsdu: Fault {
        name: "s7comm.tsdu_too_long",
        doc: "Fragments join to at most 65,536 octets (X.224, section 13.7, EOT)",
    },
    protocol: Fault {
        name: "s7comm.invalid_protocol_id",
        doc: "Every PDU of the conversation begins with protocol identifier 0x32",
    },
    rosctr: Fault {
        name: "s7comm.invalid_rosctr",
        doc: "The kind of PDU is 1 job, 2 ack, 3 ack-data or 7 userdata",
    },
    length: Fault {
        name: "s7comm.invalid_length",
        doc: "Header, parameter and data part together fill the TSDU exactly",
    },
    content: Fault {
        name: "s7comm.invalid_items",
        doc: "The items of a read or write fill their parts as their count promises",
    },
};

impl Protocol for S7comm {
    fn name(&self) -> &'static str {
        "s7comm"
    }

    fn title(&self) -> &'static str {
        "S7comm"
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
        fields::row(index).map(|row| &row.field)
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
            &FAULTS.rosctr,
            &FAULTS.length,
            &FAULTS.content,
        ];
        ALL
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        if opening.carrier != Carrier::Tcp {
            return Probe::NotMine;
        }
        match walk(opening.octets) {
            Probe::NotMine if opening.midstream => inside(opening),
            probe => probe,
        }
    }

    fn legend<'a>(&self, program: &'a [u8]) -> Option<Legend<'a>> {
        pieces::legend(program)
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        Box::new(session::S7Session::new(opening))
    }
}

/// Judges octets that begin with a TPKT: the first data decides, a connection request with
/// the selectors of a rack and slot is a strong hint.
fn walk(octets: &[u8]) -> Probe {
    let mut rest = octets;
    let mut hint = Probe::More;
    loop {
        let length = match iso::frame(rest) {
            Frame::Whole(_, Tpdu::Data { octets, end }) if end || !octets.is_empty() => {
                return match session::judge(octets, octets.len(), end) {
                    Verdict::Yes => Probe::Certain,
                    _ => Probe::NotMine,
                };
            }
            Frame::Whole(n, Tpdu::ConnectionRequest(c) | Tpdu::ConnectionConfirm(c)) => {
                match selectors(&c) {
                    Probe::NotMine => return Probe::NotMine,
                    probe => hint = probe,
                }
                n
            }
            Frame::Whole(n, _) => n,
            Frame::Need(_) => {
                return match iso::sync(rest, session::judge) {
                    // The header was judged; only the end of the PDU is missing.
                    Sync::Maybe { at: 0, .. } if rest.len() >= iso::DT + wire::HEADER => {
                        Probe::Certain
                    }
                    Sync::Maybe { at: 0, .. } => hint,
                    _ if rest.is_empty() || is_connection(rest) => hint,
                    _ => Probe::NotMine,
                };
            }
            Frame::Malformed(_) | Frame::Broken => return Probe::NotMine,
        };
        rest = rest.get(length..).unwrap_or_default();
    }
}

/// Whether these may be the first octets of a connection request, confirmation or refusal.
fn is_connection(octets: &[u8]) -> bool {
    match octets {
        [3] | [3, 0] | [3, 0, _] | [3, 0, _, _] | [3, 0, _, _, _] => true,
        [3, 0, _, _, _, code, ..] => matches!(code >> 4, 0x8 | 0xd | 0xe),
        _ => false,
    }
}

/// What the selectors of a connection say: rack and slot are S7comm's, names of the form
/// SIMATIC-ROOT are S7comm-plus's, anything else must be told by the data.
fn selectors(connection: &Connection<'_>) -> Probe {
    match connection.called {
        [1..=3, _] => Probe::Unsure,
        name if name.starts_with(b"SIMATIC-ROOT") => Probe::NotMine,
        _ => Probe::More,
    }
}

/// Judges octets from the middle of a conversation.
fn inside(opening: &Opening<'_>) -> Probe {
    match iso::sync(opening.octets, session::judge) {
        Sync::At(at) => Probe::found(at, true),
        Sync::Maybe { at, .. } if opening.octets.len() - at >= iso::DT => Probe::More,
        _ if opening.port(PORT) && opening.octets.len() < PATIENCE => Probe::More,
        _ => Probe::NotMine,
    }
}
