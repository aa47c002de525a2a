//! `jaga run`: listens at interfaces and tells what is found as it happens.
//!
//! In the foreground until Ctrl-C or SIGTERM, and then the picture of what was heard, as replay
//! shows it of captures.

pub(super) mod arguments;
mod confine;
pub(super) mod devices;
mod heap;
mod notify;
pub(super) mod opener;
pub(super) mod outputs;
mod post;
mod reload;
mod signals;
pub(super) mod usual;

use self::devices::Devices;
use self::notify::Notifier;
use self::post::{Pace, Post};
use self::reload::Reloader;
use self::signals::Signals;
use super::exit::tell;
use super::input;
use super::output::Outputs;
use super::replay::detect;
use super::replay::inventory::InventoryFile;
use super::replay::rules::Rules;
use super::replay::site;
use super::replay::summary::{self, SummaryOutput};
use super::replay::windows;
use super::settings;
use super::{Exit, Failure, Subcommand};
use crate::capture::{Filter, Listener, Sockets};
use crate::config::Settings;
use crate::desk::Desk;
use crate::desk::outputs::eve::Eve;
use crate::desk::outputs::metrics::Meters;
use crate::desk::triage::Mutes;
use crate::desk::windows::Planned;
use crate::sensor::{self, Outcome, Watch};
use clap::{ArgMatches, Command};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

/// The subcommand.
pub(super) struct Run;

const EXAMPLES: &str = "\
Examples:
  jaga run -i span0                          events on standard output
  jaga run -i span0 --events eve.json        into a file that may be rotated
  jaga run -i tap0 -i tap1 --rules local/    both sides of a tap, and more rules
  jaga run -c /etc/jaga/jaga.toml            all settings from a file";

