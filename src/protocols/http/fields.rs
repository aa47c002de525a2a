//! The field table of HTTP.

use super::NAME;
use super::session::Told;
use super::wire::{Head, Start};
use crate::facts::{Field, Kind, Message, Visitor};

type Row = (Field, fn(&Told<'_>, &mut dyn Visitor));

fn head<'t>(told: &'t Told<'_>) -> Option<&'t Head<'t>> {
    match told {
        Told::Head(head) => Some(head),
        Told::Title(_) => None,
    }
}

/// The text that `pick` takes of the head.
fn text(told: &Told<'_>, out: &mut dyn Visitor, pick: for<'h> fn(&'h Head<'h>) -> &'h [u8]) {
    out.any_text(head(told).map_or(&[], pick));
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "http.method",
            Kind::Text,
            "Method of a request (RFC 9110, 9)",
        ),
        |t, out| {
            text(t, out, |h| match h.start {
                Start::Request { method, .. } => method,
                Start::Response { .. } => &[],
            });
        },
    ),
    (
        Field::new(
            "http.uri",
            Kind::Text,
            "Request target as sent (RFC 9112, 3.2)",
        ),
        |t, out| {
            text(t, out, |h| match h.start {
                Start::Request { uri, .. } => uri,
                Start::Response { .. } => &[],
            });
        },
    ),
    (
        Field::new(
            "http.host",
            Kind::Text,
            "Host field of a request (RFC 9110, 7.2)",
        ),
        |t, out| text(t, out, |h| h.host),
    ),
    (
        Field::new(
            "http.user_agent",
            Kind::Text,
            "User-Agent field (RFC 9110, 10.1.5)",
        ),
        |t, out| text(t, out, |h| h.user_agent),
    ),
    (
        Field::new(
            "http.authorization",
            Kind::Text,
            "Scheme of the credentials sent, without them (RFC 9110, 11.6.2)",
        ),
        |t, out| text(t, out, |h| h.authorization),
    ),
    (
        Field::new(
            "http.status",
            Kind::Unsigned,
            "Status code of a response (RFC 9110, 15)",
        ),
        |t, out| {
            if let Some(Start::Response { status }) = head(t).map(|h| h.start) {
                out.unsigned(status.into());
            }
        },
    ),
    (
        Field::new(
            "http.server",
            Kind::Text,
            "Server field of a response (RFC 9110, 10.2.4)",
        ),
        |t, out| text(t, out, |h| h.server),
    ),
    (
        Field::new(
            "http.realm",
            Kind::Text,
            "What credentials are asked for (RFC 9110, 11.5)",
        ),
        |t, out| text(t, out, |h| h.realm),
    ),
    (
        Field::new(
            "http.content_type",
            Kind::Text,
            "Content-Type field (RFC 9110, 8.3)",
        ),
        |t, out| text(t, out, |h| h.content_type),
    ),
    (
        Field::new(
            "http.content_length",
            Kind::Unsigned,
            "Octets of body announced",
        ),
        |t, out| out.any_unsigned(head(t).and_then(|h| h.length)),
    ),
    (
        Field::new(
            "http.location",
            Kind::Text,
            "Location field of a response (RFC 9110, 10.2.2)",
        ),
        |t, out| text(t, out, |h| h.location),
    ),
    (
        Field::new(
            "http.title",
            Kind::Text,
            "Title of an HTML page, found in its first 4 KiB",
        ),
        |t, out| {
            if let Told::Title(title) = t {
                out.text(title);
            }
        },
    ),
];

impl Message for Told<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
