//! Syslog (RFC 5424, and the older form of RFC 3164) over UDP and over TCP with either framing
//! (RFC 6587).
//!
//! Called by the sensor's conversations. The host name in a message is the writer's, which a
//! relay may have passed on: it is told as a field and binds nobody.

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Step};
use crate::facts::{Fault, Field, Kind, Meaning, Message, Side, Stamp, Visitor};
use crate::wire::text::{decimal, line};

/// The syslog protocol.
pub(super) struct Syslog;

const NAME: &str = "syslog";

impl Protocol for Syslog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Syslog"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Udp, Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[514, 601]
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
        let stream = opening.carrier == Carrier::Tcp;
        let octets = match counted(opening.octets) {
            Some((_, start)) if stream => opening.octets.get(start..).unwrap_or_default(),
            _ => opening.octets,
        };
        match Entry::read(octets) {
            Some(entry) if entry.is_dated() => Probe::Certain,
            // `<`, a number, `>` and text begin many things; the port has to speak for it.
            Some(_) if opening.port(514) || opening.port(601) => Probe::Unsure,
            None if stream && octets.len() < SHORTEST && octets.first() == Some(&b'<') => {
                Probe::More
            }
            _ => Probe::NotMine,
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session> {
        Box::new(Conversation {
            stream: opening.carrier == Carrier::Tcp,
            ..Conversation::default()
        })
    }
}

const MALFORMED: Fault = Fault {
    name: "syslog.malformed_data",
    doc: "Each message begins with its priority, <0> to <191> (RFC 5424, 6.2.1)",
};

// -- wire --

/// Octets by which a message shows whether it carries a date.
const SHORTEST: usize = 24;

/// Longest message that is waited for: receivers should take 8192 octets (RFC 5424, 6.1).
const LONGEST: usize = 8192;

/// One message.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    priority: u8,
    /// Time stamp as written.
    time: &'a [u8],
    host: &'a [u8],
    application: &'a [u8],
    text: &'a [u8],
}

impl<'a> Entry<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let rest = octets.strip_prefix(b"<")?;
        let end = rest.iter().take(4).position(|octet| *octet == b'>')?;
        let priority = decimal(rest.get(..end)?).filter(|priority| *priority <= 191)?;
        let text = rest.get(end + 1..)?;
        let first = *text.first()?;
        if !(first.is_ascii_graphic() || first == b' ') {
            return None;
        }
        let mut entry = Self {
            priority: u8::try_from(priority).ok()?,
            time: &[],
            host: &[],
            application: &[],
            text,
        };
        // Neither header is there in what some devices send: then all of it is text.
        let _ = entry.current().or_else(|| entry.older());
        Some(entry)
    }

    /// Version 1: time, host, application, process, message identifier, data (RFC 5424, 6).
    fn current(&mut self) -> Option<()> {
        let mut words = self
            .text
            .strip_prefix(b"1 ")?
            .splitn(4, |octet| *octet == b' ');
        let time = words.next()?;
        if time != b"-" && !matches!(time, [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..]) {
            return None;
        }
        let (host, application) = (words.next()?, words.next()?);
        let given = |word: &'a [u8]| if word == b"-" { &[][..] } else { word };
        self.time = given(time);
        self.host = given(host);
        self.application = given(application);
        self.text = words.next().unwrap_or_default();
        Some(())
    }

    /// `Mmm dd hh:mm:ss`, host, then a tag up to a colon or bracket (RFC 3164, 4.1).
    fn older(&mut self) -> Option<()> {
        const MONTHS: [&[u8]; 12] = [
            b"Jan ", b"Feb ", b"Mar ", b"Apr ", b"May ", b"Jun ", b"Jul ", b"Aug ", b"Sep ",
            b"Oct ", b"Nov ", b"Dec ",
        ];
        let month = MONTHS.iter().any(|month| self.text.starts_with(month));
        let (time, rest) = self.text.split_at_checked(15)?;
        let [.., b':', _, _, b':', _, _] = time else {
            return None;
        };
        let rest = rest.strip_prefix(b" ").filter(|_| month)?;
        let space = rest.iter().position(|octet| *octet == b' ')?;
        let (host, text) = rest.split_at_checked(space)?;
        let text = text.strip_prefix(b" ").unwrap_or(text);
        let tag = text
            .iter()
            .take(33)
            .position(|octet| matches!(octet, b':' | b'['))?;
        self.time = time;
        self.host = host;
        self.application = text.get(..tag)?;
        self.text = text;
        Some(())
    }

    /// Whether the header of either form is there.
    const fn is_dated(&self) -> bool {
        !self.time.is_empty() || !self.host.is_empty()
    }
}

