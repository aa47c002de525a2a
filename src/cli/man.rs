//! `jaga man`: the manual, made from the same words as `--help`.

use super::output::{Output, Outputs};
use super::{Exit, Failure, Subcommand};
use clap::{Arg, ArgMatches, Command, value_parser};
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, roman};
use std::io::{self, Write};
use std::path::PathBuf;

/// The subcommand.
pub(super) struct Man;

const EXAMPLES: &str = "\
Examples:
  jaga man | man -l -
  jaga man /usr/local/share/man/man1";

impl Subcommand for Man {
    fn command(&self) -> Command {
        Command::new("man")
            .about("Print the manual page, or write all of them to a folder")
            .before_help(EXAMPLES)
            .arg(
                Arg::new("folder")
                    .value_name("DIR")
                    .value_parser(value_parser!(PathBuf))
                    .help("Write the pages of all commands to this folder"),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let mut command = super::command().disable_help_subcommand(true);
        command.build();
        let Some(folder) = arguments.get_one::<PathBuf>("folder") else {
            return write(&command, Output::stdout());
        };
        let mut outputs = Outputs::default();
        let nested = command.get_subcommands().flat_map(Command::get_subcommands);
        let pages: Vec<Command> = std::iter::once(&command)
            .chain(command.get_subcommands())
            .chain(nested)
            .filter(|page| page.get_name() != "help")
            .cloned()
            .collect();
        for page in pages {
            let name = page.get_display_name().unwrap_or(page.get_name());
            let place = folder.join(format!("{name}.1"));
            write(&page, outputs.open(&place)?)?;
        }
        Ok(Exit::Done)
    }
}

fn write(command: &Command, mut out: Output) -> Result<Exit, Failure> {
    render(command, &mut out).map_err(|error| out.failed(&error))?;
    out.finish(true)?;
    Ok(Exit::Done)
}

/// One page: as the generator makes it, with the examples that `-h` shows first.
fn render(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let page = Page::new(command.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    if command.get_subcommands().next().is_some() {
        page.render_subcommands_section(out)?;
    }
    for text in [command.get_before_help(), command.get_after_help()] {
        section(&text.map(ToString::to_string).unwrap_or_default(), out)?;
    }
    if command.get_version().is_some() {
        page.render_version_section(out)?;
    }
    Ok(())
}

/// A section out of a text whose first line is its title and whose others stand as they are.
fn section(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let Some((title, lines)) = text.split_once('\n') else {
        return Ok(());
    };
    let mut roff = Roff::default();
    roff.control("SH", [title.trim_end_matches(':').to_uppercase().as_str()]);
    roff.control("nf", []);
    for line in lines.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.to_writer(out)
}
