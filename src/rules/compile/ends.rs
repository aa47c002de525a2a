//! The ends of a header as sorted ranges, so that a packet asks by binary search.
//!
//! A set of hosts that names a role (`$MODBUS_SERVER` that nobody set) can only be decided by
//! the desk: here it counts as every host, and the rule is marked so that the desk looks again.

use crate::facts::{Endpoint, Host};
use crate::rules::rule::{End, HostSet, Hosts, Ports};
use std::net::IpAddr;

/// Hosts and ports of one end.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Ends {
    /// `None` for any.
    pub(super) v4: Option<Ranges<u32>>,
    pub(super) v6: Option<Ranges<u128>>,
    ports: Option<Ranges<u16>>,
}

/// Sorted ranges that do not touch, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ranges<N>(Box<[(N, N)]>);

/// A number that has neighbours.
pub(super) trait Step: Copy + Ord {
    const ALL: (Self, Self);
    fn after(self) -> Option<Self>;
    fn before(self) -> Option<Self>;
}

macro_rules! step {
    ($($number:ty)*) => {$(
        impl Step for $number {
            const ALL: (Self, Self) = (Self::MIN, Self::MAX);
            fn after(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn before(self) -> Option<Self> {
                self.checked_sub(1)
            }
        }
    )*};
}
step!(u16 u32 u128);

impl<N: Step> Ranges<N> {
    fn union(mut ranges: Vec<(N, N)>) -> Self {
        ranges.retain(|(first, last)| first <= last);
        ranges.sort_unstable();
        let mut merged: Vec<(N, N)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(held) if held.1.after().is_none_or(|after| first <= after) => {
                    held.1 = held.1.max(last);
                }
                _ => merged.push((first, last)),
            }
        }
        Self(merged.into())
    }

    /// These without those.
    fn without(self, those: &Self) -> Self {
        let mut left = Vec::new();
        for &(mut first, last) in &self.0 {
            let mut open = true;
            for &(from, to) in &those.0 {
                if to < first || from > last {
                    continue;
                }
                if let Some(before) = from.before()
                    && first <= before
                {
                    left.push((first, before));
                }
                match to.after() {
                    Some(after) if after <= last => first = after,
                    _ => {
                        open = false;
                        break;
                    }
                }
            }
            if open {
                left.push((first, last));
            }
        }
        Self::union(left)
    }

    /// `None` where it is everything.
    fn narrow(self) -> Option<Self> {
        (*self.0 != [N::ALL]).then_some(self)
    }

    /// Whether some of these lie within those, and whether some lie without; `None` stands for
    /// everything.
    pub(super) fn sides(these: Option<&Self>, those: Option<&Self>) -> (bool, bool) {
        let Some(those) = those else {
            return (these.is_none_or(|these| !these.0.is_empty()), false);
        };
        let these = these.cloned().unwrap_or_else(|| Self([N::ALL].into()));
        let without = these.clone().without(those);
        (without != these, !without.0.is_empty())
    }

    pub(super) fn has(&self, number: N) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        after
            .checked_sub(1)
            .and_then(|place| self.0.get(place))
            .is_some_and(|(_, last)| number <= *last)
    }
}

impl Ends {
    pub(in crate::rules) fn new(end: &End) -> Self {
        Self {
            v4: hosts(&end.hosts, &|ip| match ip {
                IpAddr::V4(ip) => Some(ip.to_bits()),
                IpAddr::V6(_) => None,
            })
            .narrow(),
            v6: hosts(&end.hosts, &|ip| match ip {
                IpAddr::V4(_) => None,
                IpAddr::V6(ip) => Some(ip.to_bits()),
            })
            .narrow(),
            ports: ports(&end.ports).narrow(),
        }
    }

    /// Whether an end of a packet is of this end of the header. Frames without IP have no
    /// address that a header could name; only `any` takes them.
    pub(in crate::rules) fn has(&self, end: Endpoint) -> bool {
        let host = match end.host {
            Host::Ip(IpAddr::V4(ip)) => self.v4.as_ref().is_none_or(|set| set.has(ip.to_bits())),
            Host::Ip(IpAddr::V6(ip)) => self.v6.as_ref().is_none_or(|set| set.has(ip.to_bits())),
            Host::Mac(_) => self.v4.is_none() && self.v6.is_none(),
        };
        host && self.ports.as_ref().is_none_or(|set| set.has(end.port))
    }

    /// The ports of this end where they are at most `most`.
    pub(in crate::rules) fn few_ports(&self, most: usize) -> Option<Vec<u16>> {
        let ranges = &self.ports.as_ref()?.0;
        let count = |(first, last): &(u16, u16)| usize::from(last.saturating_sub(*first)) + 1;
        (ranges.iter().map(count).sum::<usize>() <= most).then(|| {
            ranges
                .iter()
                .flat_map(|(first, last)| *first..=*last)
                .collect()
        })
    }

