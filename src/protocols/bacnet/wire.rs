//! Octets to views: BVLC, NPDU, APDU and the tags inside.

use crate::facts::Scalar;
use crate::wire::text::from_utf16;
use crate::wire::{Octets, ber};
use arrayvec::ArrayVec;
use std::net::Ipv4Addr;

/// Octets kept of a text: names and models are shorter.
const TEXT: usize = 128;

/// One BACnet/IP datagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    /// The length in the header is the datagram's. Devices do act on messages where it is not.
    pub(super) sound: bool,
    /// BVLC function (135, J.2).
    pub(super) function: u8,
    /// Who sent it first, where a broadcast manager passed it on.
    pub(super) origin: Option<Ipv4Addr>,
    /// Network of the sender, where it sits behind a BACnet router.
    pub(super) network: Option<u16>,
    /// Type of a network layer message (135, 6.2.4).
    pub(super) network_message: Option<u8>,
    pub(super) apdu: Option<Apdu<'a>>,
}

impl<'a> Packet<'a> {
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let [0x81, function @ 0..=0x0c] = o.array()? else {
            return None;
        };
        let length = usize::from(o.be16()?);
        let mut packet = Self {
            sound: length == octets.len(),
            function,
            origin: None,
            network: None,
            network_message: None,
            apdu: None,
        };
        match function {
            // Forwarded: the original address stands before the NPDU.
            0x04 => {
                packet.origin = Some(o.array::<4>()?.into());
                o.skip(2)?;
                packet.npdu(o)?;
            }
            // Distribute to network, original unicast, original broadcast.
            0x09..=0x0b => packet.npdu(o)?,
            // The others manage tables: a result, entries or a time to live.
            _ if packet.sound => {}
            _ => return None,
        }
        Some(packet)
    }

    /// 135, 6.2.
    fn npdu(&mut self, mut o: Octets<'a>) -> Option<()> {
        let [1, control] = o.array()? else {
            return None;
        };
        if control & 0x20 != 0 {
            o.skip(2)?;
            let length = o.u8()?;
            o.skip(length.into())?;
        }
        if control & 0x08 != 0 {
            self.network = Some(o.be16()?);
            let length = o.u8()?;
            o.skip(length.into())?;
        }
        if control & 0x20 != 0 {
            o.skip(1)?;
        }
        if control & 0x80 != 0 {
            self.network_message = Some(o.u8()?);
        } else {
            self.apdu = Some(Apdu::read(o)?);
        }
        Some(())
    }
}

/// Kind of an APDU (135, 20.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Confirmed,
    Unconfirmed,
    SimpleAck,
    ComplexAck,
    SegmentAck,
    Error,
    Reject,
    Abort,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed-request",
            Self::Unconfirmed => "unconfirmed-request",
            Self::SimpleAck => "simple-ack",
            Self::ComplexAck => "complex-ack",
            Self::SegmentAck => "segment-ack",
            Self::Error => "error",
            Self::Reject => "reject",
            Self::Abort => "abort",
        }
    }
}

/// One APDU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apdu<'a> {
    pub(super) kind: Kind,
    /// Pairs answer and request; not of unconfirmed requests.
    pub(super) invoke: Option<u8>,
    /// Service choice; of a reject or abort the reason.
    pub(super) service: u8,
    /// Parameters; empty in all but the first segment.
    parameters: &'a [u8],
}

impl<'a> Apdu<'a> {
    fn read(mut o: Octets<'a>) -> Option<Self> {
        let first = o.u8()?;
        let segmented = first & 0x08 != 0;
        let (kind, invoke) = match first >> 4 {
            0 => {
                o.skip(1)?;
                (Kind::Confirmed, Some(o.u8()?))
            }
            1 => (Kind::Unconfirmed, None),
            2 => (Kind::SimpleAck, Some(o.u8()?)),
            3 => (Kind::ComplexAck, Some(o.u8()?)),
            4 => (Kind::SegmentAck, Some(o.u8()?)),
            5 => (Kind::Error, Some(o.u8()?)),
            6 => (Kind::Reject, Some(o.u8()?)),
            7 => (Kind::Abort, Some(o.u8()?)),
            _ => return None,
        };
        let mut sequence = 0;
        if segmented && matches!(kind, Kind::Confirmed | Kind::ComplexAck) {
            sequence = o.u8()?;
            o.skip(1)?;
        }
        Some(Self {
            kind,
            invoke,
            service: o.u8()?,
            parameters: if sequence == 0 { o.rest() } else { &[] },
        })
    }

    pub(super) fn tags(&self) -> Tags<'a> {
        Tags(Octets::new(self.parameters))
    }

    /// What the service is about: the first object, property and value it names.
    pub(super) fn subject(&self) -> Subject {
        let mut subject = Subject::default();
        let mut inside = 0_u32;
        // A service on many objects is told by its first; sixteen tags reach its value.
        for tag in self.tags().take(16) {
            match tag {
                Tag::Open(3) if inside == 0 => inside = 1,
                Tag::Open(2 | 4) if inside == 0 && subject.property.is_some() => inside = 1,
                Tag::Context(0 | 2, [a, b, c, d]) if subject.object.is_none() => {
                    let octets = [*a, *b, *c, *d];
                    subject.object = Some(Object(u32::from_be_bytes(octets)));
                }
                Tag::Application(12, [a, b, c, d]) if subject.object.is_none() => {
                    let octets = [*a, *b, *c, *d];
                    subject.object = Some(Object(u32::from_be_bytes(octets)));
                }
                Tag::Context(0..=2, value)
                    if subject.object.is_some() && subject.property.is_none() =>
                {
                    subject.property = number(value);
                }
                Tag::Context(4, value) if subject.value.is_some() => {
                    subject.priority = number(value);
                    break;
                }
                Tag::Application(..) if inside > 0 && subject.value.is_none() => {
                    subject.value = tag.scalar();
                }
                _ => {}
            }
        }
        subject
    }
}

