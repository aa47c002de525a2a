//! One association: frames, pairs requests with responses, lends messages.

use super::operations::{self, access_error, error_class};
use super::wire::{self, CONNECT, Kind, Name, Pdu, REFUSE, Unit, judge};
use super::{CONTENT, TPKT};
use crate::facts::{Item, Meaning, Operation, Outcome, Side, Stamp, Target};
use crate::protocols::iso::{self, Event, Joined, Lane, Tpdu};
use crate::protocols::{Input, Opening, Session, Sink, Step};
use arrayvec::ArrayVec;

/// Requests kept until they are answered; associations agree on about 5 open ones.
const PENDING: usize = 16;

/// A request that waits.
struct Pending {
    actor: Side,
    /// `None` for the association itself.
    invoke: Option<u64>,
    service: u32,
    meaning: &'static Meaning,
    space: &'static str,
    name: ArrayVec<u8, { wire::NAME }>,
    stamp: Stamp,
}

/// What is kept of one association.
#[derive(Default)]
pub(super) struct Conversation {
    lanes: (Lane, Lane),
    pending: ArrayVec<Pending, PENDING>,
    server: Option<Side>,
    /// MMS was decoded here.
    spoken: bool,
}

impl Conversation {
    pub(super) fn new(opening: &Opening<'_>) -> Self {
        Self {
            lanes: (Lane::new(opening.midstream), Lane::new(opening.midstream)),
            ..Self::default()
        }
    }

    fn tsdu(&mut self, input: &Input<'_>, length: usize, tsdu: &[u8], out: &mut dyn Sink) -> Step {
        let side = input.side;
        let Some(unit) = wire::read(tsdu) else {
            if !self.spoken {
                return Step::NotMine;
            }
            out.fault(side, &CONTENT, iso::DT);
            return Step::Malformed(length);
        };
        self.spoken = true;
        match unit {
            Unit::Session(CONNECT) => self.serves(side.other(), out),
            Unit::Mms(pdu) if pdu.kind == Kind::REQUEST => self.serves(side.other(), out),
            Unit::Mms(pdu) if pdu.kind == Kind::INITIATE => self.serves(side.other(), out),
            _ => {}
        }
        out.message(side, &unit);
        match unit {
            Unit::Session(CONNECT) => self.associate(input),
            Unit::Session(wire::ACCEPT) => self.answer(input, None, Outcome::Done, out),
            Unit::Session(REFUSE) => self.answer(input, None, refused(0, "refused"), out),
            Unit::Mms(pdu) => self.pdu(input, &pdu, out),
            Unit::Session(_) | Unit::Other => {}
        }
        Step::Pdu(length)
    }

    fn serves(&mut self, side: Side, out: &mut dyn Sink) {
        if self.server.is_none() {
            self.server = Some(side);
            out.server(side);
        }
    }

    fn associate(&mut self, input: &Input<'_>) {
        let open = |pending: &Pending| pending.invoke.is_none();
        if self.pending.is_full() || self.pending.iter().any(open) {
            return;
        }
        self.pending.push(Pending {
            actor: input.side,
            invoke: None,
            service: u32::from(Kind::INITIATE.0) << 16,
            meaning: &operations::INITIATE,
            space: "",
            name: ArrayVec::new(),
            stamp: input.stamp,
        });
    }

    fn pdu(&mut self, input: &Input<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        match (pdu.kind, pdu.service) {
            (Kind::INITIATE, _) => self.associate(input),
            (Kind::INITIATED, _) => self.answer(input, None, Outcome::Done, out),
            (Kind::INITIATE_ERROR, _) => self.answer(input, None, refused(0, "initiate"), out),
            (Kind::REQUEST, Some(service)) => self.ask(input, pdu, service, out),
            (Kind::RESPONSE, service) => {
                let failed = service.filter(|service| operations::has_results(*service));
                let outcome = match failed.and_then(|_| wire::failed(pdu.content)) {
                    Some(code) => refused(code.into(), access_error(code)),
                    None => Outcome::Done,
                };
                self.answer(input, pdu.invoke, outcome, out);
            }
            (Kind::ERROR, _) => {
                let code = wire::error(pdu.content).unwrap_or(u16::MAX);
                let [class, _] = code.to_be_bytes();
                let outcome = refused(code.into(), error_class(class));
                self.answer(input, pdu.invoke, outcome, out);
            }
            (Kind::REJECT, _) if pdu.invoke.is_some() => {
                self.answer(input, pdu.invoke, refused(0, "rejected"), out);
            }
            _ => {}
        }
    }

