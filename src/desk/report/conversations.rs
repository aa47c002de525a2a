//! Conversations added up by protocol, and what could not be seen in them.
//!
//! Called by [`super::Picture`] when a conversation ends. Keeps a line for each one only where
//! the summary is to hold them all.

use super::ledger::Account;
use super::written::write_stamp;
use crate::facts::{Host, Side, Stamp};
use crate::flow::Ledger;
use crate::protocols::Carrier;
use crate::sensor::{FlowEnd, FlowRecord};
use foldhash::fast::RandomState;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// Most octets of conversations written one by one, each some 700, kept until the end of the
/// run; the others are in the totals.
const LINES: usize = 16 << 20;

/// Most names of protocols and carriers told apart; a capture of noise may have all 65,536
/// EtherTypes.
const NAMES: usize = 1024;

/// Most (client, server, what) kept of one kind of blind spot; the total goes on counting.
const SPOTS: usize = 4096;

/// TCP's flags SYN and ACK (RFC 9293, 3.1).
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// All conversations of one protocol together.
#[derive(Clone, Debug, Default)]
pub(super) struct Total {
    pub(super) recognised: bool,
    pub(super) industrial: bool,
    pub(super) conversations: u64,
    pub(super) messages: u64,
    pub(super) operations: u64,
    pub(super) ledger: Ledger,
}

/// All conversations.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    pub(super) by_name: BTreeMap<String, Total>,
    pub(super) total: Total,
    pub(super) encrypted: Spots,
    pub(super) unknown: Spots,
    /// Of known protocols, what was passed over unread.
    pub(super) unread: Spots,
    pub(super) one_way: Spots,
    pub(super) lossy: Spots,
    pub(super) ambiguous: Spots,
    /// Attempts to open a TCP connection that nobody answered.
    pub(super) unanswered: Spots,
    pub(super) midstream: u64,
    /// Conversations whose octets do not add up.
    pub(super) unbalanced: u64,
    pub(super) lines: Option<Lines>,
}

/// Conversations as JSON, one after the other, in the order in which they ended.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: Vec<(Stamp, Box<str>)>,
    octets: usize,
    /// Conversations that are only in the totals.
    pub(super) omitted: u64,
}

/// Between whom, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Between {
    pub(super) client: Host,
    pub(super) server: Host,
    /// The protocol's name, or the carrier's.
    pub(super) what: &'static str,
    /// The server's port where the protocol is not known.
    pub(super) port: Option<u16>,
}

/// How much of something.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spot {
    pub(super) conversations: u64,
    pub(super) octets: u64,
}

/// Conversations that share a blind spot.
#[derive(Debug, Default)]
pub(super) struct Spots {
    pub(super) total: Spot,
    between: HashMap<Between, Spot, RandomState>,
}

impl Spots {
    fn add(&mut self, between: Between, octets: u64) {
        let add = |spot: &mut Spot| {
            spot.conversations += 1;
            spot.octets += octets;
        };
        add(&mut self.total);
        if self.between.len() < SPOTS || self.between.contains_key(&between) {
            add(self.between.entry(between).or_default());
        }
    }

    /// Those with the most octets, then conversations, first; ties by who.
    pub(super) fn sorted(&self) -> Vec<(Between, Spot)> {
        let mut all: Vec<(Between, Spot)> = self.between.iter().map(|(b, s)| (*b, *s)).collect();
        all.sort_by_key(|(between, spot)| {
            (
                std::cmp::Reverse((spot.octets, spot.conversations)),
                *between,
            )
        });
        all
    }
}

impl Conversations {
    pub(super) fn with_lines() -> Self {
        Self {
            lines: Some(Lines::default()),
            ..Self::default()
        }
    }

