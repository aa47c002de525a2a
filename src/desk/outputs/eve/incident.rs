//! An incident, as it stands at a packet.

use super::Eve;
use super::head::{Common, Head, Packet};
use crate::desk::incidents::{Incident, Report, State, Step};
use crate::desk::names::Named;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most devices of an incident that are described: what a message of syslog has room for.
const ASSETS: usize = 16;

#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    incident: Told<'a>,
    ot: Ot,
}

#[derive(Debug, Serialize)]
struct Ot {
    #[serde(flatten)]
    common: Common,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    assets: BTreeMap<String, Named>,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    id: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    into: Option<&'a str>,
    priority: u8,
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    what: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    plant: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    check: &'a str,
    first: Packet,
    last: Packet,
    sources: Vec<String>,
    targets: Vec<String>,
    alert_count: u64,
    alerts: &'a [Arc<str>],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    techniques: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tactics: Vec<&'static str>,
    timeline: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "is_none")]
    alerts_apart: u64,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    first: Packet,
    signature_id: u32,
    title: &'a str,
    source: String,
    target: String,
    severity: u8,
    count: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// The event of an incident.
pub(super) fn incident<'a>(eve: &'a Eve, report: &'a Report) -> Line<'a> {
    let Report {
        state,
        incident,
        into,
    } = report;
    let Incident { id, last, .. } = incident;
    let mut head = Head::alone(eve, "incident", last.time);
    head.in_packet(eve, *last);
    let what = format_args!("{id} {} {}", state.name(), incident.priority);
    Line {
        head,
        ot: Ot {
            common: Common::new(eve, ("incident", 0), *last, what),
            assets: assets(eve, incident),
        },
        incident: Told {
            id,
            state: state.name(),
            into: into.as_deref().filter(|_| *state == State::Merged),
            priority: incident.priority,
            title: &incident.title,
            what: &incident.what,
            plant: &incident.advice.0,
            check: &incident.advice.1,
            first: incident.first.into(),
            last: (*last).into(),
            sources: incident.sources.iter().map(ToString::to_string).collect(),
            targets: incident.targets.iter().map(ToString::to_string).collect(),
            alert_count: incident.count,
            alerts: &incident.alerts,
            techniques: incident
                .techniques
                .iter()
                .map(ToString::to_string)
                .collect(),
            tactics: incident.tactics(),
            timeline: incident.steps.iter().map(entry).collect(),
            alerts_apart: incident.apart,
        },
    }
}

/// What people know of those who acted and of those acted on, by address.
fn assets(eve: &Eve, incident: &Incident) -> BTreeMap<String, Named> {
    let hosts = incident.sources.union(&incident.targets);
    let known = hosts.filter_map(|host| Some((host.to_string(), eve.names.of(*host)?)));
    known.take(ASSETS).collect()
}

fn entry(step: &Step) -> Entry<'_> {
    Entry {
        first: step.stamp.into(),
        signature_id: step.sid,
        title: &step.title,
        source: step.source.to_string(),
        target: step.target.to_string(),
        severity: step.severity,
        count: step.count,
    }
}
