//! A broken rule of a protocol, as Suricata's application-layer anomaly.

use super::Eve;
use super::head::{About, Common, Head, ip_protocol};
use crate::sensor::FaultRecord;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    anomaly: Anomaly,
    ot: Ot,
}

/// Suricata's keys.
#[derive(Debug, Serialize)]
struct Anomaly {
    app_proto: &'static str,
    r#type: &'static str,
    event: &'static str,
    layer: &'static str,
}

#[derive(Debug, Serialize)]
struct Ot {
    #[serde(flatten)]
    common: Common,
    doc: &'static str,
    offset: u64,
}

/// The event of a broken rule.
pub(super) fn anomaly<'a>(eve: &'a Eve, record: &FaultRecord) -> Line<'a> {
    let about = About {
        kind: "anomaly",
        flow: record.flow,
        stamp: record.stamp,
        source: record.source,
        destination: record.destination,
        ip_protocol: ip_protocol(&record.path),
        tags: record.path.tags,
        protocol: Some(record.protocol),
    };
    let name = record.fault.name;
    let what = format_args!("{name} {} {}", record.source, record.offset);
    Line {
        head: Head::new(eve, &about),
        anomaly: Anomaly {
            app_proto: record.protocol,
            r#type: "applayer",
            event: name.split_once('.').map_or(name, |(_, event)| event),
            layer: "proto_parser",
        },
        ot: Ot {
            common: Common::new(eve, ("anomaly", record.flow.0), record.stamp, what),
            doc: record.fault.doc,
            offset: record.offset,
        },
    }
}
