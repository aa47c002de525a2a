//! The zone and conduit check: which devices are in which zone, what passed between zones, and
//! whether a conduit is for it.
//!
//! Made where the site said what its zones are. Rests on the same conversations as the map and
//! on the operations of the matrix.

use super::conduits::Conduit;
use crate::desk::inventory::{Asset, Assets};
use crate::desk::report::Control;
use crate::desk::zones::{Place, Zones};
use crate::facts::{Host, Stamp};
use crate::flow::Tags;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The check.
#[derive(Clone, Debug, Serialize)]
pub struct ZoneCheck {
    /// The zones, as they stand in the file, and at the end what is outside of them.
    pub zones: Vec<ZoneRow>,
    /// What passed between zones, by both and the protocol; what no conduit is for first.
    pub crossings: Vec<Crossing>,
    /// Conduits by which nothing was seen to pass.
    pub unused: Vec<Unused>,
    /// In which of the zones a device is, by its name in the inventory.
    #[serde(skip)]
    pub(super) of: BTreeMap<String, usize>,
}

/// A zone, and who is in it.
#[derive(Clone, Debug, Serialize)]
pub struct ZoneRow {
    /// Its name.
    pub name: String,
    /// Its Purdue level, where the site gave one.
    pub level: Option<u8>,
    /// The addresses of its devices that were seen.
    pub devices: Vec<String>,
}

/// What passed from one zone to another in one protocol.
#[derive(Clone, Debug, Serialize)]
pub struct Crossing {
    /// Where who asked is.
    pub from: String,
    /// Where who was asked is.
    pub to: String,
    /// The protocol, or a port as `tcp/443` where it is in none.
    pub service: String,
    /// Whether a conduit is for it.
    pub allowed: bool,
    /// Classes of operations that were seen and that no conduit allows.
    pub exceeded: Vec<&'static str>,
    /// Pairs of hosts.
    pub pairs: u64,
    /// Conversations.
    pub conversations: u64,
    /// The first packet.
    #[serde(serialize_with = "crate::desk::report::write_stamp")]
    pub first: Stamp,
}

/// A conduit by which nothing was seen to pass.
#[derive(Clone, Debug, Serialize)]
pub struct Unused {
    /// Where it leads from.
    pub from: String,
    /// Where it leads to.
    pub to: String,
    /// What may pass.
    pub allows: String,
}

impl Crossing {
    /// Whether something passed that must not.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !self.allowed || !self.exceeded.is_empty()
    }
}

/// Where a conversation passed between zones, and whether it may.
#[derive(Clone, Debug, Serialize)]
pub struct Passage {
    /// Where who asked is.
    pub from: String,
    /// Where who was asked is.
    pub to: String,
    /// Whether a conduit is for it.
    pub allowed: bool,
    /// The same two places.
    #[serde(skip)]
    pub(super) places: (Place, Place),
}

impl Passage {
    /// Where this passes, that carried so many octets of content; `None` within one zone, and where nobody in particular is asked.
    pub(super) fn of(
        zones: &Zones,
        (client, server): (Host, Host),
        tags: Tags,
        (service, content): (&str, u64),
    ) -> Option<Self> {
        let (from, to) = (zones.of(client, tags), zones.of(server, tags));
        if from == to || client.is_group() || server.is_group() {
            return None;
        }
        Some(Self {
            from: zones.name(from).to_owned(),
            to: zones.name(to).to_owned(),
            allowed: match content {
                0 => zones.opens(from, to, service),
                _ => zones.carries(from, to, service),
            },
            places: (from, to),
        })
    }
}

