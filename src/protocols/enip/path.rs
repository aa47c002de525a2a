//! CIP paths (EPATH): what a request is asked of, and where a connection leads.
//!
//! Called by the reader of messages, the exchanges and the field table. No state, no
//! allocation, no panic. After CIP volume 1, edition 3.3, appendix C-1; padded paths only, as
//! the message router uses them.

use super::cip::class;
use crate::wire::Octets;
use arrayvec::ArrayVec;

/// Octets kept of a name put together from a path; longer ones are cut. A Logix tag has at
/// most 40 characters a part.
pub(super) const NAME: usize = 256;

/// A padded path (CIP volume 1, appendix C-1).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path<'a>(pub &'a [u8]);

impl<'a> Path<'a> {
    /// Its segments, up to the first that cannot be read.
    #[must_use]
    pub(super) const fn segments(&self) -> Segments<'a> {
        Segments {
            octets: Octets::new(self.0),
            failed: false,
        }
    }

    /// Whether there is at least one segment and all can be read.
    #[must_use]
    pub(super) fn sound(&self) -> bool {
        let mut segments = self.segments();
        let count = segments.by_ref().count();
        count > 0 && !segments.failed
    }

    /// Whether this is a path to that class and no other.
    #[must_use]
    pub(super) fn is(&self, class: u32) -> bool {
        let mut classes = self.segments().filter_map(|segment| match segment {
            Segment::Class(class) => Some(class),
            _ => None,
        });
        classes.next() == Some(class) && classes.next().is_none()
    }

    /// The link address of its last port segment that is a number: the slot.
    #[must_use]
    pub(super) fn slot(&self) -> Option<u32> {
        self.segments()
            .filter_map(|segment| match segment {
                Segment::Port { link: &[slot], .. } => Some(u32::from(slot)),
                _ => None,
            })
            .last()
    }

    /// What it addresses.
    #[must_use]
    pub(super) fn address(&self) -> Address {
        let mut address = Address::default();
        for segment in self.segments() {
            match segment {
                Segment::Class(class) if address.class.is_none() => address.class = Some(class),
                Segment::Class(class) => address.nested = Some(class),
                Segment::Instance(instance) if address.nested.is_none() => {
                    address.instance = Some(instance);
                }
                Segment::Attribute(attribute) => address.attribute = Some(attribute),
                Segment::Member(member) => address.member = Some(member),
                Segment::Symbol(_) => address.symbolic = true,
                _ => {}
            }
        }
        address
    }

    /// The name of what it addresses, as programmers spell tags: `Program:Main.Motor[3].Speed`.
    /// The index of a last element is left to [`Address::member`]. Empty without symbols.
    #[must_use]
    pub(super) fn name(&self) -> ArrayVec<u8, NAME> {
        let mut name = ArrayVec::new();
        let mut held: Option<u32> = None;
        for segment in self.segments() {
            match segment {
                Segment::Symbol(symbol) => {
                    if let Some(member) = held.take() {
                        index(&mut name, member);
                    }
                    if !name.is_empty() {
                        push(&mut name, b".");
                    }
                    push(&mut name, symbol);
                }
                Segment::Member(member) if !name.is_empty() => {
                    if let Some(before) = held.replace(member) {
                        index(&mut name, before);
                    }
                }
                _ => {}
            }
        }
        name
    }
}

fn push(name: &mut ArrayVec<u8, NAME>, octets: &[u8]) {
    name.extend(octets.iter().copied().take(name.remaining_capacity()));
}

fn index(name: &mut ArrayVec<u8, NAME>, index: u32) {
    push(name, b"[");
    push(name, decimal(index).as_slice());
    push(name, b"]");
}

/// The decimal digits of a number.
#[must_use]
pub(super) fn decimal(number: u32) -> ArrayVec<u8, 10> {
    let mut digits = ArrayVec::<u8, 10>::new();
    let mut rest = number;
    loop {
        let digit = u8::try_from(rest % 10).unwrap_or_default();
        let _ = digits.try_push(b'0' + digit);
        rest /= 10;
        if rest == 0 {
            digits.reverse();
            return digits;
        }
    }
}

/// What a path addresses, as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    /// First class.
    pub(super) class: Option<u32>,
    /// Last class of a path that names several, as the objects of a Logix controller do.
    pub(super) nested: Option<u32>,
    /// Instance of the first class; 0 is the class itself.
    pub(super) instance: Option<u32>,
    /// Attribute.
    pub(super) attribute: Option<u32>,
    /// Last member or array element.
    pub(super) member: Option<u32>,
    /// There is a symbol in the path.
    pub(super) symbolic: bool,
}

impl Address {
    /// Whether it addresses tags of a Logix controller: by symbol or by symbol instance.
    #[must_use]
    pub(super) fn tag(&self) -> bool {
        self.symbolic || self.last_class() == Some(class::SYMBOL)
    }

