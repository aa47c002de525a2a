//! Hosts become devices: which addresses are one machine, and who is behind a router.
//!
//! A MAC that sent a frame is one network card. An IP address is a card's own where the card
//! claimed it (ARP, DHCP, LLDP) or where its packets crossed no router and nothing speaks
//! against it. All other addresses that a card sent from were only forwarded by it: their
//! devices are behind it, and their own MAC is unknown. An address that two cards claim goes
//! to the one that claimed it first, and the contradiction is kept. An address that a card only
//! announces by ARP, in a network that its own address is not in, is not its own.

use super::contradiction::Contradiction;
use super::facts::HostFacts;
use crate::facts::{Host, Mac, Stamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// Initial hop limits in use: 30 and 32 old stacks, 64 Unix and most controllers, 128 Windows,
/// 255 network devices. A packet that arrives with one of them crossed no router.
const INITIAL_HOP_LIMITS: [u8; 5] = [30, 32, 64, 128, 255];

/// Initial hop limit of Siemens S7-300 and S7-400. From the internet it is also what is left of
/// 64 after four routers, so it counts only within a network of the segment.
const INITIAL_IN_NETWORK: u8 = 60;

/// One device: the hosts that are the same machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) macs: BTreeSet<Mac>,
    pub(super) ips: BTreeSet<IpAddr>,
    /// The router it is behind, where its own MAC is not seen.
    pub(super) behind: Option<Mac>,
    /// What was seen that cannot all be true.
    pub(super) contradictions: BTreeSet<Contradiction>,
}

impl Device {
    /// The hosts it is made of.
    pub(super) fn hosts(&self) -> Vec<Host> {
        let macs = self.macs.iter().map(|mac| Host::Mac(*mac));
        macs.chain(self.ips.iter().map(|ip| Host::Ip(*ip)))
            .collect()
    }
}

/// The first packet that each card sent, whatever address it bore.
pub(super) fn first_packets(hosts: &BTreeMap<Host, HostFacts>) -> BTreeMap<Mac, Stamp> {
    let mut packets = BTreeMap::new();
    for (mac, sent) in hosts.values().flat_map(|facts| facts.macs.iter()) {
        if let Some(first) = sent.first {
            let known = packets.entry(*mac).or_insert(first);
            *known = first.min(*known);
        }
    }
    packets
}

/// The devices that the hosts are, sorted by address.
pub(super) fn devices(hosts: &BTreeMap<Host, HostFacts>) -> Vec<Device> {
    let cards = Cards::new(hosts);
    let mut machines: BTreeMap<Mac, Device> = BTreeMap::new();
    for mac in &cards.sent {
        machines
            .entry(cards.machine(*mac))
            .or_default()
            .macs
            .insert(*mac);
    }
    let mut remote = Vec::new();
    for (host, facts) in hosts {
        let Host::Ip(ip) = *host else { continue };
        if let Some((mac, text)) = cards.foreign(ip, facts, hosts) {
            if let Some(device) = machines.get_mut(&cards.machine(mac)) {
                device.contradictions.insert(text);
            }
            continue;
        }
        let owner = cards.owner(ip, facts);
        if let Some(mac) = owner
            && let Some(device) = machines.get_mut(&cards.machine(mac))
        {
            device.ips.insert(ip);
        } else if facts.seen.is_some() {
            remote.push(Device {
                ips: BTreeSet::from([ip]),
                behind: cards.forwarder(facts),
                ..Device::default()
            });
        }
        for (mac, text) in cards.disputes(ip, facts, owner) {
            for party in [Some(mac), owner].into_iter().flatten() {
                if let Some(device) = machines.get_mut(&cards.machine(party)) {
                    device.contradictions.insert(text.clone());
                }
            }
        }
    }
    let mut devices: Vec<Device> = machines.into_values().chain(remote).collect();
    devices.sort_by(|a, b| {
        let by_address = |device: &Device| (device.ips.is_empty(), device.ips.first().copied());
        by_address(a)
            .cmp(&by_address(b))
            .then_with(|| a.macs.cmp(&b.macs))
    });
    devices
}

