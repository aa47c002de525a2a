//! The last octets delivered of a stream, to compare with what comes again.
//!
//! Used by the stream alone. A ring addressed by sequence number, so that it needs no position
//! of its own. It is as large as the segments of the stream make it.

/// Most octets remembered: one full Ethernet segment, which is what is sent again most, with
/// room for the small ones around it. A power of two, so that sequence numbers may wrap.
pub(super) const OCTETS: usize = 2048;

/// Octets remembered of a stream of small segments, as polls and their answers are: some
/// hundreds of such streams at once then stay in a core's cache.
const LEAST: usize = 256;

/// Segments of the largest size seen that are remembered at least, up to [`OCTETS`] in all:
/// more than a sender of small requests has under way.
const SEGMENTS: usize = 4;

/// The last octets delivered of one stream.
#[derive(Debug)]
pub(super) struct History {
    /// A power of two of them.
    octets: Box<[u8]>,
    /// How many were written; counts up to the room there is.
    known: usize,
}

impl History {
    pub(super) fn new() -> Self {
        Self {
            octets: Box::new([0; LEAST]),
            known: 0,
        }
    }

    /// Writes octets that were delivered from this sequence number on.
    #[inline]
    pub(super) fn write(&mut self, sequence: u32, octets: &[u8]) {
        if octets.len() > self.octets.len() / SEGMENTS && self.octets.len() < OCTETS {
            self.grow(sequence, octets.len());
        }
        let held = self.octets.len();
        self.known = self.known.saturating_add(octets.len()).min(held);
        let passed = octets.len().saturating_sub(held);
        let octets = octets.get(passed..).unwrap_or_default();
        let at = self.place(sequence, passed);
        let (before, behind) = octets.split_at(octets.len().min(held - at));
        if let Some(place) = self.octets.get_mut(at..at + before.len()) {
            place.copy_from_slice(before);
        }
        if !behind.is_empty()
            && let Some(place) = self.octets.get_mut(..behind.len())
        {
            place.copy_from_slice(behind);
        }
    }

    /// Makes room for segments of this size; `next` is the number behind what is remembered.
    #[cold]
    fn grow(&mut self, next: u32, segment: usize) {
        let held = segment
            .saturating_mul(SEGMENTS)
            .min(OCTETS)
            .next_power_of_two();
        let mut larger = Self {
            octets: vec![0; held].into(),
            known: self.known,
        };
        let oldest = next.wrapping_sub(u32::try_from(self.octets.len()).unwrap_or(0));
        for passed in 0..self.octets.len() {
            let octet = self.octets.get(self.place(oldest, passed)).copied();
            let at = larger.place(oldest, passed);
            if let (Some(place), Some(octet)) = (larger.octets.get_mut(at), octet) {
                *place = octet;
            }
        }
        *self = larger;
    }

    /// Whether octets from `start` on, all before `next`, differ from what was delivered there.
    /// Of what was delivered `solid` octets before `next` can be compared, as far as they are
    /// still remembered.
    pub(super) fn differs(&self, start: u32, octets: &[u8], next: u32, solid: u32) -> bool {
        let held = self.octets.len();
        let reach = (solid as usize).min(self.known);
        let back = next.wrapping_sub(start) as usize;
        let passed = back.saturating_sub(reach);
        let Some(octets) = octets.get(passed..) else {
            return false;
        };
        let octets = octets.get(..octets.len().min(held)).unwrap_or_default();
        let at = self.place(start, passed);
        let (before, behind) = octets.split_at(octets.len().min(held - at));
        self.octets.get(at..at + before.len()) != Some(before)
            || self.octets.get(..behind.len()) != Some(behind)
    }

    /// Where the octet `passed` behind a sequence number lies.
    #[inline]
    const fn place(&self, sequence: u32, passed: usize) -> usize {
        (sequence as usize).wrapping_add(passed) & (self.octets.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_remembered_across_the_ring_and_the_circle() {
        let octets: Vec<u8> = (0..=255).cycle().take(5000).collect();
        for start in [0, 2000, u32::MAX - 100] {
            let mut history = History::new();
            history.write(start, &octets);
            let next = start.wrapping_add(5000);
            let mut last = octets[2952..].to_vec();
            let from = next.wrapping_sub(2048);
            assert!(!history.differs(from, &last, next, 5000));
            // What is no longer remembered is not compared.
            assert!(!history.differs(start, &[9; 100], next, 5000));
            for at in [0, 1000, 2047] {
                last[at] ^= 1;
                assert!(history.differs(from, &last, next, 5000));
                last[at] ^= 1;
            }
        }
    }

    #[test]
    fn growing_forgets_nothing() {
        for start in [0, 77, u32::MAX - 150] {
            let mut history = History::new();
            let small: Vec<u8> = (0..LEAST).map(|n| n.to_le_bytes()[0]).collect();
            let mut next = start;
            for segment in small.chunks(LEAST / SEGMENTS) {
                history.write(next, segment);
                next = next.wrapping_add(u32::try_from(segment.len()).unwrap());
            }
            assert_eq!(history.octets.len(), LEAST);
            history.write(next, &[0xee; 300]);
            assert_eq!(history.octets.len(), OCTETS);
            next = next.wrapping_add(300);
            let mut all = small;
            all.extend([0xee; 300]);
            assert!(!history.differs(start, &all, next, 1000));
            all[3] ^= 1;
            assert!(history.differs(start, &all, next, 1000));
            // What was gone before is not known by the larger room.
            assert!(!history.differs(start.wrapping_sub(9), &[1; 9], next, 1000));
        }
    }

    #[test]
    fn only_solid_octets_are_compared() {
        let mut history = History::new();
        history.write(100, &[1; 10]);
        assert!(!history.differs(90, &[7; 10], 110, 10));
        assert!(!history.differs(95, &[7, 7, 7, 7, 7, 1, 1], 110, 10));
        assert!(history.differs(95, &[7, 7, 7, 7, 7, 1, 2], 110, 10));
    }
}
