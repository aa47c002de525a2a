//! Modbus over TCP and UDP, with the MBAP header or as RTU frames, and UMAS inside it.
//!
//! MODBUS Application Protocol Specification V1.1b3, MODBUS Messaging on TCP/IP
//! Implementation Guide V1.0b, MODBUS over Serial Line Specification and Implementation Guide
//! V1.02. Used by the sensor through the registry.
//!
//! | file | what |
//! |---|---|
//! | `wire/` | octets to views: header, requests, responses, codes, faults |
//! | `umas/` | Schneider Electric's engineering protocol in function 90 |
//! | `rtu` | frames without a header: border and CRC |
//! | `probe` | is it Modbus |
//! | `sync` | where does the next ADU begin |
//! | `session` | cuts both sides into ADUs |
//! | `roles` | which side is the server |
//! | `outstanding`, `exchange` | requests and their responses |
//! | `operations/` | what they do to the device |
//! | `identity` | what they tell of the device |
//! | `message`, `fields` | what rules and outputs can ask |

mod exchange;
mod fields;
mod identity;
mod message;
mod operations;
mod outstanding;
mod probe;
mod roles;
mod rtu;
mod session;
mod sync;
mod umas;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};
use session::Conversation;

/// Name in rules and events.
const NAME: &str = "modbus";

/// The registered port (IANA `mbap`).
const PORT: u16 = 502;

/// How ADUs are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// With the MBAP header, over TCP or UDP.
    Tcp,
    /// As on a serial line, with a CRC.
    Rtu,
}

/// The protocol.
#[derive(Debug)]
pub(super) struct Modbus;

impl Protocol for Modbus {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Modbus"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp, Carrier::Udp]
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
        &operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        wire::faults::FAULTS
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match probe::tcp(opening) {
            Probe::NotMine => probe::rtu(opening),
            // RTU may already be certain where a header still might come.
            Probe::More => match probe::rtu(opening) {
                Probe::NotMine => Probe::More,
                probe => probe,
            },
            probe => probe,
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        let framing = match (probe::tcp(opening), probe::rtu(opening)) {
            (Probe::NotMine | Probe::More, Probe::Certain | Probe::Unsure) => Framing::Rtu,
            _ => Framing::Tcp,
        };
        Box::new(Conversation::new(opening, framing))
    }
}
