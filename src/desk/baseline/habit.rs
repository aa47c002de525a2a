//! How an operation is usually done: where, with which values, how often.

use super::{Name, Spans};
use std::collections::{BTreeMap, BTreeSet};

/// Most kinds of addresses, most names and most points with values kept of one operation. A
/// client that has more of them is interactive: what it touches tells nothing.
const PLACES: usize = 64;
const NAMES: usize = 512;
const POINTS: usize = 512;

/// Sightings of each place from which on another one is no matter of course.
const SETTLED: u64 = 10;

/// Most values of one point that are kept one by one.
pub const VALUES: usize = 16;

/// A numbered kind of address: holding registers, or data block 10.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Kind of address.
    pub space: Name,
    /// Number of the space, where it has one.
    pub area: Option<u32>,
}

/// Which values a point usually has.
#[derive(Clone, Debug, PartialEq)]
pub enum Usual {
    /// One of these.
    Set(BTreeSet<Box<str>>),
    /// A number in this range.
    Range(f64, f64),
    /// Anything.
    Any,
}

impl Eq for Usual {}

impl Default for Usual {
    fn default() -> Self {
        Self::Set(BTreeSet::new())
    }
}

impl Usual {
    /// Adds a value.
    pub fn add(&mut self, value: &str) {
        match self {
            Self::Any => {}
            Self::Range(least, most) => match value.parse::<f64>() {
                Ok(number) => (*least, *most) = (least.min(number), most.max(number)),
                Err(_) => *self = Self::Any,
            },
            Self::Set(values) => {
                if values.len() < VALUES || values.contains(value) {
                    values.insert(value.into());
                    return;
                }
                let numbers = values.iter().map(|value| value.parse::<f64>().ok());
                let range =
                    numbers.fold(value.parse().ok().map(|n: f64| (n, n)), |range, number| {
                        let ((least, most), number) = (range?, number?);
                        Some((least.min(number), most.max(number)))
                    });
                *self = range.map_or(Self::Any, |(least, most)| Self::Range(least, most));
            }
        }
    }

    /// Whether a value is one of the usual.
    #[must_use]
    pub fn holds(&self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Set(values) => values.contains(value),
            Self::Range(least, most) => value
                .parse::<f64>()
                .is_ok_and(|number| (*least..=*most).contains(&number)),
        }
    }
}

/// How often an operation is repeated, in nanoseconds from one to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// How many pauses were measured.
    pub count: u64,
    /// Their mean.
    pub mean: u64,
    /// The longest.
    pub longest: u64,
}

impl Period {
    /// Adds what another conversation shows of the same operation.
    pub fn add(&mut self, count: u64, mean: u64, longest: u64) {
        let all = u128::from(self.count) + u128::from(count);
        let sum =
            u128::from(self.mean) * u128::from(self.count) + u128::from(mean) * u128::from(count);
        if let Some(mean) = sum.checked_div(all) {
            self.mean = u64::try_from(mean).unwrap_or(u64::MAX);
            self.count = u64::try_from(all).unwrap_or(u64::MAX);
            self.longest = self.longest.max(longest);
        }
    }
}

/// How an operation is usually done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// What it can do to the plant, 0 to 5.
    pub criticality: u8,
    /// Which addresses it touches.
    pub places: BTreeMap<Place, Spans>,
    /// Which names it touches.
    pub names: BTreeSet<Box<str>>,
    /// Which values it writes to each point.
    pub values: BTreeMap<(Place, u64), Usual>,
    /// It touches more than was kept: no place is new to it.
    pub open: bool,
    /// How often it is repeated.
    pub period: Period,
}

impl Habit {
    /// Whether so much was seen of it, in so many times, that a place it does not have means
    /// something: ten times as much as it has places.
    #[must_use]
    pub fn is_settled(&self, count: u64) -> bool {
        let stretches: usize = self.places.values().map(|spans| spans.iter().count()).sum();
        let places = (stretches + self.names.len()) as u64;
        count >= places.saturating_mul(SETTLED)
    }

    /// How many places, names and points with values it has.
    #[must_use]
    pub fn details(&self) -> usize {
        self.places.len() + self.names.len() + self.values.len()
    }

    /// It touched these addresses.
    pub fn touch(&mut self, place: Place, first: u64, last: u64) {
        if self.places.len() >= PLACES && !self.places.contains_key(&place) {
            self.open = true;
            return;
        }
        self.places.entry(place).or_default().add(first, last);
    }

    /// It touched this name.
    pub fn name(&mut self, name: &str) {
        if self.names.contains(name) {
            return;
        }
        if self.names.len() >= NAMES {
            self.open = true;
            return;
        }
        self.names.insert(name.into());
    }

    /// It wrote this value there.
    pub fn value(&mut self, point: (Place, u64), value: &str) {
        if self.values.len() < POINTS || self.values.contains_key(&point) {
            self.values.entry(point).or_default().add(value);
        }
    }
}
