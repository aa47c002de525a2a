//! Floods: more conversations at one host than any plant opens.
//!
//! Needs no learning. Conversations that a host does not answer count, whoever opens them, and at
//! the port of an industrial protocol those that it answers as well: a controller has room for a
//! few dozen. Held against nobody who was never seen to answer: a mirror that shows one direction
//! alone makes no flood. One sender that tries many ports is a scan, and told as one.

use super::alert::{Alert, Kind, Scene};
use super::scans::is_industrial;
use super::site::{QUIET, Site};
use super::{Detector, Row};
use crate::facts::{Endpoint, Host, Side, Stamp, Technique, Time};
use crate::rules::kept::Bounded;
use crate::sensor::{Event, FlowRecord, SoFar};
use std::time::Duration;

static FLOOD: Kind = Kind {
    sid: 3_950_105,
    name: "conversation-flood",
    techniques: &[Technique(814)],
};

pub(super) const ROW: Row = Row {
    name: "floods",
    kinds: &[&FLOOD],
    start: || Box::<Floods>::default(),
};

/// Conversations count together for as long.
const WINDOW: Duration = Duration::from_secs(10);

/// Conversations within the window from which on it is a flood: 3,000 a minute. A station that
/// opens a connection for each poll, ten times a second, to five devices behind one gateway, is at
/// it.
const MANY: u32 = 500;

/// Most hosts watched at a time; the one watched longest goes first.
const WATCHED: usize = 4_096;

/// Most hosts kept that answered.
const ANSWERED: usize = 16_384;

/// Conversations opened to a host since its window began.
#[derive(Clone, Copy, Debug)]
struct Window {
    began: Time,
    /// All but those that were answered and do not count then.
    count: u32,
    /// Who opened the first one, and at which port.
    first: (Host, u16),
    several_senders: bool,
    several_ports: bool,
}

/// Watches what is opened.
#[derive(Debug)]
struct Floods {
    /// By host and IANA number of the IP protocol.
    opened: Bounded<(Host, u8), Window>,
    /// Who was seen to answer, and whether over an industrial protocol.
    answered: Bounded<Host, bool>,
}

impl Default for Floods {
    fn default() -> Self {
        Self {
            opened: Bounded::new(WATCHED),
            answered: Bounded::new(ANSWERED),
        }
    }
}

impl Detector for Floods {
    fn take(&mut self, event: &Event, site: &mut Site, alerts: &mut Vec<Alert>) {
        // Its end tells nothing that its packets have not told before.
        if let Event::SoFar(SoFar::Flow(flow)) = event {
            self.flow(flow, site, alerts);
        }
    }
}

impl Floods {
    fn flow(&mut self, flow: &FlowRecord, site: &mut Site, alerts: &mut Vec<Alert>) {
        let [low, high] = [Side::Low, Side::High].map(|side| side.of(&flow.ends).seen);
        // Whatever the ports are: who spoke first opened it.
        let (client, server, answer) = match (low, high) {
            (Some((one, _)), Some((other, _))) if other < one => (flow.high, flow.low, low),
            (None, Some(_)) => (flow.high, flow.low, None),
            _ => (flow.low, flow.high, high),
        };
        if server.host.is_group() || flow.midstream {
            return;
        }
        if let Some((answer, _)) = answer {
            self.answers(flow, server, answer);
        } else if flow.seen.0 == flow.seen.1 {
            // Told with its first packet, and not again before something comes back.
            self.opens(flow, (client, server), site, alerts);
        }
    }

    /// A host answers: what was opened to it is no flood, unless the port is one of few places.
    fn answers(&mut self, flow: &FlowRecord, server: Endpoint, answer: Stamp) {
        *self.answered.entry(server.host, false) |= flow.industrial;
        if is_industrial(server.port) || flow.industrial {
            return;
        }
        let Some(window) = self.opened.get_mut(&(server.host, flow.ip_protocol)) else {
            return;
        };
        // Only the first answer of a conversation that was counted.
        if answer == flow.seen.1 && flow.seen.0.time >= window.began {
            window.count = window.count.saturating_sub(1);
        }
    }

    fn opens(
        &mut self,
        flow: &FlowRecord,
        (client, server): (Endpoint, Endpoint),
        site: &mut Site,
        alerts: &mut Vec<Alert>,
    ) {
        let Some(industrial) = self.answered.get(&server.host).copied() else {
            return;
        };
        let now = flow.seen.0.time;
        let new = Window {
            began: now,
            count: 0,
            first: (client.host, server.port),
            several_senders: false,
            several_ports: false,
        };
        let window = self.opened.entry((server.host, flow.ip_protocol), new);
        // A clock that was set back begins anew as well.
        if now < window.began || now.since(window.began) >= WINDOW {
            *window = new;
        }
        window.count = window.count.saturating_add(1);
        window.several_senders |= window.first.0 != client.host;
        window.several_ports |= window.first.1 != server.port;
        let scans = window.several_ports && !window.several_senders;
        if window.count < MANY || scans {
            return;
        }
        let (count, several) = (window.count, window.several_senders);
        let seconds = now.since(window.began).as_secs().max(1);
        let kind = (FLOOD.sid, server.host, flow.ip_protocol);
        if site.is_due(kind, now, QUIET) {
            let scene = Scene::of_flow(flow, (client, server), flow.seen.0);
            let alert = Alert::new(&FLOOD, if industrial { 2 } else { 3 }, scene)
                .with("actor", client.host.to_string())
                .with("device", server.host.to_string())
                .with("senders", if several { "several" } else { "one" })
                .with("count", u64::from(count))
                .with("seconds", seconds);
            alerts.push(alert);
        }
    }
}
