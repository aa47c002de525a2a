//! The desk of a live run: takes what the sensor tells, and hands lines to the outputs.
//!
//! Called on one thread, in packet order. Writes nothing itself and never waits for who does.

use crate::capture::{Change, Gauge};
use crate::cli::exit::tell;
use crate::cli::replay::rules::Rules;
use crate::desk::Desk;
use crate::desk::inventory::Assets;
use crate::desk::outputs::eve::Writer;
use crate::desk::outputs::eve::health::{self, Alive};
use crate::desk::outputs::outlet::Outlet;
use crate::desk::secrets;
use crate::facts::Time;
use crate::sensor::{Audience, Event, Outcome, Pulse};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Octets of lines gathered before they are handed over within a round.
const PARCEL: usize = 64 * 1024;

/// Time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Takes what the sensor tells.
pub(super) struct Post<'a> {
    pub(super) desk: Desk,
    pub(super) rules: &'a mut Rules,
    pub(super) writer: Writer<'a>,
    /// Where events go.
    pub(super) outlet: Outlet,
    pub(super) gauges: Vec<(String, Arc<Gauge>)>,
    /// Set to end the run.
    pub(super) stop: &'a AtomicBool,
    pub(super) shows_secrets: bool,
    pub(super) quiet: bool,
    pub(super) pace: Pace,
}

/// What goes on from round to round.
pub(super) struct Pace {
    /// Lines that wait for the end of the round.
    lines: Vec<u8>,
    began: Instant,
    /// When the last heartbeat was told.
    beaten: Instant,
    /// Lines known to be lost by the output.
    lost: u64,
    /// The books were told not to balance.
    unbalanced: bool,
}

impl Default for Pace {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            lines: Vec::new(),
            began: now,
            beaten: now,
            lost: 0,
            unbalanced: false,
        }
    }
}

impl Audience for Post<'_> {
    fn event(&mut self, mut event: Event) {
        if !self.shows_secrets {
            secrets::mask(&mut event);
        }
        if !self.desk.take(&mut event) {
            return;
        }
        self.rules.take(&event);
        // A vector does not refuse what is written to it.
        let _ = self.writer.take(event, &mut self.pace.lines);
        if self.pace.lines.len() >= PARCEL {
            self.hand_over();
        }
    }

    fn change(&mut self, change: Change, now: Time) {
        if !self.quiet || health::severity(&change) <= 2 {
            tell(health::text(&change), "");
        }
        let _ = self.writer.change(&change, now, &mut self.pace.lines);
    }

    fn beat(&mut self, pulse: &Pulse) {
        if self.pace.beaten.elapsed() >= HEARTBEAT {
            self.pace.beaten = Instant::now();
            let alive = self.alive();
            let lines = &mut self.pace.lines;
            let _ = self.writer.alive(&alive, pulse.now, lines);
        }
        if let Some(imbalance) = pulse.imbalance
            && !std::mem::replace(&mut self.pace.unbalanced, true)
        {
            let what = format_args!("internal error: the books do not balance: {imbalance}");
            tell(what, "the sensor goes on; please report it");
        }
        self.hand_over();
        self.look_after();
    }
}

impl Post<'_> {
    /// Hands the lines that wait to the output.
    fn hand_over(&mut self) {
        let lines = std::mem::take(&mut self.pace.lines);
        if !lines.is_empty() {
            let count = memchr::memchr_iter(b'\n', &lines).count();
            self.outlet.offer(lines, count as u64);
        }
    }

    /// Tells when the output loses lines; ends the run where its reader has left.
    fn look_after(&mut self) {
        let counts = self.outlet.counts();
        if counts.left.load(Ordering::Relaxed) {
            self.stop.store(true, Ordering::Relaxed);
        }
        let lost = counts.shed.load(Ordering::Relaxed) + counts.failed.load(Ordering::Relaxed);
        let before = std::mem::replace(&mut self.pace.lost, lost);
        // Told once, and again when it works in between.
        if lost > 0 && before == 0 {
            let name = self.outlet.name();
            let what = format_args!("{name}: events are lost: the output is too slow or full");
            tell(what, "their number is told when the run ends");
        }
    }

    fn alive(&self) -> Alive {
        let sum =
            |count: fn(&Gauge) -> u64| self.gauges.iter().map(|(_, gauge)| count(gauge)).sum();
        Alive {
            uptime: self.pace.began.elapsed(),
            frames: sum(|gauge| gauge.frames.load(Ordering::Relaxed)),
            dropped: sum(|gauge| gauge.dropped.load(Ordering::Relaxed)),
        }
    }

    /// Tells the devices, and waits until all is written. Gives the desk and the devices; and
    /// how many lines were lost.
    pub(super) fn finish(mut self, outcome: &Outcome) -> (Desk, Assets, u64) {
        let assets = self.desk.inventory.finish();
        let end = outcome.span.map(|span| span.last).unwrap_or_default();
        let _ = self.writer.finish(&assets, end, &mut self.pace.lines);
        let lines = std::mem::take(&mut self.pace.lines);
        let count = memchr::memchr_iter(b'\n', &lines).count();
        self.outlet.offer_last(lines, count as u64);
        let counts = self.outlet.finish();
        let lost = counts.shed.load(Ordering::Relaxed) + counts.failed.load(Ordering::Relaxed);
        let left = counts.left.load(Ordering::Relaxed);
        (self.desk, assets, if left { 0 } else { lost })
    }
}
