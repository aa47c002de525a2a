//! Who controls whom: a station to a paragraph, a device to a line.

use super::Limits;
use super::page::{Ink, Page};
use crate::desk::report::{Control, Party, Summary};
use crate::desk::report::{title, words};
use crate::facts::Class;
use std::collections::BTreeMap;
use std::io;

/// Most columns of a device.
const DEVICE: usize = 32;

/// Columns that must be left beside a device for what is done to it; else it stands below.
const BESIDE: usize = 30;

/// Who operates which device and how.
pub(super) fn control(
    page: &mut Page<'_>,
    summary: &Summary<'_>,
    limits: Limits,
) -> io::Result<()> {
    let (actors, curious) = actors(summary);
    if actors.is_empty() && curious.is_empty() {
        return Ok(());
    }
    page.heading("WHO CONTROLS WHOM", "")?;
    let shown = || {
        let actors = actors.iter().take(limits.actors);
        actors.flat_map(|actor| actor.pairs.iter().take(limits.pairs))
    };
    let widest = shown().map(|(pair, _)| words::width(&long(&pair.device, DEVICE)));
    let device = widest.max().unwrap_or(0).min(DEVICE);
    let widest = shown().map(|(pair, _)| words::width(title(pair.protocol)));
    let protocol = widest.max().unwrap_or(0);
    for Actor { party, pairs } in actors.iter().take(limits.actors) {
        page.cut(Ink::Plain, &format!("  {}{}", long(party, 60), role(party)))?;
        for (pair, reported) in pairs.iter().take(limits.pairs) {
            let left = format!(
                "    -> {}  {}  ",
                words::column(&long(&pair.device, DEVICE), device),
                words::column(title(pair.protocol), protocol)
            );
            page.beside(&left, BESIDE, "       ", &acts(pair, *reported))?;
        }
        if pairs.len() > limits.pairs {
            let rest = (pairs.len() - limits.pairs) as u64;
            let more = format!("    -> and {} more (see --json)", words::grouped(rest));
            page.cut(Ink::Dim, &more)?;
        }
    }
    if actors.len() > limits.actors {
        let rest = words::count((actors.len() - limits.actors) as u64, "station", "stations");
        page.cut(Ink::Dim, &format!("  and {rest} more (see --json)"))?;
    }
    if !curious.is_empty() {
        let names: Vec<String> = curious.iter().map(|party| party.address.clone()).collect();
        let text = format!("nothing but queries: {}", words::some(&names, 3));
        page.wrapped(Ink::Dim, "  ", &text)?;
    }
    Ok(())
}

/// A station and the devices that it operates, each with how often the device reported to it
/// of its own accord.
struct Actor<'a> {
    party: &'a Party,
    pairs: Vec<(&'a Control, u64)>,
}

/// Those who operate devices, and those who only asked who is there and how they are.
fn actors<'a>(summary: &'a Summary<'_>) -> (Vec<Actor<'a>>, Vec<&'a Party>) {
    let pairs: BTreeMap<_, &Control> = summary
        .control
        .iter()
        .map(|pair| ((pair.protocol, &pair.actor, &pair.device), pair))
        .collect();
    let back = |pair: &Control| {
        pairs
            .get(&(pair.protocol, &pair.device, &pair.actor))
            .copied()
    };
    // To report to one's controller is not control.
    let reports = |pair: &Control| {
        let tells = |class: &Class| matches!(class, Class::Read | Class::State);
        pair.classes.keys().all(tells) && back(pair).is_some()
    };
    let mut actors: Vec<Actor<'_>> = Vec::new();
    let mut places: BTreeMap<&Party, usize> = BTreeMap::new();
    let mut curious: Vec<&Party> = Vec::new();
    for pair in &summary.control {
        if reports(pair) {
            continue;
        }
        if pair.classes.keys().all(|class| is_query(*class)) {
            curious.push(&pair.actor);
            continue;
        }
        let reported = back(pair)
            .filter(|back| reports(back))
            .and_then(|back| back.classes.get(&Class::Read))
            .map_or(0, |count| *count);
        let place = *places.entry(&pair.actor).or_insert(actors.len());
        match actors.get_mut(place) {
            Some(actor) => actor.pairs.push((pair, reported)),
            None => actors.push(Actor {
                party: &pair.actor,
                pairs: vec![(pair, reported)],
            }),
        }
    }
    curious.retain(|party| !places.contains_key(party));
    curious.sort_unstable();
    curious.dedup();
    (actors, curious)
}

/// Asks who a device is and how it does, and neither reads nor changes values.
const fn is_query(class: Class) -> bool {
    matches!(class, Class::Session | Class::Identify | Class::Diagnose)
}

/// Its role, to stand after its name.
fn role(party: &Party) -> String {
    match party.role.as_str() {
        "" => String::new(),
        role => format!(", {}", words::role(role)),
    }
}

/// What was done, in words: changes first, then what only looks.
fn acts(pair: &Control, reported: u64) -> String {
    let (mut reads, mut queries) = (0, 0);
    let mut parts: Vec<String> = Vec::new();
    for (class, count) in &pair.classes {
        match class {
            Class::Read => reads += count,
            class if is_query(*class) => queries += count,
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
