//! Replay: a reader, workers and an ordered merge over capture files.
//!
//! The reader runs on a thread of its own, each worker on another, and the merge on the
//! caller's, which hands every event to the desk in packet order. Replay waits where a queue
//! is full and loses nothing.

use super::Tap;
use super::books::Books;
use super::handoff::{Event, Order};
use super::rounds::{
    AHEAD, Answer, Batch, Clock, Descriptor, Origin, ROUND, Receiver, Sender, Task, queue,
};
use super::shard::Shard;
use crate::capture::{Block, Captures, Record};
use crate::facts::{Stamp, Time};
use crate::flow::fragments::{Fragments, Joined};
use crate::wire::{self, Checksums, SHARDS};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How replay is run.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Number of workers, at least 1 and at most the number of shards. Does not change the
    /// result.
    pub workers: usize,
}

/// How far a replay is; read from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    /// Frames handed out.
    pub frames: AtomicU64,
    /// Octets of the input read, before decompression where it is compressed.
    pub octets: AtomicU64,
    /// Octets of the input in all; 0 where that is not known.
    pub total: AtomicU64,
    /// Set it to end the replay early, as at the end of the capture.
    pub stop: AtomicBool,
}

/// What a replay came to.
#[derive(Debug)]
pub struct Outcome {
    /// The captures as read: sources, damage.
    pub captures: Captures,
    /// The books of all workers together.
    pub books: Books,
    /// Whether the books balance.
    pub balanced: bool,
    /// First and last packet time.
    pub span: Option<(Time, Time)>,
    /// It was stopped before the end.
    pub stopped: bool,
}

/// Replays captures and hands every event to `desk` in packet order.
pub fn replay(
    captures: Captures,
    config: Config,
    tap: Option<&dyn Tap>,
    progress: &Progress,
    desk: &mut dyn FnMut(Order, Event),
) -> Outcome {
    let workers = config.workers.clamp(1, usize::from(SHARDS));
    let mut to_workers = Vec::new();
    let mut from_workers = Vec::new();
    std::thread::scope(|scope| {
        let mut hands = Vec::new();
        for number in 0..workers {
            let (task_in, task_out) = queue(AHEAD);
            let (spent_in, spent_out) = queue(AHEAD + 2);
            let (answer_in, answer_out) = queue(AHEAD);
            let (empty_in, empty_out) = queue(AHEAD + 2);
            to_workers.push(Lane {
                tasks: task_in,
                spent: spent_out,
                batch: Batch::default(),
            });
            from_workers.push((answer_out, empty_in));
            let mut worker = Worker {
                shards: (0..SHARDS)
                    .skip(number)
                    .step_by(workers)
                    .map(|number| Shard::new(number, tap))
                    .collect(),
                workers,
                books: Books::default(),
            };
            hands.push(scope.spawn(move || {
                worker.run(task_out, spent_in, answer_in, empty_out);
                worker.books
            }));
        }
        let reader = scope.spawn(move || Reader::new(captures, to_workers, progress).run());
        merge(from_workers, desk);
        // A worker catches panics itself; one that still dies leaves the books unbalanced,
        // and the command says so.
        let mut books = Books::default();
        for hand in hands {
            if let Ok(worker) = hand.join() {
                books.add(&worker);
            }
        }
        let read = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Outcome {
            balanced: books.balance(read.frames),
            books,
            captures: read.captures,
            span: read.span,
            stopped: read.stopped,
        }
    })
}

/// The way to one worker, and the batch being filled for it.
struct Lane {
    tasks: Sender<Batch>,
    /// Batches that come back empty, for their memory.
    spent: Receiver<Batch>,
    batch: Batch,
}

struct Reader<'a> {
    captures: Captures,
    /// The block that frames are taken from now.
    block: Arc<Block>,
    lanes: Vec<Lane>,
    progress: &'a Progress,
    fragments: Fragments,
    clock: Clock,
    frames: u64,
    span: Option<(Time, Time)>,
    filled: usize,
}

