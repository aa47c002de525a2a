//! Which answer belongs to which request, what an outstation's indications were before, who is
//! the outstation: the memory of a session, bounded.
//!
//! Called by the session with each whole fragment. Tells operations, attributes and roles.

use super::faults;
use super::items::{self, Act};
use super::link::Header;
use super::operations::{self, STATES};
use super::outcome::outcome;
use super::wire::{Fragment, Function, Iin};
use crate::facts::{Meaning, Outcome, Side, Stamp, Time};
use crate::protocols::Sink;
use std::time::Duration;

/// Most requests that wait for their answers. The standard lets a master have one at each
/// outstation; Suricata calls more than 32 a flood, and so does this.
const OPEN: usize = 32;

/// Octets kept of a request until its answer: the fragment size the standard recommends. Of a
/// longer one the points beyond are not named.
const KEPT: usize = 2_048;

/// Most outstations remembered behind one conversation; the one longest silent makes room.
const OUTSTATIONS: usize = 32;

/// How long an answer may take. Masters give up after 2 to 10 seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// It is asked for no sooner.
const _: () = assert!(PATIENCE.as_secs() >= 2 * crate::protocols::PATIENCE.as_secs());

/// A whole fragment as it arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival<'a> {
    pub(super) side: Side,
    pub(super) stamp: Stamp,
    pub(super) link: Header,
    pub(super) fragment: Fragment<'a>,
}

/// What waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// A request for its response.
    Request,
    /// A request of the secure authentication for its response; it runs beside the request
    /// that was challenged, with the same sequence number.
    Authentication,
    /// An unsolicited response for its confirm.
    Unsolicited,
}

/// A request without its answer.
#[derive(Debug)]
struct Open {
    waiting: Waiting,
    /// The end that sent it.
    side: Side,
    link: Header,
    stamp: Stamp,
    /// When the last fragment of its answer came, else when it was sent.
    heard: Stamp,
    /// Sequence number of the answer's next fragment.
    sequence: u8,
    /// A fragment of its answer was told.
    begun: bool,
    /// Losses on the answering side when it was sent.
    losses: u32,
    octets: Vec<u8>,
}

/// What is remembered of an outstation.
#[derive(Debug)]
struct Outstation {
    side: Side,
    address: u16,
    iin: Iin,
    /// Master and sequence number of its last answer.
    answered: Option<(u16, u8)>,
}

/// The memory of a session.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// At most [`OPEN`], in the order of their requests.
    open: Vec<Open>,
    /// Free buffers, at most [`OPEN`].
    spare: Vec<Vec<u8>>,
    /// At most [`OUTSTATIONS`], the one heard last at the end.
    outstations: Vec<Outstation>,
    /// Frames of the low and the high side were seen.
    seen: (bool, bool),
    /// Losses on the low and the high side so far.
    losses: (u32, u32),
    flooded: bool,
    server: Option<Side>,
}

impl Pairs {
    /// Octets that it takes on the heap.
    pub(super) fn octets(&self) -> usize {
        let open = self.open.iter().map(|open| open.octets.capacity());
        let spare = self.spare.iter().map(Vec::capacity);
        open.chain(spare).sum::<usize>()
            + self.open.capacity() * size_of::<Open>()
            + self.outstations.capacity() * size_of::<Outstation>()
    }

    /// Learns from a frame who is the outstation: from its function code, which masters and
    /// outstations cannot share, or else from the DIR bit while nothing better is known.
    pub(super) fn role(
        &mut self,
        side: Side,
        link: &Header,
        fragment: Option<&Fragment<'_>>,
        out: &mut dyn Sink,
    ) {
        *side.of_mut(&mut self.seen) = true;
        let function = fragment.map(|fragment| fragment.function);
        let known = function.filter(|function| function.name().is_some());
        let server = match known {
            Some(function) if function.is_response() => side,
            Some(_) => side.other(),
            None if self.server.is_some() => return,
            None if link.control.is_master() => side.other(),
            None => side,
        };
        if self.server != Some(server) {
            self.server = Some(server);
            out.server(server);
        }
    }

    /// Takes a whole fragment.
    pub(super) fn fragment(&mut self, arrival: &Arrival<'_>, out: &mut dyn Sink) {
        let function = arrival.fragment.function;
        if function.is_response() {
            self.indications(arrival, out);
            items::attributes(arrival.side, arrival.link.source, &arrival.fragment, out);
            if function == Function::UNSOLICITED {
                self.unsolicited(arrival, out);
            } else {
                self.answer(arrival, out);
            }
        } else if function == Function::CONFIRM {
            self.confirm(arrival, out);
        } else if function.is_request() {
            self.request(arrival, out);
        }
    }

    /// Octets of this side were lost.
    pub(super) fn lost(&mut self, side: Side) {
        let losses = side.of_mut(&mut self.losses);
        *losses = losses.saturating_add(1);
        for outstation in self.outstations.iter_mut().filter(|o| o.side == side) {
            outstation.answered = None;
        }
    }

