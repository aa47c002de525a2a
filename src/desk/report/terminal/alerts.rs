//! The alerts: how many of each severity, then the gravest with who did it to whom, what it can
//! do to the plant and what to check.

use super::page::{self, Ink, Page};
use super::words::{self, column, grouped};
use super::{Act, Limits, Summary, clock, details, who};
use crate::desk::report::AlertTotal;
use crate::facts::plain;
use foldhash::fast::FixedState;
use std::collections::{BTreeSet, HashMap};
use std::io;

/// What the severities are called.
const SEVERITIES: [(u8, &str); 4] = [(1, "high"), (2, "medium"), (3, "low"), (4, "info")];

/// Behind what entries begin with.
const INDENT: &str = "          ";

/// Operations, or pairs of hosts, shown of one alert.
const SHOWN: usize = 2;

/// The section: so many alerts, the first few of them with advice. Gives the places of the
/// operations that all alerts tell of, also those that are only counted here.
pub(super) fn alerts(
    page: &mut Page<'_>,
    summary: &Summary<'_>,
    limits: Limits,
) -> io::Result<BTreeSet<usize>> {
    let (most, advised) = limits.alerts;
    let mut told = BTreeSet::new();
    if summary.rules_watched == 0 && summary.alerts.is_empty() {
        return Ok(told);
    }
    let watched = words::count(summary.rules_watched, "rule watched", "rules watched");
    if summary.alerts.is_empty() {
        page.heading("ALERTS", "")?;
        page.line(&format!("  No alerts; {watched}."))?;
        return Ok(told);
    }
    page.heading("ALERTS", &format!("{}; {watched}", counts(&summary.alerts)))?;
    let mut places: HashMap<_, Vec<usize>, FixedState> = HashMap::default();
    for (place, act) in summary.operations.iter().enumerate() {
        let (actor, device) = (&act.actor.address, &act.device.address);
        let name = (act.protocol, act.operation, &**actor, &**device);
        places.entry(name).or_default().push(place);
    }
    for (place, alert) in summary.alerts.iter().enumerate() {
        let names = alert.acts.iter();
        let meant = names.filter_map(|(protocol, operation, actor, device)| {
            places.get(&(*protocol, *operation, &**actor, &**device))
        });
        let meant: BTreeSet<usize> = meant.flatten().copied().collect();
        if place < most {
            let acts: Vec<&Act> = meant
                .iter()
                .filter_map(|act| summary.operations.get(*act))
                .collect();
            title(page, alert, &acts)?;
            page.wrapped(Ink::Plain, INDENT, &found(alert, &acts, summary, limits))?;
        }
        let advice = said(alert);
        if place < advised && !advice.is_empty() {
            page.wrapped(Ink::Plain, INDENT, &advice)?;
        }
        told.extend(meant);
    }
    let rest = summary.alerts.get(most..).unwrap_or_default();
    if !rest.is_empty() {
        let rest: Vec<String> = rest
            .iter()
            .map(|alert| format!("{} ({})", message(alert), grouped(alert.count)))
            .collect();
        let kinds = grouped(rest.len() as u64);
        let more = match most {
            0 => format!("  {kinds} kinds: {}", rest.join(", ")),
            _ => format!("  and {kinds} more: {}", rest.join(", ")),
        };
        page.cut(Ink::Dim, &more)?;
    }
    Ok(told)
}

/// How many alerts of each severity.
fn counts(alerts: &[AlertTotal]) -> String {
    let counts: Vec<String> = SEVERITIES
        .iter()
        .filter_map(|(severity, name)| {
            let of = alerts.iter().filter(|alert| alert.severity == *severity);
            let count: u64 = of.map(|alert| alert.count).sum();
            (count > 0).then(|| format!("{} {name}", grouped(count)))
        })
        .collect();
    counts.join(", ")
}

/// What the rule says was found.
fn message(alert: &AlertTotal) -> String {
    let message = plain(&alert.signature);
    words::bare(&message).to_owned()
}

