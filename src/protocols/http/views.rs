//! What rules want to see of a message in one piece: all headers, their names, the body without
//! its coding. Made only when it is asked for, into memory that the connection keeps.

use super::wire::Head;
use crate::facts::Visitor;
use crate::wire::text::{find, trimmed};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::cell::RefCell;
use std::io::Read;

/// Octets of a decoded body that are looked at: as many as of a plain one.
const PLAIN: u64 = super::session::CONTENT as u64;

/// Memory for derived fields that a connection keeps; more is given back after the message.
const KEPT: usize = 16 * 1024;

/// Octets at the front of a request body in which the name of an uploaded file is looked for.
const UPLOAD_WITHIN: usize = 1024;

/// Memory for derived fields.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    text: Vec<u8>,
    /// The body without its coding, once it was asked for.
    plain: Option<Vec<u8>>,
}

/// A message: its head, and its body as far as it was seen and is looked at.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) head: Head<'a>,
    /// Without the framing of chunks, still in its content coding.
    pub(super) body: &'a [u8],
    /// The path that this answers, where it is known.
    pub(super) asked: &'a [u8],
    pub(super) scratch: RefCell<Scratch>,
}

impl Scratch {
    /// Octets that it takes on the heap.
    pub(super) fn octets(&self) -> usize {
        let plain = self.plain.as_ref().map_or(0, Vec::capacity);
        self.text.capacity() + plain
    }

    /// Ready for the next message, without memory that only a large one needed.
    pub(super) fn reset(mut self) -> Self {
        if self.text.capacity() > KEPT {
            self.text = Vec::new();
        }
        self.plain = None;
        self
    }
}

impl Told<'_> {
    /// Visits what `write` makes, where it makes anything.
    pub(super) fn made(&self, out: &mut dyn Visitor, write: impl FnOnce(&mut Vec<u8>)) {
        if let Ok(mut scratch) = self.scratch.try_borrow_mut() {
            scratch.text.clear();
            write(&mut scratch.text);
            out.any_text(&scratch.text);
        }
    }

    /// All values of a field, joined as one list (RFC 9110, 5.3).
    pub(super) fn joined(&self, name: &[u8], out: &mut dyn Visitor) {
        let mut values = self.head.values(name);
        let Some(first) = values.next() else {
            return;
        };
        if values.next().is_none() && !first.contains(&b'\n') {
            out.any_text(first);
        } else {
            self.made(out, |text| join(self.head.values(name), text));
        }
    }

    /// Cookie of a request, Set-Cookie of a response.
    pub(super) const fn cookie_name(&self) -> &'static [u8] {
        if self.head.is_request() {
            b"cookie"
        } else {
            b"set-cookie"
        }
    }

    /// Writes all fields but the cookies, one `Name: value` a line, fields of one name joined.
    pub(super) fn fields(&self, text: &mut Vec<u8>) {
        let cookie = self.cookie_name();
        for (name, _, again) in self.head.fields() {
            if !again && !name.eq_ignore_ascii_case(cookie) {
                text.extend_from_slice(name);
                text.extend_from_slice(b": ");
                join(self.head.values(name), text);
                text.extend_from_slice(b"\r\n");
            }
        }
    }

    /// Writes the names of all fields, each between line ends.
    pub(super) fn names(&self, text: &mut Vec<u8>) {
        for (name, _, again) in self.head.fields() {
            if !again {
                text.extend_from_slice(if text.is_empty() { b"\r\n" } else { b"" });
                text.extend_from_slice(name);
                text.extend_from_slice(b"\r\n");
            }
        }
        if !text.is_empty() {
            text.extend_from_slice(b"\r\n");
        }
    }

    /// Visits each field as `Name: value`.
    pub(super) fn list(&self, out: &mut dyn Visitor) {
        let Ok(mut scratch) = self.scratch.try_borrow_mut() else {
            return;
        };
        out.open_list();
        for (name, value, _) in self.head.fields() {
            let text = &mut scratch.text;
            text.clear();
            text.extend_from_slice(name);
            text.extend_from_slice(b": ");
            join(std::iter::once(value), text);
            out.text(text);
        }
        out.close_list();
    }

    /// Visits the body of a response without its coding, as far as it can be decoded.
    pub(super) fn plain(&self, out: &mut dyn Visitor) {
        let coding = self.head.value(b"content-encoding");
        let known = [&b"gzip"[..], b"deflate"];
        let Some(coding) = known
            .into_iter()
            .find(|known| find(coding, known).is_some())
        else {
            return self.sent(out);
        };
        if let Ok(mut scratch) = self.scratch.try_borrow_mut() {
            let plain = scratch
                .plain
                .get_or_insert_with(|| inflated(coding, self.body));
            if !plain.is_empty() {
                out.octets(plain);
            }
        }
    }

    /// Visits the body as it was sent.
    pub(super) fn sent(&self, out: &mut dyn Visitor) {
        if !self.body.is_empty() {
            out.octets(self.body);
        }
    }

    /// The name of the file in the body, as far as one is told: by Content-Disposition, by the
    /// first part of a form, or by the path asked for.
    pub(super) fn file_name(&self) -> &[u8] {
        if self.body.is_empty() {
            return &[];
        }
        let told = named(self.head.value(b"content-disposition"));
        let (form, path) = if self.head.is_request() {
            let front = self.body.get(..self.body.len().min(UPLOAD_WITHIN));
            let form = find(self.head.value(b"content-type"), b"multipart/").and(front);
            let put = self.head.method() == b"PUT";
            (form.and_then(named), put.then(|| self.head.target()))
        } else {
            (None, Some(self.asked))
        };
        let path = path.and_then(|path| path.split(|octet| *octet == b'?').next());
        told.or(form).or(path).unwrap_or_default()
    }
}

/// The value of `filename=` (RFC 6266, 4.3).
fn named(disposition: &[u8]) -> Option<&[u8]> {
    let at = find(disposition, b"filename=")?;
    let value = disposition.get(at + 9..)?;
    let end = |octet: &u8| matches!(octet, b';' | b'\r' | b'\n');
    let name = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|octet| *octet == b'"').next(),
        None => value.split(end).next().map(trimmed),
    };
    name.filter(|name| !name.is_empty())
}

/// Adds values with commas between, folded lines made one (RFC 9112, 5.2).
fn join<'v>(values: impl Iterator<Item = &'v [u8]>, text: &mut Vec<u8>) {
    for (nth, value) in values.enumerate() {
        if nth > 0 {
            text.extend_from_slice(b", ");
        }
        for (line, part) in value.split(|octet| *octet == b'\n').enumerate() {
            if line > 0 {
                text.push(b' ');
            }
            text.extend_from_slice(if value.contains(&b'\n') {
                part.trim_ascii()
            } else {
                part
            });
        }
    }
}

/// What gzip or deflate octets unpack to, up to [`PLAIN`]; what comes before damage counts.
fn inflated(coding: &[u8], body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    // An error only ends the text: what was unpacked before it stays.
    let _ = match (coding, body) {
        (b"gzip", _) => MultiGzDecoder::new(body)
            .take(PLAIN)
            .read_to_end(&mut plain),
        // "deflate" is the zlib format (RFC 9110, 8.4.1.2); some servers send it bare. The
        // header of zlib is a multiple of 31 whose low four bits are 8 (RFC 1950, 2.2).
        (_, [first, second, ..])
            if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0 =>
        {
            ZlibDecoder::new(body).take(PLAIN).read_to_end(&mut plain)
        }
        _ => DeflateDecoder::new(body)
            .take(PLAIN)
            .read_to_end(&mut plain),
    };
    plain
}
