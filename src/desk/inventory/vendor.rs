//! The manufacturer that owns a MAC's prefix, and the name it goes by.

use super::oui;
use crate::facts::Mac;

/// Owners in the registry that go by another name in the plant: the company was bought, or the
/// registry cuts the name. Matched as the beginning of the owner, without case.
/// A longer beginning stands before a shorter one.
const BRANDS: [(&str, &str); 8] = [
    ("allen-bradley", "Rockwell Automation (Allen-Bradley)"),
    ("hewlett packard enterprise", "Hewlett Packard Enterprise"),
    ("hewlett packard", "HP (Hewlett Packard)"),
    ("modicon", "Schneider Electric (Modicon)"),
    ("ruggedcom", "Siemens (RuggedCom)"),
    (
        "schweitzer engineering",
        "Schweitzer Engineering Laboratories",
    ),
    ("square d", "Schneider Electric (Square D)"),
    ("telemecanique", "Schneider Electric (Telemecanique)"),
];

/// The registered owner of the MAC's block; `None` for locally administered addresses.
pub(super) fn of(mac: Mac) -> Option<&'static str> {
    if mac.is_local() || mac.is_group() {
        return None;
    }
    let owner = oui::owner(mac)?.trim_end_matches([',', ' ']);
    (!owner.is_empty()).then_some(owner)
}

/// The name that an owner is known by in the plant.
pub(super) fn brand(owner: &str) -> String {
    let lower = owner.to_lowercase();
    BRANDS
        .iter()
        .find(|(start, _)| lower.starts_with(start))
        .map_or(owner, |(_, brand)| brand)
        .to_owned()
}

/// Makers of computers and of what computers run in; their machines run any software, so what
/// they are for does not show in the maker.
const COMPUTERS: [&str; 18] = [
    "acer",
    "apple",
    "asus",
    "dell",
    "fujitsu",
    "gigabyte",
    "giga-byte",
    "hewlett",
    "hp ",
    "intel corp",
    "lenovo",
    "microsoft",
    "pcs systemtechnik",
    "raspberry",
    "super micro",
    "vmware",
    "wistron",
    "xensource",
];

/// Whether this owner makes computers.
pub(super) fn makes_computers(owner: &str) -> bool {
    let lower = owner.to_lowercase();
    COMPUTERS.iter().any(|start| lower.starts_with(start))
}

/// Whether two texts name the same thing: letters and digits alone are compared, without case,
/// and one may be the beginning or a part of the other (`Dell` and `Dell Inc.`).
pub(super) fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let (a, b) = (plain(a), plain(b));
    a.contains(&b) || b.contains(&a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_name_their_owners() {
        let vendor = of(Mac([0x00, 0x09, 0x0f, 1, 2, 3])).unwrap();
        assert!(vendor.contains("Fortinet"), "{vendor}");
        assert_eq!(of(Mac([0x00, 0x1b, 0x1b, 1, 2, 3])), Some("Siemens AG"));
        assert_eq!(of(Mac([0x02, 0, 0, 1, 2, 3])), None);
    }

    #[test]
    fn owners_go_by_the_name_in_use() {
        let telemecanique = of(Mac([0x00, 0x80, 0xf4, 1, 2, 3])).unwrap();
        assert!(same(&brand(telemecanique), "Schneider Electric"));
        assert_eq!(brand("Dell Inc."), "Dell Inc.");
        assert!(same("Dell Inc.", "dell"));
        assert!(!same("Dell Inc.", "Delta"));
    }
}
