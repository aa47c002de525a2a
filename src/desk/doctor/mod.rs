//! What is wrong with a mirror port, judged from what comes out of it: for `jaga doctor`.
//!
//! Takes the workers' events, keeps a handful of counts and examples, and judges them at the end
//! by `judge`; told by `told` in English or Indonesian, or as JSON. Says nothing where too little
//! was seen to judge by.

mod judge;
#[cfg(test)]
mod tests;
mod told;

pub use judge::{Check, Verdict};
pub use told::Told;

use crate::capture::Posture;
use crate::desk::report::{Silence, silent_side, vlan};
use crate::facts::{Endpoint, Host, Side};
use crate::flow::{Copies, DuplicateKind, Ledger, PerKind, Tags};
use crate::protocols::Carrier;
use crate::sensor::{Books, Event, FlowRecord};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Examples named of what is wrong: whoever mends a mirror port needs one to look at.
const EXAMPLES: usize = 3;

/// Pairs of VLANs, and VLANs, told apart: more than one port mirrors. The rest is not counted.
const VLANS: usize = 256;

/// Packets of one direction without any of the other, from which on a conversation shows one
/// direction only: less may be what was left of it when hearing began or ended.
const ONE_WAY: u64 = 3;

/// Gathers what tells of the mirror port.
#[derive(Debug, Default)]
pub struct Doctor {
    /// Conversations of all kinds.
    conversations: u64,
    /// Those between two hosts, not to a group.
    unicast: u64,
    /// TCP conversations of which enough was seen, and those that show one direction only.
    tcp: u64,
    one_way: Worst,
    /// Conversations of which both directions were seen, and those whose directions have other
    /// VLANs.
    both: u64,
    uneven: BTreeMap<(Tags, Tags), u64>,
    /// Octets of TCP that were seen, and that were not though they were sent.
    content: u64,
    lost: Worst,
    copies: PerKind,
    copied: BTreeMap<(Tags, Tags), u64>,
    /// Packets by VLAN.
    vlans: BTreeMap<Tags, u64>,
}

/// How much there is of something, and where it is worst.
#[derive(Debug, Default)]
struct Worst {
    cases: u64,
    weight: u64,
    examples: Vec<(u64, Endpoint, Endpoint)>,
}

/// One interface as it was found.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// What is switched on at it, where the system tells.
    pub posture: Option<Posture>,
    /// Frames that this system sent there meanwhile, whoever did.
    pub sent: u64,
    /// Frames that were lost because this machine was too slow.
    pub dropped: u64,
    /// Frames that the card or the kernel put together from several.
    pub merged: u64,
}

/// What was listened to, and for how long.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Names of the interfaces or captures.
    pub names: Vec<String>,
    /// The interfaces, where it was listened at some.
    pub places: Vec<Place>,
    /// For how long, or from the first packet to the last.
    pub span: Duration,
    /// What became of each frame.
    pub books: Books,
    /// Frames that captures say were dropped when they were made.
    pub dropped: u64,
}

/// What was found.
#[derive(Debug)]
pub struct Diagnosis {
    /// What was listened to.
    pub setting: Setting,
    /// Conversations seen.
    pub conversations: u64,
    /// VLANs seen, the most packets first: `untagged`, `10`, stacked `100.10`.
    pub vlans: Vec<String>,
    /// What was looked at, and what came of it: the gravest first.
    pub checks: Vec<Check>,
}

