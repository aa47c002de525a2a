//! A cursor over octets that cannot run past their end.
//!
//! Every reader of the wire and of capture files takes its numbers through this cursor; none
//! indexes a slice by a length that came from outside.

/// Reads numbers and slices from the front of octets; `None` where they do not suffice, and
/// then the position stays where it was.
#[derive(Clone, Copy, Debug)]
pub struct Octets<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Octets<'a> {
    /// A cursor at the start of `octets`.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    /// Position: octets taken so far.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Octets not yet taken.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.octets.len().saturating_sub(self.at)
    }

    /// Whether everything was taken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left() == 0
    }

    /// What is left, without taking it.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }

    /// Takes `n` octets.
    #[inline]
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(n)?;
        let taken = self.octets.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// Takes `N` octets as an array.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, _) = self.octets.get(self.at..)?.split_first_chunk::<N>()?;
        self.at += N;
        Some(*taken)
    }

    /// Passes over `n` octets.
    pub fn skip(&mut self, n: usize) -> Option<()> {
        self.take(n).map(|_| ())
    }

    /// Takes one octet.
    #[inline]
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[octet]| octet)
    }

    /// Takes a 16-bit number, most significant octet first.
    #[inline]
    pub fn be16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Takes a 24-bit number, most significant octet first.
    #[inline]
    pub fn be24(&mut self) -> Option<u32> {
        self.array()
            .map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Takes a 32-bit number, most significant octet first.
    #[inline]
    pub fn be32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Takes a 64-bit number, most significant octet first.
    #[inline]
    pub fn be64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Takes a 16-bit number, least significant octet first.
    #[inline]
    pub fn le16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// Takes a 32-bit number, least significant octet first.
    #[inline]
    pub fn le32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Takes a 48-bit number, least significant octet first.
    #[inline]
    pub fn le48(&mut self) -> Option<u64> {
        self.array()
            .map(|[a, b, c, d, e, f]| u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
    }

    /// Takes a 64-bit number, least significant octet first.
    #[inline]
    pub fn le64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Octets;

    #[test]
    fn nothing_is_taken_past_the_end() {
        let mut o = Octets::new(&[1, 2, 3]);
        assert_eq!(o.be16(), Some(0x0102));
        assert_eq!(o.be16(), None);
        assert_eq!(o.at(), 2);
        assert_eq!(o.u8(), Some(3));
        assert_eq!(o.take(usize::MAX), None);
        assert_eq!(o.take(0), Some(&[][..]));
        assert!(o.is_empty());
    }
}
