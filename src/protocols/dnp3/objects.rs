//! The object library (IEEE Std 1815-2012, annex A): sizes, forms and values of points by group
//! and variation, and what a group's points are called.
//!
//! Called by `wire` for sizes, by the fields and the items of operations for values. No state,
//! no allocation, no panic.

use super::commands::Crob;
use super::headers::Point;
use crate::facts::Scalar;
use crate::wire::Octets;

/// How the octets of an object's points are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// No octets.
    Nothing,
    /// So many octets each.
    Fixed(u8),
    /// So many bits each, from the least significant bit of the first octet on.
    Packed(u8),
    /// A data type, a length and as many octets (group 0, A.1).
    Attribute,
    /// As many octets as the size before each says.
    Sized,
}

/// What the value of a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// None: a flag or a time alone.
    None,
    /// The state bit 7 of the flags.
    Bit,
    /// The state bits 6 and 7 of the flags.
    DoubleBit,
    Unsigned(u8),
    Signed(u8),
    Float,
    Double,
    /// Binary-coded decimal in so many octets.
    Bcd(u8),
    /// A control relay output block or pattern control block.
    Crob,
    /// Octets without a type.
    Octets(u8),
}

/// What tells the time of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    None,
    /// Milliseconds since 1970 in six octets.
    Absolute,
    /// Milliseconds since the common time of occurrence before it, in two octets.
    Relative,
}

/// The parts of a point, in the order of the wire: flags, value, status, time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    flags: bool,
    kind: Kind,
    status: bool,
    clock: Clock,
}

impl Form {
    const fn plain(kind: Kind) -> Self {
        Self {
            flags: false,
            kind,
            status: false,
            clock: Clock::None,
        }
    }

    const fn flagged(kind: Kind) -> Self {
        Self {
            flags: true,
            kind,
            status: false,
            clock: Clock::None,
        }
    }

