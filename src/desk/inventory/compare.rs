//! Two inventories held against each other: devices that came, went, or are told otherwise now.
//!
//! A device is the same where it has a card of before or, failing that, an address of before.
//! What only one of the two told of a device is no change of the device: it was not asked for.

use super::asset::{Asset, Assets};
use crate::desk::baseline::compare::Change;
use std::collections::BTreeSet;

/// Reads an attribute off a device.
type Read = fn(&Asset) -> String;

/// What is compared of a device that both show.
const ATTRIBUTES: [(&str, Read); 11] = [
    ("name", |asset| asset.name.clone()),
    ("vendor", |asset| asset.vendor.clone()),
    ("model", |asset| asset.model.clone()),
    ("order number", |asset| asset.order_number.clone()),
    ("firmware", |asset| asset.firmware.clone()),
    ("hardware", |asset| asset.hardware.clone()),
    ("serial", |asset| asset.serial.clone()),
    ("operating system", |asset| asset.operating_system.clone()),
    ("mode", |asset| asset.mode.clone()),
    ("mac", |asset| list(asset.macs.iter())),
    ("ip", |asset| list(asset.ips.iter())),
];

fn list(values: impl Iterator<Item = impl ToString>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    values.join(" ")
}

/// What changed from the older to the newer.
#[must_use]
pub fn changes(old: &Assets, new: &Assets) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut left: BTreeSet<usize> = (0..old.assets.len()).collect();
    let mut same: Vec<Option<usize>> = vec![None; new.assets.len()];
    // Cards first: an address may have gone to another device.
    for alike in [has_same_card, has_same_address] {
        for (asset, known) in new.assets.iter().zip(&mut same) {
            if known.is_some() {
                continue;
            }
            let before = left.iter().copied().find(|place| {
                old.assets
                    .get(*place)
                    .is_some_and(|before| alike(before, asset))
            });
            if let Some(place) = before {
                left.remove(&place);
                *known = Some(place);
            }
        }
    }
    for (asset, before) in new.assets.iter().zip(same) {
        match before.and_then(|place| old.assets.get(place)) {
            None => changes.push(Change::Added(format!("device {}", title(asset)))),
            Some(before) => attributes(before, asset, &mut changes),
        }
    }
    let gone = left.into_iter().filter_map(|place| old.assets.get(place));
    changes.extend(gone.map(|asset| Change::Gone(format!("device {}", title(asset)))));
    changes
}

fn has_same_card(one: &Asset, other: &Asset) -> bool {
    !one.macs.is_disjoint(&other.macs)
}

fn has_same_address(one: &Asset, other: &Asset) -> bool {
    !one.ips.is_disjoint(&other.ips)
}

/// A device by its address, and what it is.
fn title(asset: &Asset) -> String {
    let address = address(asset);
    let role = asset.roles.first().map_or("", |role| role.role);
    let known = [role, &asset.vendor, &asset.model, &asset.firmware];
    let known: Vec<&str> = known.into_iter().filter(|text| !text.is_empty()).collect();
    match known.is_empty() {
        true => address,
        false => format!("{address} ({})", known.join(", ")),
    }
}

fn address(asset: &Asset) -> String {
    let ip = asset.ips.first().map(ToString::to_string);
    ip.unwrap_or_else(|| asset.id.clone())
}

fn attributes(before: &Asset, after: &Asset, changes: &mut Vec<Change>) {
    for (name, read) in ATTRIBUTES {
        let (old, new) = (read(before), read(after));
        if old != new && !old.is_empty() && !new.is_empty() {
            changes.push(Change::Changed(
                format!("{name} of device {}", address(after)),
                old,
                new,
            ));
        }
    }
    let served = |line: &String| format!("service of device {}: {line}", address(after));
    let (old, new) = (&before.serves, &after.serves);
    changes.extend(new.difference(old).map(|line| Change::Added(served(line))));
    changes.extend(old.difference(new).map(|line| Change::Gone(served(line))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Mac;

    fn device(mac: u8, ip: [u8; 4], firmware: &str) -> Asset {
        Asset {
            macs: [Mac([0, 1, 2, 3, 4, mac])].into(),
            ips: [std::net::IpAddr::from(ip)].into(),
            firmware: firmware.to_owned(),
            ..Asset::default()
        }
    }

    #[test]
    fn devices_are_known_by_their_cards_and_told_where_they_changed() {
        let old = Assets::new(
            vec![device(1, [10, 0, 0, 1], "v1"), device(2, [10, 0, 0, 2], "")],
            0,
        );
        let new = Assets::new(
            vec![
                device(1, [10, 0, 0, 9], "v2"),
                device(3, [10, 0, 0, 2], "v1"),
                device(4, [10, 0, 0, 1], ""),
            ],
            0,
        );
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
