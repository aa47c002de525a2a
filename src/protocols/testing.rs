//! For the tests of the protocols: drives a session as the sensor does and writes down in
//! plain lines what came out.

use super::{Carrier, Input, Opening, Protocol, Session, Sink, Step};
use crate::facts::{
    Attribute, Fault, Message, Operation, Outcome, Scalar, Side, Stamp, Subject, Time, Values,
    Visitor,
};
use std::fmt::Write as _;

/// Collects what a session sends, one line each.
#[derive(Default)]
pub(crate) struct Recorder {
    /// `low modbus transaction=1 unit=1 ...`, in order.
    pub(crate) messages: Vec<String>,
    /// Values of derived fields: `high http.uri="/a"`, one line each.
    pub(crate) buffers: Vec<String>,
    /// `read holding registers: read/0 unit 1 by low, holding-register 0..=9 = [..], ok`.
    pub(crate) operations: Vec<String>,
    /// `low Vendor = Schneider Electric`.
    pub(crate) attributes: Vec<String>,
    /// `high modbus.invalid_length at 4`.
    pub(crate) faults: Vec<String>,
    /// The server side last told.
    pub(crate) server: Option<Side>,
    /// The field table used to name the values of messages.
    pub(crate) protocol: Option<&'static dyn Protocol>,
}

impl Sink for Recorder {
    fn message(&mut self, side: Side, message: &dyn Message) {
        let mut line = format!("{} {}", side_name(side), message.protocol());
        if let Some(protocol) = self.protocol {
            let mut index = 0;
            while let Some(field) = protocol.field(index) {
                let mut text = Text::default();
                message.read(index, &mut text);
                let value = text.0.trim_end_matches(',');
                if field.derived && !value.is_empty() {
                    let side = side_name(side);
                    self.buffers.push(format!("{side} {}={value}", field.name));
                } else if !value.is_empty() {
                    let prefix = format!("{}.", protocol.name());
                    let name = field.name.strip_prefix(&prefix).unwrap_or(field.name);
                    let _ = write!(line, " {name}={value}");
                }
                index += 1;
            }
        }
        self.messages.push(line);
    }

    fn operation(&mut self, operation: &Operation<'_>) {
        self.operations.push(operation_line(operation));
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) {
        let subject = match attribute.subject {
            Subject::Side(side) => side_name(side).to_owned(),
            Subject::Host(host) => host.to_string(),
        };
        let unit = attribute
            .unit
            .map_or(String::new(), |unit| format!(" unit {unit}"));
        self.attributes.push(format!(
            "{subject}{unit} {:?} = {}",
            attribute.property,
            attribute.value.escape_ascii()
        ));
    }

    fn fault(&mut self, side: Side, fault: &'static Fault, offset: usize) {
        self.faults
            .push(format!("{} {} at {offset}", side_name(side), fault.name));
    }

    fn server(&mut self, side: Side) {
        self.server = Some(side);
    }
}

impl Recorder {
    /// The values of a derived field, in order, each with its side: `high "/a"`.
    pub(crate) fn buffer(&self, name: &str) -> Vec<String> {
        let lines = self.buffers.iter().filter_map(|line| {
            let (side, rest) = line.split_once(' ')?;
            let value = rest.strip_prefix(name)?.strip_prefix('=')?;
            Some(format!("{side} {value}"))
        });
        lines.collect()
    }
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Low => "low",
        Side::High => "high",
    }
}

fn operation_line(operation: &Operation<'_>) -> String {
    let meaning = operation.meaning;
    let mut line = format!(
        "{}: {}/{}",
        meaning.name,
        meaning.class.name(),
        meaning.criticality
    );
    if let Some(unit) = operation.unit {
        let _ = write!(line, " unit {unit}");
    }
    let _ = write!(line, " by {}", side_name(operation.actor));
    for item in operation.items {
        let _ = write!(line, ", {}", item.target.space);
        if let Some(area) = item.target.area {
            let _ = write!(line, " {area}");
        }
        if let Some((first, last)) = item.target.range {
            let _ = write!(line, " {first}..={last}");
        }
        if !item.target.name.is_empty() {
            let _ = write!(line, " \"{}\"", item.target.name.escape_ascii());
        }
        for (mark, values) in [("=", item.values), ("was", item.before)] {
            if values != Values::None {
                let _ = write!(line, " {mark} {}", values_text(values));
            }
        }
    }
    let _ = match operation.outcome {
        Outcome::Refused { code, name } => write!(line, ", refused {code} {name}"),
        other => write!(line, ", {}", other.name()),
    };
    line
}

