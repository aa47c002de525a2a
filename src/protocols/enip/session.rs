//! The state of one EtherNet/IP conversation: finds packets, pairs requests with replies.
//!
//! Called by the sensor's conversations. Bounded; survives gaps and malformed packets; never
//! panics.

use super::cip::{Message, Reply};
use super::connection::{Connection, Triad};
use super::cyclic::Cyclic;
use super::exchange::{Exchange, Memory, operation};
use super::faults::{INVALID_PDU, TOO_MANY_TRANSACTIONS};
use super::operations;
use super::outstanding::{Key, OUTSTANDING, Outstanding, REQUEST, Waiting};
use super::packet::Packet;
use super::wire::{self, Command, HEADER, Header, Implicit, Sound};
use crate::facts::{Outcome, Side, Stamp, Time};
use crate::protocols::{self, Input, Sink, Step};
use std::time::Duration;

/// How long a reply may take. The time-outs that clients send in their requests are 5 to 30
/// seconds, and often 0 for "as long as it takes".
const PATIENCE: Duration = Duration::from_secs(30);

/// It is asked for no sooner.
const _: () = assert!(PATIENCE.as_secs() >= 2 * crate::protocols::PATIENCE.as_secs());

/// Longest content of a packet that is read although its items do not add up: that of the
/// largest connection, 4002 octets, with its items.
const SLOPPY: u16 = 4_096;

/// The state of one conversation.
#[derive(Debug)]
pub(super) struct Session {
    stream: bool,
    midstream: bool,
    recognised: bool,
    /// The session handle in use, 0 while none is known.
    handle: u32,
    server: Option<Side>,
    low: Direction,
    high: Direction,
    outstanding: Outstanding,
    memory: Memory,
    cyclic: Cyclic,
}

/// What is known of one side.
#[derive(Debug, Default)]
struct Direction {
    /// Where the next packet begins is not known.
    lost: bool,
    /// Something of it was decoded.
    seen: bool,
}

impl Session {
    /// A session for a stream or for datagrams.
    #[must_use]
    pub(super) fn new(stream: bool, midstream: bool) -> Self {
        Self {
            stream,
            midstream,
            recognised: false,
            handle: 0,
            server: None,
            low: Direction {
                lost: midstream,
                seen: false,
            },
            high: Direction {
                lost: midstream,
                seen: false,
            },
            outstanding: Outstanding::default(),
            memory: Memory::default(),
            cyclic: Cyclic::default(),
        }
    }

    const fn side(&mut self, side: Side) -> &mut Direction {
        match side {
            Side::Low => &mut self.low,
            Side::High => &mut self.high,
        }
    }

    fn stream(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if self.side(input.side).lost {
            match wire::find(input.octets, self.handle) {
                Some(0) => {}
                Some(at) => return Step::Skip(at),
                // The last octets may be the start of a header.
                None => {
                    return match input.octets.len().checked_sub(HEADER - 1) {
                        Some(passed) if passed > 0 => Step::Skip(passed),
                        _ => Step::Need(HEADER),
                    };
                }
            }
        }
        let Some(header) = Header::read(input.octets) else {
            return Step::Need(HEADER);
        };
        match header.sound(input.octets) {
            Sound::More(needed) => return Step::Need(needed),
            Sound::No if self.tolerable(&header) => return self.sloppy(header, input, out),
            Sound::No => return self.unsound(input, out),
            Sound::Weak | Sound::Strong => {}
        }
        self.side(input.side).lost = false;
        let total = header.total();
        match input.octets.get(..total) {
            None => Step::Need(total),
            Some(octets) => match self.packet(header, octets, input, out) {
                true => Step::Pdu(total),
                false => Step::Malformed(total),
            },
        }
    }

    /// Whether a packet with odd content may be read by its length: it bears the handle in use.
    fn tolerable(&self, header: &Header) -> bool {
        let own = self.handle != 0 && header.session == self.handle;
        own && header.framed() && header.length <= SLOPPY
    }