    const fn at(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    const fn answered(self) -> Self {
        Self {
            status: true,
            ..self
        }
    }

    const fn size(self) -> u8 {
        let kind = match self.kind {
            Kind::None | Kind::Bit | Kind::DoubleBit => 0,
            Kind::Unsigned(n) | Kind::Signed(n) | Kind::Bcd(n) | Kind::Octets(n) => n,
            Kind::Float => 4,
            Kind::Double => 8,
            Kind::Crob => 10,
        };
        let clock = match self.clock {
            Clock::None => 0,
            Clock::Absolute => 6,
            Clock::Relative => 2,
        };
        self.flags as u8 + kind + self.status as u8 + clock
    }
}

/// The form of a point that has flags, a value or a time; `None` for packed points, objects
/// that state their size, and what the standard does not define.
const fn form(group: u8, variation: u8) -> Option<Form> {
    use Clock::{Absolute, Relative};
    use Kind::{Bcd, Bit, Crob, DoubleBit, None as Nothing, Octets, Unsigned};
    Some(match (group, variation) {
        (1 | 10, 2) | (2 | 11 | 13, 1) => Form::flagged(Bit),
        (2 | 11 | 13, 2) => Form::flagged(Bit).at(Absolute),
        (2, 3) => Form::flagged(Bit).at(Relative),
        (3, 2) | (4, 1) => Form::flagged(DoubleBit),
        (4, 2) => Form::flagged(DoubleBit).at(Absolute),
        (4, 3) => Form::flagged(DoubleBit).at(Relative),
        (12, 1 | 2) => Form::plain(Crob).answered(),
        (20, 1..=8) | (21, 1..=12) | (22 | 23, 1..=8) => return counter(group, variation),
        (30..=33, 1..=8) => return analog(group, variation),
        (34, 1) => Form::plain(Unsigned(2)),
        (34, 2) => Form::plain(Unsigned(4)),
        (34, 3) => Form::plain(Kind::Float),
        (40, 1..=4) => Form::flagged(output(variation)),
        (41, 1..=4) => Form::plain(output(variation)).answered(),
        (42 | 43, 1..=8) => return output_event(variation),
        (50, 1 | 3) | (51, 1 | 2) => Form::plain(Nothing).at(Absolute),
        (50, 2) => Form::plain(Octets(10)),
        (50, 4) => Form::plain(Octets(11)),
        (52, 1 | 2) => Form::plain(Unsigned(2)),
        (81, 1) => Form::plain(Octets(3)),
        (86, 2) | (102, 1) => Form::plain(Unsigned(1)),
        (101, 1) => Form::plain(Bcd(2)),
        (101, 2) => Form::plain(Bcd(4)),
        (101, 3) => Form::plain(Bcd(8)),
        (110..=113, 1..) => Form::plain(Octets(variation)),
        (120, 3) => Form::plain(Octets(6)),
        (120, 4) => Form::plain(Unsigned(2)),
        (121, 1) => Form::flagged(Octets(6)),
        (122, 1) => Form::flagged(Octets(6)),
        (122, 2) => Form::flagged(Octets(6)).at(Absolute),
        _ => return None,
    })
}

/// Counters, frozen counters and their events (A.10 to A.13).
const fn counter(group: u8, variation: u8) -> Option<Form> {
    let kind = Kind::Unsigned(if variation % 2 == 1 { 4 } else { 2 });
    Some(match (group, variation) {
        (20, 5..=8) | (21, 9..=12) => Form::plain(kind),
        (21..=23, 5..=8) => Form::flagged(kind).at(Clock::Absolute),
        _ => Form::flagged(kind),
    })
}

/// Analog inputs, frozen analog inputs and their events (A.14 to A.17).
const fn analog(group: u8, variation: u8) -> Option<Form> {
    let whole = if variation % 2 == 1 {
        Kind::Signed(4)
    } else {
        Kind::Signed(2)
    };
    let real = if variation % 2 == 1 {
        Kind::Float
    } else {
        Kind::Double
    };
    Some(match (group, variation) {
        (_, 1 | 2) => Form::flagged(whole),
        (30, 3 | 4) | (31, 5 | 6) => Form::plain(whole),
        (30, 5 | 6) | (31, 7 | 8) => Form::flagged(real),
        (31..=33, 3 | 4) => Form::flagged(whole).at(Clock::Absolute),
        (32 | 33, 5 | 6) => Form::flagged(real),
        (32 | 33, 7 | 8) => Form::flagged(real).at(Clock::Absolute),
        _ => return None,
    })
}

/// The value of an analog output, by variation 1 to 4 (A.19, A.20).
const fn output(variation: u8) -> Kind {
    match variation {
        1 => Kind::Signed(4),
        2 => Kind::Signed(2),
        3 => Kind::Float,
        _ => Kind::Double,
    }
}

/// Analog output events and command events; the latter's status stands where the former's
/// flags do (A.21, A.22).
const fn output_event(variation: u8) -> Option<Form> {
    Some(match variation {
        1 | 2 => Form::flagged(output(variation)),
        3 | 4 => Form::flagged(output(variation - 2)).at(Clock::Absolute),
        5 | 6 => Form::flagged(output(variation - 2)),
        _ => Form::flagged(output(variation - 4)).at(Clock::Absolute),
    })
}

/// How to read points of one form that are a number or a state each: what nearly all points of a
/// poll are, and they come by the hundred.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(Form);

/// How to read the points of a group and variation as numbers; `None` where some may not be one.
pub(super) const fn number(group: u8, variation: u8) -> Option<Number> {
    match form(group, variation) {
        Some(form) => match form.kind {
            Kind::Bit
            | Kind::DoubleBit
            | Kind::Unsigned(_)
            | Kind::Signed(_)
            | Kind::Float
            | Kind::Double => Some(Number(form)),
            Kind::None | Kind::Bcd(_) | Kind::Crob | Kind::Octets(_) => None,
        },
        None => None,
    }
}

impl Number {
    /// Octets of one point.
    pub(super) fn size(self) -> usize {
        self.0.size().into()
    }

