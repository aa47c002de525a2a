//! The desk of a live run: takes what the sensor tells, and hands lines to the outputs.
//!
//! Called on one thread, in packet order. Writes nothing itself and never waits for who does.

use super::devices::Devices;
use super::heap;
use super::notify::{Notifier, Stage};
use super::reload::Reloader;
use super::usual::Keeper;
use crate::capture::{Change, Gauge};
use crate::cli::exit::tell;
use crate::cli::replay::rules::Rules;
use crate::desk::inventory::Assets;
use crate::desk::outputs::eve::health::{self, Alive, Deed};
use crate::desk::outputs::eve::{Writer, mark_muted};
use crate::desk::outputs::feed::Feed;
use crate::desk::outputs::metrics::Meters;
use crate::desk::outputs::outlet::Outlet;
use crate::desk::store::{Notice, Store};
use crate::desk::triage::Mute;
use crate::desk::windows::WindowTotal;
use crate::desk::{Desk, News};
use crate::facts::Time;
use crate::rules::compile::Engine;
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
    pub(super) events: Outlet,
    /// Keeps alerts, incidents and health.
    pub(super) store: Store,
    /// The outputs of what is kept.
    pub(super) feeds: Vec<Feed>,
    pub(super) meters: Arc<Meters>,
    /// Set to end the run.
    pub(super) stop: &'a AtomicBool,
    pub(super) quiet: bool,
    pub(super) pace: Pace,
    pub(super) reloader: Reloader,
    /// Keeps what is learned.
    pub(super) keeper: Keeper,
    /// Keeps the devices.
    pub(super) devices: Devices,
    /// Tells who started the sensor how it is.
    pub(super) notifier: Notifier,
    /// What alone is seen, where there is a filter.
    pub(super) filter: Option<String>,
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
    /// It was told that there is a filter.
    filtered: bool,
    /// A reload that is to be told.
    reloaded: Option<Deed>,
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
            filtered: false,
            reloaded: None,
        }
    }
}

impl Audience for Post<'_> {
    fn event(&mut self, mut event: Event) {
        if self.desk.take(&mut event) {
            self.told(event);
        }
        for news in std::mem::take(&mut self.desk.news) {
            self.news(&news);
        }
    }

    fn rules(&mut self, engine: Arc<Engine>) {
        let Some((rules, told)) = self.reloader.taken() else {
            return;
        };
        self.meters.rules(rules.loaded());
        self.desk.renew(&engine);
        self.writer.renew(&engine);
        let old = self.rules.replace(rules);
        heap::let_go(old);
        self.pace.reloaded = Some(told);
    }

    fn change(&mut self, change: Change, now: Time) {
        if !self.quiet || health::severity(&change) <= 2 {
            tell(health::text(&change), "");
        }
        let from = self.pace.lines.len();
        let _ = self.writer.change(&change, now, &mut self.pace.lines);
        self.send(now, health::severity(&change), from);
    }

    fn beat(&mut self, pulse: &Pulse) {
        if self.pace.beaten.elapsed() >= HEARTBEAT {
            self.pace.beaten = Instant::now();
            let alive = self.alive();
            let from = self.pace.lines.len();
            let lines = &mut self.pace.lines;
            let _ = self.writer.alive(&alive, pulse.now, lines);
            self.send(pulse.now, health::ALIVE, from);
        }
        if let Some(filter) = &self.filter
            && !std::mem::replace(&mut self.pace.filtered, true)
        {
            let told = Deed {
                what: "capture-filtered",
                failed: false,
                text: format!("a filter is set: the sensor sees nothing but: {filter}"),
            };
            self.deed(&told, pulse.now);
        }
        let told = self.pace.reloaded.take();
        if let Some(told) = told.or_else(|| self.reloader.go_on(self.rules)) {
            self.meters.reload(told.failed, pulse.now);
            self.deed(&told, pulse.now);
        }
        if let Some(windows) = self.reloader.windows() {
            self.desk.plan(windows);
        }
        let over = self
            .desk
            .planned
            .as_mut()
            .map(|planned| planned.over(pulse.now));
        for window in over.into_iter().flatten() {
            self.deed(&planned(&window), pulse.now);
        }
        for told in self.keeper.go_on(self.desk.detectors.as_ref()) {
            self.deed(&told, pulse.now);
        }
        self.keeper
            .meter(self.desk.detectors.as_ref(), &self.meters);
        if let Some(told) = self.devices.go_on(&self.desk.inventory) {
            self.deed(&told, pulse.now);
        }
        self.meters.known().devices.clone_from(&self.devices.levels);
        for told in self.desk.mutes.go_on(pulse.now) {
            self.deed(&told, pulse.now);
        }
        self.meters.books(&pulse.books, pulse.imbalance.is_none());
        if let Some(imbalance) = pulse.imbalance
            && !std::mem::replace(&mut self.pace.unbalanced, true)
        {
            let what = format_args!("internal error: the books do not balance: {imbalance}");
            tell(what, "the sensor goes on; please report it");
        }
        for notice in self.store.notices() {
            self.notice(&notice, pulse.now);
        }
        self.hand_over();
        self.look_after();
        self.notifier.beat(self.stage(), &self.meters);
    }
}

