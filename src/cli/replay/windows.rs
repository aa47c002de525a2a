//! `--windows FILE`: planned work.
//!
//! Called by `replay`, `audit`, `baseline learn`, `run` and `check` before the run, and by `run`
//! again when it is told to read its configuration again.

use crate::cli::{Exit, Failure};
use crate::config::Detectors as Settings;
use crate::desk::windows::{self, Windows};
use clap::{Arg, value_parser};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// Octets of a file of windows at most: far more than anybody writes.
const LARGEST: u64 = 1024 * 1024;

/// The option.
pub(in crate::cli) fn argument() -> Arg {
    Arg::new("windows")
        .long("windows")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .hide_short_help(true)
        .help("Tell planned work from what nobody planned")
        .long_help(
            "Hold what is done against the windows of planned work in FILE, which is TOML: from \
             when to when which stations may do which classes of operations to which devices. \
             Alerts inside a window are marked as planned and are notes, nothing in it is \
             learned, and the summary says what was planned and seen, planned and not seen, and \
             done without a plan.",
        )
}

/// The windows in the file that is named.
pub(in crate::cli) fn read(asked: &Settings) -> Result<Option<Arc<Windows>>, Failure> {
    let Some(path) = &asked.windows else {
        return Ok(None);
    };
    let named = path.display();
    let failed = |what: String| Failure::new(Exit::Usage, format!("{named}: {what}"));
    let about = fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if !about.is_file() || about.len() > LARGEST {
        return Err(failed("is no file of windows".to_owned()));
    }
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let windows = windows::read(&text).map_err(|error| {
        let place = if error.place.is_some() { "" } else { " " };
        Failure::new(Exit::Usage, format!("{named}:{place}{error}")).hint(&error.hint)
    })?;
    Ok(Some(Arc::new(windows)))
}