    /// A conversation ended.
    pub(super) fn ended(&mut self, flow: &FlowRecord) {
        let mut ledger = flow.ends.0.ledger.clone();
        ledger.ranges.clear();
        ledger.add(&flow.ends.1.ledger);
        self.add(flow, &ledger);
        self.spots(flow, &ledger);
        if let Some(lines) = &mut self.lines {
            lines.push(flow);
        }
        if !ledger.balances() {
            self.unbalanced += 1;
        }
    }

    fn add(&mut self, flow: &FlowRecord, ledger: &Ledger) {
        let mut name = name(flow, ledger);
        if self.by_name.len() >= NAMES && !self.by_name.contains_key(&name) {
            "other".clone_into(&mut name);
        }
        let total = self.by_name.entry(name).or_default();
        total.recognised |= flow.protocol.is_some();
        total.industrial |= flow.industrial;
        for total in [total, &mut self.total] {
            total.conversations += 1;
            total.messages += flow.messages;
            total.operations += flow.operations;
            total.ledger.add(ledger);
        }
    }

    /// What could not be seen of it.
    fn spots(&mut self, flow: &FlowRecord, ledger: &Ledger) {
        let server = server_of(flow);
        let ends = (flow.low, flow.high);
        let between = Between {
            client: server.other().of(&ends).host,
            server: server.of(&ends).host,
            what: spoken(flow),
            port: (flow.protocol.is_none() && server.of(&ends).port > 0)
                .then(|| server.of(&ends).port),
        };
        self.midstream += u64::from(flow.midstream);
        if ledger.encrypted > 0 {
            self.encrypted.add(between, ledger.encrypted);
        }
        if flow.protocol.is_none() && ledger.opaque > 0 {
            self.unknown.add(between, ledger.opaque);
        }
        if flow.protocol.is_some() && ledger.opaque > 0 {
            self.unread.add(between, ledger.opaque);
        }
        if ledger.lost > 0 {
            self.lossy.add(between, ledger.lost);
        }
        if ledger.ambiguous > 0 {
            self.ambiguous.add(between, ledger.ambiguous);
        }
        match silent_side(flow) {
            Some(Silence::Attempt) => self.unanswered.add(between, 0),
            // First who was seen to send.
            Some(Silence::OneWay) => {
                let sender = match flow.ends.0.seen {
                    Some(_) => flow.low.host,
                    None => flow.high.host,
                };
                let between = match sender == between.client {
                    true => between,
                    false => Between {
                        client: between.server,
                        server: between.client,
                        ..between
                    },
                };
                self.one_way.add(between, ledger.content);
            }
            None => {}
        }
    }
}

impl Lines {
    fn push(&mut self, flow: &FlowRecord) {
        if self.octets >= LINES {
            self.omitted += 1;
            return;
        }
        let line = Conversation::new(flow);
        // Numbers and text only: this cannot fail.
        if let Ok(line) = serde_json::to_string(&line) {
            self.octets += line.len();
            self.lines.push((flow.seen.0, line.into()));
        }
    }

    /// The conversations as one JSON array, by their first packet.
    pub(super) fn into_json(mut self) -> String {
        self.lines.sort_by_key(|(first, _)| first.frame);
        // With the brackets, and the commas and line ends between.
        let mut json = String::with_capacity(self.octets + 2 * self.lines.len() + 2);
        let mut before = "[";
        for (_, line) in self.lines {
            json.push_str(before);
            json.push_str(&line);
            before = ",\n";
        }
        if json.is_empty() {
            json.push_str(before);
        }
        json.push(']');
        json
    }
}

/// A side that sent nothing, and what that means.
pub(in crate::desk) enum Silence {
    /// Only the first packet of a connection was seen: nobody answered.
    Attempt,
    /// The other side must have sent, but the capture does not show it.
    OneWay,
}

