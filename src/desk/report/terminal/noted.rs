//! What the list of devices shows that somebody should look at, beside what was done: addresses
//! that two cards claim, and who scans.

use super::Summary;
use super::page::{Ink, Page};
use super::words::grouped;
use std::collections::BTreeSet;
use std::io;

/// One sentence each, disputes of addresses first.
pub(super) fn of(summary: &Summary<'_>) -> Vec<String> {
    let told = summary.devices.iter();
    let told = told.flat_map(|asset| &asset.contradictions);
    let disputes = told.filter(|told| told.is_about_addresses());
    // Both parties have the sentence.
    let disputes: BTreeSet<String> = disputes.map(ToString::to_string).collect();
    let scanners = summary.devices.iter().filter_map(|asset| {
        let role = asset.roles.iter().find(|role| role.role == "scanner")?;
        let address = asset.ips.first().map(ToString::to_string);
        let address = address.unwrap_or_else(|| asset.id.clone());
        let from = role.frame.map_or_else(String::new, |frame| {
            format!(" (from frame {})", grouped(frame))
        });
        Some(format!("{address} scans: it {}{from}", role.reason))
    });
    disputes.into_iter().chain(scanners).collect()
}

/// The first few of them.
pub(super) fn show(page: &mut Page<'_>, noted: &[String], most: usize) -> io::Result<()> {
    for text in noted.iter().take(most) {
        page.wrapped(Ink::Plain, "  - ", text)?;
    }
    let rest = noted.len().saturating_sub(most);
    if rest > 0 {
        let more = format!(
            "and {} more of addresses and scans (see --json)",
            grouped(rest as u64)
        );
        page.wrapped(Ink::Dim, "  - ", &more)?;
    }
    Ok(())
}
