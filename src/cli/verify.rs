//! `jaga verify`: evidence capsules held against their hashes, and their alerts derived again.

use super::output::Output;
use super::replay::detect;
use super::{Exit, Failure, Subcommand};
use crate::desk::capsules::{Deriver, Manifest};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The subcommand.
pub(super) struct Verify;

const EXAMPLES: &str = "\
Examples:
  jaga verify evidence/                       every capsule of a folder
  jaga verify evidence/alert-3300001-2.json   one capsule
  jaga verify evidence/ --baseline plant.baseline";

impl Subcommand for Verify {
    fn command(&self) -> Command {
        Command::new("verify")
            .about("Verify evidence capsules; exit code 1 where one was changed")
            .before_help(EXAMPLES)
            .arg(
                Arg::new("capsules")
                    .value_name("CAPSULE")
                    .required(true)
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help("Capsules, as their .json or .pcapng, or folders of them"),
            )
            .arg(
                Arg::new("baseline")
                    .long("baseline")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .help("The baseline that the audit was held against")
                    .long_help(
                        "The baseline that the audit was held against: alerts about what is new \
                         come again only with it.",
                    ),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let named = arguments
            .get_many::<PathBuf>("capsules")
            .into_iter()
            .flatten();
        let mut exit = Exit::Done;
        let mut manifests = Vec::new();
        for path in named {
            match manifests_of(path) {
                Ok(found) => manifests.extend(found),
                // The others are judged all the same; who only reads the code is told the worst.
                Err(failure) => {
                    failure.tell();
                    exit = exit.max(failure.exit);
                }
            }
        }
        let mut deriver = Deriver::new(detect::usual(arguments)?);
        let mut out = Output::stdout();
        for path in manifests {
            let name = path.display();
            let line = match Manifest::verify(&path, &mut deriver) {
                Ok(manifest) if manifest.derives => {
                    let packets = manifest.packets.len();
                    format!("sound    {name}: the same alert again from {packets} packets alone")
                }
                Ok(_) => format!(
                    "whole    {name}: its packets alone do not show the alert, as it says itself"
                ),
                Err(wrong) => {
                    exit = exit.max(Exit::Findings);
                    format!("WRONG    {name}: {wrong}")
                }
            };
            writeln!(out, "{}", crate::facts::plain(&line)).map_err(|error| out.failed(&error))?;
        }
        out.finish(true)?;
        Ok(exit)
    }
}

/// The manifests that a path stands for.
fn manifests_of(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let wrong = |what: &str| {
        let failure = Failure::new(Exit::Usage, format!("{}: {what}", path.display()));
        failure.hint("`jaga audit --capsules` makes them")
    };
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| wrong(&error.to_string()))?;
        let mut found: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|suffix| suffix == "json"))
            .collect();
        found.sort();
        return match found.is_empty() {
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
