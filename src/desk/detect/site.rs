//! What all detectors share: the baseline, whether it is learned or held against, and what was
//! told lately.

use super::alert::Scope;
use super::learn::Learn;
use crate::desk::baseline::evidence::{Each, Forecast, Sort};
use crate::desk::baseline::{self, Baseline, Index, Learner, Learning, SLOT, service, talk};
use crate::desk::report::is_industrial;
use crate::desk::windows::Windows;
use crate::desk::zones::Zones;
use crate::facts::{Class, Host, Outcome, Property, Side, Time};
use crate::protocols::Carrier;
use crate::rules::kept::Bounded;
use crate::sensor::{Event, FlowRecord, OperationRecord, SoFar};
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::Duration;

/// Most things kept that were told lately, and that are not told again as long as they go on.
const EPISODES: usize = 65_536;

/// For how long an act must not be seen before it is told again, and for how long a host or a
/// conversation.
pub(super) const QUIET: Duration = Duration::from_secs(60);
pub(super) const SETTLED: Duration = Duration::from_secs(86_400);

/// For how long a device is learned anew whose program or firmware was changed as planned: so long
/// it takes until what it is asked for has come by in each shift.
const ANEW: Duration = Duration::from_secs(3 * 86_400);

/// Criticality from which on nothing is learned anew: what controls the plant stays told.
const CONTROLS: u8 = 4;

/// Most devices kept of which something industrial was seen.
const DEVICES: usize = 16_384;

/// What is known of the site.
#[derive(Debug)]
pub struct Site {
    learner: Learner,
    learn: Learn,
    /// When learning ends; not known before the first packet.
    end: Option<Time>,
    now: Time,
    /// For how long one learned: packet time without long pauses.
    learned: Duration,
    /// When what was learned is weighed next.
    weighed: Duration,
    /// Since when the baseline is held against what comes, for each sort.
    armed: Each<Option<Time>>,
    index: Index,
    /// What may pass between which hosts, where the site said so.
    zones: Option<Arc<Zones>>,
    /// Planned work, which is not learned.
    windows: Option<Arc<Windows>>,
    /// Hosts that serve or use an industrial protocol.
    industrial: HashSet<Host, FixedState>,
    /// Who operated on whom.
    operated: HashSet<(Host, Host), FixedState>,
    /// Devices that somebody operated on.
    served: HashSet<Host, FixedState>,
    /// Hosts that scanned while one learned.
    suspects: HashSet<Host, FixedState>,
    /// Devices that are learned anew, and until when.
    anew: Bounded<Host, Time>,
    /// What was told lately, and when it was last seen.
    episodes: Bounded<u64, Time>,
}

impl Site {
    pub(super) fn new(learn: Learn, baseline: Option<Baseline>, zones: Option<Arc<Zones>>) -> Self {
        let known = baseline.is_some();
        let mut baseline = baseline.unwrap_or_default();
        let before = baseline.learning.take();
        let learned = before.map(|before| before.learned);
        let mut this = Self {
            learned: learned.unwrap_or_else(|| match (learn, baseline.span) {
                (Learn::Auto, Some((first, last))) => last.since(first),
                _ => Duration::ZERO,
            }),
            learner: Learner::of(baseline),
            learn,
            end: None,
            now: Time::ZERO,
            weighed: Duration::ZERO,
            armed: Each::default(),
            index: Index::default(),
            zones,
            windows: None,
            industrial: HashSet::default(),
            operated: HashSet::default(),
            served: HashSet::default(),
            suspects: HashSet::default(),
            anew: Bounded::new(DEVICES),
            episodes: Bounded::new(EPISODES),
        };
        let arms = |sort: &Sort| match learn {
            Learn::Never => known,
            Learn::Auto => before.is_some_and(|before| !before.open.get(*sort)),
            _ => false,
        };
        let armed: Vec<Sort> = Sort::ALL.into_iter().filter(arms).collect();
        this.arm(&armed);
        this
    }

    /// What falls into these windows is not learned from now on.
    pub(super) fn plan(&mut self, windows: Option<Arc<Windows>>) {
        self.windows = windows;
    }

