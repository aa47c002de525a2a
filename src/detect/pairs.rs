//! Who operates on whom, in which protocol: the table in which detectors on the workers keep what
//! they know of a conversation, whatever flows carry it.

use super::answers::{Answers, Trouble};
use super::silence::Rhythm;
use crate::facts::{Endpoint, Host, Outcome, Stamp, Time};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::time::Duration;

/// Most conversations kept in a shard: 16,384 in all, more than the 10,000 of a large site.
const PAIRS: usize = 256;

/// Packet time between two looks for silence.
const LOOK: Duration = Duration::from_millis(500);

/// Without any packet for so long the mirror itself was blind: nobody is called silent for that.
const BLIND: Duration = Duration::from_secs(5);

/// Where a flow finds its conversation again; one for each end that acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot(Option<u16>);

/// How an operation ended, and how long the answer took in nanoseconds, where there was one.
pub type Ended = (Outcome, Option<u64>);

/// What was found in a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// How it went up to now.
    pub rhythm: Rhythm,
    /// What is wrong with its answers.
    pub trouble: Trouble,
    /// The packet that decided.
    pub now: Stamp,
}

/// A conversation.
#[derive(Debug)]
struct Pair {
    rhythm: Rhythm,
    answers: Answers,
}

impl Pair {
    fn beat(&mut self, stamp: Stamp, ended: Ended, found: &mut dyn FnMut(Finding)) {
        if let Some(trouble) = self.answers.add(stamp, ended) {
            found(Finding {
                rhythm: self.rhythm,
                trouble,
                now: stamp,
            });
        }
    }
}

/// The conversations of one shard.
#[derive(Debug, Default)]
pub struct Pairs {
    index: HashMap<(Host, Host, &'static str), u16, FixedState>,
    pairs: Vec<Pair>,
    looked: Time,
    /// The last tick before which a packet came, and that packet's number.
    heard: Stamp,
}

impl Pairs {
    /// An operation of this actor on this device in this protocol; `slot` is where its flow found
    /// the conversation of the actor before.
    pub fn beat(
        &mut self,
        slot: &mut Slot,
        ((actor, device), protocol): ((Endpoint, Endpoint), &'static str),
        stamp: Stamp,
        ended: Ended,
        found: &mut dyn FnMut(Finding),
    ) {
        let known = match *slot {
            Slot(Some(place)) => Some(place),
            Slot(None) => {
                let key = (actor.host, device.host, protocol);
                let place = self.index.get(&key).copied();
                *slot = Slot(place);
                place
            }
        };
        if let Some(place) = known {
            if let Some(pair) = self.pairs.get_mut(usize::from(place)) {
                pair.rhythm.beat(stamp);
                pair.beat(stamp, ended, found);
            }
            return;
        }
        let Ok(place) = u16::try_from(self.pairs.len()) else {
            return;
        };
        if self.pairs.len() >= PAIRS {
            return;
        }
        *slot = Slot(Some(place));
        self.index
            .insert((actor.host, device.host, protocol), place);
        let mut pair = Pair {
            rhythm: Rhythm::new((actor, device), protocol, stamp),
            answers: Answers::new(stamp.time),
        };
        pair.beat(stamp, ended, found);
        self.pairs.push(pair);
    }

    /// Packet time went on: hands over those that fell silent, once each.
    pub fn tick(&mut self, tick: Stamp, silent: &mut dyn FnMut(&Rhythm)) {
        let now = tick.time;
        // Where no packet comes from anybody, as on a cable that was pulled, nothing is known of
        // anyone.
        if tick.frame == self.heard.frame {
            return;
        }
        let blind = now.since(self.heard.time) >= BLIND;
        self.heard = tick;
        if blind {
            for pair in &mut self.pairs {
                pair.rhythm.blind(now);
            }
            return;
        }
        if now.since(self.looked) < LOOK {
            return;
        }
        self.looked = now;
        for pair in &mut self.pairs {
            if pair.rhythm.fell_silent(now) {
                silent(&pair.rhythm);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }
}
