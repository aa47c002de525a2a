//! Planned work: what of it was seen, and what was done without a plan.

use super::Summary;
use super::page::{Ink, Page};
use super::words::{count, grouped};
use crate::desk::outputs::time::Seconds;
use crate::desk::windows::{WindowTotal, WorkTotal};
use std::io;

/// Most windows and works shown; all are in `--json`.
const MOST: usize = 4;

/// The section; nothing where no windows were given.
pub(super) fn planned(page: &mut Page<'_>, summary: &Summary<'_>) -> io::Result<()> {
    let Some(report) = &summary.planned else {
        return Ok(());
    };
    page.heading("PLANNED WORK", "")?;
    for window in report.windows.iter().take(MOST) {
        page.wrapped(Ink::Plain, "  - ", &told(window))?;
    }
    rest(page, report.windows.len(), "windows")?;
    for work in report.unplanned.iter().take(MOST) {
        page.wrapped(Ink::Plain, "  - ", &unplanned(work))?;
    }
    rest(page, report.unplanned.len(), "kinds of unplanned work")
}

fn rest(page: &mut Page<'_>, all: usize, what: &str) -> io::Result<()> {
    match all.saturating_sub(MOST) {
        0 => Ok(()),
        more => {
            let text = format!("and {} more {what} (see --json)", grouped(more as u64));
            page.wrapped(Ink::Dim, "  - ", &text)
        }
    }
}

fn told(window: &WindowTotal) -> String {
    let name = &window.name;
    match window.state {
        "seen" => format!(
            "planned and seen: {name}: {}, {} told as planned",
            count(window.operations, "operation", "operations"),
            count(window.alerts, "alert", "alerts")
        ),
        "not seen" => format!("planned and not seen: {name}"),
        _ => format!("not watched: {name}: no packet is of that time"),
    }
}

fn unplanned(work: &WorkTotal) -> String {
    format!(
        "seen and not planned: {} on {}: {}, {}, from {} (frame {})",
        work.station,
        work.device,
        work.operation,
        count(work.count, "time", "times"),
        Seconds(work.first),
        grouped(work.frame)
    )
}
