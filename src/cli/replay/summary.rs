//! The summary: on the terminal for people, or with `--json` as one JSON object.
//!
//! Called by `replay` and `run` before the run and after it.

use crate::cli::Failure;
use crate::cli::output::{Output, Outputs};
use crate::desk::report::{self, Picture, Screen, Summary};
use clap::{Arg, ArgAction, ArgMatches};
use std::io::IsTerminal;
use std::path::Path;

/// The option.
pub(in crate::cli) fn argument() -> Arg {
    Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("Print the summary as one JSON object, with every conversation")
        .long_help(
            "Print the summary as one JSON object instead of text: capture quality, protocols, \
             devices, who controls whom, operations, what could not be seen, and the ledger of \
             every conversation. It is the same for the same captures, whatever their folder, \
             the number of workers and the time of day.",
        )
}

/// What the summary is to look like.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Form {
    /// JSON instead of text.
    pub(in crate::cli) json: bool,
    /// Colours may be shown on a terminal.
    pub(in crate::cli) colour: bool,
}

impl Form {
    /// As the options say.
    pub(in crate::cli) fn of(arguments: &ArgMatches) -> Self {
        Self {
            json: arguments.get_flag("json"),
            colour: wants_colour(arguments),
        }
    }
}

/// Where the summary goes, and in what form.
#[derive(Debug)]
pub(in crate::cli) struct SummaryOutput {
    output: Output,
    /// What the screen needs to know; `None` for JSON.
    screen: Option<Screen>,
}

impl SummaryOutput {
    /// Standard output, or standard error where data goes to standard output. JSON is data
    /// too: only one kind of data can go there.
    /// `captures` is what to name in the commands that are proposed.
    pub(in crate::cli) fn open(
        form: Form,
        captures: Vec<String>,
        outputs: &mut Outputs,
    ) -> Result<Self, Failure> {
        if form.json {
            let output = outputs.open(Path::new("-"))?;
            return Ok(Self {
                output,
                screen: None,
            });
        }
        let (output, terminal) = if outputs.has_stdout() {
            (Output::stderr(), std::io::stderr().is_terminal())
        } else {
            (Output::stdout(), std::io::stdout().is_terminal())
        };
        let screen = Screen {
            colour: terminal && form.colour,
            captures,
            written: Vec::new(),
        };
        Ok(Self {
            output,
            screen: Some(screen),
        })
    }

    /// The picture to be filled by the run.
    pub(in crate::cli) fn picture(&self) -> Picture {
        match self.screen {
            Some(_) => Picture::default(),
            None => Picture::with_conversations(),
        }
    }

    /// Names a file that was written, and what is in it.
    pub(in crate::cli) fn names(&mut self, file: Option<String>, what: &str) {
        if let (Some(screen), Some(file)) = (&mut self.screen, file) {
            screen.written.push((file, what.to_owned()));
        }
    }

    /// Writes the summary.
    pub(in crate::cli) fn write(mut self, summary: &Summary<'_>) -> Result<(), Failure> {
        let written = match &self.screen {
            Some(screen) => report::print(summary, screen, &mut self.output),
            None => summary.write_json(&mut self.output),
        };
        written.map_err(|error| self.output.failed(&error))?;
        self.output.finish(true).map(|_| ())
    }
}

/// Whether the user takes colours (<https://no-color.org>).
fn wants_colour(arguments: &ArgMatches) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !arguments.get_flag("no-color") && !set("NO_COLOR") && !dumb
}
