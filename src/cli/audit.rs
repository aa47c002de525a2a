//! `jaga audit`: captures in, a report out that one can sign.
//!
//! The run is that of `jaga replay`: the same desk, rules and detectors. Beside the picture it
//! keeps what the report needs. The files are hashed before they are read, and held against their
//! hashes after it; capsules are written before the report, which names their hashes.

mod advisories;
mod capsules;
mod command;
mod files;
mod programs;
mod sealing;
mod seals;
mod tables;

use super::exit::tell;
use super::input::{self, Input, Ran};
use super::output::{Output, Outputs};
use super::replay::rules::Rules;
use super::replay::{self, Teller, detect, site, windows};
use super::{Exit, Failure, Subcommand, settings};
use crate::capture::Captures;
use crate::config::Detectors as Settings;
use crate::desk::advisories::Advisories;
use crate::desk::audit::{Audit, Capsule, Custody, Observer, rules_hash};
use crate::desk::capsules::{Evidence, Witness};
use crate::desk::detect::{Detectors, Language};
use crate::desk::programs::Programs;
use crate::desk::report::Picture;
use crate::desk::snapshot::Snapshot;
use crate::desk::windows::Planned;
use crate::desk::{Desk, News};
use crate::rules::rule::Rule;
use crate::sensor::{Event, Watch};
use clap::{Arg, ArgMatches, Command, value_parser};
use command::again;
use files::Files;
use sealing::Sealing;
use std::fs;
use std::path::{Path, PathBuf};
use tables::Tables;

/// The subcommand.
pub(super) struct AuditCommand;

const EXAMPLES: &str = "\
Examples:
  jaga audit plant.pcapng -o report.html        one page to read, print and sign
  jaga audit week/ -o report.html --language id the same in Indonesian
  jaga audit week/ -o report.html --pdf report.pdf --csv tables/
  jaga audit week/ -o report.html --json all.json --capsules evidence/
  jaga audit week/ -o report.html --baseline plant.baseline";

/// Options that only the long help tells of.
const RARE: [&str; 5] = ["rule-cache", "rule-stats", "set", "thresholds", "vars"];

impl Subcommand for AuditCommand {
    fn command(&self) -> Command {
        let output = Arg::new("output")
            .short('o')
            .long("output")
            .value_name("FILE")
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help("Write the report to FILE, one page of HTML; - is standard output")
            .long_help(
                "Write the report to FILE: one page of HTML that fetches nothing, for screen and \
                 paper. - is standard output. The file has the name FILE.XXXXXX.part until it is \
                 whole. The same captures and options give the same bytes. An audit that is \
                 stopped (Ctrl-C) writes what it read to NAME.partial.html, which says how far \
                 that is; one that is halted (Ctrl-Z) goes on.",
            );
        let json = Arg::new("json")
            .long("json")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Write the same data as one JSON object to FILE");
        let pdf = Arg::new("pdf")
            .long("pdf")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Write the report as PDF to FILE too");
        let capsules = Arg::new("capsules")
            .long("capsules")
            .value_name("FOLDER")
            .value_parser(value_parser!(PathBuf))
            .help("Write a small capture for each alert to FOLDER")
            .long_help(
                "Write evidence to FOLDER: for each kind of alert a small capture that shows it, \
                 with comments, and a manifest with hashes. `jaga verify FOLDER` derives the alerts \
                 again from these alone and tells of every changed octet. The captures are read \
                 again for that, so they cannot come through a pipe.",
            );
        let command = input::arguments(
            Command::new("audit")
                .about("Audit captures: a report in one HTML file that one can sign")
                .before_help(EXAMPLES)
                .arg(output)
                .arg(pdf)
                .arg(json)
                .arg(tables::option())
                .arg(capsules)
                .arg(programs::option())
                .arg(advisories::option())
                .args(sealing::options())
                .arg(site::argument())
                .args(replay::rules::arguments())
                .args(detect::arguments()),
        );
        RARE.iter().fold(command, |command, name| {
            command.mut_arg(name, |option| option.hide_short_help(true))
        })
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        capsules::possible(arguments)?;
        hashable(arguments)?;
        empty(arguments, "csv")?;
        empty(arguments, "programs")?;
        let advisories = advisories::find(arguments)?;
        let input = Input::of(arguments);
        let captures = input.open()?;
        let (mut run, desk) = Run::open(arguments, input, &captures, advisories)?;
        let (desk, watching, ran) = run.look_on(captures, desk)?;
        run.finish(self, desk, watching, ran)
    }
}

