//! The doors: one file a subcommand, the list of them, and what they share.
//!
//! Data goes to standard output, messages to standard error. What a subcommand does stands in
//! its own file; adding one is that file and two lines here. `exit` has the exit codes and
//! messages, `settings` what the configuration and the options come to, `input` the arguments
//! and the run of every subcommand that reads captures,
//! `progress` what goes on beside a run, `output` where data goes.

mod alerts;
mod assets;
mod audit;
mod backtest;
mod baseline;
mod check;
mod completions;
mod decode;
mod diff;
mod doctor;
mod exit;
mod fields;
mod input;
mod man;
mod output;
mod progress;
mod replay;
mod rules;
mod run;
mod settings;
mod spool;
mod support_bundle;
mod test_alert;
mod verify;

pub use exit::{Exit, Failure};

use crate::facts::plain;
use clap::{Arg, ArgAction, ArgMatches, ColorChoice, Command};
use output::Output;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// All subcommands, in alphabetical order.
static SUBCOMMANDS: &[&dyn Subcommand] = &[
    &alerts::Alerts,
    &assets::AssetsCommand,
    &audit::AuditCommand,
    &backtest::Backtest,
    &baseline::BaselineCommand,
    &check::Check,
    &completions::Completions,
    &decode::Decode,
    &diff::Diff,
    &doctor::DoctorCommand,
    &fields::Fields,
    &man::Man,
    &replay::Replay,
    &rules::Rules,
    &run::Run,
    &spool::Spool,
    &support_bundle::SupportBundle,
    &test_alert::TestAlert,
    &verify::Verify,
];

/// One subcommand.
trait Subcommand: Sync {
    /// Its name, arguments and help.
    fn command(&self) -> Command;

    /// Does it.
    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure>;
}

/// The order of a help page: the examples stand before the options.
const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

{before-help}{all-args}{after-help}";

/// Help is at most this wide, also on wider terminals.
const WIDTH: usize = 80;

/// Writes a text in lines of [`WIDTH`] columns, all indented; control characters are escaped.
fn wrapped(text: &str, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut column = 0;
    for word in plain(text).split(' ').filter(|word| !word.is_empty()) {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            writeln!(out)?;
            column = 0;
        }
        if column == 0 {
            write!(out, "{:indent$}", "")?;
            column = indent;
        } else {
            write!(out, " ")?;
            column += 1;
        }
        // A word wider than a line, as an expression, goes over several.
        for character in word.chars() {
            if column >= WIDTH {
                write!(out, "\n{:indent$}", "")?;
                column = indent;
            }
            write!(out, "{character}")?;
            column += 1;
        }
    }
    writeln!(out)
}

const EXAMPLES: &str = "\
Examples:
  jaga replay plant.pcapng            the picture of a capture on one screen
  jaga decode plant.pcapng -p modbus  one line for each Modbus PDU
  jaga fields modbus                  what can be asked of Modbus
  jaga replay --help                  all about one command";

/// The whole command line with all subcommands; also what completions and man pages are made
/// from.
#[must_use]
pub fn command() -> Command {
    Command::new("jaga")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Passive network security monitor for industrial control networks")
        .before_help(EXAMPLES)
        .after_help(exit::HELP)
        .arg(
            Arg::new("no-color")
                .long("no-color")
                .action(ArgAction::SetTrue)
                .global(true)
                .help("No colours, as with NO_COLOR set or TERM=dumb"),
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .help_template(TEMPLATE)
        .max_term_width(WIDTH)
        .subcommands(
            SUBCOMMANDS
                .iter()
                .map(|subcommand| subcommand.command().help_template(TEMPLATE)),
        )
}

/// Runs the command line and tells how it ended.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments
        .first()
        .is_some_and(|name| name == run::opener::NAME)
    {
        return ended(|| Ok(run::opener::serve())).into();
    }
    // Asked before the arguments are read, so that it holds for what reading them says.
    let colours = if arguments.iter().any(|argument| argument == "--no-color") {
        ColorChoice::Never
    } else {
        ColorChoice::Auto
    };
    let matches = match command().color(colours).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            return usage(&error).into();
        }
    };
    let Some((name, arguments)) = matches.subcommand() else {
        return Exit::Usage.into();
    };
    let found = SUBCOMMANDS
        .iter()
        .find(|subcommand| subcommand.command().get_name() == name);
    let Some(subcommand) = found else {
        return Exit::Usage.into();
    };
    ended(|| subcommand.run(arguments)).into()
}

/// Runs a subcommand to its end, and tells how that was.
fn ended(run: impl FnOnce() -> Result<Exit, Failure>) -> Exit {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            failure.tell();
            failure.exit
        }
        // The panic has said where it was.
        Err(_) => {
            exit::tell(
                "internal error: no result",
                "please report it with what stands above and, if you may, the capture",
            );
            Exit::Internal
        }
    }
}

/// Tells what is wrong with the arguments as everything else is told: one message and a hint.
/// Help and version, which arrive here too, are printed as they are.
fn usage(error: &clap::Error) -> Exit {
    use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand as Help;
    if !error.use_stderr() || error.kind() == Help {
        let printed = error.print();
        // A closed standard error leaves nobody to tell.
        if error.use_stderr() {
            return Exit::Usage;
        }
        return match printed {
            Err(error) => {
                let failure = Output::stdout().failed(&error);
                failure.tell();
                failure.exit
            }
            Ok(()) => Exit::Done,
        };
    }
    let text = error.to_string();
    let (what, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let words: Vec<&str> = what.split_whitespace().collect();
    let what = words.join(" ");
    let tip = rest
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    let usage = rest.lines().find_map(|line| line.strip_prefix("Usage: "));
    let hint = tip
        .or(usage)
        .unwrap_or("jaga --help tells how it is called");
    exit::tell(what.strip_prefix("error: ").unwrap_or(&what), hint);
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_the_command_with_the_code_of_an_internal_error() {
        assert_eq!(ended(|| panic!("on purpose")), Exit::Internal);
        assert_eq!(Exit::Internal.code(), 70);
    }
}
