//! Octets to a view of one LLDP data unit.

use crate::facts::Mac;
use crate::wire::Octets;
use arrayvec::ArrayVec;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Management addresses kept of one unit: an address or two of each family are usual.
const ADDRESSES: usize = 4;

/// Organisation code of LLDP-MED (ANSI/TIA-1057).
const MED: u32 = 0x00_12_bb;

/// A chassis or port identifier (802.1AB, 8.5.2.3 and 8.5.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id<'a> {
    Mac(Mac),
    Address(IpAddr),
    /// An interface alias, a component, a name or a locally assigned text.
    Text(&'a [u8]),
    Octets(&'a [u8]),
}

/// The sort of identifier that its first octet names, from the subtypes of chassis or port.
#[derive(Clone, Copy)]
struct Subtypes {
    mac: u8,
    address: u8,
}

const CHASSIS: Subtypes = Subtypes { mac: 4, address: 5 };
const PORT: Subtypes = Subtypes { mac: 3, address: 4 };

impl<'a> Id<'a> {
    fn read(value: &'a [u8], subtypes: Subtypes) -> Option<Self> {
        let (&subtype, id) = value.split_first()?;
        let parsed = if subtype == subtypes.mac {
            Octets::new(id).array().map(|mac| Self::Mac(Mac(mac)))
        } else if subtype == subtypes.address {
            address(id).map(Self::Address)
        } else {
            crate::wire::text::is_printable(id).then_some(Self::Text(id))
        };
        Some(parsed.unwrap_or(Self::Octets(id)))
    }
}

/// An address after its family number (IANA: 1 IPv4, 2 IPv6).
fn address(octets: &[u8]) -> Option<IpAddr> {
    match octets {
        [1, rest @ ..] => Octets::new(rest)
            .array::<4>()
            .map(|octets| Ipv4Addr::from(octets).into()),
        [2, rest @ ..] => Octets::new(rest)
            .array::<16>()
            .map(|octets| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

/// System capabilities that are enabled (802.1AB, 8.5.8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Capabilities(pub(super) u16);

impl Capabilities {
    pub(super) const BRIDGE: u16 = 1 << 2;
    pub(super) const ACCESS_POINT: u16 = 1 << 3;
    pub(super) const ROUTER: u16 = 1 << 4;
    pub(super) const TELEPHONE: u16 = 1 << 5;

    /// Names of the bits, from the least significant on.
    pub(super) const NAMES: [&'static str; 11] = [
        "other",
        "repeater",
        "bridge",
        "wlan-access-point",
        "router",
        "telephone",
        "docsis-cable-device",
        "station-only",
        "c-vlan",
        "s-vlan",
        "two-port-mac-relay",
    ];
}

/// One LLDP data unit; texts that were not sent are empty.
#[derive(Clone, Debug)]
pub(super) struct Unit<'a> {
    pub(super) chassis: Id<'a>,
    pub(super) port: Id<'a>,
    /// Seconds for which this holds; 0 takes it back.
    pub(super) time_to_live: u16,
    pub(super) port_description: &'a [u8],
    pub(super) system_name: &'a [u8],
    pub(super) system_description: &'a [u8],
    pub(super) enabled: Option<Capabilities>,
    pub(super) management: ArrayVec<IpAddr, ADDRESSES>,
    pub(super) hardware: &'a [u8],
    pub(super) firmware: &'a [u8],
    pub(super) software: &'a [u8],
    pub(super) serial: &'a [u8],
    pub(super) manufacturer: &'a [u8],
    pub(super) model: &'a [u8],
    /// All TLVs end within the frame.
    pub(super) sound: bool,
}

impl<'a> Unit<'a> {
    /// Reads the mandatory TLVs and what can be read of the others.
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let chassis = Id::read(mandatory(&mut o, 1)?, CHASSIS)?;
        let port = Id::read(mandatory(&mut o, 2)?, PORT)?;
        let time_to_live = Octets::new(mandatory(&mut o, 3)?).be16()?;
        let mut unit = Self {
            chassis,
            port,
            time_to_live,
            port_description: &[],
            system_name: &[],
            system_description: &[],
            enabled: None,
            management: ArrayVec::new(),
            hardware: &[],
            firmware: &[],
            software: &[],
            serial: &[],
            manufacturer: &[],
            model: &[],
            sound: false,
        };
        unit.sound = unit.optional(o).is_some();
        Some(unit)
    }

    fn optional(&mut self, mut o: Octets<'a>) -> Option<()> {
        while !o.is_empty() {
            let (kind, value) = tlv(&mut o)?;
            match kind {
                0 => break,
                4 => self.port_description = value,
                5 => self.system_name = value,
                6 => self.system_description = value,
                7 => {
                    let mut value = Octets::new(value);
                    value.skip(2)?;
                    self.enabled = Some(Capabilities(value.be16()?));
                }
                8 => {
                    let length = usize::from(*value.first()?);
                    if let Some(address) = value.get(1..=length).and_then(address) {
                        // More than are kept say nothing new.
                        let _ = self.management.try_push(address);
                    }
                }
                127 => self.organisation(value)?,
                _ => {}
            }
        }
        Some(())
    }

    /// An organisationally specific TLV: the inventory ones of LLDP-MED (TIA-1057, 10.2.6).
    fn organisation(&mut self, value: &'a [u8]) -> Option<()> {
        let mut o = Octets::new(value);
        let (organisation, subtype) = (o.be24()?, o.u8()?);
        if organisation == MED {
            let slot = match subtype {
                5 => &mut self.hardware,
                6 => &mut self.firmware,
                7 => &mut self.software,
                8 => &mut self.serial,
                9 => &mut self.manufacturer,
                10 => &mut self.model,
                _ => return Some(()),
            };
            *slot = o.rest();
        }
        Some(())
    }

    /// The name the device goes by: its system name, or the station name that PROFINET puts
    /// into the port identifier (`port-001.et200sp`) or the chassis identifier.
    pub(super) fn name(&self) -> &'a [u8] {
        if !self.system_name.is_empty() {
            return self.system_name;
        }
        if let Id::Text(port) = self.port
            && port.starts_with(b"port-")
        {
            if let Some(dot) = port.iter().position(|octet| *octet == b'.') {
                return port.get(dot + 1..).unwrap_or_default();
            }
            if let (Id::Text(chassis), None) = (self.chassis, self.identification()) {
                return chassis;
            }
        }
        &[]
    }

    /// The identification that PROFINET devices with several interfaces send as chassis
    /// identifier: fixed columns of device type, order number, serial number, hardware and
    /// software revision (IEC 61158-6-10, SystemIdentification).
    pub(super) fn identification(&self) -> Option<Identification<'a>> {
        let Id::Text(text) = self.chassis else {
            return None;
        };
        let mut o = Octets::new(text);
        let mut column = |width| {
            let text = o.take(width)?;
            // One blank between columns; the last has none behind it.
            (o.is_empty() || o.u8()? == b' ').then_some(text)
        };
        let found = Identification {
            device: column(25)?,
            order_number: column(20)?,
            serial: column(16)?,
            hardware: column(5)?,
            software: column(10)?,
        };
        o.is_empty().then_some(found)
    }
}

