//! pcapng: sections of blocks, each with its type and its length before and behind its content
//! (draft-ietf-opsawg-pcapng-03).
//!
//! Called by `parser`, once a block. Blocks of unknown types are passed over; a section header
//! forgets the interfaces of the section before.

use super::FRAME_MAX;
use super::damage::{Defect, Part};
use super::described::{Described, Resolution};
use super::frame::{LinkType, Record};
use super::interface::{INTERFACES_MAX, Interface, Interfaces, text};
use super::parser::{Step, words};
use crate::facts::Time;
use crate::wire::Octets;

/// Longest block, octets. The largest blocks in use (name resolution, decryption secrets) stay
/// below a few MiB, and Wireshark reads none above 16 MiB.
const BLOCK_MAX: u32 = 16 * 1024 * 1024;
/// Type and length, before a block's content.
const BLOCK_HEAD: usize = 8;
/// The shortest block, without content.
const BLOCK_MIN: u32 = 12;

/// Section header block; reads the same in both byte orders.
const SECTION: u32 = 0x0a0d_0d0a;
/// Interface description block.
const INTERFACE: u32 = 1;
/// Packet block, obsolete.
const PACKET: u32 = 2;
/// Simple packet block.
const SIMPLE_PACKET: u32 = 3;
/// Interface statistics block.
const STATISTICS: u32 = 5;
/// Enhanced packet block.
const ENHANCED_PACKET: u32 = 6;

/// The byte-order mark of a section header.
const BYTE_ORDER: u32 = 0x1a2b_3c4d;

/// Option of an interface: its name.
const IF_NAME: u16 = 2;
/// Option of an interface: its description.
const IF_DESCRIPTION: u16 = 3;
/// Option of an interface: resolution of its times.
const IF_TSRESOL: u16 = 9;
/// Option of an interface: length of the frame check sequence.
const IF_FCSLEN: u16 = 13;
/// Option of an interface: seconds to add to its times.
const IF_TSOFFSET: u16 = 14;
/// Option of statistics: packets received.
const ISB_IFRECV: u16 = 4;
/// Option of statistics: packets dropped by the interface.
const ISB_IFDROP: u16 = 5;
/// Option of statistics: packets dropped by the system.
const ISB_OSDROP: u16 = 7;
/// Option of an enhanced packet: packets dropped since the one before.
const EPB_DROPCOUNT: u16 = 4;

/// The state of reading one pcapng.
#[derive(Debug)]
pub(super) struct Pcapng {
    source: usize,
    big: bool,
    interfaces: Vec<Described>,
}

/// Reads numbers in the byte order of the section.
#[derive(Clone, Copy)]
struct Fields<'a> {
    octets: Octets<'a>,
    big: bool,
}

impl Fields<'_> {
    #[inline]
    fn u16(&mut self) -> Option<u16> {
        if self.big {
            self.octets.be16()
        } else {
            self.octets.le16()
        }
    }

    #[inline]
    fn u32(&mut self) -> Option<u32> {
        if self.big {
            self.octets.be32()
        } else {
            self.octets.le32()
        }
    }

    #[inline]
    fn u64(&mut self) -> Option<u64> {
        if self.big {
            self.octets.be64()
        } else {
            self.octets.le64()
        }
    }
}

impl<'a> Fields<'a> {
    /// The next option: its code and its value. `None` at the end of options and where they
    /// are malformed, which costs no more than the options behind.
    fn option(&mut self) -> Option<(u16, &'a [u8])> {
        let (code, length) = (self.u16()?, usize::from(self.u16()?));
        if code == 0 {
            return None;
        }
        let value = self.octets.take(length)?;
        // The filler may be missing behind the last one.
        let _ = self.octets.skip(length.wrapping_neg() % 4);
        Some((code, value))
    }

    /// A number of 64 bits that is the whole value of an option.
    fn counter(&self, value: &[u8]) -> Option<u64> {
        let raw = value.try_into().ok()?;
        Some(if self.big {
            u64::from_be_bytes(raw)
        } else {
            u64::from_le_bytes(raw)
        })
    }
}

/// A block whose two lengths agree.
struct Block<'a> {
    kind: u32,
    /// What stands between the lengths.
    content: Fields<'a>,
    /// Where the content begins.
    start: usize,
    /// Where the next block begins.
    end: usize,
}

impl Pcapng {
    pub(super) const fn new(source: usize) -> Self {
        Self {
            source,
            big: false,
            interfaces: Vec::new(),
        }
    }

