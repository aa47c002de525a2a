//! Beside a run: the progress bar, the way out by Ctrl-C, and how fast it went.
//!
//! Called by `input`. The bar is drawn only on a terminal, and only for work that lasts.

use super::exit::{Exit, tell};
use crate::sensor::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use std::fmt;
use std::io::{IsTerminal as _, stderr, stdout};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
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

/// Looks after Ctrl-C and, where it is wanted and standard error is a terminal, the progress
/// bar, from its start until it is dropped.
///
/// While captures are read, the first Ctrl-C sets [`Progress::stop`], and what was read is
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
        // The order matters: the first signal must find the flag still down. Where the system
        // refuses, Ctrl-C ends the process as it does by default.
        let _ = flag::register_conditional_shutdown(SIGINT, SECOND, Arc::clone(&INTERRUPT));
        let _ = flag::register(SIGINT, Arc::clone(&INTERRUPT));
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

    /// Reading is over, results are written from now on. Says how long reading took; what
    /// Ctrl-C ended needs no lookout any more.
    pub(super) fn read(self) -> (Speed, Option<Self>) {
        let speed = Speed(self.began.elapsed());
        if interrupted() {
            return (speed, None);
        }
        self.shared.stage.store(WRITING, Ordering::Release);
        (speed, Some(self))
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

/// Looks every now and then until the work is done.
fn look(shared: &Shared, bar: bool, began: Instant) {
    let mut drawn: Option<ProgressBar> = None;
    let mut told = false;
    loop {
        let stage = shared.stage.load(Ordering::Acquire);
        if stage == DONE {
            break;
        }
        if interrupted() && !told {
            told = true;
            shared.progress.stop.store(true, Ordering::Relaxed);
            let leave = stage == WRITING;
            let note = if leave {
                "stopped by Ctrl-C before the results were written"
            } else {
                "stopping; press Ctrl-C again to quit at once"
            };
            match &drawn {
                Some(bar) => bar.suspend(|| tell(note, "")),
                None => tell(note, ""),
            }
            if leave {
                process::exit(Exit::Interrupted.code().into());
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
    show(bar, template, said);
}

fn show(bar: &ProgressBar, template: &str, said: String) {
    // The templates are constant and right; a wrong one would leave the default style.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(said);
}
