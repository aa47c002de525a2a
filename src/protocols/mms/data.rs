//! Values and identities in the contents of MMS services: data by their ASN.1 tags, what the
//! identify service answers, and the names that IEC 61850 gives its variables.

use crate::facts::Scalar;
use crate::wire::text::find;
use crate::wire::{Octets, ber};

/// Levels of arrays and structures that are opened for a first value. Control objects of
/// IEC 61850 have two.
const DEPTH: usize = 4;

/// One value as it travels (ISO 9506-2, 14.4.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Scalar(Scalar),
    Text(&'a [u8]),
    Octets(&'a [u8]),
}

/// The first value of the list that ends the contents of a write request (`list` 0xa0) or of a
/// response to a read (0xa1); of a structure, such as the parameters of a control, its first
/// element. The code where the first result of a read is a failure.
pub(super) fn first(content: &[u8], list: u8) -> Option<Result<Value<'_>, u8>> {
    let mut all = Octets::new(content);
    let mut last = None;
    while let Some(element) = ber::next(&mut all) {
        last = Some(element);
    }
    let list = last.filter(|last| last.tag == list)?;
    let mut element = ber::next(&mut list.inside())?;
    if let (0x80, [code]) = (element.tag, element.contents) {
        return Some(Err(*code));
    }
    for _ in 0..DEPTH {
        match element.tag {
            // Array and structure.
            0xa1 | 0xa2 => element = ber::next(&mut element.inside())?,
            _ => break,
        }
    }
    value(element).map(Ok)
}

fn value(element: ber::Element<'_>) -> Option<Value<'_>> {
    let contents = element.contents;
    Some(match element.tag {
        0x83 => Value::Scalar(Scalar::Bit(contents != [0])),
        0x84 => bits(contents)?,
        0x85 => Value::Scalar(Scalar::Signed(ber::signed(contents)?)),
        0x86 => Value::Scalar(Scalar::Unsigned(ber::unsigned(contents)?)),
        0x87 => Value::Scalar(Scalar::Float(float(contents)?)),
        0x8a | 0x90 => Value::Text(contents),
        0x89 | 0x8c | 0x91 => Value::Octets(contents),
        _ => return None,
    })
}

/// A bit string: short ones as the number that its bits write, as IEC 61850 counts the positions
/// of a switch (01 off, 10 on).
fn bits(contents: &[u8]) -> Option<Value<'_>> {
    let (unused, octets) = contents.split_first()?;
    if octets.len() > 4 || *unused > 7 {
        return Some(Value::Octets(octets));
    }
    let number = octets
        .iter()
        .fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
    Some(Value::Scalar(Scalar::Unsigned(number >> unused)))
}

/// A floating point number: the width of its exponent, then IEEE 754.
fn float(contents: &[u8]) -> Option<f64> {
    let mut o = Octets::new(contents);
    match (o.u8()?, contents.len()) {
        (8, 5) => Some(f64::from(f32::from_be_bytes(o.array()?))),
        (11, 9) => Some(f64::from_be_bytes(o.array()?)),
        _ => None,
    }
}

/// What a server answers to `identify` (ISO 9506-2, 10.5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    pub(super) vendor: &'a [u8],
    pub(super) model: &'a [u8],
    pub(super) revision: &'a [u8],
}

/// Reads the contents of the response.
pub(super) fn identity(content: &[u8]) -> Option<Identity<'_>> {
    let mut o = Octets::new(content);
    Some(Identity {
        vendor: ber::expect(&mut o, 0x80)?,
        model: ber::expect(&mut o, 0x81)?,
        revision: ber::expect(&mut o, 0x82)?,
    })
}

/// Functional constraints, as they stand in the names of variables (IEC 61850-8-1, 7.3).
const CONSTRAINTS: [&[u8]; 14] = [
    b"$ST$", b"$MX$", b"$CO$", b"$SP$", b"$SE$", b"$SG$", b"$CF$", b"$DC$", b"$EX$", b"$BR$",
    b"$RP$", b"$LG$", b"$GO$", b"$SV$",
];

/// Whether a name is that of a variable of the data model of IEC 61850.
pub(super) fn is_iec61850(name: &[u8]) -> bool {
    CONSTRAINTS
        .iter()
        .any(|constraint| find(name, constraint).is_some())
}
