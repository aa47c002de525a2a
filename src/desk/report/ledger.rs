//! Ledgers as they are written: numbers with names, and the identity that holds between them.

use crate::flow::{DuplicateKind, Ledger};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// A ledger as JSON. Numbers are octets of content unless the name says otherwise.
///
/// It holds: `content = decoded + opaque + encrypted + malformed + skipped + retransmitted +
/// discarded`. What is `lost` or `cut` is not content: the capture does not hold it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The numbers.
    pub ledger: Ledger,
    /// Whether numbers that are 0 are left out.
    pub brief: bool,
}

impl Account {
    /// All numbers, also those that are 0.
    pub(super) const fn whole(ledger: Ledger) -> Self {
        Self {
            ledger,
            brief: false,
        }
    }

    /// All numbers with their names, in the order in which they are written.
    fn numbers(&self) -> [(&'static str, u64); 18] {
        let l = &self.ledger;
        [
            ("packets", l.packets),
            ("octets", l.octets),
            ("content", l.content),
            ("decoded", l.decoded),
            ("opaque", l.opaque),
            ("encrypted", l.encrypted),
            ("malformed", l.malformed),
            ("skipped", l.skipped),
            ("retransmitted", l.retransmitted),
            ("discarded", l.discarded),
            ("lost", l.lost),
            ("lost_ranges", l.gaps),
            ("sequence_breaks", l.breaks),
            ("cut_by_snap_length", l.cut),
            ("duplicate_packets", l.duplicates.total()),
            ("ambiguous_segments", l.ambiguous),
            ("segments_out_of_order", l.out_of_order),
            ("longest_silence_us", micros(l)),
        ]
    }
}

fn micros(ledger: &Ledger) -> u64 {
    u64::try_from(ledger.silence.as_micros()).unwrap_or(u64::MAX)
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, number) in self.numbers() {
            if number > 0 || !self.brief {
                map.serialize_entry(name, &number)?;
            }
        }
        let ledger = &self.ledger;
        if !ledger.silence.is_zero() {
            let since = crate::desk::outputs::time::Eve(ledger.silent_since).to_string();
            map.serialize_entry("silent_since", &since)?;
        }
        if !ledger.ranges.is_empty() {
            let ranges: Vec<[u32; 2]> = ledger.ranges.iter().map(|r| [r.first, r.octets]).collect();
            map.serialize_entry("lost_sequences", &ranges)?;
        }
        if let Some(range) = ledger.ambiguity {
            map.serialize_entry("ambiguous_sequence", &[range.first, range.octets])?;
        }
        if ledger.duplicates.total() > 0 {
            map.serialize_entry("duplicates", &Kinds(ledger))?;
        }
        map.end()
    }
}

/// Duplicates by kind.
struct Kinds<'a>(&'a Ledger);

impl Serialize for Kinds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kinds = DuplicateKind::ALL
            .iter()
            .map(|kind| (kind.name(), self.0.duplicates.of(*kind)))
            .filter(|(_, count)| *count > 0);
        serializer.collect_map(kinds)
    }
}
