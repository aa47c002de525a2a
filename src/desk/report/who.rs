//! Who did what to whom: the parties, what they operated, and each act.
//!
//! Parts of the [`super::summary::Summary`]; plain data, made once at the end.

use super::acts::Told;
use super::{is_industrial, words, written};
use crate::desk::inventory::{Asset, Assets};
use crate::facts::{Class, Host, Stamp};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Somebody who acts or is acted upon.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Party {
    /// IP address, or MAC address where there is none.
    pub address: String,
    /// The device's name or else its model; empty where neither is known.
    pub name: String,
    /// The device's leading role; empty where none is known.
    pub role: String,
}

impl Party {
    /// The party that a host is.
    pub(in crate::desk) fn of(host: Host, assets: &Assets) -> Self {
        let address = host.to_string();
        match assets.of(host) {
            Some(asset) => Self {
                address,
                ..Self::of_asset(asset)
            },
            None => Self {
                address,
                ..Self::default()
            },
        }
    }

    /// The party that a device is, by its first address.
    pub(in crate::desk) fn of_asset(asset: &Asset) -> Self {
        let ip = asset.ips.first().map(ToString::to_string);
        let role = asset.roles.first();
        Self {
            address: ip.unwrap_or_else(|| asset.id.clone()),
            name: name(asset),
            role: role.map_or_else(String::new, |role| role.role.to_owned()),
        }
    }
}

/// What one party does to one device over one protocol.
#[derive(Clone, Debug, Serialize)]
pub struct Control {
    /// Who.
    pub actor: Arc<Party>,
    /// To whom.
    pub device: Arc<Party>,
    /// The protocol's name.
    pub protocol: &'static str,
    /// Operations in all.
    pub operations: u64,
    /// Operations by class.
    #[serde(serialize_with = "written::write_classes")]
    pub classes: BTreeMap<Class, u64>,
    /// How many the device refused.
    pub refused: u64,
    /// How many had no answer that could be seen.
    pub unanswered: u64,
    /// The highest criticality among them, 0 to 5.
    pub criticality: u8,
}

impl Control {
    /// Whether it changes something or commands, rather than only asks, reads and reports of
    /// itself.
    #[must_use]
    pub fn commands(&self) -> bool {
        let tells = |class: &Class| {
            matches!(
                class,
                Class::Session | Class::Identify | Class::Diagnose | Class::Read | Class::State
            )
        };
        self.criticality >= 3 && !self.classes.keys().all(tells)
    }
}

/// One kind of operation between two parties over all its repetitions.
#[derive(Clone, Debug, Serialize)]
pub struct Act {
    /// What was done.
    pub operation: &'static str,
    /// Its class.
    pub class: &'static str,
    /// 0 routine to 5 stop, program, firmware, wipe.
    pub criticality: u8,
    /// The protocol's name.
    pub protocol: &'static str,
    /// Who.
    pub actor: Arc<Party>,
    /// To whom.
    pub device: Arc<Party>,
    /// How often.
    pub count: u64,
    /// How often the device refused.
    pub refused: u64,
    /// What it answered when it first refused; empty where it did not.
    pub refusal: &'static str,
    /// How often no answer was seen.
    pub unanswered: u64,
    /// How often the device said that it did it.
    pub carried_out: u64,
    /// Whether the device accepted one that was still in progress.
    pub accepted: bool,
    /// ATT&CK for ICS techniques it can serve.
    pub techniques: Vec<String>,
    /// The first packet that shows it.
    #[serde(serialize_with = "written::write_stamp")]
    pub first: Stamp,
    /// The last packet that shows it.
    #[serde(serialize_with = "written::write_stamp")]
    pub last: Stamp,
    /// What it touched, the most frequent first; kept from criticality 3 on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// How many of `count` touched targets that are not listed.
    pub elsewhere: u64,
}

