//! `--events FILE` and `--transactions`: EVE JSON, one event a line.
//!
//! Called by `replay` before the run, for each event of it, and after it.

use crate::capture::Captures;
use crate::cli::Failure;
use crate::cli::input::Ran;
use crate::cli::output::{Output, Outputs};
use crate::desk::News;
use crate::desk::inventory::Assets;
use crate::desk::outputs::eve::{Eve, Writer};
use crate::sensor::Event;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use std::path::PathBuf;

/// The options.
pub(super) fn arguments() -> [Arg; 2] {
    [
        Arg::new("events")
            .long("events")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Write EVE JSON events to FILE; - is standard output")
            .long_help(
                "Write EVE JSON events, one a line, to FILE: flows, devices, operations, the \
                 cycles that repeated operations make, anomalies. - is standard output; the \
                 summary then goes to standard error. The file has the name FILE.XXXXXX.part \
                 until it is whole.",
            ),
        Arg::new("transactions")
            .long("transactions")
            .action(ArgAction::SetTrue)
            .requires("events")
            .help("Write each operation as an event, no cycles"),
    ]
}

/// How the events of these captures are written.
pub(super) fn eve(arguments: &ArgMatches, captures: &Captures) -> Eve {
    let mut sources = captures.sources();
    let name = match (sources.next(), sources.next()) {
        // What comes through a pipe has no size, and no file to be found again.
        (Some(one), None) if one.size.is_some() => one.path.file_name(),
        _ => None,
    };
    let name = name.map(|name| name.to_string_lossy().into_owned());
    Eve::new(name, arguments.get_flag("transactions"))
        .with_secrets(arguments.get_flag("show-secrets"))
}

/// A file that takes the events of a run.
#[derive(Debug)]
pub(super) struct EventsFile<'a> {
    writer: Writer<'a>,
    output: Output,
}

impl<'a> EventsFile<'a> {
    /// Opens the file that the option names, if it does.
    pub(super) fn open(
        arguments: &ArgMatches,
        eve: &'a Eve,
        outputs: &mut Outputs,
    ) -> Result<Option<Self>, Failure> {
        let Some(path) = arguments.get_one::<PathBuf>("events") else {
            return Ok(None);
        };
        Ok(Some(Self {
            writer: eve.writer(),
            output: outputs.open(path)?,
        }))
    }

    /// Writes one event.
    pub(super) fn take(&mut self, event: Event) -> Result<(), Failure> {
        self.writer
            .take(event, &mut self.output)
            .map_err(|error| self.output.failed(&error))
    }

    /// Writes what the desk found out.
    pub(super) fn news(&mut self, news: &News) -> Result<(), Failure> {
        self.writer
            .news(news, &mut self.output)
            .map_err(|error| self.output.failed(&error))
    }

    /// Writes what the end brought and the devices; the file gets its name only where the run is
    /// whole. Gives the file's name.
    pub(super) fn finish(
        mut self,
        late: &[News],
        assets: &Assets,
        ran: &Ran,
    ) -> Result<Option<String>, Failure> {
        late.iter().try_for_each(|news| self.news(news))?;
        let end = ran.outcome.span.map(|span| span.last).unwrap_or_default();
        self.writer
            .finish(assets, end, &mut self.output)
            .map_err(|error| self.output.failed(&error))?;
        self.output.finish(ran.whole())
    }
}
