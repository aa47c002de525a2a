//! The live sensor: interfaces are listened at, and what is found is told as it happens.
//!
//! The same reader's hands, workers and ordered merge as replay, so that the same frames give
//! the same events. A frame stays in the kernel's ring until its worker has answered the round
//! it was dealt in. A worker or a desk that is too slow makes the reader wait, and the ring
//! fills: frames are dropped there alone, where the kernel counts them.
//!
//! Packet time is the kernel's. Where no packets come, the clock of this machine moves it on,
//! so that timers fire.

use super::Watch;
use super::books::{Books, Imbalance};
use super::crew::{self, Merged};
use super::handoff::Event;
use super::reader::{Hands, Read};
use super::replay::{Config, Outcome};
use super::rounds::{Lanes, Receiver, Sender, queue};
use crate::capture::{Change, Listener};
use crate::facts::Time;
use crate::rules::compile::Engine;
use crate::wire::SHARDS;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// How long the reader waits for frames before it tells the desk that all is well.
const PAUSE: Duration = Duration::from_millis(50);

/// How far packet time stays behind the clock where no packets come: frames that were captured
/// by then were handed over for sure.
const LATE: Duration = Duration::from_millis(300);

/// Changes of interfaces on their way to the desk. Each interface has a few in a second at most;
/// past this the newest are lost.
const CHANGES: usize = 256;

/// Time between two looks at the books.
const AUDIT: Duration = Duration::from_secs(10);

/// Who takes what a live run tells, on the thread that called [`listen`].
pub trait Audience {
    /// The next event, in packet order.
    fn event(&mut self, event: Event);

    /// Findings are of these rules from the next event on: every worker has taken them.
    fn rules(&mut self, rules: Arc<Engine>);

    /// Something happened to an interface, at this time of the clock.
    fn change(&mut self, change: Change, now: Time);

    /// Comes after each round, at least every 100 ms: what was told may be shown.
    fn beat(&mut self, pulse: &Pulse);
}

/// How the sensor is.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// The clock of this machine.
    pub now: Time,
    /// What became of all frames up to now. Conversations are entered when the run ends.
    pub books: Books,
    /// The line of the books that did not balance, looked at every ten seconds.
    pub imbalance: Option<Imbalance>,
}

/// Hands other rules to a live run.
#[derive(Debug)]
pub struct Renewer(Sender<Arc<Engine>>);

/// Where a live run takes other rules from.
#[derive(Debug)]
pub struct Renewals(Receiver<Arc<Engine>>);

impl Renewer {
    /// These rules are to look on; false where those handed over before have not been taken yet.
    pub fn lay(&mut self, rules: Arc<Engine>) -> bool {
        self.0.offer(rules)
    }
}

/// A way for other rules into a live run. They travel with the frames: every worker takes them
/// at the same frame, between two batches, and lays them over the flows that go on.
#[must_use]
pub fn renewals() -> (Renewer, Renewals) {
    let (sender, receiver) = queue(1);
    (Renewer(sender), Renewals(receiver))
}

/// Listens until `stop` is set, and hands what is found to `audience`. Each thread that touches
/// packets does `first` before it sees one.
pub fn listen(
    listener: Listener,
    (config, first): (Config, &(dyn Fn() + Sync)),
    (watch, renewals): (Watch<'_>, Renewals),
    stop: &AtomicBool,
    audience: &mut dyn Audience,
) -> Outcome {
    let workers = config.workers.clamp(1, usize::from(SHARDS));
    let (changes, changed) = queue(CHANGES);
    let mut told = Told {
        audience,
        changes: changed,
        audited: Time::ZERO,
        imbalance: None,
    };
    let reader = |lanes| Ears::new(listener, lanes, (changes, renewals)).run(stop);
    let (read, books) = crew::run(workers, (watch, first), reader, &mut told);
    let imbalance = books
        .imbalance(read.frames)
        .or_else(|| unread(&read))
        .or(told.imbalance);
    Outcome {
        imbalance,
        books,
        captures: read.captures,
        span: read.span,
        stopped: false,
    }
}

/// Whether the kernel counted other frames than were handed out or dropped.
fn unread(read: &Read) -> Option<Imbalance> {
    let interfaces = read.captures.interfaces().iter();
    let (received, dropped) = interfaces.fold((0_u64, 0_u64), |(received, dropped), interface| {
        (
            received.saturating_add(interface.received),
            dropped.saturating_add(interface.dropped),
        )
    });
    let right = read.frames.saturating_add(dropped);
    (received != right).then_some(Imbalance {
        line: "received by the kernel = handed out + dropped in the ring",
        left: received,
        right,
    })
}

/// The reader of a live run.
struct Ears {
    listener: Listener,
    hands: Hands<Lanes>,
    changes: Sender<(Change, Time)>,
    renewals: Renewals,
}

impl Ears {
    fn new(
        listener: Listener,
        lanes: Lanes,
        (changes, renewals): (Sender<(Change, Time)>, Renewals),
    ) -> Self {
        Self {
            listener,
            hands: Hands::new(lanes),
            changes,
            renewals,
        }
    }

    /// Reads on until it is told to stop, and then what was heard up to then.
    fn run(mut self, stop: &AtomicBool) -> Read {
        loop {
            // Asked before the rings are: what they hand over later was captured later, but
            // for what the kernel keeps back for a while.
            let now = Time::from(SystemTime::now());
            if let Some(rules) = self.renewals.0.poll() {
                self.hands.forward().renew(&rules);
            }
            let full = self.round();
            if stop.load(Ordering::Relaxed) {
                self.listener.close();
            }
            if !full && self.listener.is_over() {
                break;
            }
            if self.hands.is_idle() && self.listener.is_quiet() {
                let late = u64::try_from(LATE.as_nanos()).unwrap_or(u64::MAX);
                self.hands
                    .pass(Time::from_nanos(now.nanos().saturating_sub(late)));
            }
            self.listener.look();
            for change in self.listener.changes() {
                self.changes.offer((change, SystemTime::now().into()));
            }
            if !self.hands.deal() {
                break;
            }
            if !full {
                self.listener.wait(PAUSE);
            }
        }
        self.hands.finish(self.listener.finish(), false)
    }

    /// Hands out what waits, at most one round of it; whether that filled the round.
    fn round(&mut self) -> bool {
        while !self.hands.is_full() {
            let Some((block, record)) = self.listener.next() else {
                return false;
            };
            self.hands.frame(block, &record);
        }
        true
    }
}

/// The desk's side: changes of interfaces come between the rounds.
struct Told<'a> {
    audience: &'a mut dyn Audience,
    changes: Receiver<(Change, Time)>,
    audited: Time,
    imbalance: Option<Imbalance>,
}

impl Merged for Told<'_> {
    fn event(&mut self, event: Event) {
        self.audience.event(event);
    }

    fn rules(&mut self, rules: Arc<Engine>) {
        self.audience.rules(rules);
    }

    fn round(&mut self, books: &Books, frames: u64) {
        while let Some((change, now)) = self.changes.poll() {
            self.audience.change(change, now);
        }
        let now = Time::from(SystemTime::now());
        if now.since(self.audited) >= AUDIT {
            self.audited = now;
            self.imbalance = self.imbalance.or_else(|| books.imbalance(frames));
        }
        self.audience.beat(&Pulse {
            now,
            books: *books,
            imbalance: self.imbalance,
        });
    }
}
