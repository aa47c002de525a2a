//! Settings from the command line, and from the configuration file that it names.
//!
//! Called by every subcommand that takes options for which the configuration has keys. What the
//! command line says stands over what files say.

use super::{Exit, Failure};
use crate::config::{Detectors, Error, Form, Inventory, KEYS, Key, Layers, Rules, Settings};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, value_parser};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Whose values those of the command line are.
const ORIGIN: &str = "command line";

/// `--config`.
pub(super) fn argument() -> Arg {
    Arg::new("config")
        .long("config")
        .short('c')
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Settings from this TOML file; options stand over it")
        .long_help(
            "Take settings from FILE, which is TOML, and then from conf.d/*.toml beside it, in \
             the order of their names: tables are merged key by key, a value or a list takes \
             the place of the one before. Options of the command line stand over all of them. \
             SIGHUP reads all of it and the rules again, SIGUSR2 the rules. \
             `jaga check --show` tells what comes of it; docs/configuration.md has all keys.",
        )
}

/// What a configuration file comes to, or the defaults without one.
pub(super) fn resolve_at(path: Option<&Path>) -> Result<(Settings, Layers), Failure> {
    let layers = match path {
        Some(path) => Layers::read(path).map_err(|error| refused(&error))?,
        None => Layers::default(),
    };
    let settings = settled(&layers)?;
    Ok((settings, layers))
}

/// What the configuration file and the command line come to.
pub(super) fn resolve(arguments: &ArgMatches) -> Result<(Settings, Layers), Failure> {
    let mut layers = match arguments.get_one::<PathBuf>("config") {
        Some(path) => Layers::read(path).map_err(|error| refused(&error))?,
        None => Layers::default(),
    };
    layers.lay(given(arguments, |_| true)?, ORIGIN);
    let settings = settled(&layers)?;
    Ok((settings, layers))
}

/// What is in force by the configuration, where one is given, and what is tried: that with what
/// the options say of rules, detectors and devices.
pub(super) fn tried(arguments: &ArgMatches) -> Result<(Option<Settings>, Settings), Failure> {
    let path = arguments.get_one::<PathBuf>("config");
    let mut layers = match path {
        Some(path) => Layers::read(path).map_err(|error| refused(&error))?,
        None => Layers::default(),
    };
    let before = path.map(|_| settled(&layers)).transpose()?;
    let looks = |key: &Key| matches!(key.table(), "rules" | "detectors" | "inventory");
    layers.lay(given(arguments, looks)?, ORIGIN);
    let mut tried = settled(&layers)?;
    // Rules are tried beside those that are in force.
    let known = before.iter().flat_map(|before| &before.rules.paths);
    let known = known.filter(|path| !tried.rules.paths.contains(path));
    tried.rules.paths = known.chain(&tried.rules.paths).cloned().collect();
    Ok((before, tried))
}

/// What the options say of rules.
pub(super) fn rules(arguments: &ArgMatches) -> Result<Rules, Failure> {
    alone(arguments, "rules").map(|settings| settings.rules)
}

/// What the options say of detectors.
pub(super) fn detectors(arguments: &ArgMatches) -> Result<Detectors, Failure> {
    alone(arguments, "detectors").map(|settings| settings.detectors)
}

/// What the options say of the inventory.
pub(super) fn inventory(arguments: &ArgMatches) -> Result<Inventory, Failure> {
    alone(arguments, "inventory").map(|settings| settings.inventory)
}

/// What the options alone say of the keys of a table.
fn alone(arguments: &ArgMatches, table: &str) -> Result<Settings, Failure> {
    let mut layers = Layers::default();
    layers.lay(given(arguments, |key| key.table() == table)?, ORIGIN);
    settled(&layers)
}

fn settled(layers: &Layers) -> Result<Settings, Failure> {
    let settings = layers.settings();
    settings.map_err(|what| Failure::new(Exit::Usage, what))
}

/// A configuration that cannot be used, for the user.
pub(super) fn refused(error: &Error) -> Failure {
    Failure::new(Exit::Usage, error).hint(&error.hint)
}

/// What the command line says, as a file would.
fn given(arguments: &ArgMatches, wanted: impl Fn(&Key) -> bool) -> Result<Table, Failure> {
    let mut said = Table::new();
    for key in KEYS.iter().filter(|key| wanted(key)) {
        let known = arguments.try_contains_id(key.option).unwrap_or(false);
        if !known || arguments.value_source(key.option) != Some(ValueSource::CommandLine) {
            continue;
        }
        let raw = arguments.get_raw(key.option).into_iter().flatten();
        let texts: Option<Vec<String>> = raw.map(|text| text.to_str().map(str::to_owned)).collect();
        let Some(texts) = texts else {
            let what = format!("--{}: is not UTF-8", key.option);
            let hint = "a configuration holds text; rename the file";
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        };
        let value = value(key.form, texts)?;
        if key.table().is_empty() {
            said.insert(key.name().to_owned(), value);
        } else {
            let table = said
                .entry(key.table())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(table) = table {
                table.insert(key.name().to_owned(), value);
            }
        }
    }
    Ok(said)
}

