//! Interfaces being listened at, merged by time, through all that may happen to them.
//!
//! The sensor's reader thread pulls frames from here as it does from
//! [`Captures`](super::Captures). Frames stay in the kernel's ring until the last who holds
//! their block lets go. Never sends a frame.

mod ear;
mod posture;
mod refused;

pub use posture::Posture;
pub use refused::Refused;

use super::filter::Filter;
use super::frame::{Block, Record};
use super::input::Source;
use super::interface::Interface;
use super::merge::Captures;
use super::ring::{Probe, RETIRE, Ring, Sockets};
use super::sniff::Compression;
use crate::facts::Time;
use ear::{Ear, LINGER};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked what became of the interfaces.
const LOOK: Duration = Duration::from_millis(250);

/// How long a frame of one interface waits for earlier ones of another that is silent: until
/// the block they would be in was handed over for sure, even where the kernel's timers are late.
const HOLD: Duration = RETIRE.saturating_mul(8);

/// How long no frame may come before that is told. The mirror of a plant that is at rest shows
/// broadcasts within seconds.
const QUIET: Duration = Duration::from_secs(10);

/// Least time to wait where the last block that was handed over is still being worked on: the
/// kernel calls the ring readable then.
const BREATH: Duration = Duration::from_millis(1);

/// Something that happened to an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing can be heard at it any more.
    Lost {
        /// Its name.
        interface: String,
        /// Why.
        how: How,
    },
    /// It can be heard again.
    Back {
        /// Its name.
        interface: String,
        /// Why it could not be heard, last.
        after: How,
        /// For how long.
        blind: Duration,
    },
    /// It has another name now, and is heard on.
    Renamed {
        /// The name it was known by.
        interface: String,
        /// Its name now.
        to: String,
    },
    /// It is up, and for some time no frame came.
    Silent {
        /// Its name.
        interface: String,
    },
    /// Frames come again.
    Heard {
        /// Its name.
        interface: String,
    },
    /// The kernel dropped frames because the ring was full.
    Dropped {
        /// Its name.
        interface: String,
        /// How many since that was told last.
        frames: u64,
        /// How many in all.
        all: u64,
    },
}

/// Why nothing can be heard at an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is switched off.
    Down,
    /// It is on, and there is no link.
    NoLink,
    /// It is not there any more.
    Deleted,
    /// It was made again with frames of another link type.
    Changed,
    /// It is there, and the system does not let it be listened at.
    Refused,
}

impl How {
    /// The word that stands in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::NoLink => "no-link",
            Self::Deleted => "deleted",
            Self::Changed => "other-link-type",
            Self::Refused => "refused",
        }
    }
}

/// What an interface came to so far; read from other threads. Brought up to date four times a
/// second.
#[derive(Debug, Default)]
pub struct Gauge {
    /// Frames that the kernel received for the ring, those dropped included.
    pub received: AtomicU64,
    /// Frames dropped because the ring was full.
    pub dropped: AtomicU64,
    /// Frames merged from several by the card or the kernel.
    pub merged: AtomicU64,
    /// Frames handed out.
    pub frames: AtomicU64,
    /// Their octets as captured.
    pub octets: AtomicU64,
    /// Whether it can be heard.
    pub hears: AtomicBool,
    /// For how long it could not, in milliseconds, without the time that still lasts.
    pub blind: AtomicU64,
}

/// Listens at interfaces.
#[derive(Debug)]
pub struct Listener {
    ears: Vec<Ear>,
    probe: Probe,
    looked: Option<Instant>,
    changes: Vec<Change>,
    /// Since when nothing more is heard.
    closed: Option<Instant>,
}

impl Listener {
    /// Opens a ring at each interface; with a filter only frames get into it that are asked for.
    ///
    /// # Errors
    ///
    /// An interface is not there, or may not be listened at.
    pub fn open(
        interfaces: &[String],
        sockets: &Sockets,
        filter: Option<&Filter>,
    ) -> Result<Self, Refused> {
        let probe = Probe::new().map_err(|error| Refused::system("interfaces", &error))?;
        let mut ears: Vec<Ear> = Vec::new();
        for (number, name) in (0..).zip(interfaces) {
            if ears.iter().any(|ear| ear.name == *name) {
                return Err(Refused::twice(name));
            }
            let ear = Ear::open(name, number, (sockets, filter))
                .map_err(|fault| Refused::new(name, &fault))?;
            ears.push(ear);
        }
        Ok(Self {
            ears,
            probe,
            looked: None,
            changes: Vec::new(),
            closed: None,
        })
    }

