//! SSH (RFC 4253): the identification strings of both ends, and who is the server, up to the
//! moment encryption begins.
//!
//! Called by the sensor's conversations. Which end is the server shows in the key exchange: each
//! of its messages can be sent by one end only.

mod hassh;

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Step, banner};
use crate::facts::{
    Attribute, Class, Fault, Field, Kind, Meaning, Message, Operation, Outcome, Property, Side,
    Stamp, Technique, Visitor,
};
use crate::wire::Octets;
use crate::wire::text::{is_printable, line};
use hassh::{KEXINIT, Offer};

/// The Secure Shell protocol.
pub(super) struct Ssh;

const NAME: &str = "ssh";

impl Protocol for Ssh {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Secure Shell"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[22]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        const { &[&SESSION] }
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&INVALID_BANNER]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        let octets = opening.octets;
        if [&b"SSH-2.0-"[..], b"SSH-1."]
            .iter()
            .any(|start| octets.starts_with(start))
        {
            Probe::Certain
        } else if b"SSH-2.0-".starts_with(octets) || b"SSH-1.".starts_with(octets) {
            Probe::More
        } else {
            Probe::NotMine
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<Conversation>::default()
    }
}

/// A login or tunnel; what it does stays unseen.
static SESSION: Meaning = Meaning {
    name: "ssh session",
    class: Class::Session,
    criticality: 0,
    techniques: &[Technique(886)],
};

const INVALID_BANNER: Fault = Fault {
    name: "ssh.invalid_banner",
    doc: "Each end begins with a line SSH-2.0-... of at most 255 octets (RFC 4253, 4.2)",
};

// -- wire --

/// Longest identification string, with its line end (RFC 4253, 4.2).
const LONGEST_BANNER: usize = 255;

/// Lines a server may send before its identification; the standard names no limit.
const LINES_BEFORE: u8 = 32;

/// Longest packet that must be accepted is 35000 octets (RFC 4253, 6.1).
const LONGEST_PACKET: usize = 35_000;

/// Octets of an offer that are kept until it shows who serves; programs send 1000 to 2000.
const LONGEST_OFFER: usize = 8 * 1024;

/// What is told.
#[derive(Debug)]
enum Told<'a> {
    /// An identification string, without its line end.
    Banner(&'a [u8]),
    /// What the client, or the server, offers for the key exchange.
    Offer { offer: Offer<'a>, server: bool },
}

impl<'a> Told<'a> {
    /// Protocol version, and software version without the comment (RFC 4253, 4.2).
    fn versions(&self) -> Option<(&'a [u8], &'a [u8])> {
        let Self::Banner(banner) = self else {
            return None;
        };
        let mut parts = banner.splitn(3, |octet| *octet == b'-').skip(1);
        let (protocol, rest) = (parts.next()?, parts.next().unwrap_or_default());
        Some((protocol, rest.split(|octet| *octet == b' ').next()?))
    }
}

/// The message number of a packet before encryption, and the packet's length (RFC 4253, 6).
fn packet(octets: &[u8]) -> Option<(u8, usize)> {
    let mut o = Octets::new(octets);
    let length = usize::try_from(o.be32()?).ok()?;
    let padding = usize::from(o.u8()?);
    let number = o.u8()?;
    let sound = length <= LONGEST_PACKET && padding >= 4 && padding + 2 <= length;
    sound.then_some((number, 4 + length))
}

/// Octets of a packet up to its message number.
const PACKET_HEADER: usize = 6;

const NEWKEYS: u8 = 21;

/// Who sends a key exchange message: the client the initial ones, the server the replies
/// (RFC 4253, 8; RFC 4419, 5; RFC 5656, 7.1).
const fn is_from_server(number: u8) -> Option<bool> {
    match number {
        30 | 32 | 34 => Some(false),
        31 | 33 => Some(true),
        _ => None,
    }
}

// -- session --

/// Where one direction stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// Its identification string is next, after so many other lines.
    #[default]
    Banner,
    /// Packets of the key exchange.
    Exchange,
    /// Encrypted, or not to be read after a loss.
    Encrypted,
}

/// What is kept of one connection.
#[derive(Default)]
struct Conversation {
    phases: (Phase, Phase),
    lines: (u8, u8),
    server: Option<Side>,
    /// Offers that are told when it is known who serves.
    offers: (Vec<u8>, Vec<u8>),
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        match *input.side.of(&self.phases) {
            Phase::Banner => self.banner(input, out),
            Phase::Exchange => self.exchange(input, out),
            Phase::Encrypted => Step::Encrypted,
        }
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        // The key exchange is a handful of packets: what follows is encrypted or tells no more.
        *side.of_mut(&mut self.phases) = Phase::Encrypted;
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, _: &mut dyn Sink) {}
}

