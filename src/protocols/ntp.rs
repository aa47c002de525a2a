//! NTP and SNTP (RFC 5905, control messages RFC 9327): who gives the time to whom.
//!
//! Called by the sensor's conversations. The format has no magic number: a message is certain
//! only where its fields agree with each other.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Stateless, Step, banner};
use crate::facts::{Attribute, Fault, Field, Kind, Meaning, Message, Property, Side, Visitor};
use crate::wire::Octets;
use crate::wire::text::{find, is_printable};
use std::net::Ipv4Addr;

/// The Network Time Protocol.
pub(super) struct Ntp;

const NAME: &str = "ntp";

impl Protocol for Ntp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Network Time Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[123]
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

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match Packet::read(opening.octets) {
            Some(Packet::Time(time)) if time.is_telling() => Probe::Certain,
            Some(Packet::Time(time)) if time.is_modest() => Probe::Unsure,
            // Control messages fit to much else: only beside the port.
            Some(Packet::Control(_)) if opening.port(123) => Probe::Unsure,
            _ => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::new(Stateless(feed))
    }
}

const MALFORMED: Fault = Fault {
    name: "ntp.malformed_data",
    doc: "A version from 1 to 4, a mode, and at least the fields of that mode (RFC 5905, 7.3)",
};

// -- wire --

/// Modes (RFC 5905, figure 10).
const CLIENT: u8 = 3;
const SERVER: u8 = 4;
const BROADCAST: u8 = 5;
const CONTROL: u8 = 6;
const PRIVATE: u8 = 7;

/// One message.
#[derive(Clone, Copy, Debug)]
enum Packet<'a> {
    Time(Time),
    Control(Control<'a>),
}

/// A message of modes 1 to 5.
#[derive(Clone, Copy, Debug)]
struct Time {
    version: u8,
    mode: u8,
    stratum: u8,
    poll: i8,
    precision: i8,
    delay: u32,
    reference: [u8; 4],
    /// Seconds of the transmit time stamp, since 1900.
    transmitted: u32,
    /// Octets behind the fixed fields.
    extra: usize,
}

/// A message of mode 6 (RFC 9327) or the never standardised mode 7.
#[derive(Clone, Copy, Debug)]
struct Control<'a> {
    version: u8,
    mode: u8,
    response: bool,
    operation: u8,
    /// Variables as text, of mode 6.
    variables: &'a [u8],
}

impl<'a> Packet<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let first = o.u8()?;
        let (version, mode) = (first >> 3 & 7, first & 7);
        if !(1..=4).contains(&version) {
            return None;
        }
        match mode {
            1..=BROADCAST => {
                let [stratum, poll, precision] = o.array()?;
                let delay = o.be32()?;
                o.skip(4)?;
                let reference = o.array()?;
                // Reference, origin and receive time stamps.
                o.skip(24)?;
                let transmitted = o.be32()?;
                o.skip(4)?;
                Some(Self::Time(Time {
                    version,
                    mode,
                    stratum,
                    poll: poll.cast_signed(),
                    precision: precision.cast_signed(),
                    delay,
                    reference,
                    transmitted,
                    extra: o.left(),
                }))
            }
            CONTROL => {
                let operation = o.u8()?;
                o.skip(8)?;
                let count = usize::from(o.be16()?);
                Some(Self::Control(Control {
                    version,
                    mode,
                    response: operation & 0x80 != 0,
                    operation: operation & 0x1f,
                    variables: o.take(count)?,
                }))
            }
            PRIVATE => {
                let [_sequence, implementation, request] = o.array()?;
                o.skip(4)?;
                // XNTPD, old and new, is the only implementation there ever was.
                matches!(implementation, 0 | 2 | 3).then_some(Self::Control(Control {
                    version,
                    mode,
                    response: first & 0x80 != 0,
                    operation: request,
                    variables: &[],
                }))
            }
            _ => None,
        }
    }
}

impl Time {
    /// Fields as a clock that runs fills them: a poll interval up to 2^17 s, a precision
    /// between 2^-32 and 2^-4 s, a root delay below 16 s, a time after 1993; behind them
    /// nothing, or what a key or extensions take (RFC 5905, 7.3 and 7.5).
    fn is_telling(&self) -> bool {
        self.stratum <= 16
            && (0..=17).contains(&self.poll)
            && (-32..=-4).contains(&self.precision)
            && self.delay < 16 << 16
            && self.transmitted > 0xb000_0000
            && self.is_sized()
    }

    /// A client that keeps all but its time stamp to itself (RFC 4330, 4; RFC 9109, 3).
    fn is_modest(&self) -> bool {
        self.mode == CLIENT && self.stratum == 0 && self.delay == 0 && self.is_sized()
    }

