//! A baseline as a table or as JSON, for spreadsheets and other machines: one row for each host,
//! conversation and operation. Nothing reads it back; the text is the baseline.

use super::text::keys::{Moment, PlaceKey, Seconds, Values};
use super::{Act, Baseline, Entry, Habit, Seen, Word};
use crate::desk::outputs::csv::Table;
use crate::desk::outputs::json;
use crate::facts::Time;
use serde::Serialize;
use std::io::{self, Write};

/// The columns.
const HEADS: [&str; 20] = [
    "kind",
    "source",
    "target",
    "protocol",
    "unit",
    "operation",
    "criticality",
    "addresses",
    "names",
    "values",
    "count",
    "first",
    "last",
    "period_s",
    "longest_pause_s",
    "verdict",
    "by",
    "why",
    "on",
    "expires",
];

/// A host, a conversation, or an operation.
#[derive(Debug, Default, Serialize)]
struct Row {
    kind: &'static str,
    source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    target: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    criticality: Option<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
    count: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    first: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    last: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    period_s: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    longest_pause_s: String,
    /// `usual`, `forbidden`, or `doubtful`.
    verdict: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    on: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    expires: String,
}

/// Writes a table.
///
/// # Errors
/// What the writer says.
pub fn table(baseline: &Baseline, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADS)?;
    for row in rows(baseline) {
        let number = |number: Option<u32>| number.map_or_else(String::new, |n| n.to_string());
        table.row([
            row.kind.to_owned(),
            row.source,
            row.target,
            row.protocol,
            number(row.unit),
            row.operation,
            number(row.criticality.map(u32::from)),
            row.addresses.join(" "),
            row.names.join(" "),
            row.values.join(" / "),
            row.count.to_string(),
            row.first,
            row.last,
            row.period_s,
            row.longest_pause_s,
            row.verdict.to_owned(),
            row.by,
            row.why,
            row.on,
            row.expires,
        ])?;
    }
    table.finish()
}

/// Writes one JSON object a line.
///
/// # Errors
/// What the writer says.
pub fn lines(baseline: &Baseline, out: &mut dyn Write) -> io::Result<()> {
    for row in rows(baseline) {
        json::write(&row, out)?;
        writeln!(out)?;
    }
    Ok(())
}

fn rows(baseline: &Baseline) -> impl Iterator<Item = Row> + '_ {
    let hosts = baseline.hosts.iter().map(|(host, entry)| Row {
        kind: "host",
        source: host.to_string(),
        ..row(entry)
    });
    let talks = baseline.talks.iter().map(|(talk, entry)| Row {
        kind: "conversation",
        source: talk.client.to_string(),
        target: talk.server.to_string(),
        protocol: talk.service.to_string(),
        ..row(entry)
    });
    let acts = baseline
        .acts
        .iter()
        .map(|(act, entry)| operation(act, entry));
    hosts.chain(talks).chain(acts)
}

fn operation(act: &Act, entry: &Entry<Habit>) -> Row {
    let habit = &entry.more;
    let places = habit.places.iter();
    let seconds = |nanos: u64| match habit.period.count {
        0 => String::new(),
        _ => Seconds(nanos).to_string(),
    };
    let values = habit.values.iter().map(|((place, address), usual)| {
        let (place, usual) = (PlaceKey(place), Values(usual));
        format!("{place} {address}: {usual}")
    });
    Row {
        kind: "operation",
        source: act.actor.to_string(),
        target: act.device.to_string(),
        protocol: act.protocol.to_string(),
        unit: act.unit,
        operation: act.operation.to_string(),
        criticality: Some(habit.criticality),
        addresses: places
            .map(|(place, spans)| format!("{} {spans}", PlaceKey(place)))
            .collect(),
        names: habit.names.iter().map(ToString::to_string).collect(),
        values: values.collect(),
        period_s: seconds(habit.period.mean),
        longest_pause_s: seconds(habit.period.longest),
        ..row(entry)
    }
}

/// What all lines have.
fn row<T>(entry: &Entry<T>) -> Row {
    let Seen {
        count,
        first,
        last,
        slots,
    } = entry.seen;
    let Word {
        forbidden,
        expires,
        doubt,
        by,
        why,
        on,
    } = &entry.word;
    let time = |time: Option<Time>| time.map_or_else(String::new, |time| Moment(time).to_string());
    let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
    // People may say that something is usual before it was seen.
    let seen = slots > 0 || count > 0;
    Row {
        count,
        first: time(seen.then_some(first)),
        last: time(seen.then_some(last)),
        verdict: match (forbidden, doubt) {
            (true, _) => "forbidden",
            (false, Some(_)) => "doubtful",
            (false, None) => "usual",
        },
        by: text(by),
        why: text(why),
        on: time(*on),
        expires: time(*expires),
        ..Row::default()
    }
}
