//! One conversation of S7comm-plus: frames, pairs, bounds, lends. The data of messages is
//! opaque but for what the session set-up tells in clear.

use super::FAULTS;
use super::fields::PlusMessage;
use super::operations;
use super::wire::{
    self, APPLICATION, CONTROLLER, Call, Frame, Function, HOST, Header, Opcode, PROTOCOL_ID,
    text_attribute,
};
use crate::facts::{
    Attribute, Item, Meaning, Operation, Outcome, Property, Side, Stamp, Target, Time, Values,
};
use crate::protocols::iso::{self, Event, Joined, Lane, Tpdu, Verdict};
use crate::protocols::{Input, Opening, Session, Sink, Step};
use arrayvec::ArrayVec;
use std::time::Duration;

/// Most requests that wait for an answer. Clients keep a handful open.
const OUTSTANDING: usize = 32;

/// Most subscriptions remembered, so that what renews them is not taken for a write.
const SUBSCRIPTIONS: usize = 16;

/// How long a controller may take to answer.
const DUE: Duration = Duration::from_secs(60);

/// It is asked for no sooner.
const _: () = assert!(DUE.as_secs() >= 2 * crate::protocols::PATIENCE.as_secs());

/// A request that waits.
#[derive(Clone, Copy, Debug)]
struct Request {
    side: Side,
    sequence: u16,
    function: Function,
    meaning: &'static Meaning,
    object: Option<u32>,
    stamp: Stamp,
    /// Its flags allow that no answer comes.
    silent: bool,
    /// Octets of the answering side were lost since.
    lost: bool,
}

/// Where in a message a direction stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Octets were lost: the next frame may begin a message or carry one on.
    #[default]
    Unknown,
    /// The next frame begins a message.
    Start,
    /// The next frame carries a message on.
    Within,
}

/// The state of one conversation.
#[derive(Debug, Default)]
pub(crate) struct PlusSession {
    lanes: (Lane, Lane),
    places: (Place, Place),
    heard: (bool, bool),
    requests: ArrayVec<Request, OUTSTANDING>,
    subscriptions: ArrayVec<u32, SUBSCRIPTIONS>,
    server: Option<Side>,
    spoken: bool,
}

impl PlusSession {
    /// A session at the start of a conversation, or in its middle.
    #[must_use]
    pub(crate) fn new(opening: &Opening<'_>) -> Self {
        Self {
            lanes: (Lane::new(opening.midstream), Lane::new(opening.midstream)),
            ..Self::default()
        }
    }

    fn tpdu(
        &mut self,
        input: &Input<'_>,
        length: usize,
        tpdu: Tpdu<'_>,
        out: &mut dyn Sink,
    ) -> Step {
        let side = input.side;
        match tpdu {
            Tpdu::ConnectionRequest(_) => self.serve(side.other(), out),
            Tpdu::Data { end, octets } => {
                let mut assembly = std::mem::take(&mut side.of_mut(&mut self.lanes).assembly);
                let step = match assembly.add(end, octets) {
                    Joined::Part => Step::Pdu(length),
                    Joined::TooLong => {
                        out.fault(side, &FAULTS.tsdu, iso::TPKT);
                        Step::Malformed(length)
                    }
                    Joined::Whole(tsdu) => self.tsdu(input, length, tsdu, out),
                };
                side.of_mut(&mut self.lanes).assembly = assembly;
                return step;
            }
            _ => {}
        }
        Step::Pdu(length)
    }

    fn tsdu(&mut self, input: &Input<'_>, length: usize, tsdu: &[u8], out: &mut dyn Sink) -> Step {
        let fault = match tsdu {
            [PROTOCOL_ID, version, ..] if wire::version_known(*version) => match Frame::parse(tsdu)
            {
                Some(frame) => {
                    self.frame(input.side, input.stamp, &frame, out);
                    return Step::Pdu(length);
                }
                None => &FAULTS.length,
            },
            // After the handshake of "init ssl" TLS records travel in the DT TPDUs.
            [0x14..=0x17, 0x03, ..] if self.spoken => return Step::Encrypted,
            _ if !self.spoken => return Step::NotMine,
            _ => &FAULTS.protocol,
        };
        out.fault(input.side, fault, iso::DT);
        Step::Malformed(length)
    }

