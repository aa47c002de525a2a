//! Fields of headers, jobs, acknowledgments and of the connection.

use super::{Row, entry, items, name, octets, text};
use crate::facts::Kind::{Boolean, List, Octets, Text, Unsigned};
use crate::protocols::s7comm::blocks::part;
use crate::protocols::s7comm::errors;
use crate::protocols::s7comm::wire::Function;

pub(super) static ROWS: &[Row] = &[
    entry(
        "s7comm.rosctr",
        Unsigned,
        "Kind of PDU: 1 job, 2 ack, 3 ack-data, 7 userdata",
        |m, o| {
            o.unsigned(m.pdu.rosctr.0.into());
        },
    ),
    entry(
        "s7comm.rosctr_name",
        Text,
        "Kind of PDU in words",
        |m, o| {
            name(o, Some(m.pdu.rosctr.name()));
        },
    ),
    entry(
        "s7comm.reference",
        Unsigned,
        "Ties an answer to its request; 0 in pushes",
        |m, o| {
            o.unsigned(m.pdu.reference.into());
        },
    ),
    entry(
        "s7comm.function",
        Unsigned,
        "Function of a job or ack (parameter octet 0)",
        |m, o| {
            o.any_unsigned(m.pdu.function().map(|f| f.0));
        },
    ),
    entry(
        "s7comm.function_name",
        Text,
        "Function of a job or ack in words",
        |m, o| {
            name(o, m.pdu.function().map(Function::name));
        },
    ),
    entry(
        "s7comm.error",
        Unsigned,
        "Error class and code of an ack as one number, or error code \
         of a userdata answer; 0 is no error",
        |m, o| {
            o.any_unsigned(m.pdu.error().or(m.userdata.and_then(|u| u.error)));
        },
    ),
    entry(
        "s7comm.error_name",
        Text,
        "Error in words; only where there is one",
        |m, o| {
            let error = m.pdu.error().or(m.userdata.and_then(|u| u.error));
            name(o, error.filter(|e| *e != 0).map(errors::error));
        },
    ),
    entry(
        "s7comm.error_class",
        Unsigned,
        "Error class of an ack's header",
        |m, o| {
            o.any_unsigned(m.pdu.error.map(|(class, _)| class));
        },
    ),
    entry(
        "s7comm.error_code",
        Unsigned,
        "Error code of an ack's header",
        |m, o| {
            o.any_unsigned(m.pdu.error.map(|(_, code)| code));
        },
    ),
    entry(
        "s7comm.amq_calling",
        Unsigned,
        "Setup: jobs the calling side may have open",
        |m, o| {
            o.any_unsigned(m.setup(2));
        },
    ),
    entry(
        "s7comm.amq_called",
        Unsigned,
        "Setup: jobs the called side may have open",
        |m, o| {
            o.any_unsigned(m.setup(4));
        },
    ),
    entry(
        "s7comm.pdu_size",
        Unsigned,
        "Setup: largest PDU in octets, 240 to 960",
        |m, o| {
            o.any_unsigned(m.setup(6));
        },
    ),
    entry(
        "s7comm.item_count",
        Unsigned,
        "Read, write: number of items",
        |m, o| {
            let counts = matches!(m.pdu.function(), Some(Function::READ | Function::WRITE));
            o.any_unsigned(m.pdu.parameter.get(1).copied().filter(|_| counts));
        },
    ),
    entry(
        "s7comm.items",
        List,
        "Read, write, cyclic services, variable tables: the items; \
         requests: syntax, transport_size, count, db, area, address (S7ANY: bit address, 0-based; \
         counters and timers: number), values of writes; answers: return_code, transport_size, \
         values",
        items::show,
    ),
    entry(
        "s7comm.filename",
        Text,
        "Upload, download: file name as on the wire: _0A00001P",
        |m, o| {
            text(o, m.transfer().and_then(|t| t.file));
        },
    ),
    entry(
        "s7comm.block_type",
        Text,
        "Type of the block named: OB, DB, SDB, FC, SFC, FB, SFB",
        |m, o| {
            name(o, m.block().map(|b| b.kind.name()));
        },
    ),
    entry(
        "s7comm.block_number",
        Unsigned,
        "Number of the block named",
        |m, o| {
            o.any_unsigned(m.block().map(|b| b.number));
        },
    ),
    entry(
        "s7comm.filesystem",
        Text,
        "File system of the block named: passive (P), active (A), both (B)",
        |m, o| {
            name(o, m.block().map(|b| b.filesystem()));
        },
    ),
    entry(
        "s7comm.upload_id",
        Unsigned,
        "Upload: ties the jobs of one upload together",
        |m, o| {
            let uploads = matches!(m.pdu.function(), Some(Function(0x1d..=0x1f)));
            o.any_unsigned(m.transfer().and_then(|t| t.upload).filter(|_| uploads));
        },
    ),
    entry(
        "s7comm.load_length",
        Unsigned,
        "Request download, block info: octets in load memory",
        |m, o| {
            let length = m.transfer().and_then(|t| t.load_length);
            o.any_unsigned(length.or(m.info().map(|i| i.load_length)));
        },
    ),
    entry(
        "s7comm.block_length",
        Unsigned,
        "Request download, block info: octets of code; answer to \
         start upload: octets of the block",
        |m, o| {
            let length = m.transfer().and_then(|t| t.length);
            o.any_unsigned(length.or(m.info().map(|i| i.code_length.into())));
        },
    ),
    entry(
        "s7comm.more",
        Boolean,
        "Answers with a part of a block: more parts follow",
        |m, o| {
            if let Some(more) = m.more() {
                o.boolean(more);
            }
        },
    ),
    entry(
        "s7comm.block_data",
        Octets,
        "Answers with a part of a block: its octets",
        |m, o| {
            octets(o, m.more().and_then(|_| part(m.pdu.data)));
        },
    ),
    entry(
        "s7comm.pi_service",
        Text,
        "Program invocation, PLC stop: name of the service",
        |m, o| {
            text(o, m.pi().map(|p| p.service));
        },
    ),
    entry(
        "s7comm.pi_arguments",
        Text,
        "Program invocation: its parameter block",
        |m, o| {
            text(o, m.pi().map(|p| p.arguments).filter(|a| !a.is_empty()));
        },
    ),
    entry(
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
    entry(
        "s7comm.calling_tsap",
        Octets,
        "Transport selector of the caller (X.224, 13.3.4)",
        |m, o| {
            octets(o, Some(&m.link.calling));
        },
    ),
    entry(
        "s7comm.called_tsap",
        Octets,
        "Transport selector that was called (X.224, 13.3.4)",
        |m, o| {
            octets(o, Some(&m.link.called));
        },
    ),
    entry(
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
    entry(
        "s7comm.rack",
        Unsigned,
        "From the called selector: rack of the controller",
        |m, o| {
            o.any_unsigned(m.link.place().map(|(_, rack, _)| rack));
        },
    ),
    entry(
        "s7comm.slot",
        Unsigned,
        "From the called selector: slot of the controller",
        |m, o| {
            o.any_unsigned(m.link.place().map(|(_, _, slot)| slot));
        },
    ),
];
