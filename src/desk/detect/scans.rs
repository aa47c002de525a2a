//! Scans: one station that tries many, and many senders that try one.
//!
//! Needs no learning. What counts is what fails: connections that nobody answers or that are
//! refused, addresses that nobody has, operations that a device refuses. Who works with what is
//! there does not fail so often. An attempt waits [`PATIENCE`] for its answer; a scan is told when
//! enough attempts failed, and again after it paused for a minute.

mod failures;

use super::alert::{Alert, Kind, Scene};
use super::site::{QUIET, Site};
use super::{Detector, Row};
use crate::desk::baseline;
use crate::facts::{Class, Endpoint, Host, Outcome, Side, Technique, Time};
use crate::protocols::PROTOCOLS;
use crate::sensor::{Event, FlowEnd, FlowRecord, OperationRecord, ResolutionRecord, SoFar};
use crate::wire::Tcp;
use failures::{Table, Tried, WINDOW};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash};
use std::time::Duration;

static HOSTS: Kind = Kind {
    sid: 3_950_101,
    name: "host-scan",
    techniques: &[Technique(840), Technique(846)],
};
static PORTS: Kind = Kind {
    sid: 3_950_102,
    name: "port-scan",
    techniques: &[Technique(846)],
};
static DEVICE: Kind = Kind {
    sid: 3_950_103,
    name: "device-scan",
    techniques: &[Technique(846), Technique(888)],
};
static SENDERS: Kind = Kind {
    sid: 3_950_104,
    name: "many-senders",
    techniques: &[Technique(814)],
};

pub(super) const ROW: Row = Row {
    name: "scans",
    kinds: &[&HOSTS, &PORTS, &DEVICE, &SENDERS],
    start: || Box::<Scans>::default(),
};

/// For how long an attempt waits for its answer: longer than a device on a slow line takes, short
/// enough that a scan is told within seconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// Hosts that failed to answer from which on it is a scan.
const MANY_HOSTS: usize = 10;

/// The same where all were tried at the TCP port of one industrial protocol. Not within the first
/// [`WINDOW`] of watching: who polls devices that are switched off tries them from the beginning.
const MANY_DEVICES: usize = 3;

/// Addresses asked for that nobody has, from which on it is a scan: more than a station has
/// partners that are switched off.
const MANY_ADDRESSES: usize = 15;

/// Ports of one host that failed to answer, from which on it is a scan.
const MANY_PORTS: usize = 15;

/// Units, functions and addresses of one device that it refused, from which on it is a scan.
const MANY_UNITS: usize = 8;
const MANY_FUNCTIONS: usize = 5;
const MANY_PLACES: usize = 10;

/// Senders that nobody knows and who were not answered, from which on they are one event.
const MANY_SENDERS: usize = 30;

/// Most attempts that wait for an answer; past it a flood goes on that is told already.
const WAITING: usize = 16_384;

/// Most hosts and pairs of them kept that were seen to answer.
const ANSWERED: usize = 65_536;

/// Criticality from which on an operation changes something.
const CHANGES: u8 = 3;

/// IANA numbers of TCP and UDP. What is asked over others cannot be told from what is answered.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// An attempt that waits for its answer.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    tried: Tried,
    /// It began something: a SYN, a datagram. Otherwise it is a piece of a connection whose
    /// beginning was not seen, or whose beginning was answered and not gone on with.
    begins: bool,
    scene: Scene,
}

/// How an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// Nothing came back so far.
    Silent,
    /// The server accepted, and the client did not go on so far.
    HalfOpen,
    /// The server refused.
    Refused,
    /// It was answered, or its sender goes on as if: the answers are not seen here.
    Answered,
}

