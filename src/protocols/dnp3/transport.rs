//! The transport function (IEEE Std 1815-2012, clause 8): segments to application fragments.
//!
//! Called by the session with the user data of each frame. Keeps what is being put together,
//! per sender and addresses, within fixed bounds; never keeps more.

use crate::facts::Side;

/// Longest fragment put together. The standard recommends 2,048 octets; some devices
/// use 4,096. Twelve kibibytes leaves room for those and stays within what one window of 64
/// transport sequence numbers can carry.
pub(super) const MAX_FRAGMENT: usize = 12 * 1024;

/// Most (sender, source, destination) that put a fragment together at one time on one
/// conversation: a multi-drop gateway seldom serves more, and the longest idle one makes room.
pub(super) const ASSEMBLIES: usize = 32;

/// What a buffer may keep when it is free: the recommended fragment size.
const KEPT: usize = 2_048;

/// The transport octet (8.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Octet(pub(super) u8);

impl Octet {
    /// FIN: last segment of its fragment.
    pub(super) const fn fin(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// FIR: first segment of its fragment.
    pub(super) const fn fir(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Sequence number, 0 to 63.
    pub(super) const fn sequence(self) -> u8 {
        self.0 & 0x3f
    }
}

/// Who sends to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// End of the conversation that sends.
    pub(super) side: Side,
    /// Link address of the sender.
    pub(super) source: u16,
    /// Link address of the receiver.
    pub(super) destination: u16,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined<'a> {
    /// It completed this fragment, made of so many segments.
    Whole(&'a [u8], u16),
    /// Its fragment is not complete yet.
    Waiting,
    /// The same segment came before.
    Repeated,
    /// The start of its fragment was not seen.
    Orphan,
    /// Its sequence number does not follow: what was there of the fragment is dropped (8.2).
    OutOfSequence,
    /// The fragment would grow past [`MAX_FRAGMENT`] and is dropped.
    TooLong,
}

/// A fragment being put together.
#[derive(Debug)]
struct Assembly {
    route: Route,
    /// Sequence number of the last segment.
    last: u8,
    segments: u16,
    /// Where the last segment begins in `octets`.
    last_at: usize,
    octets: Vec<u8>,
    used: u64,
}

/// All fragments of a conversation that are being put together.
#[derive(Debug, Default)]
pub(super) struct Assemblies {
    /// At most [`ASSEMBLIES`].
    open: Vec<Assembly>,
    /// The fragment completed last, lent to the session. Its buffer serves the next one, so
    /// that a steady stream of long fragments allocates nothing.
    whole: Vec<u8>,
    /// Counts segments, to find the assembly longest idle.
    clock: u64,
}

impl Assemblies {
    /// Octets that they take on the heap.
    pub(super) fn octets(&self) -> usize {
        let open = self.open.iter().map(|open| open.octets.capacity());
        open.sum::<usize>() + self.open.capacity() * size_of::<Assembly>() + self.whole.capacity()
    }

    /// Adds a segment: its transport octet and the application octets after it.
    pub(super) fn add<'a>(&'a mut self, route: Route, octet: Octet, data: &'a [u8]) -> Joined<'a> {
        self.clock = self.clock.wrapping_add(1);
        let at = self.open.iter().position(|open| open.route == route);
        match (octet.fir(), octet.fin()) {
            (true, true) => {
                if let Some(at) = at {
                    self.take(at);
                }
                Joined::Whole(data, 1)
            }
            (true, false) => {
                self.begin(at, route, octet, data);
                Joined::Waiting
            }
            (false, _) => at.map_or(Joined::Orphan, |at| self.extend(at, octet, data)),
        }
    }

    fn begin(&mut self, at: Option<usize>, route: Route, octet: Octet, data: &[u8]) {
        let full = self.open.len() >= ASSEMBLIES;
        let oldest = || {
            let (at, _) = self
                .open
                .iter()
                .enumerate()
                .min_by_key(|(_, open)| open.used)?;
            Some(at)
        };
        let replaced = at.or_else(|| full.then(oldest).flatten());
        let mut octets = match replaced.and_then(|at| self.take(at)) {
            Some(old) => old.octets,
            None => std::mem::take(&mut self.whole),
        };
        octets.clear();
        octets.shrink_to(KEPT);
        octets.extend_from_slice(data);
        self.open.push(Assembly {
            route,
            last: octet.sequence(),
            segments: 1,
            last_at: 0,
            octets,
            used: self.clock,
        });
    }

    fn extend(&mut self, at: usize, octet: Octet, data: &[u8]) -> Joined<'_> {
        let Some(open) = self.open.get_mut(at) else {
            return Joined::Orphan;
        };
        open.used = self.clock;
        let again = octet.sequence() == open.last && open.octets.get(open.last_at..) == Some(data);
        if again {
            return Joined::Repeated;
        }
        let follows = octet.sequence() == open.last.wrapping_add(1) & 0x3f;
        let fits = open.octets.len().saturating_add(data.len()) <= MAX_FRAGMENT;
        if !follows || !fits {
            self.take(at);
            return if follows {
                Joined::TooLong
            } else {
                Joined::OutOfSequence
            };
        }
        open.last = octet.sequence();
        open.last_at = open.octets.len();
        open.segments = open.segments.saturating_add(1);
        open.octets.extend_from_slice(data);
        if !octet.fin() {
            return Joined::Waiting;
        }
        let segments = open.segments;
        if let Some(done) = self.take(at) {
            self.whole = done.octets;
        }
        Joined::Whole(&self.whole, segments)
    }

    fn take(&mut self, at: usize) -> Option<Assembly> {
        (at < self.open.len()).then(|| self.open.swap_remove(at))
    }

    /// Drops what `side` has begun: some of its octets were lost.
    pub(super) fn forget(&mut self, side: Side) {
        self.open.retain(|open| open.route.side != side);
    }
}
