//! PCCC commands inside CIP: the older language of Allen-Bradley controllers (PLC-5, SLC,
//! MicroLogix), carried by service 0x4B of the PCCC object.
//!
//! Called by the exchanges and the field table. No state, no allocation, no panic. After the
//! DF1 Protocol and Command Set Reference Manual (Rockwell publication 1770-6.5.16), chapter 7:
//!
//! ```text
//! request: requester id (length:1 vendor:2 serial:4 ...), CMD:1 STS:1 TNS:2 FNC:1 data
//! reply:   requester id, CMD|0x40:1 STS:1 TNS:2, EXT STS:1 where STS is 0xF0, data
//! ```

use super::path::decimal;
use crate::facts::Scalar;
use crate::wire::Octets;
use arrayvec::ArrayVec;

/// Octets of a file address in text: three of type, five of file, five of element, marks.
pub(super) const NAME: usize = 32;

/// A PCCC packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    /// Command without its reply bit.
    pub(super) command: u8,
    /// The reply bit is set.
    pub(super) reply: bool,
    /// STS; 0 is success.
    pub(super) status: u8,
    /// Extended status, where STS is 0xf0.
    pub(super) extended: Option<u8>,
    /// TNS: transaction number.
    pub(super) transaction: u16,
    /// FNC; replies and the basic commands have none.
    pub(super) function: Option<u8>,
    /// What follows.
    pub(super) data: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the data of an Execute PCCC request or reply.
    #[must_use]
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let requester = usize::from(o.u8()?);
        // The length counts itself; vendor and serial make 7.
        o.skip(requester.checked_sub(1)?)?;
        let command = o.u8()?;
        let status = o.u8()?;
        let transaction = o.le16()?;
        let reply = command & 0x40 != 0;
        let command = command & !0x40;
        let function = match (reply, command & 0x0f) {
            (false, 0x06 | 0x07 | 0x0b | 0x0f) => Some(o.u8()?),
            _ => None,
        };
        let extended = if reply && status == 0xf0 {
            o.u8()
        } else {
            None
        };
        Some(Self {
            command,
            reply,
            status,
            extended,
            transaction,
            function,
            data: o.rest(),
        })
    }

    /// Name of STS and EXT STS (1770-6.5.16, chapter 8).
    #[must_use]
    pub(super) const fn status_name(&self) -> &'static str {
        match (self.status, self.extended) {
            (0x00, _) => "success",
            (0x10, _) => "illegal command or format",
            (0x20, _) => "host has a problem and will not communicate",
            (0x30, _) => "remote node host is missing or disconnected",
            (0x40, _) => "host could not complete the function",
            (0x50, _) => "addressing problem or memory protect",
            (0x60, _) => "function not allowed, edit resource held",
            (0x70, _) => "processor is in program mode",
            (0x80, _) => "compatibility mode file missing",
            (0x90, _) => "remote node cannot buffer command",
            (0xb0, _) => "remote node problem due to download",
            (0xf0, Some(0x06)) => "address does not point to something usable",
            (0xf0, Some(0x0b)) => "access denied, improper privilege",
            (0xf0, Some(0x0e)) => "file is open by another node",
            (0xf0, Some(0x12)) => "resource is not available",
            (0xf0, _) => "extended status",
            _ => "unknown status",
        }
    }

    /// The file and element that a protected typed logical read or write addresses
    /// (functions A1, A2, A9, AA, AB), or `None`.
    #[must_use]
    pub(super) fn file(&self) -> Option<File<'a>> {
        if self.command != 0x0f || self.reply {
            return None;
        }
        let function = self.function?;
        if !matches!(function, 0xa1 | 0xa2 | 0xa9 | 0xaa | 0xab) {
            return None;
        }
        let mut o = Octets::new(self.data);
        let size = o.u8()?;
        let number = field(&mut o)?;
        let kind = FileType(o.u8()?);
        let element = field(&mut o)?;
        let sub = match function {
            0xa1 | 0xa9 => 0,
            _ => field(&mut o)?,
        };
        // Function AB writes single bits and puts a mask before the value.
        o.skip(if function == 0xab { 2 } else { 0 })?;
        Some(File {
            number,
            kind,
            element,
            sub,
            size,
            data: o.rest(),
        })
    }
}

/// An address field: one octet, or 0xff and two.
fn field(o: &mut Octets<'_>) -> Option<u16> {
    match o.u8()? {
        0xff => o.le16(),
        short => Some(u16::from(short)),
    }
}

