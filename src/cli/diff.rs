//! `jaga diff`: what changed from one capture, or one audit, to another.
//!
//! A capture is replayed and learned from as `jaga baseline learn` does; an audit has kept that
//! in its JSON. The devices, programs and what is usual are then held against each other.

use super::exit::tell;
use super::input::{self, Input};
use super::output::Output;
use super::{Exit, Failure, Subcommand};
use crate::desk::Desk;
use crate::desk::baseline::compare::{self, Change};
use crate::desk::detect::Detectors;
use crate::desk::outputs::json;
use crate::desk::programs::Programs;
use crate::desk::snapshot::Snapshot;
use crate::sensor::{Event, Watch};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};

/// The subcommand.
pub(super) struct Diff;

const EXAMPLES: &str = "\
Examples:
  jaga diff before.pcapng after.pcapng   devices, firmware, who does what to whom
  jaga diff monday/ tuesday/ --json      folders of captures, for other machines
  jaga diff spring.json autumn.json      two audits, as jaga audit --json wrote
                                         them";

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
            .about(
                "Tell what changed between two captures or audits; exit code 1 where something did",
            )
            .before_help(EXAMPLES)
            .after_long_help(
                "Compared are devices with vendor, model, firmware, serial, addresses and \
                 services, programs and files of devices that travelled whole (by their hashes), \
                 conversations, operations, the addresses and values that they touch, and their \
                 periods. What was only counted differently is no change; what only one of \
                 the two captures tells of a device is none either.",
            )
            .arg(json);
        input::arguments(command).mut_arg("captures", |captures| {
            captures
                .num_args(2)
                .action(ArgAction::Set)
                .value_names(["BEFORE", "AFTER"])
                .help("Two captures, folders of captures, or audits as JSON")
                .long_help(
                    "Two captures, or folders of captures, the older first: pcap or pcapng, plain, \
                     gzip or zstd. In the place of each may stand the JSON of an audit, which \
                     `jaga audit --json` wrote: it keeps what is compared.",
                )
        })
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let mut seen = Vec::new();
        let mut ends = Exit::Done;
        for input in Input::of(arguments).each() {
            let (shown, end) = match audit(&input)? {
                Some(shown) => (shown, Exit::Done),
                None => learned(&input)?,
            };
            if matches!(end, Exit::Stopped(_)) {
                return Ok(end);
            }
            ends = ends.max(end);
            seen.push(shown);
        }
        let [old, new] = seen.as_slice() else {
            return Ok(Exit::Usage);
        };
        let changes = old.snapshot.changes(&new.snapshot);
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
        if old.lost != new.lost {
            tell(
                format_args!(
                    "content that was sent and not captured: {} octets before, {} after",
                    old.lost, new.lost
                ),
                "what was in it is not compared; `jaga replay` on each says between whom",
            );
        }
        let found = match changes.is_empty() {
            true => Exit::Done,
            false => Exit::Findings,
        };
        Ok(ends.max(found))
    }
}

/// What is compared.
struct Shown {
    snapshot: Snapshot,
    /// Octets of content that were not captured although they were sent.
    lost: u64,
}

/// What is read of an audit.
#[derive(Deserialize)]
struct Audit {
    snapshot: Option<Snapshot>,
    picture: Picture,
}

/// What is read of its picture.
#[derive(Deserialize)]
struct Picture {
    /// Reading ended before the captures did.
    stopped: bool,
    #[serde(default)]
    ledger: Lost,
}

/// What is read of its account.
#[derive(Default, Deserialize)]
struct Lost {
    lost: u64,
}

/// The snapshot of an audit; `None` where it is no JSON, and so a capture.
fn audit(input: &Input) -> Result<Option<Shown>, Failure> {
    let [path] = input.paths() else {
        return Ok(None);
    };
    let named = path.display();
    let failed = |error: io::Error| Failure::new(Exit::Denied, format!("{named}: {error}"));
    if !path.is_file() {
        return Ok(None);
    }
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    if file.fill_buf().map_err(failed)?.first() != Some(&b'{') {
        return Ok(None);
    }
    let wrong = |what: String| {
        let hint = "only what `jaga audit --json` writes, with detectors, can be compared";
        Failure::new(Exit::Damaged, format!("{named}: {what}")).hint(hint)
    };
    let audit: Audit = serde_json::from_reader(file)
        .map_err(|error| wrong(format!("no audit that can be read: {error}")))?;
    let snapshot = audit.snapshot;
    let snapshot = snapshot.ok_or_else(|| wrong("this audit holds no snapshot".to_owned()))?;
    if audit.picture.stopped {
        let what = format!("{named}: this audit was stopped before its captures ended");
        tell(
            &what,
            "what only stood behind that counts as gone, or as added",
        );
    }
    let lost = audit.picture.ledger.lost;
    Ok(Some(Shown { snapshot, lost }))
}

/// What a capture shows, and how reading it ended.
fn learned(input: &Input) -> Result<(Shown, Exit), Failure> {
    let captures = input.open()?;
    let mut desk = Desk {
        learner: Some(Detectors::learning(None, None)),
        programs: Some(Programs::default()),
        shows_secrets: input.shows_secrets,
        ..Desk::default()
    };
    let watch = Watch {
        detect: true,
        programs: true,
        ..Watch::default()
    };
    let mut lost = 0;
    let ran = input.run(captures, watch, false, &mut |mut event| {
        if let Event::Flow(flow) = &event {
            lost += flow.ends.0.ledger.lost + flow.ends.1.ledger.lost;
        }
        desk.take(&mut event);
        desk.news.clear();
        Ok(())
    })?;
    let usual = desk.learner.map(Detectors::into_baseline);
    let assets = desk.inventory.finish();
    let programs = desk.programs.map(Programs::finish).unwrap_or_default();
    let snapshot = Snapshot::new(&assets, &programs.programs, usual.unwrap_or_default());
    Ok((Shown { snapshot, lost }, input.verdict(ran, [])))
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
