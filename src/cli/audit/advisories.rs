//! `--advisories FOLDER`: published vulnerabilities, from a folder that the user brings.

use crate::cli::exit::tell;
use crate::cli::progress;
use crate::cli::{Exit, Failure};
use crate::desk::advisories::{Advisories, Vulnerabilities};
use crate::desk::inventory::Assets;
use clap::{Arg, ArgMatches, value_parser};
use std::path::PathBuf;

/// Faults of files told on the screen; the others are in the report.
const TOLD: usize = 5;

/// The option.
pub(super) fn option() -> Arg {
    Arg::new("advisories")
        .long("advisories")
        .value_name("FOLDER")
        .value_parser(value_parser!(PathBuf))
        .help("Hold CSAF advisories in FOLDER against devices")
        .long_help(
            "Hold the security advisories of FOLDER and the folders below it (CSAF 2.0 as JSON, \
             as CISA and makers publish them) against the vendor, model, order number and firmware \
             that were observed: affected, not affected, or what was not observed. Nothing is \
             fetched; bring the files with you.",
        )
}

/// Looks for the files before hours of reading.
pub(super) fn find(arguments: &ArgMatches) -> Result<Option<Advisories>, Failure> {
    let Some(folder) = arguments.get_one::<PathBuf>("advisories") else {
        return Ok(None);
    };
    let wrong = |what: &dyn std::fmt::Display| {
        let what = format!("--advisories: {}: {what}", folder.display());
        Failure::new(Exit::Usage, what).hint("name a folder with CSAF 2.0 advisories (.json)")
    };
    let found = Advisories::find(folder).map_err(|error| wrong(&error))?;
    match found.files().is_empty() {
        true => Err(wrong(&"no .json file is in there")),
        false => Ok(Some(found)),
    }
}

/// Holds them against the devices, and tells of files that could not be judged.
pub(super) fn judge(advisories: &Advisories, assets: &Assets) -> Vulnerabilities {
    let judged = advisories.judge(assets, &progress::interrupted);
    for fault in judged.faults.iter().take(TOLD) {
        let path = advisories
            .files()
            .iter()
            .find(|path| path.ends_with(&fault.file));
        let path = path.map_or_else(|| fault.file.clone(), |path| path.display().to_string());
        tell(format_args!("{path}: {}", fault.what), fault.hint);
    }
    let more = judged.faults.len().saturating_sub(TOLD);
    if more > 0 {
        tell(
            format_args!("{more} more advisories could not be judged"),
            "the report names them",
        );
    }
    judged
}
