//! Packet time: nanoseconds since the Unix epoch, as the capture tells it.
//!
//! Everything that is detected or written in replay runs on this clock; the wall clock is
//! never asked here.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment in packet time, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Range: up to the year 2554. Times before 1970 or beyond the range saturate; the capture
/// reader marks them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The Unix epoch, also used for "no time known yet".
    pub const ZERO: Self = Self(0);

    /// A time from nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A time from seconds and a fraction in nanoseconds; saturates past the range.
    #[must_use]
    pub const fn from_parts(seconds: u64, nanos: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
    }

    /// Nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whether no time is known: the capture gave none, nor one before.
    #[must_use]
    pub const fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// Time elapsed since `earlier`; zero where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This time plus `span`, saturating at the end of the range.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)),
        )
    }
}

/// A time of the system's clock; before 1970 it is unknown.
impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::from_parts(since.as_secs(), since.subsec_nanos().into())
    }
}
