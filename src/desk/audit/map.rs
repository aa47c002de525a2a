//! The network by Purdue level: where each box and line of the drawing stands.
//!
//! The layout depends on the devices alone: levels from the top down, in each the devices by
//! address. A level with more devices than fit shows those that control or are controlled, and
//! says how many it leaves out. The page writes the drawing as SVG.

use super::Audit;
use super::page::zones::name as zone_name;
use super::words::Say;
use crate::desk::inventory::Asset;
use crate::desk::report::Party;
use crate::desk::report::words::fit;
use crate::facts::Host;
use std::collections::{BTreeMap, BTreeSet};

/// Measures of the drawing, in its own units.
const WIDTH: u32 = 1120;
const LABEL: u32 = 132;
const BOX: (u32, u32) = (180, 42);
const GAP: (u32, u32) = (16, 14);
const PAD: u32 = 22;

/// Boxes in a row, and rows in a level.
const ACROSS: usize = 5;
const ROWS: usize = 6;

/// Most lines drawn, the gravest first: more is a carpet.
const LINES: usize = 240;

/// Columns of text that fit a box, those of an address that is written larger, and those of a
/// long one that is not.
const TEXT: usize = 22;
const SHORT: usize = 20;
const LONG: usize = 26;

/// Lines beside each other in the gap between two columns, and how far apart.
const LANES: u32 = 4;
const LANE: u32 = 3;

/// The drawing.
pub(super) struct Map {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bands: Vec<Band>,
    pub(super) boxes: Vec<Box>,
    pub(super) lines: Vec<Line>,
    /// Devices and lines that are left out.
    pub(super) left_out: (u64, u64),
}

/// A level.
pub(super) struct Band {
    pub(super) y: u32,
    pub(super) height: u32,
    /// Its number, and what it is.
    pub(super) label: String,
    pub(super) lines: Vec<String>,
}

/// A device.
pub(super) struct Box {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) address: String,
    /// Whether the address is too long for its usual size.
    pub(super) long: bool,
    pub(super) name: String,
    /// How it is drawn.
    pub(super) class: &'static str,
}

/// What goes between two devices.
pub(super) struct Line {
    pub(super) path: String,
    pub(super) class: &'static str,
    pub(super) title: String,
}

/// What a line stands for, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Other,
    Reads,
    Outside,
    Commands,
}

impl Kind {
    const fn class(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Reads => "reads",
            Self::Outside => "outside",
            Self::Commands => "commands",
        }
    }
}

/// The levels in the order of the drawing: outside, 5 to 0, unknown.
const LEVELS: [&str; 8] = ["outside", "5", "4", "3", "2", "1", "0", "unknown"];

fn level(asset: &Asset) -> &'static str {
    if asset.ips.iter().any(|ip| Host::Ip(*ip).is_public()) {
        return "outside";
    }
    let level = asset.purdue.map(|level| level.to_string());
    let known = LEVELS.iter().find(|name| level.as_deref() == Some(**name));
    known.copied().unwrap_or("unknown")
}

