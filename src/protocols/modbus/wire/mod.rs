//! Octets to views: the MBAP header, and the PDU that Modbus/TCP and RTU share.
//!
//! Called by the session, the probe and the search for sync. No state, no allocation, no
//! panic. MODBUS Application Protocol V1.1b3; Messaging on TCP/IP Implementation Guide V1.0b.

pub(crate) mod codes;
pub(crate) mod faults;
pub(crate) mod identification;
pub(crate) mod records;
mod request;
mod response;
pub(crate) mod shape;

use super::umas::Umas;
use crate::facts::Values;
use codes::{Exception, Function};
use faults::{Flaw, INVALID_FUNCTION_CODE};
use identification::{Identification, ServerId};
use records::Records;
use shape::Length;

/// Whether a PDU asks or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the client.
    Request,
    /// From the server.
    Response,
}

/// The MODBUS Application Protocol header (Messaging on TCP/IP V1.0b, 3.1.3):
/// `transaction:2 protocol:2 length:2 unit:1`, big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mbap {
    /// Chosen by the client, repeated by the server.
    pub(crate) transaction: u16,
    /// 0 for Modbus.
    pub(crate) protocol: u16,
    /// Octets that follow this field: unit and PDU.
    pub(crate) length: u16,
    /// Unit behind the address; 0 and 255 are the addressed device itself.
    pub(crate) unit: u8,
}

/// Octets before those that the length field counts.
const BEFORE_LENGTH: usize = 6;
/// Least length: unit and function code.
pub(crate) const MIN_LENGTH: u16 = 2;
/// Most length: unit and a PDU of 253 octets (Messaging on TCP/IP V1.0b, 3.1.2).
pub(crate) const MAX_LENGTH: u16 = 254;
/// Most length of an ADU with UMAS, whose partners agree on longer frames when they open their
/// session: 1,024 octets is the most that has been published; twice that leaves room.
pub(crate) const MAX_UMAS_LENGTH: u16 = 2048;

impl Mbap {
    /// Octets of the header.
    pub(crate) const SIZE: usize = 7;
    /// Fewest octets of an ADU: header and function code.
    pub(crate) const MIN_ADU: usize = Self::SIZE + 1;

    /// The header at the start of `octets`, which hold at least [`Mbap::MIN_ADU`]; with the
    /// function octet behind it.
    pub(crate) fn read(octets: &[u8]) -> Option<(Self, u8)> {
        let (&[t0, t1, p0, p1, l0, l1, unit, code], _) =
            octets.split_first_chunk::<{ Self::MIN_ADU }>()?;
        let header = Self {
            transaction: u16::from_be_bytes([t0, t1]),
            protocol: u16::from_be_bytes([p0, p1]),
            length: u16::from_be_bytes([l0, l1]),
            unit,
        };
        Some((header, code))
    }

    /// Octets of the whole ADU.
    pub(crate) const fn adu(&self) -> usize {
        BEFORE_LENGTH + self.length as usize
    }

    /// Octets of data behind the function code.
    pub(crate) const fn data(&self) -> usize {
        (self.length as usize).saturating_sub(2)
    }

    /// Whether protocol and length are those of a Modbus ADU with this function octet.
    pub(crate) fn is_plausible(&self, code: u8) -> bool {
        let most = if code & 0x7f == Function::UMAS.0 {
            MAX_UMAS_LENGTH
        } else {
            MAX_LENGTH
        };
        self.protocol == 0 && (MIN_LENGTH..=most).contains(&self.length)
    }
}

/// Whether fewer octets than a header could be the start of a plausible one.
pub(crate) fn may_begin_header(octets: &[u8]) -> bool {
    let [most, _] = MAX_UMAS_LENGTH.to_be_bytes();
    let at = |i: usize| octets.get(i).copied();
    at(2).unwrap_or(0) == 0
        && at(3).unwrap_or(0) == 0
        && at(4).unwrap_or(0) <= most
        && (at(4).unwrap_or(1) != 0 || at(5).is_none_or(|low| u16::from(low) >= MIN_LENGTH))
}

