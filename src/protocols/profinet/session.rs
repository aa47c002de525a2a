//! Pairs DCP requests with responses and tells what stations say of themselves.

use super::super::{Input, Session, Sink, Step};
use super::operations::{DISCOVER, GET, manufacturer, refusal, set};
use super::wire::{Block, Dcp, FrameId, IpParameter, Service, Subject};
use super::{MALFORMED, operations};
use crate::facts::{
    Attribute, Item, Meaning, Operation, Outcome, Property, Side, Stamp, Target, Values,
};
use crate::wire::text::{is_printable, trimmed};
use arrayvec::ArrayVec;
use std::io::Write as _;
use std::time::Duration;

/// Blocks of set requests that wait for their answers; one request holds one to three.
const PENDING: usize = 8;

/// Stations answer within the second (IEC 61158-6-10, 4.3.2: client timeout 1 s).
const PATIENCE: Duration = Duration::from_secs(2);

/// Octets kept of a value that is set: a name of station has at most 240.
const LONGEST_VALUE: usize = 240;

/// Kinds of real-time frames remembered as told.
const KINDS: usize = 8;

/// What can be told of a frame.
#[derive(Debug)]
pub(super) enum Told<'a> {
    Dcp(Dcp<'a>),
    RealTime(FrameId),
}

struct Pending {
    actor: Side,
    xid: u32,
    subject: Subject,
    meaning: &'static Meaning,
    value: ArrayVec<u8, LONGEST_VALUE>,
    stamp: Stamp,
}

/// What is kept of one conversation.
#[derive(Default)]
pub(super) struct Conversation {
    pending: ArrayVec<Pending, PENDING>,
    told: (ArrayVec<&'static str, KINDS>, ArrayVec<&'static str, KINDS>),
    told_discovery: bool,
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let length = input.octets.len();
        match FrameId::read(input.octets) {
            Some(id) if !id.is_dcp() && id.kind().is_some() => {
                self.real_time(input.side, id, out);
                return Step::Pdu(length);
            }
            _ => {}
        }
        let Some(dcp) = Dcp::read(input.octets) else {
            if input.cut {
                return Step::Skip(length);
            }
            out.fault(input.side, &MALFORMED, 0);
            return Step::Malformed(length);
        };
        out.message(input.side, &Told::Dcp(dcp));
        match (dcp.service, dcp.is_request()) {
            (Service::IDENTIFY, true) => self.discovery(input, &dcp, out),
            (Service::HELLO, _) => described(input.side, &dcp, out),
            (Service::IDENTIFY | Service::GET, false) => {
                out.server(input.side);
                described(input.side, &dcp, out);
                self.answer(input, &dcp, out);
            }
            (Service::GET, true) => self.keep(input, &dcp, Subject::ALL, &GET, &[], out),
            (_, true) => {
                for block in dcp.blocks() {
                    if let Some(meaning) = set(block.subject) {
                        let value = written(&block);
                        self.keep(input, &dcp, block.subject, meaning, &value, out);
                    }
                }
            }
            (_, false) => {
                out.server(input.side);
                self.answer(input, &dcp, out);
            }
        }
        Step::Pdu(length)
    }

    fn gap(&mut self, _: Side, _: Option<u64>, _: &mut dyn Sink) {}

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
    /// Tells each kind of real-time frame once a direction: they come by the thousand.
    fn real_time(&mut self, side: Side, id: FrameId, out: &mut dyn Sink) {
        let told = side.of_mut(&mut self.told);
        let kind = id.kind().unwrap_or_default();
        // There are seven kinds and room for eight.
        if !told.contains(&kind) && told.try_push(kind).is_ok() {
            out.message(side, &Told::RealTime(id));
        }
    }

    /// A request with no filter asks all stations; answers go from many to one and are other
    /// conversations. Told once, for tools repeat it.
    fn discovery(&mut self, input: &Input<'_>, dcp: &Dcp<'_>, out: &mut dyn Sink) {
        let all = dcp.blocks().any(|block| block.subject == Subject::ALL);
        if !all || std::mem::replace(&mut self.told_discovery, true) {
            return;
        }
        out.operation(&Operation {
            meaning: &DISCOVER,
            code: dcp.service.0.into(),
            actor: input.side,
            unit: None,
            items: &[],
            outcome: Outcome::Unacknowledged,
            requested: Some(input.stamp),
            answered: None,
        });
    }

    fn keep(
        &mut self,
        input: &Input<'_>,
        dcp: &Dcp<'_>,
        subject: Subject,
        meaning: &'static Meaning,
        value: &[u8],
        out: &mut dyn Sink,
    ) {
        if self.pending.is_full() {
            tell(&self.pending.remove(0), Outcome::NotSeen, None, out);
        }
        self.pending.push(Pending {
            actor: input.side,
            xid: dcp.xid,
            subject,
            meaning,
            value: value.iter().copied().take(LONGEST_VALUE).collect(),
            stamp: input.stamp,
        });
    }

    /// A get is answered as a whole, a set block by block.
    fn answer(&mut self, input: &Input<'_>, dcp: &Dcp<'_>, out: &mut dyn Sink) {
        let mut at = 0;
        while let Some(pending) = self.pending.get(at) {
            if pending.xid != dcp.xid || pending.actor == input.side {
                at += 1;
                continue;
            }
            let subject = pending.subject;
            let error = match (dcp.kind, dcp.service) {
                (1, Service::SET) => dcp.blocks().find_map(|block| match *block.value {
                    [option, suboption, error, ..] if Subject(option, suboption) == subject => {
                        Some(error)
                    }
                    _ => None,
                }),
                (1, _) => Some(0),
                _ => Some(1),
            };
            let outcome = match error {
                None => Outcome::NotSeen,
                Some(0) => Outcome::Done,
                Some(error) => Outcome::Refused {
                    code: error.into(),
                    name: refusal(error),
                },
            };
            let pending = self.pending.remove(at);
            tell(&pending, outcome, Some(input.stamp), out);
        }
    }
}

