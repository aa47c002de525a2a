//! Detectors: what is wrong on the site, whatever the protocol.
//!
//! Called by the desk with every event in packet order. A detector is one file and one row of
//! [`DETECTORS`]; it looks at operations, conversations and devices, never at a protocol by name,
//! and keeps bounded tables of its own. What all of them share, the baseline above all, is the
//! [`Site`]. Alerts are data; `words.rs` tells them.

mod addresses;
mod alert;
mod answers;
mod conduits;
mod floods;
mod identity;
mod learn;
mod novelty;
mod scans;
mod silence;
mod site;
#[cfg(test)]
mod tests;
mod waiting;
mod weigh;
mod words;

pub use alert::{Alert, Blank, Kind, Scene, Scope};
pub use learn::Learn;
pub use site::Site;
pub use weigh::Ground;
pub use words::{Language, Told, Words};

use crate::desk::baseline::Baseline;
use crate::desk::baseline::evidence::{Forecast, Sort};
use crate::desk::site::Importance;
use crate::desk::windows::Windows;
use crate::desk::zones::Zones;
use crate::sensor::{Event, OperationRecord};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// Looks at events.
trait Detector: Debug {
    /// Takes one event, in packet order, before the site has learned it.
    fn take(&mut self, event: &Event, site: &mut Site, alerts: &mut Vec<Alert>);
}

/// A detector, and what it can find.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it can find.
    pub kinds: &'static [&'static Kind],
    start: fn() -> Box<dyn Detector>,
}

impl Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// All detectors, in alphabetical order.
pub static DETECTORS: &[Row] = &[
    addresses::ROW,
    answers::ROW,
    conduits::ROW,
    floods::ROW,
    identity::ROW,
    novelty::ROW,
    scans::ROW,
    silence::ROW,
];

/// All detectors at work, and the site that they look at.
#[derive(Debug)]
pub struct Detectors {
    site: Site,
    detectors: Vec<Box<dyn Detector>>,
    english: Words,
    /// The words that alerts are told in, where that is not English.
    own: Option<Words>,
}

/// An alert with its words.
#[derive(Debug)]
pub struct Found {
    /// The alert.
    pub alert: Alert,
    /// What it is called in English: its name for other machines.
    pub title: String,
    /// Its words in the language asked for.
    pub told: Told,
}

/// How the detectors look on.
#[derive(Debug, Default)]
pub struct Config {
    /// When the baseline is learned.
    pub learn: Learn,
    /// What is usual from the beginning.
    pub baseline: Option<Baseline>,
    /// Zones, and what may pass between them, where the site said so.
    pub zones: Option<Arc<Zones>>,
    /// Planned work: what is in it is not learned.
    pub windows: Option<Arc<Windows>>,
    /// The language of alerts.
    pub language: Language,
}

impl Detectors {
    /// All detectors.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut site = Site::new(config.learn, config.baseline, config.zones);
        site.plan(config.windows);
        Self {
            site,
            detectors: DETECTORS.iter().map(|row| (row.start)()).collect(),
            english: Words::of(Language::English),
            own: (config.language != Language::English).then(|| Words::of(config.language)),
        }
    }

    /// Detectors that only learn, on top of what is known already, and judge nothing.
    #[must_use]
    pub fn learning(known: Option<Baseline>, windows: Option<Arc<Windows>>) -> Self {
        Self::new(Config {
            learn: Learn::Always,
            baseline: known,
            windows,
            ..Config::default()
        })
    }

    /// Takes one event, in packet order; gives what is found, to be [weighed](Self::weigh) and
    /// [told](Self::tell). What is `troubled`, as who acts in an incident that goes on, is not
    /// learned.
    pub fn take(&mut self, event: &Event, troubled: bool) -> Vec<Alert> {
        let mut alerts = Vec::new();
        self.site.clock(event);
        for detector in &mut self.detectors {
            detector.take(event, &mut self.site, &mut alerts);
        }
        self.site.take(event, troubled);
        alerts
    }

    /// Moves an alert by what the device is worth to the plant and the zones that it crosses.
    pub fn weigh(&self, alert: &mut Alert, importance: Option<Importance>) {
        weigh::weigh(alert, importance, self.site.zones().as_deref());
    }

    /// What is usual of a sort, where that is known.
    #[must_use]
    pub fn usual(&self, sort: Sort) -> Option<&Baseline> {
        self.site.usual(sort)
    }

    /// For how long one learned, in packet time.
    #[must_use]
    pub const fn learned(&self) -> Duration {
        self.site.learned()
    }

    /// What is to be expected of each sort that is learned until that is little.
    #[must_use]
    pub fn forecasts(&self) -> Vec<(Sort, Forecast)> {
        self.site.forecasts()
    }

    /// Whether something is held against what is usual.
    #[must_use]
    pub fn judges(&self) -> bool {
        let mut all = Sort::ALL.into_iter();
        all.any(|sort| self.site.usual(sort).is_some())
    }

    /// What the site said of zones and conduits.
    #[must_use]
    pub fn zones(&self) -> Option<Arc<Zones>> {
        self.site.zones()
    }

    /// Whether nothing was learned.
    #[must_use]
    pub fn knows_nothing(&self) -> bool {
        self.site.knows_nothing()
    }

    /// Whether what is usual is still being learned.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.site.is_learning()
    }

    /// Whether a device is learned anew after planned work on it.
    #[must_use]
    pub fn relearns(&self) -> bool {
        self.site.relearns()
    }

    /// What was done by an operation, in the language of the alerts.
    #[must_use]
    pub fn sentence(&self, operation: &OperationRecord) -> String {
        self.own.as_ref().unwrap_or(&self.english).did(operation)
    }

    /// Whether an operation is as usual, or what is usual is only being learned.
    #[must_use]
    pub fn is_usual(&self, operation: &OperationRecord) -> bool {
        let sort = Sort::of(operation.meaning.criticality);
        match self.usual(sort) {
            Some(baseline) => novelty::is_usual(operation, baseline),
            None => self.site.learns(sort),
        }
    }

    /// Planned work is in these windows from now on.
    pub fn plan(&mut self, windows: Option<Arc<Windows>>) {
        self.site.plan(windows);
    }

    /// What was learned up to now.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        self.site.baseline()
    }

    /// What was learned.
    #[must_use]
    pub fn into_baseline(self) -> Baseline {
        self.site.into_baseline()
    }

    /// Puts an alert into words.
    #[must_use]
    pub fn tell(&self, alert: Alert) -> Found {
        let english = self.english.tell(&alert);
        let title = english.title.clone();
        let told = self
            .own
            .as_ref()
            .map_or(english, |words| words.tell(&alert));
        Found { alert, title, told }
    }
}