impl Conversation {
    fn banner(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let octets = input.octets;
        let Some((line, length)) = line(octets) else {
            return if octets.len() < LONGEST_BANNER {
                Step::Need(octets.len() + 1)
            } else {
                self.give_up(input, out)
            };
        };
        if line.starts_with(b"SSH-") && line.len() <= LONGEST_BANNER {
            *input.side.of_mut(&mut self.phases) = Phase::Exchange;
            out.message(input.side, &Told::Banner(line));
            if is_printable(line) {
                out.attribute(&Attribute::of(input.side, Property::Description, line));
                banner::system(input.side, line, out);
            }
            return Step::Pdu(length);
        }
        let lines = input.side.of_mut(&mut self.lines);
        *lines += 1;
        if *lines > LINES_BEFORE {
            return self.give_up(input, out);
        }
        Step::Pdu(length)
    }

    fn give_up(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        *input.side.of_mut(&mut self.phases) = Phase::Encrypted;
        out.fault(input.side, &INVALID_BANNER, 0);
        Step::Malformed(input.octets.len())
    }

    fn exchange(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if input.octets.len() < PACKET_HEADER {
            return Step::Need(PACKET_HEADER);
        }
        let Some((number, length)) = packet(input.octets) else {
            return Step::Encrypted;
        };
        let Some(packet) = input.octets.get(..length) else {
            return Step::Need(length);
        };
        if number == KEXINIT && self.server.is_none() && length <= LONGEST_OFFER {
            let offer = input.side.of_mut(&mut self.offers);
            offer.clear();
            offer.extend_from_slice(packet);
        }
        if number == NEWKEYS {
            *input.side.of_mut(&mut self.phases) = Phase::Encrypted;
        }
        if let (None, Some(from_server)) = (self.server, is_from_server(number)) {
            let server = if from_server {
                input.side
            } else {
                input.side.other()
            };
            self.server = Some(server);
            self.serves(server, input.stamp, out);
        }
        Step::Pdu(length)
    }

    fn serves(&mut self, server: Side, stamp: Stamp, out: &mut dyn Sink) {
        out.server(server);
        for side in [server.other(), server] {
            let packet = std::mem::take(side.of_mut(&mut self.offers));
            let server = side == server;
            if let Some(offer) = Offer::read(&packet, server) {
                out.message(side, &Told::Offer { offer, server });
            }
        }
        out.operation(&Operation {
            meaning: &SESSION,
            code: 0,
            actor: server.other(),
            unit: None,
            items: &[],
            outcome: Outcome::Done,
            requested: Some(stamp),
            answered: Some(stamp),
        });
    }
}

// -- fields --

