//! RDP (MS-RDPBCGR, 2.2.1.1 and 2.2.1.2): the connection request with its cookie, and which
//! security is agreed on.
//!
//! Called by the sensor's conversations. S7 and MMS begin with the same TPKT and COTP headers;
//! the cookie and the negotiation tell RDP apart. What follows them is encrypted.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Step};
use crate::facts::{
    Class, Fault, Field, Item, Kind, Meaning, Message, Operation, Outcome, Side, Stamp, Target,
    Technique, Values, Visitor,
};
use crate::wire::Octets;
use crate::wire::text::{find, line};
use arrayvec::ArrayVec;

/// The Remote Desktop Protocol.
pub(super) struct Rdp;

const NAME: &str = "rdp";

impl Protocol for Rdp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Remote Desktop Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[3389]
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
        match Connection::read(opening.octets) {
            Read::Whole(..) => Probe::Certain,
            Read::Need(_) => Probe::More,
            Read::Other => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<Conversation>::default()
    }
}

/// A remote desktop.
static SESSION: Meaning = Meaning {
    name: "rdp session",
    class: Class::Session,
    criticality: 0,
    techniques: &[Technique(886)],
};

const MALFORMED: Fault = Fault {
    name: "rdp.malformed_data",
    doc: "A connection begins with a request and its confirmation (MS-RDPBCGR, 2.2.1)",
};

// -- wire --

/// A connection request or confirmation.
#[derive(Clone, Copy, Debug)]
enum Connection<'a> {
    Request {
        /// User name or routing token of the cookie.
        cookie: &'a [u8],
        /// Security protocols offered, bits (MS-RDPBCGR, 2.2.1.1.1).
        offered: Option<u32>,
    },
    Confirm(Answer),
}

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// With the security protocol chosen; 0 is the protocol's own.
    Chosen(u32),
    /// With a failure (MS-RDPBCGR, 2.2.1.2.2).
    Failure(u32),
}

/// What can be read of a stream's beginning.
enum Read<'a> {
    Whole(Connection<'a>, usize),
    Need(usize),
    Other,
}

/// TPKT (RFC 1006, 6) and the fixed part of a COTP connection TPDU (RFC 905, 13.3).
const FIXED: usize = 11;
const CONNECTION_REQUEST: u8 = 0xe0;
const CONNECTION_CONFIRM: u8 = 0xd0;

/// Longest request: the cookie may be longer than the length indicator can say, but routing
/// tokens in use are not.
const LONGEST: usize = 512;

