//! Ethernet (IEEE 802.3-2022, 3.1.1), its tags, and what its types stand for.
//!
//! ```text
//!  0           6           12      14
//! | destination | source    | type  | payload ...                       Ethernet II
//! | destination | source    | TPID  | TCI | type  | payload ...         one 802.1Q tag
//! ```
//! A type below 1536 is the length of an LLC payload. Called by the walk.

use super::walk::{Layer, Walk};
use super::{Network, Notes, ipv4, ipv6, redundancy};
use crate::facts::Mac;

pub(super) const IPV4: u16 = 0x0800;
pub(super) const ARP: u16 = 0x0806;
/// An 802.1Q customer tag.
pub(super) const VLAN: u16 = 0x8100;
pub(super) const TRANSPARENT_BRIDGING: u16 = 0x6558;
pub(super) const IPV6: u16 = 0x86dd;
pub(super) const PPP: u16 = 0x880b;
pub(super) const MPLS: u16 = 0x8847;
pub(super) const MPLS_MULTICAST: u16 = 0x8848;
/// The security group tag of Cisco TrustSec.
pub(super) const CISCO_METADATA: u16 = 0x8909;
const VN_TAG: u16 = 0x8926;
const E_TAG: u16 = 0x893f;
const PPPOE_SESSION: u16 = 0x8864;
const MACSEC: u16 = 0x88e5;
const BACKBONE_BRIDGING: u16 = 0x88e7;
const HSR: u16 = 0x892f;

/// Least value that is a type and not a length (IEEE 802.3-2022, 3.2.6).
const FIRST_TYPE: u16 = 0x0600;
/// Greatest length of an 802.3 payload.
const MOST_LENGTH: u16 = 1500;
/// Octets of payload below which Ethernet pads (IEEE 802.3-2022, 3.2.8).
const LEAST_PAYLOAD: usize = 46;

/// Reads addresses and type.
pub(super) fn read(walk: &mut Walk<'_>) -> Layer {
    let Some(&[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1]) = walk.take::<14>() else {
        return Layer::End;
    };
    walk.set_macs(Mac([s0, s1, s2, s3, s4, s5]), Mac([d0, d1, d2, d3, d4, d5]));
    let kind = u16::from_be_bytes([t0, t1]);
    if redundancy::ends_with_trailer(walk) {
        return redundancy::trailer(walk, kind);
    }
    Layer::Type(kind)
}

/// Goes on with what an Ethernet type stands for, over any tags.
pub(super) fn carry(walk: &mut Walk<'_>, kind: u16) -> Layer {
    let mut kind = kind;
    loop {
        kind = match kind {
            IPV4 => return ipv4::read(walk),
            VLAN | 0x88a8 | 0x9100 | 0x9200 => match walk.take::<4>() {
                Some(&[c0, c1, t0, t1]) => {
                    walk.add_vlan(u16::from_be_bytes([c0, c1]) & 0x0fff);
                    u16::from_be_bytes([t0, t1])
                }
                None => return walk.settle(Network::Ether(kind)),
            },
            IPV6 => return Layer::Ipv6,
            HSR => {
                walk.note(Notes::REDUNDANT);
                match passed_tag(walk, 4) {
                    Some(next) => next,
                    None => return walk.settle(Network::Ether(kind)),
                }
            }
            VN_TAG | E_TAG | CISCO_METADATA => match passed_tag(walk, tag_length(kind)) {
                Some(next) => next,
                None => return walk.settle(Network::Ether(kind)),
            },
            MACSEC => match secured(walk) {
                Some(next) => next,
                None => return walk.settle(Network::Ether(kind)),
            },
            other => return plain(walk, other),
        };
    }
}

/// What follows a type that is neither IP nor a tag.
fn plain(walk: &mut Walk<'_>, kind: u16) -> Layer {
    match kind {
        0..=MOST_LENGTH => {
            walk.ends_at(walk.at().saturating_add(usize::from(kind)));
            Layer::Llc
        }
        MPLS | MPLS_MULTICAST => Layer::Mpls,
        PPPOE_SESSION => Layer::Pppoe,
        PPP => Layer::Ppp,
        BACKBONE_BRIDGING => {
            // IEEE 802.1Q-2022, 9.7: four octets with the service identifier, then the
            // customer's Ethernet header.
            if walk.skip(4).is_some() {
                walk.enter(Layer::Ethernet)
            } else {
                walk.settle(Network::Ether(kind))
            }
        }
        TRANSPARENT_BRIDGING => walk.enter(Layer::Ethernet),
        _ => {
            if kind < FIRST_TYPE {
                walk.note(Notes::UNKNOWN);
            }
            walk.settle(Network::Ether(kind))
        }
    }
}

