//! Requests that wait for their answers, and answers that come in several PDUs.
//!
//! Owned by the session. Bounded in number and in octets; buffers are used again.

use super::wire::{Pdu, Rosctr, Userdata};
use crate::facts::{Side, Stamp, Time};

/// Most requests that wait for an answer in one conversation. Controllers grant 1 to 16 at a
/// time (the AMQ values of setup communication); twice that leaves room for both directions.
pub(crate) const OUTSTANDING: usize = 32;

/// Most octets of parameter and data kept of a request: twice the largest PDU (960 octets)
/// that the controllers negotiate. Of a longer request only the first items are told.
pub(crate) const KEPT: usize = 2048;

/// Most answers in parts at a time: programming devices read one list after the other.
pub(crate) const PARTED: usize = 4;

/// Most octets of an answer in parts. The longest list, a diagnostic buffer of 500 events,
/// has 10,008 octets.
pub(crate) const PARTED_OCTETS: usize = 16 * 1024;

/// A request, as much of it as is needed when its answer comes.
#[derive(Debug)]
pub(crate) struct Request {
    /// Who sent it.
    pub(crate) side: Side,
    /// The packet that completed it.
    pub(crate) stamp: Stamp,
    /// Octets of the answering side were lost since.
    pub(crate) lost: bool,
    /// It fetches the next part of an answer in parts.
    pub(crate) follows: bool,
    rosctr: Rosctr,
    reference: u16,
    octets: Vec<u8>,
    parameter: usize,
}

impl Request {
    /// The request's PDU.
    #[must_use]
    pub(crate) fn pdu(&self) -> Pdu<'_> {
        let (parameter, data) = self
            .octets
            .split_at_checked(self.parameter)
            .unwrap_or((&self.octets, &[]));
        Pdu {
            rosctr: self.rosctr,
            reference: self.reference,
            error: None,
            parameter,
            data,
        }
    }
}

/// The requests that wait, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Outstanding {
    requests: Vec<Request>,
    spare: Vec<Vec<u8>>,
}

impl Outstanding {
    /// Octets that they take on the heap.
    pub(crate) fn octets(&self) -> usize {
        let requests = self
            .requests
            .iter()
            .map(|request| request.octets.capacity());
        let spare = self.spare.iter().map(Vec::capacity);
        requests.chain(spare).sum::<usize>() + self.requests.capacity() * size_of::<Request>()
    }

    /// Adds a request; what must make room for it comes back: the one whose reference it uses
    /// again, or else the oldest of a full table.
    pub(crate) fn add(
        &mut self,
        side: Side,
        stamp: Stamp,
        follows: bool,
        pdu: &Pdu<'_>,
    ) -> Option<Request> {
        let again = self.position(side, pdu.rosctr, pdu.reference);
        let full = (self.requests.len() >= OUTSTANDING).then_some(0);
        let evicted = again.or(full).map(|at| self.requests.remove(at));
        let mut octets = self.spare.pop().unwrap_or_default();
        octets.clear();
        for part in [pdu.parameter, pdu.data] {
            let room = KEPT.saturating_sub(octets.len());
            octets.extend_from_slice(part.get(..room).unwrap_or(part));
        }
        self.requests.push(Request {
            side,
            stamp,
            lost: false,
            follows,
            rosctr: pdu.rosctr,
            reference: pdu.reference,
            parameter: pdu.parameter.len().min(KEPT),
            octets,
        });
        evicted
    }

    /// Takes the request that `answer`, sent by `side`, answers.
    pub(crate) fn take(&mut self, side: Side, answer: &Pdu<'_>) -> Option<Request> {
        let asked = match answer.rosctr {
            Rosctr::USERDATA => Rosctr::USERDATA,
            _ => Rosctr::JOB,
        };
        let at = self.position(side.other(), asked, answer.reference)?;
        let request = self.requests.get(at)?;
        let (was, is) = (request.pdu().function(), answer.function());
        // An answer to another function belongs to a request that was not seen.
        if is.is_some() && was != is {
            return None;
        }
        Some(self.requests.remove(at))
    }

