//! Fields of userdata: function groups, status lists, block info, clocks.

use super::{Row, entry, items, name, octets, text};
use crate::facts::Kind::{Boolean, List, Octets, Text, Unsigned};
use crate::protocols::s7comm::alarms::Alarms;
use crate::protocols::s7comm::blocks::{self, Block, Date};
use crate::protocols::s7comm::szl;
use crate::protocols::s7comm::userdata::Clock;
use crate::protocols::s7comm::wire::group;

pub(super) static ROWS: &[Row] = &[
    entry(
        "s7comm.type",
        Unsigned,
        "Userdata: 0 push, 4 request, 8 response (3, 7, 11 of a \
         numerical control)",
        |m, o| {
            o.any_unsigned(m.userdata.map(|u| u.kind.0));
        },
    ),
    entry(
        "s7comm.type_name",
        Text,
        "Userdata: kind in words",
        |m, o| {
            name(o, m.userdata.map(|u| u.kind.name()));
        },
    ),
    entry(
        "s7comm.group",
        Unsigned,
        "Userdata: function group",
        |m, o| {
            o.any_unsigned(m.userdata.map(|u| u.group));
        },
    ),
    entry(
        "s7comm.group_name",
        Text,
        "Userdata: function group in words",
        |m, o| {
            name(o, m.userdata.map(|u| group::name(u.group)));
        },
    ),
    entry(
        "s7comm.subfunction",
        Unsigned,
        "Userdata: function within the group",
        |m, o| {
            o.any_unsigned(m.userdata.map(|u| u.subfunction));
        },
    ),
    entry(
        "s7comm.subfunction_name",
        Text,
        "Userdata: function within the group in words",
        |m, o| {
            name(o, m.userdata.map(|u| u.name()));
        },
    ),
    entry(
        "s7comm.sequence",
        Unsigned,
        "Userdata: ties parts of an answer, or pushes to their job",
        |m, o| {
            o.any_unsigned(m.userdata.map(|u| u.sequence));
        },
    ),
    entry(
        "s7comm.data_unit",
        Unsigned,
        "Userdata: data unit reference",
        |m, o| {
            o.any_unsigned(m.userdata.and_then(|u| u.unit_reference));
        },
    ),
    entry(
        "s7comm.last_data_unit",
        Boolean,
        "Userdata answers: this is the last part",
        |m, o| {
            if let Some(userdata) = m.userdata.filter(|u| u.unit_reference.is_some()) {
                o.boolean(userdata.last);
            }
        },
    ),
    entry(
        "s7comm.return_code",
        Unsigned,
        "Userdata: return code of the data part; 255 is success",
        |m, o| {
            o.any_unsigned(m.userdata.and_then(|u| u.return_code));
        },
    ),
    entry(
        "s7comm.szl_id",
        Unsigned,
        "Read SZL: identifier of the list",
        |m, o| {
            o.any_unsigned(m.szl().map(|(id, _)| id));
        },
    ),
    entry(
        "s7comm.szl_index",
        Unsigned,
        "Read SZL: index within the list",
        |m, o| {
            o.any_unsigned(m.szl().map(|(_, index)| index));
        },
    ),
    entry(
        "s7comm.szl_name",
        Text,
        "Read SZL: name of the list",
        |m, o| {
            name(o, m.szl().map(|(id, _)| szl::name(id)));
        },
    ),
    entry(
        "s7comm.szl",
        List,
        "Read SZL: the records of an answer, those of identification, modes, \
         lights and protection decoded; of an answer in parts the last PDU shows all",
        |m, o| {
            let answer = m.userdata.filter(|u| u.is_szl() && u.kind.is_response());
            if let Some(list) = answer.and_then(|u| szl::List::parse(u.payload)) {
                szl::show(&list, o);
            }
        },
    ),
    entry(
        "s7comm.blocks",
        List,
        "List blocks: type and count, or number, flags and language",
        items::blocks,
    ),
    entry("s7comm.block_author", Text, "Block info: author", |m, o| {
        text(o, m.info().map(|i| i.author));
    }),
    entry("s7comm.block_family", Text, "Block info: family", |m, o| {
        text(o, m.info().map(|i| i.family));
    }),
    entry("s7comm.block_name", Text, "Block info: name", |m, o| {
        text(o, m.info().map(|i| i.name));
    }),
    entry(
        "s7comm.block_version",
        Unsigned,
        "Block info: version, upper and lower half of an octet",
        |m, o| {
            o.any_unsigned(m.info().map(|i| i.version));
        },
    ),
    entry(
        "s7comm.block_language",
        Text,
        "Block info: language it is written in",
        |m, o| {
            name(o, m.info().map(|i| blocks::language(i.language)));
        },
    ),
    entry(
        "s7comm.block_checksum",
        Unsigned,
        "Block info: check sum",
        |m, o| {
            o.any_unsigned(m.info().map(|i| i.checksum));
        },
    ),
    entry(
        "s7comm.block_protection",
        Unsigned,
        "Block info: 0 none, 3 know-how protected",
        |m, o| {
            o.any_unsigned(m.info().map(|i| i.security));
        },
    ),
    entry(
        "s7comm.block_code_changed",
        Unsigned,
        "Block info: change of the code, in seconds since \
         1970 of the controller's own time",
        |m, o| {
            o.any_unsigned(m.info().map(|i| Date::unix(i.code_changed)));
        },
    ),
    entry(
        "s7comm.block_interface_changed",
        Unsigned,
        "Block info: change of the interface, in \
         seconds since 1970 of the controller's own time",
        |m, o| {
            o.any_unsigned(m.info().map(|i| Date::unix(i.interface_changed)));
        },
    ),
    entry(
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
    entry(
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
    entry(
        "s7comm.alarms",
        List,
        "Alarm messages, acknowledgments, locks, answers to queries: the number of the event, \
         its signals that are there, whose going and coming is acknowledged (one a bit), values",
        items::alarms,
    ),
    entry(
        "s7comm.alarm_time",
        Text,
        "Alarm messages: the controller's time, without zone",
        |m, o| {
            let alarms = m.userdata.as_ref().and_then(Alarms::parse);
            let clock = alarms.and_then(|a| a.time).map(Clock::text);
            text(o, clock.as_ref().map(|c| c.0.as_slice()));
        },
    ),
    entry(
        "s7comm.parameter",
        Octets,
        "The whole parameter part",
        |m, o| {
            octets(o, Some(m.pdu.parameter));
        },
    ),
    entry("s7comm.data", Octets, "The whole data part", |m, o| {
        octets(o, Some(m.pdu.data));
    }),
];
