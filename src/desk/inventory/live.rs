//! The inventory while the traffic goes on, for rules that ask for roles and vendors.
//!
//! The same facts and the same decisions as at the end: what it answers at a packet is what the
//! inventory would say had the capture ended just before that packet. What is not known by then
//! is unknown. Called by the alerts in packet order, so that no answer depends on the number of
//! workers.

use super::{Asset, Assets, Inventory};
use crate::desk::site::Site;
use crate::facts::role::UNKNOWN;
use crate::facts::{Host, Time};
use crate::sensor::Event;
use std::sync::Arc;
use std::time::Duration;

/// Packet time that each host costs when devices are described anew: a thousand hosts a second,
/// a few hundredths of what a core can do. A plant of a hundred hosts is described ten times a
/// second if that is asked for; under a flood of made-up hosts answers grow older.
const COST: Duration = Duration::from_millis(1);

/// Descriptions that may be taken ahead: those of a plant of a hundred hosts, two hundred times.
const AHEAD: Duration = Duration::from_secs(20);

/// The devices as they are known up to now.
#[derive(Debug, Default)]
pub struct Live {
    inventory: Inventory,
    assets: Assets,
    /// Something was told since the devices were described.
    stale: bool,
    /// Until then the descriptions made so far are paid for, [`COST`] a host.
    paid: Time,
    /// When they were described last.
    described: Time,
}

impl Live {
    /// Devices as they are known up to now, and what people know of them.
    #[must_use]
    pub fn of(site: Arc<Site>) -> Self {
        Self {
            inventory: Inventory::of(Some(site)),
            ..Self::default()
        }
    }

    /// The device that a host belongs to, as it was described last.
    #[must_use]
    pub fn device(&self, host: Host) -> Option<&Asset> {
        self.assets.of(host)
    }

    /// Takes one event, in packet order.
    pub fn take(&mut self, event: &Event) {
        self.inventory.take(event);
        self.stale |= !matches!(
            event,
            Event::Copies(_)
                | Event::Fault(_)
                | Event::Finding(_)
                | Event::Line(_)
                | Event::Tick(_)
        );
    }

    /// Describes the devices anew, where something was told since.
    pub fn refresh(&mut self, now: Time) {
        if self.described.since(now) > AHEAD {
            // The clock was set back: what was paid for lies in a future that may be years away.
            self.paid = now;
        }
        if !self.stale || self.paid.since(now) > AHEAD {
            return;
        }
        let hosts = u32::try_from(self.inventory.hosts.len()).unwrap_or(u32::MAX);
        self.paid = self.paid.max(now).plus(COST.saturating_mul(hosts));
        self.described = now;
        self.stale = false;
        self.assets = self.inventory.finish();
    }

    /// Whether the device has this role, be it the first one of several.
    #[must_use]
    pub fn has_role(&self, host: Host, role: &str) -> bool {
        match self.assets.of(host) {
            Some(asset) if !asset.roles.is_empty() => {
                asset.roles.iter().any(|held| held.role == role)
            }
            _ => role == UNKNOWN,
        }
    }

    /// When its first packet came.
    #[must_use]
    pub fn first_seen(&self, host: Host) -> Option<Time> {
        let facts = self.inventory.hosts.get(&host)?;
        facts.seen.map(|(first, _)| first.time)
    }

    /// Whether a name of its vendor holds this text, which is in lower case: the name shown, or
    /// what a packet or its MAC tells.
    #[must_use]
    pub fn is_made_by(&self, host: Host, vendor: &str) -> bool {
        self.assets.of(host).is_some_and(|asset| {
            let told = asset.attributes.iter();
            let told = told.filter(|attribute| attribute.property == "vendor");
            let mut names = told
                .map(|attribute| &attribute.value)
                .chain([&asset.vendor]);
            names.any(|name| name.to_lowercase().contains(vendor))
        })
    }
}
