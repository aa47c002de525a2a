//! The summary on the terminal: 80 columns, one screen, for somebody who never saw a security
//! tool and for somebody at 3 a.m.
//!
//! Shows a [`Summary`] and nothing else; what is not in the JSON is not here. Long lists are
//! cut and say so. A section without entries is left out, except where absence tells something.

mod alerts;
mod incidents;
mod noted;
mod page;
mod planned;
mod quality;
mod who;

pub(in crate::desk) use page::wrap;

use super::words::{self, column, grouped, some};
use super::{Act, Summary, Target};
use crate::facts::{is_hidden, plain};
use page::{Ink, Page};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// Lines that the page should not have more of.
const LINES: usize = 52;

/// How many entries of each list are shown.
#[derive(Clone, Copy)]
struct Limits {
    /// Alerts, and how many of them with what they mean for the plant.
    alerts: (usize, usize),
    devices: usize,
    /// Stations that control others.
    actors: usize,
    /// Devices that each of them controls.
    pairs: usize,
    notable: usize,
    blind: usize,
}

impl Limits {
    /// Incidents shown, and how many of them with what they mean for the plant.
    const fn incidents(self) -> (usize, usize) {
        match self.alerts {
            (6.., advised) => (4, if advised > 3 { 2 } else { 1 }),
            (4.., _) => (2, 1),
            _ => (1, 1),
        }
    }

    /// The same where incidents stand above the alerts: those need no more than to be named.
    const fn beside_incidents(self) -> Self {
        let alerts = match self.alerts.0 {
            6.. => 3,
            4.. => 2,
            3 => 1,
            _ => 0,
        };
        Self {
            alerts: (alerts, 0),
            ..self
        }
    }

    /// Places shown of an operation: none where the page is so full that advice has no room.
    const fn places(self) -> usize {
        if self.alerts.1 > 0 { 2 } else { 0 }
    }
}

/// From generous to terse: the first that fits the page is taken.
const LIMITS: [Limits; 10] = [
    limits(12, (6, 6), (8, 8), 8, 8),
    limits(8, (4, 4), (6, 4), 5, 6),
    limits(6, (3, 3), (5, 2), 4, 4),
    limits(6, (3, 2), (4, 2), 3, 3),
    limits(5, (3, 1), (4, 1), 2, 3),
    limits(4, (2, 1), (3, 1), 1, 2),
    limits(4, (2, 1), (4, 0), 1, 2),
    limits(3, (2, 1), (3, 0), 1, 1),
    limits(3, (1, 1), (3, 0), 0, 1),
    limits(2, (1, 1), (2, 0), 0, 1),
];

const fn limits(
    devices: usize,
    (actors, pairs): (usize, usize),
    alerts: (usize, usize),
    notable: usize,
    blind: usize,
) -> Limits {
    Limits {
        alerts,
        devices,
        actors,
        pairs,
        notable,
        blind,
    }
}

/// What the summary needs to know beside the picture.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// Whether colours may be used.
    pub colour: bool,
    /// The captures, as the user named them.
    pub captures: Vec<String>,
    /// Files that were written, as the user named them, and what is in them.
    pub written: Vec<(String, String)>,
}

/// Prints the summary.
///
/// # Errors
/// What the writer says.
pub fn print(summary: &Summary<'_>, screen: &Screen, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    for limits in LIMITS {
        text.clear();
        let page = &mut Page {
            out: &mut text,
            colour: screen.colour,
        };
        sections(page, summary, screen, limits)?;
        if text.iter().filter(|octet| **octet == b'\n').count() <= LINES {
            break;
        }
    }
    out.write_all(&text)
}

fn sections(
    page: &mut Page<'_>,
    summary: &Summary<'_>,
    screen: &Screen,
    limits: Limits,
) -> io::Result<()> {
    page.wrapped(Ink::Bold, "", &summary.headline)?;
    quality::capture(page, summary)?;
    quality::protocols(page, summary)?;
    devices(page, summary, limits.devices)?;
    who::control(page, summary, limits)?;
    let told_above = incidents::incidents(page, summary, limits.incidents())?;
    let beside = if told_above {
        limits.beside_incidents()
    } else {
        limits
    };
    let told = alerts::alerts(page, summary, beside)?;
    notable(page, summary, &told, limits)?;
    planned::planned(page, summary)?;
    blind(page, summary, limits.blind)?;
    next(page, summary, screen)
}

