//! What a detector found, as Suricata's alert.

use super::Eve;
use super::alert::{Alert, techniques};
use super::head::{About, Common, Ends, Head, event_id};
use super::operation::{Act, act};
use crate::desk::detect::{Found, Scope};
use crate::desk::report::words;
use serde::Serialize;

/// Category of all alerts of detectors.
const CATEGORY: &str = "Deviation from what is usual";

#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    alert: Alert<'a>,
    ot: Ot<'a>,
}

#[derive(Debug, Serialize)]
struct Ot<'a> {
    #[serde(flatten)]
    common: Common,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset: Option<Ends>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    novelty: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Act<'a>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    target: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    title: &'a str,
    what: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    usual: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    grounds: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    plant: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    check: &'a str,
}

/// The name of the event of what a detector found.
#[must_use]
pub fn name(found: &Found) -> String {
    let scene = &found.alert.scene;
    event_id("alert", scene.flow.0, scene.stamp, named(found))
}

/// What names it among the alerts of its flow and packet.
fn named(found: &Found) -> String {
    let (sid, source) = (found.alert.kind.sid, found.alert.scene.source);
    format!("1:{sid} {source} {}", found.told.what)
}

/// The event of what a detector found.
pub(super) fn detected<'a>(eve: &'a Eve, found: &'a Found) -> Line<'a> {
    let Found { alert, title, told } = found;
    let scene = &alert.scene;
    let operation = alert.operation.as_deref();
    let about = About {
        kind: "alert",
        flow: scene.flow,
        stamp: scene.stamp,
        source: scene.source,
        destination: scene.destination,
        ip_protocol: scene.ip_protocol,
        tags: scene.tags,
        protocol: scene.protocol,
    };
    let sid = alert.kind.sid;
    let item = operation.and_then(|operation| operation.items.first());
    let what = named(found);
    Line {
        head: Head::new(eve, &about),
        alert: Alert {
            action: "allowed",
            gid: 1,
            signature_id: sid,
            rev: 1,
            signature: title,
            category: CATEGORY,
            severity: alert.severity,
            source: None,
            target: None,
            metadata: techniques(&alert.techniques()),
        },
        ot: Ot {
            common: Common::new(eve, ("alert", scene.flow.0), scene.stamp, what),
            asset: Ends::of(eve, scene.source, scene.destination),
            kind: alert.kind.name,
            planned: alert.planned.as_deref(),
            novelty: alert.scope.map(Scope::name),
            target: operation
                .map_or_else(String::new, |operation| words::place(operation.unit, item)),
            value: words::values(item),
            result: operation.map(|operation| operation.outcome.name()),
            operation: operation.map(act),
            title: &told.title,
            what: &told.what,
            usual: &told.usual,
            grounds: &told.grounds,
            plant: &told.plant,
            check: &told.check,
        },
    }
}
