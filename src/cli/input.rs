//! What every subcommand that reads captures shares: its arguments, opening, the run itself, and
//! what is told about it afterwards.
//!
//! Used by `replay` and `decode`. Knows nothing of what they print.

use super::exit::{Exit, Failure, Signal, tell};
use super::progress::{self, Lookout, Speed};
use crate::capture::{self, Captures, Defect, Error, Source};
use crate::sensor::{self, Event, Outcome, Watch};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Workers at most unless asked for more: beyond this the one reader is the narrow place.
const WORKERS_MAX: usize = 8;

/// What is told when a mapped capture is cut shorter, or its disk fails.
const CUT: &str = "\
jaga: a capture was cut shorter by another program, or its disk failed, while it was read
  hint: use --no-map for files that others change; unfinished outputs end in .part
";

/// The heading of the shared options in `--help`.
const HEADING: &str = "Running";

/// How captures are to be read.
#[derive(Debug)]
pub(super) struct Input {
    paths: Vec<PathBuf>,
    workers: usize,
    allow_truncated: bool,
    map: bool,
    pub(super) shows_secrets: bool,
    quiet: bool,
    verbose: bool,
}

/// A run that came to its end, or was ended by a signal.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) outcome: Outcome,
    /// The signal that ended it.
    stopped: Option<Signal>,
    speed: Speed,
    /// As long as results are made.
    lookout: Option<Lookout>,
}

impl Ran {
    /// Whether everything in the captures that can be read was read: files made of it may be
    /// shown as whole.
    pub(super) fn whole(&self) -> bool {
        !self.outcome.stopped && self.outcome.imbalance.is_none()
    }

    /// The results are there: no bar may stand among what is shown from now on.
    pub(super) fn unwatch(&mut self) {
        self.lookout = None;
    }
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help_heading(HEADING)
}

/// `--workers`.
pub(super) fn workers_option() -> Arg {
    Arg::new("workers")
        .long("workers")
        .value_name("N")
        .value_parser(value_parser!(u8).range(1..=64))
        .help_heading(HEADING)
        .help("Worker threads (default: one a processor, at most 8)")
        .long_help(
            "Worker threads, 1 to 64. Default: one for each processor, at most 8. The result \
             is the same with any number.",
        )
}

/// How many workers are asked for.
pub(super) fn workers(arguments: &ArgMatches) -> usize {
    workers_of(arguments.get_one::<u8>("workers").copied())
}

/// How many workers there are where so many are asked for.
pub(super) fn workers_of(asked: Option<u8>) -> usize {
    let parallel =
        || std::thread::available_parallelism().map_or(1, |count| count.get().min(WORKERS_MAX));
    asked.map_or_else(parallel, usize::from)
}

/// `--show-secrets`.
pub(super) fn secrets_option() -> Arg {
    flag("show-secrets")
        .help("Show passwords, communities and cookies instead of ***")
        .long_help(
            "Show passwords, SNMP communities, cookies and tokens that travel in clear text. \
             Without this option *** stands in their place in everything that is written.",
        )
}

/// Adds the shared arguments to a subcommand.
pub(super) fn arguments(command: Command) -> Command {
    command
        .arg(
            Arg::new("captures")
                .value_name("CAPTURE")
                .required(true)
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Capture files or folders; - is standard input")
                .long_help(
                    "Capture files or folders: pcap or pcapng, plain, gzip or zstd, told by \
                     their content. Several are merged by time. A folder is read with all its \
                     subfolders; what is no capture in it is passed over, but a file that is \
                     named like one (.pcap, .pcapng, .cap) and is none is told, with exit code \
                     3. - is standard input.",
                ),
        )
        .arg(workers_option())
        .arg(
            flag("allow-truncated")
                .help("Exit 0 although a capture is damaged or cut short")
                .long_help(
                    "Exit 0 although a capture is damaged or cut short. What stands before the \
                     damage is read either way, and the damage is told on standard error.",
                ),
        )
        .arg(
            flag("no-map")
                .help("Read files instead of mapping them, while others may cut them")
                .long_help(
                    "Read files instead of mapping them into memory. Slower, but right for files \
                     that another program may cut shorter meanwhile (log rotation, network \
                     shares): a mapped file that is cut ends the run with exit code 4.",
                ),
        )
        .arg(secrets_option())
        .arg(
            flag("quiet")
                .short('q')
                .conflicts_with("verbose")
                .help("Only data and errors: no progress bar, notes or speed"),
        )
        .arg(
            flag("verbose")
                .short('v')
                .help("Say more of each capture, and what was passed over in folders"),
        )
}

impl Input {
    /// What the shared arguments say.
    pub(super) fn of(arguments: &ArgMatches) -> Self {
        Self {
            paths: arguments
                .get_many("captures")
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            workers: workers(arguments),
            allow_truncated: arguments.get_flag("allow-truncated"),
            map: !arguments.get_flag("no-map"),
            shows_secrets: arguments.get_flag("show-secrets"),
            quiet: arguments.get_flag("quiet"),
            verbose: arguments.get_flag("verbose"),
        }
    }

    /// The same for each of its paths alone.
    pub(super) fn each(&self) -> impl Iterator<Item = Self> {
        self.paths.iter().map(|path| Self {
            paths: vec![path.clone()],
            ..*self
        })
    }

    /// Its paths, as they were given.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Whether nothing but data and errors is told.
    pub(super) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The captures as they were named.
    pub(super) fn named(&self) -> Vec<String> {
        let named = self.paths.iter().map(|path| path.display().to_string());
        named.collect()
    }

