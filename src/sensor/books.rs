//! The books: every frame received is processed or dropped for a reason, every frame processed
//! is decoded or not for a reason, and all content is known to have become something.

use crate::protocols::PROTOCOLS;

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
    /// With the place in the list of the protocol that something was found of; `None` where there
    /// was no content, or no protocol to recognise.
    Decoded(Option<u8>),
    Undecoded(Undecoded),
    Dropped(Dropped),
}

/// What was found of one protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// Frames decoded.
    pub frames: u64,
    /// Messages decoded.
    pub messages: u64,
    /// Operations that they were.
    pub operations: u64,
}

/// What was found of each protocol, in the order of the list of protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tongues([Spoken; PROTOCOLS.len()]);

impl Default for Tongues {
    fn default() -> Self {
        Self([Spoken::default(); PROTOCOLS.len()])
    }
}

impl Tongues {
    /// Each protocol's name, with what was found of it.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &Spoken)> {
        let names = PROTOCOLS.iter().map(|protocol| protocol.name());
        names.zip(&self.0)
    }

    fn of(&mut self, place: u8) -> Option<&mut Spoken> {
        self.0.get_mut(usize::from(place))
    }

    /// Enters messages and operations of the protocol at this place.
    #[inline]
    pub(super) fn enter(&mut self, place: u8, messages: u64, operations: u64) {
        if let Some(spoken) = self.of(place) {
            spoken.messages += messages;
            spoken.operations += operations;
        }
    }

    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.frames = mine.frames.wrapping_add(theirs.frames);
            mine.messages += theirs.messages;
            mine.operations += theirs.operations;
        }
    }
}

/// Counts of frames and conversations; adds up over workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Frames received.
    pub received: u64,
    /// Octets of these frames on the wire.
    pub octets: u64,
    /// What was found of each protocol.
    pub spoken: Tongues,
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
    /// Conversations that go on.
    pub open: u64,
    /// Octets of memory that they take.
    pub held: u64,
    /// Panics that cost a conversation outside of any frame.
    pub panics: u64,
    /// Frames longer than any that a switch without jumbo frames hands on: more than 1,600 octets.
    pub long: u64,
    /// Length of the longest frame on the wire, in octets.
    pub longest: u32,
    /// Frames of which octets are missing at their end.
    pub cut: u64,
}

/// What a shard notes beside the frames.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aside {
    /// Panics outside of a frame: on ticks and at the end of flows.
    pub(super) panics: u64,
    /// Conversations that ended, and those whose octets do not add up.
    pub(super) conversations: u64,
    pub(super) unbalanced: u64,
}

impl Books {
    /// Enters one frame.
    pub(super) fn enter(&mut self, octets: u64, verdict: Verdict) {
        self.received += 1;
        self.octets += octets;
        self.came_of(verdict, 1);
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
    }

    /// Enters frames that were entered as [`Undecoded::UnknownProtocol`], and whose protocol
    /// showed later.
    pub(super) fn recognise(&mut self, frames: u64, place: Option<u8>) {
        let unknown = Undecoded::UnknownProtocol;
        self.move_to(Verdict::Decoded(place), unknown, frames);
    }

    fn move_to(&mut self, verdict: Verdict, from: Undecoded, frames: u64) {
        self.came_of(verdict, frames);
        if let Some(count) = self.count(Verdict::Undecoded(from)) {
            *count = count.wrapping_sub(frames);
        }
    }

    /// That became of so many frames.
    fn came_of(&mut self, verdict: Verdict, frames: u64) {
        if let Some(count) = self.count(verdict) {
            *count = count.wrapping_add(frames);
        }
        if let Verdict::Decoded(Some(place)) = verdict
            && let Some(spoken) = self.spoken.of(place)
        {
            spoken.frames = spoken.frames.wrapping_add(frames);
        }
    }

    fn count(&mut self, verdict: Verdict) -> Option<&mut u64> {
        match verdict {
            Verdict::Dropped(reason) => self.dropped.get_mut(reason as usize),
            Verdict::Decoded(_) => Some(&mut self.decoded),
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
        self.open += other.open;
        self.held += other.held;
        self.spoken.add(&other.spoken);
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
        other.settle(2, Verdict::Decoded(Some(0)));
        other.settle(2, Verdict::Dropped(Dropped::Duplicate));
        total.add(&other);
        assert_eq!(total.imbalance(5), None);
        assert_eq!((total.processed(), total.decoded), (3, 2));
        assert_eq!(total.undecoded[Undecoded::Fragment as usize], 1);
        assert_eq!(total.dropped[Dropped::Duplicate as usize], 2);
        let (name, spoken) = total.spoken.each().next().unwrap();
        assert_eq!((name, spoken.frames), (PROTOCOLS[0].name(), 2));
    }

    #[test]
    fn frames_whose_protocol_shows_later_are_of_it() {
        let mut books = Books::default();
        books.enter(60, Verdict::Undecoded(Undecoded::UnknownProtocol));
        books.enter(60, Verdict::Decoded(Some(1)));
        books.recognise(1, Some(1));
        assert_eq!(books.imbalance(2), None);
        assert_eq!(
            (books.decoded, books.undecoded),
            (2, [0; Undecoded::ALL.len()])
        );
        books.spoken.enter(1, 3, 2);
        books.add(&books.clone());
        let (_, spoken) = books.spoken.each().nth(1).unwrap();
        let all = Spoken {
            frames: 4,
            messages: 6,
            operations: 4,
        };
        assert_eq!(*spoken, all);
    }

    #[test]
    fn each_line_that_does_not_balance_is_named() {
        let mut books = Books::default();
        books.enter(60, Verdict::Decoded(None));
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
