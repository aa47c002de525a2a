//! Writes the lines.

use super::HEAD;
use super::keys::{ActKey, HostKey, Moment, PlaceKey, Quoted, Seconds, TalkKey, Values};
use crate::desk::baseline::evidence::Sort;
use crate::desk::baseline::{Act, Baseline, Entry, Habit, Seen, Word};
use std::fmt;
use std::io::{self, Write};

/// Writes a baseline.
///
/// # Errors
/// What the writer says.
pub fn write(baseline: &Baseline, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEAD}")?;
    writeln!(
        out,
        "# What is usual on this site. Lines may be edited: jaga baseline --help."
    )?;
    if let Some((first, last)) = baseline.span {
        writeln!(out, "learned {} to {}", Moment(first), Moment(last))?;
    }
    if let Some(learning) = &baseline.learning {
        let learned = u64::try_from(learning.learned.as_nanos()).unwrap_or(u64::MAX);
        write!(out, "learning {}", Seconds(learned))?;
        for sort in Sort::ALL
            .into_iter()
            .filter(|sort| learning.open.get(*sort))
        {
            write!(out, " {}", sort.name())?;
        }
        writeln!(out)?;
    }
    for source in &baseline.sources {
        writeln!(out, "source {}", Quoted(source))?;
    }
    if baseline.overflow > 0 {
        writeln!(out, "overflow {}", baseline.overflow)?;
    }
    for (host, entry) in &baseline.hosts {
        writeln!(out, "{} ;{}", HostKey(host), Facts(entry))?;
    }
    for (talk, entry) in &baseline.talks {
        writeln!(out, "{} ;{}", TalkKey(talk), Facts(entry))?;
    }
    for (act, entry) in &baseline.acts {
        habit(act, entry, out)?;
    }
    Ok(())
}

/// What the lines name of which people say this: hosts, conversations, operations.
pub fn keys(baseline: &Baseline, says: impl Fn(&Word) -> bool) -> Vec<String> {
    let hosts = baseline.hosts.iter().filter(|(_, entry)| says(&entry.word));
    let talks = baseline.talks.iter().filter(|(_, entry)| says(&entry.word));
    let acts = baseline.acts.iter().filter(|(_, entry)| says(&entry.word));
    let hosts = hosts.map(|(host, _)| HostKey(host).to_string());
    let talks = talks.map(|(talk, _)| TalkKey(talk).to_string());
    let acts = acts.map(|(act, _)| format!("do {}", ActKey(act)));
    hosts.chain(talks).chain(acts).collect()
}

fn habit(act: &Act, entry: &Entry<Habit>, out: &mut dyn Write) -> io::Result<()> {
    let habit = &entry.more;
    let key = ActKey(act);
    write!(
        out,
        "do {key} ;{} criticality={}",
        Facts(entry),
        habit.criticality
    )?;
    let period = habit.period;
    if period.count > 0 {
        let [mean, longest] = [period.mean, period.longest].map(Seconds);
        write!(
            out,
            " pauses={} period={mean} longest={longest}",
            period.count
        )?;
    }
    writeln!(out, "{}", if habit.open { " open" } else { "" })?;
    for (place, spans) in &habit.places {
        writeln!(out, "at {key} {} {spans}", PlaceKey(place))?;
    }
    for name in &habit.names {
        writeln!(out, "name {key} {}", Quoted(name))?;
    }
    for ((place, address), usual) in &habit.values {
        writeln!(
            out,
            "value {key} {} {address} {}",
            PlaceKey(place),
            Values(usual)
        )?;
    }
    Ok(())
}

struct Facts<'a, T>(&'a Entry<T>);

impl<T> fmt::Display for Facts<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen {
            count,
            first,
            last,
            slots,
        } = self.0.seen;
        // People may say that something is usual before it was seen.
        if slots > 0 || count > 0 {
            let (first, last) = (Moment(first), Moment(last));
            write!(f, " count={count} first={first} last={last} slots={slots}")?;
        }
        let Word {
            forbidden,
            expires,
            doubt,
            by,
            why,
            on,
        } = &self.0.word;
        if *forbidden {
            f.write_str(" forbidden")?;
        }
        if let Some(expires) = expires {
            write!(f, " expires={}", Moment(*expires))?;
        }
        for (name, text) in [("doubt", doubt), ("by", by), ("why", why)] {
            if let Some(text) = text {
                write!(f, " {name}={}", Quoted(text))?;
            }
        }
        if let Some(on) = on {
            write!(f, " on={}", Moment(*on))?;
        }
        Ok(())
    }
}
