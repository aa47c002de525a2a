//! What both versions of IP share: telling them apart, the payload's protocol, and the headers
//! that are too short for a file of their own (ICMP, AH, EtherIP).
//!
//! Called by the walk.

use super::walk::{Layer, Walk};
use super::{Checksums, Notes, Transport, checksum, tcp, udp};

/// Protocol number of the authentication header.
pub(super) const AUTHENTICATION: u8 = 51;

/// An IP header whose version its first octet tells.
pub(super) fn read(walk: &mut Walk<'_>) -> Layer {
    match walk.peek_or_note::<1>() {
        Some(&[version]) if version >> 4 == 4 => Layer::Ipv4,
        Some(&[version]) if version >> 4 == 6 => Layer::Ipv6,
        Some(_) => walk.unknown(walk.at()),
        None => Layer::End,
    }
}

/// Goes on with the payload of an IP packet (IANA protocol numbers).
pub(super) fn carry(walk: &mut Walk<'_>, protocol: u8) -> Layer {
    const ICMP: u8 = 1;
    const IPV4: u8 = 4;
    const TCP: u8 = 6;
    const UDP: u8 = 17;
    const IPV6: u8 = 41;
    const GRE: u8 = 47;
    const ENCAPSULATED_SECURITY: u8 = 50;
    const ICMPV6: u8 = 58;
    const ETHERIP: u8 = 97;
    const MPLS: u8 = 137;
    const ETHERNET: u8 = 143;

    match protocol {
        TCP => return tcp::read(walk),
        UDP => return udp::read(walk),
        ICMP => return control_message(walk, true),
        ICMPV6 => return control_message(walk, false),
        _ => walk.headers.transport = Transport::Other,
    }
    match protocol {
        IPV4 => walk.enter(Layer::Ipv4),
        IPV6 => walk.enter(Layer::Ipv6),
        GRE => Layer::Gre,
        MPLS => walk.enter(Layer::Mpls),
        ETHERNET => walk.enter(Layer::Ethernet),
        ETHERIP => ether_ip(walk),
        AUTHENTICATION => match authentication(walk) {
            Some(next) => {
                walk.note(Notes::OPTIONS);
                set_protocol(walk, next);
                Layer::Payload(next)
            }
            None => Layer::End,
        },
        ENCAPSULATED_SECURITY => {
            walk.note(Notes::ENCRYPTED);
            Layer::End
        }
        _ => Layer::End,
    }
}

/// Keeps the protocol that was found behind an authentication header.
fn set_protocol(walk: &mut Walk<'_>, protocol: u8) {
    if let super::Network::Ip(ip) = &mut walk.headers.network {
        ip.protocol = protocol;
    }
}

/// ICMP (RFC 792) and ICMPv6 (RFC 4443, 2.1): type, code, checksum. The content is the whole
/// message, the type first.
fn control_message(walk: &mut Walk<'_>, plain: bool) -> Layer {
    let start = walk.at();
    let Some(&[kind, code]) = walk.peek_or_note::<2>() else {
        return Layer::End;
    };
    walk.headers.transport = Transport::Icmp { kind, code };
    verify(walk, start, plain);
    Layer::End
}

/// Verifies the checksum of the payload at `start`, if that was asked for.
pub(super) fn verify(walk: &mut Walk<'_>, start: usize, plain: bool) {
    if walk.verify == Checksums::Transport
        && let Some(ip) = walk.headers.ip().copied()
    {
        checksum::verify(walk, &ip, start, plain);
    }
}

/// Passes over an authentication header (RFC 4302, 2) and answers what follows.
///
/// ```text
/// | next header | length, in units of four octets less two | reserved | SPI | sequence | ICV ... |
/// ```
pub(super) fn authentication(walk: &mut Walk<'_>) -> Option<u8> {
    let &[next, length, ..] = walk.peek_or_note::<8>()?;
    walk.skip((usize::from(length) + 2) * 4)?;
    Some(next)
}

/// EtherIP (RFC 3378): version 3 in the first four bits, then an Ethernet frame.
fn ether_ip(walk: &mut Walk<'_>) -> Layer {
    let start = walk.at();
    match walk.take::<2>() {
        Some(&[version, _]) if version >> 4 == 3 => walk.enter(Layer::Ethernet),
        Some(_) => walk.unknown(start),
        None => Layer::End,
    }
}
