//! Recognises the copies that mirror ports make: the same packet again, identical, with another
//! VLAN tag, on its far side of a router, through a tunnel, or from the second LAN of a
//! redundant network.
//!
//! Asked once a packet, before the flow table. It compares digests of what stays equal on the
//! way through a network (addresses, IP identification, protocol, transport fields without the
//! checksum, content) and then the look of the two packets (MACs, tags, hop limit, tunnels),
//! which must differ in a way that a network makes. It must never eat what a sender sent twice
//! on purpose: retransmissions, and cyclic messages that repeat the same octets.
//!
//! The digest is keyed. It is no cryptographic hash: who knows the key can make two packets
//! with one digest and so hide the second. The seed must therefore come from something a sender
//! cannot foresee (live: random; replay: the capture's own octets).

use super::key::{Packet, Tags, mac_number};
use super::ledger::PerKind;
use crate::facts::{Side, Time};
use crate::wire::{Headers, Network, Notes, Transport};
use arrayvec::ArrayVec;
use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

/// How far apart two packets without a number of their own may be and still be copies. Switches
/// put a copy on the mirror port within some ten microseconds, 500 us under load, while control
/// protocols that repeat the same octets do so every millisecond at the fastest (faster ones,
/// sampled values and PROFINET RT, count their frames).
const WINDOW: Duration = Duration::from_micros(500);

/// How far apart two packets with the same non-zero number (IP identification, PRP sequence)
/// may be. Copies on two sensors' ports, across a router, or from the longer LAN come
/// milliseconds late; senders reuse an identification at the earliest after 65,535 packets or
/// where they never change it, which [`is_numbered`] allows for.
const NUMBERED_WINDOW: Duration = Duration::from_millis(50);

/// Most hops between two places that one sensor mirrors. A campus core is passed in two or
/// three; eight leaves room, and a larger difference is another packet.
const HOPS: u8 = 8;

/// Packets remembered in a shard: at least 50 ms at 10,000 packets/s in one shard, in 36 KiB. In
/// two halves that are filled in turn: one begins again as soon as all that lies in it is past
/// [`NUMBERED_WINDOW`], so that a quiet shard takes the cache for what it needs and no more.
const RECENT: u32 = 1024;
const HALF: u32 = RECENT / 2;

/// Chains of recent packets at first: the heads of all shards at rest are 32 KiB and stay in a
/// core's cache. A shard in a hurry gets as many as it remembers packets, and not before it needs
/// them: each look at a head that has left the cache waits for memory.
const CHAINS: usize = 128;

/// Most pairs of VLANs counted apart: the four combinations of a few mirrored VLANs. The rest is
/// counted together.
const PAIRS: usize = 16;

/// In what way a packet is a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DuplicateKind {
    /// Identical, as from a port mirrored for both directions.
    Same,
    /// With other VLAN tags.
    OtherVlan,
    /// From the other side of a router: other MACs and hop limit.
    Routed,
    /// From the other LAN of a redundant network (PRP, HSR).
    OtherLan,
    /// Once inside a tunnel and once outside, or in another number of tunnels.
    Tunnel,
}

impl DuplicateKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 5] = [
        Self::Same,
        Self::OtherVlan,
        Self::Routed,
        Self::OtherLan,
        Self::Tunnel,
    ];

    /// The kind as it is written in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::OtherVlan => "other-vlan",
            Self::Routed => "routed",
            Self::OtherLan => "other-lan",
            Self::Tunnel => "tunnel",
        }
    }
}

/// A packet recognised as a copy of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// In what way.
    pub kind: DuplicateKind,
    /// The tags of the packet that came first; by them the table finds its flow.
    pub original: Tags,
}

/// How many copies came between two VLANs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// Tags of the packet that came first.
    pub original: Tags,
    /// Tags of the copy.
    pub copy: Tags,
    /// Number of copies.
    pub count: u64,
}

/// The recent packets of one shard.
#[derive(Debug)]
pub struct Duplicates {
    seed: SharedSeed,
    /// For each value of a digest's low bits, the newest packet with it. Made at the first
    /// packet, as are the next two: most shards of a small network see none.
    heads: Vec<Link>,
    /// The packet with number `n` is at `n % RECENT`, and so is the next older one of its chain,
    /// apart, so that a chain is followed within a few lines of the cache.
    recent: Vec<Recent>,
    older: Vec<Link>,
    /// The number of the next packet; numbers grow for ever and wrap.
    next: u32,
    /// The number of the first packet in the half being filled, and that after the last one in
    /// the other half.
    half: u32,
    other_end: u32,
    /// When that half was begun.
    begun: Time,
    kinds: PerKind,
    pairs: ArrayVec<Copies, PAIRS>,
    other_pairs: u64,
    crowded: u64,
}

