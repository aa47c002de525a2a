//! Pairs requests with responses, passes over bodies, finds the next head after a loss.

use super::super::{Input, Probe, Session, Sink, Step};
use super::body::Body;
use super::faults::{self, CHUNK_LENGTH, INVALID_HEAD, TOO_LONG};
use super::fields::TITLE_WITHIN;
use super::operations::{READ, meaning, refusal};
use super::views::{Scratch, Told};
use super::wire::{self, Head, Index, LONGEST_HEAD};
use crate::facts::{
    Attribute, Fault, Item, Meaning, Operation, Outcome, Property, Side, Stamp, Target, Values,
};
use arrayvec::ArrayVec;
use std::cell::RefCell;
use std::collections::VecDeque;

/// Requests kept until they are answered; browsers pipeline none, scripts a few.
const PENDING: usize = 16;

/// Octets kept of a pending request's URI.
const URI: usize = 128;

/// Octets of a body that are looked at, as many as other sensors look at; the rest is passed
/// over.
pub(super) const CONTENT: usize = 100 * 1024;

/// Memory for a body that a connection keeps between messages; more is given back.
const KEPT: usize = 16 * 1024;

/// A request that is not answered yet.
struct Pending {
    actor: Side,
    meaning: &'static Meaning,
    code: u32,
    /// The answer has no body (HEAD) or turns the connection into a tunnel (CONNECT).
    bodiless: bool,
    tunnel: bool,
    uri: ArrayVec<u8, URI>,
    stamp: Stamp,
}

/// One direction.
#[derive(Default)]
struct Way {
    body: Body,
    /// Octets of an unfinished head that were searched for its end.
    scanned: usize,
    /// The body is a page whose title is wanted.
    page: bool,
    /// After a loss, octets were taken for a head that need not be one.
    guessed: bool,
    held: Held,
}

/// A message whose body is still coming.
#[derive(Default)]
struct Held {
    open: bool,
    head: Vec<u8>,
    index: Index,
    content: Vec<u8>,
    /// What the request that this answers asked for.
    asked: ArrayVec<u8, URI>,
}

impl Held {
    /// Octets that it takes on the heap.
    fn octets(&self) -> usize {
        self.head.capacity() + self.content.capacity() + self.index.octets()
    }

    /// Adds content; says whether there is as much as is looked at.
    fn add(&mut self, content: &[u8]) -> bool {
        if self.open {
            let room = CONTENT.saturating_sub(self.content.len());
            let part = content.get(..content.len().min(room));
            self.content.extend_from_slice(part.unwrap_or_default());
        }
        self.content.len() >= CONTENT
    }

    /// The message was told: only memory is kept of it.
    fn clear(&mut self) {
        self.open = false;
        self.head.clear();
        self.content.clear();
        self.asked.clear();
        if self.content.capacity() > KEPT {
            self.content = Vec::new();
        }
    }
}

/// What is kept of one connection.
#[derive(Default)]
pub(super) struct Conversation {
    ways: (Way, Way),
    pending: VecDeque<Pending>,
    server: Option<Side>,
    scratch: Scratch,
    /// What was told already: server software, page title, realm, a reading operation.
    told_server: bool,
    told_title: bool,
    told_realm: bool,
    told_read: bool,
    /// Another protocol goes on in this connection.
    switched: bool,
}

impl Session for Conversation {
    fn held(&self) -> usize {
        let (low, high) = &self.ways;
        let pending = self.pending.capacity() * size_of::<Pending>();
        low.held.octets() + high.held.octets() + self.scratch.octets() + pending
    }

    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if self.switched {
            return Step::Opaque;
        }
        match input.side.of(&self.ways).body {
            Body::Head => self.head(input, out),
            Body::Lost => self.look_for_head(input, out),
            _ => self.body(input, out),
        }
    }

    fn gap(&mut self, side: Side, lost: Option<u64>, out: &mut dyn Sink) {
        self.lend(side, out);
        let way = side.of_mut(&mut self.ways);
        way.scanned = 0;
        way.page = false;
        way.body.gap(lost);
        if way.body == Body::Lost {
            // Which answer belongs to which request is not known any more.
            self.pending.clear();
        }
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        for side in [Side::Low, Side::High] {
            self.lend(side, out);
        }
        while let Some(pending) = self.pending.pop_front() {
            self.operation(&pending, None, Outcome::NotSeen, out);
        }
    }
}

