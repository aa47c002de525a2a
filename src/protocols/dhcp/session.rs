//! Tells a DHCP message and what it proves of client and server.

use super::super::{Input, Sink, Step};
use super::MALFORMED;
use super::wire::{Kind, Packet};
use crate::facts::{Attribute, Host, Property, Subject};
use crate::wire::text::trimmed;

pub(super) fn feed(input: &Input<'_>, out: &mut dyn Sink) -> Step {
    let length = input.octets.len();
    let packet = Packet::read(input.octets);
    if let Some(packet) = &packet {
        out.message(input.side, packet);
        if packet.reply {
            server(input, packet, out);
        } else {
            client(packet, out);
        }
    }
    match packet {
        Some(packet) if packet.sound => Step::Pdu(length),
        _ if input.cut => Step::Skip(length),
        _ => {
            out.fault(input.side, &MALFORMED, 0);
            Step::Malformed(length)
        }
    }
}

/// What a client says of itself. A relay may have passed the datagram on, so the subject is the
/// client's hardware address and not the sender's.
fn client(packet: &Packet<'_>, out: &mut dyn Sink) {
    let Some(mac) = packet.client_mac.filter(|mac| !mac.is_zero()) else {
        return;
    };
    let own = packet.client_ip;
    if !own.is_unspecified() {
        out.attribute(&Attribute::mac(Host::Ip(own.into()), &mac));
    }
    for (property, value) in [
        (Property::Name, trimmed(packet.host_name)),
        (Property::Description, trimmed(packet.vendor_class)),
    ] {
        if !value.is_empty() {
            out.attribute(&Attribute {
                subject: Subject::Host(Host::Mac(mac)),
                unit: None,
                property,
                value,
            });
        }
    }
}

/// A server's answer: the server is one, and an acknowledged address belongs to the client. One
/// without a kind is of BOOTP (RFC 951, 7.3), where the first answer gives the address.
fn server(input: &Input<'_>, packet: &Packet<'_>, out: &mut dyn Sink) {
    let gives = match packet.kind {
        None | Some(Kind::ACK) => true,
        Some(Kind::OFFER | Kind::NAK) => false,
        Some(_) => return,
    };
    out.server(input.side);
    // Behind a relay the sender is not the server; option 54 is (RFC 2131, 4.3.1).
    if packet.relay_ip.is_unspecified() {
        out.attribute(&Attribute::of(input.side, Property::Role, b"dhcp-server"));
    }
    if let (true, Some(mac)) = (gives, packet.client_mac)
        && !packet.your_ip.is_unspecified()
        && !mac.is_zero()
    {
        out.attribute(&Attribute::mac(Host::Ip(packet.your_ip.into()), &mac));
    }
}
