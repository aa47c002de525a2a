//! The field table of HTTP. Names and contents are those of Suricata's buffers where it has one.

use super::NAME;
use super::uri::{host_of, normalise, normalise_host};
use super::views::Told;
use super::wire::title;
use crate::facts::{Field, Kind, Message, Visitor};

type Row = (Field, fn(&Told<'_>, &mut dyn Visitor));

/// Octets of a page in which its title is looked for.
pub(super) const TITLE_WITHIN: usize = 4096;

/// A field that shows all values of one header field.
macro_rules! header {
    ($name:literal, $header:literal, $doc:literal) => {
        (Field::new($name, Kind::Text, $doc), |t, out| {
            t.joined($header, out)
        })
    };
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "http.method",
            Kind::Text,
            "Method of a request (RFC 9110, 9)",
        ),
        |t, out| out.any_text(t.head.method()),
    ),
    (
        Field::new(
            "http.uri",
            Kind::Text,
            "Request target without scheme and host, percent signs decoded once, dot segments \
             and doubled slashes removed (RFC 3986, 6.2.2)",
        ),
        |t, out| t.made(out, |text| normalise(t.head.target(), text)),
    ),
    (
        Field::new(
            "http.host",
            Kind::Text,
            "Host asked for, in lower case, without port (RFC 9110, 7.2)",
        ),
        |t, out| {
            if t.head.is_request() {
                let host = host_of(t.head.target()).unwrap_or(t.head.value(b"host"));
                t.made(out, |text| normalise_host(host, text));
            }
        },
    ),
    header!(
        "http.user_agent",
        b"user-agent",
        "User-Agent field (RFC 9110, 10.1.5)"
    ),
    header!(
        "http.referer",
        b"referer",
        "Referer field (RFC 9110, 10.1.3)"
    ),
    (
        Field::new(
            "http.authorization",
            Kind::Text,
            "Scheme of the credentials sent, without them (RFC 9110, 11.6.2)",
        ),
        |t, out| out.any_text(t.head.authorization()),
    ),
    (
        Field::new(
            "http.status",
            Kind::Unsigned,
            "Status code of a response (RFC 9110, 15)",
        ),
        |t, out| out.any_unsigned(t.head.status()),
    ),
    header!(
        "http.server",
        b"server",
        "Server field of a response (RFC 9110, 10.2.4)"
    ),
    (
        Field::new(
            "http.realm",
            Kind::Text,
            "What credentials are asked for (RFC 9110, 11.5)",
        ),
        |t, out| out.any_text(t.head.realm()),
    ),
    header!(
        "http.content_type",
        b"content-type",
        "Content-Type field (RFC 9110, 8.3)"
    ),
    (
        Field::new(
            "http.content_length",
            Kind::Unsigned,
            "Octets of body announced (RFC 9110, 8.6)",
        ),
        |t, out| out.any_unsigned(t.head.index.length),
    ),
    header!(
        "http.location",
        b"location",
        "Location field of a response (RFC 9110, 10.2.2)"
    ),
    (
        Field::new(
            "http.title",
            Kind::Text,
            "Title of an HTML page, found in its first 4 KiB",
        ),
        |t, out| {
            if t.head.is_page() {
                let front = t.body.get(..t.body.len().min(TITLE_WITHIN));
                out.any_text(front.and_then(title).unwrap_or_default());
            }
        },
    ),
    (
        Field::new(
            "http.file_name",
            Kind::Text,
            "Name of the file in the body: by Content-Disposition (RFC 6266), by the first part \
             of a form, or the path asked for",
        ),
        |t, out| out.any_text(t.file_name()),
    ),
    (
        Field::derived(
            "http.uri.raw",
            Kind::Text,
            "Request target as sent (RFC 9112, 3.2)",
        ),
        |t, out| out.any_text(t.head.target()),
    ),
    (
        Field::derived(
            "http.host.raw",
            Kind::Text,
            "Host field as sent (RFC 9110, 7.2)",
        ),
        |t, out| {
            if t.head.is_request() {
                out.any_text(t.head.value(b"host"));
            }
        },
    ),
    (
        Field::derived(
            "http.request_line",
            Kind::Text,
            "First line of a request without its end (RFC 9112, 3)",
        ),
        |t, out| {
            if t.head.is_request() {
                out.any_text(t.head.first());
            }
        },
    ),
    (
        Field::derived(
            "http.response_line",
            Kind::Text,
            "First line of a response without its end (RFC 9112, 4)",
        ),
        |t, out| {
            if !t.head.is_request() {
                out.any_text(t.head.first());
            }
        },
    ),
    (
        Field::derived(
            "http.protocol",
            Kind::Text,
            "Version, as HTTP/1.1 (RFC 9112, 2.3)",
        ),
        |t, out| out.any_text(t.head.protocol()),
    ),
    (
        Field::derived(
            "http.stat_code",
            Kind::Text,
            "Status code as sent (RFC 9112, 4)",
        ),
        |t, out| out.any_text(t.head.code()),
    ),
    (
        Field::derived(
            "http.stat_msg",
            Kind::Text,
            "Reason behind the status code (RFC 9112, 4)",
        ),
        |t, out| out.any_text(t.head.reason()),
    ),
    (
        Field::derived(
            "http.header",
            Kind::Text,
            "All fields but Cookie and Set-Cookie, one `Name: value` a line, those of one name \
             joined (RFC 9110, 5)",
        ),
        |t, out| t.made(out, |text| t.fields(text)),
    ),
    (
        Field::derived(
            "http.header.raw",
            Kind::Text,
            "All fields as sent, with the empty line behind them (RFC 9112, 5)",
        ),
        |t, out| out.any_text(t.head.raw_fields()),
    ),
    (
        Field::derived(
            "http.header_names",
            Kind::Text,
            "Names of all fields in order: CR LF, each with CR LF, CR LF",
        ),
        |t, out| t.made(out, |text| t.names(text)),
    ),
    (
        Field::derived(
            "http.request_header",
            Kind::List,
            "Fields of a request, each `Name: value`",
        ),
        |t, out| {
            if t.head.is_request() {
                t.list(out);
            }
        },
    ),
    (
        Field::derived(
            "http.response_header",
            Kind::List,
            "Fields of a response, each `Name: value`",
        ),
        |t, out| {
            if !t.head.is_request() {
                t.list(out);
            }
        },
    ),
    (
        Field::derived(
            "http.start",
            Kind::Text,
            "First line and fields as sent, with the empty line",
        ),
        |t, out| out.any_text(t.head.octets),
    ),
    (
        Field::derived(
            "http.cookie",
            Kind::Text,
            "Cookie or Set-Cookie field (RFC 6265, 4)",
        )
        .secret(),
        |t, out| t.joined(t.cookie_name(), out),
    ),
    (
        Field::derived("http.accept", Kind::Text, "Accept field (RFC 9110, 12.5.1)"),
        |t, out| t.joined(b"accept", out),
    ),
    (
        Field::derived(
            "http.accept_enc",
            Kind::Text,
            "Accept-Encoding field (RFC 9110, 12.5.3)",
        )
        .secret(),
        |t, out| t.joined(b"accept-encoding", out),
    ),
    (
        Field::derived(
            "http.accept_lang",
            Kind::Text,
            "Accept-Language field (RFC 9110, 12.5.4)",
        ),
        |t, out| t.joined(b"accept-language", out),
    ),
    (
        Field::derived(
            "http.connection",
            Kind::Text,
            "Connection field (RFC 9110, 7.6.1)",
        ),
        |t, out| t.joined(b"connection", out),
    ),
    (
        Field::derived(
            "http.content_len",
            Kind::Text,
            "Content-Length field as sent (RFC 9110, 8.6)",
        ),
        |t, out| t.joined(b"content-length", out),
    ),
    (
        Field::derived(
            "http.request_body",
            Kind::Octets,
            "Body of a request without chunk framing, its first 100 KiB (RFC 9112, 6)",
        ),
        |t, out| {
            if t.head.is_request() {
                t.sent(out);
            }
        },
    ),
    (
        Field::derived(
            "http.response_body",
            Kind::Octets,
            "Body of a response without chunk framing, gzip or deflate, its first 100 KiB \
             (RFC 9112, 6)",
        ),
        |t, out| {
            if !t.head.is_request() {
                t.plain(out);
            }
        },
    ),
    (
        Field::derived(
            "http.file_data",
            Kind::Octets,
            "Body of either direction, as http.request_body and http.response_body",
        ),
        |t, out| {
            if t.head.is_request() {
                t.sent(out);
            } else {
                t.plain(out);
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
