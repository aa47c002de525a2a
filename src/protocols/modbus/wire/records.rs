//! File records of functions 20 and 21 (Application Protocol V1.1b3, 6.14 and 6.15).

use super::faults::Flaw;
use crate::wire::Octets;

/// The only reference type the standard knows.
const REFERENCE_TYPE: u8 = 6;

/// How the groups of a PDU are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Request to read: type, file, record, length.
    Asked,
    /// Response to a read: octet count, type, registers.
    Read,
    /// Request to write and its echo: type, file, record, length, registers.
    Written,
}

/// The groups of one PDU, read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Records<'a> {
    layout: Layout,
    octets: &'a [u8],
}

/// One group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// Reference type, 6.
    pub(crate) reference_type: u8,
    /// File number, 1 to 65535; responses to a read do not repeat it.
    pub(crate) file: Option<u16>,
    /// First record.
    pub(crate) record: Option<u16>,
    /// Length in registers.
    pub(crate) length: u16,
    /// The registers.
    pub(crate) data: &'a [u8],
}

impl<'a> Records<'a> {
    /// The groups in `octets`, which follow the byte count.
    pub(crate) const fn new(layout: Layout, octets: &'a [u8]) -> Self {
        Self { layout, octets }
    }

    /// The groups up to the first that is not whole.
    pub(crate) fn iter(self) -> impl Iterator<Item = Record<'a>> {
        let mut octets = Octets::new(self.octets);
        std::iter::from_fn(move || one(self.layout, &mut octets))
    }

    /// Whether all groups are whole, of the one known type, and at least one.
    pub(crate) fn check(self) -> Result<(), Flaw> {
        const FIRST: usize = 2;
        let mut octets = Octets::new(self.octets);
        let mut any = false;
        while !octets.is_empty() {
            let offset = FIRST.saturating_add(octets.at());
            let record = one(self.layout, &mut octets).ok_or(Flaw::value(offset))?;
            if record.reference_type != REFERENCE_TYPE {
                return Err(Flaw::value(offset));
            }
            any = true;
        }
        if any { Ok(()) } else { Err(Flaw::value(1)) }
    }
}

fn one<'a>(layout: Layout, octets: &mut Octets<'a>) -> Option<Record<'a>> {
    if layout == Layout::Read {
        let count = usize::from(octets.u8()?).checked_sub(1)?;
        let reference_type = octets.u8()?;
        let data = octets.take(count)?;
        return Some(Record {
            reference_type,
            file: None,
            record: None,
            length: u16::try_from(count / 2).ok()?,
            data,
        });
    }
    let reference_type = octets.u8()?;
    let file = octets.be16()?;
    let record = octets.be16()?;
    let length = octets.be16()?;
    let data = if layout == Layout::Written {
        octets.take(usize::from(length).saturating_mul(2))?
    } else {
        &[]
    };
    Some(Record {
        reference_type,
        file: Some(file),
        record: Some(record),
        length,
        data,
    })
}
