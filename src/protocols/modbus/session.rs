//! One conversation: cuts the octets of both sides into ADUs and keeps or regains sync.
//!
//! Called by the sensor for every packet of the conversation; [`super::exchange`] does the
//! rest with the PDUs found here. It never gives up on a conversation that has once shown
//! itself to be Modbus for less than [`LOST`] octets of nothing.

use super::exchange::{Exchange, Frame};
use super::outstanding::Key;
use super::umas;
use super::wire::codes::Function;
use super::wire::faults::{INVALID_CRC, INVALID_LENGTH, INVALID_PROTOCOL_ID};
use super::wire::{MAX_LENGTH, MIN_LENGTH, Mbap, Pdu, may_begin_header};
use super::{Framing, PORT, rtu, sync};
use crate::facts::{Fault, Side, Stamp, Time};
use crate::protocols::{Carrier, Input, Opening, Session, Sink, Step};
use arrayvec::ArrayVec;

/// Octets of one side without an ADU after which the conversation is no longer believed: some
/// 250 of the longest ADUs.
const LOST: u64 = 64 * 1024;

/// The same for RTU, which is recognised by less: four of the longest frames.
const LOST_RTU: u64 = 4 * rtu::MAX_FRAME as u64;

/// Most packets whose begin is remembered in the octets that wait: an ADU in more pieces than
/// this is found again by what follows it.
const BORDERS: usize = 8;

/// What is known of one side's octets.
#[derive(Clone, Debug, Default)]
struct Flow {
    /// The next octets need not begin with an ADU.
    lost: bool,
    /// Where in the next octets packets begin.
    borders: ArrayVec<usize, BORDERS>,
    /// How many of the next octets were searched for an ADU before.
    seen: usize,
    /// Octets passed over since the last ADU.
    skipped: u64,
    /// Packets since sync was lost that frame an ADU whose PDU breaks its rules.
    nearly: u8,
}

impl Flow {
    /// The next octets begin with a packet.
    fn restart(&mut self) {
        self.seen = 0;
        self.borders.clear();
        self.borders.push(0);
    }

    /// `eaten` of `seen` octets are gone; the next packet begins behind them all.
    fn eat(&mut self, eaten: usize, seen: usize) {
        self.borders.retain(|at| *at >= eaten && *at != seen);
        for at in &mut self.borders {
            *at -= eaten;
        }
        if self.borders.is_full() {
            self.borders.remove(0);
        }
        self.seen = seen.saturating_sub(eaten);
        self.borders.push(self.seen);
    }
}

/// A Modbus conversation.
#[derive(Debug)]
pub(crate) struct Conversation {
    framing: Framing,
    /// A stream of octets rather than datagrams.
    stream: bool,
    flows: (Flow, Flow),
    exchange: Exchange,
    /// At least one ADU was read.
    believed: bool,
}

impl Conversation {
    /// A conversation of this framing.
    pub(crate) fn new(opening: &Opening<'_>, framing: Framing) -> Self {
        let stream = opening.carrier == Carrier::Tcp;
        let mut flow = Flow {
            lost: stream && opening.midstream,
            ..Flow::default()
        };
        flow.restart();
        Self {
            framing,
            stream,
            flows: (flow.clone(), flow),
            exchange: Exchange::new(opening.ports, PORT, framing),
            believed: false,
        }
    }

    fn read(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        match self.framing {
            Framing::Tcp => self.read_tcp(input, out),
            Framing::Rtu => self.read_rtu(input, out),
        }
    }

    fn read_tcp(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if input.side.of(&self.flows).lost
            && let Some(step) = self.regain(input)
        {
            return step;
        }
        let octets = input.octets;
        let Some((header, code)) = Mbap::read(octets) else {
            return if self.stream && may_begin_header(octets) {
                Step::Need(Mbap::MIN_ADU)
            } else {
                self.lose(input, &INVALID_LENGTH, 0, out)
            };
        };
        if !header.is_plausible(code) {
            return self.implausible(header, input, out);
        }
        let size = header.adu();
        let (adu, cut) = match octets.get(..size) {
            Some(adu) => (adu, false),
            None if self.stream => return Step::Need(size),
            None => (octets, input.cut),
        };
        let frame = Frame {
            size: adu.len(),
            key: Key {
                transaction: Some(header.transaction),
                unit: header.unit,
            },
            length: Some(header.length),
            crc: None,
            pdu_at: Mbap::SIZE,
            pdu: Pdu {
                code,
                data: adu.get(Mbap::MIN_ADU..).unwrap_or_default(),
            },
            cut,
        };
        self.believed = true;
        let step = self.exchange.pdu(input, &frame, out);
        if adu.len() < size && !cut {
            out.fault(input.side, &INVALID_LENGTH, 4);
            return Step::Malformed(adu.len());
        }
        step
    }

    /// A header with a foreign protocol or an impossible length. Where only the protocol is
    /// wrong and what follows is not, the ADU is passed over as a whole.
    fn implausible(&mut self, header: Mbap, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if header.protocol == 0 {
            return self.lose(input, &INVALID_LENGTH, 4, out);
        }
        let size = header.adu();
        if self.believed && self.stream && (MIN_LENGTH..=MAX_LENGTH).contains(&header.length) {
            match input.octets.get(size..) {
                None => return Step::Need(size),
                Some(rest) if rest.is_empty() || sync::may_begin(rest) => {
                    out.fault(input.side, &INVALID_PROTOCOL_ID, 2);
                    return Step::Malformed(size);
                }
                Some(_) => {}
            }
        }
        self.lose(input, &INVALID_PROTOCOL_ID, 2, out)
    }

