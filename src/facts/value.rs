//! Process values as they travel in an operation: read, written, forced.

use std::fmt;

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

impl fmt::Display for Scalar {
    /// A number of single precision has no more digits than it takes to tell it from others of
    /// its kind (IEEE 754): 11.9, not 11.899999618530273.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bit(bit) => u8::from(bit).fmt(f),
            Self::Unsigned(number) => number.fmt(f),
            Self::Signed(number) => number.fmt(f),
            Self::Float(number) => {
                #[expect(clippy::cast_possible_truncation, reason = "whether it does is asked")]
                let single = number as f32;
                if f64::from(single) == number {
                    single.fmt(f)
                } else {
                    number.fmt(f)
                }
            }
            Self::Name(name) => f.write_str(name),
        }
    }
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
    /// Values of one form in a row, as the wire has them.
    Row(Row<'a>),
    /// Octets whose type the wire does not tell.
    Octets(&'a [u8]),
    /// Text from the wire.
    Text(&'a [u8]),
}

/// Values of one form in a row, decoded only where somebody looks: a poll brings hundreds, and
/// most of them are those of the poll before.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The octets of all values, and nothing else. Quality flags may be among them.
    pub octets: &'a [u8],
    /// Octets of one value, at least 1.
    pub size: usize,
    /// The protocol's number for the form.
    pub form: u16,
    /// Reads one value of a form; `None` where its octets are none.
    pub read: fn(u16, &[u8]) -> Option<Scalar>,
}

impl<'a> Row<'a> {
    /// The values.
    pub fn scalars(self) -> impl Iterator<Item = Scalar> + 'a {
        let each = self.octets.chunks_exact(self.size.max(1));
        each.filter_map(move |octets| (self.read)(self.form, octets))
    }
}

impl PartialEq for Row<'_> {
    /// Whether the same octets are read the same way; each protocol has one way to read a form.
    fn eq(&self, other: &Self) -> bool {
        (self.octets, self.size, self.form) == (other.octets, other.size, other.form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_single_precision_has_no_digits_that_it_does_not_tell() {
        let told = |number: f64| Scalar::Float(number).to_string();
        assert_eq!(told(f64::from(11.9_f32)), "11.9");
        assert_eq!(told(11.899_999_7), "11.8999997");
        assert_eq!(told(0.1), "0.1");
        assert_eq!(told(f64::NAN), "NaN");
        assert_eq!(Scalar::Signed(-3).to_string(), "-3");
    }
}
