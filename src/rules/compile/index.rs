//! Indexes over plans: which rules a buffer, a message or a packet without patterns has to look
//! at.

use super::Engine;
use super::fast::Needle;
use super::plan::{Level, Plan, Source};
use crate::rules::rule::{FieldRef, Over, Transform};
use crate::rules::scan::{Database, Pattern};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Most ports of one end under which a rule is filed one by one; a wider range counts as any.
const PORTS: usize = 1024;

/// Rules by the pattern that is looked for first.
#[derive(Debug, Default)]
pub(in crate::rules) struct Group {
    database: Option<Database>,
    /// For each pattern its rules.
    rules: Box<[Box<[u32]>]>,
    /// Octets of the longest pattern.
    pub(in crate::rules) longest: usize,
    pub(in crate::rules) ports: PortFilter,
}

/// The ports that some rules are about.
#[derive(Debug, Default)]
pub(in crate::rules) struct PortFilter {
    any: bool,
    ports: Vec<u16>,
}

/// Rules without a pattern, by port.
#[derive(Debug, Default)]
pub(in crate::rules) struct Loose {
    any: Vec<u32>,
    by_port: HashMap<u16, Vec<u32>, FixedState>,
}

/// What messages of one protocol have to look at.
#[derive(Debug, Default)]
pub(in crate::rules) struct Messages {
    pub(in crate::rules) slots: Vec<Slot>,
    /// For each field the rules by the value it must have.
    pub(in crate::rules) keys: Vec<Keyed>,
    /// Rules that any message can match.
    pub(in crate::rules) loose: Vec<u32>,
}

/// Rules filed under the values of one field.
#[derive(Debug)]
pub(in crate::rules) struct Keyed {
    /// Place of the field in the protocol's table.
    pub(in crate::rules) field: u16,
    pub(in crate::rules) rules: HashMap<u64, Vec<u32>, FixedState>,
}

/// A buffer that messages of one protocol are read into.
#[derive(Debug)]
pub(in crate::rules) struct Slot {
    /// Places in the protocol's table; the first that the message has counts.
    pub(in crate::rules) fields: Vec<u16>,
    pub(in crate::rules) transforms: Box<[Transform]>,
    pub(in crate::rules) group: Group,
    patterns: BTreeMap<Needle, Vec<u32>>,
}

impl Group {
    fn compile(patterns: BTreeMap<Needle, Vec<u32>>, ports: PortFilter) -> Self {
        if patterns.is_empty() {
            return Self::default();
        }
        let all: Vec<Pattern<'_>> = patterns
            .keys()
            .map(|needle| Pattern {
                octets: &needle.octets,
                nocase: needle.nocase,
            })
            .collect();
        Self {
            database: Some(Database::compile(&all)),
            longest: all.iter().map(|p| p.octets.len()).max().unwrap_or(0),
            rules: patterns.into_values().map(Vec::into_boxed_slice).collect(),
            ports,
        }
    }

    pub(in crate::rules) const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Adds the rules whose pattern is in the octets.
    pub(in crate::rules) fn scan(
        &self,
        octets: &[u8],
        scratch: &mut crate::rules::scan::Scratch,
        hits: &mut Vec<u32>,
        candidates: &mut Vec<u32>,
    ) {
        let Some(database) = &self.database else {
            return;
        };
        hits.clear();
        database.scan(octets, scratch, hits);
        for hit in hits.iter() {
            if let Some(rules) = self.rules.get(*hit as usize) {
                candidates.extend_from_slice(rules);
            }
        }
    }

    pub(super) fn engine(&self) -> Option<&'static str> {
        self.database.as_ref().map(Database::engine)
    }
}

impl PortFilter {
    fn add(&mut self, plan: &Plan) {
        match few_ports(plan) {
            Some(ports) => self.ports.extend(ports),
            None => self.any = true,
        }
    }

    fn finish(&mut self) {
        self.ports.sort_unstable();
        self.ports.dedup();
    }

    /// Whether some rule can be about these ports.
    pub(in crate::rules) fn has(&self, source: u16, destination: u16) -> bool {
        let is_in = |port: &u16| self.ports.binary_search(port).is_ok();
        self.any || is_in(&source) || is_in(&destination)
    }
}

impl Loose {
    fn add(&mut self, number: u32, plan: &Plan) {
        match few_ports(plan) {
            Some(ports) => ports
                .into_iter()
                .for_each(|port| self.by_port.entry(port).or_default().push(number)),
            None => self.any.push(number),
        }
    }

    pub(in crate::rules) fn is_empty(&self) -> bool {
        self.any.is_empty() && self.by_port.is_empty()
    }

    /// Adds the rules that can be about these ports.
    pub(in crate::rules) fn candidates(&self, source: u16, destination: u16, out: &mut Vec<u32>) {
        out.extend_from_slice(&self.any);
        for port in [source, destination] {
            out.extend(self.by_port.get(&port).into_iter().flatten());
        }
    }
}

/// The ports without one of which on either end a rule cannot match; `None` for any.
fn few_ports(plan: &Plan) -> Option<Vec<u16>> {
    let right = plan.ends.1.few_ports(PORTS);
    right.or_else(|| plan.ends.0.few_ports(PORTS))
}

