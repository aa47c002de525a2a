//! Teredo (RFC 4380, 5.1.1): IPv6 in UDP, behind optional authentication and origin headers.
//!
//! ```text
//! | 0 | 1 | id length | auth length | id, auth ... | nonce (8) | confirmation |   authentication
//! | 0 | 0 | origin port | origin address |                                       origin
//! | IPv6 header ...
//! ```

use super::super::ethernet::IPV6;
use super::super::octets::Octets;
use super::super::walk::{Layer, Walk};

/// Port of Teredo servers (RFC 4380, 2.7).
pub(in super::super) const PORT: u16 = 3544;

/// Opens the tunnel if an IPv6 packet follows the optional headers.
pub(in super::super) fn open(walk: &mut Walk<'_>) -> Layer {
    match packet_at(walk.rest()) {
        Some(skip) => super::open(walk, skip, IPV6),
        None => Layer::End,
    }
}

/// Where the IPv6 packet begins in a Teredo message.
fn packet_at(message: &[u8]) -> Option<usize> {
    let mut octets = Octets::new(message);
    if message.starts_with(&[0, 1]) {
        octets.skip(2)?;
        let identifier = octets.u8()?;
        let authentication = octets.u8()?;
        octets.skip(usize::from(identifier) + usize::from(authentication) + 9)?;
    }
    if octets.rest().starts_with(&[0, 0]) {
        octets.skip(8)?;
    }
    Some(octets.at())
}
