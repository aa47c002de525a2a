//! What a device does in the plant, from what it was seen doing; each role with its reason.
//!
//! Roles come from behaviour: what a device serves, whom it operates and how, what it said of
//! itself. Ports and names are hints that speak only where behaviour is silent, and the reason
//! says that they are hints. The first role of a device is the most telling one; the Purdue
//! level is guessed from it.

mod industrial;
mod office;

use super::asset::{Asset, Role};
use super::facts::{HostFacts, Service, ServiceName, Told};
use super::few::Few;
use super::identity;
use super::links::Links;
use super::reason::Reason;
use crate::facts::{Class, Host, Mac, Property};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// Everything that roles are read from.
struct Scene<'a> {
    hosts: &'a BTreeMap<Host, HostFacts>,
    /// How many devices are behind each MAC.
    forwards: BTreeMap<Mac, usize>,
    /// What each device does to others, by place of the actor.
    dealings: BTreeMap<usize, industrial::Dealings>,
    /// Reads of the busiest client of each device.
    busiest: BTreeMap<Host, u64>,
    /// The kinds of acts that others did to each device, by the host that stands for it.
    asked: BTreeMap<Host, BTreeSet<Class>>,
    /// Who is busiest with services that the port alone names.
    hints: industrial::Hints,
}

/// Gives every device its roles and its Purdue level.
pub(super) fn assign(assets: &mut [Asset], hosts: &BTreeMap<Host, HostFacts>, links: &Links) {
    let mut forwards: BTreeMap<Mac, usize> = BTreeMap::new();
    for mac in assets.iter().filter_map(|asset| asset.behind) {
        *forwards.entry(mac).or_default() += 1;
    }
    let dealings = industrial::dealings(assets, hosts, links);
    let busiest = industrial::busiest(&dealings);
    let mut asked: BTreeMap<Host, BTreeSet<Class>> = BTreeMap::new();
    for (device, dealing) in dealings.values().flatten() {
        asked
            .entry(*device)
            .or_default()
            .extend(dealing.acts.keys());
    }
    let scene = Scene {
        hosts,
        forwards,
        dealings,
        busiest,
        asked,
        hints: industrial::Hints::new(hosts),
    };
    for (place, asset) in (0..).zip(assets.iter_mut()) {
        asset.roles = scene.roles(place, asset);
    }
    let plant: BTreeSet<Ipv4Addr> = assets
        .iter()
        .filter(|asset| asset.acts_on_the_process())
        .flat_map(|asset| asset.ips.iter().filter_map(|ip| identity::subnet(*ip)))
        .collect();
    for asset in assets {
        let near = asset
            .ips
            .iter()
            .filter_map(|ip| identity::subnet(*ip))
            .any(|network| plant.contains(&network));
        asset.purdue = asset.roles.first().and_then(|role| level(role.role, near));
    }
}

impl Scene<'_> {
    fn roles(&self, place: usize, asset: &Asset) -> Vec<Role> {
        let facts: Vec<&HostFacts> = asset
            .hosts
            .iter()
            .filter_map(|host| self.hosts.get(host))
            .collect();
        let mut roles = Vec::new();
        roles.extend(self.gateway(asset));
        roles.extend(industrial::prober(&facts, self.polls(place)));
        let told = told(&facts);
        let nothing = industrial::Dealings::new();
        let dealings = self.dealings.get(&place).unwrap_or(&nothing);
        let controls = industrial::io_controller(dealings, &facts);
        let nobody = BTreeSet::new();
        let asked = asset.hosts.first().and_then(|host| self.asked.get(host));
        let device = industrial::device(&facts, asked.unwrap_or(&nobody), controls.is_some());
        let serves = device.is_some();
        // What kind of device answers is best known to itself.
        let kind = told.iter().find(|role| is_field(role.role));
        roles.extend(device.map(|device| match kind {
            Some(kind) => Role {
                role: kind.role,
                reason: Reason::Both(Box::new([device.reason, kind.reason.clone()])),
                ..device
            },
            None => device,
        }));
        let client = industrial::client(dealings, &self.busiest, &facts, serves);
        roles.extend(client.filter(|_| serves || controls.is_none()));
        roles.extend(controls.filter(|_| !serves));
        roles.extend(told);
        if !roles.iter().any(|role| is_field(role.role)) {
            roles.splice(0..0, industrial::by_order_number(asset));
        }
        if roles.is_empty() {
            let hint = industrial::by_port(&self.hints, asset, &facts);
            roles.extend(hint.map(Role::by_port));
        }
        if roles
            .iter()
            .all(|role| matches!(role.role, "server" | "workstation"))
        {
            roles.extend(office::role(asset, &facts));
            // A historian is a kind of server: where the name tells more than what was seen,
            // it goes first, with its weak reason.
            roles.splice(0..0, office::named(asset));
        }
        let mut seen = BTreeSet::new();
        roles.retain(|role| seen.insert(role.role));
        roles
    }

    /// Forwards for others.
    fn gateway(&self, asset: &Asset) -> Option<Role> {
        let forwards: usize = asset
            .macs
            .iter()
            .filter_map(|mac| self.forwards.get(mac))
            .sum();
        let shared = asset
            .macs
            .iter()
            .find_map(|mac| identity::virtual_router(*mac));
        let reason = match (forwards, shared) {
            (0, None) => return None,
            (0, Some(protocol)) => Reason::VirtualRouter(protocol),
            (hosts, _) => Reason::Forwards(hosts),
        };
        Some(Role::new("gateway", reason, None))
    }

    /// Whether it polls anything: then hosts that do not answer are missing and not probed.
    fn polls(&self, place: usize) -> bool {
        self.dealings
            .get(&place)
            .is_some_and(|dealings| dealings.values().any(|dealing| dealing.period.is_some()))
    }
}

