//! A mail, line by line: its header, and the content of each of its parts without its encoding
//! (RFC 5322; RFC 2045 and 2046).
//!
//! Holds one header and one part at a time, each bounded.

use super::super::Sink;
use super::fields::{Envelope, Told};
use crate::facts::Side;
use crate::wire::text::find;
use arrayvec::ArrayVec;

/// Octets of a header that are read; mails have 1 to 8 KiB.
const HEADER: usize = 16 * 1024;

/// Octets of a part that are looked at, without its encoding.
const CONTENT: usize = 100 * 1024;

/// Parts within parts. Mail programs write three.
const DEPTH: usize = 8;

/// Longest boundary (RFC 2046, 5.1.1).
const BOUNDARY: usize = 70;

/// Octets kept of a file's name.
const NAME: usize = 256;

/// Where the reader stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Lines of a header.
    #[default]
    Header,
    /// Content of a part in this encoding.
    Content(Encoding),
    /// Lines that belong to no part, or follow a loss.
    Between,
}

/// Content-Transfer-Encoding (RFC 2045, 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Plain,
    Base64,
    QuotedPrintable,
}

/// One mail.
#[derive(Debug, Default)]
pub(super) struct Mail {
    state: State,
    /// The header of the mail itself was read.
    told: bool,
    header: Vec<u8>,
    content: Vec<u8>,
    name: ArrayVec<u8, NAME>,
    boundaries: ArrayVec<ArrayVec<u8, BOUNDARY>, DEPTH>,
    /// Bits of a base64 group that is not whole yet, and how many.
    bits: (u32, u32),
    /// The line goes on: its beginning was too long to wait for.
    within: bool,
}

impl Mail {
    /// Takes one line without its end; `whole` is false where the line goes on.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        whole: bool,
        envelope: &Envelope,
        side: Side,
        out: &mut dyn Sink,
    ) {
        let begins = !std::mem::replace(&mut self.within, !whole);
        if begins && line.starts_with(b"--") && self.is_boundary(line, side, out) {
            return;
        }
        match self.state {
            State::Header if begins && line.is_empty() => self.header_ends(envelope, side, out),
            State::Header => {
                let room = HEADER.saturating_sub(self.header.len() + 2);
                let part = line.get(..line.len().min(room)).unwrap_or_default();
                self.header.extend_from_slice(part);
                if whole && room > 0 {
                    self.header.extend_from_slice(b"\r\n");
                }
            }
            State::Content(encoding) => self.decode(encoding, line, whole),
            State::Between => {}
        }
    }

    /// Octets were lost: what was read is told, the rest of the part is passed over.
    pub(super) fn gap(&mut self, side: Side, out: &mut dyn Sink) {
        self.part_ends(side, out);
        self.state = State::Between;
    }

    /// The mail is over.
    pub(super) fn end(&mut self, envelope: &Envelope, side: Side, out: &mut dyn Sink) {
        if !self.told {
            self.header_ends(envelope, side, out);
        }
        self.part_ends(side, out);
    }

    /// Whether a line that begins with hyphens ends a part, and does so.
    fn is_boundary(&mut self, line: &[u8], side: Side, out: &mut dyn Sink) -> bool {
        let text = line.get(2..).unwrap_or_default().trim_ascii_end();
        let last = text.strip_suffix(b"--");
        let found = self.boundaries.iter().rposition(|boundary| {
            boundary.as_slice() == text || last.is_some_and(|last| boundary.as_slice() == last)
        });
        let Some(at) = found else {
            return false;
        };
        self.part_ends(side, out);
        let closes = self
            .boundaries
            .get(at)
            .is_some_and(|boundary| boundary.as_slice() != text);
        self.boundaries.truncate(if closes { at } else { at + 1 });
        self.header.clear();
        self.state = if closes {
            State::Between
        } else {
            State::Header
        };
        true
    }

    /// A header is whole: tells it if it is the mail's own, and learns how the content comes.
    fn header_ends(&mut self, envelope: &Envelope, side: Side, out: &mut dyn Sink) {
        if !std::mem::replace(&mut self.told, true) {
            let header = &self.header;
            out.message(side, &Told::Mail { envelope, header });
        }
        let mut text = Vec::new();
        value(&self.header, b"content-type", &mut text);
        self.name.clear();
        let named = parameter(&text, b"name");
        self.name.extend(named.iter().copied().take(NAME));
        if text
            .trim_ascii_start()
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"message/"))
        {
            // A mail in a mail: its header comes first.
            self.header.clear();
            return;
        }
        let boundary = parameter(&text, b"boundary");
        if find(&text, b"multipart/") == Some(0) && !boundary.is_empty() {
            // Past the bound the parts inside are read as content of the outer one.
            let boundary = boundary.iter().copied().take(BOUNDARY).collect();
            let _ = self.boundaries.try_push(boundary);
            self.state = State::Between;
            return;
        }
        text.clear();
        value(&self.header, b"content-disposition", &mut text);
        let named = parameter(&text, b"filename");
        if !named.is_empty() {
            self.name.clear();
            self.name.extend(named.iter().copied().take(NAME));
        }
        text.clear();
        value(&self.header, b"content-transfer-encoding", &mut text);
        self.bits = (0, 0);
        self.state = State::Content(match text.trim_ascii() {
            encoding if encoding.eq_ignore_ascii_case(b"base64") => Encoding::Base64,
            encoding if encoding.eq_ignore_ascii_case(b"quoted-printable") => {
                Encoding::QuotedPrintable
            }
            _ => Encoding::Plain,
        });
    }

    /// Tells the content of the part that ends here.
    fn part_ends(&mut self, side: Side, out: &mut dyn Sink) {
        if matches!(self.state, State::Content(_)) && !self.content.is_empty() {
            // The line end before a boundary belongs to the boundary (RFC 2046, 5.1.1).
            let content = self.content.strip_suffix(b"\r\n").unwrap_or(&self.content);
            let name = &self.name;
            out.message(side, &Told::Part { name, content });
        }
        self.content.clear();
    }

    fn decode(&mut self, encoding: Encoding, line: &[u8], whole: bool) {
        let room = CONTENT.saturating_sub(self.content.len());
        match encoding {
            Encoding::Plain => {
                let end: &[u8] = if whole { b"\r\n" } else { b"" };
                let octets = line.iter().chain(end).copied();
                self.content.extend(octets.take(room));
            }
            Encoding::Base64 => {
                for digit in line.iter().filter_map(|octet| base64(*octet)).take(room) {
                    let (bits, count) = self.bits;
                    let (bits, count) = ((bits << 6 | u32::from(digit)) & 0xffff, count + 6);
                    self.bits = (bits, count % 8);
                    if count >= 8 {
                        let [.., octet] = (bits >> (count - 8)).to_be_bytes();
                        self.content.push(octet);
                    }
                }
            }
            Encoding::QuotedPrintable => self.quoted(line, whole, room),
        }
    }

    /// RFC 2045, 6.7.
    fn quoted(&mut self, line: &[u8], whole: bool, room: usize) {
        let mut rest = line.get(..line.len().min(room)).unwrap_or_default();
        let soft = rest.strip_suffix(b"=");
        rest = soft.unwrap_or(rest);
        while let Some((first, after)) = rest.split_first() {
            let code = match (first, after) {
                (b'=', [high, low, ..]) => hex(*high).zip(hex(*low)),
                _ => None,
            };
            rest = match code {
                Some((high, low)) => {
                    self.content.push(high << 4 | low);
                    after.get(2..).unwrap_or_default()
                }
                None => {
                    self.content.push(*first);
                    after
                }
            };
        }
        if whole && soft.is_none() && room > line.len() + 1 {
            self.content.extend_from_slice(b"\r\n");
        }
    }
}