struct Read {
    captures: Captures,
    frames: u64,
    span: Option<(Time, Time)>,
    stopped: bool,
}

impl<'a> Reader<'a> {
    fn new(captures: Captures, lanes: Vec<Lane>, progress: &'a Progress) -> Self {
        Self {
            captures,
            block: Arc::new(Block::read(Vec::new())),
            lanes,
            progress,
            fragments: Fragments::new(0),
            clock: Clock::default(),
            frames: 0,
            span: None,
            filled: 0,
        }
    }

    fn run(mut self) -> Read {
        let mut stopped = false;
        while let Some((block, record)) = self.captures.next() {
            if !Arc::ptr_eq(&self.block, block) {
                self.block = Arc::clone(block);
            }
            self.frame(&record);
            if self.filled >= ROUND {
                self.progress.frames.store(self.frames, Ordering::Relaxed);
                let (octets, total) = self.captures.progress().unwrap_or_default();
                self.progress.octets.store(octets, Ordering::Relaxed);
                self.progress.total.store(total, Ordering::Relaxed);
                stopped = self.progress.stop.load(Ordering::Relaxed);
                if !self.deal(None) || stopped {
                    break;
                }
            }
        }
        let now = Stamp {
            time: self.clock.now(),
            frame: self.frames,
        };
        self.deal(Some(now));
        Read {
            captures: self.captures,
            frames: self.frames,
            span: self.span,
            stopped,
        }
    }

    /// Reads a frame's headers and puts it into the batch of its shard's worker.
    fn frame(&mut self, record: &Record) {
        if record.time_known {
            self.time(record.time);
        }
        self.frames += 1;
        let stamp = Stamp {
            time: record.time,
            frame: self.frames,
        };
        let block = Arc::clone(&self.block);
        let octets = record.octets(&block);
        let headers = wire::read(
            u32::from(record.link.0),
            octets,
            record.original,
            Checksums::Header,
        );
        let descriptor = Descriptor {
            stamp,
            headers,
            block: 0,
            start: record.start,
            length: record.captured,
            original: record.original,
            shard: wire::shard(&headers),
            origin: Origin::Captured,
        };
        if matches!(headers.network, wire::Network::Ip(ip) if ip.fragment.is_some()) {
            self.fragment(descriptor, octets);
        } else {
            self.push(descriptor);
        }
    }

    /// Moves the clock on, and tells all workers when it ticks.
    fn time(&mut self, time: Time) {
        if self.clock.advance(time) {
            let tick = Stamp {
                time: self.clock.now(),
                frame: self.frames,
            };
            for lane in &mut self.lanes {
                lane.batch.items.push(Task::Tick(tick));
            }
            self.filled += 1;
        }
        let (first, last) = self.span.unwrap_or((time, time));
        self.span = Some((first.min(time), last.max(time)));
    }

    /// Puts fragments together; a whole datagram goes behind the frame that completed it. It
    /// may be a fragment of another one in turn, as deep as tunnels may nest.
    #[cold]
    fn fragment(&mut self, mut descriptor: Descriptor, octets: &[u8]) {
        let (mut headers, stamp) = (descriptor.headers, descriptor.stamp);
        let time = stamp.time;
        let mut joined = self.fragments.push(&headers, octets, time, 1);
        if matches!(joined, Joined::Duplicate) {
            descriptor.origin = Origin::Copy;
        }
        self.push(descriptor);
        for _ in 0..=wire::TUNNELS {
            let Joined::Whole(whole) = joined else { break };
            headers = wire::read_whole(&headers, &whole.packet, Checksums::Header);
            joined = self
                .fragments
                .push(&headers, &whole.packet, time, whole.fragments);
            let length = u32::try_from(whole.packet.len()).unwrap_or(u32::MAX);
            let descriptor = Descriptor {
                stamp,
                headers,
                block: 0,
                start: 0,
                length,
                original: length,
                shard: wire::shard(&headers),
                origin: Origin::Joined(whole.fragments),
            };
            let kept = std::mem::replace(&mut self.block, Arc::new(Block::read(whole.packet)));
            self.push(descriptor);
            self.block = kept;
        }
    }

