//! Addresses: who speaks for whom.
//!
//! Needs no learning. An IP address that moves to another MAC address, two MAC addresses that
//! both hold it, one MAC address that takes over two partners, and one address from which two
//! different systems send. What routers do is none of that: they forward packets, whose hop limit
//! is then no initial one, and share virtual MAC addresses. A lease explains that an address moves,
//! and nothing graver; one that gives a device of the plant another address is told itself. What was seen of an address while the
//! baseline is learned is usual.

mod owners;

use super::alert::{Alert, Kind, Scene};
use super::site::{QUIET, Site};
use super::{Detector, Row};
use crate::facts::{Endpoint, Host, Mac, Property, Side, Technique, Time};
use crate::flow::Tags;
use crate::sensor::{Event, FlowId, FlowRecord, PropertyRecord, ResolutionRecord, SoFar};
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use owners::{Change, Owners};

static MOVED: Kind = Kind {
    sid: 3_950_111,
    name: "address-moved",
    techniques: &[Technique(830), Technique(848)],
};
static CONFLICT: Kind = Kind {
    sid: 3_950_112,
    name: "address-conflict",
    techniques: &[Technique(830)],
};
static MIDDLE: Kind = Kind {
    sid: 3_950_113,
    name: "man-in-the-middle",
    techniques: &[Technique(830)],
};
static SYSTEMS: Kind = Kind {
    sid: 3_950_114,
    name: "two-systems",
    techniques: &[Technique(830), Technique(856)],
};

static GIVEN: Kind = Kind {
    sid: 3_950_115,
    name: "address-given",
    techniques: &[Technique(814)],
};

pub(super) const ROW: Row = Row {
    name: "addresses",
    kinds: &[&MOVED, &CONFLICT, &MIDDLE, &SYSTEMS, &GIVEN],
    start: || Box::<Addresses>::default(),
};

/// Most pairs of hosts kept that were seen to talk.
const PAIRS: usize = 65_536;

/// IANA number of TCP.
const TCP: u8 = 6;

/// Watches who speaks for whom.
#[derive(Debug, Default)]
struct Addresses {
    owners: Owners,
    /// Who talks to whom, the lower host first.
    pairs: HashSet<(Host, Host), FixedState>,
}

impl Detector for Addresses {
    fn take(&mut self, event: &Event, site: &mut Site, alerts: &mut Vec<Alert>) {
        match event {
            Event::SoFar(SoFar::Flow(flow)) => self.flow(flow, site, alerts),
            Event::SoFar(SoFar::Resolution(record)) => self.resolution(record, site, alerts),
            Event::Property(record) => self.property(record, site, alerts),
            _ => {}
        }
    }
}

impl Addresses {
    /// A conversation shows something new.
    fn flow(&mut self, flow: &FlowRecord, site: &mut Site, alerts: &mut Vec<Alert>) {
        let ends = (flow.low, flow.high);
        let both = flow.ends.0.seen.is_some() && flow.ends.1.seen.is_some();
        if both && self.pairs.len() < PAIRS {
            let (low, high) = (flow.low.host, flow.high.host);
            self.pairs.insert((low.min(high), low.max(high)));
        }
        for side in [Side::Low, Side::High] {
            let (end, other) = (*side.of(&ends), *side.other().of(&ends));
            let record = side.of(&flow.ends);
            let (Some((_, last)), Some(mac)) = (record.seen, record.mac) else {
                continue;
            };
            // The other end is told of with its own packets.
            if last != flow.seen.1 || is_nobody(end.host) {
                continue;
            }
            let Some(hops) = record.hop_limit_now.filter(|hops| is_initial(*hops)) else {
                continue;
            };
            let scene = Scene::of_flow(flow, (end, other), last);
            self.held(end.host, mac, scene, site, alerts);
            if flow.ip_protocol == TCP {
                self.system((end.host, mac), hops, scene, site, alerts);
            }
        }
    }

    /// Somebody tells the own address.
    fn resolution(&mut self, record: &ResolutionRecord, site: &mut Site, alerts: &mut Vec<Alert>) {
        let Some(host) = record.host.filter(|host| !is_nobody(*host)) else {
            return;
        };
        let scene = scene(record, host);
        self.held(host, record.mac, scene, site, alerts);
    }