    /// The number in the octets of a point.
    #[inline]
    pub(super) fn read(self, octets: &[u8]) -> Option<Scalar> {
        let mut octets = Octets::new(octets);
        let flags = if self.0.flags { octets.u8()? } else { 0 };
        match value(self.0.kind, flags, &mut octets)? {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }
}

/// The number in the octets of a point of this group (upper octet) and variation.
pub(super) fn scalar(form: u16, octets: &[u8]) -> Option<Scalar> {
    let [group, variation] = form.to_be_bytes();
    number(group, variation)?.read(octets)
}

/// How the points of a group and variation are laid out; `None` where the standard does not
/// define it.
pub(super) const fn layout(group: u8, variation: u8) -> Option<Layout> {
    match (group, variation) {
        (0, 1..) => Some(Layout::Attribute),
        (1 | 10 | 80, 1) | (12, 3) => Some(Layout::Packed(1)),
        (3, 1) => Some(Layout::Packed(2)),
        (60, 1..=4) => Some(Layout::Nothing),
        (70, 1..=8) | (82..=83 | 85..=88 | 90 | 91, _) | (114 | 115, _) | (120, _) => {
            match form(group, variation) {
                Some(form) => Some(Layout::Fixed(form.size())),
                None => Some(Layout::Sized),
            }
        }
        _ => match form(group, variation) {
            Some(form) => Some(Layout::Fixed(form.size())),
            None => None,
        },
    }
}

/// Whether the standard defines the group.
pub(super) const fn known(group: u8) -> bool {
    !space(group).is_empty()
}

/// What a group's points are called in operations: static values, events and commands of one
/// kind of point share a name. Empty for groups that the standard does not define.
pub(super) const fn space(group: u8) -> &'static str {
    match group {
        0 => "device-attribute",
        1 | 2 => "binary-input",
        3 | 4 => "double-bit-input",
        10..=13 => "binary-output",
        20 | 22 => "counter",
        21 | 23 => "frozen-counter",
        30 | 32 => "analog-input",
        31 | 33 => "frozen-analog-input",
        34 => "analog-input-deadband",
        40..=43 => "analog-output",
        50 | 51 => "time",
        52 => "time-delay",
        60 => "class",
        70 => "file",
        80 => "internal-indication",
        81 => "storage",
        82 => "device-profile",
        83 => "private-registration",
        85..=88 => "data-set",
        90 => "application",
        91 => "operation-status",
        101 => "bcd",
        102 => "unsigned-integer",
        110 | 111 => "octet-string",
        112 | 113 => "virtual-terminal",
        114 | 115 => "extended-octet-string",
        120 => "authentication",
        121 | 122 => "security-statistic",
        _ => "",
    }
}

/// The group that stands for all groups of one kind of point: the static one.
pub(super) const fn family(group: u8) -> u8 {
    match group {
        2 => 1,
        4 => 3,
        11..=13 => 10,
        22 => 20,
        23 => 21,
        32 => 30,
        33 => 31,
        41..=43 => 40,
        111 => 110,
        113 => 112,
        115 => 114,
        122 => 121,
        other => other,
    }
}

/// What one point says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading<'a> {
    /// Its value.
    pub(super) value: Value<'a>,
    /// Quality flags, without the state bits of binary points.
    pub(super) flags: Option<u8>,
    /// Status of a command, 0 for success.
    pub(super) status: Option<u8>,
    /// Milliseconds since 1970-01-01T00:00Z.
    pub(super) time: Option<u64>,
    /// Milliseconds since the common time of occurrence.
    pub(super) delay: Option<u16>,
}

/// The value of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// None travels.
    None,
    /// A number or a state.
    Scalar(Scalar),
    /// A command to a relay.
    Crob(Crob),
    /// Octets without a type.
    Octets(&'a [u8]),
    /// Text.
    Text(&'a [u8]),
}

/// Reads a point; `None` where its octets do not have the form of its group and variation.
pub(super) fn reading<'a>(group: u8, variation: u8, point: &Point<'a>) -> Option<Reading<'a>> {
    let plain = |value| Reading {
        value,
        flags: None,
        status: None,
        time: None,
        delay: None,
    };
    if let Some(bits) = point.packed {
        return Some(plain(Value::Scalar(if group == 3 {
            Scalar::Name(double_bit(bits))
        } else {
            Scalar::Bit(bits == 1)
        })));
    }
    if point.octets.is_empty() {
        return Some(plain(Value::None));
    }
    if group == 0 {
        return attribute(point.octets).map(plain);
    }
    let form = form(group, variation).filter(|form| usize::from(form.size()) == point.octets.len());
    let Some(form) = form else {
        return Some(plain(Value::Octets(point.octets)));
    };
    let mut reading = read(form, point.octets)?;
    if matches!(group, 13 | 43) {
        reading.status = reading.flags.take().map(|flags| flags & 0x7f);
    }
    Some(reading)
}

