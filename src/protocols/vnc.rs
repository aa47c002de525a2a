//! VNC, the remote framebuffer protocol (RFC 6143): version, security, and the name of the
//! desktop where the handshake is readable.
//!
//! Called by the sensor's conversations. Screen content and typing are not read.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Step};
use crate::facts::{
    Attribute, Class, Fault, Field, Kind, Meaning, Message, Operation, Outcome, Property, Side,
    Stamp, Technique, Visitor,
};
use crate::wire::Octets;
use crate::wire::text::is_printable;

/// Virtual Network Computing.
pub(super) struct Vnc;

const NAME: &str = "vnc";

impl Protocol for Vnc {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "VNC (remote framebuffer)"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[5900, 5901]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        const { &[&SESSION] }
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&MALFORMED]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        let octets = opening.octets;
        match octets.first_chunk::<VERSION>() {
            Some(first) if version(first).is_some() => Probe::Certain,
            None if b"RFB 00".starts_with(octets) || octets.starts_with(b"RFB 00") => Probe::More,
            _ => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<Conversation>::default()
    }
}

/// A remote desktop, often that of an operator panel.
static SESSION: Meaning = Meaning {
    name: "vnc session",
    class: Class::Session,
    criticality: 0,
    techniques: &[Technique(886)],
};

const MALFORMED: Fault = Fault {
    name: "vnc.malformed_handshake",
    doc: "Version, security, result and desktop follow each other (RFC 6143, 7.1 to 7.3)",
};

// -- wire --

/// Octets of a version line, `RFB 003.008` and LF (RFC 6143, 7.1.1).
const VERSION: usize = 12;

/// The minor version of a version line.
fn version(line: &[u8; VERSION]) -> Option<u16> {
    let [
        b'R',
        b'F',
        b'B',
        b' ',
        b'0',
        b'0',
        b'3' | b'4' | b'5',
        b'.',
        minor @ ..,
        b'\n',
    ] = line
    else {
        return None;
    };
    let minor = crate::wire::text::decimal(minor)?;
    u16::try_from(minor).ok()
}

/// Security types (IANA, RFC 6143, 7.1.2).
const INVALID: u8 = 0;
const NONE: u8 = 1;
const PASSWORD: u8 = 2;

// -- session --

/// What a server sends next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Version,
    /// Types of security, or of version 3.3 the one it decided on.
    Security,
    /// What the security type demands that the client chose meanwhile.
    Choice,
    /// Sixteen octets to be encrypted with the password.
    Challenge,
    Result,
    /// Size, pixel format and name of the desktop.
    Desktop,
    Done,
}

/// What is kept of one connection.
#[derive(Default)]
struct Conversation {
    phases: (Phase, Phase),
    /// The minor version in use: the client's, which answers the server's.
    minor: Option<u16>,
    /// The type of security the client chose.
    chosen: Option<u8>,
    server: Option<Side>,
    told: bool,
    started: Option<Stamp>,
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let phase = *input.side.of(&self.phases);
        match phase {
            Phase::Done => Step::Opaque,
            Phase::Version => self.version(input, out),
            _ if self.server == Some(input.side) => self.server(phase, input, out),
            _ => self.client(input),
        }
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        *side.of_mut(&mut self.phases) = Phase::Done;
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        self.tell(None, Outcome::NotSeen, out);
    }
}

impl Conversation {
    fn version(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let Some(line) = input.octets.first_chunk::<VERSION>() else {
            return Step::Need(VERSION);
        };
        let Some(minor) = version(line) else {
            return self.fail(input, out);
        };
        out.message(input.side, &Told::Version(line));
        // The server speaks first (RFC 6143, 7.1.1).
        let server = *self.server.get_or_insert(input.side);
        if server == input.side {
            out.server(server);
            self.started = Some(input.stamp);
        } else {
            self.minor = Some(minor);
        }
        *input.side.of_mut(&mut self.phases) = Phase::Security;
        Step::Pdu(VERSION)
    }

