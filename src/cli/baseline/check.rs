//! `jaga baseline check`: what wants somebody's eye before a baseline is relied on.

use crate::cli::output::Output;
use crate::cli::replay::detect;
use crate::cli::{Exit, Failure, wrapped};
use crate::desk::baseline::check::{Remark, remarks};
use crate::facts::Time;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Say what wants somebody's eye before a baseline is relied on")
        .before_help("Examples:\n  jaga baseline check plant.baseline")
        .after_help(
            "Told are sorts of things of which too little was learned, lines that are doubtful or\n\
             have expired, decisions without a name and a reason, and operations that touch so\n\
             much that no address is new to them. Exit code 1 where there is something, 2 where\n\
             a line cannot be read.",
        )
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
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    let now = Time::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
    let remarks = remarks(&baseline, now);
    let mut out = Output::stdout();
    let written = print(&remarks, &mut out).map_err(|error| out.failed(&error));
    written?;
    out.finish(true)?;
    Ok(match remarks.is_empty() {
        true => Exit::Done,
        false => Exit::Findings,
    })
}

fn print(remarks: &[Remark], out: &mut dyn Write) -> io::Result<()> {
    for remark in remarks {
        wrapped(&remark.what, 0, out)?;
        for line in &remark.lines {
            wrapped(line, 4, out)?;
        }
        if remark.more > 0 {
            writeln!(out, "    and {} more", remark.more)?;
        }
        wrapped(&format!("hint: {}", remark.hint), 2, out)?;
    }
    if remarks.is_empty() {
        writeln!(
            out,
            "Nothing wants an eye: enough was learned, and all is decided."
        )?;
    }
    Ok(())
}
