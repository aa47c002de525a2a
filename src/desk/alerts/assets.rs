//! What is known of devices while the traffic goes on, for rules that ask for it.
//!
//! Who serves and who uses which protocol, by operations, is kept here; all else is the
//! inventory's, as it stands at the packet that a rule looks at.

use crate::desk::inventory::Live;
use crate::desk::zones::Zones;
use crate::facts::{Assets, Host, Time};
use crate::flow::Tags;
use crate::sensor::Event;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Most hosts kept, as in the inventory.
const HOSTS: usize = 65_536;

/// Most hosts kept that operate one device: a plant has a handful.
const ACTORS: usize = 16;

/// Most words kept of one host.
const WORDS: usize = 16;

/// The hosts known up to now.
#[derive(Debug, Default)]
pub(super) struct Known {
    hosts: HashMap<Host, Facts, RandomState>,
    /// The devices; none where no rule asks for them.
    live: Option<Live>,
    /// The zones of the site, where it said what they are.
    pub(super) zones: Option<Arc<Zones>>,
}

#[derive(Debug, Default)]
struct Facts {
    serves: Vec<&'static str>,
    uses: Vec<&'static str>,
    /// Who operates it, and since when, in the order of arrival.
    actors: Vec<(Host, Time)>,
}

impl Known {
    /// Nobody yet; keeps an inventory where rules ask for it.
    pub(super) fn new(inventory: bool) -> Self {
        Self {
            hosts: HashMap::default(),
            live: inventory.then(Live::default),
            zones: None,
        }
    }

    /// The same hosts; keeps an inventory from now on where rules ask for it.
    pub(super) fn renew(&mut self, inventory: bool) {
        self.live = inventory.then(|| self.live.take().unwrap_or_default());
    }

    /// Takes note of one event.
    pub(super) fn take(&mut self, event: &Event) {
        if let Some(live) = &mut self.live {
            live.take(event);
        }
        if let Event::Operation(record) = event {
            let (actor, device) = (record.actor.host, record.device.host);
            if let Some(facts) = self.host(device) {
                add(&mut facts.serves, record.protocol);
                facts.operated(actor, record.stamp.time);
            }
            if let Some(facts) = self.host(actor) {
                add(&mut facts.uses, record.protocol);
            }
        }
    }

    /// Brings what is asked of the inventory up to now.
    pub(super) fn refresh(&mut self, now: Time) {
        if let Some(live) = &mut self.live {
            live.refresh(now);
        }
    }

    fn host(&mut self, host: Host) -> Option<&mut Facts> {
        if self.hosts.len() >= HOSTS && !self.hosts.contains_key(&host) {
            return None;
        }
        Some(self.hosts.entry(host).or_default())
    }
}

impl Facts {
    /// It was operated by this host.
    fn operated(&mut self, by: Host, time: Time) {
        if self.actors.len() < ACTORS && !self.actors.iter().any(|(actor, _)| *actor == by) {
            self.actors.push((by, time));
        }
    }
}

/// Adds a word, once and within the bound.
fn add<W: PartialEq>(words: &mut Vec<W>, word: W) {
    if words.len() < WORDS && !words.contains(&word) {
        words.push(word);
    }
}

impl Assets for Known {
    fn has_role(&self, host: Host, role: &str) -> bool {
        self.live
            .as_ref()
            .is_some_and(|live| live.has_role(host, role))
    }

    fn speaks(&self, host: Host, protocol: &str, as_server: bool) -> bool {
        self.hosts.get(&host).is_some_and(|facts| {
            let spoken = if as_server {
                &facts.serves
            } else {
                &facts.uses
            };
            spoken.contains(&protocol)
        })
    }

    fn is_made_by(&self, host: Host, vendor: &str) -> bool {
        self.live
            .as_ref()
            .is_some_and(|live| live.is_made_by(host, vendor))
    }

    fn is_in_zone(&self, host: Host, zone: &str) -> bool {
        let zones = self.zones.as_deref();
        zones.is_some_and(|zones| zones.name(zones.of(host, Tags::NONE)) == zone)
    }

    fn first_operation(&self, device: Host, by: Option<Host>) -> Option<Time> {
        let actors = &self.hosts.get(&device)?.actors;
        let mut actors = actors.iter();
        let found = actors.find(|(actor, _)| by.is_none_or(|by| by == *actor));
        found.map(|(_, since)| *since)
    }

    fn first_seen(&self, host: Host) -> Option<Time> {
        self.live.as_ref().and_then(|live| live.first_seen(host))
    }
}
