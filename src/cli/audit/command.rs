//! The command that makes a report again, as the report names it.

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};
use std::path::Path;

/// Arguments that change nothing in the report: it does not name them.
const ASIDE: [&str; 17] = [
    "captures",
    "output",
    "json",
    "pdf",
    "csv",
    "programs",
    "seal",
    "sign",
    "workers",
    "quiet",
    "verbose",
    "no-map",
    "no-color",
    "rule-cache",
    "rule-stats",
    "fail-on",
    "allow-truncated",
];

/// The command that makes the same report, with files by their names alone.
pub(super) fn again(
    command: &Command,
    arguments: &ArgMatches,
    captures: impl Iterator<Item = String>,
) -> Vec<String> {
    let mut words = vec!["jaga".to_owned(), "audit".to_owned()];
    words.extend(captures);
    words.extend(["-o", "report.html"].map(str::to_owned));
    for option in command.get_arguments() {
        let id = option.get_id().as_str();
        let given = arguments.try_contains_id(id).unwrap_or(false)
            && arguments.value_source(id) == Some(ValueSource::CommandLine);
        let Some(long) = option.get_long().filter(|_| given && !ASIDE.contains(&id)) else {
            continue;
        };
        if matches!(option.get_action(), ArgAction::SetTrue) {
            words.push(format!("--{long}"));
            continue;
        }
        let raw = arguments.get_raw(id).into_iter().flatten();
        for value in raw {
            words.extend([format!("--{long}"), base(Path::new(value))]);
        }
    }
    words
}

/// A file without its folder. What is no file has none.
pub(super) fn base(path: &Path) -> String {
    let name = match path.is_absolute() || path.exists() {
        true => path.file_name().unwrap_or(path.as_os_str()),
        false => path.as_os_str(),
    };
    name.to_string_lossy().into_owned()
}
