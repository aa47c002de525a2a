//! What rules found: how often, how grave, who was in it, and what the rule says about it.
//!
//! Takes each alert that is told, in packet order; bounded by the number of rules.

use super::who::{Parties, Party};
use super::written;
use crate::desk::detect::{Found, Told};
use crate::desk::outputs::json::is_zero;
use crate::facts::{Host, Outcome, Stamp, Time};
use crate::rules::compile::Engine;
use crate::rules::rule::{Id, Rule};
use crate::sensor::{FindingRecord, OperationRecord};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    /// How many of them were in operations that the device refused.
    #[serde(skip_serializing_if = "is_zero")]
    pub refused: u64,
    /// Who sent what the rule found, and to whom; at most 32 pairs.
    pub pairs: Vec<AlertPair>,
    /// ATT&CK techniques: the rule's or, where it names none, those of the operation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    /// What happened the first time, where a detector found it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub what: String,
    /// What is usual instead, where a detector knows it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub usual: String,
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
    sums: BTreeMap<(u8, Source), Sum>,
}

/// Who found it: a rule, or a detector by the number of what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Rule(Id),
    Detector(u32),
}

#[derive(Debug)]
struct Sum {
    message: Arc<str>,
    count: u64,
    pairs: BTreeSet<(Host, Host)>,
    /// Hosts first: they differ sooner than names do.
    acts: BTreeSet<(Host, Host, &'static str, &'static str)>,
    /// In operations that the device refused.
    refused: u64,
    /// Of the operations: the highest criticality, and what they can serve.
    criticality: u8,
    techniques: BTreeSet<String>,
    id: Id,
    frame: u64,
    first: Time,
    last: Time,
    /// What a detector says of the first: what is usual, what it can do, what to check.
    told: Option<Told>,
}

impl Sum {
    fn new(message: Arc<str>, id: Id, Stamp { time, frame }: Stamp) -> Self {
        Self {
            message,
            count: 0,
            pairs: BTreeSet::new(),
            acts: BTreeSet::new(),
            refused: 0,
            criticality: 0,
            techniques: BTreeSet::new(),
            id,
            frame,
            first: time,
            last: time,
            told: None,
        }
    }

    /// One more between these two.
    fn count(&mut self, now: Time, pair: (Host, Host)) {
        self.count += 1;
        self.first = self.first.min(now);
        self.last = self.last.max(now);
        if self.pairs.len() < PAIRS {
            self.pairs.insert(pair);
        }
    }

    /// It was found in this operation.
    fn act(&mut self, operation: &OperationRecord) {
        let meaning = operation.meaning;
        self.refused += u64::from(matches!(operation.outcome, Outcome::Refused { .. }));
        self.criticality = self.criticality.max(meaning.criticality);
        if self.acts.len() < PAIRS {
            let (actor, device) = (operation.actor.host, operation.device.host);
            let act = (actor, device, operation.protocol, meaning.name);
            if self.acts.insert(act) {
                let techniques = meaning.techniques.iter().map(ToString::to_string);
                self.techniques.extend(techniques);
            }
        }
    }
}

impl Alerts {
    /// Adds one alert.
    pub(super) fn add(&mut self, finding: &FindingRecord) {
        let scene = &finding.scene;
        let key = (finding.severity, Source::Rule(finding.id));
        let new = || Sum::new(Arc::clone(&finding.message), finding.id, scene.stamp);
        let sum = self.sums.entry(key).or_insert_with(new);
        sum.count(
            scene.stamp.time,
            (scene.source.host, scene.destination.host),
        );
        if let Some(operation) = finding.operation.as_deref() {
            sum.act(operation);
        }
    }

    /// Adds one alert of a detector.
    pub(super) fn found(&mut self, found: &Found) {
        let Found { alert, told, .. } = found;
        let (scene, sid) = (&alert.scene, alert.kind.sid);
        let id = Id {
            gid: 1,
            sid,
            rev: 1,
        };
        let key = (alert.severity, Source::Detector(sid));
        let new = || Sum::new(told.title.as_str().into(), id, scene.stamp);
        let sum = self.sums.entry(key).or_insert_with(new);
        sum.count(
            scene.stamp.time,
            (scene.source.host, scene.destination.host),
        );
        if let Some(operation) = alert.operation.as_deref() {
            sum.act(operation);
        }
        let techniques = alert.techniques();
        sum.techniques
            .extend(techniques.iter().map(ToString::to_string));
        sum.told.get_or_insert_with(|| told.clone());
    }

    /// The gravest first, then what can do most, then as they happened.
    pub(super) fn into_sorted(self, parties: &mut Parties<'_>) -> Vec<AlertTotal> {
        let mut sums: Vec<((u8, Source), Sum)> = self.sums.into_iter().collect();
        sums.sort_by_key(|((severity, _), sum)| {
            (
                *severity,
                Reverse(sum.criticality),
                Reverse(sum.count),
                sum.id,
            )
        });
        let rules = self.rules;
        let rules = rules.iter().flat_map(|rules| rules.rules());
        let rules: HashMap<Id, &Rule> = rules.map(|rule| (rule.id, rule)).collect();
        let total = |((severity, source), sum): ((u8, Source), Sum)| {
            let rule = match source {
                Source::Rule(id) => rules.get(&id).copied(),
                Source::Detector(_) => None,
            };
            let told = sum.told.unwrap_or_default();
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
            let acts = sum.acts.into_iter().map(|(actor, device, protocol, name)| {
                (protocol, name, actor.to_string(), device.to_string())
            });
            AlertTotal {
                severity,
                gid: sum.id.gid,
                signature_id: sum.id.sid,
                signature: sum.message.to_string(),
                count: sum.count,
                refused: sum.refused,
                pairs: pairs.collect(),
                techniques: match named.is_empty() {
                    true => sum.techniques.into_iter().collect(),
                    false => named,
                },
                soc: values("soc").join(", "),
                plant: values("plant").join(", ") + &told.plant,
                check: values("check").join(", ") + &told.check,
                what: told.what,
                usual: told.usual,
                frame: sum.frame,
                first: sum.first,
                last: sum.last,
                acts: acts.collect(),
            }
        };
        sums.into_iter().map(total).collect()
    }
}
