//! Octets to a view of one head: start line and the fields that matter.

use super::super::Probe;
use crate::wire::text::{decimal, find, line, trimmed};

/// Longest head that is waited for. Servers accept 8 KiB (Apache) to 16 KiB (IIS).
pub(super) const LONGEST_HEAD: usize = 16 * 1024;

/// Longest start line that is waited for (RFC 9112, 3: at least 8000 octets).
pub(super) const LONGEST_LINE: usize = 8 * 1024;

/// Longest method name in the IANA registry is `UPDATEREDIRECTREF`.
const LONGEST_METHOD: usize = 17;

/// The first line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start<'a> {
    Request { method: &'a [u8], uri: &'a [u8] },
    Response { status: u16 },
}

impl<'a> Start<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        if let Some(rest) = line.strip_prefix(b"HTTP/1.") {
            let [b'0' | b'1', b' ', code @ ..] = rest else {
                return None;
            };
            let digits = code.get(..3)?;
            let status = decimal(digits).filter(|status| (100..600).contains(status))?;
            return matches!(code.get(3), None | Some(b' ')).then_some(Self::Response {
                status: u16::try_from(status).ok()?,
            });
        }
        let space = line.iter().position(|octet| *octet == b' ')?;
        let (method, rest) = line.split_at_checked(space)?;
        let uri = rest
            .strip_prefix(b" ")?
            .strip_suffix(b" HTTP/1.1")
            .or_else(|| rest.strip_prefix(b" ")?.strip_suffix(b" HTTP/1.0"))?;
        (is_method(method) && !uri.is_empty()).then_some(Self::Request { method, uri })
    }
}

/// Methods in use are upper-case letters and hyphens.
fn is_method(method: &[u8]) -> bool {
    (3..=LONGEST_METHOD).contains(&method.len())
        && method
            .iter()
            .all(|octet| octet.is_ascii_uppercase() || *octet == b'-')
}

/// Whether octets begin with the first line of a message.
pub(super) fn probe(octets: &[u8]) -> Probe {
    if let Some((line, _)) = line(octets) {
        return match Start::read(line) {
            Some(_) => Probe::Certain,
            None => Probe::NotMine,
        };
    }
    let response = b"HTTP/1.";
    let begun = octets.get(..octets.len().min(response.len()));
    let method = octets
        .split(|octet| *octet == b' ')
        .next()
        .unwrap_or_default();
    let request = if method.len() == octets.len() {
        method.len() <= LONGEST_METHOD && method.iter().all(u8::is_ascii_uppercase)
    } else {
        is_method(method)
    };
    let possible = request || begun.is_some_and(|begun| response.starts_with(begun));
    if possible
        && octets.len() < LONGEST_LINE
        && octets.iter().all(|octet| *octet >= 0x20 || *octet == b'\r')
    {
        Probe::More
    } else {
        Probe::NotMine
    }
}

/// One head; texts that were not sent are empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub(super) start: Start<'a>,
    pub(super) host: &'a [u8],
    pub(super) user_agent: &'a [u8],
    pub(super) server: &'a [u8],
    pub(super) content_type: &'a [u8],
    pub(super) location: &'a [u8],
    /// Scheme of the credentials sent, without them.
    pub(super) authorization: &'a [u8],
    /// What the server asks credentials for.
    pub(super) realm: &'a [u8],
    pub(super) length: Option<u64>,
    pub(super) chunked: bool,
    /// The body is compressed.
    pub(super) encoded: bool,
    /// Every field could be read.
    pub(super) sound: bool,
}

impl<'a> Head<'a> {
    /// Reads a whole head, from its first line to the empty one.
    pub(super) fn read(head: &'a [u8]) -> Option<Self> {
        let (first, mut at) = line(head)?;
        let mut read = Self {
            start: Start::read(first)?,
            host: &[],
            user_agent: &[],
            server: &[],
            content_type: &[],
            location: &[],
            authorization: &[],
            realm: &[],
            length: None,
            chunked: false,
            encoded: false,
            sound: true,
        };
        while let Some((field, length)) = line(head.get(at..)?) {
            at += length;
            if field.is_empty() {
                break;
            }
            read.sound &= read.field(field).is_some();
        }
        Some(read)
    }

    fn field(&mut self, field: &'a [u8]) -> Option<()> {
        let colon = field.iter().position(|octet| *octet == b':')?;
        let (name, value) = field.split_at_checked(colon)?;
        let value = trimmed(value.strip_prefix(b":")?);
        let named = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        if named("content-length") {
            let length = decimal(value)?;
            if self
                .length
                .replace(length)
                .is_some_and(|before| before != length)
            {
                return None;
            }
        } else if named("transfer-encoding") {
            self.chunked = find(value, b"chunked").is_some();
        } else if named("content-encoding") {
            self.encoded = !value.eq_ignore_ascii_case(b"identity");
        } else if named("authorization") {
            self.authorization = value.split(|octet| *octet == b' ').next()?;
        } else if named("www-authenticate") {
            self.realm = realm(value).unwrap_or_default();
        } else {
            let slot = match name.first()?.to_ascii_lowercase() {
                b'h' if named("host") => &mut self.host,
                b'u' if named("user-agent") => &mut self.user_agent,
                b's' if named("server") => &mut self.server,
                b'c' if named("content-type") => &mut self.content_type,
                b'l' if named("location") => &mut self.location,
                _ => return Some(()),
            };
            *slot = value;
        }
        Some(())
    }
}

/// The quoted realm of a challenge (RFC 9110, 11.5).
fn realm(challenge: &[u8]) -> Option<&[u8]> {
    let at = find(challenge, b"realm=\"")?;
    let rest = challenge.get(at + 7..)?;
    rest.split(|octet| *octet == b'"').next()
}

/// Where the head that begins these octets ends, looking only at what follows `scanned`.
pub(super) fn head_end(octets: &[u8], scanned: usize) -> Option<usize> {
    // An end may lie across what was scanned before: three octets of it at most.
    let from = scanned.saturating_sub(3);
    let fresh = octets.get(from..)?;
    let mut ends = fresh
        .iter()
        .enumerate()
        .filter(|(_, octet)| **octet == b'\n');
    ends.find_map(|(at, _)| match fresh.get(at + 1..)? {
        [b'\n', ..] => Some(from + at + 2),
        [b'\r', b'\n', ..] => Some(from + at + 3),
        _ => None,
    })
}

/// The title of an HTML page, if it begins and ends in these octets.
pub(super) fn title(page: &[u8]) -> Option<&[u8]> {
    let rest = page.get(find(page, b"<title")? + 6..)?;
    let open = rest.iter().position(|octet| *octet == b'>')?;
    let rest = rest.get(open + 1..)?;
    let close = rest.iter().position(|octet| *octet == b'<')?;
    let title = trimmed(rest.get(..close)?);
    (!title.is_empty()).then_some(title)
}
