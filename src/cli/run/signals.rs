//! What the system asks of a live run: SIGINT and SIGTERM end it, SIGHUP opens its files and reads
//! its configuration again, SIGUSR2 reads the rules again.

use super::reload::Asked;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR2};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What the second Ctrl-C, and the second SIGTERM, end the process with.
const SECOND: [(i32, i32); 2] = [(SIGINT, 130), (SIGTERM, 143)];

/// What the system tells this process.
pub(super) struct Signals {
    /// To end the run.
    pub(super) stop: Arc<AtomicBool>,
    /// To open files again.
    pub(super) reopen: Arc<AtomicBool>,
    /// The same for the file of alerts: each takes its own.
    pub(super) turn: Arc<AtomicBool>,
    /// To read the configuration and the rules again.
    pub(super) asked: Asked,
}

impl Signals {
    /// Takes note of signals from now on.
    pub(super) fn register() -> Self {
        let this = Self {
            stop: Arc::default(),
            reopen: Arc::default(),
            turn: Arc::default(),
            asked: Asked::default(),
        };
        for (signal, code) in SECOND {
            // The order matters: the first signal must find the flag still down. Where the
            // system refuses, the signal ends the process as it does by default.
            let _ = flag::register_conditional_shutdown(signal, code, Arc::clone(&this.stop));
            let _ = flag::register(signal, Arc::clone(&this.stop));
        }
        for flag in [&this.reopen, &this.turn, &this.asked.all] {
            let _ = flag::register(SIGHUP, Arc::clone(flag));
        }
        let _ = flag::register(SIGUSR2, Arc::clone(&this.asked.rules));
        this
    }
}
