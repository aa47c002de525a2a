//! Conversations of the baseline that fell silent.
//!
//! The workers find out (`crate::detect`); told is what the baseline has: a conversation that
//! nobody learned may end when it likes.

use super::alert::{Alert, Kind, Scene};
use super::site::{SETTLED, Site};
use super::{Detector, Row};
use crate::desk::baseline::evidence::Sort;
use crate::facts::Technique;
use crate::flow::Tags;
use crate::sensor::{Event, FlowId, SoFar};
use std::time::Duration;

static SILENT: Kind = Kind {
    sid: 3_950_020,
    name: "silent",
    techniques: &[Technique(804), Technique(814)],
};

pub(super) const ROW: Row = Row {
    name: "silence",
    kinds: &[&SILENT],
    start: || Box::new(Silence),
};

/// Passes on what the workers found.
#[derive(Debug)]
struct Silence;

impl Detector for Silence {
    fn take(&mut self, event: &Event, site: &mut Site, alerts: &mut Vec<Alert>) {
        let Event::SoFar(SoFar::Silent(record)) = event else {
            return;
        };
        let (rhythm, now) = (&record.rhythm, record.now);
        let (actor, device) = (rhythm.actor.host, rhythm.device.host);
        let usual = site.usual(Sort::Reads);
        if !usual.is_some_and(|usual| usual.operates(actor, device, rhythm.protocol)) {
            return;
        }
        let scene = Scene {
            flow: FlowId(0),
            stamp: now,
            source: rhythm.actor,
            destination: rhythm.device,
            ip_protocol: 0,
            tags: Tags::default(),
            protocol: Some(rhythm.protocol),
        };
        if !site.is_due(
            (SILENT.sid, actor, device, rhythm.protocol),
            now.time,
            SETTLED,
        ) {
            return;
        }
        let seconds = |span: Duration| format!("{:.1}", span.as_secs_f64());
        alerts.push(
            Alert::new(&SILENT, 3, scene)
                .with("actor", actor.to_string())
                .with("device", device.to_string())
                .with("protocol", rhythm.protocol)
                .with("pause", seconds(now.time.since(rhythm.last.time)))
                .with("mean", format!("{:.2}", rhythm.mean().as_secs_f64()))
                .with("longest", seconds(rhythm.longest))
                .with("times", rhythm.count)
                .with("frame", rhythm.last.frame.to_string()),
        );
    }
}
