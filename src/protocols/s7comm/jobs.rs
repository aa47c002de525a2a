//! Jobs and their acknowledgments to operations: variables, blocks, program invocation.
//!
//! Called by the session for each pair, and for halves whose other half was not seen.

use super::act::{Act, Batch};
use super::blocks::{self, Block, Transfer};
use super::items::{Data, Datum, SUCCESS, Spec, Specs};
use super::wire::{Function, Pdu};
use super::{errors, operations, pieces};
use crate::facts::operation::ITEMS;
use crate::facts::{Item, Outcome, Scalar, Target, Values};
use crate::protocols::Sink;
use crate::wire::Octets;
use arrayvec::ArrayVec;

/// Most uploads open at a time in one conversation; controllers allow fewer.
const UPLOADS: usize = 8;

/// Longest file name kept of an upload: that of a block has nine octets.
const FILE: usize = 32;

/// The files that are being uploaded, by the number the controller gave each.
#[derive(Debug, Default)]
pub(crate) struct Uploads(ArrayVec<(u32, ArrayVec<u8, FILE>), UPLOADS>);

impl Uploads {
    fn open(&mut self, number: u32, file: &[u8]) {
        self.close(number);
        if self.0.is_full() {
            self.0.remove(0);
        }
        let mut name = ArrayVec::new();
        let _ = name.try_extend_from_slice(file.get(..FILE).unwrap_or(file));
        let _ = self.0.try_push((number, name));
    }

    fn close(&mut self, number: u32) {
        self.0.retain(|(n, _)| *n != number);
    }

    fn file(&self, number: u32) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(n, _)| *n == number)
            .map(|(_, file)| file.as_slice())
    }
}

/// A program invocation: service and arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pi<'a> {
    /// Name of the service: `P_PROGRAM`, `_INSE` ...
    pub(crate) service: &'a [u8],
    /// Its parameter block.
    pub(crate) arguments: &'a [u8],
}

impl<'a> Pi<'a> {
    /// Reads the job's parameter part.
    #[must_use]
    pub(crate) fn parse(parameter: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(parameter);
        let arguments: &[u8] = match Function(o.u8()?) {
            Function::PI_SERVICE => {
                o.skip(7)?;
                let length = usize::from(o.be16()?);
                o.take(length)?
            }
            Function::PLC_STOP => {
                o.skip(5)?;
                &[]
            }
            _ => return None,
        };
        let length = usize::from(o.u8()?);
        Some(Self {
            service: o.take(length)?,
            arguments,
        })
    }

    /// The blocks that `_INSE`, `_INS2` and `_DELE` name: count, 00, eight octets each.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Block> + use<'a> {
        let names = match self.service {
            b"_INSE" | b"_INS2" | b"_DELE" => self.arguments.get(2..).unwrap_or_default(),
            _ => &[],
        };
        names
            .as_chunks::<8>()
            .0
            .iter()
            .filter_map(|name| Block::parse(name))
    }
}

/// What the session lends to each job.
#[derive(Debug)]
pub(crate) struct Tools<'s> {
    /// Files being uploaded.
    pub(crate) uploads: &'s mut Uploads,
    /// Scratch list for decoded values, used again.
    pub(crate) scratch: &'s mut Vec<Scalar>,
}

/// Tells the operation of a job; one half may be missing, and `missing` then says how the
/// operation ended.
pub(crate) fn tell(
    act: &Act,
    request: Option<&Pdu<'_>>,
    answer: Option<&Pdu<'_>>,
    missing: Outcome,
    tools: &mut Tools<'_>,
    out: &mut dyn Sink,
) {
    let function = request
        .and_then(Pdu::function)
        .or(answer.and_then(Pdu::function));
    let Some(function) = function else {
        return;
    };
    let outcome = match answer.map(|a| a.error().unwrap_or_default()) {
        None => missing,
        Some(0) => Outcome::Done,
        Some(code) => Outcome::Refused {
            code: code.into(),
            name: errors::error(code),
        },
    };
    let code = u32::from(function.0);
    match function {
        Function::READ | Function::WRITE => {
            variables(act, function, request, answer, outcome, tools.scratch, out);
        }
        Function::REQUEST_DOWNLOAD
        | Function::DOWNLOAD_BLOCK
        | Function::DOWNLOAD_ENDED
        | Function::START_UPLOAD
        | Function::UPLOAD
        | Function::END_UPLOAD => {
            transfer(act, function, request, answer, outcome, tools.uploads, out);
        }
        Function::PI_SERVICE | Function::PLC_STOP => {
            let pi = request
                .and_then(|r| Pi::parse(r.parameter))
                .unwrap_or_default();
            invoke(act, function, pi, outcome, out);
        }
        Function::SETUP => act.tell_one(out, &operations::SETUP, code, outcome, None),
        _ => act.tell_one(out, &operations::UNKNOWN, code, outcome, None),
    }
}

/// One variable of a read or write: how it is addressed, its octets, the answer's code.
type Variable<'a> = (Option<Spec<'a>>, Option<&'a [u8]>, Option<u8>);