/// The value of a set block as text: a name as it is, addresses in dotted form.
fn written(block: &Block<'_>) -> ArrayVec<u8, LONGEST_VALUE> {
    let mut text = ArrayVec::new();
    if let (Subject::IP | Subject::FULL_IP, Some(ip)) =
        (block.subject, IpParameter::read(block.value))
    {
        // Three addresses are at most 60 octets.
        let _ = write!(
            text,
            "{} mask {} gateway {}",
            ip.address, ip.mask, ip.gateway
        );
    } else if is_printable(block.value) {
        text.extend(block.value.iter().copied().take(LONGEST_VALUE));
    }
    text
}

fn tell(pending: &Pending, outcome: Outcome, answered: Option<Stamp>, out: &mut dyn Sink) {
    let item = Item {
        target: Target {
            space: pending.subject.name().unwrap_or("option"),
            ..Target::default()
        },
        values: if pending.value.is_empty() {
            Values::None
        } else {
            Values::Text(&pending.value)
        },
        before: Values::None,
    };
    let Subject(option, suboption) = pending.subject;
    let whole = *pending.meaning == operations::GET;
    out.operation(&Operation {
        meaning: pending.meaning,
        code: u32::from(option) << 8 | u32::from(suboption),
        actor: pending.actor,
        unit: None,
        items: (!whole).then_some(item).as_slice(),
        outcome,
        requested: Some(pending.stamp),
        answered,
    });
}

/// What a station says of itself.
fn described(side: Side, dcp: &Dcp<'_>, out: &mut dyn Sink) {
    for (subject, property) in [
        (Subject::NAME, Property::Name),
        (Subject::TYPE, Property::Model),
    ] {
        let value = trimmed(dcp.value(subject));
        if is_printable(value) {
            out.attribute(&Attribute::of(side, property, value));
        }
    }
    if let Some(name) = dcp.device().and_then(|(vendor, _)| manufacturer(vendor)) {
        out.attribute(&Attribute::of(side, Property::Vendor, name.as_bytes()));
    }
    let ip = IpParameter::read(dcp.value(Subject::IP)).map(|ip| ip.address);
    if let Some(ip) = ip.filter(|ip| !ip.is_unspecified()) {
        out.attribute(&Attribute::of(side, Property::Ip, &ip.octets()));
    }
    let role: &[u8] = match dcp.role() {
        Some(role) if role & 0x08 != 0 => b"engineering-station",
        Some(role) if role & 0x02 != 0 => b"plc",
        Some(role) if role & 0x05 != 0 => b"io-device",
        _ => return,
    };
    out.attribute(&Attribute::of(side, Property::Role, role));
}
