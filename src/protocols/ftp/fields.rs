//! The field table of FTP.

use super::NAME;
use super::wire::Line;
use crate::facts::{Field, Kind, Message, Visitor};

type Row = (Field, fn(&Line<'_>, &mut dyn Visitor));

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new("ftp.command", Kind::Text, "Command verb (RFC 959, 4.1)"),
        |l, out| {
            if let Line::Command { verb, .. } = l {
                out.text(verb);
            }
        },
    ),
    (
        Field::new(
            "ftp.argument",
            Kind::Text,
            "Its argument; of PASS and ACCT it is left out",
        ),
        |l, out| {
            if let Line::Command { verb, argument } = l
                && !verb.eq_ignore_ascii_case(b"PASS")
                && !verb.eq_ignore_ascii_case(b"ACCT")
            {
                out.any_text(argument);
            }
        },
    ),
    (
        Field::new("ftp.reply", Kind::Unsigned, "Reply code (RFC 959, 4.2)"),
        |l, out| {
            if let Line::Reply { code, .. } = l {
                out.unsigned((*code).into());
            }
        },
    ),
    (
        Field::new("ftp.text", Kind::Text, "Text of a reply"),
        |l, out| {
            if let Line::Reply { text, .. } = l {
                out.any_text(text);
            }
        },
    ),
    (
        Field::derived(
            "ftp.command_data",
            Kind::Text,
            "Argument of any command, secrets too (RFC 959, 4.1)",
        )
        .secret(),
        |l, out| {
            if let Line::Command { argument, .. } = l {
                out.any_text(argument);
            }
        },
    ),
    (
        Field::derived(
            "ftp.completion_code",
            Kind::Text,
            "Reply code as sent (RFC 959, 4.2)",
        ),
        |l, out| {
            if let Line::Reply { code, .. } = l {
                out.shown(code);
            }
        },
    ),
];

impl Message for Line<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
