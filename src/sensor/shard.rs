//! One shard: the flows of some host pairs with all their state, owned by one worker.
//!
//! Called for each frame of the shard and on each tick. A panic in a protocol's code costs the
//! conversation it happened in and nothing else.

use super::Watch;
use super::books::{Aside, Books, Dropped, Undecoded, Verdict};
use super::conversation::{Conversation, Moment};
use super::emit::{Emit, Outbox, Told};
use super::folds::Room;
use super::guise::Guise;
use super::handoff::{EndRecord, Event, FlowEnd, FlowId, FlowRecord, Order, SilenceRecord, SoFar};
use super::inspect::{self, Evidence, Glance, Inspect};
use super::rounds::{Descriptor, Origin};
use crate::detect::{Pairs, Slot};
use crate::facts::{Side, Stamp, Time};
use crate::flow::{
    self, Budget, Chunk, Connection, Duplicates, End, Ending, Flow, Found, Ledger, Packet, Segment,
    Stage, Table,
};
use crate::protocols::{Carrier, PATIENCE};
use crate::rules::compile::Engine;
use crate::rules::engine::{Inspector, Trail};
use crate::rules::site::asks_inventory;
use crate::wire::{Headers, Network, Notes, SHARDS, Tcp, Transport};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Seed of the tables in replay: fixed, so that every run gives the same result.
const SEED: u64 = 0x6a61_6761;

/// Octets that the flows of one shard may take, with what their conversations hold, their
/// sessions, the operations they tell apart, and the segments that wait for their turn. Over
/// all 64 shards that is 64 MiB, or some 20,000 conversations. Past it the flow makes room that is most dispensable: one that
/// is over, then one that never answered, then the one that has been silent longest. It is told
/// and counted, and picked up again in its middle where it goes on.
const BUDGET: usize = 1024 * 1024;

/// Octets that the flows of all shards may take together.
pub const FLOWS: usize = BUDGET * SHARDS as usize;

/// Octets that a flow takes in the table.
const FLOW: usize = size_of::<Flow<State>>() + 128;

/// What the shard keeps for each flow.
#[derive(Default)]
pub(super) struct State {
    connection: Connection,
    /// Made at the first content.
    conversation: Option<Box<Conversation>>,
    /// Set at the first packet.
    id: FlowId,
    /// Hop limit of the first packet of each side.
    hop_limits: (Option<u8>, Option<u8>),
    /// Frames entered as of an unknown protocol whose content is not given up: it waits for
    /// more of it, or for its turn.
    undecided: u32,
    /// What rules remember of it.
    rules: Trail,
    /// Where its conversation is found among the pairs, by the end that acts.
    slots: (Slot, Slot),
    /// What it was last found to weigh, in octets.
    weight: usize,
    /// What it was last told to show, where that is asked for.
    shown: u16,
    /// It wants visits on ticks.
    awake: bool,
    /// As whom its ends appear, where detectors look on.
    guise: Guise,
}

/// The flows of some host pairs.
pub(super) struct Shard<'a> {
    table: Table<State>,
    duplicates: Duplicates,
    hands: Hands<'a>,
}

/// What works on the flows while the table lends them.
struct Hands<'a> {
    writer: Writer<'a>,
    budget: Budget,
    /// What goes into the books beside the frames.
    aside: Aside,
    /// What all flows weigh together, in octets.
    weight: usize,
}

/// What every flow of the shard writes with.
struct Writer<'a> {
    number: u8,
    told: Told,
    watch: Watch<'a>,
    /// Lays the rules over what is seen, where there are some.
    inspector: Option<Inspector>,
    /// Whether rules or detectors ask what is known of assets while conversations go on.
    so_far: bool,
    /// How regularly who operates on whom.
    pairs: Pairs,
    room: Room,
}

impl<'a> Shard<'a> {
    pub(super) fn new(number: u8, mut watch: Watch<'a>) -> Self {
        let seed = SEED ^ u64::from(number);
        // The inspector alone holds them, so that others can take their place.
        let rules = watch.rules.take();
        Self {
            table: Table::new(seed),
            duplicates: Duplicates::new(seed),
            hands: Hands {
                writer: Writer {
                    number,
                    told: Told::default(),
                    so_far: watch.detect || rules.as_deref().is_some_and(asks_inventory),
                    inspector: rules.map(|rules| Inspector::new(rules, watch.costs.is_some())),
                    watch,
                    pairs: Pairs::default(),
                    room: Room::default(),
                },
                budget: Budget::default(),
                aside: Aside::default(),
                weight: 0,
            },
        }
    }

