//! What is known of one host, gathered from events before hosts become devices.

use crate::facts::{Class, Host, Mac, Property, Side, Stamp};
use crate::sensor::{FlowRecord, OperationRecord, PropertyRecord};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Most values kept of one property of one host; a device that changes its name a thousand
/// times is told by its first ones.
const VALUES: usize = 16;

/// Most peers kept of one host.
const PEERS: usize = 4096;

/// A value of a property and the first packet that told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) property: Property,
    pub(super) unit: Option<u32>,
    pub(super) value: Vec<u8>,
    pub(super) protocol: &'static str,
    pub(super) stamp: Stamp,
}

/// Packets and octets exchanged with a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    pub(super) packets: u64,
    pub(super) octets: u64,
    pub(super) protocols: BTreeSet<&'static str>,
}

/// How often a host did something of a class, and the first packet that shows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Did {
    pub(super) count: u64,
    pub(super) first: Stamp,
    pub(super) protocol: &'static str,
}

/// All facts of one host.
#[derive(Clone, Debug, Default)]
pub(super) struct HostFacts {
    /// MACs that its packets came from, with how many packets.
    pub(super) macs: BTreeMap<Mac, u64>,
    /// MACs that a protocol bound to it (ARP, neighbour discovery, DHCP).
    pub(super) bound: BTreeMap<Mac, Stamp>,
    pub(super) vlans: BTreeSet<u16>,
    /// First and last packet it sent.
    pub(super) seen: Option<(Stamp, Stamp)>,
    pub(super) packets: u64,
    pub(super) octets: u64,
    pub(super) told: Vec<Told>,
    /// Protocols and ports it served, with the first packet.
    pub(super) serves: BTreeMap<(&'static str, u16), Stamp>,
    /// Protocols it used as a client.
    pub(super) uses: BTreeMap<&'static str, Stamp>,
    /// What it did to others, by class, and to whom.
    pub(super) did: BTreeMap<Class, Did>,
    /// Whom it operated on with an industrial protocol.
    pub(super) operated: BTreeSet<Host>,
    /// What others did to it.
    pub(super) was_told: BTreeMap<Class, Did>,
    pub(super) peers: BTreeMap<Host, Exchange>,
    /// Hop limits that its packets arrived with.
    pub(super) hop_limits: BTreeSet<u8>,
}

impl HostFacts {
    /// It did something to somebody.
    pub(super) fn did(&mut self, class: Class, operation: &OperationRecord) {
        enter(&mut self.did, class, operation);
        if self.operated.len() < PEERS {
            self.operated.insert(operation.device.host);
        }
    }

    /// Somebody did something to it.
    pub(super) fn was_told(&mut self, class: Class, operation: &OperationRecord) {
        enter(&mut self.was_told, class, operation);
    }

    /// A packet tells a property of it.
    pub(super) fn tell(&mut self, record: &PropertyRecord) {
        let same = |told: &&Told| told.property == record.property && told.unit == record.unit;
        let known = self.told.iter().filter(same);
        if known.clone().count() >= VALUES || known.clone().any(|t| t.value == record.value) {
            return;
        }
        self.told.push(Told {
            property: record.property,
            unit: record.unit,
            value: record.value.clone(),
            protocol: record.protocol,
            stamp: record.stamp,
        });
    }

    /// A protocol binds a MAC to it.
    pub(super) fn bind(&mut self, mac: Mac, stamp: Stamp) {
        if !mac.is_group() && !mac.is_zero() && self.bound.len() < VALUES {
            self.bound.entry(mac).or_insert(stamp);
        }
    }

    /// It took part in a conversation.
    pub(super) fn talked(&mut self, flow: &FlowRecord, side: Side, port: u16, peer: Host) {
        let end = side.of(&flow.ends);
        let ledger = &end.ledger;
        if let Some((first, last)) = end.seen {
            let (known_first, known_last) = self.seen.unwrap_or((first, last));
            self.seen = Some((known_first.min(first), known_last.max(last)));
            for mac in &end.macs {
                if !mac.is_group() && !mac.is_zero() && self.macs.len() < VALUES {
                    *self.macs.entry(*mac).or_default() += ledger.packets;
                }
            }
            self.vlans.extend(end.vlan);
            self.hop_limits.extend(end.hop_limit);
        }
        self.packets += ledger.packets;
        self.octets += ledger.octets;
        if is_somebody(peer) && (self.peers.len() < PEERS || self.peers.contains_key(&peer)) {
            let theirs = &side.other().of(&flow.ends).ledger;
            let exchange = self.peers.entry(peer).or_default();
            exchange.packets += ledger.packets + theirs.packets;
            exchange.octets += ledger.octets + theirs.octets;
            exchange.protocols.extend(flow.protocol);
        }
        let (Some(protocol), Some((first, _))) = (flow.protocol, end.seen) else {
            return;
        };
        match flow.server {
            Some(server) if server == side => {
                self.serves.entry((protocol, port)).or_insert(first);
            }
            Some(_) => {
                self.uses.entry(protocol).or_insert(first);
            }
            None => {}
        }
    }
}

fn enter(acts: &mut BTreeMap<Class, Did>, class: Class, operation: &OperationRecord) {
    acts.entry(class)
        .and_modify(|did| did.count += 1)
        .or_insert(Did {
            count: 1,
            first: operation.stamp,
            protocol: operation.protocol,
        });
}

/// Whether an address can belong to a device: not a group, not "nobody".
pub(super) fn is_somebody(host: Host) -> bool {
    match host {
        Host::Mac(mac) => !mac.is_group() && !mac.is_zero(),
        Host::Ip(IpAddr::V4(ip)) => {
            !ip.is_multicast() && !ip.is_broadcast() && !ip.is_unspecified()
        }
        Host::Ip(IpAddr::V6(ip)) => !ip.is_multicast() && !ip.is_unspecified(),
    }
}
