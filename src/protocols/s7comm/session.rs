//! One conversation of S7comm: frames, pairs, bounds, lends.
//!
//! Opened by the probe's word and fed by the sensor. Never keeps more than the constants of
//! `pending.rs` and [`iso::TSDU`] allow, and never lets one malformed PDU end it.

use super::act::Act;
use super::blocks::trim;
use super::fields::S7Message;
use super::items::{Data, Specs};
use super::jobs::{Tools, Uploads};
use super::pending::{Outstanding, Parted, Parts, Request};
use super::roles::Roles;
use super::subscriptions::Subscriptions;
use super::wire::{self, Bad, Function, Pdu, Rosctr, Userdata, group};
use super::{FAULTS, functions, jobs, operations, pieces, szl};
use crate::facts::{Item, Outcome, Scalar, Side, Stamp, Target, Time};
use crate::protocols::iso::{self, Connection, Event, Joined, Lane, Tpdu, Verdict};
use crate::protocols::{Input, Opening, Session, Sink, Step};
use arrayvec::ArrayVec;
use std::time::Duration;

/// How long a controller may take to answer. Compressing memory or copying to ROM takes tens
/// of seconds on the slowest ones.
pub(crate) const DUE: Duration = Duration::from_secs(60);

/// It is asked for no sooner.
const _: () = assert!(DUE.as_secs() >= 2 * crate::protocols::PATIENCE.as_secs());

/// Longest transport selector kept: `SIMATIC-ROOT-HMI` has 16 octets, and X.224 allows 32.
pub(crate) const TSAP: usize = 32;

/// What the connection request and its confirmation told.
#[derive(Debug, Default)]
pub(crate) struct Link {
    /// Calling selector; empty where it was not seen.
    pub(crate) calling: ArrayVec<u8, TSAP>,
    /// Called selector; empty where it was not seen.
    pub(crate) called: ArrayVec<u8, TSAP>,
}

impl Link {
    fn set(&mut self, connection: &Connection<'_>) {
        for (kept, told) in [
            (&mut self.calling, connection.calling),
            (&mut self.called, connection.called),
        ] {
            if !told.is_empty() {
                kept.clear();
                let _ = kept.try_extend_from_slice(told.get(..TSAP).unwrap_or(told));
            }
        }
    }

    /// Kind of connection, rack and slot of the called selector, where it has that form.
    #[must_use]
    pub(crate) fn place(&self) -> Option<(u8, u8, u8)> {
        match *self.called.as_slice() {
            [kind @ 1..=3, place] => Some((kind, place >> 5, place & 0x1f)),
            _ => None,
        }
    }
}

/// A connection request that waits for the first PDU to show that this is S7comm.
#[derive(Debug)]
struct Connect {
    side: Side,
    stamp: Stamp,
    answer: Option<(Stamp, Outcome)>,
}

/// The state of one conversation.
#[derive(Debug, Default)]
pub(crate) struct S7Session {
    link: Link,
    lanes: (Lane, Lane),
    /// Which sides something was decoded from.
    heard: (bool, bool),
    connect: Option<Connect>,
    requests: Outstanding,
    parts: Parts,
    subscriptions: Subscriptions,
    uploads: Uploads,
    scratch: Vec<Scalar>,
    /// S7comm was decoded here.
    spoken: bool,
    roles: Roles,
}

impl S7Session {
    /// A session at the start of a conversation, or in its middle.
    #[must_use]
    pub(crate) fn new(opening: &Opening<'_>) -> Self {
        Self {
            lanes: (Lane::new(opening.midstream), Lane::new(opening.midstream)),
            ..Self::default()
        }
    }

    /// Handles a TPDU in a TPKT of `length` octets.
    fn tpdu(
        &mut self,
        input: &Input<'_>,
        length: usize,
        tpdu: Tpdu<'_>,
        out: &mut dyn Sink,
    ) -> Step {
        let side = input.side;
        match tpdu {
            Tpdu::ConnectionRequest(connection) => {
                self.link.set(&connection);
                self.connect = Some(Connect {
                    side,
                    stamp: input.stamp,
                    answer: None,
                });
            }
            Tpdu::ConnectionConfirm(connection) => {
                self.link.set(&connection);
                if let Some(connect) = &mut self.connect {
                    connect.answer = Some((input.stamp, Outcome::Done));
                }
            }
            Tpdu::Disconnect(reason) | Tpdu::Error(reason) => {
                if let Some(connect) = &mut self.connect
                    && connect.answer.is_none()
                {
                    let refused = Outcome::Refused {
                        code: reason.into(),
                        name: disconnect(reason),
                    };
                    connect.answer = Some((input.stamp, refused));
                }
            }
            Tpdu::Data { end, octets } => return self.data(input, length, end, octets, out),
            Tpdu::Other(_) => {}
        }
        Step::Pdu(length)
    }

