//! pcap: a file header, then records of a 16-octet header and a frame
//! (draft-ietf-opsawg-pcap-05).
//!
//! Called by `parser`, once a record.

use super::FRAME_MAX;
use super::damage::{Defect, Part};
use super::frame::{LinkType, Record};
use super::interface::{INTERFACES_MAX, Interface, Interfaces};
use super::parser::{Step, words};
use crate::facts::Time;
use crate::wire::Octets;

/// Length of the file header, octets.
const FILE_HEADER: usize = 24;
/// Length of a record header, octets.
const RECORD_HEADER: usize = 16;
/// How much longer a record header of the modified format is: interface index, protocol,
/// packet type and a filler.
const MODIFIED_EXTRA: usize = 8;

/// Times in microseconds.
const MICRO: u32 = 0xa1b2_c3d4;
/// Times in nanoseconds.
const NANO: u32 = 0xa1b2_3c4d;
/// Times in microseconds, longer record headers.
const MODIFIED: u32 = 0xa1b2_cd34;

/// What the file header says of all records.
#[derive(Debug)]
pub(super) struct Pcap {
    big: bool,
    /// Version 2.3 or before, which wrote the two lengths of a record in either order.
    old: bool,
    nanos_per_unit: u64,
    record_header: usize,
    link: LinkType,
    interface: u32,
}

impl Pcap {
    /// Reads the file header; also answers its length.
    pub(super) fn open(
        octets: &[u8],
        source: usize,
        interfaces: &mut Interfaces,
    ) -> Result<(Self, usize), Step> {
        let need = || Step::Need {
            octets: FILE_HEADER,
            part: Part::FileHeader,
        };
        let mut header = Octets::new(octets);
        let magic = header.be32().ok_or_else(need)?;
        let big = matches!(magic, MICRO | NANO | MODIFIED);
        let mut short = || header.array().map(|raw| number16(big, raw));
        let (major, minor) = (short().ok_or_else(need)?, short().ok_or_else(need)?);
        // Time zone and accuracy, which nobody has ever filled in.
        header.skip(8).ok_or_else(need)?;
        let mut long = || header.array().map(|raw| number32(big, raw));
        let (snaplen, link) = (long().ok_or_else(need)?, long().ok_or_else(need)?);
        if major != 2 {
            return Err(Step::damage(Defect::Version(major, minor)));
        }
        let magic = if big { magic } else { magic.swap_bytes() };
        let mut interface = Interface::new(source, link_type(link), snaplen);
        interface.fcs = fcs_length(link);
        let number = interfaces
            .enter(interface)
            .ok_or_else(|| Step::damage(Defect::Interfaces(INTERFACES_MAX)))?;
        let extra = if magic == MODIFIED { MODIFIED_EXTRA } else { 0 };
        let pcap = Self {
            big,
            old: minor < 4,
            nanos_per_unit: if magic == NANO { 1 } else { 1000 },
            record_header: RECORD_HEADER + extra,
            link: link_type(link),
            interface: number,
        };
        Ok((pcap, FILE_HEADER))
    }

    /// Reads the record at `at`.
    #[inline]
    pub(super) fn step(&self, octets: &[u8], at: usize) -> Step {
        let Some((header, _)) = octets
            .get(at..)
            .and_then(<[u8]>::split_first_chunk::<RECORD_HEADER>)
        else {
            return self.cut(0, 0);
        };
        let [seconds, fraction, mut captured, mut original] =
            words::<4, RECORD_HEADER>(self.big, header);
        if self.old && captured > original {
            (captured, original) = (original, captured);
        }
        if captured > FRAME_MAX {
            return Step::damage(Defect::FrameLength(captured));
        }
        let length = self.record_header.saturating_add(captured as usize);
        let end = at.saturating_add(length);
        if end > octets.len() {
            return self.cut(octets.len().saturating_sub(at), length);
        }
        let nanos = u64::from(fraction) * self.nanos_per_unit;
        let record = Record {
            time: Time::from_parts(u64::from(seconds), nanos),
            start: at.saturating_add(self.record_header),
            captured,
            original,
            interface: self.interface,
            link: self.link,
            // More than a second in the fraction of a second is no time.
            time_known: nanos < 1_000_000_000,
        };
        Step::Record { record, end }
    }

    /// What is needed where `has` octets are there of a record of `length`.
    #[cold]
    const fn cut(&self, has: usize, length: usize) -> Step {
        if has < self.record_header {
            Step::Need {
                octets: self.record_header,
                part: Part::RecordHeader,
            }
        } else {
            Step::Need {
                octets: length,
                part: Part::Record,
            }
        }
    }
}

const fn number16(big: bool, raw: [u8; 2]) -> u16 {
    if big {
        u16::from_be_bytes(raw)
    } else {
        u16::from_le_bytes(raw)
    }
}

const fn number32(big: bool, raw: [u8; 4]) -> u32 {
    if big {
        u32::from_be_bytes(raw)
    } else {
        u32::from_le_bytes(raw)
    }
}

/// The low 16 bits of the header's link field.
fn link_type(field: u32) -> LinkType {
    let [_, _, high, low] = field.to_be_bytes();
    LinkType(u16::from_be_bytes([high, low]))
}

/// Length of the frame check sequence, octets: bit 26 says that the top four bits hold it, in
/// units of 16 bits.
fn fcs_length(field: u32) -> u8 {
    let [top, ..] = field.to_be_bytes();
    if top & 0x04 == 0 { 0 } else { (top >> 4) * 2 }
}
