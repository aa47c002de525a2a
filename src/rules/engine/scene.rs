//! What surrounds a packet, message or operation: who, to whom, in which flow.

use super::Memory;
use crate::facts::{Endpoint, Side, Stamp, Time};
use crate::rules::compile::{self, Engine, Level, Plan};
use crate::rules::rule::{BitAct, Counter, Ends, Number, Over, Rule, Scope};

/// What surrounds what is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Who sent it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    /// On which side of the flow the sender is.
    pub side: Side,
    /// The client's side: who opened the connection or, where that was not seen, who asks by
    /// the protocol's content, or who was heard first.
    pub client: Side,
    /// IANA IP protocol number; 0 for frames without IP.
    pub ip_protocol: u8,
    /// TCP: the handshake is over, or was not seen. Else: both sides were heard.
    pub established: bool,
    /// This is the first packet of its sender in this flow.
    pub first: bool,
    /// The sender's content is known to be encrypted: no pattern is looked for in it.
    pub encrypted: bool,
    /// The packet that decides.
    pub stamp: Stamp,
    /// What the flow came to before.
    pub totals: Totals,
    /// The protocol that the conversation speaks, where it is known.
    pub speaks: Option<&'static str>,
}

/// What a flow came to, by side as (low, high).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Time of its first packet.
    pub first: Time,
    /// Packets.
    pub packets: (u64, u64),
    /// Octets on the wire, whole frames.
    pub octets: (u64, u64),
    /// Octets of content handed on.
    pub content: (u64, u64),
}

impl Scene {
    /// Whether it goes to the server.
    #[must_use]
    pub fn to_server(&self) -> bool {
        self.side == self.client
    }

    /// What is known of it before any octet is looked at.
    pub(super) fn class(&self, engine: &Engine) -> usize {
        engine
            .inside
            .class(self.source, self.destination, self.to_server())
    }

    /// Whether the header, the flow and the bits of a rule fit.
    pub(super) fn fits(&self, plan: &Plan, rule: &Rule, memory: Option<&Memory>) -> bool {
        let asks = plan.asks;
        (!asks.over || self.is_over(rule.over) && self.may_speak(rule.over))
            && (!asks.ends || self.is_between(plan))
            && (!asks.flow || self.is_in_flow(rule) && self.has_bits(rule, memory))
    }

    fn is_over(&self, over: Over) -> bool {
        let is_ip = self.source.host.ip().is_some();
        (is_ip || matches!(over, Over::Any | Over::Protocol(_)))
            && compile::is_over(over, self.ip_protocol)
    }

    /// Whether the conversation speaks what a header names, or it is not known yet what.
    fn may_speak(&self, over: Over) -> bool {
        match over {
            Over::Protocol(protocol) => self.speaks.is_none_or(|speaks| speaks == protocol),
            _ => true,
        }
    }

    fn is_between(&self, plan: &Plan) -> bool {
        let (left, right) = &plan.ends;
        (left.has(self.source) && right.has(self.destination))
            || (plan.both_ways && left.has(self.destination) && right.has(self.source))
    }

    fn is_in_flow(&self, rule: &Rule) -> bool {
        let flow = &rule.flow;
        let seconds = || self.stamp.time.since(self.totals.first).as_secs();
        (!flow.to_server || self.to_server())
            && (!flow.to_client || !self.to_server())
            && flow
                .established
                .is_none_or(|wanted| wanted == self.established)
            && flow
                .sizes
                .iter()
                .all(|(ends, number)| self.counts(*ends, &self.totals.content, number))
            && flow.counters.iter().all(|(counter, number)| match counter {
                Counter::Age => number.holds(seconds()),
                Counter::Packets(ends) => self.counts(*ends, &self.totals.packets, number),
                Counter::Octets(ends) => self.counts(*ends, &self.totals.octets, number),
            })
    }

    /// Whether a count of one or both directions compares so.
    fn counts(&self, ends: Ends, counts: &(u64, u64), number: &Number) -> bool {
        let client = number.holds(*self.client.of(counts));
        let server = number.holds(*self.client.other().of(counts));
        match ends {
            Ends::Client => client,
            Ends::Server => server,
            Ends::Both => client && server,
            Ends::Either => client || server,
        }
    }

    /// Whether what a rule asks of the flow's bits holds.
    fn has_bits(&self, rule: &Rule, memory: Option<&Memory>) -> bool {
        let number = |name| memory.and_then(|memory| memory.number(name, self.stamp.time));
        let set = |name: &u16| number(*name).is_some();
        let mut flow = rule.bits.iter().filter(|bit| bit.scope == Scope::Flow);
        flow.all(|bit| match &bit.act {
            BitAct::IsSet(names) => names.iter().any(set),
            BitAct::IsNotSet(names) => !names.iter().any(set),
            BitAct::Test(test) => number(bit.name).is_some_and(|number| test.holds(number)),
            BitAct::Exists(wanted) => set(&bit.name) == *wanted,
            _ => true,
        })
    }

    /// Whether the conversation speaks what the rule asks for.
    pub(super) fn speaks_what(&self, plan: &Plan, rule: &Rule) -> bool {
        plan.is_spoken(rule.over, self.speaks)
    }
}

impl Plan {
    /// Whether the rule asks nothing of the conversation's protocol.
    pub(super) const fn speaks_nothing(&self, rule: &Rule) -> bool {
        self.speaks.is_empty() && !matches!(rule.over, Over::Protocol(_))
    }

    /// Whether the parts of lower levels matched, in frames of which `within` is true.
    pub(super) fn was_prepared(
        &self,
        number: u32,
        memory: Option<&Memory>,
        within: impl Fn(u64) -> bool,
    ) -> bool {
        let lower = self.needs(Level::Octets) || self.needs(Level::Message);
        !lower || memory.is_some_and(|memory| memory.remembers(number, within))
    }
}
