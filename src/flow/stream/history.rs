//! The last octets delivered of a stream, to compare with what comes again.
//!
//! Used by the stream alone. A ring addressed by sequence number, so that it needs no position
//! of its own.

/// Octets remembered: one full Ethernet segment, which is what is sent again most, with room
/// for the small ones around it. A power of two, so that sequence numbers may wrap.
pub(super) const OCTETS: usize = 2048;

/// The last octets delivered of one stream.
#[derive(Debug)]
pub(super) struct History(Box<[u8; OCTETS]>);

impl History {
    pub(super) fn new() -> Self {
        Self(Box::new([0; OCTETS]))
    }

    /// Writes octets that were delivered from this sequence number on.
    #[inline]
    pub(super) fn write(&mut self, sequence: u32, octets: &[u8]) {
        let passed = octets.len().saturating_sub(OCTETS);
        let octets = octets.get(passed..).unwrap_or_default();
        let at = place(sequence, passed);
        let (before, behind) = octets.split_at(octets.len().min(OCTETS - at));
        if let Some(place) = self.0.get_mut(at..at + before.len()) {
            place.copy_from_slice(before);
        }
        if let Some(place) = self.0.get_mut(..behind.len()) {
            place.copy_from_slice(behind);
        }
    }

    /// Whether octets from `start` on, all before `next`, differ from what was delivered there.
    /// Of what was delivered `solid` octets before `next` can be compared, as far as they are
    /// still remembered.
    pub(super) fn differs(&self, start: u32, octets: &[u8], next: u32, solid: u32) -> bool {
        let reach = (solid as usize).min(OCTETS);
        let back = next.wrapping_sub(start) as usize;
        let passed = back.saturating_sub(reach);
        let Some(octets) = octets.get(passed..) else {
            return false;
        };
        let octets = octets.get(..octets.len().min(OCTETS)).unwrap_or_default();
        let at = place(start, passed);
        let (before, behind) = octets.split_at(octets.len().min(OCTETS - at));
        self.0.get(at..at + before.len()) != Some(before)
            || self.0.get(..behind.len()) != Some(behind)
    }
}

/// Where the octet `passed` behind a sequence number lies; below [`OCTETS`].
const fn place(sequence: u32, passed: usize) -> usize {
    (sequence as usize).wrapping_add(passed) % OCTETS
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
    fn only_solid_octets_are_compared() {
        let mut history = History::new();
        history.write(100, &[1; 10]);
        assert!(!history.differs(90, &[7; 10], 110, 10));
        assert!(!history.differs(95, &[7, 7, 7, 7, 7, 1, 1], 110, 10));
        assert!(history.differs(95, &[7, 7, 7, 7, 7, 1, 2], 110, 10));
    }
}
