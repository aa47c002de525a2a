//! What passes between zones without a conduit for it.
//!
//! Looks on where the site said what its zones and conduits are; learns nothing.

use super::alert::{Alert, Kind, Scene};
use super::site::{QUIET, SETTLED, Site, is_conversation, is_talk};
use super::waiting::Waiting;
use super::{Detector, Row};
use crate::desk::baseline;
use crate::desk::zones::{Place, Zones};
use crate::facts::{Class, Outcome, Technique};
use crate::sensor::{Event, FlowRecord, OperationRecord, SoFar};
use std::sync::Arc;

static TALK: Kind = Kind {
    sid: 3_950_030,
    name: "no-conduit",
    techniques: &[Technique(886)],
};
static ACT: Kind = Kind {
    sid: 3_950_031,
    name: "conduit-exceeded",
    techniques: &[],
};

pub(super) const ROW: Row = Row {
    name: "conduits",
    kinds: &[&TALK, &ACT],
    start: || Box::new(Conduits::default()),
};

/// Criticality from which on an operation is told beside its conversation.
const CHANGES: u8 = 3;

/// Purdue levels between two zones from which on a conversation is graver: one that skips the
/// level between them.
const FAR: u8 = 2;

/// Most conduits named in one alert.
const NAMED: usize = 4;

/// Holds events against the conduits.
#[derive(Debug, Default)]
struct Conduits {
    talks: Waiting,
}

impl Detector for Conduits {
    fn take(&mut self, event: &Event, site: &mut Site, alerts: &mut Vec<Alert>) {
        let Some(zones) = site.zones() else { return };
        if let Event::Operation(record) | Event::SoFar(SoFar::Again(record)) = event {
            operation(record, &zones, site, alerts);
        }
        let now = site.now();
        self.talks.take(event, now, &mut |flow, over| {
            conversation(flow, over, &zones, site, alerts);
        });
    }
}

fn operation(record: &OperationRecord, zones: &Zones, site: &mut Site, alerts: &mut Vec<Alert>) {
    let (actor, device) = (record.actor.host, record.device.host);
    let (class, protocol) = (record.meaning.class, record.protocol);
    // What a device tells of itself is nobody's act on it.
    let told = class == Class::State || site.is_report(record);
    if told || actor.is_group() || device.is_group() {
        return;
    }
    let tags = record.path.tags;
    let (from, to) = (zones.of(actor, tags), zones.of(device, tags));
    if zones.allows(from, to, protocol, class) {
        return;
    }
    // Its conversation is told already, and what only asks adds nothing to that.
    let criticality = record.meaning.criticality;
    if criticality < CHANGES && !zones.carries(from, to, protocol) {
        return;
    }
    if !site.is_due(
        (ACT.sid, actor, device, protocol, class),
        record.stamp.time,
        QUIET,
    ) {
        return;
    }
    let severity = match criticality {
        5.. => 1,
        3 | 4 => 2,
        _ => 3,
    };
    let refused = u8::from(matches!(record.outcome, Outcome::Refused { .. }));
    let mut alert = Alert::new(&ACT, severity + refused, Scene::of_operation(record))
        .doing(record, record.items.first())
        .with("class", class.name());
    alert.operation = Some(Arc::new(record.clone()));
    alerts.push(crossing(alert, zones, from, to));
}

/// A conversation as it goes on or is over.
fn conversation(
    flow: &FlowRecord,
    over: bool,
    zones: &Zones,
    site: &mut Site,
    alerts: &mut Vec<Alert>,
) {
    if !is_conversation(flow, over) || !is_talk(flow) {
        return;
    }
    let (client, server) = baseline::talk(flow);
    if client.host.is_group() || server.host.is_group() {
        return;
    }
    let tags = Scene::of_flow(flow, (client, server), flow.seen.0).tags;
    let (from, to) = (zones.of(client.host, tags), zones.of(server.host, tags));
    let service = baseline::service(flow, server).to_string();
    if zones.carries(from, to, &service) {
        return;
    }
    let stamp = if over { flow.seen.1 } else { flow.seen.0 };
    let what = (TALK.sid, client.host, server.host, &service);
    if !site.is_due(what, stamp.time, SETTLED) {
        return;
    }
    let grave = flow.industrial || zones.distance(from, to) >= FAR;
    let severity = if grave { 2 } else { 3 };
    let alert = Alert::new(
        &TALK,
        severity,
        Scene::of_flow(flow, (client, server), stamp),
    )
    .with("actor", client.host.to_string())
    .with("device", server.host.to_string())
    .with("service", service);
    alerts.push(crossing(alert, zones, from, to));
}

/// Says between which zones, and what may pass between them.
fn crossing(alert: Alert, zones: &Zones, from: Place, to: Place) -> Alert {
    let allowed: Vec<String> = zones
        .between(from, to)
        .map(|conduit| conduit.says())
        .collect();
    let mut leading: Vec<&str> = zones
        .conduits()
        .iter()
        .filter(|conduit| conduit.to == to)
        .map(|conduit| zones.name(conduit.from))
        .collect();
    leading.dedup();
    let count = leading.len() as u64;
    leading.truncate(NAMED);
    alert
        .with("from", zones.name(from))
        .with("to", zones.name(to))
        .with("conduits", allowed.len() as u64)
        .with("allowed", allowed.join("; "))
        .with("leading", count)
        .with("sources", leading.join(", "))
}
