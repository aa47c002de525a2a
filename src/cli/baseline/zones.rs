//! `jaga baseline zones`: a first file of zones and conduits.

use crate::cli::output::Outputs;
use crate::cli::replay::detect;
use crate::cli::{Exit, Failure};
use crate::desk::zones::propose;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  jaga baseline zones plant.baseline -o zones.toml
  jaga replay today.pcapng --zones zones.toml";

pub(super) fn command() -> Command {
    Command::new("zones")
        .about("Propose zones and conduits (IEC 62443) from what a baseline knows")
        .before_help(EXAMPLES)
        .after_help(
            "The proposal allows all that was seen: networks become zones, hosts that are only\n\
             operated on the control zone of theirs, and what passed between zones conduits. Name\n\
             the zones as the plant does, and strike what should not be.",
        )
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The baseline"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_name("FILE")
                .default_value("-")
                .value_parser(value_parser!(PathBuf))
                .help("Write the zones to FILE"),
        )
}

pub(super) fn run(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let path = |name| arguments.get_one::<PathBuf>(name);
    let (Some(file), Some(output)) = (path("file"), path("output")) else {
        return Ok(Exit::Usage);
    };
    let baseline = detect::open(file)?;
    let mut outputs = Outputs::new();
    outputs.spare(std::slice::from_ref(file));
    let mut out = outputs.open(output)?;
    propose(&baseline, &mut out).map_err(|error| out.failed(&error))?;
    out.finish(true).map(|_| Exit::Done)
}
