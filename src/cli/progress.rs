//! Beside a run: the progress bar, the way out by Ctrl-C, and how fast it went.
//!
//! Called by `input`. The bar is drawn only on a terminal, and only for work that lasts.

use super::exit::tell;
use crate::sensor::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use std::fmt;
use std::io::{IsTerminal as _, stderr, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How often the bar is drawn and Ctrl-C is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Shorter work shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Ctrl-C was pressed.
static INTERRUPT: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Whether Ctrl-C was pressed while a run was watched.
pub(super) fn interrupted() -> bool {
    INTERRUPT.load(Ordering::Relaxed)
}

/// What the second Ctrl-C ends the process with.
const SECOND: i32 = 130;

/// What came of the work, and what was seen beside it.
pub(super) struct Watched<T> {
    pub(super) value: T,
    pub(super) speed: Speed,
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

/// Does the work on this thread while another looks after Ctrl-C and, where `bar` asks for it
/// and standard error is a terminal, the progress bar. `streaming`: the work writes to standard
/// output meanwhile.
///
/// The first Ctrl-C sets [`Progress::stop`], the second ends the process at once.
pub(super) fn watch<T>(
    progress: &Progress,
    bar: bool,
    streaming: bool,
    work: impl FnOnce() -> T,
) -> Watched<T> {
    let began = Instant::now();
    // The order matters: the first signal must find the flag still down. Where the system
    // refuses, Ctrl-C ends the process as it does by default.
    let _ = flag::register_conditional_shutdown(SIGINT, SECOND, Arc::clone(&INTERRUPT));
    let _ = flag::register(SIGINT, Arc::clone(&INTERRUPT));
    let bar = bar && stderr().is_terminal() && !(streaming && stdout().is_terminal());
    let done = AtomicBool::new(false);
    let value = thread::scope(|scope| {
        let watcher = scope.spawn(|| look(progress, bar, began, &done));
        let _release = Release {
            done: &done,
            watcher: watcher.thread().clone(),
        };
        work()
    });
    Watched {
        value,
        speed: Speed(began.elapsed()),
    }
}

/// Lets the watcher go when the work ends, also by a panic.
struct Release<'a> {
    done: &'a AtomicBool,
    watcher: Thread,
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Release);
        self.watcher.unpark();
    }
}

/// Looks every now and then until the work is done.
fn look(progress: &Progress, bar: bool, began: Instant, done: &AtomicBool) {
    let mut drawn: Option<ProgressBar> = None;
    let mut told = false;
    while !done.load(Ordering::Acquire) {
        if interrupted() && !told {
            told = true;
            progress.stop.store(true, Ordering::Relaxed);
            let note = "stopping; press Ctrl-C again to quit at once";
            match &drawn {
                Some(bar) => bar.suspend(|| tell(note, "")),
                None => tell(note, ""),
            }
        }
        if bar && began.elapsed() >= PATIENCE {
            draw(drawn.get_or_insert_with(fresh), progress, began);
        }
        thread::park_timeout(LOOK);
    }
    if let Some(bar) = drawn {
        bar.finish_and_clear();
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
        said += &format!(", {:.1} MB/s", mega(rate(octets, began.elapsed())));
        "[{bar:24}] {percent:>3} %  {msg}, {eta} to go"
    } else {
        "{elapsed:>4}  {msg}"
    };
    // The templates are constant and right; a wrong one would leave the default style.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(said);
}
