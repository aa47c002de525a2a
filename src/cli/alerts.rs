//! `jaga alerts`: what a sensor has found, from the shell, and what people make of it.
//!
//! `list.rs` and `show.rs` read what is kept, `change.rs` adds to the log of changes; also while
//! the sensor runs, which follows that log.

mod change;
mod list;
mod log;
mod show;

use super::output::Output;
use super::{Exit, Failure, Subcommand};
use crate::config::Age;
use crate::desk::detect::Language;
use crate::desk::outputs::time;
use crate::desk::store::{self, Seen};
use crate::desk::triage::{Found, Kept, Log, Triage};
use crate::facts::Time;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The subcommand.
pub(super) struct Alerts;

const EXAMPLES: &str = "\
Examples:
  jaga alerts list /var/lib/jaga --status new --severity 2
  jaga alerts show /var/lib/jaga 1207
  jaga alerts ack /var/lib/jaga 1207 --who rina --reason 'planned work, CR-118'
  jaga alerts mute /var/lib/jaga --sid 3300001 --host 10.0.0.5 --for 7d \\
      --who rina --reason 'new engineering station, baseline follows'";

impl Subcommand for Alerts {
    fn command(&self) -> Command {
        Command::new("alerts")
            .about("Look at the alerts of a sensor, acknowledge and mute them; also while it runs")
            .before_help(EXAMPLES)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(change::ack_command())
            .subcommand(list::command())
            .subcommand(log::command())
            .subcommand(change::mute_command())
            .subcommand(log::mutes_command())
            .subcommand(show::command())
            .subcommand(change::unmute_command())
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let Some((what, arguments)) = arguments.subcommand() else {
            return Ok(Exit::Usage);
        };
        let folder = state(arguments)?;
        match what {
            "ack" => change::ack(folder, arguments),
            "mute" => change::mute(folder, arguments),
            "unmute" => change::unmute(folder, arguments),
            what => written(folder, |out| match what {
                "list" => list::list(folder, arguments, out),
                "log" => log::log(folder, arguments, out),
                "mutes" => log::mutes(folder, arguments, out),
                _ => show::show(folder, arguments, out),
            }),
        }
    }
}

/// The argument that names the folder of a sensor.
pub(super) fn folder() -> Arg {
    Arg::new("folder")
        .value_name("FOLDER")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("The folder that `jaga run --state` was given")
}

/// The option of the language.
pub(super) fn language() -> Arg {
    Arg::new("language")
        .long("language")
        .value_name("LANGUAGE")
        .default_value("en")
        .value_parser(value_parser!(Language))
        .help("What alerts say, where they have both: en or id")
}

/// The folder that is named.
pub(super) fn state(arguments: &ArgMatches) -> Result<&Path, Failure> {
    let folder = arguments.get_one::<PathBuf>("folder");
    let folder = folder.map_or(Path::new("."), PathBuf::as_path);
    match std::fs::read_dir(folder.join("spool")) {
        Ok(_) => Ok(folder),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let what = format!("{}: {error}", folder.display());
            let hint = "call it as root, or as the user that the sensor runs as";
            Err(Failure::new(Exit::Denied, what).hint(hint))
        }
        Err(_) => {
            let what = format!("{}: no sensor keeps anything there", folder.display());
            Err(Failure::new(Exit::Usage, what).hint("name the folder of --state"))
        }
    }
}

/// Why a look could not be finished.
pub(super) enum Ended {
    /// The folder cannot be read, or the output not written.
    Io(io::Error),
    /// The user is to be told.
    Failure(Failure),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Writes what is looked for to standard output.
pub(super) fn written(
    folder: &Path,
    look: impl FnOnce(&mut Output) -> Result<Exit, Ended>,
) -> Result<Exit, Failure> {
    let mut out = Output::stdout();
    let done = look(&mut out).and_then(|exit| Ok(out.flush().map(|()| exit)?));
    match done {
        Ok(exit) => Ok(exit),
        // The reader has what it wanted.
        Err(Ended::Io(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(Ended::Io(error)) => {
            let what = format!("{}: {error}", folder.display());
            Err(Failure::new(Exit::Denied, what))
        }
        Err(Ended::Failure(failure)) => Err(failure),
    }
}

/// Hands over all alerts that are kept, in the order in which they were; whether some are
/// damaged.
fn each(folder: &Path, each: &mut dyn FnMut(Kept) -> io::Result<()>) -> io::Result<bool> {
    let mut damaged = false;
    store::look(folder, &mut |seen| match seen {
        Seen::Record(record) => Kept::of(&record).map_or(Ok(()), &mut *each),
        Seen::Damage(..) | Seen::Gap(_) => {
            damaged = true;
            Ok(())
        }
    })?;
    Ok(damaged)
}

/// All changes that were made, and what is wrong with their log.
fn triage(folder: &Path) -> io::Result<(Triage, Vec<String>)> {
    let (mut triage, mut wrong) = (Triage::default(), Vec::new());
    for found in Log::of(folder).go_on()? {
        match found {
            Found::Entry(entry) => triage.take(entry),
            Found::Damaged(line) => wrong.push(format!(
                "line {line} of the log of changes is damaged, and passed by"
            )),
            Found::Broken(line) => wrong.push(format!(
                "lines before line {line} of the log of changes were changed or lost"
            )),
        }
    }
    Ok((triage, wrong))
}

/// A moment: a time, or an age before now.
fn moment(text: &str) -> Result<Time, String> {
    if let Some(time) = time::read(text) {
        return Ok(time);
    }
    let age: Age = text.parse().map_err(|_| {
        "a time is 2026-11-23, 2026-11-23T14:30 (UTC), with a zone, or an age: 30m, 24h, 7d"
            .to_owned()
    })?;
    let since = SystemTime::now().checked_sub(age.duration());
    Ok(since.map_or(Time::ZERO, Time::from))
}

/// A severity in words.
const fn severity(number: u8) -> &'static str {
    match number {
        1 => "high",
        2 => "med",
        3 => "low",
        _ => "info",
    }
}

/// What is cut is marked.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = crate::facts::plain(text);
    if unicode_width::UnicodeWidthStr::width(text.as_str()) <= width {
        return text;
    }
    let mut short = String::new();
    let mut left = width.saturating_sub(1);
    for c in text.chars() {
        let wide = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        short.push(c);
    }
    short.push('…');
    short
}
