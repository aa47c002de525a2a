//! Beside a run: the progress bar, the way out by Ctrl-C and other signals, and how fast it went.
//!
//! Called by `input`. The bar is drawn only on a terminal, and only for work that lasts.

use super::exit::{Exit, Signal, tell};
use crate::sensor::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::flag;
use std::fmt;
use std::fs;
use std::io::{IsTerminal as _, stderr, stdout};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often the bar is drawn and signals are looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Shorter work shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A signal to stop came.
static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The number of that signal.
static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Whether a signal to stop came while a run was watched.
pub(super) fn interrupted() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// The signal that came.
pub(super) fn signal() -> Option<Signal> {
    if !interrupted() {
        return None;
    }
    let number = SIGNAL.load(Ordering::Relaxed);
    Signal::ALL
        .into_iter()
        .find(|signal| usize::from(signal.number()) == number)
}

/// Has signals told from now on; called once, before outputs are opened. The order matters: the
/// first signal must find the flag still down, and its number is there before the flag is up.
/// Where the system refuses, a signal ends the process as it does by default.
pub(super) fn listen() {
    for signal in Signal::ALL {
        // `nohup` and its like have the process live on when the terminal is closed.
        if signal == Signal::HangUp && ignored(signal) {
            continue;
        }
        let number = i32::from(signal.number());
        let _ = flag::register_conditional_shutdown(
            number,
            i32::from(signal.code()),
            Arc::clone(&ASKED),
        );
        let _ = flag::register_usize(number, Arc::clone(&SIGNAL), signal.number().into());
        let _ = flag::register(number, Arc::clone(&ASKED));
    }
}

/// Whether who started the process had it ignore the signal: the mask of proc(5).
fn ignored(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.number() - 1) & 1 == 1)
}

/// How long a run took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speed(Duration);

impl Speed {
    /// The line at the end: packets and octets in the time it took.
    pub(super) fn line(self, packets: u64, octets: u64) -> impl fmt::Display {
        let seconds = self.0.as_secs_f64();
        format!(
            "{} packets, {:.1} MB in {seconds:.2} s: {} packets/s, {:.1} MB/s",
            HumanCount(packets),
            mega(octets),
            HumanCount(rate(packets, self.0)),
            mega(rate(octets, self.0)),
        )
    }
}

/// Millions of octets, for people: the last digits do not matter.
#[allow(clippy::cast_precision_loss)]
fn mega(octets: u64) -> f64 {
    octets as f64 / 1e6
}

/// How many in a second.
fn rate(count: u64, time: Duration) -> u64 {
    let millis = time.as_millis().max(1);
    u64::try_from(u128::from(count) * 1000 / millis).unwrap_or(u64::MAX)
}

/// Looks whether signals came and, where it is wanted and standard error is a terminal, the progress
/// bar, from its start until it is dropped.
///
/// While captures are read, the first signal sets [`Progress::stop`], and what was read is
/// shown; while results are written, it ends the process. The second ends it at once.
#[derive(Debug)]
pub(super) struct Lookout {
    shared: Arc<Shared>,
    began: Instant,
    watcher: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    progress: Progress,
    stage: AtomicU8,
}

/// Captures are being read.
const READING: u8 = 0;
/// All captures were read; results are being written.
const WRITING: u8 = 1;
/// Nothing is to be looked after any more.
const DONE: u8 = 2;

impl Lookout {
    /// Starts. `streaming`: the work writes to standard output meanwhile, where a bar would
    /// stand among its lines.
    pub(super) fn start(bar: bool, streaming: bool) -> Self {
        let bar = bar && stderr().is_terminal() && !(streaming && stdout().is_terminal());
        let shared = Arc::new(Shared::default());
        let (watched, began) = (Arc::clone(&shared), Instant::now());
        Self {
            shared,
            began,
            watcher: Some(thread::spawn(move || look(&watched, bar, began))),
        }
    }

    /// How far the work is, for who does it to tell.
    pub(super) fn progress(&self) -> &Progress {
        &self.shared.progress
    }

    /// Reading is over, results are written from now on. Says how long reading took; what a
    /// signal ended needs no lookout any more.
    pub(super) fn read(self) -> (Speed, Result<Self, Signal>) {
        let speed = Speed(self.began.elapsed());
        if let Some(signal) = signal() {
            return (speed, Err(signal));
        }
        self.shared.stage.store(WRITING, Ordering::Release);
        (speed, Ok(self))
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        self.shared.stage.store(DONE, Ordering::Release);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            // It cannot have panicked but over a bar, which nobody needs now.
            let _ = watcher.join();
        }
    }
}

