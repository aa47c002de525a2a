//! The field table of DNS, multicast DNS and LLMNR: one table, three prefixes.

use super::session::Variant;
use super::wire::{Data, Packet, Record, Type, strings};
use crate::facts::{Field, Message, Visitor};

/// A field and how a message of it is read.
pub(in super::super) type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

/// A message under the name of its variant.
#[derive(Debug)]
pub(super) struct Named<'a> {
    pub(super) variant: &'static Variant,
    pub(super) packet: Packet<'a>,
}

impl Message for Named<'_> {
    fn protocol(&self) -> &'static str {
        self.variant.name
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = self.variant.fields.get(index) {
            read(&self.packet, out);
        }
    }
}

fn kind(kind: Type, out: &mut dyn Visitor) {
    match kind.name() {
        Some(name) => out.text(name.as_bytes()),
        None => out.shown(&format_args!("TYPE{}", kind.0)),
    }
}

/// The type of the first question, where there is one.
pub(in super::super) fn question(packet: &Packet<'_>, out: &mut dyn Visitor) {
    if packet.header.questions > 0 {
        kind(packet.kind, out);
    }
}

/// The answers as records of name, type and data.
pub(in super::super) fn answers(packet: &Packet<'_>, out: &mut dyn Visitor) {
    if packet.header.answers == 0 {
        return;
    }
    out.open_list();
    for record in packet.answers() {
        out.open_record();
        out.key("name");
        out.text(&record.owner());
        out.key("type");
        kind(record.kind, out);
        data(&record, out);
        out.close_record();
    }
    out.close_list();
}

fn data(record: &Record<'_>, out: &mut dyn Visitor) {
    let read = record.read();
    if read == Data::Other {
        return;
    }
    out.key("data");
    match read {
        Data::V4(ip) => out.shown(&ip),
        Data::V6(ip) => out.shown(&ip),
        Data::Name(target) => out.text(&target.name()),
        Data::Text(texts) => {
            out.open_list();
            for text in strings(texts) {
                out.text(text);
            }
            out.close_list();
        }
        Data::Other => {}
    }
}

/// The table under a prefix; a macro because names are literals.
macro_rules! table {
    ($protocol:literal) => {{
        use $crate::facts::{Field, Kind};
        use $crate::protocols::dns::fields::{answers, question};
        &[
            (
                Field::new(
                    concat!($protocol, ".id"),
                    Kind::Unsigned,
                    "Identifier that pairs answer and query (RFC 1035, 4.1.1)",
                ),
                |p, out| out.unsigned(p.header.id.into()),
            ),
            (
                Field::new(
                    concat!($protocol, ".response"),
                    Kind::Boolean,
                    "QR: an answer",
                ),
                |p, out| out.boolean(p.header.response()),
            ),
            (
                Field::new(
                    concat!($protocol, ".opcode"),
                    Kind::Unsigned,
                    "0 query, 2 status, 4 notify, 5 update (RFC 1035, 4.1.1; RFC 2136)",
                ),
                |p, out| out.unsigned(p.header.opcode().into()),
            ),
            (
                Field::new(
                    concat!($protocol, ".rcode"),
                    Kind::Unsigned,
                    "Response code: 0 none, 3 no such name, 5 refused (RFC 1035, 4.1.1)",
                ),
                |p, out| {
                    if p.header.response() {
                        out.unsigned(p.header.rcode().into());
                    }
                },
            ),
            (
                Field::new(concat!($protocol, ".query"), Kind::Text, "Name asked for"),
                |p, out| out.any_text(&p.query()),
            ),
            (
                Field::new(
                    concat!($protocol, ".type"),
                    Kind::Text,
                    "Record type asked for",
                ),
                question,
            ),
            (
                Field::new(
                    concat!($protocol, ".answers"),
                    Kind::List,
                    "Answers: name, type, and data where the type is known",
                ),
                answers,
            ),
        ]
    }};
}
pub(in super::super) use table;
