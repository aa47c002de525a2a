//! Rules without a pattern to look for, by the ports or the addresses of their headers.

use super::by_number::ByNumber;
use super::group::PORTS;
use super::needs::Needs;
use super::plan::Plan;
use crate::facts::Endpoint;
use crate::rules::rule::Over;
use std::net::IpAddr;

/// Most addresses of one end under which a rule is filed: lists of hosts and of networks, which
/// touch 64 networks of 16 bits, or one more for each range. What covers more counts as any.
const HOSTS: u64 = 1 << 22;

/// Rules without a pattern.
#[derive(Debug, Default)]
pub(in crate::rules) struct Loose {
    any: Vec<Anywhere>,
    /// For each combination of TCP flags whether some of `any` may be about a packet that shows
    /// nothing else.
    flags: [u64; 4],
    by_port: ByNumber<Vec<u32>>,
    /// By the first 16 bits of IPv4 addresses of one end: ranges of addresses, and the rule.
    by_network: ByNumber<Vec<(u32, u32, u32)>>,
    /// Rules that are filed by network and have addresses of IPv6 too.
    v6: Vec<u32>,
}

/// A rule that its ends say nothing about.
#[derive(Debug)]
struct Anywhere {
    needs: Needs,
    /// What the conversation must speak.
    protocol: Option<&'static str>,
    number: u32,
}

impl Loose {
    pub(super) fn add(&mut self, number: u32, over: Over, plan: &Plan) {
        let protocol = match over {
            Over::Protocol(protocol) => Some(protocol),
            _ => None,
        };
        let (left, right) = &plan.ends;
        if let Some((ranges, v6)) = left.few_hosts(HOSTS).or_else(|| right.few_hosts(HOSTS)) {
            for (first, last) in ranges {
                for network in first >> 16..=last >> 16 {
                    let Ok(network) = u16::try_from(network) else {
                        continue;
                    };
                    self.by_network.of(network).push((*first, *last, number));
                }
            }
            if v6 {
                self.v6.push(number);
            }
            return;
        }
        match right.few_ports(PORTS).or_else(|| left.few_ports(PORTS)) {
            Some(ports) => ports
                .into_iter()
                .for_each(|port| self.by_port.of(port).push(number)),
            None => self.anywhere(Anywhere {
                needs: plan.octets.needs,
                protocol,
                number,
            }),
        }
    }

    fn anywhere(&mut self, rule: Anywhere) {
        for flags in 0..=u8::MAX {
            if rule.needs.is_met_by(Needs::with_flags(flags))
                && let Some(word) = self.flags.get_mut(usize::from(flags) / 64)
            {
                *word |= 1 << (flags % 64);
            }
        }
        self.any.push(rule);
    }

    /// Whether some rule that is not filed under ends may be about a packet that shows this.
    pub(in crate::rules) fn may_be_about(&self, shown: Needs) -> bool {
        match shown.only_flags() {
            Some(flags) => self
                .flags
                .get(usize::from(flags) / 64)
                .is_some_and(|word| word >> (flags % 64) & 1 == 1),
            None => self.any.iter().any(|rule| rule.needs.is_met_by(shown)),
        }
    }

    /// Whether rules are filed under these ends.
    pub(in crate::rules) fn is_filed(&self, ends: [Endpoint; 2]) -> bool {
        ends.iter().any(|end| {
            let by_host = match end.host.ip() {
                Some(IpAddr::V4(ip)) => self.by_network.get(network(ip.to_bits())).is_some(),
                Some(IpAddr::V6(_)) => !self.v6.is_empty(),
                None => false,
            };
            by_host || self.by_port.get(end.port).is_some()
        })
    }

    pub(in crate::rules) fn is_empty(&self) -> bool {
        self.any.is_empty()
            && self.by_port.is_empty()
            && self.by_network.is_empty()
            && self.v6.is_empty()
    }

    /// Adds the rules that can be about packets between these ends that show this, whose
    /// conversation speaks this where it is known.
    pub(in crate::rules) fn candidates(
        &self,
        ends: [Endpoint; 2],
        speaks: Option<&'static str>,
        shown: Needs,
        out: &mut Vec<u32>,
    ) {
        for rule in &self.any {
            let spoken = || speaks.is_none() || rule.protocol.is_none() || speaks == rule.protocol;
            if rule.needs.is_met_by(shown) && spoken() {
                out.push(rule.number);
            }
        }
        for end in ends {
            out.extend(self.by_port.get(end.port).into_iter().flatten());
            if self.by_network.is_empty() && self.v6.is_empty() {
                continue;
            }
            match end.host.ip() {
                Some(IpAddr::V4(ip)) => self.of_host(ip.to_bits(), out),
                Some(IpAddr::V6(_)) => out.extend_from_slice(&self.v6),
                _ => {}
            }
        }
    }

    fn of_host(&self, ip: u32, out: &mut Vec<u32>) {
        for (first, last, rule) in self.by_network.get(network(ip)).into_iter().flatten() {
            if (*first..=*last).contains(&ip) {
                out.push(*rule);
            }
        }
    }
}

/// The first half of an address.
const fn network(ip: u32) -> u16 {
    let [a, b, ..] = ip.to_be_bytes();
    u16::from_be_bytes([a, b])
}
