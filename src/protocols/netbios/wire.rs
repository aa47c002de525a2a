//! Octets to views: encoded names, name service packets, datagrams, browser announcements.

use super::super::dns::wire as dns;
use crate::facts::Mac;
use crate::wire::Octets;
use crate::wire::text::{terminated, trimmed};
use std::net::Ipv4Addr;

/// A NetBIOS name: fifteen octets padded with blanks, and what kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Name {
    octets: [u8; 15],
    /// 0x00 workstation, 0x03 messenger, 0x1b and 0x1c domain controllers, 0x20 file server.
    pub(in super::super) suffix: u8,
}

impl Name {
    /// The name without its padding.
    pub(in super::super) fn text(&self) -> &[u8] {
        trimmed(&self.octets)
    }

    /// Whether a name of this kind names a host, if it is unique.
    pub(super) const fn names_host(&self) -> bool {
        matches!(self.suffix, 0x00 | 0x20)
    }

    fn from_octets(octets: [u8; 16]) -> Self {
        let [name @ .., suffix] = octets;
        Self {
            octets: name,
            suffix,
        }
    }

    /// First-level decoding (RFC 1001, 14.1): each half octet as a letter from `A` on.
    fn decode(label: &[u8]) -> Option<Self> {
        let (pairs, rest) = label.as_chunks::<2>();
        if pairs.len() != 16 || !rest.is_empty() {
            return None;
        }
        let mut octets = [0; 16];
        for (octet, [high, low]) in octets.iter_mut().zip(pairs) {
            let half = |letter: &u8| letter.checked_sub(b'A').filter(|half| *half < 16);
            *octet = half(high)? << 4 | half(low)?;
        }
        Some(Self::from_octets(octets))
    }

    /// Reads the name at `at` of a name service packet or datagram, and where it ends.
    pub(in super::super) fn read(octets: &[u8], at: usize) -> Option<(Self, usize)> {
        let (name, next) = dns::name(octets, at)?;
        // A scope identifier may follow as further labels.
        let label = name.split(|octet| *octet == b'.').next()?;
        Some((Self::decode(label)?, next))
    }
}

/// What a packet of either service says.
#[derive(Clone, Debug)]
pub(super) enum Packet<'a> {
    Service(Service<'a>),
    Datagram(Datagram<'a>),
}

impl<'a> Packet<'a> {
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        match Datagram::read(octets) {
            Some(datagram) => Some(Self::Datagram(datagram)),
            None => Service::read(octets).map(Self::Service),
        }
    }
}

/// A name service packet (RFC 1002, 4.2).
#[derive(Clone, Debug)]
pub(super) struct Service<'a> {
    pub(super) transaction: u16,
    pub(super) response: bool,
    /// 0 query, 5 registration, 6 release, 7 wait, 8 and 9 refresh.
    pub(super) opcode: u16,
    pub(super) rcode: u16,
    pub(super) name: Name,
    /// The name asked for or answered is a group's, and its first address.
    pub(super) address: Option<(bool, Ipv4Addr)>,
    /// Of a node status response: the names as on the wire, and the adapter.
    names: &'a [u8],
    pub(super) mac: Option<Mac>,
}

const NB: u16 = 0x20;
const NBSTAT: u16 = 0x21;