    /// Reads a packet whose items do not fill it as its length says, unless another packet
    /// begins inside: then the length is a lie, told perhaps to hide that one.
    fn sloppy(&mut self, header: Header, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let total = header.total();
        let Some(octets) = input.octets.get(..total) else {
            return Step::Need(total);
        };
        let inside = octets.get(1..).unwrap_or_default();
        if let Some(at) = wire::find(inside, self.handle) {
            out.fault(input.side, &INVALID_PDU, 0);
            self.side(input.side).lost = true;
            return Step::Skip(at.saturating_add(1));
        }
        match self.packet(header, octets, input, out) {
            true => Step::Pdu(total),
            false => Step::Malformed(total),
        }
    }

    /// What stands here is no packet: looks for the next one.
    fn unsound(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if !self.recognised && !self.midstream {
            return Step::NotMine;
        }
        if !self.side(input.side).lost {
            out.fault(input.side, &INVALID_PDU, 0);
            self.side(input.side).lost = true;
        }
        Step::Skip(1)
    }

    fn datagram(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let all = input.octets.len();
        if let Some(implicit) = Implicit::read(input.octets) {
            self.recognised = true;
            out.message(input.side, &Packet::implicit(&implicit));
            self.cyclic.message(input.side, &implicit, input.stamp, out);
            return Step::Pdu(all);
        }
        let header = Header::read(input.octets).filter(Header::framed);
        let Some((header, octets)) = header.and_then(|header| {
            let octets = input.octets.get(..header.total())?;
            Some((header, octets))
        }) else {
            return self.unsound_datagram(input, out);
        };
        let sound = header.sound(input.octets) != Sound::No && octets.len() == all;
        if !sound && !self.recognised {
            return Step::NotMine;
        }
        if !sound {
            out.fault(input.side, &INVALID_PDU, octets.len().min(all));
        }
        match self.packet(header, octets, input, out) && sound {
            true => Step::Pdu(all),
            false => Step::Malformed(all),
        }
    }

    fn unsound_datagram(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if input.cut {
            return Step::Skip(input.octets.len());
        }
        if !self.recognised {
            return Step::NotMine;
        }
        out.fault(input.side, &INVALID_PDU, 0);
        Step::Malformed(input.octets.len())
    }

    /// Reads one whole packet, lends it, and pairs what it carries. Answers whether its content
    /// is sound.
    fn packet(
        &mut self,
        header: Header,
        octets: &[u8],
        input: &Input<'_>,
        out: &mut dyn Sink,
    ) -> bool {
        self.recognised = true;
        self.side(input.side).seen = true;
        if header.session != 0 && header.status == 0 {
            self.handle = header.session;
        }
        let (packet, broken) = Packet::read(header, octets, &self.memory.connections);
        out.message(input.side, &packet);
        if let Some((fault, at)) = broken {
            out.fault(input.side, fault, at);
        }
        match header.command {
            Command::REGISTER_SESSION | Command::UNREGISTER_SESSION => {
                self.session_command(&header, input, out);
            }
            command if command.lists() => self.list_command(&header, &packet, input, out),
            _ if packet.cip.is_empty() && header.status != 0 => {
                self.refused(&header, input, out);
            }
            _ => self.cip(&header, &packet, input, out),
        }
        broken.is_none()
    }

    fn list_command(
        &mut self,
        header: &Header,
        packet: &Packet<'_>,
        input: &Input<'_>,
        out: &mut dyn Sink,
    ) {
        let key = Key::Encapsulation(header.command, header.context);
        if header.length == 0 && header.status == 0 {
            self.serve(input.side.other(), out);
            return self.wait(key, &[], input, out);
        }
        self.serve(input.side, out);
        self.answer_command(header, key, input, out);
        if let Some(identity) = packet.identity {
            identity.tell(input.side, None, out);
            self.memory.tell_mode(&identity, input.side, None, out);
        }
    }

