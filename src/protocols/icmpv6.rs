//! ICMPv6 (RFC 4443) with neighbour discovery (RFC 4861): which MAC address has which IPv6
//! address, and who routes.
//!
//! Called by the sensor's conversations. What a sender tells of its own card is believed as an
//! attribute, as with ARP; what a redirect tells of others is shown and not believed. Messages
//! of other kinds are named by type and code, their content is nothing to the inventory.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Stateless, Step};
use crate::facts::{
    Attribute, Fault, Field, Host, Kind, Mac, Meaning, Message, Property, Resolution, Side,
    Subject, Visitor,
};
use crate::wire::Octets;
use std::net::Ipv6Addr;

/// The Internet Control Message Protocol of IPv6.
pub(super) struct Icmpv6;

const NAME: &str = "icmpv6";

impl Protocol for Icmpv6 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "ICMPv6"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Icmpv6]
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
        &[&MALFORMED]
    }

    /// The IP header has said what it is.
    fn probe(&self, opening: &Opening<'_>) -> Probe {
        let whole = opening.octets.len() >= HEADER;
        match opening.carrier == Carrier::Icmpv6 && whole {
            true => Probe::Certain,
            false => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::new(Stateless(feed))
    }
}

// -- wire --

/// Octets of type, code and checksum.
const HEADER: usize = 4;

// Types of messages (IANA, ICMPv6 parameters; RFC 4861, 4).
const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const REDIRECT: u8 = 137;

// Options (RFC 4861, 4.6).
const SOURCE_LINK_ADDRESS: u8 = 1;
const TARGET_LINK_ADDRESS: u8 = 2;

/// One message; of neighbour discovery with what it tells.
///
/// ```text
/// | type | code | checksum | 4 octets of the type's own | its addresses | options ... |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packet {
    kind: u8,
    code: u8,
    /// The address asked for or told of.
    target: Option<Ipv6Addr>,
    /// The card of the sender, or that of the target.
    source_mac: Option<Mac>,
    target_mac: Option<Mac>,
    /// How long the sender routes, in seconds; 0: not at all.
    router_lifetime: Option<u16>,
    /// Whether a neighbour advertisement answers a solicitation (flag S).
    solicited: Option<bool>,
}