    /// Handles the octets of a DT TPDU.
    fn data(
        &mut self,
        input: &Input<'_>,
        length: usize,
        end: bool,
        octets: &[u8],
        out: &mut dyn Sink,
    ) -> Step {
        let side = input.side;
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
        step
    }

    fn tsdu(&mut self, input: &Input<'_>, length: usize, tsdu: &[u8], out: &mut dyn Sink) -> Step {
        let fault = match Pdu::parse(tsdu) {
            Ok(pdu) => {
                return if self.pdu(input.side, input.stamp, &pdu, out) {
                    Step::Pdu(length)
                } else {
                    Step::Malformed(length)
                };
            }
            Err(Bad::Protocol) if !self.spoken => return Step::NotMine,
            Err(Bad::Protocol) => &FAULTS.protocol,
            Err(Bad::Rosctr) => &FAULTS.rosctr,
            Err(Bad::Length) => &FAULTS.length,
        };
        out.fault(input.side, fault, iso::DT);
        Step::Malformed(length)
    }

    /// Handles a PDU; says whether its content was sound.
    fn pdu(&mut self, side: Side, stamp: Stamp, pdu: &Pdu<'_>, out: &mut dyn Sink) -> bool {
        self.spoken = true;
        *side.of_mut(&mut self.heard) = true;
        let userdata = pdu.userdata();
        let caller = self.connect.as_ref().map(|c| c.side);
        self.roles
            .tell(side, pdu, userdata.as_ref(), caller, &self.link, out);
        self.tell_connect(out);
        match userdata {
            Some(u) if u.kind.is_response() => self.response(side, stamp, pdu, &u, out),
            Some(u) => {
                out.message(side, &S7Message::new(pdu, Some(u), &self.link));
                if u.kind.is_request() {
                    let follows = self.parts.continues(side, &u);
                    self.ask(side, stamp, follows, pdu, out);
                } else if u.kind.is_push() {
                    let act = self.act(pusher(side, &u), Some(stamp), None);
                    let asked = self.subscriptions.asked(side, &u);
                    functions::tell_push(&act, side, &u, asked, &mut self.scratch, out);
                }
            }
            None => {
                out.message(side, &S7Message::new(pdu, None, &self.link));
                match pdu.rosctr {
                    Rosctr::JOB => self.ask(side, stamp, false, pdu, out),
                    Rosctr::ACK | Rosctr::ACK_DATA => self.answer(side, stamp, pdu, out),
                    _ => {}
                }
            }
        }
        let sound = sound(pdu, userdata.as_ref());
        if !sound {
            out.fault(side, &FAULTS.content, iso::DT);
        }
        sound
    }

    /// Remembers a request; what had to make room will not be answered any more.
    fn ask(&mut self, side: Side, stamp: Stamp, follows: bool, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        if let Some(evicted) = self.requests.add(side, stamp, follows, pdu) {
            self.unanswered(evicted, true, out);
        }
    }

    /// Tells a job with its acknowledgment.
    fn answer(&mut self, side: Side, stamp: Stamp, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let request = self.requests.take(side, pdu);
        let asked = request.as_ref().map(Request::pdu);
        let function = asked.as_ref().and_then(Pdu::function).or(pdu.function());
        // The PLC itself sends the jobs that fetch a downloaded block: who acts is the one who
        // opened the download, and that one answers them.
        let actor = match function {
            Some(f) if f.sent_by_plc() => side,
            _ => side.other(),
        };
        let act = self.act(actor, request.as_ref().map(|r| r.stamp), Some(stamp));
        let mut tools = Tools {
            uploads: &mut self.uploads,
            scratch: &mut self.scratch,
        };
        jobs::tell(
            &act,
            asked.as_ref(),
            Some(pdu),
            Outcome::NotSeen,
            &mut tools,
            out,
        );
        if let Some(request) = request {
            self.requests.recycle(request);
        }
    }