    /// The interfaces, and what they came to so far.
    #[must_use]
    pub fn gauges(&self) -> Vec<(String, Arc<Gauge>)> {
        let gauge = |ear: &Ear| (ear.name.clone(), Arc::clone(&ear.gauge));
        self.ears.iter().map(gauge).collect()
    }

    /// The next frame: the block it lies in, and its record. `None` when there is none now.
    #[inline]
    #[allow(
        clippy::should_implement_trait,
        reason = "the block is lent, which an Iterator cannot do; and None is not the end"
    )]
    pub fn next(&mut self) -> Option<(&Arc<Block>, Record)> {
        let number = match self.ears.as_mut_slice() {
            [only] => only.due().map(|_| 0)?,
            ears => earliest(ears)?,
        };
        self.ears.get_mut(number)?.take()
    }

    /// Whether no frame waits to be taken, not even for those of another interface.
    pub fn is_quiet(&mut self) -> bool {
        self.ears.iter_mut().all(|ear| ear.due().is_none())
    }

    /// Waits until a block is handed over, at most this long.
    pub fn wait(&self, most: Duration) {
        let rings = || self.ears.iter().filter_map(Ear::ring);
        let mut places: Vec<PollFd<'_>> = rings().map(Ring::poll).collect();
        let timeout = Timespec::try_from(most).unwrap_or(Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        });
        let ready = poll(&mut places, Some(&timeout)).unwrap_or(0);
        let failed = |place: &PollFd<'_>| place.revents().contains(PollFlags::ERR);
        for (place, ring) in places.iter().zip(rings()) {
            if failed(place) {
                ring.take_error();
            }
        }
        if ready > 0 || places.is_empty() {
            thread::sleep(BREATH);
        }
    }

    /// Looks what became of the interfaces, if it is time to.
    pub fn look(&mut self) {
        let now = Instant::now();
        let recent = |looked: Instant| now.duration_since(looked) < LOOK;
        if self.closed.is_some() || self.looked.is_some_and(recent) {
            return;
        }
        self.looked = Some(now);
        for ear in &mut self.ears {
            ear.look(&self.probe, now, &mut self.changes);
        }
    }

    /// What happened since this was asked last, in order.
    pub fn changes(&mut self) -> impl Iterator<Item = Change> + '_ {
        self.changes.drain(..)
    }

    /// Hears nothing from now on; what was heard can still be taken.
    pub fn close(&mut self) {
        if self.closed.is_none() {
            self.closed = Some(Instant::now());
            self.ears
                .iter()
                .filter_map(Ear::ring)
                .for_each(Ring::deafen);
        }
    }

    /// Whether it was closed, and all that was heard was taken.
    pub fn is_over(&mut self) -> bool {
        let over = self.closed.is_some_and(|since| since.elapsed() >= LINGER);
        over && self.is_quiet()
    }

    /// What was heard, as captures that are read to their end.
    #[must_use]
    pub fn finish(mut self) -> Captures {
        let heard = self.ears.iter_mut().zip(0..).map(|(ear, number)| {
            let facts = ear.facts;
            let totals = ear.totals();
            let source = Source {
                path: PathBuf::from(&ear.name),
                format: None,
                compression: Compression::Plain,
                size: None,
                frames: facts.frames,
                octets: facts.octets,
                first: facts.first,
                last: facts.last,
                backward: facts.backward,
                untimed: 0,
                damage: None,
                ended: true,
            };
            let mut interface = Interface::new(number, ear.link, 0);
            interface.name.clone_from(&ear.name);
            interface.received = totals.received;
            interface.dropped = totals.dropped;
            (source, interface)
        });
        Captures::heard(heard)
    }
}

/// The ear whose next frame is the earliest, unless another one may still come to hear an
/// earlier one.
fn earliest(ears: &mut [Ear]) -> Option<usize> {
    let (first, silent) = look_ahead(ears)?;
    if !silent {
        return Some(first.1);
    }
    if first.2.elapsed() < HOLD {
        return None;
    }
    // Looked at again after the time is up: what was handed over in between comes first.
    look_ahead(ears).map(|((_, number, _), _)| number)
}

/// The next frame of all: its time, its ear, and when its block was taken; and whether an ear
/// that hears has none.
fn look_ahead(ears: &mut [Ear]) -> Option<((Time, usize, Instant), bool)> {
    let mut first: Option<(Time, usize, Instant)> = None;
    let mut silent = false;
    for (number, ear) in ears.iter_mut().enumerate() {
        match ear.due() {
            Some(due) => {
                if first.is_none_or(|(earliest, ..)| due < earliest) {
                    first = Some((due, number, ear.taken));
                }
            }
            None => silent |= !ear.is_deaf(),
        }
    }
    first.map(|first| (first, silent))
}
