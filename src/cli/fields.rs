//! `jaga fields`: all fields of all protocols, from the field tables; and the names that other
//! subcommands check against them.

use super::output::Output;
use super::{Exit, Failure, Subcommand};
use crate::facts::Kind;
use crate::protocols::PROTOCOLS;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use std::io::{self, Write};

/// The subcommand.
pub(super) struct Fields;

const EXAMPLES: &str = "\
Examples:
  jaga fields
  jaga fields modbus s7comm
  jaga fields --json | jq -r .name";

/// Where the text of a field begins, and where lines end.
const INDENT: usize = 6;
/// See [`INDENT`].
const WIDTH: usize = 80;

/// How alike (0 to 1, Jaro-Winkler) a name must be to be offered in place of a wrong one.
const ALIKE: f64 = 0.8;

impl Subcommand for Fields {
    fn command(&self) -> Command {
        Command::new("fields")
            .about("List the fields of all protocols with what they mean")
            .before_help(EXAMPLES)
            .arg(
                Arg::new("protocol")
                    .value_name("PROTOCOL")
                    .action(ArgAction::Append)
                    .value_parser(PROTOCOLS.iter().map(|p| p.name()).collect::<Vec<_>>())
                    .ignore_case(true)
                    .hide_possible_values(true)
                    .help("Only these protocols"),
            )
            .arg(
                Arg::new("json")
                    .long("json")
                    .action(ArgAction::SetTrue)
                    .help("One JSON object a line"),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let only: Vec<&String> = arguments
            .get_many("protocol")
            .into_iter()
            .flatten()
            .collect();
        let mut out = Output::stdout();
        list(&only, arguments.get_flag("json"), &mut out).map_err(|error| out.failed(&error))?;
        out.finish(true)?;
        Ok(Exit::Done)
    }
}

fn list(only: &[&String], as_json: bool, out: &mut dyn Write) -> io::Result<()> {
    for protocol in PROTOCOLS {
        if !only.is_empty()
            && !only
                .iter()
                .any(|name| name.eq_ignore_ascii_case(protocol.name()))
        {
            continue;
        }
        if !as_json {
            writeln!(out, "{} ({})", protocol.title(), protocol.name())?;
        }
        for field in (0..).map_while(|index| protocol.field(index)) {
            let kind = kind(field.kind);
            if as_json {
                let line = json!({"name": field.name, "kind": kind, "doc": field.doc});
                writeln!(out, "{line}")?;
            } else {
                writeln!(out, "  {} ({kind})", field.name)?;
                wrapped(field.doc, out)?;
            }
        }
        if !as_json {
            writeln!(out)?;
        }
    }
    Ok(())
}

/// Writes a text in lines of [`WIDTH`] columns, indented.
pub(super) fn wrapped(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            writeln!(out)?;
            column = 0;
        }
        if column == 0 {
            write!(out, "{:INDENT$}{word}", "")?;
            column = INDENT + width;
        } else {
            write!(out, " {word}")?;
            column += 1 + width;
        }
    }
    writeln!(out)
}

/// Refuses field names that no protocol has, and offers the one most like it; and fields none of
/// which any of the `protocols` has, where some are named.
pub(super) fn known(fields: &[String], protocols: &[String]) -> Result<(), Failure> {
    let names = || {
        PROTOCOLS
            .iter()
            .flat_map(|protocol| (0..).map_while(|index| protocol.field(index)))
            .map(|field| field.name)
    };
    let Some(wrong) = fields
        .iter()
        .find(|field| !names().any(|name| name == *field))
    else {
        return filled(fields, protocols);
    };
    let alike = names()
        .map(|name| (strsim::jaro_winkler(name, wrong), name))
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let hint = alike.map_or_else(
        || "`jaga fields` lists all of them".to_owned(),
        |(_, name)| format!("did you mean `{name}`? `jaga fields` lists all of them"),
    );
    let what = match wrong.as_str() {
        "" => "a field has no name: is there a comma too many?".to_owned(),
        _ => format!("no protocol has a field `{wrong}`"),
    };
    Err(Failure::new(Exit::Usage, what).hint(hint))
}

/// Refuses fields that would all be empty.
fn filled(fields: &[String], protocols: &[String]) -> Result<(), Failure> {
    let of = |field: &String| {
        let owner = field.split_once('.').map_or("", |(owner, _)| owner);
        protocols.iter().any(|protocol| protocol == owner)
    };
    match fields {
        [first, ..] if !protocols.is_empty() && !fields.iter().any(of) => {
            let what = format!("`{first}` is no field of {}", protocols.join(" or "));
            let hint = "every line would be empty: name its protocol with -p, or leave -p out";
            Err(Failure::new(Exit::Usage, what).hint(hint))
        }
        _ => Ok(()),
    }
}

/// What a field holds, in a word.
pub(super) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Unsigned => "unsigned",
        Kind::Signed => "signed",
        Kind::Float => "float",
        Kind::Boolean => "boolean",
        Kind::Text => "text",
        Kind::Octets => "octets",
        Kind::List => "list",
    }
}
