//! GOOSE (IEC 61850-8-1, edition 2.1, annex C): which control block publishes what, and in
//! which state.
//!
//! Called by the sensor's conversations. The members of the data set are counted and not read:
//! what they are stands in the engineering project.

use super::published::Published;
use super::{Carrier, Input, Session, Sink, Step};
use crate::facts::{Attribute, Fault, Field, Kind, Message, Property, Side, Stamp, Visitor};
use crate::wire::Octets;
use crate::wire::ber;
use crate::wire::text::is_printable;

/// Generic object oriented substation events.
pub(super) static GOOSE: Published = Published {
    name: NAME,
    title: "GOOSE (IEC 61850)",
    carriers: &[Carrier::Ether(0x88b8)],
    field: |index| FIELDS.get(index).map(|(field, _)| field),
    faults: &[&MALFORMED],
    reads: |octets| Packet::read(octets).is_some(),
    open: || Box::<Conversation>::default(),
};

const NAME: &str = "goose";

static MALFORMED: Fault = Fault {
    name: "goose.malformed_pdu",
    doc: "APPID, length and one goosePdu with its mandatory fields (IEC 61850-8-1, annex C)",
};

// -- wire --

/// The tag of a goosePdu, application 1, constructed.
const PDU: u8 = 0x61;

/// One GOOSE message.
#[derive(Clone, Copy, Debug)]
struct Packet<'a> {
    appid: u16,
    control_block: &'a [u8],
    /// Milliseconds for which this holds.
    time_allowed: u64,
    data_set: &'a [u8],
    id: &'a [u8],
    state: u64,
    sequence: u64,
    simulation: bool,
    revision: u64,
    needs_commissioning: bool,
    entries: u64,
}

impl<'a> Packet<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let appid = o.be16()?;
        let length = usize::from(o.be16()?);
        o.skip(4)?;
        // The length counts from APPID on; padding may follow.
        let rest = length.checked_sub(8)?;
        let mut pdu = Octets::new(ber::expect(&mut Octets::new(o.take(rest)?), PDU)?);
        let mut packet = Self {
            appid,
            control_block: ber::expect(&mut pdu, 0x80)?,
            time_allowed: 0,
            data_set: &[],
            id: &[],
            state: 0,
            sequence: 0,
            simulation: false,
            revision: 0,
            needs_commissioning: false,
            entries: 0,
        };
        while let Some(element) = ber::next(&mut pdu) {
            let number = || ber::unsigned(element.contents).unwrap_or_default();
            let truth = || element.contents.first().is_some_and(|octet| *octet != 0);
            match element.tag {
                0x81 => packet.time_allowed = number(),
                0x82 => packet.data_set = element.contents,
                0x83 => packet.id = element.contents,
                0x85 => packet.state = number(),
                0x86 => packet.sequence = number(),
                0x87 => packet.simulation = truth(),
                0x88 => packet.revision = number(),
                0x89 => packet.needs_commissioning = truth(),
                0x8a => packet.entries = number(),
                _ => {}
            }
        }
        Some(packet)
    }
}

// -- session --

/// What is kept of one publisher.
#[derive(Default)]
struct Conversation {
    /// What the publisher is was told.
    told: (bool, bool),
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let length = input.octets.len();
        let Some(packet) = Packet::read(input.octets) else {
            if input.cut {
                return Step::Skip(length);
            }
            out.fault(input.side, &MALFORMED, 0);
            return Step::Malformed(length);
        };
        out.message(input.side, &packet);
        if !std::mem::replace(input.side.of_mut(&mut self.told), true) {
            out.attribute(&Attribute::of(input.side, Property::Role, b"ied"));
            // The logical device, whose name begins with that of the device.
            let mut reference = packet.control_block.split(|octet| *octet == b'/');
            let device = reference.next().unwrap_or_default();
            if is_printable(device) {
                out.attribute(&Attribute::of(input.side, Property::Name, device));
            }
        }
        Step::Pdu(length)
    }

    fn gap(&mut self, _: Side, _: Option<u64>, _: &mut dyn Sink) {}

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, _: &mut dyn Sink) {}
}

