//! The rules at work: which of them match a packet, a piece of stream, a message, an operation,
//! a fault.
//!
//! Each shard of the sensor has an [`Inspector`] and calls it at these five moments; it hands
//! over what it found as [`Hit`]s. It only looks at the rules that the indexes of the compiled
//! [`Engine`] name for what is at hand. Nothing here allocates in steady state.

mod actors;
mod cost;
mod extract;
mod fields;
mod fragments;
mod headers;
mod marks;
mod memory;
mod number;
mod octets;
mod operation;
mod packet;
mod scene;
mod stream;
#[cfg(test)]
mod tests;
mod trail;
mod transform;
mod window;
mod work;

pub use cost::{Cost, Costs};
pub use marks::Marks;
pub use memory::Memory;
pub use packet::PacketView;
pub use scene::{Scene, Totals};
pub use trail::{Brief, Trail};

use super::bits::Bits;
use super::compile::{self, Engine, Level, Needs, Plan};
use super::limits::{Counted, Counters};
use super::rule::{Action, BitAct, Over, Rule, Scope, StreamEvent, Track};
use super::scan::Scratch;
use crate::facts::{Fault, Message, Operation, Stamp, Time};
use actors::Actors;
use fields::Gathered;
use marks::About;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use window::Budget;
use work::Work;

/// Most candidates and findings kept room for between packets.
const ROOM: usize = 256;

/// Most counters of limits by pair of hosts that a shard keeps: over all 64 as many as the site
/// keeps for limits by one host.
const COUNTERS: usize = 1024;

/// What a rule was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One packet.
    Packet,
    /// Octets of a stream.
    Stream,
    /// A message.
    Message,
    /// An operation.
    Operation,
    /// A fault, or what the header reader or reassembly noted.
    Event,
}

/// A rule that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its place in [`Engine::rules`].
    pub rule: u32,
    /// In what.
    pub subject: Subject,
    /// The packet that decided it.
    pub stamp: Stamp,
    /// Sent by whom, to whom, over what.
    pub scene: Scene,
    /// What tells it from other matches of the rule.
    pub marks: Marks,
}

/// Looks at the traffic of one shard.
#[derive(Debug)]
pub struct Inspector {
    engine: Arc<Engine>,
    bench: Bench,
}

/// What an inspector works with, beside the rules.
#[derive(Debug)]
struct Bench {
    scratch: Scratch,
    patterns: Vec<u32>,
    candidates: Vec<u32>,
    work: Work,
    hits: VecDeque<Hit>,
    /// Matches that wait for the conversation's protocol to be known.
    pending: Vec<Hit>,
    costs: Option<Box<[Cost]>>,
    /// Limits by pair of hosts.
    counters: Counters,
    /// Of which matches the site has had enough.
    thinned: Counters,
    /// Bits of pairs of hosts.
    bits: Bits,
    actors: Actors,
    /// What the windows of all flows take.
    budget: Budget,
    /// What flows that ended had to forget.
    forgotten: u64,
}

impl Inspector {
    /// An inspector with these rules; it measures what they cost where `measure`.
    #[must_use]
    pub fn new(engine: Arc<Engine>, measure: bool) -> Self {
        let slots = engine.messages.values().map(|m| m.slots.len()).max();
        let mut work = Work::default();
        work.slots
            .resize_with(slots.unwrap_or(0), Gathered::default);
        let bench = Bench {
            scratch: Scratch::default(),
            patterns: Vec::new(),
            candidates: Vec::new(),
            work,
            hits: VecDeque::new(),
            pending: Vec::new(),
            counters: Counters::new(COUNTERS),
            thinned: Counters::new(COUNTERS),
            bits: Bits::new(COUNTERS),
            actors: Actors::new(),
            budget: Budget::default(),
            forgotten: 0,
            costs: measure.then(|| vec![Cost::default(); engine.rules.len()].into()),
        };
        Self { engine, bench }
    }

