//! The sections on the capture itself and on the protocols in it.

use super::page::{Ink, Page};
use crate::desk::report::words::{
    column, count, duration, from_to, grouped, octets, right, share, some,
};
use crate::desk::report::{ProtocolTotal, Summary, VlanCopies};
use crate::facts::plain;
use crate::flow::Ledger;
use std::io;

/// Industrial protocols shown in a line of their own.
const PROTOCOLS: usize = 6;

/// Files named.
const FILES: usize = 3;

/// What was captured and how much of it could be read.
pub(super) fn capture(page: &mut Page<'_>, summary: &Summary<'_>) -> io::Result<()> {
    page.heading("CAPTURE", "all times are UTC")?;
    let files: Vec<String> = summary
        .captures
        .iter()
        .map(|capture| crate::desk::report::words::fit(&plain(&capture.name), 60))
        .collect();
    page.wrapped(Ink::Plain, "  ", &some(&files, FILES))?;
    if let Some(span) = &summary.span {
        page.wrapped(
            Ink::Plain,
            "  ",
            &match span.last.is_unknown() {
                true => "time unknown".to_owned(),
                false => format!(
                    "{} ({})",
                    from_to(span.first, span.last),
                    duration(span.seconds)
                ),
            },
        )?;
    }
    let frames = &summary.frames;
    page.wrapped(
        Ink::Plain,
        "  ",
        &format!(
            "{}, {}, {}",
            count(frames.received, "frame", "frames"),
            octets(frames.octets),
            count(summary.conversation_count, "conversation", "conversations"),
        ),
    )?;
    if let Some(fates) = fates(&summary.ledger.ledger) {
        page.wrapped(Ink::Plain, "  ", &format!("of the content {fates}"))?;
    }
    if summary.duplicates.packets > 0 {
        let kinds: Vec<String> = summary
            .duplicates
            .kinds
            .iter()
            .map(|(kind, n)| format!("{} {}", grouped(*n), duplicate(kind)))
            .collect();
        let mut text = format!(
            "{} left out that the mirror port sent twice",
            count(summary.duplicates.packets, "frame", "frames")
        );
        // Copies of fragments have no kind.
        if !kinds.is_empty() {
            text += &format!(" ({})", some(&kinds, 3));
        }
        page.wrapped(Ink::Plain, "  ", &text)?;
        let vlans = &summary.duplicates.vlans;
        let pairs: Vec<String> = vlans.iter().map(vlans_of).collect();
        if !pairs.is_empty() {
            let advice = "mirror one of the two, or only received frames (RX)";
            let text = format!("the same frames came in {}: {advice}", some(&pairs, 3));
            page.wrapped(Ink::Plain, "  ", &text)?;
        }
    }
    Ok(())
}

/// Two VLANs that repeat each other, with how many frames.
fn vlans_of(pair: &VlanCopies) -> String {
    let VlanCopies {
        one,
        other,
        packets,
    } = pair;
    format!("VLAN {one} and {other} ({})", grouped(*packets))
}

/// What became of the content, in shares of it; what came again is counted once.
fn fates(ledger: &Ledger) -> Option<String> {
    let content = ledger.content.saturating_sub(ledger.retransmitted);
    let fates = [
        (ledger.decoded, "decoded"),
        (ledger.encrypted, "encrypted"),
        (ledger.opaque, "not read"),
        (ledger.malformed, "malformed"),
        (ledger.skipped, "out of step"),
        (ledger.discarded, "given up"),
    ];
    let fates: Vec<String> = fates
        .into_iter()
        .filter(|(octets, name)| *octets > 0 || *name == "decoded")
        .map(|(octets, name)| format!("{} {name}", share(octets, content)))
        .collect();
    (content > 0).then(|| fates.join(", "))
}

/// What a kind of duplicate is.
fn duplicate(kind: &str) -> &str {
    match kind {
        "same" => "identical",
        "other-vlan" => "with another VLAN",
        "routed" => "on both sides of a router",
        "other-lan" => "from the redundant LAN",
        "tunnel" => "inside a tunnel",
        other => other,
    }
}

/// The protocols: industrial ones with their figures, the others in one sentence.
pub(super) fn protocols(page: &mut Page<'_>, summary: &Summary<'_>) -> io::Result<()> {
    if summary.protocols.is_empty() {
        return Ok(());
    }
    let industrial: Vec<&ProtocolTotal> =
        summary.protocols.iter().filter(|p| p.industrial).collect();
    if industrial.is_empty() {
        page.heading("PROTOCOLS", "")?;
        page.line("  No control protocol that Jaga knows was seen.")?;
    } else {
        page.heading(
            "PROTOCOLS",
            "conversations      packets     messages   operations",
        )?;
    }
    for total in industrial.iter().take(PROTOCOLS) {
        page.line(&format!(
            "  {}{}{}{}{}",
            column(&total.title, 26),
            right(&grouped(total.conversations), 13),
            right(&grouped(total.ledger.ledger.packets), 13),
            right(&grouped(total.messages), 13),
            right(&grouped(total.operations), 13),
        ))?;
    }
    let named = |total: &&ProtocolTotal| format!("{} {}", total.name, grouped(total.conversations));
    let carried =
        |total: &ProtocolTotal| format!("{} {}", total.name, grouped(total.ledger.ledger.packets));
    let office = summary
        .protocols
        .iter()
        .filter(|p| !p.industrial && p.recognised);
    let office: Vec<String> = office.map(carried).collect();
    if !office.is_empty() {
        let text = format!("and {} (packets)", some(&office, 10));
        page.wrapped(Ink::Plain, "  ", &text)?;
    }
    // What has no content has nothing to be recognised by.
    let (empty, unknown): (Vec<&ProtocolTotal>, Vec<&ProtocolTotal>) = summary
        .protocols
        .iter()
        .filter(|p| !p.recognised)
        .partition(|p| p.ledger.ledger.content == 0);
    let kinds = [("not decoded", unknown), ("without content", empty)];
    let kinds = kinds.into_iter().filter(|(_, totals)| !totals.is_empty());
    let texts: Vec<String> = kinds
        .map(|(what, totals)| {
            let names: Vec<String> = totals
                .iter()
                .map(|total| named(total).replace(" without content", ""))
                .collect();
            format!("{what}: {}", some(&names, 6))
        })
        .collect();
    if !texts.is_empty() {
        let text = format!("{} (conversations)", texts.join("; "));
        page.wrapped(Ink::Plain, "  ", &text)?;
    }
    Ok(())
}
