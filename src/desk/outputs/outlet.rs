//! An output on a thread of its own, behind a bounded queue that counts what it sheds.
//!
//! The desk of a live run hands lines over and never waits: a disk that hangs, a pipe that
//! nobody reads or a collector that is away costs this output its lines, not the capture its
//! frames.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Parcels that may wait. The desk makes one about every 50 ms or 64 KiB for a file, which
/// makes 16 MiB at most, and one for each message of a log collector.
const WAITING: usize = 256;

/// How often a sink that has nothing to do is looked after.
const IDLE: Duration = Duration::from_millis(500);

/// Where the lines of an output go.
pub trait Sink: Send {
    /// Writes some whole lines or one message. An error loses them; the next ones are tried
    /// again.
    ///
    /// # Errors
    /// What the system says.
    fn write(&mut self, octets: &[u8]) -> io::Result<()>;

    /// Called when nothing was written for a while: to reconnect or reopen.
    fn idle(&mut self) {}

    /// Whether what is written goes out now.
    fn works(&self) -> bool {
        true
    }

    /// Why nothing goes out, where that is known.
    fn trouble(&self) -> Option<&str> {
        None
    }

    /// Whether it can send one more now. What cannot waits in the store.
    fn takes(&mut self) -> bool {
        true
    }

    /// How many of the messages taken last may have to be sent again in a later run, after all
    /// that can be made sure of is.
    ///
    /// # Errors
    /// What the system says: all since the last call may have to be.
    fn unsettled(&mut self) -> io::Result<usize> {
        Ok(0)
    }

    /// Called at the end: sends what waits, and says how many messages that were taken were
    /// never sent.
    fn close(&mut self) -> u64 {
        0
    }
}

/// What became of the lines of an output.
#[derive(Debug, Default)]
pub struct Counts {
    /// Lines written.
    pub written: AtomicU64,
    /// Lines that found the queue full.
    pub shed: AtomicU64,
    /// Lines that could not be written.
    pub failed: AtomicU64,
    /// Events that the store let go before this output took them.
    pub dropped: AtomicU64,
    /// Events that the store cannot read any more.
    pub damaged: AtomicU64,
    /// Events in the store that may have to be sent.
    pub waiting: AtomicU64,
    /// Whether the last that was tried could be written.
    pub works: AtomicBool,
    /// The reader of this output has left and wants no more.
    pub left: AtomicBool,
}

/// Some lines.
#[derive(Debug)]
struct Parcel {
    octets: Vec<u8>,
    lines: u64,
}

/// An output.
#[derive(Debug)]
pub struct Outlet {
    name: String,
    queue: Option<SyncSender<Parcel>>,
    counts: Arc<Counts>,
    thread: Option<JoinHandle<()>>,
}

impl Outlet {
    /// Starts the thread of an output.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(name: String, sink: Box<dyn Sink>) -> io::Result<Self> {
        let (queue, parcels) = sync_channel(WAITING);
        let counts = Arc::new(Counts::default());
        counts.works.store(true, Ordering::Relaxed);
        let mine = Arc::clone(&counts);
        let thread = thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || work(sink, &parcels, &mine))?;
        Ok(Self {
            name,
            queue: Some(queue),
            counts,
            thread: Some(thread),
        })
    }

    /// Its name, for people and metrics.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What became of its lines.
    #[must_use]
    pub const fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Hands over so many lines, or counts them as shed.
    pub fn offer(&self, octets: Vec<u8>, lines: u64) {
        let Some(queue) = &self.queue else { return };
        let parcel = Parcel { octets, lines };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue.try_send(parcel) {
            self.counts.shed.fetch_add(lines, Ordering::Relaxed);
        }
    }

    /// Hands over the last lines, and waits for room: nothing is captured any more.
    pub fn offer_last(&self, octets: Vec<u8>, lines: u64) {
        let Some(queue) = &self.queue else { return };
        if queue.send(Parcel { octets, lines }).is_err() {
            self.counts.shed.fetch_add(lines, Ordering::Relaxed);
        }
    }

    /// Waits until all that was handed over is written or lost.
    pub fn finish(mut self) -> Arc<Counts> {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there was told; the lines are counted by nobody then.
            let _ = thread.join();
        }
        Arc::clone(&self.counts)
    }
}

fn work(mut sink: Box<dyn Sink>, parcels: &Receiver<Parcel>, counts: &Counts) {
    loop {
        let parcel = match parcels.recv_timeout(IDLE) {
            Ok(parcel) => parcel,
            Err(RecvTimeoutError::Timeout) => {
                sink.idle();
                counts.works.store(sink.works(), Ordering::Relaxed);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let written = sink.write(&parcel.octets);
        let works = written.is_ok() && sink.works();
        counts.works.store(works, Ordering::Relaxed);
        match written {
            Ok(()) => counts.written.fetch_add(parcel.lines, Ordering::Relaxed),
            Err(error) => {
                if error.kind() == io::ErrorKind::BrokenPipe {
                    counts.left.store(true, Ordering::Relaxed);
                }
                counts.failed.fetch_add(parcel.lines, Ordering::Relaxed)
            }
        };
    }
    let lost = sink.close();
    counts.written.fetch_sub(lost, Ordering::Relaxed);
    counts.failed.fetch_add(lost, Ordering::Relaxed);
}

impl fmt::Debug for dyn Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A sink that waits for leave before each write.
    struct Slow(mpsc::Receiver<()>, mpsc::Sender<Vec<u8>>);

    impl Sink for Slow {
        fn write(&mut self, octets: &[u8]) -> io::Result<()> {
            if self.0.recv().is_err() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.1.send(octets.to_vec()).map_err(io::Error::other)
        }
    }

    #[test]
    fn what_finds_no_room_is_counted_and_nobody_waits() {
        let (leave, asked) = mpsc::channel();
        let (done, written) = mpsc::channel();
        let sink = Box::new(Slow(asked, done));
        let outlet = Outlet::start("slow".to_owned(), sink).unwrap();
        let all = WAITING as u64 + 50;
        for number in 0..all {
            outlet.offer(number.to_string().into_bytes(), 2);
        }
        let shed = outlet.counts().shed.load(Ordering::Relaxed);
        assert!((2 * 49..=2 * 50).contains(&shed), "{shed}");
        for _ in 0..3 {
            leave.send(()).unwrap();
            written.recv().unwrap();
        }
        drop(leave);
        let counts = outlet.finish();
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        assert_eq!(of(&counts.written), 6);
        assert_eq!(
            of(&counts.written) + of(&counts.shed) + of(&counts.failed),
            2 * all
        );
        assert!(counts.left.load(Ordering::Relaxed));
    }
}
