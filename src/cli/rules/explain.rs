//! `jaga rules explain`: one rule in plain words.

use super::{config, loaded, options, paths, zone_names, zones};
use crate::cli::output::Output;
use crate::cli::wrapped;
use crate::cli::{Exit, Failure, settings};
use crate::facts::{attack, plain};
use crate::rules::explain::explain;
use crate::rules::lint::lint;
use crate::rules::rule::Rule;
use crate::rules::{Loaded, Refusal};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::io::{self, Write};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  jaga rules explain 3100004
  jaga rules explain 1111009 modbus.rules
  jaga rules explain 2048689 /etc/suricata/rules";

pub(super) fn command() -> Command {
    Command::new("explain")
        .about("Say in plain words what a rule does")
        .before_help(EXAMPLES)
        .arg(
            Arg::new("sid")
                .value_name("SID")
                .required(true)
                .value_parser(value_parser!(u32))
                .help("Number of the rule"),
        )
        .arg(
            Arg::new("path")
                .value_name("PATH")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Rule files, or folders with files *.rules, beside the shipped rules"),
        )
        .args(options())
        .arg(zones())
}

pub(super) fn run(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let sid = arguments.get_one::<u32>("sid").copied().unwrap_or_default();
    let mut config = config(&settings::rules(arguments)?)?;
    config.off_too = true;
    config.zones = zone_names(arguments)?;
    let loaded = loaded(&paths(arguments), &config)?;
    let mut out = Output::stdout();
    if let Some(rule) = loaded.rules.iter().find(|rule| rule.id.sid == sid) {
        write(rule, &loaded, &mut out).map_err(|error| out.failed(&error))?;
        out.finish(true)?;
        return Ok(Exit::Done);
    }
    match loaded
        .refusals
        .iter()
        .find(|refusal| refusal.sid == Some(sid))
    {
        Some(refusal) => {
            refused(refusal, &mut out).map_err(|error| out.failed(&error))?;
            out.finish(true)?;
            Ok(Exit::Findings)
        }
        None => {
            let what = format!("no rule has the sid {sid}");
            Err(Failure::new(Exit::Usage, what).hint("`jaga rules check` says what is in files"))
        }
    }
}

fn write(rule: &Rule, loaded: &Loaded, out: &mut dyn Write) -> io::Result<()> {
    wrapped(&rule.message, 0, out)?;
    let id = rule.id;
    let file = rule.origin.file.display();
    let place = format!("sid {} rev {}, {file}:{}", id.sid, id.rev, rule.origin.line);
    wrapped(&place, 0, out)?;
    if let Some((name, text)) = &rule.class {
        wrapped(&format!("class {name}: {text}"), 0, out)?;
    }
    advice(rule, out)?;
    writeln!(out)?;
    wrapped(&rule.text, 4, out)?;
    writeln!(out)?;
    for (depth, line) in explain(rule, &loaded.names) {
        wrapped(&line, depth * 4, out)?;
    }
    for (system, id) in &rule.references {
        wrapped(&format!("Read on: {system} {id}"), 0, out)?;
    }
    for note in &loaded.notes {
        if note.sid == Some(rule.id.sid) {
            wrapped(&format!("Note: {}.", note.what), 0, out)?;
        }
    }
    for found in lint(&loaded.rules, &loaded.names) {
        if found.id == rule.id {
            let title = if found.dead {
                "It can never match"
            } else {
                "Doubtful"
            };
            wrapped(&format!("{title}: {}.", found.what), 0, out)?;
        }
    }
    Ok(())
}

/// What the rule's metadata tell people, a paragraph each.
fn advice(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let texts = |key| rule.values(key).collect::<Vec<_>>().join(", ");
    let techniques: Vec<String> = rule.values("mitre_technique_id").map(technique).collect();
    let techniques = techniques.join("; ");
    let mut begun = false;
    for (title, text) in [
        ("It means", texts("soc")),
        ("For the plant", texts("plant")),
        ("To check", texts("check")),
        ("ATT&CK", techniques),
        ("Must fire on", texts("fires")),
        ("Must be silent on", texts("silent")),
    ] {
        if !text.is_empty() {
            if !std::mem::replace(&mut begun, true) {
                writeln!(out)?;
            }
            wrapped(&format!("{title}: {}.", text.trim_end_matches('.')), 0, out)?;
        }
    }
    Ok(())
}

/// A technique with its name and tactics, where the matrix for ICS has it.
fn technique(id: &str) -> String {
    let Some(entry) = attack::technique(id) else {
        return id.to_owned();
    };
    let tactics: Vec<&str> = entry.tactics.iter().map(|tactic| tactic.name).collect();
    format!("{id} {} ({})", entry.name, tactics.join(", "))
}

fn refused(refusal: &Refusal, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "The rule is refused.")?;
    writeln!(out, "{}", plain(&refusal.to_string()))?;
    if !refusal.hint.is_empty() {
        wrapped(&format!("hint: {}", refusal.hint), 0, out)?;
    }
    Ok(())
}
