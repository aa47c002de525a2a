//! HTTP/1 (RFC 9110, RFC 9112): which pages are asked of which web server, and what the server
//! says it is.
//!
//! Called by the sensor's conversations. A message is told when its body was seen, or as much of
//! it as is looked at; of an HTML page the title is kept, for on embedded servers it names the
//! device.

mod body;
mod faults;
mod fields;
mod operations;
mod session;
mod uri;
mod views;
mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};

/// The Hypertext Transfer Protocol, version 1.
pub(super) struct Http;

const NAME: &str = "http";

impl Protocol for Http {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Hypertext Transfer Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[80, 8080]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        faults::FAULTS
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        wire::probe(opening.octets)
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<session::Conversation>::default()
    }
}
