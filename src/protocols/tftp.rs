//! TFTP (RFC 1350, options RFC 2347): which files are asked for and put, without any login.
//!
//! Called by the sensor's conversations. Only the request goes to the known port; the blocks
//! that follow are a conversation between two other ports, with nothing to recognise them by.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Stateless, Step};
use crate::facts::{
    Class, Fault, Field, Item, Kind, Meaning, Message, Operation, Outcome, Target, Technique,
    Values, Visitor,
};
use crate::wire::Octets;
use crate::wire::text::{is_printable, terminated};

/// The Trivial File Transfer Protocol.
pub(super) struct Tftp;

const NAME: &str = "tftp";

impl Protocol for Tftp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Trivial File Transfer Protocol"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[69]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        const { &[&READ, &WRITE] }
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&MALFORMED]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match Packet::read(opening.octets) {
            Some(Packet::Request { .. }) => Probe::Certain,
            _ => Probe::NotMine,
        }
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::new(Stateless(feed))
    }
}

/// Read request.
static READ: Meaning = Meaning {
    name: "tftp read",
    class: Class::File,
    criticality: 2,
    techniques: &[],
};

/// Write request: without login, often of firmware or configuration.
static WRITE: Meaning = Meaning {
    name: "tftp write",
    class: Class::File,
    criticality: 4,
    techniques: &[Technique(867)],
};

const MALFORMED: Fault = Fault {
    name: "tftp.malformed_data",
    doc: "An operation from 1 to 6 with its fields (RFC 1350, 5; RFC 2347)",
};

// -- wire --

/// One packet.
#[derive(Clone, Copy, Debug)]
enum Packet<'a> {
    Request {
        write: bool,
        file: &'a [u8],
        mode: &'a [u8],
    },
    Block {
        operation: u16,
        number: u16,
    },
    Error {
        code: u16,
        text: &'a [u8],
    },
    /// Acknowledgment of options.
    Options,
}

impl<'a> Packet<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        match o.be16()? {
            operation @ (1 | 2) => {
                let file = terminated(o.rest());
                o.skip(file.len() + 1)?;
                let mode = terminated(o.rest());
                o.skip(mode.len() + 1)?;
                let known = [&b"octet"[..], b"netascii", b"mail"]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(mode));
                (known && is_printable(file)).then_some(Self::Request {
                    write: operation == 2,
                    file,
                    mode,
                })
            }
            operation @ (3 | 4) => Some(Self::Block {
                operation,
                number: o.be16()?,
            }),
            5 => Some(Self::Error {
                code: o.be16()?,
                text: terminated(o.rest()),
            }),
            6 => Some(Self::Options),
            _ => None,
        }
    }

    const fn operation(&self) -> &'static str {
        match self {
            Self::Request { write: false, .. } => "read",
            Self::Request { write: true, .. } => "write",
            Self::Block { operation: 3, .. } => "data",
            Self::Block { .. } => "acknowledgment",
            Self::Error { .. } => "error",
            Self::Options => "options",
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
    if let Packet::Request { write, file, .. } = packet {
        out.server(input.side.other());
        let item = Item {
            target: Target {
                space: "file",
                name: file,
                ..Target::default()
            },
            values: Values::None,
            before: Values::None,
        };
        out.operation(&Operation {
            meaning: if write { &WRITE } else { &READ },
            code: if write { 2 } else { 1 },
            actor: input.side,
            unit: None,
            items: &[item],
            // The server answers from another port (RFC 1350, 4).
            outcome: Outcome::NotSeen,
            requested: Some(input.stamp),
            answered: None,
        });
    }
    Step::Pdu(length)
}

// -- fields --

type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new(
            "tftp.operation",
            Kind::Text,
            "read, write, data, acknowledgment, error or options (RFC 1350, 5)",
        ),
        |p, out| out.text(p.operation().as_bytes()),
    ),
    (
        Field::new("tftp.filename", Kind::Text, "File asked for or put"),
        |p, out| {
            if let Packet::Request { file, .. } = p {
                out.text(file);
            }
        },
    ),
    (
        Field::new("tftp.mode", Kind::Text, "octet, netascii or mail"),
        |p, out| {
            if let Packet::Request { mode, .. } = p {
                out.text(mode);
            }
        },
    ),
    (
        Field::new(
            "tftp.block",
            Kind::Unsigned,
            "Number of a block sent or acknowledged",
        ),
        |p, out| {
            if let Packet::Block { number, .. } = p {
                out.unsigned((*number).into());
            }
        },
    ),
    (
        Field::new(
            "tftp.error",
            Kind::Unsigned,
            "Error code (RFC 1350, appendix I)",
        ),
        |p, out| {
            if let Packet::Error { code, .. } = p {
                out.unsigned((*code).into());
            }
        },
    ),
    (
        Field::new("tftp.text", Kind::Text, "Text of an error"),
        |p, out| {
            if let Packet::Error { text, .. } = p {
                out.any_text(text);
            }
        },
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
    use super::Tftp;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter};
    use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

    const WRITE: &[u8] = b"\x00\x02fw/plc.bin\0octet\0blksize\x001428\0";
    const ERROR: &[u8] = b"\x00\x05\x00\x02Access violation\0";

    fn probe(octets: &[u8]) -> Probe {
        Tftp.probe(&Opening {
            carrier: Carrier::Udp,
            ports: (69, 50_000),
            side: Side::High,
            octets,
            midstream: false,
        })
    }

    #[test]
    fn a_write_request_is_an_operation() {
        let mut driver = Driver::open(&Tftp, Carrier::Udp, (69, 50_000), Side::High, WRITE, false);
        driver.packet(Side::High, WRITE);
        driver.packet(Side::Low, ERROR);
        driver.packet(Side::Low, b"\0\x09");
        assert_eq!(
            driver.out.messages,
            [
                "high tftp operation=\"write\" filename=\"fw/plc.bin\" mode=\"octet\"",
                "low tftp operation=\"error\" error=2 text=\"Access violation\"",
            ]
        );
        assert_eq!(
            driver.out.operations,
            ["tftp write: file/4 by high, file \"fw/plc.bin\", not-seen"]
        );
        assert_eq!(driver.out.server, Some(Side::Low));
        assert_eq!(driver.steps.last(), Some(&Step::Malformed(2)));
    }

    #[test]
    fn only_requests_are_recognised() {
        assert_eq!(probe(WRITE), Probe::Certain);
        assert_eq!(probe(ERROR), Probe::NotMine);
        assert_eq!(probe(b"\x00\x01file\0binary\0"), Probe::NotMine);
        assert_eq!(probe(b"\x00\x01\0octet\0"), Probe::NotMine);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(&Tftp, Carrier::Udp, (69, 50_000), &[WRITE, ERROR]);
    }
}
