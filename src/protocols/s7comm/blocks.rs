//! Blocks: their types, file names, parts, and what block functions tell of them.
//!
//! Used by fields, jobs and userdata. Views only.

use super::wire::name_of;
use crate::wire::Octets;
use arrayvec::ArrayVec;

/// Type of a block, as its two hexadecimal digits on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockType(pub u8);

impl BlockType {
    /// Organization block: what the operating system calls.
    pub(crate) const OB: Self = Self(0x08);
    /// System data block: the hardware configuration.
    pub(crate) const SDB: Self = Self(0x0b);

    /// The type as engineers write it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        name_of(
            &[
                (0x08, "OB"),
                (0x09, "CMOD"),
                (0x0a, "DB"),
                (0x0b, "SDB"),
                (0x0c, "FC"),
                (0x0d, "SFC"),
                (0x0e, "FB"),
                (0x0f, "SFB"),
            ],
            self.0,
        )
    }

    /// Reads the two digits.
    #[must_use]
    pub(crate) fn from_digits(digits: [u8; 2]) -> Option<Self> {
        let text = std::str::from_utf8(&digits).ok()?;
        u8::from_str_radix(text, 16).ok().map(Self)
    }
}

/// A block as it is named in file names: `_0A00001P`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its type.
    pub(crate) kind: BlockType,
    /// Its number.
    pub(crate) number: u32,
    /// File system: `P` passive (copied, not linked), `A` active (linked), `B` both.
    pub(crate) filesystem: u8,
}

/// Longest name of a block: type and five digits.
pub(crate) type BlockName = ArrayVec<u8, 12>;

impl Block {
    /// Reads two digits of type, five of number, one letter.
    #[must_use]
    pub(crate) fn parse(name: &[u8]) -> Option<Self> {
        let name = name
            .strip_prefix(b"_")
            .or(name.strip_prefix(b"$"))
            .unwrap_or(name);
        let (kind, rest) = name.split_first_chunk::<2>()?;
        let (number, rest) = rest.split_first_chunk::<5>()?;
        let filesystem = match rest {
            [] => 0,
            [letter] => *letter,
            _ => return None,
        };
        Some(Self {
            kind: BlockType::from_digits(*kind)?,
            number: decimal(number)?,
            filesystem,
        })
    }

    /// A block of this type and number, in no file system.
    #[must_use]
    pub(crate) fn of(kind: BlockType, number: u16) -> Self {
        Self {
            kind,
            number: number.into(),
            filesystem: 0,
        }
    }

    /// The block as engineers write it: `OB1`, `DB10`.
    #[must_use]
    pub(crate) fn name(&self) -> BlockName {
        let mut name = BlockName::new();
        let _ = name.try_extend_from_slice(self.kind.name().as_bytes());
        let mut divisor = 10_000;
        while divisor > 1 && self.number < divisor {
            divisor /= 10;
        }
        while divisor > 0 {
            let digit = self.number / divisor % 10;
            let _ = name.try_push(b'0' + u8::try_from(digit).unwrap_or_default());
            divisor /= 10;
        }
        name
    }

    /// The file system in words.
    #[must_use]
    pub(crate) const fn filesystem(&self) -> &'static str {
        match self.filesystem {
            b'P' => "passive",
            b'A' => "active",
            b'B' => "both",
            _ => "unknown",
        }
    }
}

/// Reads decimal digits.
fn decimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| {
        let digit = digit.checked_sub(b'0').filter(|d| *d < 10)?;
        sum.checked_mul(10)?.checked_add(digit.into())
    })
}

/// The parameter of a job or answer of block upload and download.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transfer<'a> {
    /// Status: bit 0 more data follows, bit 1 an error.
    pub(crate) status: u8,
    /// Number that ties the jobs of one upload together.
    pub(crate) upload: Option<u32>,
    /// File name: a block's or any other.
    pub(crate) file: Option<&'a [u8]>,
    /// Octets the block needs in load memory (request download).
    pub(crate) load_length: Option<u32>,
    /// Octets of its code (request download), or of the block (answer to start upload).
    pub(crate) length: Option<u32>,
}

impl<'a> Transfer<'a> {
    /// Reads a job: function, status, error, upload number, file name, lengths.
    #[must_use]
    pub(crate) fn job(parameter: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(parameter);
        o.skip(1)?;
        let status = o.u8()?;
        o.skip(2)?;
        let mut transfer = Self {
            status,
            upload: Some(o.be32()?),
            ..Self::default()
        };
        if let Some(length) = o.u8() {
            transfer.file = Some(o.take(length.into())?);
        }
        if let Some(length) = o.u8() {
            // The digit 1, six digits of load memory, six of code.
            let mut lengths = Octets::new(o.take(length.into())?);
            lengths.skip(1)?;
            transfer.load_length = lengths.take(6).and_then(decimal);
            transfer.length = lengths.take(6).and_then(decimal);
        }
        Some(transfer)
    }

    /// Reads the answer to start upload: upload number and the block's length as digits.
    #[must_use]
    pub(crate) fn start_upload_answer(parameter: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(parameter);
        o.skip(1)?;
        let status = o.u8()?;
        o.skip(2)?;
        let upload = Some(o.be32()?);
        let length = o.u8().and_then(|n| o.take(n.into())).and_then(decimal);
        Some(Self {
            status,
            upload,
            length,
            ..Self::default()
        })
    }
}

