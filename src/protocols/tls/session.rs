//! Reads records until the content is encrypted, and gathers handshake messages that span
//! several of them.

use super::super::{Input, Session, Sink, Step};
use super::wire::{self, ContentType, RECORD_HEADER, Record, Shown};
use super::{INVALID_HANDSHAKE, INVALID_RECORD, OVERFLOW_HEARTBEAT};
use crate::facts::{Attribute, Property, Side, Stamp};
use crate::wire::text::is_printable;

/// Longest handshake message that is gathered. Certificate chains are a few KiB; the longest
/// that servers send in practice stay below 32 KiB.
const LONGEST_MESSAGE: usize = 32 * 1024;

/// One direction.
#[derive(Default)]
struct Way {
    /// The begun part of a handshake message that goes on in the next record; empty most of
    /// the time, at most [`LONGEST_MESSAGE`].
    begun: Vec<u8>,
    /// Octets of a message too long to gather that are still to come.
    passing: usize,
    /// Record borders are not known.
    lost: bool,
    /// A readable handshake message was seen.
    greeted: bool,
}

/// What is kept of one connection.
#[derive(Default)]
pub(super) struct Conversation {
    ways: (Way, Way),
}

impl Session for Conversation {
    fn held(&self) -> usize {
        self.ways.0.begun.capacity() + self.ways.1.begun.capacity()
    }

    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let way = input.side.of_mut(&mut self.ways);
        let record = match Record::read(input.octets) {
            Ok(Some(record)) => record,
            Ok(None) => return Step::Need(RECORD_HEADER.max(input.octets.len() + 1)),
            Err(()) => {
                if !std::mem::replace(&mut way.lost, true) {
                    out.fault(input.side, &INVALID_RECORD, 0);
                }
                return Step::Skip(input.octets.len());
            }
        };
        match record.content {
            ContentType::HANDSHAKE | ContentType::ALERT | ContentType::HEARTBEAT => {}
            _ => {
                way.begun = Vec::new();
                return Step::Encrypted;
            }
        }
        let whole = RECORD_HEADER + record.length;
        let Some(content) = input.octets.get(RECORD_HEADER..whole) else {
            return Step::Need(whole);
        };
        way.lost = false;
        if record.content == ContentType::HEARTBEAT {
            // One that promises more than it holds makes old servers tell their memory. Picked up
            // later it may be encrypted.
            if way.greeted && wire::is_overflowing(content) {
                out.fault(input.side, &OVERFLOW_HEARTBEAT, RECORD_HEADER);
                return Step::Malformed(whole);
            }
            return Step::Pdu(whole);
        }
        let sound = if record.content == ContentType::ALERT {
            if let [_level, description] = *content {
                out.message(input.side, &Shown::Alert(description));
            }
            true
        } else {
            way.handshake(input.side, content, out)
        };
        if sound {
            Step::Pdu(whole)
        } else {
            out.fault(input.side, &INVALID_HANDSHAKE, RECORD_HEADER);
            Step::Malformed(whole)
        }
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        // What follows need not begin with a record: no fault if it does not.
        *side.of_mut(&mut self.ways) = Way {
            lost: true,
            ..Way::default()
        };
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, _: &mut dyn Sink) {}
}

impl Way {
    /// Reads the handshake messages of a record, after the begun part of the first of them.
    /// Says whether all could be read.
    fn handshake(&mut self, side: Side, content: &[u8], out: &mut dyn Sink) -> bool {
        let passed = self.passing.min(content.len());
        self.passing -= passed;
        let mut content = content.get(passed..).unwrap_or_default();
        let mut sound = true;
        while !content.is_empty() {
            if self.begun.is_empty() {
                let Some((kind, body, rest)) = split(content) else {
                    self.begin(content);
                    break;
                };
                self.greeted = true;
                sound &= tell(side, kind, body, out);
                content = rest;
            } else {
                content = self.complete(content);
                if let Some((kind, body, _)) = split(&self.begun) {
                    sound &= tell(side, kind, body, out);
                    self.begun = Vec::new();
                }
            }
        }
        sound
    }

    /// Keeps the beginning of a message, or passes over one that is too long.
    fn begin(&mut self, content: &[u8]) {
        match length(content) {
            Some(length) if length > LONGEST_MESSAGE => {
                self.passing = length.saturating_sub(content.len());
            }
            _ => self.begun.extend_from_slice(content),
        }
    }

    /// Adds what the begun message lacks, and hands back the rest.
    fn complete<'c>(&mut self, content: &'c [u8]) -> &'c [u8] {
        let mut content = content;
        // First its header, then what the header promises.
        for _ in 0..2 {
            let whole = length(&self.begun).unwrap_or(HEADER);
            if whole > LONGEST_MESSAGE {
                let left = whole - self.begun.len();
                self.passing = left.saturating_sub(content.len());
                self.begun = Vec::new();
                return content.get(left..).unwrap_or_default();
            }
            let lacking = whole.saturating_sub(self.begun.len()).min(content.len());
            let (taken, rest) = content.split_at_checked(lacking).unwrap_or((content, &[]));
            self.begun.extend_from_slice(taken);
            content = rest;
        }
        content
    }
}

/// Octets of type and length before a handshake message (RFC 8446, 4).
const HEADER: usize = 4;

/// Length of the handshake message that begins here, with its header.
fn length(message: &[u8]) -> Option<usize> {
    let [_, a, b, c] = *message.first_chunk::<HEADER>()?;
    usize::try_from(u32::from_be_bytes([0, a, b, c]))
        .ok()?
        .checked_add(HEADER)
}

/// The handshake message that begins here, if all of it is here, and what follows.
fn split(content: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (message, rest) = content.split_at_checked(length(content)?)?;
    Some((*message.first()?, message.get(HEADER..)?, rest))
}

/// Tells one handshake message; says whether it could be read.
fn tell(side: Side, kind: u8, body: &[u8], out: &mut dyn Sink) -> bool {
    let Ok(shown) = wire::handshake(kind, body) else {
        return false;
    };
    let Some(shown) = shown else {
        return true;
    };
    out.message(side, &shown);
    match shown {
        Shown::ClientHello(hello) => {
            out.server(side.other());
            // What the client calls the server; an address is no name.
            let address = hello
                .server_name
                .iter()
                .all(|octet| octet.is_ascii_digit() || *octet == b'.');
            if is_printable(hello.server_name) && !address {
                let name = Attribute::of(side.other(), Property::Name, hello.server_name);
                out.attribute(&name);
            }
        }
        Shown::ServerHello(_) => out.server(side),
        Shown::Certificate(certificate) => {
            let subject = certificate.subject;
            let name = subject.common_name();
            // A name of a host has no blanks, and one with a wildcard belongs to many.
            let host = name.iter().all(|octet| !matches!(octet, b' ' | b'*'));
            if host && is_printable(name) {
                out.attribute(&Attribute::of(side, Property::Name, name));
            }
            let text = subject.text::<256>();
            if !text.is_empty() {
                out.attribute(&Attribute::of(side, Property::Description, &text));
            }
        }
        Shown::Alert(_) => {}
    }
    true
}
