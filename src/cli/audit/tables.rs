//! `--csv FOLDER`: the data of an audit as tables for spreadsheets.

use crate::cli::Failure;
use crate::cli::exit::tell;
use crate::cli::input::Ran;
use crate::cli::output::{Output, Outputs};
use crate::desk::audit::{Audit, table_names};
use clap::{Arg, ArgMatches, value_parser};
use std::io::Write as _;
use std::path::PathBuf;

/// The option.
pub(super) fn option() -> Arg {
    Arg::new("csv")
        .long("csv")
        .value_name("FOLDER")
        .value_parser(value_parser!(PathBuf))
        .help("Write its lists as CSV tables to FOLDER")
        .long_help(
            "Write the lists of the report to FOLDER as tables (CSV by RFC 4180, UTF-8): devices and their \
             evidence, conversations, operations and their targets, incidents, alerts, \
             weaknesses, programs and more, a file each. A cell that a spreadsheet would take \
             for a formula begins with an apostrophe.",
        )
}

/// The tables that an audit is to write.
pub(super) struct Tables(Vec<(&'static str, Output)>);

impl Tables {
    /// Opens a file a table; none where no folder was asked for.
    pub(super) fn open(arguments: &ArgMatches, outputs: &mut Outputs) -> Result<Self, Failure> {
        let Some(folder) = super::made(arguments, "csv")? else {
            return Ok(Self(Vec::new()));
        };
        let judged = arguments.contains_id("advisories");
        let tables = table_names(judged, arguments.contains_id("zones")).map(|name| {
            let file = folder.join(format!("{name}.csv"));
            Ok((name, outputs.open(&file)?))
        });
        tables.collect::<Result<_, _>>().map(Self)
    }

    /// Whether none was asked for.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes them: none has its name before all of them are written, so that a disk that is full
    /// leaves no half of the tables.
    pub(super) fn write(self, audit: &Audit<'_>, ran: &Ran) -> Result<(), Failure> {
        let mut written = Vec::new();
        for (name, mut output) in self.0 {
            audit
                .write_table(name, &mut output)
                .and_then(|()| output.flush())
                .map_err(|error| output.failed(&error))?;
            written.push(output);
        }
        let mut parts = Vec::new();
        for output in written {
            match ran.outcome.stopped {
                true => parts.extend(output.finish_partial()?),
                false => drop(output.finish(ran.whole())?),
            }
        }
        if let Some(part) = parts.first() {
            let what = format!("{part} and the other tables cover what was read");
            tell(what, "");
        }
        Ok(())
    }
}
