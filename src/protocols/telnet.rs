//! Telnet (RFC 854, RFC 855): that there is a session, who serves it, and what the server shows
//! before it asks for a name.
//!
//! Called by the sensor's conversations. What is typed is never told: it holds passwords.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Step, banner};
use crate::facts::{
    Attribute, Class, Fault, Field, Kind, Meaning, Message, Operation, Outcome, Property, Side,
    Stamp, Technique, Visitor,
};
use crate::wire::text::{find, trimmed};
use arrayvec::ArrayVec;

/// The Telnet protocol.
pub(super) struct Telnet;

const NAME: &str = "telnet";

impl Protocol for Telnet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Telnet"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[23]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        const { &[&SESSION] }
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[]
    }

    /// Negotiation at the start is what sets Telnet apart; one command alone can be chance.
    fn probe(&self, opening: &Opening<'_>) -> Probe {
        let negotiation = |octets: &[u8]| matches!(octets, [IAC, WILL..=DONT, 0..=49, ..]);
        let octets = opening.octets;
        match octets.get(3..) {
            Some(rest) if negotiation(octets) => {
                if negotiation(rest) {
                    Probe::Certain
                } else {
                    Probe::Unsure
                }
            }
            None if matches!(octets, [] | [IAC] | [IAC, WILL..=DONT]) => Probe::More,
            _ => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<Conversation>::default()
    }
}

/// A login by terminal, in clear text.
static SESSION: Meaning = Meaning {
    name: "telnet session",
    class: Class::Session,
    criticality: 0,
    techniques: &[Technique(886)],
};

// -- wire --

/// Interpret as command (RFC 854).
const IAC: u8 = 255;
/// Begin and end of a subnegotiation (RFC 855).
const SB: u8 = 250;
const SE: u8 = 240;
const WILL: u8 = 251;
const WONT: u8 = 252;
const DO: u8 = 253;
const DONT: u8 = 254;

/// Options by which the ends are told apart: a server echoes and asks what the terminal is and
/// how large its window is.
const ECHO: u8 = 1;
const TERMINAL_TYPE: u8 = 24;
const WINDOW_SIZE: u8 = 31;

/// Names of the options that are in use (IANA telnet options).
const fn option_name(option: u8) -> Option<&'static str> {
    Some(match option {
        0 => "binary",
        ECHO => "echo",
        3 => "suppress-go-ahead",
        5 => "status",
        TERMINAL_TYPE => "terminal-type",
        WINDOW_SIZE => "window-size",
        32 => "terminal-speed",
        33 => "flow-control",
        34 => "linemode",
        35 => "x-display",
        36 | 39 => "environment",
        37 => "authentication",
        38 => "encryption",
        _ => return None,
    })
}

/// A piece of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// WILL, WONT, DO or DONT with an option.
    Negotiation(u8, u8),
    /// A subnegotiation or a command without option.
    Command,
    Text(&'a [u8]),
}

/// Splits the first piece off; `None` where it is not whole.
fn piece(octets: &[u8]) -> Option<(Piece<'_>, usize)> {
    match octets {
        [IAC, verb @ WILL..=DONT, option, ..] => Some((Piece::Negotiation(*verb, *option), 3)),
        [IAC, WILL..=DONT] | [IAC] | [] => None,
        [IAC, SB, rest @ ..] => {
            let end = rest.windows(2).position(|pair| pair == [IAC, SE])?;
            Some((Piece::Command, end + 4))
        }
        [IAC, ..] => Some((Piece::Command, 2)),
        text => {
            let end = text.iter().position(|octet| *octet == IAC);
            let length = end.unwrap_or(text.len());
            Some((Piece::Text(text.get(..length)?), length))
        }
    }
}

// -- session --

/// Octets of what a server shows that are kept for its description.
const BANNER: usize = 512;

/// Longest subnegotiation that is waited for: terminal names are short, environments are not.
const LONGEST_COMMAND: usize = 1024;

/// How servers ask for a name or password.
const PROMPTS: [&[u8]; 4] = [b"login:", b"username:", b"user name:", b"password:"];

/// Length of the longest of them.
const LONGEST_PROMPT: usize = 10;

/// What is kept of one connection.
#[derive(Default)]
struct Conversation {
    server: Option<Side>,
    shown: ArrayVec<u8, BANNER>,
    /// Nothing more of a side is of interest.
    done: (bool, bool),
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if *input.side.of(&self.done) {
            return Step::Opaque;
        }
        let Some((piece, length)) = piece(input.octets) else {
            return if input.octets.len() < LONGEST_COMMAND {
                Step::Need(input.octets.len() + 1)
            } else {
                Step::Skip(input.octets.len())
            };
        };
        match piece {
            Piece::Negotiation(verb, option) => {
                out.message(input.side, &Told::Negotiation(verb, option));
                self.role(input, verb, option, out);
            }
            Piece::Command => {}
            Piece::Text(text) => self.text(input, text, out),
        }
        Step::Pdu(length)
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        // Negotiation is over or lost; there is nothing to find again.
        *side.of_mut(&mut self.done) = true;
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        if let Some(server) = self.server.filter(|side| !*side.of(&self.done)) {
            self.banner(server, out);
        }
    }
}

impl Conversation {
    /// Finds the server by what only one end asks for or offers.
    fn role(&mut self, input: &Input<'_>, verb: u8, option: u8, out: &mut dyn Sink) {
        let server = match (verb, option) {
            (WILL | WONT, ECHO) | (DO, TERMINAL_TYPE | WINDOW_SIZE) => input.side,
            (DO | DONT, ECHO) | (WILL, TERMINAL_TYPE | WINDOW_SIZE) => input.side.other(),
            _ => return,
        };
        self.serves(server, input.stamp, out);
    }

