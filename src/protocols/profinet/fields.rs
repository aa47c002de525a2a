//! The field table of PROFINET.

use super::NAME;
use super::session::Told;
use super::wire::{Dcp, FrameId, IpParameter, Subject};
use crate::facts::{Field, Kind, Message, Visitor};
use crate::wire::text::{is_printable, trimmed};

type Row = (Field, fn(&Told<'_>, &mut dyn Visitor));

fn dcp<'t, 'a>(told: &'t Told<'a>) -> Option<&'t Dcp<'a>> {
    match told {
        Told::Dcp(dcp) => Some(dcp),
        Told::RealTime(_) => None,
    }
}

fn text(told: &Told<'_>, subject: Subject, out: &mut dyn Visitor) {
    let value = trimmed(dcp(told).map_or(&[], |dcp| dcp.value(subject)));
    if is_printable(value) {
        out.text(value);
    }
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "profinet.frame",
            Kind::Text,
            "dcp, cyclic-data, isochronous-data, alarm, ... (IEC 61158-6-10, 4.2.2.3)",
        ),
        |t, out| {
            let kind = match t {
                Told::Dcp(_) => Some("dcp"),
                Told::RealTime(id) => id.kind(),
            };
            out.any_text(kind.unwrap_or_default().as_bytes());
        },
    ),
    (
        Field::new(
            "profinet.frame_id",
            Kind::Unsigned,
            "Frame identifier of a real-time frame",
        ),
        |t, out| {
            if let Told::RealTime(FrameId(id)) = t {
                out.unsigned((*id).into());
            }
        },
    ),
    (
        Field::new(
            "profinet.service",
            Kind::Text,
            "DCP service: get, set, identify, hello",
        ),
        |t, out| {
            if let Some(dcp) = dcp(t) {
                out.text(dcp.service.name().as_bytes());
            }
        },
    ),
    (
        Field::new("profinet.response", Kind::Boolean, "A response"),
        |t, out| {
            if let Some(dcp) = dcp(t) {
                out.boolean(!dcp.is_request());
            }
        },
    ),
    (
        Field::new(
            "profinet.xid",
            Kind::Unsigned,
            "Identifier that pairs response and request",
        ),
        |t, out| out.any_unsigned(dcp(t).map(|dcp| dcp.xid)),
    ),
    (
        Field::new(
            "profinet.subjects",
            Kind::List,
            "What the blocks are about, by name",
        ),
        |t, out| {
            if let Some(dcp) = dcp(t) {
                out.open_list();
                for Subject(option, suboption) in dcp.blocks().map(|block| block.subject) {
                    match Subject(option, suboption).name() {
                        Some(name) => out.text(name.as_bytes()),
                        None => out.shown(&format_args!("{option}/{suboption}")),
                    }
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "profinet.name_of_station",
            Kind::Text,
            "Name asked for, told or set",
        ),
        |t, out| text(t, Subject::NAME, out),
    ),
    (
        Field::new(
            "profinet.alias",
            Kind::Text,
            "Station addressed by port and neighbour",
        ),
        |t, out| text(t, Subject::ALIAS, out),
    ),
    (
        Field::new(
            "profinet.station_type",
            Kind::Text,
            "Type of station as its maker calls it",
        ),
        |t, out| text(t, Subject::TYPE, out),
    ),
    (
        Field::new("profinet.vendor_id", Kind::Unsigned, "Vendor identifier"),
        |t, out| out.any_unsigned(dcp(t).and_then(Dcp::device).map(|(vendor, _)| vendor)),
    ),
    (
        Field::new(
            "profinet.device_id",
            Kind::Unsigned,
            "Device identifier of that vendor",
        ),
        |t, out| out.any_unsigned(dcp(t).and_then(Dcp::device).map(|(_, device)| device)),
    ),
    (
        Field::new(
            "profinet.role",
            Kind::Unsigned,
            "Roles, bits: 1 IO device, 2 IO controller, 4 IO multidevice, 8 IO supervisor",
        ),
        |t, out| out.any_unsigned(dcp(t).and_then(Dcp::role)),
    ),
    (
        Field::new("profinet.ip", Kind::Text, "IP address told or set"),
        |t, out| {
            let value = dcp(t).map_or(&[][..], |dcp| dcp.value(Subject::IP));
            if let Some(ip) = IpParameter::read(value) {
                out.shown(&ip.address);
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
