//! CDP, the Cisco Discovery Protocol: what a switch, router or telephone says of itself to its
//! neighbour. There is no published standard; the fields are as Cisco's devices send them.
//!
//! Called by the sensor's conversations. All of it speaks of the sender.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Stateless, Step};
use crate::facts::{Attribute, Fault, Field, Kind, Meaning, Message, Property, Side, Visitor};
use crate::wire::Octets;
use crate::wire::text::{find, trimmed};
use arrayvec::ArrayVec;
use std::net::Ipv4Addr;

/// The Cisco Discovery Protocol.
pub(super) struct Cdp;

const NAME: &str = "cdp";

impl Protocol for Cdp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Cisco Discovery Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        // Inside a GRE tunnel the SNAP protocol number stands as Ethernet type.
        &[Carrier::Snap(0x00_000c, 0x2000), Carrier::Ether(0x2000)]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&INVALID]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match Packet::read(opening.octets) {
            Some(packet) if !packet.device.is_empty() => Probe::Certain,
            _ => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::new(Stateless(feed))
    }
}

const INVALID: Fault = Fault {
    name: "cdp.invalid_tlv",
    doc: "Version 1 or 2, hold time, checksum, then TLVs that end within the frame",
};

// -- wire --

/// Addresses kept of a device; switches send one or a few.
const ADDRESSES: usize = 4;

/// Capabilities, bits.
const ROUTER: u32 = 0x01;
const SWITCH: u32 = 0x08;
const TELEPHONE: u32 = 0x80;
const NAMES: [&str; 8] = [
    "router",
    "transparent-bridge",
    "source-route-bridge",
    "switch",
    "host",
    "igmp",
    "repeater",
    "telephone",
];

/// One announcement; texts that were not sent are empty.
#[derive(Clone, Debug)]
struct Packet<'a> {
    version: u8,
    device: &'a [u8],
    port: &'a [u8],
    capabilities: Option<u32>,
    software: &'a [u8],
    platform: &'a [u8],
    native_vlan: Option<u16>,
    addresses: ArrayVec<Ipv4Addr, ADDRESSES>,
    /// All TLVs end within the frame.
    sound: bool,
}

impl<'a> Packet<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let [version @ (1 | 2), _hold_time, _, _] = o.array()? else {
            return None;
        };
        let mut packet = Self {
            version,
            device: &[],
            port: &[],
            capabilities: None,
            software: &[],
            platform: &[],
            native_vlan: None,
            addresses: ArrayVec::new(),
            sound: false,
        };
        packet.sound = packet.tlvs(o).is_some();
        Some(packet)
    }

    fn tlvs(&mut self, mut o: Octets<'a>) -> Option<()> {
        while !o.is_empty() {
            let kind = o.be16()?;
            let length = usize::from(o.be16()?).checked_sub(4)?;
            let value = o.take(length)?;
            match kind {
                0x01 => self.device = value,
                0x02 | 0x16 => self.addresses(value),
                0x03 => self.port = value,
                0x04 => self.capabilities = Octets::new(value).be32(),
                0x05 => self.software = value,
                0x06 => self.platform = value,
                0x0a => self.native_vlan = Octets::new(value).be16(),
                _ => {}
            }
        }
        Some(())
    }

    /// A count, then addresses: protocol type, its length, protocol, length, address. IP is
    /// the NLPID 0xcc.
    fn addresses(&mut self, value: &[u8]) {
        let mut o = Octets::new(value);
        for _ in 0..o.be32().unwrap_or_default() {
            let Some((protocol, address)) = address(&mut o) else {
                break;
            };
            if let ([0xcc], Ok(octets)) = (protocol, <[u8; 4]>::try_from(address))
                && !self.addresses.contains(&octets.into())
            {
                // More than are kept say nothing new.
                let _ = self.addresses.try_push(octets.into());
            }
        }
    }
}

fn address<'a>(o: &mut Octets<'a>) -> Option<(&'a [u8], &'a [u8])> {
    o.skip(1)?;
    let length = o.u8()?;
    let protocol = o.take(length.into())?;
    let length = o.be16()?;
    Some((protocol, o.take(length.into())?))
}

// -- session --

fn feed(input: &Input<'_>, out: &mut dyn Sink) -> Step {
    let length = input.octets.len();
    let packet = Packet::read(input.octets);
    if let Some(packet) = &packet {
        out.message(input.side, packet);
        tell(input.side, packet, out);
    }
    match packet {
        Some(packet) if packet.sound => Step::Pdu(length),
        _ if input.cut => Step::Skip(length),
        _ => {
            out.fault(input.side, &INVALID, 0);
            Step::Malformed(length)
        }
    }
}