/// Holds an audit against the zones.
pub(super) fn check(
    zones: &Zones,
    assets: &Assets,
    conduits: &[Conduit],
    control: &[Control],
) -> ZoneCheck {
    let places = zones.places().map(|(place, _)| place);
    let places: Vec<Place> = places.chain([Place::OUTSIDE]).collect();
    let mut rows: Vec<ZoneRow> = places
        .iter()
        .map(|place| ZoneRow {
            name: zones.name(*place).to_owned(),
            level: zones.zone(*place).and_then(|zone| zone.level),
            devices: Vec::new(),
        })
        .collect();
    let mut of = BTreeMap::new();
    for asset in &assets.assets {
        let place = place_of(zones, asset);
        let Some(number) = places.iter().position(|known| *known == place) else {
            continue;
        };
        let ip = asset.ips.first().map(ToString::to_string);
        if let Some(row) = rows.get_mut(number) {
            row.devices.push(ip.unwrap_or_else(|| asset.id.clone()));
        }
        of.insert(asset.id.clone(), number);
    }
    let crossings = crossings(zones, conduits, control);
    let unused = zones.conduits().iter().filter(|conduit| {
        let (from, to) = (zones.name(conduit.from), zones.name(conduit.to));
        let mut between = crossings
            .iter()
            .filter(|one| one.from == from && one.to == to);
        !between.any(|one| conduit.services.is_empty() || conduit.services.contains(&one.service))
    });
    let unused = unused.map(|conduit| Unused {
        from: zones.name(conduit.from).to_owned(),
        to: zones.name(conduit.to).to_owned(),
        allows: conduit.says(),
    });
    ZoneCheck {
        unused: unused.collect(),
        zones: rows,
        crossings,
        of,
    }
}

/// Where a device is: by the first of its addresses that is in a zone.
fn place_of(zones: &Zones, asset: &Asset) -> Place {
    let tags = match asset.vlans.len() {
        1 => asset
            .vlans
            .first()
            .map_or(Tags::NONE, |vid| Tags::of_vid(*vid)),
        _ => Tags::NONE,
    };
    let ips = asset.ips.iter().map(|ip| Host::Ip(*ip));
    let hosts = ips.chain(asset.macs.iter().map(|mac| Host::Mac(*mac)));
    let mut places = hosts.map(|host| zones.of(host, tags));
    places
        .find(|place| *place != Place::OUTSIDE)
        .unwrap_or(Place::OUTSIDE)
}

fn crossings(zones: &Zones, conduits: &[Conduit], control: &[Control]) -> Vec<Crossing> {
    let mut crossings: BTreeMap<(&str, &str, String), Crossing> = BTreeMap::new();
    for conduit in conduits.iter().filter(|conduit| conduit.answered) {
        let Some(passage) = &conduit.passage else {
            continue;
        };
        let service = conduit.service();
        let key = (passage.from.as_str(), passage.to.as_str(), service.clone());
        let known = crossings.entry(key).or_insert_with(|| Crossing {
            from: passage.from.clone(),
            to: passage.to.clone(),
            service,
            allowed: passage.allowed,
            exceeded: Vec::new(),
            pairs: 0,
            conversations: 0,
            first: conduit.first,
        });
        known.pairs += 1;
        known.conversations += conduit.conversations;
        known.first = known.first.min(conduit.first);
        let mut control = control.iter().filter(|pair| {
            pair.protocol == conduit.protocol
                && pair.actor.address == conduit.client.address
                && pair.device.address == conduit.server.address
        });
        let classes = control.next().map(|pair| pair.classes.keys());
        let (from, to) = passage.places;
        let exceeded = classes
            .into_iter()
            .flatten()
            .filter(|class| !zones.allows(from, to, conduit.protocol, **class));
        known.exceeded.extend(exceeded.map(|class| class.name()));
    }
    let mut crossings: Vec<Crossing> = crossings.into_values().collect();
    for crossing in &mut crossings {
        let classes: BTreeSet<&str> = crossing.exceeded.drain(..).collect();
        crossing.exceeded.extend(classes);
    }
    crossings.sort_by_key(|crossing| (!crossing.is_wrong(), crossing.allowed));
    crossings
}
