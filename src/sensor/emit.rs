//! What the sessions' findings become: counters here, events for the desk where something is
//! new, lines where a tap asks for every message.

use super::Tap;
use super::folds::{Counted, Folds, Room};
use super::handoff::{
    Event, FaultRecord, FlowId, Novelty, OperationRecord, Order, OwnedItem, Path, PieceRecord,
    PropertyRecord, ResolutionRecord, SoFar,
};
use super::inspect::Inspect;
use crate::detect::{Pairs, Slot};
use crate::facts::{
    Attribute, Fault, Message, Operation, Outcome, Piece, Property, Resolution, Side, Stamp,
    Subject, Time,
};
use crate::flow::{End, Key};
use crate::protocols::{Carrier, Sink};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

/// Most kinds of faults counted for one side of one conversation.
const FAULTS: usize = 16;

/// Places in a shard's memory of properties told. A plant's shard has some tens of devices
/// with some tens of properties; a clash only means that a property is told again.
const TOLD: usize = 1024;

/// What a conversation has counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) messages: u64,
    pub(super) operations: u64,
    pub(super) faults: (Faults, Faults),
}

/// Kinds of faults and how often.
pub(super) type Faults = Vec<(&'static Fault, u64)>;

/// Places in a shard's memory of operating modes: a shard has some tens of controllers at most.
const MODES: usize = 64;

/// Changes of a mode told at once, and the time that each takes from that allowance. Nobody
/// switches a controller more often; who says so would fill the disk.
const CHANGES: u32 = 16;
const CHANGE: Duration = Duration::from_secs(1);

/// For how long, in nanoseconds, who resolves which address is not told again. Detectors look at
/// minutes.
const AGAIN: u64 = 10_000_000_000;

/// Resolutions told at once, and the time that each takes from that allowance: a sweep over a
/// network of 256 addresses is told whole, a flood is not.
const RESOLUTIONS: u32 = 256;
const RESOLUTION: Duration = Duration::from_millis(10);

/// Remembers the properties told lately, so that a name broadcast each second becomes one
/// event and not millions.
pub(super) struct Told {
    digests: Box<[u64; TOLD]>,
    modes: Box<[Mode; MODES]>,
    resolutions: Box<[u64; TOLD]>,
    /// Until then the resolutions told so far are paid for.
    paid: Time,
}

/// The mode told last at a place of the memory.
#[derive(Clone, Copy, Default)]
struct Mode {
    digest: u64,
    /// Until then the changes told so far are paid for, [`CHANGE`] each.
    paid: Time,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            digests: Box::new([0; TOLD]),
            modes: Box::new([Mode::default(); MODES]),
            resolutions: Box::new([0; TOLD]),
            paid: Time::ZERO,
        }
    }
}

impl Told {
    /// Whether a property of a device is new here. `whose` names device and property,
    /// `digest` the value too.
    fn is_new(&mut self, property: Property, whose: u64, digest: u64, now: Time) -> bool {
        match property {
            // A mode comes back: only the last one told is not new.
            Property::Mode => {
                let place = usize::try_from(whose % MODES as u64).unwrap_or(0);
                self.modes
                    .get_mut(place)
                    .is_none_or(|mode| mode.changes(digest, now))
            }
            _ => {
                let place = usize::try_from(digest % TOLD as u64).unwrap_or(0);
                let kept = self.digests.get_mut(place);
                kept.is_none_or(|kept| std::mem::replace(kept, digest) != digest)
            }
        }
    }

    /// Whether a resolution was not told lately, and may be told now.
    fn resolves(&mut self, digest: u64, now: Time) -> bool {
        let place = usize::try_from(digest % TOLD as u64).unwrap_or(0);
        let Some(kept) = self.resolutions.get_mut(place) else {
            return false;
        };
        if *kept == digest || self.paid.since(now) > RESOLUTION * (RESOLUTIONS - 1) {
            return false;
        }
        *kept = digest;
        self.paid = self.paid.max(now).plus(RESOLUTION);
        true
    }
}

