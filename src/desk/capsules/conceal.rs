//! Secrets in the packets of a capsule, overwritten octet for octet.
//!
//! A secret may stand in another segment than the name before it, and a password that a terminal
//! asks for has no name at all. So each direction of a conversation keeps its unfinished line,
//! and whether the other side has just asked for a password. Used while a capsule is packed.

use super::gather::Kept;
use crate::desk::secrets;
use crate::facts::Side;
use crate::flow::Key;
use crate::wire::{self, Checksums, Transport};
use std::collections::HashMap;

/// Octets kept of an unfinished line: its beginning has the name that counts.
const LINE: usize = 512;

/// What is in a line that asks for a password: Telnet, rlogin, consoles behind a port.
const PROMPTS: [&[u8]; 8] = [
    b"password",
    b"passwd",
    b"passphrase",
    b"passcode",
    b"passwort",
    b"kata sandi",
    b"mot de passe",
    b"wachtwoord",
];

/// Most secrets of one direction whose places are remembered, for when they are sent again.
const PLACES: usize = 1024;

/// What one side of a conversation has sent. A capsule has some thousand packets, so there are
/// no more of these.
#[derive(Debug, Default)]
struct Sent {
    /// The sequence number of the segment last read, and the unfinished line before it.
    last: Option<u32>,
    before: Vec<u8>,
    /// The unfinished line after it.
    line: Vec<u8>,
    /// The other side asked for a password, which goes on to the end of the line.
    asked: bool,
    /// Where secrets stood, by their sequence numbers: the first, and how many octets.
    places: Vec<(u32, u32)>,
}

/// Overwrites secrets in packets, which come in their order.
#[derive(Debug, Default)]
pub(super) struct Concealer(HashMap<(Key, bool), Sent>);

impl Concealer {
    /// Overwrites the secrets of a packet: whether there were any.
    pub(super) fn conceal(&mut self, kept: &mut Kept) -> bool {
        let link = kept.link.0.into();
        let headers = wire::read(link, &kept.octets, kept.original, Checksums::Header);
        let mut octets = kept.octets.to_vec();
        let mut found = secrets::overwrite(&mut octets);
        let (from, to) = (headers.content.0 as usize, headers.content.1 as usize);
        for place in secrets::content(kept.octets.get(from..to).unwrap_or_default()) {
            let secret = octets
                .get_mut(from..to)
                .and_then(|text| text.get_mut(place));
            if let Some(secret) = secret {
                secret.fill(b'*');
                found = true;
            }
        }
        if let (Transport::Tcp(tcp), Some((key, side)), Some(content)) = (
            headers.transport,
            Key::of(&headers),
            octets.get_mut(from..to),
        ) && !content.is_empty()
        {
            // What was there before the line above took it away.
            let plain = kept.octets.get(from..to).unwrap_or_default();
            let low = side == Side::Low;
            let sent = self.0.entry((key, low)).or_default();
            found |= sent.take(tcp.sequence, plain, content);
            if asks(&sent.line, plain) {
                self.0.entry((key, !low)).or_default().asked = true;
            }
        }
        if found {
            kept.octets = octets.into();
        }
        found
    }
}

impl Sent {
    /// Takes the next segment, and overwrites what is secret in it.
    fn take(&mut self, sequence: u32, plain: &[u8], content: &mut [u8]) -> bool {
        // A segment that came again stands where it stood.
        match self.last == Some(sequence) {
            true => self.line.clone_from(&self.before),
            false => self.before.clone_from(&self.line),
        }
        self.last = Some(sequence);
        let ahead = self.line.len();
        let mut text = std::mem::take(&mut self.line);
        text.extend_from_slice(plain);
        let mut found = self.again(sequence, content);
        for place in secrets::places(&text) {
            let place = place.start.max(ahead) - ahead..place.end.saturating_sub(ahead);
            if let Some(secret) = content.get_mut(place).filter(|secret| !secret.is_empty()) {
                secret.fill(b'*');
                found = true;
            }
        }
        if self.asked {
            let end = plain
                .iter()
                .position(|octet| matches!(octet, b'\r' | b'\n'));
            let typed = content.iter_mut().take(end.unwrap_or(plain.len()));
            // Commands of Telnet (RFC 854) and their options are no part of what is typed.
            for octet in typed.filter(|octet| (b' '..0xf0).contains(*octet)) {
                *octet = b'*';
                found = true;
            }
            self.asked = end.is_none();
        }
        self.remember(sequence, plain, content);
        let line = text.iter().rposition(|octet| *octet == b'\n');
        self.line = text.split_off(line.map_or(0, |at| at + 1));
        self.line.truncate(LINE);
        found
    }
}

impl Sent {
    /// Overwrites what was a secret when it was sent before.
    fn again(&self, sequence: u32, content: &mut [u8]) -> bool {
        let mut found = false;
        for (first, length) in &self.places {
            // Where the secret begins as seen from this segment: numbers turn over at 2^32.
            let from = i64::from(first.wrapping_sub(sequence).cast_signed());
            let place = |at: i64| usize::try_from(at.max(0)).unwrap_or(usize::MAX);
            let (start, end) = (place(from), place(from + i64::from(*length)));
            let secret = content.get_mut(start..end.min(content.len()).max(start));
            if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
                secret.fill(b'*');
                found = true;
            }
        }
        found
    }

    /// Remembers what was overwritten in a segment.
    fn remember(&mut self, sequence: u32, plain: &[u8], content: &[u8]) {
        let mut changed = plain.iter().zip(content).map(|(plain, now)| plain != now);
        let (mut at, mut begun) = (0_u32, None);
        loop {
            let next = changed.next();
            match (next, begun) {
                (Some(true), None) => begun = Some(at),
                (Some(false) | None, Some(start)) => {
                    if self.places.len() < PLACES {
                        self.places.push((sequence.wrapping_add(start), at - start));
                    }
                    begun = None;
                }
                _ => {}
            }
            if next.is_none() {
                return;
            }
            at += 1;
        }
    }
}

/// Whether a line asks for a password: an unfinished one that has the word and ends with a colon,
/// or one of SMTP that waits for credentials (334; RFC 4954, 4).
fn asks(line: &[u8], finished: &[u8]) -> bool {
    let asked = line.trim_ascii_end().to_ascii_lowercase();
    let has = |prompt: &&[u8]| asked.windows(prompt.len()).any(|part| part == *prompt);
    asked.ends_with(b":") && PROMPTS.iter().any(has) || finished.starts_with(b"334 ")
}
