//! How the baseline is learned from events, and how events name its lines.
//!
//! A line's count is exact once its conversations are over; up to then it is the least. What is
//! handed to it is learned, be it usual or an attack that nobody saw as one: people read the
//! baseline before they rely on it.

use super::{Act, Baseline, Entry, Habit, KEPT, Name, Place, Service, Talk};
use crate::facts::{Endpoint, Host, Side, Time};
use crate::protocols::Carrier;
use crate::sensor::{Cycle, FlowId, FlowRecord, OperationRecord, OwnedItem, OwnedValues};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Criticality from which on values are learned of what is written.
const VALUED: u8 = 3;

/// Most places, names and points kept of all operations together: the 100,000 points of a large
/// site. What is met after that leaves its operation open: no place is new to it any more.
const DETAILS: usize = 131_072;

/// Most operations of conversations that go on whose cycles are waited for.
const WAITING: usize = 262_144;

/// Learns.
#[derive(Debug, Default)]
pub struct Learner {
    /// What was learned up to now.
    pub baseline: Baseline,
    /// Which line each operation of the conversations that go on is counted in, and how often
    /// it was.
    waiting: HashMap<(FlowId, u32), (Act, u64)>,
    /// Places, names and points of all operations.
    details: usize,
}

impl Learner {
    /// Goes on from what was learned before.
    #[must_use]
    pub fn of(baseline: Baseline) -> Self {
        let acts = baseline.acts.values();
        Self {
            details: acts.map(|entry| entry.more.details()).sum(),
            baseline,
            ..Self::default()
        }
    }

    /// A host sends; one more of its conversations is over, where one is.
    pub fn host(&mut self, host: Host, time: Time, over: bool) {
        let Baseline {
            hosts, overflow, ..
        } = &mut self.baseline;
        counted(hosts, host, (time, over), overflow);
    }

    /// Two hosts talk; one more of their conversations is over, where one is.
    pub fn talk(&mut self, talk: Talk, time: Time, over: bool) {
        let Baseline {
            talks, overflow, ..
        } = &mut self.baseline;
        counted(talks, talk, (time, over), overflow);
    }

    /// One host does something to another.
    pub fn operation(&mut self, record: &OperationRecord) {
        let act = act(record);
        let Baseline { acts, overflow, .. } = &mut self.baseline;
        let Some(entry) = seen(acts, act.clone(), record.stamp.time, overflow) else {
            return;
        };
        let habit = &mut entry.more;
        habit.criticality = habit.criticality.max(record.meaning.criticality);
        let before = habit.details();
        for item in &record.items {
            if self.details < DETAILS {
                touched(habit, item, record.meaning.criticality >= VALUED);
            } else if !is_known(habit, item) {
                habit.open = true;
                *overflow += 1;
            }
        }
        habit.open |= record.merged;
        self.details += habit.details() - before;
        let waits = (record.flow, record.fold);
        if self.waiting.len() < WAITING || self.waiting.contains_key(&waits) {
            self.waiting.entry(waits).or_insert((act, 0)).1 += 1;
        }
    }

    /// How often an operation was repeated in a conversation up to now, or until it was over.
    pub fn cycle(&mut self, cycle: &Cycle, over: bool) {
        let key = (cycle.flow, cycle.fold);
        let Some((act, told)) = self.waiting.get_mut(&key) else {
            return;
        };
        let Some(entry) = self.baseline.acts.get_mut(act) else {
            return;
        };
        let more = cycle.count.saturating_sub(*told);
        *told = cycle.count.max(*told);
        entry.seen.again(more, cycle.last.time);
        if over {
            let spread = &cycle.interval;
            if let Some(mean) = spread.mean().filter(|_| !cycle.merged) {
                entry.more.period.add(spread.count, mean, spread.greatest);
            }
            self.waiting.remove(&key);
        }
    }
}

/// A line that counts conversations: those that go on are there, and not counted.
fn counted<K: Ord>(
    lines: &mut BTreeMap<K, Entry<()>>,
    key: K,
    (time, over): (Time, bool),
    overflow: &mut u64,
) {
    let known = lines.contains_key(&key);
    if known && !over {
        return;
    }
    if let Some(entry) = seen(lines, key, time, overflow)
        && !known
        && !over
    {
        entry.seen.count = 0;
    }
}

