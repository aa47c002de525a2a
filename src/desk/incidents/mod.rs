//! Incidents: the alerts of one story as one thing to look at.
//!
//! Takes each alert that is told, of rules and detectors alike, in packet order. An alert joins an
//! incident that goes on and has a host in common with it; what is only worth a note gathers by
//! who does it and never draws others in. Bounded in number and size; what an incident has no
//! room for is counted in it.

mod signal;
#[cfg(test)]
mod tests;

pub use signal::{Late, Said, Signal};

use crate::facts::attack;
use crate::facts::{Host, Stamp, Technique, Time};
use foldhash::fast::FixedState;
use std::cell::LazyCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Most incidents that go on at once. Past it the one that rested longest is closed: a flood of
/// made-up hosts costs the notes it makes, not what goes on beside it.
const OPEN: usize = 256;

/// For how long an incident rests before it is over, and for how long where something that can
/// hurt the plant was done.
const REST: Duration = Duration::from_secs(300);
const LONG: Duration = Duration::from_secs(1_800);

/// An incident that goes on is told as a new one after so long: who comes on shift sees what is
/// happening, and not only that something began in the night.
const SHIFT: Duration = Duration::from_secs(3_600);

/// Criticality of an operation from which on an incident rests long.
const HURTS: u8 = 4;

/// Most hosts, alerts by name, and steps of the timeline kept of one incident.
const HOSTS: usize = 64;
const ALERTS: usize = 64;
const STEPS: usize = 32;

/// The least priority: what is worth a note.
pub const NOTE: u8 = 4;

/// What was done in an incident, by whom, to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The packet of the first time.
    pub stamp: Stamp,
    /// Number of the rule or of what the detector found.
    pub sid: u32,
    /// What it is called.
    pub title: Arc<str>,
    /// Who.
    pub source: Host,
    /// To whom.
    pub target: Host,
    /// How grave, 1 to 4.
    pub severity: u8,
    /// How often.
    pub count: u64,
}

/// A story.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Its name: that of its first alert.
    pub id: Arc<str>,
    /// 1 to 4: P1 something that can hurt the plant succeeded, P2 something that controls it or
    /// changes it, or who looked around changes something, P3 somebody looks around, P4 a note.
    pub priority: u8,
    /// What it is called: as the gravest of its alerts.
    pub title: Arc<str>,
    /// What happened in that one.
    pub what: Arc<str>,
    /// Its packet.
    pub at: Stamp,
    /// What that one can do to the plant, and what to check; empty where nobody says.
    pub advice: (Arc<str>, Arc<str>),
    /// The first packet that decided an alert.
    pub first: Stamp,
    /// The last.
    pub last: Stamp,
    /// Who acted.
    pub sources: BTreeSet<Host>,
    /// On whom.
    pub targets: BTreeSet<Host>,
    /// The names of its first alerts.
    pub alerts: Vec<Arc<str>>,
    /// How many alerts it holds.
    pub count: u64,
    /// What was done, in the order of the first time.
    pub steps: Vec<Step>,
    /// Alerts of kinds that the steps have no room for.
    pub apart: u64,
    /// What it can serve.
    pub techniques: BTreeSet<Technique>,
    /// The gravest severity, and the highest criticality.
    gravest: u8,
    criticality: u8,
    /// Who looked around, and who changed something.
    searchers: BTreeSet<Host>,
    changers: BTreeSet<Host>,
}

/// Why an incident is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It began.
    Open,
    /// It became graver.
    Raised,
    /// It turned out to be the same story as another one, which goes on with its alerts.
    Merged,
    /// It is over.
    Closed,
}

impl State {
    /// As it is written in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Raised => "raised",
            Self::Merged => "merged",
            Self::Closed => "closed",
        }
    }
}

/// An incident as it stands at a packet.
#[derive(Clone, Debug)]
pub struct Report {
    /// Why it is told.
    pub state: State,
    /// The incident.
    pub incident: Incident,
    /// The one that it became part of, where it did.
    pub into: Option<Arc<str>>,
}

/// All incidents that go on.
#[derive(Debug, Default)]
pub struct Incidents {
    /// By the order in which they began.
    open: BTreeMap<u64, Incident>,
    /// How many began.
    begun: u64,
    /// Which of them each host is part of: most alerts touch one of some hundreds.
    of_host: HashMap<Host, Vec<u64>, FixedState>,
    /// None is over up to then.
    due: Time,
}

