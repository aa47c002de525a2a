//! The summary on the terminal: 80 columns, one screen, for somebody who never saw a security
//! tool and for somebody at 3 a.m.
//!
//! Shows a [`Summary`] and nothing else; what is not in the JSON is not here. Long lists are
//! cut and say so. A section without entries is left out, except where absence tells something.

mod alerts;
mod page;
mod quality;
mod who;

use super::words::{self, column, grouped, plain, some};
use super::{Act, Summary};
use page::{Ink, Page};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Lines that the page should not have more of.
const LINES: usize = 50;

/// How many entries of each list are shown.
#[derive(Clone, Copy)]
struct Limits {
    devices: usize,
    /// Stations that control others.
    actors: usize,
    /// Devices that each of them controls.
    pairs: usize,
    notable: usize,
    blind: usize,
}

/// From generous to terse: the first that fits the page is taken.
const LIMITS: [Limits; 5] = [
    Limits {
        devices: 12,
        actors: 6,
        pairs: 6,
        notable: 8,
        blind: 8,
    },
    Limits {
        devices: 8,
        actors: 4,
        pairs: 4,
        notable: 5,
        blind: 6,
    },
    Limits {
        devices: 6,
        actors: 3,
        pairs: 3,
        notable: 4,
        blind: 4,
    },
    Limits {
        devices: 6,
        actors: 3,
        pairs: 2,
        notable: 3,
        blind: 3,
    },
    Limits {
        devices: 5,
        actors: 3,
        pairs: 1,
        notable: 3,
        blind: 3,
    },
];

/// What the summary needs to know beside the picture.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// Whether colours may be used.
    pub colour: bool,
    /// The first capture, as the user named it.
    pub capture: String,
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
    alerts::alerts(page, summary, limits.notable)?;
    notable(page, summary, limits.notable)?;
    blind(page, summary, limits.blind)?;
    next(page, summary, screen)
}

