//! The cold side: takes the workers' events in packet order and makes of them what people and
//! other machines read.
//!
//! Runs at human speed, once an event. Knows the sensor only through its hand-off.

pub mod alerts;
pub mod baseline;
pub mod detect;
pub mod inventory;
pub mod outputs;
pub mod report;
pub mod secrets;
pub mod trials;

use crate::sensor::Event;
use alerts::Alerts;
use detect::{Detectors, Found};
use inventory::Inventory;
use report::Picture;

/// What sits at the desk and takes events.
#[derive(Debug, Default)]
pub struct Desk {
    /// What the capture shows as a whole.
    pub picture: Picture,
    /// Which devices are there, and how we know.
    pub inventory: Inventory,
    /// Which matches of rules are told; none without rules.
    pub alerts: Option<Alerts>,
    /// What looks on beside the rules.
    pub detectors: Option<Detectors>,
    /// What the detectors found, for whoever tells it further.
    pub found: Vec<Found>,
}

impl Desk {
    /// Takes one event, in packet order: whether it is to be told further.
    pub fn take(&mut self, event: &mut Event) -> bool {
        if let Some(detectors) = &mut self.detectors {
            let found = detectors.take(event);
            found.iter().for_each(|found| self.picture.found(found));
            self.found.extend(found);
        }
        let alerts = self.alerts.as_mut();
        let told = alerts.is_none_or(|alerts| alerts.take(event));
        // What goes on is for those who ask for it; the others hear of it when it is over.
        if !told || matches!(event, Event::SoFar(_) | Event::Tick(_)) {
            return false;
        }
        self.picture.take(event);
        self.inventory.take(event);
        true
    }
}
