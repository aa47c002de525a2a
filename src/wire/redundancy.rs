//! PRP trailers (IEC 62439-3:2021, 4.1.9). HSR tags stand with the other tags in
//! [`super::ethernet`].
//!
//! ```text
//!                          end - 6         end - 4                end - 2
//! | LSDU ... | padding ... | sequence (16) | LAN (4) | size (12) | 0x88FB |
//! ```
//! The suffix alone proves nothing: any payload can end in these octets. A trailer is believed
//! when the LAN identifier is one of the two that exist and the size agrees with the frame. The
//! size counts the octets behind the type up to the end of the trailer.

use super::Notes;
use super::walk::{Layer, Walk};

/// The last octets of a trailer.
pub(super) const SUFFIX: [u8; 2] = [0x88, 0xfb];

/// Octets of a trailer.
const LENGTH: usize = 6;

/// Whether the frame, read up to behind its first type, ends with the suffix of a trailer.
#[inline]
pub(super) fn ends_with_trailer(walk: &Walk<'_>) -> bool {
    walk.is_whole() && walk.rest().ends_with(&SUFFIX)
}

/// Believes and cuts off the trailer if it is one. VLAN tags are not part of the size.
pub(super) fn trailer(walk: &mut Walk<'_>, kind: u16) -> Layer {
    let rest = walk.rest();
    let tagged = usize::from(matches!(kind, 0x8100 | 0x88a8 | 0x9100)) * 4;
    if let Some(&[_, _, lan_size, size, ..]) = rest.last_chunk::<LENGTH>() {
        let lan = lan_size >> 4;
        let size = usize::from(u16::from_be_bytes([lan_size & 0x0f, size]));
        if matches!(lan, 0xa | 0xb) && size == rest.len().saturating_sub(tagged) {
            walk.note(Notes::REDUNDANT);
            walk.drop_trailer(LENGTH);
        }
    }
    Layer::Type(kind)
}
