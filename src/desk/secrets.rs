//! Secrets in what is written: passwords, cookies and tokens that travel in clear text.
//!
//! A monitor that prints them into logs and reports spreads what it should warn of. So they are
//! masked here, once, on the way to whatever writes; `--show-secrets` leaves them as they are.
//! What a field is for is told by its table ([`crate::facts::Field::secret`]); what hides in
//! texts (queries, headers, log lines) is found by the names that stand before it. Detection
//! sees everything: it never comes by here.

use crate::facts::Class;
use crate::sensor::{Event, FindingRecord, OperationRecord, OwnedValues, SoFar};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

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

/// Masks the secrets of an event.
pub fn mask(event: &mut Event) {
    match event {
        Event::Operation(record) | Event::SoFar(SoFar::Again(record)) => mask_operation(record),
        Event::Property(record) => mask_octets(&mut record.value),
        Event::Finding(record) => mask_finding(record),
        _ => {}
    }
}

/// Masks the secrets of a finding. A packet that holds one is not written: its octets are
/// evidence only as they are.
pub fn mask_finding(record: &mut FindingRecord) {
    if let Some(operation) = &mut record.operation {
        mask_operation(Arc::make_mut(operation));
    }
    if let Cow::Owned(masked) = masked(&record.payload) {
        record.payload = masked;
        record.packet.clear();
    }
}

/// Masks the secrets of an operation. What travels in a login is one altogether.
pub fn mask_operation(record: &mut OperationRecord) {
    let login = record.meaning.class == Class::Authenticate;
    for item in &mut record.items {
        mask_octets(&mut item.name);
        for values in [&mut item.values, &mut item.before] {
            match values {
                OwnedValues::None => {}
                OwnedValues::Text(text) if !login => mask_octets(text),
                OwnedValues::Bits(_)
                | OwnedValues::Words(_)
                | OwnedValues::Scalars(_)
                | OwnedValues::Octets(_)
                    if !login => {}
                _ => *values = OwnedValues::Text(MASK.into()),
            }
        }
    }
}

/// Masks the secrets in the texts of a value.
pub fn mask_value(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(masked) = masked(text.as_bytes()) {
                *text = String::from_utf8_lossy(&masked).into_owned();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(mask_value),
        Value::Object(fields) => fields.values_mut().for_each(mask_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mask_octets(text: &mut Vec<u8>) {
    if let Cow::Owned(masked) = masked(text) {
        *text = masked;
    }
}

/// A text without the secrets that stand in it.
fn masked(text: &[u8]) -> Cow<'_, [u8]> {
    let mut out: Vec<u8> = Vec::new();
    let mut kept = 0;
    for secret in secrets(text) {
        out.extend_from_slice(text.get(kept..secret.start).unwrap_or_default());
        out.extend_from_slice(MASK.as_bytes());
        kept = secret.end;
    }
    if out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(text.get(kept..).unwrap_or_default());
    Cow::Owned(out)
}

/// Writes stars over the secrets in a packet, octet for octet, so that lengths and offsets stay
/// what they were: whether there were any.
pub fn overwrite(packet: &mut [u8]) -> bool {
    let places = places(packet);
    for place in &places {
        if let Some(secret) = packet.get_mut(place.clone()) {
            secret.fill(b'*');
        }
    }
    !places.is_empty()
}

/// Where secrets stand in a packet or in its content.
pub fn places(packet: &[u8]) -> Vec<Range<usize>> {
    secrets(packet).into_iter().chain(logins(packet)).collect()
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
fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut word = 0;
    let mut at = 0;
    while let Some(octet) = text.get(at) {
        let name = text.get(word..at).unwrap_or_default();
        let behind = text.get(at + 1..).unwrap_or_default();
        let (lead, length) = match octet {
            b'=' if is_secret(name) => (0, value(behind)),
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
    begins && HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
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
        None => (0, end),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_packets_are_overwritten_octet_for_octet() {
        let mut packet = *b"\x00\x15\x50\x18PASS geheim\r\nGET /?pwd=1234&x=1";
        assert!(overwrite(&mut packet));
        assert_eq!(
            &packet,
            b"\x00\x15\x50\x18PASS ******\r\nGET /?pwd=****&x=1"
        );
        let mut lower = *b"\x00pass geheim\r\nbypass it";
        assert!(overwrite(&mut lower));
        assert_eq!(&lower, b"\x00pass ******\r\nbypass it");
        let mut plain = *b"USER op\r\n\xff\x00PASSED";
        assert!(!overwrite(&mut plain));
        assert_eq!(&plain, b"USER op\r\n\xff\x00PASSED");
    }

    #[test]
    fn secrets_in_texts_are_masked_and_nothing_else() {
        for (text, expected) in [
            (
                "/login?user=op&password=geheim&x=1",
                "/login?user=op&password=***&x=1",
            ),
            ("/login?UserPwd=1234", "/login?UserPwd=***"),
            ("http://op:geheim@10.0.0.1/", "http://op:***@10.0.0.1/"),
            (
                "Host: plc\r\nAuthorization: Basic b3A6eA==\r\nAccept: */*",
                "Host: plc\r\nAuthorization: Basic ***\r\nAccept: */*",
            ),
            (
                "login failed, passwd=abc, from 10.0.0.1",
                "login failed, passwd=***, from 10.0.0.1",
            ),
            (
                r#"{"user":"op","password" : "ge\"heim","pin":1}"#,
                r#"{"user":"op","password" : "***","pin":1}"#,
            ),
            (
                r#"{"accessToken":123456,"x":[{"api_key":'k'}]}"#,
                r#"{"accessToken":***,"x":[{"api_key":'***'}]}"#,
            ),
            (
                r#"{"body":"{\"passwd\":\"geheim\",\"a\":1}"}"#,
                r#"{"body":"{\"passwd\":\"***\",\"a\":1}"}"#,
            ),
        ] {
            assert_eq!(masked(text.as_bytes()), expected.as_bytes(), "{text}");
        }
        for text in [
            "/awp/index.html?state=1",
            "http://10.0.0.1:8080/x@y",
            "password",
            "a=b",
            "Set-Point: 5",
            "2026-01-01T00:00:00",
            "compass=",
            r#"{"password":"","tokens":5,"secret":{"a":"b"}}"#,
            r#"{"set":"password"}"#,
        ] {
            assert_eq!(masked(text.as_bytes()), text.as_bytes());
        }
    }
}