/// Watches who fails.
#[derive(Debug, Default)]
struct Scans {
    /// When watching began.
    begun: Option<Time>,
    /// Attempts without an answer so far, and the order in which they began.
    open: HashMap<u64, Attempt, FixedState>,
    order: VecDeque<(Time, u64)>,
    sources: Table<Host>,
    targets: Table<Host>,
    devices: Table<(Host, Host)>,
    /// Hosts that have a MAC address or took part in a conversation.
    alive: HashSet<Host, FixedState>,
    /// Who got an answer from whom.
    spoken: HashSet<(Host, Host), FixedState>,
    /// Who changed something on a device.
    writers: HashSet<Host, FixedState>,
}

/// Where alerts go.
struct Out<'a> {
    site: &'a mut Site,
    alerts: &'a mut Vec<Alert>,
}

impl Detector for Scans {
    fn take(&mut self, event: &Event, site: &mut Site, alerts: &mut Vec<Alert>) {
        let mut out = Out { site, alerts };
        match event {
            Event::SoFar(SoFar::Flow(flow)) => self.flow(flow, &mut out),
            Event::Flow(flow) => self.flow(flow, &mut out),
            Event::SoFar(SoFar::Resolution(record)) => self.resolution(record),
            Event::Operation(record) => self.operation(record, &mut out),
            Event::Tick(stamp) => self.tick(stamp.time, &mut out),
            _ => {}
        }
    }
}

impl Scans {
    /// A conversation shows something new, or is over.
    fn flow(&mut self, flow: &FlowRecord, out: &mut Out<'_>) {
        let (client, server) = baseline::talk(flow);
        let parties = [client.host, server.host];
        if !matches!(flow.ip_protocol, TCP | UDP) || parties.into_iter().any(is_nobody) {
            return;
        }
        let way = if client == flow.low {
            Side::Low
        } else {
            Side::High
        };
        let id = digest(flow.id);
        let attempt = |(source, target): (Endpoint, Endpoint), stamp| Attempt {
            tried: Tried::Port(target.host, target.port, flow.ip_protocol),
            begins: source == client && !flow.midstream,
            scene: Scene::of_flow(flow, (source, target), stamp),
        };
        match stand(flow, way) {
            // What ended without an answer was counted when its time was over.
            Stand::Silent if flow.end == FlowEnd::Capture => {
                // Where the beginning was not seen, ports may mislead about who asks.
                let asks = way.of(&flow.ends).seen.is_some();
                let ends = if asks {
                    (client, server)
                } else {
                    (server, client)
                };
                self.wait(id, attempt(ends, flow.seen.0));
            }
            Stand::Silent => {}
            Stand::HalfOpen => {
                self.live(server.host);
                if let Some(open) = self.open.get_mut(&id) {
                    open.begins = false;
                }
            }
            Stand::Refused => {
                self.live(server.host);
                if self.open.remove(&id).is_some() {
                    self.failed(&attempt((client, server), flow.seen.1), out);
                }
            }
            Stand::Answered => {
                self.open.remove(&id);
                parties.into_iter().for_each(|host| self.live(host));
                if self.spoken.len() < ANSWERED {
                    self.spoken.insert((client.host, server.host));
                }
            }
        }
    }

    /// Somebody asks for an address, or tells the own one.
    fn resolution(&mut self, record: &ResolutionRecord) {
        if let Some(host) = record.host {
            self.live(host);
        }
        let Some(asked) = record.asked else { return };
        if is_nobody(asked) || self.alive.contains(&asked) {
            return;
        }
        let source = record.host.unwrap_or(Host::Mac(record.mac));
        let end = |host| Endpoint { host, port: 0 };
        let scene = Scene {
            flow: record.flow,
            stamp: record.stamp,
            source: end(source),
            destination: end(asked),
            ip_protocol: 0,
            tags: record.tags,
            protocol: Some(record.protocol),
        };
        let attempt = Attempt {
            tried: Tried::Address(asked),
            begins: true,
            scene,
        };
        self.wait(digest((source, asked)), attempt);
    }