/// All that an audit needs beside captures and desk.
struct Run<'a> {
    arguments: &'a ArgMatches,
    input: Input,
    outputs: Outputs,
    places: Places,
    asked: Settings,
    rules: Rules,
    files: Files,
    advisories: Option<Advisories>,
}

impl<'a> Run<'a> {
    /// Reads the settings, looks at the places that are written to, and hashes what is read.
    fn open(
        arguments: &'a ArgMatches,
        input: Input,
        captures: &Captures,
        advisories: Option<Advisories>,
    ) -> Result<(Self, Desk), Failure> {
        let mut outputs = Outputs::beside(captures);
        let asked = settings::detectors(arguments)?;
        let zones = detect::zones(&asked)?;
        let wanted = settings::rules(arguments)?;
        let rules = Rules::open(&wanted, zones.as_deref(), input.is_quiet())?;
        let inventory = settings::inventory(arguments)?;
        let read = rules.read.iter().cloned().chain(detect::read(&asked));
        let read = read.chain(inventory.assets.clone());
        let read: Vec<PathBuf> = read.collect();
        outputs.spare(&read);
        if let Some(advisories) = &advisories {
            outputs.spare(advisories.files());
        }
        let planned = windows::read(&asked)?;
        let (known, naming, _) = site::known(&inventory, input.is_quiet())?;
        let places = Places::open(arguments, &mut outputs)?;
        let desk = Desk {
            inventory: known,
            alerts: rules.alerts(zones.clone()),
            detectors: detect::detectors(&asked, zones, planned.clone())?,
            planned: planned.map(Planned::new),
            naming,
            ..desk(&asked, &rules, &places, input.shows_secrets)?
        };
        let quiet = input.is_quiet();
        let files = Files::of(captures, read, !quiet);
        files.tell_copies();
        let run = Self {
            arguments,
            input,
            outputs,
            places,
            asked,
            rules,
            files,
            advisories,
        };
        Ok((run, desk))
    }

    /// Runs the captures past the desk.
    fn look_on(
        &mut self,
        captures: Captures,
        mut desk: Desk,
    ) -> Result<(Desk, Watching, Ran), Failure> {
        let costs = self.rules.costs.take();
        let watch = Watch {
            rules: self.rules.engine.clone(),
            costs: costs.as_ref(),
            detect: desk.detectors.is_some(),
            programs: true,
            ..Watch::default()
        };
        let zones = desk.detectors.as_ref().and_then(Detectors::zones);
        let mut watching = Watching {
            observer: Observer::new(zones),
            ..Watching::default()
        };
        let ran = replay::look_on(
            &self.input,
            captures,
            (watch, self.outputs.has_stdout()),
            &mut desk,
            &mut self.rules,
            &mut watching,
        )?;
        self.rules.costs = costs;
        desk.finish();
        detect::judged(desk.detectors.as_ref());
        Ok((desk, watching, ran))
    }

    /// Makes the report of what the desk has, and writes it.
    fn finish(
        mut self,
        command: &AuditCommand,
        desk: Desk,
        watching: Watching,
        mut ran: Ran,
    ) -> Result<Exit, Failure> {
        let detectors = desk.detectors.is_some();
        let usual = desk.detectors.as_ref().is_some_and(Detectors::judges);
        let assets = desk.inventory.finish();
        let picture = desk.picture.finish(&assets, &ran.outcome);
        ran.unwatch();
        let found = self.rules.finish();
        let engine = self.rules.engine.take();
        let looked = engine.as_ref().map_or(&[][..], |engine| engine.rules());
        self.files.hold();
        let Watching { observer, witness } = watching;
        let mut kept = Vec::new();
        let packed = self.pack(&ran, witness, looked, &mut kept);
        let custody = self.custody(command, &ran, looked, kept);
        let mut programs = desk.programs.map(Programs::finish).unwrap_or_default();
        let folder = self.places.programs.as_deref().filter(|_| ran.whole());
        let blocks = folder.map_or(Ok(()), |folder| {
            programs::write(
                &mut self.outputs,
                folder,
                &mut programs,
                self.input.is_quiet(),
            )
        });
        let sources = (&picture, &assets);
        let looked = (looked, detectors, usual);
        let mut audit = Audit::new(observer, sources, custody, programs, looked);
        let learned = desk.learner.map(Detectors::into_baseline);
        audit.snapshot = learned.map(|usual| Snapshot::new(&assets, &audit.programs, usual));
        let advisories = self.advisories.as_ref();
        audit.vulnerabilities = advisories.map(|all| advisories::judge(all, &assets));
        let language = self.asked.language;
        let ends = [packed, blocks];
        let written = self.places.write(&audit, language, &ran, &self.files, ends);
        if !self.input.is_quiet() {
            tell(&picture.headline, "");
            self.files.tell_rest(&ran);
        }
        Ok(self.input.verdict(ran, written).max(found))
    }

