//! Octets to a view of one head: start line and fields.

use super::super::Probe;
use crate::wire::text::{decimal, find, line, trimmed};

/// Longest head that is waited for. Servers accept 8 KiB (Apache) to 16 KiB (IIS); with 100 KiB
/// of body in each direction a connection holds 256 KiB at most.
pub(super) const LONGEST_HEAD: usize = 28 * 1024;

/// Longest start line that is waited for (RFC 9112, 3: at least 8000 octets).
const LONGEST_LINE: usize = 8 * 1024;

/// Longest method name in the IANA registry is `UPDATEREDIRECTREF`.
const LONGEST_METHOD: usize = 17;

/// Octets of an unfinished request line that prove it: no other protocol sends so much text
/// behind a method and a path.
const PROOF: usize = 256;

/// Fields of a head that are told apart. Apache takes 100, browsers send 20; what follows is
/// only part of `http.header.raw`.
const FIELDS: usize = 128;

/// A part of a head. Heads end within [`LONGEST_HEAD`], so 16 bits reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    at: u16,
    length: u16,
}

impl Span {
    fn new(at: usize, end: usize) -> Self {
        let narrow = |n| u16::try_from(n).unwrap_or(u16::MAX);
        Self {
            at: narrow(at),
            length: narrow(end.saturating_sub(at)),
        }
    }

    fn of<'a>(&self, octets: &'a [u8]) -> &'a [u8] {
        let at = usize::from(self.at);
        let end = at + usize::from(self.length);
        octets.get(at..end).unwrap_or_default()
    }

    /// This part without white space at both ends.
    fn trimmed(self, octets: &[u8]) -> Self {
        let part = self.of(octets);
        let front = part.iter().take_while(|o| o.is_ascii_whitespace()).count();
        let end = part.iter().rposition(|o| !o.is_ascii_whitespace());
        let at = usize::from(self.at);
        Self::new(at + front, end.map_or(at + front, |end| at + end + 1))
    }
}

/// The first line of a message, part by part; what is not there is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Request {
        method: Span,
        target: Span,
        protocol: Span,
    },
    Response {
        protocol: Span,
        code: Span,
        reason: Span,
    },
}

impl Default for Start {
    fn default() -> Self {
        Self::Request {
            method: Span::default(),
            target: Span::default(),
            protocol: Span::default(),
        }
    }
}

impl Start {
    /// Reads the line that fills `octets`. As tolerant as servers are: any method that is a
    /// token, blanks inside of the target, and no version at all (HTTP/0.9).
    fn read(octets: &[u8]) -> Option<Self> {
        if octets.starts_with(b"HTTP/") {
            return Self::response(octets);
        }
        let end = octets.iter().position(u8::is_ascii_whitespace)?;
        if !octets.get(..end).is_some_and(is_token) {
            return None;
        }
        let rest = octets.get(end..)?;
        let version = rest.windows(6).rposition(|window| {
            matches!(window, [blank, name @ ..]
                if is_blank(*blank) && name.eq_ignore_ascii_case(b"HTTP/"))
        });
        let (target_end, protocol_at) = match version {
            Some(at) => (end + at, end + at + 1),
            None => (octets.len(), octets.len()),
        };
        let target = Span::new(end, target_end).trimmed(octets);
        (target.length > 0).then_some(Self::Request {
            method: Span::new(0, end),
            target,
            protocol: Span::new(protocol_at, octets.len()).trimmed(octets),
        })
    }

    fn response(octets: &[u8]) -> Option<Self> {
        let end = octets.iter().position(|octet| is_blank(*octet))?;
        let version = octets.get(5..end)?;
        if !matches!(version, [a, b'.', b] if a.is_ascii_digit() && b.is_ascii_digit()) {
            return None;
        }
        let rest = octets.get(end..)?;
        let blanks = rest.iter().take_while(|octet| is_blank(**octet)).count();
        let code_at = end + blanks;
        let code = octets.get(code_at..code_at + 3)?;
        decimal(code).filter(|status| *status >= 100)?;
        matches!(octets.get(code_at + 3), None | Some(b' ' | b'\t')).then_some(Self::Response {
            protocol: Span::new(0, end),
            code: Span::new(code_at, code_at + 3),
            reason: Span::new(code_at + 3, octets.len()).trimmed(octets),
        })
    }
}

const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// A token (RFC 9110, 5.6.2) no longer than methods are.
fn is_token(text: &[u8]) -> bool {
    (1..=LONGEST_METHOD).contains(&text.len())
        && text
            .iter()
            .all(|octet| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(octet))
}

/// Methods in use are upper-case letters and hyphens.
fn is_method(method: &[u8]) -> bool {
    (3..=LONGEST_METHOD).contains(&method.len())
        && method
            .iter()
            .all(|octet| octet.is_ascii_uppercase() || matches!(octet, b'-' | b'_'))
}

