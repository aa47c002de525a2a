//! `jaga baseline approve | forbid | remove | revert`: what people decide of its lines, with who,
//! when and why in the text itself.

use crate::cli::output::{Output, Outputs};
use crate::cli::replay::detect;
use crate::cli::{Exit, Failure};
use crate::desk::baseline::{Baseline, Word, text};
use crate::facts::Time;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Approve,
    Forbid,
    Remove,
}

impl Decision {
    pub(super) const ALL: [Self; 3] = [Self::Approve, Self::Forbid, Self::Remove];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Forbid => "forbid",
            Self::Remove => "remove",
        }
    }

    pub(super) fn command(self) -> Command {
        let (about, examples) = match self {
            Self::Approve => (
                "Say that something is usual: a line that is new, or one in doubt",
                "Examples:\n  jaga baseline approve plant.baseline \"host 10.0.0.9\" --by Budi --why \
                 \"new HMI\"\n  jaga baseline approve plant.baseline --doubted --by Budi --why \
                 \"our scanner\"",
            ),
            Self::Forbid => (
                "Say that something must not happen, whatever was seen",
                "Examples:\n  jaga baseline forbid plant.baseline \"talk 10.0.0.9 > 10.0.0.2 smb\" \
                 --by Budi --why \"no shares on controllers\"",
            ),
            Self::Remove => (
                "Take lines away: what they name is new again",
                "Examples:\n  jaga baseline remove plant.baseline \"host 10.0.0.9\"",
            ),
        };
        let command = Command::new(self.name())
            .about(about)
            .before_help(examples)
            .arg(file())
            .arg(
                Arg::new("lines")
                    .value_name("LINE")
                    .action(ArgAction::Append)
                    .help("What a host, talk or do line says, as the text has it"),
            );
        match self {
            Self::Remove => command,
            Self::Forbid => command.args(said()),
            Self::Approve => command.args(said()).arg(
                Arg::new("doubted")
                    .long("doubted")
                    .action(ArgAction::SetTrue)
                    .help("All lines that are in doubt"),
            ),
        }
    }

    pub(super) fn run(self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let Some(path) = arguments.get_one::<PathBuf>("file") else {
            return Ok(Exit::Usage);
        };
        let mut baseline = detect::open(path)?;
        let mut lines: Vec<String> = arguments
            .get_many::<String>("lines")
            .map_or_else(Vec::new, |lines| lines.cloned().collect());
        let doubted = self == Self::Approve && arguments.get_flag("doubted");
        if doubted {
            lines.extend(text::keys(&baseline, |word| word.doubt.is_some()));
        }
        if lines.is_empty() && !doubted {
            let what = "no line is named";
            let hint = "as \"host 10.0.0.9\"; `jaga baseline --help` has the lines";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
        let word = self.word(arguments);
        let mut done = Vec::new();
        for line in &lines {
            let wrong = |what: String| {
                let failure = Failure::new(Exit::Usage, format!("`{line}`: {what}"));
                failure.hint("nothing was changed; `jaga baseline --help` has the lines")
            };
            let named = text::line(line).map_err(|error| wrong(error.what))?;
            let keys = text::keys(&named, |_| true);
            if keys.is_empty() {
                return Err(wrong("neither a host, a talk nor a do line".to_owned()));
            }
            self.decide(&mut baseline, named, &word).map_err(wrong)?;
            done.extend(keys);
        }
        keep(path)?;
        detect::save(path, &baseline)?;
        let mut out = Output::stdout();
        for key in done {
            let told = writeln!(out, "{} {key}", self.done());
            told.map_err(|error| out.failed(&error))?;
        }
        out.finish(true).map(|_| Exit::Done)
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Approve => "approved:",
            Self::Forbid => "forbidden:",
            Self::Remove => "removed:",
        }
    }

    /// What is said of the lines from now on.
    fn word(self, arguments: &ArgMatches) -> Word {
        if self == Self::Remove {
            return Word::default();
        }
        let text = |name| {
            arguments
                .get_one::<String>(name)
                .map(|said| said.as_str().into())
        };
        Word {
            forbidden: self == Self::Forbid,
            expires: arguments.get_one::<Time>("expires").copied(),
            doubt: None,
            by: text("by"),
            why: text("why"),
            on: Some(SystemTime::now().into()),
        }
    }

    /// Decides about the lines of `named`.
    fn decide(self, baseline: &mut Baseline, named: Baseline, word: &Word) -> Result<(), String> {
        let gone = |found: bool| match found {
            true => Ok(()),
            false => Err("the baseline has no such line".to_owned()),
        };
        for (host, entry) in named.hosts {
            match self {
                Self::Remove => gone(baseline.hosts.remove(&host).is_some())?,
                _ => baseline.hosts.entry(host).or_insert(entry).word = word.clone(),
            }
        }
        for (talk, entry) in named.talks {
            match self {
                Self::Remove => gone(baseline.talks.remove(&talk).is_some())?,
                _ => baseline.talks.entry(talk).or_insert(entry).word = word.clone(),
            }
        }
        for (act, mut entry) in named.acts {
            // What was never seen has no addresses to hold it to.
            entry.more.open = true;
            match self {
                Self::Remove => gone(baseline.acts.remove(&act).is_some())?,
                _ => baseline.acts.entry(act).or_insert(entry).word = word.clone(),
            }
        }
        Ok(())
    }
}

/// `jaga baseline revert`.
pub(super) fn revert_command() -> Command {
    Command::new("revert")
        .about("Take back the last decision; again: bring it back")
        .before_help("Examples:\n  jaga baseline revert plant.baseline")
        .arg(file())
}

pub(super) fn revert(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let Some(path) = arguments.get_one::<PathBuf>("file") else {
        return Ok(Exit::Usage);
    };
    let before = before(path);
    if !before.exists() {
        let what = format!("{}: no decision to take back", path.display());
        return Err(Failure::new(Exit::Usage, what).hint("approve, forbid and remove leave one"));
    }
    let old = detect::open(&before)?;
    keep(path)?;
    detect::save(path, &old)?;
    Ok(Exit::Done)
}

fn file() -> Arg {
    Arg::new("file")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("The baseline")
}

/// Who decides, why, and until when.
fn said() -> [Arg; 3] {
    [
        Arg::new("by")
            .long("by")
            .value_name("NAME")
            .required(true)
            .help("Who decides"),
        Arg::new("why")
            .long("why")
            .value_name("TEXT")
            .required(true)
            .help("Why"),
        Arg::new("expires")
            .long("expires")
            .value_name("TIME")
            .value_parser(text::moment)
            .help("Until when, as 2026-12-24T18:00:00Z"),
    ]
}

/// Where the version before the last decision is.
fn before(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".before");
    name.into()
}

/// Keeps the version before a decision.
fn keep(path: &Path) -> Result<(), Failure> {
    let place = before(path);
    let octets = fs::read(path).map_err(|error| {
        Failure::new(Exit::Denied, format!("{}: {error}", path.display()))
            .hint("nothing was changed")
    })?;
    let mut out = Outputs::new().open(&place)?;
    out.write_all(&octets).map_err(|error| out.failed(&error))?;
    out.finish(true).map(|_| ())
}
