//! `jaga run`: listens at interfaces and tells what is found as it happens.
//!
//! In the foreground until Ctrl-C or SIGTERM, and then the picture of what was heard, as replay
//! shows it of captures.

mod outputs;
mod post;

use self::post::{Pace, Post};
use super::exit::tell;
use super::input;
use super::output::Outputs;
use super::replay::detect;
use super::replay::inventory::{self, InventoryFile};
use super::replay::rules::{self, Rules};
use super::replay::summary::{self, SummaryOutput};
use super::{Exit, Failure, Subcommand};
use crate::capture::Listener;
use crate::desk::Desk;
use crate::desk::alerts::Alerts;
use crate::desk::outputs::eve::Eve;
use crate::desk::outputs::metrics::Meters;
use crate::desk::outputs::syslog::Collector;
use crate::sensor::{self, Outcome, Watch};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::net::SocketAddr;
use std::path::PathBuf;
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
        let events = outputs::events(arguments, &mut outputs, &signals.reopen)?;
        let inventory = InventoryFile::open(arguments, &mut outputs)?;
        let mut summary = SummaryOutput::open(arguments, Vec::new(), &mut outputs)?;
        let only = interfaces.first().filter(|_| interfaces.len() == 1);
        let host = sensor_name(arguments);
        let (engine, costs) = (rules.engine.clone(), rules.costs.take());
        let eve = Eve::live(host.clone(), only.cloned())
            .with_secrets(arguments.get_flag("show-secrets"))
            .with_rules(engine.clone());
        let store = outputs::store(arguments)?;
        let feeds = outputs::feeds(arguments, &mut outputs, &signals.turn, &store, &host)?;
        let listener = listener(&interfaces)?;
        let meters = Arc::new(Meters::new(
            listener.gauges(),
            outputs::counts(&events, &feeds),
            Arc::clone(store.gauges()),
            engine.as_ref().map_or(0, |engine| engine.rules().len()),
        ));
        let _endpoint = outputs::endpoint(arguments, &meters)?;
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
            feeds,
            store,
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

fn arguments() -> [Arg; 15] {
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
            .help("Send alerts and health to udp://, tcp:// or tls://HOST:PORT")
            .long_help(
                "Send each alert and what happens to the sensor to a log collector as syslog \
                 (RFC 5424), the EVE event as the message: udp://HOST:PORT, which may lose them, \
                 tcp://HOST:PORT with octet counting, or tls://HOST:PORT (TLS 1.2 or 1.3), \
                 which must show a certificate for HOST. Can be given several times. What was \
                 sent over TCP or TLS within a minute is sent again over a new connection, 4,096 \
                 messages or 1 MiB at most. What cannot be sent waits, with --state also over \
                 restarts. Reach the collector by another interface than those that are \
                 listened at.",
            ),
        Arg::new("syslog-format")
            .long("syslog-format")
            .value_name("FORMAT")
            .default_value("eve")
            .value_parser(["eve", "cef", "text"])
            .help("What a message says: the EVE event, CEF, or one line of text"),
        Arg::new("syslog-header")
            .long("syslog-header")
            .value_name("HEADER")
            .default_value("rfc5424")
            .value_parser(["rfc5424", "rfc3164"])
            .help("How it begins; rfc3164 is for old collectors, its time is UTC"),
        pem("syslog-ca").help("Trust these authorities (PEM), not the system's, over TLS"),
        pem("syslog-cert")
            .requires("syslog-key")
            .help("Certificate of this sensor (PEM, its chain behind it) for TLS"),
        pem("syslog-key")
            .requires("syslog-cert")
            .help("Private key of that certificate (PEM)"),
        Arg::new("alerts")
            .long("alerts")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Add alerts, incidents and health alone to FILE")
            .long_help(
                "Add alerts, incidents and health, and no other events, to FILE, as EVE JSON. \
                 With --state none of them is missing after a crash; those of the last second \
                 may be there twice, with the same ot.event_id.",
            ),
        Arg::new("state")
            .long("state")
            .value_name("FOLDER")
            .value_parser(value_parser!(PathBuf))
            .help("Keep alerts, incidents and health in FOLDER before any output has them")
            .long_help(
                "Keep alerts, incidents and health on disk in FOLDER before --syslog and \
                 --alerts have them: neither a crash nor a collector that is away loses one. \
                 Each output goes on where it was when the sensor is started again. Without it \
                 they are in memory alone. One sensor at a time uses a folder; `jaga spool` \
                 shows what is in it.",
            ),
        Arg::new("state-size")
            .long("state-size")
            .value_name("MIB")
            .requires("state")
            .default_value("1024")
            .value_parser(value_parser!(u64).range(1..=1024 * 1024))
            .help("Keep so many MiB of them at most; the oldest go first"),
        Arg::new("state-days")
            .long("state-days")
            .value_name("DAYS")
            .requires("state")
            .default_value("90")
            .value_parser(value_parser!(u64).range(1..=36_500))
            .help("Keep them so many days at most"),
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

/// A file in PEM for TLS.
fn pem(name: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("FILE")
        .requires("syslog")
        .value_parser(value_parser!(PathBuf))
}

fn texts(arguments: &ArgMatches, name: &str) -> Vec<String> {
    let given = arguments.get_many::<String>(name);
    given.into_iter().flatten().cloned().collect()
}

/// What the system tells this process.
struct Signals {
    stop: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
    /// The same for the file of alerts: each takes its own.
    turn: Arc<AtomicBool>,
}

impl Signals {
    fn register() -> Self {
        let this = Self {
            stop: Arc::default(),
            reopen: Arc::default(),
            turn: Arc::default(),
        };
        for (signal, code) in SECOND {
            // The order matters: the first signal must find the flag still down. Where the
            // system refuses, the signal ends the process as it does by default.
            let _ = flag::register_conditional_shutdown(signal, code, Arc::clone(&this.stop));
            let _ = flag::register(signal, Arc::clone(&this.stop));
        }
        for flag in [&this.reopen, &this.turn] {
            let _ = flag::register(SIGHUP, Arc::clone(flag));
        }
        this
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