    fn frame(&mut self, side: Side, stamp: Stamp, frame: &Frame<'_>, out: &mut dyn Sink) {
        self.spoken = true;
        *side.of_mut(&mut self.heard) = true;
        let place = side.of_mut(&mut self.places);
        let header = match *place {
            _ if frame.version == wire::KEEP_ALIVE => None,
            Place::Within => None,
            Place::Start | Place::Unknown => Header::parse(frame.body),
        };
        if frame.version != wire::KEEP_ALIVE {
            *place = if frame.last {
                Place::Start
            } else {
                Place::Within
            };
        }
        match header {
            Some(Header::Call(Call { opcode, .. })) => {
                let client = if opcode == Opcode::REQUEST {
                    side
                } else {
                    side.other()
                };
                self.serve(client.other(), out);
            }
            Some(Header::Notification(_)) => self.serve(side, out),
            None => {}
        }
        out.message(side, &PlusMessage { frame, header });
        match header {
            Some(Header::Notification(subscription)) => {
                self.notified(side, stamp, subscription, out);
            }
            Some(Header::Call(call)) => self.call(side, stamp, &call, out),
            None => {}
        }
    }

    fn serve(&mut self, server: Side, out: &mut dyn Sink) {
        if self.server.is_none() {
            self.server = Some(server);
            out.server(server);
        }
    }

    fn notified(&mut self, side: Side, stamp: Stamp, subscription: u32, out: &mut dyn Sink) {
        if !self.subscriptions.contains(&subscription) {
            if self.subscriptions.is_full() {
                self.subscriptions.remove(0);
            }
            let _ = self.subscriptions.try_push(subscription);
        }
        tell(
            &operations::NOTIFICATION,
            u32::from(Opcode::NOTIFICATION.0) << 16,
            side.other(),
            Some(subscription),
            Outcome::Unacknowledged,
            (Some(stamp), None),
            out,
        );
    }

    fn call(&mut self, side: Side, stamp: Stamp, call: &Call<'_>, out: &mut dyn Sink) {
        let Call {
            opcode,
            function,
            sequence,
            session,
            silent,
            rest,
        } = *call;
        if function == Function::CREATE_OBJECT {
            identity(side, opcode, rest, out);
        }
        if opcode == Opcode::REQUEST {
            let object = call.object();
            let request = Request {
                side,
                sequence,
                function,
                meaning: self.meaning(function, object, session),
                object,
                stamp,
                silent,
                lost: false,
            };
            self.ask(request, out);
            return;
        }
        let asked = self
            .requests
            .iter()
            .position(|r| r.side != side && r.sequence == sequence && r.function == function)
            .and_then(|at| self.requests.pop_at(at));
        let outcome = match call.error() {
            Some(code) => Outcome::Refused {
                code: code.into(),
                name: "error",
            },
            None => Outcome::Done,
        };
        tell(
            asked.map_or(operations::of(function), |a| a.meaning),
            function.0.into(),
            side.other(),
            asked.and_then(|a| a.object),
            outcome,
            (asked.map(|a| a.stamp), Some(stamp)),
            out,
        );
    }

    /// What a request means: a function on the session itself or on a subscription is no act
    /// on the process.
    fn meaning(
        &self,
        function: Function,
        object: Option<u32>,
        session: Option<u32>,
    ) -> &'static Meaning {
        let own = object.is_some() && object == session;
        match function {
            Function::CREATE_OBJECT if session == Some(wire::SESSIONS) => &operations::OPEN_SESSION,
            Function::DELETE_OBJECT if own => &operations::CLOSE_SESSION,
            Function::SET_VARIABLE | Function::SET_MULTI if own => &operations::SET_UP_SESSION,
            Function::SET_VARIABLE if object.is_some_and(|o| self.subscriptions.contains(&o)) => {
                &operations::CREDIT
            }
            _ => operations::of(function),
        }
    }

    fn ask(&mut self, request: Request, out: &mut dyn Sink) {
        let again = self
            .requests
            .iter()
            .position(|r| r.side == request.side && r.sequence == request.sequence);
        let full = self.requests.is_full().then_some(0);
        if let Some(old) = again.or(full).and_then(|at| self.requests.pop_at(at)) {
            self.unanswered(&old, true, out);
        }
        let _ = self.requests.try_push(request);
    }

    fn unanswered(&self, request: &Request, due: bool, out: &mut dyn Sink) {
        let visible = *request.side.other().of(&self.heard) && !request.lost;
        let outcome = if request.silent {
            Outcome::Unacknowledged
        } else if due && visible {
            Outcome::NoAnswer
        } else {
            Outcome::NotSeen
        };
        tell(
            request.meaning,
            request.function.0.into(),
            request.side,
            request.object,
            outcome,
            (Some(request.stamp), None),
            out,
        );
    }

    fn take_if(&mut self, ripe: impl Fn(&Request) -> bool) -> Option<Request> {
        let at = self.requests.iter().position(ripe)?;
        self.requests.pop_at(at)
    }
}

