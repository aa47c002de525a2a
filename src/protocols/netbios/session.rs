//! Tells NetBIOS packets and whom they name.

use super::super::{Input, Sink, Step};
use super::MALFORMED;
use super::wire::{Announcement, Packet, Service};
use crate::facts::{Attribute, Host, Property, Side, Subject};
use arrayvec::ArrayString;
use std::fmt::Write as _;

pub(super) fn feed(input: &Input<'_>, out: &mut dyn Sink) -> Step {
    let length = input.octets.len();
    let Some(packet) = Packet::read(input.octets) else {
        if input.cut {
            return Step::Skip(length);
        }
        out.fault(input.side, &MALFORMED, 0);
        return Step::Malformed(length);
    };
    out.message(input.side, &packet);
    match &packet {
        Packet::Service(service) => named(input.side, service, out),
        Packet::Datagram(datagram) => {
            if datagram.source.names_host() {
                name(Subject::Side(input.side), datagram.source.text(), out);
            }
            if let Some(announcement) = &datagram.announcement {
                announced(input.side, announcement, out);
            }
        }
    }
    Step::Pdu(length)
}

fn name(subject: Subject, value: &[u8], out: &mut dyn Sink) {
    // `*` asks for any name.
    if !value.is_empty() && value != b"*" {
        out.attribute(&Attribute {
            subject,
            unit: None,
            property: Property::Name,
            value,
        });
    }
}

fn named(side: Side, service: &Service<'_>, out: &mut dyn Sink) {
    let claimed = service.response || matches!(service.opcode, 5 | 8 | 9 | 15);
    if let Some((false, address)) = service.address
        && claimed
        && service.rcode == 0
        && service.name.names_host()
        && !address.is_unspecified()
    {
        name(
            Subject::Host(Host::Ip(address.into())),
            service.name.text(),
            out,
        );
    }
    let own = service
        .names()
        .find(|(name, group)| !group && name.suffix == 0);
    if let Some((own, _)) = own {
        name(Subject::Side(side), own.text(), out);
    }
    // 0x1c is the group of a domain's controllers (MS-NBTE, 1.8).
    if service
        .names()
        .any(|(name, group)| group && name.suffix == 0x1c)
    {
        out.attribute(&Attribute::of(side, Property::Role, b"domain-controller"));
    }
    if let Some(mac) = service.mac.filter(|mac| !mac.is_zero()) {
        out.attribute(&Attribute::of(side, Property::Mac, &mac.0));
    }
}

fn announced(side: Side, announcement: &Announcement<'_>, out: &mut dyn Sink) {
    name(Subject::Side(side), announcement.server, out);
    let (major, minor) = announcement.version;
    let mut system = ArrayString::<24>::new();
    // 24 octets hold the longest version there can be.
    let _ = write!(system, "Windows NT {major}.{minor}");
    out.attribute(&Attribute::of(
        side,
        Property::OperatingSystem,
        system.as_bytes(),
    ));
    if !announcement.comment.is_empty() {
        out.attribute(&Attribute::of(
            side,
            Property::Description,
            announcement.comment,
        ));
    }
    if let Some(role) = announcement.kind.role() {
        out.attribute(&Attribute::of(side, Property::Role, role));
    }
}
