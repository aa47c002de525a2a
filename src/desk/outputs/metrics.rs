//! What the sensor counts, for Prometheus: text of its exposition format, version 0.0.4, over
//! HTTP on a thread of its own.
//!
//! Started by `jaga run`. Reads counters that others keep; neither addresses nor names from the
//! wire are labels.

mod page;
mod process;
#[cfg(test)]
mod tests;
mod traffic;

use self::page::Page;
use self::process::Process;
use super::outlet::Counts;
use crate::capture::Gauge;
use crate::desk::store::{Gauges, Latency};
use crate::facts::Time;
use crate::sensor::Books;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};
use tiny_http::{Header, Method, Request, Response, Server};

/// Names of severities, 1 to 4.
const SEVERITIES: [&str; 4] = ["high", "medium", "low", "info"];

/// What becomes of a reload.
const RESULTS: [&str; 2] = ["ok", "failed"];

/// What is counted.
#[derive(Debug, Default)]
pub struct Meters {
    interfaces: Vec<(String, Arc<Gauge>)>,
    outputs: Vec<(String, Arc<Counts>)>,
    store: Arc<Gauges>,
    rules: AtomicU64,
    reloads: [AtomicU64; RESULTS.len()],
    /// The last reload failed.
    stale: AtomicBool,
    /// When the last one went well, in seconds since 1970; 0 before the first.
    reloaded: AtomicU64,
    alerts: [AtomicU64; SEVERITIES.len()],
    muted: AtomicU64,
    /// A filter is set.
    filtered: AtomicBool,
    /// As they were last, and whether they balanced.
    books: Mutex<(Books, bool)>,
    known: Mutex<Known>,
    /// When the run began.
    began: Option<SystemTime>,
}

