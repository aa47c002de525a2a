//! Octets to views: frame identifiers, DCP headers and blocks.

use crate::wire::Octets;

/// The frame identifier with which every PROFINET frame begins (IEC 61158-6-10, 4.2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameId(pub(super) u16);

impl FrameId {
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        Octets::new(octets).be16().map(Self)
    }

    /// Hello, get and set, identify request, identify response.
    pub(super) const fn is_dcp(self) -> bool {
        matches!(self.0, 0xfefc..=0xfeff)
    }

    /// What kind of frame it is; `None` for identifiers that are reserved.
    pub(super) const fn kind(self) -> Option<&'static str> {
        Some(match self.0 {
            0x0020..=0x0021
            | 0x0080..=0x0081
            | 0xff00..=0xff01
            | 0xff20..=0xff23
            | 0xff40..=0xff43 => "time-synchronisation",
            0x0100..=0x0fff => "isochronous-data",
            0x8000..=0xbfff => "cyclic-data",
            0xc000..=0xfbff => "cyclic-data-over-udp",
            0xfc01 | 0xfe01 => "alarm",
            0xfefc..=0xfeff => "dcp",
            0xff80..=0xff8f => "fragment",
            _ => return None,
        })
    }
}

/// A DCP service (IEC 61158-6-10, 4.3.1.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service(pub(super) u8);

impl Service {
    pub(super) const GET: Self = Self(3);
    pub(super) const SET: Self = Self(4);
    pub(super) const IDENTIFY: Self = Self(5);
    pub(super) const HELLO: Self = Self(6);

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::GET => "get",
            Self::SET => "set",
            Self::IDENTIFY => "identify",
            _ => "hello",
        }
    }
}

/// An option with its suboption (IEC 61158-6-10, 4.3.1.4): what a block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subject(pub(super) u8, pub(super) u8);

impl Subject {
    pub(super) const MAC: Self = Self(1, 1);
    pub(super) const IP: Self = Self(1, 2);
    pub(super) const FULL_IP: Self = Self(1, 3);
    pub(super) const TYPE: Self = Self(2, 1);
    pub(super) const NAME: Self = Self(2, 2);
    pub(super) const DEVICE: Self = Self(2, 3);
    pub(super) const ROLE: Self = Self(2, 4);
    pub(super) const ALIAS: Self = Self(2, 6);
    pub(super) const START: Self = Self(5, 1);
    pub(super) const END: Self = Self(5, 2);
    pub(super) const SIGNAL: Self = Self(5, 3);
    pub(super) const RESPONSE: Self = Self(5, 4);
    pub(super) const FACTORY_RESET: Self = Self(5, 5);
    pub(super) const RESET: Self = Self(5, 6);
    pub(super) const ALL: Self = Self(0xff, 0xff);

    /// Name of what is known of it.
    pub(super) const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::MAC => "mac-address",
            Self::IP => "ip-parameter",
            Self::FULL_IP => "full-ip-suite",
            Self::TYPE => "station-type",
            Self::NAME => "name-of-station",
            Self::DEVICE => "device-id",
            Self::ROLE => "device-role",
            Self(2, 5) => "device-options",
            Self::ALIAS => "alias",
            Self(2, 7) => "device-instance",
            Self(2, 8) => "oem-device-id",
            Self(3, _) => "dhcp",
            Self::START => "start-transaction",
            Self::END => "end-transaction",
            Self::SIGNAL => "signal",
            Self::RESPONSE => "response",
            Self::FACTORY_RESET => "factory-reset",
            Self::RESET => "reset-to-factory",
            Self(6, 1) => "device-initiative",
            Self::ALL => "all",
            _ => return None,
        })
    }
}

/// One DCP frame whose blocks are known to end within it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dcp<'a> {
    pub(super) service: Service,
    /// 0 request, 1 response, 5 response that the service is not supported.
    pub(super) kind: u8,
    /// Pairs response and request.
    pub(super) xid: u32,
    blocks: &'a [u8],
}

impl<'a> Dcp<'a> {
    /// Reads the frame; padding behind the blocks is ignored.
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let id = FrameId(o.be16()?);
        let service = Service(o.u8()?);
        let kind = o.u8()?;
        let xid = o.be32()?;
        o.skip(2)?;
        let length = usize::from(o.be16()?);
        let fits = match id.0 {
            0xfefc => service == Service::HELLO && kind == 0,
            0xfefd => matches!(service, Service::GET | Service::SET),
            0xfefe => service == Service::IDENTIFY && kind == 0,
            0xfeff => service == Service::IDENTIFY && kind != 0,
            _ => false,
        };
        if !fits || !matches!(kind, 0 | 1 | 5) {
            return None;
        }
        let dcp = Self {
            service,
            kind,
            xid,
            blocks: o.take(length)?,
        };
        dcp.is_sound().then_some(dcp)
    }

    pub(super) const fn is_request(&self) -> bool {
        self.kind == 0
    }

    /// A get request lists subjects without values.
    const fn is_list(&self) -> bool {
        self.is_request() && matches!(self.service, Service::GET)
    }

    /// Octets of block information or qualifier that stand before a value.
    fn prefix(&self, subject: Subject) -> usize {
        let identify_request = self.is_request() && self.service == Service::IDENTIFY;
        if identify_request || subject == Subject::RESPONSE {
            0
        } else {
            2
        }
    }

    fn is_sound(&self) -> bool {
        let mut rest = Octets::new(self.blocks);
        while !rest.is_empty() {
            if self.block(&mut rest).is_none() {
                return false;
            }
        }
        true
    }

    fn block(&self, o: &mut Octets<'a>) -> Option<Block<'a>> {
        let subject = Subject(o.u8()?, o.u8()?);
        if self.is_list() {
            return Some(Block {
                subject,
                value: &[],
            });
        }
        let length = usize::from(o.be16()?);
        let value = o.take(length)?;
        // Blocks begin at even places; behind the last one the padding may be missing.
        if !length.is_multiple_of(2) {
            let _ = o.skip(1);
        }
        let prefix = self.prefix(subject);
        Some(Block {
            subject,
            value: value.get(prefix..).unwrap_or_default(),
        })
    }

    /// The blocks, without block information and qualifiers.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block<'a>> + use<'a> {
        let frame = *self;
        let mut o = Octets::new(self.blocks);
        std::iter::from_fn(move || frame.block(&mut o))
    }

    /// The value of the first block about a subject, empty where there is none.
    pub(super) fn value(&self, subject: Subject) -> &'a [u8] {
        self.blocks()
            .find(|block| block.subject == subject)
            .map_or(&[], |block| block.value)
    }

    /// Vendor and device identifier.
    pub(super) fn device(&self) -> Option<(u16, u16)> {
        let mut o = Octets::new(self.value(Subject::DEVICE));
        Some((o.be16()?, o.be16()?))
    }

    /// Roles, bits: 1 IO device, 2 IO controller, 4 IO multidevice, 8 IO supervisor.
    pub(super) fn role(&self) -> Option<u8> {
        self.value(Subject::ROLE).first().copied()
    }
}

/// One block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) subject: Subject,
    pub(super) value: &'a [u8],
}

/// Address, mask and gateway of an IP parameter block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IpParameter {
    pub(super) address: std::net::Ipv4Addr,
    pub(super) mask: std::net::Ipv4Addr,
    pub(super) gateway: std::net::Ipv4Addr,
}

impl IpParameter {
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let mut o = Octets::new(value);
        Some(Self {
            address: o.array::<4>()?.into(),
            mask: o.array::<4>()?.into(),
            gateway: o.array::<4>()?.into(),
        })
    }
}
