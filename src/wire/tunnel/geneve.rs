//! Geneve (RFC 8926, 3.4).
//!
//! ```text
//!  0               1               2               3
//! | ver | options | O C | reserved | protocol (Ethernet type)     |
//! | virtual network identifier                    | reserved      |
//! | options, as many times four octets ...                        |
//! ```

use super::super::walk::{Layer, Walk};

/// Destination port (RFC 8926, 3.3).
pub(in super::super) const PORT: u16 = 6081;

/// Opens the tunnel if the packet that the header names follows it.
pub(in super::super) fn open(walk: &mut Walk<'_>) -> Layer {
    match walk.peek::<8>() {
        Some(&[version_options, _, p0, p1, ..]) if version_options >> 6 == 0 => {
            let options = usize::from(version_options & 0x3f) * 4;
            super::open(walk, 8 + options, u16::from_be_bytes([p0, p1]))
        }
        _ => Layer::End,
    }
}
