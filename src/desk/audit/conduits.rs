//! Who speaks to whom over what: one line a (client, server, protocol), with the packet that
//! first shows it.
//!
//! Takes the conversations as they end, in packet order; bounded, and says how many found no
//! room. What the map draws and the weaknesses rest on.

use super::zones::Passage;
use crate::desk::inventory::Assets;
use crate::desk::report::{Party, server_of, spoken};
use crate::desk::zones::Zones;
use crate::facts::{Host, Side, Stamp};
use crate::flow::Tags;
use crate::protocols::Carrier;
use crate::sensor::FlowRecord;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Most conduits kept. A plant has some hundreds, a scan of a /16 has 65,536.
const KEPT: usize = 16_384;

/// What goes from one host to another in one protocol.
#[derive(Clone, Debug, Serialize)]
pub struct Conduit {
    /// Who asks.
    pub client: Arc<Party>,
    /// Who serves.
    pub server: Arc<Party>,
    /// The protocol's name, or what carries it where the content was not recognised.
    pub protocol: &'static str,
    /// The server's port in the first conversation; 0 where there are none.
    pub port: u16,
    /// Whether the protocol controls plants.
    pub industrial: bool,
    /// Conversations.
    pub conversations: u64,
    /// Packets both ways.
    pub packets: u64,
    /// Octets both ways.
    pub octets: u64,
    /// Whether both sides sent content or, in TCP, opened the connection: a reset is no answer.
    pub answered: bool,
    /// Whether one end is outside: an address of the public Internet, not of the other's network.
    pub outside: bool,
    /// Purdue levels of the two devices, as guessed from their roles.
    pub levels: (Option<u8>, Option<u8>),
    /// The first packet.
    #[serde(serialize_with = "crate::desk::report::write_stamp")]
    pub first: Stamp,
    /// The last packet.
    #[serde(serialize_with = "crate::desk::report::write_stamp")]
    pub last: Stamp,
    /// Between which zones it passes, where the site said what its zones are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passage: Option<Passage>,
    /// The two hosts, client first.
    #[serde(skip)]
    pub hosts: (Host, Host),
}

impl Conduit {
    /// The protocol, or a port as `tcp/443` where the content was not recognised.
    pub(super) fn service(&self) -> String {
        service(self.protocol, self.port)
    }
}

fn service(protocol: &str, port: u16) -> String {
    match protocol {
        "tcp" | "udp" => format!("{protocol}/{port}"),
        other => other.to_owned(),
    }
}

#[derive(Debug)]
struct Sum {
    port: u16,
    industrial: bool,
    conversations: u64,
    packets: u64,
    octets: u64,
    content: u64,
    answered: bool,
    tags: Tags,
    first: Stamp,
    last: Stamp,
}

/// Conduits being added up.
#[derive(Debug, Default)]
pub(super) struct Conduits {
    sums: BTreeMap<(Host, Host, &'static str), Sum>,
    /// Conversations that are in no conduit for want of room.
    pub(super) omitted: u64,
}

impl Conduits {
    /// A conversation ended.
    pub(super) fn ended(&mut self, flow: &FlowRecord) {
        let server = server_of(flow);
        let ends = (flow.low, flow.high);
        let (client, serves) = (server.other().of(&ends), server.of(&ends));
        let key = (client.host, serves.host, spoken(flow));
        if self.sums.len() >= KEPT && !self.sums.contains_key(&key) {
            self.omitted += 1;
            return;
        }
        let (first, last) = flow.seen;
        let sum = self.sums.entry(key).or_insert_with(|| Sum {
            port: serves.port,
            industrial: flow.industrial,
            conversations: 0,
            packets: 0,
            octets: 0,
            content: 0,
            answered: false,
            tags: server.other().of(&flow.ends).tags,
            first,
            last,
        });
        sum.conversations += 1;
        for side in [Side::Low, Side::High] {
            let ledger = &side.of(&flow.ends).ledger;
            sum.packets += ledger.packets;
            sum.octets += ledger.octets;
            sum.content += ledger.content;
        }
        sum.answered |= is_answered(flow);
        sum.first = sum.first.min(first);
        sum.last = sum.last.max(last);
    }

    /// All of them, by client, server and protocol.
    pub(super) fn finish(self, assets: &Assets, zones: Option<&Zones>) -> Vec<Conduit> {
        let mut known: BTreeMap<Host, Arc<Party>> = BTreeMap::new();
        let mut party = |host: Host| {
            let new = || Arc::new(Party::of(host, assets));
            Arc::clone(known.entry(host).or_insert_with(new))
        };
        let level = |host| assets.of(host).and_then(|asset| asset.purdue);
        let conduit =
            |((client, server, protocol), sum): ((Host, Host, &'static str), Sum)| Conduit {
                client: party(client),
                server: party(server),
                protocol,
                port: sum.port,
                industrial: sum.industrial,
                conversations: sum.conversations,
                packets: sum.packets,
                octets: sum.octets,
                answered: sum.answered,
                outside: is_outside(client, server),
                levels: (level(client), level(server)),
                first: sum.first,
                last: sum.last,
                passage: zones.and_then(|zones| {
                    let service = service(protocol, sum.port);
                    Passage::of(zones, (client, server), sum.tags, (&service, sum.content))
                }),
                hosts: (client, server),
            };
        self.sums.into_iter().map(conduit).collect()
    }
}

/// Whether a conversation goes to or comes from the public Internet. Two hosts of one network are
/// neighbours, whatever its addresses: plants that number their controllers with public ones are
/// many.
fn is_outside(client: Host, server: Host) -> bool {
    let is_near = match (client, server) {
        (Host::Ip(IpAddr::V4(one)), Host::Ip(IpAddr::V4(other))) => {
            one.octets()[..3] == other.octets()[..3]
        }
        (Host::Ip(IpAddr::V6(one)), Host::Ip(IpAddr::V6(other))) => {
            one.segments()[..4] == other.segments()[..4]
        }
        _ => false,
    };
    !is_near && (client.is_public() || server.is_public())
}

/// SYN and ACK of TCP (RFC 9293 section 3.1).
const OPENED: u8 = 0x12;

/// Whether both sides took part. In TCP that needs content of both, or of both a SYN and an ACK:
/// a port that resets what comes has refused it.
fn is_answered(flow: &FlowRecord) -> bool {
    let (one, other) = (&flow.ends.0.ledger, &flow.ends.1.ledger);
    if flow.carrier != Some(Carrier::Tcp) {
        return one.packets > 0 && other.packets > 0;
    }
    let opened = flow.flags.0 & flow.flags.1 & OPENED == OPENED;
    opened || (one.content > 0 && other.content > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_with_public_addresses_are_not_outside() {
        let [one, other, far] = [[194, 250, 63, 239], [194, 250, 63, 170], [8, 8, 8, 8]];
        let [one, other, far] = [one, other, far].map(Host::v4);
        let inside = Host::v4([10, 0, 0, 1]);
        assert!(!is_outside(one, other));
        assert!(is_outside(one, far) && is_outside(inside, far) && is_outside(far, inside));
        assert!(!is_outside(inside, Host::v4([192, 168, 1, 1])));
        let six = |text: &str| Host::Ip(text.parse().unwrap());
        assert!(!is_outside(six("2a00:1:2:3::1"), six("2a00:1:2:3::2")));
        assert!(is_outside(six("2a00:1:2:3::1"), six("2a00:1:2:4::2")));
    }
}
