//! What rules found: how often, how grave, and who was in it.
//!
//! Takes each alert that is told, in packet order; bounded by the number of rules.

use super::written;
use crate::facts::{Host, Time};
use crate::rules::rule::Id;
use crate::sensor::FindingRecord;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most hosts named of one rule; the others are counted.
const HOSTS: usize = 32;

/// All alerts of one rule of one severity.
#[derive(Clone, Debug, Serialize)]
pub struct AlertTotal {
    /// 1 high to 4 information.
    pub severity: u8,
    /// Generator of the rule.
    pub gid: u32,
    /// The rule.
    pub signature_id: u32,
    /// Its message.
    pub signature: String,
    /// Alerts.
    pub count: u64,
    /// Who sent what the rule found; at most 32 of them.
    pub sources: BTreeSet<String>,
    /// To whom; at most 32 of them.
    pub destinations: BTreeSet<String>,
    /// The first packet, by its number.
    pub frame: u64,
    /// Time of the first.
    #[serde(serialize_with = "written::write_time")]
    pub first: Time,
    /// Time of the last.
    #[serde(serialize_with = "written::write_time")]
    pub last: Time,
}

/// Alerts by rule and severity, being added up; as many as there are rules, at most four times.
#[derive(Debug, Default)]
pub(super) struct Alerts(BTreeMap<(u8, Id), Sum>);

#[derive(Debug)]
struct Sum {
    message: Arc<str>,
    count: u64,
    sources: BTreeSet<Host>,
    destinations: BTreeSet<Host>,
    frame: u64,
    first: Time,
    last: Time,
}

impl Alerts {
    /// Adds one alert.
    pub(super) fn add(&mut self, finding: &FindingRecord) {
        let scene = &finding.scene;
        let now = scene.stamp.time;
        let sum = self
            .0
            .entry((finding.severity, finding.id))
            .or_insert_with(|| Sum {
                message: Arc::clone(&finding.message),
                count: 0,
                sources: BTreeSet::new(),
                destinations: BTreeSet::new(),
                frame: scene.stamp.frame,
                first: now,
                last: now,
            });
        sum.count += 1;
        sum.first = sum.first.min(now);
        sum.last = sum.last.max(now);
        for (hosts, host) in [
            (&mut sum.sources, scene.source.host),
            (&mut sum.destinations, scene.destination.host),
        ] {
            if hosts.len() < HOSTS {
                hosts.insert(host);
            }
        }
    }

    /// The gravest first, then the most frequent.
    pub(super) fn into_sorted(self) -> Vec<AlertTotal> {
        let texts = |hosts: BTreeSet<Host>| hosts.iter().map(ToString::to_string).collect();
        let total = |((severity, id), sum): ((u8, Id), Sum)| AlertTotal {
            severity,
            gid: id.gid,
            signature_id: id.sid,
            signature: sum.message.to_string(),
            count: sum.count,
            sources: texts(sum.sources),
            destinations: texts(sum.destinations),
            frame: sum.frame,
            first: sum.first,
            last: sum.last,
        };
        let mut totals: Vec<AlertTotal> = self.0.into_iter().map(total).collect();
        totals.sort_by(|a, b| {
            let key = |t: &AlertTotal| (t.severity, std::cmp::Reverse(t.count));
            key(a)
                .cmp(&key(b))
                .then(a.signature_id.cmp(&b.signature_id))
        });
        totals
    }
}