/// The value of an option.
fn value(form: Form, mut texts: Vec<String>) -> Result<Value, Failure> {
    let list = |texts: Vec<String>| Value::Array(texts.into_iter().map(Value::String).collect());
    Ok(match form {
        Form::Texts | Form::Paths => list(texts),
        Form::Pairs => Value::Table(pairs(&texts)?),
        Form::Flag => Value::Boolean(true),
        Form::Without => Value::Boolean(false),
        Form::Text | Form::Path => Value::String(texts.pop().unwrap_or_default()),
        Form::Unit(unit) => Value::String(texts.pop().unwrap_or_default() + unit),
        // The option takes numbers alone.
        Form::Number => {
            let number = texts.pop().and_then(|text| text.parse().ok());
            Value::Integer(number.unwrap_or_default())
        }
    })
}

/// Variables of rules.
fn pairs(texts: &[String]) -> Result<Table, Failure> {
    let mut set = Table::new();
    for pair in texts {
        let Some((name, value)) = pair.split_once('=') else {
            let what = format!("--set {pair} sets no variable");
            return Err(Failure::new(Exit::Usage, what).hint("--set HOME_NET=10.0.0.0/8"));
        };
        set.insert(name.to_owned(), Value::String(value.to_owned()));
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::super::run::arguments;
    use super::*;
    use crate::config::defaults;
    use clap::{ArgAction, Command};
    use std::collections::BTreeSet;

    #[test]
    fn every_option_of_a_run_has_a_key_and_its_default() {
        let command = Command::new("run").args(arguments::arguments());
        let options: BTreeSet<&str> = command
            .get_arguments()
            .map(|argument| argument.get_id().as_str())
            .filter(|name| *name != "config")
            .collect();
        let keys: BTreeSet<&str> = KEYS.iter().map(|key| key.option).collect();
        assert_eq!(options, keys);
        for (key, default) in defaults() {
            let arguments = command.get_arguments();
            let argument = arguments
                .into_iter()
                .find(|argument| argument.get_id() == key.option)
                .unwrap();
            let is_list = matches!(key.form, Form::Texts | Form::Paths | Form::Pairs);
            let adds = matches!(argument.get_action(), ArgAction::Append);
            assert_eq!(is_list, adds, "{}", key.path);
            let said = argument.get_default_values().first();
            if let (Some(said), true) = (said, argument.get_action().takes_values()) {
                let said = value(key.form, vec![said.to_str().unwrap().to_owned()]).unwrap();
                let mut layers = Layers::default();
                let mut table = Table::new();
                let (outer, name) = (key.table().to_owned(), key.name().to_owned());
                table.insert(outer, Value::Table(Table::from_iter([(name, said)])));
                layers.lay(table, ORIGIN);
                assert_eq!(
                    layers.settings().unwrap(),
                    Settings::default(),
                    "{}",
                    key.path
                );
            } else if argument.get_action().takes_values() {
                let empty = [None, Some("[]"), Some("{}"), Some("\"never\"")];
                assert!(empty.contains(&default.as_deref()), "{}", key.path);
            }
        }
    }

    #[test]
    fn the_command_line_stands_over_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jaga.toml");
        std::fs::write(
            &file,
            "quiet = true\n[capture]\ninterfaces = [\"a\", \"b\"]\n[state]\nsize = \"1GiB\"\n\
             age = \"5d\"\n[rules.variables]\nA = \"1\"\nB = \"1\"",
        )
        .unwrap();
        let command = Command::new("run").args(arguments::arguments());
        let said = [
            "run".as_ref(),
            "-c".as_ref(),
            file.as_os_str(),
            "-ic".as_ref(),
            "--state-size=7".as_ref(),
            "--set=B=2".as_ref(),
            "--no-shipped-rules".as_ref(),
            "--workers=3".as_ref(),
        ];
        let (settings, _) = resolve(&command.get_matches_from(said)).unwrap();
        assert_eq!(settings.capture.interfaces, ["c"]);
        assert_eq!(settings.state.size.to_string(), "7MiB");
        assert_eq!(settings.state.age.to_string(), "5d");
        assert_eq!(
            settings.rules.variables.into_values().collect::<String>(),
            "12"
        );
        assert!(settings.quiet && !settings.rules.shipped);
        assert_eq!(settings.capture.workers.map(u8::from), Some(3));
    }
}
