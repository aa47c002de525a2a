//! Requests and responses: which PDU is which, which answers which, and what they mean
//! together.
//!
//! Called by the session with every PDU that it cut out of the octets.

use super::Framing;
use super::identity;
use super::message::{Adu, Asked};
use super::operations::{Half, Subject, tell};
use super::outstanding::{Key, OUTSTANDING, Outstanding, Request, TIMEOUT, agrees};
use super::roles::Roles;
use super::umas;
use super::wire::codes::Function;
use super::wire::faults::{FLOODED, Flaw, UNSOLICITED_RESPONSE, VALUE_MISMATCH};
use super::wire::{self, Direction, Parts, Pdu};
use crate::facts::{Outcome, Side, Stamp, Time, Values};
use crate::protocols::{Input, Sink, Step};

/// One PDU with what framed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// Octets of the whole ADU.
    pub(crate) size: usize,
    pub(crate) key: Key,
    /// Length field of the MBAP header.
    pub(crate) length: Option<u16>,
    /// CRC of an RTU frame.
    pub(crate) crc: Option<u16>,
    /// Where the PDU begins in the ADU.
    pub(crate) pdu_at: usize,
    pub(crate) pdu: Pdu<'a>,
    /// The capture cut the PDU short, which is not the sender's fault.
    pub(crate) cut: bool,
}

/// The state of the exchange between the two sides.
#[derive(Debug)]
pub(crate) struct Exchange {
    framing: Framing,
    roles: Roles,
    /// The server side last told.
    told: Option<Side>,
    outstanding: Outstanding,
    /// Which sides have sent a PDU: (low, high).
    heard: (bool, bool),
    /// Requests were paired and none can have been missed since, so that a response without
    /// a request is one.
    complete: bool,
    /// Requests given up, whose answers may still come.
    forgotten: u32,
    /// The flood now going on was told.
    flooded: bool,
}

impl Exchange {
    pub(crate) fn new(ports: (u16, u16), well_known: u16, framing: Framing) -> Self {
        Self {
            framing,
            roles: Roles::new(ports, well_known),
            told: None,
            outstanding: Outstanding::default(),
            heard: (false, false),
            complete: false,
            forgotten: 0,
            flooded: false,
        }
    }

    /// What `side` sends, where the roles are beyond doubt.
    pub(crate) fn firm_direction(&self, side: Side) -> Option<Direction> {
        self.roles
            .is_firm()
            .then(|| self.roles.direction(side))
            .flatten()
    }

    /// Whether `side` is the server and no request to it is known to be missing.
    pub(crate) fn is_asked(&self, side: Side) -> bool {
        self.complete
            && self.forgotten == 0
            && self.firm_direction(side) == Some(Direction::Response)
    }

    /// Whether `side` owes a response of this function for this key.
    pub(crate) fn expects(&self, side: Side, key: Key, function: Function) -> bool {
        let asker = side.other();
        self.outstanding
            .all()
            .iter()
            .any(|r| r.side == asker && r.key == key && r.function == function)
    }

    /// Octets of `side` were lost: answers or requests may be among them.
    pub(crate) fn interrupted(&mut self, side: Side) {
        self.outstanding.doubt(side.other());
        self.complete &= self.firm_direction(side) == Some(Direction::Response);
    }

    /// Takes one PDU.
    pub(crate) fn pdu(&mut self, input: &Input<'_>, frame: &Frame<'_>, out: &mut dyn Sink) -> Step {
        let side = input.side;
        let (direction, parts, sound) = self.read(side, frame);
        *side.of_mut(&mut self.heard) = true;
        let server = self.roles.server();
        if let Some(server) = server.filter(|_| server != self.told) {
            self.told = Some(server);
            out.server(server);
        }
        match direction {
            Direction::Request => self.request(input, frame, parts, out),
            Direction::Response => self.response(input, frame, parts, out),
        }
        match sound {
            Err(flaw) if !frame.cut => {
                out.fault(side, flaw.fault, frame.pdu_at.saturating_add(flaw.offset));
                Step::Malformed(frame.size)
            }
            _ => Step::Pdu(frame.size),
        }
    }

