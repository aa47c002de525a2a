//! The outputs of a live run, as its arguments ask for them.

use crate::cli::exit::tell;
use crate::cli::output::{Output, Outputs};
use crate::cli::{Exit, Failure};
use crate::desk::outputs::feed::Feed;
use crate::desk::outputs::file::{self, Events};
use crate::desk::outputs::metrics::{Endpoint, Meters};
use crate::desk::outputs::outlet::{Counts, Outlet, Sink};
use crate::desk::outputs::syslog::tls::{Files, Trust};
use crate::desk::outputs::syslog::{self, Collector, Format, Header, Style};
use crate::desk::store::{self, Config, Store};
use clap::ArgMatches;
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The output that takes the events.
pub(super) fn events(
    arguments: &ArgMatches,
    outputs: &mut Outputs,
    reopen: &Arc<AtomicBool>,
) -> Result<Outlet, Failure> {
    let path = arguments.get_one::<PathBuf>("events");
    let path = path.map_or(Path::new("-"), PathBuf::as_path);
    let sink = written(path, outputs, reopen)?;
    Outlet::start(path.display().to_string(), sink).map_err(|error| unwritable(path, &error))
}

/// What writes lines to a file, or to standard output where the path is -.
fn written(
    path: &Path,
    outputs: &mut Outputs,
    reopen: &Arc<AtomicBool>,
) -> Result<Box<dyn Sink>, Failure> {
    let Some(file) = outputs.take(path)? else {
        return Ok(Box::new(Stdout(Output::stdout())));
    };
    let events = Events::open(file.to_owned(), Arc::clone(reopen));
    Ok(Box::new(events.map_err(|error| unwritable(path, &error))?))
}

/// Where alerts are kept.
pub(super) fn store(arguments: &ArgMatches) -> Result<Store, Failure> {
    let folder = arguments.get_one::<PathBuf>("state").cloned();
    let is_asked = ["syslog", "alerts"].map(|output| arguments.contains_id(output));
    if folder.is_none() && is_asked.contains(&true) && !arguments.get_flag("quiet") {
        let what = "alerts that no output has taken are kept in memory alone";
        tell(what, "--state FOLDER keeps them over a crash or a restart");
    }
    let number = |name| arguments.get_one::<u64>(name).copied().unwrap_or_default();
    let config = Config {
        folder,
        octets: number("state-size") * 1024 * 1024,
        age: Duration::from_secs(number("state-days") * 24 * 60 * 60),
    };
    Store::open(&config).map_err(|error| {
        let hint = match &error {
            store::Error::Folder(..) => "choose a folder that you may write to",
            store::Error::Taken(_) => "end it, or give this one a folder of its own",
            store::Error::Version(_) => "use that version, or give this one another folder",
        };
        Failure::new(Exit::Output, &error).hint(hint)
    })
}

/// The outputs of what is kept: a file, and those that send messages to collectors.
pub(super) fn feeds(
    arguments: &ArgMatches,
    outputs: &mut Outputs,
    reopen: &Arc<AtomicBool>,
    store: &Store,
    host: &str,
) -> Result<Vec<Feed>, Failure> {
    let mut named = BTreeSet::new();
    for name in collectors(arguments).map(ToString::to_string) {
        if !named.insert(name.clone()) {
            let what = format!("--syslog: {name}: is named twice");
            let hint = "a collector has one place in what is kept: name it once";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
    }
    let mut feeds = Vec::new();
    if let Some(path) = arguments.get_one::<PathBuf>("alerts") {
        let name = path.display().to_string();
        let failed = |error| unwritable(path, &error);
        let sink = written(path, outputs, reopen)?;
        // The place that it keeps is the file's, wherever the sensor is started from.
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let reader = store.reader(&whole.display().to_string());
        let feed = Feed::start(name, sink, Box::new(file::line), reader);
        feeds.push(feed.map_err(failed)?);
    }
    let trust = trust(arguments)?;
    let style = style(arguments);
    for collector in collectors(arguments) {
        let name = collector.to_string();
        let failed = |error| Failure::new(Exit::Output, format!("{name}: {error}"));
        let sink = collector.sink(&trust).map_err(failed)?;
        let host = host.to_owned();
        let render = Box::new(move |record: &store::Record| syslog::message(&host, style, record));
        let feed = Feed::start(name.clone(), sink, render, store.reader(&name));
        feeds.push(feed.map_err(failed)?);
    }
    Ok(feeds)
}

fn collectors(arguments: &ArgMatches) -> impl Iterator<Item = &Collector> {
    let named = arguments.get_many::<Collector>("syslog");
    named.into_iter().flatten()
}

/// How messages are made.
fn style(arguments: &ArgMatches) -> Style {
    let word = |name| arguments.get_one::<String>(name).map_or("", String::as_str);
    Style {
        format: match word("syslog-format") {
            "cef" => Format::Cef,
            "text" => Format::Text,
            _ => Format::Eve,
        },
        header: match word("syslog-header") {
            "rfc3164" => Header::Rfc3164,
            _ => Header::Rfc5424,
        },
    }
}

/// Which collectors are trusted over TLS, and who this sensor is to them.
fn trust(arguments: &ArgMatches) -> Result<Trust, Failure> {
    let file = |name| arguments.get_one::<PathBuf>(name).cloned();
    let files = Files {
        authorities: file("syslog-ca"),
        identity: file("syslog-cert").zip(file("syslog-key")),
    };
    if collectors(arguments).any(Collector::is_secret) {
        return Trust::read(&files).map_err(|error| {
            let hint = "--syslog-ca, --syslog-cert and --syslog-key name files in PEM";
            Failure::new(Exit::Usage, &error).hint(hint)
        });
    }
    if files.authorities.is_some() || files.identity.is_some() {
        let what = "certificates are given, and no collector that gets messages over TLS";
        return Err(Failure::new(Exit::Usage, what).hint("name one as --syslog tls://HOST:6514"));
    }
    Ok(Trust::default())
}

/// What becomes of the events of each output.
pub(super) fn counts(events: &Outlet, feeds: &[Feed]) -> Vec<(String, Arc<Counts>)> {
    let feeds = feeds.iter().map(|feed| (feed.name(), feed.counts()));
    let all = std::iter::once((events.name(), events.counts())).chain(feeds);
    all.map(|(name, counts)| (name.to_owned(), Arc::clone(counts)))
        .collect()
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let what = format!("{}: cannot be written: {error}", path.display());
    Failure::new(Exit::Output, what).hint("choose a place that you may write to")
}

/// The endpoint of the metrics, where it is asked for.
pub(super) fn endpoint(
    arguments: &ArgMatches,
    meters: &Arc<Meters>,
) -> Result<Option<Endpoint>, Failure> {
    let Some(address) = arguments.get_one::<SocketAddr>("metrics") else {
        return Ok(None);
    };
    let started = Endpoint::start(*address, Arc::clone(meters)).map_err(|error| {
        let what = format!("metrics cannot be served at {address}: {error}");
        Failure::new(Exit::Output, what).hint("choose an address of this machine and a free port")
    });
    started.map(Some)
}

/// Standard output.
struct Stdout(Output);

impl Sink for Stdout {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.0.write_all(octets)?;
        self.0.flush()
    }
}