type Row = (Field, fn(&Told<'_>, &mut dyn Visitor));

/// The offer of the server, or of the client.
fn offer<'t>(told: &'t Told<'_>, of_server: bool) -> Option<&'t Offer<'t>> {
    match told {
        Told::Offer { offer, server } if *server == of_server => Some(offer),
        _ => None,
    }
}

static FIELDS: &[Row] = &[
    (
        Field::new(
            "ssh.banner",
            Kind::Text,
            "Identification string: protocol and software version, comment (RFC 4253, 4.2)",
        ),
        |t, out| {
            if let Told::Banner(banner) = t {
                out.text(banner);
            }
        },
    ),
    (
        Field::derived(
            "ssh.proto",
            Kind::Text,
            "Protocol version, as 2.0 (RFC 4253, 4.2)",
        ),
        |t, out| out.any_text(t.versions().unwrap_or_default().0),
    ),
    (
        Field::derived(
            "ssh.software",
            Kind::Text,
            "Software version without the comment (RFC 4253, 4.2)",
        ),
        |t, out| out.any_text(t.versions().unwrap_or_default().1),
    ),
    (
        Field::new("ssh.hassh", Kind::Text, "MD5 of ssh.hassh.string"),
        |t, out| {
            if let Some(offer) = offer(t, false) {
                out.text(&offer.hash());
            }
        },
    ),
    (
        Field::derived(
            "ssh.hassh.string",
            Kind::Text,
            "What a client offers: key exchange, encryption, authentication, compression \
             (RFC 4253, 7.1)",
        ),
        |t, out| {
            if let Some(offer) = offer(t, false) {
                out.text(&offer.text());
            }
        },
    ),
    (
        Field::new(
            "ssh.hassh.server",
            Kind::Text,
            "MD5 of ssh.hassh.server.string",
        ),
        |t, out| {
            if let Some(offer) = offer(t, true) {
                out.text(&offer.hash());
            }
        },
    ),
    (
        Field::derived(
            "ssh.hassh.server.string",
            Kind::Text,
            "What a server offers: key exchange, encryption, authentication, compression \
             (RFC 4253, 7.1)",
        ),
        |t, out| {
            if let Some(offer) = offer(t, true) {
                out.text(&offer.text());
            }
        },
    ),
];

impl Message for Told<'_> {
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
    use super::{Ssh, Technique};
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

    const SERVER: &[u8] = b"SSH-2.0-OpenSSH_7.4p1 Debian-10+deb9u3\r\n";
    const CLIENT: &[u8] = b"SSH-2.0-OpenSSH_7.8\r\n";
    /// Packets as RFC 4253 builds them: key exchange init, reply, new keys.
    const KEXINIT: &str = "0000000d 06 14 0000000000 060606060606";
    const INIT: &str = "0000000d 06 1e 0000000000 060606060606";
    const REPLY: &str = "0000000d 06 1f 0000000000 060606060606";
    const NEWKEYS: &str = "0000000c 0a 15 0a0a0a0a0a0a0a0a0a0a";

    fn open() -> Driver {
        Driver::open(&Ssh, Carrier::Tcp, (22, 50_000), Side::Low, SERVER, false)
    }

    #[test]
    fn the_key_exchange_shows_who_serves() {
        let mut driver = open();
        driver.packet(Side::Low, SERVER);
        driver.packet(Side::High, CLIENT);
        driver.packet(Side::High, &hex(KEXINIT));
        driver.packet(Side::High, &hex(INIT));
        driver.packet(
            Side::Low,
            &[hex(KEXINIT), hex(REPLY), hex(NEWKEYS)].concat(),
        );
        driver.packet(Side::Low, &[0xaa; 64]);
        assert_eq!(
            driver.out.messages,
            [
                "low ssh banner=\"SSH-2.0-OpenSSH_7.4p1 Debian-10+deb9u3\"",
                "high ssh banner=\"SSH-2.0-OpenSSH_7.8\"",
            ]
        );
        assert_eq!(
            driver.out.attributes,
            [
                "low Description = SSH-2.0-OpenSSH_7.4p1 Debian-10+deb9u3",
                "low OperatingSystem = Debian",
                "high Description = SSH-2.0-OpenSSH_7.8",
            ]
        );
        assert_eq!(driver.out.server, Some(Side::Low));
        assert_eq!(
            driver.out.operations,
            ["ssh session: session/0 by high, ok"]
        );
        assert_eq!(driver.steps.last(), Some(&Step::Encrypted));
        assert_eq!(Technique(886).to_string(), "T0886");
    }

    #[test]
    fn offers_are_told_when_it_is_known_who_serves() {
        let list = |names: &[u8]| [&[0, 0, 0, u8::try_from(names.len()).unwrap()], names].concat();
        let mut lists = Vec::new();
        for names in [
            "kex1,kex2",
            "key",
            "ec",
            "es",
            "mc",
            "ms",
            "cc",
            "cs",
            "",
            "",
        ] {
            lists.extend(list(names.as_bytes()));
        }
        let body = [&hex("04 14")[..], &[9; 16], &lists, &[0; 5 + 4]].concat();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let offer = [&length[..], &body].concat();
        let mut driver = open();
        driver.packet(Side::Low, SERVER);
        driver.packet(Side::High, CLIENT);
        driver.packet(Side::Low, &offer);
        driver.packet(Side::High, &[offer, hex(INIT)].concat());
        assert_eq!(
            driver.out.messages[2..],
            [
                "high ssh hassh=\"251779e0d52baee875ce70a393d82abc\"",
                "low ssh hassh.server=\"a68337d0a673388b18bd790cd7c47f52\"",
            ]
        );
        for (name, values) in [
            ("ssh.proto", ["low \"2.0\"", "high \"2.0\""].as_slice()),
            (
                "ssh.software",
                &["low \"OpenSSH_7.4p1\"", "high \"OpenSSH_7.8\""],
            ),
            ("ssh.hassh.string", &["high \"kex1,kex2;ec;mc;cc\""]),
            ("ssh.hassh.server.string", &["low \"kex1,kex2;es;ms;cs\""]),
        ] {
            assert_eq!(driver.out.buffer(name), values, "{name}");
        }
    }

    #[test]
    fn lines_before_the_banner_are_passed_over_but_not_for_ever() {
        let mut driver = open();
        driver.packet(Side::Low, b"Authorised use only.\r\n");
        driver.packet(Side::Low, SERVER);
        assert_eq!(driver.out.messages.len(), 1);
        let mut driver = open();
        for _ in 0..40 {
            driver.packet(Side::Low, b"more\n");
        }
        assert_eq!(driver.out.faults, ["low ssh.invalid_banner at 0"]);
        assert_eq!(driver.steps.last(), Some(&Step::Encrypted));
    }

    #[test]
    fn the_probe_waits_for_the_version() {
        let probe = |octets: &[u8]| {
            Ssh.probe(&Opening {
                carrier: Carrier::Tcp,
                ports: (22, 50_000),
                side: Side::Low,
                octets,
                midstream: false,
            })
        };
        assert_eq!(probe(b"SSH-"), Probe::More);
        assert_eq!(probe(b"SSH-1.99-Cisco-1.25\n"), Probe::Certain);
        assert_eq!(probe(b"SSH-3"), Probe::NotMine);
        assert_eq!(probe(b"220 ready"), Probe::NotMine);
    }

    #[test]
    fn nothing_breaks_it() {
        let exchange = [hex(KEXINIT), hex(REPLY), hex(NEWKEYS)].concat();
        batter(
            &Ssh,
            Carrier::Tcp,
            (22, 50_000),
            &[SERVER, CLIENT, &exchange],
        );
    }
}
