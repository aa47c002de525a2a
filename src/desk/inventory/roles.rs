//! What a device does in the plant, from what it was seen doing; each role with its reason.
//!
//! Roles come from behaviour, not from names or ports. The first role of a device is the most
//! telling one; the Purdue level is guessed from it.

use super::asset::{Asset, Role};
use super::facts::{Did, HostFacts};
use crate::facts::{Class, Host, Mac, Property};
use crate::protocols::PROTOCOLS;
use std::collections::{BTreeMap, BTreeSet};

/// What only engineering tools do to a controller.
const ENGINEERING: [Class; 8] = [
    Class::ProgramWrite,
    Class::ProgramRead,
    Class::Firmware,
    Class::Mode,
    Class::Wipe,
    Class::Force,
    Class::MemoryWrite,
    Class::Engineering,
];

/// A client that reads this many times less than the busiest client of the same devices keeps
/// records rather than showing them to somebody.
const SLOWER: u64 = 3;

/// Gives every device its roles and its Purdue level.
pub(super) fn assign(assets: &mut [Asset], hosts: &BTreeMap<Host, HostFacts>) {
    let routers: BTreeMap<Mac, usize> =
        assets
            .iter()
            .filter_map(|asset| asset.behind)
            .fold(BTreeMap::new(), |mut map, mac| {
                *map.entry(mac).or_default() += 1;
                map
            });
    let busiest = busiest(hosts);
    for asset in assets {
        let facts: Vec<&HostFacts> = asset
            .hosts
            .iter()
            .filter_map(|host| hosts.get(host))
            .collect();
        let forwards = asset.macs.iter().filter_map(|mac| routers.get(mac)).sum();
        let mut roles = Vec::new();
        gateway(&mut roles, forwards);
        controller(&mut roles, &facts);
        client(&mut roles, &facts, &busiest);
        told(&mut roles, &facts);
        office(&mut roles, asset, &facts);
        asset.purdue = roles.first().and_then(|role| level(role.role));
        asset.roles = roles;
    }
}

/// Whether a protocol controls plants.
fn is_industrial(name: &str) -> bool {
    PROTOCOLS
        .iter()
        .any(|protocol| protocol.name() == name && protocol.industrial())
}

/// For each device that is operated on, the packets of its busiest client.
fn busiest(hosts: &BTreeMap<Host, HostFacts>) -> BTreeMap<Host, u64> {
    let mut most: BTreeMap<Host, u64> = BTreeMap::new();
    for facts in hosts.values() {
        for device in &facts.operated {
            let packets = facts
                .peers
                .get(device)
                .map_or(0, |exchange| exchange.packets);
            let known = most.entry(*device).or_default();
            *known = packets.max(*known);
        }
    }
    most
}

fn gateway(roles: &mut Vec<Role>, forwards: usize) {
    if forwards > 0 {
        let reason = format!("packets of {forwards} other hosts come from its MAC");
        roles.push(Role {
            role: "gateway",
            reason,
            frame: None,
        });
    }
}

/// Serves an industrial protocol: a controller, or an outstation.
fn controller(roles: &mut Vec<Role>, facts: &[&HostFacts]) {
    let mut serves: Vec<(&str, u64)> = facts
        .iter()
        .flat_map(|facts| &facts.serves)
        .filter(|((name, _), _)| is_industrial(name))
        .map(|((name, _), stamp)| (*name, stamp.frame))
        .collect();
    serves.sort_by_key(|(_, frame)| *frame);
    let Some((name, frame)) = serves.first() else {
        return;
    };
    let role = if *name == "dnp3" { "outstation" } else { "plc" };
    let reason = format!("answers {name} requests");
    roles.push(Role {
        role,
        reason,
        frame: Some(*frame),
    });
}