    /// Takes other rules. Who operates whom is still known; what the rules before counted and
    /// remembered is not, for the same numbers mean others now: the caller lets each flow
    /// [forget](Trail::forget_rules) it too. What rules cost is measured anew.
    pub fn renew(&mut self, engine: Arc<Engine>) {
        let mut next = Self::new(engine, self.bench.costs.is_some());
        std::mem::swap(&mut next.bench.actors, &mut self.bench.actors);
        *self = next;
    }

    /// Packet time went on to this.
    pub fn tick(&mut self, now: Time) {
        self.bench.actors.tick(now);
    }

    /// The rules at work.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What waits to be handed over was found in a conversation that speaks this.
    pub fn name_protocol(&mut self, speaks: &'static str) {
        for hit in &mut self.bench.hits {
            hit.scene.speaks.get_or_insert(speaks);
        }
    }

    /// The next thing found, in order.
    pub fn next_hit(&mut self) -> Option<Hit> {
        self.bench.hits.pop_front()
    }

    /// Whether nothing waits to be handed over, or to be decided.
    #[must_use]
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.bench.hits.is_empty() && self.bench.pending.is_empty()
    }

    /// Whether something was found.
    #[must_use]
    pub fn has_hits(&self) -> bool {
        !self.bench.hits.is_empty()
    }

    /// A flow ended, or begins anew: what was kept of its streams is gone.
    pub fn release(&mut self, trail: &Trail) {
        if let Some(memory) = &trail.memory {
            self.bench.budget.release(&memory.windows);
            self.bench.forgotten += memory.evicted;
        }
    }

    /// The ends of a flow opened a new connection.
    pub fn restart(&mut self, trail: &mut Trail) {
        self.release(trail);
        if let Some(memory) = &mut trail.memory {
            memory.restart();
        }
    }

    /// Looks at one packet, before its content is handed to the conversation. `scene` is only
    /// asked for where some rule may be about the packet.
    pub fn packet(&mut self, brief: &Brief<'_>, scene: impl Fn() -> Scene, trail: &mut Trail) {
        let engine = &self.engine;
        if engine.wants.0 && trail.may_matter(engine, brief, &scene) {
            let memory = &mut trail.memory;
            self.bench.packet(engine, &scene(), &brief.view, memory);
        }
    }

    /// Looks at a fragment, of which a whole packet may be made later.
    pub fn fragment(&mut self, scene: &Scene, packet: &PacketView<'_>) {
        self.bench.fragment(&self.engine, scene, packet);
    }

    /// Looks at the next octets of one side of a TCP stream, before the conversation does.
    pub fn stream(&mut self, scene: &Scene, octets: &[u8], trail: &mut Trail) {
        let memory = &mut trail.memory;
        self.bench.stream(&self.engine, scene, octets, memory);
    }

    /// Looks at one message.
    pub fn message(&mut self, scene: &Scene, message: &dyn Message, trail: &mut Trail) {
        let memory = &mut trail.memory;
        self.bench.message(&self.engine, scene, message, memory);
    }

    /// Looks at one operation; the scene is the actor's.
    pub fn operation(&mut self, scene: &Scene, operation: &Operation<'_>, trail: &mut Trail) {
        self.bench.operation(&self.engine, scene, operation, trail);
    }

    /// Looks at one fault.
    pub fn fault(&mut self, scene: &Scene, fault: &Fault, trail: &mut Trail) {
        let memory = &mut trail.memory;
        self.bench.event(&self.engine, scene, fault.name, memory);
    }

    /// Octets of a stream were lost.
    pub fn gap(&mut self, scene: &Scene, trail: &mut Trail) {
        let name = StreamEvent::Gap.name();
        self.bench
            .event(&self.engine, scene, name, &mut trail.memory);
    }

    /// The content of the packet was handed to the conversation, which may know its protocol
    /// now: decides what waited for that.
    pub fn settle(&mut self, speaks: Option<&'static str>, trail: &mut Trail) {
        if !self.bench.pending.is_empty() {
            self.bench.settle(&self.engine, speaks, &mut trail.memory);
        }
    }
}

