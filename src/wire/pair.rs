//! Who talks to whom, and which shard holds their state.
//!
//! Called by the reader that hands frames to workers. Both directions of a conversation give
//! the same answers.

use super::{Headers, Network};
use crate::facts::Host;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// Shards that state is cut into, whatever the number of workers: more than the cores of any
/// sensor, so that workers can own equal parts, and few enough that a table for each is cheap.
pub const SHARDS: u8 = 64;

/// The hosts of the innermost IP header or, without one, of the innermost Ethernet header, the
/// lower first. `None` where the frame names none.
#[must_use]
pub fn host_pair(headers: &Headers) -> Option<(Host, Host)> {
    let (one, other) = match &headers.network {
        Network::Ip(ip) => (Host::Ip(ip.source), Host::Ip(ip.destination)),
        _ => {
            let (source, destination) = headers.macs?;
            (Host::Mac(source), Host::Mac(destination))
        }
    };
    Some(if one <= other {
        (one, other)
    } else {
        (other, one)
    })
}

/// The shard of a frame, below [`SHARDS`]: the same in every run and for both directions.
/// Frames that name no host go to shard 0.
#[must_use]
pub fn shard(headers: &Headers) -> u8 {
    host_pair(headers).map_or(0, |pair| {
        let [.., octet] = FixedState::default().hash_one(pair).to_le_bytes();
        octet % SHARDS
    })
}
