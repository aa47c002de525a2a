//! Secrets in texts: by the names that stand before them, and as protocols of mail and files
//! have them.

use std::ops::Range;

/// Ends of names in `name=value` and of members of JSON whose value is a secret.
const NAMES: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"passphrase",
    b"pass",
    b"pwd",
    b"secret",
    b"token",
    b"apikey",
    b"api_key",
    b"community",
];

/// Fields of headers (HTTP, SIP, RTSP) whose whole value is a secret.
const HEADERS: &[&[u8]] = &[
    b"authorization",
    b"proxy-authorization",
    b"cookie",
    b"set-cookie",
    b"x-api-key",
];
/// Where secrets stand in a packet or in its content.
pub(super) fn places(packet: &[u8]) -> Vec<Range<usize>> {
    let found = named(packet).into_iter();
    found.chain(logins(packet)).chain(mail(packet)).collect()
}

/// Credentials of mail: `TAG LOGIN user password` of IMAP (RFC 9051, 6.2.3) and the response that
/// comes at once with AUTH of SMTP (RFC 4954, 4), POP3 (RFC 5034, 4) and AUTHENTICATE of IMAP.
fn mail(packet: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for text in packet.split_inclusive(|octet| *octet == b'\n') {
        let (at, length) = (start, line(text));
        start += text.len();
        let text = text.get(..length).unwrap_or_default();
        let mut words = text.split(|octet| *octet == b' ');
        // In a packet whatever its headers are stands before the first word of its content.
        let verb = words.next().unwrap_or_default();
        let (tag, second) = (verb.len() + 1, words.next().unwrap_or_default());
        let skipped = match second {
            _ if ends_with(verb, b"AUTH") => tag + second.len() + 1,
            second if second.eq_ignore_ascii_case(b"LOGIN") => {
                let user = words.next().unwrap_or_default();
                tag + second.len() + 1 + user.len() + 1
            }
            second if second.eq_ignore_ascii_case(b"AUTHENTICATE") => {
                let mechanism = words.next().unwrap_or_default();
                tag + second.len() + 1 + mechanism.len() + 1
            }
            _ => continue,
        };
        if skipped < length {
            found.push(at + skipped..at + length);
        }
    }
    found
}

/// Whether a word ends with a verb, in letters of any case, before which no letter stands.
fn ends_with(word: &[u8], verb: &[u8]) -> bool {
    let at = word.len().checked_sub(verb.len());
    let tail = at.and_then(|at| word.split_at_checked(at));
    tail.is_some_and(|(before, tail)| {
        let begins = before
            .last()
            .is_none_or(|octet| !octet.is_ascii_alphanumeric());
        begins && tail.eq_ignore_ascii_case(verb)
    })
}

/// Passwords of FTP and POP3 (RFC 959, 4.1.1 and 5.3; RFC 1939, 7): what stands behind `PASS `,
/// in letters of any case, where no word goes on. The content of a packet begins wherever its
/// headers end.
fn logins(packet: &[u8]) -> Vec<Range<usize>> {
    let begins = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| packet.get(at));
        before.is_none_or(|octet| !(octet.is_ascii_alphanumeric() || *octet == b' '))
    };
    let verbs = packet.windows(5).enumerate();
    let found = verbs
        .filter(|(at, verb)| verb.eq_ignore_ascii_case(b"PASS ") && begins(*at))
        .map(|(at, _)| at + 5);
    let secret = |start: usize| {
        let behind = packet.get(start..).unwrap_or_default();
        start..start + line(behind)
    };
    found
        .map(secret)
        .filter(|place| !place.is_empty())
        .collect()
}

/// Where secrets stand in a text. Linear: each octet is looked at a constant number of times.
pub(super) fn named(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut word = 0;
    let mut at = 0;
    while let Some(octet) = text.get(at) {
        let name = text.get(word..at).unwrap_or_default();
        let behind = text.get(at + 1..).unwrap_or_default();
        let (lead, length) = match octet {
            b'=' if is_secret(name) => (0, value(behind)),
            b'>' if is_secret(name) && is_element(text, word) => (0, element(behind)),
            b':' if is_header(text, word, name) => header(name, behind),
            b':' if is_secret(member(text.get(..at).unwrap_or_default())) => json(behind),
            b':' if name.is_empty() || behind.starts_with(b"//") => (0, 0),
            b':' => (0, user_password(text, word, behind)),
            _ => (0, 0),
        };
        at += 1;
        if length > 0 {
            at += lead;
            found.push(at..at + length);
            at += length;
            word = at;
        } else if !(octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-')) {
            word = at;
        }
    }
    found
}

