//! One conversation: finds out which protocol it speaks, feeds that protocol's session, and
//! keeps the books of what became of its octets.
//!
//! Called by the shard for each content of a flow, in order. Holds at most [`HELD`] octets a
//! side; never scans the same octets for a PDU border twice without new ones.

use super::books::Tongues;
use super::emit::{Emit, Tally};
use super::folds::Folds;
use crate::facts::{Side, Stamp, Time};
use crate::flow::Chunk;
use crate::protocols::{Carrier, Input, Opening, PROTOCOLS, Probe, Protocol, Session, Step};
use std::cmp::Reverse;

/// Most octets of one side kept for want of a whole PDU. The longest PDU of the protocols
/// here is 64 KiB (ENIP, TPKT); more held octets mean that sync was lost.
const HELD: usize = 128 * 1024;

/// Largest buffer kept while it is empty: most PDUs fit in it.
const SPARE: usize = 4096;

/// Octets shown to the probes before those that ask for more must decide.
const PROBED: usize = 2048;

/// Contents probed one by one before the conversation counts as unknown. After that probes
/// are asked at every power of two: a session picked up in its middle shows a border sooner
/// or later, and nothing goes dark for ever.
const PROBES: u32 = 16;

/// Octets that a session may pass over whatever it reads: more than the longest PDU of most
/// protocols, so that a gap alone does not end it.
const FRUITLESS: u64 = 2048;

/// How many octets a session may pass over for each that it reads. A probe that was mistaken
/// about another protocol's data must not keep the conversation for ever.
const WORTH: u64 = 4;

/// What the shard keeps for each flow.
pub(super) struct Conversation {
    state: State,
    sides: (Pending, Pending),
    /// Protocols not asked until no other one knows the content either, by place in the list:
    /// they gave this conversation back (`Step::NotMine`) or made nothing of it.
    refused: u128,
    /// Contents since the last PDU that no probe knew.
    vain: u32,
    pub(super) server: Option<Side>,
    /// Octets were lost, or the beginning was not seen: what comes need not begin with a PDU.
    unaligned: bool,
    /// Content was given up unread since this was last asked.
    unknown: bool,
    pub(super) folds: Folds,
    pub(super) tally: Tally,
    /// What became of the content of each side.
    pub(super) accounts: (Account, Account),
    /// The protocol of a session that ended.
    spoke: Option<&'static dyn Protocol>,
    /// Its place in the list.
    spoke_at: Option<u8>,
    /// Messages and operations that are in the books of the protocols.
    entered: (u64, u64),
}

enum State {
    Probing,
    Open {
        protocol: &'static dyn Protocol,
        /// Its place in the list, and its name, asked for with every content.
        place: u32,
        name: &'static str,
        session: Box<dyn Session>,
        found: Found,
    },
    /// A panic ended its session; its content is no longer looked at.
    Broken,
}

/// What a session made of its octets, those of both sides.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// Octets of PDUs, and of what it told otherwise.
    read: u64,
    /// Octets passed over.
    passed: u64,
}

#[derive(Default)]
struct Pending {
    held: Vec<u8>,
    /// No use in asking before this many octets are held.
    need: usize,
    /// The session reads no more of this side.
    closed: Option<Closed>,
}

/// What became of the content of one side, in octets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Account {
    pub(super) decoded: u64,
    pub(super) malformed: u64,
    pub(super) skipped: u64,
    pub(super) opaque: u64,
    pub(super) encrypted: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Closed {
    Encrypted,
    Opaque,
}

/// What a conversation needs to know of the packet at hand.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) carrier: Carrier,
    pub(super) ports: (u16, u16),
    pub(super) side: Side,
    pub(super) stamp: Stamp,
    pub(super) cut: bool,
}

impl Conversation {
    pub(super) fn new() -> Self {
        Self {
            state: State::Probing,
            sides: Default::default(),
            refused: 0,
            vain: 0,
            server: None,
            unaligned: false,
            unknown: false,
            folds: Folds::default(),
            tally: Tally::default(),
            accounts: Default::default(),
            spoke: None,
            spoke_at: None,
            entered: (0, 0),
        }
    }