/// How grave, what, how often, and the rule's number at the right.
fn title(page: &mut Page<'_>, alert: &AlertTotal, acts: &[&Act]) -> io::Result<()> {
    let known = SEVERITIES
        .iter()
        .find(|(severity, _)| *severity == alert.severity);
    let name = known.map_or("info", |(_, name)| name);
    let name = if alert.severity == 1 { "HIGH" } else { name };
    let mark = page.ink(
        Ink::of(6u8.saturating_sub(alert.severity)),
        &column(name, 8),
    );
    let seen = acts
        .iter()
        .map(|act| act.count)
        .fold(0, u64::saturating_add);
    // A rule with a threshold tells the first of many.
    let times = match alert.count {
        n if n < seen => words::count(n, "alert", "alerts"),
        1 => "once".to_owned(),
        n => format!("{} times", grouped(n)),
    };
    let sid = format!("  sid {}", alert.signature_id);
    let columns = page::WIDTH.saturating_sub(INDENT.len() + words::width(&sid));
    let room = columns.saturating_sub(words::width(&times) + 2);
    let what = format!("{}, {times}", words::fit(&message(alert), room));
    let sid = page.ink(Ink::Dim, &sid);
    page.line(&format!("  {mark}{}{sid}", column(&what, columns)))
}

/// Who, to whom, what and when, as far as there is room; the techniques.
fn found(alert: &AlertTotal, acts: &[&Act], summary: &Summary<'_>, limits: Limits) -> String {
    if !alert.what.is_empty() {
        let clock = clock(alert.first, summary);
        let frame = grouped(alert.frame);
        let what = plain(&alert.what);
        let mut parts = vec![format!("{} {clock}, frame {frame}", what)];
        if alert.count > 1 {
            parts.push(format!("and {} more", grouped(alert.count - 1)));
        }
        parts.push(plain(&alert.techniques.join(" ")));
        return parts.join("; ");
    }
    let mut parts: Vec<String> = acts
        .iter()
        .take(SHOWN)
        .map(|act| details(act, summary, limits.places()))
        .collect();
    let mut rest = acts.len().saturating_sub(SHOWN);
    if acts.is_empty() {
        let (pairs, all) = pairs(alert);
        let from = if alert.count > 1 {
            "from frame"
        } else {
            "frame"
        };
        let clock = clock(alert.first, summary);
        let frame = grouped(alert.frame);
        parts.push(format!("{}; {clock}, {from} {frame}", pairs.join(", ")));
        rest = all.saturating_sub(pairs.len());
    }
    if rest > 0 {
        parts.push(format!("and {} more", grouped(rest as u64)));
    }
    if !alert.techniques.is_empty() {
        parts.push(plain(&alert.techniques.join(" ")));
    }
    parts.join("; ")
}

/// The first pairs of hosts, and how many there are; what goes both ways is one pair.
fn pairs(alert: &AlertTotal) -> (Vec<String>, usize) {
    let ends = alert
        .pairs
        .iter()
        .map(|pair| (&pair.source, &pair.destination));
    let all: BTreeSet<_> = ends.clone().collect();
    let shown: Vec<String> = ends
        .filter(|(a, b)| a <= b || !all.contains(&(*b, *a)))
        .map(|(a, b)| {
            let way = if a != b && all.contains(&(b, a)) {
                "<->"
            } else {
                "->"
            };
            format!("{} {way} {}", who::long(a, 40), who::long(b, 40))
        })
        .collect();
    let count = shown.len();
    (shown.into_iter().take(SHOWN).collect(), count)
}

/// What is usual, what it can do to the plant, and what to check.
fn said(alert: &AlertTotal) -> String {
    let usual = match &*alert.usual {
        "" => String::new(),
        usual => format!("{} ", plain(usual)),
    };
    format!("{usual}{}", advice(&alert.plant, &alert.check))
}

/// What it can do to the plant, and what to check.
pub(super) fn advice(plant: &str, check: &str) -> String {
    let said = [("Plant", plant), ("Check", check)];
    let said = said.iter().filter(|(_, text)| !text.is_empty());
    let said: Vec<String> = said
        .map(|(whose, text)| format!("{whose}: {}.", plain(text).trim_end_matches('.')))
        .collect();
    said.join(" ")
}
