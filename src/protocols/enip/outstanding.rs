//! Requests that wait for their replies.
//!
//! Called by the session. Bounded in number and octets; keeps the octets of the requests in one
//! buffer that is used again.

use super::wire::Command;
use crate::facts::{Side, Stamp, Time};
use arrayvec::ArrayVec;

/// Requests that may wait on one conversation. Clients keep one open for each connection or
/// sender context; gateways up to a dozen. Suricata's limit is far higher, its limit of memory
/// likewise.
pub(super) const OUTSTANDING: usize = 32;

/// Octets of one request that are kept: a large connection carries 4002. A longer request is
/// told at once, without waiting for its answer.
pub(super) const REQUEST: usize = 4_096;

/// Octets of all requests that wait.
const OCTETS: usize = 16_384;

/// What the reply must bear to belong to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A command of the encapsulation, with its sender context.
    Encapsulation(Command, [u8; 8]),
    /// An unconnected message: session handle and sender context.
    Unconnected(u32, [u8; 8]),
    /// A connected message: id of the connection and sequence count.
    Connected(u32, u16),
}

/// A request that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// Who asked.
    pub(super) actor: Side,
    /// The packet that completed it.
    pub(super) stamp: Stamp,
    /// What its reply bears.
    pub(super) key: Key,
    /// Octets were lost on the side of the reply since.
    pub(super) blind: bool,
    service: u8,
    length: usize,
}

/// The requests that wait, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    waiting: ArrayVec<Waiting, OUTSTANDING>,
    octets: Vec<u8>,
    taken: Vec<u8>,
}

impl Outstanding {
    /// Octets that they take on the heap.
    pub(super) const fn held(&self) -> usize {
        self.octets.capacity() + self.taken.capacity()
    }

    /// Whether no request waits for its answer.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When the oldest request came.
    pub(super) fn since(&self) -> Option<Time> {
        self.waiting.first().map(|waiting| waiting.stamp.time)
    }

    /// Whether a request of that length must wait for room.
    #[must_use]
    pub(super) fn full(&self, length: usize) -> bool {
        self.waiting.is_full() || self.octets.len().saturating_add(length) > OCTETS
    }

    /// Keeps a request of at most [`REQUEST`] octets, for which there is room.
    pub(super) fn push(&mut self, actor: Side, stamp: Stamp, key: Key, request: &[u8]) {
        let waiting = Waiting {
            actor,
            stamp,
            key,
            blind: false,
            service: request.first().copied().unwrap_or(0),
            length: request.len(),
        };
        if self.waiting.try_push(waiting).is_ok() {
            self.octets.extend_from_slice(request);
        }
    }

    /// Takes the oldest request of `actor` with that key.
    pub(super) fn take(&mut self, actor: Side, key: Key) -> Option<(Waiting, &[u8])> {
        let at = self
            .waiting
            .iter()
            .position(|waiting| waiting.actor == actor && waiting.key == key)?;
        self.remove(at)
    }

    /// Takes the oldest connected request of `actor` with that sequence count and service,
    /// whatever its connection: the ids of the two directions are not known to belong together.
    pub(super) fn take_by_sequence(
        &mut self,
        actor: Side,
        sequence: u16,
        service: u8,
    ) -> Option<(Waiting, &[u8])> {
        let at = self.waiting.iter().position(|waiting| {
            waiting.actor == actor
                && waiting.service == service
                && matches!(waiting.key, Key::Connected(_, count) if count == sequence)
        })?;
        self.remove(at)
    }

    /// Takes the oldest request if `when` says so.
    pub(super) fn take_oldest(
        &mut self,
        when: impl Fn(&Waiting) -> bool,
    ) -> Option<(Waiting, &[u8])> {
        match self.waiting.first() {
            Some(oldest) if when(oldest) => self.remove(0),
            _ => None,
        }
    }

    /// Octets were lost on the side of the replies to `actor`.
    pub(super) fn blind(&mut self, actor: Side) {
        for waiting in &mut self.waiting {
            waiting.blind |= waiting.actor == actor;
        }
    }

    fn remove(&mut self, at: usize) -> Option<(Waiting, &[u8])> {
        let start: usize = self
            .waiting
            .iter()
            .take(at)
            .map(|before| before.length)
            .sum();
        let waiting = self.waiting.pop_at(at)?;
        let end = start.saturating_add(waiting.length).min(self.octets.len());
        self.taken.clear();
        self.taken.extend(self.octets.drain(start.min(end)..end));
        Some((waiting, &self.taken))
    }
}
