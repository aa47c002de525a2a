//! The field table of S7comm: name, meaning, and how each is read from a PDU.

use super::blocks::{self, Block, Date, Info, Transfer, part};
use super::items::{Data, SUCCESS, Spec, Specs, Syntax, data_transport};
use super::jobs::Pi;
use super::session::Link;
use super::userdata::{Clock, Table, cyclic_data, cyclic_specs};
use super::wire::{Function, Pdu, Rosctr, Userdata, group};
use super::{errors, szl};
use crate::facts::{Field, Kind, Message, Visitor};

/// One PDU with what its conversation knows.
pub(crate) struct S7Message<'a> {
    pdu: &'a Pdu<'a>,
    userdata: Option<Userdata<'a>>,
    link: &'a Link,
    /// It carries on an answer that began in an earlier PDU.
    later: bool,
}

impl<'a> S7Message<'a> {
    pub(crate) const fn new(
        pdu: &'a Pdu<'a>,
        userdata: Option<Userdata<'a>>,
        link: &'a Link,
        later: bool,
    ) -> Self {
        Self {
            pdu,
            userdata,
            link,
            later,
        }
    }

    fn is(&self, rosctr: Rosctr, function: Function) -> bool {
        self.pdu.rosctr == rosctr && self.pdu.function() == Some(function)
    }

    fn answers(&self, function: Function) -> bool {
        self.is(Rosctr::ACK_DATA, function)
    }

    fn asks(&self, function: Function) -> bool {
        self.is(Rosctr::JOB, function)
    }

    /// Octets at `at` of the parameter part as a number of 16 bits.
    fn word(&self, at: usize) -> Option<u64> {
        let octets = self.pdu.parameter.get(at..)?.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*octets).into())
    }

    fn setup(&self, at: usize) -> Option<u64> {
        (self.pdu.function() == Some(Function::SETUP))
            .then(|| self.word(at))
            .flatten()
    }

    /// The step of an upload or download that a job or the answer to start upload carries.
    fn transfer(&self) -> Option<Transfer<'a>> {
        let parameter = self.pdu.parameter;
        match self.pdu.function()? {
            Function(0x1a..=0x1f) if self.pdu.rosctr == Rosctr::JOB => Transfer::job(parameter),
            Function::START_UPLOAD => Transfer::start_upload_answer(parameter),
            _ => None,
        }
    }

    /// Whether an upload or download says that more octets follow.
    fn more(&self) -> Option<bool> {
        let steps = self.answers(Function::DOWNLOAD_BLOCK) || self.answers(Function::UPLOAD);
        steps.then(|| self.pdu.parameter.get(1).map(|s| s & 1 != 0))?
    }

    /// The block that a job or a block function names.
    fn block(&self) -> Option<Block> {
        if let Some(transfer) = self.transfer() {
            return Block::parse(transfer.file?);
        }
        let userdata = self.function_of(group::BLOCK)?;
        userdata
            .kind
            .is_request()
            .then(|| blocks::asked(userdata.payload))?
    }

    fn pi(&self) -> Option<Pi<'a>> {
        let asks = self.asks(Function::PI_SERVICE) || self.asks(Function::PLC_STOP);
        asks.then(|| Pi::parse(self.pdu.parameter))?
    }

    /// Userdata of this group that begins an answer, or is no answer in parts.
    fn function_of(&self, group: u8) -> Option<Userdata<'a>> {
        self.userdata.filter(|u| u.group == group && !self.later)
    }

    /// Identifier and index of the system status list that is read.
    fn szl(&self) -> Option<(u16, u16)> {
        let userdata = self.function_of(group::CPU)?;
        userdata.is_szl().then(|| szl::asked(userdata.payload))?
    }

    /// An answer of the block functions.
    fn block_answer(&self, subfunction: u8) -> Option<&'a [u8]> {
        let userdata = self.function_of(group::BLOCK)?;
        let answers = userdata.kind.is_response() && userdata.subfunction == subfunction;
        answers.then_some(userdata.payload)
    }

    fn info(&self) -> Option<Info<'a>> {
        self.block_answer(3).and_then(Info::parse)
    }
}

