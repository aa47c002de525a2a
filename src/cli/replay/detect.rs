//! `--learn`, `--baseline FILE`, `--language`, `--no-detectors`: detectors that look on, and what
//! they hold the traffic against.
//!
//! Called by `replay` and `run` before the run.

use crate::cli::exit::tell;
use crate::cli::{Exit, Failure};
use crate::desk::baseline::{Baseline, text};
use crate::desk::detect::{Config, Detectors, Language, Learn};
use crate::facts::Time;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The options.
pub(in crate::cli) fn arguments() -> [Arg; 4] {
    [
        Arg::new("learn")
            .long("learn")
            .value_name("SPAN")
            .value_parser(learn)
            .help("Learn so long, then tell what deviates")
            .long_help(
                "Learn what is usual for SPAN of packet time (30m, 8h, 7d), or up to a time \
                 (2026-11-22T08:00:00Z), and from then on tell what deviates: hosts, \
                 conversations, operations, addresses and values that were not there before.",
            ),
        Arg::new("baseline")
            .long("baseline")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Tell what deviates from this baseline")
            .long_help(
                "Tell what deviates from the baseline in FILE, which `jaga baseline learn` made. \
                 With --learn, what the captures show is added to it first.",
            ),
        Arg::new("language")
            .long("language")
            .value_name("LANGUAGE")
            .value_parser(Language::ALL.map(Language::code))
            .default_value(Language::English.code())
            .hide_possible_values(true)
            .help("Language of detectors' alerts: en or id")
            .long_help(
                "Language that alerts of detectors are told in: en, English; id, Indonesian.",
            ),
        Arg::new("no-detectors")
            .long("no-detectors")
            .action(ArgAction::SetTrue)
            .conflicts_with_all(["learn", "baseline"])
            .help("Rules alone look on"),
    ]
}

/// What `--learn` takes.
fn learn(word: &str) -> Result<Learn, String> {
    if let Ok(stamp) = word.parse::<jiff::Timestamp>() {
        let nanos = u64::try_from(stamp.as_nanosecond());
        let time = nanos.map_err(|_| "is before 1970 or after 2554".to_owned())?;
        return Ok(Learn::Until(Time::from_nanos(time)));
    }
    let spelled = word
        .strip_suffix('d')
        .and_then(|days| days.parse::<u32>().ok());
    let span = match spelled {
        Some(days) => Duration::from_secs(86_400) * days,
        None => word
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|span| Duration::try_from(span).ok())
            .ok_or("neither a duration (30m, 8h, 7d) nor a time (2026-11-22T08:00:00Z)")?,
    };
    if span.is_zero() {
        return Err("nothing can be learned in no time".to_owned());
    }
    Ok(Learn::For(span))
}

/// The detectors that the options ask for.
pub(in crate::cli) fn detectors(arguments: &ArgMatches) -> Result<Option<Detectors>, Failure> {
    if arguments.get_flag("no-detectors") {
        return Ok(None);
    }
    Ok(Some(Detectors::new(Config {
        learn: arguments.get_one("learn").copied().unwrap_or_default(),
        baseline: usual(arguments)?,
        language: language(arguments),
    })))
}

/// The baseline that the options name.
pub(in crate::cli) fn usual(arguments: &ArgMatches) -> Result<Option<Baseline>, Failure> {
    let path = arguments.get_one::<PathBuf>("baseline");
    path.map(|path| open(path)).transpose()
}

/// The language asked for.
pub(in crate::cli) fn language(arguments: &ArgMatches) -> Language {
    let code = arguments.get_one::<String>("language");
    let mut languages = Language::ALL.into_iter();
    let language = languages.find(|known| code.is_some_and(|code| code == known.code()));
    language.unwrap_or_default()
}

/// The files that the options have read, which no output may overwrite.
pub(in crate::cli) fn read(arguments: &ArgMatches) -> Vec<PathBuf> {
    let path = arguments.get_one::<PathBuf>("baseline");
    path.into_iter().cloned().collect()
}

/// Tells where nothing could be judged: learning never ended, or nothing was learned.
pub(in crate::cli) fn judged(detectors: Option<&Detectors>) {
    let Some(detectors) = detectors else { return };
    if detectors.is_learning() {
        let what = "--learn: the captures ended before the time to learn did; nothing was judged";
        tell(
            what,
            "give a shorter one, or keep what is usual with `jaga baseline learn`",
        );
    } else if detectors.usual().is_some_and(Baseline::is_empty) {
        let what = "nothing is usual: no host or operation was learned, so all of them are new";
        tell(
            what,
            "let --learn end later than the first packets, or look at the baseline",
        );
    }
}

/// Reads a baseline.
pub(in crate::cli) fn open(path: &Path) -> Result<Baseline, Failure> {
    let named = path.display();
    let octets = fs::read(path).map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::Usage,
            _ => Exit::Denied,
        };
        Failure::new(exit, format!("{named}: {error}")).hint("`jaga baseline learn` makes one")
    })?;
    let wrong = |what: String| {
        let failure = Failure::new(Exit::Usage, format!("{named}: {what}"));
        failure.hint("`jaga baseline learn` makes one; `jaga baseline --help` has the lines")
    };
    let read = str::from_utf8(&octets).map_err(|_| wrong("not a text".to_owned()))?;
    text::read(read).map_err(|error| wrong(error.to_string()))
}
