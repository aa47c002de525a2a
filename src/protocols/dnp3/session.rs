//! One conversation: octets to frames, frames to fragments, fragments to messages.
//!
//! Called by the sensor through [`Session`]. Survives gaps, noise and malformed frames: it
//! finds the next link header with a right CRC and goes on.

use super::faults::{self, of};
use super::fields::Pdu;
use super::link::{self, Header, Start};
use super::pairs::{Arrival, Pairs};
use super::pieces;
use super::transport::{Assemblies, Joined, Octet, Route};
use super::wire::Fragment;
use crate::facts::{Side, Stamp, Time};
use crate::protocols::{Carrier, Input, Opening, Session, Sink, Step};
use arrayvec::ArrayVec;

/// The state of one conversation.
#[derive(Debug)]
pub(super) struct Dnp3 {
    /// Octets come as a stream and more may follow.
    stream: bool,
    /// The next octet of the low and the high side should start a frame.
    synced: (bool, bool),
    /// User data of the frame at hand, without CRCs.
    data: ArrayVec<u8, { link::MAX_USER_DATA }>,
    assemblies: Assemblies,
    pairs: Pairs,
}

impl Dnp3 {
    /// A session for a conversation that starts so.
    pub(super) fn new(opening: &Opening<'_>) -> Self {
        Self {
            stream: opening.carrier == Carrier::Tcp,
            synced: (!opening.midstream, !opening.midstream),
            data: ArrayVec::new(),
            assemblies: Assemblies::default(),
            pairs: Pairs::default(),
        }
    }

    /// A whole frame stands at the front, or its beginning.
    fn frame(&mut self, header: Header, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let length = header.frame();
        let Some(frame) = input.octets.get(..length) else {
            return self.incomplete(length, input, out);
        };
        if let Err(at) = link::user_data(&header, frame, &mut self.data) {
            *input.side.of_mut(&mut self.synced) = false;
            out.fault(input.side, &faults::BAD_TRANSPORT_CRC, at);
            return Step::Malformed(link::resync(frame, link::HEADER));
        }
        *input.side.of_mut(&mut self.synced) = true;
        if !header.control.carries_data() || self.data.is_empty() {
            self.pairs.role(input.side, &header, None, out);
            out.message(
                input.side,
                &Pdu {
                    link: header,
                    transport: None,
                    fragment: None,
                },
            );
            return Step::Pdu(length);
        }
        self.segment(header, length, input, out)
    }

    /// The frame at hand carries a transport segment.
    fn segment(
        &mut self,
        header: Header,
        length: usize,
        input: &Input<'_>,
        out: &mut dyn Sink,
    ) -> Step {
        let Some((&octet, data)) = self.data.split_first() else {
            return Step::Pdu(length);
        };
        let route = Route {
            side: input.side,
            source: header.source,
            destination: header.destination,
        };
        let (fragment, segments) = match self.assemblies.add(route, Octet(octet), data) {
            Joined::Whole(fragment, segments) => (fragment, segments),
            Joined::Waiting | Joined::Repeated => return Step::Pdu(length),
            Joined::Orphan => return Step::Skip(length),
            Joined::OutOfSequence => {
                out.fault(input.side, &faults::BAD_SEGMENT_SEQUENCE, link::HEADER);
                return Step::Malformed(length);
            }
            Joined::TooLong => {
                out.fault(input.side, &faults::TOO_LONG_REASSEMBLY, link::HEADER);
                return Step::Malformed(length);
            }
        };
        let read = Fragment::read(fragment);
        self.pairs.role(input.side, &header, read.as_ref(), out);
        out.message(
            input.side,
            &Pdu {
                link: header,
                transport: Some((Octet(octet), segments)),
                fragment: read,
            },
        );
        let Some(fragment) = read else {
            out.fault(input.side, &faults::SHORT_FRAGMENT, fragment.len());
            return Step::Malformed(length);
        };
        let sound = check(&header, &fragment, input.side, out);
        let arrival = Arrival {
            side: input.side,
            stamp: input.stamp,
            link: header,
            fragment,
        };
        self.pairs.fragment(&arrival, out);
        if sound {
            Step::Pdu(length)
        } else {
            Step::Malformed(length)
        }
    }

    /// The octets end before the `length` that the frame has.
    fn incomplete(&mut self, length: usize, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if self.stream {
            return Step::Need(length);
        }
        if !input.cut {
            out.fault(input.side, &faults::TRUNCATED_FRAME, input.octets.len());
        }
        Step::Skip(link::resync(input.octets, 1))
    }
}

/// Tells what is wrong with a fragment; whether nothing is.
fn check(header: &Header, fragment: &Fragment<'_>, side: Side, out: &mut dyn Sink) -> bool {
    let mut sound = true;
    let function = fragment.function;
    if function.name().is_none() {
        out.fault(side, &faults::UNKNOWN_FUNCTION, 1);
        sound = false;
    } else if header.control.is_master() == function.is_response() {
        out.fault(side, &faults::BAD_DIRECTION, 3);
        sound = false;
    }
    if let Some(Err(broken)) = fragment.read_objects().find(Result::is_err) {
        out.fault(side, of(broken.trouble), broken.at);
        sound = false;
    }
    sound
}

impl Session for Dnp3 {
    fn held(&self) -> usize {
        self.assemblies.octets() + self.pairs.octets()
    }

    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let side = input.side;
        let synced = *side.of(&self.synced);
        match link::start(input.octets) {
            Start::Frame(header) => return self.frame(header, input, out),
            Start::Partial => return self.incomplete(link::HEADER, input, out),
            Start::TooShort => {
                out.fault(side, &faults::LEN_TOO_SMALL, 2);
                return Step::Malformed(link::HEADER);
            }
            Start::BadCrc if synced => out.fault(side, &faults::BAD_LINK_CRC, 8),
            Start::Foreign if synced => out.fault(side, &faults::LOST_SYNC, 0),
            Start::BadCrc | Start::Foreign => {}
        }
        *side.of_mut(&mut self.synced) = false;
        Step::Skip(link::resync(input.octets, 1))
    }

    fn gap(&mut self, side: Side, lost: Option<u64>, out: &mut dyn Sink) {
        pieces::lost(side, lost, out);
        *side.of_mut(&mut self.synced) = false;
        self.assemblies.forget(side);
        self.pairs.lost(side);
    }

    fn is_waiting(&self) -> bool {
        self.pairs.is_waiting()
    }

    fn due(&self) -> Time {
        self.pairs.due()
    }

    fn tick(&mut self, now: Stamp, out: &mut dyn Sink) {
        self.pairs.tick(now, out);
    }

    fn close(&mut self, now: Stamp, out: &mut dyn Sink) {
        self.pairs.close(now, out);
    }
}
