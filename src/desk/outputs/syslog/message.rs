//! The message for an event (RFC 5424, 6; RFC 3164, 4.1).

use super::format;
use crate::desk::outputs::json;
use crate::desk::outputs::time::Seconds;
use crate::desk::store::Record;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Facility local4 (RFC 5424, table 1).
const FACILITY: u8 = 20;

/// Octets of an event at most: what collectors take without further settings.
pub(super) const EVENT: usize = 8 * 1024;

/// Keys that are left out of every message: octets belong into the events.
const OCTETS: [&str; 4] = ["payload", "payload_printable", "packet", "packet_info"];

/// Keys that are left out of one that is still too long, the least telling first.
const DISPENSABLE: [&str; 5] = ["modbus", "dnp3", "enip", "flow", "ot"];

/// Keys of `ot` that are never left out.
const NAMES: [&str; 3] = ["event_id", "site", "asset"];

/// How messages are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// What they say.
    pub format: Format,
    /// How they begin.
    pub header: Header,
}

/// What a message says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The EVE event, shortened where it is long.
    #[default]
    Eve,
    /// ArcSight's Common Event Format.
    Cef,
    /// One line for people.
    Text,
}

/// How a message begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Header {
    /// As the standard asks.
    #[default]
    Rfc5424,
    /// As it was before, for old collectors: no year, and seconds of UTC.
    Rfc3164,
}

/// The message for an event of the sensor of this name.
#[must_use]
pub fn message(host: &str, style: Style, record: &Record) -> Option<Vec<u8>> {
    let event: Value = serde_json::from_slice(&record.event).ok()?;
    let kind = event.get("event_type")?.as_str()?.to_owned();
    let time = record.time;
    let host: String = host
        .chars()
        .filter(char::is_ascii_graphic)
        .take(255)
        .collect();
    let host = if host.is_empty() { "-" } else { &host };
    let text = match style.format {
        Format::Eve => shortened(event)?,
        Format::Cef => format::cef(&event, host, record.severity, time.nanos() / 1_000_000),
        Format::Text => format::text(&event, record.severity),
    };
    // RFC 5424, table 2: critical, warning, notice, informational.
    let level = match record.severity {
        0 | 1 => 2,
        2 => 4,
        3 => 5,
        _ => 6,
    };
    let priority = FACILITY * 8 + level;
    let process = std::process::id();
    let message = match style.header {
        Header::Rfc5424 => {
            let micros = time.nanos() / 1_000 % 1_000_000;
            let seconds = Seconds(time);
            format!("<{priority}>1 {seconds}.{micros:06}Z {host} jaga {process} {kind} - {text}")
        }
        Header::Rfc3164 => {
            let seconds = i64::try_from(time.nanos() / 1_000_000_000).ok()?;
            let stamp = jiff::Timestamp::from_second(seconds).ok()?;
            let stamp = stamp.strftime("%b %e %H:%M:%S");
            format!("<{priority}>{stamp} {host} jaga[{process}]: {text}")
        }
    };
    Some(message.into_bytes())
}

/// The EVE event without octets, and without more where it is too long.
fn shortened(mut event: Value) -> Option<String> {
    let object = event.as_object_mut()?;
    OCTETS.iter().for_each(|key| _ = object.shift_remove(*key));
    let mut text = json::text(&event);
    for key in DISPENSABLE {
        if text.len() <= EVENT {
            break;
        }
        let object = event.as_object_mut()?;
        // What is sent again must be known again.
        let kept = object.get_mut(key).filter(|_| key == "ot");
        let kept = kept.and_then(Value::as_object_mut).map(|ot| {
            ot.retain(|key, _| NAMES.contains(&key.as_str()));
            Value::Object(std::mem::take(ot))
        });
        object.shift_remove(key);
        if let Some(ot) = kept {
            object.insert(key.to_owned(), ot);
        }
        object.insert("truncated".to_owned(), Value::Bool(true));
        text = json::text(&event);
    }
    Some(text)
}