/// Roles in the order in which devices are shown.
const ROLES: [&str; 13] = [
    "plc",
    "outstation",
    "ied",
    "drive",
    "io",
    "engineering-station",
    "hmi",
    "scanner",
    "writing-client",
    "industrial-client",
    "historian",
    "gateway",
    "switch",
];

fn devices(page: &mut Page<'_>, summary: &Summary<'_>, most: usize) -> io::Result<()> {
    if summary.devices.is_empty() {
        return Ok(());
    }
    let role = |asset: &crate::desk::inventory::Asset| asset.roles.first().map_or("", |r| r.role);
    let mut devices: Vec<_> = summary.devices.iter().collect();
    devices.sort_by_key(|asset| {
        let place = ROLES.iter().position(|known| *known == role(asset));
        place.unwrap_or(ROLES.len())
    });
    page.heading("DEVICES", "")?;
    let shown = devices.get(..most).unwrap_or(&devices);
    let widest = |texts: &mut dyn Iterator<Item = String>| {
        texts.map(|text| words::width(&text)).max().unwrap_or(0)
    };
    let widest_address = widest(&mut shown.iter().map(|asset| addresses(asset))).min(39);
    let roles = widest(&mut shown.iter().map(|asset| words::role(role(asset)))).min(20);
    for asset in shown {
        page.cut(
            Ink::Plain,
            &format!(
                "  {}  {}  {}",
                column(&addresses(asset), widest_address),
                column(&words::role(role(asset)), roles),
                describe(asset)
            ),
        )?;
    }
    let rest = devices.get(most..).unwrap_or_default();
    if !rest.is_empty() {
        let mut by_role: BTreeMap<String, u64> = BTreeMap::new();
        for asset in rest {
            *by_role.entry(words::role(role(asset))).or_default() += 1;
        }
        let mut kinds: Vec<(u64, String)> = by_role.into_iter().map(|(r, n)| (n, r)).collect();
        kinds.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let kinds: Vec<String> = kinds
            .iter()
            .map(|(n, r)| format!("{r} {}", grouped(*n)))
            .collect();
        let more = format!(
            "and {} more: {}",
            grouped(rest.len() as u64),
            some(&kinds, 6)
        );
        page.wrapped(Ink::Dim, "  ", &more)?;
    }
    Ok(())
}

/// Addresses shown of one device.
const ADDRESSES: usize = 2;

/// The addresses of a device, IPv4 first, by any of which the other sections may name it.
fn addresses(asset: &crate::desk::inventory::Asset) -> String {
    let mut shown: Vec<String> = asset.ips.iter().map(ToString::to_string).collect();
    let more = shown.len().saturating_sub(ADDRESSES);
    if more > 0 {
        shown.truncate(1);
        return format!("{} +{}", shown.concat(), more + 1);
    }
    if shown.is_empty() {
        return asset.id.clone();
    }
    shown.join(", ")
}

/// What a device is, in half a line: name, maker, model, firmware, what it serves.
fn describe(asset: &crate::desk::inventory::Asset) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in [
        &asset.name,
        &asset.vendor,
        &asset.model,
        &asset.order_number,
    ] {
        let part = plain(part);
        if !part.is_empty() && !parts.iter().any(|known| known.contains(&part)) {
            parts.push(part);
        }
    }
    if !asset.firmware.is_empty() {
        parts.push(format!("firmware {}", plain(&asset.firmware)));
    }
    let serves: Vec<String> = asset.serves.iter().map(|s| plain(s)).collect();
    if !serves.is_empty() {
        parts.push(format!("serves {}", some(&serves, 3)));
    }
    parts.join(", ")
}

