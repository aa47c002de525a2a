//! The data link layer (IEEE Std 1815-2012, clause 9): frames, their control octet, their CRCs.
//!
//! Called by the probe and by the session. Views only: no state, no allocation, no panic.

use crate::wire::Octets;
use arrayvec::ArrayVec;

/// The two octets every frame starts with (9.2.4.1.1).
const START: [u8; 2] = [0x05, 0x64];

/// Octets of the header block: start, length, control, destination, source, CRC (9.2.4.1).
pub(super) const HEADER: usize = 10;

/// Least value of the length octet: control, destination and source (9.2.4.1.2).
const MIN_LENGTH: u8 = 5;

/// Most octets of user data in a frame: 255 less what the length octet counts of the header.
pub(super) const MAX_USER_DATA: usize = 250;

/// Octets of user data in a full data block (9.2.4).
const BLOCK: usize = 16;

/// Octets of the longest frame: the header and 250 octets of user data in 16 blocks.
pub(super) const MAX_FRAME: usize = HEADER + MAX_USER_DATA + 2 * MAX_USER_DATA.div_ceil(BLOCK);

/// First of the broadcast addresses 0xFFFD to 0xFFFF (9.2).
const FIRST_BROADCAST: u16 = 0xfffd;

/// CRC of 16 bits with the polynomial x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2
/// + 1, least significant bit first (annex E), an octet a step.
static CRC: [u16; 256] = crc_table();

#[allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler: a wrong index ends the build, and 255 fits 16 bits"
)]
const fn crc_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut rest = octet as u16;
        let mut bit = 0;
        while bit < 8 {
            rest = (rest >> 1) ^ if rest & 1 == 1 { 0xa6bc } else { 0 };
            bit += 1;
        }
        table[octet] = rest;
        octet += 1;
    }
    table
}

/// The CRC of one block as it is sent after it, low octet first.
pub(super) fn crc(octets: &[u8]) -> u16 {
    let rest = octets.iter().fold(0u16, |rest, &octet| {
        let [low, _] = rest.to_le_bytes();
        let step = CRC.get(usize::from(low ^ octet)).copied();
        (rest >> 8) ^ step.unwrap_or_default()
    });
    !rest
}

/// The link control octet (9.2.4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Control(pub(super) u8);

impl Control {
    /// DIR: sent by a master.
    pub(super) const fn is_master(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// PRM: starts a link service; otherwise answers one.
    pub(super) const fn primary(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// FCB: alternates with each confirmed frame of a primary station.
    pub(super) const fn fcb(self) -> Option<bool> {
        if self.primary() {
            Some(self.0 & 0x20 != 0)
        } else {
            None
        }
    }

    /// FCV of a primary station: the FCB counts.
    pub(super) const fn fcv(self) -> Option<bool> {
        if self.primary() {
            Some(self.0 & 0x10 != 0)
        } else {
            None
        }
    }

    /// DFC of a secondary station: it has no room for more.
    pub(super) const fn dfc(self) -> Option<bool> {
        if self.primary() {
            None
        } else {
            Some(self.0 & 0x10 != 0)
        }
    }

    /// The link function code; its meaning depends on PRM.
    pub(super) const fn function(self) -> u8 {
        self.0 & 0x0f
    }

    /// Whether the frame carries a transport segment: CONFIRMED_USER_DATA or
    /// UNCONFIRMED_USER_DATA of a primary station.
    pub(super) const fn carries_data(self) -> bool {
        self.primary() && matches!(self.function(), 3 | 4)
    }

    /// Name of the function code (9.2.4.1.3).
    pub(super) const fn function_name(self) -> Option<&'static str> {
        Some(match (self.primary(), self.function()) {
            (true, 0) => "reset link states",
            (true, 1) => "reset user process",
            (true, 2) => "test link states",
            (true, 3) => "confirmed user data",
            (true, 4) => "unconfirmed user data",
            (true, 9) => "request link status",
            (false, 0) => "ack",
            (false, 1) => "nack",
            (false, 11) => "link status",
            (false, 15) => "not supported",
            _ => return None,
        })
    }
}

/// A link header whose CRC is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Octets of control, addresses and user data, without CRCs; at least 5.
    pub(super) length: u8,
    /// Control octet.
    pub(super) control: Control,
    /// Address of the receiver.
    pub(super) destination: u16,
    /// Address of the sender.
    pub(super) source: u16,
}

impl Header {
    /// Octets of user data.
    pub(super) fn user_data(&self) -> usize {
        usize::from(self.length.saturating_sub(MIN_LENGTH))
    }

    /// Octets of the whole frame with its CRCs.
    pub(super) fn frame(&self) -> usize {
        let data = self.user_data();
        HEADER + data + 2 * data.div_ceil(BLOCK)
    }

    /// Whether the frame is for every outstation.
    pub(super) const fn is_broadcast(&self) -> bool {
        self.destination >= FIRST_BROADCAST
    }
}

/// What stands where a frame should start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// A header with a right CRC.
    Frame(Header),
    /// A header with a right CRC whose length octet is below 5.
    TooShort,
    /// The start octets with a wrong header CRC.
    BadCrc,
    /// A header could start here, but its octets are not all there.
    Partial,
    /// Something else.
    Foreign,
}

/// Looks at what stands at the front of `octets`.
pub(super) fn start(octets: &[u8]) -> Start {
    let Some((head, _)) = octets.split_first_chunk::<HEADER>() else {
        let seen = octets.len().min(START.len());
        let partial = octets.get(..seen) == START.get(..seen);
        return if partial {
            Start::Partial
        } else {
            Start::Foreign
        };
    };
    let [s0, s1, length, control, d0, d1, a0, a1, c0, c1] = *head;
    if [s0, s1] != START {
        return Start::Foreign;
    }
    if crc(&[s0, s1, length, control, d0, d1, a0, a1]) != u16::from_le_bytes([c0, c1]) {
        return Start::BadCrc;
    }
    if length < MIN_LENGTH {
        return Start::TooShort;
    }
    Start::Frame(Header {
        length,
        control: Control(control),
        destination: u16::from_le_bytes([d0, d1]),
        source: u16::from_le_bytes([a0, a1]),
    })
}

/// Finds the next place from `from` on where a header with a right CRC stands, or where one
/// could start that is not all there; the end of `octets` where there is none. One pass.
pub(super) fn resync(octets: &[u8], from: usize) -> usize {
    let mut at = from.min(octets.len());
    while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
        match rest.iter().position(|&octet| octet == START[0]) {
            None => return octets.len(),
            Some(0) => match start(rest) {
                Start::Frame(_) | Start::TooShort | Start::Partial => return at,
                Start::BadCrc | Start::Foreign => at = at.saturating_add(1),
            },
            Some(ahead) => at = at.saturating_add(ahead),
        }
    }
    octets.len()
}

/// Takes the user data out of its blocks, checking each block's CRC; `Err` with the offset in
/// the frame of the first block that is wrong or not all there.
pub(super) fn user_data(
    header: &Header,
    frame: &[u8],
    out: &mut ArrayVec<u8, MAX_USER_DATA>,
) -> Result<(), usize> {
    out.clear();
    let mut octets = Octets::new(frame);
    let _ = octets.skip(HEADER);
    let mut left = header.user_data();
    while left > 0 {
        let at = octets.at();
        let block = octets.take(left.min(BLOCK)).ok_or(at)?;
        if octets.le16() != Some(crc(block)) {
            return Err(at);
        }
        out.try_extend_from_slice(block).map_err(|_| at)?;
        left -= block.len();
    }
    Ok(())
}
