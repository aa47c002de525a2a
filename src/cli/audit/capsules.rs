//! `--capsules FOLDER`: the evidence of an audit, packed after the run.

use super::Files;
use crate::capture::Captures;
use crate::cli::exit::tell;
use crate::cli::input::Input;
use crate::cli::output::Outputs;
use crate::cli::{Exit, Failure};
use crate::desk::audit::Capsule;
use crate::desk::baseline::Baseline;
use crate::desk::capsules::{Deriver, Packed, Packing, Witness, pack};
use crate::rules::rule::Rule;
use clap::ArgMatches;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Refuses captures that cannot be read again, and a folder with something in it: capsules of
/// another run would pass for those of this one.
pub(super) fn possible(arguments: &ArgMatches) -> Result<(), Failure> {
    if arguments.get_one::<PathBuf>("capsules").is_none() {
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
    super::empty(arguments, "capsules")
}

/// Writes the capsules of a run into a folder; `kept` gets those that are there.
pub(super) fn write(
    input: &Input,
    (outputs, folder): (&mut Outputs, &Path),
    witness: Witness,
    files: &Files,
    (rules, baseline): (&[Rule], Option<(PathBuf, Baseline)>),
    kept: &mut Vec<Capsule>,
) -> Result<(), Failure> {
    let omitted = witness.omitted;
    let evidence = witness.into_evidence();
    let (path, baseline) = baseline.unzip();
    let packing = Packing {
        captures: &files.captures.sealed(),
        baseline: path.and_then(|path| files.settings.find(&path)),
        rules,
        secrets: input.shows_secrets,
    };
    let mut deriver = Deriver::new(baseline);
    let open = || -> Result<Captures, Failure> { input.open() };
    pack(&evidence, &packing, &mut deriver, &open, &mut |packed| {
        keep(outputs, folder, &packed)?;
        kept.push(Capsule::of(&packed));
        Ok(())
    })?;
    kept.sort_by(|one, other| one.name.cmp(&other.name));
    let silent = kept.iter().filter(|capsule| !capsule.derives).count();
    if !input.is_quiet() {
        let what = format!(
            "{}: {} capsules, {} of them show their alert again",
            folder.display(),
            kept.len(),
            kept.len() - silent
        );
        let hint = match silent {
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
fn keep(outputs: &mut Outputs, folder: &Path, packed: &Packed) -> Result<(), Failure> {
    let parts = [
        ("pcapng", packed.capture.as_slice()),
        ("json", packed.manifest.as_bytes()),
    ];
    for (suffix, octets) in parts {
        let path = folder.join(format!("{}.{suffix}", packed.name));
        let mut output = outputs.open(&path)?;
        output
            .write_all(octets)
            .map_err(|error| output.failed(&error))?;
        output.finish(true)?;
    }
    Ok(())
}
