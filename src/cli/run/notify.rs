//! What the service manager is told: that the sensor listens, how it is, and that it moves.
//!
//! The protocol of sd_notify(3): datagrams at the socket that `NOTIFY_SOCKET` names. Nothing is
//! told where there is no such socket. Called by the desk after each round of frames, which is
//! over only when the reader has dealt it and every worker has answered it: where one of them
//! hangs, the watchdog is fed no more. Rounds are dealt where no frames come, too.

use crate::capture::Gauge;
use crate::cli::exit::tell;
use crate::desk::outputs::metrics::Meters;
use rustix::time::{ClockId, clock_gettime};
use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time between two sentences on how it is.
const STATUS: Duration = Duration::from_secs(5);

/// The watchdog is fed so often within the time that it waits.
const MEALS: u32 = 4;

/// What the sensor does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// No round is over yet.
    #[default]
    Starting,
    /// It listens.
    Listening,
    /// It listens, and reads its configuration or its rules again.
    Reloading,
    /// It hears nothing more, and writes what is left.
    Stopping,
}

/// The way to the service manager.
#[derive(Debug)]
pub(super) struct Notifier {
    socket: Option<UnixDatagram>,
    stage: Stage,
    /// Time between two meals of the watchdog, where there is one.
    meals: Option<Duration>,
    fed: Option<Instant>,
    told: Option<Instant>,
    /// Frames at the last sentence on how it is, and when that was.
    counted: (u64, Instant),
    /// Frames in a second, up to that sentence.
    rate: u64,
}

impl Notifier {
    /// The manager that started this process, if one did.
    pub(super) fn of_environment() -> Self {
        let name = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty());
        let socket = name.and_then(|name| {
            let socket = connect(&name);
            let failed = |error: io::Error| {
                let name = name.display();
                let what = format_args!("NOTIFY_SOCKET: {name} cannot be reached: {error}");
                tell(what, "the service manager is told nothing");
            };
            socket.map_err(failed).ok()
        });
        Self::new(socket, watchdog(|name| env::var(name).ok()))
    }

    fn new(socket: Option<UnixDatagram>, watchdog: Option<Duration>) -> Self {
        Self {
            socket,
            stage: Stage::Starting,
            meals: watchdog.map(|wait| wait / MEALS),
            fed: None,
            told: None,
            counted: (0, Instant::now()),
            rate: 0,
        }
    }

    /// A round is over, and the sensor does this now.
    pub(super) fn beat(&mut self, stage: Stage, meters: &Meters) {
        if self.socket.is_none() {
            return;
        }
        let mut message = String::new();
        if stage != self.stage {
            self.stage = stage;
            self.told = None;
            match stage {
                Stage::Starting => {}
                Stage::Listening => message.push_str("READY=1\n"),
                Stage::Reloading => {
                    message = format!("RELOADING=1\nMONOTONIC_USEC={}\n", microseconds());
                }
                Stage::Stopping => message.push_str("STOPPING=1\n"),
            }
        }
        let due = |last: Option<Instant>, pause| last.is_none_or(|last| last.elapsed() >= pause);
        if due(self.told, STATUS) {
            self.told = Some(Instant::now());
            self.count(meters);
            message = format!("{message}STATUS={}\n", sentence(stage, meters, self.rate));
        }
        if self.meals.is_some_and(|pause| due(self.fed, pause)) {
            self.fed = Some(Instant::now());
            message.push_str("WATCHDOG=1\n");
        }
        self.send(&message);
    }

    /// Counts frames; anew only after a whole pause, so that a change of stage right behind a
    /// sentence does not show the rate of a moment.
    fn count(&mut self, meters: &Meters) {
        let (before, when) = self.counted;
        let passed = when.elapsed();
        if passed < STATUS {
            return;
        }
        let now = sum(meters, |gauge| &gauge.frames);
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        self.rate = now.saturating_sub(before).saturating_mul(1_000) / millis.max(1);
        self.counted = (now, Instant::now());
    }

    /// Nothing is heard any more: what is left is written.
    pub(super) fn end(&mut self, meters: &Meters) {
        if self.stage != Stage::Stopping {
            self.beat(Stage::Stopping, meters);
        }
    }

    /// A manager that does not read must not hold up the desk: the next beat says it again,
    /// but for a change of stage, which is kept until it is told.
    fn send(&mut self, message: &str) {
        let Some(socket) = self.socket.as_ref().filter(|_| !message.is_empty()) else {
            return;
        };
        if socket.send(message.as_bytes()).is_err() {
            (self.stage, self.fed, self.told) = (Stage::Starting, None, None);
        }
    }
}

