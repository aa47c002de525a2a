//! `jaga alerts ack`, `mute` and `unmute`: each adds one line to the log of changes.

use super::{Ended, each, folder, moment};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::config::Age;
use crate::desk::outputs::time::Seconds;
use crate::desk::triage::{
    self, ACKS, Act, By, Entry, Error, Kept, MUTES, Mute, Rule, TEXT, Triage, add,
};
use crate::facts::{Host, Time};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

const ACK: &str = "\
Examples:
  jaga alerts ack /var/lib/jaga 1207 --who rina --reason 'planned work, CR-118'
  jaga alerts ack /var/lib/jaga 1207 1208 1211 --reason 'test by the vendor'";

const MUTE: &str = "\
Examples:
  jaga alerts mute /var/lib/jaga --like 1207 --reason 'a new station'
  jaga alerts mute /var/lib/jaga --sid 3300001 --host 10.0.0.5 --for 12h \\
      --owner 'line 2' --reason 'commissioning, CR-118'
  jaga alerts mute /var/lib/jaga --pair 10.0.0.5 10.0.0.9 --until 2026-12-01 \\
      --reason 'vendor works remotely'";

const UNMUTE: &str = "\
Examples:
  jaga alerts unmute /var/lib/jaga M3 --reason 'the work is over'";

/// Days that something is muted at most.
const LONGEST: u64 = 366;

fn by() -> [Arg; 2] {
    [
        Arg::new("reason")
            .long("reason")
            .value_name("TEXT")
            .required(true)
            .value_parser(given)
            .help("Why; it stands in the log of changes"),
        Arg::new("who")
            .long("who")
            .value_name("NAME")
            .value_parser(given)
            .help("Who you are (default: the name of the user, before sudo)"),
    ]
}

/// A text that people give.
fn given(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("is empty".to_owned()),
        text if text.chars().count() > TEXT => Err(format!("is longer than {TEXT} characters")),
        text => Ok(text.to_owned()),
    }
}

pub(super) fn ack_command() -> Command {
    Command::new("ack")
        .about("Say that alerts have been seen to")
        .before_help(ACK)
        .arg(folder())
        .arg(
            Arg::new("alert")
                .value_name("ID")
                .required(true)
                .action(ArgAction::Append)
                .help("Numbers as `list` shows them, or names (ot.event_id)"),
        )
        .args(by())
}

pub(super) fn mute_command() -> Command {
    let about = [
        Arg::new("sid")
            .long("sid")
            .value_name("SID")
            .value_parser(value_parser!(Rule))
            .help("Alerts of this rule or detector: its number, or GID:SID"),
        Arg::new("host")
            .long("host")
            .value_name("HOST")
            .value_parser(host)
            .help("Alerts about this IP or MAC address"),
        Arg::new("pair")
            .long("pair")
            .value_names(["HOST", "HOST"])
            .num_args(2)
            .value_parser(host)
            .conflicts_with("host")
            .help("Alerts between these two, either way"),
        Arg::new("like")
            .long("like")
            .value_name("ID")
            .conflicts_with_all(["sid", "host", "pair"])
            .help("Alerts of the same rule between the same hosts as this one"),
    ];
    let more = [
        Arg::new("for")
            .long("for")
            .value_name("AGE")
            .default_value("7d")
            .value_parser(value_parser!(Age))
            .help("For so long: 30m, 12h, 7d; then they are told again"),
        Arg::new("until")
            .long("until")
            .value_name("TIME")
            .value_parser(moment)
            .conflicts_with("for")
            .help("Until this time: 2026-12-01, 2026-12-01T06:00 (UTC)"),
        Arg::new("owner")
            .long("owner")
            .value_name("NAME")
            .value_parser(given)
            .help("Who answers for what is muted"),
        Arg::new("dry-run")
            .long("dry-run")
            .action(ArgAction::SetTrue)
            .help("Only say how many of the alerts kept it would have muted"),
    ];
    Command::new("mute")
        .about("Do not tell alerts for a while: they are kept, marked and counted")
        .before_help(MUTE)
        .arg(folder())
        .args(about)
        .group(
            ArgGroup::new("about")
                .args(["sid", "host", "pair", "like"])
                .multiple(true)
                .required(true),
        )
        .args(more)
        .args(by())
}

