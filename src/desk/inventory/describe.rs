//! A device as it is described: attributes with their source packets, contradictions, peers.

use super::asset::{Asset, Attribute, Peer, Seen, property_name};
use super::contradiction::Contradiction;
use super::facts::{Exchange, HostFacts, Told};
use super::identity::{self, Device};
use super::vendor;
use crate::facts::{Host, Mac, Property, Stamp, plain};
use std::collections::{BTreeMap, BTreeSet};

/// Properties of which a device has one at a time.
const SINGLE: [Property; 6] = [
    Property::Vendor,
    Property::Model,
    Property::OrderNumber,
    Property::Firmware,
    Property::Hardware,
    Property::Serial,
];

/// Protocols in which others name a device; what it calls itself goes first.
const HEARSAY: [&str; 1] = ["tls"];

/// The device as it is written out, without roles and peers. `cards` has the first packet of
/// each.
pub(super) fn asset(
    device: Device,
    hosts: &BTreeMap<Host, HostFacts>,
    cards: &BTreeMap<Mac, Stamp>,
) -> Asset {
    let members = device.hosts();
    let mut asset = Asset {
        id: members
            .first()
            .map_or_else(String::new, ToString::to_string),
        macs: device.macs,
        ips: device.ips,
        behind: device.behind,
        contradictions: device.contradictions.into_iter().collect(),
        ..Asset::default()
    };
    let mut span: Option<(Stamp, Stamp)> = None;
    let mut told: Vec<&Told> = Vec::new();
    let mut noted = BTreeSet::new();
    for (host, facts) in members
        .iter()
        .filter_map(|host| Some((*host, hosts.get(host)?)))
    {
        asset.vlans.extend(&facts.vlans);
        asset.packets += facts.packets;
        asset.octets += facts.octets;
        asset
            .serves
            .extend(facts.serves.iter().map(|(name, service)| {
                // A connection to a port that nobody recognised is no protocol.
                written(*name, service.decoded || matches!(name.0, "tcp" | "udp"))
            }));
        asset
            .uses
            .extend(facts.uses.keys().map(|(name, _)| (*name).to_owned()));
        if let Some((first, last)) = facts.seen {
            let (a, b) = span.unwrap_or((first, last));
            span = Some((a.min(first), b.max(last)));
        }
        told.extend(&facts.told);
        addresses(&mut asset, host, facts, &mut noted);
    }
    asset.hosts = members;
    // A card whose packets all bore addresses of others has none of its own to be seen by.
    let card = asset.macs.iter().filter_map(|mac| cards.get(mac)).min();
    let span = span.or_else(|| card.map(|first| (*first, *first)));
    asset.first_seen = span.map(|(first, _)| first.into());
    asset.last_seen = span.map(|(_, last)| Seen::from(last));
    told.sort_by_key(|told| (told.stamp, told.property, told.unit));
    properties(&mut asset, &told);
    makers(&mut asset, span.map_or(0, |(first, _)| first.frame));
    asset
        .attributes
        .sort_by(|a, b| (a.property, a.frame, &a.value).cmp(&(b.property, b.frame, &b.value)));
    asset.contradictions.sort_by_cached_key(ToString::to_string);
    asset
}

/// Notes where the device's addresses are from, each once.
fn addresses(asset: &mut Asset, host: Host, facts: &HostFacts, noted: &mut BTreeSet<String>) {
    let mut note = |property, value: String, source, stamp: Stamp| {
        if noted.insert(value.clone()) {
            asset.attributes.push(Attribute {
                property,
                value,
                unit: None,
                source,
                frame: stamp.frame,
            });
        }
    };
    let (first, source) = match (facts.seen, facts.bound.values().min()) {
        (Some((first, _)), Some((bound, protocol))) if *bound < first => (*bound, *protocol),
        (Some((first, _)), _) => (
            first,
            if host.ip().is_some() {
                "ip"
            } else {
                "ethernet"
            },
        ),
        (None, Some((bound, protocol))) => (*bound, *protocol),
        (None, None) => return,
    };
    let property = if host.ip().is_some() { "ip" } else { "mac" };
    note(property, host.to_string(), source, first);
    if let Some((first, _)) = facts.seen {
        for mac in facts.macs.keys().filter(|mac| asset.macs.contains(mac)) {
            note("mac", mac.to_string(), "ethernet", first);
        }
    }
}

