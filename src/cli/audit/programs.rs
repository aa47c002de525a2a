//! `--programs FOLDER`: the programs that an audit saw whole, as files.

use crate::cli::Failure;
use crate::cli::exit::tell;
use crate::cli::output::Outputs;
use crate::desk::programs::{Finished, Program, Programs};
use clap::{Arg, value_parser};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Digits of the hash that a file's name has.
const DIGITS: usize = 12;

/// Longest part of a file's name that comes from the wire.
const NAMED: usize = 64;

/// The option.
pub(super) fn option() -> Arg {
    Arg::new("programs")
        .long("programs")
        .value_name("FOLDER")
        .value_parser(value_parser!(PathBuf))
        .help("Keep programs that were seen whole in FOLDER")
        .long_help(
            "Write the octets of each program that was seen whole in a download or upload to \
             FOLDER, named by device, block and the first digits of its SHA-256: S7 blocks, \
             projects of Modicon controllers (UMAS) and DNP3 files. One of which octets are \
             missing is told in the report and not written.",
        )
}

/// What puts the programs together.
pub(super) fn gathered(keep: bool) -> Programs {
    match keep {
        true => Programs::keeping(),
        false => Programs::default(),
    }
}

/// Writes the programs that were kept into a folder.
pub(super) fn write(
    outputs: &mut Outputs,
    folder: &Path,
    programs: &mut Finished,
    quiet: bool,
) -> Result<(), Failure> {
    let mut written = BTreeSet::new();
    for program in &programs.programs {
        let kept = program
            .sha256
            .as_ref()
            .and_then(|hash| programs.kept.get(hash));
        let Some(octets) = kept else {
            continue;
        };
        let name = name(program);
        if !written.insert(name.clone()) {
            continue;
        }
        let mut output = outputs.open(&folder.join(name))?;
        output
            .write_all(octets)
            .map_err(|error| output.failed(&error))?;
        output.finish(true)?;
    }
    programs.kept.clear();
    if !quiet {
        let what = format!("{}: programs kept: {}", folder.display(), written.len());
        tell(what, "");
    }
    if programs.not_kept > 0 {
        let count = programs.not_kept;
        tell(
            format_args!("{count} programs were not kept for want of room"),
            "",
        );
    }
    Ok(())
}

/// The name of a program's file: device, unit, block, and the beginning of its hash.
fn name(program: &Program) -> String {
    // An address has letters, digits, dots and colons.
    let device = program.device.replace(':', "-");
    let unit = program
        .unit
        .map_or_else(String::new, |unit| format!("-{unit}"));
    let hash = program.sha256.iter().flat_map(|hash| hash.chars());
    let hash: String = hash.take(DIGITS).collect();
    format!("{device}{unit}-{}-{hash}.bin", safe(&program.block))
}

/// A name from the wire, of which letters, digits and hyphens are left.
fn safe(text: &str) -> String {
    let harmless = |c: char| match c.is_ascii_alphanumeric() || c == '-' {
        true => c,
        false => '_',
    };
    text.chars().take(NAMED).map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn names_from_the_wire_stay_in_their_folder() {
        assert_eq!(safe("DB10"), "DB10");
        assert_eq!(safe("../../etc/passwd"), "______etc_passwd");
        assert_eq!(safe(".hidden\u{202e}\u{1b}[2J"), "_hidden___2J");
        assert_eq!(safe(&"x".repeat(500)).len(), 64);
    }
}
