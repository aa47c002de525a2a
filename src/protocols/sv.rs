//! Sampled values (IEC 61850-9-2, edition 2.1): which merging unit streams under which name.
//!
//! Called by the sensor's conversations. A stream has thousands of frames a second: the first
//! is told, the rest is left unread.

use super::published::Published;
use super::{Carrier, Input, Session, Sink, Step};
use crate::facts::{Attribute, Fault, Field, Kind, Message, Property, Side, Stamp, Visitor};
use crate::wire::Octets;
use crate::wire::ber;
use crate::wire::text::is_printable;

/// Sampled values.
pub(super) static SV: Published = Published {
    name: NAME,
    title: "Sampled values (IEC 61850)",
    carriers: &[Carrier::Ether(0x88ba)],
    field: |index| FIELDS.get(index).map(|(field, _)| field),
    faults: &[&MALFORMED],
    reads: |octets| Packet::read(octets).is_some(),
    open: || Box::<Conversation>::default(),
};

const NAME: &str = "sv";

static MALFORMED: Fault = Fault {
    name: "sv.malformed_pdu",
    doc: "APPID, length and one savPdu with at least one ASDU (IEC 61850-9-2, 8.5)",
};

// -- wire --

/// The tag of a savPdu, application 0, constructed, and of the sequence of ASDUs in it.
const PDU: u8 = 0x60;
const ASDUS: u8 = 0xa2;

/// The head of one frame: its first ASDU.
#[derive(Clone, Copy, Debug)]
struct Packet<'a> {
    appid: u16,
    asdus: u64,
    id: &'a [u8],
    data_set: &'a [u8],
    revision: u64,
    /// smpSynch: 0 not synchronised, 1 local, 2 global clock.
    synchronised: Option<u64>,
}

impl<'a> Packet<'a> {
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let appid = o.be16()?;
        let rest = usize::from(o.be16()?).checked_sub(8)?;
        o.skip(4)?;
        let mut pdu = Octets::new(ber::expect(&mut Octets::new(o.take(rest)?), PDU)?);
        let asdus = ber::unsigned(ber::expect(&mut pdu, 0x80)?)?;
        // Security information may stand between.
        let _security = ber::expect(&mut pdu, 0x81);
        let mut sequence = Octets::new(ber::expect(&mut pdu, ASDUS)?);
        let mut asdu = Octets::new(ber::expect(&mut sequence, ber::SEQUENCE)?);
        let mut packet = Self {
            appid,
            asdus,
            id: ber::expect(&mut asdu, 0x80)?,
            data_set: &[],
            revision: 0,
            synchronised: None,
        };
        while let Some(element) = ber::next(&mut asdu) {
            match element.tag {
                0x81 => packet.data_set = element.contents,
                0x83 => packet.revision = ber::unsigned(element.contents).unwrap_or_default(),
                0x85 => packet.synchronised = ber::unsigned(element.contents),
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
    told: (bool, bool),
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let length = input.octets.len();
        if *input.side.of(&self.told) {
            return Step::Opaque;
        }
        let Some(packet) = Packet::read(input.octets) else {
            if input.cut {
                return Step::Skip(length);
            }
            out.fault(input.side, &MALFORMED, 0);
            return Step::Malformed(length);
        };
        *input.side.of_mut(&mut self.told) = true;
        out.message(input.side, &packet);
        out.attribute(&Attribute::of(input.side, Property::Role, b"merging-unit"));
        if is_printable(packet.id) {
            out.attribute(&Attribute::of(input.side, Property::Name, packet.id));
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
        Field::new(
            "sv.appid",
            Kind::Unsigned,
            "Application identifier, 0x4000 to 0x7fff",
        ),
        |p, out| out.unsigned(p.appid.into()),
    ),
    (
        Field::new("sv.asdus", Kind::Unsigned, "noASDU: ASDUs in one frame"),
        |p, out| out.unsigned(p.asdus),
    ),
    (
        Field::new("sv.id", Kind::Text, "svID: name of the stream"),
        |p, out| out.any_text(p.id),
    ),
    (
        Field::new("sv.data_set", Kind::Text, "datSet: the data set published"),
        |p, out| out.any_text(p.data_set),
    ),
    (
        Field::new(
            "sv.revision",
            Kind::Unsigned,
            "confRev: revision of the data set",
        ),
        |p, out| out.unsigned(p.revision),
    ),
    (
        Field::new(
            "sv.synchronised",
            Kind::Unsigned,
            "smpSynch: 0 no, 1 local, 2 global clock",
        ),
        |p, out| out.any_unsigned(p.synchronised),
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
    use super::SV;
    use crate::facts::Side;
    use crate::protocols::testing::{Driver, batter, hex};
    use crate::protocols::{Carrier, Step};

    /// After the frames of DINA's `SV_Normal_Traffic.pcap` (BSD-3-Clause), fewer samples.
    const FRAME: &str = "400100320000 0000 6028 800101 a223 3021 800434303031 82020118 830400000001
        850102 870c 40fffe59820000000000 43dd";

    const CARRIER: Carrier = Carrier::Ether(0x88ba);

    #[test]
    fn a_stream_is_told_once() {
        let frame = hex(FRAME);
        let mut driver = Driver::open(&SV, CARRIER, (0, 0), Side::Low, &frame, false);
        driver.packet(Side::Low, &frame);
        driver.packet(Side::Low, &frame);
        assert_eq!(
            driver.out.messages,
            ["low sv appid=16385 asdus=1 id=\"4001\" revision=1 synchronised=2"]
        );
        assert_eq!(
            driver.out.attributes,
            ["low Role = merging-unit", "low Name = 4001"]
        );
        assert_eq!(driver.steps, [Step::Pdu(frame.len()), Step::Opaque]);
    }

    #[test]
    fn nothing_breaks_it() {
        batter(&SV, CARRIER, (0, 0), &[&hex(FRAME)]);
    }
}
