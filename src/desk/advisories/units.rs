//! What stands behind the address of a device: the modules of a rack, the units of a gateway. A
//! communication card answers for the address, and the controller beside it has its own firmware.

use crate::desk::inventory::Asset;
use std::collections::BTreeSet;

/// Most units of one device that advisories are held against.
const UNITS: usize = 64;

/// The units of a device that told of themselves what they are, other than the device itself.
pub(super) fn of(asset: &Asset) -> Vec<(u32, Asset)> {
    let told = asset.attributes.iter();
    let named = told.filter(|told| matches!(told.property, "model" | "order_number"));
    let units: BTreeSet<u32> = named.filter_map(|told| told.unit).collect();
    let module = |unit: u32| (unit, module(asset, unit));
    let units = units.into_iter().take(UNITS).map(module);
    units
        .filter(|(_, module)| !is_same(module, asset))
        .collect()
}

/// One unit of a device, as if it were one.
fn module(asset: &Asset, unit: u32) -> Asset {
    let mut module = Asset {
        id: asset.id.clone(),
        name: asset.name.clone(),
        ips: asset.ips.clone(),
        vendor: asset.vendor.clone(),
        ..Asset::default()
    };
    for told in &asset.attributes {
        if told.unit != Some(unit) {
            continue;
        }
        let place = match told.property {
            "vendor" => &mut module.vendor,
            "model" => &mut module.model,
            "order_number" => &mut module.order_number,
            "firmware" => &mut module.firmware,
            "serial" => &mut module.serial,
            _ => continue,
        };
        let is_first = !module
            .attributes
            .iter()
            .any(|known| known.property == told.property);
        if is_first {
            place.clone_from(&told.value);
            module.attributes.push(told.clone());
        }
    }
    module
}

/// Whether a unit is what the device tells of itself.
fn is_same(module: &Asset, asset: &Asset) -> bool {
    (&module.model, &module.order_number, &module.firmware)
        == (&asset.model, &asset.order_number, &asset.firmware)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::inventory::Attribute;

    #[test]
    fn a_rack_is_its_modules() {
        let told = |property, value: &str, unit, frame| Attribute {
            property,
            value: value.to_owned(),
            unit,
            source: "enip",
            frame,
        };
        let rack = Asset {
            vendor: "Rockwell Automation".to_owned(),
            model: "1756-ENBT/A".to_owned(),
            firmware: "4.7".to_owned(),
            attributes: vec![
                told("model", "1756-L61/B LOGIX5561", Some(0), 4),
                told("firmware", "16.20", Some(0), 4),
                told("firmware", "16.21", Some(0), 40),
                told("model", "1756-ENBT/A", Some(1), 10),
                told("firmware", "4.7", Some(1), 10),
                told("model", "1756-ENBT/A", None, 90),
                told("firmware", "1.2", Some(2), 14),
            ],
            ..Asset::default()
        };
        // The card is the device itself, and of slot 2 nobody said what it is.
        let [(slot, cpu)] = of(&rack).try_into().expect("one unit");
        assert_eq!(slot, 0);
        assert_eq!(cpu.model, "1756-L61/B LOGIX5561");
        assert_eq!(cpu.firmware, "16.20");
        assert_eq!(cpu.vendor, "Rockwell Automation");
        assert_eq!(cpu.attributes.len(), 2);
    }
}