/// Operations of criticality 4 and 5 that no alert has `told`; where there are none, those of 3.
fn notable(
    page: &mut Page<'_>,
    summary: &Summary<'_>,
    told: &BTreeSet<usize>,
    limits: Limits,
) -> io::Result<()> {
    let most = limits.notable;
    let noted = noted::of(summary);
    if summary.operations.is_empty() && noted.is_empty() {
        return Ok(());
    }
    let from = |least: u8| -> Vec<&Act> {
        let placed = summary.operations.iter().enumerate();
        placed
            .filter(|(place, act)| act.criticality >= least && !told.contains(place))
            .map(|(_, act)| act)
            .collect()
    };
    let mut acts = from(super::acts::NOTABLE);
    if most == 0 && acts.is_empty() && noted.is_empty() {
        return Ok(());
    }
    page.heading("TO LOOK AT", "criticality 0 to 5")?;
    // What the device refused did less than what it carried out.
    acts.sort_by_key(|act| (std::cmp::Reverse(act.weight()), act.is_refused()));
    if acts.is_empty() {
        acts = from(3);
        let lesser = if acts.is_empty() {
            ", nor any other change."
        } else {
            ". Lesser changes:"
        };
        let among = match summary.operations_apart {
            0 if told.is_empty() => "No",
            0 => "Beside what the alerts tell, no",
            _ => "Not all operations were told apart; among those that were, no",
        };
        let text = format!("{among} command, stop, restart or program change was seen{lesser}");
        page.wrapped(Ink::Plain, "  ", &text)?;
    }
    for act in acts.iter().take(most) {
        one(page, act, summary, limits.places())?;
    }
    if acts.len() > most {
        let and = if most > 0 { "and " } else { "" };
        let more = grouped((acts.len() - most) as u64);
        page.wrapped(Ink::Dim, "  ", &format!("{and}{more} more (see --json)"))?;
    }
    noted::show(page, &noted, most.max(1))
}

/// One act: how grave, what and how often; then who, where, when and how it ended.
fn one(page: &mut Page<'_>, act: &Act, summary: &Summary<'_>, places: usize) -> io::Result<()> {
    let mark = column(&act.weight().to_string(), 3);
    let mark = page.ink(Ink::of(act.weight()), &mark);
    let attempted = if act.is_refused() { "attempted: " } else { "" };
    let what = format!(
        "{attempted}{} ({})",
        act.operation,
        super::title(act.protocol)
    );
    let times = match act.count {
        1 => "once".to_owned(),
        n => format!("{} times", grouped(n)),
    };
    let room = page::WIDTH.saturating_sub(6 + words::width(&times));
    page.line(&format!("  {mark}{} {times}", words::fit(&what, room)))?;
    let mut details = details(act, summary, places);
    if !act.techniques.is_empty() {
        details = format!("{details}; {}", act.techniques.join(" "));
    }
    page.wrapped(Ink::Plain, "     ", &details)
}

/// Who, in how many places, when, with what outcome.
fn details(act: &Act, summary: &Summary<'_>, most: usize) -> String {
    let [actor, device] = [&act.actor, &act.device].map(|party| who::long(party, 60));
    let mut parts = vec![format!("{actor} -> {device}")];
    let places: Vec<String> = act
        .targets
        .iter()
        .filter(|target| !target.place.is_empty())
        .map(|target| match target.value.as_str() {
            "" => target.place.clone(),
            _ => format!("{} = {}", target.place, words::fit(&written(target), 32)),
        })
        .collect();
    if !places.is_empty() && most > 0 {
        parts.push(some(&places, most));
    }
    let [first, last] = [act.first.time, act.last.time].map(|time| clock(time, summary));
    let whole = || words::from_to(act.first.time, act.last.time);
    let frame = grouped(act.first.frame);
    parts.push(match first.contains(' ') {
        _ if first == last => format!("{first}, frame {frame}"),
        true => format!("{}, from frame {frame}", whole()),
        false => format!("{first} to {last}, from frame {frame}"),
    });
    parts.push(outcome(act));
    parts.join("; ")
}

/// What was written to a target over all repetitions.
fn written(target: &Target) -> String {
    let Target { value, last, .. } = target;
    match (target.values, target.returned) {
        (0 | 1, _) => value.clone(),
        (2, false) => format!("{value} -> {last}"),
        (n, false) => format!("{value} -> {last} ({n} values)"),
        (2, true) => format!("{value}, {last} by turns"),
        (n, true) => format!("{value}, {last} and others by turns ({n} values)"),
    }
}