    /// Walks one frame through the rooms.
    pub(super) fn frame(
        &mut self,
        frame: &Descriptor,
        octets: &[u8],
        books: &mut Books,
        events: &mut Vec<(Order, Event)>,
    ) {
        let verdict = self.walk(frame, octets, books, events);
        match frame.origin {
            Origin::Joined(fragments) => books.settle(u64::from(fragments), verdict),
            Origin::Captured | Origin::Copy => {
                books.enter(u64::from(frame.original), verdict);
                // Cut by a snap length, or by the mirror itself, which tells nobody but the length
                // in the packet's own header.
                let headers = &frame.headers;
                let cut = headers.missing > 0 || headers.notes.has(Notes::BAD_LENGTH);
                books.measure(frame.original, cut);
            }
        }
    }

    fn walk(
        &mut self,
        frame: &Descriptor,
        octets: &[u8],
        books: &mut Books,
        events: &mut Vec<(Order, Event)>,
    ) -> Verdict {
        let headers = &frame.headers;
        let Some(packet) = Packet::new(headers, frame.original, frame.stamp) else {
            let unknown = headers.notes.has(Notes::UNKNOWN);
            let reason = if unknown {
                Undecoded::UnknownLink
            } else {
                Undecoded::BadHeader
            };
            return Verdict::Undecoded(reason);
        };
        if frame.origin == Origin::Copy {
            return Verdict::Dropped(Dropped::Duplicate);
        }
        if is_fragment(headers) {
            let mut out = self.hands.outbox(events, 2 * frame.stamp.frame);
            let evidence = Evidence::new(frame, octets, self.hands.writer.watch.octets);
            self.hands.writer.fragment(&packet, evidence, &mut out);
            return Verdict::Undecoded(Undecoded::Fragment);
        }
        if let Some(duplicate) = self.duplicates.seen(&packet, octets) {
            self.table.copy(&packet, &duplicate);
            return Verdict::Dropped(Dropped::Duplicate);
        }
        let now = frame.stamp;
        let mut out = self.hands.outbox(events, 2 * now.frame);
        let hands = &mut self.hands;
        while hands.is_overweight()
            && self
                .table
                .evict(&mut |flow, ending| hands.retire(flow, ending, now, (books, &mut out)))
        {
        }
        let found = self.table.lookup(&packet, &mut |flow, ending| {
            hands.retire(flow, ending, now, (books, &mut out));
        });
        let Some(found) = found else {
            return Verdict::Undecoded(Undecoded::BadHeader);
        };
        let Found {
            flow,
            slot,
            created,
        } = found;
        if created {
            flow.owner.id = flow_id(&flow.key, frame.stamp);
        }
        note_hop_limit(flow, &packet);
        if hands.writer.watch.detect {
            flow.owner.guise.note(&packet);
        }
        let content = headers.content(octets);
        let kept = hands.writer.watch.octets;
        let walked = catch_unwind(AssertUnwindSafe(|| {
            hands.content(
                flow,
                &packet,
                content,
                Evidence::new(frame, octets, kept),
                &mut out,
            );
        }));
        if walked.is_err() {
            if let Some(conversation) = &mut flow.owner.conversation {
                conversation.give_up();
            }
            return Verdict::Dropped(Dropped::Panic);
        }
        hands.weigh(flow, books);
        hands.show(flow, now.time, &mut out);
        let verdict = Hands::verdict(flow, &packet, content.is_empty(), books);
        let (was, due) = flow.owner.note_waiting(now.time.plus(PATIENCE));
        match due {
            Some(due) => self.table.wake(slot, due),
            None if was => self.table.calm(slot),
            None => {}
        }
        verdict
    }