    /// A device refused something.
    fn operation(&mut self, record: &OperationRecord, out: &mut Out<'_>) {
        let (actor, device) = (record.actor.host, record.device.host);
        let (changes, outcome) = (record.meaning.criticality >= CHANGES, record.outcome);
        if changes && outcome == Outcome::Done && self.writers.len() < ANSWERED {
            self.writers.insert(actor);
        }
        // A report that nobody confirms tries nothing.
        let reports = record.meaning.class == Class::State;
        let failed = matches!(outcome, Outcome::Refused { .. } | Outcome::NoAnswer);
        if record.merged || reports || !failed {
            return;
        }
        let (now, key) = (record.stamp.time, (actor, device));
        if let Some(unit) = record.unit {
            self.devices.add(key, now, Tried::Unit(unit));
        }
        for item in &record.items {
            let place = digest((record.unit, item.space, item.area, item.range, &item.name));
            self.devices.add(key, now, Tried::Place(place));
        }
        let function = Tried::Function(record.protocol, record.code);
        let failures = self.devices.add(key, now, function);
        let units = failures.count(|one| matches!(one, Tried::Unit(_)));
        let functions = failures.count(|one| matches!(one, Tried::Function(..)));
        let places = failures.count(|one| matches!(one, Tried::Place(_)));
        let all = [
            ("units", units, MANY_UNITS),
            ("functions", functions, MANY_FUNCTIONS),
            ("places", places, MANY_PLACES),
        ];
        let Some((what, count, _)) = all.into_iter().find(|(_, count, many)| count >= many) else {
            return;
        };
        let seconds = failures.seconds(now);
        if out.site.is_due((DEVICE.sid, key), now, QUIET) {
            let alert = Alert::new(&DEVICE, self.severity(actor), Scene::of_operation(record))
                .with("actor", actor.to_string())
                .with("device", device.to_string())
                .with("kind", what)
                .with("count", count as u64)
                .with("seconds", seconds);
            out.site.suspect(actor);
            out.alerts.push(alert);
        }
    }

    /// What was not answered in time has failed.
    fn tick(&mut self, now: Time, out: &mut Out<'_>) {
        self.begun.get_or_insert(now);
        while let Some((time, id)) = self.order.front().copied() {
            if now.since(time) < PATIENCE {
                break;
            }
            self.order.pop_front();
            if let Some(attempt) = self.open.remove(&id) {
                self.failed(&attempt, out);
            }
        }
    }

    fn wait(&mut self, id: u64, attempt: Attempt) {
        if self.order.len() >= WAITING || self.open.contains_key(&id) {
            return;
        }
        self.order.push_back((attempt.scene.stamp.time, id));
        self.open.insert(id, attempt);
    }

    fn live(&mut self, host: Host) {
        if self.alive.len() < ANSWERED {
            self.alive.insert(host);
        }
    }

    /// An attempt failed.
    fn failed(&mut self, attempt: &Attempt, out: &mut Out<'_>) {
        let (source, now) = (attempt.scene.source.host, attempt.scene.stamp.time);
        match attempt.tried {
            Tried::Port(target, _, carrier) => {
                if carrier == TCP && self.alive.contains(&target) && !self.alive.contains(&source) {
                    self.sender(attempt, target, out);
                }
                if attempt.begins {
                    self.port(attempt, target, out);
                }
            }
            Tried::Address(target) if !self.alive.contains(&target) => {
                let failures = self.sources.add(source, now, attempt.tried);
                let count = failures.count(|one| matches!(one, Tried::Address(_)));
                let seconds = failures.seconds(now);
                if count >= MANY_ADDRESSES {
                    self.tell(&HOSTS, attempt, (count, seconds), out);
                }
            }
            _ => {}
        }
    }

    /// A host that nobody knows was not answered by one that is there.
    fn sender(&mut self, attempt: &Attempt, target: Host, out: &mut Out<'_>) {
        let (source, now) = (attempt.scene.source.host, attempt.scene.stamp.time);
        let failures = self.targets.add(target, now, Tried::By(source));
        let (count, seconds) = (failures.count(|_| true), failures.seconds(now));
        if count >= MANY_SENDERS && out.site.is_due((SENDERS.sid, target), now, QUIET) {
            let alert = Alert::new(&SENDERS, 3, attempt.scene)
                .with("actor", source.to_string())
                .with("device", target.to_string())
                .with("count", count as u64)
                .with("seconds", seconds);
            out.alerts.push(alert);
        }
    }

