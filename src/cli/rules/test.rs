//! `jaga rules test`: replays the captures that rules name, and tells which rules kept their
//! word.

use super::{config, json_option, loaded, options, path_argument, paths};
use crate::cli::exit::tell;
use crate::cli::output::Output;
use crate::cli::wrapped;
use crate::cli::{Exit, Failure, settings};
use crate::desk::trials::{self, Trial, Verdict};
use crate::facts::plain;
use crate::rules::compile::Engine;
use crate::rules::rule::Rule;
use crate::rules::shipped;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::json;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  jaga rules test local.rules --captures /srv/captures
  jaga rules test local.rules --strict --json | jq .failed
  jaga rules test --captures jaga/pcaps           the shipped rules

A rule names its captures in its metadata:
  alert modbus any any -> any any (msg:\"write\"; modbus.function:6; \\
    metadata:fires attack.pcap, silent monday.pcap; sid:1000001;)";

const EXITS: &str = "\
Exit codes of test:
  0  every rule fires and stays silent as it promises
  1  a rule does not, is refused or, with --strict, promises too little
  2  a path is not there
  4  a path must not be read";

/// Where the captures of the shipped rules lie in Jaga's sources.
const PCAPS: &str = "pcaps";

pub(super) fn command() -> Command {
    Command::new("test")
        .about("Replay the captures that rules name, and tell which rules keep their word")
        .before_help(EXAMPLES)
        .after_help(EXITS)
        .arg(path_argument())
        .arg(
            Arg::new("captures")
                .long("captures")
                .value_name("DIR")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Look for captures below DIR, then beside the file of the rule"),
        )
        .arg(
            Arg::new("strict")
                .long("strict")
                .action(ArgAction::SetTrue)
                .help("Every rule must name a capture to fire on and one to be silent on"),
        )
        .args(
            options()
                .into_iter()
                .filter(|option| option.get_id() != "no-shipped-rules"),
        )
        .arg(json_option())
}

pub(super) fn run(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let paths = paths(arguments);
    let folders = folders(arguments, paths.is_empty())?;
    let mut config = config(&settings::rules(arguments)?)?;
    config.shipped = paths.is_empty();
    let loaded = loaded(&paths, &config)?;
    let refused = loaded.refusals.len();
    let (engine, more) = Engine::compile(loaded.rules);
    let engine = Arc::new(engine);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let find = |rule: &Rule, name: &str| place(&folders, rule, name);
    let verdicts = trials::hold(&engine, workers, &find);
    let result = Outcome {
        verdicts: &verdicts,
        refused: refused + more.len(),
        strict: arguments.get_flag("strict"),
    };
    let mut out = Output::stdout();
    let written = if arguments.get_flag("json") {
        writeln!(out, "{}", result.object())
    } else {
        result.write(&mut out)
    };
    written.map_err(|error| out.failed(&error))?;
    out.finish(true)?;
    if result.refused > 0 {
        let what = format_args!("{} rules are refused and were not tested", result.refused);
        tell(what, "`jaga rules check` with the same paths says why");
    }
    Ok(if result.count(Judged::Failed) + result.refused > 0 {
        Exit::Findings
    } else {
        Exit::Done
    })
}

/// The folders that captures are looked for in.
fn folders(arguments: &ArgMatches, shipped: bool) -> Result<Vec<PathBuf>, Failure> {
    let given = arguments.get_many::<PathBuf>("captures");
    let mut folders: Vec<PathBuf> = given.into_iter().flatten().cloned().collect();
    for folder in &folders {
        if !folder.is_dir() {
            let what = format!("{}: there is no such folder", folder.display());
            return Err(Failure::new(Exit::Usage, what));
        }
    }
    if shipped && folders.is_empty() {
        if !Path::new(PCAPS).is_dir() {
            let what = "the captures of the shipped rules are not here";
            let hint = "they lie in the folder pcaps of Jaga's sources: --captures DIR";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
        folders.push(PCAPS.into());
    }
    Ok(folders)
}

/// Where a rule's capture lies.
fn place(folders: &[PathBuf], rule: &Rule, name: &str) -> Result<PathBuf, String> {
    let file = rule.origin.file.as_path();
    let beside = file.parent().filter(|_| !shipped::is_shipped(file));
    let places = folders.iter().map(PathBuf::as_path).chain(beside);
    let mut looked = Vec::new();
    for folder in places {
        let path = folder.join(name);
        if path.is_file() {
            return Ok(path);
        }
        looked.push(path.display().to_string());
    }
    Err(format!("there is no {}", looked.join(", nor ")))
}

/// How a rule did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    Ok,
    Failed,
    Untested,
}

