//! Packet time as text: UTC, to the nanosecond or microsecond.

use crate::facts::Time;
use std::fmt;

/// Writes a time as `2026-11-22T00:30:00.123456+0000`, as EVE asks for: microseconds, a
/// numeric zone and no `Z`.
#[derive(Clone, Copy, Debug)]
pub struct Eve(pub Time);

impl fmt::Display for Eve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.nanos() / 1_000 % 1_000_000;
        write!(f, "{}.{micros:06}+0000", Seconds(self.0))
    }
}

/// Writes a time as `2026-11-22T00:30:00`, UTC.
#[derive(Clone, Copy, Debug)]
pub struct Seconds(pub Time);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::try_from(self.0.nanos() / 1_000_000_000).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_second(seconds) {
            Ok(stamp) => write!(f, "{}", stamp.strftime("%Y-%m-%dT%H:%M:%S")),
            Err(_) => write!(f, "{seconds}"),
        }
    }
}

/// Writes a time as seconds and nanoseconds since the epoch, as `tshark -e frame.time_epoch`.
#[derive(Clone, Copy, Debug)]
pub struct Epoch(pub Time);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.nanos();
        write!(f, "{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        let time = Time::from_parts(1_445_502_056, 228_889_123);
        assert_eq!(Eve(time).to_string(), "2015-10-22T08:20:56.228889+0000");
        assert_eq!(Seconds(time).to_string(), "2015-10-22T08:20:56");
        assert_eq!(Epoch(time).to_string(), "1445502056.228889123");
    }

    #[test]
    fn the_last_time_of_the_range_is_written_too() {
        assert_eq!(
            Seconds(Time::from_nanos(u64::MAX)).to_string(),
            "2554-07-21T23:34:33"
        );
    }
}