/// How far files are hashed, before they are read.
#[derive(Debug)]
pub(super) struct Hashing {
    bar: Option<ProgressBar>,
    shown: bool,
    total: u64,
    done: u64,
    began: Instant,
    drawn: Instant,
}

impl Hashing {
    /// So many octets are to be hashed.
    pub(super) fn start(bar: bool, total: u64) -> Self {
        Self {
            bar: None,
            shown: bar && stderr().is_terminal(),
            total,
            done: 0,
            began: Instant::now(),
            drawn: Instant::now(),
        }
    }

    /// So many more are.
    pub(super) fn add(&mut self, octets: u64) {
        self.done = self.done.saturating_add(octets);
        let early = self.began.elapsed() < PATIENCE || self.drawn.elapsed() < LOOK;
        if !self.shown || early {
            return;
        }
        self.drawn = Instant::now();
        let bar = self.bar.get_or_insert_with(fresh);
        bar.set_length(self.total);
        bar.set_position(self.done);
        let pace = pace(self.done, self.total, self.began.elapsed());
        show(bar, BAR, format!("hashing, {pace}"));
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A bar of something whose length is known.
const BAR: &str = "[{bar:24}] {percent:>3} %  {msg}";

/// How fast it goes, and how long it takes at that speed until all is done.
fn pace(done: u64, total: u64, elapsed: Duration) -> String {
    let rate = rate(done, elapsed);
    if rate == 0 {
        return "0.0 MB/s".to_owned();
    }
    let left = total.saturating_sub(done) / rate;
    let left = match left {
        0..120 => format!("{left} s"),
        120..7_200 => format!("{} min", left.div_ceil(60)),
        _ => format!("{} h", left.div_ceil(3_600)),
    };
    format!("{:.1} MB/s, {left} to go", mega(rate))
}

/// Looks every now and then until the work is done.
fn look(shared: &Shared, bar: bool, began: Instant) {
    let mut drawn: Option<ProgressBar> = None;
    let mut told = false;
    loop {
        let stage = shared.stage.load(Ordering::Acquire);
        if stage == DONE {
            break;
        }
        if let (Some(signal), false) = (signal(), told) {
            told = true;
            shared.progress.stop.store(true, Ordering::Relaxed);
            match &drawn {
                Some(bar) => bar.suspend(|| stop(signal, stage)),
                None => stop(signal, stage),
            }
        }
        if bar && began.elapsed() >= PATIENCE {
            let bar = drawn.get_or_insert_with(fresh);
            if stage == READING {
                draw(bar, &shared.progress, began);
            } else {
                show(bar, "{spinner} {msg}", "writing the results".to_owned());
            }
        }
        thread::park_timeout(LOOK);
    }
    if let Some(bar) = drawn {
        bar.finish_and_clear();
    }
}

/// Says that a signal came; where results are being written, leaves.
fn stop(signal: Signal, stage: u8) {
    if stage == WRITING {
        tell(
            format_args!("stopped by {signal} before the results were written"),
            "unfinished outputs end in .part",
        );
        process::exit(Exit::Stopped(signal).code().into());
    }
    if signal == Signal::Interrupt {
        tell("stopping; press Ctrl-C again to quit at once", "");
    } else {
        tell(format_args!("stopping: {signal}"), "");
    }
}

fn fresh() -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
}

/// Draws how far the work is: with a length as a bar, without one (a pipe) as counts alone.
fn draw(bar: &ProgressBar, progress: &Progress, began: Instant) {
    let frames = progress.frames.load(Ordering::Relaxed);
    let octets = progress.octets.load(Ordering::Relaxed);
    let total = progress.total.load(Ordering::Relaxed);
    let mut said = format!("{} packets", HumanCount(frames));
    let template = if total > 0 {
        bar.set_length(total);
        bar.set_position(octets);
        said += &format!(", {}", pace(octets, total, began.elapsed()));
        BAR
    } else {
        "{elapsed:>4}  {msg}"
    };
    show(bar, template, said);
}

fn show(bar: &ProgressBar, template: &str, said: String) {
    // The templates are constant and right; a wrong one would leave the default style.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(said);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_tells_how_long_it_takes() {
        let mb = 1_000_000;
        let at = |done: u64, total: u64, seconds| {
            pace(done * mb, total * mb, Duration::from_secs(seconds))
        };
        assert_eq!(at(60, 600, 1), "60.0 MB/s, 9 s to go");
        assert_eq!(at(600, 60_000, 10), "60.0 MB/s, 17 min to go");
        assert_eq!(at(600, 1_000_000, 10), "60.0 MB/s, 5 h to go");
        assert_eq!(at(0, 600, 0), "0.0 MB/s");
        assert_eq!(at(700, 600, 10), "70.0 MB/s, 0 s to go");
    }
}