/// A service as it is written: `modbus/502`, and `modbus/502?` where its port alone says so.
fn written((name, port): super::facts::ServiceName, is_shown: bool) -> String {
    let doubt = if is_shown { "" } else { "?" };
    match port {
        0 => format!("{name}{doubt}"),
        _ => format!("{name}/{port}{doubt}"),
    }
}

/// Fills in what packets told of the device; the first value stands, the rest is kept.
fn properties(asset: &mut Asset, told: &[&Told]) {
    for told in told {
        if matches!(told.property, Property::Mac | Property::Ip) {
            continue;
        }
        let value = readable(&told.value);
        if value.is_empty() {
            continue;
        }
        // A mode changes; the last one told holds.
        if told.property == Property::Mode {
            asset.mode.clone_from(&value);
        }
        asset.attributes.push(Attribute {
            property: property_name(told.property),
            value,
            unit: told.unit,
            source: told.protocol,
            frame: told.stamp.frame,
        });
    }
    // What the device says of itself goes before what it says of its units, and that before
    // what others say.
    for rank in 0..=2 {
        for told in told.iter().filter(|told| standing(told) == rank) {
            if let Some(field) = field(asset, told.property)
                && field.is_empty()
            {
                *field = readable(&told.value);
            }
        }
    }
    modules(asset, told);
    for property in SINGLE {
        contradiction(asset, told, property);
    }
}

/// Lists the modules told, and the units where there are several.
fn modules(asset: &mut Asset, told: &[&Told]) {
    let mut units: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for told in told {
        let value = match told.property {
            Property::Firmware => format!("firmware {}", readable(&told.value)),
            _ => readable(&told.value),
        };
        match (told.property, told.unit) {
            (Property::Module, Some(unit)) => asset.modules.push(format!("{unit}: {value}")),
            (Property::Module, None) => asset.modules.push(value),
            (
                Property::Vendor
                | Property::Model
                | Property::OrderNumber
                | Property::Firmware
                | Property::Serial,
                Some(unit),
            ) => {
                let known = units.entry(unit).or_default();
                if !known.contains(&value) {
                    known.push(value);
                }
            }
            _ => {}
        }
    }
    if units.len() > 1 {
        let texts = units
            .iter()
            .map(|(unit, values)| format!("{unit}: {}", values.join(", ")));
        asset.modules.extend(texts);
    }
}

/// How near to the device what is told of it stands; the nearest is believed first.
fn standing(told: &Told) -> u8 {
    if hearsay(told) {
        2
    } else {
        u8::from(told.unit.is_some())
    }
}

fn hearsay(told: &Told) -> bool {
    told.property == Property::Name && HEARSAY.contains(&told.protocol)
}

/// The place of a property of which an asset shows one value.
const fn field(asset: &mut Asset, property: Property) -> Option<&mut String> {
    Some(match property {
        Property::Vendor => &mut asset.vendor,
        Property::Model => &mut asset.model,
        Property::OrderNumber => &mut asset.order_number,
        Property::Firmware => &mut asset.firmware,
        Property::Hardware => &mut asset.hardware,
        Property::Serial => &mut asset.serial,
        Property::Name => &mut asset.name,
        Property::Location => &mut asset.location,
        Property::OperatingSystem => &mut asset.operating_system,
        _ => return None,
    })
}

