//! The message for an event (RFC 5424, 6).

use crate::desk::outputs::json;
use crate::desk::outputs::time::Seconds;
use crate::desk::store::Record;
use serde_json::{Value, json};

/// Facility local4 (RFC 5424, table 1).
const FACILITY: u8 = 20;

/// Octets of an event at most: what collectors take without further settings.
pub(super) const EVENT: usize = 8 * 1024;

/// Keys that are left out of every message: octets belong into the events.
const OCTETS: [&str; 4] = ["payload", "payload_printable", "packet", "packet_info"];

/// Keys that are left out of one that is still too long, the least telling first.
const DISPENSABLE: [&str; 5] = ["modbus", "dnp3", "enip", "flow", "ot"];

/// The message for an event of the sensor of this name.
#[must_use]
pub fn message(host: &str, record: &Record) -> Option<Vec<u8>> {
    let mut event: Value = serde_json::from_slice(&record.event).ok()?;
    let object = event.as_object_mut()?;
    OCTETS.iter().for_each(|key| _ = object.shift_remove(*key));
    let kind = object.get("event_type")?.as_str()?.to_owned();
    let mut text = json::text(&event);
    for key in DISPENSABLE {
        if text.len() <= EVENT {
            break;
        }
        let object = event.as_object_mut()?;
        // What is sent again must be known again.
        let name = object.get("ot").and_then(|ot| ot.get("event_id")).cloned();
        object.shift_remove(key);
        if let Some(name) = name.filter(|_| key == "ot") {
            object.insert("ot".to_owned(), json!({ "event_id": name }));
        }
        object.insert("truncated".to_owned(), Value::Bool(true));
        text = json::text(&event);
    }
    // RFC 5424, table 2: critical, warning, notice, informational.
    let level = match record.severity {
        0 | 1 => 2,
        2 => 4,
        3 => 5,
        _ => 6,
    };
    let priority = FACILITY * 8 + level;
    let time = record.time;
    let micros = time.nanos() / 1_000 % 1_000_000;
    let seconds = Seconds(time);
    let host: String = host
        .chars()
        .filter(char::is_ascii_graphic)
        .take(255)
        .collect();
    let host = if host.is_empty() { "-" } else { &host };
    let process = std::process::id();
    let message =
        format!("<{priority}>1 {seconds}.{micros:06}Z {host} jaga {process} {kind} - {text}");
    Some(message.into_bytes())
}
