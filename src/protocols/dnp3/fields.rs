//! The fields of a DNP3 message: one table, each row with its name, its doc and how to read it.
//!
//! Called by whoever visits a message: rules, JSON, `jaga decode`. Walks the fragment when
//! asked and keeps nothing.

use super::commands::Crob;
use super::files::{self, File};
use super::headers::{Object, Point};
use super::link::Header;
use super::objects::{self, Reading, Value};
use super::transport::Octet;
use super::wire::{Fragment, Iin};
use crate::facts::{Field, Kind, Message, Scalar, Visitor};

/// A message: one application fragment, or a link frame without application data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pdu<'a> {
    /// The header of the frame that completed it.
    pub(super) link: Header,
    /// The transport octet of that frame, and in how many segments the fragment came.
    pub(super) transport: Option<(Octet, u16)>,
    /// The fragment.
    pub(super) fragment: Option<Fragment<'a>>,
}

impl Message for Pdu<'_> {
    fn protocol(&self) -> &'static str {
        "dnp3"
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some(row) = ROWS.get(index) {
            (row.read)(self, out);
        }
    }
}

/// The field at `index`.
pub(super) fn field(index: usize) -> Option<&'static Field> {
    ROWS.get(index).map(|row| &row.field)
}

struct Row {
    field: Field,
    read: fn(&Pdu<'_>, &mut dyn Visitor),
}

macro_rules! rows {
    ($($name:literal: $kind:ident, $doc:literal, $read:expr;)*) => {
        static ROWS: &[Row] = &[$(Row {
            field: Field::new($name, Kind::$kind, $doc),
            read: $read,
        }),*];
    };
}

rows! {
    "dnp3.source": Unsigned,
        "Link address of the sender, 0 to 65535 (9.2.4.1.5).",
        |pdu, out| out.unsigned(pdu.link.source.into());
    "dnp3.destination": Unsigned,
        "Link address of the receiver; 65533 to 65535 are broadcasts (9.2.4.1.4).",
        |pdu, out| out.unsigned(pdu.link.destination.into());
    "dnp3.length": Unsigned,
        "Length octet of the link frame that completed the message, 5 to 255 (9.2.4.1.2).",
        |pdu, out| out.unsigned(pdu.link.length.into());
    "dnp3.link_control": Unsigned,
        "Control octet of that frame (9.2.4.1.3).",
        |pdu, out| out.unsigned(pdu.link.control.0.into());
    "dnp3.from_master": Boolean,
        "DIR: a master sent it (9.2.4.1.3).",
        |pdu, out| out.boolean(pdu.link.control.is_master());
    "dnp3.primary": Boolean,
        "PRM: it starts a link service; otherwise it answers one (9.2.4.1.3).",
        |pdu, out| out.boolean(pdu.link.control.primary());
    "dnp3.fcb": Boolean,
        "FCB of a primary frame (9.2.4.1.3).",
        |pdu, out| out.any_boolean(pdu.link.control.fcb());
    "dnp3.fcv": Boolean,
        "FCV of a primary frame: FCB counts (9.2.4.1.3).",
        |pdu, out| out.any_boolean(pdu.link.control.fcv());
    "dnp3.dfc": Boolean,
        "DFC of a secondary frame: the receiver is full (9.2.4.1.3).",
        |pdu, out| out.any_boolean(pdu.link.control.dfc());
    "dnp3.link_function": Unsigned,
        "Link function code, 0 to 15; its meaning depends on PRM (9.2.4.1.3).",
        |pdu, out| out.unsigned(pdu.link.control.function().into());
    "dnp3.link_function_name": Text,
        "Name of the link function code.",
        |pdu, out| name(pdu.link.control.function_name(), out);
    "dnp3.segment_sequence": Unsigned,
        "Transport sequence number of the segment that completed the message, 0 to 63 (8.2.2).",
        |pdu, out| {
            if let Some((octet, _)) = pdu.transport {
                out.unsigned(octet.sequence().into());
            }
        };
    "dnp3.segments": Unsigned,
        "How many transport segments the fragment came in.",
        |pdu, out| {
            if let Some((_, segments)) = pdu.transport {
                out.unsigned(segments.into());
            }
        };
    "dnp3.fir": Boolean,
        "First fragment of its message (4.2.2.4).",
        |pdu, out| out.any_boolean(pdu.fragment.map(|f| f.control.fir()));
    "dnp3.fin": Boolean,
        "Last fragment of its message (4.2.2.4).",
        |pdu, out| out.any_boolean(pdu.fragment.map(|f| f.control.fin()));
    "dnp3.con": Boolean,
        "The sender wants a confirm (4.2.2.4).",
        |pdu, out| out.any_boolean(pdu.fragment.map(|f| f.control.con()));
    "dnp3.uns": Boolean,
        "UNS bit: an unsolicited response or its confirm (4.2.2.4).",
        |pdu, out| out.any_boolean(pdu.fragment.map(|f| f.control.uns()));
    "dnp3.sequence": Unsigned,
        "Application sequence number, 0 to 15 (4.2.2.4).",
        |pdu, out| out.any_unsigned(pdu.fragment.map(|f| f.control.sequence()));
    "dnp3.function": Unsigned,
        "Application function code (4.2.2.5).",
        |pdu, out| out.any_unsigned(pdu.fragment.map(|f| f.function.0));
    "dnp3.function_name": Text,
        "Name of the application function code, as the standard spells it.",
        |pdu, out| name(pdu.fragment.and_then(|f| f.function.name()), out);
    "dnp3.unsolicited": Boolean,
        "Function code 130: the outstation was not asked (4.2.2.5).",
        |pdu, out| out.any_boolean(pdu.fragment.map(|f| f.function.0 == 130));
    "dnp3.iin": Unsigned,
        "Internal indications of a response, 16 bits, the first octet in the upper half (4.2.2.6).",
        |pdu, out| out.any_unsigned(iin(pdu).map(|iin| iin.0));
    "dnp3.indications": List,
        "Names of the internal indications that are set.",
        indications;
    "dnp3.objects": List,
        "Object headers: group, variation, qualifier octet, count; count 0 asks for all (4.2.2.7).",
        objects;
    "dnp3.points": List,
        "Points with group, variation, index, value, flags or status, time in milliseconds since \
         1970 UTC; commands with code, count, on and off time in milliseconds.",
        points;
    "dnp3.controls": List,
        "Names of the operations in control relay output blocks: `latch on`, `trip` (A.8).",
        controls;
    "dnp3.file_name": List,
        "Names in file objects (A.27).",
        file_names;
    "dnp3.files": List,
        "File objects: name, handle, block, size, mode, status (A.27).",
        file_objects;
    "dnp3.data": Octets,
        "The application fragment, put together and without CRCs, from application control on.",
        |pdu, out| {
            if let Some(fragment) = pdu.fragment {
                out.octets(fragment.octets);
            }
        };
}

fn name(value: Option<&'static str>, out: &mut dyn Visitor) {
    if let Some(value) = value {
        out.text(value.as_bytes());
    }
}

/// One entry of a record; nothing where there is no value.
fn entry<T: Into<u64>>(key: &'static str, value: Option<T>, out: &mut dyn Visitor) {
    if let Some(value) = value {
        out.key(key);
        out.unsigned(value.into());
    }
}

fn iin(pdu: &Pdu<'_>) -> Option<Iin> {
    pdu.fragment.and_then(|fragment| fragment.iin)
}

fn indications(pdu: &Pdu<'_>, out: &mut dyn Visitor) {
    let Some(iin) = iin(pdu) else {
        return;
    };
    out.open_list();
    for (bit, name) in Iin::NAMES {
        if iin.has(Iin(bit)) {
            out.text(name.as_bytes());
        }
    }
    out.close_list();
}

/// The objects of a message.
fn objects_of<'a>(pdu: &Pdu<'a>) -> impl Iterator<Item = Object<'a>> {
    pdu.fragment
        .into_iter()
        .flat_map(|fragment| fragment.objects())
}

