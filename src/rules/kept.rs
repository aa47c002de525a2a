//! What rules keep beyond one flow: tables by host, by pair of hosts or by rule.
//!
//! Used by the workers for pairs of hosts, whose traffic is all theirs, and by the site for
//! everything wider; the desk's detectors keep what they told in such tables too. Every table is bounded; what leaves is counted.

use crate::facts::Host;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use std::collections::VecDeque;
use std::hash::Hash;

/// Whose bit or counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Whom {
    Host(Host),
    Pair(Host, Host),
    Rule,
}

impl Whom {
    /// Two hosts, whichever sends.
    pub(super) fn pair(one: Host, other: Host) -> Self {
        Self::Pair(one.min(other), one.max(other))
    }
}

/// A table that lets go of its oldest entry when it is full.
#[derive(Debug)]
pub struct Bounded<K, V> {
    entries: HashMap<K, V, FixedState>,
    /// Keys by age; may hold some that are gone.
    order: VecDeque<K>,
    most: usize,
    evicted: u64,
}

impl<K: Copy + Eq + Hash, V> Bounded<K, V> {
    /// An empty table that will hold at most so many entries.
    pub fn new(most: usize) -> Self {
        Self {
            entries: HashMap::default(),
            order: VecDeque::new(),
            most,
            evicted: 0,
        }
    }

    /// The value of a key; where there is none, `new` becomes it.
    pub fn entry(&mut self, key: K, new: V) -> &mut V {
        if self.order.len() >= self.most && !self.entries.contains_key(&key) {
            while self.order.len() >= self.most {
                if let Some(oldest) = self.order.pop_front() {
                    self.evicted += u64::from(self.entries.remove(&oldest).is_some());
                }
            }
        }
        match self.entries.entry(key) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(place) => {
                self.order.push_back(key);
                place.insert(new)
            }
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values()
    }

    /// Lets go of a key.
    pub fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }

    /// How many entries left for want of room.
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way_and_are_counted() {
        let mut table = Bounded::new(3);
        for key in 0..5u8 {
            *table.entry(key, 0) += key;
        }
        assert_eq!(table.evicted(), 2);
        assert_eq!((table.get(&1), table.get(&2)), (None, Some(&2)));
        *table.entry(2, 0) += 1;
        assert_eq!(table.get(&2), Some(&3), "it was there");
        table.remove(&2);
        table.entry(9, 1);
        assert_eq!(table.evicted(), 2, "what is gone already does not leave");
        assert_eq!(table.get(&4), Some(&4));
    }
}