/// The octets of a block in the data part of an answer: length, 00 FB, octets.
#[must_use]
pub(crate) fn part(data: &[u8]) -> Option<&[u8]> {
    let mut o = Octets::new(data);
    let length = usize::from(o.be16()?);
    o.skip(2)?;
    o.take(length)
}

/// Names the block that block functions of userdata speak of: eight or seven octets behind
/// the return code.
#[must_use]
pub(crate) fn asked(payload: &[u8]) -> Option<Block> {
    Block::parse(payload)
}

/// What a block info answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Info<'a> {
    /// Language the block is written in.
    pub(crate) language: u8,
    /// Type within the block's own header.
    pub(crate) kind: u8,
    /// Number.
    pub(crate) number: u16,
    /// Octets in load memory.
    pub(crate) load_length: u32,
    /// 0 none, 3 know-how protected.
    pub(crate) security: u32,
    /// When the code was changed.
    pub(crate) code_changed: Date,
    /// When the interface was changed.
    pub(crate) interface_changed: Date,
    /// Octets of code.
    pub(crate) code_length: u16,
    /// Author.
    pub(crate) author: &'a [u8],
    /// Family.
    pub(crate) family: &'a [u8],
    /// Name.
    pub(crate) name: &'a [u8],
    /// Version: upper and lower half of one octet.
    pub(crate) version: u8,
    /// Check sum.
    pub(crate) checksum: u16,
}

impl<'a> Info<'a> {
    /// Reads the payload of an answer to block info.
    #[must_use]
    pub(crate) fn parse(payload: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(payload);
        // Two octets unknown, length, two unknown, 70 70, version and flags.
        o.skip(10)?;
        let language = o.u8()?;
        let kind = o.u8()?;
        let number = o.be16()?;
        let load_length = o.be32()?;
        let security = o.be32()?;
        let code_changed = Date::read(&mut o)?;
        let interface_changed = Date::read(&mut o)?;
        // Lengths of the start value block, of additions and of local data.
        o.skip(6)?;
        Some(Self {
            language,
            kind,
            number,
            load_length,
            security,
            code_changed,
            interface_changed,
            code_length: o.be16()?,
            author: trim(o.take(8)?),
            family: trim(o.take(8)?),
            name: trim(o.take(8)?),
            version: o.u8()?,
            checksum: {
                o.skip(1)?;
                o.be16()?
            },
        })
    }
}

/// Name of a block's language.
#[must_use]
pub(crate) fn language(code: u8) -> &'static str {
    name_of(
        &[
            (0x00, "not defined"),
            (0x01, "STL"),
            (0x02, "LAD"),
            (0x03, "FBD"),
            (0x04, "SCL"),
            (0x05, "DB"),
            (0x06, "GRAPH"),
            (0x07, "SDB"),
            (0x08, "CPU-DB"),
            (0x11, "SDB after overall reset"),
            (0x12, "SDB routing"),
            (0x29, "encrypted"),
        ],
        code,
    )
}

/// Without zeros and blanks at its end.
#[must_use]
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [rest @ .., 0 | b' '] = text {
        text = rest;
    }
    text
}

/// A moment in a block header: milliseconds of a day, days since 1984-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    /// Milliseconds since midnight.
    pub(crate) milliseconds: u32,
    /// Days since 1984-01-01.
    pub(crate) days: u16,
}

impl Date {
    /// Reads six octets.
    pub(super) fn read(o: &mut Octets<'_>) -> Option<Self> {
        Some(Self {
            milliseconds: o.be32()?,
            days: o.be16()?,
        })
    }

    /// The moment as seconds since the Unix epoch; none where nobody set it.
    #[must_use]
    pub(crate) fn moment(self) -> Option<u64> {
        (self.days != 0).then(|| self.unix())
    }

    /// The moment as seconds since the Unix epoch, in the controller's own time.
    #[must_use]
    pub(crate) fn unix(self) -> u64 {
        /// Days from 1970-01-01 to 1984-01-01.
        const DAYS: u64 = 5_113;
        (DAYS + u64::from(self.days)) * 86_400 + u64::from(self.milliseconds / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_tell_type_number_and_file_system() {
        let block = Block::parse(b"_0800001P").unwrap();
        assert_eq!(block.name().as_slice(), b"OB1");
        assert_eq!(block.filesystem(), "passive");
        assert_eq!(
            Block::parse(b"_0A12345A").unwrap().name().as_slice(),
            b"DB12345"
        );
        assert_eq!(
            Block::parse(b"_0B00000A").unwrap().name().as_slice(),
            b"SDB0"
        );
        assert_eq!(Block::parse(b"_0E0x001P"), None);
        assert_eq!(Block::parse(b"_N_MPF_DIR"), None);
        assert_eq!(Block::parse(b""), None);
    }

    #[test]
    fn dates_count_from_1984() {
        let date = Date {
            milliseconds: 0,
            days: 0,
        };
        assert_eq!(date.unix(), 441_763_200);
    }
}
