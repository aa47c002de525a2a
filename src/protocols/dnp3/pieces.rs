//! Files on their way to and from an outstation: the pieces of each transfer.
//!
//! Called with each act that is told, and by the session where octets were lost. Lends what
//! stands in the fragments; keeps nothing. Blocks are numbered from 0 and the last one is marked
//! (IEEE Std 1815-2012, A.27.5), so a block that is refused or not seen is missed by its number.

use super::files::{self, APPEND, File, READ};
use super::items::{Act, objects_of};
use super::link;
use super::wire::{Fragment, Function};
use crate::facts::program::{Step, Transfer};
use crate::facts::{Class, Outcome, Piece, Side, Way};
use crate::protocols::Sink;

/// Group of the file objects.
const FILE: u8 = 70;

/// A size that is not known (A.27.4).
const UNKNOWN: u32 = u32::MAX;

/// Lends the pieces that an act is.
pub(super) fn tell(act: &Act<'_>, out: &mut dyn Sink) {
    if act.meaning.class != Class::File {
        return;
    }
    let done = act.outcome == Outcome::Done;
    // An answer without its request can be that to a read alone where it brings a block.
    match act.request.map_or(Function::READ, |asked| asked.function) {
        Function::OPEN_FILE if done => open(act, out),
        Function::READ if done => blocks(act, Way::Upload, act.answer, out),
        Function::WRITE if done => blocks(act, Way::Download, act.request, out),
        Function::CLOSE_FILE | Function::ABORT_FILE => {
            for file in files_of(act.request) {
                let outcome = act.outcome;
                let step = Step::Close {
                    outcome,
                    last: None,
                };
                piece(act, None, file, step, out);
            }
        }
        _ => {}
    }
}

/// A file was opened: its name and mode stand in the request, its handle in the answer.
fn open(act: &Act<'_>, out: &mut dyn Sink) {
    let asked = files_of(act.request).find(|file| file.mode.is_some());
    let opened = files_of(act.answer).find(|file| file.handle.is_some());
    let (Some(asked), Some(opened)) = (asked, opened) else {
        return;
    };
    let way = match asked.mode {
        Some(READ) => Way::Upload,
        _ => Way::Download,
    };
    let size = match way {
        Way::Upload => opened.size,
        Way::Download => asked.size,
    };
    let step = Step::Open {
        name: asked.name,
        length: size.filter(|size| *size != UNKNOWN).map(u64::from),
        made: asked.made.map(|milliseconds| milliseconds / 1_000),
    };
    piece(act, Some(way), opened, step, out);
    if asked.mode == Some(APPEND) {
        // What stands before it in the file is not seen.
        piece(act, Some(way), opened, Step::Lost, out);
    }
}

/// The blocks in a fragment.
fn blocks(act: &Act<'_>, way: Way, fragment: Option<Fragment<'_>>, out: &mut dyn Sink) {
    for file in files_of(fragment).filter(|file| file.is_block) {
        let step = Step::Octets {
            octets: file.data,
            place: file.block.map(u64::from),
            more: !file.last,
        };
        piece(act, Some(way), file, step, out);
    }
}

fn piece(act: &Act<'_>, way: Option<Way>, file: File<'_>, step: Step<'_>, out: &mut dyn Sink) {
    out.piece(&Piece {
        way,
        actor: act.actor,
        unit: Some(act.unit.into()),
        transfer: file.handle.map_or(Transfer::Unknown, Transfer::Number),
        step,
        stamp: act.answered.or(act.requested),
    });
}

/// The file objects of a fragment.
fn files_of(fragment: Option<Fragment<'_>>) -> impl Iterator<Item = File<'_>> {
    objects_of(fragment)
        .filter(|object| object.group == FILE)
        .flat_map(|object| {
            let of = move |octets| files::file(object.variation, octets);
            object.points().filter_map(move |point| of(point.octets))
        })
}

/// Tells that octets of this side were lost, where the end of one transfer and the beginning of
/// another can have been among them: less than a link frame hides nothing.
pub(super) fn lost(side: Side, lost: Option<u64>, out: &mut dyn Sink) {
    if lost.is_some_and(|octets| octets < link::HEADER as u64) {
        return;
    }
    out.piece(&Piece {
        way: None,
        actor: side,
        unit: None,
        transfer: Transfer::Unknown,
        step: Step::Lost,
        stamp: None,
    });
}