    fn session_command(&mut self, header: &Header, input: &Input<'_>, out: &mut dyn Sink) {
        let key = Key::Encapsulation(header.command, header.context);
        if header.command == Command::UNREGISTER_SESSION {
            // Either end may close the session, and nobody answers.
            return self.tell_command(header, input.side, Some(input.stamp), None, out);
        }
        if header.session == 0 && header.status == 0 {
            self.serve(input.side.other(), out);
            return self.wait(key, &[], input, out);
        }
        self.serve(input.side, out);
        self.answer_command(header, key, input, out);
    }

    /// Tells of the encapsulation command that this packet answers.
    fn answer_command(&mut self, header: &Header, key: Key, input: &Input<'_>, out: &mut dyn Sink) {
        let actor = input.side.other();
        let request = self.outstanding.take(actor, key);
        let requested = request.map(|(waiting, _)| waiting.stamp);
        self.tell_command(header, actor, requested, Some(input.stamp), out);
    }

    fn tell_command(
        &self,
        header: &Header,
        actor: Side,
        requested: Option<Stamp>,
        answered: Option<Stamp>,
        out: &mut dyn Sink,
    ) {
        let Some(meaning) = operations::of_command(header.command) else {
            return;
        };
        let outcome = match (answered, header.status) {
            (None, _) => Outcome::Unacknowledged,
            (Some(_), 0) => Outcome::Done,
            (Some(_), _) => refusal(header),
        };
        let exchange = Exchange {
            actor,
            requested,
            answered,
            unit: None,
            otherwise: outcome,
        };
        out.operation(&operation(
            &exchange,
            meaning,
            command_code(header.command),
            outcome,
        ));
    }

    /// An error reply of the encapsulation to a message that it was to carry.
    fn refused(&mut self, header: &Header, input: &Input<'_>, out: &mut dyn Sink) {
        self.serve(input.side, out);
        let key = Key::Unconnected(header.session, header.context);
        let actor = input.side.other();
        if let Some((waiting, request)) = self.outstanding.take(actor, key) {
            let exchange = Exchange {
                actor,
                requested: Some(waiting.stamp),
                answered: Some(input.stamp),
                unit: None,
                otherwise: refusal(header),
            };
            self.memory.tell(&exchange, request, None, out);
        }
    }

    fn cip(&mut self, header: &Header, packet: &Packet<'_>, input: &Input<'_>, out: &mut dyn Sink) {
        let count = packet.sequence.and_then(|count| u16::try_from(count).ok());
        let connected = packet.connection.zip(count);
        let key = match connected {
            Some((connection, count)) => Key::Connected(connection, count),
            None => Key::Unconnected(header.session, header.context),
        };
        match Message::read(packet.cip) {
            Some(Message::Request(_)) => {
                self.serve(input.side.other(), out);
                self.wait(key, packet.cip, input, out);
            }
            Some(Message::Reply(reply)) => {
                self.serve(input.side, out);
                self.answer(key, &reply, input, out);
            }
            None => {}
        }
    }

    fn answer(&mut self, key: Key, reply: &Reply<'_>, input: &Input<'_>, out: &mut dyn Sink) {
        let actor = input.side.other();
        let mut unit = None;
        let mut learned = None;
        let request = match key {
            Key::Connected(id, count) => match self.memory.connections.by_replies(id) {
                Some(known) => {
                    unit = known.unit;
                    self.outstanding
                        .take(actor, Key::Connected(known.requests, count))
                }
                // The opening was not seen: the pairing teaches the connection.
                None => {
                    learned = Some(id);
                    self.outstanding
                        .take_by_sequence(actor, count, reply.service)
                }
            },
            _ => self.outstanding.take(actor, key),
        };
        let mut exchange = Exchange {
            actor,
            requested: None,
            answered: Some(input.stamp),
            unit,
            otherwise: Outcome::NotSeen,
        };
        let Some((waiting, request)) = request else {
            return self.memory.tell_reply(&exchange, reply, out);
        };
        exchange.requested = Some(waiting.stamp);
        self.memory.tell(&exchange, request, Some(reply), out);
        if let (Some(replies), Key::Connected(requests, _)) = (learned, waiting.key) {
            self.memory.connections.add(Connection {
                requests,
                replies,
                triad: Triad::default(),
                explicit: true,
                unit: None,
            });
        }
    }

