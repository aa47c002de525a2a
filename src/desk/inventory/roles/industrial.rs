//! Roles that the industrial protocols show: who answers as a controller, who polls, who
//! collects, who engineers, who probes.

use super::super::asset::{Asset, Role};
use super::super::facts::{HostFacts, Service, ServiceName};
use super::super::links::{Did, Links};
use super::super::ports;
use super::super::reason::Reason;
use super::super::vendor;
use super::services;
use crate::facts::{Class, Host};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What engineering tools alone do to a controller: their programs, firmware and protocols.
const ENGINEERING: [Class; 4] = [
    Class::ProgramWrite,
    Class::ProgramRead,
    Class::Firmware,
    Class::Engineering,
];

/// What changes the process or a device, and what any client can do that was let in: it proves
/// no role.
const CHANGES: [Class; 13] = [
    Class::Control,
    Class::Write,
    Class::Configure,
    Class::Time,
    Class::Alarm,
    Class::Mode,
    Class::Wipe,
    Class::Force,
    Class::MemoryWrite,
    Class::Reset,
    Class::Suppress,
    Class::ClearLog,
    Class::File,
];

/// A client that reads this many times less than the busiest client of the same device keeps
/// records rather than showing them to somebody.
const SLOWER: u64 = 3;

/// A device that reports this often unasked is followed as if it were polled.
const REPORTED: u64 = 5;

/// Packets from which on a conversation can be a stream of values.
const STREAM: u64 = 100;

/// Packets for each act from which on most of them were not asked for.
const UNASKED: u64 = 10;

/// The port of EtherNet/IP implicit messages: cyclic I/O (CIP volume 2, 2-2).
const IMPLICIT_IO: u16 = 2222;

/// Hosts on which the same port was tried in vain before it counts as probing.
const PROBED: usize = 3;

/// More attempts than this on one host are retries of a client that misses its server.
const ATTEMPTS: u64 = 3;

/// What one device does to another.
#[derive(Clone, Debug, Default)]
pub(super) struct Dealing {
    pub(super) acts: BTreeMap<Class, Did>,
    /// Mean interval of its fastest poll, in nanoseconds.
    pub(super) period: Option<u64>,
    /// What the device told it without being asked (DNP3 unsolicited responses).
    reports: Option<Did>,
}

/// What one device does to others, by a host that stands for each of them.
pub(super) type Dealings = BTreeMap<Host, Dealing>;

impl Dealing {
    fn reads(&self) -> u64 {
        let counts = [self.acts.get(&Class::Read), self.reports.as_ref()];
        counts.into_iter().flatten().map(|did| did.count).sum()
    }

    fn add(&mut self, class: Class, did: &Did) {
        let known = self.acts.entry(class).or_insert(Did { count: 0, ..*did });
        let count = known.count + did.count;
        if did.first < known.first {
            *known = *did;
        }
        known.count = count;
    }

    /// Whether it gets values from the device all the time.
    fn follows(&self) -> bool {
        let reports = self.reports.is_some_and(|did| did.count >= REPORTED);
        self.period.is_some() || reports
    }
}

/// Sums up the links of hosts as dealings of devices.
pub(super) fn dealings(
    assets: &[Asset],
    hosts: &BTreeMap<Host, HostFacts>,
    links: &Links,
) -> BTreeMap<usize, Dealings> {
    let places: BTreeMap<Host, usize> = (0..)
        .zip(assets)
        .flat_map(|(place, asset)| asset.hosts.iter().map(move |host| (*host, place)))
        .collect();
    let stands_for = |host: Host| {
        let asset = places.get(&host).and_then(|place| assets.get(*place));
        asset
            .and_then(|asset| asset.hosts.first())
            .copied()
            .unwrap_or(host)
    };
    let mut all: BTreeMap<usize, Dealings> = BTreeMap::new();
    for (actor, device, link) in links.iter() {
        let industrial = |did: &Did| ports::is_industrial(did.protocol);
        // An outstation that reports unasked is still the one that serves.
        let serves = |did: &Did| {
            hosts.get(&actor).is_some_and(|facts| {
                let lowest = (did.protocol, 0);
                let ports = facts.serves.from(&lowest);
                let mut served = ports.take_while(|((name, _), _)| *name == did.protocol);
                served.any(|(_, service)| service.peers.has(&device))
            })
        };
        for (class, did) in link.acts.iter().filter(|(_, did)| industrial(did)) {
            if serves(did) {
                if *class == Class::Read
                    && let Some(place) = places.get(&device)
                {
                    let dealings = all.entry(*place).or_default();
                    let dealing = dealings.entry(stands_for(actor)).or_default();
                    let known = dealing.reports.get_or_insert(Did { count: 0, ..*did });
                    known.count += did.count;
                }
            } else if *class != Class::State
                && let Some(place) = places.get(&actor)
            {
                let dealings = all.entry(*place).or_default();
                let dealing = dealings.entry(stands_for(device)).or_default();
                dealing.add(*class, did);
                let shortest = [dealing.period, link.period].into_iter().flatten().min();
                dealing.period = shortest;
            }
        }
    }
    all
}

