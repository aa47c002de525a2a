//! Events of packet headers, as `decode-event` asks for them: what options and extension headers
//! hold that no sound sender writes.
//!
//! Only what one packet's own octets show is told. What a receiver drops before its headers can
//! be read belongs to no host pair that rules could name.

use super::packet::PacketView;
use crate::rules::rule::HeaderEvent;
use crate::wire::Transport;

/// IANA protocol numbers.
const HOP_BY_HOP: u8 = 0;
const ICMP: u8 = 1;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const ICMPV6: u8 = 58;
const NONE: u8 = 59;
const DESTINATION: u8 = 60;

/// Options of IPv4 that IANA lists ("IP Option Numbers"), 0 and 1 aside.
const IPV4_OPTIONS: &[u8] = &[
    7, 10, 11, 12, 15, 25, 30, 68, 82, 94, 130, 131, 133, 134, 136, 137, 142, 144, 145, 147, 148,
    149, 151, 152, 158, 205, 222,
];

/// Options of IPv6 that IANA lists ("Destination Options and Hop-by-Hop Options").
const IPV6_OPTIONS: &[u8] = &[
    0x00, 0x01, 0x04, 0x05, 0x07, 0x08, 0x0f, 0x11, 0x12, 0x23, 0x26, 0x30, 0x31, 0x63, 0x6d, 0x8a,
    0x8b, 0x8c, 0xc2, 0xc3, 0xc9, 0xee,
];

/// Types of ICMP that IANA has given out ("ICMP Parameters").
const fn is_icmp_type(kind: u8) -> bool {
    matches!(kind, 0 | 3..=6 | 8..=18 | 30..=43 | 253 | 254)
}

/// Types of ICMPv6 that IANA has given out, private experimentation included (RFC 4443, 2.1).
const fn is_icmpv6_type(kind: u8) -> bool {
    matches!(kind, 1..=4 | 100 | 101 | 127..=161 | 200 | 201 | 255)
}

/// Options of IPv4 (RFC 791, 3.1) or TCP (RFC 9293, 3.1): kind and content up to the end of the
/// list; no content where a length is wrong, which ends the list.
struct Options<'a>(&'a [u8]);

impl<'a> Iterator for Options<'a> {
    type Item = (u8, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let (&kind, rest) = self.0.split_first()?;
        self.0 = &[];
        match kind {
            0 => None,
            1 => {
                self.0 = rest;
                Some((kind, Some(&[])))
            }
            _ => {
                let length = rest.first().and_then(|length| length.checked_sub(2));
                let content = length.and_then(|length| rest.get(1..=usize::from(length)));
                if let Some(content) = content {
                    self.0 = rest.get(content.len() + 1..).unwrap_or_default();
                }
                Some((kind, content))
            }
        }
    }
}

/// Extension headers of IPv6 (RFC 8200, 4): kind and octets, up to the one that tells no next.
struct Extensions<'a> {
    next: u8,
    rest: &'a [u8],
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.next;
        let length = usize::from(*self.rest.get(1)?);
        let length = match kind {
            HOP_BY_HOP | ROUTING | DESTINATION => (length + 1) * 8,
            AUTHENTICATION => (length + 2) * 4,
            FRAGMENT => 8,
            _ => return None,
        };
        let (header, rest) = self.rest.split_at_checked(length)?;
        let is_part = kind == FRAGMENT && !is_atomic(header);
        // What follows the header of a fragment's part is no header, but for its first part.
        self.next = if is_part { NONE } else { *header.first()? };
        self.rest = if is_part { &[] } else { rest };
        Some((kind, header))
    }
}

/// Whether a fragment header is that of a whole packet (RFC 6946).
fn is_atomic(header: &[u8]) -> bool {
    matches!(header, [_, _, high, low, ..] if *high == 0 && low & 0xf9 == 0)
}

/// Options of a hop-by-hop or destination header (RFC 8200, 4.2): kind and length.
fn options_of(header: &[u8]) -> impl Iterator<Item = (u8, u8)> {
    let mut rest = header.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&kind, behind) = rest.split_first()?;
        if kind == 0 {
            rest = behind;
            return Some((0, 0));
        }
        let (&length, behind) = behind.split_first()?;
        rest = behind.get(usize::from(length)..).unwrap_or_default();
        Some((kind, length))
    })
}

