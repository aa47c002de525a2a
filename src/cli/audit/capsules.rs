//! `--capsules FOLDER`: the evidence of an audit, packed after the run.

use super::Files;
use crate::capture::Captures;
use crate::cli::exit::tell;
use crate::cli::input::Input;
use crate::cli::output::Outputs;
use crate::cli::replay::detect;
use crate::cli::{Exit, Failure, settings};
use crate::desk::audit::Capsule;
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

/// Writes the capsules of a run into a folder; `kept` gets those that are there. The captures are
/// read again for them, and held against their hashes once more after that.
pub(super) fn write(
    arguments: &ArgMatches,
    (outputs, folder): (&mut Outputs, &Path),
    witness: Witness,
    (files, rules): (&mut Files, &[Rule]),
    kept: &mut Vec<Capsule>,
) -> Result<(), Failure> {
    let input = Input::of(arguments);
    let omitted = witness.omitted;
    let evidence = witness.into_evidence();
    let asked = settings::detectors(arguments)?;
    let find = |path: &Option<PathBuf>| path.as_ref().and_then(|path| files.settings.find(path));
    let packing = Packing {
        captures: &files.captures.sealed(),
        baseline: find(&asked.baseline),
        zones: find(&asked.zones),
        rules,
        secrets: input.shows_secrets,
    };
    let mut deriver = Deriver::new(detect::usual(&asked)?, detect::zones(&asked)?);
    let open = || -> Result<Captures, Failure> { input.open() };
    let done = pack(&evidence, &packing, &mut deriver, &open, &mut |packed| {
        keep(outputs, folder, &packed)?;
        kept.push(Capsule::of(&packed));
        Ok(())
    });
    files.hold();
    if done.is_err() {
        let what = format!(
            "{}: {} of {} capsules were written",
            folder.display(),
            kept.len(),
            evidence.len()
        );
        tell(
            what,
            "the report names those that are there; audit again for all of them",
        );
    }
    done?;
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

/// Writes one capsule: both files, and only then their names, the capture's first, so that no
/// manifest names what is not there and a disk that is full leaves no half of one.
fn keep(outputs: &mut Outputs, folder: &Path, packed: &Packed) -> Result<(), Failure> {
    let parts = [
        ("pcapng", packed.capture.as_slice()),
        ("json", packed.manifest.as_bytes()),
    ];
    let mut written = Vec::new();
    for (suffix, octets) in parts {
        let path = folder.join(format!("{}.{suffix}", packed.name));
        let mut output = outputs.open(&path)?;
        output
            .write_all(octets)
            .and_then(|()| output.flush())
            .map_err(|error| output.failed(&error))?;
        written.push(output);
    }
    for output in written {
        output.finish(true)?;
    }
    Ok(())
}
