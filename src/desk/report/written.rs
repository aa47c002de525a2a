//! How the values of the summary stand in JSON.
//!
//! Called by serde for the fields that name these functions.

use crate::desk::outputs::time::Eve;
use crate::facts::{Class, Stamp, Time};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::collections::BTreeMap;
use std::time::Duration;

/// A packet as JSON: its time and its number.
pub(in crate::desk) fn write_stamp<S: Serializer>(
    stamp: &Stamp,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("time", &Eve(stamp.time).to_string())?;
    map.serialize_entry("frame", &stamp.frame)?;
    map.end()
}

pub(super) fn write_time<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Eve(*time))
}

pub(super) fn write_seconds<S: Serializer>(
    span: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}

pub(super) fn write_classes<S: Serializer>(
    classes: &BTreeMap<Class, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(classes.iter().map(|(class, count)| (class.name(), count)))
}

/// JSON that was made before.
pub(super) fn write_raw<S: Serializer>(
    text: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let raw = text
        .as_deref()
        .map(serde_json::from_str::<&serde_json::value::RawValue>);
    match raw {
        Some(Ok(raw)) => raw.serialize(serializer),
        Some(Err(error)) => Err(serde::ser::Error::custom(error)),
        None => serializer.serialize_none(),
    }
}
