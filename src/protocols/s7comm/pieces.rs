//! Blocks on their way to and from a controller: the pieces of each transfer, and what a whole
//! block tells of itself.
//!
//! Called by the jobs for each step of an upload or download, and by the session where octets
//! were lost. Lends what stands in the packet; keeps nothing.

use super::act::Act;
use super::blocks::{self, Block, BlockType, Date, Transfer};
use super::wire::{Function, Pdu};
use crate::facts::program::{self, Step};
use crate::facts::{Legend, Outcome, Piece, Side, Way};
use crate::protocols::Sink;
use crate::wire::Octets;

/// Status of an answer with octets: more of them follow; the step failed.
const MORE: u8 = 0x01;
const FAILED: u8 = 0x02;

/// What a block begins with.
const MAGIC: u16 = 0x7070;

/// Lends the piece that a job and its answer are.
pub(super) fn tell(
    act: &Act,
    function: Function,
    (job, file): (&Transfer<'_>, &[u8]),
    (answer, outcome): (Option<&Pdu<'_>>, Outcome),
    out: &mut dyn Sink,
) {
    let opened = match function {
        Function::START_UPLOAD => answer.and_then(|a| Transfer::start_upload_answer(a.parameter)),
        _ => None,
    };
    let (way, transfer) = match function {
        Function::REQUEST_DOWNLOAD | Function::DOWNLOAD_BLOCK | Function::DOWNLOAD_ENDED => {
            let named = Some(file).filter(|file| !file.is_empty());
            (Way::Download, named.map(program::Transfer::Name))
        }
        _ => {
            let number = opened.unwrap_or(*job).upload;
            (Way::Upload, number.map(program::Transfer::Number))
        }
    };
    let name = Block::parse(file).map(|block| block.name());
    let name = name.as_deref().unwrap_or(file);
    let step = match function {
        Function::REQUEST_DOWNLOAD if outcome == Outcome::Done => Step::Open {
            name,
            length: job.load_length.map(u64::from),
            made: None,
        },
        Function::START_UPLOAD if outcome == Outcome::Done => Step::Open {
            name,
            length: opened.and_then(|o| o.length).map(u64::from),
            made: None,
        },
        // What did not begin, or was not seen to, has no pieces.
        Function::REQUEST_DOWNLOAD | Function::START_UPLOAD => return,
        Function::DOWNLOAD_BLOCK | Function::UPLOAD => part(answer, outcome),
        _ => Step::Close {
            outcome,
            last: None,
        },
    };
    out.piece(&Piece {
        way: Some(way),
        actor: act.actor,
        unit: act.unit,
        transfer: transfer.unwrap_or(program::Transfer::Unknown),
        step,
        stamp: act.answered.or(act.requested),
    });
}

/// The octets that an answer brings.
fn part<'a>(answer: Option<&Pdu<'a>>, outcome: Outcome) -> Step<'a> {
    let Some(answer) = answer.filter(|_| outcome == Outcome::Done) else {
        return Step::Lost;
    };
    let status = answer.parameter.get(1).copied().unwrap_or_default();
    match blocks::part(answer.data) {
        Some(octets) if status & FAILED == 0 => Step::Octets {
            octets,
            place: None,
            more: status & MORE != 0,
        },
        _ => Step::Lost,
    }
}

/// The shortest packet that brings octets of a block: TPKT and DT, the header of an answer,
/// function and status, four octets before the block's, and one of these. The packets that open a
/// transfer are longer.
const LEAST: u64 = 4 + 3 + 12 + 2 + 4 + 1;

/// Tells that octets of this side were lost, where something of a block can have been among them.
/// Captures that leave out acknowledgments without content are common.
pub(super) fn lost(side: Side, lost: Option<u64>, out: &mut dyn Sink) {
    if lost.is_some_and(|octets| octets < LEAST) {
        return;
    }
    out.piece(&Piece {
        way: None,
        actor: side,
        unit: None,
        transfer: program::Transfer::Unknown,
        step: Step::Lost,
        stamp: None,
    });
}

/// Reads what a block tells of itself: a header of 36 octets, its parts, and behind these who
/// wrote it. The header alone tells all but that.
pub(super) fn legend(program: &[u8]) -> Option<Legend<'_>> {
    let mut o = Octets::new(program);
    if o.be16()? != MAGIC {
        return None;
    }
    // Version of the form, attributes.
    o.skip(2)?;
    let language = o.u8()?;
    let kind = BlockType(o.u8()?);
    let number = o.be16()?;
    let length = o.be32()?;
    let security = o.be32()?;
    let (changed, interface_changed) = (Date::read(&mut o)?, Date::read(&mut o)?);
    let (interface, segments) = (o.be16()?, o.be16()?);
    // Local data takes no room in the block.
    o.skip(2)?;
    let code = o.be16()?;
    let parts = usize::from(interface) + usize::from(segments) + usize::from(code);
    let block = Block::of(kind, number);
    let mut legend = Legend {
        name: String::from_utf8_lossy(&block.name()).into_owned(),
        length: Some(length.into()),
        language: blocks::language(language),
        changed: changed.moment(),
        interface_changed: interface_changed.moment(),
        protected: security & 0xff == PROTECTED,
        ..Legend::default()
    };
    if o.skip(parts).is_some() {
        sign(&mut legend, o);
    }
    Some(legend)
}

/// Know-how protected, in the last octet of the security word.
const PROTECTED: u32 = 3;

/// Reads who wrote a block: author, family, name, eight octets each, and the version.
fn sign<'a>(legend: &mut Legend<'a>, mut o: Octets<'a>) -> Option<()> {
    let author = o.take(8)?;
    let (family, title, version) = (o.take(8)?, o.take(8)?, o.u8()?);
    legend.author = blocks::trim(author);
    legend.family = blocks::trim(family);
    legend.title = blocks::trim(title);
    legend.version = format!("{}.{}", version >> 4, version & 0x0f);
    Some(())
}
