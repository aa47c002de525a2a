//! `jaga replay`: captures in, the picture out.

mod events;
mod inventory;
mod summary;

use self::events::EventsFile;
use self::inventory::InventoryFile;
use self::summary::SummaryOutput;
use super::input::{self, Input};
use super::output::Outputs;
use super::{Exit, Failure, Subcommand};
use crate::desk::Desk;
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
                .args(events::arguments())
                .arg(inventory::argument())
                .arg(summary::argument()),
        )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let input = Input::of(arguments);
        let captures = input.open()?;
        let mut outputs = Outputs::beside(&captures);
        let eve = events::eve(arguments, &captures);
        let mut events = EventsFile::open(arguments, &eve, &mut outputs)?;
        let inventory = InventoryFile::open(arguments, &mut outputs)?;
        let mut summary = SummaryOutput::open(arguments, &mut outputs)?;
        let mut desk = Desk {
            picture: summary.picture(),
            ..Desk::default()
        };
        let streaming = outputs.has_stdout();
        let ran = input.run(captures, eve.tap(), streaming, &mut |order, event| {
            desk.take(order, &event);
            match events.as_mut().map_or(Ok(()), |file| file.take(event)) {
                // The reader of the events has enough of them; the rest is still wanted.
                Err(failure)
                    if failure.exit == Exit::Done && (inventory.is_some() || !streaming) =>
                {
                    events = None;
                    Ok(())
                }
                taken => taken,
            }
        })?;
        let assets = desk.inventory.finish();
        let written = events.map_or(Ok(None), |file| file.finish(&assets, &ran));
        let written = written.map(|file| summary.names(file, "the events, one JSON object a line"));
        let listed = inventory.map_or(Ok(None), |file| file.write(&assets, ran.whole()));
        let evidence = "the devices with the evidence for each fact";
        let listed = listed.map(|file| summary.names(file, evidence));
        let told = summary.write(&desk.picture.finish(&assets, &ran.outcome));
        Ok(input.verdict(&ran, [written, listed, told]))
    }
}