fn read(form: Form, octets: &[u8]) -> Option<Reading<'_>> {
    let mut octets = Octets::new(octets);
    let flags = if form.flags { Some(octets.u8()?) } else { None };
    let value = value(form.kind, flags.unwrap_or_default(), &mut octets)?;
    let status = if form.status {
        Some(octets.u8()? & 0x7f)
    } else {
        None
    };
    let (time, delay) = match form.clock {
        Clock::None => (None, None),
        Clock::Absolute => (Some(octets.le48()?), None),
        Clock::Relative => (None, Some(octets.le16()?)),
    };
    let state = match form.kind {
        Kind::Bit => 0x80,
        Kind::DoubleBit => 0xc0,
        _ => 0,
    };
    let flags = flags.map(|flags| flags & !state);
    Some(Reading {
        value,
        flags,
        status,
        time,
        delay,
    })
}

#[inline]
fn value<'a>(kind: Kind, flags: u8, octets: &mut Octets<'a>) -> Option<Value<'a>> {
    Some(Value::Scalar(match kind {
        Kind::None => return Some(Value::None),
        Kind::Bit => Scalar::Bit(flags & 0x80 != 0),
        Kind::DoubleBit => Scalar::Name(double_bit(flags >> 6)),
        Kind::Unsigned(size) => Scalar::Unsigned(unsigned(octets.take(size.into())?)),
        Kind::Signed(size) => Scalar::Signed(signed(octets.take(size.into())?)),
        Kind::Float => Scalar::Float(f64::from(f32::from_le_bytes(octets.array()?))),
        Kind::Double => Scalar::Float(f64::from_le_bytes(octets.array()?)),
        Kind::Bcd(size) => Scalar::Unsigned(bcd(octets.take(size.into())?)?),
        Kind::Octets(size) => return octets.take(size.into()).map(Value::Octets),
        Kind::Crob => {
            return Some(Value::Crob(Crob {
                code: octets.u8()?,
                count: octets.u8()?,
                on: octets.le32()?,
                off: octets.le32()?,
            }));
        }
    }))
}

/// The state of a double-bit input (A.4): 0 intermediate, 1 off, 2 on, 3 indeterminate.
const fn double_bit(bits: u8) -> &'static str {
    match bits & 3 {
        0 => "intermediate",
        1 => "off",
        2 => "on",
        _ => "indeterminate",
    }
}

/// An unsigned number of up to eight octets, low octet first.
#[inline]
pub(super) fn unsigned(octets: &[u8]) -> u64 {
    match *octets {
        [a, b] => u16::from_le_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
        _ => octets.iter().rev().fold(0, |number: u64, &octet| {
            number.wrapping_shl(8) | u64::from(octet)
        }),
    }
}

/// A signed number of up to eight octets, low octet first.
#[inline]
pub(super) fn signed(octets: &[u8]) -> i64 {
    let unused = octets.len().min(8).saturating_mul(8).abs_diff(64);
    let unused = u32::try_from(unused).unwrap_or_default();
    unsigned(octets)
        .checked_shl(unused)
        .and_then(|number| number.cast_signed().checked_shr(unused))
        .unwrap_or_default()
}

/// Binary-coded decimal digits, two an octet, low octet first.
fn bcd(octets: &[u8]) -> Option<u64> {
    octets.iter().rev().try_fold(0u64, |number, &octet| {
        let (high, low) = (octet >> 4, octet & 0x0f);
        let two = u64::from(high)
            .checked_mul(10)?
            .checked_add(u64::from(low))?;
        if high > 9 || low > 9 {
            return None;
        }
        number.checked_mul(100)?.checked_add(two)
    })
}

/// The value of a device attribute: a data type, a length, the value (A.1).
fn attribute(octets: &[u8]) -> Option<Value<'_>> {
    let [kind, _] = *octets.first_chunk::<2>()?;
    let value = octets.get(2..)?;
    Some(match (kind, value.len()) {
        (1, _) => Value::Text(value),
        (2, 1..=8) | (7, 6) => Value::Scalar(Scalar::Unsigned(unsigned(value))),
        (3, 1..=8) => Value::Scalar(Scalar::Signed(signed(value))),
        (4, 4) => Value::Scalar(Scalar::Float(f64::from(f32::from_le_bytes(
            *value.first_chunk()?,
        )))),
        (4, 8) => Value::Scalar(Scalar::Float(f64::from_le_bytes(*value.first_chunk()?))),
        _ => Value::Octets(value),
    })
}
