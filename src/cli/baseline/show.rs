//! `jaga baseline show`: a baseline for people, device by device.

use crate::cli::output::Output;
use crate::cli::replay::detect;
use crate::cli::{Exit, Failure};
use crate::desk::baseline::compare::page;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

pub(super) fn command() -> Command {
    Command::new("show")
        .about("Show a baseline for people, and say what is wrong with it")
        .before_help("Examples:\n  jaga baseline show plant.baseline")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The baseline"),
        )
}

pub(super) fn run(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let Some(path) = arguments.get_one::<PathBuf>("file") else {
        return Ok(Exit::Usage);
    };
    let baseline = detect::open(path)?;
    let mut out = Output::stdout();
    let written = page(&baseline, &mut out).map_err(|error| out.failed(&error));
    written?;
    out.finish(true).map(|_| Exit::Done)
}
