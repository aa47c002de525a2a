//! `jaga decode`: one line a PDU.

use super::{Exit, Failure, Subcommand};
use crate::capture::{self, Captures};
use crate::desk::outputs::decode::Lines;
use crate::protocols::PROTOCOLS;
use crate::sensor::{self, Event, Progress};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// The subcommand.
pub(super) struct Decode;

impl Subcommand for Decode {
    fn command(&self) -> Command {
        Command::new("decode")
            .about("Print one line for each PDU decoded")
            .arg(
                Arg::new("captures")
                    .value_name("CAPTURE")
                    .required(true)
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help("Capture files or folders; - is standard input"),
            )
            .arg(
                Arg::new("protocol")
                    .long("protocol")
                    .short('p')
                    .value_name("P")
                    .action(ArgAction::Append)
                    .value_parser(PROTOCOLS.iter().map(|p| p.name()).collect::<Vec<_>>())
                    .hide_possible_values(true)
                    .help("Only this protocol; may be given again"),
            )
            .arg(
                Arg::new("fields")
                    .long("fields")
                    .short('f')
                    .value_name("A,B,...")
                    .value_delimiter(',')
                    .action(ArgAction::Append)
                    .help("Only these fields, in this order; `jaga fields` lists them"),
            )
            .arg(
                Arg::new("json")
                    .long("json")
                    .action(ArgAction::SetTrue)
                    .help("One JSON object a line"),
            )
            .arg(
                Arg::new("workers")
                    .long("workers")
                    .value_name("N")
                    .value_parser(value_parser!(u8).range(1..=64))
                    .help("Number of worker threads; does not change the result"),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let inputs: Vec<PathBuf> = arguments
            .get_many("captures")
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let text = |name| -> Vec<String> {
            arguments
                .get_many::<String>(name)
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        };
        let fields = text("fields");
        known_fields(&fields)?;
        let lines = Lines::new(text("protocol"), fields, arguments.get_flag("json"));
        let workers = arguments
            .get_one::<u8>("workers")
            .copied()
            .map_or(1, usize::from);
        let captures = Captures::open(&inputs, capture::Config::default())
            .map_err(|error| Failure::new(Exit::Damaged, &error))?;
        let progress = Progress::default();
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut failed = None;
        sensor::replay(
            captures,
            sensor::Config { workers },
            Some(&lines),
            &progress,
            &mut |_, event| {
                if let Event::Line(line) = event
                    && failed.is_none()
                    && let Err(error) = writeln!(out, "{line}")
                {
                    failed = Some(error);
                    progress.stop.store(true, Ordering::Relaxed);
                }
            },
        );
        match failed.map_or_else(|| out.flush(), Err) {
            Ok(()) => Ok(Exit::Done),
            Err(error) => Err(Failure::new(
                Exit::Output,
                format!("standard output: {error}"),
            )),
        }
    }
}

/// Refuses field names that no protocol has.
fn known_fields(fields: &[String]) -> Result<(), Failure> {
    for field in fields {
        let known = PROTOCOLS.iter().any(|protocol| {
            (0..)
                .map_while(|index| protocol.field(index))
                .any(|row| row.name == field)
        });
        if !known {
            let what = format!("no protocol has a field `{field}`");
            return Err(Failure::new(Exit::Usage, what).hint("`jaga fields` lists all of them"));
        }
    }
    Ok(())
}