/// An object, as type and instance number (135, 20.2.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Object(pub(super) u32);

impl Object {
    pub(super) const fn kind(self) -> u32 {
        self.0 >> 22
    }

    pub(super) const fn instance(self) -> u32 {
        self.0 & 0x003f_ffff
    }

    pub(super) const fn is_device(self) -> bool {
        self.kind() == 8
    }

    /// Name of its type (135, 21.6).
    pub(super) const fn space(self) -> &'static str {
        match self.kind() {
            0 => "analog-input",
            1 => "analog-output",
            2 => "analog-value",
            3 => "binary-input",
            4 => "binary-output",
            5 => "binary-value",
            6 => "calendar",
            7 => "command",
            8 => "device",
            9 => "event-enrollment",
            10 => "file",
            12 => "loop",
            13 => "multi-state-input",
            14 => "multi-state-output",
            15 => "notification-class",
            16 => "program",
            17 => "schedule",
            19 => "multi-state-value",
            20 => "trend-log",
            21 => "life-safety-point",
            22 => "life-safety-zone",
            _ => "object",
        }
    }
}

/// What a service is about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Subject {
    pub(super) object: Option<Object>,
    pub(super) property: Option<u32>,
    pub(super) value: Option<Scalar>,
    /// Of a write: 1 manual life safety to 16 lowest (135, 19.2).
    pub(super) priority: Option<u32>,
}

/// Name of a property (135, 21.6), empty for those that are rare.
pub(super) const fn property_name(property: u32) -> &'static str {
    match property {
        12 => "application-software-version",
        28 => "description",
        36 => "event-state",
        44 => "firmware-revision",
        58 => "location",
        70 => "model-name",
        75 => "object-identifier",
        76 => "object-list",
        77 => "object-name",
        79 => "object-type",
        81 => "out-of-service",
        85 => "present-value",
        87 => "priority-array",
        103 => "reliability",
        104 => "relinquish-default",
        111 => "status-flags",
        112 => "system-status",
        117 => "units",
        120 => "vendor-identifier",
        121 => "vendor-name",
        123 => "weekly-schedule",
        131 => "log-buffer",
        372 => "serial-number",
        _ => "",
    }
}

/// One tag with its value (135, 20.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// Type number and value; a Boolean's value is one octet here.
    Application(u8, &'a [u8]),
    Context(u8, &'a [u8]),
    Open(u8),
    Close(u8),
}

impl<'a> Tag<'a> {
    /// The value of a tag as far as it is one number.
    pub(super) fn scalar(&self) -> Option<Scalar> {
        let Self::Application(kind, value) = *self else {
            return None;
        };
        match kind {
            0 => Some(Scalar::Name("null")),
            1 => Some(Scalar::Bit(value != [0])),
            2 | 9 => ber::unsigned(value).map(Scalar::Unsigned),
            3 => ber::signed(value).map(Scalar::Signed),
            4 => Octets::new(value)
                .array()
                .map(|octets| Scalar::Float(f32::from_be_bytes(octets).into())),
            5 => Octets::new(value)
                .array()
                .map(|octets| Scalar::Float(f64::from_be_bytes(octets))),
            _ => None,
        }
    }

    /// The value of a character string in UTF-8 or UCS-2 (135, 20.2.9), as UTF-8; what is
    /// longer than a name is cut.
    pub(super) fn text(&self) -> Option<ArrayVec<u8, TEXT>> {
        match *self {
            Self::Application(7, [0, text @ ..]) => Some(text.iter().copied().take(TEXT).collect()),
            Self::Application(7, [4, text @ ..]) => {
                // The high octet stands first on this wire.
                let swapped: ArrayVec<u8, { 2 * TEXT }> = text
                    .chunks_exact(2)
                    .flat_map(|pair| pair.iter().rev().copied())
                    .take(2 * TEXT)
                    .collect();
                Some(from_utf16(&swapped))
            }
            _ => None,
        }
    }
}

pub(super) fn number(value: &[u8]) -> Option<u32> {
    ber::unsigned(value).and_then(|value| u32::try_from(value).ok())
}

/// Walks tags until one does not fit.
#[derive(Clone, Debug)]
pub(super) struct Tags<'a>(Octets<'a>);

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        let o = &mut self.0;
        let first = o.u8()?;
        let tag = match first >> 4 {
            15 => o.u8()?,
            tag => tag,
        };
        let context = first & 0x08 != 0;
        let length = match first & 0x07 {
            6 if context => return Some(Tag::Open(tag)),
            7 if context => return Some(Tag::Close(tag)),
            // A Boolean's value stands where the length of others does.
            value if !context && tag == 1 => {
                let truth: &[u8] = if value == 0 { &[0] } else { &[1] };
                return Some(Tag::Application(1, truth));
            }
            5 => match o.u8()? {
                254 => o.be16()?.into(),
                255 => usize::try_from(o.be32()?).ok()?,
                length => length.into(),
            },
            length => length.into(),
        };
        let value = o.take(length)?;
        Some(if context {
            Tag::Context(tag, value)
        } else {
            Tag::Application(tag, value)
        })
    }
}