    /// The name of the protocol whose session is open or was the last to find something; empty
    /// where there is none.
    pub(super) fn protocol_name(&self) -> &'static str {
        match &self.state {
            State::Open { name, .. } => name,
            State::Probing | State::Broken => self.spoke.map_or("", |protocol| protocol.name()),
        }
    }

    /// The protocol that something was found of.
    pub(super) fn spoken(&self) -> Option<&'static dyn Protocol> {
        match &self.state {
            State::Open {
                protocol, found, ..
            } if found.read > 0 => Some(*protocol),
            _ => self.spoke,
        }
    }

    /// Whether the content is read: something was found of a protocol.
    pub(super) fn is_read(&self) -> bool {
        match &self.state {
            State::Open { found, .. } => found.read > 0 || self.spoke.is_some(),
            State::Probing | State::Broken => self.spoke.is_some(),
        }
    }

    /// The place in the list of the protocol that something was found of.
    pub(super) fn place(&self) -> Option<u8> {
        match &self.state {
            State::Open { place, found, .. } if found.read > 0 => u8::try_from(*place).ok(),
            _ => self.spoke_at,
        }
    }

    /// Enters what was found since this was called last.
    #[inline]
    pub(super) fn enter(&mut self, tongues: &mut Tongues) {
        let Tally {
            messages,
            operations,
            ..
        } = self.tally;
        let now = (messages, operations);
        if now != self.entered
            && let Some(place) = self.place()
        {
            let before = std::mem::replace(&mut self.entered, now);
            tongues.enter(place, now.0 - before.0, now.1 - before.1);
        }
    }

    /// Whether content was given up unread since this was last asked.
    pub(super) const fn take_unknown(&mut self) -> bool {
        std::mem::replace(&mut self.unknown, false)
    }

    /// Whether a panic ended its session.
    pub(super) const fn is_broken(&self) -> bool {
        matches!(self.state, State::Broken)
    }

    /// The protocol's name, where it is known.
    pub(super) fn speaks(&self) -> Option<&'static str> {
        Some(self.protocol_name()).filter(|name| !name.is_empty())
    }

    /// About how many octets it takes in memory.
    #[inline]
    pub(super) fn weight(&self) -> usize {
        let session = match &self.state {
            State::Open { session, .. } => size_of_val(&**session) + session.held(),
            State::Probing | State::Broken => 0,
        };
        let (low, high) = &self.sides;
        let held = low.held.capacity() + high.held.capacity();
        size_of::<Self>() + session + held + self.folds.weight()
    }

    /// Whether this side's content is known to be encrypted.
    pub(super) fn encrypted(&self, side: Side) -> bool {
        side.of(&self.sides).closed == Some(Closed::Encrypted)
    }

    /// Whether a session has a timer running.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(&self.state, State::Open { session, .. } if session.is_waiting())
    }

    /// When the first of its session's timers fires.
    pub(super) fn due(&self) -> Time {
        match &self.state {
            State::Open { session, .. } => session.due(),
            State::Probing | State::Broken => Time::ZERO,
        }
    }

    /// Ends the session for good: its code panicked on this conversation's octets.
    pub(super) fn give_up(&mut self) {
        self.spoke_at = self.place();
        self.state = State::Broken;
        self.sides = Default::default();
    }

    /// Takes one piece of a TCP stream.
    pub(super) fn stream(&mut self, chunk: Chunk<'_>, moment: &mut Moment, emit: &mut Emit<'_>) {
        match chunk {
            Chunk::Octets { octets, stamp } => {
                emit.stamp = stamp;
                moment.stamp = stamp;
                self.content(octets, moment, emit);
            }
            Chunk::Cut(octets) => self.gap(moment.side, Some(u64::from(octets)), emit),
            Chunk::Gap(lost) => self.gap(moment.side, lost, emit),
            Chunk::Restart => self.restart(moment.stamp, emit),
        }
    }

    /// The same ends opened a new connection: the session tells what is open and ends.
    fn restart(&mut self, now: Stamp, emit: &mut Emit<'_>) {
        self.close(now, emit);
        self.state = State::Probing;
        self.sides = Default::default();
        self.refused = 0;
        self.vain = 0;
        self.server = None;
        self.unaligned = false;
    }

    /// Tells the session of lost octets; what was held before them can no longer be read.
    fn gap(&mut self, side: Side, lost: Option<u64>, emit: &mut Emit<'_>) {
        self.lose_held(side);
        self.unaligned = true;
        if let State::Open { session, .. } = &mut self.state {
            emit.with(&mut self.folds, &mut self.tally, &mut self.server, |out| {
                session.gap(side, lost, out);
            });
        }
    }

    /// Gives up what is held of a side: a session did not come to its end, or none was opened.
    fn lose_held(&mut self, side: Side) {
        let pending = side.of_mut(&mut self.sides);
        let held = pending.held.len() as u64;
        pending.held.clear();
        pending.need = 0;
        let account = side.of_mut(&mut self.accounts);
        match self.state {
            State::Open { .. } => account.skipped += held,
            State::Probing | State::Broken => account.opaque += held,
        }
    }

    /// Takes one datagram, frame, or piece of a stream.
    pub(super) fn content(&mut self, octets: &[u8], moment: &Moment, emit: &mut Emit<'_>) {
        if let Some(closed) = moment.side.of(&self.sides).closed {
            let account = moment.side.of_mut(&mut self.accounts);
            match closed {
                Closed::Encrypted => account.encrypted += octets.len() as u64,
                Closed::Opaque => account.opaque += octets.len() as u64,
            }
            return;
        }
        match self.state {
            State::Open { .. } => self.feed(octets, moment, emit),
            State::Probing => self.probe(octets, moment, emit),
            State::Broken => self.account(moment.side).opaque += octets.len() as u64,
        }
    }

    /// Feeds the session from what is held and `octets`, and holds what it does not eat.
    fn feed(&mut self, octets: &[u8], moment: &Moment, emit: &mut Emit<'_>) {
        let pending = moment.side.of_mut(&mut self.sides);
        if pending.held.is_empty() {
            let eaten = self.eat(octets, moment, emit);
            let rest = octets.get(eaten..).unwrap_or_default();
            self.keep(rest, moment, emit);
        } else {
            pending.held.extend_from_slice(octets);
            if pending.held.len() < pending.need {
                return;
            }
            let mut held = std::mem::take(&mut pending.held);
            let eaten = self.eat(&held, moment, emit);
            if eaten >= held.len() || matches!(self.state, State::Probing) {
                let rest = held.get(eaten..).unwrap_or_default();
                self.keep(rest, moment, emit);
                held.clear();
            } else {
                held.drain(..eaten);
            }
            let pending = moment.side.of_mut(&mut self.sides);
            if pending.held.is_empty() && (!held.is_empty() || held.capacity() <= SPARE) {
                pending.held = held;
            }
            self.bound(moment.side);
        }
    }

    /// Holds what the session left, or shows it to the probes where the session ended.
    fn keep(&mut self, rest: &[u8], moment: &Moment, emit: &mut Emit<'_>) {
        if rest.is_empty() {
            return;
        }
        match self.state {
            State::Probing => self.probe(rest, moment, emit),
            State::Open { .. } if moment.carrier == Carrier::Tcp => {
                moment
                    .side
                    .of_mut(&mut self.sides)
                    .held
                    .extend_from_slice(rest);
                self.bound(moment.side);
            }
            State::Open { .. } | State::Broken => {
                self.account(moment.side).opaque += rest.len() as u64;
            }
        }
    }

    /// Gives up what is held where no PDU can be that long.
    fn bound(&mut self, side: Side) {
        let pending = side.of_mut(&mut self.sides);
        if pending.held.len() > HELD || pending.need > HELD {
            side.of_mut(&mut self.accounts).skipped += pending.held.len() as u64;
            pending.held = Vec::new();
            pending.need = 0;
        }
    }

    /// Lets the session eat from the front of `octets`; returns how many are settled.
    fn eat(&mut self, octets: &[u8], moment: &Moment, emit: &mut Emit<'_>) -> usize {
        let mut at = 0;
        let Self {
            state,
            sides,
            folds,
            tally,
            server,
            refused,
            accounts,
            vain,
            unknown,
            ..
        } = self;
        let account = moment.side.of_mut(accounts);
        let State::Open {
            session,
            place,
            found,
            ..
        } = state
        else {
            return 0;
        };
        let mut taken_back = false;
        let told = tally.messages;
        let pending = moment.side.of_mut(sides);
        pending.need = 0;
        let Moment {
            side, stamp, cut, ..
        } = *moment;
        emit.with(folds, tally, server, |out| {
            while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
                let left = rest.len();
                let step = session.feed(
                    &Input {
                        side,
                        stamp,
                        octets: rest,
                        cut,
                    },
                    out,
                );
                let n = match step {
                    Step::Pdu(n) | Step::Malformed(n) | Step::Skip(n) => n.clamp(1, left),
                    _ => left,
                };
                match step {
                    Step::Pdu(_) => {
                        account.decoded += n as u64;
                        found.read += n as u64;
                    }
                    Step::Malformed(_) => {
                        account.malformed += n as u64;
                        found.read += n as u64;
                    }
                    Step::Skip(_) => {
                        account.skipped += n as u64;
                        found.passed += n as u64;
                        *unknown = true;
                    }
                    Step::Need(need) => {
                        pending.need = need;
                        break;
                    }
                    Step::Encrypted => {
                        account.encrypted += n as u64;
                        pending.closed = Some(Closed::Encrypted);
                    }
                    Step::Opaque => {
                        account.opaque += n as u64;
                        pending.closed = Some(Closed::Opaque);
                    }
                    Step::NotMine => {
                        taken_back = true;
                        break;
                    }
                }
                at += n;
                if pending.closed.is_some() {
                    break;
                }
            }
        });
        found.read += tally.messages - told;
        if found.read > 0 {
            *vain = 0;
        }
        if found.passed >= FRUITLESS + WORTH * found.read {
            taken_back = true;
        }
        if taken_back {
            *refused |= 1 << *place;
            emit.with(folds, tally, server, |out| session.close(stamp, out));
            *state = State::Probing;
        }
        at
    }

    /// Shows content to the probes, and opens a session where one knows it.
    fn probe(&mut self, octets: &[u8], moment: &Moment, emit: &mut Emit<'_>) {
        let stream = moment.carrier == Carrier::Tcp;
        if self.vain > PROBES && !self.vain.is_power_of_two() {
            self.vain = self.vain.saturating_add(1);
            self.unknown = true;
            self.account(moment.side).opaque += octets.len() as u64;
            return;
        }
        let pending = moment.side.of_mut(&mut self.sides);
        let mut held = std::mem::take(&mut pending.held);
        let shown: &[u8] = if held.is_empty() {
            octets
        } else {
            held.extend_from_slice(octets);
            &held
        };
        let opening = Opening {
            carrier: moment.carrier,
            ports: moment.ports,
            side: moment.side,
            octets: shown,
            midstream: self.unaligned || self.vain > 0,
        };
        let wait = stream && shown.len() < PROBED;
        match ask(&opening, self.refused, wait) {
            Answer::Open(protocol, place) => {
                self.state = State::Open {
                    protocol,
                    place,
                    name: protocol.name(),
                    session: protocol.open(&opening),
                    found: Found::default(),
                };
                // What a session tells before its first message is its protocol's too.
                emit.protocol = protocol.name();
                let other = moment.side.other();
                let waiting = std::mem::take(&mut other.of_mut(&mut self.sides).held);
                if !waiting.is_empty() {
                    self.feed(
                        &waiting,
                        &Moment {
                            side: other,
                            ..*moment
                        },
                        emit,
                    );
                }
                self.content(shown, moment, emit);
            }
            Answer::Wait if held.is_empty() => {
                moment
                    .side
                    .of_mut(&mut self.sides)
                    .held
                    .extend_from_slice(octets);
            }
            Answer::Wait => moment.side.of_mut(&mut self.sides).held = held,
            Answer::Unknown => {
                self.vain = self.vain.saturating_add(1);
                self.unknown = true;
                self.refused = 0;
                self.account(moment.side).opaque += shown.len() as u64;
            }
        }
    }

    /// Lets the session's timers run.
    pub(super) fn tick(&mut self, now: Stamp, emit: &mut Emit<'_>) {
        if let State::Open { session, .. } = &mut self.state {
            emit.with(&mut self.folds, &mut self.tally, &mut self.server, |out| {
                session.tick(now, out);
            });
        }
    }

    /// Ends the conversation: the session tells what is open, and what is held is lost.
    pub(super) fn close(&mut self, now: Stamp, emit: &mut Emit<'_>) {
        for side in [Side::Low, Side::High] {
            self.lose_held(side);
        }
        self.spoke_at = self.place();
        if let State::Open {
            session,
            protocol,
            found,
            ..
        } = &mut self.state
        {
            if found.read > 0 {
                self.spoke = Some(*protocol);
            }
            emit.with(&mut self.folds, &mut self.tally, &mut self.server, |out| {
                session.close(now, out);
            });
        }
    }

    fn account(&mut self, side: Side) -> &mut Account {
        side.of_mut(&mut self.accounts)
    }
}