/// Whether only one side of a TCP connection was seen. What goes to groups, and protocols over
/// UDP that ask for no answer, are one-way by nature.
pub(in crate::desk) fn silent_side(flow: &FlowRecord) -> Option<Silence> {
    if flow.carrier != Some(Carrier::Tcp) {
        return None;
    }
    let flags = match (&flow.ends.0.seen, &flow.ends.1.seen) {
        (Some(_), None) => flow.flags.0,
        (None, Some(_)) => flow.flags.1,
        _ => return None,
    };
    match (flags & SYN != 0, flags & ACK != 0) {
        (_, true) => Some(Silence::OneWay),
        (true, false) => Some(Silence::Attempt),
        // A late reset belongs to a connection that ended before.
        (false, false) => None,
    }
}

/// The server as the content or the SYN tells it, the group that is spoken to, or the end with
/// the lower port.
pub(in crate::desk) fn server_of(flow: &FlowRecord) -> Side {
    let lower = if flow.low.port <= flow.high.port {
        Side::Low
    } else {
        Side::High
    };
    let ends = (flow.low, flow.high);
    // Nobody sends from the address of a group.
    let group = [Side::Low, Side::High]
        .into_iter()
        .find(|side| side.of(&ends).host.is_group());
    flow.server
        .or_else(|| flow.initiator.map(Side::other))
        .or(group)
        .unwrap_or(lower)
}

/// The protocol of a conversation, or what carried it where the content was not recognised.
pub(in crate::desk) fn spoken(flow: &FlowRecord) -> &'static str {
    flow.protocol.unwrap_or_else(|| carrier(flow))
}

/// What carried a conversation.
fn carrier(flow: &FlowRecord) -> &'static str {
    match flow.carrier {
        Some(Carrier::Tcp) => "tcp",
        Some(Carrier::Udp) => "udp",
        Some(Carrier::Ether(_)) => "ethernet",
        Some(Carrier::Llc(..)) => "llc",
        Some(Carrier::Icmpv6) => "icmp",
        Some(Carrier::Snap(..)) => "snap",
        None if matches!(flow.ip_protocol, 1 | 58) => "icmp",
        None => "ip",
    }
}

/// The protocol's name, or what is known of a conversation whose content none recognised.
fn name(flow: &FlowRecord, ledger: &Ledger) -> String {
    if let Some(protocol) = flow.protocol {
        return protocol.to_owned();
    }
    match flow.carrier {
        Some(Carrier::Tcp | Carrier::Udp) if ledger.content == 0 => {
            format!("{} without content", carrier(flow))
        }
        Some(Carrier::Tcp | Carrier::Udp) => carrier(flow).to_owned(),
        Some(Carrier::Ether(kind)) => {
            ether_named(kind).map_or_else(|| format!("ethernet 0x{kind:04x}"), ToOwned::to_owned)
        }
        Some(Carrier::Llc(0x42, 0x42)) => "STP".to_owned(),
        Some(Carrier::Llc(0xfe, 0xfe)) => "OSI network layer".to_owned(),
        Some(Carrier::Llc(dsap, ssap)) => format!("llc {dsap:02x}/{ssap:02x}"),
        Some(Carrier::Snap(CISCO, protocol)) if cisco_named(protocol).is_some() => {
            cisco_named(protocol).unwrap_or_default().to_owned()
        }
        Some(Carrier::Snap(organisation, protocol)) => {
            format!("snap {organisation:06x}/{protocol:04x}")
        }
        Some(Carrier::Icmpv6) => "icmp".to_owned(),
        None if carrier(flow) == "icmp" => "icmp".to_owned(),
        None => match flow.ip_protocol {
            2 => "IGMP".to_owned(),
            47 => "GRE".to_owned(),
            50 => "ESP".to_owned(),
            88 => "EIGRP".to_owned(),
            89 => "OSPF".to_owned(),
            103 => "PIM".to_owned(),
            112 => "VRRP".to_owned(),
            132 => "SCTP".to_owned(),
            number => format!("ip protocol {number}"),
        },
    }
}

/// The organisation code of Cisco.
const CISCO: u32 = 0x00_000c;