    /// The class that a service is meant for: the last one named.
    #[must_use]
    pub(super) fn last_class(&self) -> Option<u32> {
        self.nested.or(self.class)
    }
}

/// One segment of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    /// Leave through this port to this link address: a slot or, in text, a network address.
    Port {
        /// Port number; 1 is the backplane.
        port: u16,
        /// Link address.
        link: &'a [u8],
    },
    /// Class id.
    Class(u32),
    /// Instance id.
    Instance(u32),
    /// Member id, or element of an array.
    Member(u32),
    /// Connection point.
    Point(u32),
    /// Attribute id.
    Attribute(u32),
    /// Electronic key: which device is expected.
    Key(Key),
    /// Name of a tag.
    Symbol(&'a [u8]),
    /// Data for the target, configuration for example.
    Data(&'a [u8]),
    /// Anything else of known length: network, service and extended logical segments.
    Other,
}

/// An electronic key (CIP volume 1, table C-1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Vendor id; 0 for any.
    pub(super) vendor: u16,
    /// Device type; 0 for any.
    pub(super) device_type: u16,
    /// Product code; 0 for any.
    pub(super) product_code: u16,
    /// Major revision with the compatibility bit 0x80, minor revision.
    pub(super) revision: (u8, u8),
}

/// The segments of a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segments<'a> {
    octets: Octets<'a>,
    failed: bool,
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.failed || self.octets.is_empty() {
            return None;
        }
        let segment = segment(&mut self.octets);
        self.failed = segment.is_none();
        segment
    }
}

fn segment<'a>(o: &mut Octets<'a>) -> Option<Segment<'a>> {
    let kind = o.u8()?;
    match kind >> 5 {
        0 => port(o, kind),
        1 => logical(o, kind),
        2 => {
            // Network segments from subtype 0x10 on tell their length in words (C-1.4.3).
            let octet = o.u8()?;
            o.skip(if kind & 0x10 == 0 {
                0
            } else {
                usize::from(octet) * 2
            })?;
            Some(Segment::Other)
        }
        3 => symbolic(o, kind),
        4 if kind == 0x91 => {
            let length = usize::from(o.u8()?);
            let symbol = o.take(length)?;
            o.skip(length % 2)?;
            Some(Segment::Symbol(symbol))
        }
        4 if kind == 0x80 => {
            let words = usize::from(o.u8()?);
            o.take(words * 2).map(Segment::Data)
        }
        _ => None,
    }
}

fn port<'a>(o: &mut Octets<'a>, kind: u8) -> Option<Segment<'a>> {
    let length = if kind & 0x10 == 0 {
        1
    } else {
        usize::from(o.u8()?)
    };
    let port = match kind & 0x0f {
        0x0f => o.le16()?,
        port => u16::from(port),
    };
    let link = o.take(length)?;
    if kind & 0x10 != 0 {
        o.skip(length % 2)?;
    }
    Some(Segment::Port { port, link })
}

fn logical<'a>(o: &mut Octets<'a>, kind: u8) -> Option<Segment<'a>> {
    let logical = kind >> 2 & 7;
    if logical == 5 {
        return key(o, kind);
    }
    // An extended logical type stands where the pad octet of the wider formats is.
    let value = match kind & 3 {
        0 if logical == 7 => {
            o.skip(1)?;
            let value = u32::from(o.u8()?);
            o.skip(1)?;
            value
        }
        0 => u32::from(o.u8()?),
        1 => {
            o.skip(1)?;
            u32::from(o.le16()?)
        }
        2 => {
            o.skip(1)?;
            o.le32()?
        }
        _ => return None,
    };
    Some(match logical {
        0 => Segment::Class(value),
        1 => Segment::Instance(value),
        2 => Segment::Member(value),
        3 => Segment::Point(value),
        4 => Segment::Attribute(value),
        _ => Segment::Other,
    })
}

fn key<'a>(o: &mut Octets<'a>, kind: u8) -> Option<Segment<'a>> {
    match (kind & 3, o.u8()?) {
        (0, 4) => Some(Segment::Key(Key {
            vendor: o.le16()?,
            device_type: o.le16()?,
            product_code: o.le16()?,
            revision: (o.u8()?, o.u8()?),
        })),
        _ => None,
    }
}

fn symbolic<'a>(o: &mut Octets<'a>, kind: u8) -> Option<Segment<'a>> {
    let size = usize::from(kind & 0x1f);
    if size > 0 {
        let symbol = o.take(size)?;
        o.skip((size + 1) % 2)?;
        return Some(Segment::Symbol(symbol));
    }
    // Extended strings: two or three octets a character, or a number (C-1.4.4).
    let format = o.u8()?;
    let size = usize::from(format & 0x1f);
    let length = match format >> 5 {
        1 => size * 2,
        2 => size * 3,
        6 => match size {
            6 => 1,
            7 => 2,
            8 => 4,
            _ => return None,
        },
        _ => return None,
    };
    o.skip(length + length % 2)?;
    Some(Segment::Other)
}
