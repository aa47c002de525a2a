//! The inventory: which devices are there, what they are, and how we know.
//!
//! Takes the workers' events in packet order and gathers facts by host; at the end hosts
//! become devices (`identity.rs`), devices get roles (`roles.rs`), and everything that is said
//! of a device names the packet that told it. Never invents a device: only who sent a frame
//! is one.

mod asset;
mod facts;
mod identity;
mod roles;
mod vendor;

pub use asset::{Asset, Assets, Attribute, Peer, Role};

use crate::facts::{Endpoint, Host, Property, Side};
use crate::sensor::{Event, FlowRecord, OperationRecord, PropertyRecord};
use facts::HostFacts;
use std::collections::BTreeMap;

/// Most hosts kept. A plant has thousands; a flood of made-up addresses must not eat the
/// memory. Those past the bound are counted.
const HOSTS: usize = 65_536;

/// All that is known of all hosts.
#[derive(Debug, Default)]
pub struct Inventory {
    hosts: BTreeMap<Host, HostFacts>,
    /// Hosts not kept for want of room.
    pub overflow: u64,
}

impl Inventory {
    /// Takes one event, in packet order.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Operation(operation) => self.operation(operation),
            Event::Property(property) => self.property(property),
            Event::Flow(flow) => self.flow(flow),
            Event::Cycle(_) | Event::Fault(_) | Event::Line(_) => {}
        }
    }

    /// What the facts come to: the devices, sorted.
    #[must_use]
    pub fn finish(&self) -> Assets {
        let mut assets = identity::devices(&self.hosts);
        roles::assign(&mut assets, &self.hosts);
        Assets {
            assets,
            overflow: self.overflow,
        }
    }

    fn host(&mut self, host: Host) -> Option<&mut HostFacts> {
        if !facts::is_somebody(host) {
            return None;
        }
        if self.hosts.len() >= HOSTS && !self.hosts.contains_key(&host) {
            self.overflow += 1;
            return None;
        }
        Some(self.hosts.entry(host).or_default())
    }

    fn operation(&mut self, operation: &OperationRecord) {
        let class = operation.meaning.class;
        let (actor, device) = (operation.actor.host, operation.device.host);
        if let Some(facts) = self.host(actor) {
            facts.did(class, operation);
        }
        if let Some(facts) = self.host(device) {
            facts.was_told(class, operation);
        }
    }

    fn property(&mut self, record: &PropertyRecord) {
        let Some(facts) = self.host(record.host) else {
            return;
        };
        facts.tell(record);
        // A binding of address and MAC is a fact about the MAC too.
        if record.property == Property::Mac
            && let Ok(octets) = <[u8; 6]>::try_from(record.value.as_slice())
        {
            facts.bind(crate::facts::Mac(octets), record.stamp);
        }
    }

    fn flow(&mut self, flow: &FlowRecord) {
        for side in [Side::Low, Side::High] {
            let Endpoint { host, port } = *side.of(&(flow.low, flow.high));
            let peer = side.other().of(&(flow.low, flow.high)).host;
            if let Some(facts) = self.host(host) {
                facts.talked(flow, side, port, peer);
            }
        }
    }
}
