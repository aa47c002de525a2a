//! The books: every frame received is processed or dropped for a reason, every frame processed
//! is decoded or not for a reason, and all content is known to have become something.

/// The longest frame where the MTU is 1,500 octets: with two VLAN tags, MPLS labels and a redundancy
/// trailer 1,550 octets, and some to spare.
const LONG: u32 = 1_600;

/// Why a frame was not processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// The mirror port sent it twice.
    Duplicate,
    /// The code that looked at it panicked.
    Panic,
}

impl Dropped {
    /// All reasons, in the order of [`Books::dropped`].
    pub const ALL: [Self; 2] = [Self::Duplicate, Self::Panic];

    /// The reason as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Panic => "panic",
        }
    }
}

/// Why a frame that was processed was not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecoded {
    /// Link type, version or protocol number that Jaga does not know.
    UnknownLink,
    /// The headers cannot be read: cut, short, or with impossible lengths.
    BadHeader,
    /// A fragment whose datagram was never whole.
    Fragment,
    /// No protocol recognised its content.
    UnknownProtocol,
    /// Its content is encrypted.
    Encrypted,
}

impl Undecoded {
    /// All reasons, in the order of [`Books::undecoded`].
    pub const ALL: [Self; 5] = [
        Self::UnknownLink,
        Self::BadHeader,
        Self::Fragment,
        Self::UnknownProtocol,
        Self::Encrypted,
    ];

    /// The reason as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownLink => "unknown-link",
            Self::BadHeader => "bad-header",
            Self::Fragment => "fragment",
            Self::UnknownProtocol => "unknown-protocol",
            Self::Encrypted => "encrypted",
        }
    }
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Decoded,
    Undecoded(Undecoded),
    Dropped(Dropped),
}

/// Counts of frames and conversations; adds up over workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Frames received.
    pub received: u64,
    /// Octets of these frames on the wire.
    pub octets: u64,
    /// Frames dropped, by [`Dropped::ALL`].
    pub dropped: [u64; Dropped::ALL.len()],
    /// Frames that were read: of conversations in which something was found of a protocol, or
    /// without content. What became of their octets is in the ledgers of the conversations.
    pub decoded: u64,
    /// Frames not decoded, by [`Undecoded::ALL`].
    pub undecoded: [u64; Undecoded::ALL.len()],
    /// Conversations that ended.
    pub conversations: u64,
    /// Conversations whose content is not the sum of what became of it.
    pub unbalanced: u64,
    /// Conversations whose place was needed for others.
    pub evicted: u64,
    /// Panics that cost a conversation outside of any frame.
    pub panics: u64,
    /// Frames longer than any that a switch without jumbo frames hands on: more than 1,600 octets.
    pub long: u64,
    /// Length of the longest frame on the wire, in octets.
    pub longest: u32,
    /// Frames of which octets are missing at their end.
    pub cut: u64,
}

/// What a shard enters at its end beside the frames.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aside {
    /// Panics outside of a frame: on ticks and at the end of flows.
    pub(super) panics: u64,
    /// Conversations that ended, and those whose octets do not add up.
    pub(super) conversations: u64,
    pub(super) unbalanced: u64,
    /// Frames entered as [`Undecoded::UnknownProtocol`] whose protocol showed later.
    pub(super) recognised: u64,
}

impl Books {
    /// Enters one frame.
    pub(super) fn enter(&mut self, octets: u64, verdict: Verdict) {
        self.received += 1;
        self.octets += octets;
        if let Some(count) = self.count(verdict) {
            *count = count.wrapping_add(1);
        }
    }

    /// Enters how long a frame was on the wire, and whether octets are missing at its end.
    pub(super) fn measure(&mut self, length: u32, cut: bool) {
        self.long += u64::from(length > LONG);
        self.longest = self.longest.max(length);
        self.cut += u64::from(cut);
    }

    /// Enters what became of a datagram for the fragments that it was put together from, which
    /// were entered as [`Undecoded::Fragment`] when they came.
    ///
    /// That may have been in the books of another worker: then the counts here wrap below zero,
    /// and are right again in the sum over all workers.
    pub(super) fn settle(&mut self, fragments: u64, verdict: Verdict) {
        self.move_to(verdict, Undecoded::Fragment, fragments);
    }

    /// Enters what a shard noted beside the frames.
    pub(super) fn enter_aside(&mut self, aside: &Aside) {
        self.panics += aside.panics;
        self.conversations += aside.conversations;
        self.unbalanced += aside.unbalanced;
        let unknown = Undecoded::UnknownProtocol;
        self.move_to(Verdict::Decoded, unknown, aside.recognised);
    }

