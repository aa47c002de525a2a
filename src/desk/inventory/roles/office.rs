//! Roles of hosts that speak no industrial protocol: servers, workstations, jump hosts, and
//! what a name hints at.

use super::super::asset::{Asset, Role};
use super::super::facts::{HostFacts, Service, ServiceName};
use super::super::ports;
use super::super::reason::Reason;
use super::services;
use crate::facts::Host;
use std::collections::BTreeSet;

/// Served by nearly every host, so it says nothing of what the host is for.
const COMMON: [&str; 7] = ["arp", "dhcp", "llmnr", "mdns", "netbios", "tcp", "udp"];

/// Lets somebody work on the host from afar: said of workstations and servers alike.
const REMOTE: [&str; 3] = ["rdp", "telnet", "vnc"];

/// Opened by people and their programs.
const PEOPLE: [&str; 6] = ["kerberos", "ldap", "rdp", "smb", "ssh", "vnc"];

/// Opened by people who first ask for a name, and by machines that know whom they want.
const WEB: [&str; 2] = ["http", "tls"];

/// Clients from which on shared files make a server and not a neighbour.
const SHARED: usize = 3;

/// Beginnings of host names that plants use, and what they stand for.
const NAMES: [(&str, &str); 9] = [
    ("eng", "engineering-station"),
    ("ews", "engineering-station"),
    ("hist", "historian"),
    ("hmi", "hmi"),
    ("plc", "plc"),
    ("rtac", "outstation"),
    ("rtu", "outstation"),
    ("scada", "hmi"),
    ("vfd", "drive"),
];

/// What the host's name hints at.
pub(super) fn named(asset: &Asset) -> Option<Role> {
    let name = asset.name.to_lowercase();
    let word = name.split(|c: char| !c.is_alphabetic()).next()?;
    let (_, role) = NAMES.iter().find(|(start, _)| {
        // `hist`, `histdmz`, but not `english`: short beginnings must be the whole word.
        word == *start || (start.len() > 3 && word.starts_with(start))
    })?;
    let told = asset
        .attributes
        .iter()
        .find(|attribute| attribute.property == "name" && attribute.value == asset.name);
    let reason = Reason::Name(asset.name.clone());
    Some(Role::new(role, reason, told.map(|told| told.frame)))
}

/// What the host's services show.
pub(super) fn role(asset: &Asset, facts: &[&HostFacts]) -> Option<Role> {
    let serves: Vec<(ServiceName, &Service)> = services(facts, |facts| &facts.serves)
        .into_iter()
        .filter(|((name, _), _)| !ports::is_industrial(name) && !COMMON.contains(name))
        .collect();
    let uses: BTreeSet<&str> = asset.uses.iter().map(String::as_str).collect();
    let remote = serves.iter().find(|((name, _), _)| REMOTE.contains(name));
    if let Some(((name, _), service)) = remote
        && uses.contains(name)
    {
        let reason = Reason::JumpHost(name);
        return Some(Role::new("server", reason, Some(service.first.frame)));
    }
    let real: Vec<_> = serves
        .iter()
        .filter(|((name, _), service)| {
            !REMOTE.contains(name) && (*name != "smb" || service.peers.len() >= SHARED)
        })
        .collect();
    if let Some((_, first)) = real.first() {
        let names: BTreeSet<&'static str> = real.iter().map(|((name, _), _)| *name).collect();
        let clients: BTreeSet<Host> = real
            .iter()
            .flat_map(|(_, service)| service.peers.keys())
            .copied()
            .collect();
        let reason = Reason::Serves {
            protocols: names.into_iter().collect(),
            clients: clients.len(),
            by_port: real.iter().all(|(_, service)| !service.decoded),
        };
        return Some(Role::new("server", reason, Some(first.first.frame)));
    }
    if let Some(((name, _), service)) = remote.or_else(|| serves.first()) {
        let reason = Reason::ServesOnly(name);
        return Some(Role::new("workstation", reason, Some(service.first.frame)));
    }
    let people: Vec<&'static str> = PEOPLE
        .iter()
        .copied()
        .chain(WEB.into_iter().filter(|_| uses.contains("dns")))
        .filter(|name| uses.contains(name))
        .collect();
    let used = services(facts, |facts| &facts.uses);
    let first = used
        .iter()
        .find(|((name, _), _)| people.contains(name))
        .map(|(_, service)| service.first.frame)?;
    Some(Role::new(
        "workstation",
        Reason::OnlyClient(people),
        Some(first),
    ))
}
