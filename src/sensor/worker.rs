//! A worker: owns whole shards and does with them what it is told, frame by frame.
//!
//! Run by replay on a thread of its own, fed by rounds; or, where it is the only one, called by
//! the reader directly. Shares nothing.

use super::Watch;
use super::books::Books;
use super::handoff::{Event, Order};
use super::reader::Forward;
use super::rounds::{Answer, Batch, Descriptor, Receiver, Sender, Task};
use super::shard::Shard;
use crate::capture::Block;
use crate::facts::Stamp;
use crate::wire::SHARDS;
use std::sync::Arc;

/// Some of the shards, and the books of their frames.
pub(super) struct Worker<'a> {
    shards: Vec<Shard<'a>>,
    workers: usize,
    books: Books,
}

impl<'a> Worker<'a> {
    /// The worker of this number of so many.
    pub(super) fn new(number: usize, workers: usize, watch: Watch<'a>) -> Self {
        Self {
            shards: (0..SHARDS)
                .skip(number)
                .step_by(workers)
                .map(|number| Shard::new(number, watch))
                .collect(),
            workers,
            books: Books::default(),
        }
    }

    pub(super) const fn books(&self) -> Books {
        self.books
    }

    /// Works on batches until the last.
    pub(super) fn run(
        &mut self,
        mut tasks: Receiver<Batch>,
        mut spent: Sender<Batch>,
        mut answers: Sender<Answer>,
        mut empty: Receiver<Answer>,
    ) {
        while let Some(mut batch) = tasks.take() {
            let mut answer = empty.poll().unwrap_or_default();
            answer.events.clear();
            for task in &batch.items {
                match task {
                    Task::Tick(now) => self.tick(*now, &mut answer.events),
                    Task::Frame(frame) => {
                        if let Some(block) = batch.blocks.get(frame.block as usize) {
                            self.frame(frame, block, &mut answer.events);
                        }
                    }
                }
            }
            if let Some(end) = batch.last {
                answer.last = true;
                self.finish(end, &mut answer.events);
            }
            // A block of the kernel's ring goes back now, whatever becomes of the batch.
            batch.blocks.clear();
            (answer.books, answer.frames) = (self.books, batch.frames);
            let last = answer.last;
            if !answers.put(answer) || last {
                return;
            }
            spent.offer(batch);
        }
    }

    #[inline]
    fn frame(&mut self, frame: &Descriptor, block: &Block, events: &mut Vec<(Order, Event)>) {
        let place = usize::from(frame.shard) / self.workers;
        if let Some(shard) = self.shards.get_mut(place) {
            let end = frame.start.saturating_add(frame.length as usize);
            let octets = block.octets().get(frame.start..end).unwrap_or_default();
            shard.frame(frame, octets, &mut self.books, events);
        }
    }

    fn tick(&mut self, now: Stamp, events: &mut Vec<(Order, Event)>) {
        for shard in &mut self.shards {
            shard.tick(now, events);
        }
    }

    fn finish(&mut self, end: Stamp, events: &mut Vec<(Order, Event)>) {
        for shard in &mut self.shards {
            shard.finish(end, &mut self.books, events);
        }
    }
}

/// The only worker: takes each frame while it is still in the core's cache from the reading of
/// its headers, and hands its events to the desk once a round. One frame behind the reader, so
/// that the next one comes from memory while this one is worked on.
pub(super) struct Alone<'a, 'd> {
    worker: Worker<'a>,
    next: Option<Descriptor>,
    /// The block that `next` lies in.
    block: Arc<Block>,
    events: Vec<(Order, Event)>,
    desk: &'d mut dyn FnMut(Event),
}

impl<'a, 'd> Alone<'a, 'd> {
    pub(super) fn new(worker: Worker<'a>, desk: &'d mut dyn FnMut(Event)) -> Self {
        Self {
            worker,
            next: None,
            block: Arc::new(Block::read(Vec::new())),
            events: Vec::new(),
            desk,
        }
    }

    pub(super) const fn books(&self) -> Books {
        self.worker.books()
    }

    /// Works on the frame that waits.
    #[inline]
    fn catch_up(&mut self) {
        if let Some(frame) = &self.next {
            self.worker.frame(frame, &self.block, &mut self.events);
        }
    }
}

impl Forward for Alone<'_, '_> {
    #[inline]
    fn frame(&mut self, frame: &Descriptor, block: &Arc<Block>) {
        self.catch_up();
        self.next = Some(*frame);
        if !Arc::ptr_eq(&self.block, block) {
            self.block = Arc::clone(block);
        }
    }

    fn tick(&mut self, now: Stamp) {
        self.catch_up();
        self.next = None;
        self.worker.tick(now, &mut self.events);
    }

    fn deal(&mut self, _frames: u64, last: Option<Stamp>) -> bool {
        self.catch_up();
        self.next = None;
        if let Some(end) = last {
            self.worker.finish(end, &mut self.events);
        }
        for (_, event) in self.events.drain(..) {
            (self.desk)(event);
        }
        true
    }
}
