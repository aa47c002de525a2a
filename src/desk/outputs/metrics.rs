//! What the sensor counts, for Prometheus: text of its exposition format, version 0.0.4, over
//! HTTP on a thread of its own.
//!
//! Started by `jaga run`. Reads counters that others keep; neither addresses nor names from the
//! wire are labels.

use super::outlet::Counts;
use crate::capture::Gauge;
use crate::desk::store::Gauges;
use crate::facts::Time;
use crate::sensor::{Books, Dropped, Undecoded};
use std::fmt::{Display, Write as _};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
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
    decoded: AtomicU64,
    dropped: [AtomicU64; Dropped::ALL.len()],
    undecoded: [AtomicU64; Undecoded::ALL.len()],
    unbalanced: AtomicBool,
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

    /// Counts an alert that people have muted.
    pub fn muted(&self) {
        self.muted.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes the books as they are now.
    pub fn books(&self, books: &Books, balanced: bool) {
        self.decoded.store(books.decoded, Ordering::Relaxed);
        let pairs = self.dropped.iter().zip(books.dropped);
        let pairs = pairs.chain(self.undecoded.iter().zip(books.undecoded));
        pairs.for_each(|(meter, count)| meter.store(count, Ordering::Relaxed));
        self.unbalanced.store(!balanced, Ordering::Relaxed);
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
        self.frames(&mut page);
        self.told(&mut page);
        self.sent(&mut page);
        self.kept(&mut page);
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
            let millis = get(&gauge.blind);
            let seconds = format_args!("{}.{:03}", millis / 1000, millis % 1000).to_string();
            page.line(name, &[("interface", interface)], seconds);
        }
    }

    fn frames(&self, page: &mut Page) {
        let name = "jaga_decoded_packets_total";
        page.head(name, "counter", "Frames that were decoded.");
        page.line(name, &[], get(&self.decoded));
        let name = "jaga_undecoded_packets_total";
        page.head(
            name,
            "counter",
            "Frames that were processed and not decoded.",
        );
        for (reason, count) in Undecoded::ALL.iter().zip(&self.undecoded) {
            page.line(name, &[("reason", reason.name())], get(count));
        }
        let name = "jaga_dropped_packets_total";
        page.head(name, "counter", "Frames that were read and not processed.");
        for (reason, count) in Dropped::ALL.iter().zip(&self.dropped) {
            page.line(name, &[("reason", reason.name())], get(count));
        }
        let name = "jaga_books_balanced";
        page.head(name, "gauge", "Whether every frame is accounted for.");
        page.line(
            name,
            &[],
            u8::from(!self.unbalanced.load(Ordering::Relaxed)),
        );
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
    }
}

fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// The page being written. A string does not refuse what is written to it.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let label = |(name, value): &(&str, &str)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("{name}=\"{}\"", value.replace('\n', "\\n"))
        };
        let labels: Vec<String> = labels.iter().map(label).collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
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
    /// Serves the meters at `/metrics`, and `/healthz`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    fn asked(endpoint: &Endpoint, request: &str) -> String {
        let mut stream = TcpStream::connect(endpoint.address().unwrap()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_endpoint_shows_what_is_counted() {
        let gauge = Arc::new(Gauge::default());
        gauge.dropped.store(5, Ordering::Relaxed);
        gauge.blind.store(1_250, Ordering::Relaxed);
        let meters = Arc::new(Meters {
            interfaces: vec![("span\"0".to_owned(), gauge)],
            outputs: vec![("eve.json".to_owned(), Arc::default())],
            ..Meters::default()
        });
        meters.alert(1);
        meters.alert(9);
        meters.rules(7);
        meters.reload(false, Time::from_parts(1_700_000_000, 5));
        meters.reload(true, Time::from_parts(1_700_000_060, 0));
        let endpoint = Endpoint::start(([127, 0, 0, 1], 0).into(), Arc::clone(&meters)).unwrap();
        let page = asked(&endpoint, "GET /metrics HTTP/1.0\r\n\r\n");
        assert!(
            page.starts_with("HTTP/1.") && page.contains(" 200 "),
            "{page}"
        );
        for line in [
            "jaga_capture_dropped_packets_total{interface=\"span\\\"0\",reason=\"ring-full\"} 5",
            "jaga_capture_blind_seconds_total{interface=\"span\\\"0\"} 1.250",
            "jaga_alerts_total{severity=\"high\"} 1",
            "jaga_alerts_total{severity=\"info\"} 1",
            "jaga_rules_loaded 7",
            "jaga_config_last_reload_successful 0",
            "jaga_config_last_reload_success_timestamp_seconds 1700000000",
            "jaga_config_reloads_total{result=\"ok\"} 1",
            "jaga_config_reloads_total{result=\"failed\"} 1",
            "jaga_books_balanced 1",
            "jaga_output_lost_events_total{output=\"eve.json\",reason=\"queue-full\"} 0",
        ] {
            assert!(page.lines().any(|shown| shown == line), "{line}: {page}");
        }
        assert!(asked(&endpoint, "GET /else HTTP/1.0\r\n\r\n").contains(" 404 "));
        assert!(asked(&endpoint, "POST /metrics HTTP/1.0\r\n\r\n").contains(" 405 "));
    }

    #[test]
    fn every_metric_has_its_help_and_type_once() {
        let meters = Meters::default();
        let text = meters.text();
        let heads: Vec<&str> = text
            .lines()
            .filter_map(|l| l.strip_prefix("# TYPE "))
            .collect();
        let names: std::collections::BTreeSet<&str> = heads
            .iter()
            .filter_map(|head| head.split(' ').next())
            .collect();
        assert_eq!(names.len(), heads.len());
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(['{', ' ']).next().unwrap();
            assert!(names.contains(name), "{line}");
        }
    }
}