/// A socket to this path, or to the abstract name behind an `@`.
fn connect(name: &OsStr) -> io::Result<UnixDatagram> {
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// How long the watchdog waits, where one watches this process.
fn watchdog(variable: impl Fn(&str) -> Option<String>) -> Option<Duration> {
    let wait: u64 = variable("WATCHDOG_USEC")?.parse().ok()?;
    let mine = match variable("WATCHDOG_PID") {
        Some(number) => number.parse() == Ok(std::process::id()),
        None => true,
    };
    (mine && wait > 0).then(|| Duration::from_micros(wait))
}

/// The clock that the manager orders reloads by.
fn microseconds() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    part(now.tv_sec) * 1_000_000 + part(now.tv_nsec) / 1_000
}

/// A count over all interfaces.
fn sum(meters: &Meters, count: fn(&Gauge) -> &AtomicU64) -> u64 {
    let gauges = meters.interfaces().iter();
    let counts = gauges.map(|(_, gauge)| count(gauge).load(Ordering::Relaxed));
    counts.sum()
}

/// How it is, in one line.
fn sentence(stage: Stage, meters: &Meters, rate: u64) -> String {
    let names = |hears: bool| {
        let is_it = |gauge: &Gauge| gauge.hears.load(Ordering::Relaxed) == hears;
        let interfaces = meters.interfaces().iter();
        let those = interfaces.filter(|(_, gauge)| is_it(gauge));
        let names: Vec<&str> = those.map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    };
    let (deaf, hearing) = (names(false), names(true));
    let place = match (hearing.is_empty(), deaf.is_empty()) {
        (_, true) => format!("Listening at {hearing}"),
        (true, false) => format!("Blind at {deaf}"),
        (false, false) => format!("Listening at {hearing}, blind at {deaf}"),
    };
    let doing = match stage {
        Stage::Reloading => ", reading the configuration again",
        Stage::Stopping => ", stopping",
        Stage::Starting | Stage::Listening => "",
    };
    let dropped = sum(meters, |gauge| &gauge.dropped);
    let (alerts, lost) = (meters.alerts(), meters.lost());
    let lost = match lost {
        0 => String::new(),
        _ => format!(", {lost} events lost by outputs"),
    };
    format!("{place}{doing}: {rate} packets/s, {dropped} dropped, {alerts} alerts{lost}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            let mut pairs = pairs.iter();
            let found = pairs.find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn the_watchdog_is_of_this_process() {
        let half = Some(Duration::from_millis(500));
        assert_eq!(watchdog(of(&[("WATCHDOG_USEC", "500000")])), half);
        assert_eq!(watchdog(of(&[])), None);
        assert_eq!(watchdog(of(&[("WATCHDOG_USEC", "0")])), None);
        assert_eq!(watchdog(of(&[("WATCHDOG_USEC", "soon")])), None);
        let other = [("WATCHDOG_USEC", "500000"), ("WATCHDOG_PID", "1")];
        assert_eq!(watchdog(|name| of(Box::leak(Box::new(other)))(name)), None);
    }

    #[test]
    fn a_manager_that_does_not_read_holds_nothing_up_and_is_told_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).unwrap();
        let socket = connect(path.as_os_str()).unwrap();
        // What the kernel takes for a reader that does not come.
        while socket.send(b"STATUS=full").is_ok() {}
        let mut notifier = Notifier::new(Some(socket), Some(Duration::from_secs(3600)));
        let meters = Meters::default();
        notifier.beat(Stage::Listening, &meters);
        listener.set_nonblocking(true).unwrap();
        let mut octets = [0; 4096];
        while listener.recv(&mut octets).is_ok() {}
        notifier.beat(Stage::Listening, &meters);
        let length = listener.recv(&mut octets).unwrap();
        let told = std::str::from_utf8(octets.get(..length).unwrap()).unwrap();
        assert!(told.starts_with("READY=1\nSTATUS=Listening"), "{told}");
        assert!(told.ends_with("WATCHDOG=1\n"), "{told}");
        // Once is enough.
        notifier.beat(Stage::Listening, &meters);
        assert!(listener.recv(&mut octets).is_err());
    }

    #[test]
    fn abstract_names_are_reached() {
        let name = format!("jaga-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixDatagram::bind_addr(&address).unwrap();
        let socket = connect(OsStr::new(&format!("@{name}"))).unwrap();
        socket.send(b"READY=1").unwrap();
        let mut octets = [0; 16];
        assert_eq!(listener.recv(&mut octets).unwrap(), 7);
    }
}