    /// Opens the captures.
    pub(super) fn open(&self) -> Result<Captures, Failure> {
        let stdin = |path: &&PathBuf| path.as_os_str() == "-";
        if self.paths.iter().filter(stdin).nth(1).is_some() {
            let what = "standard input (-) is named twice, but can be read only once";
            return Err(Failure::new(Exit::Usage, what));
        }
        if self.map {
            // Where the system refuses, a file that is cut ends the process without a word.
            let _ = capture::when_cut(CUT, Exit::Denied.code().into());
        }
        let config = capture::Config {
            map: self.map,
            leave: progress::interrupted,
        };
        let captures = Captures::open(&self.paths, config)
            .map_err(|error| Failure::new(exit(&error), &error).hint(error.mend()))?;
        // Not before: a signal ends the wait for who writes a pipe.
        progress::listen();
        Ok(captures)
    }

    /// Runs the captures through the sensor. `desk` takes the events in packet order; its
    /// first failure ends the run. `streaming` says that lines go to standard output meanwhile,
    /// where a progress bar would stand among them.
    pub(super) fn run(
        &self,
        captures: Captures,
        watch: Watch<'_>,
        streaming: bool,
        desk: &mut dyn FnMut(Event) -> Result<(), Failure>,
    ) -> Result<Ran, Failure> {
        let lookout = Lookout::start(!self.quiet, streaming);
        let progress = lookout.progress();
        let mut failed = None;
        let config = sensor::Config {
            workers: self.workers,
        };
        let mut outcome = sensor::replay(captures, config, watch, progress, &mut |event| {
            if failed.is_none()
                && let Err(failure) = desk(event)
            {
                failed = Some(failure);
                progress.stop.store(true, Ordering::Relaxed);
            }
        });
        let (speed, lookout) = lookout.read();
        let stopped = lookout.as_ref().err().copied();
        // A pipe that was left ends like any other.
        outcome.stopped |= stopped.is_some();
        match failed {
            Some(failure) => Err(failure),
            None => Ok(Ran {
                outcome,
                stopped,
                speed,
                lookout: lookout.ok(),
            }),
        }
    }

    /// Tells on standard error what there is to tell about a run, and how the command ends.
    /// `written` is what became of each output.
    pub(super) fn verdict<const N: usize>(
        &self,
        mut ran: Ran,
        written: [Result<(), Failure>; N],
    ) -> Exit {
        ran.unwatch();
        let captures = &ran.outcome.captures;
        if self.verbose {
            captures.sources().for_each(describe);
        }
        let mut ends = vec![self.passed_over(captures.skipped())];
        for damage in captures.damages() {
            // Where a pipe was left, it was left in the middle.
            if ran.stopped.is_some() && matches!(damage.defect, Defect::Cut { .. }) {
                continue;
            }
            tell(damage, damage.mend());
            ends.push(Exit::Damaged);
        }
        if self.allow_truncated {
            ends.retain(|end| *end != Exit::Damaged);
        }
        if let Some(signal) = ran.stopped {
            tell(
                format_args!("stopped by {signal}: the totals cover only the packets read so far"),
                "",
            );
            ends.push(Exit::Stopped(signal));
        }
        if let Some(imbalance) = ran.outcome.imbalance {
            tell(
                format_args!("internal error: the books do not balance: {imbalance}"),
                "do not rely on this result; please report it with the capture",
            );
            ends.push(Exit::Internal);
        }
        if !self.quiet {
            let frames = captures.sources().map(|source| source.frames).sum();
            let octets = captures
                .sources()
                .map(|source| source.octets)
                .fold(0, u64::saturating_add);
            tell(ran.speed.line(frames, octets), "");
        }
        for failure in written.into_iter().filter_map(Result::err) {
            failure.tell();
            ends.push(failure.exit);
        }
        ends.into_iter().max().unwrap_or(Exit::Done)
    }

    /// Tells what was passed over in folders: each one that could not be read, and of those
    /// that are no captures only their number, unless more is asked for.
    fn passed_over(&self, skipped: &[Error]) -> Exit {
        let mut worst = Exit::Done;
        let mut strangers = 0_u32;
        for error in skipped {
            let exit = match error {
                stranger if !stranger.loses_a_capture() => {
                    strangers += 1;
                    if self.verbose {
                        tell(format_args!("passed over {error}"), "");
                    }
                    continue;
                }
                other => exit(other),
            };
            tell(error, error.mend());
            worst = worst.max(exit);
        }
        if strangers > 0 && !self.quiet && !self.verbose {
            tell(
                format_args!(
                    "files in the folders that are no captures: {strangers} (-v names them)"
                ),
                "",
            );
        }
        worst
    }
}

/// The exit code that goes with a capture that cannot be opened.
fn exit(error: &Error) -> Exit {
    match error {
        Error::Open { error, .. } => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Exit::Usage,
            _ => Exit::Denied,
        },
        Error::Refused { .. } | Error::NoCaptures { .. } => Exit::Damaged,
        Error::Terminal | Error::Nothing => Exit::Usage,
    }
}

/// One line on an input, for `--verbose`.
fn describe(source: &Source) {
    let size = source
        .size
        .map_or_else(String::new, |size| format!(", {size} octets on disk"));
    tell(
        format_args!(
            "{}: {} {}{size}, {} packets of {} octets, {} back in time, {} without time",
            source.path.display(),
            source.compression,
            source.form(),
            source.frames,
            source.octets,
            source.backward,
            source.untimed,
        ),
        "",
    );
}