    /// Packet time went on.
    pub(super) fn tick(&mut self, now: Stamp, books: &mut Books, events: &mut Vec<(Order, Event)>) {
        let mut out = self.hands.outbox(events, 2 * now.frame + 1);
        let hands = &mut self.hands;
        if let Some(inspector) = &mut hands.writer.inspector {
            inspector.tick(now.time);
        }
        // One of them is enough to tell the desk.
        if hands.writer.watch.detect && hands.writer.number == 0 {
            out.push(Event::Tick(now));
        }
        if hands.writer.watch.detect {
            hands.writer.pairs.tick(now, &mut |rhythm| {
                let rhythm = *rhythm;
                let silence = SoFar::Silent(Box::new(SilenceRecord { rhythm, now }));
                out.push(Event::SoFar(silence));
            });
        }
        self.table.tick(now.time, &mut |flow| {
            let ticked = catch_unwind(AssertUnwindSafe(|| hands.tick(flow, now, books, &mut out)));
            ticked.unwrap_or_else(|_| {
                hands.aside.panics += 1;
                if let Some(conversation) = &mut flow.owner.conversation {
                    conversation.give_up();
                }
                None
            })
        });
        self.table.expire(now.time, &mut |flow, ending| {
            hands.retire(flow, ending, now, (books, &mut out));
        });
    }

    /// Other rules look on from now on. What those before remembered goes with them; flows and
    /// conversations go on.
    pub(super) fn renew(&mut self, rules: &Arc<Engine>) {
        self.table.each(&mut |flow| flow.owner.rules.forget_rules());
        let writer = &mut self.hands.writer;
        writer.so_far = writer.watch.detect || asks_inventory(rules);
        match &mut writer.inspector {
            Some(inspector) => inspector.renew(Arc::clone(rules)),
            none => {
                let measure = writer.watch.costs.is_some();
                *none = Some(Inspector::new(Arc::clone(rules), measure));
            }
        }
    }

    /// The capture ended: every flow is told.
    pub(super) fn finish(
        &mut self,
        now: Stamp,
        books: &mut Books,
        events: &mut Vec<(Order, Event)>,
    ) {
        let mut out = self.hands.outbox(events, 2 * now.frame + 2);
        let hands = &mut self.hands;
        self.table
            .drain(&mut |flow, ending| hands.retire(flow, ending, now, (books, &mut out)));
        let (pairs, _) = self.duplicates.pairs();
        for pair in pairs.iter().filter(|pair| pair.original != pair.copy) {
            out.push(Event::Copies(*pair));
        }
        let writer = &self.hands.writer;
        if let (Some(inspector), Some(costs)) = (&writer.inspector, writer.watch.costs) {
            costs.add(inspector);
        }
    }
}

impl Shard<'_> {
    /// Enters what was noted beside the frames since this was called last, and adds what goes on
    /// to that of the other shards.
    pub(super) fn enter(&mut self, books: &mut Books) {
        books.enter_aside(&std::mem::take(&mut self.hands.aside));
        let counts = self.table.counts();
        books.evicted += counts.evicted + counts.evicted_opening;
        books.open += self.table.len() as u64;
        books.held += (self.hands.weight + self.hands.budget.held()) as u64;
    }
}

impl State {
    /// Whether something was found of a protocol.
    fn is_read(&self) -> bool {
        self.conversation.as_ref().is_some_and(|c| c.is_read())
    }

    /// Notes whether the flow wants visits on ticks. Gives whether it wanted them before, and
    /// when the next one is due: at once where octets wait for their turn or frames for their
    /// protocol, and at `due` where only its session waits.
    fn note_waiting(&mut self, due: Time) -> (bool, Option<Time>) {
        let conversation = self.conversation.as_ref();
        let due = if self.connection.is_waiting() {
            Some(Time::ZERO)
        } else if conversation.is_some_and(|conversation| conversation.is_waiting()) {
            Some(if self.undecided > 0 { Time::ZERO } else { due })
        } else {
            None
        };
        (std::mem::replace(&mut self.awake, due.is_some()), due)
    }
}

