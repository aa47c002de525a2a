//! Who controls whom: a station to a paragraph, a device to a line.

use super::Limits;
use super::page::{Ink, Page};
use crate::desk::report::{Control, Party, Summary};
use crate::desk::report::{title, words};
use crate::facts::Class;
use std::io;

/// Most columns of a device.
const DEVICE: usize = 32;

/// Who operates which device and how.
pub(super) fn control(
    page: &mut Page<'_>,
    summary: &Summary<'_>,
    limits: Limits,
) -> io::Result<()> {
    if summary.control.is_empty() {
        return Ok(());
    }
    let mut actors: Vec<(&Party, Vec<&Control>)> = Vec::new();
    for pair in summary
        .control
        .iter()
        .filter(|pair| !reports(pair, summary))
    {
        match actors.iter_mut().find(|(actor, _)| *actor == &pair.actor) {
            Some((_, pairs)) => pairs.push(pair),
            None => actors.push((&pair.actor, vec![pair])),
        }
    }
    let Limits {
        actors: most_actors,
        pairs: most_pairs,
        ..
    } = limits;
    if actors.is_empty() {
        return Ok(());
    }
    page.heading("WHO CONTROLS WHOM", "")?;
    let shown = || {
        let actors = actors.iter().take(most_actors);
        actors.flat_map(|(_, pairs)| pairs.iter().take(most_pairs))
    };
    let widest = shown().map(|pair| words::width(&long(&pair.device, DEVICE)));
    let device = widest.max().unwrap_or(0).min(DEVICE);
    let widest = shown().map(|pair| words::width(title(pair.protocol)));
    let protocol = widest.max().unwrap_or(0);
    for (actor, pairs) in actors.iter().take(most_actors) {
        let role = match actor.role.as_str() {
            "" => String::new(),
            role => format!(", {}", words::role(role)),
        };
        page.cut(Ink::Plain, &format!("  {}{role}", long(actor, 60)))?;
        for pair in pairs.iter().take(most_pairs) {
            let left = format!(
                "    -> {}  {}  ",
                words::column(&long(&pair.device, DEVICE), device),
                words::column(title(pair.protocol), protocol)
            );
            page.wrapped(Ink::Plain, &left, &acts(pair, reported(pair, summary)))?;
        }
        if pairs.len() > most_pairs {
            let rest = (pairs.len() - most_pairs) as u64;
            let more = format!("    -> and {} more (see --json)", words::grouped(rest));
            page.cut(Ink::Dim, &more)?;
        }
    }
    if actors.len() > most_actors {
        let rest = words::count((actors.len() - most_actors) as u64, "station", "stations");
        page.cut(Ink::Dim, &format!("  and {rest} more (see --json)"))?;
    }
    Ok(())
}

/// Whether all that a party does to its controller is to report: that is not control.
fn reports(pair: &Control, summary: &Summary<'_>) -> bool {
    let tells = |class: &Class| matches!(class, Class::Read | Class::State);
    pair.classes.keys().all(tells)
        && summary.control.iter().any(|other| {
            other.protocol == pair.protocol
                && other.actor == pair.device
                && other.device == pair.actor
        })
}

/// How often the device reported to its controller of its own accord.
fn reported(pair: &Control, summary: &Summary<'_>) -> u64 {
    let back = summary.control.iter().find(|other| {
        other.protocol == pair.protocol
            && other.actor == pair.device
            && other.device == pair.actor
            && reports(other, summary)
    });
    back.map_or(0, |back| back.operations)
}

/// What was done, in words: changes first, then what only looks.
fn acts(pair: &Control, reported: u64) -> String {
    let (mut reads, mut queries) = (0, 0);
    let mut parts: Vec<String> = Vec::new();
    for (class, count) in &pair.classes {
        match class {
            Class::Read => reads += count,
            Class::Session | Class::Identify | Class::Diagnose => queries += count,
            class => {
                let (one, many) = words::acts(*class);
                parts.push(words::count(*count, one, many));
            }
        }
    }
    let only = if parts.is_empty() { "only " } else { "" };
    if reads > 0 {
        parts.push(words::count(reads, "read", "reads"));
    }
    if queries > 0 {
        parts.push(words::count(queries, "query", "queries"));
    }
    let refused = match pair.refused {
        0 => String::new(),
        n if n == pair.operations => " (all refused)".to_owned(),
        n => format!(" ({} refused)", words::grouped(n)),
    };
    let reports = match reported {
        0 => String::new(),
        n => format!("; it sends {}", words::count(n, "report", "reports")),
    };
    format!("{only}{}{refused}{reports}", parts.join(", "))
}

/// The party's name with its address in so many columns, or the address alone, which is never
/// cut.
pub(super) fn long(party: &Party, columns: usize) -> String {
    if party.name.is_empty() || party.name == party.address {
        return party.address.clone();
    }
    let room = columns
        .saturating_sub(words::width(&party.address) + 3)
        .max(8);
    format!("{} ({})", words::fit(&party.name, room), party.address)
}
