//! `--rules PATH`, `--no-shipped-rules`, `--fail-on SEVERITY`, `--rule-stats`: rules laid over
//! the captures.
//!
//! Called by `replay` and `run` before the run and after it.

use crate::cli::exit::tell;
use crate::cli::rules::{cache, cache_option, config, loaded, options};
use crate::cli::{Exit, Failure};
use crate::config::{Grade, Rules as Settings};
use crate::desk::News;
use crate::desk::alerts::Alerts;
use crate::desk::zones::Zones;
use crate::rules::compile::Engine;
use crate::rules::engine::{Cost, Costs};
use crate::rules::rule::Rule;
use crate::rules::scan::{Cache, Outcome};
use crate::rules::{Config, Loaded, Origins, shipped::is_shipped};
use crate::sensor::Event;
use clap::{Arg, ArgAction, value_parser};
use foldhash::fast::FixedState;
use std::collections::BTreeMap;
use std::hash::BuildHasher as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Rules shown by `--rule-stats`.
const SHOWN: usize = 40;

/// The options.
pub(in crate::cli) fn arguments() -> impl Iterator<Item = Arg> {
    let mine = [
        Arg::new("rules")
            .long("rules")
            .value_name("PATH")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help("Lay the rules of PATH over the captures too")
            .long_help(
                "Lay more rules than the shipped ones over the captures: PATH is a file of rules \
                 in Suricata's language, or a folder whose *.rules files are read. Can be given \
                 several times. Alerts stand in the summary and in the events. A rule with the \
                 sid of a shipped one takes its place. `jaga rules check` says what is wrong \
                 with rules that were refused.",
            ),
        Arg::new("fail-on")
            .long("fail-on")
            .value_name("SEVERITY")
            .value_parser(Grade::NAMES)
            .hide_possible_values(true)
            .help("Exit 1 on alerts so grave: high, medium, low, info")
            .long_help(
                "Exit 1 where there are alerts of this severity or a graver one: high, medium, low \
                 or info.",
            ),
        Arg::new("rule-stats")
            .long("rule-stats")
            .action(ArgAction::SetTrue)
            .help("Tell what the rules matched and what they cost")
            .long_help(
                "Tell on standard error what the rules matched and what they cost: how often \
                 each was looked at; how often its packets, content and operation matched; the \
                 alerts that came of that, which its limits, the bits of hosts and the roles \
                 and vendors of assets decide; and the time that took. The most expensive come \
                 first. Times differ from run to run.",
            ),
    ];
    mine.into_iter().chain(options()).chain([cache_option()])
}

/// Rules for one run.
#[derive(Debug)]
pub(in crate::cli) struct Rules {
    /// Compiled.
    pub(in crate::cli) engine: Option<Arc<Engine>>,
    /// Where their cost is added up.
    pub(in crate::cli) costs: Option<Costs>,
    /// The files that were read for them.
    pub(in crate::cli) read: Vec<PathBuf>,
    /// Those that were refused: the sid, where it can be told, and why.
    pub(in crate::cli) refused: Vec<(Option<u32>, String)>,
    /// Of what the files held: another where one of them has changed.
    pub(in crate::cli) mark: u64,
    /// The least grave severity that makes the command fail.
    fail_on: Option<u8>,
    failed: bool,
    /// Alerts of each rule, by its place among the engine's.
    alerts: BTreeMap<u32, u64>,
}

impl Rules {
    /// Loads what is asked for.
    pub(in crate::cli) fn open(
        asked: &Settings,
        zones: Option<&Zones>,
        quiet: bool,
    ) -> Result<Self, Failure> {
        let mut this = Self {
            engine: None,
            costs: asked.statistics.then(Costs::default),
            read: others(asked),
            refused: Vec::new(),
            mark: 0,
            fail_on: asked.fail_on.map(Grade::severity),
            failed: false,
            alerts: BTreeMap::new(),
        };
        let paths = &asked.paths;
        let config = Config {
            zones: zones.map(Zones::names),
            ..config(asked)?
        };
        if paths.is_empty() && !config.shipped {
            return match this.fail_on {
                None => Ok(this),
                Some(_) => Err(nothing_watched()),
            };
        }
        let mut loaded = loaded(paths, &config)?;
        let read = std::mem::take(&mut loaded.read);
        this.mark = FixedState::with_seed(read.mark).hash_one((&config.variables, &config.zones));
        let more = read.paths.into_iter();
        let more: Vec<PathBuf> = more.filter(|path| !this.read.contains(path)).collect();
        this.read.extend(more);
        for path in paths {
            let mut files = loaded.files.iter();
            if !files.any(|row| row.file.starts_with(path) && holds(row)) {
                let what = format!("{}: no rule is in there", path.display());
                return Err(Failure::new(Exit::Usage, what).hint("files of a folder are *.rules"));
            }
        }
        let theirs = |row: &&Origins| !is_shipped(&row.file);
        let mine = loaded.files.iter().filter(theirs).map(|row| row.loaded);
        if this.fail_on.is_some() && !paths.is_empty() && mine.sum::<usize>() == 0 {
            return Err(nothing_watched());
        }
        let cache = cache(asked);
        let (engine, refused) = compile(loaded, cache.as_ref(), quiet);
        let engine = Arc::new(engine);
        this.refused = refused;
        if this.fail_on.is_some() && engine.rules().is_empty() {
            return Err(nothing_watched());
        }
        this.engine = Some(engine);
        Ok(this)
    }

