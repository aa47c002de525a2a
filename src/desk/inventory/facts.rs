//! What is known of one host, gathered from events before hosts become devices.

use super::few::{Few, FewKeys};
use super::{Relations, ports};
use crate::facts::{Host, Mac, Property, Side, Stamp};
use crate::protocols::Carrier;
use crate::sensor::{EndRecord, FlowRecord, PropertyRecord};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Most values kept of one property of one host; a device that changes its name a thousand
/// times is told by its first ones.
const VALUES: usize = 16;

/// Most values kept of one host in all: a station with some hundred units of which each tells
/// its maker, model and version.
const TOLD: usize = 4096;

/// Most peers, services and probed ports kept of one host: a client that walks through a
/// whole /20.
const PEERS: usize = 4096;

/// TCP flag SYN: on the side that did not open the connection it means that the port is open.
const SYN: u8 = 2;

/// A value of a property and the first packet in which one protocol told it.
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
    pub(super) protocols: FewKeys<&'static str>,
}

/// A service that a host offers, or one that it uses.
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// First packet of its side.
    pub(super) first: Stamp,
    /// Whether the content showed the protocol; otherwise the port alone names it.
    pub(super) decoded: bool,
    /// Who is at the other end.
    pub(super) peers: FewKeys<Host>,
    /// Packets both ways.
    pub(super) packets: u64,
}

/// Names a service: protocol and port, the port 0 where the carrier has none.
pub(super) type ServiceName = (&'static str, u16);

/// What a host sent from one MAC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// Packets of the conversations in which it did.
    pub(super) packets: u64,
    /// The first packet of the first of these, and its place among the MACs there.
    since: (Stamp, usize),
    /// The first packet from this MAC, where that is known.
    pub(super) first: Option<Stamp>,
}

impl Sent {
    /// The greater, the likelier it is the host's own: the most packets, then the first.
    pub(super) const fn weight(&self) -> (u64, Reverse<(Stamp, usize)>) {
        (self.packets, Reverse(self.since))
    }
}

/// All facts of one host.
#[derive(Clone, Debug, Default)]
pub(super) struct HostFacts {
    /// MACs that its packets came from.
    pub(super) macs: Few<Mac, Sent>,
    /// MACs that a protocol bound to it (ARP, DHCP, LLDP), with the first packet and who told.
    pub(super) bound: Few<Mac, (Stamp, &'static str)>,
    pub(super) vlans: BTreeSet<u16>,
    /// First and last packet it sent.
    pub(super) seen: Option<(Stamp, Stamp)>,
    pub(super) packets: u64,
    pub(super) octets: u64,
    pub(super) told: Vec<Told>,
    /// Services it offers.
    pub(super) serves: Few<ServiceName, Service>,
    /// Services it uses.
    pub(super) uses: Few<ServiceName, Service>,
    /// Services in which both ends use the same port, so that neither is shown as the server.
    pub(super) shares: Few<ServiceName, Service>,
    pub(super) peers: Few<Host, Exchange>,
    /// Hop limits that its packets to single hosts arrived with.
    pub(super) hop_limits: BTreeSet<u8>,
    /// It sent what no router passes on: it is on the captured segment.
    pub(super) on_link: bool,
    /// TCP ports that it knocked at in vain, and on which hosts how often.
    pub(super) vain: Few<u16, Few<Host, (u64, Stamp)>>,
}

impl HostFacts {
    /// A packet tells a property of it.
    pub(super) fn tell(&mut self, record: &PropertyRecord) {
        let same = |told: &&mut Told| {
            told.property == record.property
                && told.unit == record.unit
                && told.protocol == record.protocol
        };
        let mut known = 0;
        for told in self.told.iter_mut().filter(same) {
            known += 1;
            if told.value == record.value {
                if told.property == Property::Mode {
                    // A mode comes back; the last one told is the one that holds.
                    told.stamp = record.stamp;
                }
                return;
            }
        }
        if known < VALUES && self.told.len() < TOLD {
            self.told.push(Told {
                property: record.property,
                unit: record.unit,
                value: record.value.clone(),
                protocol: record.protocol,
                stamp: record.stamp,
            });
        }
    }

    /// A protocol binds a MAC to it.
    pub(super) fn bind(&mut self, mac: Mac, stamp: Stamp, protocol: &'static str) {
        if !mac.is_group() && !mac.is_zero() && self.bound.len() < VALUES {
            self.bound.or_insert_with(mac, || (stamp, protocol));
        }
    }

    /// It sent packets in a conversation.
    pub(super) fn sent(&mut self, end: &EndRecord, to: Host) {
        let Some((first, last)) = end.seen else {
            return;
        };
        let (known_first, known_last) = self.seen.unwrap_or((first, last));
        self.seen = Some((known_first.min(first), known_last.max(last)));
        for (place, mac) in end.macs.iter().enumerate() {
            if is_somebody(Host::Mac(*mac)) && self.macs.len() < VALUES {
                let since = (first, place);
                let shown = match place {
                    0 => Some(first),
                    1 => end.moved,
                    _ => None,
                };
                let new = || Sent {
                    packets: 0,
                    since,
                    first: shown,
                };
                let sent = self.macs.or_insert_with(*mac, new);
                sent.packets += end.ledger.packets;
                sent.since = sent.since.min(since);
                sent.first = sent.first.into_iter().chain(shown).min();
            }
        }
        self.vlans.extend(end.vlan);
        if stays_on_link(to) {
            self.on_link = true;
        } else if is_somebody(to) {
            self.hop_limits.extend(end.hop_limit);
        }
        self.packets += end.ledger.packets;
        self.octets += end.ledger.octets;
    }

