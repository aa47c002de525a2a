//! The field table of NetBIOS.

use super::NAME;
use super::wire::{Announcement, Packet, Service};
use crate::facts::{Field, Kind, Message, Visitor};

type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

fn service<'p, 'a>(packet: &'p Packet<'a>) -> Option<&'p Service<'a>> {
    match packet {
        Packet::Service(service) => Some(service),
        Packet::Datagram(_) => None,
    }
}

fn announcement<'p, 'a>(packet: &'p Packet<'a>) -> Option<&'p Announcement<'a>> {
    match packet {
        Packet::Datagram(datagram) => datagram.announcement.as_ref(),
        Packet::Service(_) => None,
    }
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "netbios.operation",
            Kind::Text,
            "query, registration, release, wait, refresh, or datagram (RFC 1002, 4.2.1.1)",
        ),
        |p, out| out.text(service(p).map_or("datagram", Service::operation).as_bytes()),
    ),
    (
        Field::new(
            "netbios.transaction",
            Kind::Unsigned,
            "Transaction identifier",
        ),
        |p, out| out.any_unsigned(service(p).map(|s| s.transaction)),
    ),
    (
        Field::new(
            "netbios.response",
            Kind::Boolean,
            "R: an answer (RFC 1002, 4.2.1.1)",
        ),
        |p, out| {
            if let Some(service) = service(p) {
                out.boolean(service.response);
            }
        },
    ),
    (
        Field::new(
            "netbios.rcode",
            Kind::Unsigned,
            "Result code of an answer, 0 none",
        ),
        |p, out| out.any_unsigned(service(p).filter(|s| s.response).map(|s| s.rcode)),
    ),
    (
        Field::new(
            "netbios.name",
            Kind::Text,
            "Name asked for, claimed or speaking, unpadded",
        ),
        |p, out| match p {
            Packet::Service(service) => out.any_text(service.name.text()),
            Packet::Datagram(datagram) => out.any_text(datagram.source.text()),
        },
    ),
    (
        Field::new(
            "netbios.suffix",
            Kind::Unsigned,
            "Kind of that name: 0 workstation, 0x1b and 0x1c domain controllers, 0x20 server",
        ),
        |p, out| match p {
            Packet::Service(service) => out.unsigned(service.name.suffix.into()),
            Packet::Datagram(datagram) => out.unsigned(datagram.source.suffix.into()),
        },
    ),
    (
        Field::new("netbios.destination", Kind::Text, "Name a datagram is for"),
        |p, out| {
            if let Packet::Datagram(datagram) = p {
                out.any_text(datagram.destination.text());
            }
        },
    ),
    (
        Field::new("netbios.address", Kind::Text, "Address claimed or answered"),
        |p, out| {
            if let Some((_, address)) = service(p).and_then(|s| s.address) {
                out.shown(&address);
            }
        },
    ),
    (
        Field::new(
            "netbios.names",
            Kind::List,
            "Names of a node status (RFC 1002, 4.2.18)",
        ),
        |p, out| {
            if let Some(service) = service(p).filter(|s| s.names().next().is_some()) {
                out.open_list();
                for (name, _) in service.names() {
                    out.text(name.text());
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "netbios.server",
            Kind::Text,
            "Host that announces itself (MS-BRWS, 2.2.1)",
        ),
        |p, out| out.any_text(announcement(p).map_or(&[], |a| a.server)),
    ),
    (
        Field::new(
            "netbios.server_type",
            Kind::Unsigned,
            "Its roles, bits (MS-BRWS, 2.2.6)",
        ),
        |p, out| out.any_unsigned(announcement(p).map(|a| a.kind.0)),
    ),
    (
        Field::new(
            "netbios.version",
            Kind::Text,
            "Its Windows NT version (MS-BRWS, 2.2.1)",
        ),
        |p, out| {
            if let Some((major, minor)) = announcement(p).map(|a| a.version) {
                out.shown(&format_args!("{major}.{minor}"));
            }
        },
    ),
    (
        Field::new(
            "netbios.comment",
            Kind::Text,
            "Its comment (MS-BRWS, 2.2.1)",
        ),
        |p, out| out.any_text(announcement(p).map_or(&[], |a| a.comment)),
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
