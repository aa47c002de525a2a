//! The field table of S7comm: name, meaning, and how each is read from a PDU.
//!
//! Lent to the sink with each PDU. The rows stand in `jobs.rs` and `functions.rs`; what shows
//! lists stands in `items.rs`. Reads views only; keeps nothing.

mod functions;
mod items;
mod jobs;

use super::blocks::{self, Block, Info, Transfer};
use super::jobs::Pi;
use super::session::Link;
use super::szl;
use super::wire::{Function, Pdu, Rosctr, Userdata, group};
use crate::facts::{Field, Kind, Message, Visitor};

/// One PDU with what its conversation knows.
pub(crate) struct S7Message<'a> {
    pdu: &'a Pdu<'a>,
    userdata: Option<Userdata<'a>>,
    link: &'a Link,
}

impl<'a> S7Message<'a> {
    pub(crate) const fn new(
        pdu: &'a Pdu<'a>,
        userdata: Option<Userdata<'a>>,
        link: &'a Link,
    ) -> Self {
        Self {
            pdu,
            userdata,
            link,
        }
    }

    fn is(&self, rosctr: Rosctr, function: Function) -> bool {
        self.pdu.rosctr == rosctr && self.pdu.function() == Some(function)
    }

    fn answers(&self, function: Function) -> bool {
        self.is(Rosctr::ACK_DATA, function)
    }

    fn asks(&self, function: Function) -> bool {
        self.is(Rosctr::JOB, function)
    }

    /// Octets at `at` of the parameter part as a number of 16 bits.
    fn word(&self, at: usize) -> Option<u64> {
        let octets = self.pdu.parameter.get(at..)?.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*octets).into())
    }

    fn setup(&self, at: usize) -> Option<u64> {
        (self.pdu.function() == Some(Function::SETUP))
            .then(|| self.word(at))
            .flatten()
    }

    /// The step of an upload or download that a job or the answer to start upload carries.
    fn transfer(&self) -> Option<Transfer<'a>> {
        let parameter = self.pdu.parameter;
        match self.pdu.function()? {
            Function(0x1a..=0x1f) if self.pdu.rosctr == Rosctr::JOB => Transfer::job(parameter),
            Function::START_UPLOAD => Transfer::start_upload_answer(parameter),
            _ => None,
        }
    }

    /// Whether an upload or download says that more octets follow.
    fn more(&self) -> Option<bool> {
        let steps = self.answers(Function::DOWNLOAD_BLOCK) || self.answers(Function::UPLOAD);
        steps.then(|| self.pdu.parameter.get(1).map(|s| s & 1 != 0))?
    }

    /// The block that a job or a block function names.
    fn block(&self) -> Option<Block> {
        if let Some(transfer) = self.transfer() {
            return Block::parse(transfer.file?);
        }
        let userdata = self.function_of(group::BLOCK)?;
        userdata
            .kind
            .is_request()
            .then(|| blocks::asked(userdata.payload))?
    }

    fn pi(&self) -> Option<Pi<'a>> {
        let asks = self.asks(Function::PI_SERVICE) || self.asks(Function::PLC_STOP);
        asks.then(|| Pi::parse(self.pdu.parameter))?
    }

    /// Userdata of this group.
    fn function_of(&self, group: u8) -> Option<Userdata<'a>> {
        self.userdata.filter(|u| u.group == group)
    }

    /// Identifier and index of the system status list that is read.
    fn szl(&self) -> Option<(u16, u16)> {
        let userdata = self.function_of(group::CPU)?;
        userdata.is_szl().then(|| szl::asked(userdata.payload))?
    }

    /// An answer of the block functions.
    fn block_answer(&self, subfunction: u8) -> Option<&'a [u8]> {
        let userdata = self.function_of(group::BLOCK)?;
        let answers = userdata.kind.is_response() && userdata.subfunction == subfunction;
        answers.then_some(userdata.payload)
    }

    fn info(&self) -> Option<Info<'a>> {
        self.block_answer(3).and_then(Info::parse)
    }
}

impl Message for S7Message<'_> {
    fn protocol(&self) -> &'static str {
        "s7comm"
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some(row) = self::row(index) {
            (row.read)(self, out);
        }
    }
}

/// One row: a field, and how it is read.
pub(crate) struct Row {
    pub(crate) field: Field,
    read: fn(&S7Message<'_>, &mut dyn Visitor),
}

/// The row at `index`: those of jobs and of the connection first, then those of userdata.
pub(crate) fn row(index: usize) -> Option<&'static Row> {
    jobs::ROWS
        .get(index)
        .or_else(|| functions::ROWS.get(index.checked_sub(jobs::ROWS.len())?))
}

const fn entry(
    name: &'static str,
    kind: Kind,
    doc: &'static str,
    read: fn(&S7Message<'_>, &mut dyn Visitor),
) -> Row {
    Row {
        field: Field::new(name, kind, doc),
        read,
    }
}

fn text(out: &mut dyn Visitor, value: Option<&[u8]>) {
    if let Some(value) = value {
        out.text(value);
    }
}

fn name(out: &mut dyn Visitor, value: Option<&'static str>) {
    text(out, value.map(str::as_bytes));
}

fn octets(out: &mut dyn Visitor, value: Option<&[u8]>) {
    if let Some(value) = value.filter(|v| !v.is_empty()) {
        out.octets(value);
    }
}
