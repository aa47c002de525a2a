//! Shows lists: the items of reads and writes, variable tables, lists of blocks.

use super::S7Message;
use crate::facts::Visitor;
use crate::protocols::s7comm::alarms::Alarms;
use crate::protocols::s7comm::blocks::{BlockType, language};
use crate::protocols::s7comm::errors;
use crate::protocols::s7comm::items::{
    Data, SUCCESS, Spec, Specs, Syntax, data_transport, db_ranges,
};
use crate::protocols::s7comm::userdata::{Table, cyclic_data, cyclic_specs};
use crate::protocols::s7comm::wire::{Function, Rosctr, group};

fn key_number(out: &mut dyn Visitor, key: &'static str, value: impl Into<u64>) {
    out.key(key);
    out.unsigned(value.into());
}

fn key_text(out: &mut dyn Visitor, key: &'static str, value: &[u8]) {
    out.key(key);
    out.text(value);
}

/// The items of whatever carries items.
pub(super) fn show(m: &S7Message<'_>, out: &mut dyn Visitor) {
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
            for (db, first, length) in db_ranges(ranges) {
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

/// The events of an alarm message.
pub(super) fn alarms(m: &S7Message<'_>, out: &mut dyn Visitor) {
    let Some(alarms) = m.userdata.as_ref().and_then(Alarms::parse) else {
        return;
    };
    out.open_list();
    for alarm in alarms {
        out.open_record();
        key_number(out, "event", alarm.event);
        if let Some(state) = alarm.state {
            key_number(out, "state", state);
        }
        key_number(out, "acknowledged_going", alarm.going);
        key_number(out, "acknowledged_coming", alarm.coming);
        out.key("values");
        out.open_list();
        alarm.values().for_each(|value| out.octets(value));
        out.close_list();
        out.close_record();
    }
    out.close_list();
}

/// The answers to list blocks and to list blocks of a type.
pub(super) fn blocks(m: &S7Message<'_>, out: &mut dyn Visitor) {
    let (entries, types) = match (m.block_answer(1), m.block_answer(2)) {
        (Some(entries), _) => (entries, true),
        (_, Some(entries)) => (entries, false),
        _ => return,
    };
    out.open_list();
    for [a, b, c, d] in entries.as_chunks::<4>().0 {
        out.open_record();
        if types {
            let kind = BlockType::from_digits([*a, *b]);
            key_text(out, "type", kind.map_or("unknown", |k| k.name()).as_bytes());
            key_number(out, "count", u16::from_be_bytes([*c, *d]));
        } else {
            key_number(out, "number", u16::from_be_bytes([*a, *b]));
            key_number(out, "flags", *c);
            key_text(out, "language", language(*d).as_bytes());
        }
        out.close_record();
    }
    out.close_list();
}
