//! A TCP connection as a listener sees it: both directions, in the order of cause and effect.
//!
//! Called by the sensor once a TCP packet and on ticks while something waits. Octets are handed
//! on in order and once. Content that acknowledges octets of the other direction is handed on
//! after these, so that a request comes before its answer even where the mirror port swapped
//! them. What will not come any more is declared lost, and then things go on: it must never wait
//! without an end, nor for ever skip what really flows because of one forged packet.
//!
//! How long to wait for octets that are missing:
//!
//! | the other end                      | given up                                          |
//! |------------------------------------|---------------------------------------------------|
//! | has acknowledged them              | after [`PATIENCE_PACKETS`] or [`PATIENCE`]        |
//! | is heard and has not               | never: it waits for them too                      |
//! | is not heard (one-way mirror)      | after [`ALONE`], or when the store is half full   |
//!
//! A connection that was running before begins where its first packets say, after a moment in
//! which packets that were swapped find their order.

use super::ledger::Ledger;
use super::stream::{Budget, Out, Placed, Segment, Stream, Wait};
use crate::facts::{Side, Stamp};
use crate::wire::Tcp;
use std::time::Duration;

/// Further packets of the connection after which acknowledged octets will not come any more.
/// Mirror ports swap packets within a few; sixteen is a burst of a whole small window.
const PATIENCE_PACKETS: u32 = 16;

/// Packet time after which acknowledged octets will not come any more: the interval of the
/// ticks, and a hundred times what mirror ports delay.
const PATIENCE: Duration = Duration::from_millis(100);

/// Packet time after which missing octets are given up when the other end is not heard: the
/// initial retransmission timeout (RFC 6298, 2.1).
const ALONE: Duration = Duration::from_secs(1);

/// Packets after which a connection picked up in its middle begins.
const SETTLING_PACKETS: u32 = 4;

/// What a connection hands on, one side at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// The next octets, and the packet that brought them.
    Octets {
        /// The octets, lent from the packet where they came in order.
        octets: &'a [u8],
        /// The packet.
        stamp: Stamp,
    },
    /// So many octets were there and were cut off by the snap length.
    Cut(u32),
    /// Octets were lost, so many or, for `None`, an unknown number. A side whose beginning was
    /// not seen starts with `Gap(None)`. What follows need not begin with a PDU.
    Gap(Option<u64>),
    /// The two ends opened a new connection with the same addresses and ports without closing
    /// the old one: the conversation is over, and what follows belongs to a new one. It is told
    /// once, on the side that showed it, and holds for both.
    Restart,
}

/// The two directions of a TCP connection.
///
/// Holds memory of the shard's [`Budget`]: whoever drops one must call [`Connection::close`].
#[derive(Debug, Default)]
pub struct Connection {
    streams: (Stream, Stream),
    packets: u32,
    /// Number of the last packet of each side.
    heard: (u32, u32),
    settling: Option<Wait>,
}

/// What the methods of a connection pass around.
struct Context<'a, 'b> {
    now: Stamp,
    ledgers: &'a mut (Ledger, Ledger),
    budget: &'a mut Budget,
    deliver: &'a mut (dyn FnMut(Side, Chunk<'_>) + 'b),
}

impl<'b> Context<'_, 'b> {
    #[inline]
    fn out(&mut self, side: Side) -> Out<'_, 'b> {
        Out {
            side,
            ledger: side.of_mut(self.ledgers),
            budget: self.budget,
            deliver: self.deliver,
        }
    }
}