/// Collects what the indexes will hold.
#[derive(Default)]
pub(super) struct Builder {
    packets: [(BTreeMap<Needle, Vec<u32>>, PortFilter); 3],
    streams: (BTreeMap<Needle, Vec<u32>>, PortFilter),
    loose: Loose,
    loose_streams: Loose,
    messages: HashMap<&'static str, Messages, FixedState>,
}

impl Builder {
    /// Files one rule.
    pub(super) fn add(&mut self, number: u32, plan: &mut Plan) {
        self.octets(number, plan);
        if plan.last == Level::Message || plan.needs(Level::Message) {
            self.message(number, plan);
        }
    }

    fn octets(&mut self, number: u32, plan: &Plan) {
        let part = &plan.octets;
        let Some(needle) = &part.needle else {
            if part.packet {
                self.loose.add(number, plan);
            }
            if part.stream {
                self.loose_streams.add(number, plan);
            }
            return;
        };
        let file = |(patterns, ports): &mut (BTreeMap<Needle, Vec<u32>>, PortFilter)| {
            patterns.entry(needle.clone()).or_default().push(number);
            ports.add(plan);
        };
        if part.stream {
            file(&mut self.streams);
        }
        if part.packet {
            let [tcp, udp, other] = &mut self.packets;
            if part.packets_of_tcp() {
                file(tcp);
            }
            file(udp);
            file(other);
        }
    }

    fn message(&mut self, number: u32, plan: &mut Plan) {
        for protocol in plan.message.protocols.clone() {
            let messages = self.messages.entry(protocol).or_default();
            let mut slots = Vec::new();
            for buffer in &mut plan.message.buffers {
                let Source::Fields(fields, places) = &mut buffer.source else {
                    slots.push(None);
                    continue;
                };
                let slot = messages.slot(protocol, fields, &buffer.transforms);
                places.push((protocol, slot));
                slots.push(Some(slot));
            }
            let needle = plan.message.needle.as_ref();
            let place = needle.and_then(|(place, needle)| Some(((*slots.get(*place)?)?, needle)));
            if let Some((slot, needle)) = place
                && let Some(slot) = messages.slots.get_mut(slot)
            {
                slot.patterns
                    .entry(needle.clone())
                    .or_default()
                    .push(number);
            } else if let Some((field, values)) =
                plan.message.key().filter(|(f, _)| f.protocol == protocol)
            {
                messages.key(field, values, number);
            } else {
                messages.loose.push(number);
            }
        }
    }

    /// Compiles the indexes into the engine.
    pub(super) fn finish(self, engine: &mut Engine) {
        engine.packets = self.packets.map(|(patterns, mut ports)| {
            ports.finish();
            Group::compile(patterns, ports)
        });
        let (patterns, mut ports) = self.streams;
        ports.finish();
        engine.streams = Group::compile(patterns, ports);
        engine.loose = self.loose;
        engine.loose_streams = self.loose_streams;
        engine.messages = self.messages;
        for messages in engine.messages.values_mut() {
            for slot in &mut messages.slots {
                let patterns = std::mem::take(&mut slot.patterns);
                slot.group = Group::compile(patterns, PortFilter::default());
            }
        }
    }
}

impl Messages {
    /// The place of a buffer among those of the protocol.
    fn slot(&mut self, protocol: &str, fields: &[FieldRef], transforms: &[Transform]) -> usize {
        let mine: Vec<u16> = fields
            .iter()
            .filter(|field| field.protocol == protocol)
            .map(|field| field.index)
            .collect();
        let same = |slot: &Slot| slot.fields == mine && *slot.transforms == *transforms;
        if let Some(place) = self.slots.iter().position(same) {
            return place;
        }
        self.slots.push(Slot {
            fields: mine,
            transforms: transforms.into(),
            group: Group::default(),
            patterns: BTreeMap::new(),
        });
        self.slots.len() - 1
    }

    fn key(&mut self, field: FieldRef, values: &[u64], number: u32) {
        let place = self
            .keys
            .iter()
            .position(|keyed| keyed.field == field.index);
        let place = place.unwrap_or_else(|| {
            self.keys.push(Keyed {
                field: field.index,
                rules: HashMap::default(),
            });
            self.keys.len() - 1
        });
        if let Some(keyed) = self.keys.get_mut(place) {
            for value in values {
                keyed.rules.entry(*value).or_default().push(number);
            }
        }
    }
}

/// Which of the groups of packets one of this IP protocol belongs to.
pub(in crate::rules) const fn packet_group(ip_protocol: u8) -> usize {
    match ip_protocol {
        6 => 0,
        17 => 1,
        _ => 2,
    }
}

/// Whether packets of this IP protocol can match a rule laid over `over` at all.
pub(in crate::rules) const fn is_over(over: Over, ip_protocol: u8) -> bool {
    match over {
        Over::Tcp | Over::TcpPacket | Over::TcpStream => ip_protocol == 6,
        Over::Udp => ip_protocol == 17,
        Over::Icmp => matches!(ip_protocol, 1 | 58),
        Over::IpProtocol(number) => ip_protocol == number,
        Over::Ip | Over::IpVersion(_) | Over::Protocol(_) | Over::Any => true,
    }
}