impl Bench {
    /// Looks at one packet, before its content is handed to the conversation.
    fn packet(
        &mut self,
        engine: &Engine,
        scene: &Scene,
        packet: &PacketView<'_>,
        memory: &mut Option<Box<Memory>>,
    ) {
        self.candidates.clear();
        let group = compile::packet_group(scene.ip_protocol);
        if let Some(filed) = engine.packets.get(group) {
            self.scan(engine, filed, scene, packet.content());
        }
        let ends = [scene.source, scene.destination];
        let shown = Needs::shown(packet.headers, packet.octets);
        if let Some(loose) = engine.loose.get(group) {
            loose.candidates(ends, scene.speaks, shown, &mut self.candidates);
        }
        if let Some(first) = engine.first.get(group).filter(|_| scene.first) {
            first.candidates(ends, scene.speaks, shown, &mut self.candidates);
        }
        self.each(engine, |bench, number, plan, rule| {
            let part = &plan.octets;
            let of_tcp = scene.ip_protocol != 6 || part.packets_of_tcp();
            let fragment = packet.headers.ip().is_some_and(|ip| ip.fragment.is_some());
            let fits = part.packet
                && of_tcp
                && (!plan.addresses_only || scene.first)
                && rule.flow.fragments.is_none_or(|wanted| wanted == fragment)
                && version_fits(rule.over, packet)
                && scene.fits(plan, rule, memory.as_deref())
                && part.tests.iter().all(|test| packet.holds(test));
            if fits && bench.work.packet_buffers(&part.buffers, packet) {
                bench.matched(engine, number, About::Packet, scene, memory);
            }
        });
    }

    /// Adds the rules whose pattern is in the octets.
    fn scan(&mut self, engine: &Engine, filed: &compile::Filed, scene: &Scene, octets: &[u8]) {
        if octets.is_empty() || scene.encrypted {
            return;
        }
        let ports = (scene.source.port, scene.destination.port);
        for place in filed.groups(scene.class(engine), ports, scene.speaks) {
            if let Some(group) = engine.groups.get(place as usize) {
                group.scan(
                    octets,
                    &mut self.scratch,
                    &mut self.patterns,
                    &mut self.candidates,
                );
            }
        }
    }

    /// Looks at one message.
    fn message(
        &mut self,
        engine: &Engine,
        scene: &Scene,
        message: &dyn Message,
        memory: &mut Option<Box<Memory>>,
    ) {
        let Some(messages) = engine.messages.get(message.protocol()) else {
            return;
        };
        self.candidates.clear();
        let class = match messages.slots.is_empty() {
            true => 0,
            false => scene.class(engine),
        };
        for (slot, gathered) in messages.slots.iter().zip(&mut self.work.slots) {
            gathered.ready = false;
            for place in slot.filed.groups(class, (0, 0), None) {
                let Some(group) = engine.groups.get(place as usize) else {
                    continue;
                };
                if !gathered.ready {
                    gathered.fill(message, slot, &mut self.work.spare);
                }
                for element in gathered.elements() {
                    group.scan(
                        element,
                        &mut self.scratch,
                        &mut self.patterns,
                        &mut self.candidates,
                    );
                }
            }
        }
        for keyed in &messages.keys {
            let value = fields::first_number(message, usize::from(keyed.field));
            if let Some(rules) = value.and_then(|value| keyed.rules.get(&value)) {
                self.candidates.extend_from_slice(rules);
            }
        }
        self.candidates.extend_from_slice(&messages.loose);
        let last = memory
            .as_ref()
            .map_or(0, |memory| *scene.side.of(&memory.messages));
        let now = scene.stamp.frame;
        self.each(engine, |bench, number, plan, rule| {
            let before = || {
                let within = |frame| frame == now || frame > last;
                !plan.needs(Level::Octets)
                    || memory.as_ref().is_some_and(|m| m.remembers(number, within))
            };
            let fits = scene.fits(plan, rule, memory.as_deref())
                && before()
                && plan
                    .message
                    .fields
                    .iter()
                    .all(|test| fields::holds(message, test));
            if fits
                && bench
                    .work
                    .message_buffers(&plan.message.buffers, messages, message)
            {
                bench.matched(engine, number, About::Message(message), scene, memory);
            }
        });
        if let Some(memory) = memory {
            *scene.side.of_mut(&mut memory.messages) = now;
        }
    }

