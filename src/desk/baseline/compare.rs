//! Baselines for people: one shown, two held against each other.
//!
//! What was only counted differently is no change.

use super::text::keys::{ActKey, HostKey, PlaceKey, Quoted, Seconds, TalkKey, Values};
use super::{Act, Baseline, Entry, Habit, Usual, Word};
use crate::desk::outputs::time::Seconds as Moment;
use crate::facts::{Host, plain};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::{self, Write};

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The newer one alone has it.
    Added(String),
    /// The older one alone has it.
    Gone(String),
    /// Both have it, and say of it first this, then that.
    Changed(String, String, String),
}

impl Change {
    /// What it is about: the line, without what was said of it before and after.
    #[must_use]
    pub fn what(&self) -> &str {
        match self {
            Self::Added(what) | Self::Gone(what) | Self::Changed(what, ..) => what,
        }
    }
}

/// A period is another one where it differs by more than this part of it: jitter is none.
const STEADY: u64 = 4;

/// What changed from the older to the newer.
#[must_use]
pub fn changes(old: &Baseline, new: &Baseline) -> Vec<Change> {
    let mut changes = Vec::new();
    each(
        &old.hosts,
        &new.hosts,
        &|host| HostKey(host).to_string(),
        &mut changes,
        &|_, _, _, _| {},
    );
    each(
        &old.talks,
        &new.talks,
        &|talk| TalkKey(talk).to_string(),
        &mut changes,
        &|_, _, _, _| {},
    );
    let name = |act: &Act| format!("do {}", ActKey(act));
    each(&old.acts, &new.acts, &name, &mut changes, &habits);
    changes
}

/// Tells the differences within an entry that both have.
type Within<K, T> = dyn Fn(&K, &T, &T, &mut Vec<Change>);

/// The differences of one table. `more` tells those within an entry that both have.
fn each<K: Ord, T>(
    old: &BTreeMap<K, Entry<T>>,
    new: &BTreeMap<K, Entry<T>>,
    name: &dyn Fn(&K) -> String,
    changes: &mut Vec<Change>,
    more: &Within<K, T>,
) {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    for key in keys {
        match (old.get(key), new.get(key)) {
            (Some(_), None) => changes.push(Change::Gone(name(key))),
            (None, Some(_)) => changes.push(Change::Added(name(key))),
            (Some(before), Some(after)) => {
                differs(name(key), &word(&before.word), &word(&after.word), changes);
                more(key, &before.more, &after.more, changes);
            }
            (None, None) => {}
        }
    }
}

fn differs(name: String, before: &str, after: &str, changes: &mut Vec<Change>) {
    match (before, after) {
        _ if before == after => {}
        ("", _) => changes.push(Change::Added(format!("{name} {after}"))),
        (_, "") => changes.push(Change::Gone(format!("{name} {before}"))),
        _ => changes.push(Change::Changed(name, before.to_owned(), after.to_owned())),
    }
}

/// What people say of a line.
fn word(word: &Word) -> String {
    let mut said = Vec::new();
    if word.forbidden {
        said.push("forbidden".to_owned());
    }
    if let Some(doubt) = &word.doubt {
        said.push(format!("doubt {doubt}"));
    }
    if let Some(time) = word.expires {
        said.push(format!("expires {}", Moment(time)));
    }
    said.join(", ")
}

fn habits(act: &Act, old: &Habit, new: &Habit, changes: &mut Vec<Change>) {
    let key = ActKey(act);
    let text = |shown: Option<&dyn Display>| shown.map_or_else(String::new, ToString::to_string);
    let places: BTreeSet<_> = old.places.keys().chain(new.places.keys()).collect();
    for place in places {
        let spans =
            |habit: &Habit| text(habit.places.get(place).map(|spans| spans as &dyn Display));
        let name = format!("at {key} {}", PlaceKey(place));
        differs(name, &spans(old), &spans(new), changes);
    }
    for name in old.names.symmetric_difference(&new.names) {
        let line = format!("name {key} {}", Quoted(name));
        changes.push(match new.names.contains(name) {
            true => Change::Added(line),
            false => Change::Gone(line),
        });
    }
    let points: BTreeSet<_> = old.values.keys().chain(new.values.keys()).collect();
    for point in points {
        let said = |habit: &Habit| {
            let usual: Option<&Usual> = habit.values.get(point);
            usual.map_or_else(String::new, |usual| Values(usual).to_string())
        };
        let name = format!("value {key} {} {}", PlaceKey(&point.0), point.1);
        differs(name, &said(old), &said(new), changes);
    }
    let (before, after) = (old.period.mean, new.period.mean);
    if before > 0 && after > 0 && before.abs_diff(after) > before.min(after) / STEADY {
        let [before, after] = [before, after].map(|period| format!("{} s", Seconds(period)));
        changes.push(Change::Changed(format!("period of {key}"), before, after));
    }
}

