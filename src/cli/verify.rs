//! `jaga verify`: evidence capsules held against their hashes, and their alerts derived again;
//! seals of audits held against their files and a key.

use super::exit::tell;
use super::output::Output;
use super::replay::detect;
use super::{Exit, Failure, Subcommand, settings};
use crate::desk::audit::{Capsule, Seal, Sealed, VerifyingKey, public_key, signature_of};
use crate::desk::capsules::{Deriver, Manifest, Origin, Wrong};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::borrow::Cow;
use std::fs;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

/// The subcommand.
pub(super) struct Verify;

const EXAMPLES: &str = "\
Examples:
  jaga verify evidence/ --report audit.json   every capsule of a folder
  jaga verify evidence/alert-3300001-2.json   one capsule
  jaga verify evidence/ --baseline plant.baseline
  jaga verify report.seal.json --key public.pem";

impl Subcommand for Verify {
    fn command(&self) -> Command {
        Command::new("verify")
            .about("Verify evidence capsules and seals; exit code 1 where one was changed")
            .before_help(EXAMPLES)
            .arg(
                Arg::new("capsules")
                    .value_name("CAPSULE")
                    .required(true)
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help("Capsules, as their .json or .pcapng, folders of them, or a seal"),
            )
            .arg(
                Arg::new("report")
                    .long("report")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .help("The JSON of the audit: tells of capsules made anew or taken away")
                    .long_help(
                        "What `jaga audit --json` wrote with these capsules. It has the hash of \
                         each manifest, so that a capsule that was changed and sealed anew, \
                         added, or taken out of a folder is told.",
                    ),
            )
            .arg(
                Arg::new("key")
                    .long("key")
                    .value_name("PUBLICKEY")
                    .value_parser(value_parser!(PathBuf))
                    .help("The public key that the seal of an audit must be signed with")
                    .long_help(
                        "The Ed25519 key that the seal of an audit must be signed with, as `openssl \
                         pkey -pubout` writes it, or its 32 octets. A seal that is not signed, or \
                         with another key, is told.",
                    ),
            )
            .arg(
                Arg::new("inputs")
                    .long("inputs")
                    .value_name("FOLDER")
                    .value_parser(value_parser!(PathBuf))
                    .help("Where the captures are that a sealed audit read")
                    .long_help(
                        "Where the captures and settings are that a sealed audit read. Without it \
                         they are looked for beside the seal and in the current folder; how many \
                         are not there is told.",
                    ),
            )
            .args(against())
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let key = key(arguments)?;
        let report = arguments.get_one::<PathBuf>("report");
        let reported = report.map(|path| reported(path)).transpose()?;
        let named = Named::of(arguments);
        let inputs = arguments.get_one::<PathBuf>("inputs").map(PathBuf::as_path);
        if let (Some(path), true) = (arguments.get_one::<PathBuf>("key"), named.seals.is_empty()) {
            let what = format!("--key: {}: no seal is among what was named", path.display());
            let hint = "name the seal too: `jaga audit --seal FILE --sign KEYFILE` writes it";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
        let mut told = Told {
            lines: Vec::new(),
            exit: named.exit,
        };
        for path in &named.seals {
            for line in sealed(path, key.as_ref(), inputs) {
                told.add(line);
            }
        }
        let asked = settings::detectors(arguments)?;
        let mut deriver = Deriver::new(detect::usual(&asked)?, detect::zones(&asked)?)
            .from_files(file(asked.baseline.as_ref())?, file(asked.zones.as_ref())?);
        for path in &named.manifests {
            let line = judged(path, &mut deriver, reported.as_deref());
            told.add(line.map_err(|wrong| format!("WRONG    {}: {wrong}", path.display())));
        }
        for capsule in reported.iter().flatten().filter(|_| named.folder) {
            let name = &capsule.name;
            if !named.manifests.iter().any(|path| stem(path) == *name) {
                told.add(Err(format!(
                    "WRONG    {name}: the report names it, and it is not there"
                )));
            }
        }
        if reported.as_ref().is_some_and(Vec::is_empty)
            && named.manifests.is_empty()
            && named.folder
        {
            told.add(Ok(
                "none     no capsule is there, and the report names none".to_owned(),
            ));
        }
        let exit = told.write()?;
        if reported.is_none() && exit == Exit::Done && !named.manifests.is_empty() {
            tell(
                "held against no report: what was changed and then sealed anew can look sound",
                "give --report the JSON of the audit",
            );
        }
        Ok(exit)
    }
}

/// What the audit was held against.
fn against() -> [Arg; 2] {
    let baseline = Arg::new("baseline")
        .long("baseline")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The baseline that the audit was held against")
        .long_help(
            "The baseline that the audit was held against: alerts about what is new come again \
             only with it. Another one than the manifest names is told.",
        );
    let zones = detect::zones_option()
        .help("The zones that the audit was held against")
        .long_help(
            "The zones and conduits that the audit was held against: alerts about what passes \
             between zones come again only with them. Others than the manifest names are told.",
        );
    [baseline, zones]
}

/// What is to be verified.
struct Named {
    manifests: Vec<PathBuf>,
    seals: Vec<PathBuf>,
    /// A folder is among it, so that what is missing there can be told.
    folder: bool,
    /// How the command ends by what could not be found.
    exit: Exit,
}

impl Named {
    /// Finds it. What cannot be found is told, and the others are judged all the same: who only
    /// reads the exit code is told the worst.
    fn of(arguments: &ArgMatches) -> Self {
        let paths = || arguments.get_many::<PathBuf>("capsules");
        let mut named = Self {
            manifests: Vec::new(),
            seals: Vec::new(),
            folder: paths().is_some_and(|mut paths| paths.any(|path| path.is_dir())),
            exit: Exit::Done,
        };
        for path in paths().into_iter().flatten() {
            if is_seal(path) {
                named.seals.push(path.clone());
                continue;
            }
            if path.is_file() && is_report(path) {
                let what = format!("{}: is the report of an audit", path.display());
                let hint = "give it as --report FILE, and the capsules beside it";
                let failure = Failure::new(Exit::Usage, what).hint(hint);
                failure.tell();
                named.exit = named.exit.max(failure.exit);
                continue;
            }
            match manifests_of(path, arguments.contains_id("report")) {
                Ok(found) => named.manifests.extend(found),
                Err(failure) => {
                    failure.tell();
                    named.exit = named.exit.max(failure.exit);
                }
            }
        }
        let report = arguments.get_one::<PathBuf>("report");
        named.manifests.retain(|path| Some(path) != report);
        let seals = named.manifests.extract_if(.., |path| is_seal(path));
        named.seals.extend(seals);
        named
    }
}

/// What was found, a line each.
struct Told {
    lines: Vec<String>,
    exit: Exit,
}

impl Told {
    /// Adds what is told of something sound, or of what is wrong with it.
    fn add(&mut self, line: Result<String, String>) {
        if line.is_err() {
            self.exit = self.exit.max(Exit::Findings);
        }
        self.lines.push(line.unwrap_or_else(|wrong| wrong));
    }