    /// Keeps a request until its reply comes.
    fn wait(&mut self, key: Key, request: &[u8], input: &Input<'_>, out: &mut dyn Sink) {
        if request.len() > REQUEST {
            let exchange = Exchange {
                actor: input.side,
                requested: Some(input.stamp),
                answered: None,
                unit: None,
                otherwise: Outcome::NotSeen,
            };
            return self.memory.tell(&exchange, request, None, out);
        }
        if self.outstanding.full(request.len()) {
            // Lists go out by broadcast again and again, and the answers come elsewhere.
            if !request.is_empty() {
                out.fault(input.side, &TOO_MANY_TRANSACTIONS, 0);
            }
            // Each takes its octets with it, so that room is found before they are through.
            for _ in 0..OUTSTANDING {
                if !self.outstanding.full(request.len()) {
                    break;
                }
                self.give_up(|_| true, Outcome::NotSeen, out);
            }
        }
        self.outstanding.push(input.side, input.stamp, key, request);
    }

    /// Tells of the oldest request without a reply, if `when` says so.
    fn give_up(
        &mut self,
        when: impl Fn(&Waiting) -> bool,
        unanswered: Outcome,
        out: &mut dyn Sink,
    ) -> bool {
        let Some((waiting, request)) = self.outstanding.take_oldest(when) else {
            return false;
        };
        let seen = match waiting.actor {
            Side::Low => self.high.seen,
            Side::High => self.low.seen,
        };
        let unit = match waiting.key {
            Key::Connected(id, _) => self.memory.connections.by_requests(id),
            _ => None,
        }
        .and_then(|known| known.unit);
        let exchange = Exchange {
            actor: waiting.actor,
            requested: Some(waiting.stamp),
            answered: None,
            unit,
            otherwise: match seen && !waiting.blind {
                true => unanswered,
                false => Outcome::NotSeen,
            },
        };
        match waiting.key {
            Key::Encapsulation(command, _) => {
                if let Some(meaning) = operations::of_command(command) {
                    let code = command_code(command);
                    out.operation(&operation(&exchange, meaning, code, exchange.otherwise));
                }
            }
            _ => self.memory.tell(&exchange, request, None, out),
        }
        true
    }

    fn serve(&mut self, side: Side, out: &mut dyn Sink) {
        if self.server.replace(side) != Some(side) {
            out.server(side);
        }
    }
}

impl protocols::Session for Session {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        match self.stream {
            true => self.stream(input, out),
            false => self.datagram(input, out),
        }
    }

    fn gap(&mut self, side: Side, _lost: Option<u64>, _out: &mut dyn Sink) {
        self.side(side).lost = true;
        self.outstanding.blind(side.other());
    }

    fn held(&self) -> usize {
        self.outstanding.held() + self.memory.connections.octets()
    }

    fn is_waiting(&self) -> bool {
        !self.outstanding.is_empty()
    }

    fn due(&self) -> Time {
        let since = self.outstanding.since();
        since.map_or(Time::ZERO, |since| since.plus(PATIENCE))
    }

    fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        let late = |waiting: &Waiting| now.time.since(waiting.stamp.time) >= PATIENCE;
        while self.give_up(late, Outcome::NoAnswer, out) {}
    }

    fn close(&mut self, _now: Stamp, out: &mut dyn Sink) {
        while self.give_up(|_| true, Outcome::NotSeen, out) {}
    }
}

fn refusal(header: &Header) -> Outcome {
    Outcome::Refused {
        code: header.status,
        name: super::names::encapsulation_status(header.status),
    }
}

/// The code of an operation that is a command of the encapsulation.
fn command_code(command: Command) -> u32 {
    2 << 24 | u32::from(command.0)
}