    /// Reads the block at `at`.
    #[inline]
    pub(super) fn step(&mut self, octets: &[u8], at: usize, interfaces: &mut Interfaces) -> Step {
        let block = match self.block(octets, at) {
            Ok(block) => block,
            Err(step) => return step,
        };
        let read = match block.kind {
            ENHANCED_PACKET => self.enhanced(&block, interfaces),
            PACKET => self.packet(&block, interfaces),
            SIMPLE_PACKET => self.simple(&block),
            INTERFACE => self.describe(&block, interfaces),
            STATISTICS => self.statistics(&block, interfaces),
            SECTION => self.section(&block),
            _ => Some(Step::Pass { end: block.end }),
        };
        read.unwrap_or_else(|| Step::damage(Defect::BlockContent { kind: block.kind }))
    }

    /// Finds the borders of the block at `at`, and with a section header the byte order.
    #[inline]
    fn block<'a>(&mut self, octets: &'a [u8], at: usize) -> Result<Block<'a>, Step> {
        let rest = octets.get(at..).unwrap_or_default();
        let Some((head, _)) = rest.split_first_chunk() else {
            return Err(Step::Need {
                octets: BLOCK_MIN as usize,
                part: Part::BlockHeader,
            });
        };
        // The last of these is the byte-order mark where this is a section header.
        let [kind, mut length, mark] = words::<3, 12>(self.big, head);
        if kind == SECTION {
            if mark == BYTE_ORDER.swap_bytes() {
                self.big = !self.big;
                length = length.swap_bytes();
            } else if mark != BYTE_ORDER {
                return Err(Step::damage(Defect::ByteOrder(mark)));
            }
        }
        if !(BLOCK_MIN..=BLOCK_MAX).contains(&length) || !length.is_multiple_of(4) {
            return Err(Step::damage(Defect::BlockLength(length)));
        }
        let size = length as usize;
        let found = rest.get(..size).and_then(<[u8]>::split_last_chunk);
        let Some((front, tail)) = found else {
            return Err(Step::Need {
                octets: size,
                part: Part::Block,
            });
        };
        let [last] = words::<1, 4>(self.big, tail);
        if last != length {
            return Err(Step::damage(Defect::Trailer {
                first: length,
                last,
            }));
        }
        Ok(Block {
            kind,
            content: Fields {
                octets: Octets::new(front.get(BLOCK_HEAD..).unwrap_or_default()),
                big: self.big,
            },
            start: at.saturating_add(BLOCK_HEAD),
            end: at.saturating_add(size),
        })
    }

    /// A section header: what was described before is forgotten.
    fn section(&mut self, block: &Block<'_>) -> Option<Step> {
        let mut fields = block.content;
        fields.u32()?;
        let (major, minor) = (fields.u16()?, fields.u16()?);
        // The length of the section, which need not be true and is not needed.
        fields.u64()?;
        if major != 1 {
            return Some(Step::damage(Defect::Version(major, minor)));
        }
        self.interfaces.clear();
        Some(Step::Pass { end: block.end })
    }

    /// An interface description.
    fn describe(&mut self, block: &Block<'_>, interfaces: &mut Interfaces) -> Option<Step> {
        let mut fields = block.content;
        let link = LinkType(fields.u16()?);
        fields.u16()?;
        let snaplen = fields.u32()?;
        let mut interface = Interface::new(self.source, link, snaplen);
        // Microseconds where nothing is said.
        let mut resolution = Resolution::Nanos(1000);
        let mut seconds = 0_i64;
        while let Some((code, value)) = fields.option() {
            match (code, value) {
                (IF_NAME, name) => interface.name = text(name),
                (IF_DESCRIPTION, description) => interface.description = text(description),
                (IF_TSRESOL, [option, ..]) => resolution = Resolution::new(*option),
                (IF_FCSLEN, [length, ..]) => interface.fcs = fcs_length(*length),
                (IF_TSOFFSET, offset) => {
                    let raw = fields.counter(offset).unwrap_or_default();
                    seconds = raw.cast_signed();
                }
                _ => {}
            }
        }
        let room = self.interfaces.len() < INTERFACES_MAX;
        let Some(number) = room.then(|| interfaces.enter(interface)).flatten() else {
            return Some(Step::damage(Defect::Interfaces(INTERFACES_MAX)));
        };
        self.interfaces.push(Described {
            number,
            link,
            snaplen,
            resolution,
            offset: i128::from(seconds) * 1_000_000_000,
            counted: (0, 0),
            statistics: false,
        });
        Some(Step::Pass { end: block.end })
    }

    /// An enhanced packet block.
    #[inline]
    fn enhanced(&mut self, block: &Block<'_>, interfaces: &mut Interfaces) -> Option<Step> {
        let mut fields = block.content;
        let head = fields.octets.array()?;
        let [index, high, low, captured, original] = words::<5, 20>(self.big, &head);
        let described = self.interfaces.len();
        let Some(interface) = self.interfaces.get_mut(index as usize) else {
            return Some(Step::damage(Defect::Interface { index, described }));
        };
        let time = interface.time(high, low);
        let step = frame(block, &mut fields, interface, time, captured, original);
        // More than the filler: options.
        if fields.octets.left() > 3 {
            lost_between(fields, captured, interface, interfaces);
        }
        step
    }

    /// An obsolete packet block.
    fn packet(&mut self, block: &Block<'_>, interfaces: &mut Interfaces) -> Option<Step> {
        let mut fields = block.content;
        let (index, drops) = (fields.u16()?, fields.u16()?);
        let (high, low) = (fields.u32()?, fields.u32()?);
        let (captured, original) = (fields.u32()?, fields.u32()?);
        let described = self.interfaces.len();
        let Some(interface) = self.interfaces.get_mut(usize::from(index)) else {
            let index = u32::from(index);
            return Some(Step::damage(Defect::Interface { index, described }));
        };
        // All ones: not known.
        if drops != u16::MAX {
            interface.lost(u64::from(drops), interfaces);
        }
        let time = interface.time(high, low);
        frame(block, &mut fields, interface, time, captured, original)
    }

    /// A simple packet block: of the first interface, without a time, its captured length told
    /// by the snap length alone.
    fn simple(&self, block: &Block<'_>) -> Option<Step> {
        let mut fields = block.content;
        let original = fields.u32()?;
        let Some(interface) = self.interfaces.first() else {
            return Some(Step::damage(Defect::Interface {
                index: 0,
                described: 0,
            }));
        };
        let captured = match interface.snaplen {
            0 => original,
            limit => original.min(limit),
        };
        frame(block, &mut fields, interface, None, captured, original)
    }

    /// Interface statistics: counters from the start of the capture on.
    fn statistics(&mut self, block: &Block<'_>, interfaces: &mut Interfaces) -> Option<Step> {
        let mut fields = block.content;
        let index = fields.u32()?;
        fields.u64()?;
        let described = self.interfaces.len();
        let Some(interface) = self.interfaces.get_mut(index as usize) else {
            return Some(Step::damage(Defect::Interface { index, described }));
        };
        let (mut received, mut dropped) = (0, 0_u64);
        while let Some((code, value)) = fields.option() {
            let Some(counter) = fields.counter(value) else {
                continue;
            };
            match code {
                ISB_IFRECV => received = counter,
                ISB_IFDROP | ISB_OSDROP => dropped = dropped.saturating_add(counter),
                _ => {}
            }
        }
        let before = interface.counted;
        interfaces.count(
            interface.number,
            received.saturating_sub(before.0),
            dropped.saturating_sub(before.1),
        );
        interface.counted = (received.max(before.0), dropped.max(before.1));
        interface.statistics = true;
        Some(Step::Pass { end: block.end })
    }
}

