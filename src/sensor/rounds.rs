//! Rounds: how frames travel to the workers and events back, over bounded lock-free queues.
//!
//! The reader deals frames to the workers in rounds. Each round gives every worker one batch,
//! be it empty, and every worker answers each batch with one batch of events; so the merge
//! takes exactly one from each, never waits for an idle worker, and nothing can deadlock.

use super::books::Books;
use super::handoff::{Event, Order};
use super::reader::Forward;
use crate::capture::Block;
use crate::facts::{Stamp, Time};
use crate::rules::compile::Engine;
use crate::wire::Headers;
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

/// Frames in one round over all workers. Small enough that a batch stays in a core's cache,
/// large enough that the queues cost nothing per frame.
pub(super) const ROUND: usize = 1024;

/// Rounds that may be under way to one worker.
pub(super) const AHEAD: usize = 8;

/// One batch for one worker.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) items: Vec<Task>,
    /// The octets that the frames of this batch lie in.
    pub(super) blocks: Vec<Arc<Block>>,
    /// Frames handed out to all workers up to the end of this batch.
    pub(super) frames: u64,
    /// The capture ends with this batch; the clock then.
    pub(super) last: Option<Stamp>,
    /// These rules look on from this batch on.
    pub(super) rules: Option<Arc<Engine>>,
}

impl Batch {
    /// Adds a frame, which lies in `block`.
    #[inline]
    pub(super) fn push(&mut self, frame: &Descriptor, block: &Arc<Block>) {
        let Self { items, blocks, .. } = self;
        if blocks.last().is_none_or(|held| !Arc::ptr_eq(held, block)) {
            blocks.push(Arc::clone(block));
        }
        items.push(Task::Frame(Descriptor {
            block: u32::try_from(blocks.len().saturating_sub(1)).unwrap_or(0),
            ..*frame
        }));
    }
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
    /// Link type of the octets.
    pub(super) link: u32,
    pub(super) origin: Origin,
}

/// Where the octets of a descriptor come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A frame as captured.
    Captured,
    /// A captured fragment whose octets were there already.
    Copy,
    /// Put together from so many fragments, which are in the books already.
    Joined(u32),
}

/// What a worker answers to one batch.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) events: Vec<(Order, Event)>,
    /// The worker's books up to then.
    pub(super) books: Books,
    /// As in the batch.
    pub(super) frames: u64,
    pub(super) last: bool,
    pub(super) rules: Option<Arc<Engine>>,
}

/// The way to one worker, and the batch being filled for it.
pub(super) struct Lane {
    tasks: Sender<Batch>,
    /// Batches that come back empty, for their memory.
    spent: Receiver<Batch>,
    batch: Batch,
}

impl Lane {
    pub(super) fn new(tasks: Sender<Batch>, spent: Receiver<Batch>) -> Self {
        Self {
            tasks,
            spent,
            batch: Batch::default(),
        }
    }
}

/// The ways to all workers, by number.
pub(super) struct Lanes(pub(super) Vec<Lane>);

impl Lanes {
    /// Other rules look on from the round on that is being filled, whose first frame is still
    /// to come.
    pub(super) fn renew(&mut self, rules: &Arc<Engine>) {
        for lane in &mut self.0 {
            lane.batch.rules = Some(Arc::clone(rules));
        }
    }
}

impl Forward for Lanes {
    /// Puts a frame into the batch of its shard's worker.
    fn frame(&mut self, frame: &Descriptor, block: &Arc<Block>) {
        let workers = self.0.len().max(1);
        let Some(lane) = self.0.get_mut(usize::from(frame.shard) % workers) else {
            return;
        };
        lane.batch.push(frame, block);
    }

    fn tick(&mut self, now: Stamp) {
        for lane in &mut self.0 {
            lane.batch.items.push(Task::Tick(now));
        }
    }

    /// Sends every worker its batch.
    fn deal(&mut self, frames: u64, last: Option<Stamp>) -> bool {
        for lane in &mut self.0 {
            let mut next = lane.spent.poll().unwrap_or_default();
            next.items.clear();
            let mut batch = std::mem::replace(&mut lane.batch, next);
            (batch.frames, batch.last) = (frames, last);
            if !lane.tasks.put(batch) {
                return false;
            }
        }
        true
    }
}

