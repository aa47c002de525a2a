//! A controller's project on its way: the pieces of each transfer.
//!
//! Called by the exchange with each request and its answer, and where octets were lost. Lends
//! what stands in the packets; keeps nothing. The blocks are numbered from 1, and whoever ends
//! the transfer repeats the number of the last one, which a capture of a Modicon Quantum being
//! read out confirms.

use super::{Code, OK, Umas};
use crate::facts::program::{Step, Transfer};
use crate::facts::{Outcome, Piece, Side, Way};
use crate::protocols::Sink;
use crate::protocols::modbus::operations::{Half, Subject};
use crate::protocols::modbus::wire::Body;
use crate::wire::Octets;

/// What travels: a controller holds one project, which engineers transfer as a whole.
const NAME: &[u8] = b"project";

/// The shortest ADU of a transfer, of which a gap must have swallowed one to hide anything.
const LEAST: u64 = 10;

/// Lends the piece that a request and its answer are, if they are one.
pub(crate) fn tell(
    subject: Subject,
    asked: Option<&Half<'_>>,
    answered: Option<&Half<'_>>,
    out: &mut dyn Sink,
) {
    let (Some(asked), Some(answered)) = (asked, answered) else {
        return;
    };
    let (Body::Umas(request), Body::Umas(answer)) = (asked.parts.body, answered.parts.body) else {
        return;
    };
    let way = match request.code.0 {
        0x30..=0x32 => Way::Download,
        0x33..=0x35 => Way::Upload,
        _ => return,
    };
    let done = answer.code.0 == OK;
    let step = match request.code {
        // What did not begin has no pieces, and a block that was refused comes again or is
        // missed by its number.
        Code::END_UPLOAD | Code::END_DOWNLOAD => Some(Step::Close {
            outcome: match done {
                true => Outcome::Done,
                false => Outcome::Refused {
                    code: answer.data.first().copied().map_or(0, u32::from),
                    name: "umas error",
                },
            },
            last: place(request).filter(|_| done),
        }),
        _ if !done => None,
        Code::UPLOAD_BLOCK => part(request, request.data),
        Code::DOWNLOAD_BLOCK => part(request, answer.data),
        _ => Some(Step::Open {
            name: NAME,
            length: None,
            made: None,
        }),
    };
    if let Some(step) = step {
        out.piece(&Piece {
            way: Some(way),
            actor: subject.actor,
            unit: Some(u32::from(subject.unit)),
            // One at a time: the controller is reserved for it.
            transfer: Transfer::Number(u32::from(way == Way::Upload)),
            step,
            stamp: Some(answered.stamp),
        });
    }
}

/// The block of a request: `unknown:2 block:2`; from 0.
fn place(request: Umas<'_>) -> Option<u64> {
    let mut data = Octets::new(request.data);
    data.skip(2)?;
    u64::from(data.le16()?).checked_sub(1)
}

/// The octets of a block. To the controller: `unknown:2 block:2 count:2 octets`; from it:
/// `last:1 unknown:1 count:2 octets`, where `last` is 1 in the last block.
fn part<'a>(request: Umas<'_>, data: &'a [u8]) -> Option<Step<'a>> {
    let upload = request.code == Code::DOWNLOAD_BLOCK;
    let mut data = Octets::new(data);
    let last = data.u8()? == 1;
    data.skip(if upload { 1 } else { 3 })?;
    let count = data.le16()?;
    Some(Step::Octets {
        octets: data.take(usize::from(count))?,
        place: Some(place(request)?),
        more: !(upload && last),
    })
}

/// Tells that octets of this side were lost, where the end of one transfer and the beginning of
/// another can have been among them.
pub(crate) fn lost(side: Side, lost: Option<u64>, out: &mut dyn Sink) {
    if lost.is_some_and(|octets| octets < LEAST) {
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
