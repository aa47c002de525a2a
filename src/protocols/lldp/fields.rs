//! The field table of LLDP.

use super::NAME;
use super::wire::{Capabilities, Id, Unit};
use crate::facts::{Field, Kind, Message, Visitor};

type Row = (Field, fn(&Unit<'_>, &mut dyn Visitor));

fn id(id: Id<'_>, out: &mut dyn Visitor) {
    match id {
        Id::Mac(mac) => out.shown(&mac),
        Id::Address(ip) => out.shown(&ip),
        Id::Text(text) => out.text(text),
        Id::Octets(octets) => out.octets(octets),
    }
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "lldp.chassis_id",
            Kind::Text,
            "Chassis identifier (802.1AB, 8.5.2)",
        ),
        |u, out| id(u.chassis, out),
    ),
    (
        Field::new(
            "lldp.port_id",
            Kind::Text,
            "Port identifier (802.1AB, 8.5.3)",
        ),
        |u, out| id(u.port, out),
    ),
    (
        Field::new(
            "lldp.time_to_live",
            Kind::Unsigned,
            "Seconds for which this holds; 0 takes it back (802.1AB, 8.5.4)",
        ),
        |u, out| out.unsigned(u.time_to_live.into()),
    ),
    (
        Field::new(
            "lldp.port_description",
            Kind::Text,
            "Port description (802.1AB, 8.5.5)",
        ),
        |u, out| out.any_text(u.port_description),
    ),
    (
        Field::new(
            "lldp.system_name",
            Kind::Text,
            "System name (802.1AB, 8.5.6)",
        ),
        |u, out| out.any_text(u.system_name),
    ),
    (
        Field::new(
            "lldp.system_description",
            Kind::Text,
            "System description (802.1AB, 8.5.7)",
        ),
        |u, out| out.any_text(u.system_description),
    ),
    (
        Field::new(
            "lldp.capabilities",
            Kind::List,
            "Enabled capabilities (802.1AB, 8.5.8)",
        ),
        |u, out| {
            if let Some(Capabilities(enabled)) = u.enabled {
                out.open_list();
                for (bit, name) in Capabilities::NAMES.iter().enumerate() {
                    if enabled >> bit & 1 == 1 {
                        out.text(name.as_bytes());
                    }
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "lldp.management_address",
            Kind::List,
            "Addresses (802.1AB, 8.5.9)",
        ),
        |u, out| {
            if !u.management.is_empty() {
                out.open_list();
                for address in &u.management {
                    out.shown(address);
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "lldp.manufacturer",
            Kind::Text,
            "Manufacturer (TIA-1057, 10.2.6.5)",
        ),
        |u, out| out.any_text(u.manufacturer),
    ),
    (
        Field::new("lldp.model", Kind::Text, "Model name (TIA-1057, 10.2.6.6)"),
        |u, out| out.any_text(u.model),
    ),
    (
        Field::new(
            "lldp.serial",
            Kind::Text,
            "Serial number (TIA-1057, 10.2.6.4)",
        ),
        |u, out| out.any_text(u.serial),
    ),
    (
        Field::new(
            "lldp.hardware",
            Kind::Text,
            "Hardware revision (TIA-1057, 10.2.6.1)",
        ),
        |u, out| out.any_text(u.hardware),
    ),
    (
        Field::new(
            "lldp.firmware",
            Kind::Text,
            "Firmware revision (TIA-1057, 10.2.6.2)",
        ),
        |u, out| out.any_text(u.firmware),
    ),
    (
        Field::new(
            "lldp.software",
            Kind::Text,
            "Software revision (TIA-1057, 10.2.6.3)",
        ),
        |u, out| out.any_text(u.software),
    ),
];

impl Message for Unit<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
