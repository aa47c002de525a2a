//! Pairs requests with responses, passes over bodies, finds the next head after a loss.

use super::super::{Input, Probe, Session, Sink, Step};
use super::body::Body;
use super::operations::{READ, meaning, refusal};
use super::wire::{self, Head, LONGEST_HEAD, Start};
use super::{HEAD_TOO_LONG, INVALID_HEAD};
use crate::facts::{
    Attribute, Fault, Item, Meaning, Operation, Outcome, Property, Side, Stamp, Target, Values,
};
use arrayvec::ArrayVec;
use std::collections::VecDeque;

/// Requests kept until they are answered; browsers pipeline none, scripts a few.
const PENDING: usize = 16;

/// Octets kept of a pending request's URI.
const URI: usize = 128;

/// What can be told of a message: its head, or the title found in its body.
#[derive(Debug)]
pub(super) enum Told<'a> {
    Head(&'a Head<'a>),
    Title(&'a [u8]),
}

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
}

/// What is kept of one connection.
#[derive(Default)]
pub(super) struct Conversation {
    ways: (Way, Way),
    pending: VecDeque<Pending>,
    server: Option<Side>,
    /// What was told already: server software, page title, realm, a reading operation.
    told_server: bool,
    told_title: bool,
    told_realm: bool,
    told_read: bool,
    /// Another protocol goes on in this connection.
    switched: bool,
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if self.switched {
            return Step::Opaque;
        }
        let way = input.side.of_mut(&mut self.ways);
        match way.body {
            Body::Head => self.head(input, out),
            Body::Lost => self.look_for_head(input, out),
            _ => {
                if way.page && !matches!(way.body, Body::ChunkSize | Body::Trailer) {
                    let needs = way.body.title_needs();
                    if input.octets.len() < needs {
                        return Step::Need(needs);
                    }
                    way.page = false;
                    if let Some(title) = wire::title(Body::title_part(input.octets)) {
                        self.title(input.side, title, out);
                    }
                }
                input.side.of_mut(&mut self.ways).body.pass(input.octets)
            }
        }
    }

    fn gap(&mut self, side: Side, lost: Option<u64>, _: &mut dyn Sink) {
        let way = side.of_mut(&mut self.ways);
        way.scanned = 0;
        // While a title was waited for, octets lie uneaten and go with the lost ones.
        way.body.gap(lost.filter(|_| !way.page));
        way.page = false;
        if way.body == Body::Lost {
            // Which answer belongs to which request is not known any more.
            self.pending.clear();
        }
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
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
            if way.scanned == 0 && wire::probe(start) == Probe::NotMine {
                return self.lose(input, &INVALID_HEAD, out);
            }
            if start.len() >= LONGEST_HEAD {
                return self.lose(input, &HEAD_TOO_LONG, out);
            }
            way.scanned = start.len();
            return Step::Need(octets.len() + 1);
        };
        way.scanned = 0;
        let Some(head) = start.get(..end).and_then(Head::read) else {
            return self.lose(input, &INVALID_HEAD, out);
        };
        way.guessed = false;
        if !head.sound {
            out.fault(input.side, &INVALID_HEAD, blank);
        }
        out.message(input.side, &Told::Head(&head));
        match head.start {
            Start::Request { method, uri } => self.request(input, &head, method, uri, out),
            Start::Response { status } => self.response(input, &head, status, out),
        }
        if head.sound {
            Step::Pdu(blank + end)
        } else {
            Step::Malformed(blank + end)
        }
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
            if wire::probe(rest) != Probe::NotMine {
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

    fn request(
        &mut self,
        input: &Input<'_>,
        head: &Head<'_>,
        method: &[u8],
        uri: &[u8],
        out: &mut dyn Sink,
    ) {
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
            uri: uri.iter().copied().take(URI).collect(),
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
        if !head.server.is_empty() && !self.told_server {
            self.told_server = true;
            description(head.server, out);
        }
        if !head.realm.is_empty() && !self.told_realm {
            self.told_realm = true;
            description(head.realm, out);
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
        way.page = !self.told_title
            && !head.encoded
            && !bodiless
            && crate::wire::text::find(head.content_type, b"text/html").is_some();
    }

    fn title(&mut self, side: Side, title: &[u8], out: &mut dyn Sink) {
        self.told_title = true;
        out.message(side, &Told::Title(title));
        out.attribute(&Attribute::of(side, Property::Description, title));
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
            items: std::iter::once(Item {
                target: Target {
                    space: "uri",
                    name: &pending.uri,
                    ..Target::default()
                },
                values: Values::None,
                before: Values::None,
            })
            .collect(),
            outcome,
            requested: Some(pending.stamp),
            answered,
        });
    }
}