impl Packet {
    /// Reads a message; `None` where it is shorter than its type asks for.
    fn read(octets: &[u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let (kind, code, _) = (o.u8()?, o.u8()?, o.be16()?);
        let mut packet = Self {
            kind,
            code,
            target: None,
            source_mac: None,
            target_mac: None,
            router_lifetime: None,
            solicited: None,
        };
        match kind {
            ROUTER_SOLICITATION => {
                o.be32()?;
            }
            ROUTER_ADVERTISEMENT => {
                // Hop limit and flags, lifetime, reachable and retransmission time.
                o.be16()?;
                packet.router_lifetime = Some(o.be16()?);
                o.be32()?;
                o.be32()?;
            }
            NEIGHBOUR_SOLICITATION => {
                o.be32()?;
                packet.target = Some(o.array::<16>()?.into());
            }
            NEIGHBOUR_ADVERTISEMENT => {
                packet.solicited = Some(o.be32()? & 0x4000_0000 != 0);
                packet.target = Some(o.array::<16>()?.into());
            }
            REDIRECT => {
                o.be32()?;
                packet.target = Some(o.array::<16>()?.into());
                o.array::<16>()?;
            }
            _ => return Some(packet),
        }
        packet.options(o)?;
        Some(packet)
    }

    /// Reads the options; `None` where one has no length or runs past the end.
    fn options(&mut self, mut o: Octets<'_>) -> Option<()> {
        while !o.is_empty() {
            let (kind, units) = (o.u8()?, o.u8()?);
            // In units of eight octets, with type and length.
            let length = usize::from(units).checked_mul(8)?.checked_sub(2)?;
            let content = o.take(length)?;
            let mac = content.first_chunk::<6>().map(|mac| Mac(*mac));
            let mac = mac.filter(|mac| units == 1 && !mac.is_zero() && !mac.is_group());
            match kind {
                SOURCE_LINK_ADDRESS => self.source_mac = mac,
                TARGET_LINK_ADDRESS => self.target_mac = mac,
                _ => {}
            }
        }
        Some(())
    }

    /// Tells what it says of its sender: a redirect speaks of others.
    fn tell(&self, side: Side, out: &mut dyn Sink) {
        if let Some(mac) = self.source_mac.filter(|_| self.kind != REDIRECT) {
            out.attribute(&Attribute::of(side, Property::Mac, &mac.0));
        }
        if let (NEIGHBOUR_ADVERTISEMENT, Some(target), Some(mac)) =
            (self.kind, self.target, self.target_mac)
            && !target.is_multicast()
            && !target.is_unspecified()
        {
            out.attribute(&Attribute::mac(Host::Ip(target.into()), &mac));
            out.resolution(
                side,
                &Resolution {
                    host: Some(Subject::Host(Host::Ip(target.into()))),
                    mac,
                    asked: None,
                },
            );
        }
        if let (NEIGHBOUR_SOLICITATION, Some(target), Some(mac)) =
            (self.kind, self.target, self.source_mac)
        {
            out.resolution(
                side,
                &Resolution {
                    host: Some(Subject::Side(side)),
                    mac,
                    asked: Some(Host::Ip(target.into())),
                },
            );
        }
        if self.router_lifetime.is_some_and(|seconds| seconds > 0) {
            out.attribute(&Attribute::of(side, Property::Role, b"router"));
        }
    }
}

// -- session --

fn feed(input: &Input<'_>, out: &mut dyn Sink) -> Step {
    let length = input.octets.len();
    let Some(packet) = Packet::read(input.octets) else {
        if input.cut {
            return Step::Skip(length);
        }
        out.fault(input.side, &MALFORMED, 0);
        return Step::Malformed(length);
    };
    out.message(input.side, &packet);
    packet.tell(input.side, out);
    Step::Pdu(length)
}

// -- fields --

type Row = (Field, fn(&Packet, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new(
            "icmpv6.type",
            Kind::Unsigned,
            "Type: 128 echo request, 129 echo reply, 133 to 137 neighbour discovery (IANA)",
        ),
        |p, out| out.unsigned(p.kind.into()),
    ),
    (
        Field::new(
            "icmpv6.code",
            Kind::Unsigned,
            "Code, by type (RFC 4443, 2.1)",
        ),
        |p, out| out.unsigned(p.code.into()),
    ),
    (
        Field::new(
            "icmpv6.target",
            Kind::Text,
            "Address asked for or told of (RFC 4861, 4.3 to 4.5)",
        ),
        |p, out| out.any_shown(p.target),
    ),
    (
        Field::new(
            "icmpv6.source_mac",
            Kind::Text,
            "MAC address the sender claims (RFC 4861, 4.6.1)",
        ),
        |p, out| out.any_shown(p.source_mac),
    ),
    (
        Field::new(
            "icmpv6.target_mac",
            Kind::Text,
            "MAC address of the target (RFC 4861, 4.6.1)",
        ),
        |p, out| out.any_shown(p.target_mac),
    ),
    (
        Field::new(
            "icmpv6.router_lifetime",
            Kind::Unsigned,
            "Seconds for which the sender is a router; 0: no default router (RFC 4861, 4.2)",
        ),
        |p, out| out.any_unsigned(p.router_lifetime),
    ),
    (
        Field::new(
            "icmpv6.solicited",
            Kind::Boolean,
            "Whether an advertisement answers a solicitation (RFC 4861, 4.4)",
        ),
        |p, out| out.any_boolean(p.solicited),
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

const MALFORMED: Fault = Fault {
    name: "icmpv6.malformed",
    doc: "Messages of neighbour discovery have their addresses, and each option a length that is \
          not zero and ends with the message (RFC 4861, 4)",
};

#[cfg(test)]
mod tests {
    use super::Icmpv6;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Step};

    const SOLICITATION: &str = "87000000 00000000 fe800000000000000000000000000001
                                0101 020000000001";
    const ADVERTISEMENT: &str = "88000000 60000000 fe800000000000000000000000000001
                                 0201 001b1b7a9c01";
    const ROUTER: &str = "86000000 40000708 00000000 00000000 0101 00005e000201
                          05 01 0000 000005dc";
    const REDIRECT: &str = "89000000 00000000 fe800000000000000000000000000009
                            20010db8000000000000000000000001 0201 020000000009";
    const ECHO: &str = "80000000 00010001 6869";

    fn driver() -> Driver {
        Driver::open(
            &Icmpv6,
            Carrier::Icmpv6,
            (0, 0),
            Side::Low,
            &hex(ECHO),
            false,
        )
    }

    #[test]
    fn neighbours_tell_of_their_own_cards() {
        let mut driver = driver();
        driver.packet(Side::Low, &hex(SOLICITATION));
        driver.packet(Side::High, &hex(ADVERTISEMENT));
        assert_eq!(
            driver.out.messages,
            [
                "low icmpv6 type=135 code=0 target=\"fe80::1\" source_mac=\"02:00:00:00:00:01\"",
                "high icmpv6 type=136 code=0 target=\"fe80::1\" target_mac=\"00:1b:1b:7a:9c:01\" \
                 solicited=true"
            ]
        );
        assert_eq!(
            driver.out.attributes,
            [
                "low Mac = \\x02\\x00\\x00\\x00\\x00\\x01",
                "fe80::1 Mac = \\x00\\x1b\\x1bz\\x9c\\x01"
            ]
        );
    }

    #[test]
    fn who_advertises_itself_as_a_router_is_one() {
        let mut driver = driver();
        driver.packet(Side::Low, &hex(ROUTER));
        assert_eq!(
            driver.out.attributes,
            ["low Mac = \\x00\\x00^\\x00\\x02\\x01", "low Role = router"]
        );
        // A lifetime of zero says that it is none (any more).
        let mut gone = hex(ROUTER);
        gone[6..8].fill(0);
        driver.out.attributes.clear();
        driver.packet(Side::Low, &gone);
        assert_eq!(driver.out.attributes.len(), 1);
    }

    #[test]
    fn what_is_said_of_others_is_not_believed() {
        let mut driver = driver();
        driver.packet(Side::Low, &hex(REDIRECT));
        driver.packet(Side::Low, &hex(ECHO));
        assert_eq!(driver.out.messages.len(), 2);
        assert!(driver.out.attributes.is_empty());
    }

    #[test]
    fn options_without_length_and_past_the_end_are_faults() {
        for tail in ["0100 020000000001", "0102 020000000001"] {
            let octets = hex(&format!("87000000 00000000 {} {tail}", "fe".repeat(16)));
            let mut driver = driver();
            driver.packet(Side::Low, &octets);
            assert_eq!(driver.steps, [Step::Malformed(octets.len())]);
            assert!(driver.out.attributes.is_empty());
        }
    }

    #[test]
    fn nothing_breaks_it() {
        let samples = [SOLICITATION, ADVERTISEMENT, ROUTER, REDIRECT, ECHO].map(hex);
        let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
        batter(&Icmpv6, Carrier::Icmpv6, (0, 0), &samples);
    }
}