enum Answer {
    /// The protocol and its place in the list.
    Open(&'static dyn Protocol, u32),
    Wait,
    Unknown,
}

/// Asks all probes of a carrier. `wait` where more octets may still come.
///
/// Of several claims the certain one wins, then the one that begins first, then the one whose
/// well-known port is in use, then the first in the list.
fn ask(opening: &Opening<'_>, refused: u128, wait: bool) -> Answer {
    let mut more = false;
    let mut best = None;
    for (place, &protocol) in (0..u128::BITS).zip(PROTOCOLS) {
        if !protocol.carriers().contains(&opening.carrier) || refused >> place & 1 == 1 {
            continue;
        }
        let (at, certain) = match protocol.probe(opening) {
            Probe::Certain => return Answer::Open(protocol, place),
            Probe::Unsure => (0, false),
            Probe::Inside { at, certain } => (at, certain),
            Probe::More => {
                more = true;
                continue;
            }
            Probe::NotMine => continue,
        };
        let at_home = protocol.ports().iter().any(|port| opening.port(*port));
        let claim = (certain, Reverse(at), at_home);
        if best.is_none_or(|(held, _)| claim > held) {
            best = Some((claim, (protocol, place)));
        }
    }
    match best {
        Some(((true, ..), (protocol, place))) => Answer::Open(protocol, place),
        _ if more && wait => Answer::Wait,
        Some((_, (protocol, place))) => Answer::Open(protocol, place),
        None => Answer::Unknown,
    }
}

/// Each protocol has a bit among those that a conversation refused.
const _: () = assert!(PROTOCOLS.len() <= u128::BITS as usize);
