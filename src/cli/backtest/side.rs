//! What was raised, and how two of these differ.

use crate::desk::report::Summary;
use serde::Serialize;
use std::collections::BTreeMap;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Severity of what is only a note.
const NOTE: u8 = 4;

/// What some settings raised.
#[derive(Debug)]
pub(super) struct Side {
    captures: Vec<String>,
    /// First and last packet time as they are written, and how long that is in seconds.
    span: Option<(String, String, f64)>,
    kinds: BTreeMap<(u8, u32, u32), Kind>,
    incidents: [u64; 4],
}

/// The alerts of one kind and severity.
#[derive(Clone, Debug)]
struct Kind {
    title: String,
    count: u64,
    example: Example,
}

/// Where they are found in the captures.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Example {
    /// Who did it to whom; at most 32 pairs.
    pub(super) between: Vec<String>,
    /// The first time.
    pub(super) time: String,
    pub(super) frame: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) what: String,
}

impl Side {
    pub(super) fn of(summary: &Summary<'_>) -> Self {
        let kinds = summary.alerts.iter().map(|alert| {
            let ends = alert.pairs.iter().map(|pair| {
                let (source, destination) = (&pair.source.address, &pair.destination.address);
                match source == destination {
                    true => source.clone(),
                    false => format!("{source} -> {destination}"),
                }
            });
            let example = Example {
                between: ends.collect(),
                time: crate::desk::outputs::time::Seconds(alert.first)
                    .to_string()
                    .replace('T', " "),
                frame: alert.frame,
                what: alert.what.clone(),
            };
            let kind = Kind {
                title: alert.signature.clone(),
                count: alert.count,
                example,
            };
            ((alert.severity, alert.gid, alert.signature_id), kind)
        });
        let mut incidents = [0; 4];
        for incident in &summary.incidents {
            let at = usize::from(incident.priority.clamp(1, 4) - 1);
            if let Some(count) = incidents.get_mut(at) {
                *count += 1;
            }
        }
        let span = summary.span.as_ref().map(|span| {
            let time = |time| {
                crate::desk::outputs::time::Seconds(time)
                    .to_string()
                    .replace('T', " ")
            };
            let seconds = span.last.since(span.first).as_secs_f64();
            (time(span.first), time(span.last), seconds)
        });
        Self {
            captures: summary
                .captures
                .iter()
                .map(|capture| capture.name.to_string())
                .collect(),
            span,
            kinds: kinds.collect(),
            incidents,
        }
    }
}

/// What is tried, against what is in force where that is given.
#[derive(Debug, Serialize)]
pub(super) struct Result {
    pub(super) captures: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<String>,
    /// Days of packet time.
    pub(super) days: f64,
    /// Alerts in all: in force, and tried.
    pub(super) alerts: Pair,
    /// Those of severity 1 to 3 that what is tried raises a day; less than a day counts as one.
    pub(super) grave_a_day: f64,
    /// Incidents by their priority, from P1 on.
    pub(super) incidents: [Pair; 4],
    /// By kind and severity, the gravest first.
    pub(super) kinds: Vec<Row>,
}

/// How many there are in force, where that is known, and how many where it is tried.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Pair {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) in_force: Option<u64>,
    pub(super) tried: u64,
}

impl Pair {
    /// Whether both are the same; not where only one is known.
    pub(super) fn is_same(self) -> bool {
        self.in_force == Some(self.tried)
    }
}

/// The alerts of one kind and severity on both sides.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) severity: u8,
    pub(super) gid: u32,
    pub(super) signature_id: u32,
    pub(super) signature: String,
    #[serde(flatten)]
    pub(super) count: Pair,
    pub(super) first: Example,
}

/// How the two differ.
pub(super) fn changes(before: Option<Side>, tried: Side) -> Result {
    let has_before = before.is_some();
    let (known, known_incidents) =
        before.map_or_else(Default::default, |side| (side.kinds, side.incidents));
    let counted = |old: u64, new: u64| Pair {
        in_force: has_before.then_some(old),
        tried: new,
    };
    let sum = |kinds: &BTreeMap<_, Kind>| kinds.values().map(|kind| kind.count).sum();
    let alerts = counted(sum(&known), sum(&tried.kinds));
    let grave = tried
        .kinds
        .iter()
        .filter(|((severity, ..), _)| *severity < NOTE);
    let grave: u64 = grave.map(|(_, kind)| kind.count).sum();
    let seconds = tried.span.as_ref().map_or(0.0, |(.., seconds)| *seconds);
    let days = seconds / DAY;
    let mut incidents = [counted(0, 0); 4];
    for ((pair, old), new) in incidents
        .iter_mut()
        .zip(known_incidents)
        .zip(tried.incidents)
    {
        *pair = counted(old, new);
    }
    let mut kinds: BTreeMap<_, (Option<Kind>, Option<Kind>)> = BTreeMap::new();
    for (key, kind) in known {
        kinds.entry(key).or_default().0 = Some(kind);
    }
    for (key, kind) in tried.kinds {
        kinds.entry(key).or_default().1 = Some(kind);
    }
    let rows = kinds.into_iter().filter_map(|(key, (old, new))| {
        let (severity, gid, signature_id) = key;
        let count = |kind: &Option<Kind>| kind.as_ref().map_or(0, |kind| kind.count);
        let count = counted(count(&old), count(&new));
        let kind = new.or(old)?;
        Some(Row {
            severity,
            gid,
            signature_id,
            signature: kind.title,
            count,
            first: kind.example,
        })
    });
    let (from, to) = match tried.span {
        Some((from, to, _)) => (Some(from), Some(to)),
        None => (None, None),
    };
    Result {
        captures: tried.captures,
        from,
        to,
        days,
        alerts,
        grave_a_day: grave as f64 / days.max(1.0),
        incidents,
        kinds: rows.collect(),
    }
}
