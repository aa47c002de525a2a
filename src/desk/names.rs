//! Who is who in alerts: what people know of the devices that an alert is about.
//!
//! The desk keeps an inventory as it stands at each packet, so that a line of the site's list
//! names a device by its MAC or serial number too, and notes whom it told of; outputs on the same
//! thread look there. Kept only where people gave a list.

use super::inventory::Live;
use super::site::{Importance, Site};
use crate::facts::{Host, Time};
use crate::sensor::Event;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// Most hosts noted, as many as the inventory keeps; then all are forgotten and noted anew.
const HOSTS: usize = 16_384;

/// What people know of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// What it is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// What it is worth to the plant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    /// The zone that it is in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// Purdue level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purdue: Option<u8>,
}

/// Whom alerts were about; shared by the desk and the outputs.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<RwLock<BTreeMap<Host, Named>>>);

impl Names {
    /// What people know of a host that an alert was just about.
    #[must_use]
    pub fn of(&self, host: Host) -> Option<Named> {
        let names = self.0.read().ok()?;
        names.get(&host).cloned()
    }
}

/// Finds out who is who.
#[derive(Debug)]
pub struct Naming {
    live: Live,
    names: Names,
}

impl Naming {
    /// Names devices after this list, for whoever looks at `names`.
    #[must_use]
    pub fn new(site: Arc<Site>, names: Names) -> Self {
        let live = Live::of(site);
        Self { live, names }
    }

    /// Takes one event, in packet order.
    pub(super) fn take(&mut self, event: &Event) {
        self.live.take(event);
    }

    /// Notes who these are, at this time.
    pub(super) fn name(&mut self, hosts: impl IntoIterator<Item = Host>, now: Time) {
        self.live.refresh(now);
        let Ok(mut names) = self.names.0.write() else {
            return;
        };
        for host in hosts {
            if names.len() >= HOSTS {
                names.clear();
            }
            let asset = self.live.device(host);
            let said = asset.and_then(|asset| Some((asset, asset.said.as_ref()?)));
            match said {
                Some((asset, said)) => {
                    let named = Named {
                        name: asset.name.clone(),
                        owner: said.owner.clone(),
                        importance: said.importance,
                        zone: said.zone.clone(),
                        purdue: asset.purdue,
                    };
                    names.insert(host, named);
                }
                None => _ = names.remove(&host),
            }
        }
    }
}
