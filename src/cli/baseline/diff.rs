//! `jaga baseline diff`: what two baselines do not have in common.

use crate::cli::output::Output;
use crate::cli::replay::detect;
use crate::cli::{Exit, Failure};
use crate::desk::baseline::compare;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

pub(super) fn command() -> Command {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .value_name("FILE")
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    Command::new("diff")
        .about("Tell what changed from one baseline to another; exit code 1 where something did")
        .before_help("Examples:\n  jaga baseline diff plant.baseline new.baseline")
        .arg(file("old", "The older baseline"))
        .arg(file("new", "The newer baseline"))
}

pub(super) fn run(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let file = |name| arguments.get_one::<PathBuf>(name);
    let (Some(old), Some(new)) = (file("old"), file("new")) else {
        return Ok(Exit::Usage);
    };
    let changes = compare::changes(&detect::open(old)?, &detect::open(new)?);
    let mut out = Output::stdout();
    compare::print(&changes, &mut out).map_err(|error| out.failed(&error))?;
    out.finish(true)?;
    Ok(if changes.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}