    fn fail(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        *input.side.of_mut(&mut self.phases) = Phase::Done;
        out.fault(input.side, &MALFORMED, 0);
        Step::Malformed(input.octets.len())
    }

    /// The client's choice, its answer to a challenge, and whether it shares the desktop.
    fn client(&mut self, input: &Input<'_>) -> Step {
        if self.minor.is_some_and(|minor| minor >= 7) {
            self.chosen = input.octets.first().copied();
        }
        *input.side.of_mut(&mut self.phases) = Phase::Done;
        Step::Pdu(1)
    }

    fn server(&mut self, phase: Phase, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        match phase {
            Phase::Security => self.security(input, out),
            Phase::Choice => match self.after(self.chosen.unwrap_or(INVALID)) {
                Phase::Done => Step::Opaque,
                next => self.server(next, input, out),
            },
            Phase::Challenge => {
                if input.octets.len() < 16 {
                    return Step::Need(16);
                }
                self.go_on(input.side, Phase::Result);
                Step::Pdu(16)
            }
            Phase::Result => {
                let Some(result) = Octets::new(input.octets).be32() else {
                    return Step::Need(4);
                };
                if result == 0 {
                    self.tell(Some(input.stamp), Outcome::Done, out);
                    self.go_on(input.side, Phase::Desktop);
                } else {
                    let refused = Outcome::Refused {
                        code: result,
                        name: "authentication failed",
                    };
                    self.tell(Some(input.stamp), refused, out);
                    self.go_on(input.side, Phase::Done);
                }
                Step::Pdu(4)
            }
            _ => self.desktop(input, out),
        }
    }

    /// What follows a choice of security.
    fn after(&self, chosen: u8) -> Phase {
        match chosen {
            // Version 3.7 tells no result where there is no authentication.
            NONE if self.minor == Some(7) => Phase::Desktop,
            NONE => Phase::Result,
            PASSWORD => Phase::Challenge,
            _ => Phase::Done,
        }
    }

    fn go_on(&mut self, side: Side, phase: Phase) {
        *side.of_mut(&mut self.phases) = phase;
    }

    /// Of version 3.3 one type in four octets, later a list (RFC 6143, 7.1.2 and A.1).
    fn security(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let mut o = Octets::new(input.octets);
        if self.minor.is_some_and(|minor| minor < 7) {
            let Some(kind) = o.be32() else {
                return Step::Need(4);
            };
            let kind = u8::try_from(kind).unwrap_or(u8::MAX);
            out.message(input.side, &Told::Security(&[kind]));
            let next = match kind {
                NONE => Phase::Desktop,
                PASSWORD => Phase::Challenge,
                _ => Phase::Done,
            };
            self.go_on(input.side, next);
            return Step::Pdu(4);
        }
        let Some(count) = o.u8() else {
            return Step::Need(1);
        };
        let Some(types) = o.take(count.into()) else {
            return Step::Need(1 + usize::from(count));
        };
        out.message(input.side, &Told::Security(types));
        let next = match types {
            [] => {
                let refused = Outcome::Refused {
                    code: 0,
                    name: "no security type",
                };
                self.tell(Some(input.stamp), refused, out);
                Phase::Done
            }
            // With one type on offer the choice need not be seen.
            [only] => self.after(*only),
            _ => Phase::Choice,
        };
        self.go_on(input.side, next);
        Step::Pdu(1 + types.len())
    }

