//! Zones and conduits (IEC 62443-3-2, ZCR 3): which devices belong together, and what may pass
//! from one zone to another.
//!
//! People write them as a small TOML file (`read.rs`); `propose.rs` makes a first one of a
//! baseline. Detectors and audits hold the traffic against them. What passes within a zone is
//! never judged; what passes between two zones needs a conduit, which leads from who asks to who
//! is asked: answers go back by it.

mod propose;
mod read;

pub use propose::propose;
pub use read::{Error, read};

use crate::facts::{Class, Host};
use crate::flow::Tags;
use crate::protocols::PROTOCOLS;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What hosts are in that are in no zone: a name that a conduit can lead from or to.
pub const OUTSIDE: &str = "outside";

/// Zones, and the conduits between them.
#[derive(Debug, Default)]
pub struct Zones {
    zones: Vec<Zone>,
    conduits: Vec<Conduit>,
    devices: HashMap<Host, u16, FixedState>,
    /// Networks by the length of their prefix, the longest first.
    networks: Vec<(u8, HashMap<IpAddr, u16, FixedState>)>,
    vlans: HashMap<u16, u16, FixedState>,
}

/// A zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Purdue level, 0 to 5.
    pub level: Option<u8>,
}

/// What may pass from one zone to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conduit {
    /// Where who asks is.
    pub from: Place,
    /// Where who is asked is.
    pub to: Place,
    /// Protocols by their names, and `tcp/443` and the like for what is in none; none: any.
    pub services: BTreeSet<String>,
    /// Classes of operations; none: any.
    pub operations: BTreeSet<&'static str>,
}

/// Where a host is: in a zone by its number, or outside of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(Option<u16>);

impl Place {
    /// Outside of all zones.
    pub const OUTSIDE: Self = Self(None);
}

impl Zones {
    /// Where a host is, of which a packet with these VLAN tags was seen: what names the host
    /// counts before the network it lies in, the smallest first, and that before the VLAN.
    #[must_use]
    pub fn of(&self, host: Host, tags: Tags) -> Place {
        let known = self.devices.get(&host).copied();
        let known = known.or_else(|| self.by_network(host.ip()?));
        // The innermost tag is that of the network which the device lies in.
        let vlan = || self.vlans.get(&tags.vids().last()?).copied();
        Place(known.or_else(vlan))
    }

    fn by_network(&self, ip: IpAddr) -> Option<u16> {
        let mut networks = self.networks.iter();
        networks.find_map(|(bits, zones)| zones.get(&masked(ip, *bits)?).copied())
    }

    /// The name of a place.
    #[must_use]
    pub fn name(&self, place: Place) -> &str {
        self.zone(place).map_or(OUTSIDE, |zone| &zone.name)
    }

    /// A zone by its place.
    #[must_use]
    pub fn zone(&self, place: Place) -> Option<&Zone> {
        self.zones.get(usize::from(place.0?))
    }

    /// The place of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Place> {
        let found = (0..).zip(&self.zones).find(|(_, zone)| zone.name == name);
        found
            .map(|(number, _)| Place(Some(number)))
            .or((name == OUTSIDE).then_some(Place::OUTSIDE))
    }

    /// All zones, as they stand in the file.
    pub fn places(&self) -> impl Iterator<Item = (Place, &Zone)> {
        let numbered = (0..).zip(&self.zones);
        numbered.map(|(number, zone)| (Place(Some(number)), zone))
    }

    /// The names of all places: those of the zones, and that of what is outside of them.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let names = self.zones.iter().map(|zone| zone.name.clone());
        names.chain([OUTSIDE.to_owned()]).collect()
    }

    /// All conduits, as they stand in the file.
    #[must_use]
    pub fn conduits(&self) -> &[Conduit] {
        &self.conduits
    }

    /// Whether a conversation may pass, in this protocol, or by a port as `tcp/443` where it is
    /// in none.
    #[must_use]
    pub fn carries(&self, from: Place, to: Place, service: &str) -> bool {
        from == to || self.between(from, to).any(|conduit| conduit.has(service))
    }

    /// Whether a connection that carried nothing may be opened to this port of TCP or UDP: where
    /// the port itself is allowed, or a protocol that it is usual for.
    #[must_use]
    pub fn opens(&self, from: Place, to: Place, service: &str) -> bool {
        let port = service
            .split_once('/')
            .and_then(|(_, port)| port.parse().ok());
        let mut usual = PROTOCOLS
            .iter()
            .filter(|protocol| port.is_some_and(|port| protocol.ports().contains(&port)));
        self.carries(from, to, service)
            || usual.any(|protocol| self.carries(from, to, protocol.name()))
    }

    /// Whether an operation of this class may pass in this protocol. What opens and keeps a
    /// session, and what a device tells of itself, passes wherever the protocol does.
    #[must_use]
    pub fn allows(&self, from: Place, to: Place, protocol: &str, class: Class) -> bool {
        let fits = |conduit: &Conduit| {
            let any =
                conduit.operations.is_empty() || matches!(class, Class::Session | Class::State);
            conduit.has(protocol) && (any || conduit.operations.contains(class.name()))
        };
        from == to || self.between(from, to).any(fits)
    }

    /// The conduits from one place to another.
    pub fn between(&self, from: Place, to: Place) -> impl Iterator<Item = &Conduit> {
        let leads = move |conduit: &&Conduit| conduit.from == from && conduit.to == to;
        self.conduits.iter().filter(leads)
    }

    /// How many levels lie between two zones; 0 where one of them has none.
    #[must_use]
    pub fn distance(&self, from: Place, to: Place) -> u8 {
        let level = |place| self.zone(place)?.level;
        level(from).zip(level(to)).map_or(0, |(a, b)| a.abs_diff(b))
    }
}

impl Conduit {
    fn has(&self, service: &str) -> bool {
        self.services.is_empty() || self.services.contains(service)
    }

    /// What may pass, for people: `modbus: read, write`.
    #[must_use]
    pub fn says(&self) -> String {
        let list = |words: Vec<&str>| words.join(", ");
        let services = list(self.services.iter().map(String::as_str).collect());
        let operations = list(self.operations.iter().copied().collect());
        match (services.is_empty(), operations.is_empty()) {
            (true, true) => "*".to_owned(),
            (true, false) => format!("*: {operations}"),
            (false, true) => services,
            (false, false) => format!("{services}: {operations}"),
        }
    }
}

/// The first address of a network of so many bits that this one lies in.
pub(in crate::desk) fn masked(ip: IpAddr, bits: u8) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => {
            let rest = 32u8.checked_sub(bits)?;
            let mask = u32::MAX.checked_shl(rest.into()).unwrap_or(0);
            Some(IpAddr::V4((ip.to_bits() & mask).into()))
        }
        IpAddr::V6(ip) => {
            let rest = 128u8.checked_sub(bits)?;
            let mask = u128::MAX.checked_shl(rest.into()).unwrap_or(0);
            Some(IpAddr::V6((ip.to_bits() & mask).into()))
        }
    }
}
