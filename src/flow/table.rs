//! The flows of one shard: found by key and VLAN, bounded, expired by packet time.
//!
//! Called once a packet by the worker that owns the shard, and on ticks. Nothing here walks over
//! all flows except [`Table::drain`].

mod lists;
mod slab;

use super::duplicates::Duplicate;
use super::key::{Id, Key, Packet};
use super::record::{Ending, Flow};
use crate::facts::Time;
use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use hashbrown::HashTable;
use lists::{Kind, Lists};
use slab::Slab;
use std::hash::{Hash, Hasher};
use std::time::Duration;

/// Most flows of one shard; times 64 shards that is 65,536, twenty times what a large plant
/// shows at once. The owner may let go of some earlier, for want of memory.
const CAPACITY: usize = 1024;

/// Most flows with one key that are told apart by their tags. Machine cells cloned with equal
/// addresses come in twos and threes on one mirror port.
const VARIANTS: usize = 4;

/// A packet whose tags contradict how two directions were put together is believed only while
/// the direction it contradicts is this young, in packets. Overlapping networks show within one
/// or two polls; later it is a stray.
const YOUNG: u64 = 4;

/// How exactly the table knows which flow has been silent longest. A flow is put to the end of
/// its list once in this time and not with every packet, which would fetch its neighbours.
const COARSE: Duration = Duration::from_secs(1);

/// Where a flow lies in the table. Valid until the flow ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u32);

/// The flow of a packet.
#[derive(Debug)]
pub struct Found<'a, T> {
    /// The flow, with the packet already noted.
    pub flow: &'a mut Flow<T>,
    /// Where it lies, for [`Table::wake`].
    pub slot: Slot,
    /// Whether this is its first packet.
    pub created: bool,
}

/// What the table did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Flows opened.
    pub created: u64,
    /// Flows that went idle.
    pub expired: u64,
    /// Flows whose ends opened a new connection.
    pub reused: u64,
    /// Flows that had to make room before their first answer or second packet.
    pub evicted_opening: u64,
    /// Other flows that had to make room: here something was lost.
    pub evicted: u64,
    /// Packets put to another VLAN's flow because their key had `VARIANTS` already.
    pub folded: u64,
}

#[derive(Debug)]
struct Entry<T> {
    id: Id,
    hash: u64,
    /// The next flow with the same key.
    sibling: Option<u32>,
    /// The list it is in, and when it was last put to the end of it.
    kind: Kind,
    touched: Time,
    flow: Flow<T>,
}

/// The flow table of one shard. `T` is what the owner keeps for each flow.
#[derive(Debug)]
pub struct Table<T> {
    seed: SharedSeed,
    /// For each key the slot of its first variant.
    index: HashTable<u32>,
    entries: Slab<Entry<T>>,
    lists: Lists,
    /// Slots to be visited on the next tick, in the order they asked; each at most once.
    awake: Vec<u32>,
    counts: Counts,
}

