//! What was seen of one side of a flow, what became of it, and what could not be seen.
//!
//! Filled by the table (packets), the connection (order and loss) and the sensor (what the
//! protocols made of the octets). Plain counters; sums of ledgers are ledgers.

use super::duplicates::DuplicateKind;
use crate::facts::Time;
use arrayvec::ArrayVec;
use std::time::Duration;

/// Most lost ranges kept by number. A conversation that loses more has an ill mirror port, and
/// then the count and the sum say more than the list.
const RANGES: usize = 8;

/// A stretch of TCP sequence numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Sequence number of the first octet.
    pub first: u32,
    /// Number of octets.
    pub octets: u32,
}

/// A count for each kind of duplicate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerKind([u64; DuplicateKind::ALL.len()]);

impl PerKind {
    /// Counts one more of this kind.
    pub fn count(&mut self, kind: DuplicateKind) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// How many of this kind.
    #[must_use]
    pub fn of(&self, kind: DuplicateKind) -> u64 {
        self.0.get(kind as usize).copied().unwrap_or_default()
    }

    /// How many of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// The account of one side of a flow, or of many. Numbers are octets unless the name says
/// otherwise.
///
/// For TCP, `content = delivered + retransmitted + discarded` once the connection is closed.
/// The sensor splits `delivered` into `decoded`, `malformed`, `skipped`, `opaque` and
/// `encrypted`.
///
/// In memory as written here, so that a packet that comes in order and is decoded touches the
/// last hundred octets alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Ledger {
    /// The first stretches that `lost` is made of.
    pub ranges: ArrayVec<Range, RANGES>,
    /// Packets recognised as copies made by the mirror port.
    pub duplicates: PerKind,
    /// Where that was first so.
    pub ambiguity: Option<Range>,
    /// Segments whose content differs from what came before under the same sequence numbers.
    pub ambiguous: u64,
    /// TCP octets that the sender sent and the capture does not hold at all.
    pub lost: u64,
    /// How many stretches `lost` is made of.
    pub gaps: u64,
    /// How often the sequence numbers went elsewhere, with an unknown number of octets lost.
    pub breaks: u64,
    /// Content cut off by the snap length.
    pub cut: u64,
    /// TCP content that came again.
    pub retransmitted: u64,
    /// Segments that came late: behind one that follows them.
    pub out_of_order: u64,
    /// Content given up: outside any believable window, or past the bounds of the store.
    pub discarded: u64,
    /// Content that no protocol claims or reads.
    pub opaque: u64,
    /// Content known to be encrypted.
    pub encrypted: u64,
    /// Content of PDUs that are framed well and malformed inside.
    pub malformed: u64,
    /// Content a protocol had to pass over while it looked for sync.
    pub skipped: u64,
    /// When that silence began.
    pub silent_since: Time,
    /// The longest time without a packet.
    pub silence: Duration,
    /// Packets, without duplicates.
    pub packets: u64,
    /// Octets on the wire, whole frames, without duplicates.
    pub octets: u64,
    /// Octets of content that the capture holds.
    pub content: u64,
    /// Content handed on to a protocol, in order and once.
    pub delivered: u64,
    /// Content that a protocol decoded.
    pub decoded: u64,
}

impl Ledger {
    /// Content of which it is known what became of it.
    #[must_use]
    pub const fn accounted(&self) -> u64 {
        self.decoded
            + self.opaque
            + self.encrypted
            + self.malformed
            + self.skipped
            + self.retransmitted
            + self.discarded
    }

    /// Whether the content is what became of it. Holds once the flow is over and the sensor has
    /// entered what the protocols made of it.
    #[must_use]
    pub const fn balances(&self) -> bool {
        self.content == self.accounted()
    }

    /// Counts a packet of `length` octets; `last` is the time of the packet before it.
    pub(super) fn packet(&mut self, length: u32, time: Time, last: Option<Time>) {
        self.packets += 1;
        self.octets += u64::from(length);
        if let Some(last) = last {
            let silence = time.since(last);
            if silence > self.silence {
                self.silence = silence;
                self.silent_since = last;
            }
        }
    }

    /// Counts octets that were never seen.
    pub(super) fn lose(&mut self, first: u32, octets: u32) {
        self.lost += u64::from(octets);
        self.gaps += 1;
        // A full list keeps the first ones: they are where an investigation starts.
        let _ = self.ranges.try_push(Range { first, octets });
    }

    /// Takes back the last `octets` counted as lost, from `first` on: they came after all.
    pub(super) fn find(&mut self, first: u32, octets: u32) {
        self.lost = self.lost.saturating_sub(u64::from(octets));
        while let Some(range) = self.ranges.last_mut() {
            let kept = first.wrapping_sub(range.first);
            let found = range.octets.saturating_sub(kept);
            if kept >= range.octets || found > octets {
                break;
            }
            range.octets = kept;
            if kept > 0 {
                break;
            }
            self.ranges.pop();
            self.gaps = self.gaps.saturating_sub(1);
        }
    }

    /// Counts a segment that contradicts what was seen before.
    pub(super) fn contradict(&mut self, first: u32, octets: u32) {
        self.ambiguous += 1;
        self.ambiguity.get_or_insert(Range { first, octets });
    }

    /// Adds another account to this one. The ranges of lost octets belong to one stream and
    /// are not added; of the silences the longest stays.
    pub fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.octets += other.octets;
        self.content += other.content;
        self.delivered += other.delivered;
        self.decoded += other.decoded;
        self.opaque += other.opaque;
        self.encrypted += other.encrypted;
        self.malformed += other.malformed;
        self.skipped += other.skipped;
        self.lost += other.lost;
        self.gaps += other.gaps;
        self.breaks += other.breaks;
        self.cut += other.cut;
        self.duplicates.add(&other.duplicates);
        self.retransmitted += other.retransmitted;
        self.ambiguous += other.ambiguous;
        self.out_of_order += other.out_of_order;
        self.discarded += other.discarded;
        if other.silence > self.silence {
            self.silence = other.silence;
            self.silent_since = other.silent_since;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_silence_is_remembered_with_its_start() {
        let second = |s| Time::from_parts(s, 0);
        let mut ledger = Ledger::default();
        ledger.packet(60, second(1), None);
        ledger.packet(60, second(9), Some(second(1)));
        ledger.packet(60, second(10), Some(second(9)));
        assert_eq!(ledger.silence, Duration::from_secs(8));
        assert_eq!(ledger.silent_since, second(1));
        assert_eq!((ledger.packets, ledger.octets), (3, 180));
    }

    #[test]
    fn lost_ranges_are_bounded_and_still_summed() {
        let mut ledger = Ledger::default();
        for n in 0..20 {
            ledger.lose(n * 100, 10);
        }
        assert_eq!((ledger.lost, ledger.gaps), (200, 20));
        assert_eq!(ledger.ranges.len(), RANGES);
        assert_eq!(ledger.ranges.first().map(|r| r.first), Some(0));
    }

    #[test]
    fn sums_add_up() {
        let mut one = Ledger::default();
        one.packet(100, Time::from_parts(5, 0), Some(Time::from_parts(1, 0)));
        one.lose(1, 2);
        one.duplicates.count(DuplicateKind::Routed);
        let mut sum = one.clone();
        sum.add(&one);
        assert_eq!(
            (sum.packets, sum.octets, sum.lost, sum.gaps),
            (2, 200, 4, 2)
        );
        assert_eq!(sum.duplicates.of(DuplicateKind::Routed), 2);
        assert_eq!(sum.duplicates.total(), 2);
        assert_eq!(sum.silence, Duration::from_secs(4));
    }
}
