//! What the baseline does not have: hosts, conversations, operations, addresses, values.
//!
//! Silent while the baseline is learned, and where there is none. What is new for one station and
//! usual for others is less grave than what nobody does.

use super::alert::{Alert, Blank, Kind, Scene, Scope};
use super::site::{QUIET, SETTLED, Site, is_answered, is_conversation, is_talk, scope, severity};
use super::waiting::Waiting;
use super::weigh::Ground;
use super::{Detector, Row};
use crate::desk::baseline::evidence::{CHANGES, Sort};
use crate::desk::baseline::{self, Act, Baseline, Entry, Habit, Place, Talk, Usual, points};
use crate::facts::{Class, Host, Side, Technique, Time};
use crate::sensor::{Event, FlowId, FlowRecord, OperationRecord, OwnedItem, PropertyRecord, SoFar};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is only worth a note.
const NOTE: u8 = 4;

/// Most stations named in one alert.
const NAMED: usize = 3;

static HOST: Kind = Kind {
    sid: 3_950_001,
    name: "new-host",
    techniques: &[Technique(848), Technique(864)],
};
static TALK: Kind = Kind {
    sid: 3_950_002,
    name: "new-conversation",
    techniques: &[Technique(886)],
};
static STATION: Kind = Kind {
    sid: 3_950_010,
    name: "new-station",
    techniques: &[Technique(848)],
};
static READER: Kind = Kind {
    sid: 3_950_016,
    name: "new-reader",
    techniques: &[Technique(848), Technique(861)],
};
static ACT: Kind = Kind {
    sid: 3_950_011,
    name: "new-operation",
    techniques: &[],
};
static PLACE: Kind = Kind {
    sid: 3_950_012,
    name: "new-place",
    techniques: &[],
};
static VALUE: Kind = Kind {
    sid: 3_950_013,
    name: "new-value",
    techniques: &[],
};
static FORBIDDEN: Kind = Kind {
    sid: 3_950_014,
    name: "forbidden",
    techniques: &[],
};

static REPORT: Kind = Kind {
    sid: 3_950_015,
    name: "new-report",
    techniques: &[Technique(848)],
};

static FORBIDDEN_TALK: Kind = Kind {
    sid: 3_950_017,
    name: "forbidden-conversation",
    techniques: &[Technique(886)],
};
static FORBIDDEN_HOST: Kind = Kind {
    sid: 3_950_018,
    name: "forbidden-host",
    techniques: &[Technique(848)],
};

pub(super) const ROW: Row = Row {
    name: "novelty",
    kinds: &[
        &HOST,
        &TALK,
        &STATION,
        &ACT,
        &PLACE,
        &VALUE,
        &FORBIDDEN,
        &REPORT,
        &READER,
        &FORBIDDEN_TALK,
        &FORBIDDEN_HOST,
    ],
    start: || Box::new(Novelty::default()),
};

/// Holds events against the baseline.
#[derive(Debug, Default)]
struct Novelty {
    talks: Waiting,
}

impl Detector for Novelty {
    fn take(&mut self, event: &Event, site: &mut Site, alerts: &mut Vec<Alert>) {
        if Sort::ALL.into_iter().all(|sort| site.usual(sort).is_none()) {
            return;
        }
        match event {
            Event::Operation(record) | Event::SoFar(SoFar::Again(record)) => {
                operation(record, site, alerts);
            }
            Event::Property(record) => property(record, site, alerts),
            _ => {}
        }
        let now = site.now();
        self.talks.take(event, now, &mut |flow, over| {
            conversation(flow, over, site, alerts);
        });
    }
}

