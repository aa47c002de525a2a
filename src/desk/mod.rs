//! The cold side: takes the workers' events in packet order and makes of them what people and
//! other machines read.
//!
//! Runs at human speed, once an event. Knows the sensor only through its hand-off.

pub mod advisories;
pub mod alerts;
pub mod audit;
pub mod baseline;
pub mod capsules;
pub mod detect;
pub mod doctor;
pub mod incidents;
pub mod inventory;
pub mod names;
pub mod outputs;
pub mod programs;
pub mod report;
pub mod secrets;
pub mod site;
pub mod snapshot;
pub mod store;
pub mod triage;
pub mod trials;
pub mod windows;
pub mod zones;

use crate::facts::{Host, Time};
use crate::rules::compile::Engine;
use crate::rules::rule::AssetWord;
use crate::sensor::{Event, FindingRecord, OperationRecord};
use alerts::Alerts;
use baseline::Baseline;
use baseline::evidence::Sort;
use detect::{Alert, Detectors, Found};
use incidents::{Incidents, Report, Signal};
use inventory::Inventory;
use names::Naming;
use programs::Programs;
use report::Picture;
use site::Importance;
use std::sync::Arc;
use triage::Mutes;
use windows::{Planned, Windows};

/// What sits at the desk and takes events.
#[derive(Debug, Default)]
pub struct Desk {
    /// What the capture shows as a whole.
    pub picture: Picture,
    /// Which devices are there, and how we know.
    pub inventory: Inventory,
    /// Who is who in what is told, where people gave a list of their devices.
    pub naming: Option<Naming>,
    /// Which matches of rules are told; none without rules.
    pub alerts: Option<Alerts>,
    /// What looks on beside the rules.
    pub detectors: Option<Detectors>,
    /// What learns from all that is seen and tells nothing, where somebody asked for it.
    pub learner: Option<Detectors>,
    /// What puts programs together, where somebody asked for it.
    pub programs: Option<Programs>,
    /// The stories that alerts make.
    pub incidents: Incidents,
    /// What the desk found out itself, for whoever tells it further.
    pub news: Vec<News>,
    /// Passwords and the like stay readable in what is told.
    pub shows_secrets: bool,
    /// What is planned, and what of it was seen, where people gave windows of planned work.
    pub planned: Option<Planned>,
    /// What people have muted: no incident is made of it.
    pub mutes: Mutes,
}

/// What the desk finds out itself.
#[derive(Debug)]
pub enum News {
    /// A detector found something.
    Alert(Box<Found>),
    /// An incident began, became graver, or is over.
    Incident(Box<Report>),
}

/// Criticality from which on an operation commands the plant: rules tell of it however usual.
const CONTROLS: u8 = 4;

/// Incidents so urgent keep what their actors do from being learned.
const URGENT: u8 = 2;

impl Desk {
    /// Takes one event, in packet order: whether it is to be told further. What is found out
    /// with it, and told after it, is added to the news.
    pub fn take(&mut self, event: &mut Event) -> bool {
        // Few findings are told; only those are masked.
        if !self.shows_secrets && !matches!(event, Event::Finding(_)) {
            secrets::mask(event);
        }
        if let Some(programs) = &mut self.programs {
            programs.take(event);
        }
        if let Some(naming) = &mut self.naming {
            naming.take(event);
        }
        if let Some(planned) = &mut self.planned {
            planned.take(event);
        }
        let troubled = self.is_troubled(event);
        let alerts = self.detectors.as_mut().map(|all| all.take(event, troubled));
        for alert in alerts.into_iter().flatten() {
            self.found(alert);
        }
        if let Some(learner) = &mut self.learner {
            learner.take(event, false);
        }
        let alerts = self.alerts.as_mut();
        let told = alerts.is_none_or(|alerts| alerts.take(event));
        match event {
            // What goes on is for those who ask for it; the others hear of it when it is over.
            Event::SoFar(_) | Event::Piece(_) => return false,
            Event::Tick(now) => {
                let reports = self.incidents.pass(now.time);
                self.report(reports);
                return false;
            }
            _ if !told => return false,
            Event::Finding(record) if self.knows_better(record) => return false,
            Event::Finding(record) => {
                if !self.shows_secrets {
                    secrets::mask_finding(record);
                }
                self.finding(record);
            }
            _ => {}
        }
        self.picture.take(event);
        self.inventory.take(event);
        true
    }

    /// Planned work is in these windows from now on; what of them was seen is counted anew.
    pub fn plan(&mut self, windows: Option<Arc<Windows>>) {
        if let Some(detectors) = &mut self.detectors {
            detectors.plan(windows.clone());
        }
        self.planned = windows.map(Planned::new);
    }

    /// Findings are of these rules from now on.
    pub fn renew(&mut self, engine: &Arc<Engine>) {
        self.picture.renew(engine);
        match &mut self.alerts {
            Some(alerts) => alerts.renew(engine),
            none => {
                let zones = self.detectors.as_ref().and_then(Detectors::zones);
                *none = Some(Alerts::new(engine).with_zones(zones));
            }
        }
    }

