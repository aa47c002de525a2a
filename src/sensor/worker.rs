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
    /// For each shard the frames that wait to be worked on, by their place in the batch.
    rows: Vec<Vec<u32>>,
}

impl<'a> Worker<'a> {
    /// The worker of this number of so many.
    pub(super) fn new(number: usize, workers: usize, watch: Watch<'a>) -> Self {
        let shards: Vec<_> = (0..SHARDS)
            .skip(number)
            .step_by(workers)
            .map(|number| Shard::new(number, watch.clone()))
            .collect();
        Self {
            rows: shards.iter().map(|_| Vec::new()).collect(),
            shards,
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
            answer.last = batch.last.is_some();
            answer.rules = batch.rules.take();
            if let Some(rules) = &answer.rules {
                self.shards.iter_mut().for_each(|shard| shard.renew(rules));
            }
            self.work(&batch, &mut answer.events);
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

    /// Works on a batch: shard by shard between two ticks, so that what a shard's frames touch
    /// is fetched once for all of them. The merge puts the events in order.
    fn work(&mut self, batch: &Batch, events: &mut Vec<(Order, Event)>) {
        for (place, task) in (0..).zip(&batch.items) {
            match task {
                Task::Frame(frame) => {
                    let row = usize::from(frame.shard) / self.workers;
                    if let Some(row) = self.rows.get_mut(row) {
                        row.push(place);
                    }
                }
                Task::Tick(now) => {
                    self.frames(batch, events);
                    self.tick(*now, events);
                }
            }
        }
        self.frames(batch, events);
        if let Some(end) = batch.last {
            self.finish(end, events);
        }
        self.enter();
    }

    /// Enters what the shards noted, and what goes on in them now.
    fn enter(&mut self) {
        let books = &mut self.books;
        (books.evicted, books.open, books.held) = (0, 0, 0);
        self.shards.iter_mut().for_each(|shard| shard.enter(books));
    }

    /// Works on the frames that wait.
    fn frames(&mut self, batch: &Batch, events: &mut Vec<(Order, Event)>) {
        for (shard, row) in self.shards.iter_mut().zip(&mut self.rows) {
            for place in row.drain(..) {
                let Some(Task::Frame(frame)) = batch.items.get(place as usize) else {
                    continue;
                };
                let Some(block) = batch.blocks.get(frame.block as usize) else {
                    continue;
                };
                let end = frame.start.saturating_add(frame.length as usize);
                let octets = block.octets().get(frame.start..end).unwrap_or_default();
                shard.frame(frame, octets, &mut self.books, events);
            }
        }
    }

    fn tick(&mut self, now: Stamp, events: &mut Vec<(Order, Event)>) {
        for shard in &mut self.shards {
            shard.tick(now, &mut self.books, events);
        }
    }

    fn finish(&mut self, end: Stamp, events: &mut Vec<(Order, Event)>) {
        for shard in &mut self.shards {
            shard.finish(end, &mut self.books, events);
        }
    }
}

/// The only worker: fills a batch as the reader goes, works on it once a round, and hands its
/// events to the desk.
pub(super) struct Alone<'a, 'd> {
    worker: Worker<'a>,
    batch: Batch,
    events: Vec<(Order, Event)>,
    desk: &'d mut dyn FnMut(Event),
}

impl<'a, 'd> Alone<'a, 'd> {
    pub(super) fn new(worker: Worker<'a>, desk: &'d mut dyn FnMut(Event)) -> Self {
        Self {
            worker,
            batch: Batch::default(),
            events: Vec::new(),
            desk,
        }
    }

    pub(super) const fn books(&self) -> Books {
        self.worker.books()
    }
}

impl Forward for Alone<'_, '_> {
    #[inline]
    fn frame(&mut self, frame: &Descriptor, block: &Arc<Block>) {
        self.batch.push(frame, block);
    }

    fn tick(&mut self, now: Stamp) {
        self.batch.items.push(Task::Tick(now));
    }

    fn deal(&mut self, _frames: u64, last: Option<Stamp>) -> bool {
        self.batch.last = last;
        self.worker.work(&self.batch, &mut self.events);
        self.batch.items.clear();
        self.batch.blocks.clear();
        self.events.sort_unstable_by_key(|(order, _)| *order);
        for (_, event) in self.events.drain(..) {
            (self.desk)(event);
        }
        true
    }
}