    /// Packs the capsules, where they are wanted; `kept` gets those that are there.
    fn pack(
        &mut self,
        ran: &Ran,
        witness: Witness,
        rules: &[Rule],
        kept: &mut Vec<Capsule>,
    ) -> Result<(), Failure> {
        let folder = self.places.capsules.as_deref().filter(|_| ran.whole());
        folder.map_or(Ok(()), |folder| {
            let place = (&mut self.outputs, folder);
            let what = (&mut self.files, rules);
            capsules::write(self.arguments, place, witness, what, kept)
        })
    }

    /// What the report rests on.
    fn custody(
        &self,
        command: &AuditCommand,
        ran: &Ran,
        rules: &[Rule],
        capsules: Vec<Capsule>,
    ) -> Custody {
        let again = |captures: &mut dyn Iterator<Item = String>| {
            again(&command.command(), self.arguments, captures)
        };
        let mut rest = self.files.rest(ran).peekable();
        let rest = match rest.peek().is_some() {
            true => again(&mut rest),
            false => Vec::new(),
        };
        Custody {
            version: env!("CARGO_PKG_VERSION"),
            captures: self.files.captures.told_apart(),
            settings: self.files.settings.sealed(),
            rules: rules.len() as u64,
            rules_sha256: rules_hash(rules),
            command: again(&mut self.files.captures.names()),
            rest,
            secrets_shown: self.arguments.get_flag("show-secrets"),
            capsules,
        }
    }
}

/// The desk of the run, which gathers what goes to these places.
fn desk(
    asked: &Settings,
    rules: &Rules,
    places: &Places,
    shows_secrets: bool,
) -> Result<Desk, Failure> {
    let picture = match places.json.is_some() || !places.tables.is_empty() {
        true => Picture::with_conversations(),
        false => Picture::default(),
    };
    Ok(Desk {
        picture: picture.with_rules(rules.engine.clone()),
        learner: (asked.enabled && places.json.is_some()).then(|| Detectors::learning(None, None)),
        programs: Some(programs::gathered(places.programs.is_some())),
        shows_secrets,
        ..Desk::default()
    })
}

/// Where the audit writes to: looked at before hours of reading.
struct Places {
    report: Output,
    paper: Option<Output>,
    json: Option<Output>,
    tables: Tables,
    sealing: Option<Sealing>,
    capsules: Option<PathBuf>,
    programs: Option<PathBuf>,
}

impl Places {
    fn open(arguments: &ArgMatches, outputs: &mut Outputs) -> Result<Self, Failure> {
        let report = outputs.open(required(arguments, "output"))?;
        let mut open = |name| {
            let path = arguments.get_one::<PathBuf>(name);
            path.map(|path| outputs.open(path)).transpose()
        };
        let (paper, json) = (open("pdf")?, open("json")?);
        Ok(Self {
            report,
            paper,
            json,
            tables: Tables::open(arguments, outputs)?,
            sealing: Sealing::open(arguments, outputs)?,
            capsules: made(arguments, "capsules")?,
            programs: made(arguments, "programs")?,
        })
    }

