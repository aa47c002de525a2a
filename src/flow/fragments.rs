//! IP defragmentation: fragments in, whole packets out (RFC 791, 3.2; RFC 8200, 4.5).
//!
//! Called by the sensor for each frame whose innermost IP header is a fragment, before the
//! frame's shard is known. What comes out is read again with [`crate::wire::read_whole`], which
//! opens tunnels that were fragmented. The memory held is bounded whatever arrives.
//!
//! Receivers differ in what they make of overlapping fragments, so no choice is right for all.
//! Here the octets that arrived first stay, and a datagram whose overlaps differ is marked
//! ambiguous.
//!
//! A fragmented datagram costs a handful of allocations. Fragments are rare where this runs;
//! nothing else on the packet path allocates for them.

mod datagram;
#[cfg(test)]
mod tests;

use crate::facts::Time;
use crate::wire::{Headers, Ip};
use datagram::{Added, Datagram, Part};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

/// Most datagrams waited for at a time; a plant has a handful. More is a flood, and the oldest
/// goes.
pub const DATAGRAMS: usize = 1024;

/// Most octets of fragments held at a time, as Linux sets it (`ipfrag_high_thresh`): 64
/// datagrams of full size.
pub const OCTETS: usize = 4 << 20;

/// Most separate pieces held of one datagram. One of full size has 120 over a link with an MTU
/// of 576 octets, the least that every host must accept; pieces that follow each other merge.
pub const PIECES: usize = 256;

/// How long the rest of a datagram is waited for, in packet time from its first fragment:
/// between the 15 s of RFC 791 and the 60 s of RFC 8200, as Linux does.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// How long a whole datagram is remembered, to recognise copies of its fragments that a mirror
/// port sent twice. Without it the copies would begin a datagram of their own, whose stale
/// octets spoil the next one with the same identification.
pub const COPIES: Duration = Duration::from_millis(2);

/// Most whole datagrams remembered for [`COPIES`]: within 2 ms a gigabit link carries at most
/// this many of two fragments each, at 1500 and 1000 octets.
pub const REMEMBERED: usize = 100;

/// What became of a fragment.
#[derive(Debug)]
pub enum Joined {
    /// It completed its datagram.
    Whole(Whole),
    /// It is held until the rest arrives.
    Waiting,
    /// All its octets were there already, the same.
    Duplicate,
    /// It is not usable: cut by the capture, empty, past the longest datagram or the end of its
    /// own, of a length that is not a multiple of 8 in the middle, in too many pieces, or
    /// contradicting what is held.
    Refused,
}

/// A packet put together.
#[derive(Debug)]
pub struct Whole {
    /// The IP packet: header without trace of the fragmentation, then the payload. An IPv6
    /// packet comes without the extension headers before the fragment header.
    pub packet: Vec<u8>,
    /// How many fragments brought it, copies not counted; for one that was itself put
    /// together, those that brought that.
    pub fragments: u32,
    /// Fragments overlapped with differing content: the receiver may have read another packet.
    pub ambiguous: bool,
}

/// What became of all fragments so far: `received` is always the sum of `joined`, `duplicate`,
/// `refused`, `evicted`, `expired` and [`Fragments::waiting`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fragments handed in.
    pub received: u64,
    /// Fragments that went into whole packets.
    pub joined: u64,
    /// Fragments that brought nothing new.
    pub duplicate: u64,
    /// Fragments not usable.
    pub refused: u64,
    /// Fragments given up for want of room.
    pub evicted: u64,
    /// Fragments given up because the rest did not come in time.
    pub expired: u64,
    /// Packets put together.
    pub whole: u64,
    /// Packets put together from fragments whose overlaps differ, or given up with such.
    pub ambiguous: u64,
}

/// Which datagram a fragment belongs to. VLANs and MAC addresses do not count: routed and
/// mirrored copies belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    /// 0 for IPv6, where only the first fragment's counts (RFC 8200, 4.5).
    protocol: u8,
}

impl Key {
    fn of(ip: &Ip) -> Self {
        Self {
            source: ip.source,
            destination: ip.destination,
            identification: ip.identification,
            protocol: if ip.source.is_ipv4() { ip.protocol } else { 0 },
        }
    }
}

/// Puts fragments together.
#[derive(Debug)]
pub struct Fragments {
    datagrams: HashMap<Key, Datagram, FixedState>,
    /// Datagrams by age. Those that are whole or gone stay in until they reach the front or
    /// are swept; their serial number matches no more.
    order: VecDeque<(Key, u64)>,
    /// Whole datagrams, for [`COPIES`].
    remembered: VecDeque<(Key, Time, Datagram)>,
    /// Octets held in `datagrams`.
    octets: usize,
    /// Fragments held in `datagrams`.
    waiting: u64,
    serial: u64,
    counts: Counts,
}