/// For each device that is read from, the reads of its busiest client.
pub(super) fn busiest(all: &BTreeMap<usize, Dealings>) -> BTreeMap<Host, u64> {
    let mut most: BTreeMap<Host, u64> = BTreeMap::new();
    for (device, dealing) in all.values().flatten() {
        let known = most.entry(*device).or_default();
        *known = dealing.reads().max(*known);
    }
    most
}

/// Serves an industrial protocol whose content was seen: a controller, an outstation, or what
/// a controller drives. `asked` are the kinds of acts that others did to it.
pub(super) fn device(facts: &[&HostFacts], asked: &BTreeSet<Class>, opens: bool) -> Option<Role> {
    let serves = services(facts, |facts| &facts.serves);
    let industrial = serves
        .iter()
        .filter(|((name, _), service)| service.decoded && ports::is_industrial(name))
        // Every station answers DCP: the controller, its devices, the switches between them.
        .filter(|((name, _), _)| *name != "profinet");
    let clients: BTreeSet<Host> = industrial
        .clone()
        .flat_map(|(_, service)| service.peers.keys())
        .copied()
        .collect();
    let ((name, _), service) = industrial.clone().next()?;
    // Control: the outputs that who opened the connection sets.
    let light = [
        Class::Session,
        Class::Identify,
        Class::Diagnose,
        Class::Control,
    ];
    if !opens && implicit(facts).is_some() && asked.iter().all(|class| light.contains(class)) {
        let reason = Reason::ImplicitIo(clients.len());
        return Some(Role::new("io", reason, Some(service.first.frame)));
    }
    let role = match *name {
        "dnp3" | "iec104" | "mms" => "outstation",
        _ => "plc",
    };
    let reason = Reason::Answers {
        protocol: name,
        clients: clients.len(),
    };
    Some(Role::new(role, reason, Some(service.first.frame)))
}

/// The cyclic I/O that a device takes part in.
fn implicit<'a>(facts: &[&'a HostFacts]) -> Option<&'a Service> {
    facts
        .iter()
        .flat_map(|facts| facts.shares.iter())
        .find(|((_, port), _)| *port == IMPLICIT_IO)
        .map(|(_, service)| service)
}

/// Opens connections for cyclic I/O to others and drives them.
pub(super) fn io_controller(dealings: &Dealings, facts: &[&HostFacts]) -> Option<Role> {
    let service = implicit(facts)?;
    let opened = dealings
        .values()
        .filter(|dealing| {
            [Class::Session, Class::Control]
                .iter()
                .any(|class| dealing.acts.contains_key(class))
        })
        .count();
    let reason = Reason::OpensIo(opened);
    (opened > 0).then(|| Role::new("io-controller", reason, Some(service.first.frame)))
}

