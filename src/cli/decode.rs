//! `jaga decode`: one line a PDU.

use super::fields::known;
use super::input::{self, Input};
use super::output::Outputs;
use super::{Exit, Failure, Subcommand};
use crate::desk::outputs::decode::Lines;
use crate::protocols::PROTOCOLS;
use crate::sensor::{Event, Watch};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The subcommand.
pub(super) struct Decode;

const EXAMPLES: &str = "\
Examples:
  jaga decode plant.pcap
  jaga decode plant.pcap -p s7comm --json
  jaga decode plant.pcap -p modbus -f modbus.unit,modbus.function";

/// The protocols that can be asked for.
fn protocols() -> String {
    let names: Vec<&str> = PROTOCOLS.iter().map(|protocol| protocol.name()).collect();
    format!("Protocols: {}.", names.join(", "))
}

impl Subcommand for Decode {
    fn command(&self) -> Command {
        let command = Command::new("decode")
            .about("Print one line for each PDU decoded")
            .long_about(
                "Print one line for each PDU decoded: the number of the frame that completed \
                 it, time (UTC, seconds since 1970), sender, receiver, direction, protocol, then \
                 its fields, parted by tabs: as name=value, or with --fields the values alone, in the \
                 order asked for. A column is empty, and with --json a name is missing, where the \
                 PDU has no such field; an empty text is \"\". The direction is unknown until the \
                 protocol has shown who the server is. Of sampled values the first PDU of each stream is \
                 decoded, of cyclic PROFINET frames the first of each kind; the rest is counted \
                 and passed over.",
            )
            .after_help(protocols())
            .before_help(EXAMPLES);
        input::arguments(command)
            .arg(
                Arg::new("protocol")
                    .long("protocol")
                    .short('p')
                    .value_name("P")
                    .action(ArgAction::Append)
                    .value_parser(PROTOCOLS.iter().map(|p| p.name()).collect::<Vec<_>>())
                    .ignore_case(true)
                    .hide_possible_values(true)
                    .help("Only this protocol; may be given again"),
            )
            .arg(
                Arg::new("fields")
                    .long("fields")
                    .short('f')
                    .value_name("A,B,...")
                    .value_delimiter(',')
                    .action(ArgAction::Append)
                    .help("Only these fields, in this order; `jaga fields` lists them"),
            )
            .arg(
                Arg::new("json")
                    .long("json")
                    .action(ArgAction::SetTrue)
                    .help("One JSON object a line"),
            )
            .arg(
                Arg::new("output")
                    .long("output")
                    .short('o')
                    .value_name("FILE")
                    .default_value("-")
                    .hide_default_value(true)
                    .value_parser(value_parser!(PathBuf))
                    .help("Write to this file instead of standard output")
                    .long_help(
                        "Write to this file instead of standard output. It has the name \
                         FILE.XXXXXX.part until it is whole.",
                    ),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let text = |name| -> Vec<String> {
            arguments
                .get_many::<String>(name)
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        };
        let fields = text("fields");
        let protocols: Vec<_> = text("protocol")
            .iter()
            .map(|name| name.to_lowercase())
            .collect();
        known(&fields, &protocols)?;
        let lines = Lines::new(protocols, fields, arguments.get_flag("json"))
            .with_secrets(arguments.get_flag("show-secrets"));
        let input = Input::of(arguments);
        let captures = input.open()?;
        let mut outputs = Outputs::beside(&captures);
        let place = arguments.get_one::<PathBuf>("output");
        let mut out = outputs.open(place.map_or(Path::new("-"), PathBuf::as_path))?;
        let streaming = outputs.has_stdout();
        let watch = Watch {
            tap: Some(&lines),
            ..Watch::default()
        };
        let ran = input.run(captures, watch, streaming, &mut |event| {
            if let Event::Line(line) = event {
                writeln!(out, "{line}").map_err(|error| out.failed(&error))?;
            }
            Ok(())
        })?;
        let written = out.finish(ran.whole()).map(|_| ());
        Ok(input.verdict(ran, [written]))
    }
}