/// The network cards, and which addresses they sent from and claimed.
struct Cards {
    /// Cards that sent a frame.
    sent: BTreeSet<Mac>,
    /// The addresses that packets from a card bore.
    bore: BTreeMap<Mac, BTreeSet<IpAddr>>,
    /// The addresses that a card claimed.
    claimed: BTreeMap<Mac, BTreeSet<IpAddr>>,
    /// The IPv4 networks of the addresses that a card claimed.
    networks: BTreeMap<Mac, BTreeSet<Ipv4Addr>>,
    /// Cards of one machine: the card a machine is known by.
    joined: BTreeMap<Mac, Mac>,
    /// Networks that hosts on the segment are in.
    local: BTreeSet<Ipv4Addr>,
}

impl Cards {
    fn new(hosts: &BTreeMap<Host, HostFacts>) -> Self {
        let mut sent = BTreeSet::new();
        let mut bore: BTreeMap<Mac, BTreeSet<IpAddr>> = BTreeMap::new();
        for (host, facts) in hosts {
            match host {
                Host::Mac(mac) if facts.seen.is_some() => {
                    sent.insert(*mac);
                }
                Host::Mac(_) => {}
                Host::Ip(ip) => {
                    for mac in facts.macs.keys() {
                        sent.insert(*mac);
                        bore.entry(*mac).or_default().insert(*ip);
                    }
                }
            }
        }
        let mut claimed: BTreeMap<Mac, BTreeSet<IpAddr>> = BTreeMap::new();
        let mut joined = BTreeMap::new();
        for (host, facts) in hosts {
            for mac in facts.bound.keys().filter(|mac| sent.contains(mac)) {
                match host {
                    Host::Ip(ip) => {
                        claimed.entry(*mac).or_default().insert(*ip);
                    }
                    // A port of a bridge tells the MAC of the machine that it is part of.
                    Host::Mac(port) if port != mac && sent.contains(port) => {
                        joined.insert(*port, *mac);
                    }
                    Host::Mac(_) => {}
                }
            }
        }
        let mut networks: BTreeMap<Mac, BTreeSet<Ipv4Addr>> = BTreeMap::new();
        for (mac, ips) in &claimed {
            let claims = ips.iter().filter_map(|ip| subnet(*ip));
            networks.insert(*mac, claims.collect());
        }
        for facts in hosts.values() {
            joined.extend(cards_of_one(facts, &sent));
        }
        let alone = bore
            .values()
            .filter(|ips| ips.len() == 1)
            .flatten()
            .filter(|ip| {
                hosts
                    .get(&Host::Ip(**ip))
                    .is_some_and(|facts| is_direct(**ip, facts))
            });
        let local = claimed
            .values()
            .flatten()
            .chain(alone)
            .filter_map(|ip| subnet(*ip))
            .collect();
        Self {
            sent,
            bore,
            claimed,
            networks,
            joined,
            local,
        }
    }

    /// The card that the machine of this card is known by.
    fn machine(&self, mac: Mac) -> Mac {
        let mut known = mac;
        // A chain of joined cards is short; the bound keeps a circle from turning for ever.
        for _ in 0..4 {
            match self.joined.get(&known) {
                Some(next) => known = *next,
                None => break,
            }
        }
        known
    }

    /// The card that an address belongs to; `None` where its device is behind a router or has
    /// no card at all (tunnels, captures without link layer).
    fn owner(&self, ip: IpAddr, facts: &HostFacts) -> Option<Mac> {
        let direct = self.is_direct(ip, facts);
        let claim = self
            .claims(facts)
            .filter(|(mac, _)| direct || self.claims_one(*mac, ip))
            .min_by_key(|(mac, stamp)| (*stamp, *mac));
        if let Some((mac, _)) = claim {
            return Some(mac);
        }
        if !direct {
            return None;
        }
        let plausible = facts.macs.iter().filter(|(mac, _)| self.fits(ip, **mac));
        plausible
            .max_by_key(|(mac, sent)| {
                let others = self.bore.get(mac).map_or(0, BTreeSet::len);
                (std::cmp::Reverse(others), sent.weight())
            })
            .map(|(mac, _)| *mac)
    }

