//! The outputs of a live run, as its settings ask for them.

use crate::cli::exit::tell;
use crate::cli::output::{Output, Outputs};
use crate::cli::{Exit, Failure};
use crate::config::{Settings, Syslog};
use crate::desk::outputs::feed::Feed;
use crate::desk::outputs::file::{self, Events};
use crate::desk::outputs::metrics::{Endpoint, Meters};
use crate::desk::outputs::outlet::{Counts, Outlet, Sink};
use crate::desk::outputs::syslog::tls::{Files, Trust};
use crate::desk::outputs::syslog::{self, Collector, Style};
use crate::desk::store::{self, Config, Store};
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The output that takes the events.
pub(in crate::cli) fn events(
    settings: &Settings,
    outputs: &mut Outputs,
    reopen: &Arc<AtomicBool>,
) -> Result<Outlet, Failure> {
    let path = settings.events.file.as_path();
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
pub(in crate::cli) fn store(settings: &Settings) -> Result<Store, Failure> {
    let state = &settings.state;
    let is_asked = !settings.syslog.collectors.is_empty() || settings.alerts.file.is_some();
    if state.folder.is_none() && is_asked && !settings.quiet {
        let what = "alerts that no output has taken are kept in memory alone";
        tell(what, "--state FOLDER keeps them over a crash or a restart");
    }
    let config = Config {
        folder: state.folder.clone(),
        octets: state.size.octets(),
        age: state.age.duration(),
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
pub(in crate::cli) fn feeds(
    settings: &Settings,
    outputs: &mut Outputs,
    reopen: &Arc<AtomicBool>,
    store: &Store,
    host: &str,
) -> Result<Vec<Feed>, Failure> {
    named_once(&settings.syslog)?;
    let mut feeds = Vec::new();
    if let Some(path) = &settings.alerts.file {
        let name = path.display().to_string();
        let failed = |error| unwritable(path, &error);
        let sink = written(path, outputs, reopen)?;
        // The place that it keeps is the file's, wherever the sensor is started from.
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let reader = store.reader(&whole.display().to_string());
        let feed = Feed::start(name, sink, Box::new(file::line), reader);
        feeds.push(feed.map_err(failed)?);
    }
    let trust = trust(&settings.syslog)?;
    let style = Style {
        format: settings.syslog.format,
        header: settings.syslog.header,
    };
    for collector in &settings.syslog.collectors {
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

/// A collector that is named twice has two places in what is kept.
pub(in crate::cli) fn named_once(syslog: &Syslog) -> Result<(), Failure> {
    let mut named = BTreeSet::new();
    for name in syslog.collectors.iter().map(ToString::to_string) {
        if !named.insert(name.clone()) {
            let what = format!("--syslog: {name}: is named twice");
            let hint = "a collector has one place in what is kept: name it once";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
    }
    Ok(())
}

/// Which collectors are trusted over TLS, and who this sensor is to them.
pub(in crate::cli) fn trust(syslog: &Syslog) -> Result<Trust, Failure> {
    let identity = match (&syslog.certificate, &syslog.key) {
        (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
        (None, None) => None,
        (one, _) => {
            let missing = if one.is_some() { "key" } else { "certificate" };
            let what = format!("syslog: a certificate and its key go together: no {missing}");
            let hint = "--syslog-cert and --syslog-key, or syslog.certificate and syslog.key";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
    };
    let files = Files {
        authorities: syslog.authorities.clone(),
        identity,
    };
    if syslog.collectors.iter().any(Collector::is_secret) {
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

pub(in crate::cli) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let what = format!("{}: cannot be written: {error}", path.display());
    Failure::new(Exit::Output, what).hint("choose a place that you may write to")
}

/// The endpoint of the metrics, where it is asked for.
pub(super) fn endpoint(
    settings: &Settings,
    meters: &Arc<Meters>,
) -> Result<Option<Endpoint>, Failure> {
    let Some(address) = settings.metrics.listen else {
        return Ok(None);
    };
    let started = Endpoint::start(address, Arc::clone(meters));
    started.map(Some).map_err(|error| unserved(address, &error))
}

pub(in crate::cli) fn unserved(address: SocketAddr, error: &io::Error) -> Failure {
    let what = format!("metrics cannot be served at {address}: {error}");
    Failure::new(Exit::Output, what).hint("choose an address of this machine and a free port")
}

/// Standard output.
struct Stdout(Output);

impl Sink for Stdout {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.0.write_all(octets)?;
        self.0.flush()
    }
}
