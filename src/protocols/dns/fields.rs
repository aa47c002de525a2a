//! The field table of DNS, multicast DNS and LLMNR: one table, three prefixes.

use super::session::Variant;
use super::wire::{Data, Name, Packet, Record, Type, strings};
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

/// The names of all questions, of a query alone: rules on queries do not mean the answer, which
/// repeats them.
pub(in super::super) fn asked(packet: &Packet<'_>, out: &mut dyn Visitor) {
    if !packet.header.response() {
        names(packet.questions().map(|(name, _)| name), out);
    }
}

/// The names of all questions.
pub(in super::super) fn questions(packet: &Packet<'_>, out: &mut dyn Visitor) {
    names(packet.questions().map(|(name, _)| name), out);
}

/// The names of all answers.
pub(in super::super) fn answered(packet: &Packet<'_>, out: &mut dyn Visitor) {
    names(packet.answers().map(|record| record.owner()), out);
}

/// All names in a response: asked for, answered, led to.
pub(in super::super) fn told(packet: &Packet<'_>, out: &mut dyn Visitor) {
    if packet.header.response() {
        let targets = packet.records().filter_map(|record| match record.read() {
            Data::Name(target) => Some(target.name()),
            _ => None,
        });
        let asked = packet.questions().map(|(name, _)| name);
        let owners = packet.records().map(|record| record.owner());
        names(asked.chain(owners).chain(targets), out);
    }
}

/// The types asked for and answered, by number.
pub(in super::super) fn types(packet: &Packet<'_>, out: &mut dyn Visitor) {
    out.open_list();
    for (_, kind) in packet.questions() {
        out.unsigned(kind.0.into());
    }
    for record in packet.answers() {
        out.unsigned(record.kind.0.into());
    }
    out.close_list();
}

fn names(names: impl Iterator<Item = Name>, out: &mut dyn Visitor) {
    let mut names = names.filter(|name| !name.is_empty()).peekable();
    if names.peek().is_some() {
        out.open_list();
        names.for_each(|name| out.text(&name));
        out.close_list();
    }
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
        use $crate::protocols::dns::fields::{
            answered, answers, asked, question, questions, told, types,
        };
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
                Field::new(
                    concat!($protocol, ".name"),
                    Kind::Text,
                    "Name of the first question, in queries and answers (RFC 1035, 4.1.2)",
                ),
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
            (
                Field::derived(
                    concat!($protocol, ".query"),
                    Kind::List,
                    "Names of the questions of a query, as on the wire with dots (RFC 1035, 4.1.2)",
                ),
                asked,
            ),
            (
                Field::derived(
                    concat!($protocol, ".query.name"),
                    Kind::List,
                    "Names of the questions, in queries and answers (RFC 1035, 4.1.2)",
                ),
                questions,
            ),
            (
                Field::derived(
                    concat!($protocol, ".queries.rrname"),
                    Kind::List,
                    "Names of the questions, in queries and answers (RFC 1035, 4.1.2)",
                ),
                questions,
            ),
            (
                Field::derived(
                    concat!($protocol, ".answer.name"),
                    Kind::List,
                    "Names that the answers belong to (RFC 1035, 4.1.3)",
                ),
                answered,
            ),
            (
                Field::derived(
                    concat!($protocol, ".answers.rrname"),
                    Kind::List,
                    "Names that the answers belong to (RFC 1035, 4.1.3)",
                ),
                answered,
            ),
            (
                Field::derived(
                    concat!($protocol, ".response.rrname"),
                    Kind::List,
                    "All names in a response: asked for, of its records, led to by them \
                     (RFC 1035, 4.1)",
                ),
                told,
            ),
            (
                Field::derived(
                    concat!($protocol, ".rrtype"),
                    Kind::List,
                    "Types asked for and answered, by number (RFC 1035, 3.2.2)",
                ),
                types,
            ),
        ]
    }};
}
pub(in super::super) use table;
