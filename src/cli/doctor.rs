//! `jaga doctor`: listens at a mirror port for a while, or reads captures made there, and says
//! what is wrong with it and which setting of the switch mends it.

use super::exit::tell;
use super::input::{self, Input};
use super::output::Output;
use super::{Exit, Failure, Subcommand, progress, run};
use crate::capture::{Change, Gauge, Posture, Sockets};
use crate::desk::detect::Language;
use crate::desk::doctor::{Check, Diagnosis, Doctor, Place, Setting, Told};
use crate::facts::Time;
use crate::rules::compile::Engine;
use crate::sensor::{self, Audience, Event, Pulse, Watch};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The subcommand.
pub(super) struct DoctorCommand;

const EXAMPLES: &str = "\
Examples:
  jaga doctor -i span0                what is wrong with this mirror port
  jaga doctor -i span0 --for 300      listens for five minutes
  jaga doctor -i tap0 -i tap1 --json  both outputs of a tap, for a program
  jaga doctor monday.pcap             the port that this was captured at
  jaga doctor -i span0 --language id  the same in Indonesian";

const CHECKS: &str = "\
What is looked at:
  Does anything come but broadcasts and multicasts? Are both directions of TCP
  conversations there? Is TCP content missing that its receiver acknowledged?
  Does this machine keep up? Are packets whole, and as they were on the wire
  (no GRO or LRO)? Are both directions in one VLAN? Do packets come twice, and
  why: both directions mirrored, two VLANs, both sides of a router, a tunnel?
  At interfaces: is this system silent there (address, IPv6, ARP, sent frames)?

Exit code 1 where something is to be mended, 0 where not.";

