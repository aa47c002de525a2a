//! The Identity object (class 1): from list identity replies and attribute reads to properties.
//!
//! Called by the session and the field table. No state, no allocation, no panic. After CIP
//! volume 1, 5-2 and CIP volume 2, table 2-4.4 (the identity item).

use super::names;
use crate::facts::{Attribute, Property, Side, Subject};
use crate::protocols::Sink;
use crate::wire::Octets;
use arrayvec::ArrayVec;
use std::fmt::Write as _;

/// What one packet tells of the Identity object; each part only where the packet holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    /// Version of the encapsulation, in list identity replies.
    pub(super) protocol_version: Option<u16>,
    /// IPv4 address and port that the device claims, in list identity replies.
    pub(super) socket: Option<([u8; 4], u16)>,
    /// Attribute 1.
    pub(super) vendor: Option<u16>,
    /// Attribute 2.
    pub(super) device_type: Option<u16>,
    /// Attribute 3: the vendor's number of the product.
    pub(super) product_code: Option<u16>,
    /// Attribute 4: major and minor.
    pub(super) revision: Option<(u8, u8)>,
    /// Attribute 5.
    pub(super) status: Option<u16>,
    /// Attribute 6.
    pub(super) serial: Option<u32>,
    /// Attribute 7: product name.
    pub(super) name: Option<&'a [u8]>,
    /// Attribute 8, in list identity replies.
    pub(super) state: Option<u8>,
}

impl<'a> Identity<'a> {
    /// Reads the identity item of a list identity reply.
    #[must_use]
    pub(super) fn item(data: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(data);
        let version = o.le16()?;
        // A sockaddr_in, big-endian: family, port, address, eight zero octets.
        o.skip(2)?;
        let port = o.be16()?;
        let address: [u8; 4] = o.array()?;
        o.skip(8)?;
        let mut identity = Self::all(o.rest())?;
        let name = identity.name.map_or(0, <[u8]>::len);
        identity.state = o.rest().get(15 + name).copied();
        identity.protocol_version = Some(version);
        identity.socket = Some((address, port));
        Some(identity)
    }

    /// Reads the reply to Get_Attributes_All.
    #[must_use]
    pub(super) fn all(data: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(data);
        let mut identity = Self::default();
        for attribute in 1..=7 {
            identity.take(attribute, &mut o)?;
        }
        Some(identity)
    }

    /// Reads the reply to Get_Attribute_Single.
    #[must_use]
    pub(super) fn single(attribute: u32, data: &'a [u8]) -> Option<Self> {
        let mut identity = Self::default();
        identity.take(attribute, &mut Octets::new(data))?;
        Some(identity)
    }

    /// Reads the reply to Get_Attribute_List: as far as the lengths of the attributes are
    /// known.
    #[must_use]
    pub(super) fn list(data: &'a [u8]) -> Self {
        let mut o = Octets::new(data);
        let mut identity = Self::default();
        let count = o.le16().unwrap_or(0);
        for _ in 0..count {
            let (Some(attribute), Some(status)) = (o.le16(), o.le16()) else {
                break;
            };
            // A failed attribute has no value.
            if status == 0 && identity.take(u32::from(attribute), &mut o).is_none() {
                break;
            }
        }
        identity
    }

    fn take(&mut self, attribute: u32, o: &mut Octets<'a>) -> Option<()> {
        match attribute {
            1 => self.vendor = Some(o.le16()?),
            2 => self.device_type = Some(o.le16()?),
            3 => self.product_code = Some(o.le16()?),
            4 => self.revision = Some((o.u8()?, o.u8()?)),
            5 => self.status = Some(o.le16()?),
            6 => self.serial = Some(o.le32()?),
            7 => {
                let length = usize::from(o.u8()?);
                self.name = Some(o.take(length)?);
            }
            8 => self.state = Some(o.u8()?),
            _ => return None,
        }
        Some(())
    }

    /// The operating mode that the status word tells, where it tells one.
    ///
    /// Bits 4 to 7 are the extended device status (CIP volume 1, table 5-2.4). Bits 12 and 13
    /// are reserved there; Logix controllers keep the key switch in them (1 run, 2 program,
    /// 3 remote) and then use 6 for run and 7 for program in bits 4 to 7.
    #[must_use]
    pub(super) fn mode(&self) -> Option<&'static str> {
        let status = self.status?;
        let extended = status >> 4 & 0x0f;
        Some(match (status >> 12 & 3, extended) {
            (_, 1) => "firmware update",
            (1..=3, 4) => "bad flash",
            (1..=3, 5) => "faulted",
            (1, 6) => "run (key: run)",
            (2, 6) => "run (key: program)",
            (3, 6) => "run (key: remote)",
            (1, 7) => "program (key: run)",
            (2, 7) => "program (key: program)",
            (3, 7) => "program (key: remote)",
            (0, 5) => "major fault",
            _ => return None,
        })
    }

    /// Tells the properties of the device at `side`, or of its module in a slot. The mode is
    /// left out: who polls it decides whether it is news.
    pub(super) fn tell(&self, side: Side, unit: Option<u32>, out: &mut dyn Sink) {
        let mut tell = |property, value: &[u8]| {
            out.attribute(&Attribute {
                subject: Subject::Side(side),
                unit,
                property,
                value,
            });
        };
        let mut text = Text::default();
        if let Some(vendor) = self.vendor {
            match names::vendor(vendor) {
                Some(name) => tell(Property::Vendor, name.as_bytes()),
                None => tell(Property::Vendor, text.with(format_args!("vendor {vendor}"))),
            }
        }
        if let Some(name) = self.name.map(<[u8]>::trim_ascii).filter(|n| !n.is_empty()) {
            tell(Property::Model, name);
        }
        if let Some((major, minor)) = self.revision {
            let revision = text.with(format_args!("{major}.{minor}"));
            tell(Property::Firmware, revision);
        }
        if let Some(serial) = self.serial {
            let serial = text.with(format_args!("0x{serial:08x}"));
            tell(Property::Serial, serial);
        }
        if let Some(device_type) = self.device_type {
            if let Some(name) = names::device_type(device_type) {
                tell(Property::Description, name.as_bytes());
            }
            if let Some(role) = names::role(device_type) {
                tell(Property::Role, role.as_bytes());
            }
        }
    }
}

/// A short text put together on the stack.
#[derive(Default)]
struct Text(ArrayVec<u8, 32>);

impl Text {
    fn with(&mut self, text: std::fmt::Arguments<'_>) -> &[u8] {
        self.0.clear();
        // 32 octets hold every text above.
        let _ = self.write_fmt(text);
        &self.0
    }
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0
            .try_extend_from_slice(text.as_bytes())
            .map_err(|_| std::fmt::Error)
    }
}