    /// From now on the baseline is held against what comes of these sorts.
    fn arm(&mut self, sorts: &[Sort]) {
        if sorts.is_empty() {
            return;
        }
        self.doubt();
        for sort in sorts {
            self.armed.set(*sort, Some(self.now));
        }
        self.index = Index::of(&self.learner.baseline);
        let room = DEVICES.saturating_sub(self.industrial.len());
        self.industrial.extend(self.index.industrial().take(room));
        self.served.extend(self.index.served().take(room));
    }

    /// A host scanned: what is learned of it may be part of that.
    pub(super) fn suspect(&mut self, host: Host) {
        if self.is_learning() && self.suspects.len() < DEVICES {
            self.suspects.insert(host);
        }
    }

    /// Marks what was learned of suspects.
    fn doubt(&mut self) {
        doubt(&mut self.learner.baseline, &self.suspects);
    }

    /// Since when what is learned of a sort is held against what comes, where it is.
    #[must_use]
    pub const fn armed_since(&self, sort: Sort) -> Option<Time> {
        self.armed.get(sort)
    }

    /// Who else does what in the baseline.
    #[must_use]
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// What is usual of a sort, where that is known: not while it is learned.
    #[must_use]
    pub fn usual(&self, sort: Sort) -> Option<&Baseline> {
        let armed = self.armed.get(sort).is_some();
        armed.then_some(&self.learner.baseline)
    }

    /// Whether a sort is being learned.
    #[must_use]
    pub fn learns(&self, sort: Sort) -> bool {
        self.learn != Learn::Never && self.armed.get(sort).is_none()
    }

