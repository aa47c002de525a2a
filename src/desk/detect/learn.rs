//! When the baseline is learned, and how that is spelled: by the doors and in the configuration.

use crate::facts::Time;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A day, in seconds.
const DAY: u64 = 86_400;

/// When the baseline is learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Learn {
    /// It is not: what is usual is given, or nothing is.
    #[default]
    Never,
    /// From the first packet on, for so long.
    For(Duration),
    /// Up to this packet time.
    Until(Time),
    /// Until the evidence shows that little that is new is still to come, each
    /// [sort](crate::desk::baseline::evidence::Sort) for itself.
    Auto,
    /// All the time.
    Always,
}

impl FromStr for Learn {
    type Err = String;

    /// A duration (30m, 8h, 7d), a time (2026-11-22T08:00:00Z), `auto`, or `never`.
    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "never" => return Ok(Self::Never),
            "auto" => return Ok(Self::Auto),
            _ => {}
        }
        if let Ok(stamp) = word.parse::<jiff::Timestamp>() {
            let nanos = u64::try_from(stamp.as_nanosecond());
            let time = nanos.map_err(|_| "is before 1970 or after 2554".to_owned())?;
            return Ok(Self::Until(Time::from_nanos(time)));
        }
        let spelled = word
            .strip_suffix('d')
            .and_then(|days| days.parse::<u32>().ok());
        let span = match spelled {
            Some(days) => Duration::from_secs(DAY) * days,
            None => word
                .parse::<jiff::SignedDuration>()
                .ok()
                .and_then(|span| Duration::try_from(span).ok())
                .ok_or("no duration (30m, 8h, 7d), no time (2026-11-22T08:00:00Z), and not auto")?,
        };
        if span.is_zero() {
            return Err("nothing can be learned in no time".to_owned());
        }
        Ok(Self::For(span))
    }
}

impl fmt::Display for Learn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Auto => f.write_str("auto"),
            Self::Always => f.write_str("always"),
            Self::For(span) if span.subsec_nanos() == 0 && span.as_secs().is_multiple_of(DAY) => {
                write!(f, "{}d", span.as_secs() / DAY)
            }
            Self::For(span) => match jiff::SignedDuration::try_from(*span) {
                Ok(span) => write!(f, "{span:#}"),
                Err(_) => write!(f, "{}s", span.as_secs()),
            },
            Self::Until(time) => {
                let stamp = jiff::Timestamp::from_nanosecond(time.nanos().into());
                stamp.map_or(Ok(()), |stamp| write!(f, "{stamp}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_is_read_again() {
        for word in [
            "never",
            "auto",
            "7d",
            "8h",
            "30m",
            "1500ms",
            "2026-11-22T08:00:00Z",
        ] {
            let read: Learn = word.parse().unwrap();
            assert_eq!(read.to_string().parse(), Ok(read), "{word}");
        }
        for (word, says) in [
            ("0d", "no time"),
            ("soon", "no duration"),
            ("1920-01-01T00:00:00Z", "before 1970"),
        ] {
            assert!(word.parse::<Learn>().unwrap_err().contains(says), "{word}");
        }
    }
}
