//! The field table of DHCP.

use super::NAME;
use super::wire::Packet;
use crate::facts::{Field, Kind, Message, Visitor};
use std::net::Ipv4Addr;

type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

fn given(address: Ipv4Addr, out: &mut dyn Visitor) {
    if !address.is_unspecified() {
        out.shown(&address);
    }
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "dhcp.type",
            Kind::Text,
            "Message type by name: discover, offer, request, ack, ... (option 53; RFC 2132, 9.6)",
        ),
        |p, out| {
            if let Some(kind) = p.kind {
                match kind.name() {
                    Some(name) => out.text(name.as_bytes()),
                    None => out.shown(&kind.0),
                }
            }
        },
    ),
    (
        Field::new(
            "dhcp.transaction",
            Kind::Unsigned,
            "Transaction identifier, xid",
        ),
        |p, out| out.unsigned(p.transaction.into()),
    ),
    (
        Field::new(
            "dhcp.client_mac",
            Kind::Text,
            "Client's hardware address, chaddr",
        ),
        |p, out| out.any_shown(p.client_mac),
    ),
    (
        Field::new(
            "dhcp.client_ip",
            Kind::Text,
            "Address the client already uses, ciaddr",
        ),
        |p, out| given(p.client_ip, out),
    ),
    (
        Field::new(
            "dhcp.your_ip",
            Kind::Text,
            "Address given to the client, yiaddr",
        ),
        |p, out| given(p.your_ip, out),
    ),
    (
        Field::new("dhcp.relay_ip", Kind::Text, "Relay agent's address, giaddr"),
        |p, out| given(p.relay_ip, out),
    ),
    (
        Field::new(
            "dhcp.requested_ip",
            Kind::Text,
            "Address the client wants (option 50)",
        ),
        |p, out| out.any_shown(p.requested_ip),
    ),
    (
        Field::new(
            "dhcp.server_ip",
            Kind::Text,
            "Server identifier (option 54)",
        ),
        |p, out| out.any_shown(p.server_ip),
    ),
    (
        Field::new("dhcp.mask", Kind::Text, "Subnet mask (option 1)"),
        |p, out| out.any_shown(p.mask),
    ),
    (
        Field::new("dhcp.router", Kind::Text, "First router (option 3)"),
        |p, out| out.any_shown(p.router),
    ),
    (
        Field::new(
            "dhcp.name_server",
            Kind::Text,
            "First DNS server (option 6)",
        ),
        |p, out| out.any_shown(p.name_server),
    ),
    (
        Field::new(
            "dhcp.lease",
            Kind::Unsigned,
            "Lease time in seconds (option 51)",
        ),
        |p, out| out.any_unsigned(p.lease),
    ),
    (
        Field::new(
            "dhcp.hostname",
            Kind::Text,
            "Client's name (option 12, else option 81)",
        ),
        |p, out| out.any_text(p.host_name),
    ),
    (
        Field::new("dhcp.domain", Kind::Text, "Domain name (option 15)"),
        |p, out| out.any_text(p.domain),
    ),
    (
        Field::new(
            "dhcp.vendor_class",
            Kind::Text,
            "Vendor class identifier (option 60)",
        ),
        |p, out| out.any_text(p.vendor_class),
    ),
    (
        Field::new(
            "dhcp.client_id",
            Kind::Octets,
            "Client identifier (option 61)",
        ),
        |p, out| {
            if !p.client_id.is_empty() {
                out.octets(p.client_id);
            }
        },
    ),
    (
        Field::new(
            "dhcp.parameters",
            Kind::List,
            "Options asked for, in the client's order, which tells systems apart (option 55)",
        ),
        |p, out| {
            if !p.parameters.is_empty() {
                out.open_list();
                for code in p.parameters {
                    out.unsigned((*code).into());
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "dhcp.boot_file",
            Kind::Text,
            "Boot file to load (file field, option 67)",
        ),
        |p, out| out.any_text(p.boot_file),
    ),
];

impl Message for Packet<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
