//! TZSP, the TaZmen Sniffer Protocol: how small routers send mirrored frames.
//!
//! ```text
//!  0         1      2                        4
//! | version | type | encapsulated protocol  | tags ... | frame ...
//! ```
//! A tag is a type, a length and as many octets; types 0 (padding) and 1 (end) stand alone.

use super::super::ethernet::TRANSPARENT_BRIDGING;
use super::super::octets::Octets;
use super::super::walk::{Layer, Walk};

/// Destination port by custom.
pub(in super::super) const PORT: u16 = 37008;

/// Opens the tunnel if an Ethernet frame follows the tags.
pub(in super::super) fn open(walk: &mut Walk<'_>) -> Layer {
    match frame_at(walk.rest()) {
        Some(skip) => super::open(walk, skip, TRANSPARENT_BRIDGING),
        None => Layer::End,
    }
}

/// Where the Ethernet frame begins in a TZSP message.
fn frame_at(message: &[u8]) -> Option<usize> {
    const VERSION: u8 = 1;
    const ETHERNET: u16 = 1;
    const PADDING: u8 = 0;
    const END: u8 = 1;

    let mut octets = Octets::new(message);
    // Types 0 and 1 carry a frame, received or to be sent; the others steer the sender.
    if octets.u8()? != VERSION || octets.u8()? > 1 || octets.be16()? != ETHERNET {
        return None;
    }
    loop {
        match octets.u8()? {
            PADDING => {}
            END => return Some(octets.at()),
            _ => {
                let length = octets.u8()?;
                octets.skip(usize::from(length))?;
            }
        }
    }
}
