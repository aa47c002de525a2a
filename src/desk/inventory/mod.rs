//! The inventory: which devices are there, what they are, and how we know.
//!
//! Takes the workers' events in packet order and gathers facts by host (`facts.rs`) and by pair
//! of hosts (`links.rs`); at the end hosts become devices (`identity.rs`), devices are described
//! (`describe.rs`), get roles (`roles.rs`) and what people say of them (`listed.rs`), and everything that is said of a device names the
//! packet that told it. Never invents a device: only who sent a frame is one.

mod asset;
pub mod compare;
mod contradiction;
mod describe;
mod export;
mod facts;
mod few;
mod identity;
mod links;
mod listed;
mod live;
mod oui;
mod ports;
mod reason;
mod roles;
#[cfg(test)]
mod tests;
mod vendor;

pub use asset::{Asset, Assets, Attribute, Listing, Peer, Role, Said, Seen, Unseen};
pub use contradiction::{Contradiction, Listed};
pub use export::write_csv;
pub use live::Live;
pub use reason::Reason;

use crate::desk::site::Site;
use crate::facts::{Endpoint, Host, Mac, Property, Side};
use crate::sensor::{EndRecord, Event, FlowRecord, PropertyRecord, SoFar};
use facts::HostFacts;
use links::Links;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most hosts kept. A plant has thousands; a flood of made-up addresses must not eat the
/// memory: each takes some 1 KB, all together 16 MB. Facts about those past the bound are
/// counted.
const HOSTS: usize = 16_384;

/// Most peers, services, their clients and ports tried in vain kept of all hosts together: 16
/// for each of [`HOSTS`], some 10 MB. A client that walks through address ranges has thousands.
const RELATIONS: usize = 16 * HOSTS;

/// How many peers, services, their clients and ports tried are kept of all hosts.
#[derive(Clone, Copy, Debug, Default)]
struct Relations(usize);

impl Relations {
    /// Takes room for one more, if there is any.
    const fn take(&mut self) -> bool {
        let has_room = self.0 < RELATIONS;
        self.0 += has_room as usize;
        has_room
    }
}

/// All that is known of all hosts.
#[derive(Debug, Default)]
pub struct Inventory {
    hosts: BTreeMap<Host, HostFacts>,
    links: Links,
    relations: Relations,
    /// Facts about hosts that were not kept for want of room.
    pub overflow: u64,
    /// What people know of the devices, where they gave a list.
    pub site: Option<Arc<Site>>,
}

impl Inventory {
    /// An inventory that knows what people know, where they gave a list.
    #[must_use]
    pub fn of(site: Option<Arc<Site>>) -> Self {
        Self {
            site,
            ..Self::default()
        }
    }

    /// Takes one event, in packet order.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Operation(operation) => self.links.operation(operation),
            Event::Cycle(cycle) => self.links.cycle(cycle, true),
            Event::Property(property) => self.property(property),
            Event::Flow(flow) => self.flow(flow, true),
            Event::SoFar(so_far) => match so_far {
                SoFar::Flow(flow) => self.flow(&uncounted(flow), false),
                SoFar::Cycle(cycle) => self.links.cycle(cycle, false),
                SoFar::Again(_) | SoFar::Resolution(_) | SoFar::Silent(_) | SoFar::Trouble(_) => {}
            },
            Event::Copies(_)
            | Event::Fault(_)
            | Event::Finding(_)
            | Event::Line(_)
            | Event::Piece(_)
            | Event::Tick(_) => {}
        }
    }

    /// What the facts come to: the devices, sorted.
    #[must_use]
    pub fn finish(&self) -> Assets {
        let cards = identity::first_packets(&self.hosts);
        let mut assets: Vec<Asset> = identity::devices(&self.hosts)
            .into_iter()
            .map(|device| describe::asset(device, &self.hosts, &cards))
            .collect();
        describe::peers(&mut assets, &self.hosts);
        roles::assign(&mut assets, &self.hosts, &self.links);
        let list = self.site.as_deref();
        let list = list.map(|site| listed::apply(site, &mut assets));
        let mut assets = Assets::new(assets, self.overflow);
        assets.list = list;
        assets
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

    fn property(&mut self, record: &PropertyRecord) {
        // A host that has no address yet (DHCP from 0.0.0.0) is known by its MAC.
        let nobody = !facts::is_somebody(record.host);
        let host = match record.mac {
            Some(mac) if nobody => Host::Mac(mac),
            _ => record.host,
        };
        let Some(facts) = self.host(host) else { return };
        facts.tell(record);
        let octets = record.value.as_slice();
        match record.property {
            Property::Mac => {
                if let Ok(octets) = <[u8; 6]>::try_from(octets) {
                    facts.bind(Mac(octets), record.stamp, record.protocol);
                }
            }
            Property::Ip => {
                if let (Some(ip), Host::Mac(mac)) = (told_ip(octets), host)
                    && let Some(facts) = self.host(ip)
                {
                    facts.bind(mac, record.stamp, record.protocol);
                }
            }
            _ => {}
        }
    }

    /// A conversation: one that is over, or one that goes on and tells its counts at its end.
    fn flow(&mut self, flow: &FlowRecord, over: bool) {
        for side in [Side::Low, Side::High] {
            let ends = (flow.low, flow.high);
            let Endpoint { host, .. } = *side.of(&ends);
            let to = side.other().of(&ends).host;
            let end = side.of(&flow.ends);
            let mut relations = self.relations;
            if let Some(facts) = self.host(host) {
                facts.sent(end, to);
                let kept = facts.talked((flow, over), side, &mut relations);
                self.relations = relations;
                self.overflow += u64::from(!kept);
            } else {
                self.nameless(end, to);
            }
        }
    }

    /// A sender without an address of its own yet: where all its packets came from one MAC,
    /// they are that card's.
    fn nameless(&mut self, end: &EndRecord, to: Host) {
        if let [mac] = end.macs[..]
            && let Some(facts) = self.host(Host::Mac(mac))
        {
            facts.sent(end, to);
        }
    }
}

/// A conversation that goes on, without the counts that it will have at its end.
fn uncounted(flow: &FlowRecord) -> FlowRecord {
    let mut flow = flow.clone();
    for end in [&mut flow.ends.0, &mut flow.ends.1] {
        (end.ledger.packets, end.ledger.octets) = (0, 0);
    }
    flow
}

/// The address that a property tells.
fn told_ip(octets: &[u8]) -> Option<Host> {
    let v4 = <[u8; 4]>::try_from(octets).map(Host::v4);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(Host::v6))
        .ok()
}
