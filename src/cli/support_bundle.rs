//! `jaga support-bundle`: what others need to help with a sensor, in one archive: versions,
//! configuration with secrets masked, what `jaga check` says, how it is, its metrics, and what it
//! told of its own health. No packet, no payload, no alert, no key.
//!
//! What cannot be had is told in its place in the archive: a bundle of a sensor in trouble must
//! come to be.

mod mask;
mod tar;

use super::exit::tell;
use super::output::Outputs;
use super::{Exit, Failure, Subcommand, check, settings, spool};
use crate::capture::Posture;
use crate::config::{Settings, show};
use crate::desk::store::{self, Seen};
use clap::{Arg, ArgMatches, Command, value_parser};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tar::Tar;

/// The subcommand.
pub(super) struct SupportBundle;

/// Where the package puts the configuration.
const CONFIGURATION: &str = "/etc/jaga/jaga.toml";

/// Health events taken: the newest, a week of heartbeats.
const HEALTH: usize = 10_080;

/// Octets read at the end of a file of alerts, for the health events in it.
const TAIL: u64 = 8 << 20;

/// How long the sensor's metrics are waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Octets of metrics at most.
const PAGE: u64 = 4 << 20;

const EXAMPLES: &str = "\
Examples:
  jaga support-bundle                          of the sensor of this machine
  jaga support-bundle -c /etc/jaga/jaga.toml -o /tmp/south.tar.gz
  jaga support-bundle -o - | tar tz            what is in it";

const CONTENTS: &str = "\
In the archive:
  contents.txt        what is in it, and what is not
  versions.txt        Jaga, system, kernel, processors, memory
  configuration.toml  all settings, each with who said it; secrets are ***
  check.txt           what `jaga check` says of them
  status.txt          service, processes, interfaces, what is kept
  metrics.txt         what the sensor counts, where it serves metrics
  health.json         what it told of its own health, the newest events

No packet, payload, alert, rule, baseline or key is in it. Addresses and names
that stand in the configuration are: look at it before you hand it on.";