impl Post<'_> {
    /// What the sensor does now.
    fn stage(&self) -> Stage {
        if self.stop.load(Ordering::Relaxed) {
            Stage::Stopping
        } else if self.reloader.is_idle() {
            Stage::Listening
        } else {
            Stage::Reloading
        }
    }

    /// Tells an event further.
    fn told(&mut self, event: Event) {
        self.rules.take(&event);
        let alert = match &event {
            Event::Finding(found) => {
                let mute = self.desk.mutes.of_finding(found).cloned();
                Some((found.scene.stamp.time, found.severity, mute))
            }
            _ => None,
        };
        let from = self.pace.lines.len();
        // A vector does not refuse what is written to it.
        let _ = self.writer.take(event, &mut self.pace.lines);
        if let Some((time, severity, mute)) = alert {
            self.meters.alert(severity);
            match mute {
                Some(mute) => self.hold_back((time, severity), &mute, from),
                None => self.send(time, severity, from),
            }
        }
        if self.pace.lines.len() >= PARCEL {
            self.hand_over();
        }
    }

    /// Tells what the desk found out.
    fn news(&mut self, news: &News) {
        self.rules.news(news);
        let from = self.pace.lines.len();
        let _ = self.writer.news(news, &mut self.pace.lines);
        let (time, severity) = match news {
            News::Alert(found) => {
                self.meters.alert(found.alert.severity);
                let told = (found.alert.scene.stamp.time, found.alert.severity);
                if let Some(mute) = self.desk.mutes.of_found(found).cloned() {
                    return self.hold_back(told, &mute, from);
                }
                told
            }
            News::Incident(report) => (report.incident.last.time, report.incident.priority),
        };
        self.send(time, severity, from);
    }

    /// Hands the lines that wait to the output.
    fn hand_over(&mut self) {
        let lines = std::mem::take(&mut self.pace.lines);
        if !lines.is_empty() {
            let count = memchr::memchr_iter(b'\n', &lines).count();
            self.events.offer(lines, count as u64);
        }
    }

    /// Keeps the last line, which begins there, for the outputs that take alerts.
    fn send(&self, time: Time, severity: u8, from: usize) {
        let line = self.pace.lines.get(from..).unwrap_or_default();
        if let Some(event) = line.strip_suffix(b"\n") {
            self.store.append(time, severity, event);
        }
    }

    /// Keeps the last line, which begins there, marked as muted; no output gets it.
    fn hold_back(&mut self, (time, severity): (Time, u8), mute: &Mute, from: usize) {
        let mut line = self.pace.lines.split_off(from);
        if line.is_empty() {
            return;
        }
        mark_muted(&mut line, mute);
        self.desk.mutes.count(mute.number);
        self.meters.muted();
        if let Some(event) = line.strip_suffix(b"\n") {
            self.store.append_muted(time, severity, event);
        }
    }

    /// Tells what the sensor did for itself.
    fn deed(&mut self, told: &Deed, now: Time) {
        if !self.quiet || told.failed {
            tell(&told.text, "");
        }
        let from = self.pace.lines.len();
        let _ = self.writer.deed(told, now, &mut self.pace.lines);
        self.send(now, told.severity(), from);
    }

    /// Tells what happened to what is kept.
    fn notice(&mut self, notice: &Notice, now: Time) {
        if !self.quiet || notice.severity() <= 2 {
            tell(notice, "");
        }
        let from = self.pace.lines.len();
        let _ = self.writer.notice(notice, now, &mut self.pace.lines);
        self.send(now, notice.severity(), from);
    }

    /// Tells when the output loses lines; ends the run where its reader has left.
    fn look_after(&mut self) {
        let counts = self.events.counts();
        if counts.left.load(Ordering::Relaxed) {
            self.stop.store(true, Ordering::Relaxed);
        }
        let lost = counts.shed.load(Ordering::Relaxed) + counts.failed.load(Ordering::Relaxed);
        let before = std::mem::replace(&mut self.pace.lost, lost);
        // Told once, and again when it works in between.
        if lost > 0 && before == 0 {
            let name = self.events.name();
            let what = format_args!("{name}: events are lost: the output is too slow or full");
            tell(what, "their number is told when the run ends");
        }
    }

    fn alive(&self) -> Alive {
        let sum = |count: fn(&Gauge) -> u64| {
            self.meters
                .interfaces()
                .iter()
                .map(|(_, gauge)| count(gauge))
                .sum()
        };
        let (muted, mutes) = self.desk.mutes.muted();
        Alive {
            filter: self.filter.clone(),
            muted,
            mutes,
            uptime: self.pace.began.elapsed(),
            frames: sum(|gauge| gauge.frames.load(Ordering::Relaxed)),
            dropped: sum(|gauge| gauge.dropped.load(Ordering::Relaxed)),
        }
    }

    /// Tells the devices, and waits until all is written. Gives the desk and the devices; and
    /// how many lines were lost.
    pub(super) fn finish(mut self, outcome: &Outcome) -> (Desk, Assets, u64) {
        self.notifier.end(&self.meters);
        self.desk.finish();
        for news in std::mem::take(&mut self.desk.news) {
            self.news(&news);
        }
        self.keeper.finish(self.desk.detectors.as_ref());
        let assets = self.desk.inventory.finish();
        self.devices.finish(&assets);
        let end = outcome.span.map(|span| span.last).unwrap_or_default();
        let _ = self.writer.finish(&assets, end, &mut self.pace.lines);
        let lines = std::mem::take(&mut self.pace.lines);
        let count = memchr::memchr_iter(b'\n', &lines).count();
        self.events.offer_last(lines, count as u64);
        let counts = self.events.finish();
        let lost = counts.shed.load(Ordering::Relaxed) + counts.failed.load(Ordering::Relaxed);
        let left = counts.left.load(Ordering::Relaxed);
        let lost = if left { 0 } else { lost };
        (self.desk, assets, lost + part(self.store, self.feeds))
    }
}

