//! Who talks to whom, and which shard holds their state.
//!
//! Called by the reader that hands frames to workers. Both directions of a conversation give
//! the same answers.

use super::{Headers, Network};
use crate::facts::{Host, Mac};
use std::net::IpAddr;

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

/// The shard of a frame, below [`SHARDS`]: the same in every run, on every machine and for both
/// directions. Frames that name no host go to shard 0.
#[must_use]
pub fn shard(headers: &Headers) -> u8 {
    match &headers.network {
        Network::Ip(ip) => match (ip.source, ip.destination) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                of_pair(u64::from(one.to_bits()), u64::from(other.to_bits()))
            }
            (one, other) => of_pair(folded(one), folded(other)),
        },
        _ => match headers.macs {
            Some((source, destination)) => of_pair(number(source), number(destination)),
            None => 0,
        },
    }
}

/// The shard of two hosts, each reduced to 64 bits.
const fn of_pair(one: u64, other: u64) -> u8 {
    let (low, high) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    let [.., octet] = mixed(low.rotate_left(32) ^ high).to_be_bytes();
    octet % SHARDS
}

/// An address as 64 bits. IPv4 keeps its value; the halves of IPv6 are mixed.
fn folded(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h, rest @ ..] = address.octets();
            let prefix = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            mixed(prefix) ^ u64::from_be_bytes(rest)
        }
    }
}

const fn number(mac: Mac) -> u64 {
    let [a, b, c, d, e, f] = mac.0;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of the number moves about
/// half of the result's bits.
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