impl Incidents {
    /// Takes an alert, in packet order: what is to be told of the incident that it belongs to.
    pub fn take(&mut self, signal: &Signal<'_>) -> Vec<Report> {
        let mut reports = self.pass(signal.stamp.time);
        let mine = self.joined_by(signal);
        let Some((first, rest)) = mine.split_first() else {
            if self.open.len() >= OPEN {
                reports.extend(self.close_oldest());
            }
            let incident = Incident::new(signal);
            reports.push(Report {
                state: State::Open,
                incident: incident.clone(),
                into: None,
            });
            self.due = self.due.min(incident.due());
            self.begun += 1;
            enter(&mut self.of_host, self.begun, incident.hosts());
            self.open.insert(self.begun, incident);
            return reports;
        };
        let merged: Vec<Incident> = rest.iter().filter_map(|one| self.leave(*one)).collect();
        let Some(incident) = self.open.get_mut(first) else {
            return reports;
        };
        let before = incident.priority;
        for other in merged {
            reports.push(Report {
                state: State::Merged,
                incident: other.clone(),
                into: Some(Arc::clone(&incident.id)),
            });
            incident.join(other);
            enter(&mut self.of_host, *first, incident.hosts());
        }
        incident.add(signal);
        let ends = [signal.source, signal.target];
        let held = ends.into_iter().filter(|host| incident.holds(*host));
        enter(&mut self.of_host, *first, held);
        if incident.priority < before {
            reports.push(Report {
                state: State::Raised,
                incident: incident.clone(),
                into: None,
            });
        }
        reports
    }

    /// Whether a host acts in an incident that goes on and is as urgent as this.
    #[must_use]
    pub fn is_acting(&self, host: Host, priority: u8) -> bool {
        let of = self.of_host.get(&host).map_or(&[][..], Vec::as_slice);
        let mut mine = of.iter().filter_map(|one| self.open.get(one));
        mine.any(|one| one.priority <= priority && one.sources.contains(&host))
    }

    /// The incidents that an alert is part of, in the order in which they began.
    fn joined_by(&self, signal: &Signal<'_>) -> Vec<u64> {
        let of = |host| self.of_host.get(host).map_or(&[][..], Vec::as_slice);
        let mut mine: Vec<u64> = of(&signal.source)
            .iter()
            .chain(of(&signal.target))
            .filter(|one| {
                let incident = self.open.get(one);
                incident.is_some_and(|incident| incident.is_joined_by(signal))
            })
            .copied()
            .collect();
        mine.sort_unstable();
        mine.dedup();
        mine
    }

    /// An incident goes on no more.
    fn leave(&mut self, number: u64) -> Option<Incident> {
        let incident = self.open.remove(&number)?;
        for host in incident.hosts() {
            if let Entry::Occupied(mut known) = self.of_host.entry(host) {
                known.get_mut().retain(|known| *known != number);
                if known.get().is_empty() {
                    known.remove();
                }
            }
        }
        Some(incident)
    }

    /// Packet time went on: the incidents that are over.
    pub fn pass(&mut self, now: Time) -> Vec<Report> {
        if now <= self.due {
            return Vec::new();
        }
        let over = self.open.iter().filter(|(_, one)| now > one.due());
        let over: Vec<u64> = over.map(|(number, _)| *number).collect();
        let over = over.into_iter().filter_map(|one| self.leave(one)).collect();
        // Those that go on are looked at again when the next of them may be over.
        let next = self.open.values().map(Incident::due).min();
        self.due = next.unwrap_or(now);
        closed(over)
    }

    /// The capture ended: all are over.
    pub fn finish(&mut self) -> Vec<Report> {
        self.of_host.clear();
        closed(std::mem::take(&mut self.open).into_values().collect())
    }

    fn close_oldest(&mut self) -> Vec<Report> {
        let rested = self.open.iter();
        let oldest = rested.min_by_key(|(_, one)| (one.priority < NOTE, one.last));
        let oldest = oldest.map(|(number, _)| *number);
        closed(oldest.and_then(|one| self.leave(one)).into_iter().collect())
    }
}

/// These hosts are part of an incident.
fn enter(
    of_host: &mut HashMap<Host, Vec<u64>, FixedState>,
    number: u64,
    hosts: impl Iterator<Item = Host>,
) {
    for host in hosts {
        let known = of_host.entry(host).or_default();
        if !known.contains(&number) {
            known.push(number);
        }
    }
}

fn closed(incidents: Vec<Incident>) -> Vec<Report> {
    let closed = |incident| Report {
        state: State::Closed,
        incident,
        into: None,
    };
    incidents.into_iter().map(closed).collect()
}

impl Incident {
    fn new(signal: &Signal<'_>) -> Self {
        let mut incident = Self {
            id: Arc::clone(LazyCell::force(&signal.id)),
            priority: signal.priority,
            title: Arc::clone(&signal.title),
            what: Arc::clone(&signal.said.what),
            at: signal.stamp,
            advice: signal.said.advice.clone(),
            first: signal.stamp,
            last: signal.stamp,
            sources: BTreeSet::new(),
            targets: BTreeSet::new(),
            alerts: Vec::new(),
            count: 0,
            steps: Vec::new(),
            apart: 0,
            techniques: BTreeSet::new(),
            gravest: signal.severity,
            criticality: 0,
            searchers: BTreeSet::new(),
            changers: BTreeSet::new(),
        };
        incident.add(signal);
        incident
    }