    /// Whether requests wait for their answers.
    pub(super) fn is_waiting(&self) -> bool {
        !self.open.is_empty()
    }

    /// When the first request is overdue.
    pub(super) fn due(&self) -> Time {
        let heard = self.open.iter().map(|open| open.heard.time);
        heard.min().map_or(Time::ZERO, |heard| heard.plus(PATIENCE))
    }

    /// Tells the requests whose answers are overdue.
    pub(super) fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        let mut at = 0;
        while let Some(open) = self.open.get(at) {
            if now.time.since(open.heard.time) > PATIENCE {
                self.give_up(at, now, out);
            } else {
                at += 1;
            }
        }
    }

    /// Tells all that is open.
    pub(super) fn close(&mut self, now: Stamp, out: &mut dyn Sink) {
        while !self.open.is_empty() {
            self.give_up(0, now, out);
        }
    }

    fn request(&mut self, arrival: &Arrival<'_>, out: &mut dyn Sink) {
        let function = arrival.fragment.function;
        if arrival.link.is_broadcast() || function.is_unanswered() {
            if let Some(act) = asked(arrival, Outcome::Unacknowledged) {
                items::tell(&act, out);
            }
        } else if function == Function::AUTHENTICATE {
            self.expect(Waiting::Authentication, arrival, out);
        } else {
            self.expect(Waiting::Request, arrival, out);
        }
    }

    fn unsolicited(&mut self, arrival: &Arrival<'_>, out: &mut dyn Sink) {
        if arrival.fragment.control.con() {
            self.expect(Waiting::Unsolicited, arrival, out);
        } else if let Some(act) = asked(arrival, Outcome::Unacknowledged) {
            items::tell(&act, out);
        }
    }

    /// Keeps a fragment until its answer comes.
    fn expect(&mut self, waiting: Waiting, arrival: &Arrival<'_>, out: &mut dyn Sink) {
        if self.open.len() >= OPEN {
            if !self.flooded {
                self.flooded = true;
                out.fault(arrival.side, &faults::FLOODED, 0);
            }
            self.give_up(0, arrival.stamp, out);
        }
        let mut octets = self.spare.pop().unwrap_or_default();
        let fragment = arrival.fragment.octets;
        octets.extend_from_slice(fragment.get(..KEPT).unwrap_or(fragment));
        self.open.push(Open {
            waiting,
            side: arrival.side,
            link: arrival.link,
            stamp: arrival.stamp,
            heard: arrival.stamp,
            sequence: arrival.fragment.control.sequence(),
            begun: false,
            losses: *arrival.side.other().of(&self.losses),
            octets,
        });
    }

    fn confirm(&mut self, arrival: &Arrival<'_>, out: &mut dyn Sink) {
        if !arrival.fragment.control.uns() {
            return;
        }
        let confirmed = self
            .open
            .iter()
            .rposition(|open| open.waiting == Waiting::Unsolicited && open.is_answered_by(arrival));
        if let Some(open) = confirmed.and_then(|at| self.take(at)) {
            open.tell(Outcome::Done, Some(arrival.stamp), None, out);
            self.free(open);
        }
    }

    /// Pairs a response with its request, and with the authentication that let it pass.
    fn answer(&mut self, arrival: &Arrival<'_>, out: &mut dyn Sink) {
        let authentication = arrival.fragment.function == Function::AUTHENTICATE_RESPONSE;
        let outcome_of = |request| outcome(request, &arrival.fragment);
        let fails = authentication && outcome_of(None) != Outcome::Done;
        let mut found = false;
        for waiting in [Waiting::Request, Waiting::Authentication] {
            let at = self
                .open
                .iter()
                .rposition(|open| open.waiting == waiting && open.is_answered_by(arrival));
            found |= at.is_some();
            // A challenge leaves the request open that it challenges.
            let settles = !authentication || fails || waiting == Waiting::Authentication;
            if let Some(mut open) = at.filter(|_| settles).and_then(|at| self.take(at)) {
                let outcome = outcome_of(Some(open.function()));
                open.tell(outcome, Some(arrival.stamp), Some(arrival.fragment), out);
                if arrival.fragment.control.fin() {
                    self.free(open);
                } else {
                    open.begun = true;
                    open.heard = arrival.stamp;
                    open.sequence = open.sequence.wrapping_add(1) & 0x0f;
                    self.open.push(open);
                }
            }
        }
        if self.open.len() <= OPEN / 2 {
            self.flooded = false;
        }
        self.answered(arrival, found, out);
    }

    /// Tells an answer on its own where its request was not seen and it is no repetition.
    fn answered(&mut self, arrival: &Arrival<'_>, found: bool, out: &mut dyn Sink) {
        let this = (
            arrival.link.destination,
            arrival.fragment.control.sequence(),
        );
        let before = self
            .outstation(arrival)
            .and_then(|o| o.answered.replace(this));
        if found || before == Some(this) {
            return;
        }
        items::tell(
            &Act {
                meaning: operations::orphan(&arrival.fragment),
                code: arrival.fragment.function.0.into(),
                actor: arrival.side.other(),
                unit: arrival.link.source,
                outcome: outcome(None, &arrival.fragment),
                requested: None,
                answered: Some(arrival.stamp),
                request: None,
                answer: Some(arrival.fragment),
            },
            out,
        );
    }

    /// Tells indications that were not set in this outstation's last response.
    fn indications(&mut self, arrival: &Arrival<'_>, out: &mut dyn Sink) {
        let Some(now) = arrival.fragment.iin else {
            return;
        };
        let Some(outstation) = self.outstation(arrival) else {
            return;
        };
        let before = std::mem::replace(&mut outstation.iin, now);
        for (bit, meaning) in STATES {
            if now.has(bit) && !before.has(bit) {
                let function = u32::from(arrival.fragment.function.0);
                items::tell(
                    &Act {
                        meaning,
                        code: u32::from(bit.0) << 16 | function,
                        actor: arrival.side,
                        unit: arrival.link.source,
                        outcome: Outcome::Unacknowledged,
                        requested: Some(arrival.stamp),
                        answered: None,
                        request: None,
                        answer: None,
                    },
                    out,
                );
            }
        }
    }

    /// What is remembered of the outstation that sent this; it becomes the last in the list.
    fn outstation(&mut self, arrival: &Arrival<'_>) -> Option<&mut Outstation> {
        let (side, address) = (arrival.side, arrival.link.source);
        let known = |o: &Outstation| o.side == side && o.address == address;
        let outstation = match self.outstations.iter().rposition(known) {
            Some(at) => self.outstations.remove(at),
            None => {
                if self.outstations.len() >= OUTSTATIONS {
                    self.outstations.remove(0);
                }
                Outstation {
                    side,
                    address,
                    iin: Iin::default(),
                    answered: None,
                }
            }
        };
        self.outstations.push(outstation);
        self.outstations.last_mut()
    }

    /// Tells a request whose answer did not come.
    fn give_up(&mut self, at: usize, now: Stamp, out: &mut dyn Sink) {
        let Some(open) = self.take(at) else {
            return;
        };
        let answering = open.side.other();
        let visible = *answering.of(&self.seen) && *answering.of(&self.losses) == open.losses;
        let overdue = now.time.since(open.stamp.time) > PATIENCE;
        if !open.begun {
            let outcome = if visible && overdue {
                Outcome::NoAnswer
            } else {
                Outcome::NotSeen
            };
            open.tell(outcome, None, None, out);
        }
        self.free(open);
    }

    fn take(&mut self, at: usize) -> Option<Open> {
        (at < self.open.len()).then(|| self.open.remove(at))
    }

    fn free(&mut self, open: Open) {
        let mut octets = open.octets;
        octets.clear();
        self.spare.push(octets);
    }
}