/// Notes where one protocol told two values for the same unit.
fn contradiction(asset: &mut Asset, told: &[&Told], property: Property) {
    /// Values with the frames that tell them, by unit and protocol.
    type Values = BTreeMap<(Option<u32>, &'static str), Vec<(String, u64)>>;
    let mut values = Values::new();
    for told in told.iter().filter(|told| told.property == property) {
        let value = readable(&told.value);
        let known = values.entry((told.unit, told.protocol)).or_default();
        let same = |old: &String| {
            *old == value || (property == Property::Vendor && vendor::same(old, &value))
        };
        if !value.is_empty() && known.iter().all(|(old, _)| !same(old)) {
            known.push((value, told.stamp.frame));
        }
    }
    let name = property_name(property);
    for ((unit, protocol), values) in values {
        if values.len() < 2 {
            continue;
        }
        asset.contradictions.push(Contradiction::Values {
            property: name,
            unit,
            protocol,
            values,
        });
    }
}

/// Adds what the MAC tells of the maker, and notes where the device says otherwise.
fn makers(asset: &mut Asset, frame: u64) {
    let macs: Vec<Mac> = asset.macs.iter().copied().collect();
    for mac in macs {
        if let Some(protocol) = identity::virtual_router(mac) {
            asset.attributes.push(Attribute {
                property: "description",
                value: format!("MAC {mac} is a virtual router's ({protocol})"),
                unit: None,
                source: "ethernet",
                frame,
            });
            continue;
        }
        let Some(owner) = vendor::of(mac) else {
            continue;
        };
        let told = asset.vendor.clone();
        let brand = vendor::brand(owner);
        // Where the device and the registry agree, the fuller name is shown.
        if asset.vendor.is_empty() || (vendor::same(&told, &brand) && brand.len() > told.len()) {
            asset.vendor.clone_from(&brand);
        } else if !vendor::same(&told, &brand) && !vendor::same(&told, owner) {
            asset.contradictions.push(Contradiction::Maker {
                told,
                mac,
                registered: owner,
            });
        }
        asset.attributes.push(Attribute {
            property: "vendor",
            value: brand,
            unit: None,
            source: "oui",
            frame,
        });
    }
}

/// Sums up whom each device talked to, by device where the peer is one, and sorts by packets.
pub(super) fn peers(assets: &mut [Asset], hosts: &BTreeMap<Host, HostFacts>) {
    let ids: BTreeMap<Host, (String, String)> = assets
        .iter()
        .flat_map(|asset| {
            let shown = asset
                .ips
                .first()
                .map_or_else(|| asset.id.clone(), ToString::to_string);
            let id = asset.id.clone();
            asset
                .hosts
                .iter()
                .map(move |host| (*host, (id.clone(), shown.clone())))
        })
        .collect();
    for asset in assets {
        let mut sums: BTreeMap<(Option<&str>, String), Exchange> = BTreeMap::new();
        let facts = asset.hosts.iter().filter_map(|host| hosts.get(host));
        for (peer, exchange) in facts.flat_map(|facts| facts.peers.iter()) {
            let key = ids.get(peer).map_or_else(
                || (None, peer.to_string()),
                |(id, shown)| (Some(id.as_str()), shown.clone()),
            );
            let sum = sums.entry(key).or_default();
            sum.packets += exchange.packets;
            sum.octets += exchange.octets;
            for protocol in exchange.protocols.keys() {
                sum.protocols.or_insert_with(*protocol, || ());
            }
        }
        asset.peers = sums
            .into_iter()
            .map(|((id, host), sum)| Peer {
                asset: id.map(str::to_owned),
                host,
                packets: sum.packets,
                octets: sum.octets,
                protocols: sum.protocols.keys().copied().collect(),
            })
            .collect();
        asset
            .peers
            .sort_by(|a, b| b.packets.cmp(&a.packets).then_with(|| a.host.cmp(&b.host)));
    }
}

/// Text from the wire made fit to be shown: hidden characters written out, padding cut.
pub(super) fn readable(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    plain(text.trim_matches(|c: char| c == '\0' || c.is_whitespace()))
}
