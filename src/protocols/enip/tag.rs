//! Data types of Logix tags: octets to values.
//!
//! Called by the exchanges. No state, no allocation, no panic. After CIP volume 1, appendix
//! C-6.1 and Rockwell publication 1756-PM020 (Logix 5000 data access).

use crate::facts::Scalar;
use crate::wire::Octets;
use arrayvec::ArrayVec;

/// Values told of one item; what a request carries beyond is left to its address range.
pub(super) const VALUES: usize = 128;

/// Type code that says a structure handle follows.
const STRUCTURE: u16 = 0x02a0;

/// Typed data as read and write tag carry them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed<'a> {
    /// Type code.
    pub(super) kind: u16,
    /// Elements, where the message tells them (requests).
    pub(super) count: Option<u16>,
    /// The values.
    pub(super) data: &'a [u8],
}

impl<'a> Typed<'a> {
    /// Reads what follows a write request; `offset` where the fragment's offset stands there.
    #[must_use]
    pub(super) fn written(data: &'a [u8], offset: bool) -> Option<Self> {
        let mut o = Octets::new(data);
        let kind = kind(&mut o)?;
        let count = Some(o.le16()?);
        o.skip(if offset { 4 } else { 0 })?;
        Some(Self {
            kind,
            count,
            data: o.rest(),
        })
    }

    /// Reads the answer to a read request.
    #[must_use]
    pub(super) fn answered(data: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(data);
        let kind = kind(&mut o)?;
        Some(Self {
            kind,
            count: None,
            data: o.rest(),
        })
    }

    /// The values, as far as there is room; empty for structures and unknown types.
    #[must_use]
    pub(super) fn values(&self) -> ArrayVec<Scalar, VALUES> {
        let mut o = Octets::new(self.data);
        let mut values = ArrayVec::new();
        while !values.is_full() {
            match scalar(self.kind, &mut o) {
                Some(value) => values.push(value),
                None => break,
            }
        }
        values
    }
}

fn kind(o: &mut Octets<'_>) -> Option<u16> {
    let kind = o.le16()?;
    if kind == STRUCTURE {
        o.skip(2)?;
    }
    Some(kind)
}

fn scalar(kind: u16, o: &mut Octets<'_>) -> Option<Scalar> {
    Some(match kind {
        0xc1 => Scalar::Bit(o.u8()? != 0),
        0xc2 => Scalar::Signed(o.u8()?.cast_signed().into()),
        0xc3 => Scalar::Signed(o.le16()?.cast_signed().into()),
        0xc4 => Scalar::Signed(o.le32()?.cast_signed().into()),
        0xc5 => Scalar::Signed(o.le64()?.cast_signed()),
        0xc6 | 0xd1 => Scalar::Unsigned(o.u8()?.into()),
        0xc7 | 0xd2 => Scalar::Unsigned(o.le16()?.into()),
        0xc8 | 0xd3 => Scalar::Unsigned(o.le32()?.into()),
        0xc9 | 0xd4 => Scalar::Unsigned(o.le64()?),
        0xca => Scalar::Float(f32::from_bits(o.le32()?).into()),
        0xcb => Scalar::Float(f64::from_bits(o.le64()?)),
        _ => return None,
    })
}