impl Open {
    /// Whether this fragment comes back from where the request went, with its number, and is
    /// the first fragment of the answer or the next one.
    fn is_answered_by(&self, arrival: &Arrival<'_>) -> bool {
        arrival.side == self.side.other()
            && arrival.link.source == self.link.destination
            && arrival.link.destination == self.link.source
            && arrival.fragment.control.sequence() == self.sequence
            && arrival.fragment.control.fir() != self.begun
    }

    fn function(&self) -> Function {
        Fragment::read(&self.octets).map_or(Function::CONFIRM, |fragment| fragment.function)
    }

    fn tell(
        &self,
        outcome: Outcome,
        answered: Option<Stamp>,
        answer: Option<Fragment<'_>>,
        out: &mut dyn Sink,
    ) {
        let Some(fragment) = Fragment::read(&self.octets) else {
            return;
        };
        let arrival = Arrival {
            side: self.side,
            stamp: self.stamp,
            link: self.link,
            fragment,
        };
        if let Some(act) = asked(&arrival, outcome) {
            items::tell(
                &Act {
                    answered,
                    answer,
                    ..act
                },
                out,
            );
        }
    }
}

/// The act of a request or of an unsolicited response.
fn asked<'a>(arrival: &Arrival<'a>, outcome: Outcome) -> Option<Act<'a>> {
    let unsolicited = arrival.fragment.function == Function::UNSOLICITED;
    let meaning: &'static Meaning = if unsolicited {
        operations::unsolicited()
    } else {
        operations::request(&arrival.fragment, arrival.link.is_broadcast())?
    };
    Some(Act {
        meaning,
        code: arrival.fragment.function.0.into(),
        actor: arrival.side,
        unit: if unsolicited {
            arrival.link.source
        } else {
            arrival.link.destination
        },
        outcome,
        requested: Some(arrival.stamp),
        answered: None,
        request: Some(arrival.fragment),
        answer: None,
    })
}
