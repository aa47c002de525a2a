//! `--inventory FILE`: the devices as JSON or CSV, by the file's suffix.
//!
//! Called by `replay` and `run` before the run, so that a file that cannot be written ends the command
//! before hours of reading, and after it.

use crate::cli::output::{Output, Outputs};
use crate::cli::{Exit, Failure};
use crate::desk::inventory::Assets;
use clap::{Arg, ArgMatches, value_parser};
use std::path::{Path, PathBuf};

/// The form of the file.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) enum Form {
    Json,
    Csv,
}

impl Form {
    /// The form of a file of this name.
    pub(in crate::cli) fn of(path: &Path) -> Result<Self, Failure> {
        let suffix = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
        match suffix.as_ref().and_then(|suffix| suffix.to_str()) {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            _ => {
                let what = format!(
                    "{}: the suffix does not tell the inventory's form",
                    path.display()
                );
                let hint = "name the file .json or .csv";
                Err(Failure::new(Exit::Usage, what).hint(hint))
            }
        }
    }
}

/// The file that the option names.
pub(in crate::cli) fn named(arguments: &ArgMatches) -> Option<&PathBuf> {
    arguments.get_one("inventory")
}

/// A file that waits for the inventory.
#[derive(Debug)]
pub(in crate::cli) struct InventoryFile {
    form: Form,
    output: Output,
}

/// The option.
pub(in crate::cli) fn argument() -> Arg {
    Arg::new("inventory")
        .long("inventory")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Write the devices to FILE, .json or .csv")
        .long_help(
            "Write the devices to FILE: .json for everything with its evidence, .csv for a \
             table that begins with the asset fields CISA recommends (August 2025), each with \
             what was observed or `unknown`.",
        )
}

impl InventoryFile {
    /// Opens the file that is named, if one is.
    pub(in crate::cli) fn open(
        path: Option<&PathBuf>,
        outputs: &mut Outputs,
    ) -> Result<Option<Self>, Failure> {
        let Some(path) = path else {
            return Ok(None);
        };
        let form = Form::of(path)?;
        let output = outputs.open(path)?;
        Ok(Some(Self { form, output }))
    }

    /// Writes the inventory; the file gets its name only where the run is `whole`. Gives the
    /// file's name.
    pub(in crate::cli) fn write(
        mut self,
        assets: &Assets,
        whole: bool,
    ) -> Result<Option<String>, Failure> {
        let written = match self.form {
            Form::Json => assets.write_json(&mut self.output),
            Form::Csv => assets.write_csv(&mut self.output),
        };
        written.map_err(|error| self.output.failed(&error))?;
        self.output.finish(whole)
    }
}