impl Subcommand for DoctorCommand {
    fn command(&self) -> Command {
        input::arguments(
            Command::new("doctor")
                .about("Say what is wrong with a mirror port, and what mends it")
                .before_help(EXAMPLES)
                .after_long_help(CHECKS),
        )
        .mut_arg("captures", |captures| {
            captures.required(false).conflicts_with("interface")
        })
        .mut_arg("show-secrets", |secrets| secrets.hide(true))
        .args([
            Arg::new("interface")
                .short('i')
                .long("interface")
                .value_name("IFACE")
                .action(ArgAction::Append)
                .help("Listen at this interface; can be given several times"),
            Arg::new("for")
                .long("for")
                .value_name("SECONDS")
                .value_parser(value_parser!(u32).range(1..=86_400))
                .default_value("30")
                .help("Listen so long; Ctrl-C ends it earlier")
                .long_help(
                    "Listen for so many seconds, 1 to 86,400. Ctrl-C ends it earlier, and tells \
                     what was found by then.",
                ),
            Arg::new("language")
                .long("language")
                .value_name("LANGUAGE")
                .value_parser(Language::ALL.map(Language::code))
                .default_value(Language::English.code())
                .hide_possible_values(true)
                .help("Language it is told in: en, English; id, Indonesian"),
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print one JSON object instead of text"),
        ])
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let input = Input::of(arguments);
        let interfaces: Vec<String> = arguments
            .get_many("interface")
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        if interfaces.is_empty() && input.paths().is_empty() {
            let what = "neither an interface nor a capture is named";
            let hint = "-i IFACE listens at a mirror port, CAPTURE reads what was captured there";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
        let (diagnosis, ended) = match interfaces.is_empty() {
            true => read(&input)?,
            false => {
                let seconds = arguments.get_one::<u32>("for").copied().unwrap_or(30);
                let span = Duration::from_secs(seconds.into());
                heard(&interfaces, span, arguments, input.is_quiet())?
            }
        };
        let told = Told::of(language(arguments)?);
        let mut out = Output::stdout();
        let written = match arguments.get_flag("json") {
            true => told.write_json(&diagnosis, &mut out),
            false => told.write(&diagnosis, &mut out),
        };
        written.map_err(|error| out.failed(&error))?;
        out.finish(true)?;
        let is_bad = diagnosis.checks.iter().any(Check::is_bad);
        let found = if is_bad { Exit::Findings } else { Exit::Done };
        Ok(ended.max(found))
    }
}

fn language(arguments: &ArgMatches) -> Result<Language, Failure> {
    let code = arguments.get_one::<String>("language");
    let parsed = code.map_or(Ok(Language::English), |code| code.parse());
    parsed.map_err(|wrong| Failure::new(Exit::Usage, wrong))
}

/// Reads captures; how the command ends by them.
fn read(input: &Input) -> Result<(Diagnosis, Exit), Failure> {
    let captures = input.open()?;
    let mut doctor = Doctor::default();
    let ran = input.run(captures, Watch::default(), false, &mut |event| {
        doctor.take(&event);
        Ok(())
    })?;
    let outcome = &ran.outcome;
    let interfaces = outcome.captures.interfaces().iter();
    let setting = Setting {
        names: input.named(),
        places: Vec::new(),
        span: outcome
            .span
            .map_or(Duration::ZERO, |span| span.last.since(span.first)),
        books: outcome.books,
        dropped: interfaces.map(|interface| interface.dropped).sum(),
    };
    let diagnosis = doctor.finish(setting);
    Ok((diagnosis, input.verdict(ran, [])))
}

/// Listens at interfaces.
fn heard(
    interfaces: &[String],
    span: Duration,
    arguments: &ArgMatches,
    quiet: bool,
) -> Result<(Diagnosis, Exit), Failure> {
    let listener = run::listener(interfaces, &Sockets::Made, None)?;
    let gauges = listener.gauges();
    progress::listen();
    if !quiet {
        let names = interfaces.join(", ");
        let seconds = span.as_secs();
        let what = format_args!("listening at {names} for {seconds} s; Ctrl-C ends it earlier");
        tell(what, "");
    }
    let sent = || interfaces.iter().map(|name| Posture::sent(name));
    let before: Vec<Option<u64>> = sent().collect();
    let stop = AtomicBool::new(false);
    let mut visit = Visit {
        doctor: Doctor::default(),
        began: Instant::now(),
        span,
        stop: &stop,
    };
    let config = sensor::Config {
        workers: input::workers(arguments),
    };
    // Nobody hands other rules over.
    let (_renewer, renewals) = sensor::renewals();
    let watch = (Watch::default(), renewals);
    let outcome = sensor::listen(listener, (config, &|| ()), watch, &stop, &mut visit);
    let Visit { doctor, began, .. } = visit;
    let places = gauges.iter().zip(before.into_iter().zip(sent()));
    let dropped = |name: &str| {
        let mut interfaces = outcome.captures.interfaces().iter();
        let found = interfaces.find(|interface| interface.name == name);
        found.map_or(0, |interface| interface.dropped)
    };
    let places = places.map(|((name, gauge), sent)| Place {
        dropped: dropped(name),
        ..place(name, gauge, sent)
    });
    let setting = Setting {
        names: interfaces.to_vec(),
        places: places.collect(),
        span: began.elapsed().min(span),
        books: outcome.books,
        dropped: 0,
    };
    let ended = progress::signal().map_or(Exit::Done, Exit::Stopped);
    Ok((doctor.finish(setting), ended))
}

/// An interface as it is now, with the frames sent there before and by now.
fn place(name: &str, gauge: &Gauge, sent: (Option<u64>, Option<u64>)) -> Place {
    let (before, now) = sent;
    Place {
        name: name.to_owned(),
        posture: Posture::of(name),
        sent: now.unwrap_or(0).saturating_sub(before.or(now).unwrap_or(0)),
        merged: gauge.merged.load(Ordering::Relaxed),
        ..Place::default()
    }
}

/// The doctor beside the wire, until the time is up.
struct Visit<'a> {
    doctor: Doctor,
    began: Instant,
    span: Duration,
    stop: &'a AtomicBool,
}

impl Audience for Visit<'_> {
    fn event(&mut self, event: Event) {
        self.doctor.take(&event);
    }

    fn rules(&mut self, _engine: Arc<Engine>) {}

    fn change(&mut self, _change: Change, _now: Time) {}

    fn beat(&mut self, _pulse: &Pulse) {
        if self.began.elapsed() >= self.span || progress::interrupted() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}
