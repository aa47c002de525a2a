//! `jaga run`: listens at interfaces and tells what is found as it happens.
//!
//! In the foreground until Ctrl-C or SIGTERM, and then the picture of what was heard, as replay
//! shows it of captures.

mod post;

use self::post::{Pace, Post};
use super::exit::tell;
use super::input;
use super::output::{Output, Outputs};
use super::replay::detect;
use super::replay::inventory::{self, InventoryFile};
use super::replay::rules::{self, Rules};
use super::replay::summary::{self, SummaryOutput};
use super::{Exit, Failure, Subcommand};
use crate::capture::Listener;
use crate::desk::Desk;
use crate::desk::alerts::Alerts;
use crate::desk::outputs::eve::Eve;
use crate::desk::outputs::file::Events;
use crate::desk::outputs::metrics::{Endpoint, Meters};
use crate::desk::outputs::outlet::{Outlet, Sink};
use crate::desk::outputs::syslog::Collector;
use crate::sensor::{self, Outcome, Watch};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The subcommand.
pub(super) struct Run;

const EXAMPLES: &str = "\
Examples:
  jaga run -i span0                          events on standard output
  jaga run -i span0 --events eve.json        into a file that may be rotated
  jaga run -i tap0 -i tap1 --rules local/    both sides of a tap, and more rules";

/// What the second Ctrl-C, and the second SIGTERM, end the process with.
const SECOND: [(i32, i32); 2] = [(SIGINT, 130), (SIGTERM, 143)];

impl Subcommand for Run {
    fn command(&self) -> Command {
        Command::new("run")
            .about("Listen at interfaces and tell what is found as it happens")
            .before_help(EXAMPLES)
            .args(arguments())
            .arg(inventory::argument())
            .args(rules::arguments())
            .args(detect::arguments())
            .arg(summary::argument())
            .arg(input::workers_option())
            .arg(input::secrets_option())
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let interfaces = texts(arguments, "interface");
        let signals = Signals::register();
        let mut outputs = Outputs::new();
        let mut rules = Rules::open(arguments)?;
        outputs.spare(&rules.read);
        outputs.spare(&detect::read(arguments));
        let events = events(arguments, &mut outputs, &signals.reopen)?;
        let inventory = InventoryFile::open(arguments, &mut outputs)?;
        let mut summary = SummaryOutput::open(arguments, Vec::new(), &mut outputs)?;
        let collectors = collectors(arguments)?;
        let only = interfaces.first().filter(|_| interfaces.len() == 1);
        let host = sensor_name(arguments);
        let (engine, costs) = (rules.engine.clone(), rules.costs.take());
        let eve = Eve::live(host.clone(), only.cloned())
            .with_secrets(arguments.get_flag("show-secrets"))
            .with_rules(engine.clone());
        let listener = listener(&interfaces)?;
        let outlets: Vec<&Outlet> = std::iter::once(&events).chain(&collectors).collect();
        let watching = engine.as_ref().map_or(0, |engine| engine.rules().len());
        let meters = Arc::new(Meters::new(listener.gauges(), &outlets, watching));
        let _endpoint = endpoint(arguments, &meters)?;
        let mut post = Post {
            desk: Desk {
                picture: summary.picture().with_rules(engine.clone()),
                alerts: engine.as_ref().map(Alerts::new),
                detectors: detect::detectors(arguments)?,
                shows_secrets: arguments.get_flag("show-secrets"),
                ..Desk::default()
            },
            rules: &mut rules,
            writer: eve.writer(),
            events,
            collectors,
            host: &host,
            meters,
            stop: &signals.stop,
            quiet: arguments.get_flag("quiet"),
            pace: Pace::default(),
        };
        let watch = Watch {
            tap: eve.tap(),
            rules: engine.as_ref(),
            costs: costs.as_ref(),
            octets: true,
            detect: post.desk.detectors.is_some(),
            programs: false,
        };
        let config = sensor::Config {
            workers: input::workers(arguments),
        };
        if !post.quiet {
            let what = format_args!("listening at {}; Ctrl-C ends it", interfaces.join(", "));
            tell(what, "");
        }
        let outcome = sensor::listen(listener, config, watch, &signals.stop, &mut post);
        let (desk, assets, lost) = post.finish(&outcome);
        rules.costs = costs;
        let listed = inventory.map_or(Ok(None), |file| file.write(&assets, true));
        let evidence = "the devices with the evidence for each fact";
        let listed = listed.map(|file| summary.names(file, evidence));
        let picture = desk.picture.finish(&assets, &outcome);
        let found = rules.finish();
        let told = summary.write(&picture);
        Ok(verdict(&outcome, lost, [listed, told]).max(found))
    }
}

/// Opens the interfaces.
fn listener(interfaces: &[String]) -> Result<Listener, Failure> {
    Listener::open(interfaces).map_err(|refused| {
        let exit = if refused.unknown {
            Exit::Usage
        } else {
            Exit::Denied
        };
        Failure::new(exit, &refused).hint(refused.mend())
    })
}