/// The variables of a read or write, in order, as far as they were seen.
fn variables_of<'a>(
    function: Function,
    request: Option<&Pdu<'a>>,
    answer: Option<&Pdu<'a>>,
) -> impl Iterator<Item = Variable<'a>> {
    let mut specs = Specs::new(request.map_or(&[], |r| r.parameter));
    let carrier = if function == Function::READ {
        answer
    } else {
        request
    };
    let mut data = Data::new(carrier.map_or(&[], |c| c.data));
    let mut codes = Octets::new(match function {
        Function::WRITE => answer.map_or(&[], |a| a.data),
        _ => &[],
    });
    std::iter::from_fn(move || {
        let spec = specs.next();
        let datum: Option<Datum<'_>> = data.next();
        let code = match function {
            Function::READ => datum.map(|d| d.code),
            _ => codes.u8(),
        };
        if spec.is_none() && datum.is_none() && code.is_none() {
            return None;
        }
        Some((spec, datum.map(|d| d.octets), code))
    })
}

/// Tells a read or write: one operation for the items of each return code, so that a target
/// that was refused is never told as done.
fn variables(
    act: &Act,
    function: Function,
    request: Option<&Pdu<'_>>,
    answer: Option<&Pdu<'_>>,
    outcome: Outcome,
    scratch: &mut Vec<Scalar>,
    out: &mut dyn Sink,
) {
    let code = u32::from(function.0);
    let meaning = if function == Function::READ {
        &operations::READ
    } else {
        &operations::WRITE
    };
    let mut told = [false; 256];
    for (_, _, first) in variables_of(function, request, answer) {
        // Without codes of their own all items share the outcome of the whole.
        let first = first.unwrap_or(SUCCESS);
        let Some(seen) = told.get_mut(usize::from(first)) else {
            continue;
        };
        if std::mem::replace(seen, true) {
            continue;
        }
        let outcome = match (outcome, first) {
            (Outcome::Done, SUCCESS) => Outcome::Done,
            (Outcome::Done, _) => Outcome::Refused {
                code: first.into(),
                name: errors::return_code(first),
            },
            _ => outcome,
        };
        let chosen = || {
            variables_of(function, request, answer)
                .filter(|(_, _, c)| c.unwrap_or(SUCCESS) == first)
        };
        let mut batch = Batch::new(act, meaning, code, outcome, scratch);
        for (spec, octets, _) in chosen() {
            batch.add(spec, octets, out);
        }
        batch.flush(out);
    }
    if told.iter().all(|t| !t) {
        act.tell_one(out, meaning, code, outcome, None);
    }
}

/// Tells a step of an upload or download.
fn transfer(
    act: &Act,
    function: Function,
    request: Option<&Pdu<'_>>,
    answer: Option<&Pdu<'_>>,
    outcome: Outcome,
    uploads: &mut Uploads,
    out: &mut dyn Sink,
) {
    let job = request
        .and_then(|r| Transfer::job(r.parameter))
        .unwrap_or_default();
    if let (Function::START_UPLOAD, Some(answer), Some(file)) = (function, answer, job.file)
        && let Some(number) = Transfer::start_upload_answer(answer.parameter).and_then(|t| t.upload)
        && outcome == Outcome::Done
    {
        uploads.open(number, file);
    }
    let open = job.upload.and_then(|number| uploads.file(number));
    let file = job.file.or(open).unwrap_or_default();
    let block = Block::parse(file);
    let name = block.map(|b| b.name());
    let values = match function {
        Function::DOWNLOAD_BLOCK | Function::UPLOAD => answer
            .and_then(|a| blocks::part(a.data))
            .map_or(Values::None, Values::Octets),
        _ => Values::None,
    };
    let item = Item {
        target: Target {
            space: if block.is_some() { "block" } else { "file" },
            name: name.as_deref().unwrap_or(file),
            ..Target::default()
        },
        values,
        before: Values::None,
    };
    let meaning = match function {
        Function::REQUEST_DOWNLOAD | Function::DOWNLOAD_BLOCK | Function::DOWNLOAD_ENDED => {
            operations::download(block.map(|b| b.kind))
        }
        _ => &operations::UPLOAD,
    };
    let code = u32::from(function.0);
    let told = !file.is_empty() || values != Values::None;
    act.tell_one(out, meaning, code, outcome, told.then_some(item));
    pieces::tell(act, function, (&job, file), (answer, outcome), out);
    if let (Function::END_UPLOAD, Some(number)) = (function, job.upload) {
        uploads.close(number);
    }
}

/// Tells a program invocation: on the blocks it names, or by the service's name.
fn invoke(act: &Act, function: Function, pi: Pi<'_>, outcome: Outcome, out: &mut dyn Sink) {
    let meaning = operations::pi(function, pi.service, pi.arguments);
    let code = u32::from(function.0);
    let names: ArrayVec<blocks::BlockName, ITEMS> =
        pi.blocks().take(ITEMS).map(|b| b.name()).collect();
    if names.is_empty() {
        let arguments = match pi.arguments {
            [] => Values::None,
            text => Values::Text(text),
        };
        let item = Item {
            target: Target {
                space: "pi-service",
                name: pi.service,
                ..Target::default()
            },
            values: arguments,
            before: Values::None,
        };
        act.tell_one(out, meaning, code, outcome, Some(item));
        return;
    }
    let mut items = ArrayVec::<Item<'_>, ITEMS>::new();
    items.extend(names.iter().map(|name| Item {
        target: Target {
            space: "block",
            name,
            ..Target::default()
        },
        ..Item::default()
    }));
    act.tell(out, meaning, code, outcome, &items);
}