impl Connection {
    /// Takes the next packet of the connection, sent by `side`, and hands on what is in order.
    #[inline]
    pub fn push(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        ledgers: &mut (Ledger, Ledger),
        budget: &mut Budget,
        deliver: &mut dyn FnMut(Side, Chunk<'_>),
    ) {
        let mut context = Context {
            now: segment.stamp,
            ledgers,
            budget,
            deliver,
        };
        self.packets = self.packets.wrapping_add(1);
        *side.of_mut(&mut self.heard) = self.packets;
        context.out(side).ledger.content += segment.content.len() as u64;
        if segment.flags & (Tcp::RST | Tcp::SYN) != 0 || self.packets == 1 {
            self.control(side, segment, &mut context);
        } else if segment.has(Tcp::ACK) {
            self.acknowledge(side, segment, &mut context);
        }
        let has_content = segment.length() > 0 || segment.has(Tcp::FIN);
        if has_content && !segment.has(Tcp::RST) {
            let in_turn = side
                .other()
                .of(&self.streams)
                .has_reached(segment.acknowledges());
            let own = side.of_mut(&mut self.streams);
            if in_turn && self.settling.is_none() && own.expects(segment) {
                own.deliver(segment, &mut context.out(side));
            } else {
                self.place(side, segment, in_turn, &mut context);
            }
        }
        if self.is_waiting() {
            self.go_on(&mut context);
        }
    }

    /// Packet time went on: gives up what was waited for long enough. Needed while
    /// [`Connection::is_waiting`].
    pub fn tick(
        &mut self,
        now: Stamp,
        ledgers: &mut (Ledger, Ledger),
        budget: &mut Budget,
        deliver: &mut dyn FnMut(Side, Chunk<'_>),
    ) {
        if self.is_waiting() {
            self.go_on(&mut Context {
                now,
                ledgers,
                budget,
                deliver,
            });
        }
    }

    /// The flow is over: hands on what still waits, with gaps where something is missing, and
    /// gives its memory back.
    pub fn close(
        &mut self,
        now: Stamp,
        ledgers: &mut (Ledger, Ledger),
        budget: &mut Budget,
        deliver: &mut dyn FnMut(Side, Chunk<'_>),
    ) {
        let mut context = Context {
            now,
            ledgers,
            budget,
            deliver,
        };
        self.settle(&mut context);
        while self.hand_on(&mut context) || self.force(&mut context) {}
        for side in [Side::Low, Side::High] {
            let stream = side.of_mut(&mut self.streams);
            stream.release(&mut context.out(side));
        }
    }

    /// Whether something waits for a tick.
    #[must_use]
    #[inline]
    pub fn is_waiting(&self) -> bool {
        self.settling.is_some() || self.streams.0.is_unsettled() || self.streams.1.is_unsettled()
    }

    /// The first packet, and those with SYN or RST.
    #[cold]
    fn control(&mut self, side: Side, segment: &Segment<'_>, context: &mut Context<'_, '_>) {
        if self.packets == 1 && !segment.has(Tcp::SYN) {
            self.settling = Some(self.wait(context.now));
        }
        if segment.has(Tcp::RST) {
            // Its content is no part of the stream (RFC 9293, 3.5.3). Whether the reset holds
            // shows in what comes after it: nothing is given up on its word.
            context.out(side).ledger.discarded += segment.content.len() as u64;
            return;
        }
        if segment.has(Tcp::ACK) {
            self.acknowledge(side, segment, context);
        }
        if segment.has(Tcp::SYN) {
            let own = side.of_mut(&mut self.streams);
            own.synchronise(segment, &mut context.out(side));
        }
    }

    #[inline]
    fn acknowledge(&mut self, side: Side, segment: &Segment<'_>, context: &mut Context<'_, '_>) {
        let peer = side.other().of_mut(&mut self.streams);
        let placed = peer.acknowledge(segment, &mut context.out(side.other()));
        if placed == Placed::Restarted {
            let own = side.of_mut(&mut self.streams);
            own.reset(&mut context.out(side));
        }
    }

    /// Content that is not simply the next.
    #[cold]
    fn place(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        in_turn: bool,
        context: &mut Context<'_, '_>,
    ) {
        let own = side.of_mut(&mut self.streams);
        let mut out = context.out(side);
        if self.settling.is_some() && !own.is_started() {
            if own.hold_early(segment, &mut out) {
                return;
            }
            self.settle(context);
        }
        let own = side.of_mut(&mut self.streams);
        let mut out = context.out(side);
        if !own.is_started() {
            own.begin(segment.start(), &mut out);
        }
        if own.place(segment, in_turn, &mut out) == Placed::Restarted {
            let peer = side.other().of_mut(&mut self.streams);
            peer.reset(&mut context.out(side.other()));
        }
    }

    const fn wait(&self, now: Stamp) -> Wait {
        Wait {
            time: now.time,
            packet: self.packets,
        }
    }

    /// Hands on what waits and can go on, giving up what is overdue.
    #[cold]
    fn go_on(&mut self, context: &mut Context<'_, '_>) {
        if let Some(wait) = self.settling {
            let packets = self.packets.wrapping_sub(wait.packet) + 1;
            if packets < SETTLING_PACKETS && context.now.time.since(wait.time) < PATIENCE {
                return;
            }
            self.settle(context);
        }
        loop {
            while self.hand_on(context) {}
            let wait = self.wait(context.now);
            self.streams.0.note_waiting(wait);
            self.streams.1.note_waiting(wait);
            if !self.give_up(context) {
                return;
            }
        }
    }

    /// Ends the moment in which a connection picked up in its middle finds its order.
    fn settle(&mut self, context: &mut Context<'_, '_>) {
        self.settling = None;
        for side in [Side::Low, Side::High] {
            let stream = side.of_mut(&mut self.streams);
            stream.begin_with_store(&mut context.out(side));
        }
    }

    /// Hands on what waits and whose turn it is; true where something moved.
    fn hand_on(&mut self, context: &mut Context<'_, '_>) -> bool {
        let mut moved = false;
        for side in [Side::Low, Side::High] {
            loop {
                let own = side.of(&self.streams);
                let peer = side.other().of(&self.streams);
                let is_next = own.hole().is_some_and(|hole| hole <= 0);
                if !is_next || !peer.has_reached(own.first_acknowledges()) {
                    break;
                }
                let own = side.of_mut(&mut self.streams);
                moved |= own.deliver_first(&mut context.out(side));
            }
        }
        moved
    }

    /// Gives up what has been missing for too long; true where something moved. Octets of one
    /// side are given up before content of the other side stops waiting for them.
    fn give_up(&mut self, context: &mut Context<'_, '_>) -> bool {
        [Side::Low, Side::High]
            .into_iter()
            .any(|side| self.give_up_missing(side, context))
            || [Side::Low, Side::High]
                .into_iter()
                .any(|side| self.give_up_order(side, context))
    }

    fn give_up_missing(&mut self, side: Side, context: &mut Context<'_, '_>) -> bool {
        let own = side.of(&self.streams);
        let hole = own.hole().map(u32::try_from);
        let acknowledged = match own.evidence {
            Some((wait, octets)) if self.is_overdue(wait, context.now) => octets,
            _ => 0,
        };
        let missing = match hole {
            Some(Ok(hole @ 1..)) if acknowledged > 0 => hole.min(acknowledged),
            Some(Ok(hole @ 1..)) if self.is_alone(side, context.now) => hole,
            None if acknowledged > 1 => acknowledged,
            _ => return false,
        };
        let own = side.of_mut(&mut self.streams);
        own.skip(missing, &mut context.out(side));
        true
    }

    /// Whether the other end is not heard, so that nothing tells whether it has what is missing,
    /// and the wait was long enough for that.
    fn is_alone(&self, side: Side, now: Stamp) -> bool {
        let own = side.of(&self.streams);
        let Some(wait) = own.waiting else {
            return false;
        };
        let waited = now.time.since(wait.time) >= ALONE;
        if own.is_acknowledged() {
            let heard = *side.other().of(&self.heard);
            waited && heard.wrapping_sub(wait.packet).cast_signed() <= 0
        } else {
            waited || own.is_crowded()
        }
    }

    /// Hands on what is next although what it acknowledges did not come: only where each side
    /// waits for the other, which honest ends cannot bring about. A side that is blocked by
    /// octets missing on the other is freed when these are given up.
    fn give_up_order(&mut self, side: Side, context: &mut Context<'_, '_>) -> bool {
        let is_next = |stream: &Stream| stream.hole().is_some_and(|hole| hole <= 0);
        let own = side.of(&self.streams);
        match own.waiting {
            Some(wait)
                if is_next(own)
                    && is_next(side.other().of(&self.streams))
                    && self.is_overdue(wait, context.now) =>
            {
                let own = side.of_mut(&mut self.streams);
                own.deliver_first(&mut context.out(side))
            }
            _ => false,
        }
    }

    fn is_overdue(&self, wait: Wait, now: Stamp) -> bool {
        now.time.since(wait.time) >= PATIENCE
            || self.packets.wrapping_sub(wait.packet) >= PATIENCE_PACKETS
    }

    /// At the end, moves one side that waits, whatever it waits for; false where none does. What
    /// was acknowledged is given up first, so that order still follows cause.
    fn force(&mut self, context: &mut Context<'_, '_>) -> bool {
        for acknowledged in [true, false] {
            for side in [Side::Low, Side::High] {
                let own = side.of_mut(&mut self.streams);
                let mut out = context.out(side);
                let unseen = own.unseen();
                match own.hole().map(u32::try_from) {
                    Some(Ok(hole @ 1..)) if unseen > 0 || !acknowledged => {
                        own.skip(if acknowledged { hole.min(unseen) } else { hole }, &mut out);
                        return true;
                    }
                    Some(Ok(0) | Err(_)) if !acknowledged => return own.deliver_first(&mut out),
                    None if unseen > 1 => {
                        own.skip(unseen, &mut out);
                        return true;
                    }
                    _ => {}
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
