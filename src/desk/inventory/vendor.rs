//! The manufacturer that owns a MAC's prefix, from the IEEE registry embedded at build time.

use crate::facts::Mac;

/// The registered owner of the MAC's block; `None` for locally administered addresses.
pub(super) fn of(mac: Mac) -> Option<&'static str> {
    if mac.is_local() || mac.is_group() {
        return None;
    }
    oui_data::lookup(&mac.to_string()).map(|record| record.organization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_name_their_owners() {
        let vendor = of(Mac([0x00, 0x09, 0x0f, 1, 2, 3])).unwrap();
        assert!(vendor.contains("Fortinet"), "{vendor}");
        let siemens = of(Mac([0x28, 0x63, 0x36, 1, 2, 3])).unwrap();
        assert!(siemens.contains("Siemens"), "{siemens}");
        assert_eq!(of(Mac([0x02, 0, 0, 1, 2, 3])), None);
    }
}
