//! Octets to a view of one DNS message: header, names, questions and records.

use crate::wire::Octets;
use arrayvec::ArrayVec;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A name as text, labels with dots between; at most 255 octets (RFC 1035, 2.3.4).
pub(in super::super) type Name = ArrayVec<u8, 255>;

/// Compression pointers followed for one name. Writers need one; this bounds the work on a
/// name made to be slow.
const POINTERS: usize = 16;

/// Reads the name at `at` of `message`, and where what follows it begins.
///
/// A pointer must lead backwards (RFC 1035, 4.1.4: to a prior occurrence), which with the bound
/// on pointers ends every loop.
pub(in super::super) fn name(message: &[u8], at: usize) -> Option<(Name, usize)> {
    let mut name = Name::new();
    let mut next = None;
    let mut place = at;
    let mut pointers = 0;
    loop {
        let length = *message.get(place)?;
        match length {
            0 => return Some((name, next.unwrap_or(place + 1))),
            1..=0x3f => {
                let label = message.get(place + 1..place + 1 + usize::from(length))?;
                if !name.is_empty() {
                    name.try_push(b'.').ok()?;
                }
                name.try_extend_from_slice(label).ok()?;
                place += 1 + label.len();
            }
            0xc0.. => {
                let low = *message.get(place + 1)?;
                let target = usize::from(u16::from_be_bytes([length & 0x3f, low]));
                next = next.or(Some(place + 2));
                pointers += 1;
                if target >= place || pointers > POINTERS {
                    return None;
                }
                place = target;
            }
            // 0x40 and 0x80 were never assigned a use that lasted (RFC 6891, 5).
            _ => return None,
        }
    }
}

/// Where what follows the name at `at` begins, without reading what pointers lead to.
fn after_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = *message.get(at)?;
        match length {
            0 => return Some(at + 1),
            1..=0x3f => at += 1 + usize::from(length),
            0xc0.. => {
                message.get(at + 1)?;
                return Some(at + 2);
            }
            _ => return None,
        }
    }
}

/// A record type (IANA DNS parameters).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Type(pub(in super::super) u16);

impl Type {
    pub(in super::super) const A: Self = Self(1);
    pub(in super::super) const NS: Self = Self(2);
    pub(in super::super) const CNAME: Self = Self(5);
    pub(in super::super) const PTR: Self = Self(12);
    pub(in super::super) const MX: Self = Self(15);
    pub(in super::super) const TXT: Self = Self(16);
    pub(in super::super) const AAAA: Self = Self(28);
    pub(in super::super) const SRV: Self = Self(33);

    /// Its name, where it has one that is in use.
    pub(in super::super) const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "A",
            2 => "NS",
            5 => "CNAME",
            6 => "SOA",
            10 => "NULL",
            12 => "PTR",
            13 => "HINFO",
            15 => "MX",
            16 => "TXT",
            28 => "AAAA",
            33 => "SRV",
            35 => "NAPTR",
            41 => "OPT",
            43 => "DS",
            46 => "RRSIG",
            47 => "NSEC",
            48 => "DNSKEY",
            50 => "NSEC3",
            64 => "SVCB",
            65 => "HTTPS",
            250 => "TSIG",
            251 => "IXFR",
            252 => "AXFR",
            255 => "ANY",
            257 => "CAA",
            _ => return None,
        })
    }
}

/// The fixed header (RFC 1035, 4.1.1).
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Header {
    pub(in super::super) id: u16,
    pub(in super::super) flags: u16,
    pub(in super::super) questions: u16,
    pub(in super::super) answers: u16,
    pub(in super::super) authorities: u16,
    pub(in super::super) additionals: u16,
}

impl Header {
    pub(in super::super) fn read(o: &mut Octets<'_>) -> Option<Self> {
        Some(Self {
            id: o.be16()?,
            flags: o.be16()?,
            questions: o.be16()?,
            answers: o.be16()?,
            authorities: o.be16()?,
            additionals: o.be16()?,
        })
    }

    /// QR: an answer.
    pub(in super::super) const fn response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    pub(in super::super) const fn opcode(&self) -> u16 {
        self.flags >> 11 & 0x0f
    }

    /// Response code.
    pub(in super::super) const fn rcode(&self) -> u16 {
        self.flags & 0x0f
    }

    /// Whether the codes and counts are ones that are in use: opcodes query, status, notify,
    /// update; bit Z zero; a query has questions and no response code; a browser asks for
    /// dozens of services by multicast at once, and 300 still fit into a datagram.
    pub(super) const fn plausible(&self) -> bool {
        matches!(self.opcode(), 0 | 2 | 4 | 5)
            && self.flags & 0x0040 == 0
            && self.rcode() <= 11
            && self.questions <= 300
            && if self.response() {
                self.questions > 0 || self.answers > 0
            } else {
                self.questions > 0 && self.rcode() == 0
            }
    }
}

