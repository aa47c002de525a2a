//! What the functions of userdata carry: variable tables, cyclic lists, clocks.
//!
//! Used by fields and by the operations of userdata. Views only.

use super::items::{self, Area, Specs};
use super::szl::TextBuffer;
use super::wire::{Userdata, group, name_of};
use crate::facts::{Target, Values};
use crate::wire::Octets;
use std::fmt::Write as _;

/// Name of a function within its group.
#[must_use]
pub(crate) fn subfunction_name(group: u8, subfunction: u8) -> &'static str {
    let table: &[(u8, &'static str)] = match group {
        group::MODE => &[
            (0x00, "stop"),
            (0x01, "warm restart"),
            (0x02, "run"),
            (0x03, "hot restart"),
            (0x04, "hold"),
            (0x06, "cold restart"),
            (0x09, "run (redundant)"),
            (0x0b, "link-up"),
            (0x0c, "update"),
        ],
        group::PROGRAMMER => &[
            (0x01, "block status"),
            (0x02, "variable status"),
            (0x03, "output istack"),
            (0x04, "output bstack"),
            (0x05, "output lstack"),
            (0x06, "time measurement"),
            (0x07, "force selection"),
            (0x08, "modify variable"),
            (0x09, "force"),
            (0x0a, "breakpoint"),
            (0x0b, "exit hold"),
            (0x0c, "memory reset"),
            (0x0d, "disable job"),
            (0x0e, "enable job"),
            (0x0f, "delete job"),
            (0x10, "read job list"),
            (0x11, "read job"),
            (0x12, "replace job"),
            (0x13, "block status v2"),
            (0x16, "flash led"),
        ],
        group::CYCLIC => &[
            (0x01, "cyclic transfer"),
            (0x04, "unsubscribe"),
            (0x05, "change driven transfer"),
            (0x07, "modify change driven transfer"),
            (0x08, "read data record"),
        ],
        group::BLOCK => &[
            (0x01, "list blocks"),
            (0x02, "list blocks of type"),
            (0x03, "block info"),
        ],
        group::CPU => &[
            (0x01, "read szl"),
            (0x02, "message service"),
            (0x03, "diagnostic message"),
            (0x05, "alarm_8 indication"),
            (0x06, "notify indication"),
            (0x07, "alarm_8 lock"),
            (0x08, "alarm_8 unlock"),
            (0x09, "scan indication"),
            (0x0b, "alarm acknowledgment"),
            (0x0c, "alarm acknowledgment indication"),
            (0x0d, "alarm lock indication"),
            (0x0e, "alarm unlock indication"),
            (0x11, "alarm_sq indication"),
            (0x12, "alarm_s indication"),
            (0x13, "alarm query"),
            (0x16, "notify_8 indication"),
        ],
        group::SECURITY => &[(0x01, "plc password"), (0x02, "end session")],
        group::PBC => &[(0x01, "bsend"), (0x02, "brecv")],
        group::TIME => &[
            (0x01, "read clock"),
            (0x02, "set clock"),
            (0x03, "read clock (following)"),
            (0x04, "set clock (following)"),
        ],
        group::NC => &[
            (0x01, "request download"),
            (0x02, "download block"),
            (0x03, "continue download"),
            (0x04, "download ended"),
            (0x06, "start upload"),
            (0x07, "upload"),
            (0x08, "continue upload"),
        ],
        _ => &[],
    };
    name_of(table, subfunction)
}

impl Userdata<'_> {
    /// The function in words.
    #[must_use]
    pub(crate) fn name(&self) -> &'static str {
        subfunction_name(self.group, self.subfunction)
    }

    /// Whether the function reads a system status list.
    #[must_use]
    pub(crate) const fn is_szl(&self) -> bool {
        self.group == group::CPU && self.subfunction == 1
    }
}

/// A moment in the controller's clock: ten octets, the last eight in BCD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock([u8; 8]);

impl Clock {
    /// Reads the payload of a time function.
    #[must_use]
    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        Self::read(payload.get(2..)?)
    }

    /// Reads the eight octets in BCD.
    #[must_use]
    pub(crate) fn read(octets: &[u8]) -> Option<Self> {
        let (bcd, []) = octets.split_first_chunk::<8>()? else {
            return None;
        };
        let digits = bcd.iter().flat_map(|o| [o >> 4, o & 0x0f]);
        // The last half octet is the weekday; all others are decimal digits.
        digits.take(15).all(|d| d < 10).then_some(Self(*bcd))
    }

    /// `2016-02-08T14:51:37.916`. The two digits of the year are of 1990 to 2089.
    #[must_use]
    pub(crate) fn text(self) -> TextBuffer<24> {
        let mut text = TextBuffer::default();
        let [year, month, day, hour, minute, second, high, low] = self.0;
        let century = if year >= 0x90 { 19 } else { 20 };
        let _ = write!(
            text,
            "{century}{year:02x}-{month:02x}-{day:02x}T{hour:02x}:{minute:02x}:{second:02x}.\
             {high:02x}{:x}",
            low >> 4
        );
        text
    }
}

