//! The alerts: how many of each severity, then the gravest, one or two lines each.

use super::page::{self, Ink, Page};
use super::words::{self, column, grouped, some};
use super::{Summary, clock};
use crate::facts::plain;
use std::io;

/// What the severities are called.
const SEVERITIES: [(u8, &str); 4] = [(1, "high"), (2, "medium"), (3, "low"), (4, "info")];

pub(super) fn alerts(page: &mut Page<'_>, summary: &Summary<'_>, most: usize) -> io::Result<()> {
    if summary.alerts.is_empty() {
        return Ok(());
    }
    let counts: Vec<String> = SEVERITIES
        .iter()
        .filter_map(|(severity, name)| {
            let of = summary.alerts.iter().filter(|a| a.severity == *severity);
            let count: u64 = of.map(|alert| alert.count).sum();
            (count > 0).then(|| format!("{} {name}", grouped(count)))
        })
        .collect();
    page.heading("ALERTS", &counts.join(", "))?;
    for alert in summary.alerts.iter().take(most) {
        let known = SEVERITIES
            .iter()
            .find(|(severity, _)| *severity == alert.severity);
        let name = known.map_or("info", |(_, name)| name);
        let ink = Ink::of(6u8.saturating_sub(alert.severity));
        let mark = page.ink(ink, &column(name, 9));
        let times = words::count(alert.count, "time", "times");
        let room = page::WIDTH.saturating_sub(13 + words::width(&times));
        let what = words::fit(&plain(&alert.signature), room);
        page.line(&format!("  {mark}{what} {times}"))?;
        let hosts = |hosts: &std::collections::BTreeSet<String>| {
            let hosts: Vec<String> = hosts.iter().cloned().collect();
            some(&hosts, 2)
        };
        let details = format!(
            "{} -> {}; from frame {}, {}; sid {}",
            hosts(&alert.sources),
            hosts(&alert.destinations),
            grouped(alert.frame),
            clock(alert.first, summary),
            alert.signature_id
        );
        page.wrapped(Ink::Plain, "           ", &details)?;
    }
    if summary.alerts.len() > most {
        let more = summary.alerts.len() - most;
        let more = format!("and {} more rules (see --json)", grouped(more as u64));
        page.wrapped(Ink::Dim, "  ", &more)?;
    }
    Ok(())
}