    /// Whether something is being learned.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        Sort::ALL.into_iter().any(|sort| self.learns(sort))
    }

    /// Whether nothing was learned.
    #[must_use]
    pub fn knows_nothing(&self) -> bool {
        self.learner.baseline.is_empty()
    }

    /// For how long one learned, in packet time without long pauses.
    #[must_use]
    pub const fn learned(&self) -> Duration {
        self.learned
    }

    /// What is to be expected of each sort that is learned until that is little.
    #[must_use]
    pub fn forecasts(&self) -> Vec<(Sort, Forecast)> {
        if self.learn != Learn::Auto {
            return Vec::new();
        }
        let open = Sort::ALL.into_iter().filter(|sort| self.learns(*sort));
        open.map(|sort| (sort, self.forecast(sort))).collect()
    }

    fn forecast(&self, sort: Sort) -> Forecast {
        let Self {
            learner,
            learned,
            now,
            ..
        } = self;
        learner.baseline.forecast(sort, *learned, *now)
    }

    /// The packet clock.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// What the site said of zones and conduits.
    #[must_use]
    pub fn zones(&self) -> Option<Arc<Zones>> {
        self.zones.clone()
    }

    /// Whether something industrial was seen of this host.
    #[must_use]
    pub fn is_industrial(&self, host: Host) -> bool {
        self.industrial.contains(&host)
    }

    /// Whether somebody operated on this device.
    #[must_use]
    pub fn is_served(&self, host: Host) -> bool {
        self.served.contains(&host)
    }

    /// Whether an operation is what a device reports to who operates on it.
    #[must_use]
    pub fn is_report(&self, record: &OperationRecord) -> bool {
        record.meaning.criticality == 0
            && self
                .operated
                .contains(&(record.device.host, record.actor.host))
    }

    /// Whether this is to be told: it was not seen before, or not for so long.
    pub fn is_due(&mut self, what: impl Hash, now: Time, quiet: Duration) -> bool {
        let digest = FixedState::default().hash_one(what);
        let known = self.episodes.get(&digest).is_some();
        let last = self.episodes.entry(digest, now);
        let rested = now.since(*last) >= quiet;
        *last = now.max(*last);
        !known || rested
    }

    /// Moves the clock on; the baseline is held against from the first packet after its end.
    fn pass(&mut self, now: Time) {
        let before = self.now;
        self.now = before.max(now);
        if now.is_unknown() || !self.is_learning() {
            return;
        }
        let span = self.learner.baseline.span.get_or_insert((now, now));
        let end = match self.learn {
            Learn::Never | Learn::Always | Learn::Auto => None,
            Learn::For(length) => {
                let rest = length.saturating_sub(self.learned);
                Some(*self.end.get_or_insert(now.plus(rest)))
            }
            Learn::Until(time) => Some(time),
        };
        if end.is_some_and(|end| now >= end) {
            return self.arm(&Sort::ALL);
        }
        span.1 = span.1.max(now);
        // A pause that long is between two captures, or nobody listened.
        let step = now.since(before);
        if before > Time::ZERO && step <= SLOT {
            self.learned += step;
        }
        if self.learn == Learn::Auto && self.learned >= self.weighed {
            self.weighed = self.learned + SLOT;
            self.doubt();
            let enough = |(sort, forecast): (Sort, Forecast)| forecast.is_enough().then_some(sort);
            let enough: Vec<Sort> = self.forecasts().into_iter().filter_map(enough).collect();
            self.arm(&enough);
        }
    }

    /// Takes note of one event, after the detectors have seen it.
    pub(super) fn take(&mut self, event: &Event, troubled: bool) {
        let windows = self.windows.as_ref();
        let planned = windows.is_some_and(|windows| windows.hold(event));
        if let Event::Operation(record) = event {
            self.changed(record, planned);
        }
        // Who says for how long to learn says that this time is as usual; otherwise nobody does.
        let planned = planned || troubled && self.learn == Learn::Auto;
        match event {
            Event::Operation(record) => {
                for host in [record.actor.host, record.device.host] {
                    self.industry(host);
                }
                self.operated(record);
                let learns = self.learns(Sort::of(record.meaning.criticality));
                if !planned && (learns || self.is_anew(record)) {
                    self.learner.operation(record);
                }
            }
            Event::Cycle(cycle) if self.is_learning() => self.learner.cycle(cycle, true),
            Event::SoFar(SoFar::Cycle(cycle)) if self.is_learning() => {
                self.learner.cycle(cycle, false);
            }
            Event::Flow(flow) => self.flow(flow, true, planned),
            Event::SoFar(SoFar::Flow(flow)) => self.flow(flow, false, planned),
            Event::Property(record) if self.learns(Sort::Hosts) => {
                if matches!(record.property, Property::Mac | Property::Ip) {
                    self.learner.host(record.host, record.stamp.time, true);
                }
            }
            _ => {}
        }
    }

    /// A device is learned anew whose program or firmware was changed, where that was planned.
    fn changed(&mut self, record: &OperationRecord, planned: bool) {
        let changes = matches!(record.meaning.class, Class::ProgramWrite | Class::Firmware);
        if planned && changes && record.outcome == Outcome::Done {
            let until = record.stamp.time.plus(ANEW);
            *self.anew.entry(record.device.host, until) = until;
        }
    }

    /// Whether an operation is on a device that is learned anew, by a station that worked on it
    /// before, and does not control the plant.
    #[must_use]
    pub fn is_anew(&self, record: &OperationRecord) -> bool {
        let (actor, device) = (record.actor.host, record.device.host);
        let until = self.anew.get(&device);
        record.meaning.criticality < CONTROLS
            && until.is_some_and(|until| record.stamp.time < *until)
            && (self.learner.baseline).operates(actor, device, record.protocol)
    }

    /// Whether a device is learned anew.
    #[must_use]
    pub fn relearns(&self) -> bool {
        let mut devices = self.anew.values();
        devices.any(|until| self.now < *until)
    }

    /// Must be called with every event before the detectors see it.
    pub(super) fn clock(&mut self, event: &Event) {
        if let Event::Tick(stamp) = event {
            self.pass(stamp.time);
        }
    }

    fn industry(&mut self, host: Host) {
        if self.industrial.len() < DEVICES && !host.is_group() {
            self.industrial.insert(host);
        }
    }

    /// Notes who works on whom; a device that tells of itself works on nobody.
    fn operated(&mut self, record: &OperationRecord) {
        if record.meaning.class == Class::State || self.is_report(record) {
            return;
        }
        if self.operated.len() < DEVICES {
            self.operated
                .insert((record.actor.host, record.device.host));
            self.served.insert(record.device.host);
        }
    }

    fn flow(&mut self, flow: &FlowRecord, over: bool, planned: bool) {
        let (client, server) = talk(flow);
        if flow.industrial && flow.messages > 0 {
            for host in [client.host, server.host] {
                self.industry(host);
            }
        }
        if planned {
            return;
        }
        for side in [Side::Low, Side::High] {
            if let Some((first, last)) = side.of(&flow.ends).seen
                && self.learns(Sort::Hosts)
                && is_answered(flow)
                && is_talk(flow)
            {
                let time = if over { last.time } else { first.time };
                let host = side.of(&(flow.low, flow.high)).host;
                self.learner.host(host, time, over);
            }
        }
        if self.learns(Sort::Talks) && is_conversation(flow, over) && is_talk(flow) {
            let service = service(flow, server);
            let talk = baseline::Talk {
                client: client.host,
                server: server.host,
                service,
            };
            let time = if over {
                flow.seen.1.time
            } else {
                flow.seen.0.time
            };
            self.learner.talk(talk, time, over);
        }
    }

    /// What was learned up to now, with how far that has come.
    pub(super) fn baseline(&self) -> Baseline {
        let mut baseline = Baseline {
            learning: self.learning(),
            ..self.learner.baseline.clone()
        };
        doubt(&mut baseline, &self.suspects);
        baseline
    }

    pub(super) fn into_baseline(mut self) -> Baseline {
        self.doubt();
        Baseline {
            learning: self.learning(),
            ..self.learner.baseline
        }
    }

    /// How far learning has come, where it ends by itself.
    fn learning(&self) -> Option<Learning> {
        if !self.is_learning() || self.learn == Learn::Always {
            return None;
        }
        let mut open = Each::default();
        for sort in Sort::ALL {
            open.set(sort, self.learns(sort));
        }
        Some(Learning {
            learned: self.learned,
            open,
        })
    }
}