fn operation(record: &OperationRecord, site: &mut Site, alerts: &mut Vec<Alert>) {
    let sort = Sort::of(record.meaning.criticality);
    let Some(baseline) = site.usual(sort) else {
        return;
    };
    let act = baseline::act(record);
    let now = record.stamp.time;
    // What a device tells of itself is nobody's act on it.
    if record.meaning.class == Class::State || site.is_report(record) {
        let (device, station) = (act.actor, act.device);
        let from = baseline.acts_of(device, station);
        let strange = from
            .chain(baseline.acts_of(station, device))
            .next()
            .is_none();
        if strange && site.is_due((REPORT.sid, device, station), now, QUIET) {
            alerts.push(about(&REPORT, Scope::Station, record, None));
        }
        return;
    }
    let found = match baseline.acts.get(&act) {
        Some(entry) if entry.word.forbidden => Some(forbidden(record, entry)),
        Some(entry) if entry.word.allows(now) => deviates(record, entry),
        entry => {
            let doubted = entry.is_some_and(|entry| entry.word.doubt.is_some());
            let (alert, what) = unusual(record, &act, site, baseline);
            Some((alert.doubted(doubted), what))
        }
    };
    let Some((mut alert, what)) = found else {
        return;
    };
    if site.is_anew(record) && alert.kind.sid != FORBIDDEN.sid {
        alert.severity = NOTE;
        alert.grounds.push(Ground::Anew);
    }
    let newcomer = matches!(alert.scope, Some(Scope::Station | Scope::Site));
    let due = if newcomer && record.meaning.criticality < CHANGES {
        // Told once of a station on a device, whatever it reads there.
        let pair = (act.actor, act.device, act.protocol);
        site.is_due((alert.kind.sid, pair), now, QUIET)
    } else {
        site.is_due((alert.kind.sid, act, what), now, QUIET)
    };
    if due {
        alerts.push(alert);
    }
}

/// Whether an operation is as usual: known, allowed, at a usual place with a usual value.
pub(super) fn is_usual(record: &OperationRecord, baseline: &Baseline) -> bool {
    let entry = baseline.acts.get(&baseline::act(record));
    entry.is_some_and(|entry| {
        // What had no room to be told apart may be anything.
        let apart = !record.merged;
        apart && entry.word.allows(record.stamp.time) && deviates(record, entry).is_none()
    })
}

/// What an alert is told once of, beside its act.
type What = Option<(Place, u64, u64)>;

/// The alert of an operation, with what is said of each of them.
fn about(
    kind: &'static Kind,
    scope: Scope,
    record: &OperationRecord,
    item: Option<&OwnedItem>,
) -> Alert {
    let severity = severity(record, scope);
    let item = item.or(record.items.first());
    let mut alert = Alert::new(kind, severity, Scene::of_operation(record)).doing(record, item);
    alert.scope = Some(scope);
    alert.operation = Some(Arc::new(record.clone()));
    alert
}

/// An operation that the baseline does not have.
fn unusual(record: &OperationRecord, act: &Act, site: &Site, baseline: &Baseline) -> (Alert, What) {
    let scope = scope(site, baseline, act);
    let since = baseline.span.map_or(Time::ZERO, |(first, _)| first);
    let item = record.items.first();
    let what = item.map(|item| {
        let (first, last) = item.range.unwrap_or_default();
        (place(item), first, last)
    });
    if scope == Scope::Act {
        let own = baseline.acts_of(act.actor, act.device);
        let does: BTreeSet<&str> = own.map(|(known, _)| &*known.operation).collect();
        let alert = about(&ACT, scope, record, None)
            .with("does", some(does.into_iter().map(str::to_owned)))
            .among(site.index().doers(act.device, &act.operation))
            .with("since", since);
        return (alert, what);
    }
    let reads = record.meaning.class == Class::Read && record.meaning.criticality < CHANGES;
    let kind = if reads { &READER } else { &STATION };
    let alert = about(kind, scope, record, None)
        .among(site.index().workers(act.device, &act.protocol))
        .with("since", since);
    (alert, what)
}

/// Where an item is.
fn place(item: &OwnedItem) -> Place {
    Place {
        space: item.space.into(),
        area: item.area,
    }
}