    /// A lease says that an address may have another owner from now on. Those who work with a
    /// device of the plant lose it when it has another address.
    fn property(&mut self, record: &PropertyRecord, site: &mut Site, alerts: &mut Vec<Alert>) {
        if record.protocol != "dhcp" || record.property != Property::Mac {
            return;
        }
        let (host, now) = (record.host, record.stamp.time);
        self.owners.leased(host, now);
        let Ok(mac) = record.value.as_slice().try_into().map(Mac) else {
            return;
        };
        let Some(before) = self.owners.home(mac, now).filter(|known| *known != host) else {
            return;
        };
        // A server of leases that everybody uses gives addresses in offices too.
        let is_of_plant = site.is_served(before) || site.is_industrial(before);
        if !is_of_plant || !site.is_due((GIVEN.sid, mac, host), now, QUIET) {
            return;
        }
        let severity = if site.is_served(before) { 2 } else { 3 };
        let end = |host| Endpoint { host, port: 0 };
        let scene = Scene {
            flow: FlowId(0),
            stamp: record.stamp,
            source: end(before),
            destination: end(host),
            ip_protocol: 0,
            tags: Tags::default(),
            protocol: Some(record.protocol),
        };
        let alert = Alert::new(&GIVEN, severity, scene)
            .with("device", before.to_string())
            .with("mac", mac.to_string())
            .with("given", host.to_string());
        alerts.push(alert);
    }

    /// A packet tells that this MAC address holds this host's.
    fn held(
        &mut self,
        host: Host,
        mac: Mac,
        scene: Scene,
        site: &mut Site,
        alerts: &mut Vec<Alert>,
    ) {
        let now = scene.stamp.time;
        let key = (host, scene.tags);
        self.owners.lives(mac, host, now);
        let Some(change) = self.owners.holds(key, mac, now, site.is_learning()) else {
            return;
        };
        let before = match change {
            Change::Leased(before) | Change::Moved(before) | Change::Back(before) => before,
        };
        let partner = self.partner(host, mac, now);
        let (kind, severity, known) = match (change, partner) {
            (_, Some(partner)) => (&MIDDLE, 2, host.min(partner)),
            (Change::Leased(_), _) => (&MOVED, 4, host),
            (Change::Back(_), _) => (&CONFLICT, 2, host),
            (Change::Moved(_), _) => (&MOVED, 3, host),
        };
        let due = match kind == &MOVED {
            true => site.is_due((kind.sid, known, scene.tags, mac), now, QUIET),
            false => site.is_due((kind.sid, known, scene.tags), now, QUIET),
        };
        if !due {
            return;
        }
        let alert = Alert::new(kind, severity, scene)
            .with("device", host.to_string())
            .with("mac", mac.to_string())
            .with("before", before.to_string())
            .with(
                "other",
                partner.map_or_else(|| "-".to_owned(), |other| other.to_string()),
            );
        alerts.push(alert);
    }

    /// A partner of this host whose address the same MAC address took over lately.
    fn partner(&self, host: Host, mac: Mac, now: Time) -> Option<Host> {
        let taken = self.owners.taken(mac, now);
        let talk = |other: &Host| self.pairs.contains(&(host.min(*other), host.max(*other)));
        taken.into_iter().filter(|other| *other != host).find(talk)
    }

    /// A packet left its sender with this hop limit.
    fn system(
        &mut self,
        (host, mac): (Host, Mac),
        hops: u8,
        scene: Scene,
        site: &mut Site,
        alerts: &mut Vec<Alert>,
    ) {
        let now = scene.stamp.time;
        let usual = self.owners.system((host, mac), hops, site.is_learning());
        let Some(usual) = usual else { return };
        if !site.is_due((SYSTEMS.sid, host, mac, hops), now, QUIET) {
            return;
        }
        let alert = Alert::new(&SYSTEMS, 2, scene)
            .with("device", host.to_string())
            .with("mac", mac.to_string())
            .with("hops", u64::from(hops))
            .with("usual", u64::from(usual));
        alerts.push(alert);
    }
}

/// Where a packet of address resolution was seen.
fn scene(record: &ResolutionRecord, host: Host) -> Scene {
    let end = |host| Endpoint { host, port: 0 };
    Scene {
        flow: record.flow,
        stamp: record.stamp,
        source: end(host),
        destination: end(record.asked.unwrap_or(host)),
        ip_protocol: 0,
        tags: record.tags,
        protocol: Some(record.protocol),
    }
}

/// Whether a packet with this hop limit was forwarded by nobody: the values that systems begin
/// with.
const fn is_initial(hops: u8) -> bool {
    matches!(hops, 32 | 60 | 64 | 128 | 255)
}

/// Whether an address names no single host on its own network.
fn is_nobody(host: Host) -> bool {
    host.is_group()
        || host
            .ip()
            .is_none_or(|ip| ip.is_unspecified() || ip.is_loopback())
}