fn base64(octet: u8) -> Option<u8> {
    Some(match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

/// Calls `act` with each line of a header that belongs to the field of this name: the first
/// time with what follows the colon, then with the lines that go on (RFC 5322, 2.2.3).
fn lines(header: &[u8], name: &[u8], act: &mut dyn FnMut(bool, &[u8])) {
    let mut ours = false;
    for line in header.split(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if matches!(line.first(), Some(b' ' | b'\t')) {
            if ours {
                act(false, line.trim_ascii());
            }
            continue;
        }
        let colon = line.iter().position(|octet| *octet == b':');
        let field = colon.and_then(|at| line.split_at_checked(at));
        ours = field.is_some_and(|(field, _)| field.trim_ascii_end().eq_ignore_ascii_case(name));
        if let (true, Some((_, value))) = (ours, field) {
            act(true, value.get(1..).unwrap_or_default().trim_ascii());
        }
    }
}

/// Writes the first field of this name, its lines joined.
pub(super) fn value(header: &[u8], name: &[u8], into: &mut Vec<u8>) {
    let mut fields = 0;
    lines(header, name, &mut |first, line| {
        fields += u32::from(first);
        if fields == 1 {
            into.extend_from_slice(if first { b"" } else { b" " });
            into.extend_from_slice(line);
        }
    });
}

/// Calls `act` with each field of this name, its lines joined.
pub(super) fn each(header: &[u8], name: &[u8], act: &mut dyn FnMut(&[u8])) {
    let mut text = Vec::new();
    lines(header, name, &mut |first, line| {
        if first && !text.is_empty() {
            act(&text);
            text.clear();
        }
        text.extend_from_slice(if first { b"" } else { b" " });
        text.extend_from_slice(line);
    });
    if !text.is_empty() {
        act(&text);
    }
}

/// The value of a parameter, without quotes (RFC 2045, 5.1).
fn parameter<'v>(value: &'v [u8], name: &[u8]) -> &'v [u8] {
    for part in value.split(|octet| *octet == b';').skip(1) {
        let equals = part.iter().position(|octet| *octet == b'=');
        let Some((key, found)) = equals.and_then(|at| part.split_at_checked(at)) else {
            continue;
        };
        if key.trim_ascii().eq_ignore_ascii_case(name) {
            let found = found.get(1..).unwrap_or_default().trim_ascii();
            let bare = found.strip_prefix(b"\"").unwrap_or(found);
            return bare.strip_suffix(b"\"").unwrap_or(bare);
        }
    }
    &[]
}
