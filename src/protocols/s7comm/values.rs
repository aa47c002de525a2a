//! Process values: octets of variables decoded by the type of their address.
//!
//! Used by jobs and functions; what needs no decoding stays lent from the wire.

use super::items::Spec;
use crate::facts::{Scalar, Values};

/// How values that need no decoding are lent, or that they were added to the scratch list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Typed<'a> {
    /// Lent from the wire.
    Lent(Values<'a>),
    /// The last so many of the scratch list.
    Scalars(usize),
}

/// Decodes the octets of a variable by the type of its specification.
pub(crate) fn typed<'a>(spec: Spec<'_>, octets: &'a [u8], scratch: &mut Vec<Scalar>) -> Typed<'a> {
    if octets.is_empty() {
        return Typed::Lent(Values::None);
    }
    let Spec::Any { transport, .. } = spec else {
        return Typed::Lent(Values::Octets(octets));
    };
    let before = scratch.len();
    match transport.0 {
        0x01 => scratch.extend(octets.iter().map(|o| Scalar::Bit(o & 1 == 1))),
        0x04 | 0x09 | 0x0c | 0x1c | 0x1d => return Typed::Lent(Values::Words(octets)),
        0x05 => scratch.extend(
            octets
                .as_chunks()
                .0
                .iter()
                .map(|o| Scalar::Signed(i16::from_be_bytes(*o).into())),
        ),
        0x06 | 0x0a => scratch.extend(
            octets
                .as_chunks()
                .0
                .iter()
                .map(|o| Scalar::Unsigned(u32::from_be_bytes(*o).into())),
        ),
        0x07 | 0x0b => scratch.extend(
            octets
                .as_chunks()
                .0
                .iter()
                .map(|o| Scalar::Signed(i32::from_be_bytes(*o).into())),
        ),
        0x08 => scratch.extend(
            octets
                .as_chunks()
                .0
                .iter()
                .map(|o| Scalar::Float(f32::from_be_bytes(*o).into())),
        ),
        0x02 if octets.len() == 1 => {
            scratch.extend(octets.iter().map(|o| Scalar::Unsigned((*o).into())));
        }
        _ => return Typed::Lent(Values::Octets(octets)),
    }
    Typed::Scalars(scratch.len() - before)
}