    fn move_to(&mut self, verdict: Verdict, from: Undecoded, frames: u64) {
        if let Some(count) = self.count(verdict) {
            *count = count.wrapping_add(frames);
        }
        if let Some(count) = self.count(Verdict::Undecoded(from)) {
            *count = count.wrapping_sub(frames);
        }
    }

    fn count(&mut self, verdict: Verdict) -> Option<&mut u64> {
        match verdict {
            Verdict::Dropped(reason) => self.dropped.get_mut(reason as usize),
            Verdict::Decoded => Some(&mut self.decoded),
            Verdict::Undecoded(reason) => self.undecoded.get_mut(reason as usize),
        }
    }

    /// Adds the books of another worker.
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.octets += other.octets;
        self.decoded = self.decoded.wrapping_add(other.decoded);
        self.conversations += other.conversations;
        self.unbalanced += other.unbalanced;
        self.evicted += other.evicted;
        self.panics += other.panics;
        self.long += other.long;
        self.longest = self.longest.max(other.longest);
        self.cut += other.cut;
        let pairs = self.dropped.iter_mut().zip(&other.dropped);
        let pairs = pairs.chain(self.undecoded.iter_mut().zip(&other.undecoded));
        pairs.for_each(|(mine, theirs)| *mine = mine.wrapping_add(*theirs));
    }

    /// Frames processed: decoded or not.
    #[must_use]
    pub fn processed(&self) -> u64 {
        let undecoded = self.undecoded.iter().copied();
        undecoded.fold(self.decoded, u64::saturating_add)
    }

    /// The first line of the books that does not balance, given how many frames the reader
    /// handed out.
    #[must_use]
    pub fn imbalance(&self, handed_out: u64) -> Option<Imbalance> {
        let dropped = self.dropped.iter().copied();
        [
            ("received = handed out", self.received, handed_out),
            (
                "received = processed + dropped",
                self.received,
                dropped.fold(self.processed(), u64::saturating_add),
            ),
            (
                "conversations = conversations whose content is what became of it",
                self.conversations,
                self.conversations.saturating_sub(self.unbalanced),
            ),
        ]
        .into_iter()
        .find(|(_, left, right)| left != right)
        .map(|(line, left, right)| Imbalance { line, left, right })
    }
}

/// A line of the books that does not balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}, but {left} is not {right}")]
pub struct Imbalance {
    /// What should hold.
    pub line: &'static str,
    /// The number on its left side.
    pub left: u64,
    /// The number on its right side.
    pub right: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_count_where_their_datagram_does_whoever_entered_them() {
        let mut total = Books::default();
        for _ in 0..5 {
            total.enter(1514, Verdict::Undecoded(Undecoded::Fragment));
        }
        let mut other = Books::default();
        other.settle(2, Verdict::Decoded);
        other.settle(2, Verdict::Dropped(Dropped::Duplicate));
        total.add(&other);
        assert_eq!(total.imbalance(5), None);
        assert_eq!((total.processed(), total.decoded), (3, 2));
        assert_eq!(total.undecoded[Undecoded::Fragment as usize], 1);
        assert_eq!(total.dropped[Dropped::Duplicate as usize], 2);
    }

    #[test]
    fn each_line_that_does_not_balance_is_named() {
        let mut books = Books::default();
        books.enter(60, Verdict::Decoded);
        books.enter(60, Verdict::Dropped(Dropped::Duplicate));
        books.enter(60, Verdict::Undecoded(Undecoded::Encrypted));
        assert_eq!(books.imbalance(3), None);
        let told = |books: &Books, handed_out| {
            let imbalance = books.imbalance(handed_out);
            imbalance.map(|fault| fault.to_string()).unwrap_or_default()
        };
        assert_eq!(told(&books, 4), "received = handed out, but 3 is not 4");
        let lost = Books {
            dropped: [0; Dropped::ALL.len()],
            ..books
        };
        assert_eq!(
            told(&lost, 3),
            "received = processed + dropped, but 3 is not 2"
        );
        let vague = Books {
            decoded: 0,
            ..books
        };
        assert_eq!(
            told(&vague, 3),
            "received = processed + dropped, but 3 is not 2"
        );
        books.enter_aside(&Aside {
            conversations: 5,
            unbalanced: 1,
            ..Aside::default()
        });
        assert_eq!(
            told(&books, 3),
            "conversations = conversations whose content is what became of it, but 5 is not 4"
        );
    }
}