/// Operates controllers: engineering station, HMI or historian.
fn client(roles: &mut Vec<Role>, facts: &[&HostFacts], busiest: &BTreeMap<Host, u64>) {
    let acts: Vec<(Class, Did)> = facts
        .iter()
        .flat_map(|facts| facts.did.iter().map(|(class, did)| (*class, *did)))
        .filter(|(_, did)| is_industrial(did.protocol))
        .collect();
    if acts.is_empty() {
        return;
    }
    if let Some((class, did)) = acts.iter().find(|(class, _)| ENGINEERING.contains(class)) {
        let reason = format!("did {} over {}", class.name(), did.protocol);
        roles.push(Role {
            role: "engineering-station",
            reason,
            frame: Some(did.first.frame),
        });
        return;
    }
    let devices: BTreeSet<Host> = facts
        .iter()
        .flat_map(|facts| facts.operated.iter().copied())
        .collect();
    let mine = |device: &Host| -> u64 {
        facts
            .iter()
            .filter_map(|facts| facts.peers.get(device))
            .map(|peer| peer.packets)
            .sum()
    };
    let leads = devices.iter().any(|device| {
        busiest
            .get(device)
            .is_some_and(|most| mine(device).saturating_mul(SLOWER) > *most)
    });
    let changes = acts.iter().find(|(class, _)| {
        matches!(
            class,
            Class::Write | Class::Control | Class::Configure | Class::Time
        )
    });
    let reads = acts.iter().find(|(class, _)| *class == Class::Read);
    let count = devices.len();
    let role = match (leads, changes, reads) {
        (true, ..) => Role {
            role: "hmi",
            reason: format!("the busiest client of {count} industrial devices"),
            frame: reads.or(changes).map(|(_, did)| did.first.frame),
        },
        (false, Some((class, did)), _) => Role {
            role: "engineering-station",
            reason: format!("now and then does {} over {}", class.name(), did.protocol),
            frame: Some(did.first.frame),
        },
        (false, None, Some((_, did))) => Role {
            role: "historian",
            reason: format!("only reads, and more slowly than others, from {count} devices"),
            frame: Some(did.first.frame),
        },
        (false, None, None) => Role {
            role: "industrial-client",
            reason: format!("asks {count} industrial devices who they are"),
            frame: acts.first().map(|(_, did)| did.first.frame),
        },
    };
    roles.push(role);
}

/// What protocols said outright.
fn told(roles: &mut Vec<Role>, facts: &[&HostFacts]) {
    /// Roles that a protocol can name.
    const NAMED: [&str; 10] = [
        "plc",
        "hmi",
        "engineering-station",
        "router",
        "switch",
        "printer",
        "server",
        "workstation",
        "drive",
        "io",
    ];
    for told in facts.iter().flat_map(|facts| &facts.told) {
        if told.property != Property::Role {
            continue;
        }
        let named = NAMED
            .iter()
            .find(|name| name.as_bytes() == told.value.as_slice());
        if let Some(role) = named.filter(|name| !roles.iter().any(|known| known.role == **name)) {
            let reason = format!("{} says so", told.protocol);
            roles.push(Role {
                role,
                reason,
                frame: Some(told.stamp.frame),
            });
        }
    }
}

/// Servers and workstations: serve or use protocols that are not industrial.
fn office(roles: &mut Vec<Role>, asset: &Asset, facts: &[&HostFacts]) {
    /// Served by nearly every host, so it says nothing of what the host is for.
    const COMMON: [&str; 4] = ["mdns", "netbios", "llmnr", "arp"];
    if !roles.is_empty() {
        return;
    }
    let serves = facts
        .iter()
        .flat_map(|facts| &facts.serves)
        .filter(|((name, _), _)| !is_industrial(name) && !COMMON.contains(name))
        .min_by_key(|(_, stamp)| stamp.frame);
    if let Some(((name, _), stamp)) = serves {
        let reason = format!("serves {name}");
        roles.push(Role {
            role: "server",
            reason,
            frame: Some(stamp.frame),
        });
    } else if !asset.uses.is_empty() {
        let uses: Vec<&str> = asset.uses.iter().map(String::as_str).take(4).collect();
        let reason = format!("only a client, of {}", uses.join(", "));
        roles.push(Role {
            role: "workstation",
            reason,
            frame: None,
        });
    }
}

/// The Purdue level (ISA-95 functional levels, as IEC 62443-1-1 uses them) that goes with a
/// role; a guess.
fn level(role: &str) -> Option<u8> {
    match role {
        "plc" | "outstation" | "drive" | "io" => Some(1),
        "hmi" | "engineering-station" | "industrial-client" => Some(2),
        "historian" => Some(3),
        "server" | "workstation" | "printer" => Some(4),
        _ => None,
    }
}
