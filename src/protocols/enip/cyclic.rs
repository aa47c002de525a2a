//! Cyclic outputs: what an originator sends to its targets again and again (implicit messages,
//! CIP volume 1, 3-6).
//!
//! Called by the session for each implicit message. Tells the first data and each change; who
//! repeats them is counted there. Bounded; allocates nothing; no panic.

use super::operations::OUTPUTS;
use super::wire::{Implicit, Item};
use crate::facts::{Operation, Outcome, Side, Stamp, Target, Values};
use crate::protocols::Sink;
use crate::wire::Octets;
use arrayvec::ArrayVec;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// Connections known between two ends; of more the oldest is forgotten. An adapter has a few.
const CONNECTIONS: usize = 16;

/// Messages after which outputs are told although the other end is not heard: a one-way mirror.
const ALONE: u32 = 8;

/// All cyclic connections of a conversation.
#[derive(Debug, Default)]
pub(super) struct Cyclic(ArrayVec<Producer, CONNECTIONS>);

/// One direction of a cyclic connection.
#[derive(Debug)]
struct Producer {
    side: Side,
    connection: u32,
    /// All of it can have the header that tells run from idle (CIP volume 1, 3-6.1.4), as
    /// outputs have and inputs have not.
    headed: bool,
    /// That header said run. What says idle for ever are inputs that begin with zeros.
    ran: bool,
    messages: u32,
    /// Digest of the outputs told last, with their header.
    told: Option<u64>,
}

impl Producer {
    const fn commands(&self) -> bool {
        self.headed && self.ran
    }
}

/// The 32-bit header and the outputs behind it, of data with a sequence count.
fn outputs(data: &[u8]) -> Option<(u32, &[u8])> {
    let mut o = Octets::new(data);
    o.skip(2)?;
    let header = o.le32()?;
    let outputs = o.rest();
    (header <= 1 && !outputs.is_empty()).then_some((header, outputs))
}

impl Cyclic {
    /// Takes a message. Says nothing of who serves: the ports of both are the same, and only the
    /// connection's opening tells who asked.
    pub(super) fn message(
        &mut self,
        side: Side,
        implicit: &Implicit<'_>,
        stamp: Stamp,
        out: &mut dyn Sink,
    ) {
        let outputs = outputs(implicit.data);
        let alone = self.0.iter().all(|known| known.side == side);
        let answered = self.0.iter().any(|k| k.side != side && !k.commands());
        let Some(producer) = self.producer(side, implicit.connection) else {
            return;
        };
        producer.messages = producer.messages.saturating_add(1);
        producer.headed &= outputs.is_some();
        producer.ran |= outputs.is_some_and(|(header, _)| header == 1);
        let Some((header, octets)) = outputs.filter(|_| producer.commands()) else {
            return;
        };
        if !(answered || alone && producer.messages >= ALONE) {
            return;
        }
        let digest = FixedState::default().hash_one((header, octets));
        if producer.told.replace(digest) != Some(digest) {
            tell(side, implicit.connection, octets, stamp, out);
        }
    }

    fn producer(&mut self, side: Side, connection: u32) -> Option<&mut Producer> {
        let is_it = |known: &Producer| known.side == side && known.connection == connection;
        let place = self.0.iter().position(is_it);
        let place = place.unwrap_or_else(|| {
            if self.0.is_full() {
                self.0.remove(0);
            }
            self.0.push(Producer {
                side,
                connection,
                headed: true,
                ran: false,
                messages: 0,
                told: None,
            });
            self.0.len().saturating_sub(1)
        });
        self.0.get_mut(place)
    }
}

fn tell(actor: Side, connection: u32, octets: &[u8], stamp: Stamp, out: &mut dyn Sink) {
    let connection = u64::from(connection);
    let item = crate::facts::Item {
        target: Target {
            space: "connection",
            range: Some((connection, connection)),
            ..Target::default()
        },
        values: Values::Octets(octets),
        before: Values::None,
    };
    out.operation(&Operation {
        meaning: &OUTPUTS,
        code: u32::from(Item::CONNECTED_DATA),
        actor,
        unit: None,
        items: &[item],
        outcome: Outcome::Unacknowledged,
        requested: Some(stamp),
        answered: None,
    });
}
