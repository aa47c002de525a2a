//! `jaga baseline export`: a baseline as a table, or as JSON.

use crate::cli::output::Outputs;
use crate::cli::replay::detect;
use crate::cli::{Exit, Failure};
use crate::desk::baseline::export;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

pub(super) fn command() -> Command {
    Command::new("export")
        .about("Write a baseline as a table for spreadsheets, or as JSON")
        .before_help(
            "Examples:\n  jaga baseline export plant.baseline -o plant.csv\n  jaga baseline export \
             plant.baseline --format json",
        )
        .after_help("A row for each host, conversation and operation; no cell is a formula.")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The baseline"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["csv", "json"])
                .default_value("csv")
                .hide_possible_values(true)
                .help("csv, or json: an object a line"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_name("FILE")
                .default_value("-")
                .value_parser(value_parser!(PathBuf))
                .help("Write it to FILE"),
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
    let as_json = arguments
        .get_one::<String>("format")
        .is_some_and(|format| format == "json");
    let written = match as_json {
        true => export::lines(&baseline, &mut out),
        false => export::table(&baseline, &mut out),
    };
    written.map_err(|error| out.failed(&error))?;
    out.finish(true).map(|_| Exit::Done)
}