    /// A port was tried in vain.
    fn port(&mut self, attempt: &Attempt, target: Host, out: &mut Out<'_>) {
        let (source, now) = (attempt.scene.source.host, attempt.scene.stamp.time);
        let failures = self.sources.add(source, now, attempt.tried);
        let seconds = failures.seconds(now);
        let ports = failures.count(|one| matches!(one, Tried::Port(host, ..) if host == target));
        // A station that loses its partners tries them again: that is an outage, no scan.
        let spoken = &self.spoken;
        let hosts = |like: &dyn Fn(u16, u8) -> bool| {
            failures.hosts(|host, port, carrier| {
                like(port, carrier) && !spoken.contains(&(source, host))
            })
        };
        let all = hosts(&|_, _| true);
        let devices = match attempt.tried {
            Tried::Port(_, own, TCP) if is_industrial(own) => {
                hosts(&|port, carrier| (port, carrier) == (own, TCP))
            }
            _ => 0,
        };
        let settled = self.begun.is_some_and(|begun| now.since(begun) >= WINDOW);
        if ports >= MANY_PORTS {
            self.tell(&PORTS, attempt, (ports, seconds), out);
        }
        if all >= MANY_HOSTS || settled && devices >= MANY_DEVICES {
            self.tell(&HOSTS, attempt, (all, seconds), out);
        }
    }

    /// Tells a scan by one source, once as long as it goes on.
    fn tell(
        &self,
        kind: &'static Kind,
        attempt: &Attempt,
        (count, seconds): (usize, u64),
        out: &mut Out<'_>,
    ) {
        let Scene {
            source,
            destination,
            stamp,
            ..
        } = attempt.scene;
        if !out.site.is_due((kind.sid, source.host), stamp.time, QUIET) {
            return;
        }
        out.site.suspect(source.host);
        let alert = Alert::new(kind, self.severity(source.host), attempt.scene)
            .with("actor", source.host.to_string())
            .with("device", destination.host.to_string())
            .with("count", count as u64)
            .with("seconds", seconds);
        out.alerts.push(alert);
    }

    /// Graver where the source was seen to change something.
    fn severity(&self, source: Host) -> u8 {
        if self.writers.contains(&source) { 2 } else { 3 }
    }
}

/// How an attempt stands whose client is `way`.
fn stand(flow: &FlowRecord, way: Side) -> Stand {
    let (client, server) = (way.of(&flow.ends), way.other().of(&flow.ends));
    let (sent, answers) = (client.ledger.content > 0, server.ledger.content > 0);
    let flags = *way.other().of(&flow.flags);
    let opened = *way.of(&flow.flags) & Tcp::SYN != 0;
    match (flow.ip_protocol, server.seen) {
        (TCP, None) if sent && opened => Stand::Answered,
        (_, None) => Stand::Silent,
        (_, Some(_)) if client.seen.is_none() => Stand::Silent,
        (TCP, Some(_)) if flags & Tcp::RST != 0 && !sent && !answers => Stand::Refused,
        (TCP, Some(_)) if flags & Tcp::SYN != 0 && !sent && !answers => Stand::HalfOpen,
        _ => Stand::Answered,
    }
}

/// Whether this is the TCP port of an industrial protocol.
pub(super) fn is_industrial(port: u16) -> bool {
    let mut all = PROTOCOLS.iter().filter(|protocol| protocol.industrial());
    all.any(|protocol| protocol.ports().contains(&port))
}

/// Whether an address names no single host.
fn is_nobody(host: Host) -> bool {
    host.is_group() || host.ip().is_none_or(|ip| ip.is_unspecified())
}

fn digest(what: impl Hash) -> u64 {
    FixedState::default().hash_one(what)
}