/// Operates controllers: engineering station by engineering, HMI and historian by polling, or a
/// client that shows no more than what it does.
pub(super) fn client(
    dealings: &Dealings,
    busiest: &BTreeMap<Host, u64>,
    facts: &[&HostFacts],
    serves: bool,
) -> Option<Role> {
    let find = |classes: &[Class]| -> Option<(Class, Did)> {
        dealings
            .values()
            .flat_map(|dealing| &dealing.acts)
            .filter(|(class, _)| classes.contains(class))
            .map(|(class, did)| (*class, *did))
            .min_by_key(|(_, did)| did.first)
    };
    let of = |classes: &[Class]| {
        let touched = dealings.values().filter(|dealing| {
            (classes.contains(&Class::Read) && dealing.reports.is_some())
                || dealing.acts.keys().any(|class| classes.contains(class))
        });
        touched.count()
    };
    if let Some((class, did)) = find(&ENGINEERING) {
        let reason = Reason::Engineers {
            operation: did.name,
            protocol: did.protocol,
            class,
        };
        return Some(Role::new(
            "engineering-station",
            reason,
            Some(did.first.frame),
        ));
    }
    let changes = find(&CHANGES);
    let reads = find(&[Class::Read]);
    let follows = dealings.values().any(Dealing::follows) || streams(dealings, facts);
    let leads = leads(dealings, busiest);
    let (role, reason, evidence) = match (follows, changes, reads) {
        // A controller that exchanges data with others is still a controller.
        _ if serves => {
            let (class, did) = reads.or(changes)?;
            let reason = Reason::AlsoClient {
                devices: of(&[class]),
                operation: did.name,
            };
            ("industrial-client", reason, did)
        }
        (true, None, Some((_, did))) if !leads => {
            let reason = Reason::OnlyReads {
                every: pace(dealings),
                devices: of(&[Class::Read]),
            };
            ("historian", reason, did)
        }
        (true, changes, reads) => {
            let reports = dealings.values().filter_map(|dealing| dealing.reports);
            let acts = reads.into_iter().chain(changes).map(|(_, did)| did);
            let did = acts.chain(reports).min_by_key(|did| did.first)?;
            let reason = Reason::Polls {
                every: pace(dealings),
                devices: of(&[Class::Read]),
                change: changes.map(|(_, change)| change.name),
            };
            ("hmi", reason, did)
        }
        (_, Some((class, did)), _) => {
            let reason = Reason::Changes {
                operation: did.name,
                protocol: did.protocol,
                devices: of(&[class]),
            };
            ("writing-client", reason, did)
        }
        (_, None, read) => {
            let asked = [
                Class::Identify,
                Class::Diagnose,
                Class::MemoryRead,
                Class::Authenticate,
                Class::Other,
            ];
            let (class, did) = read.or_else(|| find(&asked))?;
            let reason = Reason::Asked {
                devices: of(&[class]),
                operation: did.name,
            };
            ("industrial-client", reason, did)
        }
    };
    Some(Role::new(role, reason, Some(evidence.first.frame)))
}

/// Whether far more packets came from industrial servers than its own acts explain: values
/// that are sent as they change (IEC 60870-5-104 spontaneous, subscriptions).
fn streams(dealings: &Dealings, facts: &[&HostFacts]) -> bool {
    let acts: u64 = dealings
        .values()
        .flat_map(|dealing| dealing.acts.values())
        .map(|did| did.count)
        .sum();
    services(facts, |facts| &facts.uses)
        .iter()
        .filter(|((name, _), service)| service.decoded && ports::is_industrial(name))
        .any(|(_, service)| service.packets >= STREAM.max(acts.saturating_mul(UNASKED)))
}

/// How often a client gets values; none where they are reported as they change.
fn pace(dealings: &Dealings) -> Option<Duration> {
    let periods = dealings.values().filter_map(|dealing| dealing.period);
    periods.min().map(Duration::from_nanos)
}

/// Whether a client is among the busiest of at least half of the devices it reads from.
fn leads(dealings: &Dealings, busiest: &BTreeMap<Host, u64>) -> bool {
    let read = dealings.iter().filter(|(_, dealing)| dealing.reads() > 0);
    let led = read.clone().filter(|(device, dealing)| {
        busiest
            .get(device)
            .is_some_and(|most| dealing.reads().saturating_mul(SLOWER) > *most)
    });
    let (read, led) = (read.count(), led.count());
    read > 0 && led * 2 >= read
}

/// Knocks at the same port of host after host, most of which do not answer.
pub(super) fn prober(facts: &[&HostFacts], polls: bool) -> Option<Role> {
    if polls {
        return None;
    }
    let mut vain: BTreeMap<u16, BTreeMap<Host, (u64, u64)>> = BTreeMap::new();
    for (port, hosts) in facts.iter().flat_map(|facts| facts.vain.iter()) {
        for (host, (times, first)) in hosts.iter() {
            let known = vain.entry(*port).or_default();
            let known = known.entry(*host).or_insert((0, first.frame));
            *known = (known.0 + times, known.1.min(first.frame));
        }
    }
    let (port, hosts) = vain
        .iter()
        .max_by_key(|(port, hosts)| (hosts.len(), std::cmp::Reverse(**port)))?;
    let patient = hosts.values().all(|(times, _)| *times <= ATTEMPTS);
    if hosts.len() < PROBED || !patient {
        return None;
    }
    let first = hosts.values().map(|(_, frame)| *frame).min();
    let reason = Reason::Probed {
        port: *port,
        hosts: hosts.len(),
    };
    Some(Role::new("scanner", reason, first))
}

