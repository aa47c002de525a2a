//! Variables: how read and write address them, and their values.
//!
//! Used by fields, jobs and userdata. Views only; nothing is kept.
//!
//! Addresses in operations are *byte* addresses in the spaces `db`, `merker`, `input`,
//! `output`, `peripheral` ..., and *bit* addresses (byte times eight plus bit) in the spaces
//! with `-bit` behind the name, so that DB1.DBX4.3 is `db-bit 35` of area 1 and no bit is
//! taken for its byte. Counters and timers count from 0 by number.

use super::wire::name_of;
use crate::facts::Target;
use crate::wire::Octets;

/// How a variable is addressed (third octet of its specification).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax(pub u8);

impl Syntax {
    /// Area, data block, address, type, count.
    pub(crate) const ANY: Self = Self(0x10);
    /// Alarms that come and go.
    pub(crate) const ALARM: Self = Self(0x16);
    /// Notifications, which need no acknowledgment.
    pub(crate) const NOTIFY: Self = Self(0x1c);
    /// Tool, drive and axis data of a numerical control; 0x83 and 0x84 likewise.
    pub(crate) const NCK: Self = Self(0x82);
    /// Several byte ranges of data blocks.
    pub(crate) const DB_READ: Self = Self(0xb0);
    /// Symbolic access of S7-1200 and S7-1500.
    pub(crate) const SYMBOLIC: Self = Self(0xb2);

    /// The syntax in words.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        name_of(
            &[
                (0x10, "s7any"),
                (0x13, "pbc"),
                (0x15, "alarm lock"),
                (0x16, "alarm indication"),
                (0x19, "alarm acknowledgment"),
                (0x1a, "alarm query"),
                (0x1c, "notify indication"),
                (0x82, "nck"),
                (0x83, "nck metric"),
                (0x84, "nck inch"),
                (0xa2, "drive"),
                (0xb0, "db read"),
                (0xb2, "symbolic"),
            ],
            self.0,
        )
    }
}

/// Memory area of an S7ANY address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area(pub u8);

impl Area {
    /// Data blocks.
    pub(crate) const DB: Self = Self(0x84);

    /// The space of addresses, counted in bytes or numbers, and the one counted in bits.
    #[must_use]
    pub(crate) const fn spaces(self) -> (&'static str, &'static str) {
        match self.0 {
            0x01 => ("data-record", "data-record"),
            0x03 => ("system-info", "system-info-bit"),
            0x05 => ("system-flag", "system-flag-bit"),
            0x06 => ("analog-input", "analog-input-bit"),
            0x07 => ("analog-output", "analog-output-bit"),
            0x1c => ("counter", "counter"),
            0x1d => ("timer", "timer"),
            0x1e => ("iec-counter", "iec-counter"),
            0x1f => ("iec-timer", "iec-timer"),
            0x80 => ("peripheral", "peripheral-bit"),
            0x81 => ("input", "input-bit"),
            0x82 => ("output", "output-bit"),
            0x83 => ("merker", "merker-bit"),
            0x84 => ("db", "db-bit"),
            0x85 => ("instance-db", "instance-db-bit"),
            0x86 => ("local", "local-bit"),
            0x87 => ("v-memory", "v-memory-bit"),
            _ => ("unknown-area", "unknown-area-bit"),
        }
    }

    /// Whether addresses are numbers of counters or timers.
    const fn numbered(self) -> bool {
        matches!(self.0, 0x1c..=0x1f)
    }

    /// Whether the data block number of the address counts.
    const fn in_block(self) -> bool {
        matches!(self.0, 0x84 | 0x85)
    }
}

/// Type of the elements of an S7ANY address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transport(pub u8);

impl Transport {
    /// Single bits.
    pub(crate) const BIT: Self = Self(1);

    /// The type in words.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        name_of(
            &[
                (0x01, "bit"),
                (0x02, "byte"),
                (0x03, "char"),
                (0x04, "word"),
                (0x05, "int"),
                (0x06, "dword"),
                (0x07, "dint"),
                (0x08, "real"),
                (0x09, "date"),
                (0x0a, "tod"),
                (0x0b, "time"),
                (0x0c, "s5time"),
                (0x0f, "date_and_time"),
                (0x1c, "counter"),
                (0x1d, "timer"),
                (0x1e, "iec timer"),
                (0x1f, "iec counter"),
                (0x20, "hs counter"),
            ],
            self.0,
        )
    }

    /// Octets of one element; bits count one each on the wire.
    #[must_use]
    pub(crate) const fn size(self) -> u16 {
        match self.0 {
            0x04 | 0x05 | 0x09 | 0x0c | 0x1c | 0x1d => 2,
            0x06 | 0x07 | 0x08 | 0x0a | 0x0b => 4,
            0x0f => 8,
            _ => 1,
        }
    }
}

