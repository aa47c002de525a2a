//! `jaga assets`: the devices that a sensor knows, from the shell; also while it runs.

use super::alerts::{Ended, folder, state, written};
use super::output::Output;
use super::run::devices;
use super::{Exit, Failure, Subcommand, WIDTH, wrapped};
use crate::desk::outputs::time::Seconds;
use crate::facts::{Time, plain};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::time::SystemTime;

/// The subcommand.
pub(super) struct AssetsCommand;

const EXAMPLES: &str = "\
Examples:
  jaga assets list /var/lib/jaga --role plc
  jaga assets show /var/lib/jaga 10.0.0.9";

const LIST: &str = "\
Examples:
  jaga assets list /var/lib/jaga                  all devices, two lines each
  jaga assets list /var/lib/jaga --role plc --find siemens
  jaga assets list /var/lib/jaga --json | jq -r .firmware";

const SHOW: &str = "\
Examples:
  jaga assets show /var/lib/jaga 10.0.0.9         by address
  jaga assets show /var/lib/jaga PLC-10           by name
  jaga assets show /var/lib/jaga 10.0.0.9 --json";

/// Where texts begin.
const INDENT: usize = 16;

/// Peers and pieces of evidence that a page shows; --json has all.
const SHOWN: usize = 20;

impl Subcommand for AssetsCommand {
    fn command(&self) -> Command {
        let json = Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("As JSON, a device a line, with the evidence for each fact");
        let text = |name: &'static str| Arg::new(name).long(name).value_name("TEXT");
        Command::new("assets")
            .about("Look at the devices that a sensor knows; also while it runs")
            .before_help(EXAMPLES)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(
                Command::new("list")
                    .about("List the devices, as the sensor kept them last: each minute")
                    .before_help(LIST)
                    .arg(folder())
                    .arg(text("role").help("Only those with this role, as plc or hmi"))
                    .arg(text("find").help(
                        "Only those with this in name, address, vendor, model, firmware or owner",
                    ))
                    .arg(json.clone()),
            )
            .subcommand(
                Command::new("show")
                    .about("Show all that is known of one device, and how")
                    .before_help(SHOW)
                    .arg(folder())
                    .arg(
                        Arg::new("device")
                            .value_name("DEVICE")
                            .required(true)
                            .help("Its name, or one of its IP or MAC addresses"),
                    )
                    .arg(json),
            )
    }

    fn run(&self, arguments: &ArgMatches) -> Result<Exit, Failure> {
        let Some((what, arguments)) = arguments.subcommand() else {
            return Ok(Exit::Usage);
        };
        let folder = state(arguments)?;
        written(folder, |out| {
            let kept = Kept::read(folder)?;
            match what {
                "list" => list(&kept, arguments, out),
                _ => show(&kept, arguments, out),
            }
        })
    }
}

/// The devices as they were kept last.
struct Kept {
    saved: Time,
    /// Each, and whether only an earlier run of the sensor saw it.
    devices: Vec<(Value, bool)>,
}

impl Kept {
    fn read(folder: &Path) -> Result<Self, Ended> {
        let path = folder.join(devices::NAME);
        let read = devices::read(&path).and_then(|kept| Ok((kept, devices::saved(&path)?)));
        let (mut kept, saved) = read.map_err(|error| {
            let what = format!("{}: {error}", path.display());
            if error.kind() == ErrorKind::NotFound {
                let hint = "the sensor writes it within a minute, and when it ends";
                return Failure::new(Exit::Usage, what).hint(hint);
            }
            let exit = match error.kind() {
                ErrorKind::PermissionDenied => Exit::Denied,
                _ => Exit::Damaged,
            };
            Failure::new(exit, what).hint("a sensor that runs there writes it anew each minute")
        })?;
        let mut devices = Vec::new();
        for (key, earlier) in [("assets", false), ("earlier", true)] {
            if let Some(Value::Array(those)) = kept.get_mut(key).map(Value::take) {
                devices.extend(those.into_iter().map(|device| (device, earlier)));
            }
        }
        Ok(Self { saved, devices })
    }
}

/// The text of a key; empty where there is none.
fn text<'a>(device: &'a Value, key: &str) -> &'a str {
    device.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The texts in a list.
fn texts<'a>(device: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    let list = device.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

fn joined(device: &Value, key: &str) -> String {
    texts(device, key).collect::<Vec<_>>().join(", ")
}

fn roles(device: &Value) -> impl Iterator<Item = &str> {
    let list = device.get("roles").and_then(Value::as_array);
    list.into_iter().flatten().map(|role| text(role, "role"))
}

/// What a device is called: its name, or what it is told by.
fn name(device: &Value) -> &str {
    match text(device, "name") {
        "" => text(device, "id"),
        name => name,
    }
}

fn last_seen(device: &Value) -> &str {
    device
        .get("last_seen")
        .map_or("", |seen| text(seen, "time"))
}

fn json(device: &Value, out: &mut Output) -> io::Result<()> {
    serde_json::to_writer(&mut *out, device)?;
    writeln!(out)
}