/// A packet that may be copied yet.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Recent {
    digest: u64,
    time: Time,
    macs: u64,
    look: Look,
}

/// Which packet: the low half of its number, under 16 bits of its digest, which spare nearly
/// all looks at the wrong one.
#[derive(Clone, Copy, Debug, Default)]
struct Link(u32);

impl Link {
    const fn new(digest: u64, number: u32) -> Self {
        let [.., a, b] = digest.to_le_bytes();
        Self((a as u32) << 16 | (b as u32) << 24 | number & 0xffff)
    }

    const fn has_tag(self, other: Self) -> bool {
        (self.0 ^ other.0) >> 16 == 0
    }

    /// How many packets before `next` it came, as far as the low half tells.
    const fn age(self, next: u32) -> u32 {
        next.wrapping_sub(self.0) & 0xffff
    }

    const fn place(self) -> usize {
        place(self.0)
    }
}

/// How a packet looked and how its copies came, in 64 bits: tags (48), hop limit (8), tunnels
/// (4), and when the last identical copy came (4).
#[derive(Clone, Copy, Debug, Default)]
struct Look(u64);

impl Look {
    /// The octets repeat faster than [`WINDOW`] and for longer: a cycle, not copies.
    const CYCLE: u64 = 15;
    /// Unit in which the distance of the last copy is kept.
    const EIGHTH: Duration = Duration::from_nanos(500_000 / 8);

    fn of(packet: &Packet<'_>) -> Self {
        let hops = match packet.headers.network {
            Network::Ip(ip) => ip.hop_limit,
            _ => 0,
        };
        let tunnels = packet.headers.tunnels.min(15);
        Self(packet.tags.number() | u64::from(hops) << 48 | u64::from(tunnels) << 56)
    }

    const fn tags(self) -> Tags {
        Tags::from_number(self.0)
    }

    const fn hops(self) -> u8 {
        self.0.to_le_bytes()[6]
    }

    const fn tunnels(self) -> u8 {
        self.0.to_le_bytes()[7] & 15
    }

    /// Eighths of [`WINDOW`] from the packet to its last identical copy, rounded up; or
    /// [`Self::CYCLE`].
    const fn last(self) -> u64 {
        self.0 >> 60
    }

    /// Notes that a copy came so long after the packet.
    fn with_copy(self, gap: Duration) -> Self {
        if self.last() == Self::CYCLE {
            return self;
        }
        let eighths = gap.as_nanos().div_ceil(Self::EIGHTH.as_nanos()).clamp(1, 8);
        self.with_last(u64::try_from(eighths).unwrap_or(8))
    }

    const fn with_last(self, last: u64) -> Self {
        Self(self.0 & (u64::MAX >> 4) | last << 60)
    }
}