/// An entry of a variable table (programmer commands: variable status, modify, force): area
/// and width, repetition or bit, data block, byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableItem {
    /// Upper half the area, lower half the width.
    pub(crate) code: u8,
    /// How often the width repeats; the bit where the width is one.
    pub(crate) repeat: u8,
    /// Data block.
    pub(crate) db: u16,
    /// First byte, or number of the counter or timer.
    pub(crate) first: u16,
}

impl TableItem {
    /// What it addresses.
    #[must_use]
    pub(crate) fn target(&self) -> Target<'static> {
        let (area, width) = (self.code >> 4, self.code & 0x0f);
        let spaces = match area {
            0 => Area(0x83).spaces(),
            1 => Area(0x81).spaces(),
            2 => Area(0x82).spaces(),
            3 => Area(0x80).spaces(),
            5 => Area(0x1d).spaces(),
            6 => Area(0x1c).spaces(),
            7 => Area::DB.spaces(),
            _ => Area(0xff).spaces(),
        };
        let first = u64::from(self.first);
        let repeat = u64::from(self.repeat.max(1));
        let (space, first, length) = match (area, width) {
            (5 | 6, _) => (spaces.0, first, repeat),
            (_, 0) => (spaces.1, first * 8 + u64::from(self.repeat & 7), 1),
            (_, 3) => (spaces.0, first, repeat * 4),
            _ => (spaces.0, first, repeat * u64::from(width)),
        };
        Target {
            space,
            area: (area == 7).then_some(self.db.into()),
            range: Some((first, first + length - 1)),
            name: &[],
        }
    }
}

/// The entries of a variable table request, and the values that follow them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a> {
    octets: Octets<'a>,
    left: u16,
}

impl<'a> Table<'a> {
    /// Reads the payload of a request: sizes of parameter and data, then these.
    #[must_use]
    pub(crate) fn parse(payload: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(payload);
        let parameter = usize::from(o.be16()?);
        o.skip(2 + parameter)?;
        let left = o.be16()?;
        Some(Self { octets: o, left })
    }

    /// The values behind the entries, as items of return code 0.
    #[must_use]
    pub(crate) fn values(mut self) -> items::Data<'a> {
        while self.next().is_some() {}
        items::Data::new(self.octets.rest())
    }
}

impl Iterator for Table<'_> {
    type Item = TableItem;

    fn next(&mut self) -> Option<TableItem> {
        let left = self.left.checked_sub(1)?;
        let mut o = self.octets;
        let item = TableItem {
            code: o.u8()?,
            repeat: o.u8()?,
            db: o.be16()?,
            first: o.be16()?,
        };
        self.octets = o;
        self.left = left;
        Some(item)
    }
}

/// The items of a cyclic request: number, time base, factor, specifications.
#[must_use]
pub(crate) fn cyclic_specs(payload: &[u8]) -> Specs<'_> {
    let mut o = Octets::new(payload);
    let count = o.be16().unwrap_or_default();
    let _time_base_and_factor = o.be16();
    Specs::counted(o.rest(), count)
}

/// Values of the items of a cyclic answer: number, then data items.
#[must_use]
pub(crate) fn cyclic_data(payload: &[u8]) -> items::Data<'_> {
    items::Data::new(payload.get(2..).unwrap_or_default())
}

/// The parts of a data item that answers a [`items::Spec::DbRead`]: a return code and the octets of
/// each range.
pub(crate) fn db_parts<'a>(
    ranges: &'a [u8],
    octets: &'a [u8],
) -> impl Iterator<Item = (Target<'static>, Option<u8>, Values<'a>)> {
    let mut o = Octets::new(octets);
    items::db_ranges(ranges).map(move |(db, first, length)| {
        let target = items::db_target(db, first, length);
        let code = o.u8();
        let values = match code {
            Some(items::SUCCESS) => o.take(length.into()).map_or(Values::None, Values::Octets),
            _ => Values::None,
        };
        (target, code, values)
    })
}