impl Mode {
    /// Whether this is another mode, and one that may be told now; otherwise it will be when it
    /// is seen again.
    fn changes(&mut self, digest: u64, now: Time) -> bool {
        if self.digest == digest || self.paid.since(now) > CHANGE * (CHANGES - 1) {
            return false;
        }
        self.digest = digest;
        self.paid = self.paid.max(now).plus(CHANGE);
        true
    }
}

/// Takes the events of one shard at one moment and tags them with their order.
pub(super) struct Outbox<'a> {
    pub(super) events: &'a mut Vec<(Order, Event)>,
    pub(super) moment: u64,
    pub(super) shard: u8,
}

impl Outbox<'_> {
    /// Adds an event behind those of this moment and shard.
    pub(super) fn push(&mut self, event: Event) {
        let Self { moment, shard, .. } = *self;
        let nth = match self.events.last() {
            Some((last, _)) if (last.moment, last.shard) == (moment, shard) => {
                last.nth.wrapping_add(1)
            }
            _ => 0,
        };
        self.events.push((Order { moment, shard, nth }, event));
    }

    /// The same outbox, lent on.
    pub(super) fn lend(&mut self) -> Outbox<'_> {
        Outbox {
            events: self.events,
            moment: self.moment,
            shard: self.shard,
        }
    }
}

/// Everything around a session that its findings need.
pub(super) struct Emit<'a> {
    pub(super) out: Outbox<'a>,
    pub(super) told: &'a mut Told,
    pub(super) room: &'a mut Room,
    pub(super) tap: Option<&'a dyn Tap>,
    /// The rules, where there are some.
    pub(super) inspect: Option<Inspect<'a>>,
    /// Whether rules or detectors ask what is known of assets while conversations go on.
    pub(super) so_far: bool,
    /// Whether detectors look on: what comes again after a pause is told, and who resolves which
    /// address.
    pub(super) detect: bool,
    /// Whether programs are put together at the desk.
    pub(super) programs: bool,
    /// What detectors keep of who operates on whom, and where this flow finds itself there, by the end
    /// that acts.
    pub(super) pairs: (&'a mut Pairs, &'a mut (Slot, Slot)),
    pub(super) flow: FlowId,
    /// Both ends of the flow, and what their packets wear.
    pub(super) key: &'a Key,
    pub(super) ends: &'a (End, End),
    pub(super) carrier: Carrier,
    /// The flow is over, and which end reset or finished the connection after all that it sent
    /// was seen: what it had not answered by then it never did.
    pub(super) hung_up: (bool, bool),
    pub(super) protocol: &'static str,
    pub(super) stamp: Stamp,
}

impl Emit<'_> {
    /// What carried a message of this side.
    fn path(&self, side: Side) -> Path {
        let own = side.of(self.ends).tags;
        let tags = own.or(side.other().of(self.ends).tags);
        Path {
            carrier: self.carrier,
            tags: tags.unwrap_or_default(),
        }
    }

    /// The owned copy of a lent operation, the `nth` of its conversation.
    fn record(
        &self,
        operation: &Operation<'_>,
        counted: Counted,
        nth: u64,
        stamp: Stamp,
    ) -> OperationRecord {
        OperationRecord {
            flow: self.flow,
            fold: counted.fold,
            merged: counted.merged,
            nth,
            novelty: counted.novelty.unwrap_or(Novelty::Repeat),
            protocol: self.protocol,
            meaning: operation.meaning,
            code: operation.code,
            actor: self.key.end(operation.actor),
            device: self.key.end(operation.actor.other()),
            path: self.path(operation.actor),
            unit: operation.unit,
            items: operation.items.iter().map(OwnedItem::from).collect(),
            outcome: operation.outcome,
            requested: operation.requested,
            answered: operation.answered,
            stamp,
        }
    }

    /// Runs `act` with a sink that writes into a conversation's books.
    pub(super) fn with(
        &mut self,
        folds: &mut Folds,
        tally: &mut Tally,
        server: &mut Option<Side>,
        act: impl FnOnce(&mut dyn Sink),
    ) {
        act(&mut Findings {
            emit: self,
            folds,
            tally,
            server,
        });
    }
}

