//! VXLAN (RFC 7348, 5), also with a group policy identifier.
//!
//! ```text
//!  0               1               2               3
//! | flags (0x08)  | reserved, or policy flags and group           |
//! | VXLAN network identifier                      | reserved      |
//! ```

use super::super::ethernet::TRANSPARENT_BRIDGING;
use super::super::walk::{Layer, Walk};

/// Destination port (RFC 7348, 8).
pub(in super::super) const PORT: u16 = 4789;
/// Destination port of Linux before the assignment.
pub(in super::super) const LINUX_PORT: u16 = 8472;

/// Opens the tunnel if an Ethernet frame follows the header.
pub(in super::super) fn open(walk: &mut Walk<'_>) -> Layer {
    /// The identifier is valid.
    const VALID: u8 = 0x08;
    match walk.peek::<8>() {
        Some(&[flags, ..]) if flags & VALID != 0 => super::open(walk, 8, TRANSPARENT_BRIDGING),
        _ => Layer::End,
    }
}