    /// Lends an answer of userdata; tells it with its request once all its parts are there.
    /// The last part shows what all of them hold, the others show no content.
    fn response(
        &mut self,
        side: Side,
        stamp: Stamp,
        pdu: &Pdu<'_>,
        answer: &Userdata<'_>,
        out: &mut dyn Sink,
    ) {
        let mut request = self.requests.take(side, pdu);
        let later = self.parts.has(side, answer);
        if answer.last && !later {
            out.message(side, &S7Message::new(pdu, Some(*answer), &self.link));
            self.tell_userdata(side, request, answer, stamp, out);
            return;
        }
        if later && let Some(fetch) = request.take() {
            self.requests.recycle(fetch);
        }
        let added = self.parts.add(side, request, answer);
        let whole = match &added {
            Ok(Some(parted)) => parted.payload.as_slice(),
            _ => &[],
        };
        let shown = Userdata {
            payload: whole,
            ..*answer
        };
        out.message(side, &S7Message::new(pdu, Some(shown), &self.link));
        match added {
            Ok(Some(Parted {
                request, payload, ..
            })) => {
                let whole = Userdata {
                    payload: &payload,
                    ..*answer
                };
                self.tell_userdata(side, request, &whole, stamp, out);
            }
            Err(Some(dropped)) => self.unanswered(dropped, false, out),
            Ok(None) | Err(None) => {}
        }
    }

    fn tell_userdata(
        &mut self,
        side: Side,
        request: Option<Request>,
        answer: &Userdata<'_>,
        stamp: Stamp,
        out: &mut dyn Sink,
    ) {
        let act = self.act(side.other(), request.as_ref().map(|r| r.stamp), Some(stamp));
        let asked = request.as_ref().and_then(|r| r.pdu().userdata());
        functions::tell(
            &act,
            asked.as_ref(),
            Some(answer),
            Outcome::NotSeen,
            &mut self.scratch,
            out,
        );
        if let Some(asked) = asked {
            self.subscriptions.granted(side, &asked, answer);
        }
        if answer.is_szl()
            && answer.error.unwrap_or_default() == 0
            && let Some(list) = szl::List::parse(answer.payload)
        {
            szl::attributes(&list, side, &mut |attribute| out.attribute(attribute));
        }
        if let Some(request) = request {
            self.requests.recycle(request);
        }
    }

    /// Tells a request that stays without an answer; `due` says that one should have come.
    fn unanswered(&mut self, request: Request, due: bool, out: &mut dyn Sink) {
        let side = request.side;
        let visible = *side.other().of(&self.heard) && !request.lost;
        let outcome = if due && visible {
            Outcome::NoAnswer
        } else {
            Outcome::NotSeen
        };
        let pdu = request.pdu();
        if let Some(userdata) = pdu.userdata() {
            if !request.follows {
                let act = self.act(side, Some(request.stamp), None);
                functions::tell(&act, Some(&userdata), None, outcome, &mut self.scratch, out);
            }
        } else {
            let actor = match pdu.function() {
                Some(f) if f.sent_by_plc() => side.other(),
                _ => side,
            };
            let act = self.act(actor, Some(request.stamp), None);
            let mut tools = Tools {
                uploads: &mut self.uploads,
                scratch: &mut self.scratch,
            };
            jobs::tell(&act, Some(&pdu), None, outcome, &mut tools, out);
        }
        self.requests.recycle(request);
    }

    fn act(&self, actor: Side, requested: Option<Stamp>, answered: Option<Stamp>) -> Act {
        Act {
            actor,
            unit: self.link.place().map(|(_, _, slot)| slot.into()),
            requested,
            answered,
        }
    }

    /// Tells the connection request, once it is sure that it belongs to S7comm.
    fn tell_connect(&mut self, out: &mut dyn Sink) {
        let Some(connect) = self.connect.take() else {
            return;
        };
        let (answered, outcome) = match connect.answer {
            Some((stamp, outcome)) => (Some(stamp), outcome),
            None => (None, Outcome::NotSeen),
        };
        let act = self.act(connect.side, Some(connect.stamp), answered);
        let item = Item {
            target: Target {
                space: "tsap",
                name: trim(&self.link.called),
                ..Target::default()
            },
            ..Item::default()
        };
        act.tell_one(out, &operations::CONNECT, 0xe0, outcome, Some(item));
    }
}