/// The first few of several names.
fn some(names: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = names.collect();
    let shown = all.get(..NAMED.min(all.len())).unwrap_or_default();
    let rest = all.len() - shown.len();
    let more = if rest > 0 {
        format!(", +{rest}")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

fn forbidden(record: &OperationRecord, entry: &Entry<Habit>) -> (Alert, What) {
    let mut alert = about(&FORBIDDEN, Scope::Site, record, None).said(&entry.word);
    alert.severity = alert.severity.min(2);
    (alert, None)
}

/// A usual operation at an unusual place, or with an unusual value.
fn deviates(record: &OperationRecord, entry: &Entry<Habit>) -> Option<(Alert, What)> {
    let habit = &entry.more;
    if habit.open || record.merged {
        return None;
    }
    let usual = |alert: Alert| {
        alert
            .with("times", entry.seen.count)
            .with("since", entry.seen.first)
    };
    for item in &record.items {
        let place = place(item);
        let name = String::from_utf8_lossy(&item.name);
        let known = habit.places.get(&place);
        let is_new = match item.range {
            Some((first, last)) => known.is_none_or(|spans| !spans.holds(first, last)),
            None => !name.is_empty() && !habit.names.contains(&*name),
        };
        if is_new {
            let (first, last) = item.range.unwrap_or_default();
            let nearest = known.and_then(|spans| spans.nearest(first));
            let nearest = nearest.map_or_else(
                || "-".to_owned(),
                |(from, to)| match from == to {
                    true => from.to_string(),
                    false => format!("{from}-{to}"),
                },
            );
            let mut alert =
                about(&PLACE, Scope::Place, record, Some(item)).with("nearest", nearest);
            if !habit.is_settled(entry.seen.count) {
                alert.severity = NOTE;
                alert.grounds.push(Ground::Unsettled);
            }
            return Some((usual(alert), Some((place, first, last))));
        }
        for ((place, address), value) in points(item) {
            let Some(known) = habit.values.get(&(place.clone(), address)) else {
                continue;
            };
            if !known.holds(&value) {
                let alert = about(&VALUE, Scope::Value, record, Some(item))
                    .with("new", value)
                    .with("usual", told(known));
                return Some((usual(alert), Some((place, address, address))));
            }
        }
    }
    None
}

/// Usual values for people.
fn told(usual: &Usual) -> String {
    match usual {
        Usual::Set(values) => some(values.iter().map(ToString::to_string)),
        Usual::Range(least, most) => format!("{least} - {most}"),
        Usual::Any => "-".to_owned(),
    }
}

fn conversation(flow: &FlowRecord, over: bool, site: &mut Site, alerts: &mut Vec<Alert>) {
    if !is_conversation(flow, over) {
        return;
    }
    // One in an unknown protocol that began while one learned would have been learned at its end.
    let since = site.armed_since(Sort::Talks).unwrap_or(Time::ZERO);
    if flow.protocol.is_none() && flow.seen.0.time < since {
        return;
    }
    let (client, server) = baseline::talk(flow);
    let stamp = if over {
        flow.seen.1
    } else {
        flow.seen.0.max(latest(flow))
    };
    if is_answered(flow) && is_talk(flow) {
        for end in [client, server] {
            let other = if end == client { server } else { client };
            host(
                end.host,
                Scene::of_flow(flow, (end, other), stamp),
                site,
                alerts,
            );
        }
    }
    let Some(baseline) = site.usual(Sort::Talks) else {
        return;
    };
    if !is_talk(flow) {
        return;
    }
    let talk = Talk {
        client: client.host,
        server: server.host,
        service: baseline::service(flow, server),
    };
    let entry = baseline.talks.get(&talk);
    if entry.is_some_and(|entry| entry.word.allows(stamp.time)) {
        return;
    }
    if let Some(word) = entry.map(|entry| &entry.word).filter(|word| word.forbidden) {
        let scene = Scene::of_flow(flow, (client, server), stamp);
        let alert = Alert::new(&FORBIDDEN_TALK, 2, scene)
            .with("actor", talk.client.to_string())
            .with("device", talk.server.to_string())
            .with("service", talk.service.to_string())
            .said(word);
        if site.is_due((FORBIDDEN_TALK.sid, &talk), stamp.time, QUIET) {
            alerts.push(alert);
        }
        return;
    }
    let doubted = entry.is_some_and(|entry| entry.word.doubt.is_some());
    let since = baseline.span.map_or(Time::ZERO, |(first, _)| first);
    // Devices that are operated on have nothing else to tell each other.
    let devices = site.is_served(talk.client) && site.is_served(talk.server) && !flow.industrial;
    let grave = devices || site.is_served(talk.server) && site.index().knows_talks();
    if !site.is_due((TALK.sid, &talk), stamp.time, SETTLED) {
        return;
    }
    let severity = if grave { 3 } else { 4 };
    let alert = Alert::new(
        &TALK,
        severity,
        Scene::of_flow(flow, (client, server), stamp),
    )
    .with("actor", talk.client.to_string())
    .with("device", talk.server.to_string())
    .with("service", talk.service.to_string())
    .among(site.index().clients(talk.server, &talk.service))
    .with("since", since)
    .doubted(doubted);
    alerts.push(alert);
}

/// The first packet of the end that spoke last.
fn latest(flow: &FlowRecord) -> crate::facts::Stamp {
    let ends = [Side::Low, Side::High].map(|side| side.of(&flow.ends).seen);
    let firsts = ends.into_iter().flatten().map(|(first, _)| first);
    firsts.max().unwrap_or(flow.seen.0)
}

fn property(record: &PropertyRecord, site: &mut Site, alerts: &mut Vec<Alert>) {
    use crate::facts::{Endpoint, Property};
    if !matches!(record.property, Property::Mac | Property::Ip) {
        return;
    }
    let end = Endpoint {
        host: record.host,
        port: 0,
    };
    let scene = Scene {
        flow: FlowId(0),
        stamp: record.stamp,
        source: end,
        destination: end,
        ip_protocol: 0,
        tags: crate::flow::Tags::default(),
        protocol: Some(record.protocol),
    };
    host(record.host, scene, site, alerts);
}

/// A host that the baseline does not have.
fn host(host: Host, scene: Scene, site: &mut Site, alerts: &mut Vec<Alert>) {
    let Some(baseline) = site.usual(Sort::Hosts) else {
        return;
    };
    let entry = baseline.hosts.get(&host);
    let now = scene.stamp.time;
    if host.is_group() || entry.is_some_and(|entry| entry.word.allows(now)) {
        return;
    }
    if let Some(word) = entry.map(|entry| &entry.word).filter(|word| word.forbidden) {
        let alert = Alert::new(&FORBIDDEN_HOST, 2, scene)
            .with("actor", host.to_string())
            .said(word);
        if site.is_due((FORBIDDEN_HOST.sid, host), now, QUIET) {
            alerts.push(alert);
        }
        return;
    }
    let doubted = entry.is_some_and(|entry| entry.word.doubt.is_some());
    let (known, since) = (baseline.hosts.len() as u64, baseline.span);
    if !site.is_due((HOST.sid, host), scene.stamp.time, SETTLED) {
        return;
    }
    let index = site.index();
    let grave = index.is_near_plant(host) && index.knows_hosts();
    let severity = if grave { 3 } else { 4 };
    let alert = Alert::new(&HOST, severity, scene)
        .with("actor", host.to_string())
        .with("known", known)
        .with("protocol", Blank::from(scene.protocol.unwrap_or("-")))
        .with("since", since.map_or(Time::ZERO, |(first, _)| first))
        .doubted(doubted);
    alerts.push(alert);
}