impl Act {
    /// How grave it is, 0 to 5: what the device refused every time is one less than its
    /// criticality.
    #[must_use]
    pub const fn weight(&self) -> u8 {
        self.criticality.saturating_sub(self.is_refused() as u8)
    }

    /// Whether the device refused it every time.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        self.refused > 0 && self.refused == self.count
    }
}

/// One target of an act.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// Where it lies: unit, space, addresses, name.
    pub place: String,
    /// What was first written there; empty where nothing was.
    pub value: String,
    /// What was last written there, of what was told singly.
    pub last: String,
    /// How many times another value than before was told there, the first included; 0 where
    /// nothing was written.
    pub values: u64,
    /// Whether a value came back after others.
    pub returned: bool,
    /// How many further items the first operation had.
    pub further_items: usize,
    /// How often.
    pub count: u64,
}

/// Names hosts after their devices.
pub(super) struct Parties<'a> {
    assets: &'a Assets,
    known: HashMap<Host, Arc<Party>>,
}

impl<'a> Parties<'a> {
    pub(super) fn new(assets: &'a Assets) -> Self {
        Self {
            assets,
            known: HashMap::new(),
        }
    }

    /// The party that a host is.
    pub(super) fn of(&mut self, host: Host) -> Arc<Party> {
        let assets = self.assets;
        let new = || Arc::new(Party::of(host, assets));
        Arc::clone(self.known.entry(host).or_insert_with(new))
    }
}

/// What people call a device: its name, or else what it is.
pub(super) fn name(asset: &Asset) -> String {
    let names = [&asset.name, &asset.model, &asset.order_number];
    let named = names.into_iter().find(|name| !name.is_empty());
    named.map_or_else(String::new, |name| crate::facts::plain(name))
}

pub(super) fn act(told: Told, parties: &mut Parties<'_>) -> Act {
    Act {
        operation: told.meaning.name,
        class: told.meaning.class.name(),
        criticality: told.meaning.criticality,
        protocol: told.protocol,
        actor: parties.of(told.actor),
        device: parties.of(told.device),
        count: told.count,
        refused: told.refused,
        refusal: told.refusal,
        unanswered: told.unanswered,
        carried_out: told.carried_out,
        accepted: told.accepted,
        techniques: told
            .meaning
            .techniques
            .iter()
            .map(ToString::to_string)
            .collect(),
        first: told.first,
        last: told.last,
        targets: told
            .targets
            .into_iter()
            .map(|target| Target {
                place: words::place(target.unit, target.item.as_ref()),
                value: target.values.first,
                last: target.values.last,
                values: target.values.count,
                returned: target.values.returned,
                further_items: target.further,
                count: target.count,
            })
            .collect(),
        elsewhere: told.elsewhere,
    }
}

/// Acts added up by actor, device and protocol.
pub(super) fn control(acts: &[Told], parties: &mut Parties<'_>) -> Vec<Control> {
    let mut pairs: BTreeMap<(Host, Host, &'static str), Control> = BTreeMap::new();
    for told in acts.iter().filter(|told| is_industrial(told.protocol)) {
        let key = (told.actor, told.device, told.protocol);
        let pair = pairs.entry(key).or_insert_with(|| Control {
            actor: parties.of(told.actor),
            device: parties.of(told.device),
            protocol: told.protocol,
            operations: 0,
            classes: BTreeMap::new(),
            refused: 0,
            unanswered: 0,
            criticality: 0,
        });
        pair.operations += told.count;
        *pair.classes.entry(told.meaning.class).or_default() += told.count;
        pair.refused += told.refused;
        pair.unanswered += told.unanswered;
        pair.criticality = pair.criticality.max(told.meaning.criticality);
    }
    let mut pairs: Vec<Control> = pairs.into_values().collect();
    // Stable: ties stay in the order of actor, device and protocol.
    pairs.sort_by_key(|pair| std::cmp::Reverse((pair.criticality, pair.operations)));
    pairs
}