impl Conversation {
    fn head(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let octets = input.octets;
        // Empty lines before a request are ignored (RFC 9112, 2.2).
        let blank = octets
            .iter()
            .take_while(|octet| matches!(octet, b'\r' | b'\n'))
            .count();
        let start = octets.get(blank..).unwrap_or_default();
        if start.is_empty() {
            return Step::Pdu(blank);
        }
        let way = input.side.of_mut(&mut self.ways);
        let Some(end) = wire::head_end(start, way.scanned) else {
            if way.scanned == 0 && !wire::can_begin(start) {
                return self.lose(input, &INVALID_HEAD, out);
            }
            if start.len() >= LONGEST_HEAD {
                let request = self.server != Some(input.side);
                return self.lose(input, faults::of(&TOO_LONG, request), out);
            }
            way.scanned = start.len();
            return Step::Need(octets.len() + 1);
        };
        way.scanned = 0;
        let mut index = std::mem::take(&mut way.held.index);
        let octets = start.get(..end).unwrap_or_default();
        let Some(()) = index.read(octets) else {
            way.held.index = index;
            return self.lose(input, &INVALID_HEAD, out);
        };
        way.guessed = false;
        let head = Head {
            octets,
            index: &index,
        };
        let mut sound = true;
        for fault in faults::of_head(&head) {
            sound = false;
            out.fault(input.side, fault, blank);
        }
        match head.status() {
            None => self.request(input, &head, out),
            Some(status) => self.response(input, &head, status, out),
        }
        let way = input.side.of_mut(&mut self.ways);
        if way.body == Body::Head {
            let asked = std::mem::take(&mut way.held.asked);
            self.tell(input.side, head, &[], &asked, out);
        } else {
            way.held.open = true;
            way.held.head.extend_from_slice(octets);
        }
        input.side.of_mut(&mut self.ways).held.index = index;
        if sound {
            Step::Pdu(blank + end)
        } else {
            Step::Malformed(blank + end)
        }
    }

    /// Takes the next part of a body; tells the message when it is whole or was seen as far as
    /// bodies are looked at.
    fn body(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let way = input.side.of_mut(&mut self.ways);
        if way.body == Body::Close && !way.held.open {
            return Step::Opaque;
        }
        let (step, content) = way.body.pass(input.octets);
        if matches!(step, Step::Skip(_)) {
            let request = self.server != Some(input.side);
            out.fault(input.side, faults::of(&CHUNK_LENGTH, request), 0);
        }
        let way = input.side.of_mut(&mut self.ways);
        let full = way.held.add(content);
        let over = full || matches!(way.body, Body::Head | Body::Lost);
        if way.page && (over || way.held.content.len() >= TITLE_WITHIN) {
            self.title(input.side, out);
        }
        if over {
            self.lend(input.side, out);
        }
        step
    }

    /// Tells the message whose body was coming, if there is one.
    fn lend(&mut self, side: Side, out: &mut dyn Sink) {
        let mut held = std::mem::take(&mut side.of_mut(&mut self.ways).held);
        if held.open {
            let head = Head {
                octets: &held.head,
                index: &held.index,
            };
            self.tell(side, head, &held.content, &held.asked, out);
            held.clear();
        }
        side.of_mut(&mut self.ways).held = held;
    }

    fn tell(&mut self, side: Side, head: Head<'_>, body: &[u8], asked: &[u8], out: &mut dyn Sink) {
        let told = Told {
            head,
            body,
            asked,
            scratch: RefCell::new(std::mem::take(&mut self.scratch)),
        };
        out.message(side, &told);
        self.scratch = told.scratch.into_inner().reset();
    }

    /// The octets here begin no head: passes over their first line, and looks on from there.
    fn lose(&mut self, input: &Input<'_>, fault: &'static Fault, out: &mut dyn Sink) -> Step {
        let way = input.side.of_mut(&mut self.ways);
        way.scanned = 0;
        way.body = Body::Lost;
        if !std::mem::replace(&mut way.guessed, false) {
            out.fault(input.side, fault, 0);
        }
        let line = crate::wire::text::line(input.octets);
        Step::Skip(line.map_or(input.octets.len(), |(_, length)| length))
    }