    /// The capture ended: what still goes on is over.
    pub fn finish(&mut self) {
        let reports = self.incidents.finish();
        self.report(reports);
        self.picture
            .planned(self.planned.take().map(Planned::finish));
    }

    /// Whether a rule calls a station new on a device that the baseline has there.
    fn knows_better(&self, record: &FindingRecord) -> bool {
        let engine = self.alerts.as_ref().map(Alerts::engine);
        let rule = engine.and_then(|engine| engine.rule(record.rule));
        let mut tests = rule.into_iter().flat_map(|rule| &rule.assets);
        let newcomer = tests.any(|test| matches!(test.what, AssetWord::NewActor(_)));
        let operation = record.operation.as_deref();
        newcomer
            && operation
                .and_then(|operation| Some((self.usual(operation)?, operation)))
                .is_some_and(|(usual, operation)| {
                    let (actor, device) = (operation.actor.host, operation.device.host);
                    usual.operates(actor, device, operation.protocol)
                })
    }

    /// What is usual of operations like this one, where that is known.
    fn usual(&self, operation: &OperationRecord) -> Option<&Baseline> {
        let detectors = self.detectors.as_ref()?;
        detectors.usual(Sort::of(operation.meaning.criticality))
    }

    /// Whether an operation is of who acts in an urgent incident: it is not learned.
    fn is_troubled(&self, event: &Event) -> bool {
        let learning = self.detectors.as_ref().is_some_and(Detectors::is_learning);
        match event {
            Event::Operation(record) if learning => {
                self.incidents.is_acting(record.actor.host, URGENT)
            }
            _ => false,
        }
    }

    /// A detector found something.
    fn found(&mut self, mut alert: Alert) {
        if let Some(planned) = &mut self.planned {
            planned.mark(&mut alert);
        }
        let scene = &alert.scene;
        let device = scene.destination.host;
        let ends = [scene.source.host, device];
        let worth = worth(&mut self.naming, ends, (device, scene.stamp.time));
        let Some(detectors) = &self.detectors else {
            return;
        };
        detectors.weigh(&mut alert, worth);
        let found = detectors.tell(alert);
        self.picture.found(&found);
        let reports = match self.mutes.of_found(&found) {
            None => self.incidents.take(&Signal::of_found(&found)),
            Some(_) => Vec::new(),
        };
        self.news.push(News::Alert(Box::new(found)));
        self.report(reports);
    }

    /// A rule matched. What is usual here is a note, unless it controls the plant.
    fn finding(&mut self, record: &mut FindingRecord) {
        let engine = self.alerts.as_ref().map(Alerts::engine);
        let Some(rule) = engine.and_then(|engine| engine.rule(record.rule)) else {
            return;
        };
        let operation = record.operation.as_deref();
        let detectors = self.detectors.as_ref().zip(operation);
        let usual = detectors.is_some_and(|(all, operation)| all.is_usual(operation));
        if let Some((planned, operation)) = self.planned.as_mut().zip(operation) {
            record.planned = planned.names(operation);
        }
        let commands = operation.is_some_and(|operation| operation.meaning.criticality >= CONTROLS);
        let known = operation.is_some_and(|operation| self.usual(operation).is_some());
        let planned = record.planned.is_some();
        let scene = &record.scene;
        let ends = [scene.source.host, scene.destination.host];
        let device = operation.map_or(scene.destination, |operation| operation.device);
        let worth = worth(&mut self.naming, ends, (device.host, scene.stamp.time));
        if usual && known && !commands {
            record.severity = incidents::NOTE;
        }
        record.seen = record.severity;
        if planned {
            record.severity = incidents::NOTE;
        }
        if self.mutes.of_finding(record).is_some() {
            return;
        }
        // What stops a plant or its controllers is no note while one is learning.
        let usual = planned || usual && (known || record.severity > 2);
        let detectors = self.detectors.as_ref();
        let sentence = || {
            let operation = detectors.zip(record.operation.as_deref());
            operation.map_or_else(String::new, |(all, operation)| all.sentence(operation))
        };
        let signal = Signal::of_finding(record, rule, usual, sentence).weighed(worth);
        let reports = self.incidents.take(&signal);
        drop(signal);
        self.report(reports);
    }

    fn report(&mut self, reports: Vec<Report>) {
        for report in reports {
            self.picture.incident(&report);
            let incident = &report.incident;
            let hosts = incident.sources.union(&incident.targets).copied();
            if let Some(naming) = &mut self.naming {
                naming.name(hosts, incident.last.time);
            }
            self.news.push(News::Incident(Box::new(report)));
        }
    }
}

/// Notes who the ends of an alert are, and says what the device is worth to the plant.
fn worth(
    naming: &mut Option<Naming>,
    ends: [Host; 2],
    (device, now): (Host, Time),
) -> Option<Importance> {
    let naming = naming.as_mut()?;
    naming.name(ends, now);
    naming.importance(device)
}