impl Duplicates {
    /// Remembers nothing yet. Equal seeds give equal answers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed: SharedSeed::from_u64(seed),
            heads: Vec::new(),
            recent: Vec::new(),
            older: Vec::new(),
            // Far enough from 0, the number in an empty head, that it is taken for forgotten.
            next: 2 * RECENT,
            half: 2 * RECENT,
            other_end: 2 * RECENT - HALF,
            begun: Time::ZERO,
            kinds: PerKind::default(),
            pairs: ArrayVec::new(),
            other_pairs: 0,
            crowded: 0,
        }
    }

    /// Whether this packet is a copy of one that came shortly before. `octets` are those the
    /// packet's headers were read from.
    ///
    /// Needs times that tell packets apart: do not ask for packets whose time is unknown.
    pub fn seen(&mut self, packet: &Packet<'_>, octets: &[u8]) -> Option<Duplicate> {
        if self.heads.is_empty() {
            self.heads.resize(CHAINS, Link::default());
            self.recent.resize(RECENT as usize, Recent::default());
            self.older.resize(RECENT as usize, Link::default());
        }
        let sequence = redundancy_sequence(packet.headers, octets);
        let macs = packet.headers.macs.map_or(0, |(source, destination)| {
            mac_number(source).wrapping_mul(MIX) ^ mac_number(destination)
        });
        let mut new = Recent {
            digest: digest(&self.seed, packet, octets, sequence),
            time: packet.stamp.time,
            macs,
            look: Look::of(packet),
        };
        if let Some(place) = self.find(new.digest) {
            let known = self.recent.get_mut(place)?;
            let gap = new.time.since(known.time);
            if let Some(kind) = kind(packet, known.macs == macs, known.look, new.look) {
                if gap < window(packet, kind, sequence.is_some()) && !is_cycle(kind, known.look) {
                    if kind == DuplicateKind::Same {
                        known.look = known.look.with_copy(gap);
                    }
                    let original = known.look.tags();
                    self.count(kind, original, packet.tags);
                    return Some(Duplicate { kind, original });
                }
                if kind == DuplicateKind::Same && repeats(gap, known.look) {
                    new.look = new.look.with_last(Look::CYCLE);
                }
            }
        }
        self.remember(new);
        None
    }

    /// The place of the newest packet with this digest.
    #[inline]
    fn find(&self, digest: u64) -> Option<usize> {
        // The oldest number that may still be remembered is the first of the other half. Ages
        // only grow along a chain, so it ends, also where an old link happens to look young.
        let oldest = self.next.wrapping_sub(self.half.wrapping_sub(HALF));
        let tag = Link::new(digest, 0);
        let mut link = *self.heads.get(self.chain(digest))?;
        loop {
            let age = link.age(self.next);
            if age == 0 || age > oldest {
                return None;
            }
            let place = link.place();
            if link.has_tag(tag) && self.recent.get(place)?.digest == digest {
                return Some(place);
            }
            link = *self.older.get(place)?;
            if link.age(self.next) <= age {
                return None;
            }
        }
    }

    /// Puts a packet in the place of one that is past all windows or of the oldest.
    #[inline]
    fn remember(&mut self, new: Recent) {
        let passed = new.time.since(self.begun) >= NUMBERED_WINDOW;
        if passed || self.next.wrapping_sub(self.half) >= HALF {
            self.crowded += u64::from(!passed);
            self.other_end = self.next;
            self.half = self.half.wrapping_add(HALF);
            self.next = self.half;
            self.begun = new.time;
        }
        let number = self.next;
        self.next = number.wrapping_add(1);
        self.enter(number, new);
        if 2 * self.next.wrapping_sub(self.half) as usize > self.heads.len() {
            self.widen();
        }
    }

    /// Puts the packet with this number in its place and at the head of its chain.
    #[inline]
    fn enter(&mut self, number: u32, new: Recent) {
        let (chain, place) = (self.chain(new.digest), place(number));
        if let (Some(head), Some(recent), Some(older)) = (
            self.heads.get_mut(chain),
            self.recent.get_mut(place),
            self.older.get_mut(place),
        ) {
            *recent = new;
            *older = std::mem::replace(head, Link::new(new.digest, number));
        }
    }

    /// Doubles the number of chains and enters all packets again, the oldest first.
    #[cold]
    fn widen(&mut self) {
        let chains = self.heads.len() * 2;
        self.heads.clear();
        let none = Link::new(0, self.half.wrapping_sub(RECENT));
        self.heads.resize(chains, none);
        let mut number = self.half.wrapping_sub(HALF);
        while number != self.next {
            if number == self.other_end {
                number = self.half;
            }
            if let Some(recent) = self.recent.get(place(number)).copied() {
                self.enter(number, recent);
            }
            number = number.wrapping_add(1);
        }
    }

    /// The chain of a digest.
    #[inline]
    const fn chain(&self, digest: u64) -> usize {
        low_half(digest) as usize & self.heads.len().wrapping_sub(1)
    }

    fn count(&mut self, kind: DuplicateKind, original: Tags, copy: Tags) {
        self.kinds.count(kind);
        let known = |pair: &&mut Copies| pair.original == original && pair.copy == copy;
        if let Some(pair) = self.pairs.iter_mut().find(known) {
            pair.count += 1;
        } else {
            let new = Copies {
                original,
                copy,
                count: 1,
            };
            self.other_pairs += u64::from(self.pairs.try_push(new).is_err());
        }
    }

    /// Copies found, of each kind.
    #[must_use]
    pub const fn kinds(&self) -> &PerKind {
        &self.kinds
    }

    /// Copies found, for each pair of VLANs in the order of their first appearance, and the
    /// number of copies between further pairs.
    #[must_use]
    pub fn pairs(&self) -> (&[Copies], u64) {
        (&self.pairs, self.other_pairs)
    }

    /// How often half of `RECENT` packets came within `NUMBERED_WINDOW`: where this is not 0,
    /// copies that came late may have been missed.
    #[must_use]
    pub const fn crowded(&self) -> u64 {
        self.crowded
    }
}

/// Where the packet with this number is.
const fn place(number: u32) -> usize {
    (number % RECENT) as usize
}

