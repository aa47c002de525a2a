//! ARP (RFC 826) on Ethernet for IPv4: which MAC address has which IP address.
//!
//! Called by the sensor's conversations. The sender's pair is believed as an attribute, the
//! target's is not: a request carries no target MAC, and a reply repeats what was asked.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Stateless, Step};
use crate::facts::{
    Attribute, Fault, Field, Host, Kind, Mac, Meaning, Message, Resolution, Subject, Visitor,
};
use crate::wire::Octets;
use std::net::Ipv4Addr;

/// The Address Resolution Protocol.
pub(super) struct Arp;

const NAME: &str = "arp";

/// Ethernet, IPv4, and the lengths of their addresses (RFC 826, IANA hardware type 1).
const ETHERNET_IPV4: [u8; 6] = [0, 1, 0x08, 0, 6, 4];

impl Protocol for Arp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Address Resolution Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Ether(0x0806)]
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
        &[&UNSUPPORTED]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match Packet::read(opening.octets) {
            Some(_) => Probe::Certain,
            None => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::new(Stateless(feed))
    }
}

// -- wire --

/// One ARP packet.
#[derive(Clone, Copy, Debug)]
struct Packet {
    operation: u16,
    sender_mac: Mac,
    sender_ip: Ipv4Addr,
    target_mac: Mac,
    target_ip: Ipv4Addr,
}

impl Packet {
    /// Reads the packet; Ethernet padding behind it is ignored.
    fn read(octets: &[u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        if o.array()? != ETHERNET_IPV4 {
            return None;
        }
        let operation = o.be16()?;
        // IANA: 1 request, 2 reply, 3 and 4 RARP, 5 to 7 DRARP, 8 and 9 InARP, 10 NAK.
        if !(1..=10).contains(&operation) {
            return None;
        }
        Some(Self {
            operation,
            sender_mac: Mac(o.array()?),
            sender_ip: o.array::<4>()?.into(),
            target_mac: Mac(o.array()?),
            target_ip: o.array::<4>()?.into(),
        })
    }
}

// -- session --

fn feed(input: &Input<'_>, out: &mut dyn Sink) -> Step {
    let length = input.octets.len();
    let Some(packet) = Packet::read(input.octets) else {
        if input.cut {
            return Step::Skip(length);
        }
        out.fault(input.side, &UNSUPPORTED, 0);
        return Step::Malformed(length);
    };
    out.message(input.side, &packet);
    let Packet {
        sender_mac: mac,
        sender_ip: ip,
        ..
    } = packet;
    // A probe for a free address is sent from 0.0.0.0 (RFC 5227, 2.1.1).
    let nobody = ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast();
    if packet.operation <= 2 && !mac.is_zero() && !mac.is_group() {
        let host = Host::Ip(ip.into());
        if !nobody {
            out.attribute(&Attribute::mac(host, &mac));
        }
        // Who asks for the own address tells it (RFC 5227, 3).
        let target = Host::Ip(packet.target_ip.into());
        out.resolution(
            input.side,
            &Resolution {
                host: (!nobody).then_some(Subject::Host(host)),
                mac,
                asked: (packet.operation == 1 && target != host).then_some(target),
            },
        );
    }
    Step::Pdu(length)
}

// -- fields --

type Row = (Field, fn(&Packet, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new(
            "arp.operation",
            Kind::Unsigned,
            "Operation: 1 request, 2 reply (RFC 826; IANA)",
        ),
        |p, out| out.unsigned(p.operation.into()),
    ),
    (
        Field::new(
            "arp.sender_mac",
            Kind::Text,
            "MAC address the sender claims",
        ),
        |p, out| out.shown(&p.sender_mac),
    ),
    (
        Field::new(
            "arp.sender_ip",
            Kind::Text,
            "IPv4 address the sender claims",
        ),
        |p, out| out.shown(&p.sender_ip),
    ),
    (
        Field::new(
            "arp.target_mac",
            Kind::Text,
            "MAC address of the target; zero in a request",
        ),
        |p, out| out.shown(&p.target_mac),
    ),
    (
        Field::new(
            "arp.target_ip",
            Kind::Text,
            "IPv4 address asked for or answered to",
        ),
        |p, out| out.shown(&p.target_ip),
    ),
];

impl Message for Packet {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}

const UNSUPPORTED: Fault = Fault {
    name: "arp.unsupported_pkt",
    doc: "Hardware type, protocol type, address lengths and operation are known ones (RFC 826)",
};

#[cfg(test)]
mod tests {
    use super::Arp;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Step};

    const REPLY: &str = "0001080006040002 001b1b7a9c01 c0a80001 000c29aabbcc c0a80064";
    const PROBE: &str = "0001080006040001 001b1b7a9c01 00000000 000000000000 c0a80001
                         000000000000000000000000000000000000";

    fn driver() -> Driver {
        let carrier = Carrier::Ether(0x0806);
        Driver::open(&Arp, carrier, (0, 0), Side::Low, &hex(REPLY), false)
    }

    #[test]
    fn a_reply_binds_the_sender() {
        let mut driver = driver();
        driver.packet(Side::Low, &hex(REPLY));
        assert_eq!(
            driver.out.messages,
            [
                "low arp operation=2 sender_mac=\"00:1b:1b:7a:9c:01\" sender_ip=\"192.168.0.1\" \
                 target_mac=\"00:0c:29:aa:bb:cc\" target_ip=\"192.168.0.100\""
            ]
        );
        assert_eq!(
            driver.out.attributes,
            ["192.168.0.1 Mac = \\x00\\x1b\\x1bz\\x9c\\x01"]
        );
    }

    #[test]
    fn a_probe_for_a_free_address_binds_nobody() {
        let mut driver = driver();
        driver.packet(Side::Low, &hex(PROBE));
        assert_eq!(driver.out.messages.len(), 1);
        assert!(driver.out.attributes.is_empty());
    }

    #[test]
    fn a_packet_of_another_hardware_is_a_fault() {
        let mut driver = driver();
        driver.packet(Side::Low, &hex("0006080006040001"));
        assert_eq!(driver.steps, [Step::Malformed(8)]);
        assert_eq!(driver.out.faults, ["low arp.unsupported_pkt at 0"]);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(
            &Arp,
            Carrier::Ether(0x0806),
            (0, 0),
            &[&hex(REPLY), &hex(PROBE)],
        );
    }
}
