//! `jaga completions`: what a shell needs to complete Jaga's commands and options.

use super::output::Output;
use super::{Exit, Failure, Subcommand};
use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::{Shell, generate};
use std::io::Write as _;

/// The subcommand.
pub(super) struct Completions;

const EXAMPLES: &str = "\
Examples:
  jaga completions bash > /etc/bash_completion.d/jaga
  jaga completions zsh > ~/.zfunc/_jaga
  jaga completions fish > ~/.config/fish/completions/jaga.fish";

impl Subcommand for Completions {
    fn command(&self) -> Command {
        Command::new("completions")
            .about("Print completions for a shell")
            .before_help(EXAMPLES)
            .arg(
                Arg::new("shell")
                    .value_name("SHELL")
                    .required(true)
                    .value_parser(value_parser!(Shell))
                    .help("The shell"),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        if let Some(shell) = arguments.get_one::<Shell>("shell") {
            generate(*shell, &mut super::command(), "jaga", &mut script);
        }
        let mut out = Output::stdout();
        out.write_all(&script).map_err(|error| out.failed(&error))?;
        out.finish(true)?;
        Ok(Exit::Done)
    }
}
