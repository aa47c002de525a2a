//! A decoded ADU as other rooms see it.

use super::Framing;
use super::fields::FIELDS;
use super::wire::{Direction, Parts, Pdu};
use crate::facts::{Message, Visitor};
use std::time::Duration;

/// One request or response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adu<'a> {
    pub(crate) framing: Framing,
    pub(crate) direction: Direction,
    /// Transaction identifier; RTU has none.
    pub(crate) transaction: Option<u16>,
    /// Length field; RTU has none.
    pub(crate) length: Option<u16>,
    pub(crate) unit: u8,
    /// CRC; Modbus/TCP has none.
    pub(crate) crc: Option<u16>,
    pub(crate) pdu: Pdu<'a>,
    pub(crate) parts: Parts<'a>,
    /// The request, where this answers one that was seen.
    pub(crate) asked: Option<Asked<'a>>,
}

/// What a response's request said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) parts: Parts<'a>,
    /// Number of the frame that completed it.
    pub(crate) frame: u64,
    /// Time between request and response.
    pub(crate) elapsed: Duration,
}

impl<'a> Adu<'a> {
    /// A part of this PDU or, where a response does not repeat it, of its request.
    pub(crate) fn part<T>(&self, part: impl Fn(&Parts<'a>) -> Option<T>) -> Option<T> {
        part(&self.parts).or_else(|| part(&self.asked.as_ref()?.parts))
    }

    /// A part of the request: of this PDU if it is one, else of the one it answers.
    pub(crate) fn request(&self) -> Option<&Parts<'a>> {
        match self.direction {
            Direction::Request => Some(&self.parts),
            Direction::Response => self.asked.as_ref().map(|asked| &asked.parts),
        }
    }
}

impl Message for Adu<'_> {
    fn protocol(&self) -> &'static str {
        super::NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some(row) = FIELDS.get(index) {
            (row.read)(self, out);
        }
    }
}
