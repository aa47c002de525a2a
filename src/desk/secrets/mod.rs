//! Secrets in what is written: passwords, cookies and tokens that travel in clear text.
//!
//! A monitor that prints them into logs and reports spreads what it should warn of. So they are
//! masked here, once, on the way to whatever writes; `--show-secrets` leaves them as they are.
//! What a field is for is told by its table ([`crate::facts::Field::secret`]); what hides in
//! texts (queries, headers, log lines) is found by the names that stand before it. Detection
//! sees everything: it never comes by here.

mod binary;
mod texts;

use crate::facts::Class;
use crate::sensor::{Event, FindingRecord, OperationRecord, OwnedValues, SoFar};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What stands in the place of a secret.
pub const MASK: &str = "***";
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
    if let Cow::Owned(masked) = without(&record.payload, content(&record.payload)) {
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
    without(text, texts::named(text))
}

/// A text without what stands in these places.
fn without(text: &[u8], mut places: Vec<Range<usize>>) -> Cow<'_, [u8]> {
    let mut out: Vec<u8> = Vec::new();
    let mut kept = 0;
    places.sort_by_key(|place| place.start);
    for secret in places {
        // Inside of one that is masked already.
        if secret.start < kept {
            continue;
        }
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
    texts::places(packet)
}

/// Where secrets stand in the content of a packet, those of binary protocols among them.
pub fn content(content: &[u8]) -> Vec<Range<usize>> {
    let binary = binary::places(content);
    places(content).into_iter().chain(binary).collect()
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

    #[track_caller]
    fn hidden(octets: &[u8], secret: &[u8]) {
        let place = octets.windows(secret.len()).position(|part| part == secret);
        let place = place.expect("there");
        let wanted = place..place + secret.len();
        assert_eq!(content(octets), [wanted]);
    }

    #[test]
    fn secrets_of_binary_protocols_are_found_by_their_place() {
        // SNMP: version 2c, a SET; with a length in the long form.
        hidden(
            b"\x30\x20\x02\x01\x01\x04\x06geheim\xa3\x13\x02\x01\x01",
            b"geheim",
        );
        hidden(b"\x30\x81\xa0\x02\x01\x00\x04\x06geheim\xa0\x13", b"geheim");
        assert!(content(b"\x30\x20\x02\x01\x01\x04\x06public\xa3\x13").is_empty());
        // MQTT 3.1.1 with name and password, one with a will, and 5.0 with properties.
        hidden(
            b"\x10\x1c\x00\x04MQTT\x04\xc2\x00\x3c\x00\x02id\x00\x02op\x00\x06geheim",
            b"geheim",
        );
        hidden(
            b"\x10\x1c\x00\x04MQTT\x04\xc6\x00\x3c\x00\x02id\x00\x01t\x00\x01m\x00\x02op\x00\x06geheim",
            b"geheim",
        );
        hidden(
            b"\x10\x1c\x00\x04MQTT\x05\xc2\x00\x3c\x01\x00\x00\x02id\x00\x02op\x00\x06geheim",
            b"geheim",
        );
        assert!(content(b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02id").is_empty());
        // The password of an S7 controller behind an empty message of the transport.
        let s7 = b"\x03\x00\x00\x07\x02\xf0\x80\x03\x00\x00\x25\x02\xf0\x80\x32\x07\x00\x00\x01\x00\x00\x08\
            \x00\x0c\x00\x01\x12\x04\x11\x45\x01\x00\xff\x09\x00\x08\x21\x3a\x1b\x1d\x6e\x68\x1b\x1d";
        hidden(s7, b"\x21\x3a\x1b\x1d\x6e\x68\x1b\x1d");
        let mut clock = *s7;
        clock[29] = 0x47;
        assert!(content(&clock).is_empty());
    }

    #[test]
    fn credentials_of_mail_are_secrets() {
        for (text, expected) in [
            ("a1 LOGIN op geheim\r\n", "a1 LOGIN op ***\r\n"),
            (
                "a2 authenticate plain AG9w\r\n",
                "a2 authenticate plain ***\r\n",
            ),
            ("AUTH PLAIN AG9wAGdlaGVpbQ==\r\n", "AUTH PLAIN ***\r\n"),
            ("AUTH LOGIN\r\n", "AUTH LOGIN\r\n"),
            ("PASS geheim\r\nSTAT\r\n", "PASS ***\r\nSTAT\r\n"),
            (
                "EHLO plc\r\nMAIL FROM:<a@b.c>\r\n",
                "EHLO plc\r\nMAIL FROM:<a@b.c>\r\n",
            ),
        ] {
            let text = text.as_bytes();
            let masked = without(text, content(text));
            assert_eq!(String::from_utf8_lossy(&masked), expected);
        }
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
                "X-Auth-Token: 12ab\r\nHost: plc",
                "X-Auth-Token: ***\r\nHost: plc",
            ),
            (
                "<u>op</u><ns:password>geheim</ns:password>",
                "<u>op</u><ns:password>***</ns:password>",
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
