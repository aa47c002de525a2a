//! The field table of SMTP, with the fields of the mails it carries.

use super::NAME;
use super::mime::{each, value};
use super::wire::Line;
use crate::facts::{Field, Kind, Message, Visitor};

/// Octets kept of a host's name or a path (RFC 5321, 4.5.3.1: 256).
const LONGEST_PATH: usize = 256;

/// Octets kept of all recipients of a mail.
const RECIPIENTS: usize = 4096;

/// Who sends a mail to whom: what was said before it.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    helo: Vec<u8>,
    from: Vec<u8>,
    /// Each with a line end behind it.
    recipients: Vec<u8>,
}

impl Envelope {
    pub(super) fn set_helo(&mut self, name: &[u8]) {
        set(&mut self.helo, name);
    }

    pub(super) fn set_from(&mut self, path: &[u8]) {
        set(&mut self.from, path);
    }

    /// Past the bound recipients are not kept.
    pub(super) fn add_recipient(&mut self, path: &[u8]) {
        if self.recipients.len() + path.len() < RECIPIENTS {
            self.recipients.extend_from_slice(path);
            self.recipients.push(b'\n');
        }
    }

    /// Whether a sender was named for the next mail.
    pub(super) const fn is_begun(&self) -> bool {
        !self.from.is_empty()
    }

    /// Ready for the next mail; the client stays who it is.
    pub(super) fn clear(&mut self) {
        self.from.clear();
        self.recipients.clear();
    }
}

fn set(kept: &mut Vec<u8>, text: &[u8]) {
    kept.clear();
    kept.extend(text.iter().take(LONGEST_PATH));
}

/// What is told.
#[derive(Debug)]
pub(super) enum Told<'a> {
    Line(Line<'a>),
    /// A mail: its envelope and its header.
    Mail {
        envelope: &'a Envelope,
        header: &'a [u8],
    },
    /// One part of a mail without its encoding.
    Part {
        name: &'a [u8],
        content: &'a [u8],
    },
}

type Row = (Field, fn(&Told<'_>, &mut dyn Visitor));

fn envelope<'t>(told: &'t Told<'_>) -> Option<&'t Envelope> {
    match told {
        Told::Mail { envelope, .. } => Some(envelope),
        _ => None,
    }
}

/// The first field of this name in the header of a mail.
fn header(told: &Told<'_>, name: &[u8], out: &mut dyn Visitor) {
    if let Told::Mail { header, .. } = told {
        let mut text = Vec::new();
        value(header, name, &mut text);
        out.any_text(&text);
    }
}

/// A field that shows one of the header.
macro_rules! header {
    ($name:literal, $header:literal, $doc:literal) => {
        (Field::new($name, Kind::Text, $doc), |t, out| {
            header(t, $header, out)
        })
    };
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new("smtp.command", Kind::Text, "Command verb (RFC 5321, 4.1)"),
        |t, out| {
            if let Told::Line(Line::Command { verb, .. }) = t {
                out.text(verb);
            }
        },
    ),
    (
        Field::new(
            "smtp.argument",
            Kind::Text,
            "Its argument; of AUTH it is left out",
        ),
        |t, out| {
            if let Told::Line(Line::Command { verb, argument }) = t
                && !verb.eq_ignore_ascii_case(b"AUTH")
            {
                out.any_text(argument);
            }
        },
    ),
    (
        Field::new("smtp.reply", Kind::Unsigned, "Reply code (RFC 5321, 4.2)"),
        |t, out| {
            if let Told::Line(Line::Reply { code, .. }) = t {
                out.unsigned((*code).into());
            }
        },
    ),
    (
        Field::new("smtp.text", Kind::Text, "Text of a reply"),
        |t, out| {
            if let Told::Line(Line::Reply { text, .. }) = t {
                out.any_text(text);
            }
        },
    ),
    (
        Field::new(
            "smtp.helo",
            Kind::Text,
            "Name by which the client greeted (RFC 5321, 4.1.1.1)",
        ),
        |t, out| out.any_text(envelope(t).map_or(&[], |envelope| &envelope.helo)),
    ),
    (
        Field::new(
            "smtp.mail_from",
            Kind::Text,
            "Sender of the envelope, as <a@b> (RFC 5321, 4.1.1.2)",
        ),
        |t, out| out.any_text(envelope(t).map_or(&[], |envelope| &envelope.from)),
    ),
    (
        Field::new(
            "smtp.rcpt_to",
            Kind::List,
            "Recipients of the envelope, as <a@b> (RFC 5321, 4.1.1.3)",
        ),
        |t, out| {
            let Some(envelope) = envelope(t).filter(|e| !e.recipients.is_empty()) else {
                return;
            };
            out.open_list();
            for path in envelope.recipients.split(|octet| *octet == b'\n') {
                out.any_text(path);
            }
            out.close_list();
        },
    ),
    header!("email.from", b"from", "From of the mail (RFC 5322, 3.6.2)"),
    header!("email.to", b"to", "To of the mail (RFC 5322, 3.6.3)"),
    header!("email.cc", b"cc", "Cc of the mail (RFC 5322, 3.6.3)"),
    header!(
        "email.subject",
        b"subject",
        "Subject of the mail, still encoded (RFC 5322, 3.6.5)"
    ),
    header!("email.date", b"date", "Date of the mail (RFC 5322, 3.6.1)"),
    header!(
        "email.message_id",
        b"message-id",
        "Message-ID of the mail (RFC 5322, 3.6.4)"
    ),
    header!("email.x_mailer", b"x-mailer", "X-Mailer of the mail"),
    (
        Field::derived(
            "email.received",
            Kind::List,
            "Received fields of the mail (RFC 5322, 3.6.7)",
        ),
        |t, out| {
            if let Told::Mail { header, .. } = t {
                out.open_list();
                each(header, b"received", &mut |value| out.text(value));
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "smtp.file_name",
            Kind::Text,
            "Name of the file in a part (RFC 2183, 2.3; RFC 2045, 5)",
        ),
        |t, out| {
            if let Told::Part { name, .. } = t {
                out.any_text(name);
            }
        },
    ),
    (
        Field::derived(
            "smtp.file_data",
            Kind::Octets,
            "Content of one part of a mail without its encoding, its first 100 KiB (RFC 2045, 6)",
        ),
        |t, out| {
            if let Told::Part { content, .. } = t {
                out.octets(content);
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