    /// What decides about their matches, by these zones of the site.
    pub(in crate::cli) fn alerts(&self, zones: Option<Arc<Zones>>) -> Option<Alerts> {
        let engine = self.engine.as_ref();
        engine.map(|engine| Alerts::new(engine).with_zones(zones))
    }

    /// How many look on.
    pub(in crate::cli) fn loaded(&self) -> usize {
        self.engine
            .as_ref()
            .map_or(0, |engine| engine.rules().len())
    }

    /// Others take their place. Gives those before.
    pub(in crate::cli) fn replace(&mut self, new: Self) -> Option<Arc<Engine>> {
        self.alerts.clear();
        (self.read, self.refused, self.mark) = (new.read, new.refused, new.mark);
        std::mem::replace(&mut self.engine, new.engine)
    }

    /// Takes note of an event that is told.
    pub(in crate::cli) fn take(&mut self, event: &Event) {
        if let Event::Finding(finding) = event {
            let grave = self.fail_on.is_some_and(|least| finding.severity <= least);
            self.failed |= grave;
            *self.alerts.entry(finding.rule).or_default() += 1;
        }
    }

    /// Takes note of what the desk found out.
    pub(in crate::cli) fn news(&mut self, news: &News) {
        if let News::Alert(found) = news {
            let severity = found.alert.severity;
            self.failed |= self.fail_on.is_some_and(|least| severity <= least);
        }
    }

    /// Tells what the rules cost, and how the command ends by their word.
    pub(in crate::cli) fn finish(&self) -> Exit {
        // The process ends next: to take tens of thousands of rules apart costs a quarter of a
        // second and gives nobody anything.
        std::mem::forget(self.engine.clone());
        if let (Some(engine), Some(costs)) = (&self.engine, &self.costs) {
            tell_costs(engine.rules(), costs, &self.alerts);
        }
        if self.failed {
            Exit::Findings
        } else {
            Exit::Done
        }
    }
}

/// The files that are named beside the rules.
fn others(asked: &Settings) -> Vec<PathBuf> {
    let named = asked.variables_file.iter().chain(&asked.thresholds);
    named.cloned().collect()
}

/// Whether a file has rules, be they on, off or refused.
const fn holds(row: &Origins) -> bool {
    row.loaded + row.off + row.refused > 0
}

/// A gate that could never close.
fn nothing_watched() -> Failure {
    let what = "--fail-on: no rule is loaded, so nothing could ever fail";
    Failure::new(Exit::Usage, what).hint("`jaga rules check` with the same paths says why")
}

/// Compiles what was loaded, and says how many rules cannot be used.
fn compile(
    loaded: Loaded,
    cache: Option<&Cache>,
    quiet: bool,
) -> (Engine, Vec<(Option<u32>, String)>) {
    let refusals = loaded.refusals.iter();
    let mut refused: Vec<_> = refusals
        .map(|refusal| (refusal.sid, refusal.to_string()))
        .collect();
    let sids: Vec<u32> = loaded.rules.iter().map(|rule| rule.id.sid).collect();
    if !loaded.replaced.is_empty() && !quiet {
        let replaced: Vec<String> = loaded.replaced.iter().map(u32::to_string).collect();
        let what = "rules of yours take the place of shipped ones: sid";
        tell(format_args!("{what} {}", replaced.join(", ")), "");
    }
    let (engine, more, outcome) = Engine::compile_with(loaded.rules, cache);
    if let Outcome::Refused(what) = outcome
        && !quiet
    {
        tell(
            what,
            "the rules were compiled without the cache, which takes longer",
        );
    }
    refused.extend(more.iter().map(|refusal| {
        let sid = sids.get(refusal.place).copied();
        let name = sid.map_or_else(String::new, |sid| format!("sid {sid}: "));
        (sid, format!("{name}{}", refusal.reason))
    }));
    if !refused.is_empty() && !quiet {
        let (loaded, refused) = (engine.rules().len(), refused.len());
        let what = format_args!("{loaded} rules are loaded, {refused} are refused");
        tell(what, "`jaga rules check` with the same paths says why");
    }
    (engine, refused)
}

fn tell_costs(rules: &[Rule], costs: &Costs, alerts: &BTreeMap<u32, u64>) {
    let told = |place: u32| alerts.get(&place).copied().unwrap_or(0);
    let rows = (0..).zip(costs.all().zip(rules));
    let mut all: Vec<(Cost, u64, &Rule)> = rows
        .map(|(place, (cost, rule))| (cost, told(place), rule))
        .collect();
    all.retain(|(cost, ..)| cost.checks > 0);
    all.sort_by_key(|(cost, _, rule)| (std::cmp::Reverse(cost.time), rule.id));
    tell(
        "     checks    matches   alerts         time  sid  rule",
        "",
    );
    for (cost, told, rule) in all.iter().take(SHOWN) {
        tell(
            format_args!(
                "{:>11} {:>10} {told:>8} {:>9.3} ms  {}  {}",
                cost.checks,
                cost.matches,
                cost.time.as_secs_f64() * 1_000.0,
                rule.id.sid,
                rule.message
            ),
            "",
        );
    }
    let forgotten = costs.forgotten();
    if forgotten > 0 {
        let what = format_args!("{forgotten} times something was forgotten for want of room");
        tell(what, "matches that needed it are missing");
    }
    let rest = all.len().saturating_sub(SHOWN);
    if rest > 0 {
        tell(format_args!("and {rest} rules that cost less"), "");
    }
}
