//! DNP3 (IEEE Std 1815-2012) over TCP and UDP: the protocol of electric, water and gas
//! telecontrol, port 20000.
//!
//! An octet meets the files in this order: `link` (frames, CRCs), `transport` (segments to
//! fragments), `wire` (application header), `headers` (object headers and their points),
//! `objects`, `commands` and `files` (what a point says). `session` drives them, `pairs`
//! remembers, `items` and `outcome` turn a request and its answer into an operation with a
//! meaning from `operations`; `fields` and `faults` are the tables. Section numbers in this
//! folder are those of the standard.

mod commands;
mod faults;
mod fields;
mod files;
mod headers;
mod items;
mod link;
mod objects;
mod operations;
mod outcome;
mod pairs;
mod pieces;
mod session;
#[cfg(test)]
mod tests;
mod transport;
mod wire;

use super::{Carrier, Opening, Probe, Protocol, Session};
use crate::facts::{Fault, Field, Meaning};
use link::Start;

/// DNP3 over TCP and UDP.
#[derive(Debug)]
pub(super) struct Dnp3;

/// Registered port of outstations.
const PORT: u16 = 20_000;

impl Protocol for Dnp3 {
    fn name(&self) -> &'static str {
        "dnp3"
    }

    fn title(&self) -> &'static str {
        "DNP3"
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
        fields::field(index)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        faults::FAULTS
    }

    /// Start octets and a header with a right CRC are proof: by chance they stand together at
    /// one place in four thousand million.
    fn probe(&self, opening: &Opening<'_>) -> Probe {
        let octets = opening.octets;
        let stream = opening.carrier == Carrier::Tcp;
        match link::start(octets) {
            Start::Frame(_) | Start::TooShort => return Probe::Certain,
            Start::Partial if stream => return Probe::More,
            Start::Partial => return Probe::NotMine,
            Start::BadCrc | Start::Foreign => {}
        }
        // A damaged first frame, or octets from the middle of one: look for the next header,
        // at most one frame further on.
        let at_home = opening.port(PORT);
        if !(at_home || opening.midstream && stream) {
            return Probe::NotMine;
        }
        let reach = link::MAX_FRAME + link::HEADER;
        let near = octets.get(..reach).unwrap_or(octets);
        let next = link::resync(near, 1);
        match near.get(next..).map(link::start) {
            Some(Start::Frame(_) | Start::TooShort) => Probe::found(next, true),
            _ if stream && at_home && octets.len() < reach => Probe::More,
            _ => Probe::NotMine,
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        Box::new(session::Dnp3::new(opening))
    }
}