/// A variable specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spec<'a> {
    /// S7ANY.
    Any {
        /// Type of the elements.
        transport: Transport,
        /// Number of elements.
        count: u16,
        /// Data block, 0 outside of data blocks.
        db: u16,
        /// Memory area.
        area: Area,
        /// Bit address, or number of the counter or timer; 24 bits.
        address: u32,
    },
    /// Ranges of data blocks, five octets each: length, block, first byte.
    DbRead(&'a [u8]),
    /// Symbolic: area or block, and the path as it stands on the wire (check sum and local
    /// identifiers).
    Symbolic {
        /// First half of the root: 0x8a0e for data blocks, else 0.
        root: u16,
        /// Data block, or code of the area.
        place: u16,
        /// Check sum and local identifiers.
        path: &'a [u8],
    },
    /// Data of a numerical control.
    Nck {
        /// Area (upper three bits) and unit.
        area_unit: u8,
        /// Column.
        column: u16,
        /// First line.
        line: u16,
        /// Module.
        module: u8,
        /// Number of lines.
        lines: u8,
    },
    /// Any other syntax, with its octets.
    Other(Syntax, &'a [u8]),
}

impl<'a> Spec<'a> {
    /// Its syntax.
    #[must_use]
    pub(crate) const fn syntax(&self) -> Syntax {
        match self {
            Self::Any { .. } => Syntax::ANY,
            Self::DbRead(_) => Syntax::DB_READ,
            Self::Symbolic { .. } => Syntax::SYMBOLIC,
            Self::Nck { .. } => Syntax::NCK,
            Self::Other(syntax, _) => *syntax,
        }
    }

    /// Reads the octets behind type and length.
    fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let syntax = Syntax(o.u8()?);
        let rest = o.rest();
        Some(Self::known(syntax, &mut o).unwrap_or(Self::Other(syntax, rest)))
    }

    fn known(syntax: Syntax, o: &mut Octets<'a>) -> Option<Self> {
        Some(match syntax.0 {
            0x10 => Self::Any {
                transport: Transport(o.u8()?),
                count: o.be16()?,
                db: o.be16()?,
                area: Area(o.u8()?),
                address: o.be24()?,
            },
            0xb0 => {
                let count = usize::from(o.u8()?);
                Self::DbRead(o.take(count.checked_mul(DB_RANGE)?)?)
            }
            0xb2 => {
                o.skip(1)?;
                Self::Symbolic {
                    root: o.be16()?,
                    place: o.be16()?,
                    path: o.rest(),
                }
            }
            0x82..=0x84 => Self::Nck {
                area_unit: o.u8()?,
                column: o.be16()?,
                line: o.be16()?,
                module: o.u8()?,
                lines: o.u8()?,
            },
            _ => return None,
        })
    }

    /// What it addresses; for [`Spec::DbRead`] see [`db_ranges`].
    #[must_use]
    pub(crate) fn target(&self) -> Target<'a> {
        match *self {
            Self::Any {
                transport,
                count,
                db,
                area,
                address,
            } => any_target(transport, count, db, area, address),
            Self::DbRead(_) => Target {
                space: "db",
                ..Target::default()
            },
            Self::Symbolic { root, place, path } => Target {
                space: if root == 0x8a0e {
                    "db-symbol"
                } else {
                    "symbol"
                },
                area: Some(u32::from(place)),
                range: None,
                name: path,
            },
            Self::Nck {
                area_unit,
                line,
                module,
                lines,
                ..
            } => Target {
                space: "nck",
                area: Some(u32::from(area_unit) << 8 | u32::from(module)),
                range: Some((
                    line.into(),
                    u64::from(line) + u64::from(lines.saturating_sub(1)),
                )),
                name: &[],
            },
            Self::Other(syntax, octets) => Target {
                space: "unknown-syntax",
                area: Some(syntax.0.into()),
                range: None,
                name: octets,
            },
        }
    }
}

/// The target of an S7ANY address: see the head of this file for the units.
fn any_target(
    transport: Transport,
    count: u16,
    db: u16,
    area: Area,
    address: u32,
) -> Target<'static> {
    let (bytes, bits) = area.spaces();
    let elements = u64::from(count.max(1));
    let (space, first, length) = if area.numbered() {
        (bytes, u64::from(address), elements)
    } else if transport == Transport::BIT {
        (bits, u64::from(address), elements)
    } else {
        let size = u64::from(transport.size());
        (bytes, u64::from(address >> 3), elements * size)
    };
    Target {
        space,
        area: area.in_block().then_some(db.into()),
        range: Some((first, first + length - 1)),
        name: &[],
    }
}

