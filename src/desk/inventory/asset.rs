//! A device as it is written out: in the summary, as JSON, as CSV.

use super::contradiction::Contradiction;
use super::reason::Reason;
use super::roles::is_field;
use crate::desk::site::Importance;
use crate::facts::role::role_named;
use crate::facts::{Host, Mac, Property, Stamp};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// All devices, sorted by address.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Assets {
    /// The devices.
    pub assets: Vec<Asset>,
    /// Facts that were not kept for want of room: about more hosts, or more peers and services.
    pub overflow: u64,
    /// What the list of the site came to; none without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Listing>,
    /// Which device each host belongs to, by place.
    #[serde(skip)]
    of: BTreeMap<Host, usize>,
}

/// What the list of the site came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Devices seen that are in the list.
    pub listed: u64,
    /// `id`s of devices seen that are not in it.
    pub unlisted: Vec<String>,
    /// What is in it and was never seen.
    pub unseen: Vec<Unseen>,
}

/// A device of the list that was never seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// The line of the list.
    pub line: u64,
    /// What it is called there.
    pub name: String,
    /// What it would have been told by.
    pub keys: String,
}

/// One device.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Asset {
    /// Its name in this inventory: its first MAC, or its first address where that is not known.
    pub id: String,
    /// What it is called; empty where nothing tells.
    pub name: String,
    /// MAC addresses; none where it is behind a router.
    #[serde(serialize_with = "texts")]
    pub macs: BTreeSet<Mac>,
    /// IP addresses.
    #[serde(serialize_with = "texts")]
    pub ips: BTreeSet<std::net::IpAddr>,
    /// VLANs its frames carried.
    pub vlans: BTreeSet<u16>,
    /// MAC of the router that it is behind.
    #[serde(serialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub behind: Option<Mac>,
    /// Manufacturer.
    pub vendor: String,
    /// Product or model.
    pub model: String,
    /// Order or catalogue number.
    pub order_number: String,
    /// Firmware or software version.
    pub firmware: String,
    /// Hardware version.
    pub hardware: String,
    /// Serial number.
    pub serial: String,
    /// Operating system.
    pub operating_system: String,
    /// Place.
    pub location: String,
    /// Operating mode last told.
    pub mode: String,
    /// Modules told, by unit or slot.
    pub modules: Vec<String>,
    /// What it does, the most telling role first.
    pub roles: Vec<Role>,
    /// Purdue level guessed from the roles; `None` where nothing tells.
    pub purdue: Option<u8>,
    /// What people say of it, where the list of the site has it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// Protocols it serves, with the port.
    pub serves: BTreeSet<String>,
    /// Protocols it uses as a client.
    pub uses: BTreeSet<String>,
    /// First packet it sent.
    pub first_seen: Option<Seen>,
    /// Last packet it sent.
    pub last_seen: Option<Seen>,
    /// Packets it sent.
    pub packets: u64,
    /// Octets it sent, whole frames.
    pub octets: u64,
    /// Whom it talked to.
    pub peers: Vec<Peer>,
    /// Every attribute with the packet that told it.
    pub attributes: Vec<Attribute>,
    /// What was told that cannot all be true.
    pub contradictions: Vec<Contradiction>,
    /// The hosts this device is made of.
    #[serde(skip)]
    pub hosts: Vec<Host>,
}

/// What people say of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The line of the list.
    pub list_line: u64,
    /// Who answers for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// What it is worth to the plant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    /// The zone that it is in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zone: String,
}

/// A packet that is evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Seen {
    /// Its time, UTC; empty where the capture gives none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time: String,
    /// Its number in the capture.
    pub frame: u64,
}

impl From<Stamp> for Seen {
    fn from(stamp: Stamp) -> Self {
        let time = match stamp.time.is_unknown() {
            true => String::new(),
            false => crate::desk::outputs::time::Eve(stamp.time).to_string(),
        };
        Self {
            time,
            frame: stamp.frame,
        }
    }
}

