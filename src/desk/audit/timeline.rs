//! What happened when: where each bar of the drawing stands.
//!
//! Incidents, alerts, engineering sessions and notable operations from the first packet to the
//! last, a lane each, the gravest kinds first. The page writes the drawing as SVG and, below it, a
//! table in the order of time, which has more of them.

use super::Audit;
use super::words::Say;
use crate::desk::programs::Engineering;
use crate::desk::report::words::{self, fit};
use crate::facts::Time;

/// Measures of the drawing, in its own units.
const WIDTH: u32 = 1120;
const LABEL: u32 = 380;
const LANE: u32 = 22;
const TOP: u32 = 34;

/// Lanes of each group, and rows of the table.
const LANES: usize = 14;
const ROWS: usize = 150;

/// Columns of text that fit the margin.
const TEXT: usize = 50;

/// Criticality from which on an operation is drawn and in the table.
const NOTABLE: u8 = 3;

/// Steps of an engineering session named on its line.
const NAMED: usize = 3;

/// The least that a bar is wide.
const THIN: u32 = 4;

/// The drawing.
pub(super) struct Timeline {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) ticks: Vec<(u32, String)>,
    pub(super) lanes: Vec<Lane>,
    /// What happened, in the order of time.
    pub(super) rows: Vec<Row>,
    /// What is in neither for want of room.
    pub(super) omitted: u64,
}

/// A row of the table.
pub(super) struct Row {
    pub(super) when: String,
    pub(super) kind: String,
    pub(super) label: String,
    pub(super) frame: u64,
}

/// Something that happened.
struct Happened {
    label: String,
    class: String,
    kind: String,
    first: Time,
    last: Time,
    frame: u64,
}

/// One thing that happened, once or for a while.
pub(super) struct Lane {
    pub(super) y: u32,
    pub(super) x: u32,
    pub(super) width: u32,
    /// As much of its label as fits the margin, and all of it.
    pub(super) short: String,
    pub(super) label: String,
    /// How it is drawn.
    pub(super) class: String,
    /// When, in words.
    pub(super) when: String,
}

/// Spans of time between two ticks, in seconds.
const STEPS: [u64; 24] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000,
];

/// Draws what happened; none where the captures have no time.
pub(super) fn draw(audit: &Audit<'_>, say: &Say) -> Option<Timeline> {
    let span = audit.picture.span?;
    let (first, last) = (span.first, span.last);
    let place = |time: Time| {
        let whole = last.since(first).as_nanos().max(1);
        let part = time.since(first).as_nanos().min(whole);
        let room = u128::from(WIDTH - LABEL - 20);
        LABEL + u32::try_from(part * room / whole).unwrap_or(0)
    };
    let mut lanes = Vec::new();
    for event in events(audit, say, LANES).0 {
        let (x, end) = (place(event.first), place(event.last));
        let y = TOP + LANE * u32::try_from(lanes.len()).unwrap_or(0);
        lanes.push(Lane {
            y,
            x,
            width: end.saturating_sub(x).max(THIN),
            short: fit(&event.label, TEXT),
            label: event.label,
            class: event.class,
            when: say.when(event.first, event.last),
        });
    }
    let (mut all, omitted) = events(audit, say, ROWS);
    // Stable: what happened at once stays in the order of its weight.
    all.sort_by_key(|event| (event.first, event.frame));
    let row = |event: Happened| Row {
        when: say.when(event.first, event.last),
        kind: event.kind,
        label: event.label,
        frame: event.frame,
    };
    Some(Timeline {
        width: WIDTH,
        height: TOP + LANE * u32::try_from(lanes.len()).unwrap_or(0) + 8,
        ticks: ticks(first, last)
            .map(|(time, label)| (place(time), label))
            .collect(),
        lanes,
        rows: all.into_iter().map(row).collect(),
        omitted,
    })
}