/// Octet counting of a stream: the length of the message that follows and where it begins
/// (RFC 6587, 3.4.1).
fn counted(octets: &[u8]) -> Option<(usize, usize)> {
    let space = octets.iter().take(6).position(|octet| *octet == b' ')?;
    let length = decimal(octets.get(..space)?)?;
    Some((usize::try_from(length).ok()?, space + 1))
}

// -- session --

/// What is kept of one conversation.
#[derive(Default)]
struct Conversation {
    stream: bool,
    lost: (bool, bool),
    /// Octets of an unfinished line that hold no line end.
    scanned: (usize, usize),
    told: bool,
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let octets = input.octets;
        if !self.stream {
            return self.entry(input, octets, octets.len(), out);
        }
        if *input.side.of(&self.lost) {
            // Messages mostly begin with a segment.
            let found = counted(octets).is_some() || octets.first() == Some(&b'<');
            if !found {
                return Step::Skip(line(octets).map_or(octets.len(), |(_, length)| length));
            }
            *input.side.of_mut(&mut self.lost) = false;
        }
        if octets.first().is_some_and(u8::is_ascii_digit) {
            return match counted(octets) {
                Some((length, start)) if length <= LONGEST => {
                    match octets.get(start..start + length) {
                        Some(message) => self.entry(input, message, start + length, out),
                        None => Step::Need(start + length),
                    }
                }
                None if octets.len() < 6 => Step::Need(octets.len() + 1),
                _ => self.lose(input, out),
            };
        }
        let scanned = input.side.of_mut(&mut self.scanned);
        let fresh = octets.get(*scanned..).unwrap_or_default();
        match line(fresh) {
            Some((_, length)) => {
                let length = std::mem::take(scanned) + length;
                let message = octets.get(..length).and_then(line);
                self.entry(input, message.map_or(&[], |(text, _)| text), length, out)
            }
            None if octets.len() < LONGEST => {
                *scanned = octets.len();
                Step::Need(octets.len() + 1)
            }
            None => self.lose(input, out),
        }
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        *side.of_mut(&mut self.lost) = true;
        *side.of_mut(&mut self.scanned) = 0;
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, _: &mut dyn Sink) {}
}

impl Conversation {
    fn lose(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        *input.side.of_mut(&mut self.scanned) = 0;
        *input.side.of_mut(&mut self.lost) = true;
        out.fault(input.side, &MALFORMED, 0);
        Step::Skip(input.octets.len())
    }

    fn entry(
        &mut self,
        input: &Input<'_>,
        octets: &[u8],
        eaten: usize,
        out: &mut dyn Sink,
    ) -> Step {
        match Entry::read(octets) {
            Some(entry) => {
                out.message(input.side, &entry);
                if !std::mem::replace(&mut self.told, true) {
                    out.server(input.side.other());
                }
                Step::Pdu(eaten)
            }
            None if input.cut => Step::Skip(eaten),
            None => {
                out.fault(input.side, &MALFORMED, 0);
                Step::Malformed(eaten)
            }
        }
    }
}

// -- fields --

type Row = (Field, fn(&Entry<'_>, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new(
            "syslog.facility",
            Kind::Unsigned,
            "Facility, 0 to 23 (RFC 5424, 6.2.1)",
        ),
        |e, out| out.unsigned((e.priority / 8).into()),
    ),
    (
        Field::new(
            "syslog.severity",
            Kind::Unsigned,
            "Severity, 0 emergency to 7 debug",
        ),
        |e, out| out.unsigned((e.priority % 8).into()),
    ),
    (
        Field::new("syslog.time", Kind::Text, "Time stamp as written"),
        |e, out| out.any_text(e.time),
    ),
    (
        Field::new("syslog.host", Kind::Text, "Host that wrote the message"),
        |e, out| out.any_text(e.host),
    ),
    (
        Field::new("syslog.application", Kind::Text, "Application or tag"),
        |e, out| out.any_text(e.application),
    ),
    (
        Field::new("syslog.message", Kind::Text, "The rest of the message"),
        |e, out| out.any_text(e.text),
    ),
];

