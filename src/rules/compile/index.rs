//! Indexes over plans: which rules a buffer, a message or a packet without patterns has to look
//! at.

use super::Engine;
use super::class::Inside;
use super::group::{Filed, Filing, Groups};
use super::loose::Loose;
use super::plan::{Level, OctetPart, Plan, Source};
use crate::rules::rule::{FieldRef, Over, PacketTest, Rule, Transform};
use crate::rules::scan::{Cache, Outcome};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

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
    pub(in crate::rules) filed: Filed,
    filing: Filing,
}

/// Collects what the indexes will hold.
pub(super) struct Builder {
    inside: Inside,
    packets: [Filing; 3],
    streams: Filing,
    heads: Filing,
    loose: [Loose; 3],
    first: [Loose; 3],
    loose_streams: Loose,
    messages: HashMap<&'static str, Messages, FixedState>,
}

impl Builder {
    pub(super) fn new(inside: Inside) -> Self {
        Self {
            inside,
            packets: Default::default(),
            streams: Filing::default(),
            heads: Filing::default(),
            loose: Default::default(),
            first: Default::default(),
            loose_streams: Loose::default(),
            messages: HashMap::default(),
        }
    }

    /// Files one rule.
    pub(super) fn add(&mut self, number: u32, rule: &Rule, plan: &mut Plan) {
        let classes = self.inside.classes(rule, plan);
        self.octets(number, rule.over, plan, &classes);
        if plan.last == Level::Message || plan.needs(Level::Message) {
            self.message(number, plan, &classes);
        }
    }

    fn octets(&mut self, number: u32, over: Over, plan: &Plan, classes: &[usize]) {
        let part = &plan.octets;
        let patterns = part.needle.is_some();
        for (group, ip_protocols) in GROUPS.iter().enumerate() {
            let is_over = ip_protocols.iter().any(|number| is_over(over, *number));
            let is_over = is_over && ip_protocols.iter().any(|number| may_carry(part, *number))
                || group == OTHERS && matches!(over, Over::IpProtocol(_));
            if !part.packet || !is_over || (group == 0 && !part.packets_of_tcp()) {
                continue;
            }
            let loose = if plan.addresses_only {
                &mut self.first
            } else {
                &mut self.loose
            };
            match (self.packets.get_mut(group), loose.get_mut(group)) {
                (Some(packets), _) if patterns => packets.add(number, over, plan, classes),
                (_, Some(loose)) => loose.add(number, over, plan),
                _ => {}
            }
        }
        if part.stream && !patterns {
            self.loose_streams.add(number, over, plan);
        } else if part.stream && part.anchored {
            self.heads.add(number, over, plan, classes);
        } else if part.stream {
            self.streams.add(number, over, plan, classes);
        }
    }

    fn message(&mut self, number: u32, plan: &mut Plan, classes: &[usize]) {
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
            let slot = needle.and_then(|(place, _)| *slots.get(*place)?);
            if let Some(slot) = slot.and_then(|slot| messages.slots.get_mut(slot)) {
                // The slot is of one protocol already.
                slot.filing.add_any(number, Over::Any, classes);
            } else if let Some((field, values)) =
                plan.message.key().filter(|(f, _)| f.protocol == protocol)
            {
                messages.key(field, &values, number);
            } else {
                messages.loose.push(number);
            }
        }
    }

    /// Compiles the indexes into the engine.
    pub(super) fn finish(
        self,
        plans: &[Plan],
        cache: Option<&Cache>,
        engine: &mut Engine,
    ) -> Outcome {
        let mut groups = Groups::default();
        let of_octets = |number: u32| plans.get(number as usize)?.octets.needle.as_ref();
        let of_message = |number: u32| {
            let needle = plans.get(number as usize)?.message.needle.as_ref();
            needle.map(|(_, needle)| needle)
        };
        engine.inside = self.inside;
        engine.packets = self
            .packets
            .map(|filing| filing.finish(&mut groups, of_octets));
        engine.streams = self.streams.finish(&mut groups, of_octets);
        engine.heads = self.heads.finish(&mut groups, of_octets);
        engine.loose = self.loose;
        engine.first = self.first;
        engine.loose_streams = self.loose_streams;
        engine.messages = self.messages;
        for messages in engine.messages.values_mut() {
            for slot in &mut messages.slots {
                let filing = std::mem::take(&mut slot.filing);
                slot.filed = filing.finish(&mut groups, of_message);
            }
        }
        let (groups, outcome) = groups.compile(cache);
        engine.groups = groups;
        outcome
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
            filed: Filed::default(),
            filing: Filing::default(),
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

/// Whether the tests of a rule let a packet of TCP or UDP through. Of all others nothing is
/// said.
fn may_carry(part: &OctetPart, ip_protocol: u8) -> bool {
    let own = |test: &PacketTest| match test {
        PacketTest::IpProtocol(number) => number.holds(u64::from(ip_protocol)),
        _ => true,
    };
    !matches!(ip_protocol, 6 | 17) || part.tests.iter().all(own)
}

/// The groups of packets, with what stands for each: TCP, UDP, and all others, of which ICMP can
/// match rules that no other can.
const GROUPS: [&[u8]; 3] = [&[6], &[17], &[0, 1]];

/// The group of packets that carry anything else.
const OTHERS: usize = 2;

/// Which of the groups of packets one of this IP protocol belongs to.
pub(in crate::rules) const fn packet_group(ip_protocol: u8) -> usize {
    match ip_protocol {
        6 => 0,
        17 => 1,
        _ => OTHERS,
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