fn values_text(values: Values<'_>) -> String {
    match values {
        Values::None => String::new(),
        Values::Bits { octets, count } => (0..usize::from(count))
            .map(|i| {
                if octets[i / 8] >> (i % 8) & 1 == 1 {
                    '1'
                } else {
                    '0'
                }
            })
            .collect(),
        Values::Words(octets) => format!(
            "{:?}",
            octets
                .chunks_exact(2)
                .map(|w| u16::from_be_bytes([w[0], w[1]]))
                .collect::<Vec<_>>()
        ),
        Values::Scalars(scalars) => scalars_text(scalars.iter().copied()),
        Values::Row(row) => scalars_text(row.scalars()),
        Values::Octets(octets) => octets.iter().fold(String::from("0x"), |mut text, octet| {
            let _ = write!(text, "{octet:02x}");
            text
        }),
        Values::Text(text) => format!("\"{}\"", text.escape_ascii()),
    }
}

fn scalars_text(scalars: impl Iterator<Item = Scalar>) -> String {
    let texts: Vec<String> = scalars
        .map(|scalar| match scalar {
            Scalar::Bit(bit) => u8::from(bit).to_string(),
            Scalar::Unsigned(n) => n.to_string(),
            Scalar::Signed(n) => n.to_string(),
            Scalar::Float(x) => x.to_string(),
            Scalar::Name(name) => name.to_owned(),
        })
        .collect();
    format!("[{}]", texts.join(", "))
}

/// Renders visited values: numbers plain, text quoted, lists in brackets, records in braces.
#[derive(Default)]
struct Text(String);

impl Visitor for Text {
    fn unsigned(&mut self, value: u64) {
        let _ = write!(self.0, "{value},");
    }
    fn signed(&mut self, value: i64) {
        let _ = write!(self.0, "{value},");
    }
    fn float(&mut self, value: f64) {
        let _ = write!(self.0, "{value},");
    }
    fn boolean(&mut self, value: bool) {
        let _ = write!(self.0, "{value},");
    }
    fn text(&mut self, value: &[u8]) {
        let _ = write!(self.0, "\"{}\",", value.escape_ascii());
    }
    fn octets(&mut self, value: &[u8]) {
        for octet in value {
            let _ = write!(self.0, "{octet:02x}");
        }
        self.0.push(',');
    }
    fn open_list(&mut self) {
        self.0.push('[');
    }
    fn close_list(&mut self) {
        self.close(']');
    }
    fn open_record(&mut self) {
        self.0.push('{');
    }
    fn key(&mut self, name: &'static str) {
        let _ = write!(self.0, "{name}:");
    }
    fn close_record(&mut self) {
        self.close('}');
    }
}

impl Text {
    fn close(&mut self, bracket: char) {
        if self.0.ends_with(',') {
            self.0.pop();
        }
        self.0.push(bracket);
        self.0.push(',');
    }
}

/// Drives one session as the sensor's conversations do: keeps what was not eaten, minds
/// [`Step::Need`], and panics where a session breaks the contract.
pub(crate) struct Driver {
    pub(crate) session: Box<dyn Session>,
    pub(crate) out: Recorder,
    pub(crate) steps: Vec<Step>,
    carrier: Carrier,
    buffers: (Vec<u8>, Vec<u8>),
    needs: (usize, usize),
    done: (bool, bool),
    frame: u64,
}

impl Driver {
    /// Opens a session of `protocol` after its probe took the first octets.
    pub(crate) fn open(
        protocol: &'static dyn Protocol,
        carrier: Carrier,
        ports: (u16, u16),
        side: Side,
        first: &[u8],
        midstream: bool,
    ) -> Self {
        let opening = Opening {
            carrier,
            ports,
            side,
            octets: first,
            midstream,
        };
        let probe = protocol.probe(&opening);
        assert!(
            probe.is_claim(),
            "the probe of {} says {probe:?}",
            protocol.name()
        );
        Self::start(protocol, &opening)
    }

    /// Opens a session of `protocol` whatever its probe says.
    pub(crate) fn forced(
        protocol: &'static dyn Protocol,
        carrier: Carrier,
        ports: (u16, u16),
        side: Side,
        first: &[u8],
    ) -> Self {
        let opening = Opening {
            carrier,
            ports,
            side,
            octets: first,
            midstream: false,
        };
        // Probes must bear any octets; the answer does not matter here.
        let _ = protocol.probe(&opening);
        Self::start(protocol, &opening)
    }

