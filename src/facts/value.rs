//! Process values as they travel in an operation: read, written, forced.

/// One process value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// A single bit: coil, contact, binary point.
    Bit(bool),
    /// An unsigned number.
    Unsigned(u64),
    /// A signed number.
    Signed(i64),
    /// A floating-point number.
    Float(f64),
    /// A name of a coded value, as `latch on`.
    Name(&'static str),
}

/// The values of one item of an operation, lent from the wire or from the session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Values<'a> {
    /// No value travels with this operation, or it was not seen.
    #[default]
    None,
    /// `count` bits, packed from the least significant bit of the first octet on.
    Bits {
        /// The packed octets.
        octets: &'a [u8],
        /// Number of valid bits.
        count: u16,
    },
    /// 16-bit registers, big-endian; an odd last octet is not a register.
    Words(&'a [u8]),
    /// Values already decoded.
    Scalars(&'a [Scalar]),
    /// Octets whose type the wire does not tell.
    Octets(&'a [u8]),
    /// Text from the wire.
    Text(&'a [u8]),
}
