//! `jaga alerts log` and `jaga alerts mutes`: what people changed, and what is muted now.

use super::{Ended, folder, triage};
use crate::cli::exit::tell;
use crate::cli::output::Output;
use crate::cli::{Exit, wrapped};
use crate::desk::outputs::time::Seconds;
use crate::desk::triage::{Act, Entry};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

const LOG: &str = "\
Examples:
  jaga alerts log /var/lib/jaga            who changed what, when and why
  jaga alerts log /var/lib/jaga --json";

const MUTES: &str = "\
Examples:
  jaga alerts mutes /var/lib/jaga          what is muted now, and until when";

fn json_option() -> Arg {
    Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("As JSON, one a line")
}

pub(super) fn command() -> Command {
    Command::new("log")
        .about("Who changed what, when and why; exit code 3 where the log was changed or damaged")
        .before_help(LOG)
        .arg(folder())
        .arg(json_option())
}

pub(super) fn mutes_command() -> Command {
    Command::new("mutes")
        .about("What is muted now, by whom and until when")
        .before_help(MUTES)
        .arg(folder())
        .arg(json_option())
}

pub(super) fn log(folder: &Path, arguments: &ArgMatches, out: &mut Output) -> Result<Exit, Ended> {
    let (triage, wrong) = triage(folder)?;
    for entry in &triage.entries {
        write(entry, arguments.get_flag("json"), out)?;
    }
    out.flush()?;
    for wrong in &wrong {
        tell(wrong, "");
    }
    Ok(match wrong.is_empty() {
        true => Exit::Done,
        false => Exit::Damaged,
    })
}

pub(super) fn mutes(
    folder: &Path,
    arguments: &ArgMatches,
    out: &mut Output,
) -> Result<Exit, Ended> {
    let (triage, _) = triage(folder)?;
    for (_, entry) in triage.standing(SystemTime::now().into()) {
        write(entry, arguments.get_flag("json"), out)?;
    }
    Ok(Exit::Done)
}

/// Writes a change.
fn write(entry: &Entry, json: bool, out: &mut Output) -> io::Result<()> {
    if json {
        serde_json::to_writer(&mut *out, entry)?;
        return writeln!(out);
    }
    let Entry {
        number, time, uid, ..
    } = entry;
    let who = crate::facts::plain(&entry.who);
    writeln!(out, "{number:>5}  {}Z  {who} (uid {uid})", Seconds(*time))?;
    wrapped(&act(&entry.act), 7, out)?;
    wrapped(&format!("why: {}", entry.reason), 7, out)
}

/// What was changed, in words.
pub(super) fn act(act: &Act) -> String {
    match act {
        Act::Ack { events } => format!("acknowledged {}", events.join(", ")),
        Act::Mute(mute) => {
            let owner = match mute.owner.is_empty() {
                true => String::new(),
                false => format!(", owner {}", mute.owner),
            };
            let until = Seconds(mute.until);
            format!("muted M{}: {mute} until {until}Z{owner}", mute.number)
        }
        Act::Unmute { mute } => format!("ended mute M{mute}"),
    }
}
