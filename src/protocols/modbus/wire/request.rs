//! Requests: Application Protocol V1.1b3, section 6, the request tables.

use super::codes::{Function, MEI_IDENTIFICATION};
use super::faults::Flaw;
use super::records::{Layout, Records};
use super::{Body, Parts, Pdu};
use crate::facts::Values;
use crate::protocols::modbus::umas::Umas;
use crate::wire::Octets;

/// Most coils or inputs in one read (6.1, 6.2).
const MOST_BITS_READ: u16 = 2000;
/// Most registers in one read (6.3, 6.4, 6.17).
const MOST_WORDS_READ: u16 = 125;
/// Most coils in one write (6.11).
const MOST_BITS_WRITTEN: u16 = 1968;
/// Most registers in one write (6.12).
const MOST_WORDS_WRITTEN: u16 = 123;
/// Most registers written by function 23 (6.17).
const MOST_WORDS_EXCHANGED: u16 = 121;
/// Fewest and most octets of sub-requests in a request for file records (6.14).
const FILE_REQUEST: std::ops::RangeInclusive<u8> = 0x07..=0xf5;
/// Fewest and most octets of sub-requests in a write of file records (6.15).
const FILE_WRITE: std::ops::RangeInclusive<u8> = 0x09..=0xfb;

const SHORT: Flaw = Flaw::length(1);

/// Reads the data of a request into `parts`.
pub(super) fn read<'a>(pdu: Pdu<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let mut data = Octets::new(pdu.data);
    match pdu.function() {
        Function::READ_COILS | Function::READ_DISCRETE_INPUTS => {
            range(&mut data, parts, MOST_BITS_READ)
        }
        Function::READ_HOLDING_REGISTERS | Function::READ_INPUT_REGISTERS => {
            range(&mut data, parts, MOST_WORDS_READ)
        }
        Function::WRITE_SINGLE_COIL => coil(&mut data, parts),
        Function::WRITE_SINGLE_REGISTER => register(&mut data, parts),
        Function::DIAGNOSTICS => diagnostic(&mut data, parts),
        Function::WRITE_MULTIPLE_COILS => {
            range(&mut data, parts, MOST_BITS_WRITTEN)?;
            let count = parts.quantity.unwrap_or(0);
            let octets = counted(&mut data, usize::from(count.div_ceil(8)), 5)?;
            parts.values = Values::Bits { octets, count };
            Ok(())
        }
        Function::WRITE_MULTIPLE_REGISTERS => {
            range(&mut data, parts, MOST_WORDS_WRITTEN)?;
            let count = usize::from(parts.quantity.unwrap_or(0));
            parts.values = Values::Words(counted(&mut data, count * 2, 5)?);
            Ok(())
        }
        Function::READ_FILE_RECORD => files(&mut data, parts, Layout::Asked),
        Function::WRITE_FILE_RECORD => files(&mut data, parts, Layout::Written),
        Function::MASK_WRITE_REGISTER => mask(&mut data, parts),
        Function::READ_WRITE_REGISTERS => exchange(&mut data, parts),
        Function::READ_FIFO_QUEUE => {
            parts.address = Some(data.be16().ok_or(SHORT)?);
            Ok(())
        }
        Function::ENCAPSULATED_INTERFACE => interface(&mut data, parts),
        Function::UMAS => {
            if let Some(umas) = Umas::read(pdu.data) {
                parts.body = Body::Umas(umas);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn range(data: &mut Octets<'_>, parts: &mut Parts<'_>, most: u16) -> Result<(), Flaw> {
    parts.address = Some(data.be16().ok_or(SHORT)?);
    let quantity = data.be16().ok_or(SHORT)?;
    parts.quantity = Some(quantity);
    if (1..=most).contains(&quantity) {
        Ok(())
    } else {
        Err(Flaw::value(3))
    }
}

/// A byte count that must be `expected`, and the octets it counts.
fn counted<'a>(data: &mut Octets<'a>, expected: usize, offset: usize) -> Result<&'a [u8], Flaw> {
    let count = usize::from(data.u8().ok_or(SHORT)?);
    if count != expected {
        return Err(Flaw::value(offset));
    }
    data.take(count).ok_or(SHORT)
}

/// Function 5, request and response: address and 0x0000 or 0xff00.
pub(super) fn coil<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    parts.address = Some(data.be16().ok_or(SHORT)?);
    let value = data.be16().ok_or(SHORT)?;
    parts.value = Some(value);
    let octets: &'static [u8] = match value {
        0xff00 => &[1],
        0x0000 => &[0],
        _ => return Err(Flaw::value(3)),
    };
    parts.values = Values::Bits { octets, count: 1 };
    Ok(())
}

/// Function 6, request and response: address and value.
pub(super) fn register<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    parts.address = Some(data.be16().ok_or(SHORT)?);
    let value = data.take(2).ok_or(SHORT)?;
    parts.value = Octets::new(value).be16();
    parts.values = Values::Words(value);
    Ok(())
}

/// Function 8, request and response: subfunction and data.
pub(super) fn diagnostic<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    parts.subfunction = Some(data.be16().ok_or(SHORT)?);
    parts.body = Body::Diagnostic(data.rest());
    Ok(())
}

/// Function 22, request and response: address, AND mask, OR mask.
pub(super) fn mask<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    parts.address = Some(data.be16().ok_or(SHORT)?);
    let octets = data.rest();
    let and = data.be16().ok_or(SHORT)?;
    let or = data.be16().ok_or(SHORT)?;
    parts.masks = Some((and, or));
    parts.values = Values::Octets(octets);
    Ok(())
}

/// Functions 20 and 21: a byte count and groups.
pub(super) fn files<'a>(
    data: &mut Octets<'a>,
    parts: &mut Parts<'a>,
    layout: Layout,
) -> Result<(), Flaw> {
    let count = data.u8().ok_or(SHORT)?;
    let records = Records::new(layout, data.rest());
    parts.body = Body::Records(records);
    let allowed = match layout {
        Layout::Asked => FILE_REQUEST.contains(&count),
        Layout::Written => FILE_WRITE.contains(&count),
        // What comes back depends on what was asked; its groups speak for themselves.
        Layout::Read => true,
    };
    if allowed {
        records.check()
    } else {
        Err(Flaw::value(1))
    }
}

fn exchange<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let read = range(data, parts, MOST_WORDS_READ);
    let address = data.be16().ok_or(SHORT)?;
    let quantity = data.be16().ok_or(SHORT)?;
    parts.write_address = Some(address);
    parts.write_quantity = Some(quantity);
    read?;
    if !(1..=MOST_WORDS_EXCHANGED).contains(&quantity) {
        return Err(Flaw::value(7));
    }
    parts.values = Values::Words(counted(data, usize::from(quantity) * 2, 9)?);
    Ok(())
}

fn interface<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let mei = data.u8().ok_or(SHORT)?;
    parts.mei = Some(mei);
    if mei != MEI_IDENTIFICATION {
        return Ok(());
    }
    let code = data.u8().ok_or(SHORT)?;
    let object = data.u8().ok_or(SHORT)?;
    parts.body = Body::Identify(code, object);
    if (1..=4).contains(&code) {
        Ok(())
    } else {
        Err(Flaw::value(2))
    }
}
