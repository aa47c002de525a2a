//! `--capsules FOLDER`: the evidence of an audit, packed after the run.

use crate::capture::Captures;
use crate::cli::exit::tell;
use crate::cli::input::Input;
use crate::cli::output::Outputs;
use crate::cli::{Exit, Failure};
use crate::desk::audit::Custody;
use crate::desk::baseline::Baseline;
use crate::desk::capsules::{Deriver, Packed, Packing, Witness, pack};
use crate::rules::rule::Rule;
use clap::ArgMatches;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Refuses captures that cannot be read again.
pub(super) fn readable_again(arguments: &ArgMatches) -> Result<(), Failure> {
    if !arguments.contains_id("capsules") {
        return Ok(());
    }
    let mut captures = arguments
        .get_many::<PathBuf>("captures")
        .into_iter()
        .flatten();
    if captures.any(|path| path.as_os_str() == "-") {
        let what = "--capsules: captures that come through a pipe cannot be read again";
        return Err(Failure::new(Exit::Usage, what).hint("save them to a file first"));
    }
    Ok(())
}

/// The folder that the option names, made where it is not there: before hours of reading.
pub(super) fn folder(arguments: &ArgMatches) -> Result<Option<PathBuf>, Failure> {
    let Some(folder) = arguments.get_one::<PathBuf>("capsules") else {
        return Ok(None);
    };
    fs::create_dir_all(folder).map_err(|error| {
        let what = format!("{}: cannot be written: {error}", folder.display());
        Failure::new(Exit::Output, what).hint("choose a folder that you may write to")
    })?;
    Ok(Some(folder.clone()))
}

/// Writes the capsules of a run.
pub(super) fn write(
    input: &Input,
    folder: &Path,
    witness: Witness,
    custody: &Custody,
    (rules, baseline): (&[Rule], Option<Baseline>),
) -> Result<(), Failure> {
    let omitted = witness.omitted;
    let evidence = witness.into_evidence();
    let sealed = |_: &Baseline| custody.settings.last().cloned();
    let packing = Packing {
        captures: &custody.captures,
        baseline: baseline.as_ref().and_then(sealed),
        rules,
        secrets: custody.secrets_shown,
    };
    let mut deriver = Deriver::new(baseline);
    let open = || -> Result<Captures, Failure> { input.open() };
    let (mut all, mut derived) = (0_u64, 0_u64);
    pack(&evidence, &packing, &mut deriver, &open, &mut |packed| {
        all += 1;
        derived += u64::from(packed.derives);
        keep(folder, &packed)
    })?;
    if !input.is_quiet() {
        let what = format!(
            "{}: {all} capsules, {derived} of them show their alert again",
            folder.display()
        );
        let hint = match all - derived {
            0 => "",
            _ => "the others rest on more than fits; their manifests say so",
        };
        tell(what, hint);
    }
    if omitted > 0 {
        tell(
            format_args!("{omitted} alerts have no capsule for want of room"),
            "",
        );
    }
    Ok(())
}

/// Writes one capsule: the capture first, so that no manifest names what is not there.
fn keep(folder: &Path, packed: &Packed) -> Result<(), Failure> {
    let parts = [
        ("pcapng", packed.capture.as_slice()),
        ("json", packed.manifest.as_bytes()),
    ];
    for (suffix, octets) in parts {
        let path = folder.join(format!("{}.{suffix}", packed.name));
        let mut output = Outputs::new().open(&path)?;
        output
            .write_all(octets)
            .map_err(|error| output.failed(&error))?;
        output.finish(true)?;
    }
    Ok(())
}
