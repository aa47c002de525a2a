//! The reader: takes frames from the captures, reads their headers, moves the packet clock, and
//! hands each frame on to whoever works on its shard.
//!
//! Run by replay, on a thread of its own or, with one worker, on that worker's. The live sensor
//! has a loop of its own and works with the same [`Hands`]. Touches a frame's headers alone and
//! copies nothing of it.

use super::replay::Progress;
use super::rounds::{Clock, Descriptor, Origin, ROUND};
use super::span::{Span, Times};
use crate::capture::{Block, Captures, Record};
use crate::facts::{Stamp, Time};
use crate::flow::fragments::{Fragments, Joined};
use crate::wire::{self, Checksums};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Where the reader's frames go.
pub(super) trait Forward {
    /// The next frame, which lies in `block`.
    fn frame(&mut self, frame: &Descriptor, block: &Arc<Block>);

    /// Packet time went on, for every shard.
    fn tick(&mut self, now: Stamp);

    /// A round is over, with so many frames in all up to its end; or, with the clock then, the
    /// capture is. False when nobody works any more.
    fn deal(&mut self, frames: u64, last: Option<Stamp>) -> bool;
}

impl<F: Forward> Forward for &mut F {
    #[inline]
    fn frame(&mut self, frame: &Descriptor, block: &Arc<Block>) {
        (**self).frame(frame, block);
    }

    fn tick(&mut self, now: Stamp) {
        (**self).tick(now);
    }

    fn deal(&mut self, frames: u64, last: Option<Stamp>) -> bool {
        (**self).deal(frames, last)
    }
}

/// Reads captures from their first frame to their last.
pub(super) struct Reader<'a, F> {
    captures: Captures,
    progress: &'a Progress,
    hands: Hands<F>,
}

/// What a reader works with while its source lends it a frame.
pub(super) struct Hands<F> {
    forward: F,
    fragments: Fragments,
    clock: Clock,
    frames: u64,
    times: Times,
    /// Frames and ticks of this round.
    filled: usize,
}

/// What reading came to.
pub(super) struct Read {
    pub(super) captures: Captures,
    /// Frames handed out.
    pub(super) frames: u64,
    /// First and last packet time.
    pub(super) span: Option<Span>,
    /// Reading was stopped before the end.
    pub(super) stopped: bool,
}

impl<'a, F: Forward> Reader<'a, F> {
    pub(super) fn new(captures: Captures, forward: F, progress: &'a Progress) -> Self {
        Self {
            captures,
            progress,
            hands: Hands::new(forward),
        }
    }

    /// Reads on until the captures end or nobody wants to go on.
    pub(super) fn run(mut self) -> Read {
        let mut stopped = false;
        while let Some((block, record)) = self.captures.next() {
            self.hands.frame(block, &record);
            if self.hands.is_full() {
                self.show();
                stopped = self.progress.stop.load(Ordering::Relaxed);
                if !self.hands.deal() || stopped {
                    break;
                }
            }
        }
        self.hands.finish(self.captures, stopped)
    }

    /// Shows how far it is.
    fn show(&self) {
        let (octets, total) = self.captures.progress().unwrap_or_default();
        let progress = self.progress;
        progress.frames.store(self.hands.frames, Ordering::Relaxed);
        progress.octets.store(octets, Ordering::Relaxed);
        progress.total.store(total, Ordering::Relaxed);
    }
}

impl<F: Forward> Hands<F> {
    pub(super) fn new(forward: F) -> Self {
        Self {
            forward,
            fragments: Fragments::new(0),
            clock: Clock::default(),
            frames: 0,
            times: Times::default(),
            filled: 0,
        }
    }

    /// Where frames go.
    pub(super) const fn forward(&mut self) -> &mut F {
        &mut self.forward
    }

    /// Whether the round is full.
    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.filled >= ROUND
    }

    /// Whether nothing was put into the round.
    pub(super) const fn is_idle(&self) -> bool {
        self.filled == 0
    }

    /// Deals the round. False when nobody works any more.
    pub(super) fn deal(&mut self) -> bool {
        self.filled = 0;
        self.forward.deal(self.frames, None)
    }

    /// Deals the last round.
    pub(super) fn finish(mut self, captures: Captures, stopped: bool) -> Read {
        let end = Stamp {
            time: self.clock.now(),
            frame: self.frames,
        };
        self.forward.deal(self.frames, Some(end));
        Read {
            captures,
            frames: self.frames,
            span: self.times.finish(),
            stopped,
        }
    }

    /// Reads a frame's headers and hands it on.
    #[inline]
    pub(super) fn frame(&mut self, block: &Arc<Block>, record: &Record) {
        if record.time_known {
            self.time(record.time);
        }
        self.frames += 1;
        let octets = record.octets(block);
        let headers = wire::read(
            u32::from(record.link.0),
            octets,
            record.original,
            Checksums::Header,
        );
        let descriptor = Descriptor {
            stamp: Stamp {
                time: record.time,
                frame: self.frames,
            },
            headers,
            block: 0,
            start: record.start,
            length: record.captured,
            original: record.original,
            link: u32::from(record.link.0),
            shard: wire::shard(&headers),
            origin: Origin::Captured,
        };
        if matches!(&descriptor.headers.network, wire::Network::Ip(ip) if ip.fragment.is_some()) {
            self.fragment(descriptor, octets, block);
        } else {
            self.push(&descriptor, block);
        }
    }

    /// Moves the clock on, and tells all workers when it ticks.
    #[inline]
    fn time(&mut self, time: Time) {
        let at = Stamp {
            time,
            frame: self.frames + 1,
        };
        if self.times.take(at) && self.clock.advance(time) {
            self.tick(self.clock.now());
        }
    }

    /// Time passes without packets.
    pub(super) fn pass(&mut self, time: Time) {
        if self.clock.pass(time) {
            self.tick(time);
        }
    }

    fn tick(&mut self, time: Time) {
        let frame = self.frames;
        self.forward.tick(Stamp { time, frame });
        self.filled += 1;
    }

    /// Puts fragments together; a whole datagram goes behind the frame that completed it. It
    /// may be a fragment of another one in turn, as deep as tunnels may nest.
    #[cold]
    fn fragment(&mut self, mut frame: Descriptor, octets: &[u8], block: &Arc<Block>) {
        let time = frame.stamp.time;
        let mut headers = frame.headers;
        let mut joined = self.fragments.push(&headers, octets, time, 1);
        if matches!(joined, Joined::Duplicate) {
            frame.origin = Origin::Copy;
        }
        self.push(&frame, block);
        for _ in 0..=wire::TUNNELS {
            let Joined::Whole(whole) = joined else { break };
            headers = wire::read_whole(&headers, &whole.packet, Checksums::Header);
            joined = self
                .fragments
                .push(&headers, &whole.packet, time, whole.fragments);
            let length = u32::try_from(whole.packet.len()).unwrap_or(u32::MAX);
            let descriptor = Descriptor {
                headers,
                start: 0,
                length,
                original: length,
                link: wire::RAW_IP,
                shard: wire::shard(&headers),
                origin: Origin::Joined(whole.fragments),
                ..frame
            };
            self.push(&descriptor, &Arc::new(Block::read(whole.packet)));
        }
    }

    #[inline]
    fn push(&mut self, frame: &Descriptor, block: &Arc<Block>) {
        self.forward.frame(frame, block);
        self.filled += 1;
    }
}
