//! Responses: Application Protocol V1.1b3, section 6, the response tables, and section 7.

use super::codes::{Exception, Function, MEI_IDENTIFICATION};
use super::faults::{Flaw, INVALID_EXCEPTION_CODE};
use super::identification::{Identification, ServerId};
use super::records::Layout;
use super::request;
use super::{Body, Parts, Pdu};
use crate::facts::Values;
use crate::protocols::modbus::umas::Umas;
use crate::wire::Octets;

/// Most registers a FIFO queue returns (6.18).
const MOST_QUEUED: u16 = 31;

const SHORT: Flaw = Flaw::length(1);

/// Reads the data of a response into `parts`.
pub(super) fn read<'a>(pdu: Pdu<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let mut data = Octets::new(pdu.data);
    if pdu.is_exception() {
        return exception(&mut data, parts);
    }
    match pdu.function() {
        Function::READ_COILS | Function::READ_DISCRETE_INPUTS => bits(&mut data, parts),
        Function::READ_HOLDING_REGISTERS
        | Function::READ_INPUT_REGISTERS
        | Function::READ_WRITE_REGISTERS => words(&mut data, parts),
        Function::WRITE_SINGLE_COIL => request::coil(&mut data, parts),
        Function::WRITE_SINGLE_REGISTER => request::register(&mut data, parts),
        Function::READ_EXCEPTION_STATUS => {
            parts.status = Some(u16::from(data.u8().ok_or(SHORT)?));
            Ok(())
        }
        Function::DIAGNOSTICS => request::diagnostic(&mut data, parts),
        Function::COMM_EVENT_COUNTER => {
            parts.status = Some(data.be16().ok_or(SHORT)?);
            parts.event_count = Some(data.be16().ok_or(SHORT)?);
            Ok(())
        }
        Function::COMM_EVENT_LOG => events(&mut data, parts),
        Function::WRITE_MULTIPLE_COILS | Function::WRITE_MULTIPLE_REGISTERS => {
            parts.address = Some(data.be16().ok_or(SHORT)?);
            parts.quantity = Some(data.be16().ok_or(SHORT)?);
            Ok(())
        }
        Function::REPORT_SERVER_ID => {
            let count = usize::from(data.u8().ok_or(SHORT)?);
            let octets = data.take(count).ok_or(SHORT)?;
            parts.body = Body::ServerId(ServerId { octets });
            Ok(())
        }
        Function::READ_FILE_RECORD => request::files(&mut data, parts, Layout::Read),
        Function::WRITE_FILE_RECORD => request::files(&mut data, parts, Layout::Written),
        Function::MASK_WRITE_REGISTER => request::mask(&mut data, parts),
        Function::READ_FIFO_QUEUE => queue(&mut data, parts),
        Function::ENCAPSULATED_INTERFACE => interface(pdu, parts),
        Function::UMAS => {
            if let Some(umas) = Umas::read(pdu.data) {
                parts.body = Body::Umas(umas);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn exception<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let code = Exception(data.u8().ok_or(SHORT)?);
    parts.body = Body::Exception(code);
    if code.is_known() {
        return Ok(());
    }
    Err(Flaw {
        fault: &INVALID_EXCEPTION_CODE,
        offset: 1,
    })
}

fn bits<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let count = data.u8().ok_or(SHORT)?;
    let octets = data.take(usize::from(count)).ok_or(SHORT)?;
    parts.values = Values::Bits {
        octets,
        count: u16::from(count) * 8,
    };
    if (1..=250).contains(&count) {
        Ok(())
    } else {
        Err(Flaw::value(1))
    }
}

fn words<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let count = data.u8().ok_or(SHORT)?;
    parts.values = Values::Words(data.take(usize::from(count)).ok_or(SHORT)?);
    if (2..=250).contains(&count) && count.is_multiple_of(2) {
        Ok(())
    } else {
        Err(Flaw::value(1))
    }
}

fn events<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    data.u8().ok_or(SHORT)?;
    parts.status = Some(data.be16().ok_or(SHORT)?);
    parts.event_count = Some(data.be16().ok_or(SHORT)?);
    parts.message_count = Some(data.be16().ok_or(SHORT)?);
    parts.body = Body::Events(data.rest());
    Ok(())
}

fn queue<'a>(data: &mut Octets<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let octets = data.be16().ok_or(SHORT)?;
    let count = data.be16().ok_or(SHORT)?;
    parts.quantity = Some(count);
    parts.values = Values::Words(data.rest());
    if count <= MOST_QUEUED && octets == 2 + count * 2 {
        Ok(())
    } else {
        Err(Flaw::value(3))
    }
}

fn interface<'a>(pdu: Pdu<'a>, parts: &mut Parts<'a>) -> Result<(), Flaw> {
    let mei = *pdu.data.first().ok_or(SHORT)?;
    parts.mei = Some(mei);
    if mei != MEI_IDENTIFICATION {
        return Ok(());
    }
    let (identification, sound) = Identification::read(pdu.data).ok_or(SHORT)?;
    parts.body = Body::Identification(identification);
    sound
}
