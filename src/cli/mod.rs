//! The doors: one file a subcommand, the list of them, and the exit codes they share.
//!
//! Data goes to standard output, messages to standard error. What a subcommand does stands in
//! its own file; adding one is that file and two lines here.

mod decode;
mod exit;
mod fields;
mod replay;

pub use exit::{Exit, Failure};

use clap::{ArgMatches, Command};
use std::ffi::OsString;
use std::process::ExitCode;

/// All subcommands, in alphabetical order.
static SUBCOMMANDS: &[&dyn Subcommand] = &[&decode::Decode, &fields::Fields, &replay::Replay];

/// One subcommand.
trait Subcommand: Sync {
    /// Its name, arguments and help.
    fn command(&self) -> Command;

    /// Does it.
    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure>;
}

/// The whole command line with all subcommands; also what completions and man pages are made
/// from.
#[must_use]
pub fn command() -> Command {
    Command::new("jaga")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Passive network security monitor for industrial control networks")
        .after_help(exit::HELP)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(SUBCOMMANDS.iter().map(|subcommand| subcommand.command()))
}

/// Runs the command line and tells how it ended.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // A closed standard error or output leaves nobody to tell.
            let _ = error.print();
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return code.into();
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
    match subcommand.run(arguments) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.tell();
            failure.exit.into()
        }
    }
}