fn list(kept: &Kept, arguments: &ArgMatches, out: &mut Output) -> Result<Exit, Ended> {
    let lower = |name| {
        arguments
            .get_one::<String>(name)
            .map(|text| text.to_lowercase())
    };
    let (role, find) = (lower("role"), lower("find"));
    let keys = [
        "id",
        "name",
        "vendor",
        "model",
        "order_number",
        "firmware",
        "serial",
        "owner",
    ];
    let wants = |device: &Value| {
        let has = |text: &str, find: &str| text.to_lowercase().contains(find);
        let is = role
            .as_ref()
            .is_none_or(|role| roles(device).any(|held| held == role));
        is && find.as_ref().is_none_or(|find| {
            keys.iter().any(|key| has(text(device, key), find))
                || ["ips", "macs"]
                    .iter()
                    .any(|key| texts(device, key).any(|one| has(one, find)))
        })
    };
    let found = || kept.devices.iter().filter(|(device, _)| wants(device));
    if arguments.get_flag("json") {
        found().try_for_each(|(device, _)| json(device, out))?;
        return Ok(Exit::Done);
    }
    for (device, earlier) in found() {
        let (what, model) = described(device);
        let mark = if *earlier {
            "  (seen by an earlier run)"
        } else {
            ""
        };
        writeln!(out, "{}", cut(&format!("{what}{mark}")))?;
        writeln!(out, "{}", cut(&format!("    {model}")))?;
    }
    let now = Time::from(SystemTime::now());
    let (count, saved) = (found().count(), Seconds(kept.saved));
    let age = now.since(kept.saved).as_secs();
    writeln!(out, "{count} devices, as kept at {saved}Z, {age} s ago")?;
    Ok(Exit::Done)
}

/// Both lines of a device: who it is, and what.
fn described(device: &Value) -> (String, String) {
    let addresses = joined(device, "ips");
    let mut first = vec![name(device).to_owned()];
    if addresses != name(device) {
        first.push(addresses);
    }
    first.push(roles(device).collect::<Vec<_>>().join(", "));
    if let Some(level) = device.get("purdue").and_then(Value::as_u64) {
        first.push(format!("level {level}"));
    }
    let seen = last_seen(device).split('.').next().unwrap_or_default();
    let keys = ["vendor", "model", "order_number", "firmware"];
    let mut second: Vec<String> = keys.map(|key| text(device, key).to_owned()).into();
    second.push(match seen {
        "" => String::new(),
        seen => format!("last seen {seen}Z"),
    });
    let line = |mut parts: Vec<String>| {
        parts.retain(|part| !part.is_empty());
        parts.join("  ")
    };
    (line(first), line(second))
}

/// A line that fits a terminal.
fn cut(text: &str) -> String {
    super::alerts::cut(text, WIDTH)
}

fn row(name: &str, text: &str, out: &mut Output) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut wrap = Vec::new();
    wrapped(text, INDENT, &mut wrap)?;
    let lines = String::from_utf8_lossy(&wrap);
    let rest = lines.get(INDENT..).unwrap_or_default();
    write!(out, "{name:<INDENT$}{rest}")
}

fn show(kept: &Kept, arguments: &ArgMatches, out: &mut Output) -> Result<Exit, Ended> {
    let asked = arguments.get_one::<String>("device");
    let asked = asked.map_or("", String::as_str);
    let same = |text: &str| text.eq_ignore_ascii_case(asked);
    let is_it = |(device, _): &&(Value, bool)| {
        same(text(device, "id"))
            || same(text(device, "name"))
            || ["ips", "macs"]
                .iter()
                .any(|key| texts(device, key).any(same))
    };
    let found = kept.devices.iter().find(is_it);
    let Some((device, earlier)) = found else {
        let what = format!("{asked}: no device of this name or address is kept");
        let hint = "`jaga assets list FOLDER` shows them all";
        return Err(Failure::new(Exit::Usage, what).hint(hint).into());
    };
    if arguments.get_flag("json") {
        json(device, out)?;
        return Ok(Exit::Done);
    }
    writeln!(out, "{}\n", plain(name(device)))?;
    if *earlier {
        row("note", "only an earlier run of the sensor saw it", out)?;
    }
    for (name, key) in [
        ("IP", "ips"),
        ("MAC", "macs"),
        ("serves", "serves"),
        ("uses", "uses"),
        ("modules", "modules"),
    ] {
        row(name, &joined(device, key), out)?;
    }
    for key in [
        "vendor",
        "model",
        "order_number",
        "firmware",
        "hardware",
        "serial",
        "operating_system",
        "location",
        "mode",
        "owner",
        "importance",
        "zone",
        "behind",
    ] {
        row(&key.replace('_', " "), text(device, key), out)?;
    }
    if let Some(level) = device.get("purdue").and_then(Value::as_u64) {
        row("Purdue level", &level.to_string(), out)?;
    }
    let seen = |key: &str| device.get(key).map_or("", |seen| text(seen, "time"));
    row("first seen", seen("first_seen"), out)?;
    row("last seen", seen("last_seen"), out)?;
    reasons(device, out)?;
    Ok(Exit::Done)
}

/// How that is known, and whom it talks to.
fn reasons(device: &Value, out: &mut Output) -> io::Result<()> {
    let all = |key: &str| {
        device
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for role in all("roles") {
        let told = format!("{}: {}", text(role, "role"), text(role, "reason"));
        row("role", &told, out)?;
    }
    for wrong in all("contradictions") {
        let told = wrong
            .as_str()
            .map_or_else(|| wrong.to_string(), str::to_owned);
        row("contradiction", &told, out)?;
    }
    for fact in all("attributes").take(SHOWN) {
        let [property, value, source] = ["property", "value", "source"].map(|key| text(fact, key));
        row(
            "evidence",
            &format!("{property} {value} (by {source})"),
            out,
        )?;
    }
    for peer in all("peers").take(SHOWN) {
        let packets = peer.get("packets").and_then(Value::as_u64).unwrap_or(0);
        let protocols = joined(peer, "protocols");
        let told = format!("{} {protocols}, {packets} packets", text(peer, "host"));
        row("talks to", &told, out)?;
    }
    let more = ["attributes", "peers"].map(|key| all(key).count().saturating_sub(SHOWN));
    if more.iter().any(|more| *more > 0) {
        let [facts, peers] = more;
        row(
            "more",
            &format!("{facts} facts and {peers} peers: --json has them"),
            out,
        )?;
    }
    Ok(())
}