impl<T: Default> Table<T> {
    /// An empty table; it takes its memory as flows come. Equal seeds give equal tables.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed: SharedSeed::from_u64(seed),
            index: HashTable::new(),
            entries: Slab::new(),
            lists: Lists::default(),
            awake: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Finds or opens the flow of a packet and notes the packet there. A flow that has to leave
    /// for it goes to `retire`. There is always one; `None` stands where a panic would.
    #[inline]
    pub fn lookup(
        &mut self,
        packet: &Packet<'_>,
        retire: &mut dyn FnMut(Flow<T>, Ending),
    ) -> Option<Found<'_, T>> {
        let hash = hash(&self.seed, &packet.id);
        let mut slot = match self.find(hash, &packet.id) {
            Some(first) => self.variant(first, packet),
            None => None,
        };
        if let Some(known) = slot
            && self
                .entry(known)
                .is_some_and(|entry| entry.flow.is_reopened_by(packet))
        {
            self.counts.reused += 1;
            self.remove(known, Ending::Reused, retire);
            slot = None;
        }
        let created = slot.is_none();
        let slot = match slot {
            Some(slot) => slot,
            None => self.create(hash, packet, retire)?,
        };
        let entry = self.entries.get_mut(slot)?;
        entry.flow.note(packet);
        let (kind, time) = (Kind::of(&entry.flow), packet.stamp.time);
        if kind != entry.kind || time.since(entry.touched) >= COARSE {
            (entry.kind, entry.touched) = (kind, time);
            self.lists.touch(slot, kind, time);
        }
        Some(Found {
            flow: &mut entry.flow,
            slot: Slot(slot),
            created,
        })
    }

    /// Notes a copy in the flow of its original, if that is still there. A copy opens no flow
    /// and keeps none from going idle.
    pub fn copy(&mut self, packet: &Packet<'_>, duplicate: &Duplicate) -> Option<&mut Flow<T>> {
        let original = Packet {
            tags: duplicate.original,
            ..*packet
        };
        let first = self.find(hash(&self.seed, &packet.id), &packet.id)?;
        let slot = self.variant(first, &original)?;
        let flow = &mut self.entries.get_mut(slot)?.flow;
        flow.note_copy(packet, duplicate.kind);
        Some(flow)
    }

    /// Lets go of the flow that is most dispensable, as where the table is full; false where
    /// there is none. The last one stays.
    pub fn evict(&mut self, retire: &mut dyn FnMut(Flow<T>, Ending)) -> bool {
        let victim = self.lists.victim().filter(|_| self.len() > 1);
        if let Some(victim) = victim {
            self.make_room(victim, retire);
        }
        victim.is_some()
    }

    fn make_room(
        &mut self,
        (victim, opening): (u32, bool),
        retire: &mut dyn FnMut(Flow<T>, Ending),
    ) {
        *(if opening {
            &mut self.counts.evicted_opening
        } else {
            &mut self.counts.evicted
        }) += 1;
        self.remove(victim, Ending::Evicted, retire);
    }

    /// Asks for a visit of this flow on the first tick at `due` or up to a second before, unless
    /// it asked for an earlier one already.
    pub fn wake(&mut self, slot: Slot, due: Time) {
        if self.lists.wake(slot.0, due) {
            self.awake.push(slot.0);
        }
    }

    /// Takes back what [`Table::wake`] asked for.
    pub fn calm(&mut self, slot: Slot) {
        self.lists.calm(slot.0);
    }

    /// Visits the flows that asked for it and are due, in the order in which they asked. `visit`
    /// answers when the flow is to be visited again, if it is. A flow that is not due is not
    /// touched: it would have to be fetched from memory.
    pub fn tick(&mut self, now: Time, visit: &mut dyn FnMut(&mut Flow<T>) -> Option<Time>) {
        let Self {
            awake,
            entries,
            lists,
            ..
        } = self;
        awake.retain(|&slot| {
            let next = match lists.is_awake(slot, now) {
                (true, false) => return true,
                (true, true) => entries
                    .get_mut(slot)
                    .and_then(|entry| visit(&mut entry.flow)),
                (false, _) => None,
            };
            match next {
                Some(due) => lists.put_off(slot, due),
                None => lists.rest(slot),
            }
            next.is_some()
        });
    }

    /// Visits every flow.
    pub fn each(&mut self, visit: &mut dyn FnMut(&mut Flow<T>)) {
        for entry in self.entries.iter_mut() {
            visit(&mut entry.flow);
        }
    }

    /// Lets go of the flows that have been silent for longer than their kind may be.
    pub fn expire(&mut self, now: Time, retire: &mut dyn FnMut(Flow<T>, Ending)) {
        while let Some(slot) = self.lists.overdue(now) {
            self.counts.expired += 1;
            self.remove(slot, Ending::Idle, retire);
        }
    }

    /// Lets go of all flows, in the order of their first packets, and of the room they took.
    pub fn drain(&mut self, retire: &mut dyn FnMut(Flow<T>, Ending)) {
        let entries = self.entries.iter();
        let mut order: Vec<_> = entries
            .map(|(slot, entry)| (entry.flow.first().frame, slot))
            .collect();
        order.sort_unstable();
        for (_, slot) in order {
            self.remove(slot, Ending::Drained, retire);
        }
        self.entries = Slab::new();
    }

    /// Number of flows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no flows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the table did so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn entry(&self, slot: u32) -> Option<&Entry<T>> {
        self.entries.get(slot)
    }

    /// The first flow with this key.
    #[inline]
    fn find(&self, hash: u64, id: &Id) -> Option<u32> {
        let is_it = |slot: &u32| self.entry(*slot).is_some_and(|entry| entry.id == *id);
        self.index.find(hash, is_it).copied()
    }

    /// Which of the flows with one key, `first` and its siblings, a packet belongs to.
    #[inline]
    fn variant(&mut self, first: u32, packet: &Packet<'_>) -> Option<u32> {
        let entry = self.entry(first)?;
        if entry.sibling.is_none() && entry.flow.end(packet.side).wears(packet.tags) {
            return Some(first);
        }
        self.variant_by_tags(first, packet)
    }

    #[cold]
    fn variant_by_tags(&mut self, first: u32, packet: &Packet<'_>) -> Option<u32> {
        let mut best = None;
        let mut count = 0;
        let mut at = Some(first);
        while let Some(slot) = at {
            let entry = self.entry(slot)?;
            let fit = fit(&entry.flow, packet);
            if fit > best.map_or(Fit::No, |(fit, _)| fit) {
                best = Some((fit, slot));
            }
            count += 1;
            at = entry.sibling;
        }
        match best {
            Some((Fit::Mispaired, slot)) => {
                let flow = &mut self.entries.get_mut(slot)?.flow;
                packet.side.of_mut(&mut flow.ends).tags = None;
                Some(slot)
            }
            Some((_, slot)) => Some(slot),
            None if count >= VARIANTS => {
                self.counts.folded += 1;
                Some(first)
            }
            None => None,
        }
    }

    #[cold]
    fn create(
        &mut self,
        hash: u64,
        packet: &Packet<'_>,
        retire: &mut dyn FnMut(Flow<T>, Ending),
    ) -> Option<u32> {
        let (key, _) = Key::of(packet.headers)?;
        if self.len() >= CAPACITY {
            let victim = self.lists.victim()?;
            self.make_room(victim, retire);
        }
        let slot = self.entries.insert(Entry {
            id: packet.id,
            hash,
            sibling: None,
            kind: Kind::default(),
            touched: packet.stamp.time,
            flow: Flow::new(key, T::default()),
        })?;
        self.counts.created += 1;
        self.lists.insert(slot, packet.stamp.time);
        self.link(hash, slot, &packet.id);
        Some(slot)
    }

    /// Makes a new flow the last sibling of its key, or the first flow of it.
    fn link(&mut self, hash: u64, slot: u32, id: &Id) {
        let Some(mut at) = self.find(hash, id) else {
            let entries = &self.entries;
            self.index.insert_unique(hash, slot, |slot| {
                entries.get(*slot).map_or(0, |entry| entry.hash)
            });
            return;
        };
        while let Some(next) = self.entry(at).and_then(|entry| entry.sibling) {
            at = next;
        }
        if let Some(entry) = self.entries.get_mut(at) {
            entry.sibling = Some(slot);
        }
    }

    fn remove(&mut self, slot: u32, ending: Ending, retire: &mut dyn FnMut(Flow<T>, Ending)) {
        self.lists.remove(slot);
        let Some(entry) = self.entries.take(slot) else {
            return;
        };
        let head = self.index.find_entry(entry.hash, |head| *head == slot);
        match (head, entry.sibling) {
            (Ok(mut head), Some(next)) => *head.get_mut() = next,
            (Ok(head), None) => drop(head.remove()),
            (Err(_), next) => self.unlink(slot, next, &entry),
        }
        retire(entry.flow, ending);
    }

    /// Takes a flow that is not the first of its key out of the row of siblings.
    fn unlink(&mut self, slot: u32, next: Option<u32>, removed: &Entry<T>) {
        let mut at = self.find(removed.hash, &removed.id);
        while let Some(here) = at {
            let Some(entry) = self.entries.get_mut(here) else {
                return;
            };
            if entry.sibling == Some(slot) {
                entry.sibling = next;
                return;
            }
            at = entry.sibling;
        }
    }
}

