//! The last octets of one side of a stream, so that contents are found across segments.

use arrayvec::ArrayVec;

/// Octets kept of one side. A rule matches a stream only where all it asks for lies within this
/// many octets, so that the result does not depend on how the stream was cut into segments.
pub(super) const KEPT: usize = 4096;

/// Rules waiting for the rest of what they ask for.
const ARMED: usize = 16;

/// Rules whose last match is remembered.
const FIRED: usize = 16;

/// One side of a stream.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// The last octets.
    pub(super) octets: Vec<u8>,
    /// Place in the stream of the first octet kept.
    pub(super) start: u64,
    /// Octets were lost, or the beginning was not seen: places are counted from there and are
    /// not those of the stream.
    pub(super) broken: bool,
    /// Rules whose pattern was seen at this place and that wait for more.
    pub(super) armed: ArrayVec<(u32, u64), ARMED>,
    /// Rules that matched, and the place behind the match.
    fired: ArrayVec<(u32, u64), FIRED>,
}

impl Window {
    /// Adds the next octets.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Lets go of what is too old.
    pub(super) fn trim(&mut self) {
        if self.octets.len() > 2 * KEPT {
            let old = self.octets.len() - KEPT;
            self.octets.drain(..old);
            self.octets.shrink_to(4 * KEPT);
            self.start += old as u64;
            let start = self.start;
            self.armed.retain(|(_, place)| *place >= start);
        }
    }

    /// Octets were lost.
    pub(super) fn gap(&mut self) {
        self.start += self.octets.len() as u64;
        self.octets.clear();
        self.armed.clear();
        self.broken = true;
    }

    /// A rule's pattern was seen; the rest of it may come. False where another rule had to make
    /// room.
    pub(super) fn arm(&mut self, rule: u32, place: u64) -> bool {
        if let Some(armed) = self.armed.iter_mut().find(|(known, _)| *known == rule) {
            armed.1 = place;
            return true;
        }
        let full = self.armed.is_full();
        if full {
            self.armed.remove(0);
        }
        self.armed.push((rule, place));
        !full
    }

    /// The place behind the rule's last match.
    pub(super) fn fired(&self, rule: u32) -> Option<u64> {
        let known = self.fired.iter().find(|(known, _)| *known == rule);
        known.map(|(_, place)| *place)
    }

    /// A rule matched up to this place.
    pub(super) fn fire(&mut self, rule: u32, place: u64) {
        if let Some(fired) = self.fired.iter_mut().find(|(known, _)| *known == rule) {
            fired.1 = place;
            return;
        }
        if self.fired.is_full() {
            self.fired.remove(0);
        }
        self.fired.push((rule, place));
    }
}
