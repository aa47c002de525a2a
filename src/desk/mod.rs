//! The cold side: takes the workers' events in packet order and makes of them what people and
//! other machines read.
//!
//! Runs at human speed, once an event. Knows the sensor only through its hand-off.

pub mod inventory;
pub mod outputs;
pub mod report;
pub mod secrets;

use crate::sensor::{Event, Order};
use inventory::Inventory;
use report::Picture;

/// What sits at the desk and takes events.
#[derive(Debug, Default)]
pub struct Desk {
    /// What the capture shows as a whole.
    pub picture: Picture,
    /// Which devices are there, and how we know.
    pub inventory: Inventory,
}

impl Desk {
    /// Takes one event, in packet order.
    pub fn take(&mut self, _order: Order, event: &Event) {
        self.picture.take(event);
        self.inventory.take(event);
    }
}
