//! The last octets of one side of a stream, so that contents are found across segments.

use arrayvec::ArrayVec;

/// Octets kept of one side. A rule matches a stream only where all it asks for lies within this
/// many octets, so that the result does not depend on how the stream was cut into segments.
pub(super) const KEPT: usize = 4096;

/// Rules waiting for the rest of what they ask for.
const ARMED: usize = 16;

/// Rules whose last match is remembered.
const FIRED: usize = 16;

/// Octets that the windows of one shard may take together: 64 shards then take 128 MiB at
/// most. A shard past that looks at each segment alone until conversations end.
const BUDGET: usize = 2 << 20;

/// Room that the windows of a shard take.
#[derive(Debug, Default)]
pub(super) struct Budget {
    taken: usize,
    /// Windows given up for want of room.
    pub(super) refused: u64,
}

impl Budget {
    /// A window took `before` octets and now has grown or shrunk: gives it up where all of them
    /// take too much.
    pub(super) fn settle(&mut self, window: &mut Window, before: usize) {
        self.taken = self.taken.saturating_sub(before);
        if self.taken.saturating_add(window.room()) > BUDGET {
            window.gap();
            window.octets = Vec::new();
            self.refused += 1;
        }
        self.taken += window.room();
    }

    /// These windows are gone.
    pub(super) fn release(&mut self, (low, high): &Windows) {
        let room = [low, high].into_iter().flatten().map(|w| w.room()).sum();
        self.taken = self.taken.saturating_sub(room);
    }
}

/// Those of the low and the high side; boxed, since they are taken out while rules look at them.
pub(super) type Windows = (Option<Box<Window>>, Option<Box<Window>>);

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
    /// Memory taken, in octets.
    pub(super) fn room(&self) -> usize {
        self.octets.capacity()
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_keep_the_last_octets_within_a_budget() {
        let mut window = Window::default();
        for _ in 0..100 {
            window.push(&[7; 1000]);
            window.trim();
        }
        assert!(window.octets.len() >= KEPT && window.octets.len() <= 2 * KEPT);
        assert_eq!(window.start + window.octets.len() as u64, 100_000);
        let mut budget = Budget::default();
        let mut windows: Vec<Window> = Vec::new();
        for _ in 0..1000 {
            let mut window = Window::default();
            window.push(&[7; KEPT]);
            budget.settle(&mut window, 0);
            windows.push(window);
        }
        let kept = windows.iter().map(Window::room).sum::<usize>();
        assert!(kept <= BUDGET && kept > BUDGET / 2, "{kept}");
        assert!(budget.refused > 0);
        for window in windows {
            budget.release(&(Some(Box::new(window)), None));
        }
        assert_eq!(budget.taken, 0);
    }
}