    /// Sync is lost here: tells why and looks for the next ADU.
    fn lose(
        &mut self,
        input: &Input<'_>,
        fault: &'static Fault,
        offset: usize,
        out: &mut dyn Sink,
    ) -> Step {
        if !self.believed {
            return Step::NotMine;
        }
        if input.cut {
            return Step::Skip(input.octets.len());
        }
        out.fault(input.side, fault, offset);
        if !self.stream {
            return Step::Malformed(input.octets.len());
        }
        self.exchange.interrupted(input.side);
        let flow = input.side.of_mut(&mut self.flows);
        flow.lost = true;
        flow.seen = 0;
        // Position 0 was just refused, so this never answers "here".
        self.regain(input).unwrap_or(Step::Skip(input.octets.len()))
    }

    /// Looks for an ADU in the octets of a side that has lost sync; `None` where one begins
    /// right here.
    fn regain(&mut self, input: &Input<'_>) -> Option<Step> {
        let side = input.side;
        let flow = side.of_mut(&mut self.flows);
        let expects = |header: &Mbap, code: u8| {
            let key = Key {
                transaction: Some(header.transaction),
                unit: header.unit,
            };
            self.exchange.expects(side, key, Function(code & 0x7f))
        };
        let search = sync::Search {
            borders: &flow.borders,
            seen: flow.seen,
            directions: sync::directions(self.exchange.firm_direction(side)),
            asked: self.exchange.is_asked(side),
            expects: &expects,
        };
        match sync::next(input.octets, &search) {
            (_, sync::Verdict::Nearly) if flow.nearly == 0 => {
                flow.nearly = 1;
                Some(Step::Skip(input.octets.len()))
            }
            (at, sync::Verdict::Adu | sync::Verdict::Chain | sync::Verdict::Nearly) => {
                flow.lost = false;
                flow.nearly = 0;
                (at > 0).then_some(Step::Skip(at))
            }
            (0, sync::Verdict::Wait(n)) => Some(Step::Need(n)),
            (at, _) => Some(Step::Skip(at)),
        }
    }

    fn read_rtu(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let octets = input.octets;
        let lost = input.side.of(&self.flows).lost;
        let (at, found) = if lost {
            rtu::next(octets)
        } else {
            let likely = self.exchange.firm_direction(input.side);
            (0, rtu::find(octets, true, likely))
        };
        match found {
            rtu::Found::Frame(size) if at == 0 => {
                input.side.of_mut(&mut self.flows).lost = false;
                self.rtu_frame(octets.get(..size).unwrap_or_default(), input, out)
            }
            rtu::Found::Need(n) if at == 0 && self.stream => Step::Need(n),
            rtu::Found::Nothing | rtu::Found::Need(_) if at == 0 && !lost => {
                self.lose_rtu(input, out)
            }
            _ => Step::Skip(at),
        }
    }

    fn rtu_frame(&mut self, frame: &[u8], input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let body = frame.split_last_chunk::<2>().map(|(body, _)| body);
        let Some((&[unit, code], data)) = body.and_then(<[u8]>::split_first_chunk::<2>) else {
            return Step::Skip(input.octets.len());
        };
        let frame = Frame {
            size: frame.len(),
            key: Key {
                transaction: None,
                unit,
            },
            length: None,
            crc: rtu::checked(frame),
            pdu_at: 1,
            pdu: Pdu { code, data },
            cut: false,
        };
        self.believed = true;
        self.exchange.pdu(input, &frame, out)
    }

    fn lose_rtu(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if !self.believed {
            return Step::NotMine;
        }
        out.fault(input.side, &INVALID_CRC, 0);
        if !self.stream {
            return Step::Malformed(input.octets.len());
        }
        self.exchange.interrupted(input.side);
        input.side.of_mut(&mut self.flows).lost = true;
        match rtu::next(input.octets) {
            (0, rtu::Found::Need(n)) => Step::Need(n),
            (0, _) => Step::Skip(input.octets.len()),
            (at, _) => Step::Skip(at),
        }
    }
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let step = self.read(input, out);
        let flow = input.side.of_mut(&mut self.flows);
        let eaten = match step {
            Step::Skip(n) => {
                flow.skipped = flow
                    .skipped
                    .saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
                n
            }
            Step::Pdu(n) | Step::Malformed(n) => {
                flow.skipped = 0;
                n
            }
            _ => 0,
        };
        flow.eat(eaten, input.octets.len());
        let most = match self.framing {
            Framing::Tcp => LOST,
            Framing::Rtu => LOST_RTU,
        };
        if flow.skipped > most {
            return Step::NotMine;
        }
        step
    }

    fn gap(&mut self, side: Side, lost: Option<u64>, out: &mut dyn Sink) {
        umas::pieces::lost(side, lost, out);
        if self.stream {
            let flow = side.of_mut(&mut self.flows);
            flow.lost = true;
            flow.restart();
            flow.nearly = 0;
        }
        self.exchange.interrupted(side);
    }

    fn held(&self) -> usize {
        self.exchange.octets()
    }

    fn is_waiting(&self) -> bool {
        self.exchange.is_waiting()
    }

    fn due(&self) -> Time {
        self.exchange.due()
    }

    fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        self.exchange.expire(now, self.lost(), out);
    }

    fn close(&mut self, _now: Stamp, out: &mut dyn Sink) {
        self.exchange.close(out);
    }
}

impl Conversation {
    /// Which sides have lost sync: (low, high).
    const fn lost(&self) -> (bool, bool) {
        (self.flows.0.lost, self.flows.1.lost)
    }
}