/// Octets between the type of a tag and the type that follows it: four in a VN-Tag, six in an
/// E-Tag (IEEE 802.1BR-2012, 7.5) and in Cisco metadata.
const fn tag_length(kind: u16) -> usize {
    if kind == VN_TAG { 4 } else { 6 }
}

/// Passes over `length` octets of a tag and reads the type behind it.
fn passed_tag(walk: &mut Walk<'_>, length: usize) -> Option<u16> {
    let start = walk.at();
    walk.skip(length)?;
    let kind = walk.take::<2>().map(|kind| u16::from_be_bytes(*kind));
    if kind.is_none() {
        walk.back_to(start);
    }
    kind
}

/// Reads a MACsec security tag (IEEE 802.1AE-2018, 9.3) and the type behind it where the frame
/// is only authenticated and not encrypted.
///
/// ```text
///  0          1      2              6               14
/// | TCI / AN  | SL   | packet number | SCI, if SC set | user data ... | ICV (16) |
/// ```
fn secured(walk: &mut Walk<'_>) -> Option<u16> {
    const SC: u8 = 0x20;
    const ENCRYPTED: u8 = 0x08;
    const CHANGED: u8 = 0x04;
    const ICV: usize = 16;
    let &[control, ..] = walk.peek::<6>()?;
    if control & (ENCRYPTED | CHANGED) != 0 {
        walk.note(Notes::ENCRYPTED);
        return None;
    }
    let kind = passed_tag(walk, if control & SC == 0 { 6 } else { 14 })?;
    walk.drop_trailer(ICV);
    Some(kind)
}

/// Whether `octets` look like an Ethernet frame, of which `length` octets were on the wire: for
/// tunnels whose own header does not tell what they carry.
///
/// The type must be IP with a sound header, an LLC length that agrees with the frame, or one of
/// the types seen on plant and office networks.
pub(super) fn is_plausible(octets: &[u8], length: usize) -> bool {
    /// Tags looked through; more are not plausible.
    const TAGS: usize = 4;
    let Some((_, mut rest)) = octets.split_at_checked(12) else {
        return false;
    };
    let mut left = length.saturating_sub(12);
    for _ in 0..=TAGS {
        let Some((kind, payload)) = rest.split_first_chunk::<2>() else {
            return false;
        };
        let kind = u16::from_be_bytes(*kind);
        left = left.saturating_sub(2);
        match kind {
            IPV4 => return ipv4::is_plausible(payload, left),
            IPV6 => return ipv6::is_plausible(payload, left),
            VLAN | 0x88a8 | 0x9100 => {
                rest = payload.get(2..).unwrap_or_default();
                left = left.saturating_sub(2);
            }
            0..=MOST_LENGTH => {
                let said = usize::from(kind);
                return said >= 3 && (said == left || (said < left && left <= LEAST_PAYLOAD));
            }
            _ => return TYPES.contains(&kind),
        }
    }
    false
}

/// Ethernet types that make a guessed frame plausible.
const TYPES: [u16; 24] = [
    ARP,
    0x0842, // wake on LAN
    0x8035, // RARP
    MPLS,
    MPLS_MULTICAST,
    0x8863, // PPPoE discovery
    PPPOE_SESSION,
    0x8809, // slow protocols: LACP, OAM
    0x888e, // EAPOL
    0x8892, // PROFINET
    0x88a4, // EtherCAT
    0x88ab, // POWERLINK
    0x88b8, // GOOSE
    0x88b9, // GSE management
    0x88ba, // sampled values
    0x88cc, // LLDP
    0x88cd, // Sercos III
    0x88e3, // MRP
    MACSEC,
    0x88f7, // PTP
    0x88fb, // PRP and HSR supervision
    0x890f, // CC-Link IE
    HSR,
    0x9000, // configuration test (loopback)
];
