//! `jaga diff`: what changed from one capture to another.
//!
//! Each is replayed and learned from as `jaga baseline learn` does; the devices and what is usual
//! are then held against each other.

use super::input::{self, Input};
use super::output::Output;
use super::{Exit, Failure, Subcommand};
use crate::desk::Desk;
use crate::desk::baseline::Baseline;
use crate::desk::baseline::compare::{self, Change};
use crate::desk::detect::Detectors;
use crate::desk::inventory::{Assets, compare as devices};
use crate::desk::outputs::json;
use crate::desk::programs::{self, Program, Programs};
use crate::sensor::Watch;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;
use std::io::Write as _;

/// The subcommand.
pub(super) struct Diff;

const EXAMPLES: &str = "\
Examples:
  jaga diff before.pcapng after.pcapng   devices, firmware, who does what to whom
  jaga diff monday/ tuesday/ --json      folders of captures, for other machines";

/// A difference, for other machines.
#[derive(Serialize)]
struct Difference<'a> {
    change: &'static str,
    /// What kind of thing, the first word of the line: `device`, `firmware`, `program`,
    /// `talk`, `do`, `at`.
    of: &'a str,
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a str>,
}

impl Subcommand for Diff {
    fn command(&self) -> Command {
        let json = Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("Print each difference as a JSON object, one a line");
        let command = Command::new("diff")
            .about("Tell what changed from one capture to another; exit code 1 where something did")
            .before_help(EXAMPLES)
            .after_long_help(
                "Compared are devices with vendor, model, firmware, serial, addresses and \
                 services, programs and files of devices that travelled whole (by their hashes), conversations, operations, the addresses and values that they touch, and \
                 their periods. What was only counted differently is no change; what only one of \
                 the two captures tells of a device is none either.",
            )
            .arg(json);
        input::arguments(command).mut_arg("captures", |captures| {
            captures
                .num_args(2)
                .action(ArgAction::Set)
                .value_names(["BEFORE", "AFTER"])
                .help("Two captures, or folders of captures")
                .long_help(
                    "Two captures, or folders of captures, the older first: pcap or pcapng, plain, \
                     gzip or zstd.",
                )
        })
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let mut seen = Vec::new();
        let mut ends = Exit::Done;
        for input in Input::of(arguments).each() {
            let (assets, usual, programs, end) = learned(&input)?;
            if matches!(end, Exit::Stopped(_)) {
                return Ok(end);
            }
            ends = ends.max(end);
            seen.push((assets, usual, programs));
        }
        let [(old_assets, old, before), (new_assets, new, after)] = seen.as_slice() else {
            return Ok(Exit::Usage);
        };
        let mut changes = devices::changes(old_assets, new_assets);
        changes.extend(programs::changes(before, after));
        // Hosts are told as devices.
        let usual = compare::changes(old, new).into_iter();
        changes.extend(usual.filter(|change| !change.what().starts_with("host ")));
        let mut out = Output::stdout();
        let printed = match arguments.get_flag("json") {
            false => compare::print(&changes, &mut out),
            true => changes.iter().try_for_each(|change| {
                json::write(&difference(change), &mut out)?;
                writeln!(out)
            }),
        };
        printed.map_err(|error| out.failed(&error))?;
        out.finish(true)?;
        let found = match changes.is_empty() {
            true => Exit::Done,
            false => Exit::Findings,
        };
        Ok(ends.max(found))
    }
}

/// What a capture shows: its devices, what is usual in it, the programs that travelled, and how
/// reading it ended.
fn learned(input: &Input) -> Result<(Assets, Baseline, Vec<Program>, Exit), Failure> {
    let captures = input.open()?;
    let mut desk = Desk {
        detectors: Some(Detectors::learning(None)),
        programs: Some(Programs::default()),
        shows_secrets: input.shows_secrets,
        ..Desk::default()
    };
    let watch = Watch {
        detect: true,
        programs: true,
        ..Watch::default()
    };
    let ran = input.run(captures, watch, false, &mut |mut event| {
        desk.take(&mut event);
        desk.news.clear();
        Ok(())
    })?;
    let usual = desk.detectors.map(Detectors::into_baseline);
    let assets = desk.inventory.finish();
    let programs = desk.programs.map(Programs::finish).unwrap_or_default();
    let exit = input.verdict(ran, []);
    Ok((assets, usual.unwrap_or_default(), programs.programs, exit))
}

fn difference(change: &Change) -> Difference<'_> {
    let (of, _) = change.what().split_once(' ').unwrap_or((change.what(), ""));
    let (kind, before, after) = match change {
        Change::Added(_) => ("added", None, None),
        Change::Gone(_) => ("gone", None, None),
        Change::Changed(_, before, after) => {
            ("changed", Some(before.as_str()), Some(after.as_str()))
        }
    };
    Difference {
        change: kind,
        of,
        what: change.what(),
        before,
        after,
    }
}
