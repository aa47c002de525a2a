//! `jaga fields`: all fields of all protocols, from the field tables.

use super::{Exit, Failure, Subcommand};
use crate::facts::Kind;
use crate::protocols::PROTOCOLS;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use std::io::{self, Write};

/// The subcommand.
pub(super) struct Fields;

impl Subcommand for Fields {
    fn command(&self) -> Command {
        Command::new("fields")
            .about("List the fields of all protocols with what they mean")
            .arg(
                Arg::new("protocol")
                    .value_name("PROTOCOL")
                    .action(ArgAction::Append)
                    .value_parser(PROTOCOLS.iter().map(|p| p.name()).collect::<Vec<_>>())
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
        let mut out = io::BufWriter::new(io::stdout().lock());
        list(&only, arguments.get_flag("json"), &mut out)
            .and_then(|()| out.flush())
            .map_err(|error| Failure::new(Exit::Output, format!("standard output: {error}")))?;
        Ok(Exit::Done)
    }
}

fn list(only: &[&String], as_json: bool, out: &mut dyn Write) -> io::Result<()> {
    for protocol in PROTOCOLS {
        if !only.is_empty() && !only.iter().any(|name| *name == protocol.name()) {
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
                writeln!(out, "  {:<28} {kind:<9} {}", field.name, field.doc)?;
            }
        }
        if !as_json {
            writeln!(out)?;
        }
    }
    Ok(())
}

fn kind(kind: Kind) -> &'static str {
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
