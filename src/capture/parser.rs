//! The step that both formats share: from octets at a place to the next record.
//!
//! Called by `reader` for files and streams and by [`walk`] for octets in memory. A parser
//! holds no octets and reads none twice; it never trusts a length and never panics.

use super::damage::{Defect, Part};
use super::error::Refusal;
use super::frame::Record;
use super::interface::Interfaces;
use super::pcap::Pcap;
use super::pcapng::Pcapng;
use super::sniff::{self, Format, HEAD};

/// What stands at a place of a capture.
#[derive(Debug)]
pub(super) enum Step {
    /// A frame; the next step is at `end`.
    Record { record: Record, end: usize },
    /// Something without a frame; the next step is at `end`.
    Pass { end: usize },
    /// So many octets from this place on are needed to tell, and they are not all there.
    Need { octets: usize, part: Part },
    /// It cannot be read. Boxed, so that a step stays small.
    Damage(Box<Defect>),
}

impl Step {
    #[cold]
    pub(super) fn damage(defect: Defect) -> Self {
        Self::Damage(Box::new(defect))
    }
}

/// The state of reading one capture.
#[derive(Debug)]
pub(super) enum Parser {
    /// Before the file header of a pcap.
    PcapHeader { source: usize },
    /// Behind it.
    Pcap(Pcap),
    /// In a pcapng; sections carry their headers among the other blocks.
    Pcapng(Pcapng),
}

impl Parser {
    pub(super) const fn new(format: Format, source: usize) -> Self {
        match format {
            Format::Pcap | Format::PcapModified => Self::PcapHeader { source },
            Format::Pcapng => Self::Pcapng(Pcapng::new(source)),
        }
    }

    /// Reads what stands at `at` of `octets`.
    #[inline]
    pub(super) fn step(&mut self, octets: &[u8], at: usize, interfaces: &mut Interfaces) -> Step {
        match self {
            Self::Pcap(pcap) => pcap.step(octets, at),
            Self::Pcapng(pcapng) => pcapng.step(octets, at, interfaces),
            Self::PcapHeader { source } => {
                let rest = octets.get(at..).unwrap_or_default();
                match Pcap::open(rest, *source, interfaces) {
                    Ok((pcap, length)) => {
                        *self = Self::Pcap(pcap);
                        Step::Pass {
                            end: at.saturating_add(length),
                        }
                    }
                    Err(step) => step,
                }
            }
        }
    }
}

/// Reads a whole capture that lies unpacked in memory and shows each record to `visit`, with
/// the octets of its frame. Answers where reading stopped and why, if not at the end.
///
/// A pure function of its octets: the door for fuzzing and for tests.
///
/// # Errors
///
/// The octets are no capture.
pub fn walk(
    octets: &[u8],
    visit: &mut dyn FnMut(&Record, &[u8]),
) -> Result<Option<(u64, Defect)>, Refusal> {
    let format = sniff::format(octets.get(..HEAD).unwrap_or(octets))?;
    let mut interfaces = Interfaces::default();
    let mut parser = Parser::new(format, 0);
    let mut at = 0;
    loop {
        match parser.step(octets, at, &mut interfaces) {
            Step::Record { record, end } => {
                visit(&record, record.within(octets));
                at = end;
            }
            Step::Pass { end } => at = end,
            Step::Need {
                octets: wants,
                part,
            } => {
                let has = octets.len().saturating_sub(at);
                return Ok(cut(part, wants, has).map(|defect| (at as u64, defect)));
            }
            Step::Damage(defect) => return Ok(Some((at as u64, *defect))),
        }
    }
}

/// What it means that a capture ends where a part of `wants` octets should stand: its proper
/// end where nothing more is there.
pub(super) fn cut(part: Part, wants: usize, has: usize) -> Option<Defect> {
    (has > 0).then_some(Defect::Cut {
        part,
        wants: wants as u64,
        has: has as u64,
    })
}

/// `N` numbers of 32 bits out of `OCTETS`, four for each.
#[inline]
pub(super) fn words<const N: usize, const OCTETS: usize>(
    big: bool,
    octets: &[u8; OCTETS],
) -> [u32; N] {
    const { assert!(OCTETS == 4 * N, "four octets for each number") };
    let mut words = [0; N];
    let (raw, _) = octets.as_chunks::<4>();
    for (word, raw) in words.iter_mut().zip(raw) {
        *word = if big {
            u32::from_be_bytes(*raw)
        } else {
            u32::from_le_bytes(*raw)
        };
    }
    words
}
