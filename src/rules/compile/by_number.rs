//! A table by port or by the first half of an address, asked once a packet and mostly in vain.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Words of a bit for each number.
const WORDS: usize = (1 << 16) / 64;

/// Values by 16-bit numbers. A bit for each says whether there is one, so that a number without
/// costs next to nothing.
#[derive(Debug)]
pub(super) struct ByNumber<T> {
    bits: Option<Box<[u64; WORDS]>>,
    values: HashMap<u16, T, FixedState>,
}

impl<T> Default for ByNumber<T> {
    fn default() -> Self {
        Self {
            bits: None,
            values: HashMap::default(),
        }
    }
}

impl<T> ByNumber<T> {
    pub(super) fn get(&self, number: u16) -> Option<&T> {
        let word = *self.bits.as_ref()?.get(usize::from(number) / 64)?;
        if word >> (number % 64) & 1 == 0 {
            return None;
        }
        self.values.get(&number)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = (u16, T)> {
        self.values.into_iter()
    }
}

impl<T: Default> ByNumber<T> {
    /// The value of a number, made where there is none.
    pub(super) fn of(&mut self, number: u16) -> &mut T {
        let bits = self.bits.get_or_insert_with(|| Box::new([0; WORDS]));
        if let Some(word) = bits.get_mut(usize::from(number) / 64) {
            *word |= 1 << (number % 64);
        }
        self.values.entry(number).or_default()
    }
}
