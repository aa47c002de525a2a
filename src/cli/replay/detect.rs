//! `--learn`, `--baseline FILE`, `--zones FILE`, `--language`, `--no-detectors`: detectors that look on, and what
//! they hold the traffic against.
//!
//! Called by `replay` and `run` before the run.

use super::windows;
use crate::cli::exit::tell;
use crate::cli::output::Outputs;
use crate::cli::{Exit, Failure};
use crate::config::Detectors as Settings;
use crate::desk::baseline::evidence::{BUDGET, Forecast};
use crate::desk::baseline::{Baseline, text};
use crate::desk::detect::{Config, Detectors, Language, Learn};
use crate::desk::windows::Windows;
use crate::desk::zones::{self, Zones};
use clap::{Arg, ArgAction, value_parser};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Octets of a file of zones at most: far more than anybody writes.
const LARGEST: u64 = 1024 * 1024;

/// The options.
pub(in crate::cli) fn arguments() -> [Arg; 6] {
    [
        Arg::new("learn")
            .long("learn")
            .value_name("SPAN")
            .value_parser(value_parser!(Learn))
            .help("Learn so long, then tell what deviates")
            .long_help(
                "Learn what is usual for SPAN of packet time (30m, 8h, 7d), or up to a time \
                 (2026-11-22T08:00:00Z), and from then on tell what deviates: hosts, \
                 conversations, operations, addresses and values that were not there before. \
                 auto: until at most two new ones a day are to be expected, each sort for itself, \
                 after a day at least.",
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
        zones_option(),
        windows::argument(),
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
            .conflicts_with_all(["learn", "baseline", "zones", "windows"])
            .help("Rules alone look on"),
    ]
}

/// `--zones`.
pub(in crate::cli) fn zones_option() -> Arg {
    Arg::new("zones")
        .long("zones")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Tell what passes between zones without a conduit")
        .long_help(
            "Hold the traffic against the zones and conduits (IEC 62443) in FILE, which is TOML: \
             which hosts are in which zone, and which protocols and classes of operations may \
             pass from one zone to another. `jaga baseline zones` proposes such a file.",
        )
}

/// The detectors that are asked for, for a site with these zones.
pub(in crate::cli) fn detectors(
    asked: &Settings,
    zones: Option<Arc<Zones>>,
    windows: Option<Arc<Windows>>,
) -> Result<Option<Detectors>, Failure> {
    if !asked.enabled {
        return Ok(None);
    }
    Ok(Some(Detectors::new(Config {
        learn: asked.learn,
        baseline: usual(asked)?,
        zones,
        windows,
        language: asked.language,
    })))
}

/// The baseline that is named.
pub(in crate::cli) fn usual(asked: &Settings) -> Result<Option<Baseline>, Failure> {
    asked.baseline.as_deref().map(open).transpose()
}

/// The zones and conduits that are named.
pub(in crate::cli) fn zones(asked: &Settings) -> Result<Option<Arc<Zones>>, Failure> {
    let read = |path: &Path| {
        let named = path.display();
        let failed = |what: String| Failure::new(Exit::Usage, format!("{named}: {what}"));
        let about = fs::metadata(path).map_err(|error| failed(error.to_string()))?;
        if !about.is_file() || about.len() > LARGEST {
            return Err(failed("is no file of zones".to_owned()));
        }
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let zones = zones::read(&text).map_err(|error| {
            let place = if error.place.is_some() { "" } else { " " };
            Failure::new(Exit::Usage, format!("{named}:{place}{error}")).hint(&error.hint)
        })?;
        Ok(Arc::new(zones))
    };
    asked.zones.as_deref().map(read).transpose()
}

/// The files that are read for that, which no output may overwrite.
pub(in crate::cli) fn read(asked: &Settings) -> Vec<PathBuf> {
    let read = asked.baseline.iter().chain(&asked.zones);
    let read = read.chain(&asked.windows);
    read.cloned().collect()
}

/// Tells where nothing could be judged: learning never ended, or nothing was learned.
pub(in crate::cli) fn judged(detectors: Option<&Detectors>) {
    let Some(detectors) = detectors else { return };
    let forecasts = detectors.forecasts();
    for (sort, forecast) in &forecasts {
        let what = format!(
            "--learn auto: {} are still learned: {}",
            sort.name(),
            expected(forecast)
        );
        tell(what, "");
    }
    if detectors.is_learning() && forecasts.is_empty() {
        let what = "--learn: the captures ended before the time to learn did; nothing was judged";
        tell(
            what,
            "give a shorter one, or keep what is usual with `jaga baseline learn`",
        );
    } else if detectors.judges() && detectors.knows_nothing() {
        let what = "nothing is usual: no host or operation was learned, so all of them are new";
        tell(
            what,
            "let --learn end later than the first packets, or look at the baseline",
        );
    }
}

/// What is to be expected, and what is waited for.
pub(in crate::cli) fn expected(forecast: &Forecast) -> String {
    let days = forecast.learned.as_secs_f64() / 86_400.0;
    let more = match forecast.a_day {
        bound if bound > 99.0 => "more than 99".to_owned(),
        bound => format!("up to {:.0}", bound.ceil()),
    };
    let rising = if forecast.rising { ", and rising" } else { "" };
    format!(
        "after {days:.1} days {more} new ones a day are to be expected{rising}; {BUDGET:.0} may"
    )
}

/// Writes a baseline, so that the file is the old one or the new one, whatever happens.
pub(in crate::cli) fn save(path: &Path, baseline: &Baseline) -> Result<(), Failure> {
    let mut out = Outputs::new().open(path)?;
    text::write(baseline, &mut out).map_err(|error| out.failed(&error))?;
    out.finish(true).map(|_| ())
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
