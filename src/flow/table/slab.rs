//! Room for entries in blocks of one size, so that growing copies nothing and takes little more
//! than what is used.
//!
//! Used by the table alone, which bounds how many there are.

/// Entries in a block: some 24 KiB of flows.
const BLOCK: usize = 16;

/// Entries by slot.
#[derive(Debug)]
pub(super) struct Slab<E> {
    /// All of them full but for the last, which may end before its bound.
    blocks: Vec<Vec<Option<E>>>,
    /// Slots that an entry left, the last one first in turn.
    free: Vec<u32>,
    length: usize,
}

impl<E> Slab<E> {
    pub(super) const fn new() -> Self {
        Self {
            blocks: Vec::new(),
            free: Vec::new(),
            length: 0,
        }
    }

    /// Number of entries.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> Option<&E> {
        let slot = slot as usize;
        self.blocks.get(slot / BLOCK)?.get(slot % BLOCK)?.as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut E> {
        self.hole(slot)?.as_mut()
    }

    #[inline]
    fn hole(&mut self, slot: u32) -> Option<&mut Option<E>> {
        let slot = slot as usize;
        self.blocks.get_mut(slot / BLOCK)?.get_mut(slot % BLOCK)
    }

    /// Puts an entry in the slot that was left last, or in a new one.
    pub(super) fn insert(&mut self, entry: E) -> Option<u32> {
        let slot = match self.free.pop() {
            Some(slot) => {
                *self.hole(slot)? = Some(entry);
                slot
            }
            None => self.append(entry)?,
        };
        self.length += 1;
        Some(slot)
    }

    fn append(&mut self, entry: E) -> Option<u32> {
        if self.blocks.last().is_none_or(|last| last.len() == BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        let before = (self.blocks.len() - 1) * BLOCK;
        let last = self.blocks.last_mut()?;
        let slot = u32::try_from(before + last.len()).ok()?;
        last.push(Some(entry));
        Some(slot)
    }

    /// Takes an entry out; its slot is the next to be filled.
    pub(super) fn take(&mut self, slot: u32) -> Option<E> {
        let entry = self.hole(slot)?.take()?;
        self.free.push(slot);
        self.length -= 1;
        Some(entry)
    }

    /// All entries, in the order of their slots.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut E> {
        self.blocks.iter_mut().flatten().flatten()
    }

    /// All entries, by slot.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &E)> {
        let slots = (0..).zip(self.blocks.iter().flatten());
        slots.filter_map(|(slot, entry)| Some((slot, entry.as_ref()?)))
    }
}
