//! What must hold before a rule is looked at at all, in one word of bits: a packet that shows
//! none of what the rules look for costs one comparison a rule.
//!
//! Made when a rule is compiled. Only what is necessary counts here: whether a rule matches is
//! decided by its tests.

use crate::rules::rule::{Bit, FlagMatch, HeaderEvent, Over, PacketTest, Rule, Scope};
use crate::wire::{Headers, Transport};

/// What a packet shows, or what a rule needs it to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::rules) struct Needs(u32);

impl Needs {
    /// The low octet: TCP flags that are set. The next one: TCP flags that are not.
    const CLEAR: u32 = 8;
    const SAME_ADDRESS: u32 = 1 << 16;
    const IPV4_OPTIONS: u32 = 1 << 17;
    const IPV6: u32 = 1 << 18;

    /// What tests of one packet need.
    pub(super) fn of(tests: &[PacketTest]) -> Self {
        Self(tests.iter().map(needed).fold(0, |all, bits| all | bits))
    }

    /// What a packet shows.
    pub(in crate::rules) fn shown(headers: &Headers, octets: &[u8]) -> Self {
        let mut bits = match headers.transport {
            Transport::Tcp(tcp) => flags(tcp.flags, !tcp.flags),
            _ => 0,
        };
        if let Some(ip) = headers.ip() {
            if ip.source == ip.destination {
                bits |= Self::SAME_ADDRESS;
            }
            let first = octets.get(ip.start as usize).copied().unwrap_or_default();
            match first >> 4 {
                4 if first & 0x0f > 5 => bits |= Self::IPV4_OPTIONS,
                6 => bits |= Self::IPV6,
                _ => {}
            }
        }
        Self(bits)
    }

    /// The TCP flags, where the packet shows nothing else.
    pub(super) const fn only_flags(self) -> Option<u8> {
        let [high, more, clear, set] = self.0.to_be_bytes();
        if high | more == 0 && clear == !set {
            Some(set)
        } else {
            None
        }
    }

    /// A packet with these TCP flags that shows nothing else.
    pub(super) const fn with_flags(set: u8) -> Self {
        Self(flags(set, !set))
    }

    /// Whether all of this is shown.
    pub(in crate::rules) const fn is_met_by(self, shown: Self) -> bool {
        self.0 & !shown.0 == 0
    }
}

/// Bits of flags that are set and of flags that are not.
const fn flags(set: u8, clear: u8) -> u32 {
    set as u32 | (clear as u32) << Needs::CLEAR
}

fn needed(test: &PacketTest) -> u32 {
    match test {
        PacketTest::Flags { mask, wanted, how } => {
            let [_, mask] = mask.to_be_bytes();
            let [_, wanted] = wanted.to_be_bytes();
            match how {
                FlagMatch::Exactly => flags(wanted, mask & !wanted),
                FlagMatch::All => flags(wanted & mask, 0),
                // One flag of several: only where there is but one is it needed.
                FlagMatch::Any if wanted.is_power_of_two() => flags(wanted & mask, 0),
                FlagMatch::Any => 0,
                FlagMatch::Not => flags(0, wanted & mask),
            }
        }
        PacketTest::SameAddress => Needs::SAME_ADDRESS,
        PacketTest::IpOption(_) => Needs::IPV4_OPTIONS,
        PacketTest::Event(event) => match event {
            HeaderEvent::Ipv4OptionDoubled
            | HeaderEvent::Ipv4OptionLength
            | HeaderEvent::Ipv4OptionUnknown => Needs::IPV4_OPTIONS,
            HeaderEvent::Ipv4Icmpv6
            | HeaderEvent::IcmpTypeUnknown
            | HeaderEvent::Icmpv6TypeUnknown
            | HeaderEvent::TcpOptionDoubled
            | HeaderEvent::TcpOptionLength => 0,
            _ => Needs::IPV6,
        },
        _ => 0,
    }
}

/// What a rule asks of the scene, beside the direction: what it does not ask is not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::rules) struct Asks {
    /// Of what carries it, or of the protocol spoken.
    pub(in crate::rules) over: bool,
    /// Of addresses or ports.
    pub(in crate::rules) ends: bool,
    /// Of the flow's direction, state or size, or of its bits.
    pub(in crate::rules) flow: bool,
}

impl Asks {
    pub(super) fn of(rule: &Rule, ends: &(super::ends::Ends, super::ends::Ends)) -> Self {
        let of_flow = |bit: &Bit| bit.scope == Scope::Flow;
        Self {
            over: rule.over != Over::Any,
            ends: !(ends.0.is_any() && ends.1.is_any()),
            flow: rule.flow != Default::default() || rule.bits.iter().any(of_flow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Tcp;

    fn flag_test(mask: u16, wanted: u16, how: FlagMatch) -> PacketTest {
        PacketTest::Flags { mask, wanted, how }
    }

    #[test]
    fn needs_let_through_whatever_the_tests_do() {
        let hows = [
            FlagMatch::Exactly,
            FlagMatch::All,
            FlagMatch::Any,
            FlagMatch::Not,
        ];
        let mut kept_out = 0;
        for how in hows {
            for (mask, wanted) in [
                (0xff, 0x02),
                (0x3f, 0x02),
                (0x3f, 0x29),
                (0xff, 0),
                (0x02, 0x12),
            ] {
                let needs = Needs::of(&[flag_test(mask, wanted, how)]);
                for octet in 0..=u8::MAX {
                    let shown = Needs::with_flags(octet);
                    assert_eq!(shown.only_flags(), Some(octet));
                    let flags = u16::from(octet) & mask;
                    let holds = match how {
                        FlagMatch::Exactly => flags == wanted,
                        FlagMatch::All => flags & wanted == wanted,
                        FlagMatch::Any => flags & wanted != 0,
                        FlagMatch::Not => flags & wanted == 0,
                    };
                    assert!(
                        !holds || needs.is_met_by(shown),
                        "{how:?} {wanted:x} of {mask:x}: {octet:x}"
                    );
                    kept_out += u32::from(!needs.is_met_by(shown));
                }
            }
        }
        assert!(kept_out > 2_000, "{kept_out}");
    }

    #[test]
    fn an_acknowledgment_is_no_opening() {
        let syn = Needs::of(&[flag_test(0x3f, Tcp::SYN.into(), FlagMatch::Exactly)]);
        assert!(syn.is_met_by(Needs::with_flags(Tcp::SYN)));
        assert!(!syn.is_met_by(Needs::with_flags(Tcp::ACK)));
        assert!(!syn.is_met_by(Needs(0)), "what is no TCP");
        assert_eq!(Needs(0).only_flags(), None);
        assert_eq!(Needs(Needs::SAME_ADDRESS).only_flags(), None);
    }
}