/// Type of a file in the controller (1770-6.5.16, 13-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileType(pub u8);

impl FileType {
    /// The letters of its addresses: `N` of `N7:0`; `None` for types without.
    #[must_use]
    pub(super) const fn letters(self) -> Option<&'static str> {
        Some(match self.0 {
            0x82 | 0x8b => "O",
            0x83 | 0x8c => "I",
            0x84 => "S",
            0x85 => "B",
            0x86 => "T",
            0x87 => "C",
            0x88 => "R",
            0x89 => "N",
            0x8a => "F",
            0x8d => "ST",
            0x8e => "A",
            0x8f => "D",
            0x91 => "L",
            _ => return None,
        })
    }

    /// Whether it holds process data. Types below 0x80 hold the program and the configuration
    /// (0x22 is ladder logic).
    #[must_use]
    pub(super) const fn is_data(self) -> bool {
        self.0 >= 0x80
    }

    /// Octets of one element; `None` where that is not known.
    #[must_use]
    pub(super) const fn width(self) -> Option<u8> {
        Some(match self.0 {
            0x82..=0x85 | 0x89 | 0x8b | 0x8c | 0x8e | 0x8f => 2,
            0x8a | 0x91 => 4,
            0x86..=0x88 => 6,
            0x8d => 84,
            _ => return None,
        })
    }
}

/// What a typed logical access addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    /// File number.
    pub(super) number: u16,
    /// File type.
    pub(super) kind: FileType,
    /// Element.
    pub(super) element: u16,
    /// Sub-element: 1 is the preset of a timer, 2 its accumulator.
    pub(super) sub: u16,
    /// Octets read or written.
    pub(super) size: u8,
    /// The value written.
    pub(super) data: &'a [u8],
}

impl File<'_> {
    /// The address as programmers spell it: `N7:0`, `T4:2.1`; `type 34 file 2:0` for the files
    /// without letters.
    #[must_use]
    pub(super) fn name(&self) -> ArrayVec<u8, NAME> {
        let mut name = ArrayVec::new();
        let mut push = |text: &[u8]| {
            let _ = name.try_extend_from_slice(text);
        };
        match self.kind.letters() {
            Some(letters) => push(letters.as_bytes()),
            None => {
                push(b"type ");
                push(&decimal(u32::from(self.kind.0)));
                push(b" file ");
            }
        }
        push(&decimal(u32::from(self.number)));
        push(b":");
        push(&decimal(u32::from(self.element)));
        if self.sub != 0 {
            push(b".");
            push(&decimal(u32::from(self.sub)));
        }
        name
    }

    /// First and last element.
    #[must_use]
    pub(super) fn range(&self) -> (u64, u64) {
        let first = u64::from(self.element);
        let count = match self.kind.width() {
            Some(width) => u64::from(self.size.div_ceil(width)).max(1),
            None => 1,
        };
        (first, first + count - 1)
    }

    /// Decodes values of this file; leaves `out` empty where the type is not a plain number.
    pub(super) fn values<const N: usize>(&self, data: &[u8], out: &mut ArrayVec<Scalar, N>) {
        let mut o = Octets::new(data);
        while !out.is_full() {
            let value = match self.kind.0 {
                0x82..=0x85 | 0x8b | 0x8c => o.le16().map(|n| Scalar::Unsigned(n.into())),
                0x86..=0x89 => o.le16().map(|n| Scalar::Signed(n.cast_signed().into())),
                0x8a => o.le32().map(|n| Scalar::Float(f32::from_bits(n).into())),
                0x91 => o.le32().map(|n| Scalar::Signed(n.cast_signed().into())),
                _ => None,
            };
            match value {
                Some(value) => out.push(value),
                None => return,
            }
        }
    }
}

/// The catalogue name in the reply to diagnostic status (06/03) of an SLC or MicroLogix: 11
/// characters after mode, type extender 0xee, interface, processor and series.
#[must_use]
pub(super) fn bulletin(data: &[u8]) -> Option<&[u8]> {
    if data.get(1) != Some(&0xee) {
        return None;
    }
    let name = data.get(5..16)?.trim_ascii();
    let plain = name
        .iter()
        .all(|octet| octet.is_ascii_graphic() || *octet == b' ');
    (plain && name.len() >= 4).then_some(name)
}
