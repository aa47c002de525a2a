//! A record, and how it stands in a segment.
//!
//! Integers are little-endian:
//!
//! ```text
//! mark     4   FF 4A 53 FF: octets that no text has
//! length   4   of the body
//! checksum 4   CRC-32C of length and body
//! body         number 8, stored 8, time 8, severity 1, event: the line without its end
//!              the highest bit of the severity says that the alert is muted
//! ```

use crate::facts::Time;

/// What each record begins with. `FF` is in no UTF-8, so that no event can hold it.
pub(super) const MARK: [u8; 4] = [0xff, b'J', b'S', 0xff];

/// Octets before the body.
pub(super) const HEAD: usize = 12;

/// Octets of a body before its event.
const FIXED: usize = 25;

/// Octets of a body at most. The longest events are a few tens of KiB.
pub(super) const LONGEST: usize = 4 * 1024 * 1024;

/// Beside the severity: people have muted it.
const MUTED: u8 = 0x80;

/// An event that is kept: an alert, an incident, or how the sensor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number: the first one has 1, and each one more than the one before.
    pub number: u64,
    /// When it was stored, by the clock of the sensor.
    pub stored: Time,
    /// When what it tells happened.
    pub time: Time,
    /// 1 high to 4 information.
    pub severity: u8,
    /// People have muted it: it is kept, and no output gets it.
    pub muted: bool,
    /// The event as `eve` writes it, without the end of its line.
    pub event: Box<[u8]>,
}

impl Record {
    /// Octets that it takes in a segment.
    pub(super) const fn length(&self) -> usize {
        HEAD + FIXED + self.event.len()
    }

    /// Adds the record as it stands in a segment. One that is too long is refused before.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let mut body = Vec::with_capacity(FIXED + self.event.len());
        body.extend(self.number.to_le_bytes());
        body.extend(self.stored.nanos().to_le_bytes());
        body.extend(self.time.nanos().to_le_bytes());
        let mark = if self.muted { MUTED } else { 0 };
        body.push(self.severity & !MUTED | mark);
        body.extend(&*self.event);
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
        out.extend(MARK);
        out.extend(length);
        out.extend(checksum(&length, &body).to_le_bytes());
        out.extend(body);
    }

    /// The record with this body.
    fn decode(body: &[u8]) -> Option<Self> {
        let (number, body) = body.split_first_chunk()?;
        let (stored, body) = body.split_first_chunk()?;
        let (time, body) = body.split_first_chunk()?;
        let (severity, event) = body.split_first()?;
        Some(Self {
            number: u64::from_le_bytes(*number),
            stored: Time::from_nanos(u64::from_le_bytes(*stored)),
            time: Time::from_nanos(u64::from_le_bytes(*time)),
            severity: severity & !MUTED,
            muted: severity & MUTED != 0,
            event: event.into(),
        })
    }
}

/// What stands before a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    length: [u8; 4],
    checksum: u32,
}

impl Head {
    /// The head in these octets.
    pub(super) fn decode(octets: &[u8; HEAD]) -> Option<Self> {
        let rest = octets.strip_prefix(&MARK)?;
        let (length, checksum) = rest.split_first_chunk()?;
        Some(Self {
            length: *length,
            checksum: u32::from_le_bytes(checksum.try_into().ok()?),
        })
    }

    /// Octets of the body, where so many can be.
    pub(super) fn body(self) -> Option<usize> {
        let length = usize::try_from(u32::from_le_bytes(self.length)).ok()?;
        (FIXED..=LONGEST).contains(&length).then_some(length)
    }

    /// The record with this body, where it is whole.
    pub(super) fn record(self, body: &[u8]) -> Option<Record> {
        let whole = checksum(&self.length, body) == self.checksum;
        whole.then(|| Record::decode(body)).flatten()
    }
}

fn checksum(length: &[u8], body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(length), body)
}
