//! One association: frames, pairs requests with responses, lends messages.

use super::data::{self, Value};
use super::operations::{self, access_error, error_class};
use super::wire::{self, CONNECT, Kind, Name, Pdu, REFUSE, Unit, judge};
use super::{CONTENT, TPKT};
use crate::facts::{
    Attribute, Item, Meaning, Operation, Outcome, Property, Scalar, Side, Stamp, Target, Values,
};
use crate::protocols::iso::{self, Event, Joined, Lane, Tpdu};
use crate::protocols::{Input, Opening, Session, Sink, Step};
use crate::wire::text::is_printable;
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
    /// The first value of a write.
    value: Option<Scalar>,
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
    /// That the server has the data model of IEC 61850 was told.
    is_ied: bool,
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
            Unit::Session(wire::ACCEPT) => self.answer(input, None, None, Outcome::Done, out),
            Unit::Session(REFUSE) => {
                self.answer(input, None, None, refused(0, "refused"), out);
            }
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
            value: None,
            stamp: input.stamp,
        });
    }

    fn pdu(&mut self, input: &Input<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        match (pdu.kind, pdu.service) {
            (Kind::INITIATE, _) => self.associate(input),
            (Kind::INITIATED, _) => self.answer(input, None, None, Outcome::Done, out),
            (Kind::INITIATE_ERROR, _) => {
                self.answer(input, None, None, refused(0, "initiate"), out);
            }
            (Kind::REQUEST, Some(service)) => self.ask(input, pdu, service, out),
            (Kind::RESPONSE, service) => self.response(input, pdu, service, out),
            (Kind::ERROR, _) => {
                let code = wire::error(pdu.content).unwrap_or(u16::MAX);
                let [class, _] = code.to_be_bytes();
                let outcome = refused(code.into(), error_class(class));
                self.answer(input, pdu.invoke, None, outcome, out);
            }
            (Kind::REJECT, _) if pdu.invoke.is_some() => {
                self.answer(input, pdu.invoke, None, refused(0, "rejected"), out);
            }
            _ => {}
        }
    }

    fn response(
        &mut self,
        input: &Input<'_>,
        pdu: &Pdu<'_>,
        service: Option<u32>,
        out: &mut dyn Sink,
    ) {
        let read = match service {
            Some(operations::READS) => data::first(pdu.content, 0xa1),
            _ => None,
        };
        let failed = match service {
            Some(operations::READS) => read.and_then(Result::err),
            Some(service) if operations::has_results(service) => wire::failed(pdu.content),
            _ => None,
        };
        let outcome = match failed {
            Some(code) => refused(code.into(), access_error(code)),
            None => Outcome::Done,
        };
        if service == Some(operations::IDENTIFIES)
            && let Some(identity) = data::identity(pdu.content)
        {
            let told = [
                (Property::Vendor, identity.vendor),
                (Property::Model, identity.model),
                (Property::Firmware, identity.revision),
            ];
            for (property, value) in told.into_iter().filter(|(_, value)| is_printable(value)) {
                out.attribute(&Attribute::of(input.side, property, value));
            }
        }
        self.answer(input, pdu.invoke, scalar(read), outcome, out);
    }

    fn ask(&mut self, input: &Input<'_>, pdu: &Pdu<'_>, service: u32, out: &mut dyn Sink) {
        let Some(meaning) = operations::request(service, pdu.content) else {
            return;
        };
        if self.pending.is_full() {
            let oldest = self.pending.remove(0);
            tell(&oldest, None, Outcome::NotSeen, None, out);
        }
        self.pending.push(Pending {
            actor: input.side,
            invoke: pdu.invoke,
            service,
            meaning,
            space: operations::space(service),
            name: joined(&wire::name(pdu.content)),
            value: match service {
                operations::WRITES => scalar(data::first(pdu.content, 0xa0)),
                _ => None,
            },
            stamp: input.stamp,
        });
    }

    fn answer(
        &mut self,
        input: &Input<'_>,
        invoke: Option<u64>,
        read: Option<Scalar>,
        outcome: Outcome,
        out: &mut dyn Sink,
    ) {
        let asked = self
            .pending
            .iter()
            .position(|pending| pending.invoke == invoke && pending.actor != input.side);
        if let Some(pending) = asked.map(|at| self.pending.remove(at)) {
            if !self.is_ied && outcome == Outcome::Done && data::is_iec61850(&pending.name) {
                self.is_ied = true;
                out.attribute(&Attribute::of(input.side, Property::Role, b"ied"));
            }
            tell(&pending, read, outcome, Some(input.stamp), out);
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
            tell(&pending, None, Outcome::NotSeen, None, out);
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

/// The value, where it is a number.
fn scalar(value: Option<Result<Value<'_>, u8>>) -> Option<Scalar> {
    match value {
        Some(Ok(Value::Scalar(scalar))) => Some(scalar),
        _ => None,
    }
}

/// Tells an operation; `read` is what the response to a read brought.
fn tell(
    pending: &Pending,
    read: Option<Scalar>,
    outcome: Outcome,
    answered: Option<Stamp>,
    out: &mut dyn Sink,
) {
    let target = Target {
        space: pending.space,
        name: &pending.name,
        ..Target::default()
    };
    let value = pending.value.or(read);
    let item = (!pending.name.is_empty()).then_some(Item {
        target,
        values: value.as_ref().map_or(Values::None, |value| {
            Values::Scalars(std::slice::from_ref(value))
        }),
        ..Item::default()
    });
    out.operation(&Operation {
        meaning: pending.meaning,
        code: pending.service,
        actor: pending.actor,
        unit: None,
        items: item.as_slice(),
        outcome,
        requested: Some(pending.stamp),
        answered,
    });
}
