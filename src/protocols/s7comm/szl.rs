//! System status lists (SZL): what a PLC tells of itself.
//!
//! Identifiers and records after SIMATIC System Software for S7-300/400, System and Standard
//! Functions, Reference Manual (A5E02789976), chapter 34. Used by userdata and fields.

use super::blocks::trim;
use super::wire::name_of;
use crate::facts::{Attribute, Property, Side, Visitor};
use crate::wire::Octets;
use arrayvec::ArrayVec;
use std::fmt::Write as _;

/// A list, or as much of it as is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List<'a> {
    /// Identifier: module class, extract, and in the lower octet the list.
    pub(crate) id: u16,
    /// Index: object or record.
    pub(crate) index: u16,
    /// Octets of a record.
    pub(crate) length: u16,
    /// The records.
    pub(crate) records: &'a [u8],
}

impl<'a> List<'a> {
    /// Reads the payload of an answer.
    #[must_use]
    pub(crate) fn parse(payload: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(payload);
        let (id, index, length) = (o.be16()?, o.be16()?, o.be16()?);
        let _count = o.be16()?;
        Some(Self {
            id,
            index,
            length,
            records: o.rest(),
        })
    }

    /// The whole records.
    pub(crate) fn records(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        // Records without length are none.
        let records = if self.length == 0 { &[] } else { self.records };
        records.chunks_exact(usize::from(self.length).max(1))
    }

    /// Which list this is, whatever the extract.
    const fn number(&self) -> u16 {
        self.id & 0x00ff
    }
}

/// Identifier and index that a request asks for, or that an answer begins with.
#[must_use]
pub(crate) fn asked(payload: &[u8]) -> Option<(u16, u16)> {
    let mut o = Octets::new(payload);
    Some((o.be16()?, o.be16()?))
}

/// Name of a list.
#[must_use]
pub(crate) fn name(id: u16) -> &'static str {
    name_of(LISTS, id.to_le_bytes()[0])
}

static LISTS: &[(u8, &str)] = &[
    (0x00, "all lists"),
    (0x11, "module identification"),
    (0x12, "cpu characteristics"),
    (0x13, "user memory areas"),
    (0x14, "system areas"),
    (0x15, "block types"),
    (0x19, "module leds"),
    (0x1c, "component identification"),
    (0x22, "interrupt status"),
    (0x24, "modes"),
    (0x25, "process image partitions"),
    (0x31, "communication capability"),
    (0x32, "communication status"),
    (0x37, "ethernet interface"),
    (0x71, "h cpu group"),
    (0x74, "module led status"),
    (0x75, "switched dp slaves"),
    (0x90, "dp master system"),
    (0x91, "module status"),
    (0x92, "rack and station status"),
    (0x94, "rack and station status"),
    (0x95, "extended dp master system"),
    (0x96, "module status"),
    (0xa0, "diagnostic buffer"),
    (0xb1, "module diagnostics"),
    (0xb2, "module diagnostics"),
    (0xb3, "module diagnostics"),
    (0xb4, "dp slave diagnostics"),
];

/// A record of list 0x11: module identification.
struct Module<'a> {
    index: u16,
    order: &'a [u8],
    versions: [u8; 4],
}

impl<'a> Module<'a> {
    fn parse(record: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(record);
        let index = o.be16()?;
        let order = trim(o.take(20)?);
        o.skip(2)?;
        Some(Self {
            index,
            order,
            versions: o.array()?,
        })
    }

    /// `V1.2.0` from 56 01 02 00; a plain number where no letter leads.
    fn version(&self) -> ArrayVec<u8, 16> {
        let mut text = TextBuffer::default();
        let [letter, a, b, c] = self.versions;
        let _ = if letter.is_ascii_uppercase() {
            write!(text, "{}{a}.{b}.{c}", char::from(letter))
        } else {
            write!(text, "{}", u16::from_be_bytes([letter, a]))
        };
        text.0
    }
}

/// A short text written on the stack; what does not fit is left out.
#[derive(Default)]
pub(crate) struct TextBuffer<const N: usize = 16>(pub ArrayVec<u8, N>);