/// A function code and its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pdu<'a> {
    /// The function octet as on the wire, with the exception bit.
    pub(crate) code: u8,
    /// What follows it.
    pub(crate) data: &'a [u8],
}

impl Pdu<'_> {
    /// The function without the exception bit.
    pub(crate) const fn function(self) -> Function {
        Function(self.code & 0x7f)
    }

    /// Whether the exception bit is set.
    pub(crate) const fn is_exception(self) -> bool {
        self.code & 0x80 != 0
    }
}

/// What a PDU says, part by part; a part is `None` where the PDU does not carry it.
///
/// One flat row instead of a type for each function, because what reads it asks for parts:
/// an address is an address, whatever the function.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Parts<'a> {
    /// First address read or written; for function 23 the first address read.
    pub(crate) address: Option<u16>,
    /// How many are read or written; for function 24 how many are queued.
    pub(crate) quantity: Option<u16>,
    /// First address written by function 23.
    pub(crate) write_address: Option<u16>,
    /// How many registers function 23 writes.
    pub(crate) write_quantity: Option<u16>,
    /// Value of a single write as on the wire: a coil is on at 0xff00.
    pub(crate) value: Option<u16>,
    /// AND and OR mask of function 22.
    pub(crate) masks: Option<(u16, u16)>,
    /// Bits or registers; of function 22 the octets of both masks, because what the register
    /// holds then is known to the device alone.
    pub(crate) values: Values<'a>,
    /// Subfunction of function 8.
    pub(crate) subfunction: Option<u16>,
    /// MEI type of function 43.
    pub(crate) mei: Option<u8>,
    /// Exception status (function 7) or status word (11, 12).
    pub(crate) status: Option<u16>,
    /// Event count of functions 11 and 12.
    pub(crate) event_count: Option<u16>,
    /// Message count of function 12.
    pub(crate) message_count: Option<u16>,
    /// What only one function carries.
    pub(crate) body: Body<'a>,
}

/// What only one function carries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Body<'a> {
    /// Nothing of that kind.
    #[default]
    None,
    /// Why the server refused.
    Exception(Exception),
    /// Events of function 12, latest first.
    Events(&'a [u8]),
    /// Data of function 8.
    Diagnostic(&'a [u8]),
    /// Server id of function 17.
    ServerId(ServerId<'a>),
    /// File records of functions 20 and 21.
    Records(Records<'a>),
    /// Request of function 43/14: read device id code and first object.
    Identify(u8, u8),
    /// Response of function 43/14.
    Identification(Identification<'a>),
    /// Function 90.
    Umas(Umas<'a>),
}

/// Reads a PDU as a request or as a response: what it says as far as it can be read, and the
/// first rule it breaks.
pub(crate) fn read(direction: Direction, pdu: Pdu<'_>) -> (Parts<'_>, Result<(), Flaw>) {
    let mut parts = Parts::default();
    let content = match direction {
        Direction::Request if pdu.is_exception() => Err(Flaw {
            fault: &INVALID_FUNCTION_CODE,
            offset: 0,
        }),
        Direction::Request => request::read(pdu, &mut parts),
        Direction::Response => response::read(pdu, &mut parts),
    };
    let sound = function(pdu)
        .and_then(|()| length(direction, pdu))
        .and(content);
    (parts, sound)
}

fn function(pdu: Pdu<'_>) -> Result<(), Flaw> {
    if pdu.function().0 == 0 {
        return Err(Flaw {
            fault: &INVALID_FUNCTION_CODE,
            offset: 0,
        });
    }
    Ok(())
}

fn length(direction: Direction, pdu: Pdu<'_>) -> Result<(), Flaw> {
    let fits = match shape::length(direction, pdu) {
        Length::Exact(n) => n == pdu.data.len(),
        Length::After(_) => false,
        Length::AtLeast(n) => n <= pdu.data.len(),
    };
    if fits { Ok(()) } else { Err(Flaw::length(1)) }
}
