//! Two inventories held against each other: devices that came, went, or are told otherwise now.
//!
//! A device is the same where it has a card of before or, failing that, an address of before.
//! What only one of the two told of a device is no change of the device: it was not asked for.

use super::asset::Asset;
use crate::desk::baseline::compare::Change;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Reads an attribute off a device.
type Read = fn(&Asset) -> String;

/// What is compared of a device that both show.
const ATTRIBUTES: [(&str, Read); 9] = [
    ("name", |asset| asset.name.clone()),
    ("vendor", |asset| asset.vendor.clone()),
    ("model", |asset| asset.model.clone()),
    ("order number", |asset| asset.order_number.clone()),
    ("firmware", |asset| asset.firmware.clone()),
    ("hardware", |asset| asset.hardware.clone()),
    ("serial", |asset| asset.serial.clone()),
    ("operating system", |asset| asset.operating_system.clone()),
    ("mode", |asset| asset.mode.clone()),
];

/// What is compared of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its first IP address, or what else it is called by.
    pub address: String,
    /// Its role in the plant; empty where none is known.
    pub role: String,
    /// Cards, as `00:1b:1b:01:02:03`.
    pub macs: BTreeSet<String>,
    /// IP addresses, in the order of their numbers.
    pub ips: Vec<String>,
    /// What is known of it, by the name of the attribute.
    pub attributes: BTreeMap<String, String>,
    /// Services it offers, as `modbus tcp 502`.
    pub serves: BTreeSet<String>,
}

impl Device {
    /// A device of an inventory.
    #[must_use]
    pub fn new(asset: &Asset) -> Self {
        let ips: Vec<String> = asset.ips.iter().map(ToString::to_string).collect();
        let read = ATTRIBUTES.iter().map(|(name, read)| (*name, read(asset)));
        let known = read.filter(|(_, value)| !value.is_empty());
        Self {
            address: ips.first().unwrap_or(&asset.id).clone(),
            role: asset.roles.first().map_or("", |role| role.role).to_owned(),
            macs: asset.macs.iter().map(ToString::to_string).collect(),
            ips,
            attributes: known
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            // Whether its content was seen is another thing than whether it is there.
            serves: asset
                .serves
                .iter()
                .map(|service| service.trim_end_matches('?').to_owned())
                .collect(),
        }
    }

    fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// What changed from the older to the newer.
#[must_use]
pub fn changes(old: &[Device], new: &[Device]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut left: BTreeSet<usize> = (0..old.len()).collect();
    let mut same: Vec<Option<usize>> = vec![None; new.len()];
    // Cards first: an address may have gone to another device.
    for alike in [has_same_card, has_same_address] {
        for (device, known) in new.iter().zip(&mut same) {
            if known.is_some() {
                continue;
            }
            let before = left
                .iter()
                .copied()
                .find(|place| old.get(*place).is_some_and(|before| alike(before, device)));
            if let Some(place) = before {
                left.remove(&place);
                *known = Some(place);
            }
        }
    }
    for (device, before) in new.iter().zip(same) {
        match before.and_then(|place| old.get(place)) {
            None => changes.push(Change::Added(format!("device {}", title(device)))),
            Some(before) => attributes(before, device, &mut changes),
        }
    }
    let gone = left.into_iter().filter_map(|place| old.get(place));
    changes.extend(gone.map(|device| Change::Gone(format!("device {}", title(device)))));
    changes
}

fn has_same_card(one: &Device, other: &Device) -> bool {
    !one.macs.is_disjoint(&other.macs)
}

fn has_same_address(one: &Device, other: &Device) -> bool {
    one.ips.iter().any(|ip| other.ips.contains(ip))
}

/// A device by its address, and what it is.
fn title(device: &Device) -> String {
    let names = ["vendor", "model", "firmware"];
    let known = names.map(|name| device.attribute(name));
    let known = [device.role.as_str()].into_iter().chain(known);
    let known: Vec<&str> = known.filter(|text| !text.is_empty()).collect();
    match known.is_empty() {
        true => device.address.clone(),
        false => format!("{} ({})", device.address, known.join(", ")),
    }
}

fn attributes(before: &Device, after: &Device, changes: &mut Vec<Change>) {
    let macs = |device: &Device| Vec::from_iter(device.macs.clone()).join(" ");
    let said = |device: &Device, name| device.attribute(name).to_owned();
    let read = ATTRIBUTES.map(|(name, _)| (name, said(before, name), said(after, name)));
    let addresses = [
        ("mac", macs(before), macs(after)),
        ("ip", before.ips.join(" "), after.ips.join(" ")),
    ];
    for (name, old, new) in read.into_iter().chain(addresses) {
        if old != new && !old.is_empty() && !new.is_empty() {
            let what = format!("{name} of device {}", after.address);
            changes.push(Change::Changed(what, old, new));
        }
    }
    let served = |line: &String| format!("service of device {}: {line}", after.address);
    let (old, new) = (&before.serves, &after.serves);
    changes.extend(new.difference(old).map(|line| Change::Added(served(line))));
    changes.extend(old.difference(new).map(|line| Change::Gone(served(line))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Mac;

    fn device(mac: u8, ip: [u8; 4], firmware: &str) -> Device {
        Device::new(&Asset {
            macs: [Mac([0, 1, 2, 3, 4, mac])].into(),
            ips: [std::net::IpAddr::from(ip)].into(),
            firmware: firmware.to_owned(),
            ..Asset::default()
        })
    }

    #[test]
    fn devices_are_known_by_their_cards_and_told_where_they_changed() {
        let old = [device(1, [10, 0, 0, 1], "v1"), device(2, [10, 0, 0, 2], "")];
        let new = [
            device(1, [10, 0, 0, 9], "v2"),
            device(3, [10, 0, 0, 2], "v1"),
            device(4, [10, 0, 0, 1], ""),
        ];
        let changed = |what: &str, old: &str, new: &str| {
            Change::Changed(what.to_owned(), old.to_owned(), new.to_owned())
        };
        assert_eq!(
            changes(&old, &new),
            [
                changed("firmware of device 10.0.0.9", "v1", "v2"),
                changed("ip of device 10.0.0.9", "10.0.0.1", "10.0.0.9"),
                changed(
                    "mac of device 10.0.0.2",
                    "00:01:02:03:04:02",
                    "00:01:02:03:04:03"
                ),
                Change::Added("device 10.0.0.1".to_owned()),
            ]
        );
        assert!(changes(&new, &new).is_empty());
    }
}