pub(super) fn unmute_command() -> Command {
    Command::new("unmute")
        .about("Tell alerts again before their mute is over")
        .before_help(UNMUTE)
        .arg(folder())
        .arg(
            Arg::new("mute")
                .value_name("MUTE")
                .required(true)
                .value_parser(mute_number)
                .help("Its number, as `mutes` shows it"),
        )
        .args(by())
}

fn host(text: &str) -> Result<Host, String> {
    let wrong = |_| "is no IP or MAC address; `jaga assets list` has those of a name".to_owned();
    text.parse().map_err(wrong)
}

fn mute_number(text: &str) -> Result<u64, String> {
    let number = text.strip_prefix(['M', 'm']).unwrap_or(text);
    number.parse().map_err(|_| "is no mute, as M3".to_owned())
}

/// Who changes something, and why.
fn by_whom(arguments: &ArgMatches) -> By {
    let text = |name| arguments.get_one::<String>(name).cloned();
    let user = ["SUDO_USER", "LOGNAME", "USER"].map(|name| std::env::var(name).ok());
    let mut user = user.into_iter().flatten().filter(|name| !name.is_empty());
    let uid = rustix::process::getuid().as_raw();
    By {
        who: text("who")
            .or_else(|| user.next())
            .unwrap_or_else(|| format!("uid {uid}")),
        uid,
        reason: text("reason").unwrap_or_default(),
    }
}

/// Makes a change.
fn make(
    folder: &Path,
    arguments: &ArgMatches,
    judge: impl FnOnce(&Triage) -> Result<Act, String>,
) -> Result<Entry, Failure> {
    add(folder, &by_whom(arguments), judge).map_err(|error| match &error {
        Error::File(..) => {
            let hint = "call it as root, or as the user that the sensor runs as";
            Failure::new(Exit::Output, &error).hint(hint)
        }
        Error::Full(..) => {
            let hint = "move it away, and mute again what is to stay muted";
            Failure::new(Exit::Output, &error).hint(hint)
        }
        Error::Refused(what) => Failure::new(Exit::Usage, what),
    })
}

/// Says what was done.
fn say(what: &str) -> Result<Exit, Failure> {
    let mut out = Output::stdout();
    let written = writeln!(out, "{}", crate::facts::plain(what));
    written.map_err(|error| out.failed(&error))?;
    out.finish(true)?;
    Ok(Exit::Done)
}

pub(super) fn ack(folder: &Path, arguments: &ArgMatches) -> Result<Exit, Failure> {
    let asked = arguments.get_many::<String>("alert");
    let asked: Vec<&String> = asked.into_iter().flatten().collect();
    if asked.len() > ACKS {
        let what = format!("{} alerts are too many for one call", asked.len());
        return Err(Failure::new(Exit::Usage, what).hint(format!("name {ACKS} at most")));
    }
    let mut events = Vec::new();
    for id in asked {
        events.push(found(folder, id)?.id().to_owned());
    }
    let entry = make(folder, arguments, |triage| {
        events.retain(|event| triage.acked(event).is_none());
        events.dedup();
        match events.is_empty() {
            true => Err("all of them were acknowledged before; `show` tells by whom".to_owned()),
            false => Ok(Act::Ack { events }),
        }
    })?;
    let Act::Ack { events } = &entry.act else {
        return Ok(Exit::Done);
    };
    say(&format!(
        "change {}: {} acknowledged by {}",
        entry.number,
        events.len(),
        entry.who
    ))
}