/// How long the answer to an operation took, in nanoseconds.
pub(super) fn took(operation: &Operation<'_>) -> Option<u64> {
    let (asked, answered) = operation.requested.zip(operation.answered)?;
    Some(answered.time.nanos().saturating_sub(asked.time.nanos()))
}

/// The sink that sessions write into.
struct Findings<'a, 'b> {
    emit: &'a mut Emit<'b>,
    folds: &'a mut Folds,
    tally: &'a mut Tally,
    server: &'a mut Option<Side>,
}

impl Sink for Findings<'_, '_> {
    fn message(&mut self, side: Side, message: &dyn Message) {
        self.tally.messages += 1;
        self.emit.protocol = message.protocol();
        let emit = &mut *self.emit;
        if let Some(inspect) = &mut emit.inspect {
            let moment = (side, emit.stamp);
            inspect.message(message, moment, *self.server, emit.tap, &mut emit.out);
        }
        if let Some(tap) = emit.tap {
            let seen = super::Seen {
                stamp: emit.stamp,
                flow: emit.flow,
                source: emit.key.end(side),
                destination: emit.key.end(side.other()),
                to_server: self.server.map(|server| server != side),
            };
            if let Some(line) = tap.message(&seen, message) {
                emit.out.push(Event::Line(line));
            }
        }
    }

