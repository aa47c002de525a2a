//! The incidents: one story each, the gravest first; notes are only counted.

use super::alerts::advice;
use super::page::{Ink, Page};
use super::words::{self, column, grouped};
use super::{Summary, clock, who};
use crate::desk::incidents::NOTE;
use crate::desk::report::{IncidentTotal, Party};
use crate::facts::plain;
use std::io;
use std::sync::Arc;

/// Behind what entries begin with.
const INDENT: &str = "      ";

/// Hosts named on each side.
const NAMED: usize = 2;

/// The section: the first few incidents, the first of them with advice. Left out where nothing
/// is more than a note; whether it stands there.
pub(super) fn incidents(
    page: &mut Page<'_>,
    summary: &Summary<'_>,
    (most, advised): (usize, usize),
) -> io::Result<bool> {
    let grave: Vec<&IncidentTotal> = summary
        .incidents
        .iter()
        .filter(|incident| incident.priority < NOTE)
        .collect();
    if grave.is_empty() {
        return Ok(false);
    }
    page.heading(
        "INCIDENTS",
        "P1 the gravest to P3; alerts of one story together",
    )?;
    for (place, incident) in grave.iter().take(most).enumerate() {
        entry(page, incident, summary)?;
        let advice = advice(&incident.plant, &incident.check);
        if place < advised && !advice.is_empty() {
            page.wrapped(Ink::Plain, INDENT, &advice)?;
        }
    }
    let rest = grave.len().saturating_sub(most);
    let notes = summary.incidents.len() - grave.len();
    let more = match (rest, notes) {
        (0, 0) => return Ok(true),
        (0, notes) => words::count(notes as u64, "note (P4)", "notes (P4)"),
        (rest, 0) => grouped(rest as u64),
        (rest, notes) => {
            let notes = words::count(notes as u64, "note (P4)", "notes (P4)");
            format!("{}, and {notes}", grouped(rest as u64))
        }
    };
    page.cut(
        Ink::Dim,
        &format!("  and {more} more; --json has all of them"),
    )?;
    Ok(true)
}

fn entry(page: &mut Page<'_>, incident: &IncidentTotal, summary: &Summary<'_>) -> io::Result<()> {
    let mark = page.ink(
        Ink::of(6u8.saturating_sub(incident.priority)),
        &column(&format!("P{}", incident.priority), 4),
    );
    let title = plain(&incident.title);
    page.line(&format!("  {mark}{}", words::fit(words::bare(&title), 74)))?;
    let (sources, targets) = (named(&incident.sources), named(&incident.targets));
    let alerts = words::count(incident.alerts, "alert", "alerts");
    let kinds = words::count(incident.kinds, "kind", "kinds");
    let (first, last) = (
        clock(incident.first, summary),
        clock(incident.last, summary),
    );
    let when = if first == last {
        first
    } else {
        format!("{first} to {last}")
    };
    let who = match (&*incident.what, incident.targets.is_empty()) {
        ("", false) => format!("{sources} -> {targets}"),
        ("", true) => sources,
        (what, _) if incident.what_frame == incident.frame => {
            plain(what).trim_end_matches('.').to_owned()
        }
        (what, _) => format!(
            "{} at {}, frame {}",
            plain(what).trim_end_matches('.'),
            clock(incident.what_time, summary),
            grouped(incident.what_frame)
        ),
    };
    // What it is called after may be how it began.
    let latest = incident.steps.last().map(|step| plain(&step.title));
    let latest = latest.filter(|latest| *latest != title);
    let latest = latest.map_or_else(String::new, |latest| {
        format!(", the latest: {}", words::bare(&latest))
    });
    let text = format!(
        "{who}; {when}, from frame {}; {alerts} of {kinds}{latest}",
        grouped(incident.frame)
    );
    page.wrapped(Ink::Plain, INDENT, &text)
}

fn named(parties: &[Arc<Party>]) -> String {
    let shown: Vec<String> = parties
        .iter()
        .take(NAMED)
        .map(|party| who::long(party, 32))
        .collect();
    let rest = parties.len().saturating_sub(NAMED);
    let more = if rest > 0 {
        format!(" +{}", grouped(rest as u64))
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}