impl Judged {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "FAILED",
            Self::Untested => "untested",
        }
    }
}

/// What the trials came to.
struct Outcome<'a> {
    verdicts: &'a [Verdict<'a>],
    refused: usize,
    strict: bool,
}

impl Outcome<'_> {
    fn judge(&self, verdict: &Verdict<'_>) -> Judged {
        match verdict.holds() {
            false => Judged::Failed,
            true if self.strict && !verdict.is_complete() => Judged::Failed,
            true if verdict.trials.is_empty() => Judged::Untested,
            true => Judged::Ok,
        }
    }

    fn count(&self, wanted: Judged) -> usize {
        let verdicts = self.verdicts.iter();
        verdicts
            .filter(|verdict| self.judge(verdict) == wanted)
            .count()
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{:>10}  {:>7}{:>8}  {:<8}  rule",
            "sid", "fires", "silent", ""
        )?;
        for verdict in self.verdicts {
            let rule = verdict.rule;
            let [fires, silent] = [true, false].map(|fires| kept(verdict, fires));
            let judged = self.judge(verdict).name();
            let message: String = plain(&rule.message).chars().take(41).collect();
            let line = format!(
                "{:>10}  {fires:>7}{silent:>8}  {judged:<8}  {message}",
                rule.id.sid
            );
            writeln!(out, "{}", line.trim_end())?;
            for trial in verdict.trials.iter().filter(|trial| !trial.holds()) {
                wrapped(&fault(trial), 12, out)?;
            }
            if self.strict && !verdict.is_complete() {
                wrapped(
                    "names no capture to fire on, or none to be silent on",
                    12,
                    out,
                )?;
            }
        }
        writeln!(
            out,
            "\n{} rules: {} ok, {} failed, {} untested, {} refused",
            self.verdicts.len() + self.refused,
            self.count(Judged::Ok),
            self.count(Judged::Failed),
            self.count(Judged::Untested),
            self.refused
        )
    }

    fn object(&self) -> serde_json::Value {
        let rules = self.verdicts.iter().map(|verdict| {
            let rule = verdict.rule;
            let captures = verdict.trials.iter().map(|trial| {
                json!({"capture": trial.capture,
                    "expected": if trial.fires { "fires" } else { "silent" },
                    "alerts": trial.alerts.as_ref().ok(), "error": trial.alerts.as_ref().err(),
                    "ok": trial.holds()})
            });
            json!({"gid": rule.id.gid, "sid": rule.id.sid, "message": &*rule.message,
                "file": rule.origin.file.to_string_lossy(), "line": rule.origin.line,
                "result": self.judge(verdict).name().to_lowercase(),
                "captures": captures.collect::<Vec<_>>()})
        });
        json!({
            "ok": self.count(Judged::Ok),
            "failed": self.count(Judged::Failed),
            "untested": self.count(Judged::Untested),
            "refused": self.refused,
            "rules": rules.collect::<Vec<_>>(),
        })
    }
}

/// How many promises of a kind were kept, of how many.
fn kept(verdict: &Verdict<'_>, fires: bool) -> String {
    let trials = || verdict.trials.iter().filter(|trial| trial.fires == fires);
    match trials().count() {
        0 => "-".to_owned(),
        all => format!("{}/{all}", trials().filter(|trial| trial.holds()).count()),
    }
}

/// Why a promise was not kept.
fn fault(trial: &Trial) -> String {
    match &trial.alerts {
        Err(error) => error.clone(),
        Ok(0) => format!("is silent on {} and must fire", trial.capture),
        Ok(1) => format!("fires on {} and must be silent", trial.capture),
        Ok(alerts) => format!(
            "fires {alerts} times on {} and must be silent",
            trial.capture
        ),
    }
}
