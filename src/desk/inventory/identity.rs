//! Hosts become devices: which addresses are one machine, and who is behind a router.
//!
//! A MAC is one network card. An IP address that a protocol bound to a MAC (ARP, neighbour
//! discovery, DHCP), or that alone came from it, is that card's own; other addresses from the
//! same MAC were only forwarded by it, and their devices are behind it with a MAC unknown.

use super::asset::{Asset, Attribute, Peer, Seen, property_name};
use super::facts::{HostFacts, Told};
use super::vendor;
use crate::facts::{Host, Mac, Property, Stamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// Initial hop limits in use (64 Unix and most controllers, 128 Windows, 255 network devices,
/// 32 and 60 old stacks). A packet that arrives with one of them crossed no router.
const INITIAL_HOP_LIMITS: [u8; 5] = [32, 60, 64, 128, 255];

/// Properties of which a device has one at a time.
const SINGLE: [Property; 5] = [
    Property::Vendor,
    Property::OrderNumber,
    Property::Firmware,
    Property::Hardware,
    Property::Serial,
];

/// What a MAC is.
#[derive(Default)]
struct Card {
    own: BTreeSet<IpAddr>,
    forwarded: BTreeSet<IpAddr>,
}

/// The devices that the hosts are, sorted by address.
pub(super) fn devices(hosts: &BTreeMap<Host, HostFacts>) -> Vec<Asset> {
    let cards = cards(hosts);
    let mut assets = Vec::new();
    let mut placed: BTreeSet<IpAddr> = BTreeSet::new();
    for (mac, card) in &cards {
        let own: BTreeSet<IpAddr> = card.own.difference(&placed).copied().collect();
        placed.extend(&own);
        let speaks_below_ip = hosts
            .get(&Host::Mac(*mac))
            .is_some_and(|facts| facts.seen.is_some());
        if own.is_empty() && card.forwarded.is_empty() && !speaks_below_ip {
            continue;
        }
        let mut members: Vec<Host> = vec![Host::Mac(*mac)];
        members.extend(own.iter().map(|ip| Host::Ip(*ip)));
        assets.push(device(Some(*mac), &own, None, &members, hosts));
    }
    for (host, facts) in hosts {
        let Host::Ip(ip) = host else { continue };
        if placed.contains(ip) || facts.seen.is_none() {
            continue;
        }
        let behind = facts
            .macs
            .iter()
            .max_by_key(|(_, packets)| **packets)
            .map(|(mac, _)| *mac);
        assets.push(device(
            None,
            &BTreeSet::from([*ip]),
            behind,
            &[*host],
            hosts,
        ));
    }
    assets.sort_by(|a, b| (a.ips.first(), &a.id).cmp(&(b.ips.first(), &b.id)));
    assets
}

/// Sorts the addresses of every MAC into its own and those it forwarded.
fn cards(hosts: &BTreeMap<Host, HostFacts>) -> BTreeMap<Mac, Card> {
    let mut sent: BTreeMap<Mac, BTreeSet<IpAddr>> = BTreeMap::new();
    let mut bound: BTreeMap<Mac, BTreeSet<IpAddr>> = BTreeMap::new();
    for (host, facts) in hosts {
        match host {
            Host::Mac(mac) => {
                if facts.seen.is_some() {
                    sent.entry(*mac).or_default();
                }
            }
            Host::Ip(ip) => {
                for mac in facts.macs.keys() {
                    sent.entry(*mac).or_default().insert(*ip);
                }
                for mac in facts.bound.keys() {
                    bound.entry(*mac).or_default().insert(*ip);
                }
            }
        }
    }
    let local: BTreeSet<Ipv4Addr> = bound
        .values()
        .flatten()
        .chain(sent.values().filter(|ips| ips.len() == 1).flatten())
        .filter_map(|ip| subnet(*ip))
        .collect();
    let none = BTreeSet::new();
    sent.into_iter()
        .map(|(mac, ips)| {
            let bound = bound.get(&mac).unwrap_or(&none);
            let several = ips.iter().filter(|ip| ip.is_ipv4()).count() > 1;
            let mut card = Card::default();
            for ip in ips {
                let facts = hosts.get(&Host::Ip(ip));
                if is_own(ip, facts, bound, several, &local) {
                    card.own.insert(ip);
                } else {
                    card.forwarded.insert(ip);
                }
            }
            // An address that only a protocol tells is the card's own if nobody else has it.
            let silent = |ip: &&IpAddr| {
                hosts
                    .get(&Host::Ip(**ip))
                    .is_none_or(|facts| facts.macs.is_empty())
            };
            card.own.extend(bound.iter().filter(silent));
            (mac, card)
        })
        .collect()
}

/// Whether an address that a MAC sent from is that card's own.
fn is_own(
    ip: IpAddr,
    facts: Option<&HostFacts>,
    bound: &BTreeSet<IpAddr>,
    several: bool,
    local: &BTreeSet<Ipv4Addr>,
) -> bool {
    if bound.contains(&ip) || is_link_local(ip) {
        return true;
    }
    let direct = facts.is_none_or(|facts| {
        facts.hop_limits.is_empty()
            || facts
                .hop_limits
                .iter()
                .any(|limit| INITIAL_HOP_LIMITS.contains(limit))
    });
    if !direct {
        return false;
    }
    match (bound.is_empty(), subnet(ip)) {
        // The card told its own address, and this is another network's.
        (false, Some(subnet)) => bound.iter().any(|own| self::subnet(*own) == Some(subnet)),
        // Nothing was told: alone on the card it is its own, of several the local ones are.
        (true, Some(subnet)) => !several || local.contains(&subnet),
        (_, None) => !several,
    }
}

/// The /24 of an IPv4 address: the size of nearly every plant segment, and only a hint here.
fn subnet(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) => Some(Ipv4Addr::from_bits(ip.to_bits() & 0xffff_ff00)),
        IpAddr::V6(_) => None,
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

/// One device from its hosts.
fn device(
    mac: Option<Mac>,
    ips: &BTreeSet<IpAddr>,
    behind: Option<Mac>,
    members: &[Host],
    hosts: &BTreeMap<Host, HostFacts>,
) -> Asset {
    let first = ips.first().map_or_else(String::new, ToString::to_string);
    let mut asset = Asset {
        id: mac.map_or(first, |mac| mac.to_string()),
        macs: mac.into_iter().collect(),
        ips: ips.clone(),
        behind,
        hosts: members.to_vec(),
        ..Asset::default()
    };
    let mut span: Option<(Stamp, Stamp)> = None;
    let mut told: Vec<Told> = Vec::new();
    for facts in members.iter().filter_map(|host| hosts.get(host)) {
        asset.vlans.extend(&facts.vlans);
        asset.packets += facts.packets;
        asset.octets += facts.octets;
        asset
            .serves
            .extend(facts.serves.keys().map(|(name, port)| served(name, *port)));
        asset
            .uses
            .extend(facts.uses.keys().map(|name| (*name).to_owned()));
        if let Some((first, last)) = facts.seen {
            let (a, b) = span.unwrap_or((first, last));
            span = Some((a.min(first), b.max(last)));
        }
        told.extend(facts.told.iter().cloned());
        asset
            .peers
            .extend(facts.peers.iter().map(|(host, exchange)| Peer {
                host: host.to_string(),
                packets: exchange.packets,
                octets: exchange.octets,
                protocols: exchange.protocols.clone(),
            }));
    }
    asset
        .peers
        .sort_by(|a, b| b.packets.cmp(&a.packets).then_with(|| a.host.cmp(&b.host)));
    asset.first_seen = span.map(|(first, _)| first.into());
    asset.last_seen = span.map(|(_, last)| Seen::from(last));
    told.sort_by_key(|told| (told.stamp, told.property, told.unit));
    describe(&mut asset, &told);
    if asset.vendor.is_empty()
        && let Some(vendor) = mac.and_then(vendor::of)
    {
        asset.vendor = vendor.to_owned();
        asset.attributes.push(Attribute {
            property: "vendor",
            value: vendor.to_owned(),
            unit: None,
            source: "oui",
            frame: span.map_or(0, |(first, _)| first.frame),
        });
    }
    claims(&mut asset, members, hosts);
    asset
}

fn served(name: &str, port: u16) -> String {
    if port == 0 {
        name.to_owned()
    } else {
        format!("{name}/{port}")
    }
}

/// Fills in what packets told of the device; the first value stands, the rest is kept.
fn describe(asset: &mut Asset, told: &[Told]) {
    for told in told {
        if matches!(told.property, Property::Mac | Property::Ip) {
            continue;
        }
        let value = readable(&told.value);
        if value.is_empty() {
            continue;
        }
        let field = match told.property {
            Property::Vendor => Some(&mut asset.vendor),
            Property::Model => Some(&mut asset.model),
            Property::OrderNumber => Some(&mut asset.order_number),
            Property::Firmware => Some(&mut asset.firmware),
            Property::Hardware => Some(&mut asset.hardware),
            Property::Serial => Some(&mut asset.serial),
            Property::Name => Some(&mut asset.name),
            Property::Location => Some(&mut asset.location),
            Property::OperatingSystem => Some(&mut asset.operating_system),
            _ => None,
        };
        if let Some(field) = field.filter(|field| field.is_empty()) {
            field.clone_from(&value);
        }
        match told.property {
            // A mode changes; the last one told holds.
            Property::Mode => asset.mode.clone_from(&value),
            Property::Module => asset.modules.push(
                told.unit
                    .map_or_else(|| value.clone(), |unit| format!("{unit}: {value}")),
            ),
            _ => {}
        }
        asset.attributes.push(Attribute {
            property: property_name(told.property),
            value,
            unit: told.unit,
            source: told.protocol,
            frame: told.stamp.frame,
        });
    }
    for property in SINGLE {
        contradiction(asset, told, property);
    }
}

/// Notes where one protocol told two values for the same unit.
fn contradiction(asset: &mut Asset, told: &[Told], property: Property) {
    let mut values: BTreeMap<(Option<u32>, &str), Vec<(String, u64)>> = BTreeMap::new();
    for told in told.iter().filter(|told| told.property == property) {
        values
            .entry((told.unit, told.protocol))
            .or_default()
            .push((readable(&told.value), told.stamp.frame));
    }
    for ((_, protocol), values) in values.into_iter().filter(|(_, values)| values.len() > 1) {
        let values: Vec<String> = values
            .iter()
            .map(|(value, frame)| format!("{value} (frame {frame})"))
            .collect();
        let name = property_name(property);
        asset
            .contradictions
            .push(format!("{name} by {protocol}: {}", values.join(", ")));
    }
}

/// Notes MACs that claim this device's addresses besides its own.
fn claims(asset: &mut Asset, members: &[Host], hosts: &BTreeMap<Host, HostFacts>) {
    for (host, facts) in members
        .iter()
        .filter_map(|host| Some((host, hosts.get(host)?)))
    {
        for (mac, stamp) in &facts.bound {
            if !asset.macs.contains(mac) && asset.behind != Some(*mac) {
                let frame = stamp.frame;
                asset
                    .contradictions
                    .push(format!("{host} is claimed by {mac} too (frame {frame})"));
            }
        }
    }
}

/// Text from the wire made fit to be shown: control characters escaped, padding cut.
fn readable(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    text.chars()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let plain = (!c.is_control()).then_some(c);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}
