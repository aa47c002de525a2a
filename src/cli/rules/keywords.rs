//! `jaga rules keywords`: the words of the rule language, from the registry and the protocols'
//! field tables.

use crate::cli::fields::kind;
use crate::cli::output::Output;
use crate::cli::wrapped;
use crate::cli::{Exit, Failure};
use crate::facts::role::ROLES;
use crate::protocols::PROTOCOLS;
use crate::rules::lint::SPACES;
use crate::rules::{Effect, Line, list};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{self, Write};

const EXAMPLES: &str = "\
Examples:
  jaga rules keywords
  jaga rules keywords modbus ot
  jaga rules keywords --json | jq 'select(.effect == \"refused\")'";

pub(super) fn command() -> Command {
    Command::new("keywords")
        .about("List the keywords of rules with what they mean")
        .before_help(EXAMPLES)
        .arg(
            Arg::new("part")
                .value_name("WORD")
                .action(ArgAction::Append)
                .help("Only keywords and fields with this in their name"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("One JSON object a line"),
        )
}

pub(super) fn run(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let parts: Vec<&String> = arguments.get_many("part").into_iter().flatten().collect();
    let mut out = Output::stdout();
    let found =
        write(&parts, arguments.get_flag("json"), &mut out).map_err(|error| out.failed(&error))?;
    out.finish(true)?;
    if !found {
        let what = "no keyword or field has this in its name";
        return Err(Failure::new(Exit::Usage, what).hint("`jaga rules keywords` lists all"));
    }
    Ok(Exit::Done)
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Tests => "tests",
        Effect::Tells => "tells",
        Effect::Nothing => "nothing",
        Effect::Refused => "refused",
    }
}

/// Writes what is asked for; false where there is nothing of the kind.
fn write(parts: &[&String], as_json: bool, out: &mut dyn Write) -> io::Result<bool> {
    let mut found = false;
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|p| name.contains(p.as_str()));
    let words = list();
    for word in &words {
        let names = word.aliases.iter().chain(word.modifiers);
        if !wanted(word.name) && !names.clone().any(|name| wanted(name)) {
            continue;
        }
        found = true;
        if as_json {
            let line = json!({"name": word.name, "aliases": word.aliases,
                "modifiers": word.modifiers, "effect": effect(word.effect), "doc": word.doc});
            writeln!(out, "{line}")?;
        } else {
            one(word, out)?;
            let alone = parts.iter().any(|part| *part == word.name);
            for (value, doc) in taken(word.name).iter().filter(|_| alone) {
                wrapped(value, 4, out)?;
                if !doc.is_empty() {
                    wrapped(doc, 8, out)?;
                }
            }
        }
    }
    let known = |name: &str| words.iter().any(|word| word.name == name);
    for protocol in PROTOCOLS {
        for field in (0..).map_while(|index| protocol.field(index)) {
            if !wanted(field.name) || known(field.name) {
                continue;
            }
            found = true;
            if as_json {
                let line = json!({"name": field.name, "aliases": [], "modifiers": [],
                    "effect": "tests", "kind": kind(field.kind), "doc": field.doc});
                writeln!(out, "{line}")?;
            } else {
                writeln!(out, "{} ({})", field.name, kind(field.kind))?;
                wrapped(field.doc, 4, out)?;
            }
        }
    }
    Ok(found)
}

/// What a word takes, where that is a list of names; shown for a word that is asked for alone.
fn taken(name: &str) -> Vec<(String, &'static str)> {
    match name {
        "asset.role" => ROLES
            .iter()
            .map(|role| (format!("{} ({})", role.name, role.shown), role.doc))
            .collect(),
        "ot.name" => {
            let meanings = PROTOCOLS.iter().flat_map(|protocol| protocol.meanings());
            let names: BTreeSet<&str> = meanings.map(|meaning| meaning.name).collect();
            names
                .into_iter()
                .map(|name| (name.to_owned(), ""))
                .collect()
        }
        "ot.target" => {
            let spaces = SPACES.iter();
            spaces.map(|space| ((*space).to_owned(), "")).collect()
        }
        _ => Vec::new(),
    }
}

fn one(word: &Line, out: &mut dyn Write) -> io::Result<()> {
    let mut title = word.name.to_owned();
    if !word.aliases.is_empty() {
        title.push_str(&format!(" (also {})", word.aliases.join(", ")));
    }
    if !word.modifiers.is_empty() {
        title.push_str(&format!(
            " (behind a content: {})",
            word.modifiers.join(", ")
        ));
    }
    match word.effect {
        Effect::Refused => title.push_str(": refused"),
        Effect::Nothing => title.push_str(": changes nothing"),
        Effect::Tests | Effect::Tells => {}
    }
    wrapped(&title, 0, out)?;
    wrapped(word.doc, 4, out)
}