/// One attribute as one packet told it.
#[derive(Clone, Debug, Serialize)]
pub struct Attribute {
    /// Which.
    pub property: &'static str,
    /// Its value, control characters escaped.
    pub value: String,
    /// Unit, slot or station it holds for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<u32>,
    /// The protocol that told it; `oui` for the vendor that owns the MAC's prefix.
    pub source: &'static str,
    /// The packet.
    pub frame: u64,
}

/// What a device does, and how we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    /// Its name in [`crate::facts::role::ROLES`].
    pub role: &'static str,
    /// What it rests on.
    pub reason: Reason,
    /// The packet that first shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// It rests on a port number alone: anybody who answers there looks so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_port: bool,
}

impl Role {
    /// A role of the one list that rules and screen share, and what it rests on.
    pub(super) fn new(role: &'static str, reason: Reason, frame: Option<u64>) -> Self {
        debug_assert!(role_named(role).is_some_and(|listed| listed.name == role));
        Self {
            role,
            reason,
            frame,
            by_port: false,
        }
    }

    /// The same, resting on a port number alone.
    pub(super) fn by_port(self) -> Self {
        Self {
            by_port: true,
            ..self
        }
    }
}

/// Somebody a device talked to.
#[derive(Clone, Debug, Serialize)]
pub struct Peer {
    /// The `id` of the device it is; none where it never sent a frame itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// The peer's address.
    pub host: String,
    /// Packets both ways.
    pub packets: u64,
    /// Octets both ways.
    pub octets: u64,
    /// Protocols.
    pub protocols: Vec<&'static str>,
}

/// The name of a property as it is written.
#[must_use]
pub(super) const fn property_name(property: Property) -> &'static str {
    match property {
        Property::Mac => "mac",
        Property::Ip => "ip",
        Property::Vendor => "vendor",
        Property::Model => "model",
        Property::OrderNumber => "order_number",
        Property::Firmware => "firmware",
        Property::Hardware => "hardware",
        Property::Serial => "serial",
        Property::Name => "name",
        Property::Location => "location",
        Property::Description => "description",
        Property::OperatingSystem => "operating_system",
        Property::Project => "project",
        Property::Mode => "mode",
        Property::Module => "module",
        Property::Role => "role",
    }
}

impl Asset {
    /// Whether it acts on the process itself (controllers, outstations, protection devices,
    /// drives, remote I/O) by what it said and did: a port that answers proves nothing.
    #[must_use]
    pub fn acts_on_the_process(&self) -> bool {
        let leads = self.roles.first();
        leads.is_some_and(|role| !role.by_port && is_field(role.role))
    }

    /// Whether it would by a port that answers, and by nothing else.
    #[must_use]
    pub fn may_act_on_the_process(&self) -> bool {
        let leads = self.roles.first();
        leads.is_some_and(|role| role.by_port && is_field(role.role))
    }
}

impl Assets {
    /// An inventory of these devices.
    pub(in crate::desk) fn new(assets: Vec<Asset>, overflow: u64) -> Self {
        let of = (0..)
            .zip(&assets)
            .flat_map(|(place, asset)| asset.hosts.iter().map(move |host| (*host, place)))
            .collect();
        Self {
            assets,
            overflow,
            list: None,
            of,
        }
    }

    /// The device that a host belongs to.
    #[must_use]
    pub fn of(&self, host: Host) -> Option<&Asset> {
        self.assets.get(*self.of.get(&host)?)
    }

    /// How many devices have each leading role.
    #[must_use]
    pub fn by_role(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for asset in &self.assets {
            let role = asset.roles.first().map_or("unknown", |role| role.role);
            *counts.entry(role).or_default() += 1;
        }
        counts
    }
}

fn texts<T: ToString, S: Serializer>(set: &BTreeSet<T>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(set.iter().map(ToString::to_string))
}

fn text<T: ToString, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    value
        .as_ref()
        .map(ToString::to_string)
        .serialize(serializer)
}
