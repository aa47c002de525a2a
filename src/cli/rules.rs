//! `jaga rules`: what is in rule files, what they mean, and what words they may use.
//!
//! `check` loads files as a run would and tells what became of each rule, `explain` says one
//! rule in plain words, `keywords` lists the language, `test` replays the captures that rules
//! name. The options that name files and set
//! variables are shared with every subcommand that loads rules.

mod check;
mod explain;
mod keywords;
mod test;

use super::replay::detect;
use super::{Exit, Failure, Subcommand, settings};
use crate::config::Rules as Settings;
use crate::rules::scan::{Cache, usual};
use crate::rules::{Config, Loaded, load, variables};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::fs;
use std::io;
use std::path::PathBuf;

/// The subcommand.
pub(super) struct Rules;

const EXAMPLES: &str = "\
Examples:
  jaga rules check /etc/suricata/rules
  jaga rules check local.rules --set MODBUS_SERVER=10.1.1.0/24
  jaga rules test local.rules --captures /srv/captures
  jaga rules explain 1111009 modbus.rules
  jaga rules keywords modbus";

impl Subcommand for Rules {
    fn command(&self) -> Command {
        Command::new("rules")
            .about("Check and test rule files, explain a rule, list the keywords")
            .before_help(EXAMPLES)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .help_template(super::TEMPLATE)
            .subcommands(
                [
                    check::command(),
                    explain::command(),
                    keywords::command(),
                    test::command(),
                ]
                .map(|command| command.help_template(super::TEMPLATE)),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        match arguments.subcommand() {
            Some(("check", arguments)) => check::run(arguments),
            Some(("explain", arguments)) => explain::run(arguments),
            Some(("keywords", arguments)) => keywords::run(arguments),
            Some(("test", arguments)) => test::run(arguments),
            _ => Ok(Exit::Usage),
        }
    }
}

/// The rules that a subcommand looks at, where it looks at the shipped ones otherwise.
fn path_argument() -> Arg {
    Arg::new("path")
        .value_name("PATH")
        .action(ArgAction::Append)
        .value_parser(value_parser!(PathBuf))
        .help("Rule files, or folders with files *.rules; none: the shipped rules")
}

fn json_option() -> Arg {
    Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("One JSON object")
}

/// The options of every subcommand that loads rules.
pub(super) fn options() -> [Arg; 4] {
    [
        Arg::new("no-shipped-rules")
            .long("no-shipped-rules")
            .action(ArgAction::SetTrue)
            .help("Leave out the rules that come with Jaga"),
        Arg::new("set")
            .long("set")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .help("Set a variable, as HOME_NET=10.0.0.0/8"),
        Arg::new("vars")
            .long("vars")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Set variables from a file: NAME = VALUE, or vars: of suricata.yaml"),
        Arg::new("thresholds")
            .long("thresholds")
            .value_name("FILE")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help("Thresholds and suppressions, beside threshold.config of the rules"),
    ]
}

/// The option of every subcommand that lays rules over traffic.
pub(super) fn cache_option() -> Arg {
    Arg::new("rule-cache")
        .long("rule-cache")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help("Keep compiled rules in DIR instead of $XDG_CACHE_HOME/jaga; none for nowhere")
        .long_help(
            "Keep compiled rules in DIR, so that the next start with the same rules takes less \
             time; `none` keeps them nowhere. Without this option they are kept in \
             $XDG_CACHE_HOME/jaga or ~/.cache/jaga. What is found there is used only where the \
             folder and the file belong to the user who runs jaga and nobody else can write \
             them; what is damaged or of another version is written anew. Small sets of rules \
             are not kept.",
        )
}

/// Where compiled rules are kept.
pub(super) fn cache(settings: &Settings) -> Option<Cache> {
    let folder = match &settings.cache {
        Some(path) if path.as_os_str() == "none" => None,
        Some(path) => Some(path.clone()),
        None => {
            let set = |name| std::env::var_os(name).map(PathBuf::from);
            usual(set("XDG_CACHE_HOME").as_deref(), set("HOME").as_deref())
        }
    };
    folder.map(Cache::new)
}

/// `--zones`, for rules that ask for zones.
pub(super) fn zones() -> Arg {
    detect::zones_option().help("Zones of the site, for asset.zone").long_help(
        "The zones of the site, as `jaga replay --zones` takes them: rules with asset.zone load \
         only where they are known.",
    )
}

/// The names of the zones that are given.
pub(super) fn zone_names(arguments: &ArgMatches) -> Result<Option<Vec<String>>, Failure> {
    let zones = detect::zones(&settings::detectors(arguments)?)?;
    Ok(zones.map(|zones| zones.names()))
}

/// How rules are loaded.
pub(super) fn config(settings: &Settings) -> Result<Config, Failure> {
    let mut config = Config {
        shipped: settings.shipped,
        thresholds: settings.thresholds.clone(),
        ..Config::default()
    };
    if let Some(path) = &settings.variables_file {
        let unreadable = |error: io::Error| {
            Failure::new(exit_of(&error), format!("{}: {error}", path.display()))
        };
        let octets = fs::read(path).map_err(unreadable)?;
        let found = variables::read(&String::from_utf8_lossy(&octets));
        config.variables = found.map_err(|(line, text)| {
            let what = format!("{}:{line}: `{text}` sets no variable", path.display());
            Failure::new(Exit::Usage, what).hint("a line is NAME = VALUE")
        })?;
    }
    let set = settings.variables.iter();
    config
        .variables
        .extend(set.map(|(name, value)| (name.clone(), value.clone())));
    Ok(config)
}

/// Loads rules, or says which path cannot be read.
pub(super) fn loaded(paths: &[PathBuf], config: &Config) -> Result<Loaded, Failure> {
    load(paths, config).map_err(|error| Failure::new(exit_of(&error.error), error))
}

fn exit_of(error: &io::Error) -> Exit {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Exit::Denied,
        _ => Exit::Usage,
    }
}

/// The paths of rules.
fn paths(arguments: &ArgMatches) -> Vec<PathBuf> {
    let paths = arguments.get_many::<PathBuf>("path");
    paths.into_iter().flatten().cloned().collect()
}