impl<'a> Service<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let header = dns::Header::read(&mut o)?;
        let known = matches!(header.opcode(), 0 | 5..=9 | 15);
        if !known || header.questions > 1 || header.questions + header.answers.min(1) == 0 {
            return None;
        }
        let mut at = o.at();
        let mut name = None;
        if header.questions == 1 {
            let (asked, next) = Name::read(octets, at)?;
            let kind = Octets::new(octets.get(next..)?).be16()?;
            if !matches!(kind, NB | NBSTAT) {
                return None;
            }
            name = Some(asked);
            at = next + 4;
        }
        let mut packet = Self {
            transaction: header.id,
            response: header.response(),
            opcode: header.opcode(),
            rcode: header.rcode(),
            name: name.unwrap_or(Name::from_octets([b' '; 16])),
            address: None,
            names: &[],
            mac: None,
        };
        // The record of a registration stands in the additional section, of an answer in the
        // answer section; there is never more than one of them.
        if header.answers > 0 || header.additionals > 0 {
            let (owner, next) = Name::read(octets, at)?;
            packet.name = name.unwrap_or(owner);
            packet.record(Octets::new(octets.get(next..)?))?;
        }
        Some(packet)
    }

    fn record(&mut self, mut o: Octets<'a>) -> Option<()> {
        let kind = o.be16()?;
        o.skip(6)?;
        let length = usize::from(o.be16()?);
        let mut data = Octets::new(o.take(length)?);
        match kind {
            NB if length >= 6 => {
                let flags = data.be16()?;
                self.address = Some((flags & 0x8000 != 0, data.array::<4>()?.into()));
            }
            NBSTAT => {
                let count = usize::from(data.u8()?);
                self.names = data.take(18 * count)?;
                self.mac = data.array().map(Mac);
            }
            // NULL and NS in answers that redirect or refuse.
            0x0a | 0x02 | NB => {}
            _ => return None,
        }
        Some(())
    }

    /// The names of a node status, each with whether it is a group's (RFC 1002, 4.2.18).
    pub(super) fn names(&self) -> impl Iterator<Item = (Name, bool)> + 'a {
        let (entries, _) = self.names.as_chunks::<18>();
        entries
            .iter()
            .map(|[name @ .., flags, _]| (Name::from_octets(*name), flags & 0x80 != 0))
    }

    pub(super) const fn operation(&self) -> &'static str {
        match self.opcode {
            0 => "query",
            5 => "registration",
            6 => "release",
            7 => "wait",
            8 | 9 => "refresh",
            _ => "multi-homed-registration",
        }
    }
}

/// A datagram with a whole message from one name to another (RFC 1002, 4.4.2).
#[derive(Clone, Debug)]
pub(super) struct Datagram<'a> {
    pub(super) source: Name,
    pub(super) destination: Name,
    pub(super) announcement: Option<Announcement<'a>>,
}

impl<'a> Datagram<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        // Direct unique, direct group and broadcast datagrams; flags use the low nibble.
        let [0x10..=0x12, 0..=0x0f] = o.array()? else {
            return None;
        };
        o.skip(8)?;
        let _length = o.be16()?;
        let _offset = o.be16()?;
        let (source, next) = Name::read(octets, o.at())?;
        let (destination, next) = Name::read(octets, next)?;
        Some(Self {
            source,
            destination,
            announcement: octets.get(next..).and_then(Announcement::read),
        })
    }
}

/// A host's announcement to the browsers of its group (MS-BRWS, 2.2.1 and 2.2.6).
#[derive(Clone, Copy, Debug)]
pub(super) struct Announcement<'a> {
    pub(super) server: &'a [u8],
    /// Windows NT version, major and minor.
    pub(super) version: (u8, u8),
    pub(super) kind: ServerType,
    pub(super) comment: &'a [u8],
}

/// The mailslot to which browsers listen.
const MAILSLOT: &[u8] = b"\\MAILSLOT\\BROWSE\0";

impl<'a> Announcement<'a> {
    /// Reads an SMB_COM_TRANSACTION to the browsers' mailslot (MS-CIFS, 2.2.4.33).
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        if o.array()? != *b"\xffSMB\x25" {
            return None;
        }
        // Rest of the header, word count; parameters up to DataCount.
        o.skip(27 + 1 + 22)?;
        let count = usize::from(o.le16()?);
        let offset = usize::from(o.le16()?);
        let mailslot = octets.get(..offset)?;
        if !mailslot
            .windows(MAILSLOT.len())
            .any(|name| name == MAILSLOT)
        {
            return None;
        }
        let mut frame = Octets::new(octets.get(offset..)?.get(..count)?);
        // Host announcement and local master announcement.
        if !matches!(frame.u8()?, 0x01 | 0x0f) {
            return None;
        }
        frame.skip(5)?;
        let server = trimmed(terminated(frame.take(16)?));
        let version = (frame.u8()?, frame.u8()?);
        let kind = ServerType(frame.le32()?);
        frame.skip(4)?;
        Some(Self {
            server,
            version,
            kind,
            comment: terminated(frame.rest()),
        })
    }
}

/// The roles a host announces (MS-BRWS, 2.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ServerType(pub(super) u32);

impl ServerType {
    const DOMAIN_CONTROLLERS: u32 = 0x8 | 0x10;
    const WORKSTATION_NT: u32 = 0x1000;
    const SERVER_NT: u32 = 0x8000;

    pub(super) const fn role(self) -> Option<&'static [u8]> {
        if self.0 & Self::DOMAIN_CONTROLLERS != 0 {
            Some(b"domain-controller")
        } else if self.0 & Self::SERVER_NT != 0 {
            Some(b"server")
        } else if self.0 & Self::WORKSTATION_NT != 0 {
            Some(b"workstation")
        } else {
            None
        }
    }
}
