//! An interface of a pcapng section: its clock and its counters.
//!
//! Called by `pcapng`, once a frame.

use super::frame::LinkType;
use super::interface::Interfaces;
use crate::facts::Time;

/// An interface of the current section.
#[derive(Debug)]
pub(super) struct Described {
    /// Its number among those of all inputs.
    pub(super) number: u32,
    pub(super) link: LinkType,
    pub(super) snaplen: u32,
    pub(super) resolution: Resolution,
    /// Nanoseconds to add to its times.
    pub(super) offset: i128,
    /// What was counted of it in this section: received, dropped.
    pub(super) counted: (u64, u64),
    /// Statistics were there; they include what is told beside the frames.
    pub(super) statistics: bool,
}

/// What a unit of an interface's times is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    /// So many nanoseconds.
    Nanos(u64),
    /// So many to a nanosecond.
    PerNano(u64),
    /// A second divided by two to this power (below 128).
    Binary(u8),
}

impl Resolution {
    /// From the value of `if_tsresol`: the top bit chooses between powers of two and of ten,
    /// the others are the negative exponent.
    pub(super) fn new(option: u8) -> Self {
        let exponent = option & 0x7f;
        if option & 0x80 != 0 {
            return Self::Binary(exponent);
        }
        match 9_u8.checked_sub(exponent) {
            Some(power) => Self::Nanos(10_u64.saturating_pow(u32::from(power))),
            None => Self::PerNano(10_u64.saturating_pow(u32::from(exponent - 9))),
        }
    }
}

impl Described {
    /// Counts what was dropped before a frame, unless statistics count it.
    pub(super) fn lost(&mut self, lost: u64, interfaces: &mut Interfaces) {
        if !self.statistics {
            self.counted.1 = self.counted.1.saturating_add(lost);
            interfaces.count(self.number, 0, lost);
        }
    }

    /// Packet time; `None` outside the years 1970 to 2554.
    #[inline]
    pub(super) fn time(&self, high: u32, low: u32) -> Option<Time> {
        let units = u64::from(high) << 32 | u64::from(low);
        let nanos = match self.resolution {
            Resolution::Nanos(each) => units.checked_mul(each)?,
            Resolution::PerNano(each) => units / each,
            Resolution::Binary(power) => {
                u64::try_from((u128::from(units) * 1_000_000_000) >> power).ok()?
            }
        };
        if self.offset == 0 {
            return Some(Time::from_nanos(nanos));
        }
        let moved = i128::from(nanos).checked_add(self.offset)?;
        u64::try_from(moved).ok().map(Time::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(option: u8, offset: i64) -> Described {
        Described {
            number: 0,
            link: LinkType::ETHERNET,
            snaplen: 0,
            resolution: Resolution::new(option),
            offset: i128::from(offset) * 1_000_000_000,
            counted: (0, 0),
            statistics: false,
        }
    }

    fn time(option: u8, offset: i64, units: u64) -> Option<u64> {
        let [a, b, c, d, e, f, g, h] = units.to_be_bytes();
        described(option, offset)
            .time(
                u32::from_be_bytes([a, b, c, d]),
                u32::from_be_bytes([e, f, g, h]),
            )
            .map(Time::nanos)
    }

    #[test]
    fn all_resolutions_come_to_nanoseconds() {
        assert_eq!(time(0, 0, 3), Some(3_000_000_000));
        assert_eq!(time(3, 0, 1_500), Some(1_500_000_000));
        assert_eq!(time(6, 0, 1_500_000), Some(1_500_000_000));
        assert_eq!(time(9, 0, 7), Some(7));
        assert_eq!(time(12, 0, 7_999), Some(7));
        assert_eq!(time(127, 0, u64::MAX), Some(1));
        assert_eq!(time(0x80, 0, 2), Some(2_000_000_000));
        assert_eq!(time(0x80 | 10, 0, 1_536), Some(1_500_000_000));
        assert_eq!(time(0x80 | 32, 0, 1 << 31), Some(500_000_000));
        assert_eq!(time(0x80 | 63, 0, 1 << 62), Some(500_000_000));
        assert_eq!(time(0x80 | 127, 0, u64::MAX), Some(0));
    }

    #[test]
    fn offsets_move_and_what_leaves_the_range_is_unknown() {
        assert_eq!(time(6, 10, 5_000_000), Some(15_000_000_000));
        assert_eq!(time(6, -3, 5_000_000), Some(2_000_000_000));
        assert_eq!(time(6, -6, 5_000_000), None);
        assert_eq!(time(6, i64::MAX, 0), None);
        assert_eq!(time(6, i64::MIN, u64::MAX), None);
        assert_eq!(time(0, 0, u64::MAX), None);
        assert_eq!(time(0x80, 0, u64::MAX), None);
    }
}
