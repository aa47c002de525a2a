//! How the fields of a packet are visited: over its CIP messages, its requests, its PCCC
//! packets.
//!
//! Called by the field table. Each visit walks the octets anew, so that nothing is kept of a
//! packet but its views.

use super::cip::{Inner, Message, Request, class, service};
use super::identity::Identity;
use super::items::attributes;
use super::packet::Packet;
use super::path::Segment;
use super::{operations, pccc};
use crate::facts::Visitor;

/// A number, where there is one.
pub(super) fn number<N: Into<u64>>(out: &mut dyn Visitor, value: Option<N>) {
    if let Some(value) = value {
        out.unsigned(value.into());
    }
}

/// A text, where there is one.
pub(super) fn text(out: &mut dyn Visitor, value: Option<&[u8]>) {
    if let Some(value) = value {
        out.text(value);
    }
}

/// What a list identity reply tells; nothing in other packets.
pub(super) fn known<'a>(packet: &Packet<'a>) -> Identity<'a> {
    packet.identity.unwrap_or_default()
}

/// A list over the CIP messages; none where the packet holds no CIP.
pub(super) fn list(
    packet: &Packet<'_>,
    out: &mut dyn Visitor,
    read: fn(&Message<'_>, Inner<'_>, &mut dyn Visitor),
) {
    if packet.cip.is_empty() {
        return;
    }
    out.open_list();
    packet.each(&mut |message, inner| read(message, inner, out));
    out.close_list();
}

/// A list over the requests among the CIP messages.
pub(super) fn requests(
    packet: &Packet<'_>,
    out: &mut dyn Visitor,
    read: fn(&Request<'_>, &mut dyn Visitor),
) {
    if packet.cip.is_empty() {
        return;
    }
    out.open_list();
    packet.each(&mut |message, _| {
        if let Message::Request(request) = message {
            read(request, out);
        }
    });
    out.close_list();
}

/// A list of numbers picked from the paths of requests.
pub(super) fn segments(
    packet: &Packet<'_>,
    out: &mut dyn Visitor,
    pick: fn(Segment<'_>) -> Option<u32>,
) {
    if packet.cip.is_empty() {
        return;
    }
    out.open_list();
    packet.each(&mut |message, _| {
        if let Message::Request(request) = message {
            for id in request.path.segments().filter_map(pick) {
                out.unsigned(id.into());
            }
        }
    });
    out.close_list();
}

/// A list over the PCCC packets.
pub(super) fn commands(
    packet: &Packet<'_>,
    out: &mut dyn Visitor,
    read: fn(&pccc::Packet<'_>, &mut dyn Visitor),
) {
    if packet.cip.is_empty() {
        return;
    }
    out.open_list();
    packet.each(&mut |message, _| {
        if let Some(command) = command(message) {
            read(&command, out);
        }
    });
    out.close_list();
}

/// The PCCC packet in a message. A reply does not tell its class; service 0x4B with a reply
/// that reads as PCCC is taken for one.
fn command<'a>(message: &Message<'a>) -> Option<pccc::Packet<'a>> {
    match message {
        Message::Request(request) => {
            let on = request.path.is(class::PCCC) && request.service == service::EXECUTE_PCCC;
            on.then(|| pccc::Packet::read(request.data))?
        }
        Message::Reply(reply) => (reply.service == service::EXECUTE_PCCC)
            .then(|| pccc::Packet::read(reply.data))?
            .filter(|packet| packet.reply),
    }
}

/// Service number of either kind of message.
pub(super) fn service_of(message: &Message<'_>) -> u8 {
    match message {
        Message::Request(request) => request.service,
        Message::Reply(reply) => reply.service,
    }
}

/// What a request means, by service and class.
pub(super) fn meaning(request: &Request<'_>) -> &'static str {
    let address = request.path.address();
    operations::of_service(request.service, &address, request.data).name
}

/// A list of records, one for each CIP message.
pub(super) fn cip_records(packet: &Packet<'_>, out: &mut dyn Visitor) {
    list(packet, out, |message, _, out| {
        out.open_record();
        out.key("service");
        out.unsigned(service_of(message).into());
        out.key("response");
        out.boolean(matches!(message, Message::Reply(_)));
        match message {
            Message::Request(request) => {
                let address = request.path.address();
                keyed(out, "class", address.class);
                keyed(out, "nested_class", address.nested);
                keyed(out, "instance", address.instance);
                let mut ids = attributes(request).peekable();
                if ids.peek().is_some() {
                    out.key("attribute");
                    out.open_list();
                    for id in ids {
                        out.unsigned(id.into());
                    }
                    out.close_list();
                }
            }
            Message::Reply(reply) => {
                keyed(out, "status", Some(reply.status.into()));
                keyed(out, "extended_status", reply.extended().map(u32::from));
            }
        }
        out.close_record();
    });
}

fn keyed(out: &mut dyn Visitor, key: &'static str, value: Option<u32>) {
    if let Some(value) = value {
        out.key(key);
        out.unsigned(value.into());
    }
}
