//! A map in the order of its keys that mostly has one entry or two.
//!
//! Most hosts have one MAC, one peer, one service; a tree takes a node with room for eleven
//! entries for each of these. Up to a few entries lie in a row here, sorted, that takes what
//! they take; more lie in a tree. Used for the facts of a host, where it must never decide what
//! is kept: bounds are the caller's.

use std::collections::BTreeMap;

/// Most entries in a row: as many as a node of a tree holds.
const ROW: usize = 11;

/// A map with few entries, mostly.
#[derive(Clone, Debug)]
pub(super) enum Few<K, V> {
    /// Sorted by key.
    Row(Vec<(K, V)>),
    Tree(BTreeMap<K, V>),
}

/// A set with few entries, mostly.
pub(super) type FewKeys<K> = Few<K, ()>;

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self::Row(Vec::new())
    }
}

impl<K: Ord, V> Few<K, V> {
    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Row(row) => row.len(),
            Self::Tree(tree) => tree.len(),
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        match self {
            Self::Row(row) => {
                let place = row.binary_search_by(|(known, _)| known.cmp(key)).ok()?;
                row.get(place).map(|(_, value)| value)
            }
            Self::Tree(tree) => tree.get(key),
        }
    }

    /// The value of a key, to be changed.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        match self {
            Self::Row(row) => {
                let place = row.binary_search_by(|(known, _)| known.cmp(key)).ok()?;
                row.get_mut(place).map(|(_, value)| value)
            }
            Self::Tree(tree) => tree.get_mut(key),
        }
    }

    /// Whether there is an entry with this key.
    pub(super) fn has(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key, made where there is none yet.
    pub(super) fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if let Self::Row(row) = self
            && row.len() >= ROW
        {
            *self = Self::Tree(row.drain(..).collect());
        }
        match self {
            Self::Tree(tree) => tree.entry(key).or_insert_with(make),
            Self::Row(row) => match row.binary_search_by(|(known, _)| known.cmp(&key)) {
                #[allow(clippy::indexing_slicing, reason = "the search found it there")]
                Ok(place) => &mut row[place].1,
                Err(place) => {
                    if row.is_empty() {
                        // No room for others, which mostly do not come.
                        row.reserve_exact(1);
                    }
                    &mut row.insert_mut(place, (key, make())).1
                }
            },
        }
    }

    /// All entries, by key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        let (row, tree) = match self {
            Self::Row(row) => (row.as_slice(), None),
            Self::Tree(tree) => (&[][..], Some(tree.iter())),
        };
        let row = row.iter().map(|(key, value)| (key, value));
        row.chain(tree.into_iter().flatten())
    }

    /// The entries whose keys are not below `key`.
    pub(super) fn from(&self, key: &K) -> impl Iterator<Item = (&K, &V)> + Clone {
        let (row, tree) = match self {
            Self::Row(row) => {
                let below = row.partition_point(|(known, _)| known < key);
                (row.get(below..).unwrap_or_default(), None)
            }
            Self::Tree(tree) => (&[][..], Some(tree.range(key..))),
        };
        let row = row.iter().map(|(key, value)| (key, value));
        row.chain(tree.into_iter().flatten())
    }

    /// All keys, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// All values, in the order of their keys.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_sorted_map_at_any_length(
            told in prop::collection::vec((0..30_u8, 0..100_u8), 0..60),
            from in 0..32_u8,
        ) {
            let mut few = Few::default();
            let mut tree = BTreeMap::new();
            for (key, more) in told {
                *few.or_insert_with(key, || 1_u64) += u64::from(more);
                *tree.entry(key).or_insert(1) += u64::from(more);
                prop_assert_eq!(few.get(&key), tree.get(&key));
                prop_assert_eq!(few.len(), tree.len());
            }
            prop_assert!(few.iter().eq(&tree));
            prop_assert!(few.keys().eq(tree.keys()));
            prop_assert!(few.values().eq(tree.values()));
            prop_assert!(few.from(&from).eq(tree.range(from..)));
            prop_assert_eq!(few.has(&from), tree.contains_key(&from));
            prop_assert_eq!(few.get_mut(&from), tree.get_mut(&from));
        }
    }

    #[test]
    fn one_entry_takes_the_room_of_one() {
        let mut few = Few::default();
        few.or_insert_with(1, || [0_u8; 100]);
        assert!(matches!(few, Few::Row(row) if row.capacity() == 1));
    }
}