fn objects(pdu: &Pdu<'_>, out: &mut dyn Visitor) {
    if pdu.fragment.is_none() {
        return;
    }
    out.open_list();
    for object in objects_of(pdu) {
        out.open_record();
        entry("group", Some(object.group), out);
        entry("variation", Some(object.variation), out);
        entry("qualifier", Some(object.qualifier), out);
        entry("count", Some(object.count), out);
        out.close_record();
    }
    out.close_list();
}

fn points(pdu: &Pdu<'_>, out: &mut dyn Visitor) {
    if objects_of(pdu).all(|object| !object.has_body()) {
        return;
    }
    // The common time of occurrence before events with a relative time (A.24).
    let mut common = None;
    out.open_list();
    for object in objects_of(pdu) {
        for point in object.points() {
            let Some(reading) = objects::reading(object.group, object.variation, &point) else {
                continue;
            };
            if object.group == 51 {
                common = reading.time;
            }
            record(&object, &point, &reading, common, out);
        }
    }
    out.close_list();
}

fn record(
    object: &Object<'_>,
    point: &Point<'_>,
    reading: &Reading<'_>,
    common: Option<u64>,
    out: &mut dyn Visitor,
) {
    out.open_record();
    entry("group", Some(object.group), out);
    entry("variation", Some(object.variation), out);
    entry("index", point.index, out);
    value(&reading.value, out);
    entry("flags", reading.flags, out);
    entry("status", reading.status, out);
    let relative = reading.delay.zip(common);
    let occurred = relative.map(|(delay, common)| common.saturating_add(delay.into()));
    entry("time", reading.time.or(occurred), out);
    entry("delay", reading.delay, out);
    out.close_record();
}