    fn ask(&mut self, input: &Input<'_>, pdu: &Pdu<'_>, service: u32, out: &mut dyn Sink) {
        let Some(meaning) = operations::request(service, pdu.content) else {
            return;
        };
        if self.pending.is_full() {
            let oldest = self.pending.remove(0);
            tell(&oldest, Outcome::NotSeen, None, out);
        }
        self.pending.push(Pending {
            actor: input.side,
            invoke: pdu.invoke,
            service,
            meaning,
            space: operations::space(service),
            name: joined(&wire::name(pdu.content)),
            stamp: input.stamp,
        });
    }

    fn answer(
        &mut self,
        input: &Input<'_>,
        invoke: Option<u64>,
        outcome: Outcome,
        out: &mut dyn Sink,
    ) {
        let asked = self
            .pending
            .iter()
            .position(|pending| pending.invoke == invoke && pending.actor != input.side);
        if let Some(pending) = asked.map(|at| self.pending.remove(at)) {
            tell(&pending, outcome, Some(input.stamp), out);
        }
    }
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let side = input.side;
        let lane = side.of_mut(&mut self.lanes);
        let (length, end, octets) = match lane.next(input.octets, judge) {
            Event::Step(step) => return step,
            Event::Tpdu(length, Tpdu::Data { end, octets }) => (length, end, octets),
            Event::Tpdu(length, _) => return Step::Pdu(length),
            Event::Malformed(_) | Event::Broken(_) if !self.spoken => return Step::NotMine,
            Event::Malformed(length) => {
                out.fault(side, &TPKT, iso::TPKT);
                return Step::Malformed(length);
            }
            Event::Broken(length) => {
                out.fault(side, &TPKT, 0);
                return Step::Skip(length);
            }
        };
        let mut assembly = std::mem::take(&mut lane.assembly);
        let step = match assembly.add(end, octets) {
            Joined::Part => Step::Pdu(length),
            Joined::TooLong => {
                out.fault(side, &CONTENT, iso::TPKT);
                Step::Malformed(length)
            }
            Joined::Whole(tsdu) => self.tsdu(input, length, tsdu, out),
        };
        side.of_mut(&mut self.lanes).assembly = assembly;
        step
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        side.of_mut(&mut self.lanes).gap();
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        for pending in std::mem::take(&mut self.pending) {
            tell(&pending, Outcome::NotSeen, None, out);
        }
    }
}

/// `domain/item`, as the field writes it; what is longer is cut.
fn joined(name: &Name<'_>) -> ArrayVec<u8, { wire::NAME }> {
    let slash: &[u8] = if name.domain.is_empty() { b"" } else { b"/" };
    let parts = [name.domain, slash, name.item];
    parts
        .into_iter()
        .flatten()
        .copied()
        .take(wire::NAME)
        .collect()
}

const fn refused(code: u32, name: &'static str) -> Outcome {
    Outcome::Refused { code, name }
}

fn tell(pending: &Pending, outcome: Outcome, answered: Option<Stamp>, out: &mut dyn Sink) {
    let target = Target {
        space: pending.space,
        name: &pending.name,
        ..Target::default()
    };
    let item = (!pending.name.is_empty()).then_some(Item {
        target,
        ..Item::default()
    });
    out.operation(&Operation {
        meaning: pending.meaning,
        code: pending.service,
        actor: pending.actor,
        unit: None,
        items: item.into_iter().collect(),
        outcome,
        requested: Some(pending.stamp),
        answered,
    });
}
