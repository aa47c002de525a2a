//! Rounds: how frames travel to the workers and events back, over bounded lock-free queues.
//!
//! The reader deals frames to the workers in rounds. Each round gives every worker one batch,
//! be it empty, and every worker answers each batch with one batch of events; so the merge
//! takes exactly one from each, never waits for an idle worker, and nothing can deadlock.

use super::handoff::{Event, Order};
use crate::capture::Block;
use crate::facts::{Stamp, Time};
use crate::wire::Headers;
use std::sync::Arc;
use std::time::Duration;

/// Frames in one round over all workers. Small enough that a batch stays in a core's cache,
/// large enough that the queues cost nothing per frame.
pub(super) const ROUND: usize = 512;

/// Rounds that may be under way to one worker.
pub(super) const AHEAD: usize = 4;

/// One batch for one worker.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) items: Vec<Task>,
    /// The octets that the frames of this batch lie in.
    pub(super) blocks: Vec<Arc<Block>>,
    /// The capture ends with this batch; the clock then.
    pub(super) last: Option<Stamp>,
}

/// What a worker is to do next.
#[derive(Clone, Copy)]
pub(super) enum Task {
    Frame(Descriptor),
    /// Packet time went on.
    Tick(Stamp),
}

/// A frame by reference: where it lies and what its headers say.
#[derive(Clone, Copy)]
pub(super) struct Descriptor {
    pub(super) stamp: Stamp,
    pub(super) headers: Headers,
    pub(super) block: u32,
    pub(super) start: usize,
    pub(super) length: u32,
    pub(super) original: u32,
    pub(super) shard: u8,
    /// Put together from fragments: its frame is in the books already.
    pub(super) rebuilt: bool,
}

/// What a worker answers to one batch.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) events: Vec<(Order, Event)>,
    pub(super) last: bool,
}

/// Waits without a lock: spins, then yields, then sleeps.
#[derive(Default)]
pub(super) struct Patience(u32);

impl Patience {
    pub(super) fn wait(&mut self) {
        match self.0 {
            0..64 => std::hint::spin_loop(),
            64..96 => std::thread::yield_now(),
            _ => std::thread::sleep(Duration::from_micros(50)),
        }
        self.0 = self.0.saturating_add(1);
    }
}

/// Puts into a queue, waiting while it is full; false when nobody reads it any more.
pub(super) fn put<T>(queue: &mut rtrb::Producer<T>, mut item: T) -> bool {
    let mut patience = Patience::default();
    loop {
        match queue.push(item) {
            Ok(()) => return true,
            Err(rtrb::PushError::Full(back)) if !queue.is_abandoned() => item = back,
            Err(_) => return false,
        }
        patience.wait();
    }
}

/// Takes from a queue, waiting while it is empty; `None` when nobody writes it any more.
pub(super) fn take<T>(queue: &mut rtrb::Consumer<T>) -> Option<T> {
    let mut patience = Patience::default();
    loop {
        if let Ok(item) = queue.pop() {
            return Some(item);
        }
        if queue.is_abandoned() {
            return queue.pop().ok();
        }
        patience.wait();
    }
}

/// The packet clock: never goes back, ticks each 100 ms of packet time and after any jump.
#[derive(Default)]
pub(super) struct Clock {
    now: Time,
    ticked: Time,
}

/// Packet time between two ticks.
const TICK: Duration = Duration::from_millis(100);

impl Clock {
    /// Moves on to a packet's time; true when a tick is due before that packet.
    pub(super) fn advance(&mut self, time: Time) -> bool {
        if self.ticked == Time::ZERO {
            self.ticked = time;
        }
        self.now = self.now.max(time);
        if self.now.since(self.ticked) < TICK {
            return false;
        }
        self.ticked = self.now;
        true
    }

    pub(super) fn now(&self) -> Time {
        self.now
    }
}