    /// Puts a frame of the current block into the batch of its shard's worker.
    fn push(&mut self, mut descriptor: Descriptor) {
        let workers = self.lanes.len();
        let Some(lane) = self.lanes.get_mut(usize::from(descriptor.shard) % workers) else {
            return;
        };
        let batch = &mut lane.batch;
        if batch
            .blocks
            .last()
            .is_none_or(|held| !Arc::ptr_eq(held, &self.block))
        {
            batch.blocks.push(Arc::clone(&self.block));
        }
        descriptor.block = u32::try_from(batch.blocks.len().saturating_sub(1)).unwrap_or(0);
        batch.items.push(Task::Frame(descriptor));
        self.filled += 1;
    }

    /// Sends every worker its batch; false when one is gone.
    fn deal(&mut self, last: Option<Stamp>) -> bool {
        self.filled = 0;
        for lane in &mut self.lanes {
            let mut next = lane.spent.poll().unwrap_or_default();
            next.items.clear();
            next.blocks.clear();
            let mut batch = std::mem::replace(&mut lane.batch, next);
            batch.last = last;
            if !lane.tasks.put(batch) {
                return false;
            }
        }
        true
    }
}

struct Worker<'a> {
    shards: Vec<Shard<'a>>,
    workers: usize,
    books: Books,
}

impl Worker<'_> {
    fn run(
        &mut self,
        mut tasks: Receiver<Batch>,
        mut spent: Sender<Batch>,
        mut answers: Sender<Answer>,
        mut empty: Receiver<Answer>,
    ) {
        while let Some(batch) = tasks.take() {
            let mut answer = empty.poll().unwrap_or_default();
            answer.events.clear();
            for task in &batch.items {
                self.task(task, &batch.blocks, &mut answer.events);
            }
            if let Some(end) = batch.last {
                answer.last = true;
                for shard in &mut self.shards {
                    shard.finish(end, &mut self.books, &mut answer.events);
                }
            }
            let last = answer.last;
            if !answers.put(answer) || last {
                return;
            }
            spent.offer(batch);
        }
    }

    fn task(&mut self, task: &Task, blocks: &[Arc<Block>], events: &mut Vec<(Order, Event)>) {
        match task {
            Task::Tick(now) => {
                for shard in &mut self.shards {
                    shard.tick(*now, events);
                }
            }
            Task::Frame(frame) => {
                let place = usize::from(frame.shard) / self.workers;
                let block = blocks.get(frame.block as usize);
                if let (Some(shard), Some(block)) = (self.shards.get_mut(place), block) {
                    let end = frame.start.saturating_add(frame.length as usize);
                    let octets = block.octets().get(frame.start..end).unwrap_or_default();
                    shard.frame(frame, octets, &mut self.books, events);
                }
            }
        }
    }
}

/// Takes one answer from each worker in turn and hands their events on in order.
fn merge(mut lanes: Vec<(Receiver<Answer>, Sender<Answer>)>, desk: &mut dyn FnMut(Order, Event)) {
    let alone = lanes.len() == 1;
    let mut round: Vec<(Order, Event)> = Vec::new();
    loop {
        let mut last = false;
        for (answers, empty) in &mut lanes {
            let Some(mut answer) = answers.take() else {
                return;
            };
            last |= answer.last;
            if alone {
                answer
                    .events
                    .drain(..)
                    .for_each(|(order, event)| desk(order, event));
            } else {
                round.append(&mut answer.events);
            }
            empty.offer(answer);
        }
        round.sort_unstable_by_key(|(order, _)| *order);
        round
            .drain(..)
            .for_each(|(order, event)| desk(order, event));
        if last {
            return;
        }
    }
}