impl<const N: usize> std::fmt::Write for TextBuffer<N> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let _ = self.0.try_extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// A record of list 0x1C: component identification; 32 octets behind the index.
fn component(record: &[u8]) -> Option<(u16, &[u8])> {
    let (index, rest) = record.split_first_chunk::<2>()?;
    Some((
        u16::from_be_bytes(*index),
        trim(rest.get(..32).unwrap_or(rest)),
    ))
}

/// A record of list 0x24 (mode transition): event, accumulator, transition, time.
struct Transition {
    event: u16,
    /// Upper half: mode before; lower half: mode now.
    modes: u8,
}

impl Transition {
    fn parse(record: &[u8]) -> Option<Self> {
        let mut o = Octets::new(record);
        let event = o.be16()?;
        o.skip(1)?;
        Some(Self {
            event,
            modes: o.u8()?,
        })
    }
}

/// Name of an operating mode, as the mode transition lists and diagnostics count them.
#[must_use]
pub(crate) fn mode(code: u8) -> &'static str {
    match code & 0x0f {
        0x1..=0x4 => "stop",
        0x5..=0x7 => "startup",
        0x8 => "run",
        0x9 => "run (redundant)",
        0xa => "hold",
        0xb => "link-up",
        0xc => "update",
        0xd => "defect",
        0xe => "self-test",
        0xf => "no power",
        _ => "unknown",
    }
}

/// A record of list 0x19 or 0x74: a light, whether it is on, how it blinks.
fn led(record: &[u8]) -> Option<(u16, u8, u8)> {
    let mut o = Octets::new(record);
    Some((o.be16()?, o.u8()?, o.u8()?))
}

/// Name of a light.
fn led_name(id: u16) -> &'static str {
    name_of(LEDS, id.to_le_bytes()[0])
}

static LEDS: &[(u8, &str)] = &[
    (0x01, "SF"),
    (0x02, "INTF"),
    (0x03, "EXTF"),
    (0x04, "RUN"),
    (0x05, "STOP"),
    (0x06, "FRCE"),
    (0x07, "CRST"),
    (0x08, "BAF"),
    (0x09, "USR"),
    (0x0a, "USR1"),
    (0x0b, "BUS1F"),
    (0x0c, "BUS2F"),
    (0x0d, "REDF"),
    (0x0e, "MSTR"),
    (0x0f, "RACK0"),
    (0x10, "RACK1"),
    (0x11, "RACK2"),
    (0x12, "IFM1F"),
    (0x13, "IFM2F"),
    (0x14, "BUS3F"),
    (0x15, "MAINT"),
    (0x16, "DC24V"),
];

/// The key switch's position (list 0x32, index 4).
fn key(code: u16) -> &'static str {
    match code {
        1 => "run",
        2 => "run-p",
        3 => "stop",
        4 => "mres",
        _ => "undefined",
    }
}

/// Whether text is worth telling: not empty, and printable enough to be a name.
fn told(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_graphic)
}

/// Tells the attributes that a list holds, one call each.
pub(crate) fn attributes(list: &List<'_>, side: Side, tell: &mut dyn FnMut(&Attribute<'_>)) {
    let mut one = |property, value: &[u8]| {
        if told(value) {
            tell(&Attribute::of(side, property, value));
        }
    };
    match list.number() {
        0x11 => list
            .records()
            .filter_map(Module::parse)
            .for_each(|m| match m.index {
                1 => {
                    one(Property::OrderNumber, m.order);
                    if siemens(m.order) {
                        one(Property::Vendor, b"Siemens");
                    }
                }
                6 => one(Property::Hardware, &m.version()),
                7 => one(Property::Firmware, &m.version()),
                _ => {}
            }),
        0x1c => list
            .records()
            .filter_map(component)
            .for_each(|(index, text)| match index {
                1 => one(Property::Name, text),
                2 => one(Property::Module, text),
                3 | 11 => one(Property::Location, text),
                5 => one(Property::Serial, text),
                7 => one(Property::Model, text),
                // The memory card, with its serial number.
                8 => one(Property::Module, text),
                _ => {}
            }),
        // The current and the last transition; the other extracts tell of earlier ones.
        0x24 if matches!(list.id, 0x0124 | 0x0424) => {
            if let Some(t) = list.records().next().and_then(Transition::parse) {
                one(Property::Mode, mode(t.modes).as_bytes());
            }
        }
        0x19 | 0x74 => {
            let on = |id: u16| {
                list.records()
                    .filter_map(led)
                    .any(|(led, on, _)| led & 0xff == id && on == 1)
            };
            match (on(4), on(5)) {
                (true, false) => one(Property::Mode, b"run"),
                (false, true) => one(Property::Mode, b"stop"),
                _ => {}
            }
        }
        _ => {}
    }
}

