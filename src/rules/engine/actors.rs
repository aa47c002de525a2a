//! Since when one host operates another, as far as a worker can tell: enough to know that an
//! actor is not new to a device, so that few matches of `ot.actor` go to the desk.
//!
//! Called by the bench, once an operation that such a rule may be about. The desk decides.

use crate::facts::{Host, Time};
use crate::rules::kept::Bounded;
use crate::rules::site::SETTLED;
use std::time::Duration;

/// Most pairs of actor and device that a shard keeps: a plant has thousands over all shards.
const PAIRS: usize = 512;

/// The pairs of one shard.
#[derive(Debug)]
pub(super) struct Actors {
    /// Packet time of the first tick: nobody was seen at work before.
    began: Option<Time>,
    pairs: Bounded<(Host, Host), Time>,
}

impl Actors {
    pub(super) fn new() -> Self {
        Self {
            began: None,
            pairs: Bounded::new(PAIRS),
        }
    }

    /// Packet time went on to this.
    pub(super) fn tick(&mut self, now: Time) {
        self.began.get_or_insert(now);
    }

    /// Since when the first of two hosts operates the second; from now on it does. Never
    /// earlier than the desk knows it, for the desk is told of more.
    pub(super) fn since(&mut self, hosts: (Host, Host), now: Time) -> Time {
        *self.pairs.entry(hosts, now)
    }

    /// Whether the desk can say that an actor who came at `since` is new: others must have
    /// worked on the device for a while then, and that time must have been watched.
    pub(super) fn may_be_new(&self, since: Time, now: Time, seconds: u64) -> bool {
        let settled = |began| since.since(began) >= SETTLED;
        now.since(since) < Duration::from_secs(seconds) && self.began.is_none_or(settled)
    }
}