impl Subcommand for Run {
    fn command(&self) -> Command {
        Command::new("run")
            .about("Listen at interfaces and tell what is found as it happens")
            .before_help(EXAMPLES)
            .args(arguments::arguments())
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        heap::share();
        let (settings, layers) = settings::resolve(arguments)?;
        let interfaces = interfaces(&settings)?;
        let signals = Signals::register();
        let sockets = sockets(settings.capture.sandbox);
        let mut outputs = Outputs::new();
        let zones = detect::zones(&settings.detectors)?;
        let planned = windows::read(&settings.detectors)?;
        let mut rules = Rules::open(&settings.rules, zones.as_deref(), settings.quiet)?;
        // What the rules took to be compiled is not needed any more.
        heap::give_back();
        outputs.spare(layers.files());
        outputs.spare(&rules.read);
        outputs.spare(&detect::read(&settings.detectors));
        outputs.spare(settings.inventory.assets.as_slice());
        let events = outputs::events(&settings, &mut outputs, &signals.reopen)?;
        let inventory = InventoryFile::open(settings.inventory.file.as_ref(), &mut outputs)?;
        let form = summary::Form {
            json: settings.summary.json,
            ..summary::Form::of(arguments)
        };
        let mut summary = SummaryOutput::open(form, Vec::new(), &mut outputs)?;
        let only = interfaces.first().filter(|_| interfaces.len() == 1);
        let host = sensor_name(&settings);
        let (engine, costs) = (rules.engine.clone(), rules.costs.take());
        let (renewer, renewals) = sensor::renewals();
        let eve = Eve::live(host.clone(), settings.site.clone(), only.cloned())
            .with_secrets(settings.events.show_secrets);
        let (known, naming, names) = site::known(&settings.inventory, settings.quiet)?;
        let eve = eve.with_names(names);
        let store = outputs::store(&settings)?;
        let feeds = outputs::feeds(&settings, &mut outputs, &signals.turn, &store, &host)?;
        let filter = settings.capture.filter.as_ref();
        let listener = listener(interfaces, &sockets, filter)?;
        let meters = Arc::new(Meters::new(
            listener.gauges(),
            outputs::counts(&events, &feeds),
            Arc::clone(store.gauges()),
            rules.loaded(),
        ));
        meters.filtered(filter.is_some());
        let _endpoint = outputs::endpoint(&settings, &meters)?;
        let devices = Devices::of(store.folder().map(PathBuf::as_path));
        let (detectors, keeper) = usual::detectors(&settings, zones.clone(), planned.clone())?;
        let mut post = Post {
            desk: Desk {
                inventory: known,
                naming,
                picture: summary.picture().with_rules(engine.clone()),
                alerts: rules.alerts(zones.clone()),
                detectors,
                planned: planned.map(Planned::new),
                shows_secrets: settings.events.show_secrets,
                mutes: store
                    .folder()
                    .map_or_else(Mutes::default, |at| Mutes::follow(at)),
                ..Desk::default()
            },
            rules: &mut rules,
            writer: eve.writer(),
            events,
            feeds,
            store,
            meters,
            stop: &signals.stop,
            quiet: settings.quiet,
            pace: Pace::default(),
            keeper,
            devices,
            notifier: Notifier::of_environment(),
            filter: filter.map(ToString::to_string),
            reloader: Reloader::new(
                arguments,
                (settings.clone(), zones),
                signals.asked.clone(),
                renewer,
            ),
        };
        if let Some(engine) = &engine {
            post.writer.renew(engine);
        }
        let watch = Watch {
            tap: eve.tap(),
            rules: engine,
            costs: costs.as_ref(),
            octets: true,
            detect: post.desk.detectors.is_some(),
            programs: false,
        };
        let config = sensor::Config {
            workers: input::workers_of(settings.capture.workers.map(u8::from)),
        };
        if !post.quiet {
            let what = format_args!("listening at {}; Ctrl-C ends it", interfaces.join(", "));
            tell(what, "");
        }
        let outcome = sensor::listen(
            listener,
            (config, &|| confine(&sockets)),
            (watch, renewals),
            &signals.stop,
            &mut post,
        );
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

/// How packet sockets come to this process, which gives away the right to make them where another
/// hands them out. Where that cannot be, it says so and keeps its rights: to see nothing would be
/// worse.
fn sockets(sandbox: bool) -> Sockets {
    if !sandbox {
        return Sockets::Made;
    }
    let hint = "--no-sandbox runs without, as this run does";
    let begun = opener::begin().and_then(|sockets| {
        // Tried where it does no harm; what was given away does not come back.
        let tried = thread::scope(|scope| scope.spawn(|| confine::reader(&sockets)).join());
        tried.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))?;
        confine::keep_files()?;
        Ok(sockets)
    });
    begun.unwrap_or_else(|error| {
        tell(
            format_args!("no sandbox for what touches packets: {error}"),
            hint,
        );
        Sockets::Made
    })
}

/// Confines this thread where that was found to work.
fn confine(sockets: &Sockets) {
    if let Sockets::Asked(_) = sockets
        && let Err(error) = confine::reader(sockets)
    {
        tell(format_args!("no sandbox for a thread: {error}"), "");
    }
}

/// Opens the interfaces.
pub(super) fn listener(
    interfaces: &[String],
    sockets: &Sockets,
    filter: Option<&Filter>,
) -> Result<Listener, Failure> {
    Listener::open(interfaces, sockets, filter).map_err(|refused| {
        let exit = if refused.unknown {
            Exit::Usage
        } else {
            Exit::Denied
        };
        Failure::new(exit, &refused).hint(refused.mend())
    })
}

/// The name of this sensor.
pub(super) fn sensor_name(settings: &Settings) -> String {
    match &settings.sensor {
        Some(name) => name.clone(),
        None => {
            let system = rustix::system::uname();
            system.nodename().to_string_lossy().into_owned()
        }
    }
}

/// Where it is listened.
pub(super) fn interfaces(settings: &Settings) -> Result<&[String], Failure> {
    let interfaces = settings.capture.interfaces.as_slice();
    if interfaces.is_empty() {
        let what = "no interface to listen at is named";
        let hint = "-i IFACE, or interfaces = [\"IFACE\"] under [capture] of the configuration";
        return Err(Failure::new(Exit::Usage, what).hint(hint));
    }
    Ok(interfaces)
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