impl<'a> Connection<'a> {
    fn read(octets: &'a [u8]) -> Read<'a> {
        let mut o = Octets::new(octets);
        let magic = [3, 0];
        if !octets
            .iter()
            .zip(&magic)
            .all(|(octet, wanted)| octet == wanted)
        {
            return Read::Other;
        }
        let Some(length) = o.skip(2).and_then(|()| o.be16()).map(usize::from) else {
            return Read::Need(4);
        };
        if !(FIXED..=LONGEST).contains(&length) {
            return Read::Other;
        }
        let Some(mut tpdu) = o.take(length - 4).map(Octets::new) else {
            // The TPDU code decides early whether waiting is worth while.
            let code = octets.get(5).map(|code| code & 0xf0);
            return match code {
                Some(CONNECTION_REQUEST | CONNECTION_CONFIRM) | None => Read::Need(length),
                Some(_) => Read::Other,
            };
        };
        match Self::tpdu(&mut tpdu) {
            Some(connection) => Read::Whole(connection, length),
            None => Read::Other,
        }
    }

    fn tpdu(o: &mut Octets<'a>) -> Option<Self> {
        let _indicator = o.u8()?;
        let code = o.u8()? & 0xf0;
        // References and class.
        o.skip(5)?;
        match code {
            CONNECTION_REQUEST => {
                let mut cookie: &[u8] = &[];
                if o.rest().starts_with(b"Cookie: ") {
                    let (text, length) = line(o.rest())?;
                    o.skip(length)?;
                    let equals = find(text, b"=")?;
                    cookie = text.get(equals + 1..)?;
                }
                let offered = negotiation(o).filter(|(kind, _)| *kind == 1);
                if cookie.is_empty() && offered.is_none() {
                    return None;
                }
                Some(Self::Request {
                    cookie,
                    offered: offered.map(|(_, value)| value),
                })
            }
            CONNECTION_CONFIRM => match negotiation(o)? {
                (2, chosen) => Some(Self::Confirm(Answer::Chosen(chosen))),
                (3, failure) => Some(Self::Confirm(Answer::Failure(failure))),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A negotiation structure: type, flags, length 8, value (MS-RDPBCGR, 2.2.1.1.1).
fn negotiation(o: &mut Octets<'_>) -> Option<(u8, u32)> {
    let [kind, _flags, 8, 0] = o.array()? else {
        return None;
    };
    Some((kind, o.le32()?))
}

/// Names of the security protocols (MS-RDPBCGR, 2.2.1.2.1).
const fn security(chosen: u32) -> &'static str {
    match chosen {
        0 => "rdp",
        1 => "tls",
        2 => "credssp",
        4 => "rdstls",
        8 => "credssp-early-user",
        16 => "aad",
        _ => "unknown",
    }
}

/// Names of the failures (MS-RDPBCGR, 2.2.1.2.2).
const fn failure(code: u32) -> &'static str {
    match code {
        1 => "tls required",
        2 => "tls not allowed",
        3 => "no certificate",
        4 => "inconsistent flags",
        5 => "credssp required",
        6 => "tls with user authentication required",
        _ => "refused",
    }
}

// -- session --

/// Octets kept of a cookie.
const COOKIE: usize = 64;

/// What is kept of one connection.
#[derive(Default)]
struct Conversation {
    request: Option<(Side, Stamp, ArrayVec<u8, COOKIE>)>,
    /// Sides whose request or confirmation went by: the rest is not read.
    done: (bool, bool),
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if *input.side.of(&self.done) {
            return Step::Encrypted;
        }
        match Connection::read(input.octets) {
            Read::Need(octets) => Step::Need(octets.max(input.octets.len() + 1)),
            Read::Other => {
                *input.side.of_mut(&mut self.done) = true;
                out.fault(input.side, &MALFORMED, 0);
                Step::Malformed(input.octets.len())
            }
            Read::Whole(connection, length) => {
                *input.side.of_mut(&mut self.done) = true;
                out.message(input.side, &connection);
                match connection {
                    Connection::Request { cookie, .. } => {
                        out.server(input.side.other());
                        let kept = cookie.iter().copied().take(COOKIE).collect();
                        self.request = Some((input.side, input.stamp, kept));
                    }
                    Connection::Confirm(answer) => {
                        out.server(input.side);
                        self.answer(input, answer, out);
                    }
                }
                Step::Pdu(length)
            }
        }
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        // The request is the first thing a side sends: what follows a loss is not it.
        *side.of_mut(&mut self.done) = true;
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        if let Some((actor, requested, cookie)) = self.request.take() {
            tell(actor, Some(requested), None, &cookie, Outcome::NotSeen, out);
        }
    }
}

impl Conversation {
    fn answer(&mut self, input: &Input<'_>, answer: Answer, out: &mut dyn Sink) {
        let outcome = match answer {
            Answer::Chosen(_) => Outcome::Done,
            Answer::Failure(code) => Outcome::Refused {
                code,
                name: failure(code),
            },
        };
        let answered = Some(input.stamp);
        match self.request.take() {
            Some((actor, requested, cookie)) => {
                tell(actor, Some(requested), answered, &cookie, outcome, out);
            }
            None => tell(input.side.other(), None, answered, &[], outcome, out),
        }
    }
}

fn tell(
    actor: Side,
    requested: Option<Stamp>,
    answered: Option<Stamp>,
    cookie: &[u8],
    outcome: Outcome,
    out: &mut dyn Sink,
) {
    let user = Item {
        target: Target {
            space: "user",
            name: cookie,
            ..Target::default()
        },
        values: Values::None,
        before: Values::None,
    };
    out.operation(&Operation {
        meaning: &SESSION,
        code: 0,
        actor,
        unit: None,
        items: (!cookie.is_empty()).then_some(user).as_slice(),
        outcome,
        requested,
        answered,
    });
}

// -- fields --

type Row = (Field, fn(&Connection<'_>, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new(
            "rdp.cookie",
            Kind::Text,
            "User or routing token (MS-RDPBCGR, 2.2.1.1)",
        ),
        |c, out| {
            if let Connection::Request { cookie, .. } = c {
                out.any_text(cookie);
            }
        },
    ),
    (
        Field::new(
            "rdp.offered",
            Kind::Unsigned,
            "Security offered: 1 TLS, 2 CredSSP, 4 RDSTLS, bits (MS-RDPBCGR, 2.2.1.1.1)",
        ),
        |c, out| {
            if let Connection::Request { offered, .. } = c {
                out.any_unsigned(*offered);
            }
        },
    ),
    (
        Field::new(
            "rdp.security",
            Kind::Text,
            "Security chosen: rdp, tls, credssp, ...",
        ),
        |c, out| {
            if let Connection::Confirm(Answer::Chosen(chosen)) = c {
                out.text(security(*chosen).as_bytes());
            }
        },
    ),
    (
        Field::new(
            "rdp.failure",
            Kind::Unsigned,
            "Failure code (MS-RDPBCGR, 2.2.1.2.2)",
        ),
        |c, out| {
            if let Connection::Confirm(Answer::Failure(code)) = c {
                out.unsigned((*code).into());
            }
        },
    ),
];

impl Message for Connection<'_> {
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
    use super::Rdp;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