fn value(value: &Value<'_>, out: &mut dyn Visitor) {
    match *value {
        Value::None => {}
        Value::Octets(octets) => {
            out.key("value");
            out.octets(octets);
        }
        Value::Text(text) => {
            out.key("value");
            out.text(text);
        }
        Value::Crob(crob) => {
            out.key("value");
            out.text(crob.name().as_bytes());
            command(crob, out);
        }
        Value::Scalar(scalar) => {
            out.key("value");
            match scalar {
                Scalar::Bit(bit) => out.boolean(bit),
                Scalar::Unsigned(number) => out.unsigned(number),
                Scalar::Signed(number) => out.signed(number),
                Scalar::Float(number) => out.float(number),
                Scalar::Name(name) => out.text(name.as_bytes()),
            }
        }
    }
}

fn command(crob: Crob, out: &mut dyn Visitor) {
    entry("code", Some(crob.code), out);
    entry("count", Some(crob.count), out);
    entry("on_time", Some(crob.on), out);
    entry("off_time", Some(crob.off), out);
    for (key, set) in [("queue", crob.queue()), ("clear", crob.clear())] {
        if set {
            out.key(key);
            out.boolean(true);
        }
    }
}

fn controls(pdu: &Pdu<'_>, out: &mut dyn Visitor) {
    let mut blocks = objects_of(pdu)
        .filter(|object| object.group == 12)
        .peekable();
    if blocks.peek().is_none() {
        return;
    }
    out.open_list();
    for object in blocks {
        for point in object.points() {
            let reading = objects::reading(object.group, object.variation, &point);
            if let Some(Value::Crob(crob)) = reading.map(|reading| reading.value) {
                out.text(crob.name().as_bytes());
            }
        }
    }
    out.close_list();
}

/// The file objects of a message.
fn files_of<'a>(pdu: &Pdu<'a>) -> impl Iterator<Item = File<'a>> {
    objects_of(pdu)
        .filter(|object| object.group == 70)
        .flat_map(|object| {
            let variation = object.variation;
            let read = move |point: Point<'a>| files::file(variation, point.octets);
            object.points().filter_map(read)
        })
}

fn file_names(pdu: &Pdu<'_>, out: &mut dyn Visitor) {
    if files_of(pdu).all(|file| file.name.is_empty()) {
        return;
    }
    out.open_list();
    for file in files_of(pdu).filter(|file| !file.name.is_empty()) {
        out.text(file.name);
    }
    out.close_list();
}

fn file_objects(pdu: &Pdu<'_>, out: &mut dyn Visitor) {
    if files_of(pdu).next().is_none() {
        return;
    }
    out.open_list();
    for file in files_of(pdu) {
        out.open_record();
        if !file.name.is_empty() {
            out.key("name");
            out.text(file.name);
        }
        entry("handle", file.handle, out);
        entry("block", file.block, out);
        entry("size", file.size, out);
        entry("mode", file.mode, out);
        entry("status", file.status, out);
        out.close_record();
    }
    out.close_list();
}