impl Subcommand for SupportBundle {
    fn command(&self) -> Command {
        Command::new("support-bundle")
            .about("Put what others need to help with a sensor into one archive")
            .before_help(EXAMPLES)
            .after_help(CONTENTS)
            .arg(
                Arg::new("config")
                    .long("config")
                    .short('c')
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .help("The configuration of the sensor (default: /etc/jaga/jaga.toml)"),
            )
            .arg(
                Arg::new("output")
                    .long("output")
                    .short('o')
                    .value_name("FILE")
                    .default_value("jaga-support.tar.gz")
                    .value_parser(value_parser!(PathBuf))
                    .help("The archive; - is standard output"),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let path = arguments.get_one::<PathBuf>("output");
        let path = path.map_or(Path::new("-"), PathBuf::as_path);
        let parts = parts(arguments)?;
        let mut output = Outputs::new().open(path)?;
        let mut write = || -> io::Result<()> {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let mut tar = Tar::new(
                GzEncoder::new(&mut output, Compression::default()),
                now.map_or(0, |now| now.as_secs()),
            );
            for (name, text) in &parts {
                tar.add(&format!("jaga-support/{name}"), text.as_bytes())?;
            }
            tar.finish()?.finish()?;
            Ok(())
        };
        let written = write();
        written.map_err(|error| output.failed(&error))?;
        if let Some(name) = output.finish(true)? {
            let hint = "look at it before you hand it on: addresses and names are in it";
            tell(format_args!("{name} is written"), hint);
        }
        Ok(Exit::Done)
    }
}

/// The files of the archive.
fn parts(arguments: &ArgMatches) -> Result<Vec<(&'static str, String)>, Failure> {
    let named = arguments.get_one::<PathBuf>("config");
    if let Some(path) = named
        && let Err(error) = fs::metadata(path)
    {
        let what = format!("{}: {error}", path.display());
        return Err(Failure::new(Exit::Usage, what).hint("name the configuration of the sensor"));
    }
    let usual = Path::new(CONFIGURATION);
    let path = named.map(PathBuf::as_path);
    let path = path.or_else(|| usual.exists().then_some(usual));
    let (settings, configuration, checked) = match settings::resolve_at(path) {
        Ok((settings, layers)) => {
            let mut checked = Vec::new();
            if let Err(error) = check::tell(&settings, &layers, &mut checked) {
                let _ = writeln!(checked, "{error}");
            }
            let shown = mask::settings(&show(&settings, &layers));
            (settings, shown, lossy(&checked))
        }
        // What cannot be read cannot be masked either: the mistake alone is told.
        Err(Failure { what, hint, .. }) => {
            let told = format!("# The configuration cannot be used: {what}\n# hint: {hint}\n");
            let text = mask::text(&told);
            (Settings::default(), text.clone(), text)
        }
    };
    Ok(vec![
        ("contents.txt", format!("{CONTENTS}\n")),
        ("versions.txt", versions()),
        ("configuration.toml", configuration),
        ("check.txt", mask::text(&checked)),
        ("status.txt", mask::text(&status(&settings))),
        ("metrics.txt", metrics(&settings)),
        ("health.json", health(&settings)),
    ])
}

fn lossy(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// What is what here.
fn versions() -> String {
    let system = rustix::system::uname();
    let part = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let mut text = format!("jaga {}\n", env!("CARGO_PKG_VERSION"));
    let patterns = match cfg!(feature = "hyperscan") {
        true => "Hyperscan",
        false => "without Hyperscan",
    };
    let _ = writeln!(text, "patterns: {patterns}");
    let _ = writeln!(
        text,
        "kernel: {} {} {}",
        part(system.sysname()),
        part(system.release()),
        part(system.machine())
    );
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let _ = writeln!(text, "system: {}", name.unwrap_or("unknown"));
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let _ = writeln!(text, "processors: {processors}");
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    for line in memory
        .lines()
        .filter(|line| line.starts_with("MemTotal") || line.starts_with("MemAvailable"))
    {
        let _ = writeln!(text, "{line}");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let _ = writeln!(
        text,
        "made at: {} seconds since 1970",
        now.map_or(0, |now| now.as_secs())
    );
    text
}

/// How the sensor is.
fn status(settings: &Settings) -> String {
    let mut text = String::from("Service\n");
    text.push_str(&service());
    text.push_str("\nProcesses\n");
    text.push_str(&processes());
    text.push_str("\nInterfaces\n");
    for name in &settings.capture.interfaces {
        match Posture::of(name) {
            Some(posture) => {
                let sent = Posture::sent(name);
                let sent = sent.map_or_else(|| "unknown".to_owned(), |sent| sent.to_string());
                let _ = writeln!(text, "{name}: {posture:?}, frames sent: {sent}");
            }
            None => {
                let _ = writeln!(text, "{name}: is not there");
            }
        }
    }
    let counts = fs::read_to_string("/proc/net/dev").unwrap_or_default();
    text.push_str(&counts);
    text.push_str("\nWhat is kept\n");
    match &settings.state.folder {
        None => text.push_str("nothing: state.folder is not set\n"),
        Some(folder) => {
            let mut told = Vec::new();
            if let Err(error) = spool::status(folder, &mut told) {
                let _ = writeln!(told, "{}: {error}", folder.display());
            }
            text.push_str(&lossy(&told));
        }
    }
    text
}

/// What the service manager says.
fn service() -> String {
    let properties = "--property=ActiveState,SubState,StatusText,Result,NRestarts,\
                      ActiveEnterTimestamp,MemoryCurrent,WatchdogTimestamp";
    let mut command = std::process::Command::new("systemctl");
    match command.args(["show", "jaga.service", properties]).output() {
        Ok(ran) if ran.status.success() => lossy(&ran.stdout),
        Ok(ran) => format!("systemctl: {}\n", lossy(&ran.stderr).trim()),
        Err(error) => format!("systemctl: {error}\n"),
    }
}

/// The sensors that run here.
fn processes() -> String {
    let mut text = String::new();
    let own = std::process::id().to_string();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = name.to_string_lossy();
        let comm = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        if comm.trim() != "jaga" || number == own {
            continue;
        }
        let _ = writeln!(text, "process {number}");
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let wanted = [
            "State", "Uid", "VmPeak", "VmHWM", "VmRSS", "Threads", "CapEff",
        ];
        for line in status.lines() {
            if wanted.iter().any(|name| line.starts_with(name)) {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    if text.is_empty() {
        text.push_str("no other jaga runs, or none that may be seen\n");
    }
    text
}

/// What a running sensor counts.
fn metrics(settings: &Settings) -> String {
    let Some(address) = settings.metrics.listen else {
        return "metrics.listen is not set\n".to_owned();
    };
    let asked = ask(reachable(address)).map(|page| match page.split_once("\r\n\r\n") {
        Some((_, page)) => page.to_owned(),
        None => page,
    });
    asked.unwrap_or_else(|error| format!("{address}: {error}\n"))
}

/// Where what listens at an address is reached from here.
const fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut page = Vec::new();
    stream.take(PAGE).read_to_end(&mut page)?;
    Ok(lossy(&page))
}

/// What the sensor told of its own health, one JSON object a line; nothing else it told.
fn health(settings: &Settings) -> String {
    let mut events = VecDeque::new();
    let mut take = |line: &[u8]| {
        if is_health(line) {
            events.push_back(lossy(line));
            if events.len() > HEALTH {
                events.pop_front();
            }
        }
    };
    let told = match (&settings.state.folder, &settings.alerts.file) {
        (Some(folder), _) => store::look(folder, &mut |seen| {
            if let Seen::Record(record) = seen {
                take(&record.event);
            }
            Ok(())
        })
        .map(|_| ()),
        (None, Some(file)) => tail(file).map(|tail| tail.split(|c| *c == b'\n').for_each(take)),
        (None, None) => Ok(()),
    };
    let mut text = String::new();
    if let Err(error) = told {
        let _ = writeln!(
            text,
            "{}",
            serde_json::json!({ "error": error.to_string() })
        );
    }
    for event in events {
        text.push_str(event.trim_end());
        text.push('\n');
    }
    text
}

/// Whether a line is an event of health.
fn is_health(line: &[u8]) -> bool {
    let event: Option<serde_json::Value> = serde_json::from_slice(line).ok();
    event.is_some_and(|event| {
        let kind = event.get("event_type").and_then(|kind| kind.as_str());
        kind == Some("health")
    })
}

/// The end of a file.
fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut octets = Vec::new();
    file.take(TAIL).read_to_end(&mut octets)?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_health_is_taken() {
        assert!(is_health(br#"{"event_type":"health","health":{}}"#));
        assert!(!is_health(br#"{"event_type":"alert","payload":"health"}"#));
        assert!(!is_health(b"{\"event_type\":\"hea"));
        let any = reachable("0.0.0.0:9474".parse().unwrap());
        assert_eq!(any.to_string(), "127.0.0.1:9474");
    }
}