/// What Cisco's protocol identifiers carry.
const fn cisco_named(protocol: u16) -> Option<&'static str> {
    Some(match protocol {
        0x010b => "PVST+",
        0x0111 => "UDLD",
        0x2003 => "VTP",
        0x2004 => "DTP",
        _ => return None,
    })
}

/// What Ethernet types carry that plants have and Jaga does not read (IEEE registry).
const fn ether_named(kind: u16) -> Option<&'static str> {
    Some(match kind {
        0x0842 => "Wake-on-LAN",
        0x22ea => "SRP",
        0x22f0 => "AVTP",
        0x8809 => "slow protocols (LACP)",
        0x8863 | 0x8864 => "PPPoE",
        0x888e => "EAPOL (802.1X)",
        0x88a4 => "EtherCAT",
        0x88ab => "Ethernet POWERLINK",
        0x88b9 => "GSE management",
        0x88cd => "SERCOS III",
        0x88e1 => "HomePlug",
        0x88e3 => "MRP",
        0x88e5 => "MACsec",
        0x88f7 => "PTP",
        0x88fb => "PRP supervision",
        0x8902 => "CFM",
        0x890d => "IEEE 802.11",
        0x9000 => "loopback test",
        _ => return None,
    })
}

/// One conversation as JSON.
#[derive(Serialize)]
struct Conversation {
    flow_id: u64,
    carrier: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'static str>,
    #[serde(serialize_with = "write_stamp")]
    first: Stamp,
    #[serde(serialize_with = "write_stamp")]
    last: Stamp,
    end: &'static str,
    midstream: bool,
    one_way: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initiator: Option<String>,
    messages: u64,
    operations: u64,
    ends: [End; 2],
}

/// One end of a conversation and what became of what it sent.
#[derive(Serialize)]
struct End {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    macs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vlan: Option<u16>,
    sent: Account,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    faults: BTreeMap<&'static str, u64>,
}

impl Conversation {
    fn new(flow: &FlowRecord) -> Self {
        let ends = (flow.low, flow.high);
        let end = |side: Side| {
            let record = side.of(&flow.ends);
            let endpoint = side.of(&ends);
            End {
                address: endpoint.host.to_string(),
                port: matches!(flow.carrier, Some(Carrier::Tcp | Carrier::Udp))
                    .then_some(endpoint.port),
                macs: record.macs.iter().map(ToString::to_string).collect(),
                vlan: record.vlan,
                sent: Account {
                    ledger: record.ledger.clone(),
                    brief: true,
                },
                faults: record.faults.iter().map(|(f, n)| (f.name, *n)).collect(),
            }
        };
        let named = |side: Side| side.of(&ends).to_string();
        Self {
            flow_id: flow.id.0,
            carrier: carrier(flow),
            protocol: flow.protocol,
            first: flow.seen.0,
            last: flow.seen.1,
            end: match flow.end {
                FlowEnd::Closed => "closed",
                FlowEnd::Idle => "idle",
                FlowEnd::Evicted => "evicted",
                FlowEnd::Capture => "end-of-capture",
            },
            midstream: flow.midstream,
            one_way: is_one_way(flow),
            server: flow.server.map(named),
            initiator: flow.initiator.map(named),
            messages: flow.messages,
            operations: flow.operations,
            ends: [end(Side::Low), end(Side::High)],
        }
    }
}

/// Whether only one side of a conversation between two hosts was seen.
fn is_one_way(flow: &FlowRecord) -> bool {
    let is_group = |host: Host| match host {
        Host::Mac(mac) => mac.is_group(),
        Host::Ip(IpAddr::V4(ip)) => ip.is_multicast() || ip.is_broadcast(),
        Host::Ip(IpAddr::V6(ip)) => ip.is_multicast(),
    };
    let one = flow.ends.0.seen.is_some() != flow.ends.1.seen.is_some();
    one && !is_group(flow.low.host) && !is_group(flow.high.host)
}
