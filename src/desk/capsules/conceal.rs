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

/// Ends of what asks for a password: Telnet, rlogin, consoles behind a port.
const PROMPTS: [&[u8]; 4] = [b"password", b"passwd", b"passphrase", b"kata sandi"];

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
            if asks(&sent.line) {
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
        let mut found = false;
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
        let line = text.iter().rposition(|octet| *octet == b'\n');
        self.line = text.split_off(line.map_or(0, |at| at + 1));
        self.line.truncate(LINE);
        found
    }
}

/// Whether a line asks for a password: it ends with the word, a colon and blanks.
fn asks(line: &[u8]) -> bool {
    let Some(asked) = line.trim_ascii_end().strip_suffix(b":") else {
        return false;
    };
    let asked = asked.trim_ascii_end().to_ascii_lowercase();
    PROMPTS.iter().any(|prompt| asked.ends_with(prompt))
}