/// How well a packet fits a flow with its key, from not at all upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// This direction was put there lately from another VLAN, while the other direction is of
    /// this packet's: the earlier guess was wrong.
    Mispaired,
    /// This direction is not there yet; the directions may wear different tags.
    Free,
    /// TCP numbers carry on what is there, whatever the tags say.
    Numbers,
    /// This direction is not there yet, and the other wears the same tags.
    Pair,
    /// This direction wears these tags.
    Exact,
}

fn fit<T>(flow: &Flow<T>, packet: &Packet<'_>) -> Fit {
    let end = flow.end(packet.side);
    let peer = flow.end(packet.side.other());
    let peers_tags = peer.wears(packet.tags);
    if end.wears(packet.tags) {
        return Fit::Exact;
    }
    if end.tags.is_none() && peers_tags {
        return Fit::Pair;
    }
    match flow.numbers_agree(packet) {
        Some(true) => Fit::Numbers,
        Some(false) => Fit::No,
        None if end.tags.is_none() => Fit::Free,
        None if peers_tags && packet.side.of(&flow.ledgers).packets <= YOUNG => Fit::Mispaired,
        None => Fit::No,
    }
}

#[inline]
fn hash(seed: &SharedSeed, id: &Id) -> u64 {
    let mut hasher = FoldHasher::with_seed(0, seed);
    id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