impl Session for PlusSession {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let lane = input.side.of_mut(&mut self.lanes);
        match lane.next(input.octets, judge) {
            Event::Step(step) => step,
            Event::Tpdu(n, tpdu) => self.tpdu(input, n, tpdu, out),
            Event::Malformed(_) | Event::Broken(_) if !self.spoken => Step::NotMine,
            Event::Malformed(n) => {
                out.fault(input.side, &FAULTS.cotp, iso::TPKT);
                Step::Malformed(n)
            }
            Event::Broken(n) => {
                *input.side.of_mut(&mut self.places) = Place::Unknown;
                out.fault(input.side, &FAULTS.tpkt, 0);
                Step::Skip(n)
            }
        }
    }

    fn gap(&mut self, side: Side, _lost: Option<u64>, _out: &mut dyn Sink) {
        side.of_mut(&mut self.lanes).gap();
        *side.of_mut(&mut self.places) = Place::Unknown;
        for request in &mut self.requests {
            request.lost |= request.side != side;
        }
    }

    fn is_waiting(&self) -> bool {
        !self.requests.is_empty()
    }

    fn due(&self) -> Time {
        let since = self.requests.iter().map(|request| request.stamp.time);
        since.min().map_or(Time::ZERO, |since| since.plus(DUE))
    }

    fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        while let Some(request) = self.take_if(|r| now.time.since(r.stamp.time) >= DUE) {
            self.unanswered(&request, true, out);
        }
    }

    fn close(&mut self, _now: Stamp, out: &mut dyn Sink) {
        while let Some(request) = self.take_if(|_| true) {
            self.unanswered(&request, false, out);
        }
    }
}

/// Lends one operation on at most one object.
fn tell(
    meaning: &'static Meaning,
    code: u32,
    actor: Side,
    object: Option<u32>,
    outcome: Outcome,
    (requested, answered): (Option<Stamp>, Option<Stamp>),
    out: &mut dyn Sink,
) {
    let item = object.map(|object| Item {
        target: Target {
            space: "object",
            area: None,
            range: Some((object.into(), object.into())),
            name: &[],
        },
        values: Values::None,
        before: Values::None,
    });
    out.operation(&Operation {
        meaning,
        code,
        actor,
        unit: None,
        items: item.as_slice(),
        outcome,
        requested,
        answered,
    });
}

/// Tells what the set-up of a session says of both ends.
fn identity(side: Side, opcode: Opcode, rest: &[u8], out: &mut dyn Sink) {
    let mut one = |property, value: &[u8]| {
        let value = value.trim_ascii();
        if !value.is_empty() {
            out.attribute(&Attribute::of(side, property, value));
        }
    };
    if opcode == Opcode::REQUEST {
        let host = text_attribute(rest, HOST).unwrap_or_default();
        if is_name(host) {
            one(Property::Name, host);
        }
        let application = text_attribute(rest, APPLICATION).unwrap_or_default();
        one(Property::Description, application);
        return;
    }
    // `1;6ES7 214-1HE30-0XB0 ;V2.2`
    let text = text_attribute(rest, CONTROLLER).unwrap_or_default();
    let mut parts = text.split(|octet| *octet == b';').skip(1);
    let order = parts.next().unwrap_or_default();
    one(Property::OrderNumber, order);
    one(Property::Firmware, parts.next().unwrap_or_default());
    if order.starts_with(b"6ES7") {
        one(Property::Vendor, b"Siemens");
        one(Property::Role, b"plc");
    }
}

/// Whether text names a host: some programs put a path of their own there.
fn is_name(text: &[u8]) -> bool {
    text.iter()
        .all(|octet| octet.is_ascii_alphanumeric() || b"-_. ".contains(octet))
}

/// Whether the data of a DT TPDU are an S7comm-plus frame whose length agrees.
pub(crate) fn judge(data: &[u8], length: usize, end: bool) -> Verdict {
    let Some(&[protocol, version, high, low]) = data.first_chunk::<{ wire::HEADER }>() else {
        return match data {
            [] | [PROTOCOL_ID] => Verdict::More(wire::HEADER),
            [PROTOCOL_ID, version, ..] if wire::version_known(*version) => {
                Verdict::More(wire::HEADER)
            }
            _ => Verdict::No,
        };
    };
    let held = wire::HEADER + usize::from(u16::from_be_bytes([high, low]));
    let fits = end && (length == held || length == held + wire::HEADER);
    if protocol == PROTOCOL_ID && matches!(version, 1..=3) && fits {
        Verdict::Yes
    } else {
        Verdict::No
    }
}
