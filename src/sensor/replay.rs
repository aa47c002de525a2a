//! Replay: a reader, workers and an ordered merge over capture files.
//!
//! The reader runs on a thread of its own, each worker on another, and the merge on the
//! caller's, which hands every event to the desk in packet order. Replay waits where a queue
//! is full and loses nothing. With one worker there is nothing to split: reader, worker and
//! desk take turns on the caller's thread.

use super::Watch;
use super::books::{Books, Imbalance};
use super::crew::{self, Merged};
use super::handoff::Event;
use super::reader::{Read, Reader};
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
    let reader = |lanes| Reader::new(captures, lanes, progress).run();
    let (read, books) = crew::run(workers, (watch, &|| ()), reader, &mut Desk(desk));
    outcome(read, books)
}

/// The desk of a replay.
struct Desk<'a>(&'a mut dyn FnMut(Event));

impl Merged for Desk<'_> {
    fn event(&mut self, event: Event) {
        (self.0)(event);
    }
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