/// The columns of a PROFINET SystemIdentification, blank-padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identification<'a> {
    pub(super) device: &'a [u8],
    pub(super) order_number: &'a [u8],
    pub(super) serial: &'a [u8],
    pub(super) hardware: &'a [u8],
    pub(super) software: &'a [u8],
}

impl Identification<'_> {
    /// The software revision without its padding: `V  4  2  0` as `V4.2.0`.
    pub(super) fn version(&self) -> ArrayVec<u8, 16> {
        let mut version = ArrayVec::new();
        for part in self.software.split(|octet| *octet == b' ') {
            let dot = version.last().is_some_and(u8::is_ascii_digit) && !part.is_empty();
            let octets = dot.then_some(&b'.').into_iter().chain(part);
            let room = version.remaining_capacity();
            version.extend(octets.copied().take(room));
        }
        version
    }
}

/// A TLV: seven bits of type, nine bits of length (802.1AB, 8.4).
fn tlv<'a>(o: &mut Octets<'a>) -> Option<(u16, &'a [u8])> {
    let header = o.be16()?;
    Some((header >> 9, o.take(usize::from(header & 0x1ff))?))
}

fn mandatory<'a>(o: &mut Octets<'a>, wanted: u16) -> Option<&'a [u8]> {
    let (kind, value) = tlv(o)?;
    (kind == wanted).then_some(value)
}