impl Hands<'_> {
    fn outbox<'e>(&self, events: &'e mut Vec<(Order, Event)>, moment: u64) -> Outbox<'e> {
        Outbox {
            events,
            moment,
            shard: self.writer.number,
        }
    }

    /// Hands a packet's content to its conversation, through the connection where it is TCP.
    fn content(
        &mut self,
        flow: &mut Flow<State>,
        packet: &Packet<'_>,
        content: &[u8],
        evidence: Evidence<'_>,
        out: &mut Outbox<'_>,
    ) {
        let cut = packet.headers.missing > 0;
        let moment = (packet.stamp, cut);
        let Some((mut parts, ledgers, connection)) =
            self.writer.parts(flow, moment, Some(evidence), out)
        else {
            return self.writer.other(flow, packet, evidence, out);
        };
        parts.packet(packet.side);
        if let Transport::Tcp(tcp) = packet.headers.transport {
            let segment = Segment::new(&tcp, content, packet.headers.missing, packet.stamp);
            let deliver = &mut |side, chunk: Chunk<'_>| parts.chunk(side, chunk);
            connection.push(packet.side, &segment, ledgers, &mut self.budget, deliver);
        } else if !content.is_empty() {
            packet.side.of_mut(ledgers).content += content.len() as u64;
            parts.chunk(
                packet.side,
                Chunk::Octets {
                    octets: content,
                    stamp: packet.stamp,
                },
            );
        }
        parts.settle();
    }

    /// Gives the connection and the conversation the time; tells when they want it again.
    fn tick(
        &mut self,
        flow: &mut Flow<State>,
        now: Stamp,
        books: &mut Books,
        out: &mut Outbox<'_>,
    ) -> Option<Time> {
        let (mut parts, ledgers, connection) = self.writer.parts(flow, (now, false), None, out)?;
        let deliver = &mut |side, chunk: Chunk<'_>| parts.chunk(side, chunk);
        connection.tick(now, ledgers, &mut self.budget, deliver);
        if let Some(conversation) = &mut parts.conversation {
            conversation.tick(now, &mut parts.emit);
        }
        parts.settle();
        if flow.owner.undecided > 0 && flow.owner.is_read() {
            Self::settle(flow, books);
        }
        self.weigh(flow, books);
        let conversation = flow.owner.conversation.as_ref();
        let due = conversation.map_or(Time::ZERO, |conversation| conversation.due());
        flow.owner.note_waiting(due).1
    }

    /// Notes what a flow weighs now, and enters what was found in it since last time.
    #[inline]
    fn weigh(&mut self, flow: &mut Flow<State>, books: &mut Books) {
        let conversation = flow.owner.conversation.as_mut();
        let weight = conversation.map_or(0, |conversation| {
            conversation.enter(&mut books.spoken);
            conversation.weight()
        });
        let weight = FLOW + weight;
        if weight != flow.owner.weight {
            self.weight = (self.weight + weight).saturating_sub(flow.owner.weight);
            flow.owner.weight = weight;
        }
    }

    /// Tells what a flow shows that it did not show before, where that is asked for.
    #[inline]
    fn show(&self, flow: &mut Flow<State>, now: Time, out: &mut Outbox<'_>) {
        if !self.writer.so_far {
            return;
        }
        let shown = showing(flow);
        let moves = flow
            .ends
            .0
            .mac_changes
            .wrapping_add(flow.ends.1.mac_changes);
        let news = self.writer.watch.detect && flow.owner.guise.is_news(moves, now);
        if shown != flow.owner.shown || news {
            flow.owner.shown = shown;
            let record = record(flow, Ending::Drained);
            out.push(Event::SoFar(SoFar::Flow(Box::new(record))));
        }
    }

    /// Whether the flows and the segments that wait for their turn take more than the shard may.
    const fn is_overweight(&self) -> bool {
        self.weight + self.budget.held() > BUDGET
    }

    /// What became of a frame whose flow was found.
    fn verdict(
        flow: &mut Flow<State>,
        packet: &Packet<'_>,
        is_empty: bool,
        books: &mut Books,
    ) -> Verdict {
        if packet.headers.notes.has(Notes::ENCRYPTED) {
            return Verdict::Undecoded(Undecoded::Encrypted);
        }
        if is_empty || flow.key.carrier == flow::Carrier::Icmp {
            return Verdict::Decoded(None);
        }
        match &mut flow.owner.conversation {
            Some(conversation) if conversation.encrypted(packet.side) => {
                return Verdict::Undecoded(Undecoded::Encrypted);
            }
            Some(conversation) if conversation.is_read() => {
                let place = conversation.place();
                if flow.owner.undecided > 0 {
                    Self::settle(flow, books);
                }
                return Verdict::Decoded(place);
            }
            conversation => {
                let unknown = conversation.as_mut().is_some_and(|c| c.take_unknown());
                flow.owner.undecided = match unknown {
                    true => 0,
                    false => flow.owner.undecided.saturating_add(1),
                };
            }
        }
        Verdict::Undecoded(Undecoded::UnknownProtocol)
    }

    /// Something was found of a protocol: the frames that waited for that are of it, unless
    /// their content was passed over on the way.
    #[cold]
    fn settle(flow: &mut Flow<State>, books: &mut Books) {
        let waited = std::mem::take(&mut flow.owner.undecided);
        let Some(conversation) = &mut flow.owner.conversation else {
            return;
        };
        if !conversation.take_unknown() {
            books.recognise(u64::from(waited), conversation.place());
        }
    }

    /// A flow leaves the table: what waits is handed on, and the flow is told to the desk.
    fn retire(
        &mut self,
        mut flow: Flow<State>,
        ending: Ending,
        now: Stamp,
        (books, out): (&mut Books, &mut Outbox<'_>),
    ) {
        let closed = catch_unwind(AssertUnwindSafe(|| self.close(&mut flow, now, out)));
        if closed.is_err() {
            self.aside.panics += 1;
            if let Some(conversation) = &mut flow.owner.conversation {
                conversation.give_up();
            }
        }
        if flow.owner.is_read() {
            Self::settle(&mut flow, books);
        }
        if let Some(conversation) = &mut flow.owner.conversation {
            conversation.enter(&mut books.spoken);
        }
        if let Some(inspector) = &mut self.writer.inspector {
            inspector.release(&flow.owner.rules);
        }
        self.weight = self.weight.saturating_sub(flow.owner.weight);
        let record = record(&flow, ending);
        self.aside.conversations += 1;
        self.aside.unbalanced +=
            u64::from(!record.ends.0.ledger.balances() || !record.ends.1.ledger.balances());
        if let Some(conversation) = &flow.owner.conversation {
            conversation.folds.give_back(&mut self.writer.room);
            for cycle in conversation.folds.cycles(record.id) {
                out.push(Event::Cycle(Box::new(cycle)));
            }
        }
        out.push(Event::Flow(Box::new(record)));
    }

    fn close(&mut self, flow: &mut Flow<State>, now: Stamp, out: &mut Outbox<'_>) {
        let closed = flow.stage == Stage::Closed;
        let Some((mut parts, ledgers, connection)) =
            self.writer.parts(flow, (now, false), None, out)
        else {
            return;
        };
        let deliver = &mut |side, chunk: Chunk<'_>| parts.chunk(side, chunk);
        connection.close(now, ledgers, &mut self.budget, deliver);
        let hung_up = |end: &End, ledger: &Ledger| {
            closed && end.flags & (Tcp::RST | Tcp::FIN) != 0 && ledger.lost == 0
        };
        let (low, high) = parts.emit.ends;
        parts.emit.hung_up = (hung_up(low, &ledgers.0), hung_up(high, &ledgers.1));
        if let Some(conversation) = &mut parts.conversation {
            conversation.close(now, &mut parts.emit);
        }
        parts.settle();
    }
}

