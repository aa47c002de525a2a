//! Owners of MAC address blocks: the listings of the IEEE Registration Authority (MA-L, MA-M,
//! MA-S and IAB), embedded as one sorted text. Only the vendor of a device asks here.

use crate::facts::Mac;
use std::sync::LazyLock;

/// One line a block: its 6, 7 or 9 leading digits, a tabulator, the owner; sorted. Text rather
/// than a table in code, which the compiler would chew on for minutes.
const LISTING: &str = include_str!("oui.txt");

/// The blocks and their owners in the order of the blocks.
static BLOCKS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    LISTING
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect()
});

/// The owner of the smallest block that the MAC lies in (IEEE 802, 8.2.2: 24, 28 or 36 bits).
pub(super) fn owner(mac: Mac) -> Option<&'static str> {
    let [a, b, c, d, e, _] = mac.0;
    let digits = format!("{a:02X}{b:02X}{c:02X}{d:02X}{e:02X}");
    [9, 7, 6].into_iter().find_map(|length| {
        let block = digits.get(..length)?;
        let place = BLOCKS.binary_search_by_key(&block, |entry| entry.0).ok()?;
        BLOCKS.get(place).map(|entry| entry.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_block_in_order() {
        assert_eq!(
            BLOCKS.len(),
            LISTING.lines().count() - 1,
            "one line of origin"
        );
        assert!(BLOCKS.len() > 50_000);
        assert!(BLOCKS.is_sorted_by(|a, b| a.0 < b.0));
        for (block, owner) in BLOCKS.iter() {
            let digits = block.chars().all(|c| matches!(c, '0'..='9' | 'A'..='F'));
            assert!(digits && matches!(block.len(), 6 | 7 | 9), "{block}");
            assert!(
                !owner.is_empty() && !owner.chars().any(char::is_control),
                "{owner}"
            );
        }
    }

    #[test]
    fn the_smallest_block_tells_the_owner() {
        let owner = |octets| owner(Mac(octets));
        assert_eq!(owner([0, 0, 0, 0, 0, 0]), Some("XEROX CORPORATION"));
        assert_eq!(
            owner([0xb8, 0x4c, 0x87, 0x40, 0, 0]),
            Some("Blum Novotest GmbH")
        );
        assert_eq!(
            owner([0x8c, 0x1f, 0x64, 0xaf, 0xa0, 0]),
            Some("DATA ELECTRONIC DEVICES, INC")
        );
        assert_eq!(
            owner([0x40, 0xd8, 0x55, 0x0d, 0x70, 0]),
            Some("Avant Technologies")
        );
        // The authority owns the whole that was cut up, but makes no devices.
        assert_eq!(owner([0x40, 0xd8, 0x55, 0xff, 0xff, 0]), None);
    }
}