const fn low_half(word: u64) -> u32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// An odd number without pattern (2^64 divided by the golden ratio), to mix addresses with.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// In what way a packet with the same digest can be a copy; `None` where no network makes this
/// difference.
fn kind(packet: &Packet<'_>, same_macs: bool, known: Look, look: Look) -> Option<DuplicateKind> {
    let hops = known.hops().abs_diff(look.hops());
    if known.tunnels() != look.tunnels() {
        return (hops <= HOPS).then_some(DuplicateKind::Tunnel);
    }
    if !same_macs {
        // Cloned machine cells send the same octets from other MACs with the same hop limit.
        return (1..=HOPS).contains(&hops).then_some(DuplicateKind::Routed);
    }
    if hops != 0 {
        None
    } else if known.tags() != look.tags() {
        Some(DuplicateKind::OtherVlan)
    } else if packet.headers.notes.has(Notes::REDUNDANT) {
        Some(DuplicateKind::OtherLan)
    } else {
        Some(DuplicateKind::Same)
    }
}

/// How long after the first packet one of this kind is still a copy.
fn window(packet: &Packet<'_>, kind: DuplicateKind, sequenced: bool) -> Duration {
    if sequenced || is_numbered(packet, kind) {
        NUMBERED_WINDOW
    } else {
        WINDOW
    }
}

/// Whether the packet's IP identification can be believed to tell it from other packets with
/// the same octets. Some controllers send one constant non-zero identification: their cyclic
/// datagrams look identical in everything, so there it proves nothing. TCP content has its
/// sequence number besides, and a sender does not change VLAN, MAC or hop limit by itself.
fn is_numbered(packet: &Packet<'_>, kind: DuplicateKind) -> bool {
    let Network::Ip(ip) = packet.headers.network else {
        return false;
    };
    let looks_other = !matches!(kind, DuplicateKind::Same | DuplicateKind::OtherLan);
    ip.identification != 0 && (looks_other || matches!(packet.headers.transport, Transport::Tcp(_)))
}

/// Whether identical packets are known to be a fast cycle.
const fn is_cycle(kind: DuplicateKind, known: Look) -> bool {
    matches!(kind, DuplicateKind::Same) && known.last() == Look::CYCLE
}

/// Whether an identical packet `gap` after the first shows that these are a cycle: copies of one
/// packet all come within [`WINDOW`], so a row of them that goes on is no row of copies.
fn repeats(gap: Duration, known: Look) -> bool {
    match known.last() {
        0 => false,
        Look::CYCLE => gap < WINDOW * 2,
        last => {
            let last = Look::EIGHTH.saturating_mul(u32::try_from(last).unwrap_or(8));
            gap.saturating_sub(last) < WINDOW
        }
    }
}

/// The sequence number of a PRP trailer (IEC 62439-3:2021, 4.1.9), where the headers say that
/// there is one.
fn redundancy_sequence(headers: &Headers, octets: &[u8]) -> Option<u16> {
    if !headers.notes.has(Notes::REDUNDANT) {
        return None;
    }
    match octets.last_chunk::<6>() {
        Some(&[high, low, _, _, 0x88, 0xfb]) => Some(u16::from_be_bytes([high, low])),
        _ => None,
    }
}

/// A digest of what stays equal between a packet and its copies.
fn digest(seed: &SharedSeed, packet: &Packet<'_>, octets: &[u8], sequence: Option<u16>) -> u64 {
    let headers = packet.headers;
    let (identification, fragment) = match &headers.network {
        Network::Ip(ip) => (
            ip.identification,
            ip.fragment
                .map_or(0, |f| u32::from(f.offset) << 1 | u32::from(f.more)),
        ),
        _ => (0, 0),
    };
    let (numbers, rest) = match &headers.transport {
        Transport::Tcp(tcp) => (
            pair(tcp.sequence, tcp.acknowledgment),
            u32::from(tcp.window) << 8 | u32::from(tcp.flags),
        ),
        Transport::Icmp { kind, code } => (0, u32::from(*kind) << 8 | u32::from(*code)),
        Transport::Udp { .. } | Transport::None | Transport::Other => (0, 0),
    };
    let sequence = sequence.map_or(0, |sequence| u32::from(sequence) | 1 << 16);
    let side = u32::from(packet.side == Side::High) << 31;
    let mut hasher = FoldHasher::with_seed(u64::from(headers.missing), seed);
    hasher.write_u128(packet.id.narrow());
    hasher.write_u128(words(packet.id.rest, pair(identification, fragment)));
    hasher.write_u128(words(numbers, pair(rest, sequence | side)));
    if packet.id.is_wide() {
        packet.id.hash(&mut hasher);
    }
    hasher.write(headers.content(octets));
    hasher.finish()
}

const fn pair(high: u32, low: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

const fn words(high: u64, low: u64) -> u128 {
    (high as u128) << 64 | low as u128
}

#[cfg(test)]
mod tests;