/// Octets of one range of [`Spec::DbRead`].
pub(crate) const DB_RANGE: usize = 5;

/// The ranges of [`Spec::DbRead`]: block, first byte, length.
pub(crate) fn db_ranges(octets: &[u8]) -> impl Iterator<Item = (u16, u16, u8)> + '_ {
    octets.as_chunks::<DB_RANGE>().0.iter().map(|range| {
        let [length, db_high, db_low, high, low] = *range;
        (
            u16::from_be_bytes([db_high, db_low]),
            u16::from_be_bytes([high, low]),
            length,
        )
    })
}

/// The target of one range of [`Spec::DbRead`].
#[must_use]
pub(crate) fn db_target(db: u16, first: u16, length: u8) -> Target<'static> {
    let first = u64::from(first);
    Target {
        space: "db",
        area: Some(db.into()),
        range: Some((first, first + u64::from(length.saturating_sub(1)))),
        name: &[],
    }
}

/// Reads variable specifications one after the other: 0x12, length, that many octets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Specs<'a> {
    octets: Octets<'a>,
    left: u16,
}

impl<'a> Specs<'a> {
    /// So many specifications at the start of some octets.
    #[must_use]
    pub(crate) const fn counted(octets: &'a [u8], count: u16) -> Self {
        Self {
            octets: Octets::new(octets),
            left: count,
        }
    }

    /// The specifications of a read or write request, from its parameter part.
    #[must_use]
    pub(crate) fn new(parameter: &'a [u8]) -> Self {
        let mut octets = Octets::new(parameter);
        let _function = octets.u8();
        let left = octets.u8().unwrap_or_default().into();
        Self { octets, left }
    }

    /// Whether the octets hold what their count promises, and nothing else.
    #[must_use]
    pub(crate) fn sound(mut self) -> bool {
        while self.next().is_some() {}
        self.left == 0 && self.octets.is_empty()
    }
}

impl<'a> Iterator for Specs<'a> {
    type Item = Spec<'a>;

    fn next(&mut self) -> Option<Spec<'a>> {
        let left = self.left.checked_sub(1)?;
        let _type = self.octets.u8()?;
        let length = usize::from(self.octets.u8()?);
        let spec = Spec::read(self.octets.take(length)?)?;
        // Specifications of odd length are filled up, but for the last one.
        if length % 2 == 1 && left > 0 {
            self.octets.skip(1)?;
        }
        self.left = left;
        Some(spec)
    }
}

/// One item of a data part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Datum<'a> {
    /// Return code; 0 in requests.
    pub(crate) code: u8,
    /// Type of the data (not the codes of [`Transport`]).
    pub(crate) transport: u8,
    /// The octets.
    pub(crate) octets: &'a [u8],
}

/// Return code of an item that went well.
pub(crate) const SUCCESS: u8 = 0xff;

/// Name of a type of data.
#[must_use]
pub(crate) fn data_transport(code: u8) -> &'static str {
    name_of(
        &[
            (0x00, "null"),
            (0x03, "bit"),
            (0x04, "byte/word/dword"),
            (0x05, "integer"),
            (0x06, "dinteger"),
            (0x07, "real"),
            (0x09, "octet string"),
            (0x11, "nck address 1"),
            (0x12, "nck address 2"),
        ],
        code,
    )
}

/// Reads data items one after the other: code, type, length, octets, filled up to even length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Data<'a> {
    octets: Octets<'a>,
}

impl<'a> Data<'a> {
    /// The items of a data part.
    #[must_use]
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self {
            octets: Octets::new(data),
        }
    }

    /// What follows the items that were read.
    #[must_use]
    pub(crate) const fn behind(self) -> Octets<'a> {
        self.octets
    }

    /// Whether `count` items fill the octets.
    #[must_use]
    pub(crate) fn sound(mut self, count: usize) -> bool {
        self.by_ref().take(count).count() == count && self.octets.is_empty()
    }
}

impl<'a> Iterator for Data<'a> {
    type Item = Datum<'a>;

    fn next(&mut self) -> Option<Datum<'a>> {
        let code = self.octets.u8()?;
        let transport = self.octets.u8()?;
        let length = usize::from(self.octets.be16()?);
        // Bits, words and integers count bits; the other types count octets.
        // An item without data has no octets, whatever some controllers put for its length.
        let length = match transport {
            0x00 => 0,
            0x03..=0x05 => length.div_ceil(8),
            _ => length,
        };
        let octets = self.octets.take(length)?;
        if length % 2 == 1 {
            let _ = self.octets.u8();
        }
        Some(Datum {
            code,
            transport,
            octets,
        })
    }
}
