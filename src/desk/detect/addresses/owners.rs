//! Which MAC addresses hold an IP address, and from what kind of system its packets come.

use crate::facts::{Host, Mac, Time};
use crate::flow::Tags;
use crate::rules::kept::Bounded;
use arrayvec::ArrayVec;
use std::net::IpAddr;
use std::time::Duration;

/// Most addresses kept: those of a large site. The oldest give way.
const KEPT: usize = 16_384;

/// Most MAC addresses kept of one address, and addresses that one MAC address took over.
const HELD: usize = 4;

/// Within this time two that send for one address do so at once.
const AT_ONCE: Duration = Duration::from_secs(60);

/// For how long a lease explains that an address has another owner.
const LEASE: Duration = Duration::from_secs(60);

/// For how long a device is where it was last told to be: one that was off for longer may have
/// been moved.
const HOME: Duration = Duration::from_secs(86_400);

/// A MAC address that holds an IP address.
#[derive(Clone, Copy, Debug)]
struct Held {
    mac: Mac,
    /// When it was last told, or another one took over.
    last: Time,
    /// It was seen while the baseline was learned.
    usual: bool,
}

/// How an address changed its owner; with the MAC address that held it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// To another one.
    Moved(Mac),
    /// Back to one that held it within the last minute: two hold it at once.
    Back(Mac),
    /// To another one, as a lease told.
    Leased(Mac),
}

/// An address in a network, which its VLAN tags name.
pub(super) type Key = (Host, Tags);

/// Who holds what.
#[derive(Debug)]
pub(super) struct Owners {
    /// The holder first seen stands first.
    held: Bounded<Key, (ArrayVec<Held, HELD>, Mac)>,
    leases: Bounded<Host, Time>,
    /// The address that a MAC address held last, and when that was told.
    homes: Bounded<Mac, (Host, Time)>,
    taken: Bounded<Mac, ArrayVec<(Time, Host), HELD>>,
    /// Hop limits that the packets of an address begin with.
    systems: Bounded<(Host, Mac), ArrayVec<u8, HELD>>,
}

impl Default for Owners {
    fn default() -> Self {
        Self {
            held: Bounded::new(KEPT),
            leases: Bounded::new(KEPT),
            homes: Bounded::new(KEPT),
            taken: Bounded::new(KEPT),
            systems: Bounded::new(KEPT),
        }
    }
}

impl Owners {
    /// A lease was given.
    pub(super) fn leased(&mut self, host: Host, now: Time) {
        *self.leases.entry(host, now) = now;
    }

    /// A packet tells that this MAC address holds this address.
    pub(super) fn lives(&mut self, mac: Mac, host: Host, now: Time) {
        if !is_router(mac) {
            *self.homes.entry(mac, (host, now)) = (host, now);
        }
    }

    /// The address that a MAC address held lately.
    pub(super) fn home(&self, mac: Mac, now: Time) -> Option<Host> {
        let known = self.homes.get(&mac)?;
        (now.since(known.1) < HOME).then_some(known.0)
    }

    /// A packet tells that this MAC address holds this address: whether it is another one.
    pub(super) fn holds(&mut self, key: Key, mac: Mac, now: Time, usual: bool) -> Option<Change> {
        let (held, current) = self.held.entry(key, (ArrayVec::new(), mac));
        let before = std::mem::replace(current, mac);
        let known = held.iter().position(|one| one.mac == mac);
        let place = known.unwrap_or_else(|| {
            if held.is_full() {
                // The first holder keeps its place.
                held.remove(1);
            }
            held.push(Held {
                mac,
                last: now,
                usual,
            });
            held.len() - 1
        });
        let one = held.get_mut(place)?;
        let last = one.last;
        one.last = now.max(last);
        one.usual |= usual;
        let (own, first) = (*one, place == 0);
        let shared = is_router(mac) && is_router(before)
            || held
                .first()
                .is_some_and(|first| is_cluster(first.mac, key.0));
        if before == mac || shared {
            return None;
        }
        let other = held.iter_mut().find(|one| one.mac == before);
        let (theirs, recent) = match other {
            Some(other) => {
                // It held the address until now, whenever it was told.
                let last = std::mem::replace(&mut other.last, now);
                (other.usual, now.since(last) < AT_ONCE)
            }
            None => (true, false),
        };
        if own.usual && theirs {
            return None;
        }
        if !first {
            self.take(mac, key.0, now);
        }
        // Whoever can forge a lease can not make the owner fall silent with it.
        if known.is_some() && recent && now.since(last) < AT_ONCE {
            return Some(Change::Back(before));
        }
        let lease = self.leases.get(&key.0);
        if lease.is_some_and(|lease| now.since(*lease) < LEASE) {
            return Some(Change::Leased(before));
        }
        // The first holder has its address back.
        if first {
            return None;
        }
        Some(Change::Moved(before))
    }

    fn take(&mut self, mac: Mac, host: Host, now: Time) {
        let taken = self.taken.entry(mac, ArrayVec::new());
        taken.retain(|(time, known)| now.since(*time) < AT_ONCE && *known != host);
        if taken.is_full() {
            taken.remove(0);
        }
        taken.push((now, host));
    }

    /// Addresses that this MAC address took over within the last minute.
    pub(super) fn taken(&self, mac: Mac, now: Time) -> ArrayVec<Host, HELD> {
        let all = self.taken.get(&mac).into_iter().flatten();
        all.filter(|(time, _)| now.since(*time) < AT_ONCE)
            .map(|(_, host)| *host)
            .collect()
    }

    /// A packet left its sender with this hop limit: the usual one, where this is another.
    pub(super) fn system(&mut self, end: (Host, Mac), hops: u8, usual: bool) -> Option<u8> {
        let known = self.systems.entry(end, ArrayVec::new());
        if known.contains(&hops) {
            return None;
        }
        match known.first() {
            Some(first) if !usual => Some(*first),
            _ => {
                // An end of more kinds than these is no single system; the others stay unusual.
                let _ = known.try_push(hops);
                None
            }
        }
    }
}

/// A MAC address that routers share: VRRP (RFC 9568, 7.3), HSRP, GLBP. They answer for the address
/// that they share with no other (RFC 9568, 8.1.2): who answers with another one is not them.
const fn is_router(mac: Mac) -> bool {
    matches!(
        mac.0,
        [0x00, 0x00, 0x5e, 0x00, 0x01 | 0x02, _]
            | [0x00, 0x00, 0x0c, 0x07, 0xac, _]
            | [0x00, 0x00, 0x0c, 0x9f, 0xf0..=0xff, _]
            | [0x00, 0x07, 0xb4, _, _, _]
    )
}

/// The MAC address of a cluster that balances its load (Microsoft NLB), which holds the address
/// itself; its members send with their own.
fn is_cluster(mac: Mac, host: Host) -> bool {
    let [0x02 | 0x03, 0xbf, rest @ ..] = mac.0 else {
        return false;
    };
    matches!(host, Host::Ip(IpAddr::V4(ip)) if ip.octets() == rest)
}