    /// In the form of MS-RDPBCGR, 4.1.1 and 4.1.2.
    const REQUEST: &str = "0300002e 29e00000000000 436f6f6b69653a206d737473686173683d
        6f742d61646d696e 0d0a 01000800 0b000000";
    const CONFIRM: &str = "03000013 0ed00000123400 020f0800 02000000";
    const FAILURE: &str = "03000013 0ed00000123400 03000800 05000000";

    fn open() -> Driver {
        let request = hex(REQUEST);
        let mut driver = Driver::open(
            &Rdp,
            Carrier::Tcp,
            (3389, 50_000),
            Side::High,
            &request,
            false,
        );
        driver.packet(Side::High, &request);
        driver
    }

    #[test]
    fn request_and_confirmation_are_a_session() {
        let mut driver = open();
        let confirm = hex(CONFIRM);
        driver.packet(Side::Low, &confirm[..5]);
        driver.packet(Side::Low, &confirm[5..]);
        driver.packet(Side::High, &hex("16030100"));
        assert_eq!(
            driver.out.messages,
            [
                "high rdp cookie=\"ot-admin\" offered=11",
                "low rdp security=\"credssp\"",
            ]
        );
        assert_eq!(
            driver.out.operations,
            ["rdp session: session/0 by high, user \"ot-admin\", ok"]
        );
        assert_eq!(driver.out.server, Some(Side::Low));
        assert_eq!(driver.steps.last(), Some(&Step::Encrypted));
    }

    #[test]
    fn a_refusal_and_a_missing_answer_are_told() {
        let mut driver = open();
        driver.packet(Side::Low, &hex(FAILURE));
        assert_eq!(
            driver.out.operations,
            ["rdp session: session/0 by high, user \"ot-admin\", refused 5 credssp required"]
        );
        let mut driver = open();
        driver.close();
        assert_eq!(
            driver.out.operations,
            ["rdp session: session/0 by high, user \"ot-admin\", not-seen"]
        );
    }

    #[test]
    fn the_connection_request_of_s7_is_not_mine() {
        let probe = |digits: &str| {
            Rdp.probe(&Opening {
                carrier: Carrier::Tcp,
                ports: (102, 50_000),
                side: Side::High,
                octets: &hex(digits),
                midstream: false,
            })
        };
        assert_eq!(
            probe("03000016 11e00000000100 c1020100 c2020102 c0010a"),
            Probe::NotMine
        );
        assert_eq!(probe("0300001f 02f080 3201"), Probe::NotMine);
        assert_eq!(probe("0300002e 29e0"), Probe::More);
        assert_eq!(probe(CONFIRM), Probe::Certain);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(
            &Rdp,
            Carrier::Tcp,
            (3389, 1),
            &[&hex(REQUEST), &hex(CONFIRM)],
        );
    }
}