    /// Writes the report, its data and the seal over all that was written, capsules and
    /// programs too: how each of them ended. Only what is whole is sealed.
    fn write(
        self,
        audit: &Audit<'_>,
        language: Language,
        ran: &Ran,
        files: &Files,
        [packed, blocks]: [Result<(), Failure>; 2],
    ) -> [Result<(), Failure>; 7] {
        let page = written(self.report, ran, |out| audit.write_html(language, out));
        let data = self.json.map_or(Ok(None), |out| {
            written(out, ran, |out| audit.write_json(out))
        });
        let paper = self.paper.map_or(Ok(None), |out| {
            written(out, ran, |out| audit.write_pdf(language, out))
        });
        let tables = self.tables.write(audit, ran);
        let ends = [
            page.map(drop),
            paper.map(drop),
            data.map(drop),
            tables,
            packed,
            blocks,
        ];
        let whole = ran.whole() && ends.iter().all(Result::is_ok);
        let folders = [(self.capsules, "evidence"), (self.programs, "programs")];
        for (folder, what) in folders.into_iter().filter(|_| !ran.whole()) {
            if let Some(folder) = folder {
                tell(
                    format_args!("no {what}: the captures were not read to their end"),
                    "",
                );
                // It was made for this run; where something is in it, it stays.
                let _ = fs::remove_dir(folder);
            }
        }
        let sealed = match self.sealing {
            Some(sealing) if whole => sealing.write(files),
            Some(_) => {
                tell("no seal: not all that it would name is whole", "");
                Ok(())
            }
            None => Ok(()),
        };
        let [page, paper, data, tables, packed, blocks] = ends;
        [page, paper, data, tables, packed, blocks, sealed]
    }
}

/// Keeps what the report needs of a run.
#[derive(Default)]
struct Watching {
    observer: Observer,
    witness: Witness,
}

impl Teller for Watching {
    fn event(&mut self, event: Event) -> Result<(), Failure> {
        self.observer.take(&event);
        self.witness.take(Evidence::of_event(&event));
        Ok(())
    }

    fn news(&mut self, news: &News) -> Result<(), Failure> {
        self.witness.take(Evidence::of_news(news));
        Ok(())
    }
}

/// Refuses a baseline that comes through a pipe: the report names the file with its hash, and
/// whoever repeats the audit needs it.
fn hashable(arguments: &ArgMatches) -> Result<(), Failure> {
    match arguments.get_one::<PathBuf>("baseline") {
        Some(path) if path.exists() && !path.is_file() => {
            let what = format!("--baseline: {}: is not a file", path.display());
            Err(Failure::new(Exit::Usage, what).hint("save the baseline to a file first"))
        }
        _ => Ok(()),
    }
}

/// Refuses a folder with something in it: files of another run would pass for those of this one.
fn empty(arguments: &ArgMatches, name: &str) -> Result<(), Failure> {
    let folder = arguments.get_one::<PathBuf>(name);
    let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
    match (folder, entries.and_then(|mut entries| entries.next())) {
        (Some(folder), Some(_)) => {
            let what = format!("--{name}: {}: something is in there", folder.display());
            let hint = "name a folder that is empty, or one that is not there yet";
            Err(Failure::new(Exit::Usage, what).hint(hint))
        }
        _ => Ok(()),
    }
}

/// The folder that an option names, made where it is not there: before hours of reading.
fn made(arguments: &ArgMatches, name: &str) -> Result<Option<PathBuf>, Failure> {
    let Some(folder) = arguments.get_one::<PathBuf>(name) else {
        return Ok(None);
    };
    fs::create_dir_all(folder).map_err(|error| {
        let what = format!("{}: cannot be written: {error}", folder.display());
        Failure::new(Exit::Output, what).hint("choose a folder that you may write to")
    })?;
    Ok(Some(folder.clone()))
}

/// The path of an option that must be there.
fn required<'a>(arguments: &'a ArgMatches, name: &str) -> &'a Path {
    let path = arguments.get_one::<PathBuf>(name);
    path.map_or(Path::new("-"), PathBuf::as_path)
}

/// Writes an output; it gets its name only where the run is whole. Of a run that was stopped it
/// says so itself.
fn written(
    mut output: Output,
    ran: &Ran,
    write: impl FnOnce(&mut Output) -> std::io::Result<()>,
) -> Result<Option<String>, Failure> {
    write(&mut output).map_err(|error| output.failed(&error))?;
    match ran.outcome.stopped {
        true => output.finish_partial().inspect(|name| {
            if let Some(name) = name {
                tell(format_args!("{name} covers what was read, and says so"), "");
            }
        }),
        false => output.finish(ran.whole()),
    }
}