/// The alert of this number or name.
pub(super) fn found(folder: &Path, id: &str) -> Result<Kept, Failure> {
    let number: Option<u64> = id.parse().ok();
    // A name may be digits alone; none is as short as a number.
    let number = number.filter(|_| id.len() < triage::NAME);
    let mut found = None;
    each(folder, &mut |kept| {
        let is = number.map_or_else(|| kept.id() == id, |number| kept.number == number);
        if is {
            found = Some(kept);
        }
        Ok(())
    })
    .map_err(|error| Failure::new(Exit::Denied, format!("{}: {error}", folder.display())))?;
    found.ok_or_else(|| {
        let what = format!("{id}: no alert of this number or name is kept");
        Failure::new(Exit::Usage, what).hint("`jaga alerts list FOLDER --last 0` shows them all")
    })
}

pub(super) fn mute(folder: &Path, arguments: &ArgMatches) -> Result<Exit, Failure> {
    let now = Time::from(SystemTime::now());
    let mut mute = Mute {
        number: 0,
        rule: arguments.get_one("sid").copied(),
        hosts: Vec::new(),
        owner: arguments.get_one("owner").cloned().unwrap_or_default(),
        until: until(arguments, now)?,
    };
    for name in ["host", "pair"] {
        let hosts = arguments.get_many::<Host>(name);
        mute.hosts.extend(hosts.into_iter().flatten());
    }
    if let Some(id) = arguments.get_one::<String>("like") {
        let alert = found(folder, id)?;
        mute.rule = Some(alert.rule());
        mute.hosts = alert.hosts().into_iter().flatten().collect();
    }
    let (would, all) = would(folder, &mute).map_err(|ended| match ended {
        Ended::Failure(failure) => failure,
        Ended::Io(error) => Failure::new(Exit::Denied, format!("{}: {error}", folder.display())),
    })?;
    if arguments.get_flag("dry-run") {
        return say(&format!(
            "would mute {mute} until {}Z: {would} of the {all} alerts kept",
            Seconds(mute.until)
        ));
    }
    let entry = make(folder, arguments, |triage| {
        if triage.standing(now).count() >= MUTES {
            return Err(format!("{MUTES} mutes are in force: end some first"));
        }
        mute.number = triage.next_mute();
        Ok(Act::Mute(mute))
    })?;
    let did = super::log::act(&entry.act);
    say(&format!(
        "change {}: {did}; {would} of the {all} alerts kept fall under it",
        entry.number
    ))
}

/// Until when something is muted.
fn until(arguments: &ArgMatches, now: Time) -> Result<Time, Failure> {
    let age = arguments.get_one::<Age>("for").map(|age| age.duration());
    let named = arguments.get_one::<Time>("until").copied();
    let until = named.unwrap_or_else(|| now.plus(age.unwrap_or_default()));
    let hint = "what is not wanted for longer is better suppressed: --thresholds of `jaga run`";
    if until <= now {
        return Err(Failure::new(Exit::Usage, "--until: that time is over"));
    }
    if until.since(now) > Duration::from_secs(LONGEST * 86_400) {
        let what = format!("a mute lasts at most {LONGEST} days");
        return Err(Failure::new(Exit::Usage, what).hint(hint));
    }
    Ok(until)
}

/// How many of the alerts that are kept a mute would have muted, and how many there are.
fn would(folder: &Path, mute: &Mute) -> Result<(u64, u64), Ended> {
    let (mut would, mut all) = (0, 0);
    each(folder, &mut |kept| {
        all += 1;
        would += u64::from(mute.covers(kept.rule(), kept.hosts()));
        Ok(())
    })?;
    Ok((would, all))
}

pub(super) fn unmute(folder: &Path, arguments: &ArgMatches) -> Result<Exit, Failure> {
    let number = arguments.get_one::<u64>("mute").copied().unwrap_or(0);
    let now = Time::from(SystemTime::now());
    let entry = make(folder, arguments, |triage| {
        let stands = triage.standing(now).any(|(mute, _)| mute.number == number);
        match (stands, triage.mute(number)) {
            (true, _) => Ok(Act::Unmute { mute: number }),
            (false, Some(_)) => Err(format!("M{number} is over")),
            (false, None) => Err(format!("M{number}: there is no such mute")),
        }
    })?;
    say(&format!("change {}: M{number} is over", entry.number))
}