    /// It took part in a conversation, which is over or goes on; false where there is no room for
    /// what that shows.
    pub(super) fn talked(
        &mut self,
        (flow, over): (&FlowRecord, bool),
        side: Side,
        relations: &mut Relations,
    ) -> bool {
        let (mine, theirs) = (side.of(&flow.ends), side.other().of(&flow.ends));
        let ends = (flow.low, flow.high);
        let (port, peer) = (side.of(&ends).port, *side.other().of(&ends));
        let packets = mine.ledger.packets + theirs.ledger.packets;
        // What the port alone hints at shows when it is over that the content told nothing.
        let service = service(flow).filter(|shown| shown.decoded || over);
        let mut fits = |length: usize, known: bool| known || length < PEERS && relations.take();
        if is_somebody(peer.host) {
            if !fits(self.peers.len(), self.peers.has(&peer.host)) {
                return false;
            }
            let exchange = self.peers.or_insert_with(peer.host, Exchange::default);
            exchange.packets += packets;
            exchange.octets += mine.ledger.octets + theirs.ledger.octets;
            if let Some(protocol) = flow.protocol.or(service.map(|service| service.name)) {
                exchange.protocols.or_insert_with(protocol, || ());
            }
        }
        let Some((first, _)) = mine.seen else {
            return true;
        };
        if let Some(service) = service {
            let (list, port) = match service.server {
                None => (&mut self.shares, port),
                Some(server) if server == side => (&mut self.serves, port),
                Some(_) => (&mut self.uses, peer.port),
            };
            let name = (service.name, port);
            if !fits(list.len(), list.has(&name)) {
                return false;
            }
            let entry = list.or_insert_with(name, || Service {
                first,
                decoded: false,
                peers: FewKeys::default(),
                packets: 0,
            });
            entry.first = entry.first.min(first);
            entry.decoded |= service.decoded;
            entry.packets += packets;
            let peers = &mut entry.peers;
            if is_somebody(peer.host) {
                if !fits(peers.len(), peers.has(&peer.host)) {
                    return false;
                }
                peers.or_insert_with(peer.host, || ());
            }
        } else if over && knocked_in_vain(flow, side) {
            if !fits(self.vain.len(), self.vain.has(&peer.port)) {
                return false;
            }
            let hosts = self.vain.or_insert_with(peer.port, Few::default);
            if !fits(hosts.len(), hosts.has(&peer.host)) {
                return false;
            }
            hosts.or_insert_with(peer.host, || (0, first)).0 += 1;
        }
        true
    }
}

/// What a conversation shows of who serves what to whom.
#[derive(Clone, Copy)]
struct Shown {
    name: &'static str,
    decoded: bool,
    /// `None` where both ends use the service's port.
    server: Option<Side>,
}

/// Who serves in this conversation, and what: by the protocol's content, else by who opened
/// the connection, else by the port. `None` where nobody answered or nothing tells.
fn service(flow: &FlowRecord) -> Option<Shown> {
    let ports = (flow.low.port, flow.high.port);
    let decoded = flow.protocol.is_some();
    let named = |server: Side| {
        let name = flow
            .protocol
            .or_else(|| ports::named(flow.carrier, *server.of(&ports)))
            .unwrap_or(match flow.carrier {
                Some(Carrier::Tcp) => "tcp",
                _ => "udp",
            });
        Shown {
            name,
            decoded,
            server: Some(server),
        }
    };
    if let Some(server) = flow.server {
        return Some(named(server));
    }
    match flow.carrier? {
        Carrier::Tcp => {
            let server = flow
                .initiator
                .map(Side::other)
                .or_else(|| lower_port(ports))?;
            let end = server.of(&flow.ends);
            let open = server.of(&flow.flags) & SYN != 0 || end.ledger.content > 0;
            (open && end.seen.is_some()).then(|| named(server))
        }
        Carrier::Udp => {
            if flow.ends.0.seen.is_none() || flow.ends.1.seen.is_none() {
                return None;
            }
            let known = |side: Side| ports::named(flow.carrier, *side.of(&ports)).is_some();
            match (known(Side::Low), known(Side::High)) {
                (true, false) => Some(named(Side::Low)),
                (false, true) => Some(named(Side::High)),
                (true, true) if ports.0 == ports.1 => Some(Shown {
                    server: None,
                    ..named(Side::Low)
                }),
                _ => None,
            }
        }
        Carrier::Ether(_) | Carrier::Icmpv6 | Carrier::Llc(..) | Carrier::Snap(..) => None,
    }
}

/// The side with the well-known port, where the other has one that clients take.
fn lower_port(ports: (u16, u16)) -> Option<Side> {
    let known = |port| ports::named(Some(Carrier::Tcp), port).is_some() || port < 1024;
    match (known(ports.0), known(ports.1)) {
        (true, false) => Some(Side::Low),
        (false, true) => Some(Side::High),
        _ => None,
    }
}

/// Whether this side tried to open a TCP connection and got none.
fn knocked_in_vain(flow: &FlowRecord, side: Side) -> bool {
    flow.carrier == Some(Carrier::Tcp)
        && flow.initiator == Some(side)
        && side.other().of(&flow.flags) & SYN == 0
}

/// Whether no router passes on what is sent to this address.
fn stays_on_link(to: Host) -> bool {
    match to {
        Host::Mac(_) => true,
        Host::Ip(IpAddr::V4(ip)) => {
            ip.is_broadcast() || ip.octets().starts_with(&[224, 0, 0]) || ip.is_link_local()
        }
        // Scopes 1 and 2: interface-local and link-local (RFC 4291, 2.7).
        Host::Ip(IpAddr::V6(ip)) => {
            let [first, second, ..] = ip.octets();
            (first == 0xff && second & 0x0f <= 2) || ip.is_unicast_link_local()
        }
    }
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