    /// Writes all of it; how the command ends.
    fn write(self) -> Result<Exit, Failure> {
        let mut out = Output::stdout();
        for line in self.lines {
            writeln!(out, "{}", crate::facts::plain(&line)).map_err(|error| out.failed(&error))?;
        }
        out.finish(true)?;
        Ok(self.exit)
    }
}

/// A file that capsules are held against, and its hash.
fn file(path: Option<&PathBuf>) -> Result<Option<Sealed>, Failure> {
    let sealed = |path: &PathBuf| {
        Sealed::of(path, &mut |_| false)
            .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", path.display())))
    };
    path.map(sealed).transpose()
}

/// The public key that the option names.
fn key(arguments: &ArgMatches) -> Result<Option<VerifyingKey>, Failure> {
    let path = arguments.get_one::<PathBuf>("key");
    let read = |path: &PathBuf| {
        public_key(path).map_err(|error| {
            let what = format!("--key: {}: {error}", path.display());
            let hint = "`openssl pkey -in key.pem -pubout -out public.pem` makes it";
            Failure::new(Exit::Usage, what).hint(hint)
        })
    };
    path.map(read).transpose()
}

/// Whether a file is what `jaga audit --json` wrote.
fn is_report(path: &Path) -> bool {
    let file = fs::File::open(path).ok();
    file.is_some_and(|file| Capsule::reported(BufReader::new(file)).is_ok())
}

/// Whether a file is the seal of an audit, or was one until somebody changed it.
fn is_seal(path: &Path) -> bool {
    Seal::is_one(path) || (path.is_file() && signature_of(path).is_file())
}

/// What is told of a seal: that it is as it should be, or all that is wrong.
fn sealed(
    path: &Path,
    key: Option<&VerifyingKey>,
    inputs: Option<&Path>,
) -> Vec<Result<String, String>> {
    let name = path.display();
    let beside = path.parent().unwrap_or(Path::new(""));
    let usual = [beside, Path::new("")];
    let folders = inputs.as_slice();
    let folders = if folders.is_empty() { &usual } else { folders };
    let held = match Seal::verify(path, key, folders) {
        Ok(held) => held,
        Err(broken) => return vec![Err(format!("WRONG    {name}: {broken}"))],
    };
    if !held.broken.is_empty() {
        let broken = held.broken.iter();
        let wrong = broken.map(|broken| Err(format!("WRONG    {name}: {broken}")));
        return wrong.collect();
    }
    if inputs.is_some() && held.absent > 0 {
        let them = count(held.absent, "file", "files");
        return vec![Err(format!(
            "WRONG    {name}: {them} that it read: not in the folder of --inputs"
        ))];
    }
    let signature = match (key, held.signed) {
        (Some(_), _) => "signed with this key",
        (None, true) => "its signature was not checked: give --key",
        (None, false) => "not signed",
    };
    let written = count(
        held.seal.outputs.len(),
        "file as it was",
        "files as they were",
    );
    let read = match (held.found, held.absent) {
        (0, 0) => String::new(),
        (found, 0) => format!(" and {} read", count(found, "as it was", "as they were")),
        (0, absent) => {
            let them = count(absent, "file", "files");
            let are = if absent == 1 { "is" } else { "are" };
            format!("; {them} that it read {are} not here: --inputs FOLDER")
        }
        (found, absent) => format!(
            " and {found} of {} read; the others are not here: --inputs FOLDER",
            found + absent
        ),
    };
    vec![Ok(format!(
        "sealed   {name}: {written} written{read}, {signature}"
    ))]
}

/// A number and its noun.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What is told of a capsule that is as it should be.
fn judged(
    path: &Path,
    deriver: &mut Deriver,
    reported: Option<&[Capsule]>,
) -> Result<String, Wrong> {
    let hash = reported.map(|all| {
        let known = all.iter().find(|capsule| capsule.name == stem(path));
        known.map_or("", |capsule| &capsule.manifest_sha256)
    });
    let name = path.display();
    let (manifest, origin) = Manifest::verify(path, deriver, hash)?;
    if !manifest.derives {
        let by = match hash {
            Some(_) => "as it and the report say",
            None => "as it says itself: nothing vouches for the alert without --report",
        };
        return Ok(format!(
            "whole    {name}: its packets alone do not show the alert, {by}"
        ));
    }
    let packets = manifest.packets.len();
    let by = match origin {
        Origin::Shipped => "",
        Origin::Own | Origin::Foreign => ", by the rule in its manifest, which is none of Jaga's",
    };
    Ok(format!(
        "sound    {name}: the same alert again from {packets} packets alone{by}"
    ))
}

/// The capsules that a report names.
fn reported(path: &Path) -> Result<Vec<Capsule>, Failure> {
    let wrong = |exit, what: &dyn std::fmt::Display| {
        let failure = Failure::new(exit, format!("{}: {what}", path.display()));
        failure.hint("`jaga audit --json` makes it")
    };
    let file = fs::File::open(path).map_err(|error| wrong(Exit::Usage, &error))?;
    Capsule::reported(BufReader::new(file))
        .map_err(|error| wrong(Exit::Usage, &format_args!("no report of an audit: {error}")))
}

/// The name of a capsule, without folder and suffix.
fn stem(path: &Path) -> Cow<'_, str> {
    path.file_stem().unwrap_or_default().to_string_lossy()
}

/// The manifests that a path stands for. A folder may have none where a report says how many there
/// should be.
fn manifests_of(path: &Path, is_reported: bool) -> Result<Vec<PathBuf>, Failure> {
    let wrong = |what: &str| {
        let failure = Failure::new(Exit::Usage, format!("{}: {what}", path.display()));
        failure.hint(
            "`jaga audit --capsules` makes one for each kind of alert; whether there was none, \
             --report with its JSON tells",
        )
    };
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| wrong(&error.to_string()))?;
        let mut found: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|suffix| suffix == "json"))
            .collect();
        found.sort();
        return match found.is_empty() && !is_reported {
            true => Err(wrong("no capsule is in there")),
            false => Ok(found),
        };
    }
    let manifest = path.with_extension("json");
    match manifest.is_file() {
        true => Ok(vec![manifest]),
        false => Err(wrong("no manifest lies beside it")),
    }
}
