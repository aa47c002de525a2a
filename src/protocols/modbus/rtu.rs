//! RTU frames inside TCP or UDP, as serial device servers send them: `unit:1 pdu crc:2`.
//!
//! There is no length; the border follows from the function's shape and is proven by the
//! CRC. MODBUS over Serial Line Specification and Implementation Guide V1.02, 2.5.1.

use super::wire::shape::{self, Length};
use super::wire::{Direction, Pdu};

/// Fewest octets of a frame: unit, function, CRC.
pub(crate) const MIN_FRAME: usize = 4;
/// Most octets of a frame (2.5.1.1).
pub(crate) const MAX_FRAME: usize = 256;
/// Highest unit address; those above are reserved (2.2).
const MAX_UNIT: u8 = 247;
/// Octets that are neither function data: unit, function and CRC.
const AROUND: usize = 4;

/// CRC-16 with the polynomial 0xA001, reflected, starting from 0xFFFF (2.5.1.2 and annex B).
pub(crate) fn crc(octets: &[u8]) -> u16 {
    octets.iter().fold(0xffff, |crc, &octet| {
        let [low, high] = (crc ^ u16::from(octet)).to_le_bytes();
        u16::from(high) ^ step(low)
    })
}

/// Eight shifts of the CRC register, for one octet.
const fn step(octet: u8) -> u16 {
    let mut crc = octet as u16;
    let mut bit = 0;
    while bit < 8 {
        crc = if crc & 1 == 1 {
            crc >> 1 ^ 0xa001
        } else {
            crc >> 1
        };
        bit += 1;
    }
    crc
}

/// The CRC at the end of a frame, low octet first, where it is right.
pub(crate) fn checked(frame: &[u8]) -> Option<u16> {
    let (body, &[low, high]) = frame.split_last_chunk::<2>()?;
    let told = u16::from_le_bytes([low, high]);
    (told == crc(body)).then_some(told)
}

/// What the octets at the start hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A frame of so many octets with a right CRC.
    Frame(usize),
    /// Perhaps a frame; so many octets are needed to tell.
    Need(usize),
    /// No frame.
    Nothing,
}

/// Looks for a frame at the start of `octets`.
///
/// `whole`: the octets may be one frame from end to end, which is the only way to find the
/// border where the function does not tell, and more may come until they are. `likely` is the
/// direction that is tried first and, where more octets are needed for it, alone.
pub(crate) fn find(octets: &[u8], whole: bool, likely: Option<Direction>) -> Found {
    let Some((&[unit, code], data)) = octets.split_first_chunk::<2>() else {
        return Found::Need(MIN_FRAME);
    };
    let pdu = Pdu { code, data };
    if unit > MAX_UNIT || pdu.function().0 == 0 {
        return Found::Nothing;
    }
    let order = match likely {
        Some(Direction::Response) => [Direction::Response, Direction::Request],
        _ => [Direction::Request, Direction::Response],
    };
    let mut need = None;
    for direction in order {
        match shaped(octets, shape::length(direction, pdu), whole) {
            Found::Frame(size) => return Found::Frame(size),
            Found::Need(n) if likely == Some(direction) => return Found::Need(n),
            Found::Need(n) => need = Some(need.map_or(n, |need: usize| need.min(n))),
            Found::Nothing => {}
        }
    }
    need.map_or(Found::Nothing, Found::Need)
}

/// Looks for a frame whose data have this length.
fn shaped(octets: &[u8], length: Length, whole: bool) -> Found {
    let size = match length {
        Length::Exact(n) => n + AROUND,
        Length::After(n) => return Found::Need((n + AROUND).max(octets.len() + 1)),
        Length::AtLeast(n) if whole => octets.len().max(n + AROUND),
        Length::AtLeast(_) => return Found::Nothing,
    };
    if size > MAX_FRAME {
        return Found::Nothing;
    }
    match octets.get(..size) {
        None => Found::Need(size),
        Some(frame) if checked(frame).is_some() => Found::Frame(size),
        Some(_) if matches!(length, Length::AtLeast(_)) && size < MAX_FRAME => {
            Found::Need(size + 1)
        }
        Some(_) => Found::Nothing,
    }
}

/// Where the next frame begins in octets that need not begin with one: the first position
/// with a right CRC, else the first that could still become a frame.
pub(crate) fn next(octets: &[u8]) -> (usize, Found) {
    let mut waiting = None;
    for at in 0..octets.len() {
        let rest = octets.get(at..).unwrap_or_default();
        match find(rest, false, None) {
            Found::Frame(size) => return (at, Found::Frame(size)),
            Found::Need(n) if waiting.is_none() => waiting = Some((at, Found::Need(n))),
            Found::Need(_) | Found::Nothing => {}
        }
    }
    waiting.unwrap_or((octets.len(), Found::Nothing))
}