    /// Passes over octets up to the next line that can begin a message, if there is one.
    fn look_for_head(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let mut at = 0;
        while let Some(rest) = input.octets.get(at..).filter(|rest| !rest.is_empty()) {
            if matches!(wire::probe(rest), Probe::Certain | Probe::More) {
                let way = input.side.of_mut(&mut self.ways);
                way.body = Body::Head;
                way.guessed = true;
                return if at == 0 {
                    self.head(input, out)
                } else {
                    Step::Skip(at)
                };
            }
            match crate::wire::text::line(rest) {
                Some((_, length)) => at += length,
                None => break,
            }
        }
        Step::Skip(input.octets.len())
    }

    fn request(&mut self, input: &Input<'_>, head: &Head<'_>, out: &mut dyn Sink) {
        let method = head.method();
        self.serves(input.side.other(), out);
        let (meaning, code) = meaning(method);
        if self.pending.len() >= PENDING
            && let Some(oldest) = self.pending.pop_front()
        {
            self.operation(&oldest, None, Outcome::NotSeen, out);
        }
        self.pending.push_back(Pending {
            actor: input.side,
            meaning,
            code,
            bodiless: method == b"HEAD",
            tunnel: method == b"CONNECT",
            uri: head.target().iter().copied().take(URI).collect(),
            stamp: input.stamp,
        });
        input.side.of_mut(&mut self.ways).body = Body::after(head, false);
    }

    fn response(&mut self, input: &Input<'_>, head: &Head<'_>, status: u16, out: &mut dyn Sink) {
        let side = input.side;
        self.serves(side, out);
        let description = |value, out: &mut dyn Sink| {
            out.attribute(&Attribute::of(side, Property::Description, value));
        };
        let (server, realm) = (head.value(b"server"), head.realm());
        if !server.is_empty() && !self.told_server {
            self.told_server = true;
            description(server, out);
        }
        if !realm.is_empty() && !self.told_realm {
            self.told_realm = true;
            description(realm, out);
        }
        self.switched = status == 101;
        // Other interim answers are followed by the final one (RFC 9110, 15.2).
        let final_one = status >= 101;
        let pending = if final_one {
            self.pending.pop_front()
        } else {
            None
        };
        let mut bodiless = false;
        if let Some(pending) = &pending {
            bodiless = pending.bodiless;
            self.switched |= pending.tunnel && status < 300;
            let outcome = if status < 400 {
                Outcome::Done
            } else {
                Outcome::Refused {
                    code: status.into(),
                    name: refusal(status),
                }
            };
            self.operation(pending, Some(input.stamp), outcome, out);
        }
        let way = side.of_mut(&mut self.ways);
        way.body = Body::after(head, bodiless);
        way.page = !self.told_title && !bodiless && head.is_page();
        way.held.asked = pending.map_or_else(ArrayVec::new, |pending| pending.uri);
    }

    /// Tells the title of the page that is coming, if it has one.
    fn title(&mut self, side: Side, out: &mut dyn Sink) {
        let way = side.of_mut(&mut self.ways);
        way.page = false;
        let content = &way.held.content;
        let front = content.get(..content.len().min(TITLE_WITHIN));
        if let Some(title) = front.and_then(wire::title) {
            self.told_title = true;
            out.attribute(&Attribute::of(side, Property::Description, title));
        }
    }

    fn serves(&mut self, side: Side, out: &mut dyn Sink) {
        if self.server != Some(side) {
            self.server = Some(side);
            out.server(side);
        }
    }

    fn operation(
        &mut self,
        pending: &Pending,
        answered: Option<Stamp>,
        outcome: Outcome,
        out: &mut dyn Sink,
    ) {
        if *pending.meaning == READ && std::mem::replace(&mut self.told_read, true) {
            return;
        }
        out.operation(&Operation {
            meaning: pending.meaning,
            code: pending.code,
            actor: pending.actor,
            unit: None,
            items: &[Item {
                target: Target {
                    space: "uri",
                    name: &pending.uri,
                    ..Target::default()
                },
                values: Values::None,
                before: Values::None,
            }],
            outcome,
            requested: Some(pending.stamp),
            answered,
        });
    }
}
