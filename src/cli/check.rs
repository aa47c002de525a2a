//! `jaga check`: whether `jaga run` would start with this configuration, and what would be wrong
//! with it then; without starting.
//!
//! Looks at the configuration, the rules, the places of files and the interfaces. Writes
//! nothing, and sends nothing.

use super::output::{Output, Outputs, STDOUT};
use super::replay::rules::Rules;
use super::replay::{detect, inventory, site, windows};
use super::run::{self, arguments, outputs};
use super::{Exit, Failure, Subcommand, settings};
use crate::capture::{Filter, Posture, Sockets};
use crate::config::{Layers, Settings, show};
use crate::facts::plain;
use clap::{Arg, ArgAction, ArgMatches, Command};
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// The subcommand.
pub(super) struct Check;

const EXAMPLES: &str = "\
Examples:
  jaga check -c /etc/jaga/jaga.toml           would `jaga run -c` start?
  jaga check -c /etc/jaga/jaga.toml --show    what it would start with
  jaga check -i span0 --state /var/lib/jaga   the same of a command line";

const MORE: &str = "\
Takes every other option of `jaga run` too, as it would be given there.

Exit codes: 0 where nothing is wrong, be it with warnings; else the code of the
first mistake: 2 for the configuration, 5 for a file that could not be written.
Only a start shows whether the state, the port and the rights are there.";

impl Subcommand for Check {
    fn command(&self) -> Command {
        let show = Arg::new("show")
            .long("show")
            .action(ArgAction::SetTrue)
            .help("Print all settings as TOML, each with who said it");
        Command::new("check")
            .about("Check a configuration: would `jaga run` start with it?")
            .before_help(EXAMPLES)
            .after_help(MORE)
            .arg(show)
            .args(arguments::showing(&["config", "quiet"]))
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let (settings, layers) = settings::resolve(arguments)?;
        let mut findings = Findings::default();
        look(&settings, &layers, &mut findings);
        let is_shown = arguments.get_flag("show");
        let mut out = Output::stdout();
        let written = match is_shown {
            true => out.write_all(show(&settings, &layers).as_bytes()),
            false => findings.write(settings.quiet, &mut out),
        };
        written.map_err(|error| out.failed(&error))?;
        out.finish(true)?;
        if is_shown {
            let mut err = Output::stderr();
            // A closed standard error leaves nobody to tell.
            let _ = findings.write(true, &mut err);
            let _ = err.finish(true);
        }
        Ok(findings.exit())
    }
}

/// How grave what was found is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Good,
    /// The sensor starts, and something is not as it should be.
    Warning,
    /// The sensor would end with this code.
    Error(Exit),
}

/// What was found.
#[derive(Debug, Default)]
struct Findings(Vec<(Level, String, String)>);

impl Findings {
    fn good(&mut self, what: impl Display) {
        self.0.push((Level::Good, what.to_string(), String::new()));
    }

    fn warn(&mut self, what: impl Display, hint: &str) {
        self.0
            .push((Level::Warning, what.to_string(), hint.to_owned()));
    }

    fn fail(&mut self, failure: Failure) {
        let Failure { exit, what, hint } = failure;
        self.0.push((Level::Error(exit), what, hint));
    }

    /// What a step gives, where it went well.
    fn take<T>(&mut self, step: Result<T, Failure>) -> Option<T> {
        step.map_err(|failure| self.fail(failure)).ok()
    }

    /// How `jaga run` would end: with the first thing that is wrong.
    fn exit(&self) -> Exit {
        let codes = self.0.iter().filter_map(|(level, ..)| match level {
            Level::Error(exit) => Some(*exit),
            Level::Good | Level::Warning => None,
        });
        codes.into_iter().next().unwrap_or(Exit::Done)
    }

    fn write(&self, quiet: bool, out: &mut dyn Write) -> io::Result<()> {
        for (level, what, hint) in &self.0 {
            let word = match level {
                Level::Good if quiet => continue,
                Level::Good => "ok",
                Level::Warning => "warning",
                Level::Error(_) => "error",
            };
            writeln!(out, "{word:<8} {}", plain(what))?;
            if !hint.is_empty() {
                writeln!(out, "           hint: {}", plain(hint))?;
            }
        }
        Ok(())
    }
}