/// Incidents, alerts, engineering sessions and notable operations, so many of each, the gravest;
/// and how many are left out.
fn events(audit: &Audit<'_>, say: &Say, most: usize) -> (Vec<Happened>, u64) {
    let picture = audit.picture;
    let (mut all, mut omitted) = (Vec::new(), 0);
    let mut add = |group: &mut dyn Iterator<Item = Happened>| {
        for (place, event) in group.enumerate() {
            match place < most {
                true => all.push(event),
                false => omitted += 1,
            }
        }
    };
    let grave = picture.incidents.iter().filter(|one| one.priority < 4);
    add(&mut grave.map(|incident| Happened {
        label: format!("P{} {}", incident.priority, say.title(&incident.title)),
        class: format!("p{}", incident.priority),
        kind: say.say("kind-incident"),
        first: incident.first,
        last: incident.last,
        frame: incident.frame,
    }));
    let grave = picture.alerts.iter().filter(|alert| alert.severity < 4);
    add(&mut grave.map(|alert| Happened {
        label: say.title(&alert.signature).to_owned(),
        class: format!("p{}", alert.severity),
        kind: say.say("kind-alert"),
        first: alert.first,
        last: alert.last,
        frame: alert.frame,
    }));
    add(&mut audit.engineering.iter().map(|work| Happened {
        label: format!("{} → {}{}", work.actor, work.device, steps(work, say)),
        class: "act".to_owned(),
        kind: say.say("kind-engineering"),
        first: work.period().0,
        last: work.period().1,
        frame: work.first.frame,
    }));
    let acts = picture.operations.iter();
    let acts = acts.filter(|act| act.criticality >= NOTABLE);
    add(&mut acts.map(|act| {
        let (actor, device) = (&act.actor.address, &act.device.address);
        Happened {
            label: format!("{}: {actor} → {device}", say.operation(act.operation)),
            class: "act".to_owned(),
            kind: say.say("kind-operation"),
            first: act.first.time,
            last: act.last.time,
            frame: act.first.frame,
        }
    }));
    (all, omitted)
}

/// The first different steps of an engineering session.
fn steps(work: &Engineering, say: &Say) -> String {
    let mut names: Vec<&str> = Vec::new();
    for step in &work.steps {
        if !names.contains(&step.operation) {
            names.push(step.operation);
        }
    }
    let more = names.len().saturating_sub(NAMED);
    let named: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| say.operation(name))
        .collect();
    match (named.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", named.join(", ")),
        (false, more) => format!(": {}, +{more}", named.join(", ")),
    }
}

/// Ticks at round times, at most eight of them.
fn ticks(first: Time, last: Time) -> impl Iterator<Item = (Time, String)> {
    let (from, to) = (first.nanos() / NANOS, last.nanos() / NANOS);
    let seconds = to.saturating_sub(from);
    let found = STEPS.into_iter().find(|step| seconds / step <= 8);
    let step = found.unwrap_or(seconds / 8 + 1);
    let start = from.div_ceil(step) * step;
    (0..9_u64)
        .map(move |n| start + n * step)
        .take_while(move |at| *at <= to)
        .map(move |at| {
            let time = Time::from_nanos(at * NANOS);
            let text = words::time(time);
            let (day, clock) = text.split_once(' ').unwrap_or((&text, ""));
            let clock = if step.is_multiple_of(60) {
                clock.get(..5).unwrap_or(clock)
            } else {
                clock
            };
            let label = match step {
                86_400.. => day.to_owned(),
                _ if seconds > 86_400 => format!("{} {clock}", day.get(5..).unwrap_or(day)),
                _ => clock.to_owned(),
            };
            (time, label)
        })
}

/// Nanoseconds of a second.
const NANOS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_round_times_and_are_few() {
        let at = |seconds| Time::from_nanos(seconds * NANOS);
        for span in [0, 1, 9, 59, 900, 86_400, 700_000, 40_000_000, 400_000_000] {
            let ticks: Vec<_> = ticks(at(1_755_002_815), at(1_755_002_815 + span)).collect();
            assert!(ticks.len() <= 9, "{span}: {}", ticks.len());
            assert!(span < 2 || ticks.len() > 1 || span > 300_000_000, "{span}");
        }
        let labels: Vec<String> = ticks(at(86_400), at(87_300))
            .map(|(_, label)| label)
            .collect();
        assert_eq!(labels.first().map(String::as_str), Some("00:00"));
        assert_eq!(labels.get(1).map(String::as_str), Some("00:02"));
    }
}
