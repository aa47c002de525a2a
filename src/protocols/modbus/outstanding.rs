//! Requests that wait for their answers.

use super::wire::codes::Function;
use super::wire::{self, Direction, Parts, Pdu};
use crate::facts::{Side, Stamp, Values};
use std::time::Duration;

/// Most requests a session keeps. Clients have one to 16 transactions open (Messaging on
/// TCP/IP V1.0b, 4.3.1, `NumberMaxOfClientTransaction`); twice that is generous, and bounds a
/// session to 8 KiB, with UMAS to 64.
pub(crate) const OUTSTANDING: usize = 32;

/// How long an answer may take. Clients give up after one to five seconds; a gateway that
/// tries a silent serial unit several times answers with exception 11 after up to ten.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// It is asked for no sooner.
const _: () = assert!(TIMEOUT.as_secs() >= 2 * crate::protocols::PATIENCE.as_secs());

/// Most octets of a request that are kept: a PDU without its function code, and of UMAS the
/// longest that its partners can agree on, since a block of a program counts when it is answered.
const KEPT: usize = 252;
const KEPT_UMAS: usize = wire::MAX_UMAS_LENGTH as usize;

/// What ties an answer to its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Transaction identifier; RTU has none.
    pub(crate) transaction: Option<u16>,
    /// Unit identifier.
    pub(crate) unit: u8,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) key: Key,
    pub(crate) function: Function,
    /// Who asked.
    pub(crate) side: Side,
    pub(crate) stamp: Stamp,
    /// Octets of the other side were lost since: the answer may have been among them.
    pub(crate) doubtful: bool,
    code: u8,
    data: Vec<u8>,
}

impl Request {
    /// What the request said.
    pub(crate) fn parts(&self) -> Parts<'_> {
        let pdu = Pdu {
            code: self.code,
            data: &self.data,
        };
        wire::read(Direction::Request, pdu).0
    }

    /// Whether the standard asks for an answer: force listen only mode (function 8,
    /// subfunction 4) has none.
    pub(crate) fn expects_answer(&self) -> bool {
        !(self.function == Function::DIAGNOSTICS && self.data.starts_with(&[0, 4]))
    }
}

/// The requests of a session, oldest first.
///
/// Spent slots stay behind the live ones with their buffers, so that nothing is allocated
/// once a session has seen its usual number of open requests.
#[derive(Debug, Default)]
pub(crate) struct Outstanding {
    slots: Vec<Request>,
    live: usize,
}

impl Outstanding {
    /// About how many octets they take on the heap.
    pub(crate) fn octets(&self) -> usize {
        let data = self.slots.iter().map(|slot| slot.data.capacity());
        self.slots.capacity() * size_of::<Request>() + data.sum::<usize>()
    }

    /// The waiting requests, oldest first.
    pub(crate) fn all(&self) -> &[Request] {
        self.slots.get(..self.live).unwrap_or_default()
    }

    /// The waiting request at `index`.
    pub(crate) fn at(&self, index: usize) -> Option<&Request> {
        self.all().get(index)
    }

    /// Whether one more request would be one too many.
    pub(crate) const fn is_full(&self) -> bool {
        self.live >= OUTSTANDING
    }

    /// Keeps a request; a full table must have been relieved before.
    pub(crate) fn push(&mut self, key: Key, pdu: Pdu<'_>, side: Side, stamp: Stamp) {
        if self.is_full() {
            return;
        }
        let most = match pdu.function() {
            Function::UMAS => KEPT_UMAS,
            _ => KEPT,
        };
        let kept = pdu.data.get(..most).unwrap_or(pdu.data);
        if self.slots.len() == self.live {
            self.slots.push(Request {
                key,
                function: pdu.function(),
                side,
                stamp,
                doubtful: false,
                code: pdu.code,
                data: Vec::new(),
            });
        }
        if let Some(slot) = self.slots.get_mut(self.live) {
            slot.key = key;
            slot.function = pdu.function();
            slot.side = side;
            slot.stamp = stamp;
            slot.doubtful = false;
            slot.code = pdu.code;
            slot.data.clear();
            slot.data.extend_from_slice(kept);
            self.live += 1;
        }
    }

    /// Forgets the request at `index`.
    pub(crate) fn remove(&mut self, index: usize) {
        if let Some(rest) = self
            .slots
            .get_mut(index..self.live)
            .filter(|rest| !rest.is_empty())
        {
            rest.rotate_left(1);
            self.live -= 1;
        }
    }

    /// Marks all requests of `side` as perhaps answered unseen.
    pub(crate) fn doubt(&mut self, side: Side) {
        let live = self.live;
        for request in self.slots.iter_mut().take(live) {
            request.doubtful |= request.side == side;
        }
    }

    /// The request of `asker` that a response with this key, function and content answers.
    ///
    /// The newest that fits, not the oldest: an open transaction identifier must not be used
    /// again (Messaging on TCP/IP V1.0b, 4.4.1), so where one repeats, the client uses a
    /// constant one and has given up on the older request.
    pub(crate) fn answered(
        &self,
        asker: Side,
        key: Key,
        function: Function,
        response: &Parts<'_>,
    ) -> Option<usize> {
        let same = |request: &Request| {
            request.side == asker && request.key == key && request.function == function
        };
        let all = self.all();
        all.iter()
            .rposition(|request| same(request) && agrees(function, &request.parts(), response))
            .or_else(|| all.iter().rposition(same))
    }

    /// Whether a request of `asker` with this key, whatever its function, waits.
    pub(crate) fn holds(&self, asker: Side, key: Key) -> bool {
        self.all()
            .iter()
            .any(|request| request.side == asker && request.key == key)
    }
}

/// Whether a response's content is what its request asked for; exceptions always are.
pub(crate) fn agrees(function: Function, request: &Parts<'_>, response: &Parts<'_>) -> bool {
    if matches!(response.body, wire::Body::Exception(_)) {
        return true;
    }
    match function.0 {
        1 | 2 => match response.values {
            Values::Bits { octets, .. } => request
                .quantity
                .is_none_or(|quantity| usize::from(quantity.div_ceil(8)) == octets.len()),
            _ => true,
        },
        3 | 4 | 23 => match response.values {
            Values::Words(octets) => request
                .quantity
                .is_none_or(|quantity| usize::from(quantity) * 2 == octets.len()),
            _ => true,
        },
        5 | 6 => request.address == response.address && request.value == response.value,
        8 => request.subfunction == response.subfunction,
        15 | 16 => request.address == response.address && request.quantity == response.quantity,
        22 => request.address == response.address && request.masks == response.masks,
        43 => request.mei == response.mei,
        _ => true,
    }
}