    fn is_sized(&self) -> bool {
        self.extra.is_multiple_of(4) && self.extra <= 512
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
    match packet {
        Packet::Time(time) if matches!(time.mode, SERVER | BROADCAST) => {
            out.server(input.side);
            out.attribute(&Attribute::of(input.side, Property::Role, b"ntp-server"));
        }
        Packet::Control(control) if control.response => {
            described(input.side, control.variables, out);
        }
        _ => {}
    }
    Step::Pdu(length)
}

/// What a server's variables say of it: `version="ntpd 4.2.8", system="Linux/4.4"`.
fn described(side: Side, variables: &[u8], out: &mut dyn Sink) {
    for (key, property) in [
        (&b"version=\""[..], Property::Description),
        (b"system=\"", Property::OperatingSystem),
    ] {
        let value = find(variables, key)
            .and_then(|at| variables.get(at + key.len()..))
            .and_then(|rest| rest.split(|octet| *octet == b'"').next());
        if let Some(value) = value.filter(|value| is_printable(value)) {
            if property == Property::OperatingSystem {
                banner::system(side, value, out);
            } else {
                out.attribute(&Attribute::of(side, property, value));
            }
        }
    }
}

// -- fields --

type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

fn time<'p>(packet: &'p Packet<'_>) -> Option<&'p Time> {
    match packet {
        Packet::Time(time) => Some(time),
        Packet::Control(_) => None,
    }
}

fn control<'p, 'a>(packet: &'p Packet<'a>) -> Option<&'p Control<'a>> {
    match packet {
        Packet::Time(_) => None,
        Packet::Control(control) => Some(control),
    }
}

static FIELDS: &[Row] = &[
    (
        Field::new("ntp.version", Kind::Unsigned, "Version, 1 to 4"),
        |p, out| match p {
            Packet::Time(time) => out.unsigned(time.version.into()),
            Packet::Control(control) => out.unsigned(control.version.into()),
        },
    ),
    (
        Field::new(
            "ntp.mode",
            Kind::Unsigned,
            "1 and 2 symmetric, 3 client, 4 server, 5 broadcast, 6 control, 7 private",
        ),
        |p, out| match p {
            Packet::Time(time) => out.unsigned(time.mode.into()),
            Packet::Control(control) => out.unsigned(control.mode.into()),
        },
    ),
    (
        Field::new(
            "ntp.stratum",
            Kind::Unsigned,
            "Distance from the clock, 1 to 16; 0 none",
        ),
        |p, out| out.any_unsigned(time(p).map(|t| t.stratum)),
    ),
    (
        Field::new(
            "ntp.reference",
            Kind::Text,
            "Source of the time: a name at stratum 0 and 1, an address above (RFC 5905, 7.3)",
        ),
        |p, out| {
            if let Some(time) = time(p).filter(|t| t.reference != [0; 4]) {
                if time.stratum <= 1 {
                    out.text(crate::wire::text::trimmed(&time.reference));
                } else {
                    out.shown(&Ipv4Addr::from(time.reference));
                }
            }
        },
    ),
    (
        Field::new(
            "ntp.transmitted",
            Kind::Unsigned,
            "Transmit time stamp, seconds since 1900",
        ),
        |p, out| out.any_unsigned(time(p).map(|t| t.transmitted)),
    ),
    (
        Field::new(
            "ntp.operation",
            Kind::Unsigned,
            "Operation or request of modes 6 and 7",
        ),
        |p, out| out.any_unsigned(control(p).map(|c| c.operation)),
    ),
    (
        Field::new(
            "ntp.variables",
            Kind::Text,
            "Variables of a control message (RFC 9327, 2)",
        ),
        |p, out| out.any_text(control(p).map_or(&[], |c| c.variables)),
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
    use super::Ntp;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Opening, Probe, Protocol};

    /// Frames 1 and 2 of tcpdump's `ntp-time.pcap` (BSD).
    const ASK: &str = "e3000800000000000000000000000000000000000000000000000000000000000000000000
        000000dd47fff4edb0ccbc";
    const TOLD: &str = "240208e8 00000015 00000952 84c707c9 dd47fb3a567637c0 dd47fff4edb0ccbc
        dd47fff4ee0f4743 dd47fff4ee1119cf";
    /// After frame 2 of tcpdump's `ntp-control.pcap` (BSD).
    const VARIABLES: &str = "1682004406180000 0000 002c 76657273696f6e3d226e74706420342e322e38
        70313022 2c0d0a 73797374656d3d224c696e75782f342e3422";

    fn probe(octets: &str, port: u16) -> Probe {
        Ntp.probe(&Opening {
            carrier: Carrier::Udp,
            ports: (port, 49_445),
            side: Side::High,
            octets: &hex(octets),
            midstream: false,
        })
    }

    #[test]
    fn an_answer_shows_the_server() {
        let ask = hex(ASK);
        let mut driver = Driver::open(&Ntp, Carrier::Udp, (123, 49_445), Side::High, &ask, false);
        driver.packet(Side::High, &ask);
        driver.packet(Side::Low, &hex(TOLD));
        assert_eq!(
            driver.out.messages,
            [
                "high ntp version=4 mode=3 stratum=0 transmitted=3712483316",
                "low ntp version=4 mode=4 stratum=2 reference=\"132.199.7.201\" \
                 transmitted=3712483316",
            ]
        );
        assert_eq!(driver.out.server, Some(Side::Low));
        assert_eq!(driver.out.attributes, ["low Role = ntp-server"]);
    }

    #[test]
    fn variables_tell_version_and_system() {
        let octets = hex(VARIABLES);
        let mut driver = Driver::open(&Ntp, Carrier::Udp, (123, 38_531), Side::Low, &octets, false);
        driver.packet(Side::Low, &octets);
        assert_eq!(
            driver.out.attributes,
            [
                "low Description = ntpd 4.2.8p10",
                "low OperatingSystem = Linux"
            ]
        );
    }

    #[test]
    fn only_what_agrees_with_itself_is_certain() {
        assert_eq!(probe(TOLD, 4000), Probe::Certain);
        assert_eq!(probe(ASK, 4000), Probe::Unsure);
        assert_eq!(probe(VARIABLES, 4000), Probe::NotMine);
        assert_eq!(
            probe(&TOLD.replace("240208e8", "24f208e8"), 123),
            Probe::NotMine
        );
        assert_eq!(probe("240208e8 00000015 00000952", 123), Probe::NotMine);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(
            &Ntp,
            Carrier::Udp,
            (123, 1),
            &[&hex(ASK), &hex(TOLD), &hex(VARIABLES)],
        );
    }
}
