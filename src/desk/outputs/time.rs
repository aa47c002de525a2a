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

/// Reads a time as people and events write it: `2026-11-22`, `2026-11-22T00:30`, with seconds, and
/// with a zone or without, which is UTC. None where it is no such time, or before 1970.
#[must_use]
pub fn read(text: &str) -> Option<Time> {
    let zoned = text.parse::<jiff::Timestamp>().ok();
    let stamp = zoned.or_else(|| {
        let plain = text.parse::<jiff::civil::DateTime>().ok()?;
        let stamp = plain.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(stamp.timestamp())
    })?;
    let nanos = u64::try_from(stamp.as_nanosecond()).ok()?;
    Some(Time::from_nanos(nanos))
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
    fn times_are_read_with_and_without_a_zone() {
        let time = Time::from_parts(1_445_502_056, 228_889_000);
        assert_eq!(read(&Eve(time).to_string()), Some(time));
        let whole = Time::from_parts(1_445_502_056, 0);
        for text in [
            "2015-10-22T08:20:56",
            "2015-10-22T08:20:56Z",
            "2015-10-22 08:20:56",
            "2015-10-22T15:20:56+07:00",
        ] {
            assert_eq!(read(text), Some(whole), "{text}");
        }
        let midnight = Time::from_parts(1_445_472_000, 0);
        assert_eq!(read("2015-10-22"), Some(midnight));
        for text in ["", "yesterday", "2015-13-01", "1969-12-31"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_time_of_the_range_is_written_too() {
        assert_eq!(
            Seconds(Time::from_nanos(u64::MAX)).to_string(),
            "2554-07-21T23:34:33"
        );
    }
}