/// One end of a bounded lock-free queue between two threads. Whoever finds it full or empty
/// sleeps until the other end has moved.
#[derive(Debug)]
pub(super) struct Sender<T> {
    queue: rtrb::Producer<T>,
    bells: Arc<Bells>,
}

/// The other end.
#[derive(Debug)]
pub(super) struct Receiver<T> {
    queue: rtrb::Consumer<T>,
    bells: Arc<Bells>,
}

/// The threads to wake: each end enters its own before it first sleeps.
#[derive(Debug, Default)]
struct Bells {
    sender: OnceLock<Thread>,
    receiver: OnceLock<Thread>,
}

/// A wake-up that came between the look at the queue and the sleep is not lost, since a thread
/// keeps it; this bound only catches an end that is gone without a word.
const SLEEP: Duration = Duration::from_millis(20);

/// A queue of this many places.
pub(super) fn queue<T>(places: usize) -> (Sender<T>, Receiver<T>) {
    let (producer, consumer) = rtrb::RingBuffer::new(places);
    let bells = Arc::new(Bells::default());
    let sender = Sender {
        queue: producer,
        bells: Arc::clone(&bells),
    };
    let receiver = Receiver {
        queue: consumer,
        bells,
    };
    (sender, receiver)
}

impl<T> Sender<T> {
    /// Puts an item in, waiting while the queue is full; false when nobody reads it any more.
    pub(super) fn put(&mut self, mut item: T) -> bool {
        loop {
            match self.queue.push(item) {
                Ok(()) => {
                    ring(&self.bells.receiver);
                    return true;
                }
                Err(rtrb::PushError::Full(back)) if !self.queue.is_abandoned() => item = back,
                Err(_) => return false,
            }
            self.bells.sender.get_or_init(thread::current);
            if self.queue.is_full() {
                thread::park_timeout(SLEEP);
            }
        }
    }

    /// Puts an item in if there is room for it; else it is dropped.
    pub(super) fn offer(&mut self, item: T) -> bool {
        self.queue.push(item).is_ok()
    }
}

impl<T> Receiver<T> {
    /// Takes an item, waiting while there is none; `None` when nobody writes it any more.
    pub(super) fn take(&mut self) -> Option<T> {
        loop {
            if let Ok(item) = self.queue.pop() {
                ring(&self.bells.sender);
                return Some(item);
            }
            if self.queue.is_abandoned() {
                return self.queue.pop().ok();
            }
            self.bells.receiver.get_or_init(thread::current);
            if self.queue.is_empty() {
                thread::park_timeout(SLEEP);
            }
        }
    }

    /// Takes an item if there is one.
    pub(super) fn poll(&mut self) -> Option<T> {
        self.queue.pop().ok()
    }
}

fn ring(bell: &OnceLock<Thread>) {
    if let Some(thread) = bell.get() {
        thread.unpark();
    }
}

/// The packet clock: never goes back, ticks at the first packet, each 100 ms of packet time and
/// after any jump.
#[derive(Default)]
pub(super) struct Clock {
    now: Time,
    ticked: Time,
    /// The last tick without a packet.
    passed: Time,
}

/// Packet time between two ticks.
const TICK: Duration = Duration::from_millis(100);

impl Clock {
    /// Moves on to a packet's time; true when a tick is due before that packet.
    pub(super) fn advance(&mut self, time: Time) -> bool {
        self.now = self.now.max(time);
        let began = self.ticked != Time::ZERO;
        if began && self.now.since(self.ticked) < TICK {
            return false;
        }
        self.ticked = self.now;
        true
    }

    /// Time passes without packets; true when a tick is due. When packets tick does not depend
    /// on it: those that come later find the clock as they would have in a replay.
    pub(super) fn pass(&mut self, time: Time) -> bool {
        let last = self.ticked.max(self.passed);
        let due = self.now != Time::ZERO && time.since(last) >= TICK;
        if due {
            self.passed = time;
        }
        due
    }

    pub(super) fn now(&self) -> Time {
        self.now
    }
}