fn arguments() -> [Arg; 6] {
    [
        Arg::new("interface")
            .long("interface")
            .short('i')
            .value_name("IFACE")
            .required(true)
            .action(ArgAction::Append)
            .help("Listen at this interface; can be given several times")
            .long_help(
                "Listen at this interface, whatever is sent there, and never send a frame. Can \
                 be given several times; frames are merged by time. It may be down, deleted and \
                 made again meanwhile: that is told as an event, and listening resumes by \
                 itself.",
            ),
        Arg::new("events")
            .long("events")
            .value_name("FILE")
            .default_value("-")
            .value_parser(value_parser!(PathBuf))
            .help("Add EVE JSON events to FILE; - is standard output")
            .long_help(
                "Add EVE JSON events, one a line, to FILE as they happen: alerts, operations, \
                 flows, anomalies, the health of the sensor. What is in FILE stays. SIGHUP opens \
                 it again; so does its being moved away. - is standard output; the summary then \
                 goes to standard error.",
            ),
        Arg::new("syslog")
            .long("syslog")
            .value_name("URL")
            .action(ArgAction::Append)
            .value_parser(value_parser!(Collector))
            .help("Send alerts and health to udp://HOST:PORT or tcp://HOST:PORT")
            .long_help(
                "Send each alert and what happens to the sensor to a log collector as syslog \
                 (RFC 5424), the EVE event as the message: udp://HOST:PORT, which may lose them, \
                 or tcp://HOST:PORT with octet counting. Can be given several times. What was \
                 sent over TCP within a minute is sent again over a new connection, 4,096 \
                 messages or 1 MiB at most. Reach the collector by another interface than those \
                 that are listened at.",
            ),
        Arg::new("metrics")
            .long("metrics")
            .value_name("ADDRESS")
            .value_parser(value_parser!(SocketAddr))
            .help("Serve metrics for Prometheus at ADDRESS, as 127.0.0.1:9474"),
        Arg::new("sensor")
            .long("sensor")
            .value_name("NAME")
            .help("Name of this sensor in events (default: the name of this machine)"),
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .help("Only data and errors"),
    ]
}

fn texts(arguments: &ArgMatches, name: &str) -> Vec<String> {
    let given = arguments.get_many::<String>(name);
    given.into_iter().flatten().cloned().collect()
}

/// What the system tells this process.
struct Signals {
    stop: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
}

impl Signals {
    fn register() -> Self {
        let this = Self {
            stop: Arc::default(),
            reopen: Arc::default(),
        };
        for (signal, code) in SECOND {
            // The order matters: the first signal must find the flag still down. Where the
            // system refuses, the signal ends the process as it does by default.
            let _ = flag::register_conditional_shutdown(signal, code, Arc::clone(&this.stop));
            let _ = flag::register(signal, Arc::clone(&this.stop));
        }
        let _ = flag::register(SIGHUP, Arc::clone(&this.reopen));
        this
    }
}

/// The output that takes the events.
fn events(
    arguments: &ArgMatches,
    outputs: &mut Outputs,
    reopen: &Arc<AtomicBool>,
) -> Result<Outlet, Failure> {
    let path = arguments.get_one::<PathBuf>("events");
    let path = path.map_or(Path::new("-"), PathBuf::as_path);
    let failed = |error: io::Error| {
        let what = format!("{}: cannot be written: {error}", path.display());
        Failure::new(Exit::Output, what).hint("choose a place that you may write to")
    };
    let sink: Box<dyn Sink> = match outputs.take(path)? {
        None => Box::new(Stdout(Output::stdout())),
        Some(file) => {
            let events = Events::open(file.to_owned(), Arc::clone(reopen));
            Box::new(events.map_err(failed)?)
        }
    };
    Outlet::start(path.display().to_string(), sink).map_err(failed)
}

/// The outputs that send messages to collectors.
fn collectors(arguments: &ArgMatches) -> Result<Vec<Outlet>, Failure> {
    let named = arguments.get_many::<Collector>("syslog");
    named
        .into_iter()
        .flatten()
        .map(|collector| {
            let sink = collector.sink();
            let started = sink.and_then(|sink| Outlet::start(collector.to_string(), sink));
            started.map_err(|error| Failure::new(Exit::Output, format!("{collector}: {error}")))
        })
        .collect()
}

/// The endpoint of the metrics, where it is asked for.
fn endpoint(arguments: &ArgMatches, meters: &Arc<Meters>) -> Result<Option<Endpoint>, Failure> {
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

/// The name of this sensor.
fn sensor_name(arguments: &ArgMatches) -> String {
    match arguments.get_one::<String>("sensor") {
        Some(name) => name.clone(),
        None => {
            let system = rustix::system::uname();
            system.nodename().to_string_lossy().into_owned()
        }
    }
}

/// Tells how the run ended.
fn verdict<const N: usize>(
    outcome: &Outcome,
    lost: u64,
    written: [Result<(), Failure>; N],
) -> Exit {
    let mut end = Exit::Done;
    if lost > 0 {
        let what = format_args!("{lost} events could not be written and are lost");
        tell(
            what,
            "the summary and the inventory count them all the same",
        );
        end = Exit::Output;
    }
    if let Some(imbalance) = outcome.imbalance {
        tell(
            format_args!("internal error: the books do not balance: {imbalance}"),
            "do not rely on this result; please report it",
        );
        end = Exit::Internal;
    }
    for failure in written.into_iter().filter_map(Result::err) {
        failure.tell();
        end = end.max(failure.exit);
    }
    end
}
