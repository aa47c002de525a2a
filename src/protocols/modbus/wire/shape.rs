//! How long the data of a PDU must be, judged from its first octets.
//!
//! RTU frames carry no length, so their borders follow from this; Modbus/TCP frames carry one,
//! and then this tells whether the length is believable before the whole frame has come.

use super::codes::{Function, MEI_IDENTIFICATION};
use super::identification;
use super::{Direction, Pdu};

/// How many octets follow the function code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// So many.
    Exact(usize),
    /// Not known before so many octets of data are there.
    After(usize),
    /// The content does not say; at least so many.
    AtLeast(usize),
}

/// The length of `pdu`'s data by the rules of its function, whatever is there of it.
pub(crate) fn length(direction: Direction, pdu: Pdu<'_>) -> Length {
    if pdu.is_exception() {
        return Length::Exact(1);
    }
    match direction {
        Direction::Request => request(pdu.function(), pdu.data),
        Direction::Response => response(pdu.function(), pdu.data),
    }
}

fn request(function: Function, data: &[u8]) -> Length {
    match function.0 {
        1..=6 => Length::Exact(4),
        7 | 11 | 12 | 17 => Length::Exact(0),
        8 => diagnostics(data),
        15 | 16 => counted(data, 4),
        20 | 21 => counted(data, 0),
        22 => Length::Exact(6),
        23 => counted(data, 8),
        24 => Length::Exact(2),
        43 => match data.first() {
            None => Length::After(1),
            Some(&MEI_IDENTIFICATION) => Length::Exact(3),
            Some(_) => Length::AtLeast(1),
        },
        _ => Length::AtLeast(0),
    }
}

fn response(function: Function, data: &[u8]) -> Length {
    match function.0 {
        1..=4 | 12 | 17 | 20 | 21 | 23 => counted(data, 0),
        5 | 6 | 11 | 15 | 16 => Length::Exact(4),
        7 => Length::Exact(1),
        8 => diagnostics(data),
        22 => Length::Exact(6),
        24 => match data.first_chunk::<2>() {
            None => Length::After(2),
            Some(count) => Length::Exact(2 + usize::from(u16::from_be_bytes(*count))),
        },
        43 => match data.first() {
            None => Length::After(1),
            Some(&MEI_IDENTIFICATION) => identification::length(data),
            Some(_) => Length::AtLeast(1),
        },
        _ => Length::AtLeast(0),
    }
}

/// All subfunctions carry one word of data, except the echo, whose data are the client's.
fn diagnostics(data: &[u8]) -> Length {
    match data.first_chunk::<2>() {
        None => Length::After(2),
        Some([0, 0]) => Length::AtLeast(2),
        Some(_) => Length::Exact(4),
    }
}

/// The octet at `at` counts those that follow it.
fn counted(data: &[u8], at: usize) -> Length {
    match data.get(at) {
        None => Length::After(at + 1),
        Some(&count) => Length::Exact(at + 1 + usize::from(count)),
    }
}
