//! `jaga alerts show`: all that explains one alert.

use super::list::{json, status};
use super::{Ended, change, each, folder, language, severity, triage};
use crate::cli::output::Output;
use crate::cli::{Exit, wrapped};
use crate::desk::detect::Language;
use crate::desk::outputs::time::{Eve, Seconds};
use crate::desk::triage::{Act, Kept, Triage};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;
use std::io::{self, Write as _};
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  jaga alerts show /var/lib/jaga 1207               why, what it means, what to check
  jaga alerts show /var/lib/jaga 1207 --language id
  jaga alerts show /var/lib/jaga 1207 --json | jq -r .packet | base64 -d | xxd";

/// Where texts begin.
const INDENT: usize = 13;

pub(super) fn command() -> Command {
    Command::new("show")
        .about("Show all that explains one alert")
        .before_help(EXAMPLES)
        .arg(folder())
        .arg(
            Arg::new("alert")
                .value_name("ID")
                .required(true)
                .help("Its number as `list` shows it, or its name (ot.event_id)"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Its event as JSON, with what became of it under `triage`"),
        )
        .arg(language())
}

pub(super) fn show(folder: &Path, arguments: &ArgMatches, out: &mut Output) -> Result<Exit, Ended> {
    let id = arguments.get_one::<String>("alert");
    let kept = change::found(folder, id.map_or("", String::as_str))?;
    let (triage, _) = triage(folder)?;
    if arguments.get_flag("json") {
        json(kept, &triage, out)?;
        return Ok(Exit::Done);
    }
    let language = arguments.get_one("language").copied().unwrap_or_default();
    head(&kept, &triage, language, out)?;
    said(&kept, language, out)?;
    traffic(&kept, out)?;
    alike(folder, &kept, out)?;
    history(&kept, &triage, out)?;
    Ok(Exit::Done)
}

/// A line with its name; nothing where there is nothing to say.
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

fn head(kept: &Kept, triage: &Triage, language: Language, out: &mut Output) -> io::Result<()> {
    wrapped(kept.title(language), 0, out)?;
    writeln!(out)?;
    let number = format!("{} ({})", kept.number, kept.id());
    row("alert", &number, out)?;
    row("time", &Eve(kept.time).to_string(), out)?;
    let stored = format!("{}Z", Seconds(kept.stored));
    row("stored", &stored, out)?;
    row("severity", severity(kept.severity), out)?;
    row("status", status(kept, triage), out)?;
    let rule = format!("{} {}", kept.rule(), kept.text("/alert/signature"));
    row("rule", &rule, out)?;
    let techniques = ["mitre_technique_id", "mitre_technique_name"].map(|key| {
        let pointer = format!("/alert/metadata/{key}");
        list(kept.event.pointer(&pointer))
    });
    row("ATT&CK", techniques.join("  ").trim(), out)?;
    for (name, end) in ["source", "destination"].into_iter().zip(kept.ends()) {
        let port = end
            .port
            .map_or_else(String::new, |port| format!(" port {port}"));
        row(name, &format!("{end}{port}"), out)?;
    }
    for (name, key) in [("", "src"), ("", "dest")] {
        let text = |field: &str| kept.text(&format!("/ot/asset/{key}/{field}")).to_owned();
        let known = [("owner", text("owner")), ("zone", text("zone"))];
        let known = known.into_iter().filter(|(_, text)| !text.is_empty());
        let known: Vec<String> = known.map(|(what, text)| format!("{what} {text}")).collect();
        if !known.is_empty() {
            row(name, &format!("{key}: {}", known.join(", ")), out)?;
        }
    }
    Ok(())
}

/// What the rule or detector says of it.
fn said(kept: &Kept, language: Language, out: &mut Output) -> io::Result<()> {
    writeln!(out)?;
    for (name, pointer) in [
        ("what", "/ot/what"),
        ("why", "/ot/why"),
        ("usual", "/ot/usual"),
        ("severity", "/ot/grounds"),
        ("for the SOC", "/ot/soc"),
        ("in the plant", "/ot/plant"),
        ("check", "/ot/check"),
    ] {
        row(name, &kept.said(pointer, language), out)?;
    }
    let words = ["protocol", "name", "class"];
    let words = words.map(|key| kept.text(&format!("/ot/operation/{key}")));
    row("operation", words.join(" ").trim(), out)?;
    for (name, pointer) in [
        ("target", "/ot/target"),
        ("value", "/ot/value"),
        ("result", "/ot/result"),
    ] {
        row(name, kept.text(pointer), out)?;
    }
    Ok(())
}

/// In which traffic it was found.
fn traffic(kept: &Kept, out: &mut Output) -> io::Result<()> {
    writeln!(out)?;
    let over = ["/proto", "/app_proto", "/in_iface"].map(|pointer| kept.text(pointer));
    row("over", over.join(" ").trim(), out)?;
    row("VLAN", &list(kept.event.get("vlan")), out)?;
    if let Some(flow) = kept.event.get("flow_id") {
        row("flow", &flow.to_string(), out)?;
    }
    row("community", kept.text("/community_id"), out)?;
    row("content", kept.text("/payload_printable"), out)?;
    if !kept.text("/packet").is_empty() {
        let packet = kept.text("/packet").len() / 4 * 3;
        let text = format!("about {packet} octets; --json has them as `packet`, in Base64");
        row("packet", &text, out)?;
    }
    Ok(())
}

/// How many others are like it.
fn alike(folder: &Path, kept: &Kept, out: &mut Output) -> io::Result<()> {
    let (rule, mut ends) = (kept.rule(), kept.hosts());
    ends.sort();
    let (mut same_rule, mut same_pair) = (0_u64, 0_u64);
    each(folder, &mut |other| {
        if other.rule() == rule {
            let mut theirs = other.hosts();
            theirs.sort();
            same_rule += 1;
            same_pair += u64::from(theirs == ends);
        }
        Ok(())
    })?;
    let text = format!("{same_rule} of this rule are kept, {same_pair} of them of this pair");
    row("alike", &text, out)
}

/// What people made of it.
fn history(kept: &Kept, triage: &Triage, out: &mut Output) -> io::Result<()> {
    if let Some(mute) = kept.event.pointer("/ot/muted/mute").and_then(Value::as_u64) {
        let by = triage.mute(mute).map_or_else(String::new, |(_, made, _)| {
            let act = super::log::act(&made.act);
            format!(": {act}, by {}: {}", made.who, made.reason)
        });
        row("muted", &format!("by M{mute}{by}"), out)?;
    }
    let id = kept.id();
    let mine = |act: &Act| matches!(act, Act::Ack { events } if events.iter().any(|one| one == id));
    for entry in triage.entries.iter().filter(|entry| mine(&entry.act)) {
        let text = format!(
            "{}Z by {}: {}",
            Seconds(entry.time),
            entry.who,
            entry.reason
        );
        row("acked", &text, out)?;
    }
    Ok(())
}

/// Values in one line.
fn list(values: Option<&Value>) -> String {
    let values = values.and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    values.map(text).collect::<Vec<_>>().join(", ")
}
