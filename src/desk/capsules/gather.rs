//! The second reading of the captures: the packets that belong to each alert.
//!
//! Frames are told apart by their headers alone. Octets are copied once, however many alerts
//! they belong to; what is kept for one alert is bounded, and so is the number of alerts.

use super::Evidence;
use crate::capture::{Captures, LinkType};
use crate::facts::{Host, Time};
use crate::flow::Key;
use crate::wire::{self, Checksums, Tcp, Transport};
use std::collections::VecDeque;
use std::sync::Arc;

/// Packets kept of the beginning of the conversation.
const START: usize = 16;

/// Octets that the packets of all alerts of one reading may take. Alerts share them evenly: what
/// goes on around few can be kept far back, and many take no more memory than the reading did.
pub(super) const ROOM: usize = 96 * 1024 * 1024;

/// Octets that a kept packet takes beside its own: its entry here, and the head of its allocation.
const ENTRY: usize = size_of::<Kept>() + 32;

/// How far around an alert packets are gathered. What does not do with less gets more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The two hosts among each other.
    Pair,
    /// Whatever one of them sent or received.
    Hosts,
    /// Everything.
    All,
}

impl Reach {
    pub(super) const ALL: [Self; 3] = [Self::Pair, Self::Hosts, Self::All];

    /// Packets kept before the one that decided.
    const fn before(self) -> usize {
        match self {
            Self::Pair => 160,
            Self::Hosts | Self::All => 2_000,
        }
    }

    /// Packets kept after it: that nobody answers shows only when time has gone on.
    const fn after(self) -> usize {
        match self {
            Self::Pair => 8,
            Self::Hosts => 200,
            Self::All => 1_000,
        }
    }
}

/// A packet of a capsule.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Its number in the captures.
    pub(super) frame: u64,
    pub(super) time: Time,
    pub(super) link: LinkType,
    pub(super) original: u32,
    pub(super) octets: Arc<[u8]>,
}

/// The packets of one alert, being gathered.
struct Gathering<'a> {
    evidence: &'a Evidence,
    reach: Reach,
    start: Vec<Kept>,
    before: VecDeque<Kept>,
    after: Vec<Kept>,
    decided: bool,
    /// Octets that it may take, and those that it takes.
    room: usize,
    held: usize,
}

impl Gathering<'_> {
    const fn is_done(&self) -> bool {
        self.decided && (self.after.len() >= self.reach.after() || self.held >= self.room)
    }

    fn wants(&self, hosts: Option<(Host, Host)>) -> bool {
        let (source, destination) = (self.evidence.source.host, self.evidence.destination.host);
        match (self.reach, hosts) {
            (Reach::All, _) => true,
            (_, None) => false,
            (Reach::Pair, Some(pair)) => pair == (source.min(destination), source.max(destination)),
            (Reach::Hosts, Some((one, other))) => [one, other]
                .iter()
                .any(|host| [source, destination].contains(host)),
        }
    }

    fn take(&mut self, kept: Kept, (is_flow, opens): (bool, bool)) {
        self.held += cost(&kept);
        if self.decided {
            self.after.push(kept);
            return;
        }
        self.decided = kept.frame == self.evidence.stamp.frame;
        if is_flow && opens {
            self.held -= self.start.drain(..).map(|kept| cost(&kept)).sum::<usize>();
        }
        if is_flow && self.start.len() < START {
            self.held += cost(&kept);
            self.start.push(kept.clone());
        }
        self.before.push_back(kept);
        // A quarter is for what comes after; the packet that decides stays, however long it is.
        while self.before.len() > self.reach.before()
            || self.held > self.room / 4 * 3 && self.before.len() > 1
        {
            let oldest = self.before.pop_front();
            self.held -= oldest.map_or(0, |kept| cost(&kept));
        }
    }

    /// All packets, each once, in their order.
    fn finish(self) -> Vec<Kept> {
        let first = self.before.front().map_or(u64::MAX, |kept| kept.frame);
        let start = self.start.into_iter().filter(|kept| kept.frame < first);
        start.chain(self.before).chain(self.after).collect()
    }
}

fn cost(kept: &Kept) -> usize {
    kept.octets.len() + ENTRY
}

/// Gathers the packets of these alerts, which have this reach, in `room` octets all together.
pub(super) fn gather(
    mut captures: Captures,
    wanted: &[(&Evidence, Reach)],
    room: usize,
) -> Vec<Vec<Kept>> {
    let mut all: Vec<Gathering<'_>> = wanted
        .iter()
        .map(|(evidence, reach)| Gathering {
            evidence,
            reach: *reach,
            start: Vec::new(),
            before: VecDeque::new(),
            after: Vec::new(),
            decided: false,
            room: room / wanted.len().max(1),
            held: 0,
        })
        .collect();
    let mut frame = 0;
    while let Some((block, record)) = captures.next() {
        frame += 1;
        let octets = record.octets(block);
        let headers = wire::read(
            record.link.0.into(),
            octets,
            record.original,
            Checksums::Header,
        );
        let hosts = wire::host_pair(&headers);
        let key = Key::of(&headers).map(|(key, _)| (key.low, key.high));
        let opens = match headers.transport {
            Transport::Tcp(tcp) => tcp.has(Tcp::SYN) && !tcp.has(Tcp::ACK),
            _ => false,
        };
        let mut kept: Option<Kept> = None;
        let mut open = false;
        for gathering in all.iter_mut().filter(|one| !one.is_done()) {
            open = true;
            let decides = frame == gathering.evidence.stamp.frame;
            if !decides && !gathering.wants(hosts) {
                continue;
            }
            let (source, destination) = (gathering.evidence.source, gathering.evidence.destination);
            let ends = (source.min(destination), source.max(destination));
            let kept = kept.get_or_insert_with(|| Kept {
                frame,
                time: record.time,
                link: record.link,
                original: record.original,
                octets: octets.into(),
            });
            gathering.take(kept.clone(), (key == Some(ends), opens));
        }
        if !open {
            break;
        }
    }
    all.into_iter().map(Gathering::finish).collect()
}