/// What became of a window of planned work that is over.
fn planned(window: &WindowTotal) -> Deed {
    let WindowTotal {
        name,
        operations,
        work,
        alerts,
        ..
    } = window;
    let (what, text) = match window.state {
        "seen" => (
            "planned-work-seen",
            format!(
                "planned work is over: {name}: {operations} operations, {work} of them work, {alerts} alerts told as planned"
            ),
        ),
        "not seen" => (
            "planned-work-not-seen",
            format!("planned work is over and was not seen: {name}"),
        ),
        _ => (
            "planned-work-not-watched",
            format!("planned work is over, and the sensor did not watch then: {name}"),
        ),
    };
    Deed {
        what,
        failed: false,
        text,
    }
}

/// Waits until what is kept is on disk and sent, as far as that goes, and tells what is not.
/// Gives how many events are lost that should have been kept.
fn part(mut store: Store, feeds: Vec<Feed>) -> u64 {
    store.close();
    let volatile = match store.folder() {
        Some(_) => store.volatile(),
        None => u64::MAX,
    };
    let mut gone = 0;
    for feed in feeds {
        let name = feed.name().to_owned();
        let unsent = feed.finish().unsent;
        let lost = unsent.min(volatile);
        if unsent > lost {
            let what = format_args!("{name}: {} events wait for the next run", unsent - lost);
            tell(what, "");
        }
        if lost > 0 {
            let what = format_args!("{name}: {lost} events were not sent and are lost");
            tell(what, "");
        }
        gone = gone.max(if store.folder().is_some() { lost } else { 0 });
    }
    for notice in store.notices() {
        tell(notice, "");
    }
    gone
}
