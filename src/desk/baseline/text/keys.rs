//! How the parts of a line are written.

use crate::desk::baseline::{Act, Place, Talk, Usual};
use crate::facts::{Host, Time};
use std::fmt;

/// A host's line.
pub(in crate::desk::baseline) struct HostKey<'a>(pub(in crate::desk::baseline) &'a Host);

impl fmt::Display for HostKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host {}", self.0)
    }
}

/// A time to the nanosecond (RFC 3339).
pub(in crate::desk::baseline) struct Moment(pub(in crate::desk::baseline) Time);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0.nanos());
        match jiff::Timestamp::from_nanosecond(nanos) {
            Ok(stamp) => stamp.fmt(f),
            Err(_) => nanos.fmt(f),
        }
    }
}

/// Text in quotes, escaped as JSON does.
pub(in crate::desk::baseline) struct Quoted<'a>(pub(in crate::desk::baseline) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = serde_json::to_string(self.0).map_err(|_| fmt::Error)?;
        f.write_str(&quoted)
    }
}

/// Nanoseconds as seconds, to the last digit that is not 0.
pub(in crate::desk::baseline) struct Seconds(pub(in crate::desk::baseline) u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A conversation's line.
pub(in crate::desk::baseline) struct TalkKey<'a>(pub(in crate::desk::baseline) &'a Talk);

impl fmt::Display for TalkKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Talk {
            client,
            server,
            service,
        } = self.0;
        write!(f, "talk {client} > {server} {service}")
    }
}

/// What names an operation, in all its lines.
pub(in crate::desk::baseline) struct ActKey<'a>(pub(in crate::desk::baseline) &'a Act);

impl fmt::Display for ActKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let act = self.0;
        write!(f, "{} > {} {}", act.actor, act.device, act.protocol)?;
        if let Some(unit) = act.unit {
            write!(f, " unit {unit}")?;
        }
        write!(f, " {}", Quoted(&act.operation))
    }
}

/// A kind of address, with its number.
pub(in crate::desk::baseline) struct PlaceKey<'a>(pub(in crate::desk::baseline) &'a Place);

impl fmt::Display for PlaceKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.0.space.is_empty() {
            "-"
        } else {
            &self.0.space
        };
        match self.0.area {
            Some(area) => write!(f, "{space}/{area}"),
            None => f.write_str(space),
        }
    }
}

/// Usual values.
pub(in crate::desk::baseline) struct Values<'a>(pub(in crate::desk::baseline) &'a Usual);

impl fmt::Display for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Usual::Any => f.write_str("any"),
            Usual::Range(least, most) => write!(f, "from {least} to {most}"),
            Usual::Set(values) => {
                f.write_str("one of")?;
                values
                    .iter()
                    .try_for_each(|value| write!(f, " {}", Quoted(value)))
            }
        }
    }
}