/// Lines between devices, by their places, and the gravest of what goes there.
type Joined = BTreeMap<(usize, usize), (Kind, BTreeSet<&'static str>)>;

/// Draws the devices of an audit.
pub(super) fn draw(audit: &Audit<'_>, say: &Say) -> Map {
    let devices = audit.picture.devices;
    let joined = joined(audit);
    let mut weight: Vec<(Kind, u64)> = devices.iter().map(|a| (Kind::Other, a.packets)).collect();
    for ((one, other), (kind, _)) in &joined {
        for place in [one, other] {
            if let Some((known, _)) = weight.get_mut(*place) {
                *known = (*known).max(*kind);
            }
        }
    }
    let mut map = Map {
        width: WIDTH,
        height: 8,
        bands: Vec::new(),
        boxes: Vec::new(),
        lines: Vec::new(),
        left_out: (0, 0),
    };
    let mut at: BTreeMap<usize, (u32, u32)> = BTreeMap::new();
    for ((number, zone), mut here) in groups(audit) {
        let name = LEVELS.get(number).copied().unwrap_or("unknown");
        let zone = zone.and_then(|zone| audit.zones.as_ref()?.zones.get(zone));
        here.sort_by_key(|place| std::cmp::Reverse((weight.get(*place).copied(), *place)));
        map.left_out.0 += here.len().saturating_sub(ACROSS * ROWS) as u64;
        here.truncate(ACROSS * ROWS);
        let key = |place: &usize| devices.get(*place).map(|a| (a.ips.first(), &a.id));
        here.sort_by(|a, b| key(a).cmp(&key(b)));
        let zone = zone.map(|zone| zone_name(&zone.name, say));
        map.band((name, zone), &here, devices, &mut at, say);
    }
    let rows: BTreeSet<u32> = at.values().map(|(_, y)| *y).collect();
    let rows: Vec<u32> = rows.into_iter().collect();
    let mut lines: Vec<_> = joined.into_iter().collect();
    // Stable: ties stay in the order of places.
    lines.sort_by_key(|(_, (kind, _))| std::cmp::Reverse(*kind));
    for ((one, other), (kind, protocols)) in lines {
        let ends = (at.get(&one), at.get(&other));
        let (Some(from), Some(to)) = ends else {
            map.left_out.1 += 1;
            continue;
        };
        if map.lines.len() >= LINES {
            map.left_out.1 += 1;
            continue;
        }
        let named = |place| devices.get(place).map_or_else(String::new, address);
        let protocols: Vec<&str> = protocols.into_iter().collect();
        map.lines.push(Line {
            path: curve(*from, *to, &rows),
            class: kind.class(),
            title: format!(
                "{} – {}: {}",
                named(one),
                named(other),
                protocols.join(", ")
            ),
        });
    }
    // What is graver is drawn over the rest.
    map.lines.reverse();
    map
}

/// The devices by what is drawn as one band: those of a level and, where the site said what its
/// zones are, of a zone; from the top down. The level of a zone stands over what is guessed.
fn groups(audit: &Audit<'_>) -> BTreeMap<(usize, Option<usize>), Vec<usize>> {
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    let zones = audit.zones.as_ref();
    for (place, asset) in audit.picture.devices.iter().enumerate() {
        let zone = zones.and_then(|zones| zones.of.get(&asset.id).copied());
        let said = zone.and_then(|zone| zones?.zones.get(zone)?.level);
        let level = said.map_or_else(|| level(asset).to_owned(), |level| level.to_string());
        let number = LEVELS.iter().position(|name| *name == level);
        let number = number.unwrap_or(LEVELS.len() - 1);
        groups.entry((number, zone)).or_default().push(place);
    }
    groups
}

impl Map {
    fn band(
        &mut self,
        (name, zone): (&str, Option<String>),
        here: &[usize],
        devices: &[Asset],
        at: &mut BTreeMap<usize, (u32, u32)>,
        say: &Say,
    ) {
        let rows = u32::try_from(here.len().div_ceil(ACROSS)).unwrap_or(1);
        let height = rows * BOX.1 + (rows - 1) * GAP.1 + 2 * PAD;
        for (row, places) in (0..).zip(here.chunks(ACROSS)) {
            for (column, place) in (0..).zip(places) {
                let Some(asset) = devices.get(*place) else {
                    continue;
                };
                let x = LABEL + column * (BOX.0 + GAP.0);
                let y = self.height + PAD + row * (BOX.1 + GAP.1);
                at.insert(*place, (x + BOX.0 / 2, y + BOX.1 / 2));
                let party = Party::of_asset(asset);
                let what = match party.name.is_empty() {
                    true if party.role.is_empty() => asset.vendor.clone(),
                    true => say.of_kind("role", &party.role),
                    false => party.name,
                };
                self.boxes.push(Box {
                    x,
                    y,
                    long: party.address.chars().count() > SHORT,
                    address: fit(&party.address, LONG),
                    name: fit(&what, TEXT),
                    class: match name {
                        "outside" => "outside",
                        "0" | "1" => "field",
                        _ => "plain",
                    },
                });
            }
        }
        let label = say.of_kind("level-short", name);
        let text = say.of_kind("level", name);
        self.bands.push(Band {
            y: self.height,
            height,
            label,
            lines: zone
                .iter()
                .flat_map(|zone| broken(zone))
                .chain(broken(&text))
                .collect(),
        });
        self.height += height + 10;
    }
}

/// A label in lines short enough for the margin.
fn broken(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < 17 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn address(asset: &Asset) -> String {
    Party::of_asset(asset).address
}

/// Which devices are joined, and by what.
fn joined(audit: &Audit<'_>) -> Joined {
    let devices = audit.picture.devices.iter().enumerate();
    let of: BTreeMap<Host, usize> = devices
        .flat_map(|(place, asset)| asset.hosts.iter().map(move |host| (*host, place)))
        .collect();
    let commands: BTreeSet<(&str, &str, &str)> = audit
        .picture
        .control
        .iter()
        .filter(|pair| pair.commands())
        .map(|pair| {
            (
                pair.actor.address.as_str(),
                pair.device.address.as_str(),
                pair.protocol,
            )
        })
        .collect();
    let mut joined = Joined::new();
    for conduit in audit.conduits.iter().filter(|conduit| conduit.answered) {
        let ends = (of.get(&conduit.hosts.0), of.get(&conduit.hosts.1));
        let (Some(one), Some(other)) = ends else {
            continue;
        };
        if one == other {
            continue;
        }
        let pair = (
            conduit.client.address.as_str(),
            conduit.server.address.as_str(),
            conduit.protocol,
        );
        let kind = match conduit {
            _ if commands.contains(&pair) => Kind::Commands,
            conduit if conduit.outside => Kind::Outside,
            conduit if conduit.industrial => Kind::Reads,
            _ => Kind::Other,
        };
        let key = (*one.min(other), *one.max(other));
        let known = joined.entry(key).or_insert((kind, BTreeSet::new()));
        known.0 = known.0.max(kind);
        known.1.insert(conduit.protocol);
    }
    joined
}

/// A line between two boxes, that crosses no other: over the top where both stand in a row, from
/// edge to edge where one stands in the row below the other, and else down the gap beside the
/// lower one's column. `rows` are the middles of all rows, from the top down.
fn curve(one: (u32, u32), other: (u32, u32), rows: &[u32]) -> String {
    let (upper, lower) = if one.1 <= other.1 {
        (one, other)
    } else {
        (other, one)
    };
    let half = BOX.1 / 2;
    if upper.1 == lower.1 {
        let top = upper.1 - half;
        let above = rows.iter().rev().find(|row| **row < top);
        let room = top - above.map_or(0, |row| row + half);
        // The curve rises three quarters of the way to its handles.
        let most = room.saturating_sub(2) * 4 / 3;
        let rise = top.saturating_sub((18 + upper.0.abs_diff(lower.0) / 40).min(most));
        return format!(
            "M{} {top}C{} {rise} {} {rise} {} {top}",
            upper.0, upper.0, lower.0, lower.0
        );
    }
    let (from, to) = (upper.1 + half, lower.1 - half);
    let between = rows.iter().any(|row| upper.1 < *row && *row < lower.1);
    if !between {
        let bend = (to - from) / 2;
        return format!("M{} {from}{}", upper.0, turn(upper.0, (lower.0, to), bend));
    }
    // Those of different columns run beside each other in the gap.
    let lane = upper.0 / (BOX.0 + GAP.0) % LANES * LANE;
    let aside = BOX.0 / 2 + (GAP.0 - LANE * (LANES - 1)) / 2 + lane;
    let gap = match upper.0 <= lower.0 {
        true => lower.0 - aside,
        false => lower.0 + aside,
    };
    let (begin, end) = (from + GAP.1, to - GAP.1);
    let bend = GAP.1 / 2;
    format!(
        "M{} {from}{}{}{}",
        upper.0,
        turn(upper.0, (gap, begin), bend),
        turn(gap, (gap, end), 0),
        turn(gap, (lower.0, to), bend)
    )
}

/// A curve that leaves straight down from `x` and arrives straight down.
fn turn(x: u32, to: (u32, u32), bend: u32) -> String {
    let from = to.1.saturating_sub(2 * bend);
    match bend {
        0 => format!("C{x} {} {} {} {} {}", to.1, to.0, to.1, to.0, to.1),
        bend => format!(
            "C{x} {} {} {} {} {}",
            from + bend,
            to.0,
            to.1 - bend,
            to.0,
            to.1
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The points of a path at a hundred steps of each of its curves.
    fn points(path: &str) -> Vec<(f64, f64)> {
        let numbers = path.split(|c: char| !c.is_ascii_digit());
        let numbers: Vec<f64> = numbers.filter_map(|number| number.parse().ok()).collect();
        let corners: Vec<(f64, f64)> = numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect();
        let mut from = corners[0];
        let mut points = vec![from];
        for curve in corners[1..].chunks(3) {
            for step in 0..=100 {
                let t = f64::from(step) / 100.0;
                let u = 1.0 - t;
                let at = |a: f64, b: f64, c: f64, d: f64| {
                    u.powi(3) * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t.powi(3) * d
                };
                points.push((
                    at(from.0, curve[0].0, curve[1].0, curve[2].0),
                    at(from.1, curve[0].1, curve[1].1, curve[2].1),
                ));
            }
            from = curve[2];
        }
        points
    }

    #[test]
    fn no_line_crosses_a_box_that_it_does_not_join() {
        // A band of one row, one of three, one of two: five boxes each.
        let rows = [51, 159, 215, 271, 379, 435];
        let middle = |column: u32| LABEL + column * (BOX.0 + GAP.0) + BOX.0 / 2;
        let boxes: Vec<(u32, u32)> = rows
            .iter()
            .flat_map(|row| (0..5).map(move |column| (middle(column), *row)))
            .collect();
        for one in &boxes {
            for other in boxes.iter().filter(|other| *other > one) {
                let path = curve(*one, *other, &rows);
                let points = points(&path);
                for (x, y) in &points {
                    assert!((0.0..f64::from(WIDTH)).contains(x) && *y >= 0.0, "{path}");
                    for (left, top) in &boxes {
                        let inside = (x - f64::from(*left)).abs() < f64::from(BOX.0 / 2)
                            && (y - f64::from(*top)).abs() < f64::from(BOX.1 / 2);
                        assert!(!inside, "{one:?} to {other:?} through {left} {top}: {path}");
                    }
                }
                let ends = [points[0], points[points.len() - 1]];
                for (x, y) in [one, other] {
                    let joins = |end: &(f64, f64)| {
                        end.0 == f64::from(*x)
                            && (end.1 - f64::from(*y)).abs() == f64::from(BOX.1 / 2)
                    };
                    assert!(ends.iter().any(joins), "{one:?} to {other:?}: {path}");
                }
            }
        }
    }
}