/// What protocols call a role, and what it is called here.
const NAMED: [(&str, &str); 23] = [
    ("access-point", "access-point"),
    ("communications-adapter", "communications-adapter"),
    ("dhcp-server", "server"),
    ("dns-server", "server"),
    ("domain-controller", "server"),
    ("drive", "drive"),
    ("engineering-station", "engineering-station"),
    ("gateway", "gateway"),
    ("hmi", "hmi"),
    ("ied", "ied"),
    ("io-device", "io"),
    ("merging-unit", "ied"),
    ("ntp-server", "server"),
    ("outstation", "outstation"),
    ("plc", "plc"),
    ("printer", "printer"),
    ("remote-io", "io"),
    ("router", "gateway"),
    ("rtu", "outstation"),
    ("server", "server"),
    ("switch", "switch"),
    ("telephone", "telephone"),
    ("workstation", "workstation"),
];

/// What protocols said outright.
fn told(facts: &[&HostFacts]) -> Vec<Role> {
    let mut told: Vec<&Told> = facts
        .iter()
        .flat_map(|facts| &facts.told)
        .filter(|told| told.property == Property::Role)
        .collect();
    // What holds for the device goes before what holds for one of its units.
    // That it forwards frames between its ports many controllers and remote I/O say too.
    let forwards = |told: &Told| told.value.as_slice() == b"switch";
    told.sort_by_key(|told| (told.unit.is_some(), forwards(told), told.stamp));
    told.iter()
        .filter_map(|told| {
            let (name, role) = NAMED
                .iter()
                .find(|(name, _)| name.as_bytes() == told.value.as_slice())?;
            let reason = Reason::Says {
                protocol: told.protocol,
                role: name,
            };
            Some(Role::new(role, reason, Some(told.stamp.frame)))
        })
        .collect()
}

/// The services of a device, those of all its hosts together.
fn services<'a>(
    facts: &[&'a HostFacts],
    list: fn(&'a HostFacts) -> &'a Few<ServiceName, Service>,
) -> Vec<(ServiceName, &'a Service)> {
    let mut services: Vec<(ServiceName, &Service)> = facts
        .iter()
        .flat_map(|facts| list(facts).iter())
        .map(|(name, service)| (*name, service))
        .collect();
    services.sort_by_key(|(name, service)| (service.first, *name));
    services
}

/// Whether a role is that of a device in the field or in a cabinet.
pub(super) fn is_field(role: &str) -> bool {
    matches!(role, "plc" | "outstation" | "ied" | "drive" | "io")
}

/// The Purdue level (ISA-95 functional levels, as IEC 62443-1-1 uses them) that goes with a
/// role; a guess. Servers and workstations in a network with controllers serve the site (3). Of a
/// server elsewhere nothing is guessed: a clock or a historian of the plant may be one.
fn level(role: &str, near: bool) -> Option<u8> {
    match role {
        "plc" | "outstation" | "ied" | "drive" | "io" | "communications-adapter" => Some(1),
        "hmi" | "engineering-station" | "industrial-client" => Some(2),
        "historian" => Some(3),
        "server" | "workstation" | "printer" if near => Some(3),
        "workstation" | "printer" => Some(4),
        _ => None,
    }
}