impl Message for S7Message<'_> {
    fn protocol(&self) -> &'static str {
        "s7comm"
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some(row) = FIELDS.get(index) {
            (row.read)(self, out);
        }
    }
}

/// One row: a field, and how it is read.
pub(crate) struct Row {
    pub(crate) field: Field,
    read: fn(&S7Message<'_>, &mut dyn Visitor),
}

const fn row(
    name: &'static str,
    kind: Kind,
    doc: &'static str,
    read: fn(&S7Message<'_>, &mut dyn Visitor),
) -> Row {
    Row {
        field: Field { name, kind, doc },
        read,
    }
}

fn number(out: &mut dyn Visitor, value: Option<impl Into<u64>>) {
    if let Some(value) = value {
        out.unsigned(value.into());
    }
}

fn text(out: &mut dyn Visitor, value: Option<&[u8]>) {
    if let Some(value) = value {
        out.text(value);
    }
}

fn name(out: &mut dyn Visitor, value: Option<&'static str>) {
    text(out, value.map(str::as_bytes));
}

fn octets(out: &mut dyn Visitor, value: Option<&[u8]>) {
    if let Some(value) = value.filter(|v| !v.is_empty()) {
        out.octets(value);
    }
}

fn key_number(out: &mut dyn Visitor, key: &'static str, value: impl Into<u64>) {
    out.key(key);
    out.unsigned(value.into());
}

fn key_text(out: &mut dyn Visitor, key: &'static str, value: &[u8]) {
    out.key(key);
    out.text(value);
}

use Kind::{Boolean, List, Octets, Text, Unsigned};

pub(crate) static FIELDS: &[Row] = &[
    row(
        "s7comm.rosctr",
        Unsigned,
        "Kind of PDU: 1 job, 2 ack, 3 ack-data, 7 userdata",
        |m, o| {
            o.unsigned(m.pdu.rosctr.0.into());
        },
    ),
    row(
        "s7comm.rosctr_name",
        Text,
        "Kind of PDU in words",
        |m, o| {
            name(o, Some(m.pdu.rosctr.name()));
        },
    ),
    row(
        "s7comm.reference",
        Unsigned,
        "Ties an answer to its request; 0 in pushes",
        |m, o| {
            o.unsigned(m.pdu.reference.into());
        },
    ),
    row(
        "s7comm.function",
        Unsigned,
        "Function of a job or ack (parameter octet 0)",
        |m, o| {
            number(o, m.pdu.function().map(|f| f.0));
        },
    ),
    row(
        "s7comm.function_name",
        Text,
        "Function of a job or ack in words",
        |m, o| {
            name(o, m.pdu.function().map(Function::name));
        },
    ),
    row(
        "s7comm.error",
        Unsigned,
        "Error class and code of an ack as one number, or error code \
         of a userdata answer; 0 is no error",
        |m, o| {
            number(o, m.pdu.error().or(m.userdata.and_then(|u| u.error)));
        },
    ),
    row(
        "s7comm.error_name",
        Text,
        "Error in words; only where there is one",
        |m, o| {
            let error = m.pdu.error().or(m.userdata.and_then(|u| u.error));
            name(o, error.filter(|e| *e != 0).map(errors::error));
        },
    ),
    row(
        "s7comm.error_class",
        Unsigned,
        "Error class of an ack's header",
        |m, o| {
            number(o, m.pdu.error.map(|(class, _)| class));
        },
    ),
    row(
        "s7comm.error_code",
        Unsigned,
        "Error code of an ack's header",
        |m, o| {
            number(o, m.pdu.error.map(|(_, code)| code));
        },
    ),
    row(
        "s7comm.amq_calling",
        Unsigned,
        "Setup: jobs the calling side may have open",
        |m, o| {
            number(o, m.setup(2));
        },
    ),
    row(
        "s7comm.amq_called",
        Unsigned,
        "Setup: jobs the called side may have open",
        |m, o| {
            number(o, m.setup(4));
        },
    ),
    row(
        "s7comm.pdu_size",
        Unsigned,
        "Setup: largest PDU in octets, 240 to 960",
        |m, o| {
            number(o, m.setup(6));
        },
    ),
    row(
        "s7comm.item_count",
        Unsigned,
        "Read, write: number of items",
        |m, o| {
            let counts = matches!(m.pdu.function(), Some(Function::READ | Function::WRITE));
            number(o, m.pdu.parameter.get(1).copied().filter(|_| counts));
        },
    ),
    row(
        "s7comm.items",
        List,
        "Read, write, cyclic services, variable tables: the items; \
         requests: syntax, transport_size, count, db, area, address (S7ANY: bit address, 0-based; \
         counters and timers: number), values of writes; answers: return_code, transport_size, \
         values",
        items,
    ),
    row(
        "s7comm.filename",
        Text,
        "Upload, download: file name as on the wire: _0A00001P",
        |m, o| {
            text(o, m.transfer().and_then(|t| t.file));
        },
    ),
    row(
        "s7comm.block_type",
        Text,
        "Type of the block named: OB, DB, SDB, FC, SFC, FB, SFB",
        |m, o| {
            name(o, m.block().map(|b| b.kind.name()));
        },
    ),
    row(
        "s7comm.block_number",
        Unsigned,
        "Number of the block named",
        |m, o| {
            number(o, m.block().map(|b| b.number));
        },
    ),
    row(
        "s7comm.filesystem",
        Text,
        "File system of the block named: passive (P), active (A), both (B)",
        |m, o| {
            name(o, m.block().map(|b| b.filesystem()));
        },
    ),
    row(
        "s7comm.upload_id",
        Unsigned,
        "Upload: ties the jobs of one upload together",
        |m, o| {
            let uploads = matches!(m.pdu.function(), Some(Function(0x1d..=0x1f)));
            number(o, m.transfer().and_then(|t| t.upload).filter(|_| uploads));
        },
    ),
    row(
        "s7comm.load_length",
        Unsigned,
        "Request download, block info: octets in load memory",
        |m, o| {
            let length = m.transfer().and_then(|t| t.load_length);
            number(o, length.or(m.info().map(|i| i.load_length)));
        },
    ),
    row(
        "s7comm.block_length",
        Unsigned,
        "Request download, block info: octets of code; answer to \
         start upload: octets of the block",
        |m, o| {
            let length = m.transfer().and_then(|t| t.length);
            number(o, length.or(m.info().map(|i| i.code_length.into())));
        },
    ),
    row(
        "s7comm.more",
        Boolean,
        "Answers with a part of a block: more parts follow",
        |m, o| {
            if let Some(more) = m.more() {
                o.boolean(more);
            }
        },
    ),
    row(
        "s7comm.block_data",
        Octets,
        "Answers with a part of a block: its octets",
        |m, o| {
            octets(o, m.more().and_then(|_| part(m.pdu.data)));
        },
    ),
    row(
        "s7comm.pi_service",
        Text,
        "Program invocation, PLC stop: name of the service",
        |m, o| {
            text(o, m.pi().map(|p| p.service));
        },
    ),
    row(
        "s7comm.pi_arguments",
        Text,
        "Program invocation: its parameter block",
        |m, o| {
            text(o, m.pi().map(|p| p.arguments).filter(|a| !a.is_empty()));
        },
    ),
    row(
        "s7comm.pi_blocks",
        List,
        "Program invocation: blocks it names",
        |m, o| {
            if let Some(pi) = m.pi().filter(|pi| pi.blocks().next().is_some()) {
                o.open_list();
                pi.blocks().for_each(|b| o.text(&b.name()));
                o.close_list();
            }
        },
    ),
    row(
        "s7comm.type",
        Unsigned,
        "Userdata: 0 push, 4 request, 8 response (3, 7, 11 of a \
         numerical control)",
        |m, o| {
            number(o, m.userdata.map(|u| u.kind.0));
        },
    ),
    row(
        "s7comm.type_name",
        Text,
        "Userdata: kind in words",
        |m, o| {
            name(o, m.userdata.map(|u| u.kind.name()));
        },
    ),
    row(
        "s7comm.group",
        Unsigned,
        "Userdata: function group",
        |m, o| {
            number(o, m.userdata.map(|u| u.group));
        },
    ),
    row(
        "s7comm.group_name",
        Text,
        "Userdata: function group in words",
        |m, o| {
            name(o, m.userdata.map(|u| group::name(u.group)));
        },
    ),
    row(
        "s7comm.subfunction",
        Unsigned,
        "Userdata: function within the group",
        |m, o| {
            number(o, m.userdata.map(|u| u.subfunction));
        },
    ),
    row(
        "s7comm.subfunction_name",
        Text,
        "Userdata: function within the group in words",
        |m, o| {
            name(o, m.userdata.map(|u| u.name()));
        },
    ),
    row(
        "s7comm.sequence",
        Unsigned,
        "Userdata: ties parts of an answer, or pushes to their job",
        |m, o| {
            number(o, m.userdata.map(|u| u.sequence));
        },
    ),
    row(
        "s7comm.data_unit",
        Unsigned,
        "Userdata: data unit reference",
        |m, o| {
            number(o, m.userdata.and_then(|u| u.unit_reference));
        },
    ),
    row(
        "s7comm.last_data_unit",
        Boolean,
        "Userdata answers: this is the last part",
        |m, o| {
            if let Some(userdata) = m.userdata.filter(|u| u.unit_reference.is_some()) {
                o.boolean(userdata.last);
            }
        },
    ),
    row(
        "s7comm.return_code",
        Unsigned,
        "Userdata: return code of the data part; 255 is success",
        |m, o| {
            number(o, m.userdata.and_then(|u| u.return_code));
        },
    ),
    row(
        "s7comm.szl_id",
        Unsigned,
        "Read SZL: identifier of the list",
        |m, o| {
            number(o, m.szl().map(|(id, _)| id));
        },
    ),
    row(
        "s7comm.szl_index",
        Unsigned,
        "Read SZL: index within the list",
        |m, o| {
            number(o, m.szl().map(|(_, index)| index));
        },
    ),
    row(
        "s7comm.szl_name",
        Text,
        "Read SZL: name of the list",
        |m, o| {
            name(o, m.szl().map(|(id, _)| szl::name(id)));
        },
    ),
    row(
        "s7comm.szl",
        List,
        "Read SZL: the records of an answer, those of identification, modes, \
         lights and protection decoded; of an answer in parts the first part's",
        |m, o| {
            let answer = m
                .userdata
                .filter(|u| u.is_szl() && u.kind.is_response() && !m.later);
            if let Some(list) = answer.and_then(|u| szl::List::parse(u.payload)) {
                szl::show(&list, o);
            }
        },
    ),
    row(
        "s7comm.blocks",
        List,
        "List blocks: type and count, or number, flags and language",
        block_list,
    ),
    row("s7comm.block_author", Text, "Block info: author", |m, o| {
        text(o, m.info().map(|i| i.author));
    }),
    row("s7comm.block_family", Text, "Block info: family", |m, o| {
        text(o, m.info().map(|i| i.family));
    }),
    row("s7comm.block_name", Text, "Block info: name", |m, o| {
        text(o, m.info().map(|i| i.name));
    }),
    row(
        "s7comm.block_version",
        Unsigned,
        "Block info: version, upper and lower half of an octet",
        |m, o| {
            number(o, m.info().map(|i| i.version));
        },
    ),
    row(
        "s7comm.block_language",
        Text,
        "Block info: language it is written in",
        |m, o| {
            name(o, m.info().map(|i| blocks::language(i.language)));
        },
    ),
    row(
        "s7comm.block_checksum",
        Unsigned,
        "Block info: check sum",
        |m, o| {
            number(o, m.info().map(|i| i.checksum));
        },
    ),
    row(
        "s7comm.block_protection",
        Unsigned,
        "Block info: 0 none, 3 know-how protected",
        |m, o| {
            number(o, m.info().map(|i| i.security));
        },
    ),
    row(
        "s7comm.block_code_changed",
        Unsigned,
        "Block info: change of the code, in seconds since \
         1970 of the controller's own time",
        |m, o| {
            number(o, m.info().map(|i| Date::unix(i.code_changed)));
        },
    ),
    row(
        "s7comm.block_interface_changed",
        Unsigned,
        "Block info: change of the interface, in \
         seconds since 1970 of the controller's own time",
        |m, o| {
            number(o, m.info().map(|i| Date::unix(i.interface_changed)));
        },
    ),
    row(
        "s7comm.info_block",
        Text,
        "Block info: the block, as its own header names it",
        |m, o| {
            let block = m.info().map(|i| Block {
                kind: blocks::BlockType(i.kind),
                number: i.number.into(),
                filesystem: 0,
            });
            text(o, block.map(|b| b.name()).as_deref());
        },
    ),
    row(
        "s7comm.clock",
        Text,
        "Time functions: the controller's time, without zone",
        |m, o| {
            let userdata = m.userdata.filter(|u| u.group == group::TIME);
            let clock = userdata
                .and_then(|u| Clock::parse(u.payload))
                .map(Clock::text);
            text(o, clock.as_ref().map(|c| c.0.as_slice()));
        },
    ),
    row(
        "s7comm.parameter",
        Octets,
        "The whole parameter part",
        |m, o| {
            octets(o, Some(m.pdu.parameter));
        },
    ),
    row("s7comm.data", Octets, "The whole data part", |m, o| {
        octets(o, Some(m.pdu.data));
    }),
    row(
        "s7comm.calling_tsap",
        Octets,
        "Transport selector of the caller (X.224, 13.3.4)",
        |m, o| {
            octets(o, Some(&m.link.calling));
        },
    ),
    row(
        "s7comm.called_tsap",
        Octets,
        "Transport selector that was called (X.224, 13.3.4)",
        |m, o| {
            octets(o, Some(&m.link.called));
        },
    ),
    row(
        "s7comm.connection_type",
        Text,
        "From the called selector: PG, OP or S7 basic",
        |m, o| {
            name(
                o,
                m.link.place().map(|(kind, ..)| match kind {
                    1 => "PG",
                    2 => "OP",
                    _ => "S7 basic",
                }),
            );
        },
    ),
    row(
        "s7comm.rack",
        Unsigned,
        "From the called selector: rack of the controller",
        |m, o| {
            number(o, m.link.place().map(|(_, rack, _)| rack));
        },
    ),
    row(
        "s7comm.slot",
        Unsigned,
        "From the called selector: slot of the controller",
        |m, o| {
            number(o, m.link.place().map(|(_, _, slot)| slot));
        },
    ),
];

/// The items of whatever carries items.
fn items(m: &S7Message<'_>, out: &mut dyn Visitor) {
    let pdu = m.pdu;
    let list = |out: &mut dyn Visitor, show: &mut dyn FnMut(&mut dyn Visitor)| {
        out.open_list();
        show(out);
        out.close_list();
    };
    match (pdu.rosctr, pdu.function(), m.userdata) {
        (Rosctr::JOB, Some(Function::READ | Function::WRITE), _) => list(out, &mut |out| {
            let mut data = Data::new(pdu.data);
            for spec in Specs::new(pdu.parameter) {
                show_spec(&spec, data.next().map(|d| d.octets), out);
            }
        }),
        (Rosctr::ACK_DATA, Some(Function::READ), _) => {
            list(out, &mut |out| show_data(Data::new(pdu.data), out));
        }
        (Rosctr::ACK_DATA, Some(Function::WRITE), _) => list(out, &mut |out| {
            for code in pdu.data {
                show_code(*code, out);
                out.close_record();
            }
        }),
        (_, _, Some(u)) if u.group == group::CYCLIC && u.subfunction != 4 => {
            list(out, &mut |out| {
                if u.kind.is_request() {
                    cyclic_specs(u.payload).for_each(|spec| show_spec(&spec, None, out));
                } else {
                    show_data(cyclic_data(u.payload), out);
                }
            });
        }
        (_, _, Some(u)) => {
            let asks = u.group == group::PROGRAMMER && u.kind.is_request();
            let table = (asks && matches!(u.subfunction, 2 | 8 | 9))
                .then(|| Table::parse(u.payload))
                .flatten();
            if let Some(table) = table {
                list(out, &mut |out| show_table(table, out));
            }
        }
        _ => {}
    }
}

fn show_spec(spec: &Spec<'_>, values: Option<&[u8]>, out: &mut dyn Visitor) {
    out.open_record();
    key_text(out, "syntax", Syntax::name(spec.syntax()).as_bytes());
    match *spec {
        Spec::Any {
            transport,
            count,
            db,
            area,
            address,
        } => {
            key_number(out, "area", area.0);
            key_text(out, "area_name", area.spaces().0.as_bytes());
            key_number(out, "db", db);
            key_number(out, "address", address);
            key_number(out, "transport_size", transport.0);
            key_text(out, "type", transport.name().as_bytes());
            key_number(out, "count", count);
        }
        Spec::DbRead(ranges) => {
            out.key("ranges");
            out.open_list();
            for (db, first, length) in super::items::db_ranges(ranges) {
                out.open_record();
                key_number(out, "db", db);
                key_number(out, "address", u32::from(first) * 8);
                key_number(out, "count", length);
                out.close_record();
            }
            out.close_list();
        }
        Spec::Symbolic { root, place, path } => {
            key_number(out, "root", root);
            key_number(out, if root == 0x8a0e { "db" } else { "area" }, place);
            out.key("path");
            out.octets(path);
        }
        Spec::Nck {
            area_unit,
            column,
            line,
            module,
            lines,
        } => {
            key_number(out, "area", area_unit >> 5);
            key_number(out, "unit", area_unit & 0x1f);
            key_number(out, "column", column);
            key_number(out, "line", line);
            key_number(out, "module", module);
            key_number(out, "count", lines);
        }
        Spec::Other(syntax, octets) => {
            key_number(out, "syntax_id", syntax.0);
            out.key("octets");
            out.octets(octets);
        }
    }
    if let Some(values) = values.filter(|v| !v.is_empty()) {
        out.key("values");
        out.octets(values);
    }
    out.close_record();
}

/// Opens a record with a return code.
fn show_code(code: u8, out: &mut dyn Visitor) {
    out.open_record();
    key_number(out, "return_code", code);
    if code != SUCCESS {
        key_text(out, "error", errors::return_code(code).as_bytes());
    }
}

fn show_data(data: Data<'_>, out: &mut dyn Visitor) {
    for datum in data {
        show_code(datum.code, out);
        key_number(out, "transport_size", datum.transport);
        key_text(out, "type", data_transport(datum.transport).as_bytes());
        out.key("values");
        out.octets(datum.octets);
        out.close_record();
    }
}

fn show_table(table: Table<'_>, out: &mut dyn Visitor) {
    let mut values = table.values();
    for entry in table {
        let target = entry.target();
        out.open_record();
        key_text(out, "area_name", target.space.as_bytes());
        key_number(out, "db", entry.db);
        if let Some((first, last)) = target.range {
            key_number(out, "first", first);
            key_number(out, "last", last);
        }
        if let Some(datum) = values.next() {
            out.key("values");
            out.octets(datum.octets);
        }
        out.close_record();
    }
}

/// The answers to list blocks and to list blocks of a type.
fn block_list(m: &S7Message<'_>, out: &mut dyn Visitor) {
    let (entries, types) = match (m.block_answer(1), m.block_answer(2)) {
        (Some(entries), _) => (entries, true),
        (_, Some(entries)) => (entries, false),
        _ => return,
    };
    out.open_list();
    for [a, b, c, d] in entries.as_chunks::<4>().0 {
        out.open_record();
        if types {
            let kind = blocks::BlockType::from_digits([*a, *b]);
            key_text(out, "type", kind.map_or("unknown", |k| k.name()).as_bytes());
            key_number(out, "count", u16::from_be_bytes([*c, *d]));
        } else {
            key_number(out, "number", u16::from_be_bytes([*a, *b]));
            key_number(out, "flags", *c);
            key_text(out, "language", blocks::language(*d).as_bytes());
        }
        out.close_record();
    }
    out.close_list();
}
