//! `jaga replay`: captures in, the picture out.

pub(super) mod detect;
mod events;
pub(super) mod inventory;
mod reading;
pub(super) mod rules;
pub(super) mod site;
pub(super) mod summary;
pub(super) mod windows;

use self::events::EventsFile;
use self::inventory::InventoryFile;
use self::rules::Rules;
use self::summary::SummaryOutput;
use super::input::{self, Input, Ran};
use super::output::Outputs;
use super::{Exit, Failure, Subcommand, settings};
use crate::capture::Captures;
use crate::desk::windows::Planned;
use crate::desk::{Desk, News};
use crate::sensor::{Event, Watch};
use clap::{ArgMatches, Command};

/// The subcommand.
pub(super) struct Replay;

const EXAMPLES: &str = "\
Examples:
  jaga replay plant.pcapng             the picture of one capture
  jaga replay monday.pcap.gz tuesday/  several captures and folders as one
  jaga replay plant.pcap --events -    its events as EVE JSON
  tcpdump -i eth1 -w - | jaga replay - what comes through a pipe";

impl Subcommand for Replay {
    fn command(&self) -> Command {
        input::arguments(
            Command::new("replay")
                .about("Replay captures and show who does what to whom")
                .before_help(EXAMPLES)
                .after_long_help(reading::help())
                .args(events::arguments())
                .arg(inventory::argument())
                .arg(site::argument())
                .args(rules::arguments())
                .args(detect::arguments())
                .arg(summary::argument()),
        )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let input = Input::of(arguments);
        let captures = input.open()?;
        let mut outputs = Outputs::beside(&captures);
        let detectors = settings::detectors(arguments)?;
        let zones = detect::zones(&detectors)?;
        let asked = settings::rules(arguments)?;
        let mut rules = Rules::open(&asked, zones.as_deref(), input.is_quiet())?;
        outputs.spare(&rules.read);
        outputs.spare(&detect::read(&detectors));
        let planned = windows::read(&detectors)?;
        let asked = settings::inventory(arguments)?;
        outputs.spare(asked.assets.as_slice());
        let eve = events::eve(arguments, &captures).with_rules(rules.engine.clone());
        let (inventory_now, naming, names) = site::known(&asked, input.is_quiet())?;
        let eve = eve.with_names(names);
        let events = EventsFile::open(arguments, &eve, &mut outputs)?;
        let inventory = InventoryFile::open(inventory::named(arguments), &mut outputs)?;
        let mut summary =
            SummaryOutput::open(summary::Form::of(arguments), input.named(), &mut outputs)?;
        let mut desk = Desk {
            picture: summary.picture().with_rules(rules.engine.clone()),
            inventory: inventory_now,
            naming,
            alerts: rules.alerts(zones.clone()),
            detectors: detect::detectors(&detectors, zones, planned.clone())?,
            planned: planned.map(Planned::new),
            shows_secrets: input.shows_secrets,
            ..Desk::default()
        };
        let streaming = outputs.has_stdout();
        let (engine, costs) = (rules.engine.clone(), rules.costs.take());
        let watch = Watch {
            tap: events.as_ref().and_then(|_| eve.tap()),
            rules: engine.clone(),
            costs: costs.as_ref(),
            octets: events.is_some(),
            detect: desk.detectors.is_some(),
            programs: false,
        };
        let keep = inventory.is_some() || !streaming;
        let mut told = Told { events, keep };
        let mut ran = look_on(
            &input,
            captures,
            (watch, streaming),
            &mut desk,
            &mut rules,
            &mut told,
        )?;
        let events = told.events;
        desk.finish();
        detect::judged(desk.detectors.as_ref());
        let late = std::mem::take(&mut desk.news);
        let Desk {
            picture,
            inventory: known,
            alerts,
            detectors,
            ..
        } = desk;
        // What is done with goes before the next takes room.
        drop((alerts, detectors));
        let assets = known.finish();
        drop(known);
        let written = events.map_or(Ok(None), |file| file.finish(&late, &assets, &ran));
        let written = written.map(|file| summary.names(file, "the events, one JSON object a line"));
        let listed = inventory.map_or(Ok(None), |file| file.write(&assets, ran.whole()));
        let evidence = "the devices with the evidence for each fact";
        let listed = listed.map(|file| summary.names(file, evidence));
        let picture = picture.finish(&assets, &ran.outcome);
        ran.unwatch();
        rules.costs = costs;
        let found = rules.finish();
        let told = summary.write(&picture);
        Ok(input.verdict(ran, [written, listed, told]).max(found))
    }
}

/// Takes what a run tells, once the desk has taken it.
pub(super) trait Teller {
    /// Takes an event that is told.
    fn event(&mut self, event: Event) -> Result<(), Failure>;

    /// Takes what the desk found out itself.
    fn news(&mut self, news: &News) -> Result<(), Failure>;
}

/// Runs the captures past the desk; what is told goes on to `teller`. `streaming` says that lines
/// go to standard output meanwhile.
pub(super) fn look_on(
    input: &Input,
    captures: Captures,
    (watch, streaming): (Watch<'_>, bool),
    desk: &mut Desk,
    rules: &mut Rules,
    teller: &mut dyn Teller,
) -> Result<Ran, Failure> {
    input.run(captures, watch, streaming, &mut |mut event| {
        let mut written = Ok(());
        if desk.take(&mut event) {
            rules.take(&event);
            written = teller.event(event);
        }
        for news in desk.news.drain(..) {
            rules.news(&news);
            let told = teller.news(&news);
            written = written.and(told);
        }
        written
    })
}

/// What replay tells: the events, where they are asked for.
struct Told<'a> {
    events: Option<EventsFile<'a>>,
    /// Whether the run goes on where the reader of the events has enough of them.
    keep: bool,
}

impl Told<'_> {
    fn tell(
        &mut self,
        write: impl FnOnce(&mut EventsFile<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self.events.as_mut().map_or(Ok(()), write) {
            // The reader of the events has enough of them; the rest is still wanted.
            Err(failure) if failure.exit == Exit::Done && self.keep => {
                self.events = None;
                Ok(())
            }
            written => written,
        }
    }
}

impl Teller for Told<'_> {
    fn event(&mut self, event: Event) -> Result<(), Failure> {
        self.tell(|file| file.take(event))
    }

    fn news(&mut self, news: &News) -> Result<(), Failure> {
        self.tell(|file| file.news(news))
    }
}