fn is_secret(name: &[u8]) -> bool {
    let ends = |end: &[u8]| {
        let tail = name
            .len()
            .checked_sub(end.len())
            .and_then(|n| name.get(n..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    NAMES.iter().any(|end| ends(end))
}

/// Whether a name begins a line and is that of a header whose value is a secret.
fn is_header(text: &[u8], word: usize, name: &[u8]) -> bool {
    let begins = word == 0 || text.get(word - 1) == Some(&b'\n');
    let known = HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name));
    begins && (known || is_secret(name))
}

/// Whether a name is that of an element of XML that begins here, with or without a namespace.
fn is_element(text: &[u8], word: usize) -> bool {
    let before = word.checked_sub(1).and_then(|at| text.get(at));
    matches!(before, Some(b'<' | b':'))
}

/// Octets of the text in an element of XML.
fn element(behind: &[u8]) -> usize {
    let end = behind.iter().position(|octet| *octet == b'<');
    end.unwrap_or(behind.len())
}

/// Octets before what is secret of the value of a header, and of that. What stands before
/// credentials is the scheme (RFC 9110, 11.4), which is none and which rules look for.
fn header(name: &[u8], behind: &[u8]) -> (usize, usize) {
    let end = line(behind);
    let value = behind.get(..end).unwrap_or_default();
    let blank = end - value.trim_ascii_start().len();
    let scheme = value
        .trim_ascii_start()
        .iter()
        .position(|octet| *octet == b' ');
    match scheme.filter(|_| name.to_ascii_lowercase().ends_with(b"authorization")) {
        Some(scheme) => (blank + scheme + 1, end - blank - scheme - 1),
        None => (blank, end - blank),
    }
}

/// Octets of a value in a query or a log line.
fn value(text: &[u8]) -> usize {
    let ends = |octet: &u8| {
        octet.is_ascii_whitespace() || matches!(octet, b'&' | b';' | b'"' | b'\'' | b',')
    };
    text.iter().position(ends).unwrap_or(text.len())
}

/// Longest name of a member that is looked at.
const MEMBER: usize = 64;

/// The name in quotes at the end of a text, as it stands before the colon of a member of JSON
/// (RFC 8259, 4), also of JSON in a string of JSON.
fn member(before: &[u8]) -> &[u8] {
    let near = before.get(before.len().saturating_sub(MEMBER)..);
    let near = near.unwrap_or_default().trim_ascii_end();
    let [name @ .., b'"' | b'\''] = near else {
        return &[];
    };
    let name = name.strip_suffix(b"\\").unwrap_or(name);
    let inside = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-');
    let start = name.iter().rposition(|octet| !inside(octet));
    start
        .and_then(|start| name.get(start + 1..))
        .unwrap_or_default()
}

/// Octets before the value of a member and of the value: what is in quotes, or a number or
/// word. What is inside of objects and lists has names of its own.
fn json(behind: &[u8]) -> (usize, usize) {
    let text = behind.trim_ascii_start();
    let blank = behind.len() - text.len();
    let quoted = text.strip_prefix(b"\\").unwrap_or(text);
    let Some((quote, inside)) = quoted
        .split_first()
        .filter(|(quote, _)| matches!(quote, b'"' | b'\''))
    else {
        let ends = |octet: &u8| octet.is_ascii_whitespace() || b",}]{[".contains(octet);
        return (blank, text.iter().position(ends).unwrap_or(text.len()));
    };
    let is_deep = quoted.len() < text.len();
    let mut escaped = false;
    let end = inside.iter().position(|octet| {
        let ends = octet == quote && !escaped;
        // In a string of JSON in JSON the quote that ends it is escaped itself.
        escaped = !is_deep && *octet == b'\\' && !escaped;
        ends
    });
    let length = match end {
        Some(end) if is_deep => end.saturating_sub(1),
        Some(end) => end,
        None => inside.len(),
    };
    (blank + text.len() - inside.len(), length)
}

/// Octets up to the end of the line.
fn line(text: &[u8]) -> usize {
    let ends = |octet: &u8| matches!(octet, b'\r' | b'\n');
    text.iter().position(ends).unwrap_or(text.len())
}

/// Octets of the password in `//user:password@host` (RFC 3986, 3.2.1).
fn user_password(text: &[u8], word: usize, behind: &[u8]) -> usize {
    let authority = text
        .get(..word)
        .is_some_and(|before| before.ends_with(b"//"));
    let ends =
        |octet: &u8| octet.is_ascii_whitespace() || matches!(octet, b'@' | b'/' | b'?' | b'#');
    match behind.iter().position(ends) {
        Some(end) if authority && behind.get(end) == Some(&b'@') => end,
        _ => 0,
    }
}