/// Whether octets begin with the first line of a message.
pub(super) fn probe(octets: &[u8]) -> Probe {
    if let Some((line, _)) = line(octets) {
        return match Start::read(line) {
            Some(Start::Request { protocol, .. }) => match protocol.of(line) {
                [_, _, _, _, _, b'0' | b'1', b'.', b'0'..=b'9'] => Probe::Certain,
                // HTTP/0.9: nothing but a path.
                [] if line.starts_with(b"GET /") => Probe::Unsure,
                _ => Probe::NotMine,
            },
            Some(Start::Response { protocol, .. }) if protocol.of(line).starts_with(b"HTTP/1") => {
                Probe::Certain
            }
            _ => Probe::NotMine,
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
    let text = octets.iter().all(|octet| *octet >= 0x20 || *octet == b'\r');
    if !possible || !text || octets.len() >= LONGEST_LINE {
        Probe::NotMine
    } else if octets.len() >= PROOF && octets.get(method.len()..).is_some_and(is_path) {
        Probe::Certain
    } else {
        Probe::More
    }
}

fn is_path(rest: &[u8]) -> bool {
    rest.starts_with(b" /") || rest.starts_with(b" http://")
}

/// Whether octets begin with a line that can start a message where one is due.
pub(super) fn can_begin(octets: &[u8]) -> bool {
    match line(octets) {
        Some((line, _)) => Start::read(line).is_some(),
        None => octets.len() < LONGEST_METHOD || probe(octets) != Probe::NotMine,
    }
}

/// One field line of a head.
#[derive(Clone, Copy, Debug)]
struct Line {
    name: Span,
    value: Span,
    /// Digest of the name in lower case.
    key: u32,
    /// A field of that name came before.
    again: bool,
}

/// Digest of a field name that does not mind its case (FNV-1a, 32 bits): tells names apart
/// faster than comparing them.
fn key(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |key, octet| {
        (key ^ u32::from(octet.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    })
}

/// Where the parts of a head lie, and what of it delimits the body.
#[derive(Debug, Default)]
pub(super) struct Index {
    first: Span,
    start: Start,
    /// Where the field lines begin.
    fields_at: usize,
    lines: Vec<Line>,
    pub(super) length: Option<u64>,
    pub(super) chunked: bool,
    /// The body is compressed.
    pub(super) encoded: bool,
    pub(super) flaws: Flaws,
}

/// What is wrong with a head that could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flaws {
    /// A field without a colon.
    pub(super) no_colon: bool,
    /// A length that is no number.
    pub(super) bad_length: bool,
    /// Two lengths that contradict each other.
    pub(super) two_lengths: bool,
    /// A body whose last transfer coding is not chunked, so that its end is not known.
    pub(super) bad_coding: bool,
    /// More fields than are told apart.
    pub(super) many_fields: bool,
    /// A request of HTTP/1.1 that names no host (RFC 9112, 3.2).
    pub(super) no_host: bool,
    /// Two hosts that contradict each other.
    pub(super) two_hosts: bool,
}

impl Index {
    /// Octets that it takes on the heap.
    pub(super) const fn octets(&self) -> usize {
        self.lines.capacity() * size_of::<Line>()
    }

    /// Reads a whole head, from its first line to the empty one. Keeps its own memory.
    pub(super) fn read(&mut self, head: &[u8]) -> Option<()> {
        let mut lines = std::mem::take(&mut self.lines);
        lines.clear();
        let (first, mut at) = line(head)?;
        *self = Self {
            first: Span::new(0, first.len()),
            start: Start::read(first)?,
            fields_at: at,
            lines,
            ..Self::default()
        };
        while let Some((field, length)) = line(head.get(at..)?) {
            let begins = at;
            at += length;
            if field.is_empty() {
                break;
            }
            if is_blank(*field.first()?) && !self.lines.is_empty() {
                // A folded value goes on (RFC 9112, 5.2).
                if let Some(last) = self.lines.last_mut() {
                    let end = begins + field.len();
                    last.value = Span::new(last.value.at.into(), end).trimmed(head);
                }
                continue;
            }
            self.flaws.no_colon |= self.field(head, begins, field).is_none();
        }
        self.delimit(head);
        Some(())
    }

    fn field(&mut self, head: &[u8], at: usize, field: &[u8]) -> Option<()> {
        let colon = field.iter().position(|octet| *octet == b':')?;
        let name = Span::new(at, at + colon).trimmed(head);
        let key = key(name.of(head));
        let again = self.lines.iter().any(|line| line.key == key);
        if self.lines.len() < FIELDS {
            self.lines.push(Line {
                name,
                value: Span::new(at + colon + 1, at + field.len()).trimmed(head),
                key,
                again,
            });
        } else {
            self.flaws.many_fields = true;
        }
        Some(())
    }

    /// Reads the fields that delimit and encode the body (RFC 9112, 6).
    fn delimit(&mut self, head: &[u8]) {
        let (mut length, mut chunked, mut encoded) = (None, false, false);
        let mut flaws = self.flaws;
        let view = Head {
            octets: head,
            index: self,
        };
        for value in view.values(b"content-length") {
            let number = decimal(value);
            flaws.bad_length |= number.is_none();
            flaws.two_lengths |= length.is_some() && length != number;
            length = number.or(length);
        }
        for value in view.values(b"transfer-encoding") {
            chunked |= find(value, b"chunked").is_some();
            let last = value.rsplit(|octet| *octet == b',').next();
            let last = last.unwrap_or(value).trim_ascii();
            flaws.bad_coding |= !last.eq_ignore_ascii_case(b"chunked");
        }
        for value in view.values(b"content-encoding") {
            encoded |= !value.eq_ignore_ascii_case(b"identity");
        }
        if view.is_request() {
            let mut hosts = view.values(b"host");
            let host = hosts.next();
            flaws.no_host = host.is_none() && view.protocol().ends_with(b"1.1");
            flaws.two_hosts = hosts.any(|other| Some(other) != host);
        }
        (self.length, self.chunked, self.encoded) = (length, chunked, encoded);
        self.flaws = flaws;
    }
}

/// One head with its index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub(super) octets: &'a [u8],
    pub(super) index: &'a Index,
}

impl<'a> Head<'a> {
    /// The start line without its end.
    pub(super) fn first(&self) -> &'a [u8] {
        self.index.first.of(self.octets)
    }

    pub(super) const fn is_request(&self) -> bool {
        matches!(self.index.start, Start::Request { .. })
    }

    pub(super) fn method(&self) -> &'a [u8] {
        match self.index.start {
            Start::Request { method, .. } => method.of(self.octets),
            Start::Response { .. } => &[],
        }
    }

    /// The request target as sent (RFC 9112, 3.2).
    pub(super) fn target(&self) -> &'a [u8] {
        match self.index.start {
            Start::Request { target, .. } => target.of(self.octets),
            Start::Response { .. } => &[],
        }
    }

    pub(super) fn protocol(&self) -> &'a [u8] {
        match self.index.start {
            Start::Request { protocol, .. } | Start::Response { protocol, .. } => {
                protocol.of(self.octets)
            }
        }
    }

    /// The status code as sent.
    pub(super) fn code(&self) -> &'a [u8] {
        match self.index.start {
            Start::Request { .. } => &[],
            Start::Response { code, .. } => code.of(self.octets),
        }
    }

    pub(super) fn reason(&self) -> &'a [u8] {
        match self.index.start {
            Start::Request { .. } => &[],
            Start::Response { reason, .. } => reason.of(self.octets),
        }
    }

    /// The status code of a response.
    pub(super) fn status(&self) -> Option<u16> {
        u16::try_from(decimal(self.code())?).ok()
    }

    /// The field lines as sent, with the empty line behind them.
    pub(super) fn raw_fields(&self) -> &'a [u8] {
        self.octets.get(self.index.fields_at..).unwrap_or_default()
    }

    /// Names and values of all fields, in order; the third says that the name came before.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8], bool)> + use<'a> {
        let octets = self.octets;
        let lines = self.index.lines.iter();
        lines.map(move |line| (line.name.of(octets), line.value.of(octets), line.again))
    }

    /// The values of all fields of this name, whatever its case.
    pub(super) fn values(&self, name: &[u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (octets, wanted) = (self.octets, key(name));
        let lines = self.index.lines.iter();
        lines
            .filter(move |line| line.key == wanted)
            .map(move |line| line.value.of(octets))
    }

    /// The first value of this name; empty where there is none.
    pub(super) fn value(&self, name: &[u8]) -> &'a [u8] {
        self.values(name).next().unwrap_or_default()
    }

    /// Scheme of the credentials sent, without them (RFC 9110, 11.4).
    pub(super) fn authorization(&self) -> &'a [u8] {
        let value = self.value(b"authorization");
        value.split(|octet| *octet == b' ').next().unwrap_or(value)
    }

    /// What the server asks credentials for: the quoted realm of a challenge (RFC 9110, 11.5).
    pub(super) fn realm(&self) -> &'a [u8] {
        let challenge = self.value(b"www-authenticate");
        let realm = find(challenge, b"realm=\"").and_then(|at| challenge.get(at + 7..));
        let rest = realm.unwrap_or_default();
        rest.split(|octet| *octet == b'"').next().unwrap_or(rest)
    }

    /// Whether the body is a page whose title can be read.
    pub(super) fn is_page(&self) -> bool {
        !self.is_request()
            && !self.index.encoded
            && find(self.value(b"content-type"), b"text/html").is_some()
    }
}

/// Where the head that begins these octets ends, looking only at what follows `scanned`.
pub(super) fn head_end(octets: &[u8], scanned: usize) -> Option<usize> {
    // HTTP/0.9 has but a request line.
    if scanned == 0
        && octets.starts_with(b"GET ")
        && let Some((first, length)) = line(octets)
        && let Some(Start::Request { protocol, .. }) = Start::read(first)
        && protocol.length == 0
    {
        return Some(length);
    }
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
