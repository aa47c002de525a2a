//! What is known of devices while the traffic goes on, for rules that ask for it.
//!
//! The inventory describes devices when all is told; rules ask at each packet. So this holds what
//! can be said at once: who serves and who uses which protocol, by operations; roles and vendors
//! that devices tell of themselves; and when a host first did something that was told.

use crate::facts::{Assets, Host, Property, Stamp, Time};
use crate::protocols::PROTOCOLS;
use crate::sensor::Event;
use std::collections::HashMap;

/// Most hosts kept, as in the inventory.
const HOSTS: usize = 65_536;

/// Most words kept of one host.
const WORDS: usize = 16;

/// The hosts known up to now.
#[derive(Debug, Default)]
pub(super) struct Known {
    hosts: HashMap<Host, Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    first: Time,
    serves: Vec<&'static str>,
    uses: Vec<&'static str>,
    roles: Vec<String>,
    vendor: String,
}

impl Known {
    /// Takes note of one event.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Operation(record) => {
                let (actor, device) = (record.actor.host, record.device.host);
                if let Some(facts) = self.host(device, record.stamp) {
                    add(&mut facts.serves, record.protocol);
                }
                if let Some(facts) = self.host(actor, record.stamp) {
                    add(&mut facts.uses, record.protocol);
                }
            }
            Event::Property(record) => {
                let Some(facts) = self.host(record.host, record.stamp) else {
                    return;
                };
                let text = || String::from_utf8_lossy(&record.value).to_lowercase();
                match record.property {
                    Property::Role => add(&mut facts.roles, text()),
                    Property::Vendor => facts.vendor = text(),
                    _ => {}
                }
            }
            Event::Finding(record) => {
                let scene = &record.scene;
                self.host(scene.source.host, scene.stamp);
                self.host(scene.destination.host, scene.stamp);
            }
            Event::Fault(record) => {
                self.host(record.source.host, record.stamp);
            }
            Event::Copies(_) | Event::Cycle(_) | Event::Flow(_) | Event::Line(_) => {}
        }
    }

    fn host(&mut self, host: Host, stamp: Stamp) -> Option<&mut Facts> {
        if self.hosts.len() >= HOSTS && !self.hosts.contains_key(&host) {
            return None;
        }
        Some(self.hosts.entry(host).or_insert_with(|| Facts {
            first: stamp.time,
            ..Facts::default()
        }))
    }
}

/// Adds a word, once and within the bound.
fn add<W: PartialEq>(words: &mut Vec<W>, word: W) {
    if words.len() < WORDS && !words.contains(&word) {
        words.push(word);
    }
}

/// Whether one of these protocols controls plants.
fn any_industrial(protocols: &[&str]) -> bool {
    PROTOCOLS
        .iter()
        .any(|known| known.industrial() && protocols.contains(&known.name()))
}

impl Assets for Known {
    fn has_role(&self, host: Host, role: &str) -> bool {
        let Some(facts) = self.hosts.get(&host) else {
            return false;
        };
        facts.roles.iter().any(|told| told == role)
            || match role {
                "plc" => any_industrial(&facts.serves),
                "outstation" => facts.serves.iter().any(|p| matches!(*p, "dnp3" | "iec104")),
                "industrial-client" | "hmi" => any_industrial(&facts.uses),
                _ => false,
            }
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
        let facts = self.hosts.get(&host);
        facts.is_some_and(|facts| !facts.vendor.is_empty() && facts.vendor.contains(vendor))
    }

    fn is_in_zone(&self, _: Host, _: &str) -> bool {
        false
    }

    fn first_seen(&self, host: Host) -> Option<Time> {
        self.hosts.get(&host).map(|facts| facts.first)
    }
}