/// Writes what is wrong with these settings, as the command does.
pub(super) fn tell(settings: &Settings, layers: &Layers, out: &mut dyn Write) -> io::Result<()> {
    let mut findings = Findings::default();
    look(settings, layers, &mut findings);
    findings.write(false, out)
}

/// Looks at everything in the order in which a run would come across it.
fn look(settings: &Settings, layers: &Layers, findings: &mut Findings) {
    for file in layers.files() {
        findings.good(format_args!("configuration: {}", file.display()));
    }
    let mut outputs = Outputs::new();
    outputs.spare(layers.files());
    let interfaces = findings.take(run::interfaces(settings));
    // Compiled rules are kept by who uses them.
    let rules = crate::config::Rules {
        cache: Some("none".into()),
        ..settings.rules.clone()
    };
    let zones = findings.take(detect::zones(&settings.detectors)).flatten();
    if let (Some(path), Some(_)) = (&settings.detectors.zones, &zones) {
        findings.good(format_args!("zones: {}", path.display()));
    }
    let windows = findings.take(windows::read(&settings.detectors)).flatten();
    if let (Some(path), Some(_)) = (&settings.detectors.windows, &windows) {
        findings.good(format_args!("planned work: {}", path.display()));
    }
    if let Some(rules) = findings.take(Rules::open(&rules, zones.as_deref(), true)) {
        outputs.spare(&rules.read);
        of_rules(&rules, findings);
    }
    outputs.spare(&detect::read(&settings.detectors));
    if let Some((Some(_), keeper)) = findings.take(run::usual::detectors(settings, zones, windows))
    {
        match keeper.found().or(settings.detectors.baseline.as_deref()) {
            Some(path) => findings.good(format_args!("baseline: {}", path.display())),
            None => findings.good("detectors: on, without a baseline"),
        }
    }
    outputs.spare(settings.inventory.assets.as_slice());
    if let Some(path) = &settings.inventory.assets {
        of_assets(path, findings);
    }
    places(settings, &mut outputs, findings);
    collectors(settings, findings);
    metrics(settings, findings);
    if let Some(interfaces) = interfaces {
        of_interfaces((interfaces, settings.capture.filter.as_ref()), findings);
    }
}

fn of_rules(rules: &Rules, findings: &mut Findings) {
    match (rules.loaded(), rules.refused.len()) {
        (0, _) => findings.warn("rules: none is loaded", "detectors alone look on"),
        (loaded, 0) => findings.good(format_args!("rules: {loaded} are loaded")),
        (loaded, refused) => findings.warn(
            format_args!("rules: {loaded} are loaded, {refused} are refused"),
            "`jaga rules check` with the same paths says why",
        ),
    }
}

/// The site's list of its devices.
fn of_assets(path: &Path, findings: &mut Findings) {
    let Some(site) = findings.take(site::open(path)) else {
        return;
    };
    for (what, hint) in site::notes(path, &site) {
        findings.warn(what, &hint);
    }
    let count = site.entries().len();
    let named = path.display();
    match count {
        0 => findings.warn(
            format_args!("assets: {named} lists no device"),
            "fill in a line for each device",
        ),
        _ => findings.good(format_args!("assets: {named} lists {count} devices")),
    }
}

/// Files that are written, each of which must be nobody else's.
fn places(settings: &Settings, outputs: &mut Outputs, findings: &mut Findings) {
    let files = [
        ("events", Some(&settings.events.file)),
        ("inventory", settings.inventory.file.as_ref()),
        ("alerts", settings.alerts.file.as_ref()),
    ];
    for (what, path) in files {
        let Some(path) = path else { continue };
        let is_stdout = STDOUT.iter().any(|name| path == Path::new(name));
        let may = match what {
            "inventory" => inventory::Form::of(path).map(|_| ()),
            _ => Ok(()),
        };
        let may = may.and_then(|()| outputs.take(path)).and_then(|_| {
            let denied = |error| outputs::unwritable(path, &error);
            if is_stdout {
                Ok(())
            } else {
                writable(path).map_err(denied)
            }
        });
        if findings.take(may).is_some() {
            findings.good(format_args!("{what}: {}", path.display()));
        }
    }
    let Some(folder) = &settings.state.folder else {
        return findings.warn(
            "state: alerts are kept in memory alone",
            "state.folder keeps them over a crash or a restart",
        );
    };
    match kept(folder) {
        Ok(()) => findings.good(format_args!("state: {}", folder.display())),
        Err(error) => {
            let what = format!("{}: {error}", folder.display());
            let hint = "choose a folder that you may write to";
            findings.fail(Failure::new(Exit::Output, what).hint(hint));
        }
    }
}

