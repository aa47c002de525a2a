//! What rules remember of one flow: bits, parts that matched, the last octets of its streams.
//!
//! Kept by the sensor with each flow, made at the first thing to remember. Everything here has a
//! bound; what leaves for want of room is counted.

use super::window::Windows;
use crate::facts::{Side, Time};
use crate::rules::limits::Counter;
use arrayvec::ArrayVec;

/// Most bits and numbers of one flow. Rule files set a handful on one flow; the names of all
/// flowbits of the ET Open files are some hundreds.
const BITS: usize = 64;

/// Parts remembered of one flow. They are of use within one packet or one request and answer.
const PARTS: usize = 16;

/// Findings remembered, so that one cause is told once.
const TOLD: usize = 16;

/// Limits counted for one flow.
const LIMITS: usize = 32;

/// What is kept of one flow.
#[derive(Debug, Default)]
pub struct Memory {
    bits: Vec<(u16, Kept)>,
    /// A rule, and the frame in which its lower part matched.
    parts: ArrayVec<(u32, u64), PARTS>,
    /// A rule, and the frame whose octets made it match.
    told: ArrayVec<(u32, u64), TOLD>,
    limits: Vec<(u32, u8, Counter)>,
    /// The low and the high side's stream.
    pub(super) windows: Windows,
    /// The frame that completed the last message of each side.
    pub(super) messages: (u64, u64),
    /// Nothing more is told about this frame.
    pub(super) passed: Option<u64>,
    /// What left for want of room.
    pub(super) evicted: u64,
}

/// A bit or number.
#[derive(Clone, Copy, Debug)]
struct Kept {
    number: u64,
    /// It lapses then.
    until: Option<Time>,
}

impl Memory {
    /// The number kept under a name; a bit that is set counts 1.
    pub(super) fn number(&self, name: u16, now: Time) -> Option<u64> {
        let place = self
            .bits
            .binary_search_by_key(&name, |(name, _)| *name)
            .ok()?;
        let (_, kept) = self.bits.get(place)?;
        kept.until
            .is_none_or(|until| now < until)
            .then_some(kept.number)
    }

    /// Keeps a number under a name, or forgets it.
    pub(super) fn keep(&mut self, name: u16, number: Option<u64>, until: Option<Time>) {
        match (
            self.bits.binary_search_by_key(&name, |(name, _)| *name),
            number,
        ) {
            (Ok(place), Some(number)) => {
                if let Some((_, kept)) = self.bits.get_mut(place) {
                    *kept = Kept { number, until };
                }
            }
            (Ok(place), None) => {
                self.bits.remove(place);
            }
            (Err(place), Some(number)) if self.bits.len() < BITS => {
                self.bits.insert(place, (name, Kept { number, until }));
            }
            (Err(_), Some(_)) => self.evicted += 1,
            (Err(_), None) => {}
        }
    }

    /// A lower part of a rule matched in this frame.
    pub(super) fn remember(&mut self, rule: u32, frame: u64) {
        if self.parts.contains(&(rule, frame)) {
            return;
        }
        if self.parts.is_full() {
            self.parts.remove(0);
            self.evicted += 1;
        }
        self.parts.push((rule, frame));
    }

    /// Whether a lower part of the rule matched in a frame of which `within` is true.
    pub(super) fn remembers(&self, rule: u32, within: impl Fn(u64) -> bool) -> bool {
        self.parts
            .iter()
            .any(|(known, frame)| *known == rule && within(*frame))
    }

    /// Whether this rule was told of this frame's octets; from now on it was.
    pub(super) fn was_told(&mut self, rule: u32, frame: u64) -> bool {
        if self.told.contains(&(rule, frame)) {
            return true;
        }
        if self.told.is_full() {
            self.told.remove(0);
        }
        self.told.push((rule, frame));
        false
    }

    /// The counter of one of a rule's limits; `None` where there is no more room.
    pub(super) fn counter(&mut self, rule: u32, limit: u8) -> Option<&mut Counter> {
        let key = |(rule, limit, _): &(u32, u8, Counter)| (*rule, *limit);
        let place = match self.limits.binary_search_by_key(&(rule, limit), key) {
            Ok(place) => place,
            Err(_) if self.limits.len() >= LIMITS => {
                self.evicted += 1;
                return None;
            }
            Err(place) => {
                self.limits.insert(place, (rule, limit, Counter::default()));
                place
            }
        };
        self.limits.get_mut(place).map(|(_, _, counter)| counter)
    }

    /// Octets of one side were lost.
    pub fn gap(&mut self, side: Side) {
        side.of_mut(&mut self.windows).get_or_insert_default().gap();
    }

    /// Forgets the streams: a new connection begins.
    pub fn restart(&mut self) {
        self.windows = Default::default();
    }
}
