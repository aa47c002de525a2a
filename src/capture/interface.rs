//! Where frames were captured: the interfaces that all inputs describe, in one growing list.
//!
//! Filled by the parsers, read by the sensor and the doors. Bounded for each input.

use super::frame::LinkType;

/// Most different interfaces kept of one input, and most that one section may describe. A
/// capture of all interfaces of a large switch stays far below.
pub(super) const INTERFACES_MAX: usize = 1024;

/// Most octets kept of a name or description.
const NAME_MAX: usize = 256;

/// An interface as an input describes it. A later section that describes the same interface
/// again adds to the same entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Index of the input in [`Captures::sources`](super::Captures::sources).
    pub source: usize,
    /// Link type of its frames.
    pub link: LinkType,
    /// Most octets captured of a frame; 0: no limit.
    pub snaplen: u32,
    /// Length of the frame check sequence that ends each frame, octets; 0 where there is none
    /// or it is not said.
    pub fcs: u8,
    /// Name on the capturing host (`eth1`); text from outside. Empty where it is not said.
    pub name: String,
    /// Description by the user; text from outside. Empty where it is not said.
    pub description: String,
    /// Packets the interface received, by its last statistics (pcapng).
    pub received: u64,
    /// Packets the interface or the system dropped before they could be captured, by its last
    /// statistics or, where there are none, by the counts beside the frames (pcapng).
    pub dropped: u64,
}

impl Interface {
    pub(super) const fn new(source: usize, link: LinkType, snaplen: u32) -> Self {
        Self {
            source,
            link,
            snaplen,
            fcs: 0,
            name: String::new(),
            description: String::new(),
            received: 0,
            dropped: 0,
        }
    }

    fn same(&self, other: &Self) -> bool {
        self.source == other.source
            && self.link == other.link
            && self.snaplen == other.snaplen
            && self.fcs == other.fcs
            && self.name == other.name
            && self.description == other.description
    }
}

/// Text from a capture as far as it is kept.
pub(super) fn text(octets: &[u8]) -> String {
    let kept = octets.get(..NAME_MAX).unwrap_or(octets);
    String::from_utf8_lossy(kept)
        .trim_end_matches('\0')
        .to_owned()
}

/// The interfaces of all inputs.
#[derive(Debug, Default)]
pub(super) struct Interfaces(Vec<Interface>);

impl Interfaces {
    pub(super) fn all(&self) -> &[Interface] {
        &self.0
    }

    /// The number of the interface in the list, where it is entered if it is new; `None` where
    /// its input described too many. Called once a description, not once a frame.
    pub(super) fn enter(&mut self, interface: Interface) -> Option<u32> {
        let mut of_source = 0;
        for (index, known) in self.0.iter().enumerate() {
            if known.same(&interface) {
                return u32::try_from(index).ok();
            }
            of_source += usize::from(known.source == interface.source);
        }
        if of_source >= INTERFACES_MAX {
            return None;
        }
        let index = u32::try_from(self.0.len()).ok()?;
        self.0.push(interface);
        Some(index)
    }

    /// Adds to the counters of an interface.
    pub(super) fn count(&mut self, index: u32, received: u64, dropped: u64) {
        if let Some(interface) = self.0.get_mut(index as usize) {
            interface.received = interface.received.saturating_add(received);
            interface.dropped = interface.dropped.saturating_add(dropped);
        }
    }
}
