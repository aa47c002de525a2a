//! The result of a backtest, for people at 80 columns and for other machines.

use super::side::{Example, Pair, Result, Row};
use crate::cli::wrapped;
use crate::desk::outputs::json as written;
use std::io::{self, Write};

/// The result as one JSON object.
pub(super) fn json(result: &Result, out: &mut dyn Write) -> io::Result<()> {
    written::write_pretty(result, out)?;
    writeln!(out)
}

/// The result as text.
pub(super) fn text(result: &Result, out: &mut dyn Write) -> io::Result<()> {
    let compares = result.alerts.in_force.is_some();
    let span = match (&result.from, &result.to) {
        (Some(from), Some(to)) => format!("from {from} to {to} UTC ({})", days(result.days)),
        _ => "without packet times".to_owned(),
    };
    wrapped(&format!("{} {span}", result.captures.join(", ")), 0, out)?;
    writeln!(out)?;
    let head = if compares { "in force" } else { "" };
    writeln!(out, "{:WHAT$}{head:>12}{:>12}{:>12}", "", "tried", "a day")?;
    line("alerts", result.alerts, result.days, out)?;
    for (priority, pair) in (1..).zip(result.incidents) {
        line(&format!("incidents P{priority}"), pair, result.days, out)?;
    }
    let same = |row: &&Row| row.count.is_same();
    let (more, rest): (Vec<&Row>, Vec<&Row>) = result
        .kinds
        .iter()
        .filter(|row| !same(row))
        .partition(|row| row.count.tried > row.count.in_force.unwrap_or(0));
    let title = if compares { "MORE ALERTS" } else { "ALERTS" };
    section(title, &more, out)?;
    section("FEWER ALERTS", &rest, out)?;
    let kept = result.kinds.iter().filter(same);
    let (kinds, alerts) = kept.fold((0, 0), |(kinds, alerts), row| {
        (kinds + 1, alerts + row.count.tried)
    });
    if kinds > 0 {
        writeln!(out, "\nAs before: {alerts} alerts of {kinds} kinds.")?;
    } else if result.kinds.is_empty() {
        writeln!(out, "\nNo alerts.")?;
    }
    Ok(())
}

/// Pairs of hosts named of one kind of alert.
const SHOWN: usize = 3;

/// Columns of what is counted.
const WHAT: usize = 20;

fn line(what: &str, pair: Pair, days: f64, out: &mut dyn Write) -> io::Result<()> {
    let before = pair
        .in_force
        .map_or_else(String::new, |count| count.to_string());
    // A rate of less than a day would be made up.
    let rate = if days >= 1.0 {
        format!("{:.1}", pair.tried as f64 / days)
    } else {
        "-".to_owned()
    };
    writeln!(out, "{what:WHAT$}{before:>12}{:>12}{rate:>12}", pair.tried)
}

fn section(title: &str, rows: &[&Row], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for row in rows {
        let name = format!("[{}] {} {}", row.severity, row.signature_id, row.signature);
        wrapped(&name, 2, out)?;
        let count = match row.count.in_force {
            Some(before) => format!("{} tried, {before} in force", row.count.tried),
            None => times(row.count.tried),
        };
        let Example {
            between,
            time,
            frame,
            what,
        } = &row.first;
        let first = format!("{count}, first {time} (frame {frame}): {}", some(between));
        wrapped(&first, 6, out)?;
        if !what.is_empty() {
            wrapped(what, 6, out)?;
        }
    }
    Ok(())
}

/// The first of them, and how many more there are.
fn some(between: &[String]) -> String {
    let shown: Vec<&str> = between.iter().take(SHOWN).map(String::as_str).collect();
    let shown = shown.join(", ");
    match between.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}, +{more}"),
    }
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// How long that is.
fn days(days: f64) -> String {
    match days {
        days if days >= 1.0 => format!("{days:.1} days"),
        days if days * 24.0 >= 1.0 => format!("{:.1} hours", days * 24.0),
        days => format!("{:.1} minutes", days * 1_440.0),
    }
}