/// Whether an order number has the form of the manufacturer's.
#[must_use]
pub(crate) fn siemens(order: &[u8]) -> bool {
    [&b"6ES"[..], b"6GK", b"6AV", b"6AU", b"6FC", b"6SL", b"6DD"]
        .iter()
        .any(|prefix| order.starts_with(prefix))
}

/// Shows the records of a list, decoded where their layout is known.
pub(crate) fn show(list: &List<'_>, out: &mut dyn Visitor) {
    out.open_list();
    for record in list.records() {
        out.open_record();
        if show_record(list, record, out).is_none() {
            out.key("octets");
            out.octets(record);
        }
        out.close_record();
    }
    out.close_list();
}

fn show_record(list: &List<'_>, record: &[u8], out: &mut dyn Visitor) -> Option<()> {
    let number = |out: &mut dyn Visitor, key, value: u64| {
        out.key(key);
        out.unsigned(value);
    };
    let text = |out: &mut dyn Visitor, key, value: &[u8]| {
        out.key(key);
        out.text(value);
    };
    match list.number() {
        0x11 => {
            let module = Module::parse(record)?;
            number(out, "index", module.index.into());
            text(out, "order_number", module.order);
            text(out, "version", &module.version());
        }
        0x1c => {
            let (index, value) = component(record)?;
            number(out, "index", index.into());
            text(out, "text", value);
        }
        0x24 => {
            let transition = Transition::parse(record)?;
            number(out, "event", transition.event.into());
            text(out, "mode", mode(transition.modes).as_bytes());
            text(out, "before", mode(transition.modes >> 4).as_bytes());
        }
        0x19 | 0x74 => {
            let (id, on, blink) = led(record)?;
            text(out, "led", led_name(id).as_bytes());
            number(out, "on", on.into());
            number(out, "blink", blink.into());
        }
        0x32 if list.index == 4 => {
            let mut o = Octets::new(record);
            let (_, level, parameter, real) = (o.be16()?, o.be16()?, o.be16()?, o.be16()?);
            number(out, "key_level", level.into());
            number(out, "parameter_level", parameter.into());
            number(out, "protection_level", real.into());
            text(out, "key_switch", key(o.be16()?).as_bytes());
        }
        0xa0 => {
            let mut o = Octets::new(record);
            number(out, "event", o.be16()?.into());
            out.key("octets");
            out.octets(o.rest());
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_the_search() {
        assert!(LISTS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(LEDS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(name(0x0424), "modes");
        assert_eq!(led_name(0x0105), "STOP");
    }

    #[test]
    fn only_the_current_mode_is_told() {
        for (id, told) in [(0x0424_u16, true), (0x0524, false)] {
            let mut list = id.to_be_bytes().to_vec();
            list.extend([0, 0, 0, 20, 0, 1, 0x51, 0x44, 0xff, 0x84]);
            list.extend([0; 16]);
            let list = List::parse(&list).unwrap();
            let mut modes = Vec::new();
            attributes(&list, Side::Low, &mut |a| modes.push(a.value.to_vec()));
            assert_eq!(modes, if told { vec![b"stop".to_vec()] } else { vec![] });
        }
    }

    #[test]
    fn records_without_length_are_none() {
        let list = List::parse(&[0, 0x11, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3]).unwrap();
        assert_eq!(list.records().count(), 0);
    }
}