    /// Reads the PDU in the direction that its shape, the roles and the open requests tell.
    fn read<'a>(
        &mut self,
        side: Side,
        frame: &Frame<'a>,
    ) -> (Direction, Parts<'a>, Result<(), Flaw>) {
        let pdu = frame.pdu;
        let usual = self.roles.direction(side);
        if let Some(direction) = usual.filter(|_| self.told.is_some() && self.roles.is_firm()) {
            let (parts, sound) = wire::read(direction, pdu);
            if sound.is_ok() {
                if !pdu.function().is_echo() {
                    self.roles.vote(side, direction);
                }
                return (direction, parts, sound);
            }
        }
        let request = wire::read(Direction::Request, pdu);
        let response = wire::read(Direction::Response, pdu);
        let shape = match (request.1, response.1) {
            (Ok(()), Err(_)) => Some(Direction::Request),
            (Err(_), Ok(())) => Some(Direction::Response),
            _ => None,
        };
        let direction = match (shape, usual) {
            (Some(shape), _) => {
                self.roles.vote(side, shape);
                usual.filter(|_| self.roles.is_firm()).unwrap_or(shape)
            }
            (None, Some(usual)) => usual,
            (None, None) if self.outstanding.holds(side.other(), frame.key) => {
                self.roles.vote(side, Direction::Response);
                Direction::Response
            }
            (None, None) => Direction::Request,
        };
        match direction {
            Direction::Request => (direction, request.0, request.1),
            Direction::Response => (direction, response.0, response.1),
        }
    }

    fn request(
        &mut self,
        input: &Input<'_>,
        frame: &Frame<'_>,
        parts: Parts<'_>,
        out: &mut dyn Sink,
    ) {
        out.message(
            input.side,
            &self.adu(Direction::Request, frame, parts, None),
        );
        if self.framing == Framing::Rtu && frame.key.unit == 0 {
            // A broadcast on the serial line (MODBUS over Serial Line V1.02, 2.1) has no
            // answer. On TCP unit 0 is the addressed device itself.
            let asked = Half {
                parts,
                stamp: input.stamp,
            };
            let subject = subject(input.side, frame);
            tell(subject, Some(&asked), None, Outcome::Unacknowledged, out);
            return;
        }
        if self.outstanding.is_full() {
            if *input.side.other().of(&self.heard) && !self.flooded {
                self.flooded = true;
                out.fault(input.side, &FLOODED, 0);
            }
            self.give_up(0, Outcome::NotSeen, out);
        }
        self.outstanding
            .push(frame.key, frame.pdu, input.side, input.stamp);
    }

    fn response(
        &mut self,
        input: &Input<'_>,
        frame: &Frame<'_>,
        mut parts: Parts<'_>,
        out: &mut dyn Sink,
    ) {
        let asker = input.side.other();
        let function = frame.pdu.function();
        let found = self
            .outstanding
            .answered(asker, frame.key, function, &parts)
            .map(|index| self.supersede(index, out));
        let stamp = input.stamp;
        let subject = subject(asker, frame);
        let Some(request) = found.and_then(|index| self.outstanding.at(index)) else {
            self.unasked(input, frame, out);
            out.message(
                input.side,
                &self.adu(Direction::Response, frame, parts, None),
            );
            let answered = Half { parts, stamp };
            tell(subject, None, Some(&answered), Outcome::NotSeen, out);
            identity::tell(input.side, frame.key.unit, None, &parts, out);
            return;
        };
        let asked = Half {
            parts: request.parts(),
            stamp: request.stamp,
        };
        if !frame.cut && !agrees(function, &asked.parts, &parts) {
            out.fault(input.side, &VALUE_MISMATCH, frame.pdu_at.saturating_add(1));
        }
        trim(&mut parts, asked.parts.quantity);
        let context = Asked {
            parts: asked.parts,
            frame: asked.stamp.frame,
            elapsed: stamp.time.since(asked.stamp.time),
        };
        let adu = self.adu(Direction::Response, frame, parts, Some(context));
        out.message(input.side, &adu);
        let answered = Half { parts, stamp };
        umas::pieces::tell(subject, Some(&asked), Some(&answered), out);
        tell(subject, Some(&asked), Some(&answered), Outcome::Done, out);
        identity::tell(input.side, frame.key.unit, Some(&asked.parts), &parts, out);
        if let Some(index) = found {
            self.outstanding.remove(index);
        }
        self.complete = true;
        self.flooded &= self.outstanding.all().len() > OUTSTANDING / 2;
    }

    /// A response to no request that was seen: tells what is wrong with that, if anything.
    fn unasked(&mut self, input: &Input<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
        if self.outstanding.holds(input.side.other(), frame.key) && frame.key.transaction.is_some()
        {
            out.fault(input.side, &VALUE_MISMATCH, frame.pdu_at);
        } else if self.forgotten > 0 {
            self.forgotten -= 1;
        } else if self.complete {
            out.fault(input.side, &UNSOLICITED_RESPONSE, 0);
        }
    }

    /// The request at `index` is answered: the client has given up on older ones of the same
    /// key. Returns where the request is then.
    fn supersede(&mut self, index: usize, out: &mut dyn Sink) -> usize {
        let mut index = index;
        let Some((key, side)) = self.outstanding.at(index).map(|r| (r.key, r.side)) else {
            return index;
        };
        let same = |request: &Request| request.key == key && request.side == side;
        while let Some(older) = self.outstanding.all().iter().position(same) {
            if older >= index {
                break;
            }
            let outcome = self.outcome(older, (false, false));
            self.give_up(older, outcome, out);
            index -= 1;
        }
        index
    }

    /// Tells the request at `index` without an answer and forgets it.
    fn give_up(&mut self, index: usize, outcome: Outcome, out: &mut dyn Sink) {
        let Some(request) = self.outstanding.at(index) else {
            return;
        };
        let asked = Half {
            parts: request.parts(),
            stamp: request.stamp,
        };
        let subject = Subject {
            actor: request.side,
            unit: request.key.unit,
            function: request.function,
        };
        let outcome = if request.expects_answer() {
            outcome
        } else {
            Outcome::Unacknowledged
        };
        tell(subject, Some(&asked), None, outcome, out);
        self.outstanding.remove(index);
        self.forgotten = self.forgotten.saturating_add(1);
    }

    /// What became of the request at `index`, for which no answer came in time.
    fn outcome(&self, index: usize, lost: (bool, bool)) -> Outcome {
        let visible = self.outstanding.at(index).is_some_and(|request| {
            let server = request.side.other();
            *server.of(&self.heard) && !*server.of(&lost) && !request.doubtful
        });
        if visible {
            Outcome::NoAnswer
        } else {
            Outcome::NotSeen
        }
    }

    /// About how many octets it takes on the heap.
    pub(crate) fn octets(&self) -> usize {
        self.outstanding.octets()
    }

    /// Whether requests wait for their answers.
    pub(crate) fn is_waiting(&self) -> bool {
        self.outstanding.at(0).is_some()
    }

    /// When the oldest request is overdue.
    pub(crate) fn due(&self) -> Time {
        let oldest = self.outstanding.at(0);
        oldest.map_or(Time::ZERO, |oldest| oldest.stamp.time.plus(TIMEOUT))
    }

    /// Tells the requests whose answers are overdue; `lost` are the sides out of sync.
    pub(crate) fn expire(&mut self, now: Stamp, lost: (bool, bool), out: &mut dyn Sink) {
        while let Some(oldest) = self.outstanding.at(0) {
            if now.time.since(oldest.stamp.time) < TIMEOUT {
                break;
            }
            let outcome = self.outcome(0, lost);
            self.give_up(0, outcome, out);
        }
    }

    /// Tells what is still open at the end.
    pub(crate) fn close(&mut self, out: &mut dyn Sink) {
        while self.outstanding.at(0).is_some() {
            self.give_up(0, Outcome::NotSeen, out);
        }
    }

    fn adu<'a>(
        &self,
        direction: Direction,
        frame: &Frame<'a>,
        parts: Parts<'a>,
        asked: Option<Asked<'a>>,
    ) -> Adu<'a> {
        Adu {
            framing: self.framing,
            direction,
            transaction: frame.key.transaction,
            length: frame.length,
            unit: frame.key.unit,
            crc: frame.crc,
            pdu: frame.pdu,
            parts,
            asked,
        }
    }
}

fn subject(actor: Side, frame: &Frame<'_>) -> Subject {
    Subject {
        actor,
        unit: frame.key.unit,
        function: frame.pdu.function(),
    }
}

/// The response tells bits in whole octets; the request tells how many are meant.
fn trim(parts: &mut Parts<'_>, quantity: Option<u16>) {
    if let (Values::Bits { count, .. }, Some(quantity)) = (&mut parts.values, quantity) {
        *count = quantity.min(*count);
    }
}
