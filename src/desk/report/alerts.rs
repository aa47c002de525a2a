//! What rules found: how often, how grave, who was in it, and what the rule says about it.
//!
//! Takes each alert that is told, in packet order; bounded by the number of rules.

use super::who::{Parties, Party};
use super::written;
use crate::facts::{Host, Time};
use crate::rules::compile::Engine;
use crate::rules::rule::Id;
use crate::sensor::FindingRecord;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most pairs of hosts named of one rule, and most operations.
const PAIRS: usize = 32;

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
    /// Who sent what the rule found, and to whom; at most 32 pairs.
    pub pairs: Vec<AlertPair>,
    /// ATT&CK techniques: the rule's or, where it names none, those of the operation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    /// What it means for who watches the network, where the rule says so.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub soc: String,
    /// What it can do to the plant, where the rule says so.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub plant: String,
    /// What to check, where the rule says so.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub check: String,
    /// The first packet, by its number.
    pub frame: u64,
    /// Time of the first.
    #[serde(serialize_with = "written::write_time")]
    pub first: Time,
    /// Time of the last.
    #[serde(serialize_with = "written::write_time")]
    pub last: Time,
    /// The operations that it was found in; at most 32.
    #[serde(skip)]
    pub(super) acts: BTreeSet<ActName>,
}

/// Who sent what a rule found, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertPair {
    /// Who.
    pub source: Arc<Party>,
    /// To whom.
    pub destination: Arc<Party>,
}

/// Names one of the summary's operations: protocol, operation, actor, device.
pub(super) type ActName = (&'static str, &'static str, String, String);

/// Alerts by rule and severity, being added up; as many as there are rules, at most four times.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    /// The rules that look on; none where nothing does.
    pub(super) rules: Option<Arc<Engine>>,
    sums: BTreeMap<(u8, u32), Sum>,
}

#[derive(Debug)]
struct Sum {
    message: Arc<str>,
    count: u64,
    pairs: BTreeSet<(Host, Host)>,
    acts: BTreeSet<(&'static str, &'static str, Host, Host)>,
    /// Of the operations: the highest criticality, and what they can serve.
    criticality: u8,
    techniques: BTreeSet<String>,
    id: Id,
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
            .sums
            .entry((finding.severity, finding.rule))
            .or_insert_with(|| Sum {
                message: Arc::clone(&finding.message),
                count: 0,
                pairs: BTreeSet::new(),
                acts: BTreeSet::new(),
                criticality: 0,
                techniques: BTreeSet::new(),
                id: finding.id,
                frame: scene.stamp.frame,
                first: now,
                last: now,
            });
        sum.count += 1;
        sum.first = sum.first.min(now);
        sum.last = sum.last.max(now);
        if sum.pairs.len() < PAIRS {
            let pair = (scene.source.host, scene.destination.host);
            sum.pairs.insert(pair);
        }
        let Some(operation) = finding.operation.as_deref() else {
            return;
        };
        let meaning = operation.meaning;
        sum.criticality = sum.criticality.max(meaning.criticality);
        if sum.acts.len() < PAIRS {
            let (actor, device) = (operation.actor.host, operation.device.host);
            let act = (operation.protocol, meaning.name, actor, device);
            if sum.acts.insert(act) {
                let techniques = meaning.techniques.iter().map(ToString::to_string);
                sum.techniques.extend(techniques);
            }
        }
    }

    /// The gravest first, then what can do most, then as they happened.
    pub(super) fn into_sorted(self, parties: &mut Parties<'_>) -> Vec<AlertTotal> {
        let mut sums: Vec<((u8, u32), Sum)> = self.sums.into_iter().collect();
        sums.sort_by_key(|((severity, _), sum)| {
            (
                *severity,
                Reverse(sum.criticality),
                Reverse(sum.count),
                sum.id,
            )
        });
        let rules = self.rules;
        let total = |((severity, place), sum): ((u8, u32), Sum)| {
            let rule = rules.as_ref().and_then(|rules| rules.rule(place));
            let values = |key| -> Vec<String> {
                let values = rule.into_iter().flat_map(|rule| rule.values(key));
                values.map(str::to_owned).collect()
            };
            let named = values("mitre_technique_id");
            let pairs = sum
                .pairs
                .into_iter()
                .map(|(source, destination)| AlertPair {
                    source: parties.of(source),
                    destination: parties.of(destination),
                });
            let acts = sum.acts.into_iter().map(|(protocol, name, actor, device)| {
                (protocol, name, actor.to_string(), device.to_string())
            });
            AlertTotal {
                severity,
                gid: sum.id.gid,
                signature_id: sum.id.sid,
                signature: sum.message.to_string(),
                count: sum.count,
                pairs: pairs.collect(),
                techniques: match named.is_empty() {
                    true => sum.techniques.into_iter().collect(),
                    false => named,
                },
                soc: values("soc").join(", "),
                plant: values("plant").join(", "),
                check: values("check").join(", "),
                frame: sum.frame,
                first: sum.first,
                last: sum.last,
                acts: acts.collect(),
            }
        };
        sums.into_iter().map(total).collect()
    }
}