    fn start(protocol: &'static dyn Protocol, opening: &Opening<'_>) -> Self {
        let out = Recorder {
            protocol: Some(protocol),
            ..Recorder::default()
        };
        Self {
            session: protocol.open(opening),
            out,
            steps: Vec::new(),
            carrier: opening.carrier,
            buffers: Default::default(),
            needs: (0, 0),
            done: (false, false),
            frame: 0,
        }
    }

    /// Time and frame of the last packet: one packet each 10 ms from second 1000 on.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            time: Time::from_parts(1_000, self.frame * 10_000_000),
            frame: self.frame,
        }
    }

    /// Hands over one segment, datagram or frame.
    pub(crate) fn packet(&mut self, side: Side, octets: &[u8]) {
        self.frame += 1;
        let stamp = self.stamp();
        let stream = self.carrier == Carrier::Tcp;
        let buffer = side.of_mut(&mut self.buffers);
        let need = side.of_mut(&mut self.needs);
        if *side.of(&self.done) {
            return;
        }
        buffer.extend_from_slice(octets);
        while !buffer.is_empty() && buffer.len() >= *need {
            let input = Input {
                side,
                stamp,
                octets: buffer,
                cut: false,
            };
            let step = self.session.feed(&input, &mut self.out);
            self.steps.push(step);
            *need = 0;
            match step {
                Step::Pdu(n) | Step::Malformed(n) | Step::Skip(n) => {
                    assert!(n >= 1 && n <= buffer.len(), "{step:?} of {}", buffer.len());
                    buffer.drain(..n);
                }
                Step::Need(n) => {
                    assert!(stream, "only streams can wait for more");
                    assert!(n > buffer.len(), "{step:?} of {}", buffer.len());
                    *need = n;
                }
                Step::Encrypted | Step::Opaque | Step::NotMine => {
                    *side.of_mut(&mut self.done) = true;
                    break;
                }
            }
        }
        if !stream {
            buffer.clear();
        }
    }

    /// Tells of lost octets, after dropping what was buffered.
    pub(crate) fn gap(&mut self, side: Side, lost: Option<u64>) {
        side.of_mut(&mut self.buffers).clear();
        *side.of_mut(&mut self.needs) = 0;
        self.session.gap(side, lost, &mut self.out);
    }

    /// Lets packet time go on by `seconds` and tells the session.
    pub(crate) fn tick(&mut self, seconds: u64) {
        self.frame += seconds * 100;
        self.session.tick(self.stamp(), &mut self.out);
    }

    /// Ends the conversation.
    pub(crate) fn close(&mut self) {
        self.session.close(self.stamp(), &mut self.out);
    }
}

/// Reads octets from hexadecimal digits; spaces and line ends do not count.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .map(|b| u8::try_from((b as char).to_digit(16).unwrap()).unwrap())
        .collect();
    assert!(digits.len().is_multiple_of(2), "odd number of digits");
    digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect()
}

/// Feeds a conversation whose packets go from low to high and back in turn, then every prefix
/// of every packet alone, then a few hundred mutations of them. What must hold is that nothing
/// panics and that [`Driver`] finds the contract kept; the steps of the whole conversation are
/// not judged here.
pub(crate) fn batter(
    protocol: &'static dyn Protocol,
    carrier: Carrier,
    ports: (u16, u16),
    packets: &[&[u8]],
) {
    let run = |packets: &[&[u8]]| {
        let first = packets.first().copied().unwrap_or_default();
        let mut driver = Driver::forced(protocol, carrier, ports, Side::Low, first);
        let mut side = Side::Low;
        for packet in packets {
            driver.packet(side, packet);
            side = side.other();
        }
        driver.tick(3600);
        driver.gap(Side::Low, None);
        for packet in packets {
            driver.packet(side, packet);
        }
        driver.close();
    };
    run(packets);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for packet in packets {
        for end in 0..packet.len().min(400) {
            run(&[&packet[..end]]);
        }
        for _ in 0..300 {
            let mut broken = packet.to_vec();
            for _ in 0..=broken.len() / 50 {
                // xorshift64 (Marsaglia 2003): small, and the same on each run.
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let place = usize::try_from(random >> 32).unwrap() % broken.len().max(1);
                if let Some(octet) = broken.get_mut(place) {
                    *octet = random.to_le_bytes()[0];
                }
            }
            run(&[&broken, packet, &broken]);
        }
    }
}
