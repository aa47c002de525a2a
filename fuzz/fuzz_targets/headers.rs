//! Headers and tunnels of any link type: the first octets pick the link type and how much of the
//! frame was captured.
#![no_main]

use jaga::wire::{self, Checksums};
use libfuzzer_sys::fuzz_target;

/// Link types as numbered by tcpdump.org: Ethernet, raw IP, Linux cooked v1 and v2, BSD
/// loopback, and any other.
const LINKS: [u32; 8] = [1, 1, 101, 113, 276, 0, 108, 147];

fuzz_target!(|data: &[u8]| {
    let [control, longer, octets @ ..] = data else {
        return;
    };
    let link = LINKS[usize::from(control & 7)];
    let verify = if control & 8 == 0 {
        Checksums::Header
    } else {
        Checksums::Transport
    };
    let original = octets.len() as u32 + u32::from(*longer);
    let headers = wire::read(link, octets, original, verify);
    assert!(usize::from(wire::shard(&headers)) < usize::from(wire::SHARDS));
});