/// Takes the frame of a packet block, whose fields were read up to it.
#[inline]
fn frame(
    block: &Block<'_>,
    fields: &mut Fields<'_>,
    interface: &Described,
    time: Option<Time>,
    captured: u32,
    original: u32,
) -> Option<Step> {
    if captured > FRAME_MAX {
        return Some(Step::damage(Defect::FrameLength(captured)));
    }
    let start = block.start.saturating_add(fields.octets.at());
    fields.octets.skip(captured as usize)?;
    let record = Record {
        time: time.unwrap_or_default(),
        start,
        captured,
        original,
        interface: interface.number,
        link: interface.link,
        time_known: time.is_some(),
    };
    Some(Step::Record {
        record,
        end: block.end,
    })
}

/// Counts what the options behind a frame say was lost before it.
fn lost_between(
    mut fields: Fields<'_>,
    captured: u32,
    interface: &mut Described,
    interfaces: &mut Interfaces,
) {
    // The filler behind the frame.
    let _ = fields.octets.skip((captured.wrapping_neg() % 4) as usize);
    while let Some((code, value)) = fields.option() {
        if code == EPB_DROPCOUNT {
            let lost = fields.counter(value).unwrap_or_default();
            interface.lost(lost, interfaces);
        }
    }
}

/// Length of the frame check sequence in octets. The standard says bits, its own example and
/// the common writers say octets; no check sequence is shorter than 16 bits or longer than 8
/// octets, so the number tells which is meant.
const fn fcs_length(option: u8) -> u8 {
    match option {
        0..=8 => option,
        9..=64 => option / 8,
        _ => 0,
    }
}