    /// Takes the oldest request that `ripe` says is due.
    pub(crate) fn take_if(&mut self, ripe: impl Fn(&Request) -> bool) -> Option<Request> {
        let at = self.requests.iter().position(ripe)?;
        Some(self.requests.remove(at))
    }

    /// When the first request came.
    pub(crate) fn since(&self) -> Option<Time> {
        let stamps = self.requests.iter().map(|request| request.stamp.time);
        stamps.min()
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Octets sent by `side` were lost: answers may have been among them.
    pub(crate) fn lost(&mut self, side: Side) {
        for request in &mut self.requests {
            request.lost |= request.side != side;
        }
    }

    /// Gives back a request's buffer.
    pub(crate) fn recycle(&mut self, request: Request) {
        if self.spare.len() < OUTSTANDING {
            self.spare.push(request.octets);
        }
    }

    fn position(&self, side: Side, rosctr: Rosctr, reference: u16) -> Option<usize> {
        self.requests
            .iter()
            .position(|r| r.side == side && r.rosctr == rosctr && r.reference == reference)
    }
}

/// An answer that comes in parts, with the request that asked for its first.
#[derive(Debug)]
pub(crate) struct Parted {
    /// Who sends it.
    pub(crate) side: Side,
    /// The request, where it was seen.
    pub(crate) request: Option<Request>,
    /// The parts so far, put together.
    pub(crate) payload: Vec<u8>,
    key: (u8, u8, u8),
}

/// The answers in parts that are under way.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    answers: Vec<Parted>,
}

impl Parts {
    /// Octets that they take on the heap.
    pub(crate) fn octets(&self) -> usize {
        let answers = self.answers.iter();
        answers
            .map(|answer| size_of::<Parted>() + answer.payload.capacity())
            .sum()
    }

    /// Whether a request asks for the next part of an answer under way.
    #[must_use]
    pub(crate) fn continues(&self, side: Side, request: &Userdata<'_>) -> bool {
        request.sequence != 0 && self.position(side.other(), request).is_some()
    }

    /// Adds a part. The answer comes back once it is complete; `Err` holds a request that was
    /// dropped because too much came.
    ///
    /// # Errors
    /// The request of an answer that grew past [`PARTED_OCTETS`] or had to make room.
    pub(crate) fn add(
        &mut self,
        side: Side,
        request: Option<Request>,
        answer: &Userdata<'_>,
    ) -> Result<Option<Parted>, Option<Request>> {
        let known = self.position(side, answer);
        let mut evicted = None;
        let at = known.unwrap_or_else(|| {
            if self.answers.len() >= PARTED {
                evicted = self.answers.remove(0).request;
            }
            self.answers.push(Parted {
                side,
                request,
                payload: Vec::new(),
                key: key(answer),
            });
            self.answers.len() - 1
        });
        let Some(parted) = self.answers.get_mut(at) else {
            return Ok(None);
        };
        let room = PARTED_OCTETS.saturating_sub(parted.payload.len());
        if answer.payload.len() > room {
            return Err(self.answers.remove(at).request);
        }
        parted.payload.extend_from_slice(answer.payload);
        if answer.last {
            return Ok(Some(self.answers.remove(at)));
        }
        match evicted {
            Some(request) => Err(Some(request)),
            None => Ok(None),
        }
    }

    /// Whether `answer` is a later part of an answer under way.
    #[must_use]
    pub(crate) fn has(&self, side: Side, answer: &Userdata<'_>) -> bool {
        self.position(side, answer).is_some()
    }

    /// Takes the answers that `side` was sending, or all: octets were lost, or the end came.
    pub(crate) fn take(&mut self, side: Option<Side>) -> Option<Parted> {
        let at = self
            .answers
            .iter()
            .position(|a| side.is_none_or(|s| s == a.side))?;
        Some(self.answers.remove(at))
    }

    fn position(&self, side: Side, userdata: &Userdata<'_>) -> Option<usize> {
        self.answers
            .iter()
            .position(|a| a.side == side && a.key == key(userdata))
    }
}

/// What the parts of one answer share.
const fn key(userdata: &Userdata<'_>) -> (u8, u8, u8) {
    (userdata.group, userdata.subfunction, userdata.sequence)
}
