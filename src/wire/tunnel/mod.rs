//! Tunnels: headers behind which another packet or frame begins.
//!
//! Called by the walk and by the readers of IP payloads. Where a header names what it carries it
//! is followed; where only a port hints at it, the inner packet must look sound.

pub(super) mod erspan;
pub(super) mod geneve;
pub(super) mod gre;
pub(super) mod mpls;
pub(super) mod pppoe;
pub(super) mod teredo;
pub(super) mod tzsp;
pub(super) mod vxlan;

use super::walk::{Layer, Walk};
use super::{ethernet, ipv4, ipv6};

/// What the next octets look like when they must hold what this Ethernet type says.
fn plausible(walk: &Walk<'_>, skip: usize, kind: u16) -> Option<Layer> {
    let octets = walk.rest().get(skip..)?;
    let length = walk.left().saturating_sub(skip);
    let (sound, layer) = match kind {
        ethernet::TRANSPARENT_BRIDGING => (ethernet::is_plausible(octets, length), Layer::Ethernet),
        ethernet::IPV4 => (ipv4::is_plausible(octets, length), Layer::Ipv4),
        ethernet::IPV6 => (ipv6::is_plausible(octets, length), Layer::Ipv6),
        _ => return None,
    };
    sound.then_some(layer)
}

/// Opens a tunnel guessed from a port: passes over its header of `skip` octets if what this
/// Ethernet type says follows it, and leaves everything as content if not.
fn open(walk: &mut Walk<'_>, skip: usize, kind: u16) -> Layer {
    let Some(inner) = plausible(walk, skip, kind) else {
        return Layer::End;
    };
    let inner = walk.enter(inner);
    if !matches!(inner, Layer::End) {
        walk.pass(skip);
    }
    inner
}