    /// Looks at one operation; the scene is the actor's.
    fn operation(
        &mut self,
        engine: &Engine,
        scene: &Scene,
        operation: &Operation<'_>,
        trail: &mut Trail,
    ) {
        let Some(acts) = engine.operations.get(&compile::address(operation.meaning)) else {
            return;
        };
        let Trail { memory, since, .. } = trail;
        let since = scene.side.of_mut(since);
        let now = scene.stamp.time;
        let may_be_new = acts.new_within > 0 && {
            if *since == Time::ZERO {
                let hosts = (scene.source.host, scene.destination.host);
                *since = self.actors.since(hosts, now);
            }
            self.actors.may_be_new(*since, now, acts.new_within)
        };
        let Some(rules) = acts.about(operation.outcome, may_be_new) else {
            return;
        };
        let frames = [operation.requested, operation.answered, Some(scene.stamp)];
        let within = |frame| frames.iter().flatten().any(|stamp| stamp.frame == frame);
        self.each_of(rules, engine, |bench, number, plan, rule| {
            let fits = rule
                .operation
                .iter()
                .all(|test| operation::holds(operation, test))
                && scene.fits(plan, rule, memory.as_deref())
                && plan.was_prepared(number, memory.as_deref(), within);
            if fits {
                bench.matched(engine, number, About::Operation(operation), scene, memory);
            }
        });
    }

    /// Looks at one event, by its name.
    fn event(
        &mut self,
        engine: &Engine,
        scene: &Scene,
        name: &str,
        memory: &mut Option<Box<Memory>>,
    ) {
        let Some(rules) = engine.faults.get(name) else {
            return;
        };
        let now = scene.stamp.frame;
        self.each_of(rules, engine, |bench, number, plan, rule| {
            if scene.fits(plan, rule, memory.as_deref())
                && plan.was_prepared(number, memory.as_deref(), |frame| frame == now)
            {
                bench.matched(engine, number, About::Event, scene, memory);
            }
        });
    }

    /// The content of the packet was handed to the conversation, which may know its protocol
    /// now: decides what waited for that.
    fn settle(
        &mut self,
        engine: &Engine,
        speaks: Option<&'static str>,
        memory: &mut Option<Box<Memory>>,
    ) {
        for mut hit in std::mem::take(&mut self.pending) {
            hit.scene.speaks = speaks;
            let (Some(plan), Some(rule)) = (engine.plan(hit.rule), engine.rule(hit.rule)) else {
                continue;
            };
            if hit.scene.speaks_what(plan, rule) {
                self.conclude(engine, hit, rule, memory);
            }
        }
    }