/// Roles in the order in which devices are shown.
const ROLES: [&str; 12] = [
    "plc",
    "outstation",
    "drive",
    "io",
    "engineering-station",
    "hmi",
    "scanner",
    "industrial-client",
    "historian",
    "gateway",
    "router",
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
    let address = |asset: &crate::desk::inventory::Asset| {
        asset
            .ips
            .first()
            .map_or_else(|| asset.id.clone(), ToString::to_string)
    };
    let shown = devices.get(..most).unwrap_or(&devices);
    let widest = |texts: &mut dyn Iterator<Item = String>| {
        texts.map(|text| words::width(&text)).max().unwrap_or(0)
    };
    let addresses = widest(&mut shown.iter().map(|asset| address(asset))).min(39);
    let roles = widest(&mut shown.iter().map(|asset| words::role(role(asset)))).min(20);
    for asset in shown {
        page.cut(
            Ink::Plain,
            &format!(
                "  {}  {}  {}",
                column(&address(asset), addresses),
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

/// Operations of criticality 4 and 5; where there are none, those of 3.
fn notable(page: &mut Page<'_>, summary: &Summary<'_>, most: usize) -> io::Result<()> {
    if summary.operations.is_empty() {
        return Ok(());
    }
    let from = |least: u8| -> Vec<&Act> {
        let acts = summary.operations.iter();
        acts.filter(|act| act.criticality >= least).collect()
    };
    page.heading("TO LOOK AT", "")?;
    let mut acts = from(super::acts::NOTABLE);
    if acts.is_empty() {
        acts = from(3);
        let lesser = if acts.is_empty() {
            ", nor any other change."
        } else {
            ". Lesser changes:"
        };
        let among = match summary.operations_apart {
            0 => "No",
            _ => "Not all operations were told apart; among those that were, no",
        };
        let text = format!("{among} command, stop, restart or program change was seen{lesser}");
        page.wrapped(Ink::Plain, "  ", &text)?;
    }
    for act in acts.iter().take(most) {
        one(page, act, summary)?;
    }
    if acts.len() > most {
        let more = format!(
            "and {} more (see --json)",
            grouped((acts.len() - most) as u64)
        );
        page.wrapped(Ink::Dim, "  ", &more)?;
    }
    Ok(())
}

/// One act: how grave, what and how often; then who, where, when and how it ended.
fn one(page: &mut Page<'_>, act: &Act, summary: &Summary<'_>) -> io::Result<()> {
    let mark = column(words::criticality(act.criticality), 9);
    let mark = page.ink(Ink::of(act.criticality), &mark);
    let what = format!("{} ({})", act.operation, super::title(act.protocol));
    let times = match act.count {
        1 => "once".to_owned(),
        n => format!("{} times", grouped(n)),
    };
    let room = page::WIDTH.saturating_sub(12 + words::width(&times));
    page.line(&format!("  {mark}{} {times}", words::fit(&what, room)))?;
    let [actor, device] = [&act.actor, &act.device].map(|party| who::long(party, 60));
    let details = format!("{actor} -> {device}; {}", details(act, summary));
    page.wrapped(Ink::Plain, "           ", &details)
}

/// Where, when, with what outcome.
fn details(act: &Act, summary: &Summary<'_>) -> String {
    let mut parts = Vec::new();
    let places: Vec<String> = act
        .targets
        .iter()
        .filter(|target| !target.place.is_empty())
        .map(|target| match target.value.as_str() {
            "" => target.place.clone(),
            value => format!("{} = {}", target.place, words::fit(value, 24)),
        })
        .collect();
    if !places.is_empty() {
        parts.push(some(&places, 2));
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
    if !act.techniques.is_empty() {
        parts.push(act.techniques.join(" "));
    }
    parts.join("; ")
}

/// How it ended.
fn outcome(act: &Act) -> String {
    let refusal = match act.refusal {
        "" => String::new(),
        name => format!(" ({name})"),
    };
    match act {
        _ if act.refused == act.count => format!("refused{refusal}"),
        _ if act.refused > 0 => format!("{} refused{refusal}", grouped(act.refused)),
        _ if act.unanswered == act.count => "no answer seen".to_owned(),
        _ if act.unanswered > 0 => format!("{} without answer", grouped(act.unanswered)),
        _ if act.acknowledged => "carried out".to_owned(),
        _ => "sent, needs no answer".to_owned(),
    }
}

/// The time of day, with the date where the capture has more than one.
fn clock(time: crate::facts::Time, summary: &Summary<'_>) -> String {
    let text = words::time(time);
    let one_day = summary.span.is_some_and(|span| {
        let [first, last] = [span.first, span.last].map(words::time);
        first.split(' ').next() == last.split(' ').next()
    });
    match text.split_once(' ') {
        Some((_, clock)) if one_day => clock.to_owned(),
        _ => text,
    }
}

fn blind(page: &mut Page<'_>, summary: &Summary<'_>, most: usize) -> io::Result<()> {
    page.heading("COULD NOT BE SEEN", "")?;
    let spots = &summary.blind_spots;
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
    // A command is there to be copied: never cut, and with a name that needs no quotes.
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "/._-+,:=@%".contains(c);
    let capture = match screen.capture.as_str() {
        "" | "-" => "CAPTURE",
        path if path.len() > 40 || !path.chars().all(is_safe) => "CAPTURE",
        path => path,
    };
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
            format!("jaga decode {capture} --protocol {protocol}"),
            "every message",
        ));
    }
    if screen.written.is_empty() {
        hints.push((
            format!("jaga replay {capture} --json"),
            "all of this and more as JSON",
        ));
    }
    for (command, what) in hints {
        let line = format!("  {command}  {what}");
        if words::width(&line) <= page::WIDTH {
            page.line(&format!("  {command}  {}", page.ink(Ink::Dim, what)))?;
        } else {
            page.line(&format!("  {command}"))?;
        }
    }
    Ok(())
}