impl Session for S7Session {
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
                out.fault(input.side, &FAULTS.tpkt, 0);
                Step::Skip(n)
            }
        }
    }

    fn gap(&mut self, side: Side, lost: Option<u64>, out: &mut dyn Sink) {
        side.of_mut(&mut self.lanes).gap();
        pieces::lost(side, lost, out);
        self.requests.lost(side);
        self.subscriptions.lost();
        while let Some(parted) = self.parts.take(Some(side)) {
            if let Some(request) = parted.request {
                self.unanswered(request, false, out);
            }
        }
    }

    fn held(&self) -> usize {
        let scratch = self.scratch.capacity() * size_of::<Scalar>();
        self.requests.octets() + self.parts.octets() + scratch
    }

    fn is_waiting(&self) -> bool {
        !self.requests.is_empty()
    }

    fn due(&self) -> Time {
        let since = self.requests.since();
        since.map_or(Time::ZERO, |since| since.plus(DUE))
    }

    fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        while let Some(request) = self
            .requests
            .take_if(|r| now.time.since(r.stamp.time) >= DUE)
        {
            self.unanswered(request, true, out);
        }
    }

    /// A connection that no PDU followed may have been another protocol's; a refused one names
    /// the rack and slot that was tried.
    fn close(&mut self, _now: Stamp, out: &mut dyn Sink) {
        let refused =
            |connect: &Connect| matches!(connect.answer, Some((_, Outcome::Refused { .. })));
        if self.connect.as_ref().is_some_and(refused) {
            self.tell_connect(out);
        }
        while let Some(parted) = self.parts.take(None) {
            if let Some(request) = parted.request {
                self.unanswered(request, false, out);
            }
        }
        while let Some(request) = self.requests.take_if(|_| true) {
            self.unanswered(request, false, out);
        }
    }
}

/// Whether the data of a DT TPDU are an S7comm PDU whose lengths agree with the frame.
pub(crate) fn judge(data: &[u8], length: usize, end: bool) -> Verdict {
    match wire::announced(data) {
        None => Verdict::No,
        Some(None) => Verdict::More(wire::HEADER),
        Some(Some(total)) if end && total == length => Verdict::Yes,
        Some(Some(total)) if !end && total > length => Verdict::Yes,
        Some(Some(_)) => Verdict::No,
    }
}

/// Whether the items of a read or write fill their parts as their counts promise.
fn sound(pdu: &Pdu<'_>, userdata: Option<&Userdata<'_>>) -> bool {
    let refused = pdu.error().unwrap_or_default() != 0;
    let count = || pdu.parameter.get(1).map_or(0, |n| usize::from(*n));
    match (pdu.rosctr, pdu.function()) {
        (Rosctr::JOB, Some(Function::READ)) => Specs::new(pdu.parameter).sound(),
        (Rosctr::JOB, Some(Function::WRITE)) => {
            Specs::new(pdu.parameter).sound() && Data::new(pdu.data).sound(count())
        }
        (Rosctr::ACK_DATA, Some(Function::READ)) if !refused => Data::new(pdu.data).sound(count()),
        (Rosctr::ACK_DATA, Some(Function::WRITE)) if !refused => pdu.data.len() == count(),
        (Rosctr::USERDATA, _) => userdata.is_some(),
        _ => true,
    }
}

/// Who acts where a controller sends unasked: cyclic data was ordered by the other side.
const fn pusher(side: Side, push: &Userdata<'_>) -> Side {
    match push.group {
        group::CYCLIC => side.other(),
        _ => side,
    }
}

/// Name of a disconnect reason (X.224, section 13.5.3).
fn disconnect(reason: u8) -> &'static str {
    wire::name_of(
        &[
            (0, "reason not specified"),
            (1, "congestion at the tsap"),
            (2, "session entity not attached to the tsap"),
            (3, "address unknown"),
            (128, "normal disconnect"),
            (129, "remote transport entity congestion"),
            (130, "connection negotiation failed"),
            (131, "duplicate source reference"),
            (132, "mismatched references"),
            (133, "protocol error"),
            (135, "reference overflow"),
            (136, "connection request refused"),
            (138, "header or parameter length invalid"),
        ],
        reason,
    )
}
