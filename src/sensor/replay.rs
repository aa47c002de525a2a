//! Replay: a reader, workers and an ordered merge over capture files.
//!
//! The reader runs on a thread of its own, each worker on another, and the merge on the
//! caller's, which hands every event to the desk in packet order. Replay waits where a queue
//! is full and loses nothing. With one worker there is nothing to split: reader, worker and
//! desk take turns on the caller's thread.

use super::Watch;
use super::books::{Books, Imbalance};
use super::handoff::{Event, Order};
use super::reader::{Read, Reader};
use super::rounds::{AHEAD, Answer, Lane, Lanes, Receiver, Sender, queue};
use super::span::Span;
use super::worker::{Alone, Worker};
use crate::capture::Captures;
use crate::wire::SHARDS;
use std::sync::atomic::{AtomicBool, AtomicU64};

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
    /// The line of the books that does not balance, if there is one.
    pub imbalance: Option<Imbalance>,
    /// First and last packet time.
    pub span: Option<Span>,
    /// It was stopped before the end.
    pub stopped: bool,
}

/// Replays captures and hands every event to `desk` in packet order.
pub fn replay(
    captures: Captures,
    config: Config,
    watch: Watch<'_>,
    progress: &Progress,
    desk: &mut dyn FnMut(Event),
) -> Outcome {
    let workers = config.workers.clamp(1, usize::from(SHARDS));
    if workers == 1 {
        let mut alone = Alone::new(Worker::new(0, 1, watch), desk);
        let read = Reader::new(captures, &mut alone, progress).run();
        return outcome(read, alone.books());
    }
    let mut to_workers = Vec::new();
    let mut from_workers = Vec::new();
    std::thread::scope(|scope| {
        let mut hands = Vec::new();
        for number in 0..workers {
            let (task_in, task_out) = queue(AHEAD);
            let (spent_in, spent_out) = queue(AHEAD + 2);
            let (answer_in, answer_out) = queue(AHEAD);
            let (empty_in, empty_out) = queue(AHEAD + 2);
            to_workers.push(Lane::new(task_in, spent_out));
            from_workers.push((answer_out, empty_in));
            let mut worker = Worker::new(number, workers, watch);
            hands.push(scope.spawn(move || {
                worker.run(task_out, spent_in, answer_in, empty_out);
                worker.books()
            }));
        }
        let reader =
            scope.spawn(move || Reader::new(captures, &mut Lanes(to_workers), progress).run());
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
        outcome(read, books)
    })
}

fn outcome(read: Read, books: Books) -> Outcome {
    Outcome {
        imbalance: books.imbalance(read.frames),
        books,
        captures: read.captures,
        span: read.span,
        stopped: read.stopped,
    }
}

/// Takes one answer from each worker in turn and hands their events on in order.
fn merge(mut lanes: Vec<(Receiver<Answer>, Sender<Answer>)>, desk: &mut dyn FnMut(Event)) {
    let mut round: Vec<(Order, Event)> = Vec::new();
    loop {
        let mut last = false;
        for (answers, empty) in &mut lanes {
            let Some(mut answer) = answers.take() else {
                return;
            };
            last |= answer.last;
            round.append(&mut answer.events);
            empty.offer(answer);
        }
        round.sort_unstable_by_key(|(order, _)| *order);
        round.drain(..).for_each(|(_, event)| desk(event));
        if last {
            return;
        }
    }
}
