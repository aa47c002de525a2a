//! What happened when: where each bar of the drawing stands.
//!
//! Incidents, alerts and notable operations from the first packet to the last, a lane each, the
//! gravest kinds first. The page writes the drawing as SVG and, below it, the same as a table.

use super::Audit;
use super::words::Say;
use crate::desk::report::words::{self, fit};
use crate::facts::Time;

/// Measures of the drawing, in its own units.
const WIDTH: u32 = 1120;
const LABEL: u32 = 380;
const LANE: u32 = 22;
const TOP: u32 = 34;

/// Lanes of each group.
const LANES: usize = 14;

/// Columns of text that fit the margin.
const TEXT: usize = 50;

/// Criticality from which on an operation is drawn.
const NOTABLE: u8 = 4;

/// The least that a bar is wide.
const THIN: u32 = 4;

/// The drawing.
pub(super) struct Timeline {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) ticks: Vec<(u32, String)>,
    pub(super) lanes: Vec<Lane>,
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
    pub(super) frame: u64,
    /// What kind of thing it is.
    pub(super) kind: String,
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
    for (label, class, kind, from, to, frame) in events(audit, say) {
        let (x, end) = (place(from), place(to));
        let y = TOP + LANE * u32::try_from(lanes.len()).unwrap_or(0);
        lanes.push(Lane {
            y,
            x,
            width: end.saturating_sub(x).max(THIN),
            short: fit(&label, TEXT),
            label,
            class,
            when: say.when(from, to),
            frame,
            kind,
        });
    }
    Some(Timeline {
        width: WIDTH,
        height: TOP + LANE * u32::try_from(lanes.len()).unwrap_or(0) + 8,
        ticks: ticks(first, last)
            .map(|(time, label)| (place(time), label))
            .collect(),
        lanes,
    })
}

type Happened = (String, String, String, Time, Time, u64);

/// Incidents, alerts and operations.
fn events(audit: &Audit<'_>, say: &Say) -> Vec<Happened> {
    let picture = audit.picture;
    let incidents = picture
        .incidents
        .iter()
        .filter(|incident| incident.priority < 4);
    let incidents = incidents.take(LANES).map(|incident| {
        let label = format!("P{} {}", incident.priority, say.title(&incident.title));
        let class = format!("p{}", incident.priority);
        (
            label,
            class,
            say.say("kind-incident"),
            incident.first,
            incident.last,
            incident.frame,
        )
    });
    let alerts = picture.alerts.iter().filter(|alert| alert.severity < 4);
    let alerts = alerts.take(LANES).map(|alert| {
        let class = format!("p{}", alert.severity);
        let label = say.title(&alert.signature).to_owned();
        (
            label,
            class,
            say.say("kind-alert"),
            alert.first,
            alert.last,
            alert.frame,
        )
    });
    let acts = picture
        .operations
        .iter()
        .filter(|act| act.criticality >= NOTABLE);
    let acts = acts.take(LANES).map(|act| {
        let label = format!(
            "{}: {} → {}",
            say.operation(act.operation),
            act.actor.address,
            act.device.address
        );
        let kind = say.say("kind-operation");
        (
            label,
            "act".to_owned(),
            kind,
            act.first.time,
            act.last.time,
            act.first.frame,
        )
    });
    incidents.chain(alerts).chain(acts).collect()
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
