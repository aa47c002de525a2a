//! Tells DNS messages, from datagrams and from the stream with its length prefixes.

use super::super::{Carrier, Input, Probe, Session, Sink, Step};
use super::fields::{Named, Row};
use super::wire::{Data, Header, Name, Packet, Type, name, strings};
use crate::facts::{Attribute, Fault, Property, Side, Stamp};
use crate::wire::Octets;
use crate::wire::text::find;

/// One of the protocols that speak in DNS messages.
#[derive(Debug)]
pub(in super::super) struct Variant {
    pub(in super::super) name: &'static str,
    pub(in super::super) fields: &'static [Row],
    pub(in super::super) fault: &'static Fault,
    /// Hosts answer for themselves (multicast DNS, LLMNR), so that an answer names its sender.
    pub(in super::super) own_names: bool,
}

/// Whether a datagram is one whole DNS message, to its last octet, and no NetBIOS one.
pub(in super::super) fn probe_datagram(octets: &[u8]) -> Probe {
    let Some(packet) = Packet::read(octets) else {
        return Probe::NotMine;
    };
    let (header, query) = (packet.header, packet.query());
    if !header.plausible() || is_netbios(&query, packet.kind) || !is_name(&query) {
        return Probe::NotMine;
    }
    // An unasked answer, as by multicast, is judged by its first record.
    let kind = match packet.answers().next() {
        Some(answer) if header.questions == 0 => answer.kind,
        _ => packet.kind,
    };
    match (packet.end == octets.len(), kind.name()) {
        (true, Some(_)) => Probe::Certain,
        // Types that are not known, or octets behind the message as some servers send them.
        (true, None) | (false, Some(_)) => Probe::Unsure,
        (false, None) => Probe::NotMine,
    }
}

/// No control characters; other octets do occur (RFC 2181, 11; RFC 6763, 4.1.3).
fn is_name(name: &Name) -> bool {
    name.iter().all(|octet| *octet >= 0x20 && *octet != 0x7f)
}

/// A first-level encoded NetBIOS name (RFC 1001, 14.1) of a type that DNS does not have.
fn is_netbios(name: &Name, kind: Type) -> bool {
    matches!(kind.0, 0x20 | 0x21)
        && name.len() >= 32
        && name
            .iter()
            .take(32)
            .all(|octet| (b'A'..=b'P').contains(octet))
}

/// Whether a stream starts with the length and the header of a message and one question.
pub(super) fn probe_stream(octets: &[u8]) -> Probe {
    let mut o = Octets::new(octets);
    let (Some(length), message) = (o.be16(), o.rest()) else {
        return Probe::More;
    };
    if length < 12 {
        return Probe::NotMine;
    }
    let Some(header) = Header::read(&mut o) else {
        return Probe::More;
    };
    if !header.plausible() || header.questions != 1 {
        return Probe::NotMine;
    }
    match name(message, 12) {
        Some((query, at)) if is_name(&query) => match message.get(at..at + 4) {
            Some(&[high, low, 0, 1 | 3 | 4 | 255])
                if Type(u16::from_be_bytes([high, low])).name().is_some() =>
            {
                Probe::Certain
            }
            Some(_) => Probe::NotMine,
            None => Probe::More,
        },
        // A question is at most 255 + 4 octets long.
        None if message.len() < 12 + 259 && message.len() < length.into() => Probe::More,
        _ => Probe::NotMine,
    }
}

pub(in super::super) fn open(variant: &'static Variant, carrier: Carrier) -> Box<dyn Session> {
    Box::new(Conversation {
        variant,
        stream: carrier == Carrier::Tcp,
        lost: (false, false),
        told: false,
    })
}

/// What is kept of one conversation.
struct Conversation {
    variant: &'static Variant,
    stream: bool,
    /// Sides that have lost the message borders.
    lost: (bool, bool),
    /// The server was told.
    told: bool,
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if !self.stream {
            return self.message(input, input.octets, input.octets.len(), out);
        }
        let available = input.octets.len();
        if *input.side.of(&self.lost) {
            // Borders are found again where a segment starts with a message, as they all do
            // that are not cut.
            if probe_stream(input.octets) != Probe::Certain {
                return Step::Skip(available);
            }
            *input.side.of_mut(&mut self.lost) = false;
        }
        let mut o = Octets::new(input.octets);
        let Some(length) = o.be16() else {
            return Step::Need(2);
        };
        let whole = 2 + usize::from(length);
        match o.take(length.into()) {
            Some(message) => self.message(input, message, whole, out),
            None => Step::Need(whole),
        }
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        *side.of_mut(&mut self.lost) = true;
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, _: &mut dyn Sink) {}
}

impl Conversation {
    fn message(
        &mut self,
        input: &Input<'_>,
        octets: &[u8],
        eaten: usize,
        out: &mut dyn Sink,
    ) -> Step {
        let Some(packet) = Packet::read(octets) else {
            if input.cut {
                return Step::Skip(eaten);
            }
            out.fault(input.side, self.variant.fault, 0);
            return Step::Malformed(eaten);
        };
        out.message(
            input.side,
            &Named {
                variant: self.variant,
                packet,
            },
        );
        if packet.header.response() {
            if self.variant.own_names {
                own_names(input.side, &packet, out);
            } else if !self.told {
                self.told = true;
                out.server(input.side);
                out.attribute(&Attribute::of(input.side, Property::Role, b"dns-server"));
            }
        }
        Step::Pdu(eaten)
    }
}

/// What a host that answers for itself says of itself: its name by its address records, and
/// what the service descriptions tell (RFC 6763, 6).
fn own_names(side: Side, packet: &Packet<'_>, out: &mut dyn Sink) {
    let mut named = false;
    for record in packet.records() {
        match record.read() {
            Data::V4(_) | Data::V6(_) if !named && find(&record.owner(), b"._").is_none() => {
                let owner = record.owner();
                let name = owner.strip_suffix(b".local").unwrap_or(&owner);
                if !name.is_empty() {
                    named = true;
                    out.attribute(&Attribute::of(side, Property::Name, name));
                }
            }
            Data::Text(texts) => {
                for text in strings(texts) {
                    described(side, text, out);
                }
            }
            Data::Name(_) if record.kind == Type::SRV && is_printing(&record.owner()) => {
                out.attribute(&Attribute::of(side, Property::Role, b"printer"));
            }
            _ => {}
        }
    }
}

fn is_printing(service: &[u8]) -> bool {
    [
        &b"._ipp._tcp"[..],
        b"._printer._tcp",
        b"._pdl-datastream._tcp",
    ]
    .iter()
    .any(|kind| find(service, kind).is_some())
}

/// Keys of service descriptions that tell what the device is.
const KEYS: &[(&[u8], Property)] = &[
    (b"ty", Property::Model),
    (b"model", Property::Model),
    (b"md", Property::Model),
    (b"usb_MDL", Property::Model),
    (b"manufacturer", Property::Vendor),
    (b"vendor", Property::Vendor),
    (b"usb_MFG", Property::Vendor),
    (b"serialNumber", Property::Serial),
    (b"serial", Property::Serial),
    (b"fw", Property::Firmware),
    (b"firmware", Property::Firmware),
];

fn described(side: Side, text: &[u8], out: &mut dyn Sink) {
    let Some(equals) = text.iter().position(|octet| *octet == b'=') else {
        return;
    };
    let (key, value) = text.split_at_checked(equals).unwrap_or_default();
    let value = value.strip_prefix(b"=").unwrap_or_default();
    let known = KEYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    if let Some((_, property)) = known
        && !value.is_empty()
    {
        out.attribute(&Attribute::of(side, *property, value));
    }
}
