//! An output that gets what the store keeps, on a thread of its own, at its own pace.
//!
//! Made by `jaga run` for each collector. What an output takes is written to its cursor only
//! when it cannot come back any more, so that a later run goes on there. Nothing is taken from
//! the store that the output cannot send, and nothing waits for it.

use super::outlet::{Counts, Sink};
use crate::desk::store::{Next, Notice, Reader, Record};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often an output without work is looked after.
const IDLE: Duration = Duration::from_millis(500);

/// How often the cursor is saved, and after how many events at once: what a crash repeats of
/// those that have arrived.
const SAVE: (Duration, usize) = (Duration::from_secs(1), 256);

/// Least time after which another reason of the same trouble is told.
const PAUSE: Duration = Duration::from_secs(10);

/// How long an output may go on sending when the run ends.
const FAREWELL: Duration = Duration::from_secs(10);

/// Makes of a record what the output sends; none where nothing can be made of it.
pub type Render = Box<dyn Fn(&Record) -> Option<Vec<u8>> + Send>;

/// An output.
#[derive(Debug)]
pub struct Feed {
    name: String,
    counts: Arc<Counts>,
    thread: Option<JoinHandle<Left>>,
}

/// What an output leaves behind when the run ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Events that it has not sent.
    pub unsent: u64,
    /// Events that it has sent, and that nothing tells to have arrived.
    pub unsure: u64,
}

impl Feed {
    /// Starts the thread of an output.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        name: String,
        sink: Box<dyn Sink>,
        render: Render,
        reader: Reader,
    ) -> io::Result<Self> {
        let counts = Arc::new(Counts::default());
        counts.works.store(true, Ordering::Relaxed);
        let work = Work {
            sink,
            render,
            first: reader.place(),
            reader,
            counts: Arc::clone(&counts),
            taken: VecDeque::new(),
            saved: Instant::now(),
            next_save: SAVE.1,
            error: None,
            told: None,
        };
        let thread = thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || work.run())?;
        Ok(Self {
            name,
            counts,
            thread: Some(thread),
        })
    }

    /// Its name, for people and metrics.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What became of its events.
    #[must_use]
    pub const fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Waits until it has sent all that was stored, or cannot. Gives what it leaves.
    pub fn finish(mut self) -> Left {
        // A panic in there was told; its events are counted by nobody then.
        let ended = self.thread.take().and_then(|thread| thread.join().ok());
        ended.unwrap_or_default()
    }
}

/// What the thread owns.
struct Work {
    sink: Box<dyn Sink>,
    render: Render,
    reader: Reader,
    counts: Arc<Counts>,
    /// The numbers of the records that the sink has taken and that may have to be sent again.
    taken: VecDeque<u64>,
    /// The first record that may have to be sent again, as far as is known.
    first: u64,
    /// When the cursor was saved last, and how many may be taken until then.
    saved: Instant,
    next_save: usize,
    /// Why the last record could not be written.
    error: Option<String>,
    /// What was told of its trouble, and when.
    told: Option<(String, Instant)>,
}

impl Work {
    fn run(mut self) -> Left {
        let mut closed = None;
        loop {
            if closed.is_none() && self.reader.is_closed() {
                closed = Some(Instant::now());
            }
            let is_late = closed.is_some_and(|since: Instant| since.elapsed() > FAREWELL);
            if is_late || self.counts.left.load(Ordering::Relaxed) {
                break;
            }
            if !self.sink.takes() {
                self.counts.works.store(false, Ordering::Relaxed);
                if closed.is_some() {
                    break;
                }
                thread::sleep(IDLE / 5);
                self.look_after();
                continue;
            }
            match self.reader.next(IDLE) {
                Next::Record(record) => self.send(&record, closed.is_some()),
                Next::Nothing => self.sink.idle(),
                Next::Closed => break,
            }
            self.look_after();
        }
        let never = self.sink.close();
        let waiting = self.settle();
        let taken = self.taken.len() as u64;
        Left {
            unsent: (waiting + never).saturating_sub(taken),
            unsure: taken.saturating_sub(never),
        }
    }

    /// Sends a record, or takes it again later.
    fn send(&mut self, record: &Record, closes: bool) {
        // The cursor passes it by.
        if record.muted {
            return;
        }
        let Some(message) = (self.render)(record) else {
            self.counts.failed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        match self.sink.write(&message) {
            Ok(()) => {
                self.counts.written.fetch_add(1, Ordering::Relaxed);
                self.error = None;
                self.taken.push_back(record.number);
            }
            // One that cannot be sent must not hold back what comes after it.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                self.counts.failed.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                let left = error.kind() == ErrorKind::BrokenPipe;
                self.counts.left.fetch_or(left || closes, Ordering::Relaxed);
                self.reader.back_to(record.number);
                self.error = Some(error.to_string());
                thread::sleep(IDLE);
            }
        }
        self.counts
            .works
            .store(self.sink.works(), Ordering::Relaxed);
    }

    /// Tells when nothing goes out, and when it does again.
    fn tell(&mut self) {
        let trouble = self.sink.trouble().or(self.error.as_deref());
        let output = self.reader.output().to_owned();
        match (trouble, &self.told) {
            (Some(reason), Some((told, when))) if told == reason || when.elapsed() < PAUSE => {}
            (Some(reason), _) => {
                let reason = reason.to_owned();
                self.told = Some((reason.clone(), Instant::now()));
                self.reader.notice(Notice::OutputFailed { output, reason });
            }
            (None, Some(_)) if self.sink.works() => {
                self.told = None;
                self.reader.notice(Notice::OutputBack { output });
            }
            (None, _) => {}
        }
    }

    /// Counts what is missed, and saves the cursor from time to time.
    fn look_after(&mut self) {
        self.tell();
        let missed = self.reader.missed();
        self.counts
            .dropped
            .fetch_add(missed.dropped, Ordering::Relaxed);
        self.counts
            .damaged
            .fetch_add(missed.damaged, Ordering::Relaxed);
        if self.saved.elapsed() >= SAVE.0 || self.taken.len() >= self.next_save {
            self.settle();
        }
    }

    /// Moves the cursor to the first record that may have to be sent again; gives how many
    /// there are from it on.
    fn settle(&mut self) -> u64 {
        self.saved = Instant::now();
        match self.sink.unsettled() {
            Ok(unsettled) => {
                while self.taken.len() > unsettled {
                    self.taken.pop_front();
                }
                let next = self.reader.place();
                self.first = self.taken.front().copied().unwrap_or(next);
            }
            // What was taken is not there for sure: it is taken once more.
            Err(_) => {
                self.taken.clear();
                self.reader.back_to(self.first);
            }
        }
        self.next_save = self.taken.len() + SAVE.1;
        let waiting = self.reader.settle(self.first);
        self.counts.waiting.store(waiting, Ordering::Relaxed);
        waiting
    }
}
