//! `jaga test-alert`: one marked alert through every output of a configuration, so that people
//! see in their tools that alerts arrive, before one matters.
//!
//! Stands alone beside a running sensor: its store is not touched, nothing is listened at.

use super::output::{Output, Outputs};
use super::run::{self, arguments, outputs};
use super::{Exit, Failure, Subcommand, settings};
use crate::config::{Settings, State};
use crate::desk::News;
use crate::desk::detect::{Alert, Found, Words};
use crate::desk::outputs::eve::Eve;
use crate::desk::outputs::feed::Feed;
use crate::desk::store::{Notice, Store};
use crate::facts::Time;
use clap::{ArgMatches, Command};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The subcommand.
pub(super) struct TestAlert;

const EXAMPLES: &str = "\
Examples:
  jaga test-alert -c /etc/jaga/jaga.toml
  jaga test-alert --syslog tls://siem.example:6514 --syslog-ca ca.pem";

const MORE: &str = "\
Sent is an alert of the signature 3959999, \"Test alert\", from 192.0.2.1 to
192.0.2.2, which no network has (RFC 5737), to --syslog, --alerts and --events
and their keys of the configuration. Takes the options of `jaga run`.";

/// Options of `jaga run` that say where alerts go, and are shown.
const SHOWN: [&str; 6] = ["config", "syslog", "syslog-ca", "alerts", "events", "quiet"];

/// How an output ended.
enum End {
    Good(String),
    Unsure(String),
    Bad(String),
}

impl Subcommand for TestAlert {
    fn command(&self) -> Command {
        Command::new("test-alert")
            .about("Send one marked alert through every output")
            .before_help(EXAMPLES)
            .after_help(MORE)
            .args(arguments::showing(&SHOWN))
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let (settings, layers) = settings::resolve(arguments)?;
        let mut places = Outputs::new();
        places.spare(layers.files());
        let ends = send(&settings, &mut places)?;
        if ends.is_empty() {
            let what = "no output takes alerts";
            let hint = "name one: --syslog URL, --alerts FILE, --events FILE, or -c FILE";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
        let mut out = Output::stdout();
        let mut exit = Exit::Done;
        for end in ends {
            let (word, text) = match &end {
                End::Good(text) => ("ok", text),
                End::Unsure(text) => ("unsure", text),
                End::Bad(text) => ("error", text),
            };
            if matches!(end, End::Bad(_)) {
                exit = Exit::Output;
            } else if settings.quiet {
                continue;
            }
            writeln!(out, "{word:<8} {text}").map_err(|error| out.failed(&error))?;
        }
        out.finish(true)?;
        Ok(exit)
    }
}

/// Sends the alert to all outputs, and waits for what becomes of it.
fn send(settings: &Settings, places: &mut Outputs) -> Result<Vec<End>, Failure> {
    let host = run::sensor_name(settings);
    let eve = Eve::live(host.clone(), settings.site.clone(), None);
    let now = Time::from(SystemTime::now());
    let line = alert(settings, &eve, now);
    let never = Arc::new(AtomicBool::new(false));
    let mut ends = Vec::new();
    // The folder of a running sensor is its own.
    let alone = Settings {
        state: State::default(),
        quiet: true,
        ..settings.clone()
    };
    let mut store = outputs::store(&alone)?;
    let feeds = outputs::feeds(&alone, places, &never, &store, &host)?;
    if settings.events.file.as_path() != Path::new("-") {
        let events = outputs::events(settings, places, &never)?;
        events.offer_last(line.clone(), 1);
        let name = events.name().to_owned();
        let counts = events.finish();
        ends.push(match counts.written.load(Ordering::Relaxed) {
            0 => End::Bad(format!("{name}: could not be written")),
            _ => End::Good(format!("{name}: has it")),
        });
    }
    store.append(now, SEVERITY, line.strip_suffix(b"\n").unwrap_or(&line));
    let reasons = wait(&feeds, &store);
    store.close();
    ends.extend(finish(feeds, reasons));
    Ok(ends)
}

/// How long an output may take until it has sent the alert, or says why not.
const PATIENCE: Duration = Duration::from_secs(10);

/// Severity of the alert: low.
const SEVERITY: u8 = 3;

/// The alert as a line of EVE.
fn alert(settings: &Settings, eve: &Eve, now: Time) -> Vec<u8> {
    let alert = Alert::test(SEVERITY, now);
    let english = Words::of(crate::desk::detect::Language::English).tell(&alert);
    let found = Found {
        title: english.title,
        told: Words::of(settings.detectors.language).tell(&alert),
        alert,
    };
    let mut line = Vec::new();
    // A vector does not refuse what is written to it.
    let _ = eve.writer().news(&News::Alert(Box::new(found)), &mut line);
    line
}

/// Waits until each output has sent it or says why not; gives what they say.
fn wait(feeds: &[Feed], store: &Store) -> Vec<Notice> {
    let began = Instant::now();
    let mut reasons = Vec::new();
    loop {
        reasons.extend(store.notices());
        let failed = |name: &str| {
            let mut all = reasons.iter();
            all.any(
                |notice| matches!(notice, Notice::OutputFailed { output, .. } if output == name),
            )
        };
        let is_known =
            |feed: &Feed| feed.counts().written.load(Ordering::Relaxed) > 0 || failed(feed.name());
        if feeds.iter().all(is_known) || began.elapsed() > PATIENCE {
            return reasons;
        }
        thread::sleep(PATIENCE / 500);
    }
}

/// What became of it at each output that gets what is kept.
fn finish(feeds: Vec<Feed>, reasons: Vec<Notice>) -> Vec<End> {
    let ended: Vec<_> = feeds
        .into_iter()
        .map(|feed| {
            (
                feed.name().to_owned(),
                Arc::clone(feed.counts()),
                feed.finish(),
            )
        })
        .collect();
    let why = |name: &str| {
        let found = reasons.iter().rev().find_map(|notice| match notice {
            Notice::OutputFailed { output, reason } if output == name => Some(reason.as_str()),
            _ => None,
        });
        found.unwrap_or("it was not taken in time").to_owned()
    };
    ended
        .into_iter()
        .map(|(name, counts, left)| {
            if left.unsent > 0 || counts.written.load(Ordering::Relaxed) == 0 {
                End::Bad(format!("{name}: did not get it: {}", why(&name)))
            } else if name.starts_with("udp:") || left.unsure > 0 {
                End::Unsure(format!(
                    "{name}: sent; only its reader can tell whether it arrived"
                ))
            } else {
                End::Good(format!("{name}: has it"))
            }
        })
        .collect()
}
