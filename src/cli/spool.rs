//! `jaga spool`: what a sensor keeps with `--state`, and how far its outputs have come.

use super::exit::tell;
use super::output::Output;
use super::{Exit, Failure, Subcommand};
use crate::desk::outputs::time::Seconds;
use crate::desk::store::{self, Record, Seen};
use clap::{Arg, ArgMatches, Command, value_parser};
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The subcommand.
pub(super) struct Spool;

const EXAMPLES: &str = "\
Examples:
  jaga spool status /var/lib/jaga      how much is kept, and who has not read it
  jaga spool show /var/lib/jaga        the alerts themselves, one a line";

const SHOW: &str = "\
Examples:
  jaga spool show /var/lib/jaga | jq .alert";

const STATUS: &str = "\
Examples:
  jaga spool status /var/lib/jaga";

impl Subcommand for Spool {
    fn command(&self) -> Command {
        let folder = Arg::new("folder")
            .value_name("FOLDER")
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help("The folder that `jaga run --state` was given");
        Command::new("spool")
            .about("What a sensor keeps for its outputs; also while it runs")
            .before_help(EXAMPLES)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(
                Command::new("show")
                    .about("Write the events that are kept, as EVE JSON; exit code 3 where some are damaged")
                    .before_help(SHOW)
                    .arg(folder.clone()),
            )
            .subcommand(
                Command::new("status")
                    .about("Say how much is kept; exit code 3 where some of it is damaged")
                    .before_help(STATUS)
                    .arg(folder),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let Some((what, arguments)) = arguments.subcommand() else {
            return Ok(Exit::Usage);
        };
        let folder = arguments.get_one::<PathBuf>("folder");
        let folder = folder.map_or(Path::new("."), PathBuf::as_path);
        if !folder.join("spool").is_dir() {
            let what = format!("{}: no sensor keeps anything there", folder.display());
            return Err(Failure::new(Exit::Usage, what).hint("name the folder of --state"));
        }
        let mut out = Output::stdout();
        let done = match what {
            "show" => show(folder, &mut out),
            _ => status(folder, &mut out),
        };
        match done.and_then(|exit| out.flush().map(|()| exit)) {
            // The reader has what it wanted.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Done),
            Err(error) => {
                let what = format!("{}: {error}", folder.display());
                Err(Failure::new(Exit::Denied, what))
            }
            Ok(exit) => Ok(exit),
        }
    }
}

fn show(folder: &Path, out: &mut Output) -> io::Result<Exit> {
    let mut exit = Exit::Done;
    store::look(folder, &mut |seen| {
        let what = match seen {
            Seen::Record(record) => {
                out.write_all(&record.event)?;
                return out.write_all(b"\n");
            }
            Seen::Damage(segment, octets) => damaged(segment, &octets),
            Seen::Gap(missing) => gone(missing),
        };
        tell(format_args!("{}: {what}", folder.display()), "");
        exit = Exit::Damaged;
        Ok(())
    })?;
    Ok(exit)
}

fn damaged(segment: u64, octets: &Range<u64>) -> String {
    let Range { start, end } = octets;
    format!("segment {segment}: octets {start} to {end} are damaged")
}

fn gone(missing: u64) -> String {
    match missing {
        1 => "1 event is missing between others".to_owned(),
        more => format!("{more} events are missing between others"),
    }
}

/// What is kept, in numbers.
#[derive(Default)]
struct Total {
    records: u64,
    ends: Option<(Record, Record)>,
    damages: Vec<String>,
    missing: u64,
}

/// Writes how much is kept in a folder, and how far each output has come.
pub(super) fn status(folder: &Path, out: &mut dyn Write) -> io::Result<Exit> {
    let mut total = Total::default();
    let octets = store::look(folder, &mut |seen| {
        total.take(seen);
        Ok(())
    })?;
    writeln!(out, "{} events in {octets} octets", total.records)?;
    if let Some((first, last)) = &total.ends {
        let ends = [("oldest", first), ("newest", last)];
        for (what, Record { number, stored, .. }) in ends {
            writeln!(out, "{what}: number {number}, stored {}Z", Seconds(*stored))?;
        }
    }
    let next = total.ends.as_ref().map_or(1, |(_, last)| last.number + 1);
    for place in store::places(folder)? {
        let (at, waiting) = (place.next, next.saturating_sub(place.next));
        let output = place.output;
        writeln!(out, "{output}: next is number {at}, {waiting} waiting")?;
        writeln!(out, "  got there {}Z", Seconds(place.saved))?;
    }
    for damage in &total.damages {
        writeln!(out, "{damage}")?;
    }
    if total.missing > 0 {
        writeln!(out, "{}", gone(total.missing))?;
    }
    Ok(match total.damages.is_empty() && total.missing == 0 {
        true => Exit::Done,
        false => Exit::Damaged,
    })
}

impl Total {
    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Record(record) => {
                self.records += 1;
                let record = Record {
                    event: Box::default(),
                    ..record
                };
                match &mut self.ends {
                    Some((_, last)) => *last = record,
                    none => *none = Some((record.clone(), record)),
                }
            }
            Seen::Damage(segment, octets) => self.damages.push(damaged(segment, &octets)),
            Seen::Gap(missing) => self.missing += missing,
        }
    }
}
