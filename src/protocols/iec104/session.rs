//! Pairs commands with their confirmations, and finds the next APDU after a loss.

use super::super::{Input, Session, Sink, Step};
use super::apdu::{Apdu, Function, Read, find};
use super::asdu::Asdu;
use super::operations::{START, STOP, request};
use super::{LOST_START, MALFORMED_ASDU};
use crate::facts::{Item, Meaning, Operation, Outcome, Scalar, Side, Stamp, Target, Values};
use arrayvec::ArrayVec;
use std::time::Duration;

/// Commands kept until they are confirmed; a station handles few at a time.
const PENDING: usize = 16;

/// Time after which a confirmation is not waited for: time-out of send or test APDUs t1 is
/// 15 s (IEC 60870-5-104, 9.6).
const PATIENCE: Duration = Duration::from_secs(15);

struct Pending {
    actor: Side,
    meaning: &'static Meaning,
    /// Type identification, or an unnumbered function that asks.
    code: u8,
    common: Option<u16>,
    address: Option<u32>,
    value: Option<Scalar>,
    stamp: Stamp,
}

/// What is kept of one connection.
#[derive(Default)]
pub(super) struct Conversation {
    lost: (bool, bool),
    pending: ArrayVec<Pending, PENDING>,
    server: Option<Side>,
}

/// Causes (IEC 60870-5-101, table 14).
const REQUEST: u8 = 5;
const ACTIVATION: u8 = 6;
const ACTIVATION_CONFIRMATION: u8 = 7;
const DEACTIVATION: u8 = 8;
const DEACTIVATION_CONFIRMATION: u8 = 9;
const FILE_TRANSFER: u8 = 13;

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if *input.side.of(&self.lost) {
            match find(input.octets) {
                Some(0) => *input.side.of_mut(&mut self.lost) = false,
                Some(at) => return Step::Skip(at),
                None => return Step::Skip(input.octets.len()),
            }
        }
        let (apdu, length) = match Apdu::read(input.octets) {
            Read::Whole(apdu, length) => (apdu, length),
            Read::Need(octets) => return Step::Need(octets),
            Read::Other => {
                *input.side.of_mut(&mut self.lost) = true;
                out.fault(input.side, &LOST_START, 0);
                let rest = input.octets.get(1..).unwrap_or_default();
                return Step::Skip(find(rest).map_or(input.octets.len(), |at| at + 1));
            }
        };
        out.message(input.side, &apdu);
        match apdu {
            Apdu::Unnumbered(function) => self.function(input, function, out),
            Apdu::Supervisory { .. } => {}
            Apdu::Information { asdu, .. } => {
                if asdu.kind.known().is_some() && !asdu.is_sized() {
                    out.fault(input.side, &MALFORMED_ASDU, 6);
                    return Step::Malformed(length);
                }
                self.asdu(input, &asdu, out);
            }
        }
        Step::Pdu(length)
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        *side.of_mut(&mut self.lost) = true;
    }

    fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        let late = |pending: &Pending| now.time.since(pending.stamp.time) > PATIENCE;
        while self.pending.first().is_some_and(late) {
            tell(&self.pending.remove(0), Outcome::NoAnswer, None, out);
        }
    }

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        for pending in std::mem::take(&mut self.pending) {
            tell(&pending, Outcome::NotSeen, None, out);
        }
    }
}

impl Conversation {
    fn serves(&mut self, side: Side, out: &mut dyn Sink) {
        if self.server != Some(side) {
            self.server = Some(side);
            out.server(side);
        }
    }

    fn keep(&mut self, pending: Pending, out: &mut dyn Sink) {
        if self.pending.is_full() {
            tell(&self.pending.remove(0), Outcome::NotSeen, None, out);
        }
        self.pending.push(pending);
    }

    /// Only the controlling station starts and stops the transfer of data.
    fn function(&mut self, input: &Input<'_>, function: Function, out: &mut dyn Sink) {
        let meaning = match function {
            Function::STARTDT_ACT => &START,
            Function::STOPDT_ACT => &STOP,
            Function::STARTDT_CON => {
                return self.confirm(input, Function::STARTDT_ACT.0, None, out);
            }
            Function::STOPDT_CON => return self.confirm(input, Function::STOPDT_ACT.0, None, out),
            _ => return,
        };
        self.serves(input.side.other(), out);
        let pending = Pending {
            actor: input.side,
            meaning,
            code: function.0,
            common: None,
            address: None,
            value: None,
            stamp: input.stamp,
        };
        self.keep(pending, out);
    }

    fn asdu(&mut self, input: &Input<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
        if asdu.kind.is_monitoring() {
            self.serves(input.side, out);
            return;
        }
        let object = asdu.objects().next();
        let selects = object.is_some_and(|object| object.selects());
        let Some(meaning) = request(asdu.kind, selects) else {
            return;
        };
        match asdu.cause {
            REQUEST | ACTIVATION | DEACTIVATION | FILE_TRANSFER if !asdu.negative => {
                let asks = self.server != Some(input.side);
                if !asks {
                    // Files go both ways; a station that sends one does not ask.
                    return;
                }
                let pending = Pending {
                    actor: input.side,
                    meaning,
                    code: asdu.kind.0,
                    common: Some(asdu.common),
                    address: object.map(|object| object.address),
                    value: object.and_then(|object| object.value()),
                    stamp: input.stamp,
                };
                if asdu.cause == ACTIVATION || asdu.cause == DEACTIVATION {
                    self.keep(pending, out);
                } else {
                    // What is read comes back as process data.
                    tell(&pending, Outcome::Unacknowledged, None, out);
                }
            }
            ACTIVATION_CONFIRMATION | DEACTIVATION_CONFIRMATION | 44..=47 => {
                self.confirm(input, asdu.kind.0, Some(asdu), out);
            }
            _ => {}
        }
    }

    fn confirm(
        &mut self,
        input: &Input<'_>,
        code: u8,
        asdu: Option<&Asdu<'_>>,
        out: &mut dyn Sink,
    ) {
        self.serves(input.side, out);
        let address = asdu
            .and_then(|asdu| asdu.objects().next())
            .map(|object| object.address);
        let asked = self.pending.iter().position(|pending| {
            pending.actor != input.side
                && pending.code == code
                && pending.common == asdu.map(|asdu| asdu.common)
                && pending.address == address
        });
        let outcome = match asdu {
            Some(asdu) if asdu.cause >= 44 => Outcome::Refused {
                code: asdu.cause.into(),
                name: asdu.cause_name(),
            },
            Some(asdu) if asdu.negative => Outcome::Refused {
                code: asdu.cause.into(),
                name: "negative confirmation",
            },
            _ => Outcome::Done,
        };
        if let Some(pending) = asked.map(|at| self.pending.remove(at)) {
            tell(&pending, outcome, Some(input.stamp), out);
        }
    }
}

fn tell(pending: &Pending, outcome: Outcome, answered: Option<Stamp>, out: &mut dyn Sink) {
    let item = pending.address.map(|address| Item {
        target: Target {
            space: "information-object",
            range: Some((address.into(), address.into())),
            ..Target::default()
        },
        values: if pending.value.is_some() {
            Values::Scalars(pending.value.as_slice())
        } else {
            Values::None
        },
        before: Values::None,
    });
    out.operation(&Operation {
        meaning: pending.meaning,
        code: pending.code.into(),
        actor: pending.actor,
        unit: pending.common.map(u32::from),
        items: item.as_slice(),
        outcome,
        requested: Some(pending.stamp),
        answered,
    });
}