/// Prints what changed, a line each.
///
/// # Errors
/// What the writer says.
pub fn print(changes: &[Change], out: &mut dyn Write) -> io::Result<()> {
    for change in changes {
        match change {
            Change::Added(line) => writeln!(out, "+ {}", plain(line))?,
            Change::Gone(line) => writeln!(out, "- {}", plain(line))?,
            Change::Changed(line, before, after) => {
                writeln!(out, "~ {}", plain(&format!("{line}: {before} -> {after}")))?;
            }
        }
    }
    if changes.is_empty() {
        writeln!(
            out,
            "Nothing changed. Counts and times of day are not compared."
        )?;
    }
    Ok(())
}

/// Shows a baseline, device by device.
///
/// # Errors
/// What the writer says.
pub fn page(baseline: &Baseline, out: &mut dyn Write) -> io::Result<()> {
    let Baseline {
        hosts, talks, acts, ..
    } = baseline;
    if let Some((first, last)) = baseline.span {
        writeln!(
            out,
            "Learned from {} to {} UTC",
            Moment(first),
            Moment(last)
        )?;
    }
    for source in &baseline.sources {
        writeln!(out, "  from {}", plain(source))?;
    }
    writeln!(
        out,
        "{} hosts, {} conversations, {} operations",
        hosts.len(),
        talks.len(),
        acts.len()
    )?;
    if baseline.overflow > 0 {
        writeln!(
            out,
            "{} sightings found no room: not complete",
            baseline.overflow
        )?;
    }
    let mut devices: BTreeMap<Host, Vec<(&Act, &Entry<Habit>)>> = BTreeMap::new();
    for (act, entry) in acts {
        devices.entry(act.device).or_default().push((act, entry));
    }
    for (device, acts) in devices {
        writeln!(out, "\n{device}")?;
        let mut actor = None;
        for (act, entry) in acts {
            if actor.replace(act.actor) != Some(act.actor) {
                writeln!(out, "  {} asks", act.actor)?;
            }
            show(act, entry, out)?;
        }
    }
    Ok(())
}

fn show(act: &Act, entry: &Entry<Habit>, out: &mut dyn Write) -> io::Result<()> {
    let habit = &entry.more;
    let unit = act
        .unit
        .map_or_else(String::new, |unit| format!(" unit {unit}"));
    let times = match entry.seen.count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    write!(
        out,
        "    {}{unit}  {}, {times}",
        plain(&act.protocol),
        plain(&act.operation)
    )?;
    if habit.period.count > 0 {
        let mean = std::time::Duration::from_nanos(habit.period.mean);
        let longest = std::time::Duration::from_nanos(habit.period.longest);
        write!(out, ", each {mean:.3?}, at most {longest:.3?}")?;
    }
    let word = word(&entry.word);
    let comma = if word.is_empty() { "" } else { "; " };
    writeln!(out, "{comma}{word}")?;
    for (place, spans) in &habit.places {
        writeln!(out, "      {} {spans}", plain(&PlaceKey(place).to_string()))?;
    }
    for name in &habit.names {
        writeln!(out, "      {}", plain(&Quoted(name).to_string()))?;
    }
    for ((place, address), usual) in &habit.values {
        let line = format!("{} {address}: {}", PlaceKey(place), Values(usual));
        writeln!(out, "      {}", plain(&line))?;
    }
    Ok(())
}