/// A flow's content side: its conversation and what that writes into.
struct Parts<'f> {
    conversation: &'f mut Option<Box<Conversation>>,
    moment: Moment,
    emit: Emit<'f>,
}

impl Parts<'_> {
    /// Lays the rules over the packet at hand.
    fn packet(&mut self, side: Side) {
        let Some(inspect) = &mut self.emit.inspect else {
            return;
        };
        let conversation = self.conversation.as_deref();
        let server = conversation.and_then(|conversation| conversation.server);
        let speaks = conversation.and_then(Conversation::speaks);
        let encrypted = conversation.is_some_and(|conversation| conversation.encrypted(side));
        let moment = (side, self.moment.stamp);
        inspect.packet(moment, server, (speaks, encrypted));
    }

    /// The packet's content was handed on: hands over what the rules found in it.
    fn settle(&mut self) {
        if let Some(inspect) = &mut self.emit.inspect
            && !inspect.is_settled()
        {
            let conversation = self.conversation.as_deref();
            let speaks = conversation.and_then(Conversation::speaks);
            inspect.settle(speaks, &mut self.emit.out);
        }
    }

    /// Hands a piece of content to the conversation; the first one begins it.
    fn chunk(&mut self, side: Side, chunk: Chunk<'_>) {
        let conversation = self
            .conversation
            .get_or_insert_with(|| Box::new(Conversation::new()));
        self.emit.protocol = conversation.protocol_name();
        let speaks = conversation.speaks();
        if let Some(inspect) = &mut self.emit.inspect
            && self.moment.carrier == Carrier::Tcp
        {
            match chunk {
                Chunk::Octets { .. } if conversation.encrypted(side) => {}
                Chunk::Octets { octets, stamp } => {
                    inspect.stream(octets, (side, stamp), conversation.server, speaks);
                }
                Chunk::Cut(_) => inspect.gap((side, self.moment.stamp), false),
                Chunk::Gap(_) => inspect.gap((side, self.moment.stamp), true),
                Chunk::Restart => inspect.restart(),
            }
        }
        self.moment.side = side;
        conversation.stream(chunk, &mut self.moment, &mut self.emit);
    }
}