// -- fields --

type Row = (Field, fn(&Packet<'_>, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new("goose.appid", Kind::Unsigned, "Application identifier"),
        |p, out| out.unsigned(p.appid.into()),
    ),
    (
        Field::new(
            "goose.control_block",
            Kind::Text,
            "gocbRef: the publishing control block",
        ),
        |p, out| out.any_text(p.control_block),
    ),
    (
        Field::new(
            "goose.data_set",
            Kind::Text,
            "datSet: the data set published",
        ),
        |p, out| out.any_text(p.data_set),
    ),
    (
        Field::new(
            "goose.id",
            Kind::Text,
            "goID: identifier given by the engineer",
        ),
        |p, out| out.any_text(p.id),
    ),
    (
        Field::new(
            "goose.time_allowed",
            Kind::Unsigned,
            "timeAllowedtoLive in milliseconds",
        ),
        |p, out| out.unsigned(p.time_allowed),
    ),
    (
        Field::new(
            "goose.state",
            Kind::Unsigned,
            "stNum: counts changes of state",
        ),
        |p, out| out.unsigned(p.state),
    ),
    (
        Field::new(
            "goose.sequence",
            Kind::Unsigned,
            "sqNum: counts repetitions of a state",
        ),
        |p, out| out.unsigned(p.sequence),
    ),
    (
        Field::new("goose.simulation", Kind::Boolean, "Sent by a test device"),
        |p, out| out.boolean(p.simulation),
    ),
    (
        Field::new(
            "goose.revision",
            Kind::Unsigned,
            "confRev: revision of the data set",
        ),
        |p, out| out.unsigned(p.revision),
    ),
    (
        Field::new("goose.needs_commissioning", Kind::Boolean, "ndsCom"),
        |p, out| out.boolean(p.needs_commissioning),
    ),
    (
        Field::new("goose.entries", Kind::Unsigned, "numDatSetEntries"),
        |p, out| out.unsigned(p.entries),
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
    use super::GOOSE;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Step};

    /// From haolipeng's GOOSE traces (BSD-3-Clause).
    const MESSAGE: &str =
        "0001009100000000618186801a4745446576696365463635302f4c4c4e3024474f24676362
        30318103009c4082184745446576696365463635302f4c4c4e3024474f4f534531830b463635305f474f4f5345
        318408386ebbf34217280a85010186010a8701008801018901008a0108ab208301008403030000830100840303
        0000830100840303000083010084030300008301008403030000";

    const CARRIER: Carrier = Carrier::Ether(0x88b8);

    #[test]
    fn a_publisher_is_told_with_block_state_and_sequence() {
        let message = hex(MESSAGE);
        let mut driver = Driver::open(&GOOSE, CARRIER, (0, 0), Side::Low, &message, false);
        driver.packet(Side::Low, &message);
        driver.packet(Side::Low, &message);
        assert_eq!(driver.out.messages.len(), 2);
        assert_eq!(
            driver.out.messages[0],
            "low goose appid=1 control_block=\"GEDeviceF650/LLN0$GO$gcb01\" \
             data_set=\"GEDeviceF650/LLN0$GOOSE1\" id=\"F650_GOOSE1\" time_allowed=40000 state=1 \
             sequence=10 simulation=false revision=1 needs_commissioning=false entries=8"
        );
        assert_eq!(
            driver.out.attributes,
            ["low Role = ied", "low Name = GEDeviceF650"]
        );
    }

    #[test]
    fn a_length_beyond_the_frame_is_a_fault() {
        let message = hex(MESSAGE);
        let mut driver = Driver::open(&GOOSE, CARRIER, (0, 0), Side::Low, &message, false);
        driver.packet(Side::Low, &message[..100]);
        assert_eq!(driver.steps, [Step::Malformed(100)]);
        assert_eq!(driver.out.faults, ["low goose.malformed_pdu at 0"]);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(&GOOSE, CARRIER, (0, 0), &[&hex(MESSAGE)]);
    }
}
