//! `jaga baseline learn`: captures in, the baseline out.

use crate::cli::input::{self, Input};
use crate::cli::output::Outputs;
use crate::cli::replay::{detect, windows};
use crate::cli::{Exit, Failure, settings};
use crate::desk::Desk;
use crate::desk::baseline::text;
use crate::desk::detect::Detectors;
use crate::sensor::Watch;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::{Path, PathBuf};

pub(super) fn command() -> Command {
    let command = Command::new("learn")
        .about("Learn from captures what is usual")
        .before_help(
            "Examples:\n  jaga baseline learn week/ -o plant.baseline\n  jaga baseline learn \
             more.pcap --baseline plant.baseline -o more.baseline",
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_name("FILE")
                .default_value("-")
                .value_parser(value_parser!(PathBuf))
                .help("Write the baseline to FILE; - is standard output"),
        )
        .arg(
            Arg::new("baseline")
                .long("baseline")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Add to this baseline"),
        )
        .arg(
            windows::argument()
                .help("Learn nothing of the planned work in FILE")
                .long_help(
                    "Learn nothing of what falls into the windows of planned work in FILE, which \
                     is TOML: what a technician did on one day is not what is usual.",
                ),
        );
    input::arguments(command)
}

pub(super) fn run(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let input = Input::of(arguments);
    let captures = input.open()?;
    let asked = settings::detectors(arguments)?;
    let known = arguments.get_one::<PathBuf>("baseline");
    let baseline = known.map(|path| detect::open(path)).transpose()?;
    let mut outputs = Outputs::beside(&captures);
    outputs.spare(&detect::read(&asked));
    let path = arguments.get_one::<PathBuf>("output");
    let mut output = outputs.open(path.map_or(Path::new("-"), PathBuf::as_path))?;
    let mut desk = Desk {
        detectors: Some(Detectors::learning(baseline, windows::read(&asked)?)),
        shows_secrets: input.shows_secrets,
        ..Desk::default()
    };
    let watch = Watch {
        detect: true,
        ..Watch::default()
    };
    let ran = input.run(captures, watch, outputs.has_stdout(), &mut |mut event| {
        desk.take(&mut event);
        desk.news.clear();
        Ok(())
    })?;
    let mut baseline = desk
        .detectors
        .map(Detectors::into_baseline)
        .unwrap_or_default();
    for source in ran.outcome.captures.sources() {
        let name = source.path.file_name().unwrap_or(source.path.as_os_str());
        let name = name.to_string_lossy().into_owned().into_boxed_str();
        if !baseline.sources.contains(&name) {
            baseline.sources.push(name);
        }
    }
    let written = text::write(&baseline, &mut output).map_err(|error| output.failed(&error));
    let written = written.and_then(|()| output.finish(ran.whole()).map(|_| ()));
    Ok(input.verdict(ran, [written]))
}
