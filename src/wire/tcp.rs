//! TCP (RFC 9293, 3.1).
//!
//! ```text
//!  0               1               2               3
//! | source port                   | destination port              |
//! | sequence number                                               |
//! | acknowledgment number                                         |
//! | data offset | reserved | flags | window                       |
//! | checksum                      | urgent pointer                |
//! | options, to four times the data offset ...                    |
//! ```
//! Called for the payload of an IP packet.

use super::walk::{Layer, Walk};
use super::{Tcp, Transport, ip};

/// Octets of a header without options.
const LEAST: usize = 20;

/// Reads a header. A data offset that does not fit leaves no transport header: a receiver drops
/// such a segment, and its octets must not enter the stream.
pub(super) fn read(walk: &mut Walk<'_>) -> Layer {
    let start = walk.at();
    let Some(header) = walk.take::<LEAST>() else {
        return Layer::End;
    };
    let &[
        s0,
        s1,
        d0,
        d1,
        q0,
        q1,
        q2,
        q3,
        a0,
        a1,
        a2,
        a3,
        data_offset,
        flags,
        w0,
        w1,
        ..,
    ] = header;
    let length = usize::from(data_offset >> 4) * 4;
    if length < LEAST || length - LEAST > walk.left() {
        return walk.malformed(start);
    }
    if length > LEAST {
        walk.pass(length - LEAST);
    }
    walk.headers.transport = Transport::Tcp(Tcp {
        source: u16::from_be_bytes([s0, s1]),
        destination: u16::from_be_bytes([d0, d1]),
        sequence: u32::from_be_bytes([q0, q1, q2, q3]),
        acknowledgment: u32::from_be_bytes([a0, a1, a2, a3]),
        flags,
        window: u16::from_be_bytes([w0, w1]),
    });
    ip::verify(walk, start, false);
    Layer::End
}
