//! `jaga replay`: captures in, the picture out.

use super::{Exit, Failure, Subcommand};
use crate::capture::{self, Captures};
use crate::desk::{Desk, report};
use crate::sensor::{self, Progress};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::io::Write as _;
use std::path::PathBuf;

/// The subcommand.
pub(super) struct Replay;

impl Subcommand for Replay {
    fn command(&self) -> Command {
        Command::new("replay")
            .about("Replay captures and show who does what to whom")
            .arg(
                Arg::new("captures")
                    .value_name("CAPTURE")
                    .required(true)
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help("Capture files or folders, pcap or pcapng, plain, gzip or zstd; - is standard input"),
            )
            .arg(
                Arg::new("workers")
                    .long("workers")
                    .value_name("N")
                    .value_parser(value_parser!(u8).range(1..=64))
                    .help("Number of worker threads; does not change the result"),
            )
            .arg(
                Arg::new("allow-truncated")
                    .long("allow-truncated")
                    .action(ArgAction::SetTrue)
                    .help("Exit 0 although a capture is damaged or cut short"),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let inputs: Vec<PathBuf> = arguments
            .get_many("captures")
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let workers = arguments
            .get_one::<u8>("workers")
            .copied()
            .map_or(1, usize::from);
        let captures = Captures::open(&inputs, capture::Config::default())
            .map_err(|error| Failure::new(Exit::Damaged, &error))?;
        let mut desk = Desk::default();
        let outcome = sensor::replay(
            captures,
            sensor::Config { workers },
            None,
            &Progress::default(),
            &mut |order, event| desk.take(order, &event),
        );
        let mut out = std::io::stdout().lock();
        report::print(&desk.picture, &outcome.books, &mut out)
            .and_then(|()| out.flush())
            .map_err(|error| Failure::new(Exit::Output, format!("standard output: {error}")))?;
        if !outcome.balanced {
            return Ok(Exit::Internal);
        }
        Ok(Exit::Done)
    }
}