/// What is known of the site.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Devices by Purdue level; `None` where nothing tells. Nothing before they were counted.
    pub devices: BTreeMap<Option<u8>, u64>,
    /// Lines of the baseline by what they are of. Nothing before they were counted.
    pub lines: Vec<(&'static str, u64)>,
    /// What is learned, and whether it still is.
    pub learning: Vec<(&'static str, bool)>,
}

impl Meters {
    /// Meters of these interfaces and outputs, of the store, and so many rules.
    #[must_use]
    pub fn new(
        interfaces: Vec<(String, Arc<Gauge>)>,
        outputs: Vec<(String, Arc<Counts>)>,
        store: Arc<Gauges>,
        rules: usize,
    ) -> Self {
        Self {
            interfaces,
            outputs,
            store,
            rules: AtomicU64::new(rules as u64),
            books: Mutex::new((Books::default(), true)),
            began: Some(SystemTime::now()),
            ..Self::default()
        }
    }

    /// The interfaces.
    #[must_use]
    pub fn interfaces(&self) -> &[(String, Arc<Gauge>)] {
        &self.interfaces
    }

    /// So many rules look on from now on.
    pub fn rules(&self, rules: usize) {
        self.rules.store(rules as u64, Ordering::Relaxed);
    }

    /// Counts a reload of the configuration at this time of the clock.
    pub fn reload(&self, failed: bool, now: Time) {
        if let Some(count) = self.reloads.get(usize::from(failed)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.stale.store(failed, Ordering::Relaxed);
        if !failed {
            let seconds = now.nanos() / 1_000_000_000;
            self.reloaded.store(seconds, Ordering::Relaxed);
        }
    }

    /// Counts an alert.
    pub fn alert(&self, severity: u8) {
        let place = usize::from(severity.clamp(1, 4)) - 1;
        if let Some(count) = self.alerts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All alerts so far.
    #[must_use]
    pub fn alerts(&self) -> u64 {
        let counts = self.alerts.iter();
        counts.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Events that outputs were too slow for or could not write.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let outputs = self.outputs.iter();
        let lost = outputs.map(|(_, counts)| {
            counts.shed.load(Ordering::Relaxed) + counts.failed.load(Ordering::Relaxed)
        });
        lost.sum()
    }

    /// Whether a filter is set, so that not all frames are seen.
    pub fn filtered(&self, filtered: bool) {
        self.filtered.store(filtered, Ordering::Relaxed);
    }

    /// Counts an alert that people have muted.
    pub fn muted(&self) {
        self.muted.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes the books as they are now.
    pub fn books(&self, books: &Books, balanced: bool) {
        *lock(&self.books) = (*books, balanced);
    }

    /// What is known of the site, to be changed.
    pub fn known(&self) -> impl std::ops::DerefMut<Target = Known> + '_ {
        lock(&self.known)
    }

    /// Whether all interfaces can be heard.
    #[must_use]
    pub fn hears(&self) -> bool {
        let mut interfaces = self.interfaces.iter();
        interfaces.all(|(_, gauge)| gauge.hears.load(Ordering::Relaxed))
    }

    /// The page.
    #[must_use]
    pub fn text(&self) -> String {
        let mut page = Page(String::new());
        page.head("jaga_build_info", "gauge", "The version of this sensor.");
        page.line(
            "jaga_build_info",
            &[("version", env!("CARGO_PKG_VERSION"))],
            1,
        );
        self.capture(&mut page);
        let (books, balanced) = *lock(&self.books);
        traffic::frames(&books, balanced, &mut page);
        traffic::spoken(&books, &mut page);
        traffic::flows(&books, &mut page);
        self.told(&mut page);
        self.site(&mut page);
        self.sent(&mut page);
        self.kept(&mut page);
        self.process(&mut page);
        page.0
    }

    fn capture(&self, page: &mut Page) {
        type Of = fn(&Gauge) -> &AtomicU64;
        let counters: [(&str, &str, Of); 4] = [
            (
                "packets",
                "Frames that the kernel received for the sensor.",
                |g| &g.received,
            ),
            ("bytes", "Octets of the frames that were handed out.", |g| {
                &g.octets
            }),
            ("read_packets", "Frames that were handed out.", |g| {
                &g.frames
            }),
            (
                "merged_packets",
                "Frames merged from several by the card or the kernel.",
                |g| &g.merged,
            ),
        ];
        for (what, help, of) in counters {
            let name = format!("jaga_capture_{what}_total");
            page.head(&name, "counter", help);
            for (interface, gauge) in &self.interfaces {
                page.line(&name, &[("interface", interface)], get(of(gauge)));
            }
        }
        let name = "jaga_capture_dropped_packets_total";
        page.head(
            name,
            "counter",
            "Frames that were dropped before they could be read.",
        );
        for (interface, gauge) in &self.interfaces {
            let labels = [("interface", interface.as_str()), ("reason", "ring-full")];
            page.line(name, &labels, get(&gauge.dropped));
        }
        let name = "jaga_capture_filtered";
        let help = "Whether a filter is set: what it leaves out is neither seen nor counted.";
        page.head(name, "gauge", help);
        for (interface, _) in &self.interfaces {
            let filtered = u8::from(self.filtered.load(Ordering::Relaxed));
            page.line(name, &[("interface", interface)], filtered);
        }
        let name = "jaga_capture_up";
        page.head(name, "gauge", "Whether the interface can be heard.");
        for (interface, gauge) in &self.interfaces {
            let up = u8::from(gauge.hears.load(Ordering::Relaxed));
            page.line(name, &[("interface", interface)], up);
        }
        let name = "jaga_capture_blind_seconds_total";
        page.head(
            name,
            "counter",
            "For how long it could not, until it could again.",
        );
        for (interface, gauge) in &self.interfaces {
            let blind = Duration::from_millis(get(&gauge.blind));
            page.line(name, &[("interface", interface)], seconds(blind));
        }
    }

    fn told(&self, page: &mut Page) {
        page.head("jaga_rules_loaded", "gauge", "Rules that look on.");
        page.line("jaga_rules_loaded", &[], get(&self.rules));
        self.reloads(page);
        page.head("jaga_alerts_total", "counter", "Alerts told.");
        for (severity, count) in SEVERITIES.iter().zip(&self.alerts) {
            page.line("jaga_alerts_total", &[("severity", severity)], get(count));
        }
        let name = "jaga_alerts_muted_total";
        page.head(name, "counter", "Alerts among them that people have muted.");
        page.line(name, &[], get(&self.muted));
    }

    fn site(&self, page: &mut Page) {
        let known = lock(&self.known).clone();
        let name = "jaga_assets";
        let help = "Devices, by Purdue level; counted once a minute where there is a state.";
        page.head(name, "gauge", help);
        for (level, count) in known.devices {
            let level = level.map_or("unknown".to_owned(), |level| level.to_string());
            page.line(name, &[("level", &level)], count);
        }
        let name = "jaga_baseline_lines";
        let help = "What was learned to be usual; counted once a minute while it is learned.";
        page.head(name, "gauge", help);
        for (kind, count) in known.lines {
            page.line(name, &[("kind", kind)], count);
        }
        let name = "jaga_baseline_learning";
        let help =
            "Whether what is usual of this is still learned, and not held against what comes.";
        page.head(name, "gauge", help);
        for (sort, learns) in known.learning {
            page.line(name, &[("sort", sort)], u8::from(learns));
        }
    }

    fn reloads(&self, page: &mut Page) {
        let name = "jaga_config_last_reload_successful";
        page.head(
            name,
            "gauge",
            "Whether the configuration in force is the one last read.",
        );
        page.line(name, &[], u8::from(!self.stale.load(Ordering::Relaxed)));
        let name = "jaga_config_last_reload_success_timestamp_seconds";
        let help = "When it was last read again without a mistake; 0 where it was not.";
        page.head(name, "gauge", help);
        page.line(name, &[], get(&self.reloaded));
        let name = "jaga_config_reloads_total";
        page.head(name, "counter", "Times that it was read again.");
        for (result, count) in RESULTS.iter().zip(&self.reloads) {
            page.line(name, &[("result", result)], get(count));
        }
    }

    fn sent(&self, page: &mut Page) {
        let name = "jaga_output_written_events_total";
        page.head(
            name,
            "counter",
            "Events that an output has written or sent.",
        );
        for (output, counts) in &self.outputs {
            page.line(name, &[("output", output)], get(&counts.written));
        }
        let name = "jaga_output_lost_events_total";
        page.head(name, "counter", "Events that an output has lost.");
        for (output, counts) in &self.outputs {
            for (reason, count) in [
                ("queue-full", &counts.shed),
                ("failed", &counts.failed),
                ("not-kept", &counts.dropped),
                ("damaged", &counts.damaged),
            ] {
                page.line(name, &[("output", output), ("reason", reason)], get(count));
            }
        }
        let name = "jaga_output_connected";
        page.head(
            name,
            "gauge",
            "Whether an output could be written when it was tried last.",
        );
        for (output, counts) in &self.outputs {
            let works = u8::from(counts.works.load(Ordering::Relaxed));
            page.line(name, &[("output", output)], works);
        }
        let name = "jaga_output_waiting_events";
        page.head(
            name,
            "gauge",
            "Alerts and health that an output has not sent, or may have to send again.",
        );
        for (output, counts) in &self.outputs {
            page.line(name, &[("output", output)], get(&counts.waiting));
        }
    }

    fn kept(&self, page: &mut Page) {
        let Gauges { limit, .. } = &*self.store;
        if get(limit) == 0 {
            return;
        }
        let works = u64::from(self.store.works.load(Ordering::Relaxed));
        for (name, kind, help, value) in [
            (
                "jaga_store_bytes",
                "gauge",
                "Octets of alerts and health that are kept on disk.",
                get(&self.store.octets),
            ),
            (
                "jaga_store_limit_bytes",
                "gauge",
                "Octets that may be kept.",
                get(limit),
            ),
            (
                "jaga_store_saved_events_total",
                "counter",
                "Alerts and health that are on disk.",
                get(&self.store.saved),
            ),
            (
                "jaga_store_lost_events_total",
                "counter",
                "Alerts and health that never came to the disk.",
                get(&self.store.lost),
            ),
            (
                "jaga_store_up",
                "gauge",
                "Whether alerts could be written to disk when that was tried last.",
                works,
            ),
        ] {
            page.head(name, kind, help);
            page.line(name, &[], value);
        }
        self.latency(page);
    }

    fn latency(&self, page: &mut Page) {
        let name = "jaga_alert_latency_seconds";
        let help = "From the packet that decided an alert until the alert was on disk.";
        page.head(name, "histogram", help);
        let (below, all, sum) = self.store.latency.read();
        let bucket = format!("{name}_bucket");
        for (bound, count) in Latency::BOUNDS.iter().zip(below) {
            let bound = Duration::from_millis(*bound).as_secs_f64();
            page.line(&bucket, &[("le", &bound.to_string())], count);
        }
        page.line(&bucket, &[("le", "+Inf")], all);
        page.line(&format!("{name}_sum"), &[], seconds(sum));
        page.line(&format!("{name}_count"), &[], all);
    }

    /// What the process takes, under the names that all programs tell it by.
    fn process(&self, page: &mut Page) {
        let process = Process::now();
        let name = "jaga_thread_busy_seconds_total";
        let help = "Time of a processor that the threads took which packets wait for.";
        page.head(name, "counter", help);
        for (thread, busy) in &process.threads {
            page.line(name, &[("thread", thread)], seconds(*busy));
        }
        let began = self
            .began
            .and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        let (resident, addresses) = process.memory.unzip();
        let (open, most) = process.files.unzip();
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        for (what, kind, help, value) in [
            (
                "cpu_seconds_total",
                "counter",
                "Time of a processor that it took.",
                process.busy.map(seconds),
            ),
            (
                "resident_memory_bytes",
                "gauge",
                "Octets of RAM, those of mapped files too.",
                number(resident),
            ),
            (
                "virtual_memory_bytes",
                "gauge",
                "Octets of addresses.",
                number(addresses),
            ),
            (
                "open_fds",
                "gauge",
                "Files and sockets that are open.",
                number(open),
            ),
            ("max_fds", "gauge", "How many may be.", number(most)),
            ("threads", "gauge", "Threads.", number(process.tasks)),
            (
                "start_time_seconds",
                "gauge",
                "When the run began.",
                began.map(seconds),
            ),
        ] {
            if let Some(value) = value {
                let name = format!("process_{what}");
                page.head(&name, kind, help);
                page.line(&name, &[], value);
            }
        }
    }
}

/// In seconds, to the millisecond.
fn seconds(span: Duration) -> String {
    format!("{}.{:03}", span.as_secs(), span.subsec_millis())
}

/// Nothing is left half done where the lock is held.
fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// The endpoint; ends when dropped.
pub struct Endpoint {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Serves the meters at `/metrics`, whether the process answers at `/healthz`, and whether all
    /// interfaces can be heard at `/readyz`.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub fn start(address: SocketAddr, meters: Arc<Meters>) -> io::Result<Self> {
        let server = Arc::new(Server::http(address).map_err(io::Error::other)?);
        let mine = Arc::clone(&server);
        let serve = move || {
            mine.incoming_requests()
                .for_each(|asked| answer(asked, &meters))
        };
        let thread = thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(serve)?;
        Ok(Self {
            server,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.server_addr().to_ip()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(asked: Request, meters: &Meters) {
    let is_read = matches!(asked.method(), Method::Get | Method::Head);
    let (code, text) = match asked.url().split('?').next() {
        _ if !is_read => (405, "only GET\n".to_owned()),
        Some("/metrics") => (200, meters.text()),
        Some("/healthz") => (200, "ok\n".to_owned()),
        Some("/readyz") if meters.hears() => (200, "every interface is heard\n".to_owned()),
        Some("/readyz") => (
            503,
            "an interface cannot be heard: see /metrics\n".to_owned(),
        ),
        _ => (404, "see /metrics\n".to_owned()),
    };
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let kind = Header::from_bytes("Content-Type", kind).ok();
    let mut response = Response::from_string(text).with_status_code(code);
    if let Some(kind) = kind {
        response.add_header(kind);
    }
    // Who asked and left needs no answer.
    let _ = asked.respond(response);
}