impl Message for Entry<'_> {
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
    use super::Syslog;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter};
    use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

    /// The first examples of RFC 5424, 6.5, and RFC 3164, 5.4.
    const CURRENT: &[u8] = b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \
        'su root' failed";
    const OLDER: &[u8] = b"<34>Oct 11 22:14:15 mymachine su: 'su root' failed";

    fn probe(carrier: Carrier, octets: &[u8], port: u16) -> Probe {
        Syslog.probe(&Opening {
            carrier,
            ports: (port, 50_000),
            side: Side::High,
            octets,
            midstream: false,
        })
    }

    #[test]
    fn both_forms_are_read() {
        let mut driver = Driver::open(
            &Syslog,
            Carrier::Udp,
            (514, 50_000),
            Side::High,
            CURRENT,
            false,
        );
        driver.packet(Side::High, CURRENT);
        driver.packet(Side::High, OLDER);
        driver.packet(Side::High, b"<13>link down");
        assert_eq!(
            driver.out.messages,
            [
                "high syslog facility=4 severity=2 time=\"2003-10-11T22:14:15.003Z\" \
                 host=\"mymachine.example.com\" application=\"su\" \
                 message=\"- ID47 - \\'su root\\' failed\"",
                "high syslog facility=4 severity=2 time=\"Oct 11 22:14:15\" host=\"mymachine\" \
                 application=\"su\" message=\"su: \\'su root\\' failed\"",
                "high syslog facility=1 severity=5 message=\"link down\"",
            ]
        );
        assert_eq!(driver.out.server, Some(Side::Low));
    }

    #[test]
    fn streams_are_read_with_both_framings_and_after_a_gap() {
        let counted = [format!("{} ", CURRENT.len()).as_bytes(), CURRENT].concat();
        let lined = [OLDER, b"\n"].concat();
        let mut driver = Driver::open(
            &Syslog,
            Carrier::Tcp,
            (601, 50_000),
            Side::High,
            &counted,
            false,
        );
        for piece in [counted.as_slice(), &lined].concat().chunks(7) {
            driver.packet(Side::High, piece);
        }
        assert_eq!(driver.out.messages.len(), 2);
        driver.gap(Side::High, None);
        driver.packet(Side::High, b"the rest of a message\n");
        driver.packet(Side::High, &lined);
        assert_eq!(driver.out.messages.len(), 3);
        assert!(driver.out.faults.is_empty());
    }

    #[test]
    fn a_priority_beyond_the_range_is_a_fault() {
        let mut driver = Driver::open(
            &Syslog,
            Carrier::Udp,
            (514, 50_000),
            Side::High,
            OLDER,
            false,
        );
        driver.packet(Side::High, b"<192>Oct");
        assert_eq!(driver.steps, [Step::Malformed(8)]);
        assert_eq!(driver.out.faults, ["high syslog.malformed_data at 0"]);
    }

    #[test]
    fn markup_is_not_a_message() {
        assert_eq!(probe(Carrier::Udp, OLDER, 9999), Probe::Certain);
        assert_eq!(probe(Carrier::Udp, b"<13>link", 514), Probe::Unsure);
        assert_eq!(probe(Carrier::Udp, b"<13>link", 9999), Probe::NotMine);
        assert_eq!(probe(Carrier::Udp, b"<?xml version", 514), Probe::NotMine);
        assert_eq!(probe(Carrier::Tcp, b"<3", 514), Probe::More);
        assert_eq!(probe(Carrier::Tcp, b"GET / HTTP/1.1", 514), Probe::NotMine);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(&Syslog, Carrier::Udp, (514, 1), &[CURRENT, OLDER]);
        batter(&Syslog, Carrier::Tcp, (514, 1), &[CURRENT, OLDER]);
    }
}