    /// The IPv4 addresses of this end, where they are at most `most`, and whether it has
    /// addresses of IPv6.
    pub(super) fn few_hosts(&self, most: u64) -> Option<(&[(u32, u32)], bool)> {
        let (v4, v6) = (self.v4.as_ref()?, self.v6.as_ref()?);
        let count = |(first, last): &(u32, u32)| u64::from(last - first) + 1;
        (v4.0.iter().map(count).sum::<u64>() <= most).then_some((&*v4.0, !v6.0.is_empty()))
    }

    /// Any address and any port will do.
    pub(super) const fn is_any(&self) -> bool {
        self.v4.is_none() && self.v6.is_none() && self.ports.is_none()
    }

    /// Any port will do.
    pub(in crate::rules) const fn any_port(&self) -> bool {
        self.ports.is_none()
    }
}

/// Whether some set names a role.
pub(in crate::rules) fn has_role(hosts: &Hosts) -> bool {
    let names = |set: &HostSet| match set {
        HostSet::Role { .. } => true,
        HostSet::Nested(inside) => has_role(inside),
        HostSet::Range(..) => false,
    };
    hosts.within.iter().chain(&hosts.without).any(names)
}

fn hosts<N: Step>(hosts: &Hosts, number: &dyn Fn(IpAddr) -> Option<N>) -> Ranges<N> {
    let within = if hosts.within.is_empty() || hosts.within.iter().any(is_role) {
        Ranges::union(vec![N::ALL])
    } else {
        sets(&hosts.within, number)
    };
    within.without(&sets(&hosts.without, number))
}

/// All addresses of some sets; a role takes nothing away from others.
fn sets<N: Step>(sets: &[HostSet], number: &dyn Fn(IpAddr) -> Option<N>) -> Ranges<N> {
    let mut ranges = Vec::new();
    for set in sets {
        match set {
            HostSet::Range(first, last) => ranges.extend(number(*first).zip(number(*last))),
            HostSet::Nested(inside) if has_role(inside) => {}
            HostSet::Nested(inside) => ranges.extend(self::hosts(inside, number).0),
            HostSet::Role { .. } => {}
        }
    }
    Ranges::union(ranges)
}

fn is_role(set: &HostSet) -> bool {
    match set {
        HostSet::Role { .. } => true,
        HostSet::Nested(inside) => has_role(inside),
        HostSet::Range(..) => false,
    }
}

fn ports(ports: &Ports) -> Ranges<u16> {
    let within = if ports.within.is_empty() {
        vec![u16::ALL]
    } else {
        ports.within.clone()
    };
    Ranges::union(within).without(&Ranges::union(ports.without.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    fn ip(last: u8) -> IpAddr {
        Ipv4Addr::new(10, 0, 0, last).into()
    }

    fn at(last: u8, port: u16) -> Endpoint {
        Endpoint {
            host: Host::Ip(ip(last)),
            port,
        }
    }

    #[test]
    fn sets_take_and_leave() {
        let inner = Hosts {
            within: vec![HostSet::Range(ip(10), ip(20))],
            without: vec![HostSet::Range(ip(15), ip(15))],
        };
        let end = End {
            hosts: Arc::new(Hosts {
                within: vec![
                    HostSet::Range(ip(1), ip(1)),
                    HostSet::Nested(Box::new(inner)),
                ],
                without: vec![HostSet::Range(ip(20), ip(30))],
            }),
            ports: Ports {
                within: vec![(500, 600), (20, 20)],
                without: vec![(502, 503)],
            },
        };
        let ends = Ends::new(&end);
        for (last, expected) in [(1, true), (10, true), (15, false), (19, true), (20, false)] {
            assert_eq!(ends.has(at(last, 501)), expected, "10.0.0.{last}");
        }
        for (port, expected) in [
            (20, true),
            (21, false),
            (502, false),
            (504, true),
            (601, false),
        ] {
            assert_eq!(ends.has(at(1, port)), expected, "port {port}");
        }
        assert_eq!(ends.few_ports(200).map(|ports| ports.len()), Some(100));
        assert_eq!(ends.few_ports(50), None);
        let v6 = Endpoint {
            host: Host::v6([0; 16]),
            port: 501,
        };
        assert!(!ends.has(v6), "a set of IPv4 addresses has no IPv6 address");
    }

    #[test]
    fn any_takes_everything_and_not_takes_the_rest() {
        let any = End {
            hosts: Arc::default(),
            ports: Ports::default(),
        };
        let link = Endpoint {
            host: Host::Mac(crate::facts::Mac([2; 6])),
            port: 0,
        };
        assert!(Ends::new(&any).has(link));
        let mut not = any;
        not.hosts = Arc::new(Hosts {
            within: Vec::new(),
            without: vec![HostSet::Range(ip(1), ip(9))],
        });
        let not = Ends::new(&not);
        assert!(not.has(at(10, 1)) && !not.has(at(9, 1)) && !not.has(link));
    }
}