    /// RFC 6143, 7.3.2.
    fn desktop(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let mut o = Octets::new(input.octets);
        let Some(length) = o.skip(20).and_then(|()| o.be32()) else {
            return Step::Need(24);
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        // Desktop names are short; a long one is no name.
        if length > 256 {
            return self.fail(input, out);
        }
        let Some(name) = o.take(length) else {
            return Step::Need(24 + length);
        };
        self.tell(Some(input.stamp), Outcome::Done, out);
        if is_printable(name) {
            out.message(input.side, &Told::Desktop(name));
            out.attribute(&Attribute::of(input.side, Property::Description, name));
        }
        self.go_on(input.side, Phase::Done);
        Step::Pdu(24 + length)
    }

    fn tell(&mut self, answered: Option<Stamp>, outcome: Outcome, out: &mut dyn Sink) {
        let Some(server) = self.server else {
            return;
        };
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        out.operation(&Operation {
            meaning: &SESSION,
            code: 0,
            actor: server.other(),
            unit: None,
            items: &[],
            outcome,
            requested: self.started,
            answered,
        });
    }
}

// -- fields --

/// What is told.
#[derive(Debug)]
enum Told<'a> {
    Version(&'a [u8; VERSION]),
    Security(&'a [u8]),
    Desktop(&'a [u8]),
}

type Row = (Field, fn(&Told<'_>, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new(
            "vnc.version",
            Kind::Text,
            "Version line, as `RFB 003.008` (RFC 6143, 7.1.1)",
        ),
        |t, out| {
            if let Told::Version(line) = t {
                out.text(crate::wire::text::trimmed(*line));
            }
        },
    ),
    (
        Field::new(
            "vnc.security",
            Kind::List,
            "Security types offered: 1 none, 2 password, 16 Tight, 19 VeNCrypt (RFC 6143, 7.1.2)",
        ),
        |t, out| {
            if let Told::Security(types) = t {
                out.open_list();
                for kind in *types {
                    out.unsigned((*kind).into());
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "vnc.desktop",
            Kind::Text,
            "Name of the desktop (RFC 6143, 7.3.2)",
        ),
        |t, out| {
            if let Told::Desktop(name) = t {
                out.text(name);
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
    use super::Vnc;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Step};

    const VERSION: &[u8] = b"RFB 003.008\n";
    const DESKTOP: &str = "04000300 2018000100ff00ff00ff10080000 0000 00000008 484d492d50616e31";

    fn open() -> Driver {
        let mut driver = Driver::open(
            &Vnc,
            Carrier::Tcp,
            (5900, 50_000),
            Side::Low,
            VERSION,
            false,
        );
        driver.packet(Side::Low, VERSION);
        driver.packet(Side::High, VERSION);
        driver
    }

    #[test]
    fn a_session_with_password_tells_the_desktop() {
        let mut driver = open();
        driver.packet(Side::Low, &hex("02 02 10"));
        driver.packet(Side::High, &hex("02"));
        assert_eq!(
            driver.out.messages,
            [
                "low vnc version=\"RFB 003.008\"",
                "high vnc version=\"RFB 003.008\"",
                "low vnc security=[2,16]",
            ]
        );
        driver.packet(Side::Low, &[7; 16]);
        driver.packet(Side::High, &[8; 16]);
        driver.packet(Side::Low, &hex("00000000"));
        driver.packet(Side::Low, &hex(DESKTOP));
        driver.packet(Side::Low, &[0; 9]);
        assert_eq!(driver.out.attributes, ["low Description = HMI-Pan1"]);
        assert_eq!(
            driver.out.operations,
            ["vnc session: session/0 by high, ok"]
        );
        assert_eq!(driver.steps.last(), Some(&Step::Opaque));
        assert_eq!(driver.out.server, Some(Side::Low));
    }

    #[test]
    fn a_wrong_password_is_a_refusal() {
        let mut driver = open();
        driver.packet(Side::Low, &hex("0102"));
        driver.packet(Side::Low, &[7; 16]);
        driver.packet(Side::Low, &hex("00000001"));
        driver.close();
        assert_eq!(
            driver.out.operations,
            ["vnc session: session/0 by high, refused 1 authentication failed"]
        );
    }

    #[test]
    fn a_desktop_without_a_sensible_name_is_a_fault() {
        let mut driver = open();
        driver.packet(Side::Low, &hex("0101 00000000"));
        driver.packet(Side::Low, &[0xff; 40]);
        assert_eq!(driver.out.faults, ["low vnc.malformed_handshake at 0"]);
    }

    #[test]
    fn nothing_breaks_it() {
        let rest = hex(&format!("0101 00000000 {DESKTOP}"));
        batter(
            &Vnc,
            Carrier::Tcp,
            (5900, 50_000),
            &[VERSION, VERSION, &rest],
        );
    }
}
