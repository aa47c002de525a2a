//! What people say of devices, laid over what the traffic shows.
//!
//! A line of the list belongs to the device that has its MAC, else its serial number, else its
//! IP address. What it says stands; what the traffic says otherwise is noted with the device.

use super::asset::{Asset, Listing, Said, Unseen};
use super::contradiction::{Contradiction, Listed};
use crate::desk::site::{Entry, Site};
use crate::facts::Host;
use std::collections::BTreeSet;

/// Gives each device what its line says; tells what has no line, and which lines no device.
pub(super) fn apply(site: &Site, assets: &mut [Asset]) -> Listing {
    let mut listing = Listing::default();
    let mut seen = BTreeSet::new();
    for asset in assets {
        let lines = lines(site, asset);
        seen.extend(lines.iter().map(|(entry, _)| entry.line));
        let Some((entry, _)) = lines.first() else {
            listing.unlisted.push(asset.id.clone());
            continue;
        };
        listing.listed += 1;
        if let Some(several) = several(&lines) {
            asset.contradictions.push(several);
        }
        say(entry, asset);
        asset.contradictions.sort_by_cached_key(ToString::to_string);
    }
    let unseen = site.entries().iter();
    let unseen = unseen.filter(|entry| !seen.contains(&entry.line));
    listing.unseen = unseen.map(unseen_line).collect();
    listing
}

fn unseen_line(entry: &Entry) -> Unseen {
    Unseen {
        line: entry.line,
        name: entry.name.clone(),
        keys: entry.keys(),
    }
}

/// The lines that a device can be told by, the best first, each once with what it is told by.
fn lines<'s>(site: &'s Site, asset: &Asset) -> Vec<(&'s Entry, String)> {
    let by = |host: Host| Some((site.of(host)?, host.to_string()));
    let macs = asset.macs.iter().filter_map(|mac| by(Host::Mac(*mac)));
    let ips = asset.ips.iter().filter_map(|ip| by(Host::Ip(*ip)));
    let told = asset.attributes.iter();
    let serials = told.filter(|attribute| attribute.property == "serial");
    let serials = serials.filter_map(|attribute| {
        let entry = site.with_serial(&attribute.value)?;
        Some((entry, format!("serial {}", attribute.value)))
    });
    let mut lines: Vec<(&Entry, String)> = Vec::new();
    for (entry, key) in macs.chain(serials).chain(ips) {
        if lines.iter().all(|(known, _)| known.line != entry.line) {
            lines.push((entry, key));
        }
    }
    lines
}

/// That several lines claim one device.
fn several(lines: &[(&Entry, String)]) -> Option<Contradiction> {
    let each = lines.iter().map(|(entry, key)| (entry.line, key.clone()));
    (lines.len() > 1).then(|| Contradiction::Lines(each.collect()))
}

/// Lays a line over a device.
fn say(entry: &Entry, asset: &mut Asset) {
    let line = entry.line;
    let mut differs = |about: Listed, said: String, seen: String| {
        let told = Contradiction::List {
            line,
            about,
            said,
            seen,
        };
        asset.contradictions.push(told);
    };
    let other = |said: &[String], seen: &[String]| {
        let none = said.is_empty() || seen.is_empty();
        !none && !said.iter().any(|said| seen.contains(said))
    };
    let macs: Vec<String> = entry.macs.iter().map(ToString::to_string).collect();
    let seen: Vec<String> = asset.macs.iter().map(ToString::to_string).collect();
    if other(&macs, &seen) {
        differs(Listed::Mac, macs.join(" "), seen.join(" "));
    }
    let ips: Vec<String> = entry.ips.iter().map(ToString::to_string).collect();
    let seen: Vec<String> = asset.ips.iter().map(ToString::to_string).collect();
    if other(&ips, &seen) {
        differs(Listed::Ip, ips.join(" "), seen.join(" "));
    }
    let capital = |text: &String| text.to_uppercase();
    let serials: Vec<String> = entry.serials.iter().map(capital).collect();
    let told = asset.attributes.iter();
    let told = told.filter(|attribute| attribute.property == "serial");
    let told: Vec<String> = told.map(|attribute| capital(&attribute.value)).collect();
    if other(&serials, &told) {
        differs(Listed::Serial, entry.serials.join(" "), told.join(" "));
    }
    if let (Some(said), Some(guessed)) = (entry.purdue, asset.purdue)
        && said != guessed
    {
        differs(Listed::Purdue, said.to_string(), guessed.to_string());
    }
    let (said, told) = (entry.name.to_lowercase(), asset.name.to_lowercase());
    if !said.is_empty() && !said.contains(&told) && !told.contains(&said) {
        differs(Listed::Name, entry.name.clone(), asset.name.clone());
    }
    if !entry.name.is_empty() {
        asset.name.clone_from(&entry.name);
    }
    asset.purdue = entry.purdue.or(asset.purdue);
    asset.said = Some(Said {
        list_line: line,
        owner: entry.owner.clone(),
        importance: entry.importance,
        zone: entry.zone.clone(),
    });
}