/// Whether this process may do so with a file.
fn may(path: &Path, access: Access) -> io::Result<()> {
    Ok(accessat(CWD, path, access, AtFlags::EACCESS)?)
}

/// Whether a file can be written, or made.
fn writable(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(there) if there.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(_) => may(path, Access::WRITE_OK),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            may(
                folder.unwrap_or(Path::new(".")),
                Access::WRITE_OK | Access::EXEC_OK,
            )
        }
        Err(error) => Err(error),
    }
}

/// Whether things can be kept in a folder, which is made where it is not there.
fn kept(folder: &Path) -> io::Result<()> {
    let whole: PathBuf = std::path::absolute(folder)?;
    let there = whole.ancestors().find(|path| path.exists());
    let there = there.ok_or(ErrorKind::NotFound)?;
    if !there.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    may(there, Access::WRITE_OK | Access::EXEC_OK)
}

fn collectors(settings: &Settings, findings: &mut Findings) {
    let syslog = &settings.syslog;
    let named = outputs::named_once(syslog);
    let trusted = outputs::trust(syslog).map(|_| ());
    for step in [named, trusted] {
        let _ = findings.take(step);
    }
    for collector in &syslog.collectors {
        match collector.may_lose() {
            true => findings.warn(
                format_args!("syslog: {collector}: may lose messages without a word"),
                "tcp:// and tls:// send again what was lost with a connection",
            ),
            false => findings.good(format_args!("syslog: {collector}")),
        }
    }
}

fn metrics(settings: &Settings, findings: &mut Findings) {
    let Some(address) = settings.metrics.listen else {
        return;
    };
    match TcpListener::bind(address) {
        Ok(_) => findings.good(format_args!("metrics: {address}")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => findings.warn(
            format_args!("metrics: {address} is in use"),
            "by the sensor that runs now? Else choose another port",
        ),
        Err(error) => findings.fail(outputs::unserved(address, &error)),
    }
}

fn of_interfaces((interfaces, filter): (&[String], Option<&Filter>), findings: &mut Findings) {
    if let Some(filter) = filter {
        findings.warn(
            format_args!("capture: the sensor sees nothing but {filter}"),
            "without capture.filter it sees all that the mirror port shows",
        );
    }
    match run::listener(interfaces, &Sockets::Made, filter) {
        Ok(_) => findings.good(format_args!("listening at {}", interfaces.join(", "))),
        Err(failure) if failure.exit == Exit::Denied => {
            findings.warn(failure.what, &failure.hint);
        }
        Err(failure) => findings.fail(failure),
    }
    for interface in interfaces {
        let Some(posture) = Posture::of(interface) else {
            continue;
        };
        let switch = |what: &str| format!("`{what}` (at each start)");
        if !posture.up {
            let mend = format!("ip link set {interface} up");
            findings.warn(format_args!("{interface}: is down"), &switch(&mend));
        }
        if posture.address {
            let what = format_args!("{interface}: has an address, so that others may reach it");
            let mend = format!("ip addr flush dev {interface}");
            findings.warn(what, &switch(&mend));
        }
        if posture.ipv6 {
            let what = format_args!("{interface}: IPv6 is on, so that the system sends there");
            let mend = format!("sysctl -w net.ipv6.conf.{interface}.disable_ipv6=1");
            findings.warn(what, &switch(&mend));
        }
        if posture.arp {
            let what = format_args!("{interface}: ARP is on, so that the system may answer there");
            let mend = format!("ip link set {interface} arp off");
            findings.warn(what, &switch(&mend));
        }
    }
}
