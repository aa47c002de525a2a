//! `jaga backtest`: how many alerts rules, thresholds, zones or a baseline would have raised on
//! captures, before they go live.
//!
//! Replays the captures with what is tried and, where a configuration is given, with what is in
//! force, and holds the two against each other. Writes nothing but that.

mod print;
mod side;

use self::side::{Side, changes};
use super::input::{self, Input};
use super::output::Output;
use super::replay::rules::Rules;
use super::replay::{self, Teller, detect, site, windows};
use super::{Exit, Failure, Subcommand, settings};
use crate::config::Settings;
use crate::desk::report::Picture;
use crate::desk::windows::Planned;
use crate::desk::{Desk, News};
use crate::sensor::{Event, Watch};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::path::Path;

/// The subcommand.
pub(super) struct Backtest;

const EXAMPLES: &str = "\
Examples:
  jaga backtest week/ --rules new.rules            what would these raise?
  jaga backtest week/ --baseline plant.baseline    and this baseline?
  jaga backtest week/ --rules new.rules -c /etc/jaga/jaga.toml
                                                   beside what is in force
  jaga backtest week/ --rules new.rules --at-most 5
                                                   exit 1 on more a day";

/// Options that only go with a whole replay.
const LEFT_OUT: [&str; 2] = ["fail-on", "rule-stats"];

impl Subcommand for Backtest {
    fn command(&self) -> Command {
        let json = Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("Print the result as one JSON object");
        let most = Arg::new("at-most")
            .long("at-most")
            .value_name("NUMBER")
            .value_parser(value_parser!(u64))
            .help("Exit 1 where more alerts a day would have been raised")
            .long_help(
                "Exit 1 where what is tried would have raised more than NUMBER alerts of severity \
                 1 to 3 a day; notes do not count. Less than a day counts as one.",
            );
        let config = settings::argument().help("What is in force; options are tried over it");
        let config = config.long_help(
            "The configuration that is in force (TOML, with conf.d/*.toml beside it). What the \
             options say is tried over it, rules beside those that it names, and both are told: \
             which alerts would come to it, and which would go.",
        );
        let rules = replay::rules::arguments();
        let rules = rules.filter(|option| !LEFT_OUT.contains(&option.get_id().as_str()));
        input::arguments(
            Command::new("backtest")
                .about("Tell how many alerts a rule or baseline would have raised, before it goes live")
                .before_help(EXAMPLES)
                .arg(config)
                .arg(most)
                .arg(json)
                .args(rules)
                .args(detect::arguments())
                .arg(site::argument()),
        )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let input = Input::of(arguments);
        let (before, tried) = settings::tried(arguments)?;
        if before.is_some() && input.paths().iter().any(|path| path == Path::new("-")) {
            let what = "a capture from standard input can only be read once";
            let hint = "write it to a file, or leave --config out";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
        let mut end = Exit::Done;
        let mut sides = Vec::new();
        for settings in before.iter().chain([&tried]) {
            let (side, exit) = seen(&input, settings)?;
            if matches!(exit, Exit::Stopped(_)) {
                return Ok(exit);
            }
            end = end.max(exit);
            sides.push(side);
        }
        let Some(tried) = sides.pop() else {
            return Ok(Exit::Usage);
        };
        let result = changes(sides.pop(), tried);
        let mut out = Output::stdout();
        let written = match arguments.get_flag("json") {
            true => print::json(&result, &mut out),
            false => print::text(&result, &mut out),
        };
        written.map_err(|error| out.failed(&error))?;
        out.finish(true)?;
        let most = arguments.get_one::<u64>("at-most");
        let more = most.is_some_and(|most| result.grave_a_day > *most as f64);
        Ok(end.max(if more { Exit::Findings } else { Exit::Done }))
    }
}

/// What these settings raise on the captures.
fn seen(input: &Input, settings: &Settings) -> Result<(Side, Exit), Failure> {
    let captures = input.open()?;
    let asked = &settings.detectors;
    let zones = detect::zones(asked)?;
    let mut rules = Rules::open(&settings.rules, zones.as_deref(), input.is_quiet())?;
    let planned = windows::read(asked)?;
    let (inventory, naming, _) = site::known(&settings.inventory, input.is_quiet())?;
    let mut desk = Desk {
        picture: Picture::default().with_rules(rules.engine.clone()),
        inventory,
        naming,
        alerts: rules.alerts(zones.clone()),
        detectors: detect::detectors(asked, zones, planned.clone())?,
        planned: planned.map(Planned::new),
        ..Desk::default()
    };
    let engine = rules.engine.clone();
    let watch = Watch {
        rules: engine,
        detect: desk.detectors.is_some(),
        ..Watch::default()
    };
    let mut ran = replay::look_on(
        input,
        captures,
        (watch, false),
        &mut desk,
        &mut rules,
        &mut Nobody,
    )?;
    desk.finish();
    if !input.is_quiet() {
        detect::judged(desk.detectors.as_ref());
    }
    let assets = desk.inventory.finish();
    let side = Side::of(&desk.picture.finish(&assets, &ran.outcome));
    ran.unwatch();
    Ok((side, input.verdict(ran, [])))
}

/// Nobody is told of single alerts.
struct Nobody;

impl Teller for Nobody {
    fn event(&mut self, _: Event) -> Result<(), Failure> {
        Ok(())
    }

    fn news(&mut self, _: &News) -> Result<(), Failure> {
        Ok(())
    }
}
