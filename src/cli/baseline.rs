//! `jaga baseline`: learn what is usual on a site, read it, hold two against each other.

mod check;
mod decide;
mod diff;
mod export;
mod learn;
mod show;
mod zones;

use super::{Exit, Failure, Subcommand};
use clap::{ArgMatches, Command};
use decide::Decision;

/// The subcommand.
pub(super) struct BaselineCommand;

const EXAMPLES: &str = "\
Examples:
  jaga baseline learn week.pcapng -o plant.baseline
  jaga replay today.pcapng --baseline plant.baseline
  jaga baseline show plant.baseline
  jaga baseline check plant.baseline
  jaga baseline approve plant.baseline \"host 10.0.0.9\" --by Budi --why \"new HMI\"
  jaga baseline diff plant.baseline new.baseline
  jaga baseline zones plant.baseline -o zones.toml";

const LINES: &str = "\
The lines of a baseline, sorted; text behind # is a comment:
  learning SECONDS SORT...   for how long it was learned, and what still is
  host HOST                  a device that sends
  talk HOST > HOST PROTOCOL  who talks to whom
  do HOST > HOST PROTOCOL [unit N] \"OPERATION\"
      what one does to the other
  at ... SPACE ADDRESSES
      where: holding-register 0-99,120
  name ... \"NAME\"            which tag, block or file
  value ... SPACE ADDRESS one of \"V\" ... | from A to B | any
      which values are written there
Behind ; stands what was seen (count, first, last), and what people add:
  forbidden      must not happen, whatever was seen
  doubt=\"scan\"   learned from who scanned: not usual until taken away
  expires=TIME   is usual up to then
  by=\"NAME\"      who said so
  why=\"TEXT\"     why
  on=TIME        and when
Lines may be added and taken away; `jaga baseline show` finds what is wrong.";

impl Subcommand for BaselineCommand {
    fn command(&self) -> Command {
        Command::new("baseline")
            .about("Learn what is usual on a site, show it, check it, decide about it")
            .before_help(EXAMPLES)
            .after_help(LINES)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .help_template(super::TEMPLATE)
            .subcommands(commands().map(|command| command.help_template(super::TEMPLATE)))
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        match arguments.subcommand() {
            Some(("check", arguments)) => check::run(arguments),
            Some(("diff", arguments)) => diff::run(arguments),
            Some(("export", arguments)) => export::run(arguments),
            Some(("learn", arguments)) => learn::run(arguments),
            Some(("revert", arguments)) => decide::revert(arguments),
            Some(("show", arguments)) => show::run(arguments),
            Some(("zones", arguments)) => zones::run(arguments),
            Some((name, arguments)) => {
                let decision = Decision::ALL.into_iter().find(|all| all.name() == name);
                decision.map_or(Ok(Exit::Usage), |decision| decision.run(arguments))
            }
            None => Ok(Exit::Usage),
        }
    }
}

/// All of them, in the order in which they are used.
fn commands() -> impl Iterator<Item = Command> {
    let first = [learn::command(), show::command(), check::command()];
    let decisions = Decision::ALL.map(Decision::command);
    let last = [
        decide::revert_command(),
        diff::command(),
        export::command(),
        zones::command(),
    ];
    first.into_iter().chain(decisions).chain(last)
}