/// Busiest users kept of each service of each host: one of them is somebody else.
const BUSIEST: usize = 4;

/// The busiest users of industrial services that the port alone names, by the host at the other
/// end.
pub(super) struct Hints(BTreeMap<(ServiceName, bool, Host), Vec<(u64, Host)>>);

impl Hints {
    /// Looks once at every such service of every host.
    pub(super) fn new(hosts: &BTreeMap<Host, HostFacts>) -> Self {
        let mut hints: BTreeMap<(ServiceName, bool, Host), Vec<(u64, Host)>> = BTreeMap::new();
        for (host, facts) in hosts {
            let uses = facts.uses.iter().map(|service| (true, service));
            let shares = facts.shares.iter().map(|service| (false, service));
            for (used, (name, service)) in uses.chain(shares) {
                if !ports::is_industrial(name.0) {
                    continue;
                }
                for peer in service.peers.keys() {
                    let busiest = hints.entry((*name, used, *peer)).or_default();
                    let place = busiest.partition_point(|(packets, _)| *packets >= service.packets);
                    if place < BUSIEST {
                        busiest.truncate(BUSIEST - 1);
                        busiest.insert(place, (service.packets, *host));
                    }
                }
            }
        }
        Self(hints)
    }

    /// Packets of the busiest of those who have this service with one of the same peers, but
    /// for the device itself and its peers.
    fn most(&self, name: ServiceName, used: bool, service: &Service, asset: &Asset) -> Option<u64> {
        let users = service.peers.keys().filter_map(|peer| {
            let busiest = self.0.get(&(name, used, *peer))?;
            let other = |host: &Host| !asset.hosts.contains(host) && !service.peers.has(host);
            let first = busiest.iter().find(|(_, host)| other(host));
            first.map(|(packets, _)| *packets)
        });
        users.max()
    }
}

/// What the order number of a SIMATIC station says, where it showed nothing else: the CPUs of
/// S7-1200, 300, 400 and 1500, and the interface modules of ET 200.
pub(super) fn by_order_number(asset: &Asset) -> Option<Role> {
    let number = asset.order_number.strip_prefix("6ES7")?.trim_start();
    let role = match number.as_bytes() {
        [b'2'..=b'5', b'1', ..] => "plc",
        [b'1', b'5', ..] => "io",
        _ => return None,
    };
    let reason = Reason::OrderNumber(asset.order_number.clone());
    Some(Role::new(role, reason, None))
}

/// Where no content told anything: what the well-known port of an industrial service hints at.
pub(super) fn by_port(hints: &Hints, asset: &Asset, facts: &[&HostFacts]) -> Option<Role> {
    let serves = services(facts, |facts| &facts.serves);
    if let Some(((name, port), service)) = serves
        .iter()
        .find(|((name, _), service)| !service.decoded && ports::is_industrial(name))
    {
        let role = match *name {
            "iec104" | "synchrophasor" => "outstation",
            "opcua" => "server",
            _ => "plc",
        };
        let reason = Reason::AnswersOnPort {
            port: *port,
            service: name,
        };
        return Some(Role::new(role, reason, Some(service.first.frame)));
    }
    let unknown =
        |(name, _): &ServiceName, service: &Service| !service.decoded && ports::is_industrial(name);
    let uses = services(facts, |facts| &facts.uses);
    let shares = services(facts, |facts| &facts.shares);
    let used = uses.iter().find(|(name, service)| unknown(name, service));
    let shared = shares.iter().find(|(name, service)| unknown(name, service));
    let ((name, port), service) = used.or(shared)?;
    let maker = asset.vendor.as_str();
    if used.is_none() && !maker.is_empty() && !vendor::makes_computers(maker) {
        let reason = Reason::SharesPort {
            port: *port,
            service: name,
            maker: maker.to_owned(),
        };
        return Some(Role::new("plc", reason, Some(service.first.frame)));
    }
    // The busiest client of a service is the one that people look at.
    let leads = hints
        .most((*name, *port), used.is_some(), service, asset)
        .is_none_or(|most| service.packets.saturating_mul(SLOWER) > most);
    let polls = leads && service.packets >= STREAM;
    let role = if polls { "hmi" } else { "industrial-client" };
    let reason = Reason::ClientOnPort {
        busiest: polls,
        devices: service.peers.len(),
        port: *port,
        service: name,
    };
    Some(Role::new(role, reason, Some(service.first.frame)))
}
