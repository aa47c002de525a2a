//! Reads the front of each chunk, passes over the rest, pairs requests with responses.

use super::super::{Input, Session, Sink, Step};
use super::INVALID_HEADER;
use super::operations::{is_response, refusal, request};
use super::wire::{Chunk, HEADER, Header, READ, Type};
use crate::facts::{Meaning, Operation, Outcome, Side, Stamp};
use arrayvec::ArrayVec;

/// Requests kept until they are answered; clients keep a few open, of what is told.
const PENDING: usize = 16;

struct Pending {
    actor: Side,
    request: u32,
    service: u16,
    meaning: &'static Meaning,
    stamp: Stamp,
}

/// One direction.
#[derive(Default)]
struct Way {
    /// Octets of a chunk that are passed over.
    passing: u64,
    lost: bool,
    /// The chunk before was not the last of its message.
    continued: bool,
}

/// What is kept of one connection.
#[derive(Default)]
pub(super) struct Conversation {
    ways: (Way, Way),
    pending: ArrayVec<Pending, PENDING>,
    server: Option<Side>,
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let octets = input.octets;
        let way = input.side.of_mut(&mut self.ways);
        if way.passing > 0 {
            let left = usize::try_from(way.passing).unwrap_or(usize::MAX);
            let eaten = left.min(octets.len());
            way.passing -= eaten as u64;
            return Step::Pdu(eaten);
        }
        let header = match Header::read(octets) {
            Ok(Some(header)) => header,
            Ok(None) => return Step::Need(HEADER),
            Err(()) => {
                if !std::mem::replace(&mut way.lost, true) {
                    out.fault(input.side, &INVALID_HEADER, 0);
                }
                return Step::Skip(next_header(octets));
            }
        };
        let read = header.size.min(READ);
        let Some(content) = octets.get(HEADER..read) else {
            return Step::Need(read);
        };
        way.lost = false;
        let first = !std::mem::replace(&mut way.continued, !header.last);
        let eaten = octets.len().min(header.size);
        way.passing = (header.size - eaten) as u64;
        let chunk = Chunk::read(header, if first { content } else { &[] });
        out.message(input.side, &chunk);
        self.chunk(input, &chunk, out);
        Step::Pdu(eaten)
    }

    fn gap(&mut self, side: Side, lost: Option<u64>, _: &mut dyn Sink) {
        let way = side.of_mut(&mut self.ways);
        match lost {
            Some(lost) if way.passing > 0 && lost <= way.passing => way.passing -= lost,
            _ => {
                *way = Way {
                    lost: true,
                    ..Way::default()
                }
            }
        }
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        for pending in std::mem::take(&mut self.pending) {
            tell(&pending, Outcome::NotSeen, None, out);
        }
    }
}

/// Where behind the first octet a chunk may begin, or the end.
fn next_header(octets: &[u8]) -> usize {
    let rest = octets.get(1..).unwrap_or_default();
    let mut windows = rest.windows(HEADER).enumerate();
    windows
        .find(|(_, window)| matches!(Header::read(window), Ok(Some(_))))
        .map_or(octets.len(), |(at, _)| at + 1)
}

impl Conversation {
    fn serves(&mut self, side: Side, out: &mut dyn Sink) {
        if self.server != Some(side) {
            self.server = Some(side);
            out.server(side);
        }
    }

    fn chunk(&mut self, input: &Input<'_>, chunk: &Chunk<'_>, out: &mut dyn Sink) {
        match chunk.header.kind {
            Type::Hello => self.serves(input.side.other(), out),
            Type::Acknowledge | Type::ReverseHello => self.serves(input.side, out),
            _ => {}
        }
        let (Some(service), Some(id)) = (chunk.service, chunk.request) else {
            return;
        };
        if is_response(service) {
            self.serves(input.side, out);
            self.answer(input, id, chunk.status.unwrap_or_default(), out);
        } else if let Some(meaning) = request(service) {
            if self.pending.is_full() {
                tell(&self.pending.remove(0), Outcome::NotSeen, None, out);
            }
            self.pending.push(Pending {
                actor: input.side,
                request: id,
                service,
                meaning,
                stamp: input.stamp,
            });
        }
    }

    fn answer(&mut self, input: &Input<'_>, id: u32, status: u32, out: &mut dyn Sink) {
        let asked = self
            .pending
            .iter()
            .position(|pending| pending.request == id && pending.actor != input.side);
        if let Some(pending) = asked.map(|at| self.pending.remove(at)) {
            // The upper two bits are the severity: good, uncertain, bad (IEC 62541-4, 7.38).
            let outcome = if status >> 30 < 2 {
                Outcome::Done
            } else {
                Outcome::Refused {
                    code: status,
                    name: refusal(status & 0xffff_0000),
                }
            };
            tell(&pending, outcome, Some(input.stamp), out);
        }
    }
}

fn tell(pending: &Pending, outcome: Outcome, answered: Option<Stamp>, out: &mut dyn Sink) {
    out.operation(&Operation {
        meaning: pending.meaning,
        code: pending.service.into(),
        actor: pending.actor,
        unit: None,
        items: &[],
        outcome,
        requested: Some(pending.stamp),
        answered,
    });
}