    /// Whether an alert is part of this story. Notes gather by who makes them; what is graver
    /// has a host in common with what it belongs to, be it who acted or on whom.
    fn is_joined_by(&self, signal: &Signal<'_>) -> bool {
        let (source, target) = (&signal.source, &signal.target);
        if self.priority >= NOTE || signal.priority >= NOTE {
            return self.sources.contains(source);
        }
        let touches = |hosts: &BTreeSet<Host>| {
            hosts.contains(source) || !target.is_group() && hosts.contains(target)
        };
        touches(&self.sources) || touches(&self.targets)
    }

    fn add(&mut self, signal: &Signal<'_>) {
        if signal.priority < self.priority
            || (signal.priority, signal.severity) < (self.priority, self.gravest)
        {
            self.title = Arc::clone(&signal.title);
            self.what = Arc::clone(&signal.said.what);
            self.at = signal.stamp;
            self.advice = signal.said.advice.clone();
        }
        self.priority = self.priority.min(signal.priority);
        self.gravest = self.gravest.min(signal.severity);
        self.criticality = self.criticality.max(signal.criticality);
        // What takes a while to be decided is told late.
        self.first = self.first.min(signal.stamp);
        self.last = self.last.max(signal.stamp);
        self.count += 1;
        if signal.searches() && self.searchers.len() < HOSTS {
            self.searchers.insert(signal.source);
        }
        if signal.changes() && self.changers.len() < HOSTS {
            self.changers.insert(signal.source);
        }
        self.advance();
        if self.sources.len() < HOSTS {
            self.sources.insert(signal.source);
        }
        // Who only appears acts on nobody.
        if self.targets.len() < HOSTS && signal.target != signal.source {
            self.targets.insert(signal.target);
        }
        if self.alerts.len() < ALERTS {
            self.alerts.push(Arc::clone(LazyCell::force(&signal.id)));
        }
        self.techniques.extend(&signal.techniques);
        self.step(Step {
            stamp: signal.stamp,
            sid: signal.sid,
            title: Arc::clone(&signal.title),
            source: signal.source,
            target: signal.target,
            severity: signal.severity,
            count: 1,
        });
    }

    /// A story of several tactics: who looked around changes something.
    fn advance(&mut self) {
        if !self.searchers.is_disjoint(&self.changers) {
            self.priority = self.priority.min(2);
        }
    }

    fn step(&mut self, step: Step) {
        let same = |known: &Step| {
            (known.sid, known.source, known.target) == (step.sid, step.source, step.target)
        };
        if let Some(known) = self.steps.iter_mut().find(|known| same(known)) {
            known.count += step.count;
            known.severity = known.severity.min(step.severity);
            known.stamp = known.stamp.min(step.stamp);
        } else if self.steps.len() < STEPS {
            self.steps.push(step);
        } else {
            self.apart += step.count;
        }
        self.steps.sort_by_key(|step| step.stamp);
    }

    /// Another one turned out to be the same story.
    fn join(&mut self, other: Self) {
        if (other.priority, other.gravest) < (self.priority, self.gravest) {
            (self.title, self.what, self.advice) = (other.title, other.what, other.advice);
            self.at = other.at;
        }
        self.priority = self.priority.min(other.priority);
        self.gravest = self.gravest.min(other.gravest);
        self.criticality = self.criticality.max(other.criticality);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count += other.count;
        self.apart += other.apart;
        for (mine, theirs) in [
            (&mut self.sources, other.sources),
            (&mut self.searchers, other.searchers),
            (&mut self.changers, other.changers),
            (&mut self.targets, other.targets),
        ] {
            let room = HOSTS.saturating_sub(mine.len());
            mine.extend(theirs.into_iter().take(room));
        }
        let room = ALERTS.saturating_sub(self.alerts.len());
        self.alerts.extend(other.alerts.into_iter().take(room));
        self.techniques.extend(other.techniques);
        other.steps.into_iter().for_each(|step| self.step(step));
        self.advance();
    }

    /// All its hosts; who acts and is acted on comes twice.
    fn hosts(&self) -> impl Iterator<Item = Host> {
        self.sources.iter().chain(&self.targets).copied()
    }

    fn holds(&self, host: Host) -> bool {
        self.sources.contains(&host) || self.targets.contains(&host)
    }

    /// It is over after this.
    fn due(&self) -> Time {
        let rested = self.last.time.plus(self.rest());
        rested.min(self.first.time.plus(SHIFT))
    }

    const fn rest(&self) -> Duration {
        if self.criticality >= HURTS {
            LONG
        } else {
            REST
        }
    }

    /// The tactics that its techniques serve, by their names, in the order of the matrix.
    #[must_use]
    pub fn tactics(&self) -> Vec<&'static str> {
        let entries = self
            .techniques
            .iter()
            .filter_map(|technique| attack::technique(&technique.to_string()));
        let tactics = entries.flat_map(|entry| entry.tactics);
        let named: BTreeMap<&str, &str> = tactics.map(|tactic| (tactic.id, tactic.name)).collect();
        named.into_values().collect()
    }
}