    /// Who announced an address by ARP alone that nobody sent from, although the card's device
    /// told an address of its own in another network: somebody else's, or a forged sender.
    fn foreign(
        &self,
        ip: IpAddr,
        facts: &HostFacts,
        hosts: &BTreeMap<Host, HostFacts>,
    ) -> Option<(Mac, Contradiction)> {
        let network = subnet(ip).filter(|_| facts.seen.is_none())?;
        let (mac, (stamp, _)) = facts
            .bound
            .iter()
            .filter(|(mac, (_, protocol))| *protocol == "arp" && self.sent.contains(mac))
            .min_by_key(|(mac, (stamp, _))| (*stamp, **mac))?;
        if facts.bound.values().any(|(_, protocol)| *protocol != "arp") {
            return None;
        }
        let machine = self.machine(*mac);
        let own = |host: &Host, facts: &HostFacts| {
            let elsewhere = host.ip().and_then(subnet).is_some_and(|own| own != network);
            let mut bound = facts.bound.iter();
            elsewhere
                && bound.any(|(card, (_, protocol))| {
                    self.machine(*card) == machine && *protocol != "arp"
                })
        };
        let (host, _) = hosts.iter().find(|(host, facts)| own(host, facts))?;
        let announced = Contradiction::Announced {
            ip,
            by: (*mac, stamp.frame),
            host: *host,
        };
        Some((*mac, announced))
    }

    /// Whether packets of this host came without crossing a router, as far as is known.
    fn is_direct(&self, ip: IpAddr, facts: &HostFacts) -> bool {
        let near = || subnet(ip).is_some_and(|network| self.local.contains(&network));
        is_direct(ip, facts) || (facts.hop_limits.contains(&INITIAL_IN_NETWORK) && near())
    }

    /// The cards that claimed this address, and the first packet of each claim.
    fn claims(&self, facts: &HostFacts) -> impl Iterator<Item = (Mac, Stamp)> {
        let of_cards = facts
            .bound
            .iter()
            .filter(|(mac, _)| self.sent.contains(mac));
        of_cards.map(|(mac, (stamp, _))| (*mac, *stamp))
    }

    /// Whether a card claims this address alone of its family. A router that answers ARP for
    /// others (RFC 1027) claims many, and those whose packets crossed it are not its own.
    fn claims_one(&self, mac: Mac, ip: IpAddr) -> bool {
        let same = |other: &&IpAddr| other.is_ipv4() == ip.is_ipv4() && !is_link_local(**other);
        self.claimed
            .get(&mac)
            .is_some_and(|ips| ips.iter().filter(same).count() == 1)
    }

    /// Whether an address whose packets crossed no router can be this card's own although the
    /// card never claimed it.
    fn fits(&self, ip: IpAddr, mac: Mac) -> bool {
        let Some(network) = subnet(ip) else {
            // The hop limit is all there is to tell by.
            return true;
        };
        if is_link_local(ip) {
            return true;
        }
        if let Some(own) = self.networks.get(&mac).filter(|own| !own.is_empty()) {
            return own.contains(&network);
        }
        let mut others = self.bore.get(&mac).into_iter().flatten();
        // IPv4 addresses come first.
        let several = others.nth(1).is_some_and(IpAddr::is_ipv4);
        !several || self.local.contains(&network)
    }

    /// The card that most packets of a host behind it came from.
    fn forwarder(&self, facts: &HostFacts) -> Option<Mac> {
        facts
            .macs
            .iter()
            .max_by_key(|(_, sent)| sent.weight())
            .map(|(mac, _)| self.machine(*mac))
    }