/// Marks what was learned of suspects.
fn doubt(baseline: &mut Baseline, suspects: &HashSet<Host, FixedState>) {
    if !suspects.is_empty() {
        baseline.doubt(|host| suspects.contains(host), "scan");
    }
}

/// Whether both ends sent something.
pub(super) fn is_answered(flow: &FlowRecord) -> bool {
    flow.ends.0.seen.is_some() && flow.ends.1.seen.is_some()
}

/// Whether a conversation is one: both ends said something, or what was sent is of a known
/// protocol. One
/// whose protocol is not known yet waits for its end.
pub(super) fn is_conversation(flow: &FlowRecord, over: bool) -> bool {
    let held = flow.ends.0.ledger.content > 0 && flow.ends.1.ledger.content > 0;
    flow.protocol.is_some() || over && held
}

/// Whether a conversation says who uses what: not those in which stations find each other on one
/// network segment.
pub(super) fn is_talk(flow: &FlowRecord) -> bool {
    let somebody = |host: Host| match host {
        Host::Ip(ip) => !ip.is_unspecified() && !host.is_group(),
        Host::Mac(mac) => !mac.is_group(),
    };
    let (client, _) = talk(flow);
    let network = matches!(flow.carrier, Some(Carrier::Tcp | Carrier::Udp) | None);
    somebody(client.host) && (flow.industrial || network)
}

/// How grave a new operation is, 1 high to 4 information: by what it can do to the plant and how
/// new it is; one less where the device refused it. What only asks is a note where the protocol is
/// none that controls plants.
pub(super) fn severity(record: &OperationRecord, scope: Scope) -> u8 {
    let criticality = record.meaning.criticality;
    let done = match (criticality, scope) {
        (..=2, _) if !is_industrial(record.protocol) => 4,
        (5.., Scope::Act | Scope::Station | Scope::Site) => 1,
        (5.., _) | (4, Scope::Place | Scope::Act | Scope::Station | Scope::Site) => 2,
        (3, Scope::Act | Scope::Station | Scope::Site) => 2,
        (4, Scope::Value) | (3, Scope::Place) | (1 | 2, Scope::Act) => 3,
        (_, Scope::Station | Scope::Site) => 3,
        _ => 4,
    };
    let refused = matches!(record.outcome, Outcome::Refused { .. });
    (done + u8::from(refused)).min(4)
}

/// How new an act is that the baseline does not have.
pub(super) fn scope(site: &Site, baseline: &Baseline, act: &baseline::Act) -> Scope {
    if baseline.operates(act.actor, act.device, &act.protocol) {
        return Scope::Act;
    }
    match site.index().workers(act.device, &act.protocol) {
        Some(_) => Scope::Station,
        None => Scope::Site,
    }
}
