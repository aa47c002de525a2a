//! Which flow has been silent longest: one list for each kind of flow, in the order of their
//! last packets, so that neither expiry nor eviction looks at more flows than it takes.
//!
//! Used by the table alone. Links are numbers into one array, apart from the flows, so that
//! moving a flow to the end of its list does not fetch its neighbours' records.

use super::super::key::Carrier;
use super::super::record::{Flow, Stage};
use crate::facts::Time;
use std::time::Duration;

/// A kind of flow: how long it may be silent and how early it makes room, most dispensable
/// first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// TCP, over.
    Closed,
    /// TCP, one packet or no full handshake: what a scan leaves.
    #[default]
    Opening,
    /// UDP, ICMP and the like, one packet.
    Single,
    /// Without IP, one frame.
    SingleLink,
    /// UDP, ICMP and the like.
    Datagrams,
    /// Without IP.
    Link,
    /// TCP, running.
    Connection,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Closed,
        Self::Opening,
        Self::Single,
        Self::SingleLink,
        Self::Datagrams,
        Self::Link,
        Self::Connection,
    ];

    pub(super) fn of<T>(flow: &Flow<T>) -> Self {
        let single = flow.stage == Stage::Opening;
        match flow.key.carrier {
            Carrier::Tcp => match flow.stage {
                Stage::Opening => Self::Opening,
                Stage::Running => Self::Connection,
                Stage::Closed => Self::Closed,
            },
            carrier if carrier.is_link() && single => Self::SingleLink,
            carrier if carrier.is_link() => Self::Link,
            _ if single => Self::Single,
            _ => Self::Datagrams,
        }
    }

    /// How long it may be silent; the table adds what it does not know exactly.
    const fn limit(self) -> Duration {
        Duration::from_secs(match self {
            // Late retransmissions of the last segments: a few times the initial timeout of
            // 1 s (RFC 6298, 2.1), doubled.
            Self::Closed => 10,
            // Stacks give up a handshake after about a minute.
            Self::Opening => 60,
            // Five minutes (RFC 4787, REQ-5); polls, NTP and ARP of a living pair come sooner.
            Self::Single | Self::Datagrams => 5 * 60,
            // LLDP every 30 s, CDP every 60 s, but a quiet GOOSE or PROFINET DCP pair is the
            // same pair an hour later.
            Self::SingleLink | Self::Link => 60 * 60,
            // Control connections live for months and may be silent for a shift; keep-alives
            // come every two hours if at all (RFC 9293, 3.8.4). A day and an hour keeps what
            // speaks once a day one conversation. The capacity bounds what this keeps, and a
            // connection dropped too early is picked up again in its middle.
            Self::Connection => 25 * 60 * 60,
        })
    }

    /// Whether losing it under pressure loses nothing that went on.
    const fn is_opening(self) -> bool {
        !matches!(self, Self::Datagrams | Self::Link | Self::Connection)
    }
}

/// Flows of each kind that pressure from other kinds leaves alone, a sixteenth of the table: so
/// many new flows must have the time to show a second packet while a flood runs.
const KEPT: usize = super::CAPACITY / 16;

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    after: u32,
    last: Time,
    /// No visit before this second of packet time.
    due: u32,
    kind: Kind,
    /// In the row of those that asked for a visit.
    listed: bool,
    /// Still wants that visit.
    awake: bool,
}

#[derive(Clone, Copy, Debug)]
struct List {
    oldest: u32,
    newest: u32,
    length: usize,
}

#[derive(Debug)]
pub(super) struct Lists {
    links: Vec<Link>,
    lists: [List; Kind::ALL.len()],
    /// The latest time seen: a time that goes back moves nothing.
    clock: Time,
}

impl Default for Lists {
    fn default() -> Self {
        let empty = List {
            oldest: NONE,
            newest: NONE,
            length: 0,
        };
        Self {
            links: Vec::new(),
            lists: [empty; Kind::ALL.len()],
            clock: Time::ZERO,
        }
    }
}

impl Lists {
    fn link(&mut self, slot: u32) -> Option<&mut Link> {
        self.links.get_mut(slot as usize)
    }

    fn list(&mut self, kind: Kind) -> Option<&mut List> {
        self.lists.get_mut(kind as usize)
    }

    /// Adds a flow in a slot that is new or was removed.
    pub(super) fn insert(&mut self, slot: u32, time: Time) {
        let at = slot as usize;
        if at >= self.links.len() {
            let link = Link {
                before: NONE,
                after: NONE,
                last: time,
                due: 0,
                kind: Kind::default(),
                listed: false,
                awake: false,
            };
            self.links.resize(at + 1, link);
        }
        self.append(slot, Kind::default(), time);
    }