/// One DNS message whose sections are known to lie within its octets.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Packet<'a> {
    pub(super) octets: &'a [u8],
    pub(in super::super) header: Header,
    /// Type of the first question.
    pub(super) kind: Type,
    /// Where the answers begin.
    answers_at: usize,
    /// Where the last section ends.
    pub(super) end: usize,
}

impl<'a> Packet<'a> {
    /// Reads the header and walks all sections, names and record lengths alone.
    pub(in super::super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let header = Header::read(&mut o)?;
        let mut at = o.at();
        let mut kind = Type::default();
        for question in 0..header.questions {
            at = after_name(octets, at)?;
            let mut fixed = Octets::new(octets.get(at..at + 4)?);
            if question == 0 {
                kind = Type(fixed.be16()?);
            }
            at += 4;
        }
        let mut packet = Self {
            octets,
            header,
            kind,
            answers_at: at,
            end: at,
        };
        let records = [header.answers, header.authorities, header.additionals];
        for _ in 0..records.iter().copied().map(u32::from).sum() {
            at = after_name(octets, at)?;
            let mut fixed = Octets::new(octets.get(at..)?);
            fixed.skip(8)?;
            let length = usize::from(fixed.be16()?);
            fixed.skip(length)?;
            at += fixed.at();
        }
        packet.end = at;
        Some(packet)
    }

    /// The name of the first question, empty where there is none.
    pub(in super::super) fn query(&self) -> Name {
        if self.header.questions == 0 {
            return Name::new();
        }
        name(self.octets, 12).unwrap_or_default().0
    }

    /// Names and types of all questions.
    pub(in super::super) fn questions(&self) -> impl Iterator<Item = (Name, Type)> + use<'a> {
        let (octets, mut at, mut left) = (self.octets, 12, self.header.questions);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let (name, _) = name(octets, at).unwrap_or_default();
            at = after_name(octets, at)?;
            let kind = Octets::new(octets.get(at..)?).be16()?;
            at += 4;
            Some((name, Type(kind)))
        })
    }

    /// The records of the answer section.
    pub(in super::super) fn answers(&self) -> Records<'a> {
        Records {
            octets: self.octets,
            at: self.answers_at,
            left: self.header.answers.into(),
        }
    }

    /// The records of all sections.
    pub(in super::super) fn records(&self) -> Records<'a> {
        Records {
            left: u32::from(self.header.answers)
                + u32::from(self.header.authorities)
                + u32::from(self.header.additionals),
            ..self.answers()
        }
    }
}

/// Walks records (RFC 1035, 4.1.3).
#[derive(Clone, Debug)]
pub(in super::super) struct Records<'a> {
    octets: &'a [u8],
    at: usize,
    left: u32,
}

/// One resource record.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Record<'a> {
    message: &'a [u8],
    owner_at: usize,
    data_at: usize,
    pub(in super::super) kind: Type,
    pub(in super::super) data: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        self.left = self.left.checked_sub(1)?;
        let fixed_at = after_name(self.octets, self.at)?;
        let mut fixed = Octets::new(self.octets.get(fixed_at..)?);
        let kind = Type(fixed.be16()?);
        fixed.skip(6)?;
        let length = usize::from(fixed.be16()?);
        let data_at = fixed_at + fixed.at();
        let data = fixed.take(length)?;
        let owner_at = self.at;
        self.at = data_at + length;
        Some(Record {
            message: self.octets,
            owner_at,
            data_at,
            kind,
            data,
        })
    }
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Data<'a> {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// The name it leads to: CNAME, PTR, NS, MX, SRV.
    Name(Target<'a>),
    /// The strings of a TXT record, each after its length.
    Text(&'a [u8]),
    /// Anything else, or not what its type says.
    Other,
}

/// A name in the data of a record, read when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Target<'a> {
    message: &'a [u8],
    at: usize,
}

impl Target<'_> {
    pub(in super::super) fn name(&self) -> Name {
        name(self.message, self.at).unwrap_or_default().0
    }
}

impl<'a> Record<'a> {
    /// The name it belongs to.
    pub(in super::super) fn owner(&self) -> Name {
        name(self.message, self.owner_at).unwrap_or_default().0
    }

    pub(in super::super) fn read(&self) -> Data<'a> {
        let target = |skip: usize| {
            Some(Data::Name(Target {
                message: self.message,
                at: self.data_at + skip,
            }))
        };
        match self.kind {
            Type::A => Octets::new(self.data)
                .array::<4>()
                .map(|octets| Data::V4(octets.into())),
            Type::AAAA => Octets::new(self.data)
                .array::<16>()
                .map(|octets| Data::V6(octets.into())),
            Type::NS | Type::CNAME | Type::PTR => target(0),
            Type::MX => target(2),
            Type::SRV => target(6),
            Type::TXT => Some(Data::Text(self.data)),
            _ => None,
        }
        .unwrap_or(Data::Other)
    }
}

/// The strings of a TXT record (RFC 1035, 3.3.14).
pub(in super::super) fn strings(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (&length, rest) = data.split_first()?;
        let (string, rest) = rest.split_at_checked(length.into())?;
        data = rest;
        Some(string)
    })
}