impl Writer<'_> {
    /// Lays the rules over a packet whose content no protocol reads.
    fn other(
        &mut self,
        flow: &mut Flow<State>,
        packet: &Packet<'_>,
        evidence: Evidence<'_>,
        out: &mut Outbox<'_>,
    ) {
        if let Some(inspector) = &mut self.inspector {
            let (ends, owner) = ((&flow.key, &flow.ends), &mut flow.owner);
            let glance = Glance::new(owner.id, ends, flow.stage, None, &flow.ledgers);
            let mut inspect = Inspect::new(inspector, &mut owner.rules, glance, Some(evidence));
            inspect.packet((packet.side, packet.stamp), None, (None, false));
            inspect.settle(None, out);
        }
    }

    /// Lays the rules over a fragment, which belongs to no flow.
    fn fragment(&mut self, packet: &Packet<'_>, evidence: Evidence<'_>, out: &mut Outbox<'_>) {
        let Some(inspector) = &mut self.inspector else {
            return;
        };
        let Some(ip) = packet.headers.ip() else {
            return;
        };
        let key = (ip.source, ip.destination, ip.identification);
        let id = FlowId(FixedState::default().hash_one((key, packet.stamp.frame)) >> 11);
        inspect::fragment(inspector, evidence, (packet.side, packet.stamp), id, out);
    }

    /// Takes a flow apart into what its content needs; `None` for carriers whose content no
    /// protocol reads. `packet` is what the rules look at, where one is at hand.
    #[inline]
    fn parts<'f>(
        &'f mut self,
        flow: &'f mut Flow<State>,
        (stamp, cut): (Stamp, bool),
        packet: Option<Evidence<'f>>,
        out: &'f mut Outbox<'_>,
    ) -> Option<(Parts<'f>, &'f mut (Ledger, Ledger), &'f mut Connection)> {
        let carrier = carrier(&flow.key)?;
        let Flow {
            key,
            ends,
            ledgers,
            stage,
            owner,
        } = flow;
        let State {
            connection,
            conversation,
            id,
            rules,
            slots,
            ..
        } = owner;
        let inspect = self.inspector.as_mut().map(|inspector| {
            let glance = Glance::new(*id, (key, ends), *stage, Some(carrier), ledgers);
            Inspect::new(inspector, rules, glance, packet)
        });
        let moment = Moment {
            carrier,
            ports: (key.low.port, key.high.port),
            side: Side::Low,
            stamp,
            cut,
        };
        let emit = Emit {
            out: out.lend(),
            told: &mut self.told,
            tap: self.watch.tap,
            inspect,
            so_far: self.so_far,
            detect: self.watch.detect,
            programs: self.watch.programs,
            pairs: (&mut self.pairs, slots),
            room: &mut self.room,
            flow: *id,
            key,
            ends,
            carrier,
            hung_up: (false, false),
            protocol: conversation
                .as_ref()
                .map_or("", |conversation| conversation.protocol_name()),
            stamp,
        };
        Some((
            Parts {
                conversation,
                moment,
                emit,
            },
            ledgers,
            connection,
        ))
    }
}

/// The name of a flow: the same in every run, and small enough for JavaScript's numbers.
fn flow_id(key: &flow::Key, first: Stamp) -> FlowId {
    FlowId(FixedState::default().hash_one((key, first.frame)) >> 11)
}

/// What carries the flow, where its content can be a protocol's.
fn carrier(key: &flow::Key) -> Option<Carrier> {
    Some(match key.carrier {
        flow::Carrier::Tcp => Carrier::Tcp,
        flow::Carrier::Udp => Carrier::Udp,
        flow::Carrier::Ether(kind) => Carrier::Ether(kind),
        flow::Carrier::Llc(dsap, ssap) => Carrier::Llc(dsap, ssap),
        flow::Carrier::Snap(organisation, protocol) => Carrier::Snap(organisation, protocol),
        flow::Carrier::Icmp if key.low.host.ip().is_some_and(|ip| ip.is_ipv6()) => Carrier::Icmpv6,
        flow::Carrier::Icmp | flow::Carrier::Ip(_) => return None,
    })
}