/// Whether some kind stands twice.
fn is_doubled(options: Options<'_>) -> bool {
    let mut seen = [false; 256];
    let mut kinds = options.filter(|(kind, _)| *kind != 1);
    kinds.any(|(kind, _)| {
        let place = seen.get_mut(usize::from(kind));
        place.is_some_and(|seen| std::mem::replace(seen, true))
    })
}

/// Whether the content of a TCP option is as long as its standard says (RFC 9293, 3.1; RFC 7323,
/// 2.2 and 3.2; RFC 2018, 2 and 3).
const fn is_sized(kind: u8, length: usize) -> bool {
    match kind {
        2 => length == 2,
        3 => length == 1,
        4 => length == 0,
        5 => length.is_multiple_of(8) && length > 0,
        8 => length == 8,
        _ => true,
    }
}

impl<'a> PacketView<'a> {
    fn extensions(&self) -> Extensions<'a> {
        let none = Extensions {
            next: NONE,
            rest: &[],
        };
        let Some(ip) = self.headers.ip().filter(|ip| ip.source.is_ipv6()) else {
            return none;
        };
        let start = ip.start as usize;
        let Some([_, _, _, _, high, low, next, ..]) = self.octets.get(start..) else {
            return none;
        };
        let rest = self.octets.get(start + 40..).unwrap_or_default();
        // No length is that of a jumbogram (RFC 2675): all that is there.
        let rest = match u16::from_be_bytes([*high, *low]) {
            0 => rest,
            length => rest.get(..usize::from(length)).unwrap_or(rest),
        };
        Extensions { next: *next, rest }
    }

    fn ipv4_options(&self) -> Options<'a> {
        let header = self.header(crate::rules::rule::HeaderBuffer::Ipv4);
        Options(header.get(20..).unwrap_or_default())
    }

    fn tcp_options(&self) -> Options<'a> {
        let header = self.header(crate::rules::rule::HeaderBuffer::Tcp);
        Options(header.get(20..).unwrap_or_default())
    }

    /// How many extension headers of a kind there are.
    fn count(&self, kind: u8) -> usize {
        self.extensions().filter(|(its, _)| *its == kind).count()
    }

    /// Whether some extension header of a kind is like this.
    fn extension(&self, kind: u8, is: impl Fn(&[u8]) -> bool) -> bool {
        self.extensions()
            .any(|(its, octets)| its == kind && is(octets))
    }

    /// Whether the headers show this event.
    pub(super) fn shows(&self, event: HeaderEvent) -> bool {
        let protocol = self.headers.ip().map(|ip| ip.protocol);
        let is_v4 = self.headers.ip().is_some_and(|ip| ip.source.is_ipv4());
        let icmp = match self.headers.transport {
            Transport::Icmp { kind, .. } => Some(kind),
            _ => None,
        };
        let padding = |header: &[u8]| options_of(header).all(|(kind, _)| kind <= 1);
        let unknown =
            |header: &[u8]| options_of(header).any(|(kind, _)| !IPV6_OPTIONS.contains(&kind));
        match event {
            HeaderEvent::Ipv4OptionDoubled => is_doubled(self.ipv4_options()),
            HeaderEvent::Ipv4OptionLength => {
                self.ipv4_options().any(|(_, octets)| octets.is_none())
            }
            HeaderEvent::Ipv4OptionUnknown => self
                .ipv4_options()
                .any(|(kind, _)| kind != 1 && !IPV4_OPTIONS.contains(&kind)),
            HeaderEvent::Ipv4Icmpv6 => is_v4 && protocol == Some(ICMPV6),
            HeaderEvent::Ipv6Icmpv4 => !is_v4 && protocol == Some(ICMP),
            HeaderEvent::Ipv6HopByHopDoubled => self.count(HOP_BY_HOP) > 1,
            // Twice is allowed: before a routing header, and last (RFC 8200, 4.1).
            HeaderEvent::Ipv6DestinationDoubled => self.count(DESTINATION) > 2,
            HeaderEvent::Ipv6RoutingDoubled => self.count(ROUTING) > 1,
            HeaderEvent::Ipv6FragmentDoubled => self.count(FRAGMENT) > 1,
            HeaderEvent::Ipv6AuthenticationDoubled => self.count(AUTHENTICATION) > 1,
            HeaderEvent::Ipv6FragmentUseless => self.extension(FRAGMENT, is_atomic),
            HeaderEvent::Ipv6FragmentReserved => {
                self.extension(FRAGMENT, |octets| octets.get(1).is_some_and(|o| *o != 0))
            }
            HeaderEvent::Ipv6AuthenticationReserved => self.extension(AUTHENTICATION, |octets| {
                octets.get(2..4).is_some_and(|reserved| reserved != [0, 0])
            }),
            HeaderEvent::Ipv6Routing0 => {
                self.extension(ROUTING, |octets| octets.get(2) == Some(&0))
            }
            HeaderEvent::Ipv6HopByHopPadding => self.extension(HOP_BY_HOP, padding),
            HeaderEvent::Ipv6DestinationPadding => self.extension(DESTINATION, padding),
            HeaderEvent::Ipv6HopByHopUnknown => self.extension(HOP_BY_HOP, unknown),
            HeaderEvent::Ipv6DestinationUnknown => self.extension(DESTINATION, unknown),
            HeaderEvent::Ipv6PadNEmpty => self.extensions().any(|(kind, octets)| {
                matches!(kind, HOP_BY_HOP | DESTINATION)
                    && options_of(octets).any(|option| option == (1, 0))
            }),
            HeaderEvent::IcmpTypeUnknown => {
                protocol == Some(ICMP) && icmp.is_some_and(|kind| !is_icmp_type(kind))
            }

            HeaderEvent::Icmpv6TypeUnknown => {
                protocol == Some(ICMPV6) && icmp.is_some_and(|kind| !is_icmpv6_type(kind))
            }

            HeaderEvent::TcpOptionDoubled => is_doubled(self.tcp_options()),
            HeaderEvent::TcpOptionLength => self
                .tcp_options()
                .any(|(kind, octets)| octets.is_none_or(|octets| !is_sized(kind, octets.len()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Checksums, RAW_IP, read};

    /// A packet of IPv6 with these extension headers and no payload.
    fn v6(next: u8, extensions: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x60, 0, 0, 0];
        packet.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        packet.extend([next, 64]);
        packet.extend([0xfe; 16]);
        packet.extend([0xfd; 16]);
        packet.extend(extensions);
        packet
    }

    /// A packet of IPv4 with these options, which fill whole words, and this behind them.
    fn v4(protocol: u8, options: &[u8], content: &[u8]) -> Vec<u8> {
        let words = u8::try_from(5 + options.len() / 4).unwrap();
        let length = u16::try_from(20 + options.len() + content.len()).unwrap();
        let mut packet = vec![0x40 | words, 0];
        packet.extend(length.to_be_bytes());
        packet.extend([0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        packet.extend(options);
        packet.extend(content);
        packet
    }

    fn shown(packet: &[u8]) -> Vec<HeaderEvent> {
        let headers = read(
            RAW_IP,
            packet,
            u32::try_from(packet.len()).unwrap(),
            Checksums::Header,
        );
        let view = PacketView {
            headers: &headers,
            octets: packet,
        };
        let events = HeaderEvent::NAMES.iter().map(|(_, event)| *event);
        events.filter(|event| view.shows(*event)).collect()
    }

    #[test]
    fn extension_headers_show_what_no_sound_sender_writes() {
        use HeaderEvent as Is;
        let dest = |next: u8| [next, 0, 1, 4, 0, 0, 0, 0];
        let alert = [NONE, 0, 5, 2, 0, 0, 1, 0];
        for (next, octets, expected) in [
            (HOP_BY_HOP, alert.to_vec(), vec![Is::Ipv6PadNEmpty]),
            (HOP_BY_HOP, [NONE, 0, 5, 2, 0, 0, 0, 0].to_vec(), vec![]),
            (
                DESTINATION,
                dest(NONE).to_vec(),
                vec![Is::Ipv6DestinationPadding],
            ),
            (
                HOP_BY_HOP,
                dest(NONE).to_vec(),
                vec![Is::Ipv6HopByHopPadding],
            ),
            (
                DESTINATION,
                [NONE, 0, 0x77, 4, 0, 0, 0, 0].to_vec(),
                vec![Is::Ipv6DestinationUnknown],
            ),
            (
                HOP_BY_HOP,
                [NONE, 0, 0x77, 4, 0, 0, 0, 0].to_vec(),
                vec![Is::Ipv6HopByHopUnknown],
            ),
            (
                DESTINATION,
                [dest(DESTINATION), dest(DESTINATION), dest(NONE)].concat(),
                vec![Is::Ipv6DestinationDoubled, Is::Ipv6DestinationPadding],
            ),
            (
                ROUTING,
                [NONE, 0, 0, 0, 0, 0, 0, 0].to_vec(),
                vec![Is::Ipv6Routing0],
            ),
            (ROUTING, [NONE, 0, 4, 0, 0, 0, 0, 0].to_vec(), vec![]),
            (
                ROUTING,
                [[ROUTING, 0, 4, 0, 0, 0, 0, 0], [NONE, 0, 4, 0, 0, 0, 0, 0]].concat(),
                vec![Is::Ipv6RoutingDoubled],
            ),
            (
                FRAGMENT,
                [NONE, 0, 0, 0, 0, 0, 0, 7].to_vec(),
                vec![Is::Ipv6FragmentUseless],
            ),
            (FRAGMENT, [NONE, 0, 0, 1, 0, 0, 0, 7].to_vec(), vec![]),
            (
                FRAGMENT,
                [NONE, 3, 0, 1, 0, 0, 0, 7].to_vec(),
                vec![Is::Ipv6FragmentReserved],
            ),
            (
                FRAGMENT,
                [[FRAGMENT, 0, 0, 0, 0, 0, 0, 7], [NONE, 0, 0, 0, 0, 0, 0, 7]].concat(),
                vec![Is::Ipv6FragmentDoubled, Is::Ipv6FragmentUseless],
            ),
            (
                AUTHENTICATION,
                [NONE, 1, 0, 1, 0, 0, 0, 7, 0, 0, 0, 1].to_vec(),
                vec![Is::Ipv6AuthenticationReserved],
            ),
            (ICMP, vec![8, 0, 0, 0, 0, 0, 0, 0], vec![Is::Ipv6Icmpv4]),
            (
                ICMPV6,
                vec![180, 0, 0, 0, 0, 0, 0, 0],
                vec![Is::Icmpv6TypeUnknown],
            ),
            (ICMPV6, vec![128, 0, 0, 0, 0, 0, 0, 0], vec![]),
            (50, vec![0; 16], vec![]),
        ] {
            let packet = v6(next, &octets);
            let mut expected = expected;
            let mut found = shown(&packet);
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{next} {octets:?}");
            for cut in 0..packet.len() {
                let _ = shown(packet.get(..cut).unwrap());
            }
        }
    }

    #[test]
    fn options_show_what_no_sound_sender_writes() {
        use HeaderEvent as Is;
        let tcp = |options: &[u8]| {
            let words = u8::try_from(5 + options.len() / 4).unwrap();
            let mut segment = vec![
                0,
                9,
                0,
                10,
                0,
                0,
                0,
                1,
                0,
                0,
                0,
                2,
                words << 4,
                2,
                1,
                0,
                0,
                0,
            ];
            segment.extend([0, 0]);
            segment.extend(options);
            v4(6, &[], &segment)
        };
        for (packet, expected) in [
            (v4(17, &[148, 4, 0, 0], &[0; 8]), vec![]),
            (
                v4(17, &[148, 4, 0, 0, 148, 4, 0, 0], &[0; 8]),
                vec![Is::Ipv4OptionDoubled],
            ),
            (v4(17, &[148, 9, 0, 0], &[0; 8]), vec![Is::Ipv4OptionLength]),
            (v4(17, &[77, 4, 0, 0], &[0; 8]), vec![Is::Ipv4OptionUnknown]),
            (v4(17, &[1, 1, 1, 0], &[0; 8]), vec![]),
            (
                v4(ICMPV6, &[], &[128, 0, 0, 0, 0, 0, 0, 0]),
                vec![Is::Ipv4Icmpv6],
            ),
            (
                v4(ICMP, &[], &[77, 0, 0, 0, 0, 0, 0, 0]),
                vec![Is::IcmpTypeUnknown],
            ),
            (v4(ICMP, &[], &[8, 0, 0, 0, 0, 0, 0, 0]), vec![]),
            (tcp(&[2, 4, 5, 180]), vec![]),
            (
                tcp(&[2, 4, 5, 180, 2, 4, 5, 180]),
                vec![Is::TcpOptionDoubled],
            ),
            (tcp(&[3, 4, 5, 180]), vec![Is::TcpOptionLength]),
            (tcp(&[3, 40, 5, 180]), vec![Is::TcpOptionLength]),
        ] {
            assert_eq!(shown(&packet), expected, "{packet:?}");
        }
    }
}
