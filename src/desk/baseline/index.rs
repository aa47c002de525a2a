//! Who else does what: answers that take the whole baseline, made once when it is held against,
//! so that nothing that comes costs a walk through it.

use super::evidence::{BUDGET, Sort};
use super::{Baseline, Name, Service};
use crate::desk::report::is_industrial;
use crate::facts::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Hosts named one by one; of the others there is only the number.
const NAMED: usize = 3;

/// Some hosts: how many, and the first of them by address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Others {
    first: Vec<Host>,
    /// How many they are.
    pub count: u64,
}

impl Others {
    /// Adds a host; they come sorted.
    fn add(&mut self, host: Host, last: &mut Option<Host>) {
        if last.replace(host) == Some(host) {
            return;
        }
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(host);
        }
    }

    /// The first of them, and how many more there are.
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<String> = self.first.iter().map(ToString::to_string).collect();
        match self.count - names.len() as u64 {
            0 => names.join(", "),
            rest => format!("{}, +{rest}", names.join(", ")),
        }
    }
}

/// Hosts by a key, being gathered: with the host that was added last.
type Gathered<K> = BTreeMap<K, (Others, Option<Host>)>;

/// The answers.
#[derive(Clone, Debug, Default)]
pub struct Index {
    workers: Gathered<(Host, Name)>,
    doers: Gathered<(Host, Name)>,
    clients: Gathered<(Host, Service)>,
    /// Networks that devices of the plant are in.
    plant: BTreeSet<Network>,
    /// Hosts that use or serve industrial protocols, and of these the servers.
    industrial: BTreeSet<Host>,
    served: BTreeSet<Host>,
    /// Whether so much was learned of hosts and conversations that a new one means something.
    settled: (bool, bool),
}

impl Index {
    /// The answers that this baseline gives.
    #[must_use]
    pub fn of(baseline: &Baseline) -> Self {
        let mut index = Self::default();
        let acts = baseline
            .acts
            .iter()
            .filter(|(_, entry)| entry.word.counts());
        for (act, _) in acts {
            for (hosts, key) in [
                (&mut index.workers, &act.protocol),
                (&mut index.doers, &act.operation),
            ] {
                let (others, last) = hosts.entry((act.device, key.clone())).or_default();
                others.add(act.actor, last);
            }
        }
        let talks = baseline
            .talks
            .iter()
            .filter(|(_, entry)| entry.word.counts());
        for (talk, _) in talks {
            let key = (talk.server, talk.service.clone());
            let (others, last) = index.clients.entry(key).or_default();
            others.add(talk.client, last);
            if matches!(&talk.service, Service::Protocol(name) if is_industrial(name)) {
                index.industrial.extend([talk.client, talk.server]);
                index.served.insert(talk.server);
            }
        }
        index.plant = index
            .industrial
            .iter()
            .map(|host| Network::of(*host))
            .collect();
        if let Some((first, last)) = baseline.span {
            let learned = last.since(first);
            let few = |sort| baseline.forecast(sort, learned, last).a_day <= BUDGET;
            index.settled = (few(Sort::Hosts), few(Sort::Talks));
        }
        index
    }

    /// Who works on a device in a protocol.
    #[must_use]
    pub fn workers(&self, device: Host, protocol: &str) -> Option<&Others> {
        let key = (device, Name::Owned(protocol.to_owned()));
        self.workers.get(&key).map(|(others, _)| others)
    }

    /// Who does this on a device.
    #[must_use]
    pub fn doers(&self, device: Host, operation: &str) -> Option<&Others> {
        let key = (device, Name::Owned(operation.to_owned()));
        self.doers.get(&key).map(|(others, _)| others)
    }

    /// Who uses this service of a host.
    #[must_use]
    pub fn clients(&self, server: Host, service: &Service) -> Option<&Others> {
        self.clients
            .get(&(server, service.clone()))
            .map(|(others, _)| others)
    }

    /// Whether a host is on a network with devices of the plant.
    #[must_use]
    pub fn is_near_plant(&self, host: Host) -> bool {
        self.plant.contains(&Network::of(host))
    }

    /// Hosts that use or serve industrial protocols.
    pub fn industrial(&self) -> impl Iterator<Item = Host> + '_ {
        self.industrial.iter().copied()
    }

    /// Hosts that serve them.
    pub fn served(&self) -> impl Iterator<Item = Host> + '_ {
        self.served.iter().copied()
    }

    /// Whether so little that is new is to be expected of hosts that each is worth a look.
    #[must_use]
    pub const fn knows_hosts(&self) -> bool {
        self.settled.0
    }

    /// The same of conversations.
    #[must_use]
    pub const fn knows_talks(&self) -> bool {
        self.settled.1
    }
}

/// A network that two hosts likely share: IPv4 addresses with three octets in common, IPv6
/// addresses with 64 bits; hosts without IP are on the wire itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    V4(u32),
    V6(u64),
    Link,
}

impl Network {
    fn of(host: Host) -> Self {
        match host {
            Host::Ip(IpAddr::V4(ip)) => Self::V4(ip.to_bits() >> 8),
            Host::Ip(IpAddr::V6(ip)) => {
                Self::V6(u64::try_from(ip.to_bits() >> 64).unwrap_or_default())
            }
            Host::Mac(_) => Self::Link,
        }
    }
}
