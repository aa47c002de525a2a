//! Which addresses are usual: a few stretches of numbers.

use std::fmt;

/// Most stretches kept of one kind of address. A client that reads more of them apart is
/// interactive; the two nearest become one, so that what was seen is always inside.
const SPANS: usize = 32;

/// Stretches of addresses, sorted, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<(u64, u64)>);

impl Spans {
    /// Whether all addresses from the first to the last are in one of them.
    #[must_use]
    pub fn holds(&self, first: u64, last: u64) -> bool {
        let after = self.0.partition_point(|(from, _)| *from <= first);
        let before = after.checked_sub(1).and_then(|place| self.0.get(place));
        before.is_some_and(|(_, to)| last <= *to)
    }

    /// Adds a stretch.
    pub fn add(&mut self, first: u64, last: u64) {
        let last = last.max(first);
        if self.holds(first, last) {
            return;
        }
        let touches = |(from, to): &(u64, u64)| {
            *from <= last.saturating_add(1) && first <= to.saturating_add(1)
        };
        let (mut from, mut to) = (first, last);
        for (low, high) in self.0.iter().filter(|span| touches(span)) {
            (from, to) = (from.min(*low), to.max(*high));
        }
        self.0.retain(|span| !touches(span));
        let place = self.0.partition_point(|(low, _)| *low < from);
        self.0.insert(place, (from, to));
        if self.0.len() > SPANS {
            self.merge();
        }
    }

    /// Makes one of the two that are nearest to each other.
    fn merge(&mut self) {
        let gaps = self.0.windows(2).map(|pair| match pair {
            [(_, to), (from, _)] => from.saturating_sub(*to),
            _ => u64::MAX,
        });
        let Some((place, _)) = gaps.enumerate().min_by_key(|(_, gap)| *gap) else {
            return;
        };
        let (_, last) = self.0.remove(place + 1);
        if let Some((_, to)) = self.0.get_mut(place) {
            *to = last;
        }
    }

    /// The stretch that is nearest to an address.
    #[must_use]
    pub fn nearest(&self, address: u64) -> Option<(u64, u64)> {
        let distance = |(from, to): &(u64, u64)| {
            from.saturating_sub(address)
                .max(address.saturating_sub(*to))
        };
        self.0.iter().copied().min_by_key(distance)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().copied()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}-{last}")?;
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for Spans {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut spans = Self::default();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if first <= last => spans.add(first, last),
                _ => return Err(format!("`{part}` is no address nor a stretch such as 0-99")),
            }
        }
        Ok(spans)
    }
}