    fn operation(&mut self, operation: &Operation<'_>) {
        self.tally.operations += 1;
        let emit = &mut *self.emit;
        let device = operation.actor.other();
        let outcome = operation.outcome;
        let operation = &Operation {
            outcome: match outcome {
                Outcome::NotSeen if *device.of(&emit.hung_up) => Outcome::NoAnswer,
                // Whoever of a group answers does so from an address of its own, which is another
                // conversation.
                Outcome::NotSeen | Outcome::NoAnswer if emit.key.end(device).host.is_group() => {
                    Outcome::Unacknowledged
                }
                _ => outcome,
            },
            ..*operation
        };
        let stamp = operation
            .answered
            .or(operation.requested)
            .unwrap_or(emit.stamp);
        let counted = self.folds.add(operation, stamp, emit.room);
        let nth = self.tally.operations;
        let line = emit
            .tap
            .and_then(|tap| tap.operation(&|| emit.record(operation, counted, nth, stamp)));
        if let Some(line) = line {
            emit.out.push(Event::Line(line));
        }
        let (server, protocol) = (*self.server, emit.protocol);
        let matched = emit
            .inspect
            .as_mut()
            .is_some_and(|inspect| inspect.operation(operation, (stamp, protocol), server));
        let new = counted.novelty.is_some();
        if matched {
            let record = Arc::new(emit.record(operation, counted, nth, stamp));
            if let Some(inspect) = &mut emit.inspect {
                inspect.tell(&mut emit.out, Some(&record));
            }
            if new {
                let record = Arc::unwrap_or_clone(record);
                emit.out.push(Event::Operation(Box::new(record)));
            }
        } else if new {
            let record = emit.record(operation, counted, nth, stamp);
            emit.out.push(Event::Operation(Box::new(record)));
        }
        if emit.detect {
            let (actor, device) = (operation.actor, operation.actor.other());
            let (pairs, slots) = &mut emit.pairs;
            let ends = (emit.key.end(actor), emit.key.end(device));
            let whose = (ends, protocol);
            let ended = (operation.outcome, took(operation));
            let out = &mut emit.out;
            pairs.beat(actor.of_mut(slots), whose, stamp, ended, &mut |found| {
                out.push(Event::SoFar(SoFar::Trouble(Box::new(found))));
            });
        }
        if emit.detect && counted.paused && !new {
            let record = emit.record(operation, counted, nth, stamp);
            let again = SoFar::Again(Box::new(record));
            emit.out.push(Event::SoFar(again));
        }
        if emit.so_far
            && let Some(cycle) = self.folds.so_far(emit.flow, counted.fold)
        {
            emit.out.push(Event::SoFar(SoFar::Cycle(Box::new(cycle))));
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) {
        let emit = &mut *self.emit;
        let (host, mac) = match attribute.subject {
            Subject::Side(side) => (emit.key.end(side).host, side.of(emit.ends).mac),
            Subject::Host(host) => (host, None),
        };
        let Attribute {
            property,
            value,
            unit,
            ..
        } = *attribute;
        let hash = FixedState::default();
        let whose = hash.hash_one((host, mac, unit, property));
        let digest = hash.hash_one((whose, value));
        let now = emit.stamp.time;
        if emit.told.is_new(property, whose, digest, now) {
            emit.out.push(Event::Property(Box::new(PropertyRecord {
                stamp: emit.stamp,
                protocol: emit.protocol,
                host,
                mac,
                unit,
                property,
                value: value.to_vec(),
            })));
        }
    }

    fn fault(&mut self, side: Side, fault: &'static Fault, offset: usize) {
        let emit = &mut *self.emit;
        if let Some(inspect) = &mut emit.inspect {
            let moment = (side, emit.stamp);
            inspect.fault(fault, moment, *self.server, emit.protocol, &mut emit.out);
        }
        let faults = side.of_mut(&mut self.tally.faults);
        if let Some((_, count)) = faults
            .iter_mut()
            .find(|(known, _)| known.name == fault.name)
        {
            *count += 1;
            return;
        }
        // Past the bound a kind is neither counted nor told; no protocol has so many.
        if faults.len() < FAULTS {
            faults.push((fault, 1));
            let emit = &mut *self.emit;
            emit.out.push(Event::Fault(Box::new(FaultRecord {
                flow: emit.flow,
                protocol: emit.protocol,
                fault,
                source: emit.key.end(side),
                destination: emit.key.end(side.other()),
                path: emit.path(side),
                stamp: emit.stamp,
                offset: offset as u64,
            })));
        }
    }

    fn server(&mut self, side: Side) {
        *self.server = Some(side);
    }

    fn piece(&mut self, piece: &Piece<'_>) {
        let emit = &mut *self.emit;
        if !emit.programs {
            return;
        }
        emit.out.push(Event::Piece(Box::new(PieceRecord {
            flow: emit.flow,
            protocol: emit.protocol,
            way: piece.way,
            actor: emit.key.end(piece.actor).host,
            device: emit.key.end(piece.actor.other()).host,
            unit: piece.unit,
            transfer: piece.transfer.into(),
            step: piece.step.into(),
            stamp: piece.stamp.unwrap_or(emit.stamp),
        })));
    }

    fn resolution(&mut self, side: Side, resolution: &Resolution) {
        let emit = &mut *self.emit;
        if !emit.detect {
            return;
        }
        let host = resolution.host.map(|subject| match subject {
            Subject::Side(side) => emit.key.end(side).host,
            Subject::Host(host) => host,
        });
        let end = side.of(emit.ends);
        let Resolution { mac, asked, .. } = *resolution;
        let slot = emit.stamp.time.nanos() / AGAIN;
        let digest = FixedState::default().hash_one((host, mac, end.mac, asked, slot));
        if emit.told.resolves(digest, emit.stamp.time) {
            let record = ResolutionRecord {
                stamp: emit.stamp,
                flow: emit.flow,
                protocol: emit.protocol,
                tags: end.tags.unwrap_or_default(),
                host,
                mac,
                sender: end.mac,
                asked,
            };
            let told = SoFar::Resolution(Box::new(record));
            emit.out.push(Event::SoFar(told));
        }
    }
}