/// How it ended: all of its endings, the good ones first.
fn outcome(act: &Act) -> String {
    let sent = act
        .count
        .saturating_sub(act.carried_out)
        .saturating_sub(act.refused)
        .saturating_sub(act.unanswered);
    let refusal = match act.refusal {
        "" => "refused".to_owned(),
        name => format!("refused ({name})"),
    };
    let rest = if act.accepted {
        "accepted, not yet carried out"
    } else {
        "sent, needs no answer"
    };
    let endings = [
        (act.carried_out, "carried out"),
        (sent, rest),
        (act.refused, refusal.as_str()),
        (act.unanswered, "no answer seen"),
    ];
    let parts: Vec<String> = endings
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, ending)| match count {
            n if n == act.count => ending.to_owned(),
            n => format!("{} {ending}", grouped(n)),
        })
        .collect();
    parts.join(", ")
}

/// The time of day, with the date where the capture has more than one.
fn clock(time: crate::facts::Time, summary: &Summary<'_>) -> String {
    let text = words::time(time);
    let day = |text: &str| text.split_once(' ').map(|(day, _)| day.to_owned());
    let same = summary.span.is_some_and(|span| {
        let [first, last] = [span.first, span.last].map(words::time);
        day(&first) == day(&last) && day(&first) == day(&text)
    });
    match text.split_once(' ') {
        Some((_, clock)) if same && !time.is_unknown() => clock.to_owned(),
        _ => text,
    }
}

fn blind(page: &mut Page<'_>, summary: &Summary<'_>, most: usize) -> io::Result<()> {
    page.heading("COULD NOT BE SEEN", "")?;
    let spots = &summary.blind_spots;
    if summary.frames.received == 0 {
        return page.line("  Everything: no packet was captured.");
    }
    if spots.is_empty() {
        return page.line("  Nothing is missing that Jaga could notice.");
    }
    for spot in spots.get(..most).unwrap_or(spots) {
        page.wrapped(Ink::Plain, "  - ", &spot.text)?;
    }
    if let Some(rest) = spots.get(most..).filter(|rest| !rest.is_empty()) {
        let kinds: Vec<String> = rest
            .iter()
            .map(|spot| spot.kind.replace('-', " "))
            .collect();
        let more = format!(
            "and {}: {} (see --json)",
            grouped(rest.len() as u64),
            some(&kinds, 4)
        );
        page.wrapped(Ink::Dim, "  - ", &more)?;
    }
    Ok(())
}

/// Where the files are, and what to do next.
fn next(page: &mut Page<'_>, summary: &Summary<'_>, screen: &Screen) -> io::Result<()> {
    page.heading("NEXT", "")?;
    for (path, what) in &screen.written {
        page.cut(Ink::Plain, &format!("  {}: {what}", plain(path)))?;
    }
    let captures = arguments(&screen.captures);
    let mut hints = Vec::new();
    let told = summary
        .operations
        .first()
        .filter(|act| act.criticality >= 3);
    let busiest = summary
        .protocols
        .iter()
        .find(|protocol| protocol.industrial && protocol.messages > 0);
    let protocol = told
        .map(|act| act.protocol)
        .or(busiest.map(|p| p.name.as_str()));
    if let Some(protocol) = protocol {
        hints.push((
            "all messages",
            format!("jaga decode {captures} -p {protocol}"),
        ));
    }
    if screen.written.is_empty() {
        hints.push(("all, as JSON", format!("jaga replay {captures} --json")));
    }
    for (what, command) in hints {
        if LABEL + words::width(&command) <= page::WIDTH {
            let what = page.ink(Ink::Dim, &column(what, LABEL - 4));
            page.line(&format!("  {what}  {command}"))?;
        } else {
            // A line of its own, which may still be too long: it is never cut.
            page.line(&format!("  {}", page.ink(Ink::Dim, what)))?;
            page.line(&format!("  {command}"))?;
        }
    }
    Ok(())
}

/// Columns before a command that stands behind its label.
const LABEL: usize = 16;

/// Most captures named in a command.
const NAMED: usize = 3;

/// The captures as a shell takes them: a command is there to be copied, so that it is never cut,
/// however long. `CAPTURE` stands for what cannot be named.
fn arguments(captures: &[String]) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "/._-+,:=@%".contains(c);
    let nameless = |path: &String| {
        path.is_empty() || path == "-" || path.contains(|c| is_hidden(c) || c == '\u{fffd}')
    };
    if captures.is_empty() || captures.len() > NAMED || captures.iter().any(nameless) {
        return "CAPTURE".to_owned();
    }
    let quoted = captures.iter().map(|path| {
        if path.chars().all(is_safe) {
            path.clone()
        } else {
            format!("'{}'", path.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