fn tell(side: Side, packet: &Packet<'_>, out: &mut dyn Sink) {
    let mut text = |property, value| {
        let value = trimmed(value);
        if !value.is_empty() {
            out.attribute(&Attribute::of(side, property, value));
        }
    };
    text(Property::Name, packet.device);
    text(Property::Model, packet.platform);
    text(Property::Description, packet.software);
    text(Property::Firmware, release(packet.software));
    for address in packet.addresses.iter().filter(|ip| !ip.is_unspecified()) {
        out.attribute(&Attribute::of(side, Property::Ip, &address.octets()));
    }
    let capabilities = packet.capabilities.unwrap_or_default();
    let role: &[u8] = if capabilities & TELEPHONE != 0 {
        b"telephone"
    } else if capabilities & SWITCH != 0 {
        b"switch"
    } else if capabilities & ROUTER != 0 {
        b"router"
    } else {
        return;
    };
    out.attribute(&Attribute::of(side, Property::Role, role));
}

/// The release within a description: `..., Version 12.2(44)SE, RELEASE SOFTWARE ...`.
fn release(software: &[u8]) -> &[u8] {
    let version = b"Version ";
    find(software, version)
        .and_then(|at| software.get(at + version.len()..))
        .and_then(|rest| {
            rest.split(|octet| matches!(octet, b',' | b' ' | b'\n'))
                .next()
        })
        .unwrap_or_default()
}

// -- fields --

type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new("cdp.version", Kind::Unsigned, "Version, 1 or 2"),
        |p, out| out.unsigned(p.version.into()),
    ),
    (
        Field::new("cdp.device_id", Kind::Text, "Name of the device"),
        |p, out| out.any_text(p.device),
    ),
    (
        Field::new("cdp.port_id", Kind::Text, "Its port that sends"),
        |p, out| out.any_text(p.port),
    ),
    (Field::new("cdp.platform", Kind::Text, "Model"), |p, out| {
        out.any_text(p.platform)
    }),
    (
        Field::new(
            "cdp.software",
            Kind::Text,
            "Description of the software with its version",
        ),
        |p, out| out.any_text(p.software),
    ),
    (
        Field::new(
            "cdp.capabilities",
            Kind::List,
            "router, switch, host, telephone, ...",
        ),
        |p, out| {
            if let Some(capabilities) = p.capabilities {
                out.open_list();
                for (bit, name) in NAMES.iter().enumerate() {
                    if capabilities >> bit & 1 == 1 {
                        out.text(name.as_bytes());
                    }
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new("cdp.addresses", Kind::List, "IPv4 addresses of the device"),
        |p, out| {
            if !p.addresses.is_empty() {
                out.open_list();
                for address in &p.addresses {
                    out.shown(address);
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "cdp.native_vlan",
            Kind::Unsigned,
            "VLAN of untagged frames on the port",
        ),
        |p, out| out.any_unsigned(p.native_vlan),
    ),
];

impl Message for Packet<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cdp;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Step};

    /// After frame 1 of tcpdump's `LLDP_and_CDP.pcap` (BSD), its description cut short.
    const SWITCH: &str = "02b40bea 0001000 65331 0005002e 436973636f20494f5320536f6674776172652c
        2056657273696f6e2031322e3228343429534 52c20 5245
        00060017636973636f2057532d43333536302d3234 5453
        0002001100000001 0101cc0004c0a80a02 000300144661737445746865726e6574302f3133
        0004000800000028 000a00060001";

    fn carrier() -> Carrier {
        Carrier::Snap(0x00_000c, 0x2000)
    }

    #[test]
    fn a_switch_tells_name_model_and_release() {
        let octets = hex(SWITCH);
        let mut driver = Driver::open(&Cdp, carrier(), (0, 0), Side::Low, &octets, false);
        driver.packet(Side::Low, &octets);
        assert_eq!(driver.steps, [Step::Pdu(octets.len())]);
        assert_eq!(
            driver.out.messages,
            [
                "low cdp version=2 device_id=\"S1\" port_id=\"FastEthernet0/13\" \
                 platform=\"cisco WS-C3560-24TS\" \
                 software=\"Cisco IOS Software, Version 12.2(44)SE, RE\" \
                 capabilities=[\"switch\",\"igmp\"] addresses=[\"192.168.10.2\"] native_vlan=1"
            ]
        );
        assert_eq!(
            driver.out.attributes,
            [
                "low Name = S1",
                "low Model = cisco WS-C3560-24TS",
                "low Description = Cisco IOS Software, Version 12.2(44)SE, RE",
                "low Firmware = 12.2(44)SE",
                "low Ip = \\xc0\\xa8\\n\\x02",
                "low Role = switch",
            ]
        );
    }

    #[test]
    fn a_tlv_shorter_than_its_own_header_is_a_fault() {
        let octets = hex("02b40bea 000100065331 00050002");
        let mut driver = Driver::open(&Cdp, carrier(), (0, 0), Side::Low, &octets, false);
        driver.packet(Side::Low, &octets);
        assert_eq!(driver.steps, [Step::Malformed(octets.len())]);
        assert_eq!(driver.out.faults, ["low cdp.invalid_tlv at 0"]);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(&Cdp, carrier(), (0, 0), &[&hex(SWITCH)]);
    }
}