fn seen<'a, K: Ord, T: Default>(
    lines: &'a mut BTreeMap<K, Entry<T>>,
    key: K,
    time: Time,
    overflow: &mut u64,
) -> Option<&'a mut Entry<T>> {
    if lines.len() >= KEPT && !lines.contains_key(&key) {
        *overflow += 1;
        return None;
    }
    let known = lines.contains_key(&key);
    let entry = lines.entry(key).or_insert_with(|| Entry::at(time));
    if known {
        entry.seen.again(1, time);
    }
    Some(entry)
}

/// Whether an item is where the operation was seen before.
fn is_known(habit: &Habit, item: &OwnedItem) -> bool {
    let place = Place {
        space: Cow::Borrowed(item.space),
        area: item.area,
    };
    let spans = habit.places.get(&place);
    let at = item
        .range
        .is_none_or(|(first, last)| spans.is_some_and(|spans| spans.holds(first, last)));
    at && (item.name.is_empty() || habit.names.contains(&*String::from_utf8_lossy(&item.name)))
}

fn touched(habit: &mut Habit, item: &OwnedItem, valued: bool) {
    let place = Place {
        space: Cow::Borrowed(item.space),
        area: item.area,
    };
    if let Some((first, last)) = item.range {
        habit.touch(place, first, last);
    }
    if !item.name.is_empty() {
        habit.name(&String::from_utf8_lossy(&item.name));
    }
    if valued {
        for (point, value) in points(item) {
            habit.value(point, &value);
        }
    }
}

/// The line that counts an operation.
#[must_use]
pub fn act(record: &OperationRecord) -> Act {
    Act {
        actor: record.actor.host,
        device: record.device.host,
        protocol: Cow::Borrowed(record.protocol),
        unit: record.unit,
        operation: Cow::Borrowed(record.meaning.name),
    }
}

/// The values of an item, each with the point it belongs to: one for each address where there
/// are as many of both, else all of them at the first address.
pub fn points(item: &OwnedItem) -> Vec<((Place, u64), String)> {
    let place = || Place {
        space: Cow::Borrowed(item.space),
        area: item.area,
    };
    let Some((first, last)) = item.range else {
        return Vec::new();
    };
    let values: Vec<String> = match &item.values {
        OwnedValues::None | OwnedValues::Octets(_) | OwnedValues::Text(_) => return Vec::new(),
        OwnedValues::Bits(bits) => bits.iter().map(|bit| u8::from(*bit).to_string()).collect(),
        OwnedValues::Words(words) => words.iter().map(ToString::to_string).collect(),
        OwnedValues::Scalars(scalars) => scalars.iter().map(ToString::to_string).collect(),
    };
    let addresses = last.saturating_sub(first).saturating_add(1);
    if addresses == values.len() as u64 {
        let each = (first..=last).zip(values);
        return each.map(|(at, value)| ((place(), at), value)).collect();
    }
    vec![((place(), first), values.join(" "))]
}

/// Who of a conversation asks, and who is asked: by the protocol's content, by who opened it,
/// by the port, or by who spoke first.
#[must_use]
pub fn talk(flow: &FlowRecord) -> (Endpoint, Endpoint) {
    let ends = (flow.low, flow.high);
    let opened = flow.initiator.map(Side::other);
    let ports = match flow.low.port.cmp(&flow.high.port) {
        _ if flow.carrier.is_none() => None,
        std::cmp::Ordering::Less => Some(Side::Low),
        std::cmp::Ordering::Greater => Some(Side::High),
        std::cmp::Ordering::Equal => None,
    };
    let spoke = |side: Side| side.of(&flow.ends).seen.map(|(first, _)| first);
    let second = match (spoke(Side::Low), spoke(Side::High)) {
        (Some(low), Some(high)) if high < low => Side::Low,
        (None, Some(_)) => Side::Low,
        _ => Side::High,
    };
    let server = flow.server.or(opened).or(ports).unwrap_or(second);
    (*server.other().of(&ends), *server.of(&ends))
}

/// In what language a conversation is held, as its line names it.
#[must_use]
pub fn service(flow: &FlowRecord, server: Endpoint) -> Service {
    match (flow.protocol, flow.carrier) {
        (Some(protocol), _) => Service::Protocol(Name::Borrowed(protocol)),
        (None, Some(Carrier::Tcp)) => Service::Tcp(server.port),
        (None, Some(Carrier::Udp)) => Service::Udp(server.port),
        (None, None) => Service::Ip(flow.ip_protocol),
        (None, Some(_)) => Service::Link,
    }
}