impl Fragments {
    /// An empty table whose hash starts from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            datagrams: HashMap::with_hasher(FixedState::with_seed(seed)),
            order: VecDeque::new(),
            remembered: VecDeque::new(),
            octets: 0,
            waiting: 0,
            serial: 0,
            counts: Counts::default(),
        }
    }

    /// What became of all fragments so far.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Fragments held at present.
    #[must_use]
    pub const fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Octets of fragments held at present.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.octets
    }

    /// Takes the fragment that `headers`, read from `frame`, speak of. Does nothing and answers
    /// `Refused` where they speak of none.
    ///
    /// A whole packet can be a fragment again, in a tunnel or by malice; whoever hands it in
    /// again does so at most [`crate::wire::TUNNELS`] times for a frame, and says how many
    /// `fragments` brought it: 1 for a frame as captured.
    pub fn push(&mut self, headers: &Headers, frame: &[u8], time: Time, fragments: u32) -> Joined {
        let Some((ip, fragment)) = headers.ip().and_then(|ip| Some((ip, ip.fragment?))) else {
            return Joined::Refused;
        };
        self.tick(time);
        self.counts.received += 1;
        let joined = match Part::of(headers, ip, fragment, frame) {
            Some(part) => self.join(Key::of(ip), &part, time, fragments),
            None => Joined::Refused,
        };
        match joined {
            Joined::Duplicate => self.counts.duplicate += 1,
            Joined::Refused => self.counts.refused += 1,
            Joined::Waiting | Joined::Whole(_) => {}
        }
        joined
    }

    /// Gives up what waited too long.
    pub fn tick(&mut self, now: Time) {
        while let Some(&(key, serial)) = self.order.front() {
            match self.datagrams.get(&key) {
                Some(datagram) if datagram.serial == serial => {
                    if now.since(datagram.first) <= TIMEOUT {
                        break;
                    }
                    self.counts.expired += self.give_up(&key);
                }
                _ => {}
            }
            self.order.pop_front();
        }
        while let Some((_, time, _)) = self.remembered.front() {
            if now.since(*time) <= COPIES {
                break;
            }
            self.remembered.pop_front();
        }
    }

    fn join(&mut self, key: Key, part: &Part<'_>, time: Time, fragments: u32) -> Joined {
        if !self.datagrams.contains_key(&key) {
            if self.is_copy(&key, part) {
                return Joined::Duplicate;
            }
            self.make_room(DATAGRAMS - 1, OCTETS);
            self.begin(key, time);
        }
        self.make_room(DATAGRAMS, OCTETS.saturating_sub(part.octets.len()));
        if !self.datagrams.contains_key(&key) {
            // It was the oldest itself.
            self.begin(key, time);
        }
        let Some(datagram) = self.datagrams.get_mut(&key) else {
            return Joined::Refused;
        };
        let before = datagram.octets.len();
        let added = datagram.add(part);
        self.octets += datagram.octets.len() - before;
        match added {
            Added::New => {
                datagram.fragments += 1;
                datagram.brought = datagram.brought.saturating_add(fragments);
                self.waiting += 1;
            }
            Added::Nothing => return Joined::Duplicate,
            Added::Refused => return Joined::Refused,
        }
        if datagram.is_whole() {
            self.complete(key, time)
        } else {
            Joined::Waiting
        }
    }

    fn begin(&mut self, key: Key, time: Time) {
        self.serial += 1;
        if self.order.len() >= 2 * DATAGRAMS {
            let datagrams = &self.datagrams;
            self.order
                .retain(|(key, serial)| datagrams.get(key).is_some_and(|d| d.serial == *serial));
        }
        self.order.push_back((key, self.serial));
        self.datagrams.insert(key, Datagram::new(self.serial, time));
    }

    /// Whether this is a copy of a fragment whose datagram was whole a moment ago.
    fn is_copy(&self, key: &Key, part: &Part<'_>) -> bool {
        self.remembered
            .iter()
            .rev()
            .find(|(other, _, _)| other == key)
            .is_some_and(|(_, _, datagram)| {
                let overlap = datagram.overlap(part);
                overlap.octets == part.octets.len() && !overlap.differs
            })
    }

    /// Gives up the oldest datagrams until at most so many, with so many octets, are left.
    fn make_room(&mut self, datagrams: usize, octets: usize) {
        while self.datagrams.len() > datagrams || self.octets > octets {
            let Some((key, serial)) = self.order.pop_front() else {
                return;
            };
            if self.datagrams.get(&key).is_some_and(|d| d.serial == serial) {
                self.counts.evicted += self.give_up(&key);
            }
        }
    }

    /// Removes a datagram from the table and its numbers.
    fn remove(&mut self, key: &Key) -> Option<Datagram> {
        let datagram = self.datagrams.remove(key)?;
        self.octets = self.octets.saturating_sub(datagram.octets.len());
        self.waiting = self.waiting.saturating_sub(u64::from(datagram.fragments));
        Some(datagram)
    }

    /// Forgets a datagram that was not whole; answers how many fragments went with it.
    fn give_up(&mut self, key: &Key) -> u64 {
        let Some(datagram) = self.remove(key) else {
            return 0;
        };
        self.counts.ambiguous += u64::from(datagram.ambiguous);
        u64::from(datagram.fragments)
    }

    fn complete(&mut self, key: Key, time: Time) -> Joined {
        let Some(datagram) = self.remove(&key) else {
            return Joined::Refused;
        };
        self.counts.ambiguous += u64::from(datagram.ambiguous);
        let Some(packet) = datagram.packet() else {
            // One fragment is refused by the caller, the others here.
            self.counts.refused += u64::from(datagram.fragments.saturating_sub(1));
            return Joined::Refused;
        };
        self.counts.whole += 1;
        self.counts.joined += u64::from(datagram.fragments);
        let whole = Whole {
            packet,
            fragments: datagram.brought,
            ambiguous: datagram.ambiguous,
        };
        if self.remembered.len() >= REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back((key, time, datagram));
        Joined::Whole(whole)
    }
}