impl Doctor {
    /// Takes one event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Flow(flow) => self.ended(flow),
            Event::Copies(Copies {
                original,
                copy,
                count,
            }) => {
                let pair = (*original.min(copy), *original.max(copy));
                add(&mut self.copied, pair, *count);
            }
            _ => {}
        }
    }

    /// What was found, once all is heard.
    #[must_use]
    pub fn finish(self, setting: Setting) -> Diagnosis {
        let checks = judge::all(&self, &setting);
        let mut vlans: Vec<_> = self.vlans.into_iter().collect();
        vlans.sort_by_key(|(tags, packets)| (std::cmp::Reverse(*packets), *tags));
        Diagnosis {
            setting,
            conversations: self.conversations,
            vlans: vlans.into_iter().map(|(tags, _)| vlan(tags)).collect(),
            checks,
        }
    }

    fn ended(&mut self, flow: &FlowRecord) {
        self.conversations += 1;
        let (low, high) = (&flow.ends.0, &flow.ends.1);
        for (end, endpoint) in [(low, flow.low), (high, flow.high)] {
            if end.seen.is_some() {
                add(&mut self.vlans, end.tags, end.ledger.packets);
            }
            self.copies.add(&end.ledger.duplicates);
            self.loss(flow, endpoint, &end.ledger);
        }
        let to_group = [(flow.low, low), (flow.high, high)]
            .iter()
            .any(|(endpoint, end)| is_group(endpoint.host, end.seen.is_some()));
        self.unicast += u64::from(!to_group);
        if low.seen.is_some() && high.seen.is_some() {
            self.both += 1;
            if low.tags != high.tags {
                add(&mut self.uneven, (low.tags, high.tags), 1);
            }
        }
        self.direction(flow);
    }

    /// Counts which directions of a TCP conversation were seen.
    fn direction(&mut self, flow: &FlowRecord) {
        let packets = flow.ends.0.ledger.packets + flow.ends.1.ledger.packets;
        if flow.carrier != Some(Carrier::Tcp) || packets < ONE_WAY {
            return;
        }
        match silent_side(flow) {
            // Nobody there, or behind a firewall: says nothing of the mirror.
            Some(Silence::Attempt) => {}
            Some(Silence::OneWay) => {
                self.tcp += 1;
                let side = match flow.ends.0.seen {
                    Some(_) => Side::Low,
                    None => Side::High,
                };
                let ends = (flow.low, flow.high);
                let (from, to) = (*side.of(&ends), *side.other().of(&ends));
                self.one_way.add(packets, from, to);
            }
            None => self.tcp += 1,
        }
    }

    fn loss(&mut self, flow: &FlowRecord, from: Endpoint, ledger: &Ledger) {
        if flow.carrier != Some(Carrier::Tcp) {
            return;
        }
        self.content = self.content.saturating_add(ledger.content);
        if ledger.lost > 0 {
            let to = if from == flow.low {
                flow.high
            } else {
                flow.low
            };
            self.lost.add(ledger.lost, from, to);
        }
    }

    /// Copies of these kinds.
    fn copies_of(&self, kinds: &[DuplicateKind]) -> u64 {
        kinds.iter().map(|kind| self.copies.of(*kind)).sum()
    }
}

impl Worst {
    fn add(&mut self, weight: u64, from: Endpoint, to: Endpoint) {
        self.cases += 1;
        self.weight = self.weight.saturating_add(weight);
        self.examples.push((weight, from, to));
        self.examples
            .sort_by_key(|(weight, from, to)| (std::cmp::Reverse(*weight), *from, *to));
        self.examples.truncate(EXAMPLES);
    }

    fn named(&self) -> Vec<String> {
        let examples = self.examples.iter();
        let named = examples.map(|(_, from, to)| format!("{} → {}", shown(*from), shown(*to)));
        named.collect()
    }
}

/// An end with its port.
fn shown(endpoint: Endpoint) -> String {
    match endpoint.host {
        Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]:{}", endpoint.port),
        host => format!("{host}:{}", endpoint.port),
    }
}

/// Whether an end stands for many: a group, or the last address of a usual IPv4 network that
/// nobody speaks from.
fn is_group(host: Host, speaks: bool) -> bool {
    let directed = matches!(host, Host::Ip(IpAddr::V4(ip)) if ip.octets()[3] == 255);
    host.is_group() || (directed && !speaks)
}

/// Counts more of a key, as long as there is room for it.
fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, more: u64) {
    if counts.len() < VLANS || counts.contains_key(&key) {
        let count = counts.entry(key).or_default();
        *count = count.saturating_add(more);
    }
}