    /// Moves a flow to the end of the list of its kind.
    #[inline]
    pub(super) fn touch(&mut self, slot: u32, kind: Kind, time: Time) {
        let is_newest = self
            .lists
            .get(kind as usize)
            .is_some_and(|list| list.newest == slot);
        if is_newest {
            self.clock = self.clock.max(time);
            let clock = self.clock;
            if let Some(link) = self.link(slot) {
                link.last = clock;
            }
        } else {
            self.detach(slot);
            self.append(slot, kind, time);
        }
    }

    /// Takes a flow out; its slot can be inserted again.
    pub(super) fn remove(&mut self, slot: u32) {
        self.detach(slot);
        if let Some(link) = self.link(slot) {
            link.awake = false;
        }
    }

    fn append(&mut self, slot: u32, kind: Kind, time: Time) {
        self.clock = self.clock.max(time);
        let clock = self.clock;
        let Some(list) = self.list(kind) else { return };
        let newest = std::mem::replace(&mut list.newest, slot);
        list.length += 1;
        if newest == NONE {
            list.oldest = slot;
        } else if let Some(link) = self.link(newest) {
            link.after = slot;
        }
        if let Some(link) = self.link(slot) {
            (link.before, link.after) = (newest, NONE);
            (link.last, link.kind) = (clock, kind);
        }
    }

    fn detach(&mut self, slot: u32) {
        let Some(&mut Link {
            before,
            after,
            kind,
            ..
        }) = self.link(slot)
        else {
            return;
        };
        if let Some(link) = self.link(before) {
            link.after = after;
        }
        if let Some(link) = self.link(after) {
            link.before = before;
        }
        let Some(list) = self.list(kind) else { return };
        list.length = list.length.saturating_sub(1);
        if list.oldest == slot {
            list.oldest = after;
        }
        if list.newest == slot {
            list.newest = before;
        }
    }

    /// A flow that has been silent for too long.
    pub(super) fn overdue(&self, now: Time) -> Option<u32> {
        Kind::ALL.into_iter().find_map(|kind| {
            let list = self.lists.get(kind as usize)?;
            let link = self.links.get(list.oldest as usize)?;
            let limit = kind.limit() + super::COARSE;
            (now.since(link.last) >= limit).then_some(list.oldest)
        })
    }

    /// The flow that makes room, and whether it was one that had barely begun or was over: the
    /// most dispensable kind of which there are more than [`KEPT`], and of it the one that has
    /// been silent longest.
    pub(super) fn victim(&self) -> Option<(u32, bool)> {
        let longest = || Kind::ALL.into_iter().max_by_key(|kind| self.length(*kind));
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| self.length(*kind) > KEPT)
            .or_else(longest)?;
        let list = self.lists.get(kind as usize)?;
        (list.oldest != NONE).then_some((list.oldest, kind.is_opening()))
    }

    fn length(&self, kind: Kind) -> usize {
        self.lists.get(kind as usize).map_or(0, |list| list.length)
    }

    /// Marks a flow for a visit at `due` or when it wanted one before, whichever comes first;
    /// true where it is not in the row yet.
    pub(super) fn wake(&mut self, slot: u32, due: Time) -> bool {
        let due = second(due);
        let Some(link) = self.link(slot) else {
            return false;
        };
        link.due = if link.awake { link.due.min(due) } else { due };
        link.awake = true;
        !std::mem::replace(&mut link.listed, true)
    }

    /// A flow wants no visit any more.
    pub(super) fn calm(&mut self, slot: u32) {
        if let Some(link) = self.link(slot) {
            link.awake = false;
        }
    }

    /// A flow that was visited wants the next visit then.
    pub(super) fn put_off(&mut self, slot: u32, due: Time) {
        if let Some(link) = self.link(slot) {
            link.due = second(due);
        }
    }

    /// Whether a flow in the row still wants its visit, and whether it is due: the one that
    /// asked may have left, and another may be in its place.
    pub(super) fn is_awake(&self, slot: u32, now: Time) -> (bool, bool) {
        let link = self.links.get(slot as usize);
        link.map_or((false, false), |link| (link.awake, link.due <= second(now)))
    }

    /// Takes a flow out of the row.
    pub(super) fn rest(&mut self, slot: u32) {
        if let Some(link) = self.link(slot) {
            (link.listed, link.awake) = (false, false);
        }
    }

    /// Flows in all lists.
    #[cfg(test)]
    pub(super) fn total(&self) -> usize {
        let walked = Kind::ALL.into_iter().map(|kind| {
            let list = self.lists[kind as usize];
            let mut at = list.oldest;
            let mut count = 0;
            while let Some(link) = self.links.get(at as usize) {
                assert_eq!(link.kind, kind);
                count += 1;
                at = link.after;
            }
            assert_eq!(count, list.length);
            count
        });
        walked.sum()
    }
}

/// The second of a time, so that a link stays small; one past the range is always due.
fn second(time: Time) -> u32 {
    u32::try_from(time.nanos() / 1_000_000_000).unwrap_or(0)
}