fn is_fragment(headers: &Headers) -> bool {
    matches!(headers.network, Network::Ip(ip) if ip.fragment.is_some())
}

/// Keeps the hop limit of each side's first packet.
fn note_hop_limit(flow: &mut Flow<State>, packet: &Packet<'_>) {
    if let Network::Ip(ip) = packet.headers.network {
        packet
            .side
            .of_mut(&mut flow.owner.hop_limits)
            .get_or_insert(ip.hop_limit);
    }
}

/// What a flow shows of who its ends are, in bits: another value is news.
fn showing(flow: &Flow<State>) -> u16 {
    let conversation = flow.owner.conversation.as_deref();
    let side = |side: Option<Side>| match side {
        None => 0,
        Some(Side::Low) => 1,
        Some(Side::High) => 2,
    };
    let server = side(conversation.and_then(|conversation| conversation.server));
    let read = u16::from(flow.owner.is_read());
    let begun = 1 | read << 1 | server << 2 | side(flow.initiator()) << 4;
    [Side::Low, Side::High]
        .into_iter()
        .fold(begun, |bits, side| {
            let end = flow.end(side);
            let macs = u16::try_from(end.macs.len().min(3)).unwrap_or(3);
            let opens = u16::from(end.flags & Tcp::SYN != 0);
            let speaks = u16::from(side.of(&flow.ledgers).content > 0);
            bits << 5 | u16::from(end.first.is_some()) << 4 | macs << 2 | opens << 1 | speaks
        })
}

/// A flow as the desk is told of it.
fn record(flow: &Flow<State>, ending: Ending) -> FlowRecord {
    let conversation = flow.owner.conversation.as_deref();
    let protocol = conversation.and_then(Conversation::spoken);
    let tally = conversation.map(|conversation| &conversation.tally);
    FlowRecord {
        id: flow.owner.id,
        low: flow.key.low,
        high: flow.key.high,
        carrier: carrier(&flow.key),
        ip_protocol: inspect::ip_protocol(&flow.key),
        protocol: protocol.map(|protocol| protocol.name()),
        industrial: protocol.is_some_and(|protocol| protocol.industrial()),
        server: conversation.and_then(|conversation| conversation.server),
        initiator: flow.initiator(),
        ends: (end(flow, Side::Low), end(flow, Side::High)),
        seen: (flow.first(), flow.last()),
        flags: (flow.ends.0.flags, flow.ends.1.flags),
        messages: tally.map_or(0, |tally| tally.messages),
        operations: tally.map_or(0, |tally| tally.operations),
        midstream: flow.key.carrier == flow::Carrier::Tcp
            && (flow.ends.0.flags | flow.ends.1.flags) & Tcp::SYN == 0,
        end: match (flow.stage, ending) {
            (Stage::Closed, _) | (_, Ending::Reused) => FlowEnd::Closed,
            (_, Ending::Idle) => FlowEnd::Idle,
            (_, Ending::Evicted) => FlowEnd::Evicted,
            (_, Ending::Drained) => FlowEnd::Capture,
        },
    }
}

/// One end of a flow as the desk is told of it.
fn end(flow: &Flow<State>, side: Side) -> EndRecord {
    let end = flow.end(side);
    let mut ledger = side.of(&flow.ledgers).clone();
    let conversation = flow.owner.conversation.as_deref();
    if let Some(conversation) = conversation {
        let account = side.of(&conversation.accounts);
        ledger.decoded = account.decoded;
        ledger.malformed = account.malformed;
        ledger.skipped = account.skipped;
        ledger.opaque = account.opaque;
        ledger.encrypted = account.encrypted;
        if conversation.is_broken() {
            // What the panic cost was content that nothing reads.
            ledger.opaque += ledger.content.saturating_sub(ledger.accounted());
        }
    }
    let faults = conversation.map(|conversation| side.of(&conversation.tally.faults));
    EndRecord {
        mac: end.mac,
        macs: end.macs.to_vec(),
        moved: end.moved,
        vlan: end.tags.and_then(|tags| tags.vids().next()),
        tags: end.tags.unwrap_or_default(),
        hop_limit: *side.of(&flow.owner.hop_limits),
        hop_limit_now: flow.owner.guise.hop_limit(side),
        seen: end.first.map(|first| (first, end.last)),
        ledger,
        faults: faults.cloned().unwrap_or_default(),
    }
}
