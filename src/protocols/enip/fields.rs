//! The field table: every field of a packet with its name, its meaning and how it is read.
//!
//! Called by the protocol's registry entry and by whoever holds a lent message. Names are
//! Suricata's where it has a keyword for the same thing. Where a packet holds several CIP
//! messages (a multiple service packet, an unconnected send) the lists show each, outermost
//! first.

use super::cip::{Inner, Message};
use super::connection::ForwardOpen;
use super::items::attributes;
use super::names;
use super::packet::Packet;
use super::path::Segment;
use super::visit::{
    cip_records, commands, known, list, meaning, number, requests, segments, service_of, text,
};
use crate::facts::{self, Field, Kind, Visitor};

/// One row of the table.
pub(super) struct Row {
    /// Name, kind and meaning.
    pub(super) field: Field,
    read: fn(&Packet<'_>, &mut dyn Visitor),
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.field.name)
    }
}

impl facts::Message for Packet<'_> {
    fn protocol(&self) -> &'static str {
        "enip"
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some(row) = FIELDS.get(index) {
            (row.read)(self, out);
        }
    }
}

const fn row(
    name: &'static str,
    kind: Kind,
    doc: &'static str,
    read: fn(&Packet<'_>, &mut dyn Visitor),
) -> Row {
    Row {
        field: Field::new(name, kind, doc),
        read,
    }
}

use Kind::{List, Octets, Text, Unsigned};

/// The table.
pub(super) static FIELDS: &[Row] = &[
    row(
        "enip.command",
        Unsigned,
        "encapsulation command (CIP volume 2, 2-3.2)",
        |p, out| {
            number(out, p.header.map(|h| h.command.0));
        },
    ),
    row(
        "enip.command_name",
        Text,
        "name of the command, as `list_identity`",
        |p, out| {
            text(out, p.header.map(|h| h.command.name().as_bytes()));
        },
    ),
    row(
        "enip.length",
        Unsigned,
        "octets after the header (CIP volume 2, 2-3.3)",
        |p, out| {
            number(out, p.header.map(|h| h.length));
        },
    ),
    row(
        "enip.session",
        Unsigned,
        "session handle (CIP volume 2, 2-3.4)",
        |p, out| {
            number(out, p.header.map(|h| h.session));
        },
    ),
    row(
        "enip.status",
        Unsigned,
        "encapsulation status, 0 is success (CIP volume 2, 2-3.5)",
        |p, out| {
            number(out, p.header.map(|h| h.status));
        },
    ),
    row(
        "enip.sender_context",
        Octets,
        "chosen by who asks, returned in the reply (CIP volume 2, 2-3.6)",
        |p, out| {
            if let Some(header) = p.header {
                out.octets(&header.context);
            }
        },
    ),
    row(
        "enip.protocol_version",
        Unsigned,
        "version of the encapsulation, 1 (CIP volume 2, 2-4)",
        |p, out| {
            number(out, p.protocol_version);
        },
    ),
    row(
        "enip.connection",
        Unsigned,
        "connection id of a connected or implicit message (CIP volume 2, 2-6.2)",
        |p, out| {
            number(out, p.connection);
        },
    ),
    row(
        "enip.sequence",
        Unsigned,
        "sequence count of a connected, sequence number of an implicit message",
        |p, out| {
            number(out, p.sequence);
        },
    ),
    row(
        "enip.io_length",
        Unsigned,
        "octets of implicit data, or of connected data that is not CIP",
        |p, out| {
            number(out, (!p.data.is_empty()).then_some(p.data.len() as u64));
        },
    ),
    row(
        "enip.io_data",
        Octets,
        "implicit data, or connected data that is not CIP",
        |p, out| {
            if !p.data.is_empty() {
                out.octets(p.data);
            }
        },
    ),
    row(
        "enip.cip",
        List,
        "the CIP messages, one record each: service, response, class, instance, attribute, status",
        cip_records,
    ),
    row(
        "enip.cip_service",
        List,
        "service numbers, without the reply bit (CIP volume 1, appendix A)",
        |p, out| {
            list(p, out, |m, _, out| out.unsigned(service_of(m).into()));
        },
    ),
    row(
        "enip.cip_service_name",
        List,
        "what each requested service means, by its class",
        |p, out| {
            requests(p, out, |request, out| out.text(meaning(request).as_bytes()));
        },
    ),
    row(
        "enip.cip_response",
        List,
        "whether each CIP message is a reply",
        |p, out| {
            list(p, out, |m, _, out| {
                out.boolean(matches!(m, Message::Reply(_)))
            });
        },
    ),
    row(
        "enip.cip_class",
        List,
        "class ids in the paths of requests (CIP volume 1, C-1.4)",
        |p, out| {
            segments(p, out, |s| match s {
                Segment::Class(class) => Some(class),
                _ => None,
            });
        },
    ),
    row(
        "enip.cip_class_name",
        List,
        "names of the classes in the paths of requests, where they have one",
        |p, out| {
            requests(p, out, |request, out| {
                for segment in request.path.segments() {
                    if let Segment::Class(class) = segment {
                        text(out, names::class(class).map(str::as_bytes));
                    }
                }
            });
        },
    ),
    row(
        "enip.cip_instance",
        List,
        "instance ids in the paths of requests",
        |p, out| {
            segments(p, out, |s| match s {
                Segment::Instance(instance) => Some(instance),
                _ => None,
            });
        },
    ),
    row(
        "enip.cip_attribute",
        List,
        "attribute ids in the paths and attribute lists of requests",
        |p, out| {
            requests(p, out, |request, out| {
                for id in attributes(request) {
                    out.unsigned(id.into());
                }
            });
        },
    ),
    row(
        "enip.cip_status",
        List,
        "general status of replies, 0 is success (CIP volume 1, B-1)",
        |p, out| {
            list(p, out, |m, _, out| {
                if let Message::Reply(reply) = m {
                    out.unsigned(reply.status.into());
                }
            });
        },
    ),
    row(
        "enip.cip_extendedstatus",
        List,
        "first word of the additional status of replies",
        |p, out| {
            list(p, out, |m, _, out| {
                if let Message::Reply(reply) = m {
                    number(out, reply.extended());
                }
            });
        },
    ),
    row(
        "enip.cip_path",
        List,
        "paths of requests as on the wire (CIP volume 1, C-1)",
        |p, out| {
            requests(p, out, |request, out| out.octets(request.path.0));
        },
    ),
    row(
        "enip.slot",
        List,
        "slots that unconnected sends and forward opens lead to",
        |p, out| {
            list(p, out, |m, inner, out| {
                let slot = match (inner, m) {
                    (Inner::Sent(send), _) => send.route.slot(),
                    (_, Message::Request(request)) => {
                        ForwardOpen::of(request).and_then(|o| o.path.slot())
                    }
                    _ => None,
                };
                number(out, slot);
            });
        },
    ),
    row(
        "enip.tag",
        List,
        "names of the tags that requests address",
        |p, out| {
            requests(p, out, |request, out| {
                let name = request.path.name();
                if !name.is_empty() {
                    out.text(&name);
                }
            });
        },
    ),
    row(
        "enip.originator_vendor",
        List,
        "vendor id of who opens a connection (CIP volume 1, 3-5.5.1)",
        |p, out| {
            requests(p, out, |request, out| {
                number(out, ForwardOpen::of(request).map(|o| o.triad.vendor))
            });
        },
    ),
    row(
        "enip.originator_serial",
        List,
        "serial number of who opens a connection",
        |p, out| {
            requests(p, out, |request, out| {
                number(out, ForwardOpen::of(request).map(|o| o.triad.serial))
            });
        },
    ),
    row(
        "enip.transport",
        List,
        "transport class and trigger of a connection to open (CIP volume 1, 3-4.4.3)",
        |p, out| {
            requests(p, out, |request, out| {
                number(out, ForwardOpen::of(request).map(|o| o.transport))
            });
        },
    ),
    row(
        "enip.rpi",
        List,
        "packet interval that a connection asks for, originator to target, in microseconds",
        |p, out| {
            requests(p, out, |request, out| {
                number(out, ForwardOpen::of(request).map(|o| o.intervals.0))
            });
        },
    ),
    row(
        "enip.pccc_transaction",
        List,
        "PCCC transaction number, returned in the reply",
        |p, out| {
            commands(p, out, |packet, out| {
                out.unsigned(packet.transaction.into())
            });
        },
    ),
    row(
        "enip.pccc_command",
        List,
        "PCCC command, without the reply bit (1770-6.5.16)",
        |p, out| {
            commands(p, out, |packet, out| out.unsigned(packet.command.into()));
        },
    ),
    row(
        "enip.pccc_function",
        List,
        "PCCC function of requests",
        |p, out| {
            commands(p, out, |packet, out| number(out, packet.function));
        },
    ),
    row(
        "enip.pccc_status",
        List,
        "PCCC status of replies, 0 is success",
        |p, out| {
            commands(p, out, |packet, out| {
                number(out, packet.reply.then_some(packet.status));
            });
        },
    ),
    row(
        "enip.pccc_file",
        List,
        "PCCC files and elements addressed, as `N7:0`",
        |p, out| {
            commands(p, out, |packet, out| {
                if let Some(file) = packet.file() {
                    out.text(&file.name());
                }
            });
        },
    ),
    row(
        "enip.vendor_id",
        Unsigned,
        "vendor id in a list identity reply (CIP volume 1, 5-2.2)",
        |p, out| {
            number(out, known(p).vendor);
        },
    ),
    row(
        "enip.vendor_name",
        Text,
        "name of the vendor id",
        |p, out| {
            text(
                out,
                known(p).vendor.and_then(names::vendor).map(str::as_bytes),
            );
        },
    ),
    row(
        "enip.device_type",
        Unsigned,
        "device type in a list identity reply",
        |p, out| {
            number(out, known(p).device_type);
        },
    ),
    row(
        "enip.product_code",
        Unsigned,
        "product code in a list identity reply",
        |p, out| {
            number(out, known(p).product_code);
        },
    ),
    row(
        "enip.revision",
        Unsigned,
        "revision in a list identity reply: major * 256 + minor",
        |p, out| {
            number(
                out,
                known(p)
                    .revision
                    .map(|(major, minor)| u16::from_be_bytes([major, minor])),
            );
        },
    ),
    row(
        "enip.identity_status",
        Unsigned,
        "status word in a list identity reply",
        |p, out| {
            number(out, known(p).status);
        },
    ),
    row(
        "enip.serial",
        Unsigned,
        "serial number in a list identity reply",
        |p, out| {
            number(out, known(p).serial);
        },
    ),
    row(
        "enip.product_name",
        Text,
        "product name in a list identity reply",
        |p, out| {
            text(out, known(p).name);
        },
    ),
    row(
        "enip.state",
        Unsigned,
        "state in a list identity reply: 3 operational, 255 not known",
        |p, out| {
            number(out, known(p).state);
        },
    ),
    row(
        "enip.service_name",
        Text,
        "name in a list services reply (CIP volume 2, 2-4.6)",
        |p, out| {
            text(out, p.service.map(|(_, name)| name));
        },
    ),
    row(
        "enip.capabilities",
        Unsigned,
        "capability flags in a list services reply: bit 5 TCP, bit 8 UDP",
        |p, out| {
            number(out, p.service.map(|(flags, _)| flags));
        },
    ),
];