    /// Who else uses an address: other cards that claimed it, and cards that sent from it
    /// although they forward for nobody.
    fn disputes(
        &self,
        ip: IpAddr,
        facts: &HostFacts,
        owner: Option<Mac>,
    ) -> Vec<(Mac, Contradiction)> {
        let Some(owner) = owner else {
            return Vec::new();
        };
        let other = |mac: &Mac| self.machine(*mac) != self.machine(owner);
        let mut disputes: Vec<(Mac, Contradiction)> = facts
            .bound
            .iter()
            .filter(|(mac, _)| other(mac) && self.sent.contains(mac))
            .map(|(mac, (stamp, protocol))| {
                let first = facts.bound.get(&owner).map_or(0, |(first, _)| first.frame);
                let claimed = Contradiction::Claimed {
                    ip,
                    owner: (owner, first),
                    other: (*mac, stamp.frame),
                    protocol,
                };
                (*mac, claimed)
            })
            .collect();
        let routed = facts
            .hop_limits
            .iter()
            .any(|limit| !INITIAL_HOP_LIMITS.contains(limit));
        // Routers repeat each other's link-local addresses, and a mirror port on both sides of
        // a router shows a packet before and after it.
        if is_link_local(ip) || routed {
            return disputes;
        }
        for mac in facts.macs.keys().filter(|mac| other(mac)) {
            let bore = self.bore.get(mac).map_or(0, BTreeSet::len);
            let own = self.claimed.get(mac).map_or(0, BTreeSet::len);
            let forwards = bore > own + 1 || virtual_router(*mac).is_some();
            if !forwards && !facts.bound.has(mac) {
                let with_packet = |mac: Mac| {
                    let sent = facts.macs.get(&mac).and_then(|sent| sent.first);
                    (mac, sent.map_or(0, |stamp| stamp.frame))
                };
                let (owner, other) = (with_packet(owner), with_packet(*mac));
                disputes.push((*mac, Contradiction::Used { ip, owner, other }));
            }
        }
        disputes
    }
}

/// The port of a machine that told the address (LLDP, CDP) with the card that answers for it.
fn cards_of_one(facts: &HostFacts, sent: &BTreeSet<Mac>) -> Option<(Mac, Mac)> {
    let card = |neighbour: bool| {
        facts.bound.iter().find_map(|(mac, (_, protocol))| {
            let told = matches!(*protocol, "lldp" | "cdp");
            (told == neighbour && sent.contains(mac)).then_some(*mac)
        })
    };
    Some((card(true)?, card(false)?))
}

/// Whether packets of this host came without crossing a router, by themselves alone.
fn is_direct(ip: IpAddr, facts: &HostFacts) -> bool {
    is_link_local(ip)
        || facts.on_link
        || facts.hop_limits.is_empty()
        || facts
            .hop_limits
            .iter()
            .any(|limit| INITIAL_HOP_LIMITS.contains(limit))
}

/// The /24 of an IPv4 address: the size of nearly every plant segment, and only a hint here.
pub(super) fn subnet(ip: IpAddr) -> Option<Ipv4Addr> {
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

/// The protocol of a MAC that several routers share: VRRP (RFC 9568, 7.3) and CARP, HSRP
/// version 1 and 2, GLBP.
pub(super) const fn virtual_router(mac: Mac) -> Option<&'static str> {
    match mac.0 {
        [0x00, 0x00, 0x5e, 0x00, 0x01 | 0x02, _] => Some("VRRP"),
        [0x00, 0x00, 0x0c, 0x07, 0xac, _] => Some("HSRP"),
        [0x00, 0x00, 0x0c, 0x9f, 0xf0..=0xff, _] => Some("HSRP"),
        [0x00, 0x07, 0xb4, 0x00, _, _] => Some("GLBP"),
        _ => None,
    }
}