    fn serves(&mut self, server: Side, stamp: Stamp, out: &mut dyn Sink) {
        if self.server.is_some() {
            return;
        }
        self.server = Some(server);
        out.server(server);
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

    fn text(&mut self, input: &Input<'_>, text: &[u8], out: &mut dyn Sink) {
        if self.server == Some(input.side.other()) {
            // What a client types.
            *input.side.of_mut(&mut self.done) = true;
            return;
        }
        // A prompt may lie across what was kept before: its length of it is looked at again.
        let from = self.shown.len().saturating_sub(LONGEST_PROMPT);
        let room = self.shown.remaining_capacity();
        self.shown.extend(text.iter().copied().take(room));
        let fresh = self.shown.get(from..).unwrap_or_default();
        let asks = PROMPTS.iter().any(|prompt| find(fresh, prompt).is_some());
        if asks {
            self.serves(input.side, input.stamp, out);
        }
        if asks || self.shown.is_full() {
            *input.side.of_mut(&mut self.done) = true;
            self.banner(input.side, out);
        }
    }

    /// Tells what the server showed, without the prompt in the last line.
    fn banner(&mut self, server: Side, out: &mut dyn Sink) {
        let shown = std::mem::take(&mut self.shown);
        let text = trimmed(&shown);
        if text.is_empty() {
            return;
        }
        out.message(server, &Told::Banner(text));
        let end = text.iter().rposition(|octet| *octet == b'\n');
        let description = trimmed(text.get(..end.unwrap_or(text.len())).unwrap_or_default());
        if !description.is_empty() {
            out.attribute(&Attribute::of(server, Property::Description, description));
            banner::system(server, description, out);
        }
    }
}

// -- fields --

/// What is told.
#[derive(Debug)]
enum Told<'a> {
    Negotiation(u8, u8),
    Banner(&'a [u8]),
}

type Row = (Field, fn(&Told<'_>, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new(
            "telnet.command",
            Kind::Text,
            "will, wont, do or dont (RFC 854)",
        ),
        |t, out| {
            if let Told::Negotiation(verb, _) = t {
                out.text(match *verb {
                    WILL => b"will",
                    WONT => b"wont",
                    DO => b"do",
                    _ => b"dont",
                });
            }
        },
    ),
    (
        Field::new(
            "telnet.option",
            Kind::Text,
            "Option negotiated (IANA telnet options)",
        ),
        |t, out| {
            if let Told::Negotiation(_, option) = t {
                match option_name(*option) {
                    Some(name) => out.text(name.as_bytes()),
                    None => out.shown(option),
                }
            }
        },
    ),
    (
        Field::new(
            "telnet.banner",
            Kind::Text,
            "What the server shows up to its first prompt",
        ),
        |t, out| {
            if let Told::Banner(text) = t {
                out.text(text);
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
    use super::Telnet;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter};
    use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

    const SERVER: &[u8] = b"\xff\xfd\x18\xff\xfb\x01\xff\xfa\x18\x01\xff\xf0\
        \r\nMoxa NPort 5110 (Linux)\r\nlogin: ";
    const CLIENT: &[u8] = b"\xff\xfb\x18\xff\xfd\x01";

    fn open() -> Driver {
        Driver::open(
            &Telnet,
            Carrier::Tcp,
            (23, 50_000),
            Side::Low,
            SERVER,
            false,
        )
    }

    #[test]
    fn the_server_shows_itself_and_typing_stays_unread() {
        let mut driver = open();
        driver.packet(Side::Low, SERVER);
        driver.packet(Side::High, CLIENT);
        driver.packet(Side::High, b"root\r\n");
        driver.packet(Side::High, b"secret\r\n");
        driver.packet(Side::Low, b"# ");
        assert_eq!(
            driver.out.messages,
            [
                "low telnet command=\"do\" option=\"terminal-type\"",
                "low telnet command=\"will\" option=\"echo\"",
                "low telnet banner=\"Moxa NPort 5110 (Linux)\\r\\nlogin:\"",
                "high telnet command=\"will\" option=\"terminal-type\"",
                "high telnet command=\"do\" option=\"echo\"",
            ]
        );
        assert_eq!(
            driver.out.attributes,
            [
                "low Description = Moxa NPort 5110 (Linux)",
                "low OperatingSystem = Linux"
            ]
        );
        assert_eq!(driver.out.server, Some(Side::Low));
        assert_eq!(
            driver.out.operations,
            ["telnet session: session/0 by high, ok"]
        );
        assert_eq!(driver.steps[driver.steps.len() - 2..], [Step::Opaque; 2]);
    }

    #[test]
    fn any_cut_gives_the_same_banner() {
        for size in [1, 2, 5] {
            let mut driver = open();
            for piece in SERVER.chunks(size) {
                driver.packet(Side::Low, piece);
            }
            let banner = driver.out.messages.last().unwrap();
            assert!(banner.contains("Moxa NPort 5110 (Linux)"), "{banner}");
        }
    }

    #[test]
    fn two_negotiations_are_certain() {
        let probe = |octets: &[u8]| {
            Telnet.probe(&Opening {
                carrier: Carrier::Tcp,
                ports: (4001, 50_000),
                side: Side::Low,
                octets,
                midstream: false,
            })
        };
        assert_eq!(probe(SERVER), Probe::Certain);
        assert_eq!(probe(b"\xff\xfb\x03hello"), Probe::Unsure);
        assert_eq!(probe(b"\xff"), Probe::More);
        assert_eq!(probe(b"\xff\xfeSMB"), Probe::NotMine);
        assert_eq!(probe(b"login: "), Probe::NotMine);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(&Telnet, Carrier::Tcp, (23, 50_000), &[SERVER, CLIENT]);
    }
}
