//! `jaga baseline`: learn what is usual on a site, read it, hold two against each other.

mod diff;
mod learn;
mod show;

use super::{Exit, Failure, Subcommand};
use clap::{ArgMatches, Command};

/// The subcommand.
pub(super) struct BaselineCommand;

const EXAMPLES: &str = "\
Examples:
  jaga baseline learn week.pcapng -o plant.baseline
  jaga replay today.pcapng --baseline plant.baseline
  jaga baseline show plant.baseline
  jaga baseline diff plant.baseline new.baseline";

const LINES: &str = "\
The lines of a baseline, sorted; text behind # is a comment:
  learning SECONDS [hosts] [conversations] [reads] [changes]
      for how long it was learned, and what still is; taken away: nothing is
  host HOST
      a device that sends
  talk HOST > HOST PROTOCOL
      who talks to whom
  do HOST > HOST PROTOCOL [unit N] \"OPERATION\"
      what one does to the other
  at ... SPACE ADDRESSES
      where: holding-register 0-99,120
  name ... \"NAME\"
      which tag, block or file
  value ... SPACE ADDRESS one of \"V\" ... | from A to B | any
      which values are written there
Behind a semicolon stands what was seen (count, first, last), and what people add:
  forbidden      must not happen, whatever was seen
  doubt=\"scan\"   was learned from who scanned: not usual until this is taken away
  expires=TIME   is usual up to then
  by=\"NAME\"      who said so
  why=\"TEXT\"     and why
Lines may be added and taken away; `jaga baseline show` says what is wrong with one.";

impl Subcommand for BaselineCommand {
    fn command(&self) -> Command {
        Command::new("baseline")
            .about("Learn what is usual on a site, show it, compare two")
            .before_help(EXAMPLES)
            .after_help(LINES)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .help_template(super::TEMPLATE)
            .subcommands(
                [diff::command(), learn::command(), show::command()]
                    .map(|command| command.help_template(super::TEMPLATE)),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        match arguments.subcommand() {
            Some(("diff", arguments)) => diff::run(arguments),
            Some(("learn", arguments)) => learn::run(arguments),
            Some(("show", arguments)) => show::run(arguments),
            _ => Ok(Exit::Usage),
        }
    }
}