    /// Runs `look` for each candidate, each once and in the order of decision.
    fn each<'e>(
        &mut self,
        engine: &'e Engine,
        mut look: impl FnMut(&mut Self, u32, &'e Plan, &'e Rule),
    ) {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.sort_unstable();
        candidates.dedup();
        self.each_of(&candidates, engine, &mut look);
        candidates.clear();
        candidates.shrink_to(ROOM);
        self.candidates = candidates;
    }

    /// Runs `look` for each of these rules, which are in the order of decision.
    fn each_of<'e>(
        &mut self,
        rules: &[u32],
        engine: &'e Engine,
        mut look: impl FnMut(&mut Self, u32, &'e Plan, &'e Rule),
    ) {
        for number in rules {
            let (Some(plan), Some(rule)) = (engine.plan(*number), engine.rule(*number)) else {
                continue;
            };
            if self.costs.is_none() {
                look(self, *number, plan, rule);
                continue;
            }
            let began = Instant::now();
            look(self, *number, plan, rule);
            if let Some(cost) = self.cost(*number) {
                cost.checks += 1;
                cost.time += began.elapsed();
            }
        }
    }

    fn cost(&mut self, number: u32) -> Option<&mut Cost> {
        self.costs.as_mut()?.get_mut(number as usize)
    }

    /// One level of a rule matched: the last one decides, a lower one is remembered.
    fn matched(
        &mut self,
        engine: &Engine,
        number: u32,
        about: About<'_>,
        scene: &Scene,
        memory: &mut Option<Box<Memory>>,
    ) {
        let (Some(plan), Some(rule)) = (engine.plan(number), engine.rule(number)) else {
            return;
        };
        let level = about.level();
        if plan.last > level {
            memory
                .get_or_insert_default()
                .remember(number, scene.stamp.frame);
            return;
        }
        // One cause, told once: a rule that looks at packets and at the stream.
        let twice = plan.octets.packet && plan.octets.packets_of_tcp() && plan.octets.stream;
        if twice && scene.ip_protocol == 6 && level == Level::Octets {
            let memory = memory.get_or_insert_default();
            if memory.was_told(number, scene.stamp.frame) {
                return;
            }
        }
        let hit = Hit {
            rule: number,
            subject: about.subject(),
            stamp: scene.stamp,
            scene: *scene,
            marks: about.marks(rule, scene),
        };
        if level == Level::Octets && !plan.speaks_nothing(rule) {
            self.pending.push(hit);
        } else if scene.speaks_what(plan, rule) {
            self.conclude(engine, hit, rule, memory);
        }
    }

    /// A rule matched as a whole: its bits, its limits, and what it says.
    fn conclude(
        &mut self,
        engine: &Engine,
        hit: Hit,
        rule: &Rule,
        memory: &mut Option<Box<Memory>>,
    ) {
        if let Some(cost) = self.cost(hit.rule) {
            cost.matches += 1;
        }
        let now = hit.stamp;
        if rule.action == Action::Pass {
            memory.get_or_insert_default().passed = Some(now.frame);
            return;
        }
        for bit in rule.bits.iter().filter(|bit| bit.scope == Scope::Flow) {
            act(bit.name, &bit.act, now, memory);
        }
        if memory
            .as_ref()
            .is_some_and(|memory| memory.passed == Some(now.frame))
        {
            return;
        }
        let Some(plan) = engine.plan(hit.rule) else {
            return;
        };
        for (place, limit) in (0..).zip(&rule.limits) {
            if limit.track == Track::Flow
                && let Some(counter) = memory
                    .get_or_insert_default()
                    .counter(hit.rule, limit.place(place, hit.marks.refused))
                && !counter.tell(&limit.kind, now.time)
            {
                return;
            }
        }
        let counted = Counted {
            source: hit.scene.source.host,
            destination: hit.scene.destination.host,
            unique: hit.marks.unique,
            refused: hit.marks.refused,
            now: now.time,
        };
        if plan.site {
            if !plan.thinned || self.thinned.hand_on(hit.rule, rule, &counted) {
                self.hits.push_back(hit);
            }
            return;
        }
        let ends = (counted.source, counted.destination);
        if !self.bits.hold(rule, ends, now.time) {
            return;
        }
        self.bits.change(rule, ends, now.time);
        if self.counters.let_through(hit.rule, rule, &counted) && !rule.silent {
            self.hits.push_back(hit);
        }
    }
}

/// Changes a bit or number of the flow.
fn act(name: u16, act: &BitAct, now: Stamp, memory: &mut Option<Box<Memory>>) {
    let held = memory
        .as_ref()
        .and_then(|memory| memory.number(name, now.time));
    let (number, until) = match act {
        BitAct::Set(seconds) => {
            let until = seconds.map(|s| now.time.plus(Duration::from_secs(u64::from(s))));
            (Some(1), until)
        }
        BitAct::Unset => (None, None),
        BitAct::Toggle => (held.is_none().then_some(1), None),
        BitAct::Assign(number) => (Some(*number), None),
        BitAct::Add(number) => (Some(held.unwrap_or(0).saturating_add_signed(*number)), None),
        BitAct::IsSet(_) | BitAct::IsNotSet(_) | BitAct::Test(_) | BitAct::Exists(_) => return,
    };
    if number.is_some() || held.is_some() {
        memory.get_or_insert_default().keep(name, number, until);
    }
}

/// Whether the packet is of the version that the rule's header names.
fn version_fits(over: Over, packet: &PacketView<'_>) -> bool {
    match over {
        Over::IpVersion(version) => packet.version() == Some(version),
        _ => true,
    }
}
